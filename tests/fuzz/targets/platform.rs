//! The platform's end of a JT/T 808 session, given anything by any terminal; it sends commands in between.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shape::{jt808, pause_ms, pieces, revision, start};
use wire::{AnswerResult, Gateway, GatewayConfig, GatewayEvent, Message};

fn answer(gateway: &mut Gateway) {
    while let Some(event) = gateway.poll_event() {
        match event {
            GatewayEvent::Registration { ask, .. } => gateway.answer_registration(ask, Ok("c0de".into())),
            GatewayEvent::Authentication { ask, .. } => gateway.answer_authentication(ask, true),
            GatewayEvent::Locations { ask, locations, .. } => {
                let plate = "豫A12345D".parse().expect("a plate");
                let source = "13800000001".parse().expect("a number");
                for location in locations {
                    let _reports = location.to_reports(&plate, &source, start());
                }
                gateway.acknowledge(ask, AnswerResult::Ok);
            }
            GatewayEvent::LocationAnswer { ask, .. } => gateway.leave_unanswered(ask),
            GatewayEvent::Raw { ask, .. } => gateway.acknowledge_raw(ask, true),
            _ => {}
        }
    }
    while gateway.poll_transmit().is_some() {}
}

fuzz_target!(|data: &[u8]| {
    let mut now = start();
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    for (word, piece) in pieces(data) {
        now = now.plus_millis(pause_ms(word));
        gateway.handle_timeout(now);
        match word & 7 {
            0 => gateway.handle_bytes(piece, now),
            // A command, as it would be read from the wire.
            1 => {
                let &[high, low, ref body @ ..] = piece else { continue };
                let header =
                    shape::header(u16::from_be_bytes([high, low]), revision(word >> 3).version(), 0, 0);
                if let Ok(command) = Message::decode(&header, body) {
                    let _serial = gateway.send(&command, now);
                }
            }
            _ => {
                if let Some(frame) = jt808(revision(word >> 3).version(), piece) {
                    gateway.handle_bytes(&frame, now);
                }
            }
        }
        answer(&mut gateway);
    }
});
