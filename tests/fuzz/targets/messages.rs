//! A body of any id is read or refused; what was read can be written unless its texts are no GBK, and reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shape::{header, revision};
use wire::Message;

fuzz_target!(|data: &[u8]| {
    let &[high, low, flags, ref body @ ..] = data else { return };
    let header = header(u16::from_be_bytes([high, low]), revision(flags).version(), 0, 0);
    let Ok(message) = Message::decode(&header, body) else { return };
    let mut written = Vec::new();
    if message.encode_body(header.version, &mut written).is_ok() {
        assert!(Message::decode(&header, &written).is_ok(), "{message:?} was written as {written:02X?}");
    }
});
