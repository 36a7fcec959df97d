//! The platform's end of a session, one per connection. No sockets, no clock, no registers: what needs the service's
//! word comes out as an event with an [`AskId`], and the terminal is answered when the word is given.
//!
//! # Calling order
//! Call one `handle_*`, `answer_*` or [`Gateway::acknowledge`], then take everything from [`Gateway::poll_transmit`] and
//! [`Gateway::poll_event`], then arrange for [`Gateway::handle_timeout`] at [`Gateway::poll_timeout`].
//!
//! # What it promises
//! - No byte ends a session: a damaged frame costs itself alone and is counted, an unknown message is answered.
//! - Locations are answered "done" only by [`Gateway::acknowledge`]; before authentication, or under another phone than
//!   the authenticated one, they are refused, counted and never surfaced.
//! - A message in parts is answered when it is whole and stored, each part then.

use std::collections::{BTreeMap, VecDeque};

use domain::{TerminalId, Timestamp};

use crate::frame::Deframer;
use crate::header::{Header, Phone};
use crate::location::Location;
use crate::message::{Address, AnswerResult, Message};
use crate::parts::{PartOutcome, Parts};
use crate::registration::{Registration, RegistrationRefusal};

/// Most frames that wait to be taken by the caller; answers beyond it are dropped and counted, and the terminal asks again.
pub const TRANSMIT_FRAMES_MAX: usize = 8192;
/// Most events that wait to be taken by the caller; raw messages beyond it are dropped and counted.
pub const EVENTS_MAX: usize = 1024;
/// Bytes looked at before the frames among them are handled.
const CHUNK_BYTES: usize = 4096;

/// How patient a platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// A terminal silent for this long is gone; also the time it has to authenticate in, s.
    pub idle_timeout_s: u32,
    /// Most messages that wait for the service's word; those beyond it are refused and counted.
    pub unanswered_max: usize,
}

impl Default for GatewayConfig {
    /// Three missed heartbeats of a minute; 64 messages.
    fn default() -> Self {
        Self { idle_timeout_s: 180, unanswered_max: 64 }
    }
}

/// Names a message that waits for the service's word, within its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(u64);

/// What a terminal wants or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayEvent {
    /// It asks to be known; the word is [`Gateway::answer_registration`].
    Registration {
        /// Names it.
        ask: AskId,
        /// Under which identity.
        phone: Phone,
        /// Which terminal, which truck.
        registration: Registration,
    },
    /// It shows its code; the word is [`Gateway::answer_authentication`].
    Authentication {
        /// Names it.
        ask: AskId,
        /// Under which identity; it is one ([`Phone::to_terminal_id`] succeeds).
        phone: Phone,
        /// The code.
        code: String,
    },
    /// It reports; the word is [`Gateway::acknowledge`], once this is stored.
    Locations {
        /// Names it.
        ask: AskId,
        /// The records that could be read, at least one.
        locations: Vec<Location>,
        /// They were kept while there was no link.
        backlog: bool,
    },
    /// A message this crate does not read. It is already answered "unsupported".
    Raw {
        /// Its id.
        id: u16,
        /// Its body.
        body: Vec<u8>,
        /// Who sent it.
        phone: Phone,
    },
    /// It said goodbye and is no longer authenticated.
    LoggedOut,
    /// It was silent too long, or did not authenticate in time: close the connection.
    TimedOut,
}

/// What was counted on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GatewayCounters {
    /// Frames whose check byte fits.
    pub frames: u64,
    /// Frames dropped for their check byte; not answered.
    pub bad_checksum: u64,
    /// Frames dropped for a wrong escape; not answered.
    pub bad_escape: u64,
    /// Runs without a flag dropped for their length.
    pub oversize: u64,
    /// Bytes dropped outside frames.
    pub junk_bytes: u64,
    /// Frames dropped for their header; not answered.
    pub bad_header: u64,
    /// Messages answered "malformed".
    pub malformed_messages: u64,
    /// Records dropped out of batches.
    pub malformed_locations: u64,
    /// Records taken without the rest of their extras.
    pub extras_malformed: u64,
    /// Messages answered "unsupported".
    pub unknown_messages: u64,
    /// Those of them that were under RSA.
    pub encrypted: u64,
    /// Messages refused before authentication.
    pub unauthenticated: u64,
    /// Messages refused for naming another terminal than the authenticated one.
    pub foreign_phone: u64,
    /// Messages refused because `unanswered_max` waited already.
    pub refused_busy: u64,
    /// Raw messages dropped because [`EVENTS_MAX`] waited already.
    pub raw_dropped: u64,
    /// Answers dropped because [`TRANSMIT_FRAMES_MAX`] waited already.
    pub answers_dropped: u64,
    /// Parts dropped because another message began before theirs was whole.
    pub parts_dropped: u64,
}

/// To whom and to what an answer goes.
#[derive(Debug)]
struct ReturnSlip {
    address: Address,
    message_id: u16,
    /// One, or one for each part.
    serials: Vec<u16>,
}

#[derive(Debug)]
enum Asked {
    Registration,
    Authentication(TerminalId),
    Locations,
}

/// The platform's end of one connection.
#[derive(Debug)]
pub struct Gateway {
    config: GatewayConfig,
    /// When the connection was opened, or last lost its authentication.
    opened: Timestamp,
    heard: Timestamp,
    timed_out: bool,
    session: Option<(Phone, TerminalId)>,
    deframer: Deframer,
    parts: Parts,
    asks: BTreeMap<AskId, (ReturnSlip, Asked)>,
    next_ask: u64,
    next_serial: u16,
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<GatewayEvent>,
    counters: GatewayCounters,
}

impl Gateway {
    /// A connection opened at `now`.
    pub fn new(config: GatewayConfig, now: Timestamp) -> Self {
        Self {
            config,
            opened: now,
            heard: now,
            timed_out: false,
            session: None,
            deframer: Deframer::new(),
            parts: Parts::default(),
            asks: BTreeMap::new(),
            next_ask: 0,
            next_serial: 0,
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            counters: GatewayCounters::default(),
        }
    }

    /// Bytes came from the terminal.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            self.deframer.push(chunk);
            while let Some(frame) = self.deframer.next() {
                if let Ok(payload) = frame {
                    self.handle_payload(&payload, now);
                }
            }
        }
        let framed = self.deframer.counters();
        self.counters.frames = framed.frames;
        self.counters.bad_checksum = framed.bad_checksum;
        self.counters.bad_escape = framed.bad_escape;
        self.counters.oversize = framed.oversize;
        self.counters.junk_bytes = framed.junk_bytes;
        self.counters.parts_dropped = self.parts.dropped();
    }

    /// A moment came: tells once when the terminal is silent too long.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.timed_out = true;
            self.events.push_back(GatewayEvent::TimedOut);
        }
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<GatewayEvent> {
        self.events.pop_front()
    }

    /// Answers a registration: the code to authenticate with, or why not. Another kind of `ask`, or one answered
    /// already, changes nothing; so with the two methods below.
    pub fn answer_registration(&mut self, ask: AskId, answer: Result<String, RegistrationRefusal>) {
        let Some(slip) = self.take_ask(ask, |asked| matches!(asked, Asked::Registration)) else { return };
        for &serial in &slip.serials {
            let (result, auth_code) = match &answer {
                Ok(code) => (Ok(()), Some(code.clone())),
                Err(refusal) => (Err(*refusal), None),
            };
            self.send(&slip.address, &Message::RegisterAnswer { serial, result, auth_code });
        }
    }

    /// Answers an authentication. When accepted, this connection is the terminal's from now on.
    pub fn answer_authentication(&mut self, ask: AskId, accepted: bool) {
        let terminal = match self.asks.get(&ask) {
            Some((_, Asked::Authentication(terminal))) => terminal.clone(),
            _ => return,
        };
        let Some(slip) = self.take_ask(ask, |_checked| true) else { return };
        if accepted {
            self.session = Some((slip.address.phone, terminal));
        }
        self.answer(&slip, if accepted { AnswerResult::Ok } else { AnswerResult::Fail });
    }

    /// Answers locations: [`AnswerResult::Ok`] only after they are durable, [`AnswerResult::Fail`] to have them sent again.
    pub fn acknowledge(&mut self, ask: AskId, result: AnswerResult) {
        if let Some(slip) = self.take_ask(ask, |asked| matches!(asked, Asked::Locations)) {
            self.answer(&slip, result);
        }
    }

    /// Gives no answer at all: the terminal asks again when its patience ends.
    pub fn leave_unanswered(&mut self, ask: AskId) {
        self.asks.remove(&ask);
    }

    /// The next frame for the terminal.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// When [`Gateway::handle_timeout`] is to be called next; `None` once timed out.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let since = if self.session.is_some() { self.heard } else { self.opened };
        (!self.timed_out).then(|| since.plus_seconds(i64::from(self.config.idle_timeout_s)))
    }

    /// Whose connection this is, once authenticated.
    pub fn terminal(&self) -> Option<&TerminalId> {
        self.session.as_ref().map(|(_, terminal)| terminal)
    }

    /// What was counted.
    pub fn counters(&self) -> &GatewayCounters {
        &self.counters
    }

    fn handle_payload(&mut self, payload: &[u8], now: Timestamp) {
        let Ok((header, body)) = Header::decode(payload) else {
            self.counters.bad_header += 1;
            return;
        };
        self.heard = now;
        let mut slip = ReturnSlip {
            address: Address::from(&header),
            message_id: header.message_id,
            serials: vec![header.serial],
        };
        if self.session.as_ref().is_some_and(|(phone, _)| !phone.is_same_terminal(&header.phone)) {
            self.counters.foreign_phone += 1;
            return self.answer(&slip, AnswerResult::Fail);
        }
        if header.encryption != 0 {
            self.counters.encrypted += 1;
            self.counters.unknown_messages += 1;
            return self.answer(&slip, AnswerResult::Unsupported);
        }
        let Some(part) = header.part else { return self.handle_message(&header, body, slip, now) };
        if self.session.is_none() {
            return self.refuse_unauthenticated(&slip);
        }
        match self.parts.take(&header, part, body) {
            PartOutcome::Kept => {}
            PartOutcome::Whole(whole) => {
                slip.serials = whole.serials;
                self.handle_message(&header, &whole.body, slip, now);
            }
            PartOutcome::Refused => {
                self.counters.malformed_messages += 1;
                self.answer(&slip, AnswerResult::Bad);
            }
        }
    }

    fn handle_message(&mut self, header: &Header, body: &[u8], slip: ReturnSlip, now: Timestamp) {
        let Ok(message) = Message::decode(header, body) else {
            self.counters.malformed_messages += 1;
            return self.answer(&slip, AnswerResult::Bad);
        };
        let phone = header.phone;
        match message {
            Message::Register(registration) => {
                if let Some(ask) = self.ask(slip, Asked::Registration) {
                    self.events.push_back(GatewayEvent::Registration { ask, phone, registration });
                }
            }
            Message::Authenticate(authentication) => match phone.to_terminal_id() {
                Ok(terminal) => {
                    if let Some(ask) = self.ask(slip, Asked::Authentication(terminal)) {
                        let code = authentication.code;
                        self.events.push_back(GatewayEvent::Authentication { ask, phone, code });
                    }
                }
                Err(_nobody) => self.refuse_unauthenticated(&slip),
            },
            _ if self.session.is_none() => self.refuse_unauthenticated(&slip),
            Message::Location(location) => self.handle_locations(slip, vec![location], 0, false),
            Message::LocationBatch { backlog, locations, malformed } => {
                self.handle_locations(slip, locations, malformed, backlog);
            }
            Message::Heartbeat => self.answer(&slip, AnswerResult::Ok),
            Message::Logout => {
                self.session = None;
                self.opened = now;
                self.events.push_back(GatewayEvent::LoggedOut);
                self.answer(&slip, AnswerResult::Ok);
            }
            Message::TerminalAnswer { .. } => {}
            Message::PlatformAnswer { .. } | Message::RegisterAnswer { .. } | Message::Other { .. } => {
                self.handle_unknown(header, body, &slip);
            }
        }
    }

    fn handle_locations(
        &mut self,
        slip: ReturnSlip,
        locations: Vec<Location>,
        malformed: u16,
        backlog: bool,
    ) {
        self.counters.malformed_locations += u64::from(malformed);
        if locations.is_empty() {
            let result = if malformed == 0 { AnswerResult::Ok } else { AnswerResult::Bad };
            return self.answer(&slip, result);
        }
        let cut_short = locations.iter().filter(|location| location.extras_malformed).count();
        self.counters.extras_malformed += cut_short as u64;
        if let Some(ask) = self.ask(slip, Asked::Locations) {
            self.events.push_back(GatewayEvent::Locations { ask, locations, backlog });
        }
    }

    fn handle_unknown(&mut self, header: &Header, body: &[u8], slip: &ReturnSlip) {
        self.counters.unknown_messages += 1;
        self.answer(slip, AnswerResult::Unsupported);
        if self.events.len() < EVENTS_MAX {
            let (id, body, phone) = (header.message_id, body.to_vec(), header.phone);
            self.events.push_back(GatewayEvent::Raw { id, body, phone });
        } else {
            self.counters.raw_dropped += 1;
        }
    }

    fn refuse_unauthenticated(&mut self, slip: &ReturnSlip) {
        self.counters.unauthenticated += 1;
        self.answer(slip, AnswerResult::Fail);
    }

    /// Notes that the service's word is wanted. Without room, locations are refused, to be sent again. Registration and
    /// authentication stay unanswered instead: their answers know no "busy", only a final no.
    fn ask(&mut self, slip: ReturnSlip, asked: Asked) -> Option<AskId> {
        if self.asks.len() >= self.config.unanswered_max.max(1) {
            self.counters.refused_busy += 1;
            if matches!(asked, Asked::Locations) {
                self.answer(&slip, AnswerResult::Fail);
            }
            return None;
        }
        let ask = AskId(self.next_ask);
        self.next_ask += 1;
        self.asks.insert(ask, (slip, asked));
        Some(ask)
    }

    fn take_ask(&mut self, ask: AskId, is_kind: impl Fn(&Asked) -> bool) -> Option<ReturnSlip> {
        is_kind(&self.asks.get(&ask)?.1).then(|| self.asks.remove(&ask)).flatten().map(|(slip, _)| slip)
    }

    fn answer(&mut self, slip: &ReturnSlip, result: AnswerResult) {
        for &serial in &slip.serials {
            let answer = Message::PlatformAnswer { serial, id: slip.message_id, result };
            self.send(&slip.address, &answer);
        }
    }

    /// Queues a message under the version and phone of the one it answers.
    fn send(&mut self, address: &Address, message: &Message) {
        let frame = message.encode(address, self.next_serial);
        match frame {
            Ok(frame) if self.transmit.len() < TRANSMIT_FRAMES_MAX => {
                self.next_serial = self.next_serial.wrapping_add(1);
                self.transmit.push_back(frame);
            }
            // Only a registration's code can be unwritable; the terminal, left without it, asks again.
            _ => self.counters.answers_dropped += 1,
        }
    }
}
