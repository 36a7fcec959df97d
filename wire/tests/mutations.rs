//! Frames of every message, mutated, their check bytes mended, into both ends: no panic, no lost session, nothing held
//! beyond the limits. `MUTATIONS` sets how many; the seed is printed and `SEED` repeats it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helper fails by panicking, as the test itself does"
)]

use std::io::Write;

use domain::{PlateColour, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use wire::frame::unescape;
use wire::gateway::{Gateway, GatewayConfig, GatewayEvent};
use wire::message::{Address, AnswerResult, Message};
use wire::{
    Authentication, Deframer, DeviceTime, Extra, Header, Location, Outgoing, Parameter, Phone, Revision,
    Terminal, TerminalConfig, TerminalEvent, Version, encode_frame,
};

const MUTATIONS: u64 = 30_000;
/// Mutated frames to one pair of ends before it is renewed.
const PER_SESSION: u64 = 500;
const CODE: &str = "c0de";

fn now(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_413_600 + second)
}

fn address(version: Version) -> Address {
    let phone = Phone::from_terminal(&"13800000001".parse().unwrap()).unwrap();
    Address { version, protocol_version: u8::from(version == Version::V2019), phone }
}

fn location(n: u16) -> Location {
    Location {
        alarm: 1,
        status: 3,
        lat_e6: 34_539_400 + u32::from(n),
        lon_e6: 113_390_500,
        altitude_m: 120,
        speed_dkmh: 432,
        course_deg: n % 360,
        time: DeviceTime::at(now(i64::from(n))),
        extras: vec![
            Extra::Odometer { distance_hm: 99 },
            Extra::Overspeed { area_kind: 1, area_id: Some(4) },
            Extra::SegmentTime { segment_id: 5, time_s: 6, result: 1 },
            Extra::Satellites(11),
            Extra::Other { id: 0xEB, bytes: vec![0x7E, 0x7D] },
        ],
        extras_malformed: false,
    }
}

/// Bodies written by hand where a message has no value here: id and bytes.
const BODIES: [(u16, &str); 16] = [
    (0x0001, "0001820100"),
    (0x0002, ""),
    (0x0005, "0001000200010002"),
    (
        0x0107,
        "00043132333435000000000000000000000000000000000000000037363534333231891234567890123456780161016203ff",
    ),
    (0x0702, "01261123140000000431313131323232323232323232323232323232323232323204333333333320301231"),
    (0x0800, "0000000100000001"),
    (0x0900, "f001020304"),
    (0x8001, "0001020000"),
    (0x8003, "00010200010002"),
    (0x8100, "000000633064"),
    (0x8103, "010000002904 0000001e"),
    (0x8106, "0200000001 00000029"),
    (0x8202, "0005 00000258"),
    (0x8300, "0c01b2e2cad4"),
    (0x8600, "01010000000100030001e0f30001b6b80000007b00000022000000000005300000 3c0a00280002b2e2"),
    (
        0x8606,
        "00000009000100000022000000000005300000020000000100000001020f0a6806c233440103000a0001003c0a00280000000200000002020f0a6806c2334401000000",
    ),
];

fn seeds() -> Vec<Vec<u8>> {
    let mut messages = vec![
        Message::Location(location(1)),
        Message::LocationAnswer { serial: 0, location: location(2) },
        Message::LocationBatch { backlog: true, locations: (0..5).map(location).collect(), malformed: 0 },
        Message::Parameters { serial: 0, parameters: vec![Parameter::DefaultIntervalS(30); 5] },
        Message::Authenticate(Authentication { code: CODE.into(), imei: None, software: None }),
        Message::TimeQuery,
        Message::QueryLocation,
    ];
    for (id, body) in BODIES {
        messages.push(Message::Other { id, body: hex::decode(body.replace(' ', "")).unwrap() });
    }
    let mut seeds = Vec::new();
    for version in [Version::V2013, Version::V2019] {
        for message in &messages {
            seeds.push(message.encode(&address(version), 1).unwrap());
        }
        let batch = Message::LocationBatch {
            backlog: true,
            locations: (0..60).map(location).collect(),
            malformed: 0,
        };
        seeds.extend(batch.encode_in_parts(&address(version), 7).unwrap());
    }
    seeds
}

/// A frame with bytes flipped, cut out, doubled or put in, and its check byte mended.
fn mutate(frame: &[u8], rng: &mut TestRng) -> Vec<u8> {
    let mut payload = unescape(&frame[1..frame.len() - 1]).unwrap();
    payload.pop();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..payload.len().max(1));
        match rng.random_range(0..6) {
            _ if payload.is_empty() => payload.push(rng.random()),
            0 => payload[at] ^= 1 << rng.random_range(0..8),
            1 => {
                payload[at] = *[0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0xFF].get(rng.random_range(0..7)).unwrap_or(&0)
            }
            2 => payload.truncate(at),
            3 => payload.insert(at, rng.random()),
            4 => drop(payload.remove(at)),
            _ => payload.extend_from_within(at..),
        }
    }
    payload.truncate(wire::frame::PAYLOAD_BYTES_MAX);
    // Most mutants must pass the header, or nothing behind it is tried: their length is mended too.
    if rng.random_range(0..4) > 0 && payload.len() > 16 {
        let is_2019 = payload[2] & 0x40 != 0;
        let head = if is_2019 { 17 } else { 12 } + if payload[2] & 0x20 != 0 { 4 } else { 0 };
        let length = payload.len().saturating_sub(head).min(0x3FF) as u16;
        payload[2] = payload[2] & 0xE0 | (length >> 8) as u8;
        payload[3] = length as u8;
    }
    let mut mutant = Vec::new();
    encode_frame(&payload, &mut mutant);
    mutant
}

struct Ends {
    gateway: Gateway,
    terminal: Terminal,
    second: i64,
}

impl Ends {
    fn new() -> Self {
        let config = TerminalConfig {
            revision: Revision::V2019,
            terminal: "13800000001".parse().unwrap(),
            plate: "豫A12345D".parse().unwrap(),
            colour: PlateColour::YellowGreen,
            province: 41,
            city: 183,
            maker: "MUCK".into(),
            model: "agent".into(),
            software: "1".into(),
            heartbeat_s: 60,
            answer_timeout_s: 10,
            retries_max: 3,
            in_flight_max: 8,
            batch_max: 4,
        };
        let gateway = Gateway::new(GatewayConfig::default(), now(0));
        let mut ends = Self { gateway, terminal: Terminal::new(config, Some(CODE.into())), second: 0 };
        ends.terminal.handle_connected(now(0));
        ends.drive();
        assert!(ends.is_in_session());
        ends
    }

    /// Moves frames between the ends and answers whatever is asked.
    fn drive(&mut self) {
        let now = now(self.second);
        for _ in 0..20 {
            while let Some(frame) = self.terminal.poll_transmit() {
                self.gateway.handle_bytes(&frame, now);
            }
            while let Some(event) = self.gateway.poll_event() {
                match event {
                    GatewayEvent::Registration { ask, .. } => {
                        self.gateway.answer_registration(ask, Ok(CODE.into()));
                    }
                    GatewayEvent::Authentication { ask, code, .. } => {
                        self.gateway.answer_authentication(ask, code == CODE);
                    }
                    GatewayEvent::Locations { ask, locations, .. } => {
                        assert!(!locations.is_empty());
                        self.gateway.acknowledge(ask, AnswerResult::Ok);
                    }
                    GatewayEvent::LocationAnswer { ask, .. } => {
                        self.gateway.acknowledge(ask, AnswerResult::Ok)
                    }
                    GatewayEvent::Raw { ask, body, frame_payload, .. } => {
                        assert!(frame_payload.ends_with(&body));
                        self.gateway.acknowledge_raw(ask, true);
                    }
                    _ => {}
                }
            }
            while let Some(frame) = self.gateway.poll_transmit() {
                self.terminal.handle_bytes(&frame, now);
            }
            while let Some(event) = self.terminal.poll_event() {
                if let Some(ask) = event.ask() {
                    self.terminal.answer(ask, AnswerResult::Ok, now);
                }
            }
        }
    }

    fn is_in_session(&self) -> bool {
        self.gateway.terminal().is_some() && self.terminal.poll_timeout().is_some()
    }

    /// A mutant to each end, and some time.
    fn take(&mut self, mutant: &[u8]) {
        self.second += 1;
        let now = now(self.second);
        self.gateway.handle_bytes(mutant, now);
        self.terminal.handle_bytes(mutant, now);
        self.gateway.handle_timeout(now);
        self.terminal.handle_timeout(now);
        self.drive();
    }

    /// After all that, a new link carries locations as ever.
    fn check_alive(&mut self) {
        self.gateway = Gateway::new(GatewayConfig::default(), now(self.second));
        self.terminal.handle_connected(now(self.second));
        self.drive();
        if self.terminal.capacity() == 0 {
            // A forged refusal made it forget its code: the next connection registers.
            self.gateway = Gateway::new(GatewayConfig::default(), now(self.second));
            self.terminal.handle_connected(now(self.second));
            self.drive();
        }
        let items = vec![Outgoing { cursor: u64::MAX, location: location(9) }];
        assert_eq!(self.terminal.send(items, now(self.second)), 1);
        let frame = self.terminal.poll_transmit().unwrap();
        self.gateway.handle_bytes(&frame, now(self.second));
        let Some(GatewayEvent::Locations { ask, locations, .. }) = self.gateway.poll_event() else {
            panic!()
        };
        assert_eq!(locations, [location(9)]);
        self.gateway.acknowledge(ask, AnswerResult::Ok);
        let answer = self.gateway.poll_transmit().unwrap();
        self.terminal.handle_bytes(&answer, now(self.second));
        assert_eq!(self.terminal.poll_event(), Some(TerminalEvent::Acknowledged { cursor: u64::MAX }));
    }
}

#[test]
fn mutated_frames_of_every_message_harm_neither_end() {
    let number = |name, or| std::env::var(name).map_or(or, |text| text.parse().unwrap());
    let (mutations, seed) = (number("MUTATIONS", MUTATIONS), number("SEED", 20_261_124));
    let mut seed_bytes = [0; 32];
    seed_bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed_bytes);
    let seeds = seeds();
    let (mut read, mut done, mut ended) = (0u64, 0, 0u64);
    while done < mutations {
        let mut ends = Ends::new();
        for _ in 0..PER_SESSION.min(mutations - done) {
            let mutant = mutate(&seeds[rng.random_range(0..seeds.len())], &mut rng);
            read += u64::from(is_message(&mutant));
            ends.take(&mutant);
            done += 1;
            // A forged logout or refusal ended the session.
            if !ends.is_in_session() {
                ended += 1;
                break;
            }
        }
        ends.check_alive();
    }
    let said = format!(
        "{done} mutated frames of seed {seed}, {read} of them read as messages, {ended} ended a session\n"
    );
    std::io::stderr().write_all(said.as_bytes()).unwrap();
    assert!(read * 3 > done, "too few mutants get past the header: {read} of {done}");
}

fn is_message(mutant: &[u8]) -> bool {
    let mut deframer = Deframer::new();
    deframer.push(mutant);
    let payload = deframer.next();
    payload.is_some_and(|payload| {
        payload.is_ok_and(|payload| {
            Header::decode(&payload).is_ok_and(|(header, body)| Message::decode(&header, body).is_ok())
        })
    })
}
