//! Frames decoded per second: bytes of the line to [`Location`](wire::Location), beside what touching the same bytes
//! costs in the same run.
//!
//! `cargo bench -p wire`. Items are frames; the bytes are those on the line.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use domain::{Course, FixKind, FixReport, Hdop, Lid, Load, Position, Speed, Timestamp};
use wire::frame::FLAG;
use wire::header::{Header, Phone, Version};
use wire::message::{Address, AnswerResult, Message};
use wire::{Authentication, Deframer, Gateway, GatewayConfig, GatewayEvent, Location};

const FRAMES: usize = 10_000;

fn main() {
    divan::main();
}

fn address() -> Address {
    let phone = Phone::from_terminal(&"13800000001".parse().expect("an id")).expect("digits");
    Address { version: Version::V2019, protocol_version: 1, phone }
}

/// Locations of a truck that drives, 10 s apart, each in a frame of its own, with satellites, body state and quality.
fn line() -> Vec<u8> {
    let address = address();
    let start = Position::from_degrees(34.5394, 113.3905).expect("Xinmi");
    let mut line = Vec::new();
    for i in 0..FRAMES {
        let metres = i as f64 * 120.0 % 20_000.0;
        let fix = FixReport {
            speed: Speed::from_kmh(43.2 + (i % 17) as f64),
            course: Course::from_deg((i * 7 % 360) as f64),
            hdop: Hdop::from_ratio(0.9),
            satellites: Some(11),
            ignition: Some(true),
            load: Load::Full,
            lid: Lid::Closed,
            ..FixReport::bare(
                "豫A12345D".parse().expect("a plate"),
                start.offset_m(metres, metres / 3.0),
                FixKind::D3,
            )
        };
        let time = Timestamp::from_seconds(1_795_413_600 + 10 * i as i64);
        let location = Location::from_fix(time, &fix, Some(120), &[]);
        line.extend(Message::Location(location).encode(&address, i as u16).expect("it fits"));
    }
    line
}

/// Floor: every byte read once, its XOR taken and its flags counted.
#[divan::bench]
fn floor_xor_and_flags(bencher: Bencher) {
    let line = line();
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::of_slice(&line)).bench_local(|| {
        black_box(&line)
            .iter()
            .fold((0u8, 0usize), |(sum, flags), byte| (sum ^ byte, flags + usize::from(*byte == FLAG)))
    });
}

/// Framing alone: flags, escapes, check bytes.
#[divan::bench]
fn deframe(bencher: Bencher) {
    let line = line();
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::of_slice(&line)).bench_local(|| {
        let mut deframer = Deframer::new();
        let mut frames = 0;
        for piece in black_box(&line).chunks(4096) {
            deframer.push(piece);
            frames += deframer.by_ref().flatten().count();
        }
        assert_eq!(frames, FRAMES);
    });
}

/// Everything a gateway decodes of a location: frame, header, base record, extras.
#[divan::bench]
fn deframe_and_decode_location(bencher: Bencher) {
    let line = line();
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::of_slice(&line)).bench_local(|| {
        let mut deframer = Deframer::new();
        let mut extras = 0;
        for piece in black_box(&line).chunks(4096) {
            deframer.push(piece);
            for payload in deframer.by_ref().flatten() {
                let (header, body) = Header::decode(&payload).expect("a header");
                if let Ok(Message::Location(location)) = Message::decode(&header, body) {
                    extras += location.extras.len();
                }
            }
        }
        assert_eq!(extras, FRAMES * 3);
    });
}

/// A whole session at the platform's end: bytes in, locations told, stored by nobody, answered, frames out.
#[divan::bench]
fn gateway_location_to_answer(bencher: Bencher) {
    let line = line();
    let now = Timestamp::from_seconds(1_795_413_600);
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::of_slice(&line)).bench_local(|| {
        let mut gateway = authenticated(now);
        let mut answers = 0;
        for piece in black_box(&line).chunks(4096) {
            gateway.handle_bytes(piece, now);
            while let Some(event) = gateway.poll_event() {
                if let GatewayEvent::Locations { ask, locations, .. } = event {
                    black_box(locations);
                    gateway.acknowledge(ask, AnswerResult::Ok);
                }
            }
            answers += std::iter::from_fn(|| gateway.poll_transmit()).count();
        }
        assert_eq!(answers, FRAMES);
    });
}

/// A platform's end whose terminal was accepted.
fn authenticated(now: Timestamp) -> Gateway {
    let config = GatewayConfig { unanswered_max: 1000, ..GatewayConfig::default() };
    let mut gateway = Gateway::new(config, now);
    let code = Authentication { code: "c".into(), imei: None, software: None };
    let login = Message::Authenticate(code).encode(&address(), 0).expect("it fits");
    gateway.handle_bytes(&login, now);
    if let Some(GatewayEvent::Authentication { ask, .. }) = gateway.poll_event() {
        gateway.answer_authentication(ask, true);
    }
    let answered = gateway.poll_transmit();
    assert!(answered.is_some() && gateway.terminal().is_some());
    gateway
}
