//! A record of the spool from any bytes; what is read is written, read as the same, and fits the wire.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracker_agent::record::Record;
use wire::Location;

fuzz_target!(|data: &[u8]| {
    // A text is the lines behind a head of ours: its seeds are readable.
    let bytes =
        if data.first() == Some(&b'{') { [&[2, 3, 0, 0, 0, 0, 0], data].concat() } else { data.to_vec() };
    let Ok(record) = Record::from_bytes(&bytes) else { return };
    match Record::from_bytes(&record.to_bytes()) {
        Ok(again) => assert_eq!(record, again),
        Err(error) => panic!("{record:?} cannot be read back: {error}"),
    }
    let mut body = Vec::new();
    if record.location(&mut Vec::new()).encode(&mut body).is_ok() {
        assert!(Location::decode(&body).is_ok(), "{record:?} as {body:02X?}");
    }
});
