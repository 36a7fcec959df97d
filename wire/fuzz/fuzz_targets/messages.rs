//! A body of any id is read or refused; what was read can be written unless its texts are no GBK, and reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::header::{Header, Version};
use wire::{Message, Phone};

fuzz_target!(|data: &[u8]| {
    let &[high, low, flags, ref body @ ..] = data else { return };
    let version = if flags & 1 == 0 { Version::V2013 } else { Version::V2019 };
    let Ok(phone) = "13800000001".parse().map(|id| Phone::from_terminal(&id)) else { return };
    let Ok(phone) = phone else { return };
    let header = Header {
        message_id: u16::from_be_bytes([high, low]),
        version,
        protocol_version: 1,
        phone,
        serial: 0,
        body_length: 0,
        encryption: 0,
        part: None,
    };
    let Ok(message) = Message::decode(&header, body) else { return };
    let mut written = Vec::new();
    if message.encode_body(version, &mut written).is_ok() {
        assert!(Message::decode(&header, &written).is_ok(), "{message:?} was written as {written:02X?}");
    }
});
