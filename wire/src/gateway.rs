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

mod commands;
mod event;
mod receive;

use std::collections::VecDeque;

use domain::{TerminalId, Timestamp};

pub use crate::ask::AskId;
use crate::ask::Asks;
use crate::frame::Deframer;
use crate::header::Version;
use crate::message::{Address, AnswerResult, Message};
use crate::parts::Parts;
use crate::registration::RegistrationRefusal;
pub use commands::COMMANDS_MAX;
use commands::Commands;
pub use event::{GatewayConfig, GatewayCounters, GatewayEvent, SendError};

/// Most frames that wait to be taken by the caller; answers beyond it are dropped and counted, and the terminal asks again.
pub const TRANSMIT_FRAMES_MAX: usize = 8192;
/// Most events that wait to be taken by the caller; those beyond it that wait for no word are dropped and counted.
pub const EVENTS_MAX: usize = 1024;
/// Most bytes of bodies that wait for the service's word; beyond it what can be sent again is refused and counted. One
/// message is always taken.
pub const UNANSWERED_BYTES_MAX: usize = 1 << 20;
/// Bytes looked at before the frames among them are handled.
const CHUNK_BYTES: usize = 4096;

/// To whom and to what an answer goes.
#[derive(Debug)]
struct ReturnSlip {
    address: Address,
    message_id: u16,
    /// Of the whole body.
    body_bytes: usize,
    /// One, or one for each part.
    serials: Vec<u16>,
}

#[derive(Debug)]
enum Asked {
    Registration,
    Authentication(TerminalId),
    Locations,
    /// What it is answered once stored.
    Raw(RawAnswer),
}

#[derive(Debug)]
enum RawAnswer {
    /// A recording is answered by its number.
    Media(u32),
    General(AnswerResult),
}

/// Whose connection it is.
#[derive(Debug)]
struct Session {
    terminal: TerminalId,
    /// How it is written to.
    address: Address,
}

/// The platform's end of one connection.
#[derive(Debug)]
pub struct Gateway {
    config: GatewayConfig,
    /// When the connection was opened, or last lost its authentication.
    opened: Timestamp,
    heard: Timestamp,
    timed_out: bool,
    session: Option<Session>,
    /// The layout of its headers, once its version flag was found wrong.
    layout: Option<Version>,
    deframer: Deframer,
    parts: Parts,
    asks: Asks<(ReturnSlip, Asked)>,
    commands: Commands,
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
            layout: None,
            deframer: Deframer::new(),
            parts: Parts::default(),
            asks: Asks::default(),
            commands: Commands::default(),
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

    /// A moment came: sends commands again, asks for missing parts, tells once when the terminal is silent too long.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.timed_out {
            return;
        }
        self.repeat_commands(now);
        self.ask_for_parts(now);
        if self.idle_deadline() <= now {
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
        let asked = self.take_ask(ask, |asked| matches!(asked, Asked::Registration));
        let Some((slip, _)) = asked else { return };
        for &serial in &slip.serials {
            let (result, auth_code) = match &answer {
                Ok(code) => (Ok(()), Some(code.clone())),
                Err(refusal) => (Err(*refusal), None),
            };
            self.send_answer(&slip.address, &Message::RegisterAnswer { serial, result, auth_code });
        }
    }

    /// Answers an authentication. When accepted, this connection is the terminal's from now on.
    pub fn answer_authentication(&mut self, ask: AskId, accepted: bool) {
        let asked = self.take_ask(ask, |asked| matches!(asked, Asked::Authentication(_)));
        let Some((slip, Asked::Authentication(terminal))) = asked else { return };
        if accepted {
            self.session = Some(Session { terminal, address: slip.address });
        }
        self.answer(&slip, if accepted { AnswerResult::Ok } else { AnswerResult::Fail });
    }

    /// Answers locations: [`AnswerResult::Ok`] only after they are durable, [`AnswerResult::Fail`] to have them sent again.
    pub fn acknowledge(&mut self, ask: AskId, result: AnswerResult) {
        if let Some((slip, _)) = self.take_ask(ask, |asked| matches!(asked, Asked::Locations)) {
            self.answer(&slip, result);
        }
    }

    /// Gives no answer at all: the terminal asks again when its patience ends.
    pub fn leave_unanswered(&mut self, ask: AskId) {
        self.take_ask(ask, |_any| true);
    }

    /// Answers a message that is kept as it came, by what it is once it is `stored` durably: "done", "unsupported" for an
    /// id the standard does not know, "malformed" for a body that is not as its table says, 0x8800 for a recording.
    /// Otherwise "failed", to have it sent again.
    pub fn acknowledge_raw(&mut self, ask: AskId, stored: bool) {
        let asked = self.take_ask(ask, |asked| matches!(asked, Asked::Raw(_)));
        match asked {
            Some((slip, Asked::Raw(_))) if !stored => self.answer(&slip, AnswerResult::Fail),
            Some((slip, Asked::Raw(RawAnswer::General(result)))) => self.answer(&slip, result),
            Some((slip, Asked::Raw(RawAnswer::Media(media_id)))) => {
                self.parts.note_answered(slip.message_id, &slip.serials, AnswerResult::Ok);
                self.send_answer(&slip.address, &Message::MediaAnswer { media_id, missing: Vec::new() });
            }
            _ => {}
        }
    }

    /// The next frame for the terminal.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// When [`Gateway::handle_timeout`] is to be called next; `None` once timed out.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let due = [Some(self.idle_deadline()), self.commands.deadline(), self.parts.deadline()];
        due.into_iter().flatten().min().filter(|_due| !self.timed_out)
    }

    /// Whose connection this is, once authenticated.
    pub fn terminal(&self) -> Option<&TerminalId> {
        self.session.as_ref().map(|session| &session.terminal)
    }

    /// Which layout its headers have, once authenticated: whether commands are written in the form of 2013 or of 2019.
    pub fn version(&self) -> Option<Version> {
        self.session.as_ref().map(|session| session.address.version)
    }

    /// What was counted.
    pub fn counters(&self) -> &GatewayCounters {
        &self.counters
    }

    fn idle_deadline(&self) -> Timestamp {
        let since = if self.session.is_some() { self.heard } else { self.opened };
        since.plus_seconds(i64::from(self.config.idle_timeout_s))
    }

    /// Tells something that waits for no word.
    fn tell(&mut self, event: GatewayEvent) {
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        } else {
            self.counters.events_dropped += 1;
        }
    }

    /// Notes that the service's word is wanted. Without room, what can be sent again is refused. Registration and
    /// authentication stay unanswered instead: their answers know no "busy", only a final no.
    fn ask(&mut self, slip: ReturnSlip, asked: Asked) -> Option<AskId> {
        let bytes = self.asks.all().map(|(waiting, _)| waiting.body_bytes).sum::<usize>() + slip.body_bytes;
        let is_full = self.asks.len() >= self.config.unanswered_max.max(1);
        if is_full || (self.asks.len() > 0 && bytes > UNANSWERED_BYTES_MAX) {
            self.counters.refused_busy += 1;
            if matches!(asked, Asked::Locations | Asked::Raw(_)) {
                self.answer(&slip, AnswerResult::Fail);
            }
            return None;
        }
        Some(self.asks.put((slip, asked)))
    }

    fn take_ask(&mut self, ask: AskId, is_kind: impl Fn(&Asked) -> bool) -> Option<(ReturnSlip, Asked)> {
        self.asks.take_if(ask, |(_, asked)| is_kind(asked))
    }

    fn answer(&mut self, slip: &ReturnSlip, result: AnswerResult) {
        self.parts.note_answered(slip.message_id, &slip.serials, result);
        for &serial in &slip.serials {
            let answer = Message::PlatformAnswer { serial, id: slip.message_id, result };
            self.send_answer(&slip.address, &answer);
        }
    }

    /// Queues a message under the version and phone of the one it answers.
    fn send_answer(&mut self, address: &Address, message: &Message) {
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
