//! A byte stream cut anywhere gives the frames it gives whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Deframer, FrameError, Header};

fuzz_target!(|data: &[u8]| {
    let Some((&piece, stream)) = data.split_first() else { return };
    let mut whole = Deframer::new();
    whole.push(stream);
    let at_once: Vec<Result<Vec<u8>, FrameError>> = whole.by_ref().collect();
    let mut cut = Deframer::new();
    let mut in_pieces = Vec::new();
    for bytes in stream.chunks(usize::from(piece).max(1)) {
        cut.push(bytes);
        in_pieces.extend(cut.by_ref());
    }
    let frames =
        |found: &[Result<Vec<u8>, FrameError>]| -> Vec<Vec<u8>> { found.iter().flatten().cloned().collect() };
    assert_eq!(frames(&at_once), frames(&in_pieces));
    for payload in frames(&at_once) {
        if let Ok((header, body)) = Header::decode(&payload) {
            assert_eq!(usize::from(header.body_length), body.len());
        }
    }
});
