//! Numbers anywhere in frames of the vehicle's bus, and signals made of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shape::{pause_ms, pieces, start};
use tracker_agent::signals::j1939::{Field, pgn, pgn_mask, source_address};
use tracker_agent::signals::signal::{NumberMeaning, Origin, Signal, SignalInput, Switch};

fuzz_target!(|data: &[u8]| {
    let Some((&[a, b, c, d, first_bit, bits, meaning], rest)) = data.split_first_chunk::<7>() else { return };
    let can_id = u32::from_be_bytes([a, b, c, d]);
    let group = pgn(can_id);
    let _parts = (pgn_mask(group), source_address(can_id));
    let field = Field { first_bit, bits, scale: f64::from(meaning), offset: -40.0 };
    let meaning = match meaning % 3 {
        0 => NumberMeaning::SpeedKmh,
        1 => NumberMeaning::Switch { switch: Switch::LiftRaised, on_at: 10.0, hysteresis: 2.0 },
        _ => NumberMeaning::LoadKg { half_at: Some(9.0), full_at: 20.0, over_at: None, hysteresis: 1.0 },
    };
    let origin = Origin::Number { pgn: group, source_address: Some(source_address(can_id)), field, meaning };
    let (mut signal, mut now) = (Signal::new(origin, 500, 5_000), start());
    for (word, piece) in pieces(rest) {
        let _number = field.number(piece);
        now = now.plus_millis(pause_ms(word));
        let mut data = [0; 8];
        let length = piece.len().min(8);
        data[..length].copy_from_slice(&piece[..length]);
        // A length beyond the frame is a broken driver's.
        let length = if word & 1 == 0 { length as u8 } else { word };
        signal.handle(SignalInput::Frame { can_id, data, length }, now);
        signal.settle(now);
        let _state = (signal.state(), signal.speed_kmh(), signal.due());
    }
});
