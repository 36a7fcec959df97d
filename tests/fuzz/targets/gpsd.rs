//! gpsd's stream, cut anywhere: lines as they are, or the members of a report of its.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shape::{pause_ms, pieces, start};
use tracker_agent::date::DatePolicy;
use tracker_agent::gpsd::GpsdReader;

fuzz_target!(|data: &[u8]| {
    // A text is the stream itself: its seeds are readable.
    if data.first() == Some(&b'{') {
        let mut reader = GpsdReader::new(DatePolicy::AsRecorded);
        reader.handle_bytes(data, start());
        reader.handle_bytes(b"\n", start());
        while reader.poll_epoch().is_some() {}
        return;
    }
    let (mut reader, mut now) = (GpsdReader::new(DatePolicy::Live), start());
    for (word, piece) in pieces(data) {
        now = now.plus_millis(pause_ms(word));
        match word & 7 {
            0 => reader.handle_bytes(piece, now),
            1 => reader.handle_interruption(),
            kind => {
                let class: &[u8] = if kind & 1 == 0 { b"TPV" } else { b"SKY" };
                reader.handle_bytes(&[b"{\"class\":\"", class, b"\",", piece, b"}\n"].concat(), now);
            }
        }
        while reader.poll_epoch().is_some() {}
    }
});
