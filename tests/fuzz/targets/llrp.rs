//! Messages of any type, well framed, and raw bytes, into both ends of an LLRP session that answer each other.
#![no_main]

use domain::Timestamp;
use libfuzzer_sys::fuzz_target;
use wire::llrp::{Client, ClientConfig, Framer, Message, Reader, ReaderConfig, frame};

fuzz_target!(|data: &[u8]| {
    let mut now = Timestamp::from_seconds(1_795_413_600);
    let mut client = Client::new(ClientConfig::default(), now);
    let mut reader = Reader::new(ReaderConfig::default(), now);
    for piece in data.split(|byte| *byte == 0xFE) {
        let bytes = match *piece {
            [0, ref raw @ ..] => raw.to_vec(),
            [kind, id, ref body @ ..] => frame::encode(u16::from(kind), u32::from(id), body),
            _ => continue,
        };
        check_rewriting(&bytes);
        client.handle_bytes(&bytes, now);
        reader.handle_bytes(&bytes, now);
        for _ in 0..8 {
            while let Some(bytes) = client.poll_transmit() {
                reader.handle_bytes(&bytes, now);
            }
            while let Some(bytes) = reader.poll_transmit() {
                client.handle_bytes(&bytes, now);
            }
            while client.poll_event().is_some() {}
        }
        now = now.plus_seconds(7);
        client.handle_timeout(now);
        reader.handle_timeout(now);
    }
});

/// What was read can be written, and reads as the same.
fn check_rewriting(bytes: &[u8]) {
    let mut framer = Framer::new();
    framer.push(bytes);
    let Some(Ok(raw)) = framer.next() else { return };
    let Ok(message) = Message::decode(&raw) else { return };
    let mut framer = Framer::new();
    framer.push(&message.encode(raw.id));
    let Some(Ok(again)) = framer.next() else { panic!("{message:?} is written as no message") };
    match (message, Message::decode(&again)) {
        // Entries without an EPC are counted and not written.
        (Message::Tags { reports, .. }, Ok(Message::Tags { reports: read, malformed: 0 })) => {
            assert_eq!(reports, read);
        }
        (message, read) => assert_eq!(Ok(message), read),
    }
}
