//! Input shaped so that mutation reaches behind frames and check bytes: pieces, of which each is raw or mended.

use domain::Timestamp;
use wire::header::{Header, Part, Version};
use wire::{Phone, Revision, encode_frame};

/// When everything begins.
pub fn start() -> Timestamp {
    Timestamp::from_seconds(1_795_413_600)
}

/// The input as pieces: a word that says what a piece is, its length, its bytes. The last may be shorter than it says.
pub fn pieces(mut data: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&[word, length], rest) = data.split_first_chunk::<2>()?;
        let (piece, next) = rest.split_at(usize::from(length).min(rest.len()));
        data = next;
        Some((word, piece))
    })
}

/// Time passed before a piece, ms: by three bits of its word, none to long beyond every limit.
pub fn pause_ms(word: u8) -> i64 {
    [0, 0, 100, 1_000, 5_000, 31_000, 200_000, 90_000_000][usize::from(word >> 5)]
}

/// Lines as NMEA sentences with their right check byte.
pub fn sentences(bodies: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for body in bodies.split(|byte| *byte == b'\n') {
        let sum = body.iter().fold(0, |sum, byte| sum ^ byte);
        bytes.push(b'$');
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(format!("*{sum:02X}\r\n").as_bytes());
    }
    bytes
}

/// The identity of the terminals.
pub fn phone() -> Phone {
    let terminal = "13800000001".parse().expect("a terminal's number");
    Phone::from_terminal(&terminal).expect("a number that fits")
}

/// A revision of JT/T 808.
pub fn revision(choice: u8) -> Revision {
    match choice % 3 {
        0 => Revision::V2011,
        1 => Revision::V2013,
        _ => Revision::V2019,
    }
}

/// A JT/T 808 header for a body of this length.
pub fn header(message_id: u16, version: Version, serial: u16, body_length: usize) -> Header {
    Header {
        message_id,
        version,
        protocol_version: u8::from(version == Version::V2019),
        phone: phone(),
        serial,
        body_length: body_length as u16,
        encryption: 0,
        part: None,
    }
}

/// A JT/T 808 frame with right length, escapes and check byte from: id, serial, parts (0: whole), body.
pub fn jt808(version: Version, bytes: &[u8]) -> Option<Vec<u8>> {
    let &[high, low, serial, parts, ref body @ ..] = bytes else { return None };
    let part =
        (parts > 0x7F).then_some(Part { total: u16::from(parts & 7), index: u16::from(parts >> 3 & 7) });
    let id = u16::from_be_bytes([high, low]);
    let header = Header { part, ..header(id, version, u16::from(serial), body.len()) };
    let (mut payload, mut frame) = (Vec::new(), Vec::new());
    header.encode(&mut payload).ok()?;
    payload.extend_from_slice(body);
    encode_frame(&payload, &mut frame);
    Some(frame)
}

/// A frame of an RFID module's family with right length and check bytes around what follows its address.
pub fn rfid(family: tracker_agent::rfid::Family, inner: &[u8]) -> Vec<u8> {
    use tracker_agent::rfid::Family;
    let sum = |bytes: &[u8]| bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    match family {
        Family::Bb7e => {
            let (head, params) = inner.split_at(inner.len().min(2));
            let mut frame = [&[0xBB], head, &(params.len() as u16).to_be_bytes(), params].concat();
            frame.extend_from_slice(&[sum(&frame[1..]), 0x7E]);
            frame
        }
        Family::A0 => {
            let mut frame = [&[0xA0, (inner.len() as u8).wrapping_add(2), 1], inner].concat();
            frame.push(sum(&frame).wrapping_neg());
            frame
        }
        Family::UhfReader18 => {
            let mut frame = [&[(inner.len() as u8).wrapping_add(3), 0], inner].concat();
            let crc =
                frame.iter().fold(0xFFFF, |crc, byte| {
                    (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
                        if crc & 1 != 0 { crc >> 1 ^ 0x8408 } else { crc >> 1 }
                    })
                });
            frame.extend_from_slice(&crc.to_le_bytes());
            frame
        }
        Family::LineHex | Family::Llrp => {
            let digits: String = inner.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("{digits}\r\n").into_bytes()
        }
    }
}
