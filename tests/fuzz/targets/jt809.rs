//! Frames with mended lengths and CRCs, and raw bytes, into both ends of a JT/T 809 session that answer each other.
#![no_main]

use domain::Timestamp;
use libfuzzer_sys::fuzz_target;
use wire::jt809::{Edition, Header, Link, Lower, LowerConfig, Message, Upper, UpperConfig, frame};

fuzz_target!(|data: &[u8]| {
    let [flags, data @ ..] = data else { return };
    let edition = if flags & 1 == 0 { Edition::V2011 } else { Edition::V2019 };
    let mut now = Timestamp::from_seconds(1_795_413_600);
    let Ok(password) = "20180920".parse::<wire::jt809::Password>() else { return };
    let (access_code, user, cipher) = (41_018_300, 7, None);
    let mut lower = Lower::new(LowerConfig {
        edition,
        version: [1, 0, 0],
        access_code,
        user,
        password: password.clone(),
        sub_host: "127.0.0.1".into(),
        sub_port: 8809,
        cipher,
        heartbeat_s: 60,
        patience_s: 180,
    });
    let mut upper = Upper::new(UpperConfig { edition, access_code, user, password, code: 7, cipher });
    upper.link_up(Link::Main, now);
    lower.main_up(now);
    lower.sub_up(now);
    upper.link_up(Link::Sub, now);
    for piece in data.split(|byte| *byte == 0xFE) {
        let (link, bytes) = match *piece {
            [0, ref raw @ ..] => (Link::Main, raw.to_vec()),
            [which, high, low, ref body @ ..] => {
                let message_id = u16::from_be_bytes([high, low]);
                check_rewriting(edition, message_id, body);
                let version = [1, 0, 0];
                let header = Header {
                    serial: 1,
                    message_id,
                    access_code,
                    version,
                    encrypted: false,
                    key: 0,
                    time: None,
                };
                let link = if which & 1 == 0 { Link::Main } else { Link::Sub };
                (link, frame::encode_frame(&header.encode(edition, body)))
            }
            _ => continue,
        };
        lower.handle_bytes(link, &bytes, now);
        upper.handle_bytes(link, &bytes, now);
        for _ in 0..4 {
            while let Some((link, bytes)) = lower.poll_transmit() {
                upper.handle_bytes(link, &bytes, now);
            }
            while let Some((link, bytes)) = upper.poll_transmit() {
                lower.handle_bytes(link, &bytes, now);
            }
            while lower.poll_event().is_some() {}
            while upper.poll_event().is_some() {}
        }
        now = now.plus_seconds(31);
        lower.handle_timeout(now);
    }
});

/// What was read can be written unless its texts are no GBK, and reads again.
fn check_rewriting(edition: Edition, message_id: u16, body: &[u8]) {
    let Ok(message) = Message::decode(edition, message_id, body) else { return };
    if let Ok((message_id, written)) = message.encode(edition) {
        assert!(Message::decode(edition, message_id, &written).is_ok(), "{message:?} as {written:02X?}");
    }
}
