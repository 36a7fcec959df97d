use domain::{TerminalId, Timestamp};
use wire::gateway::{Gateway, GatewayConfig, GatewayCounters, GatewayEvent};
use wire::header::Version;
use wire::message::{AnswerResult, Message};
use wire::registration::RegistrationRefusal;
use wire::terminal::{Outgoing, TerminalConfig, TerminalEvent, TerminalFault};

use crate::pair::{ANSWER_TIMEOUT_S, CODE, Line, Pair, START_S, address, config, decode_all, record};

#[test]
fn a_new_terminal_registers_authenticates_and_reports() {
    let mut pair = Pair::new(None);
    pair.queue(1);
    assert_eq!(pair.terminal.capacity(), 0);
    pair.drive();
    assert_eq!(
        pair.events,
        [
            TerminalEvent::NewAuthCode(CODE.into()),
            TerminalEvent::Ready,
            TerminalEvent::Acknowledged { cursor: 1 }
        ]
    );
    assert_eq!(pair.gateway.terminal(), Some(&config().terminal));
    pair.check_delivered(0);
}

#[test]
fn a_kept_code_saves_the_registration() {
    let mut pair = Pair::new(Some(CODE));
    pair.registration = Err(RegistrationRefusal::TerminalRegistered);
    pair.drive();
    assert_eq!(pair.events, [TerminalEvent::Ready]);
}

#[test]
fn several_items_travel_as_batches_and_old_ones_as_backlog() {
    let mut pair = Pair::new(Some(CODE));
    pair.queue(6);
    pair.drive();
    assert_eq!(pair.batches, [(4, true), (2, true)]);
    pair.check_delivered(0);

    let mut pair = Pair::new(Some(CODE));
    pair.now = pair.now.plus_seconds(-3600);
    pair.queue(3);
    pair.drive();
    assert_eq!(pair.batches, [(3, false)]);
}

#[test]
fn no_more_items_are_under_way_than_allowed() {
    let mut pair = Pair::new(Some(CODE));
    pair.storing = false;
    pair.queue(20);
    pair.drive();
    assert_eq!((pair.offered, pair.terminal.capacity(), pair.acknowledged), (8, 0, 0));
    pair.storing = true;
    pair.drive();
    pair.check_delivered(0);
}

#[test]
fn nothing_is_acknowledged_before_the_service_says_it_is_stored() {
    let mut pair = Pair::new(Some(CODE));
    pair.storing = false;
    pair.queue(3);
    pair.drive();
    assert_eq!((pair.acknowledged, pair.stored.len()), (0, 0));
}

#[test]
fn a_link_lost_midway_loses_nothing() {
    let mut pair = Pair::new(Some(CODE));
    pair.queue(4);
    pair.drive();
    pair.storing = false;
    pair.queue(30);
    pair.drive();
    pair.connect();
    pair.storing = true;
    pair.drive();
    pair.check_delivered(0);
}

#[test]
fn a_lost_answer_has_the_item_sent_again_after_its_time() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    pair.down.lose = 1;
    pair.queue(1);
    pair.drive();
    assert_eq!(pair.acknowledged, 0);
    let before = pair.now;
    pair.wait();
    assert_eq!(pair.now.millis_since(before), i64::from(ANSWER_TIMEOUT_S) * 1000);
    assert_eq!(pair.terminal.counters().sent_again, 1);
    pair.check_delivered(1);
}

#[test]
fn a_lost_registration_or_authentication_is_sent_again() {
    for lost in 0..4 {
        let mut pair = Pair::new(None);
        let (up, down) = [(0, 0), (1, 0), (0, 1), (1, 1)][lost];
        (pair.up.lose, pair.down.lose) = (up, down);
        pair.drive();
        (0..up + down).for_each(|_| pair.wait());
        assert_eq!(pair.events.last(), Some(&TerminalEvent::Ready), "{lost}");
    }
}

#[test]
fn doubled_answers_change_nothing_and_are_counted() {
    let mut pair = Pair::new(Some(CODE));
    pair.down.double = usize::MAX;
    pair.queue(12);
    pair.drive();
    pair.check_delivered(0);
    assert_eq!(pair.terminal.counters().stray_answers, 4, "the answers to authentication and three batches");
}

#[test]
fn a_refused_registration_ends_the_session_with_its_reason() {
    let mut pair = Pair::new(None);
    pair.registration = Err(RegistrationRefusal::NoSuchVehicle);
    pair.drive();
    pair.check_fault(&TerminalFault::RegistrationRefused(RegistrationRefusal::NoSuchVehicle));
}

#[test]
fn a_refused_code_is_forgotten_and_the_next_connection_registers() {
    let mut pair = Pair::new(Some("of yesterday"));
    pair.queue(2);
    pair.drive();
    pair.check_fault(&TerminalFault::CodeRefused);
    assert_eq!(pair.gateway.terminal(), None);
    pair.connect();
    pair.drive();
    assert!(pair.events.contains(&TerminalEvent::NewAuthCode(CODE.into())));
    pair.check_delivered(0);
}

#[test]
fn a_platform_that_stays_silent_is_given_up_after_every_retry() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    pair.queue(1);
    pair.up.lose = usize::MAX;
    pair.drive();
    let before = pair.now;
    while pair.terminal.poll_timeout().is_some() {
        pair.wait();
    }
    pair.check_fault(&TerminalFault::AnswersMissing);
    assert!(pair.now.millis_since(before) >= 330_000, "10 + 20 + 60 + 240 s, or the heartbeat's");
    pair.up.lose = 0;
    pair.connect();
    pair.drive();
    pair.check_delivered(0);
}

#[test]
fn heartbeats_keep_an_idle_session_and_silence_ends_it() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    for _ in 0..20 {
        pair.wait();
    }
    assert_eq!(pair.now.millis_since(Timestamp::from_seconds(START_S)), 20 * 60_000);
    assert!(!pair.platform_timed_out);
    pair.gateway.handle_timeout(pair.now.plus_seconds(179));
    assert_eq!(pair.gateway.poll_event(), None);
    for _ in 0..2 {
        pair.gateway.handle_timeout(pair.now.plus_seconds(180));
    }
    assert_eq!((pair.gateway.poll_event(), pair.gateway.poll_event()), (Some(GatewayEvent::TimedOut), None));
}

#[test]
fn heartbeats_do_not_stand_in_for_authentication() {
    let now = Timestamp::from_seconds(START_S);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    let frame = Message::Heartbeat.encode(&address(Version::V2019), 0).unwrap();
    gateway.handle_bytes(&frame, now.plus_seconds(170));
    gateway.handle_timeout(now.plus_seconds(180));
    assert_eq!(gateway.poll_event(), Some(GatewayEvent::TimedOut));
    assert_eq!(gateway.counters().unauthenticated, 1);
}

#[test]
fn an_item_the_platform_will_never_take_is_named_and_passed_over() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    pair.verdict = AnswerResult::Bad;
    pair.queue(2);
    pair.drive();
    let refused = |cursor| TerminalEvent::Refused { cursor, result: AnswerResult::Bad };
    assert_eq!(pair.events[1..], [refused(1), refused(2), TerminalEvent::Acknowledged { cursor: 2 }]);
    assert_eq!(pair.terminal.counters().refused_items, 2);
}

#[test]
fn a_record_that_cannot_be_written_is_named_and_passed_over_in_its_turn() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let mut unwritable = record(2);
    unwritable.extras = vec![wire::Extra::Other { id: 0xFE, bytes: vec![0; 256] }];
    let items = [record(1), unwritable, record(3)];
    let items = (1..).zip(items).map(|(cursor, location)| Outgoing { cursor, location }).collect();
    assert_eq!(pair.terminal.send(items, pair.now), 3);
    (pair.offered, pair.last) = (3, 3);
    pair.drive();
    assert!(pair.events.contains(&TerminalEvent::Refused { cursor: 2, result: AnswerResult::Bad }));
    assert_eq!((pair.acknowledged, pair.stored.clone()), (3, vec![record(1), record(3)]));
}

#[test]
fn records_too_long_for_one_body_travel_in_several_messages() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let mut long = record(1);
    long.extras = vec![wire::Extra::Other { id: 0xFE, bytes: vec![0; 250] }; 3];
    let items = (1..=4).map(|cursor| Outgoing { cursor, location: long.clone() }).collect();
    assert_eq!(pair.terminal.send(items, pair.now), 4);
    (pair.offered, pair.last) = (4, 4);
    pair.drive();
    assert_eq!((pair.acknowledged, pair.batches.len(), pair.stored.len()), (4, 4, 4));
}

#[test]
fn a_service_that_cannot_store_now_gets_the_items_again() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    pair.verdict = AnswerResult::Fail;
    pair.queue(3);
    pair.drive();
    assert_eq!((pair.acknowledged, pair.stored.len()), (0, 0));
    pair.verdict = AnswerResult::Ok;
    pair.wait();
    pair.check_delivered(0);
}

#[test]
fn a_service_that_never_can_is_told_apart_from_one_that_is_silent() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    pair.verdict = AnswerResult::Fail;
    pair.queue(1);
    pair.drive();
    while pair.terminal.poll_timeout().is_some() {
        pair.wait();
    }
    pair.check_fault(&TerminalFault::PutOff);
    assert_eq!(pair.acknowledged, 0);
}

#[test]
fn more_than_the_service_can_hold_is_refused_and_sent_again() {
    let mut pair = Pair::new(Some(CODE));
    pair.gateway = Gateway::new(GatewayConfig { unanswered_max: 1, ..GatewayConfig::default() }, pair.now);
    pair.drive();
    pair.storing = false;
    pair.queue(8);
    pair.drive();
    assert_eq!(pair.gateway.counters().refused_busy, 1);
    pair.storing = true;
    pair.drive();
    assert_eq!(pair.acknowledged, 4);
    pair.wait();
    pair.check_delivered(0);
}

#[test]
fn a_damaged_byte_anywhere_costs_a_frame_and_never_the_session() {
    let frame_bytes = {
        let mut pair = Pair::new(Some(CODE));
        pair.drive();
        pair.terminal.send(vec![Outgoing { cursor: 1, location: record(1) }], pair.now);
        pair.terminal.poll_transmit().unwrap().len()
    };
    for damage_at in 0..frame_bytes {
        for up in [true, false] {
            let mut pair = Pair::new(Some(CODE));
            pair.drive();
            let line = if up { &mut pair.up } else { &mut pair.down };
            *line = Line { damage: 1, damage_at, ..Line::default() };
            pair.queue(1);
            pair.drive();
            while pair.acknowledged < 1 {
                pair.wait();
            }
            pair.check_delivered(pair.stored.len() - 1);
            assert_eq!(pair.events.iter().filter(|event| **event == TerminalEvent::Ready).count(), 1);
        }
    }
}

#[test]
fn pieces_of_any_length_make_the_same_session() {
    for piece in 1..=70 {
        let mut pair = Pair::new(None);
        pair.piece = piece;
        pair.queue(10);
        pair.drive();
        pair.check_delivered(0);
        assert_eq!(
            pair.gateway.counters(),
            &GatewayCounters { frames: 5, ..GatewayCounters::default() },
            "{piece}"
        );
    }
}

#[test]
fn what_the_platform_asks_beyond_this_protocol_is_answered_unsupported() {
    let mut pair = Pair::new(Some(CODE));
    pair.drive();
    let text = Message::Other { id: 0x8500, body: vec![1, 2, 3] };
    pair.terminal.handle_bytes(&text.encode(&address(Version::V2019), 77).unwrap(), pair.now);
    let answer = Message::TerminalAnswer { serial: 77, id: 0x8500, result: AnswerResult::Unsupported };
    assert_eq!(decode_all(&[pair.terminal.poll_transmit().unwrap()]), [answer]);
    assert_eq!(pair.terminal.counters().unsupported, 1);
}

#[test]
fn a_logout_is_answered_and_answers_still_count() {
    let mut pair = Pair::new(Some(CODE));
    pair.storing = false;
    pair.queue(2);
    pair.drive();
    pair.terminal.log_out(pair.now);
    pair.drive();
    assert_eq!((pair.gateway.terminal(), pair.terminal.capacity()), (None, 0));
    pair.storing = true;
    pair.drive();
    pair.check_delivered(0);
}

/// A terminal's id that is no phone is told at every connection, and nothing is sent under a wrong name.
#[test]
fn an_id_that_does_not_fit_the_protocol_is_told_and_nothing_sent() {
    let terminal: TerminalId = "KOIKE002".parse().unwrap();
    let mut pair = Pair::with(TerminalConfig { terminal, ..config() }, None);
    assert_eq!(pair.terminal.poll_transmit(), None);
    pair.drive();
    assert!(matches!(pair.events[..], [TerminalEvent::Fatal(TerminalFault::Identity(_))]));
}
