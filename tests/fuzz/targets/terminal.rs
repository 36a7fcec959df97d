//! The truck's end of a JT/T 808 session, given anything by a platform while it sends locations; what it is told to keep
//! is kept as the agent does.
#![no_main]

use domain::PlateColour;
use libfuzzer_sys::fuzz_target;
use shape::{jt808, pause_ms, pieces, revision, start};
use wire::{AnswerResult, Location, Outgoing, Terminal, TerminalConfig, TerminalEvent};

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let mut now = start();
    let config = TerminalConfig {
        revision: revision(flags),
        terminal: "13800000001".parse().expect("a number"),
        plate: "豫A12345D".parse().expect("a plate"),
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
    let version = config.revision.version();
    let mut terminal = Terminal::new(config, (flags & 0x80 != 0).then(|| "c0de".into()));
    terminal.handle_connected(now);
    let mut cursor = 0;
    for (word, piece) in pieces(rest) {
        now = now.plus_millis(pause_ms(word));
        terminal.handle_timeout(now);
        match word & 7 {
            0 => terminal.handle_bytes(piece, now),
            1 => {
                if let Ok(location) = Location::decode(piece) {
                    cursor += 1;
                    let items = vec![Outgoing { cursor, location }];
                    let _taken = if word & 8 == 0 {
                        terminal.send(items, now)
                    } else {
                        terminal.send_batch(items, true, now)
                    };
                }
            }
            2 if word & 8 != 0 => {
                terminal.handle_disconnected();
                terminal.handle_connected(now);
            }
            _ => {
                if let Some(frame) = jt808(version, piece) {
                    terminal.handle_bytes(&frame, now);
                }
            }
        }
        while let Some(event) = terminal.poll_event() {
            match event {
                TerminalEvent::SetParameters { ask, parameters } => {
                    terminal.answer_parameters(ask, parameters, now);
                    terminal.answer(ask, AnswerResult::Ok, now);
                }
                TerminalEvent::QueryParameters { ask, .. } => {
                    terminal.answer_parameters(ask, Vec::new(), now)
                }
                event => {
                    if let Some(ask) = event.ask() {
                        terminal.answer(ask, AnswerResult::Ok, now);
                    }
                }
            }
        }
        while terminal.poll_transmit().is_some() {}
    }
});
