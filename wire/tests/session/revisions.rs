//! Terminals of every revision, and those that bend the rules.

use domain::Timestamp;
use wire::gateway::{Gateway, GatewayConfig, GatewayEvent};
use wire::header::{Header, Phone, Version};
use wire::message::{Address, AnswerResult, Message};
use wire::terminal::{Outgoing, TerminalConfig, TerminalEvent};
use wire::{Authentication, Revision, encode_frame};

use crate::pair::{CODE, Pair, START_S, address, config, decode_all, record};

#[test]
fn a_terminal_of_any_revision_registers_reports_and_is_known_by_its_form() {
    for revision in [Revision::V2011, Revision::V2013, Revision::V2019] {
        let mut pair = Pair::with(TerminalConfig { revision, ..config() }, None);
        pair.queue(9);
        pair.drive();
        pair.check_delivered(0);
        assert_eq!(pair.revision, Some(revision));
        assert_eq!(pair.gateway.version(), Some(revision.version()));
        assert_eq!(pair.gateway.counters().version_flag_wrong, 0);
    }
}

#[test]
fn an_identity_longer_than_an_older_header_ends_the_session_with_its_reason() {
    let terminal = "1234567890123".parse().unwrap();
    let config = TerminalConfig { revision: Revision::V2013, terminal, ..config() };
    let mut pair = Pair::with(config, None);
    pair.drive();
    assert!(matches!(pair.events.as_slice(), [TerminalEvent::Fatal(_)]), "{:?}", pair.events);
}

#[test]
fn locations_are_gathered_in_messages_of_the_type_their_caller_wants() {
    for backlog in [false, true] {
        for count in [1u64, 3] {
            let mut pair = Pair::new(Some(CODE));
            pair.drive();
            let items =
                (1..=count).map(|cursor| Outgoing { cursor, location: record(cursor) }).collect::<Vec<_>>();
            assert_eq!(pair.terminal.send_batch(items, backlog, pair.now), count as usize);
            (pair.offered, pair.last) = (count, count);
            let frame = pair.terminal.poll_transmit().unwrap();
            let sent = decode_all(std::slice::from_ref(&frame));
            let locations = (1..=count).map(record).collect();
            assert_eq!(sent, [Message::LocationBatch { backlog, locations, malformed: 0 }]);
            pair.gateway.handle_bytes(&frame, pair.now);
            pair.drive();
            pair.check_delivered(0);
        }
    }
}

#[test]
fn records_of_a_batch_keep_their_order_whatever_their_times_are() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let items = (1..).zip([7, 2, 9]).map(|(cursor, n)| Outgoing { cursor, location: record(n) }).collect();
    pair.terminal.send_batch(items, true, pair.now);
    (pair.offered, pair.last) = (3, 3);
    pair.drive();
    assert_eq!(pair.stored, [record(7), record(2), record(9)]);
}

/// The frame with bit 14 of its attributes turned, its check byte mended.
fn lying(frame: &[u8]) -> Vec<u8> {
    let mut payload = wire::frame::unescape(&frame[1..frame.len() - 1]).unwrap();
    payload.pop();
    payload[2] ^= 0x40;
    let mut lying = Vec::new();
    encode_frame(&payload, &mut lying);
    lying
}

#[test]
fn a_version_flag_that_lies_is_found_out_once_and_the_session_goes_on() {
    for version in [Version::V2013, Version::V2019] {
        let now = Timestamp::from_seconds(START_S);
        let mut gateway = Gateway::new(GatewayConfig::default(), now);
        let code = Authentication { code: CODE.into(), imei: None, software: None };
        let login = Message::Authenticate(code).encode(&address(version), 0).unwrap();
        gateway.handle_bytes(&lying(&login), now);
        let Some(GatewayEvent::Authentication { ask, phone, code }) = gateway.poll_event() else { panic!() };
        assert_eq!(code, CODE);
        assert!(phone.is_same_terminal(&address(version).phone));
        gateway.answer_authentication(ask, true);
        for serial in 1..4 {
            let frame =
                Message::Location(record(u64::from(serial))).encode(&address(version), serial).unwrap();
            gateway.handle_bytes(&lying(&frame), now);
            // One that tells the truth is read all the same.
            gateway.handle_bytes(&frame, now);
        }
        let locations = std::iter::from_fn(|| gateway.poll_event())
            .filter(|event| matches!(event, GatewayEvent::Locations { .. }))
            .count();
        assert_eq!((locations, gateway.counters().version_flag_wrong), (6, 1));
        assert_eq!(gateway.counters().bad_header, 0);
        let answer = gateway.poll_transmit().unwrap();
        let payload = wire::frame::unescape(&answer[1..answer.len() - 1]).unwrap();
        let (header, _) = Header::decode(&payload[..payload.len() - 1]).unwrap();
        assert_eq!(header.version, version, "answered in the layout that was read");
    }
}

#[test]
fn an_identity_with_letters_is_a_name_like_any_other() {
    let phone = Phone::from_terminal(&"4F07788EF876".parse().unwrap()).unwrap();
    let address = Address { version: Version::V2013, protocol_version: 0, phone };
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    let code = Authentication { code: CODE.into(), imei: None, software: None };
    gateway.handle_bytes(&Message::Authenticate(code).encode(&address, 0).unwrap(), now);
    let Some(GatewayEvent::Authentication { ask, phone, .. }) = gateway.poll_event() else { panic!() };
    assert_eq!(phone.to_string(), "4F07788EF876");
    gateway.answer_authentication(ask, true);
    assert_eq!(gateway.terminal().unwrap().as_str(), "4F07788EF876");
}

#[test]
fn a_location_whose_extras_overrun_is_taken_without_them() {
    let mut body = Vec::new();
    Message::Location(record(1)).encode_body(Version::V2019, &mut body).unwrap();
    body.extend([0xF6, 4, 0x14, 0x50]);
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let frame = Message::Other { id: 0x0200, body }.encode(&address(Version::V2019), 9).unwrap();
    pair.gateway.handle_bytes(&frame, pair.now);
    pair.drive();
    let expected = wire::Location { extras_malformed: true, ..record(1) };
    assert_eq!((&pair.stored, pair.gateway.counters().extras_malformed), (&vec![expected], 1));
}

#[test]
fn a_message_in_parts_that_comes_again_is_answered_again_and_stored_once() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let locations = (1..=30).map(record).collect();
    let batch = Message::LocationBatch { backlog: true, locations, malformed: 0 };
    let frames = batch.encode_in_parts(&address(Version::V2019), 500).unwrap();
    assert!(frames.len() > 1);
    for _ in 0..2 {
        frames.iter().for_each(|frame| pair.gateway.handle_bytes(frame, pair.now));
        while let Some(event) = pair.gateway.poll_event() {
            let GatewayEvent::Locations { ask, locations, .. } = event else { panic!("{event:?}") };
            pair.stored.extend(locations);
            pair.gateway.acknowledge(ask, AnswerResult::Ok);
        }
        let answers = decode_all(&std::iter::from_fn(|| pair.gateway.poll_transmit()).collect::<Vec<_>>());
        let ok = |serial| Message::PlatformAnswer { serial, id: 0x0704, result: AnswerResult::Ok };
        let expected: Vec<_> = (0..frames.len() as u16).map(|n| ok(500 + n)).collect();
        assert_eq!(answers, expected);
    }
    assert_eq!((pair.stored.len(), pair.gateway.counters().parts_repeated), (30, frames.len() as u64));
}

#[test]
fn parts_that_stay_away_are_asked_for_and_at_last_dropped() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let batch =
        Message::LocationBatch { backlog: true, locations: (1..=60).map(record).collect(), malformed: 0 };
    let frames = batch.encode_in_parts(&address(Version::V2019), 500).unwrap();
    assert!(frames.len() >= 3);
    pair.gateway.handle_bytes(&frames[1], pair.now);
    for _ in 0..wire::parts::RESENDS_MAX {
        pair.now = pair.gateway.poll_timeout().unwrap();
        pair.gateway.handle_timeout(pair.now);
        let asked = decode_all(&[pair.gateway.poll_transmit().unwrap()]);
        let missing = (1..=frames.len() as u16).filter(|index| *index != 2).collect();
        assert_eq!(asked, [Message::Resend { first_serial: 500, indices: missing }]);
    }
    pair.now = pair.gateway.poll_timeout().unwrap();
    pair.gateway.handle_timeout(pair.now);
    let counters = pair.gateway.counters();
    assert_eq!((counters.parts_dropped, counters.parts_asked_for), (1, 3));
    assert_eq!((pair.gateway.poll_transmit(), pair.gateway.poll_event()), (None, None));
}
