//! Frames explained: from text and bytes as logs have them, and without the check byte in the way; by every profile.
#![no_main]

use fleet_service::frame_explain::{Run, explain, parse_hex, runs};
use libfuzzer_sys::fuzz_target;
use shape::{jt808, revision};
use wire::Profile;

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let profiles = Profile::builtin();
    let profile = &profiles[usize::from(flags >> 4) % profiles.len()];
    let found = match flags & 3 {
        0 => runs(rest),
        1 => vec![Run { payload: rest.to_vec(), faults: Vec::new() }],
        2 => match std::str::from_utf8(rest).map(parse_hex) {
            Ok(Ok(bytes)) => runs(&bytes),
            _ => return,
        },
        _ => jt808(revision(flags >> 2).version(), rest).map(|frame| runs(&frame)).unwrap_or_default(),
    };
    for run in found {
        let empty = run.payload.is_empty();
        let explained = explain(run, profile);
        assert!(empty || !explained.fields.is_empty() || !explained.faults.is_empty());
    }
});
