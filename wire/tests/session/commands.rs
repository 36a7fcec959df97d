//! What a platform asks and sets: both ends against each other.

use domain::Timestamp;
use wire::area::{
    AreaAction, AreaRules, AreaShape, AreaSpan, AreaTime, Circle, Point, Polygon, Rectangle, Route,
    RoutePoint, SegmentTime, SpeedLimit,
};
use wire::gateway::{COMMANDS_MAX, GatewayEvent, SendError};
use wire::message::{AnswerResult, Message};
use wire::terminal::{AreaChange, TerminalConfig, TerminalEvent};
use wire::{Attributes, Parameter, Revision};

use crate::pair::{CODE, Pair, config, decode_all, record};

const REVISIONS: [Revision; 3] = [Revision::V2011, Revision::V2013, Revision::V2019];

/// Two ends in session, the terminal of `revision`.
fn ready(revision: Revision) -> Pair {
    let mut pair = Pair::with(TerminalConfig { revision, ..config() }, Some(CODE));
    pair.drive();
    assert_eq!(pair.events, [TerminalEvent::Ready]);
    pair.events.clear();
    pair
}

/// Sends a command; what the terminal tells of it.
#[track_caller]
fn told(pair: &mut Pair, command: &Message) -> (u16, TerminalEvent) {
    let serial = pair.gateway.send(command, pair.now).unwrap();
    pair.drive();
    assert_eq!(pair.events.len(), 1, "{:?}", pair.events);
    (serial, pair.events.remove(0))
}

/// A command is told by the terminal as `expected` and its general answer reaches the platform, in every revision.
#[track_caller]
fn check(command: &Message, in_2013: &Message, is_expected: impl Fn(&TerminalEvent, &Message) -> bool) {
    for revision in REVISIONS {
        let mut pair = ready(revision);
        let (serial, event) = told(&mut pair, command);
        let expected = if revision == Revision::V2019 { command } else { in_2013 };
        assert!(is_expected(&event, expected), "{revision:?}: {event:?}");
        assert_eq!(pair.told, [], "no answer before the caller's word");
        pair.terminal.answer(event.ask().unwrap(), AnswerResult::Ok, pair.now);
        pair.drive();
        let answered = GatewayEvent::Answered { serial, id: command.id(), result: AnswerResult::Ok };
        assert_eq!(pair.told, [answered], "{revision:?}");
        pair.terminal.answer(event.ask().unwrap(), AnswerResult::Ok, pair.now);
        assert_eq!(pair.terminal.poll_transmit(), None, "one word, one answer");
    }
}

#[track_caller]
fn check_alike(command: &Message, is_expected: impl Fn(&TerminalEvent, &Message) -> bool) {
    check(command, command, is_expected);
}

#[test]
fn parameters_texts_tracking_and_confirmations_are_told_and_answered() {
    let parameters = vec![Parameter::DefaultIntervalS(30), Parameter::MaxSpeedKmh(60)];
    check_alike(
        &Message::SetParameters(parameters),
        |event, command| matches!((event, command), (TerminalEvent::SetParameters { parameters, .. }, Message::SetParameters(sent)) if parameters == sent),
    );
    check_alike(&Message::Track { interval_s: 5, validity_s: 600 }, |event, _| {
        matches!(event, TerminalEvent::Track { interval_s: 5, validity_s: 600, .. })
    });
    check_alike(&Message::Track { interval_s: 0, validity_s: 0 }, |event, _| {
        matches!(event, TerminalEvent::Track { interval_s: 0, validity_s: 0, .. })
    });
    check_alike(&Message::ConfirmAlarm { serial: 7, alarms: 1 << 20 }, |event, _| {
        matches!(event, TerminalEvent::ConfirmAlarm { serial: 7, alarms: 0x10_0000, .. })
    });
    check_alike(
        &Message::PassThroughDown { kind: 0xF1, data: vec![1, 2] },
        |event, _| matches!(event, TerminalEvent::PassThrough { kind: 0xF1, data, .. } if data == &[1, 2]),
    );
    let text = |kind| Message::Text { flags: 0b1100, kind, text: "请按核准路线行驶".into() };
    check(&text(Some(2)), &text(None), |event, command| {
        let (TerminalEvent::Text { kind, text, .. }, Message::Text { kind: sent, text: sent_text, .. }) =
            (event, command)
        else {
            return false;
        };
        kind == sent && text == sent_text
    });
}

fn rules() -> AreaRules {
    AreaRules {
        span: Some(AreaSpan { start: AreaTime::daily(22, 0, 0), end: AreaTime::daily(5, 30, 0) }),
        speed: Some(SpeedLimit { max_kmh: 60, hold_s: 10, night_max_kmh: Some(40) }),
        enter_to_platform: true,
        leave_to_platform: true,
        ..AreaRules::default()
    }
}

fn point(n: u32) -> Point {
    Point { lat_e6: 34_539_400 + n, lon_e6: 113_390_500 + n }
}

/// What 2013 leaves of rules and names.
fn older(mut rules: AreaRules) -> AreaRules {
    if let Some(speed) = &mut rules.speed {
        speed.night_max_kmh = None;
    }
    rules
}

#[test]
fn circles_and_rectangles_are_told_in_the_form_of_each_revision() {
    let circle =
        |rules, name: &str| Circle { id: 1, rules, centre: point(0), radius_m: 500, name: name.into() };
    let circles = |circle| Message::SetCircles { action: AreaAction::Append, circles: vec![circle] };
    check(&circles(circle(rules(), "消纳场")), &circles(circle(older(rules()), "")), |event, command| {
        let TerminalEvent::Areas {
            change: AreaChange::Circles { action: AreaAction::Append, circles }, ..
        } = event
        else {
            return false;
        };
        matches!(command, Message::SetCircles { circles: sent, .. } if circles == sent)
    });
    let rectangle = |rules, name: &str| {
        let (upper_left, lower_right) = (point(100), point(200));
        Rectangle { id: 2, rules, upper_left, lower_right, name: name.into() }
    };
    let rectangles =
        |rectangle| Message::SetRectangles { action: AreaAction::Update, rectangles: vec![rectangle] };
    check(
        &rectangles(rectangle(rules(), "工地")),
        &rectangles(rectangle(older(rules()), "")),
        |event, command| {
            let TerminalEvent::Areas { change: AreaChange::Rectangles { rectangles, .. }, .. } = event else {
                return false;
            };
            matches!(command, Message::SetRectangles { rectangles: sent, .. } if rectangles == sent)
        },
    );
}

#[test]
fn a_route_and_the_deletion_of_areas_are_told_in_the_form_of_each_revision() {
    let route = |night_max_kmh, name: &str| {
        let of = |n: u32| RoutePoint {
            id: n,
            segment_id: n,
            point: point(n),
            width_m: 50,
            time: Some(SegmentTime { long_s: 900, short_s: 60 }),
            speed: Some(SpeedLimit { max_kmh: 60, hold_s: 10, night_max_kmh }),
            south: false,
            west: false,
            other_bits: 0,
        };
        let rules = AreaRules { speed: None, ..rules() };
        Message::SetRoute(Route { id: 9, rules, points: vec![of(1), of(2)], name: name.into() })
    };
    check(&route(Some(40), "核准路线"), &route(None, ""), |event, command| {
        let TerminalEvent::Areas { change: AreaChange::Route(route), .. } = event else { return false };
        matches!(command, Message::SetRoute(sent) if route == sent)
    });
    for shape in [AreaShape::Circle, AreaShape::Rectangle, AreaShape::Polygon, AreaShape::Route] {
        check_alike(
            &Message::DeleteAreas { shape, ids: vec![1, 2] },
            |event, _| matches!(event, TerminalEvent::Areas { change: AreaChange::Delete { shape: told, ids }, .. } if (*told, ids.as_slice()) == (shape, &[1, 2])),
        );
    }
}

fn polygon(corners: u32) -> Message {
    let corners = (0..corners).map(point).collect();
    Message::SetPolygon(Polygon { id: 3, rules: rules(), corners, name: "禁行区".into() })
}

#[test]
fn a_polygon_of_more_corners_than_one_packet_holds_travels_in_parts_and_is_answered_once() {
    for (corners, packets) in [(3, 1), (124, 2), (300, 3), (30_000, 235)] {
        let mut pair = ready(Revision::V2019);
        let frames_before = pair.terminal.counters().frames;
        let (serial, event) = told(&mut pair, &polygon(corners));
        assert_eq!(pair.terminal.counters().frames - frames_before, packets, "{corners}");
        let TerminalEvent::Areas { ask, change: AreaChange::Polygon(found) } = event else { panic!() };
        assert_eq!(Message::SetPolygon(found), polygon(corners));
        pair.terminal.answer(ask, AnswerResult::Ok, pair.now);
        pair.drive();
        let answered = GatewayEvent::Answered { serial, id: 0x8604, result: AnswerResult::Ok };
        assert_eq!(pair.told, [answered], "{corners}");
    }
    let mut pair = ready(Revision::V2019);
    let refused = pair.gateway.send(&polygon(40_000), pair.now);
    assert!(matches!(refused, Err(SendError::Unwritable(_))), "{refused:?}");
}

#[test]
fn a_lost_part_of_a_command_is_asked_for_in_2019_and_sent_again_whole_before() {
    for (revision, lost) in [(Revision::V2019, 1), (Revision::V2019, 3), (Revision::V2013, 2)] {
        let mut pair = ready(revision);
        pair.gateway.send(&polygon(300), pair.now).unwrap();
        pair.down.lose = lost;
        pair.drive();
        for _ in 0..4 {
            if pair.events.is_empty() {
                pair.wait();
            }
        }
        assert!(matches!(pair.events.as_slice(), [TerminalEvent::Areas { .. }]), "{revision:?} {lost}");
    }
}

#[test]
fn queries_are_answered_by_messages_of_their_own() {
    for revision in REVISIONS {
        let mut pair = ready(revision);
        let (serial, event) = told(&mut pair, &Message::QueryParameterList(vec![0x29, 0x55]));
        let TerminalEvent::QueryParameters { ask, ids: Some(ids) } = event else { panic!("{event:?}") };
        assert_eq!(ids, [0x29, 0x55]);
        let parameters = vec![Parameter::DefaultIntervalS(30), Parameter::MaxSpeedKmh(60)];
        pair.terminal.answer_location(ask, record(1), pair.now);
        assert_eq!(pair.terminal.poll_transmit(), None, "an answer of another kind is none");
        pair.terminal.answer_parameters(ask, parameters.clone(), pair.now);
        pair.drive();
        assert_eq!(pair.told, [GatewayEvent::Parameters { serial, parameters }]);

        let (_, event) = told(&mut pair, &Message::QueryLocation);
        pair.terminal.answer_location(event.ask().unwrap(), record(5), pair.now);
        pair.drive();
        assert_eq!(pair.stored, [record(5)]);

        let (_, event) = told(&mut pair, &Message::QueryAttributes);
        pair.terminal.answer_attributes(event.ask().unwrap(), attributes(), pair.now);
        pair.drive();
        assert_eq!(pair.raw, [0x0107]);
        let Some(GatewayEvent::Attributes(found)) = pair.told.pop() else { panic!() };
        assert_eq!((found.firmware.as_str(), found.gnss), ("1.2", 3));
        let due = pair.gateway.poll_timeout().unwrap();
        assert_eq!(due.millis_since(pair.now), 180_000, "{revision:?}: no command waits any more");
    }
}

fn attributes() -> Attributes {
    Attributes {
        kind: 4,
        maker: wire::text::Padded::from_text("MUCK", 5).unwrap(),
        model: wire::text::Padded::from_text("agent", 20).unwrap(),
        terminal: wire::text::Padded::from_text("0000001", 7).unwrap(),
        iccid: [0x89; 10],
        hardware: "box".into(),
        firmware: "1.2".into(),
        gnss: 3,
        network: 0x20,
    }
}

#[test]
fn an_answer_longer_than_one_packet_travels_in_parts_and_lost_ones_are_asked_for() {
    let parameters: Vec<_> =
        (0..200).map(|id| Parameter::Other { id: 0xF000 + id, bytes: vec![7; 20] }).collect();
    for lose in 0..4 {
        let mut pair = ready(Revision::V2019);
        let (serial, event) = told(&mut pair, &Message::QueryParameters);
        pair.up.lose = lose;
        pair.terminal.answer_parameters(event.ask().unwrap(), parameters.clone(), pair.now);
        pair.drive();
        for _ in 0..2 {
            if pair.told.is_empty() {
                pair.wait();
            }
        }
        assert_eq!(
            pair.told,
            [GatewayEvent::Parameters { serial, parameters: parameters.clone() }],
            "{lose}"
        );
        assert_eq!(pair.gateway.counters().parts_asked_for, u64::from(lose > 0));
    }
}

#[test]
fn what_the_terminal_cannot_do_is_refused_at_once() {
    let mut pair = ready(Revision::V2019);
    let serial = pair.gateway.send(&Message::Other { id: 0x8500, body: vec![1] }, pair.now).unwrap();
    pair.drive();
    let result = AnswerResult::Unsupported;
    assert_eq!(pair.told, [GatewayEvent::Answered { serial, id: 0x8500, result }]);
    assert_eq!(pair.events, []);
}

#[test]
fn a_command_without_an_answer_is_sent_again_and_told_once_and_at_last_given_up() {
    let mut pair = ready(Revision::V2019);
    let command = Message::Text { flags: 4, kind: Some(1), text: "停车".into() };
    let (serial, event) = told(&mut pair, &command);
    for _ in 0..2 {
        pair.wait();
    }
    assert_eq!((pair.gateway.counters().commands_sent_again, pair.events.len()), (2, 0), "told once");
    pair.terminal.answer(event.ask().unwrap(), AnswerResult::Ok, pair.now);
    pair.up.lose = 1;
    pair.drive();
    let again = command.encode(&crate::pair::address(wire::Version::V2019), serial).unwrap();
    pair.terminal.handle_bytes(&again, pair.now);
    let answer = Message::TerminalAnswer { serial, id: 0x8300, result: AnswerResult::Ok };
    assert_eq!(decode_all(&[pair.terminal.poll_transmit().unwrap()]), [answer], "answered again");
    for _ in 0..3 {
        pair.wait();
    }
    assert_eq!(pair.told, [GatewayEvent::Unanswered { serial, id: 0x8300 }]);
    assert_eq!(pair.gateway.counters().commands_unanswered, 1);
}

#[test]
fn commands_need_a_session_and_room() {
    let mut pair = Pair::new(Some(CODE));
    assert_eq!(pair.gateway.send(&Message::QueryLocation, pair.now), Err(SendError::NotAuthenticated));
    pair.drive();
    for _ in 0..COMMANDS_MAX {
        pair.gateway.send(&Message::QueryLocation, pair.now).unwrap();
    }
    assert_eq!(pair.gateway.send(&Message::QueryLocation, pair.now), Err(SendError::Busy));
}

#[test]
fn the_time_is_told_in_utc_whoever_asks() {
    let mut pair = ready(Revision::V2019);
    pair.now = Timestamp::from_seconds(1_795_413_600);
    pair.terminal.send_report(&Message::TimeQuery, pair.now).unwrap();
    let query = pair.terminal.poll_transmit().unwrap();
    pair.gateway.handle_bytes(&query, pair.now);
    let answer = pair.gateway.poll_transmit().unwrap();
    assert!(
        hex::encode(&answer).contains("261123060000"),
        "14:00 in Xinmi is 06:00 UTC: {}",
        hex::encode(&answer)
    );
    pair.terminal.handle_bytes(&answer, pair.now);
    assert_eq!(pair.terminal.poll_event(), Some(TerminalEvent::Time(pair.now)));
}

#[test]
fn other_reports_are_kept_by_the_platform_and_told_as_answered() {
    let mut pair = ready(Revision::V2019);
    let long = Message::PassThroughUp { kind: 0xF0, data: vec![0x7E; 3000] };
    let serial = pair.terminal.send_report(&long, pair.now).unwrap();
    pair.up.lose = 1;
    pair.drive();
    while pair.events.is_empty() {
        pair.wait();
    }
    assert_eq!(pair.events, [TerminalEvent::Answered { serial, id: 0x0900, result: AnswerResult::Ok }]);
    assert_eq!(pair.raw, [0x0900]);

    let head = wire::media::MediaHead { media_id: 5, kind: 0, format: 0, event: 0, channel: 1 };
    let upload = wire::media::MediaUpload { head, location: Some(record(1)), data: vec![9; 2000] };
    let serial = pair.terminal.send_report(&Message::MediaUpload(upload), pair.now).unwrap();
    pair.events.clear();
    pair.drive();
    assert_eq!(pair.events, [TerminalEvent::Answered { serial, id: 0x0801, result: AnswerResult::Ok }]);
}
