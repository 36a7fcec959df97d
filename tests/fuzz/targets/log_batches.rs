//! A batch of the report log from any bytes; what is read is written, and reads as the same.
#![no_main]

use domain::Report;
use fleet_service::log::encoding::{decode, encode};
use fleet_service::store::LoggedBatch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let bytes = match data.split_first() {
        Some((0..0x80, rest)) => [&[1], rest].concat(),
        _ => data.to_vec(),
    };
    let batch = |bytes| LoggedBatch { position: 1, appended: shape::start(), bytes };
    let Ok(reports) = decode(&batch(bytes)) else { return };
    let written = encode(&reports.iter().collect::<Vec<&Report>>()).expect("what was read can be written");
    assert_eq!(decode(&batch(written)).ok(), Some(reports));
});
