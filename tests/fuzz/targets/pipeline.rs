//! Everything a truck's agent hears, mixed: two receivers, the RFID reader, wires and the bus. What comes out is kept,
//! read back, and written for the wire.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use shape::{pause_ms, pieces, rfid, sentences, start};
use tracker_agent::config::Config;
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::receivers::ReceiverKind;
use tracker_agent::record::Record;
use tracker_agent::signals::signal::SignalInput;

fn config() -> PipelineConfig {
    static CONFIG: OnceLock<PipelineConfig> = OnceLock::new();
    let read = || {
        let text = include_str!("../seeds/config/whole.toml");
        Config::parse(text, Path::new("agent.toml")).expect("the seed is a configuration").pipeline()
    };
    CONFIG.get_or_init(read).clone()
}

fuzz_target!(|data: &[u8]| {
    let config = config();
    let family = config.reader;
    let mut now = start();
    let mut pipeline = Pipeline::with_receivers(config, &[ReceiverKind::Nmea, ReceiverKind::Gpsd]);
    for (word, piece) in pieces(data) {
        now = now.plus_millis(pause_ms(word));
        pipeline.handle_timeout(now);
        match word & 15 {
            0 => pipeline.handle_receiver(0, piece, now),
            1 => pipeline.handle_receiver(1, piece, now),
            2 => pipeline.handle_rfid(piece, now),
            3 => pipeline.handle_receiver_end(usize::from(word >> 4 & 1), now),
            4 => pipeline.handle_rfid_end(),
            5 | 6 => {
                let [which, data @ ..] = piece else { continue };
                let mut frame = [0; 8];
                let length = data.len().min(8);
                frame[..length].copy_from_slice(&data[..length]);
                let input = match (word & 15, which >> 6) {
                    (5, 0) => SignalInput::Absent,
                    (5, state) => SignalInput::Line { active: state & 1 != 0 },
                    _ => SignalInput::Frame { can_id: 0x18FE_7027, data: frame, length: length as u8 },
                };
                pipeline.handle_signal(usize::from(which & 7), input, now);
            }
            7 | 8 => pipeline.handle_rfid(&rfid(family, piece), now),
            9 => {
                let sky: &[u8] = if word & 16 == 0 { b"TPV" } else { b"SKY" };
                let line = [b"{\"class\":\"", sky, b"\",", piece, b"}\n"].concat();
                pipeline.handle_receiver(1, &line, now);
            }
            _ => pipeline.handle_receiver(0, &sentences(piece), now),
        }
        while let Some(record) = pipeline.poll_record() {
            assert!(Record::from_bytes(&record.to_bytes()).is_ok(), "{record:?} cannot be read back");
            let mut body = Vec::new();
            assert!(record.location(&mut Vec::new()).encode(&mut body).is_ok(), "{record:?} cannot be sent");
        }
    }
    let _counters = pipeline.counters();
});
