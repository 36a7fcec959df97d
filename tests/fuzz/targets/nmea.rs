//! A receiver's bytes, raw or with mended check bytes, cut anywhere, to epochs; each sentence is read alone too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use receiver::date::DatePolicy;
use receiver::epoch::Assembler;
use receiver::frame::Framer;
use receiver::sentence;
use shape::{pause_ms, pieces, sentences, start};

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let policy = if flags & 1 == 0 { DatePolicy::Live } else { DatePolicy::AsRecorded };
    let (mut framer, mut assembler, mut now) = (Framer::new(), Assembler::new(policy), start());
    for (word, piece) in pieces(rest) {
        now = now.plus_millis(pause_ms(word));
        assembler.handle_timeout(now);
        let bytes = if word & 1 == 0 { sentences(piece) } else { piece.to_vec() };
        let mut input = bytes.as_slice();
        while let Some(text) = framer.next_sentence(&mut input) {
            if let Ok(sentence) = sentence::parse(text) {
                assembler.handle_sentence(&sentence, now);
            }
        }
        while assembler.poll_epoch().is_some() {}
    }
    let _last = framer.finish().map(str::to_owned);
    assembler.finish(now);
    while assembler.poll_epoch().is_some() {}
});
