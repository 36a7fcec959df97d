use domain::Timestamp;
use wire::gateway::{Gateway, GatewayConfig, GatewayCounters, GatewayEvent, UNANSWERED_BYTES_MAX};
use wire::header::{Header, Part, Phone, Version};
use wire::message::{Address, AnswerResult, Message};
use wire::{Authentication, Deframer, encode_frame};

use crate::pair::{CODE, START_S, address, decode_all, record};

fn answers(gateway: &mut Gateway) -> Vec<(u16, AnswerResult)> {
    let frames: Vec<_> = std::iter::from_fn(|| gateway.poll_transmit()).collect();
    decode_all(&frames)
        .into_iter()
        .map(|message| match message {
            Message::PlatformAnswer { serial, result, .. } => (serial, result),
            other => panic!("{other:?} is no general answer"),
        })
        .collect()
}

/// A gateway whose terminal speaks `version` and has just been accepted.
fn authenticated(version: Version) -> Gateway {
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    let code = Authentication { code: CODE.into(), imei: None, software: None };
    gateway.handle_bytes(&Message::Authenticate(code).encode(&address(version), 0).unwrap(), now);
    let Some(GatewayEvent::Authentication { ask, code, .. }) = gateway.poll_event() else {
        panic!("no question")
    };
    assert_eq!(code, CODE);
    gateway.answer_authentication(ask, true);
    assert_eq!(answers(&mut gateway), [(0, AnswerResult::Ok)]);
    gateway
}

/// Gives `frames` to an authenticated gateway; what it answers at once, surfaces and counts.
#[track_caller]
fn check_gateway(
    frames: &[Vec<u8>],
    expected: &[(u16, AnswerResult)],
    surfaced: usize,
    counted: impl Fn(&GatewayCounters) -> u64,
) {
    let mut gateway = authenticated(Version::V2019);
    frames.iter().for_each(|frame| gateway.handle_bytes(frame, Timestamp::from_seconds(START_S)));
    assert_eq!(answers(&mut gateway), expected);
    assert_eq!(std::iter::from_fn(|| gateway.poll_event()).count(), surfaced);
    assert_eq!(counted(gateway.counters()), 1);
}

#[test]
fn locations_before_authentication_are_refused_and_not_surfaced() {
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    gateway.handle_bytes(&Message::Location(record(1)).encode(&address(Version::V2019), 5).unwrap(), now);
    assert_eq!(answers(&mut gateway), [(5, AnswerResult::Fail)]);
    assert_eq!((gateway.poll_event(), gateway.counters().unauthenticated), (None, 1));
}

#[test]
fn one_session_speaks_for_one_terminal() {
    let other = Phone::from_terminal(&"13800000002".parse().unwrap()).unwrap();
    let foreign = Address { phone: other, ..address(Version::V2019) };
    let frame = Message::Location(record(1)).encode(&foreign, 5).unwrap();
    check_gateway(&[frame], &[(5, AnswerResult::Fail)], 0, |counters| counters.foreign_phone);
}

#[test]
fn unknown_and_malformed_messages_are_answered_and_the_session_stays() {
    let unknown = Message::Other { id: 0x0F01, body: vec![9] }.encode(&address(Version::V2019), 6).unwrap();
    check_gateway(&[unknown], &[], 1, |counters| counters.unknown_messages);
    let short = Message::Other { id: 0x0200, body: vec![0; 27] }.encode(&address(Version::V2019), 7).unwrap();
    check_gateway(&[short], &[], 1, |counters| counters.malformed_messages);
    let mut damaged = Message::Heartbeat.encode(&address(Version::V2019), 8).unwrap();
    damaged[3] ^= 1;
    check_gateway(&[damaged], &[], 0, |counters| counters.bad_checksum);
}

#[test]
fn a_record_without_time_costs_a_batch_itself_alone() {
    let mut body = Vec::new();
    let batch = Message::LocationBatch { backlog: true, locations: vec![record(1), record(2)], malformed: 0 };
    batch.encode_body(Version::V2019, &mut body).unwrap();
    // The time of the first record stands 22 bytes after count, type and its length.
    body[3 + 2 + 22..][..6].fill(0);
    let frame = Message::Other { id: 0x0704, body }.encode(&address(Version::V2019), 9).unwrap();
    let mut gateway = authenticated(Version::V2019);
    gateway.handle_bytes(&frame, Timestamp::from_seconds(START_S));
    let Some(GatewayEvent::Locations { ask, locations, backlog: true }) = gateway.poll_event() else {
        panic!()
    };
    assert_eq!((locations, gateway.counters().malformed_locations), (vec![record(2)], 1));
    gateway.acknowledge(ask, AnswerResult::Ok);
    gateway.acknowledge(ask, AnswerResult::Ok);
    assert_eq!(answers(&mut gateway), [(9, AnswerResult::Ok)], "answered once");
}

#[test]
fn records_a_batch_announces_and_does_not_hold_are_counted() {
    let mut body = Vec::new();
    let batch =
        Message::LocationBatch { backlog: false, locations: vec![record(1), record(2)], malformed: 0 };
    batch.encode_body(Version::V2019, &mut body).unwrap();
    body[..2].copy_from_slice(&5u16.to_be_bytes());
    let cut_short = body[..body.len() - 1].to_vec();
    for (body, kept, missing) in [(body, vec![record(1), record(2)], 3), (cut_short, vec![record(1)], 4)] {
        let frame = Message::Other { id: 0x0704, body }.encode(&address(Version::V2019), 9).unwrap();
        let mut gateway = authenticated(Version::V2019);
        gateway.handle_bytes(&frame, Timestamp::from_seconds(START_S));
        let Some(GatewayEvent::Locations { locations, .. }) = gateway.poll_event() else { panic!() };
        assert_eq!((locations, gateway.counters().malformed_locations), (kept, missing));
    }
}

#[test]
fn a_batch_in_parts_of_an_older_terminal_is_answered_part_by_part_once_stored() {
    let mut body = Vec::new();
    let locations: Vec<_> = (1..=30).map(record).collect();
    Message::LocationBatch { backlog: true, locations: locations.clone(), malformed: 0 }
        .encode_body(Version::V2013, &mut body)
        .unwrap();
    let address = address(Version::V2013);
    let chunks: Vec<_> = body.chunks(500).collect();
    let frames = (1..).zip(&chunks).map(|(index, chunk)| {
        let part = Part { total: chunks.len() as u16, index };
        let header = Header {
            message_id: 0x0704,
            version: Version::V2013,
            protocol_version: 0,
            phone: address.phone,
            serial: 100 + index,
            body_length: chunk.len() as u16,
            encryption: 0,
            part: Some(part),
        };
        let (mut payload, mut frame) = (Vec::new(), Vec::new());
        header.encode(&mut payload).unwrap();
        payload.extend_from_slice(chunk);
        encode_frame(&payload, &mut frame);
        frame
    });
    let mut gateway = authenticated(Version::V2013);
    for frame in frames {
        assert_eq!((gateway.poll_event(), gateway.poll_transmit()), (None, None));
        gateway.handle_bytes(&frame, Timestamp::from_seconds(START_S));
    }
    let Some(GatewayEvent::Locations { ask, locations: found, .. }) = gateway.poll_event() else { panic!() };
    assert_eq!(found, locations);
    gateway.acknowledge(ask, AnswerResult::Ok);
    let expected: Vec<_> = (1..=chunks.len() as u16).map(|index| (100 + index, AnswerResult::Ok)).collect();
    assert_eq!(answers(&mut gateway), expected);
}

#[test]
fn an_answer_speaks_the_version_it_was_asked_in() {
    for version in [Version::V2013, Version::V2019] {
        let mut gateway = authenticated(version);
        gateway.handle_bytes(
            &Message::Heartbeat.encode(&address(version), 3).unwrap(),
            Timestamp::from_seconds(START_S),
        );
        let mut deframer = Deframer::new();
        deframer.push(&gateway.poll_transmit().unwrap());
        let payload = deframer.next().unwrap().unwrap();
        assert_eq!(Header::decode(&payload).unwrap().0.version, version);
    }
}

#[test]
fn a_body_under_rsa_is_kept_and_answered_unsupported() {
    let mut frame = Message::Location(record(1)).encode(&address(Version::V2019), 4).unwrap();
    // Bit 10 of the attributes, and the check byte with it.
    let check = frame.len() - 2;
    frame[3] ^= 0x04;
    frame[check] ^= 0x04;
    let mut gateway = authenticated(Version::V2019);
    gateway.handle_bytes(&frame, Timestamp::from_seconds(START_S));
    let Some(GatewayEvent::Raw { ask, id: 0x0200, .. }) = gateway.poll_event() else { panic!("not kept") };
    gateway.acknowledge_raw(ask, true);
    assert_eq!(
        (answers(&mut gateway), gateway.counters().encrypted),
        (vec![(4, AnswerResult::Unsupported)], 1)
    );
}

/// A message that is kept as it came: surfaced first, answered when it is stored.
#[track_caller]
fn check_raw(id: u16, body: &[u8], stored: bool, answer: AnswerResult) {
    let mut gateway = authenticated(Version::V2019);
    let now = Timestamp::from_seconds(START_S);
    let sent = Message::Other { id, body: body.to_vec() };
    gateway.handle_bytes(&sent.encode(&address(Version::V2019), 6).unwrap(), now);
    assert_eq!(answers(&mut gateway), []);
    let Some(GatewayEvent::Raw { ask, id: told, body, frame_payload, phone }) = gateway.poll_event() else {
        panic!("nothing to store")
    };
    let (header, sent_body) = Header::decode(&frame_payload).unwrap();
    assert_eq!((told, body.as_slice(), header.serial), (id, sent_body, 6));
    assert!(phone.is_same_terminal(&header.phone));
    for _ in 0..2 {
        gateway.acknowledge_raw(ask, stored);
    }
    assert_eq!(answers(&mut gateway), [(6, answer)], "{id:#06x}");
}

#[test]
fn messages_that_are_kept_are_answered_only_when_stored_and_by_what_they_are() {
    for id in [0x0900, 0x0702, 0x0800, 0x0107, 0x0301, 0x1205] {
        check_raw(id, &[0xF0, 1, 2], true, AnswerResult::Ok);
        check_raw(id, &[0xF0, 1, 2], false, AnswerResult::Fail);
    }
    for id in [0x0F01, 0x0006] {
        check_raw(id, &[0xF0, 1, 2], true, AnswerResult::Unsupported);
        check_raw(id, &[0xF0, 1, 2], false, AnswerResult::Fail);
    }
}

#[test]
fn a_location_without_a_time_is_kept_and_answered_malformed() {
    check_raw(0x0200, &[0; 28], true, AnswerResult::Bad);
    check_raw(0x0200, &[0; 28], false, AnswerResult::Fail);
    check_raw(0x0704, &[0], true, AnswerResult::Bad);
}

#[test]
fn raw_messages_beyond_those_that_may_wait_are_refused_to_be_sent_again() {
    let frame = Message::Other { id: 0x0900, body: vec![1] }.encode(&address(Version::V2019), 1).unwrap();
    let most = GatewayConfig::default().unanswered_max;
    check_gateway(&vec![frame; most + 1], &[(1, AnswerResult::Fail)], most, |counters| counters.refused_busy);
}

#[test]
fn long_messages_that_wait_are_bounded_by_their_bytes() {
    let mut gateway = authenticated(Version::V2019);
    let now = Timestamp::from_seconds(START_S);
    let bytes = 250_000;
    let give = |gateway: &mut Gateway, serial: u16| {
        let sent = Message::PassThroughUp { kind: 0xF0, data: vec![serial as u8; bytes] };
        for frame in sent.encode_in_parts(&address(Version::V2019), serial).unwrap() {
            gateway.handle_bytes(&frame, now);
        }
        let event = gateway.poll_event();
        event.map(|event| if let GatewayEvent::Raw { ask, .. } = event { ask } else { panic!("{event:?}") })
    };
    let fitting = UNANSWERED_BYTES_MAX / bytes;
    let asks: Vec<_> = (0..fitting as u16).map(|n| give(&mut gateway, 1000 * n).unwrap()).collect();
    assert_eq!((give(&mut gateway, 20_000), gateway.counters().refused_busy), (None, 1));
    assert!(answers(&mut gateway).iter().all(|(_, result)| *result == AnswerResult::Fail));
    gateway.acknowledge_raw(asks[0], true);
    assert!(give(&mut gateway, 20_000).is_some(), "what was refused is taken anew");
}

#[test]
fn without_room_an_authentication_stays_unanswered_and_is_not_refused() {
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig { unanswered_max: 1, ..GatewayConfig::default() }, now);
    for serial in 0..2 {
        let code = Authentication { code: CODE.into(), imei: None, software: None };
        gateway.handle_bytes(
            &Message::Authenticate(code).encode(&address(Version::V2019), serial).unwrap(),
            now,
        );
    }
    assert_eq!((answers(&mut gateway), gateway.counters().refused_busy), (vec![], 1));
}

#[test]
fn a_phone_of_zeros_cannot_authenticate() {
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    let mut payload = hex::decode("010200030000000000000007").unwrap();
    payload.extend_from_slice(b"abc");
    let mut frame = Vec::new();
    encode_frame(&payload, &mut frame);
    gateway.handle_bytes(&frame, now);
    assert_eq!((answers(&mut gateway), gateway.poll_event()), (vec![(7, AnswerResult::Fail)], None));
}
