//! The truck's end of a session. No sockets, no clock: bytes and moments go in, frames and events come out.
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
//! - What the platform asks or sets comes out as an event with an [`AskId`] and is answered when the caller's word is
//!   given; a command that comes again is answered again and not told twice.
//! - After a lost link nothing counts as sent that was not acknowledged: the caller offers it again.

mod commands;
mod config;
mod event;
mod in_flight;
mod sending;

use std::collections::VecDeque;

use domain::Timestamp;

pub use crate::ask::AskId;
use crate::ask::Asks;
use crate::frame::Deframer;
use crate::header::{Phone, PhoneError, Version};
use crate::message::{Address, AnswerResult, EncodeError, Message};
use crate::parts::Parts;
use crate::registration::{Authentication, Registration, RegistrationRefusal};
use crate::text::{NotGbk, Padded};
use crate::waiting::{Overdue, Waiting};
pub use config::{Outgoing, TerminalConfig};
pub use event::{AreaChange, TerminalCounters, TerminalEvent, TerminalFault, TerminalSendError};
use in_flight::{InFlight, Settled};
pub use sending::BACKLOG_AGE_S;

/// Most locations under way, whatever the configuration says.
pub const IN_FLIGHT_ITEMS_MAX: usize = 1000;
/// Most frames that wait to be taken by the caller; answers to the platform beyond it are dropped and counted.
pub const TRANSMIT_FRAMES_MAX: usize = 4096;
/// Most commands of the platform that wait for the caller's word; more are answered "failed" and counted.
pub const COMMANDS_MAX: usize = 64;
/// Most reports of [`Terminal::send_report`] that wait for their answers.
pub const REPORTS_MAX: usize = 16;
/// Messages sent in parts whose parts can be sent again.
pub const KEPT_MESSAGES_MAX: usize = 4;
/// Commands whose answers are given again when the command comes again.
pub const ANSWERED_MAX: usize = 16;
/// The revision a 2019 header states.
const PROTOCOL_VERSION: u8 = 1;
/// Bytes looked at before the frames among them are handled.
const CHUNK_BYTES: usize = 4096;

/// A command of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    message_id: u16,
    /// One, or one for each part.
    serials: Vec<u16>,
}

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
    reports: Vec<Waiting>,
    /// Frames of the messages last sent in parts, under the serial of the first.
    kept: VecDeque<(u16, Vec<Vec<u8>>)>,
    parts: Parts,
    asks: Asks<Command>,
    answered: VecDeque<(Command, AnswerResult)>,
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
            reports: Vec::new(),
            kept: VecDeque::new(),
            parts: Parts::default(),
            asks: Asks::default(),
            answered: VecDeque::new(),
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
        self.reports.clear();
        self.kept.clear();
        self.parts = Parts::default();
        self.asks.clear();
        self.answered.clear();
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
                    self.reports.iter_mut().filter_map(|report| report.handle_timeout(now, retries_max)),
                );
                overdue.extend(
                    self.heartbeat.as_mut().and_then(|waiting| waiting.handle_timeout(now, retries_max)),
                );
            }
            Phase::Offline | Phase::LoggedOut | Phase::Over => return,
        }
        for step in overdue {
            match step {
                Overdue::SendAgain(frames) => {
                    self.counters.sent_again += 1;
                    self.transmit(frames, now);
                }
                Overdue::GivenUp { put_off: false } => return self.end(TerminalFault::AnswersMissing),
                Overdue::GivenUp { put_off: true } => return self.end(TerminalFault::PutOff),
            }
        }
        if matches!(self.phase, Phase::Ready) && self.heartbeat.is_none() && now >= self.heartbeat_due() {
            self.heartbeat = self.send_message(&Message::Heartbeat, now).ok();
        }
        self.ask_for_parts(now);
    }

    /// Another time between heartbeats, s; at least 1.
    pub fn set_heartbeat_s(&mut self, heartbeat_s: u32) {
        self.config.heartbeat_s = heartbeat_s;
    }

    /// How many more items may be offered to [`Terminal::send`]; 0 until authenticated.
    pub fn capacity(&self) -> usize {
        let in_flight_max = self.config.in_flight_max.clamp(1, IN_FLIGHT_ITEMS_MAX);
        match self.phase {
            Phase::Ready => in_flight_max.saturating_sub(self.in_flight.item_count()),
            _ => 0,
        }
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
                let reports = self.reports.iter().map(Waiting::deadline).min();
                let others = [self.in_flight.deadline(), reports, self.parts.deadline()];
                others.into_iter().flatten().chain([heartbeat]).min()
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
            revision: self.config.revision,
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

    /// Queues a message; what comes back waits for its answer.
    fn send_message(&mut self, message: &Message, now: Timestamp) -> Result<Waiting, EncodeError> {
        let phone = self.phone.clone().map_err(EncodeError::from)?;
        let version = self.config.revision.version();
        let protocol_version = if version == Version::V2019 { PROTOCOL_VERSION } else { 0 };
        let address = Address { version, protocol_version, phone };
        let serial = self.next_serial;
        let frames = message.encode_in_parts(&address, serial)?;
        self.next_serial = serial.wrapping_add(frames.len() as u16);
        self.transmit(frames.clone(), now);
        if frames.len() > 1 {
            self.kept.truncate(KEPT_MESSAGES_MAX - 1);
            self.kept.push_front((serial, frames.clone()));
        }
        Ok(Waiting::new(serial, message.id(), frames, self.config.answer_timeout_s.max(1), now))
    }

    fn transmit(&mut self, frames: Vec<Vec<u8>>, now: Timestamp) {
        self.last_sent = now;
        self.transmit.extend(frames);
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
        let is_to = |waiting: &Waiting| waiting.concerns(serial, id);
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
        if self.settle_report(serial, id, result) {
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
}
