//! Every family of RFID modules: raw bytes and mended frames, with pauses and breaks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shape::{pause_ms, pieces, rfid, start};
use tracker_agent::rfid::{Decoder, Family, TagRules, TagWatch};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let family = Family::ALL[usize::from(choice) % Family::ALL.len()];
    let (mut decoder, mut watch, mut now) =
        (Decoder::new(family), TagWatch::new(TagRules::default()), start());
    for (word, piece) in pieces(rest) {
        now = now.plus_millis(pause_ms(word));
        let tags = match word & 7 {
            0 => decoder.handle_bytes(piece, now),
            1 => {
                decoder.handle_interruption();
                continue;
            }
            _ => decoder.handle_bytes(&rfid(family, piece), now),
        };
        for tag in tags {
            let _news = watch.handle(&tag, now);
        }
    }
});
