//! Two ends with a clock of their own, a truck's queue behind one and a service behind the other.

use std::collections::VecDeque;

use domain::{FixKind, FixReport, PlateColour, Position, Timestamp};
use wire::gateway::{Gateway, GatewayConfig, GatewayEvent};
use wire::header::{Header, Phone, Version};
use wire::message::{Address, AnswerResult, Message};
use wire::registration::{RegistrationRefusal, Revision};
use wire::terminal::{Outgoing, Terminal, TerminalConfig, TerminalEvent, TerminalFault};
use wire::{Deframer, Location};

pub(crate) const CODE: &str = "kept-7Q2";
pub(crate) const START_S: i64 = 1_795_413_600;
pub(crate) const ANSWER_TIMEOUT_S: u32 = 10;

pub(crate) fn config() -> TerminalConfig {
    TerminalConfig {
        revision: Revision::V2019,
        terminal: "13800000001".parse().unwrap(),
        plate: "豫A12345D".parse().unwrap(),
        colour: PlateColour::YellowGreen,
        province: 41,
        city: 183,
        maker: "MUCKTRAIL".into(),
        model: "agent".into(),
        software: "0.1.0".into(),
        heartbeat_s: 60,
        answer_timeout_s: ANSWER_TIMEOUT_S,
        retries_max: 3,
        in_flight_max: 8,
        batch_max: 4,
    }
}

/// The record of item `cursor`: a second later than the one before, so that every one is its own.
pub(crate) fn record(cursor: u64) -> Location {
    let position = Position::from_degrees(34.5394, 113.3905).unwrap();
    let fix = FixReport::bare("豫A12345D".parse().unwrap(), position, FixKind::D3);
    Location::from_fix(Timestamp::from_seconds(START_S - 3600 + cursor as i64), &fix, None, &[])
}

/// What the line does to the next frames in one direction.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Line {
    /// Frames lost, from the next one on.
    pub(crate) lose: usize,
    /// Frames delivered twice.
    pub(crate) double: usize,
    /// Frames with one byte flipped; the place is taken modulo their length.
    pub(crate) damage: usize,
    pub(crate) damage_at: usize,
}

impl Line {
    /// What arrives of one frame.
    fn carry(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        if self.lose > 0 {
            self.lose -= 1;
            return Vec::new();
        }
        if self.damage > 0 {
            self.damage -= 1;
            let at = self.damage_at % frame.len();
            frame[at] ^= 0x10;
        }
        if self.double > 0 {
            self.double -= 1;
            frame.extend(frame.clone());
        }
        frame
    }
}

/// Two ends, their clock, a truck's queue and a service's store.
pub(crate) struct Pair {
    pub(crate) now: Timestamp,
    pub(crate) terminal: Terminal,
    pub(crate) gateway: Gateway,
    pub(crate) up: Line,
    pub(crate) down: Line,
    /// Bytes handed to an end at once.
    pub(crate) piece: usize,
    /// The truck's queue: items `acknowledged + 1 ..= last` are to be sent, `offered` is the last one under way.
    pub(crate) acknowledged: u64,
    pub(crate) offered: u64,
    pub(crate) last: u64,
    /// The service: whom it lets register, the code it gives, what it answers locations, what it has stored.
    pub(crate) registration: Result<(), RegistrationRefusal>,
    pub(crate) code: &'static str,
    pub(crate) verdict: AnswerResult,
    /// The service stores and answers only while this is set.
    pub(crate) storing: bool,
    pub(crate) unstored: VecDeque<GatewayEvent>,
    pub(crate) stored: Vec<Location>,
    pub(crate) batches: Vec<(usize, bool)>,
    pub(crate) raw: Vec<u16>,
    /// What the gateway told that waits for no word.
    pub(crate) told: Vec<GatewayEvent>,
    pub(crate) events: Vec<TerminalEvent>,
    pub(crate) platform_timed_out: bool,
    /// The form of the registration.
    pub(crate) revision: Option<Revision>,
}

impl Pair {
    pub(crate) fn new(auth_code: Option<&str>) -> Self {
        Self::with(config(), auth_code)
    }

    pub(crate) fn with(config: TerminalConfig, auth_code: Option<&str>) -> Self {
        let now = Timestamp::from_seconds(START_S);
        let mut pair = Self {
            now,
            terminal: Terminal::new(config, auth_code.map(str::to_owned)),
            gateway: Gateway::new(GatewayConfig::default(), now),
            up: Line::default(),
            down: Line::default(),
            piece: usize::MAX,
            acknowledged: 0,
            offered: 0,
            last: 0,
            registration: Ok(()),
            code: CODE,
            verdict: AnswerResult::Ok,
            storing: true,
            unstored: VecDeque::new(),
            stored: Vec::new(),
            batches: Vec::new(),
            raw: Vec::new(),
            told: Vec::new(),
            events: Vec::new(),
            platform_timed_out: false,
            revision: None,
        };
        pair.connect();
        pair
    }

    /// Cuts the link, if there is one, and opens another.
    pub(crate) fn connect(&mut self) {
        self.terminal.handle_disconnected();
        self.gateway = Gateway::new(GatewayConfig::default(), self.now);
        self.unstored.clear();
        self.offered = self.acknowledged;
        self.terminal.handle_connected(self.now);
    }

    /// The truck queues `count` more records.
    pub(crate) fn queue(&mut self, count: u64) {
        self.last += count;
    }

    /// Moves everything that can move at this moment.
    pub(crate) fn drive(&mut self) {
        while self.step() {}
    }

    fn step(&mut self) -> bool {
        let mut moved = self.offer();
        while let Some(frame) = self.terminal.poll_transmit() {
            moved = true;
            let arrived = self.up.carry(frame);
            arrived.chunks(self.piece).for_each(|piece| self.gateway.handle_bytes(piece, self.now));
        }
        while let Some(event) = self.gateway.poll_event() {
            moved = true;
            self.serve(event);
        }
        while let Some(event) = self.unstored.pop_front_if(|_| self.storing) {
            self.serve(event);
        }
        while let Some(frame) = self.gateway.poll_transmit() {
            moved = true;
            let arrived = self.down.carry(frame);
            arrived.chunks(self.piece).for_each(|piece| self.terminal.handle_bytes(piece, self.now));
        }
        while let Some(event) = self.terminal.poll_event() {
            moved = true;
            if let TerminalEvent::Acknowledged { cursor } = event {
                assert!(cursor > self.acknowledged && cursor <= self.offered, "{cursor}");
                self.acknowledged = cursor;
            }
            self.events.push(event);
        }
        moved
    }

    fn offer(&mut self) -> bool {
        let count = (self.last - self.offered).min(self.terminal.capacity() as u64);
        let items = (self.offered + 1..=self.offered + count)
            .map(|cursor| Outgoing { cursor, location: record(cursor) })
            .collect();
        self.offered += self.terminal.send(items, self.now) as u64;
        count > 0
    }

    /// The service.
    fn serve(&mut self, event: GatewayEvent) {
        match event {
            GatewayEvent::Registration { ask, registration, .. } => {
                assert_eq!(registration.parsed_plate().unwrap(), config().plate);
                self.revision = Some(registration.revision);
                assert_eq!(registration.plate_colour(), Some(PlateColour::YellowGreen));
                self.gateway.answer_registration(ask, self.registration.map(|()| self.code.to_owned()));
            }
            GatewayEvent::Authentication { ask, phone, code } => {
                assert_eq!(phone.to_terminal_id().unwrap(), config().terminal);
                self.gateway.answer_authentication(ask, code == self.code);
            }
            GatewayEvent::Locations { .. } if !self.storing => self.unstored.push_back(event),
            GatewayEvent::Locations { ask, locations, backlog } => {
                self.batches.push((locations.len(), backlog));
                if self.verdict == AnswerResult::Ok {
                    self.stored.extend(locations);
                }
                self.gateway.acknowledge(ask, self.verdict);
            }
            GatewayEvent::LocationAnswer { ask, location, .. } => {
                self.stored.push(location);
                self.gateway.acknowledge(ask, self.verdict);
            }
            GatewayEvent::Raw { ask, id, .. } => {
                self.raw.push(id);
                self.gateway.acknowledge_raw(ask, self.verdict == AnswerResult::Ok);
            }
            GatewayEvent::TimedOut => self.platform_timed_out = true,
            other => self.told.push(other),
        }
    }

    /// Lets time run to the terminal's next deadline.
    pub(crate) fn wait(&mut self) {
        self.now = self.terminal.poll_timeout().expect("the terminal waits for something").max(self.now);
        self.terminal.handle_timeout(self.now);
        self.gateway.handle_timeout(self.now);
        self.drive();
    }

    /// Every item is acknowledged and stored, and nothing else is stored.
    #[track_caller]
    pub(crate) fn check_delivered(&self, copies: usize) {
        assert_eq!(self.acknowledged, self.last, "{:?}", self.events);
        for cursor in 1..=self.last {
            assert!(self.stored.contains(&record(cursor)), "item {cursor} is not stored");
        }
        assert_eq!(self.stored.len(), self.last as usize + copies);
    }

    #[track_caller]
    pub(crate) fn check_fault(&self, fault: &TerminalFault) {
        assert_eq!(self.events.last(), Some(&TerminalEvent::Fatal(fault.clone())));
        assert_eq!((self.terminal.capacity(), self.terminal.poll_timeout()), (0, None));
    }
}

pub(crate) fn address(version: Version) -> Address {
    let phone = Phone::from_terminal(&config().terminal).unwrap();
    Address { version, protocol_version: u8::from(version == Version::V2019), phone }
}

pub(crate) fn decode_all(frames: &[Vec<u8>]) -> Vec<Message> {
    let mut deframer = Deframer::new();
    frames.iter().for_each(|frame| deframer.push(frame));
    deframer
        .map(|payload| {
            let payload = payload.unwrap();
            let (header, body) = Header::decode(&payload).unwrap();
            Message::decode(&header, body).unwrap()
        })
        .collect()
}
