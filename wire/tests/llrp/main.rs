//! LLRP: a listener and a reader, joined by a line that chops, with a clock of their own.
#![expect(clippy::unwrap_used, reason = "a test fails where what it needs is not there")]

use domain::{Epc, Timestamp};
use proptest::prelude::*;
use wire::llrp::{
    Client, ClientConfig, ClientEnd, ClientEvent, ConnectionAttempt, Message, Reader, ReaderConfig,
    ReaderEnd, ReaderEvent, Request, Status, Step,
};

const START_S: i64 = 1_795_413_600;

struct Pair {
    now: Timestamp,
    client: Client,
    reader: Reader,
    /// Bytes handed to an end at once.
    piece: usize,
    /// What the client sends is lost.
    deaf_reader: bool,
    events: Vec<ClientEvent>,
}

impl Pair {
    fn new(client: ClientConfig, reader: ReaderConfig, piece: usize) -> Self {
        let now = Timestamp::from_seconds(START_S);
        let mut pair = Self {
            now,
            client: Client::new(client, now),
            reader: Reader::new(reader, now),
            piece,
            deaf_reader: false,
            events: Vec::new(),
        };
        pair.exchange();
        pair
    }

    fn well_behaved() -> Self {
        Self::new(ClientConfig::default(), ReaderConfig::default(), usize::MAX)
    }

    /// Carries bytes both ways until neither end has any.
    fn exchange(&mut self) {
        loop {
            let down: Vec<u8> = std::iter::from_fn(|| self.reader.poll_transmit()).flatten().collect();
            for piece in down.chunks(self.piece.min(down.len().max(1))) {
                self.client.handle_bytes(piece, self.now);
            }
            let up: Vec<u8> = std::iter::from_fn(|| self.client.poll_transmit()).flatten().collect();
            if !self.deaf_reader {
                for piece in up.chunks(self.piece.min(up.len().max(1))) {
                    self.reader.handle_bytes(piece, self.now);
                }
            }
            self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
            if down.is_empty() && up.is_empty() {
                return;
            }
        }
    }

    /// Lets time pass second by second.
    fn pass_s(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.now = self.now.plus_seconds(1);
            self.client.handle_timeout(self.now);
            self.reader.handle_timeout(self.now);
            self.exchange();
        }
    }

    fn tags(&self) -> Vec<(String, Option<u16>, Option<i8>)> {
        let tag = |event: &ClientEvent| match event {
            ClientEvent::Tag(tag) => Some((tag.epc.to_string(), tag.antenna, tag.peak_rssi_dbm)),
            _ => None,
        };
        self.events.iter().filter_map(tag).collect()
    }

    fn ended(&self) -> Option<&ClientEnd> {
        match self.events.last() {
            Some(ClientEvent::Ended(end)) => Some(end),
            _ => None,
        }
    }
}

fn tag(number: u8) -> Epc {
    Epc::from_bytes(&[number; 12]).unwrap()
}

#[test]
fn a_reader_is_taken_into_service_and_its_tags_come_out() {
    let mut pair = Pair::well_behaved();
    assert_eq!(pair.client.step(), Step::Reading);
    assert!(pair.reader.play(&tag(1), 2, -55, pair.now));
    assert!(!pair.reader.play(&tag(1), 9, -55, pair.now), "there is no antenna 9");
    pair.exchange();
    assert_eq!(pair.tags(), [(tag(1).to_string(), Some(2), Some(-55))]);
    let greeted = ClientEvent::Greeted { reader_time: Some(Timestamp::from_seconds(START_S)) };
    assert_eq!(pair.events[0], greeted);
    assert!(matches!(&pair.events[1], ClientEvent::Capabilities(c) if c.antennas_max == 4));
    assert_eq!(pair.events[2], ClientEvent::Reading);
}

#[test]
fn only_the_antennas_asked_for_are_read_and_one_that_is_not_there_is_refused_in_words() {
    let config = ClientConfig { antennas: vec![1, 3], ..ClientConfig::default() };
    let mut pair = Pair::new(config, ReaderConfig::default(), 5);
    assert_eq!(
        [1, 2, 3, 4].map(|port| pair.reader.play(&tag(1), port, -60, pair.now)),
        [true, false, true, false]
    );
    let config = ClientConfig { antennas: vec![7], ..ClientConfig::default() };
    let pair = Pair::new(config, ReaderConfig::default(), usize::MAX);
    let said = pair.ended().unwrap().to_string();
    assert_eq!(
        said,
        "the reader refuses adding a specification: a value is out of range (status 301): there are 4 antennas"
    );
}

#[test]
fn keepalives_are_answered_and_keep_a_quiet_session_alive() {
    let mut pair = Pair::well_behaved();
    pair.pass_s(3600);
    assert_eq!((pair.client.step(), pair.client.counters().keepalives), (Step::Reading, 360));
    assert!(pair.reader.is_reading());
}

#[test]
fn a_client_that_does_not_answer_keepalives_is_dropped_by_the_reader() {
    let mut pair = Pair::well_behaved();
    pair.deaf_reader = true;
    pair.pass_s(60);
    assert_eq!(pair.reader.end(), Some(ReaderEnd::Silent));
}

#[test]
fn a_reader_silent_for_three_keepalives_is_lost() {
    let mut pair = Pair::well_behaved();
    let due = pair.client.poll_timeout().unwrap();
    assert_eq!(due, pair.now.plus_seconds(30));
    pair.client.handle_timeout(due.plus_millis(-1));
    assert_eq!(pair.client.step(), Step::Reading);
    pair.client.handle_timeout(due);
    pair.exchange();
    assert_eq!(pair.ended(), Some(&ClientEnd::Silent { after_s: 30 }));
    assert_eq!(pair.client.poll_timeout(), None);
}

#[test]
fn a_reader_that_refuses_the_connection_says_why() {
    for (greeting, expected) in [
        (ConnectionAttempt::OtherClient, ClientEnd::OtherClient),
        (ConnectionAttempt::ReaderInitiated, ClientEnd::ReaderInitiated),
        (ConnectionAttempt::Failed, ClientEnd::NotOpened { code: 3 }),
        (ConnectionAttempt::Unknown(99), ClientEnd::NotOpened { code: 99 }),
    ] {
        let reader = ReaderConfig { greeting, ..ReaderConfig::default() };
        let pair = Pair::new(ClientConfig::default(), reader, 3);
        assert_eq!(pair.ended(), Some(&expected));
        assert_eq!(pair.reader.end(), Some(ReaderEnd::Refused));
    }
}

#[test]
fn a_refused_command_ends_the_session_with_the_step_and_the_readers_words() {
    for (request, step) in [
        (Request::DeleteRoSpec, Step::Delete),
        (Request::SetConfig, Step::Configure),
        (Request::AddRoSpec, Step::Add),
        (Request::EnableRoSpec, Step::Enable),
        (Request::StartRoSpec, Step::Start),
    ] {
        let status = Status::refusal(401, "too hot");
        let reader = ReaderConfig { refuses: Some((request, status.clone())), ..ReaderConfig::default() };
        let pair = Pair::new(ClientConfig::default(), reader, usize::MAX);
        assert_eq!(pair.ended(), Some(&ClientEnd::Refused { step, status }));
    }
}

#[test]
fn a_reader_that_never_answers_is_given_up_after_the_answer_timeout() {
    let mut pair = Pair::well_behaved();
    pair.client = Client::new(ClientConfig::default(), pair.now);
    pair.pass_s(9);
    assert_eq!(pair.ended(), None);
    pair.pass_s(1);
    assert_eq!(pair.ended(), Some(&ClientEnd::NoAnswer { step: Step::Hello, after_s: 10 }));
}

#[test]
fn what_is_no_llrp_ends_the_session_and_nothing_after_it_is_read() {
    let mut pair = Pair::well_behaved();
    pair.client.handle_bytes(b"\0\0\0\0\0\0\0\0\0\0\0\0", pair.now);
    pair.exchange();
    assert!(matches!(pair.ended(), Some(ClientEnd::Stream(_))));
    assert!(pair.reader.play(&tag(1), 1, -50, pair.now));
    pair.exchange();
    assert!(pair.tags().is_empty());
}

#[test]
fn closing_stops_the_reader_and_is_confirmed_or_given_up() {
    let mut pair = Pair::well_behaved();
    pair.client.close(pair.now);
    pair.exchange();
    assert_eq!((pair.ended(), pair.reader.end()), (Some(&ClientEnd::Closed), Some(ReaderEnd::Closed)));
    assert!(!pair.reader.is_reading());
    let mut pair = Pair::well_behaved();
    pair.deaf_reader = true;
    pair.client.close(pair.now);
    pair.pass_s(10);
    assert_eq!(pair.ended(), Some(&ClientEnd::Closed));
}

#[test]
fn antennas_faults_and_the_readers_own_goodbye_are_told() {
    let mut pair = Pair::well_behaved();
    pair.events.clear();
    let event = ReaderEvent {
        antenna: Some((2, false)),
        exception: Some("过热".into()),
        closing: true,
        ..ReaderEvent::default()
    };
    pair.reader.notify(event);
    pair.exchange();
    let expected = [
        ClientEvent::Antenna { antenna: 2, connected: false },
        ClientEvent::Exception("过热".into()),
        ClientEvent::Ended(ClientEnd::ClosedByReader),
    ];
    assert_eq!(pair.events, expected);
}

#[test]
fn an_answer_to_another_question_is_not_taken_for_ours() {
    let now = Timestamp::from_seconds(START_S);
    let mut client = Client::new(ClientConfig::default(), now);
    let success = ReaderEvent { attempt: Some(ConnectionAttempt::Success), ..ReaderEvent::default() };
    client.handle_bytes(&Message::Event(success).encode(1), now);
    assert_eq!(client.step(), Step::Capabilities);
    let answer = Message::Answer { request: Request::StartRoSpec, status: Status::success() };
    client.handle_bytes(&answer.encode(999), now);
    assert_eq!(client.step(), Step::Capabilities);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn tags_played_come_out_in_order_whatever_the_pieces(
        tags in prop::collection::vec((any::<u8>(), 1u16..5, any::<i8>()), 0..40),
        piece in 1usize..50,
    ) {
        let mut pair = Pair::new(ClientConfig::default(), ReaderConfig::default(), piece);
        for (number, port, rssi) in &tags {
            prop_assert!(pair.reader.play(&tag(*number), *port, *rssi, pair.now));
        }
        pair.exchange();
        let expected: Vec<_> =
            tags.iter().map(|(n, port, rssi)| (tag(*n).to_string(), Some(*port), Some(*rssi))).collect();
        prop_assert_eq!(pair.tags(), expected);
    }

    #[test]
    fn any_bytes_at_any_time_panic_neither_end(
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6),
        well_framed in prop::collection::vec((0u16..110, any::<u32>(), prop::collection::vec(any::<u8>(), 0..60)), 0..20),
    ) {
        let mut pair = Pair::well_behaved();
        for (kind, id, body) in &well_framed {
            let bytes = wire::llrp::frame::encode(*kind, *id, body);
            pair.client.handle_bytes(&bytes, pair.now);
            pair.reader.handle_bytes(&bytes, pair.now);
            pair.exchange();
        }
        for bytes in &noise {
            pair.client.handle_bytes(bytes, pair.now);
            pair.reader.handle_bytes(bytes, pair.now);
        }
        pair.pass_s(2);
    }
}
