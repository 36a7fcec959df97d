//! Frames with mended lengths and check bytes, and raw bytes, into both ends of a session that answer each other.
#![no_main]

use domain::{PlateColour, Timestamp};
use libfuzzer_sys::fuzz_target;
use shape::{jt808, pieces, revision, start};
use wire::{AnswerResult, Gateway, GatewayConfig, GatewayEvent, Revision, Terminal, TerminalConfig};

const CODE: &str = "c0de";

struct Ends {
    gateway: Gateway,
    terminal: Terminal,
    now: Timestamp,
}

impl Ends {
    fn drive(&mut self) {
        for _ in 0..8 {
            while let Some(frame) = self.terminal.poll_transmit() {
                self.gateway.handle_bytes(&frame, self.now);
            }
            while let Some(event) = self.gateway.poll_event() {
                match event {
                    GatewayEvent::Registration { ask, .. } => {
                        self.gateway.answer_registration(ask, Ok(CODE.into()));
                    }
                    GatewayEvent::Authentication { ask, .. } => self.gateway.answer_authentication(ask, true),
                    GatewayEvent::Locations { ask, .. } | GatewayEvent::LocationAnswer { ask, .. } => {
                        self.gateway.acknowledge(ask, AnswerResult::Ok);
                    }
                    GatewayEvent::Raw { ask, .. } => self.gateway.acknowledge_raw(ask, true),
                    _ => {}
                }
            }
            while let Some(frame) = self.gateway.poll_transmit() {
                self.terminal.handle_bytes(&frame, self.now);
            }
            while let Some(event) = self.terminal.poll_event() {
                if let Some(ask) = event.ask() {
                    self.terminal.answer(ask, AnswerResult::Ok, self.now);
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.gateway.handle_bytes(bytes, self.now);
        self.terminal.handle_bytes(bytes, self.now);
        self.now = self.now.plus_seconds(1);
        self.gateway.handle_timeout(self.now);
        self.terminal.handle_timeout(self.now);
        self.drive();
    }
}

fn ends(revision: Revision) -> Option<Ends> {
    let config = TerminalConfig {
        revision,
        terminal: "13800000001".parse().ok()?,
        plate: "豫A12345D".parse().ok()?,
        colour: PlateColour::YellowGreen,
        province: 41,
        city: 183,
        maker: String::new(),
        model: String::new(),
        software: String::new(),
        heartbeat_s: 60,
        answer_timeout_s: 10,
        retries_max: 1,
        in_flight_max: 8,
        batch_max: 4,
    };
    let now = start();
    let mut ends = Ends {
        gateway: Gateway::new(GatewayConfig::default(), now),
        terminal: Terminal::new(config, Some(CODE.into())),
        now,
    };
    ends.terminal.handle_connected(now);
    ends.drive();
    Some(ends)
}

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let Some(mut ends) = ends(revision(flags)) else { return };
    for (word, piece) in pieces(rest) {
        if word & 15 == 0 {
            ends.take(piece);
        } else if let Some(frame) = jt808(revision(flags).version(), piece) {
            ends.take(&frame);
        }
    }
});
