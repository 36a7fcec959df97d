//! The truck's end of a session, JT/T 808-2019. No sockets, no clock: bytes and moments go in, frames and events come out.
//!
//! # Calling order
//! Call one `handle_*` method or command, then take everything from [`Terminal::poll_transmit`] and
//! [`Terminal::poll_event`], then arrange for [`Terminal::handle_timeout`] at [`Terminal::poll_timeout`].
//! `now` must not run backwards within a connection: give it a clock that is never set.
//!
//! # What it promises
//! - Locations are sent only once authenticated, at most `in_flight_max` without an answer.
//! - [`TerminalEvent::Acknowledged`] names a cursor only when everything offered up to it was answered.
//! - An unanswered frame is sent again with the same serial and bytes, after waits that grow as the standard says; a
//!   platform may therefore see a location twice.
//! - After a lost link nothing counts as sent that was not acknowledged: the caller offers it again.

mod config;
mod event;
mod in_flight;

use std::collections::VecDeque;

use domain::Timestamp;

use crate::extra::ExtraTooLong;
use crate::frame::Deframer;
use crate::header::{BODY_BYTES_MAX, Header, Phone, PhoneError, Version};
use crate::location::Location;
use crate::message::{Address, AnswerResult, EncodeError, Message};
use crate::registration::{Authentication, Registration, RegistrationRefusal};
use crate::text::{NotGbk, Padded};
pub use config::{Outgoing, TerminalConfig};
pub use event::{TerminalCounters, TerminalEvent, TerminalFault};
use in_flight::{InFlight, Overdue, Settled, Waiting};

/// Most locations under way, whatever the configuration says.
pub const IN_FLIGHT_ITEMS_MAX: usize = 1000;
/// Most frames that wait to be taken by the caller; answers to the platform beyond it are dropped and counted.
pub const TRANSMIT_FRAMES_MAX: usize = 4096;
/// A batch is sent as backlog when its first location is older than this, s: longer than a terminal gathers for.
pub const BACKLOG_AGE_S: i64 = 180;
/// The revision a 2019 header states.
const PROTOCOL_VERSION: u8 = 1;
/// Bytes looked at before the frames among them are handled.
const CHUNK_BYTES: usize = 4096;
/// Count and type before the items of a batch, and the length before each.
const BATCH_HEAD_BYTES: usize = 3;
const ITEM_HEAD_BYTES: usize = 2;

#[derive(Debug)]
enum Phase {
    /// No link.
    Offline,
    Registering(Waiting),
    Authenticating(Waiting),
    Ready,
    /// A logout was sent: answers are still taken, nothing more is sent.
    LoggedOut,
    /// A fault was told; nothing is done until the next connection.
    Over,
}

/// The truck's end of a session; lives as long as the program, over any number of connections.
#[derive(Debug)]
pub struct Terminal {
    config: TerminalConfig,
    phone: Result<Phone, PhoneError>,
    auth_code: Option<String>,
    phase: Phase,
    next_serial: u16,
    deframer: Deframer,
    in_flight: InFlight,
    heartbeat: Option<Waiting>,
    last_sent: Timestamp,
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<TerminalEvent>,
    counters: TerminalCounters,
}

impl Terminal {
    /// A terminal without a link; `auth_code` is the one kept from an earlier registration.
    pub fn new(config: TerminalConfig, auth_code: Option<String>) -> Self {
        Self {
            phone: Phone::from_terminal(&config.terminal),
            config,
            auth_code,
            phase: Phase::Offline,
            next_serial: 0,
            deframer: Deframer::new(),
            in_flight: InFlight::default(),
            heartbeat: None,
            last_sent: Timestamp::default(),
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            counters: TerminalCounters::default(),
        }
    }

    /// A link stands: authenticates with the code it has, or registers.
    pub fn handle_connected(&mut self, now: Timestamp) {
        self.handle_disconnected();
        if let Err(error) = &self.phone {
            let fault = TerminalFault::Identity(error.clone());
            self.end(fault);
        } else if self.auth_code.is_some() {
            self.authenticate(now);
        } else {
            self.register(now);
        }
    }

    /// The link is gone. Everything under way is to be offered again after the next [`TerminalEvent::Ready`].
    pub fn handle_disconnected(&mut self) {
        self.phase = Phase::Offline;
        self.deframer = Deframer::new();
        self.in_flight.clear();
        self.heartbeat = None;
        self.transmit.clear();
    }

    /// Bytes came from the platform.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            self.deframer.push(chunk);
            while let Some(frame) = self.deframer.next() {
                match frame {
                    Ok(payload) => self.handle_payload(&payload, now),
                    Err(_damaged) => self.counters.unreadable += 1,
                }
            }
        }
    }

    /// A moment came: sends again what stayed unanswered, sends a heartbeat when it is due, gives up a dead link.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        let retries_max = self.config.retries_max;
        let mut overdue: Vec<Overdue> = Vec::new();
        match &mut self.phase {
            Phase::Registering(waiting) | Phase::Authenticating(waiting) => {
                overdue.extend(waiting.handle_timeout(now, retries_max));
            }
            Phase::Ready => {
                overdue = self.in_flight.handle_timeout(now, retries_max);
                overdue.extend(
                    self.heartbeat.as_mut().and_then(|waiting| waiting.handle_timeout(now, retries_max)),
                );
            }
            Phase::Offline | Phase::LoggedOut | Phase::Over => return,
        }
        for step in overdue {
            match step {
                Overdue::SendAgain(frame) => {
                    self.counters.sent_again += 1;
                    self.transmit(frame, now);
                }
                Overdue::GivenUp { put_off: false } => return self.end(TerminalFault::AnswersMissing),
                Overdue::GivenUp { put_off: true } => return self.end(TerminalFault::PutOff),
            }
        }
        if matches!(self.phase, Phase::Ready) && self.heartbeat.is_none() && now >= self.heartbeat_due() {
            self.heartbeat = self.send_message(&Message::Heartbeat, now).ok();
        }
    }

    /// How many more items may be offered to [`Terminal::send`]; 0 until authenticated.
    pub fn capacity(&self) -> usize {
        let in_flight_max = self.config.in_flight_max.clamp(1, IN_FLIGHT_ITEMS_MAX);
        match self.phase {
            Phase::Ready => in_flight_max.saturating_sub(self.in_flight.item_count()),
            _ => 0,
        }
    }

    /// Sends items, one alone as 0x0200 and several as 0x0704, in as few messages as `batch_max` and the length of a
    /// body allow. Gives the number taken from the front, at most [`Terminal::capacity`]; the rest is to be offered again.
    pub fn send(&mut self, items: Vec<Outgoing>, now: Timestamp) -> usize {
        let taken = items.len().min(self.capacity());
        let mut packet: Vec<Outgoing> = Vec::new();
        let mut packet_bytes = BATCH_HEAD_BYTES;
        for item in items.into_iter().take(taken) {
            let bytes = encoded_bytes(&item.location).map(|bytes| bytes + ITEM_HEAD_BYTES);
            let fits = bytes.as_ref().is_ok_and(|bytes| packet_bytes + bytes <= BODY_BYTES_MAX);
            if !fits || packet.len() >= self.config.batch_max.max(1) {
                self.send_packet(std::mem::take(&mut packet), now);
                packet_bytes = BATCH_HEAD_BYTES;
            }
            packet_bytes += bytes.unwrap_or(BODY_BYTES_MAX);
            packet.push(item);
        }
        self.send_packet(packet, now);
        self.tell_settled();
        taken
    }

    /// The next frame for the platform.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<TerminalEvent> {
        self.events.pop_front()
    }

    /// When [`Terminal::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::Registering(waiting) | Phase::Authenticating(waiting) => Some(waiting.deadline()),
            Phase::Ready => {
                let heartbeat = self.heartbeat.as_ref().map_or(self.heartbeat_due(), Waiting::deadline);
                Some(self.in_flight.deadline().map_or(heartbeat, |deadline| deadline.min(heartbeat)))
            }
            Phase::Offline | Phase::LoggedOut | Phase::Over => None,
        }
    }

    /// Says goodbye. Answers that still come are taken; nothing more is sent.
    pub fn log_out(&mut self, now: Timestamp) {
        if matches!(self.phase, Phase::Ready) && self.send_message(&Message::Logout, now).is_ok() {
            self.phase = Phase::LoggedOut;
        }
    }

    /// What was counted.
    pub fn counters(&self) -> &TerminalCounters {
        &self.counters
    }

    fn heartbeat_due(&self) -> Timestamp {
        self.last_sent.plus_seconds(i64::from(self.config.heartbeat_s.max(1)))
    }

    fn register(&mut self, now: Timestamp) {
        let sent = self.registration().map_err(EncodeError::from);
        match sent.and_then(|registration| self.send_message(&Message::Register(registration), now)) {
            Ok(waiting) => self.phase = Phase::Registering(waiting),
            Err(error) => self.end(TerminalFault::Unsendable(error)),
        }
    }

    fn registration(&self) -> Result<Registration, NotGbk> {
        const MAKER_BYTES: usize = 11;
        const MODEL_BYTES: usize = 30;
        const TERMINAL_BYTES: usize = 30;
        Ok(Registration {
            province: self.config.province,
            city: self.config.city,
            maker: Padded::from_text(&self.config.maker, MAKER_BYTES)?,
            model: Padded::from_text(&self.config.model, MODEL_BYTES)?,
            terminal: Padded::from_text(self.config.terminal.as_str(), TERMINAL_BYTES)?,
            colour_code: self.config.colour.code(),
            plate: self.config.plate.as_str().to_owned(),
        })
    }

    fn authenticate(&mut self, now: Timestamp) {
        let authentication = Authentication {
            code: self.auth_code.clone().unwrap_or_default(),
            imei: None,
            software: Some(self.config.software.clone()),
        };
        match self.send_message(&Message::Authenticate(authentication), now) {
            Ok(waiting) => self.phase = Phase::Authenticating(waiting),
            Err(error) => self.end(TerminalFault::Unsendable(error)),
        }
    }

    /// Sends `packet` as one message. One that cannot be written is refused, and passed over in its turn.
    fn send_packet(&mut self, packet: Vec<Outgoing>, now: Timestamp) {
        let cursors: Vec<u64> = packet.iter().map(|item| item.cursor).collect();
        let mut locations: Vec<Location> = packet.into_iter().map(|item| item.location).collect();
        let Some(oldest) = locations.iter().map(|location| location.time.timestamp()).min() else { return };
        let message = if locations.len() == 1 {
            Message::Location(locations.remove(0))
        } else {
            let backlog = oldest.plus_seconds(BACKLOG_AGE_S) < now;
            Message::LocationBatch { backlog, locations, malformed: 0 }
        };
        match self.send_message(&message, now) {
            Ok(waiting) => self.in_flight.push(waiting, cursors),
            Err(_unwritable) => {
                self.refuse(&cursors, AnswerResult::Bad);
                self.in_flight.push_settled(cursors);
            }
        }
    }

    /// Queues a message; what comes back waits for its answer.
    fn send_message(&mut self, message: &Message, now: Timestamp) -> Result<Waiting, EncodeError> {
        let phone = self.phone.clone().map_err(EncodeError::from)?;
        let address = Address { version: Version::V2019, protocol_version: PROTOCOL_VERSION, phone };
        let serial = self.next_serial;
        let frame = message.encode(&address, serial)?;
        self.next_serial = serial.wrapping_add(1);
        self.transmit(frame.clone(), now);
        Ok(Waiting::new(serial, message.id(), frame, self.config.answer_timeout_s.max(1), now))
    }

    fn transmit(&mut self, frame: Vec<u8>, now: Timestamp) {
        self.last_sent = now;
        self.transmit.push_back(frame);
    }

    fn end(&mut self, fault: TerminalFault) {
        self.phase = Phase::Over;
        self.events.push_back(TerminalEvent::Fatal(fault));
    }

    fn refuse(&mut self, cursors: &[u64], result: AnswerResult) {
        self.counters.refused_items += cursors.len() as u64;
        self.events.extend(cursors.iter().map(|&cursor| TerminalEvent::Refused { cursor, result }));
    }

    fn tell_settled(&mut self) {
        self.events
            .extend(self.in_flight.take_settled().map(|cursor| TerminalEvent::Acknowledged { cursor }));
    }

    fn handle_payload(&mut self, payload: &[u8], now: Timestamp) {
        if matches!(self.phase, Phase::Offline | Phase::Over) {
            return;
        }
        self.counters.frames += 1;
        let Ok((header, body)) = Header::decode(payload) else {
            self.counters.unreadable += 1;
            return;
        };
        if !self.phone.as_ref().is_ok_and(|phone| phone.is_same_terminal(&header.phone)) {
            self.counters.unreadable += 1;
            return;
        }
        if header.encryption != 0 || header.part.is_some() {
            return self.answer(&header, AnswerResult::Unsupported, now);
        }
        match Message::decode(&header, body) {
            Ok(Message::PlatformAnswer { serial, id, result }) => self.handle_answer(serial, id, result),
            Ok(Message::RegisterAnswer { serial, result, auth_code }) => {
                self.handle_register_answer(serial, result, auth_code, now);
            }
            Ok(_) => self.answer(&header, AnswerResult::Unsupported, now),
            Err(_malformed) => self.answer(&header, AnswerResult::Bad, now),
        }
    }

    fn handle_register_answer(
        &mut self,
        serial: u16,
        result: Result<(), RegistrationRefusal>,
        auth_code: Option<String>,
        now: Timestamp,
    ) {
        match &self.phase {
            Phase::Registering(waiting) if waiting.serial == serial => {}
            _ => {
                self.counters.stray_answers += 1;
                return;
            }
        }
        match result {
            Ok(()) => {
                let code = auth_code.unwrap_or_default();
                self.auth_code = Some(code.clone());
                self.events.push_back(TerminalEvent::NewAuthCode(code));
                self.authenticate(now);
            }
            Err(refusal) => self.end(TerminalFault::RegistrationRefused(refusal)),
        }
    }

    fn handle_answer(&mut self, serial: u16, id: u16, result: AnswerResult) {
        let is_to = |waiting: &Waiting| waiting.serial == serial && waiting.message_id == id;
        if let Phase::Authenticating(waiting) = &self.phase
            && is_to(waiting)
        {
            if result.is_ok() {
                self.phase = Phase::Ready;
                self.events.push_back(TerminalEvent::Ready);
            } else {
                self.auth_code = None;
                self.end(TerminalFault::CodeRefused);
            }
            return;
        }
        if self.heartbeat.take_if(|waiting| is_to(waiting)).is_some() {
            return;
        }
        match self.in_flight.answer(serial, id, result) {
            Settled::Nothing => self.counters.stray_answers += 1,
            Settled::NotYet => {}
            Settled::Taken => self.tell_settled(),
            Settled::Refused(cursors) => {
                self.refuse(&cursors, result);
                self.tell_settled();
            }
        }
    }

    /// Answers a message of the platform.
    fn answer(&mut self, to: &Header, result: AnswerResult, now: Timestamp) {
        if result == AnswerResult::Unsupported {
            self.counters.unsupported += 1;
        }
        if self.transmit.len() >= TRANSMIT_FRAMES_MAX {
            self.counters.answers_dropped += 1;
            return;
        }
        let answer = Message::TerminalAnswer { serial: to.serial, id: to.message_id, result };
        // Five bytes under a phone that just matched: nothing in it can fail to be written.
        let _waits_for_nothing = self.send_message(&answer, now);
    }
}

fn encoded_bytes(location: &Location) -> Result<usize, ExtraTooLong> {
    let mut bytes = Vec::new();
    location.encode(&mut bytes)?;
    Ok(bytes.len())
}
