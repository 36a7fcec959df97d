//! Bodies of every id: whatever the bytes, they are read or refused, and what was read is written so that it reads alike.

#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking, as the test itself does")]

use proptest::prelude::*;
use wire::header::{Header, Phone, Version};
use wire::message::{EncodeError, MESSAGE_BYTES_MAX, Message};
use wire::parameter::Parameter;

/// Every id a body of which is read.
const IDS: [u16; 41] = [
    0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0100, 0x0101, 0x0102, 0x0104, 0x0107, 0x0200, 0x0201, 0x0702,
    0x0704, 0x0800, 0x0801, 0x0900, 0x8001, 0x8003, 0x8004, 0x8100, 0x8103, 0x8104, 0x8106, 0x8107, 0x8201,
    0x8202, 0x8203, 0x8300, 0x8600, 0x8601, 0x8602, 0x8603, 0x8604, 0x8605, 0x8606, 0x8607, 0x8800, 0x8801,
    0x8900, 0x0F01,
];

/// Texts of these are cut to the widths of their tables when written.
const IN_FIXED_WIDTHS: [u16; 4] = [0x0100, 0x0102, 0x0107, 0x0702];

fn phone() -> Phone {
    Phone::from_terminal(&"13800000001".parse().unwrap()).unwrap()
}

fn header(message_id: u16, version: Version) -> Header {
    Header {
        message_id,
        version,
        protocol_version: u8::from(version == Version::V2019),
        phone: phone(),
        serial: 1,
        body_length: 0,
        encryption: 0,
        part: None,
    }
}

/// Bodies of any bytes, and of small ones, among which more counts and lengths make sense.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        prop::collection::vec(prop::sample::select(vec![0u8, 0, 0, 1, 2, 3, 9, 0x11, 0x25]), 0..400),
    ]
}

/// Whether a message says that part of it could not be read.
fn is_partial(message: &Message) -> bool {
    match message {
        Message::Location(location) | Message::LocationAnswer { location, .. } => location.extras_malformed,
        Message::LocationBatch { locations, malformed, .. } => {
            *malformed > 0 || locations.iter().any(|location| location.extras_malformed)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_body_is_read_or_refused_and_what_was_read_is_written_to_read_alike(
        id in prop::sample::select(IDS.to_vec()), bytes in body(), is_2019: bool,
    ) {
        let version = if is_2019 { Version::V2019 } else { Version::V2013 };
        let header = header(id, version);
        let Ok(message) = Message::decode(&header, &bytes) else { return Ok(()) };
        prop_assert!(message.id() == id || id == 0x0101);
        let mut written = Vec::new();
        // Bytes that are no GBK are read as replacement characters, which cannot be written.
        let Ok(()) = message.encode_body(version, &mut written) else { return Ok(()) };
        if is_partial(&message) {
            return Ok(());
        }
        let again = Message::decode(&header, &written);
        if IN_FIXED_WIDTHS.contains(&id) {
            prop_assert_eq!(again.map(|message| message.id()), Ok(id));
        } else {
            prop_assert_eq!(again, Ok(message));
        }
    }
}

#[test]
fn what_counts_and_lengths_cannot_say_is_refused() {
    let refused = |message: &Message| message.encode_body(Version::V2019, &mut Vec::new()).unwrap_err();
    let text = Message::Text { flags: 0, kind: None, text: "字".repeat(513) };
    assert!(matches!(refused(&text), EncodeError::TooMany { count: 1026, most: 1024, .. }));
    let ids = Message::QueryParameterList(vec![1; 256]);
    assert!(matches!(refused(&ids), EncodeError::TooMany { count: 256, most: 255, .. }));
    let parameters = Message::SetParameters(vec![Parameter::TcpRetries(1); 256]);
    assert!(matches!(refused(&parameters), EncodeError::Parameters(_)));
    let deletion = Message::DeleteAreas { shape: wire::area::AreaShape::Circle, ids: vec![1; 126] };
    assert!(matches!(refused(&deletion), EncodeError::TooMany { count: 126, most: 125, .. }));
    let resend = Message::Resend { first_serial: 1, indices: vec![1; 256] };
    assert!(matches!(refused(&resend), EncodeError::TooMany { .. }));
    let text = Message::Text { flags: 0, kind: None, text: "🚚".into() };
    assert!(matches!(refused(&text), EncodeError::NotGbk(_)));
}

#[test]
fn a_body_is_cut_into_as_few_parts_as_may_be_with_serials_that_wrap() {
    let address = wire::Address { version: Version::V2019, protocol_version: 1, phone: phone() };
    for (bytes, packets) in [(0, 1), (1023, 1), (1024, 2), (2046, 2), (2047, 3), (MESSAGE_BYTES_MAX, 255)] {
        let message = Message::Other { id: 0x0F01, body: vec![0x7E; bytes] };
        let frames = message.encode_in_parts(&address, 65_535).unwrap();
        let mut deframer = wire::Deframer::new();
        let mut joined = Vec::new();
        for (n, frame) in (0..).zip(&frames) {
            deframer.push(frame);
            let payload = deframer.next().unwrap().unwrap();
            let (header, body) = Header::decode(&payload).unwrap();
            assert_eq!(header.serial, 65_535u16.wrapping_add(n));
            assert_eq!(
                header.part.map(|part| (part.total, part.index)),
                (packets > 1).then_some((packets, n + 1))
            );
            joined.extend_from_slice(body);
        }
        assert_eq!((joined.len(), frames.len()), (bytes, usize::from(packets)));
    }
    let message = Message::Other { id: 0x0F01, body: vec![0; MESSAGE_BYTES_MAX + 1] };
    assert!(matches!(message.encode_in_parts(&address, 0), Err(EncodeError::TooManyParts { .. })));
}
