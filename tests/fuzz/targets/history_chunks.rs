//! A chunk of history from any bytes, its check value mended or not; what is read is written, and reads as the same,
//! whole and column by column.
#![no_main]

use fleet_service::history::chunk::{Wanted, decode, decode_rows, encode};
use fleet_service::history::subject::Subject;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let subject = match choice & 1 {
        0 => Subject::from_name("豫A12345D"),
        _ => Subject::from_name("30751FEB705C5904E3D50D70"),
    }
    .expect("a plate and a tag");
    let mut bytes = rest.to_vec();
    if choice & 2 == 0 {
        bytes.insert(0, 1);
    }
    if choice & 4 == 0 {
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    }
    let wanted = Wanted { speed: choice & 8 == 0, events: choice & 16 == 0, ..Wanted::default() };
    let some = decode_rows(&subject, &bytes, wanted);
    let Ok(reports) = decode(&subject, &bytes) else { return };
    let some = some.expect("what is read whole can be read in part");
    assert!(some.fixes.len() + some.events.len() >= reports.as_slice().len() || !wanted.events);
    let written = encode(&subject, &reports).expect("what was read can be written");
    assert_eq!(decode(&subject, &written).ok(), Some(reports));
});
