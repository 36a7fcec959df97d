//! JT/T 809: a lower and a superior platform, joined by two lines that chop, with a clock of their own.
#![expect(clippy::unwrap_used, reason = "a test fails where what it needs is not there")]

use domain::{FixKind, FixReport, Timestamp};
use proptest::prelude::*;
use wire::Location;
use wire::jt809::{
    Cipher, Edition, Link, LinkLoss, LoginRefusal, Lower, LowerConfig, LowerEvent, Message, Payload,
    Position, Upper, UpperConfig, UpperEvent, VehicleMessage,
};
use wire::text::Padded;

const START_S: i64 = 1_795_413_600;
const PLATE: &str = "豫A12345D";

struct Pair {
    now: Timestamp,
    edition: Edition,
    lower: Lower,
    upper: Upper,
    piece: usize,
    /// The superior platform's answers are lost.
    mute: bool,
    below: Vec<LowerEvent>,
    above: Vec<UpperEvent>,
}

fn lower(edition: Edition) -> LowerConfig {
    LowerConfig {
        edition,
        version: [1, 2, 15],
        access_code: 41_018_300,
        user: 20_180_920,
        password: "20180920".parse().unwrap(),
        sub_host: "127.0.0.1".into(),
        sub_port: 8809,
        cipher: None,
        heartbeat_s: 60,
        patience_s: 180,
    }
}

fn upper(edition: Edition) -> UpperConfig {
    UpperConfig {
        edition,
        access_code: 41_018_300,
        user: 20_180_920,
        password: "20180920".parse().unwrap(),
        code: 0xC0DE,
        cipher: None,
    }
}

impl Pair {
    fn with(lower: LowerConfig, upper: UpperConfig, piece: usize) -> Self {
        let now = Timestamp::from_seconds(START_S);
        let edition = lower.edition;
        let (lower, upper) = (Lower::new(lower), Upper::new(upper));
        Self { now, edition, lower, upper, piece, mute: false, below: Vec::new(), above: Vec::new() }
    }

    fn logged_in(edition: Edition) -> Self {
        let mut pair = Self::with(lower(edition), upper(edition), 7);
        pair.open_main();
        pair.open_sub();
        pair
    }

    fn open_main(&mut self) {
        self.upper.link_up(Link::Main, self.now);
        self.lower.main_up(self.now);
        self.exchange();
    }

    fn open_sub(&mut self) {
        self.lower.sub_up(self.now);
        self.upper.link_up(Link::Sub, self.now);
        self.exchange();
    }

    fn exchange(&mut self) {
        loop {
            let up: Vec<_> = std::iter::from_fn(|| self.lower.poll_transmit()).collect();
            for (link, bytes) in &up {
                bytes.chunks(self.piece).for_each(|piece| self.upper.handle_bytes(*link, piece, self.now));
            }
            let down: Vec<_> = std::iter::from_fn(|| self.upper.poll_transmit()).collect();
            for (link, bytes) in down.iter().filter(|_| !self.mute) {
                bytes.chunks(self.piece).for_each(|piece| self.lower.handle_bytes(*link, piece, self.now));
            }
            self.below.extend(std::iter::from_fn(|| self.lower.poll_event()));
            self.above.extend(std::iter::from_fn(|| self.upper.poll_event()));
            if up.is_empty() && down.is_empty() {
                return;
            }
        }
    }

    fn pass_s(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now = self.now.plus_seconds(1);
            self.lower.handle_timeout(self.now);
            self.exchange();
        }
    }

    fn live(&self, second: i64) -> VehicleMessage {
        let place = domain::Position::from_degrees(34.5394, 113.3905).unwrap();
        let fix = FixReport::bare(PLATE.parse().unwrap(), place, FixKind::D3);
        let location = Location::from_fix(Timestamp::from_seconds(START_S + second), &fix, None, &[]);
        let platform = Padded::from_text("41018300001", 11).unwrap();
        let payload = Payload::Live(Position::from_location(self.edition, &location, &platform));
        VehicleMessage { plate: PLATE.into(), colour: 93, payload }
    }

    fn positions(&self) -> Vec<i64> {
        let second = |event: &UpperEvent| match event {
            UpperEvent::Vehicle(VehicleMessage { payload: Payload::Live(position), .. }) => {
                Some(position.time().unwrap().seconds() - START_S)
            }
            _ => None,
        };
        self.above.iter().filter_map(second).collect()
    }
}

#[test]
fn a_session_is_made_of_a_login_a_call_back_and_positions_that_arrive() {
    for edition in [Edition::V2011, Edition::V2019] {
        let mut pair = Pair::logged_in(edition);
        assert_eq!(pair.below, [LowerEvent::LoggedIn, LowerEvent::SubLinked]);
        let call_back = UpperEvent::CallBack { host: "127.0.0.1".into(), port: 8809 };
        assert_eq!(pair.above, [call_back, UpperEvent::SubLinked(true)]);
        for second in 0..3 {
            assert!(pair.lower.send(pair.live(second), pair.now));
        }
        pair.exchange();
        assert_eq!(pair.positions(), [0, 1, 2]);
    }
}

#[test]
fn a_heartbeats_answer_proves_what_was_sent_before_it_and_nothing_after() {
    let mut pair = Pair::logged_in(Edition::V2019);
    pair.below.clear();
    assert!(pair.lower.send(pair.live(0), pair.now));
    assert!(pair.lower.prove(pair.now));
    assert!(pair.lower.send(pair.live(1), pair.now));
    pair.exchange();
    assert_eq!(pair.below, [LowerEvent::Proven { messages: 1 }]);
    pair.pass_s(60);
    assert_eq!(
        pair.below[1..],
        [LowerEvent::Proven { messages: 2 }],
        "the minute's heartbeat proves as well"
    );
}

#[test]
fn a_refused_login_is_told_in_words() {
    for (change, refusal) in [
        ((|c: &mut UpperConfig| c.access_code = 1) as fn(&mut UpperConfig), LoginRefusal::AccessCode),
        (|c| c.user = 1, LoginRefusal::User),
        (|c| c.password = "other".parse().unwrap(), LoginRefusal::Password),
    ] {
        let mut config = upper(Edition::V2011);
        change(&mut config);
        let mut pair = Pair::with(lower(Edition::V2011), config, 1000);
        pair.open_main();
        assert_eq!(pair.below, [LowerEvent::Lost(Link::Main, LinkLoss::Refused(refusal))]);
        assert!(!pair.lower.send(pair.live(0), pair.now));
    }
}

#[test]
fn a_superior_platform_that_owes_an_answer_is_given_up_after_three_minutes() {
    let mut pair = Pair::logged_in(Edition::V2011);
    pair.below.clear();
    pair.mute = true;
    assert!(pair.lower.prove(pair.now));
    pair.pass_s(179);
    assert_eq!(pair.below, []);
    pair.pass_s(1);
    assert_eq!(pair.below[0], LowerEvent::Lost(Link::Main, LinkLoss::Silent { after_s: 180 }));
    assert!(!pair.lower.is_logged_in());
}

#[test]
fn a_sub_link_with_a_wrong_code_is_closed_and_the_main_link_goes_on() {
    let mut pair = Pair::with(lower(Edition::V2019), upper(Edition::V2019), 1000);
    pair.open_main();
    pair.below.clear();
    pair.lower.sub_up(pair.now);
    pair.upper.send(Link::Sub, &Message::SubConnect { code: 1 }, pair.now);
    pair.exchange();
    assert_eq!(pair.below, [LowerEvent::Lost(Link::Sub, LinkLoss::WrongCode)]);
    assert!(pair.lower.is_logged_in());
    assert!(pair.above.contains(&UpperEvent::SubLinked(false)));
}

#[test]
fn the_sub_link_is_kept_alive_by_the_superior_platform_and_lost_without_it() {
    let mut pair = Pair::logged_in(Edition::V2011);
    pair.pass_s(100);
    pair.upper.beat(pair.now);
    pair.exchange();
    assert_eq!(pair.above.last(), Some(&UpperEvent::SubAlive));
    pair.below.clear();
    pair.pass_s(180);
    assert!(pair.below.contains(&LowerEvent::Lost(Link::Sub, LinkLoss::Silent { after_s: 180 })));
    assert!(pair.lower.is_logged_in());
}

#[test]
fn a_question_about_a_vehicle_is_answered_with_its_serial() {
    for (edition, link) in [(Edition::V2019, Link::Sub), (Edition::V2011, Link::Main)] {
        let mut pair = Pair::logged_in(edition);
        pair.upper.ask_static_info(link, PLATE, 93, pair.now);
        pair.exchange();
        let Some(LowerEvent::StaticInfoAsked { plate, colour, asked }) = pair.below.last().cloned() else {
            unreachable!("the question came through")
        };
        assert_eq!((plate.as_str(), colour), (PLATE, 93));
        pair.lower.answer_static_info(plate, colour, asked, "VIN:=豫A12345D".into(), pair.now);
        pair.exchange();
        let expected = Payload::StaticInfo {
            asked: (edition == Edition::V2019).then_some(asked),
            text: "VIN:=豫A12345D".into(),
        };
        let answer = VehicleMessage { plate: PLATE.into(), colour: 93, payload: expected };
        assert_eq!(pair.above.last(), Some(&UpperEvent::Vehicle(answer)));
    }
}

#[test]
fn a_superior_platform_that_closes_ends_the_main_link_and_logging_out_does_too() {
    let mut pair = Pair::logged_in(Edition::V2011);
    pair.upper.send(Link::Main, &Message::SuperiorCloses { reason: 0 }, pair.now);
    pair.exchange();
    assert_eq!(
        pair.below.last(),
        Some(&LowerEvent::Lost(Link::Main, LinkLoss::ClosedBySuperior { reason: 0 }))
    );
    pair.open_main();
    pair.lower.log_out(pair.now);
    pair.exchange();
    assert_eq!(pair.below.last(), Some(&LowerEvent::Lost(Link::Main, LinkLoss::LoggedOut)));
}

#[test]
fn enciphered_bodies_are_read_by_who_has_the_numbers_and_by_nobody_else() {
    let cipher = Some(Cipher { m1: 10_000_000, ia1: 20_000_000, ic1: 30_000_000 });
    let (below, above) = (lower(Edition::V2019), upper(Edition::V2019));
    let mut pair =
        Pair::with(LowerConfig { cipher, ..below.clone() }, UpperConfig { cipher, ..above.clone() }, 13);
    pair.open_main();
    pair.lower.send(pair.live(5), pair.now);
    pair.exchange();
    assert_eq!(pair.positions(), [5]);
    let mut pair = Pair::with(below, UpperConfig { cipher, ..above }, 13);
    pair.open_main();
    assert_eq!((pair.below.len(), pair.lower.counters().malformed), (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn positions_arrive_in_order_whatever_the_pieces(count in 0i64..60, piece in 1usize..200) {
        let mut pair = Pair::logged_in(Edition::V2019);
        pair.piece = piece;
        for second in 0..count {
            pair.lower.send(pair.live(second), pair.now);
        }
        pair.exchange();
        prop_assert_eq!(pair.positions(), (0..count).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_at_any_time_panic_neither_end(
        noise in prop::collection::vec((any::<bool>(), prop::collection::vec(prop_oneof![any::<u8>(), 0x5Au8..0x5F], 0..120)), 0..10),
    ) {
        let mut pair = Pair::logged_in(Edition::V2011);
        for (is_main, bytes) in &noise {
            let link = if *is_main { Link::Main } else { Link::Sub };
            pair.lower.handle_bytes(link, bytes, pair.now);
            pair.upper.handle_bytes(link, bytes, pair.now);
            pair.exchange();
        }
        pair.pass_s(2);
    }
}
