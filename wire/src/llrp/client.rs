//! The listener's end of a session: takes a reader into service, hands out the tags it reads, and says in words why it
//! cannot. No sockets, no clock.
//!
//! # Calling order
//! Make a [`Client`] when the TCP connection is open. Call [`Client::handle_bytes`], [`Client::handle_timeout`] or
//! [`Client::close`], then take everything from [`Client::poll_transmit`] and [`Client::poll_event`], then arrange for
//! [`Client::handle_timeout`] at [`Client::poll_timeout`]. [`ClientEvent::Ended`] is the last event: drop the connection
//! and, later, begin anew with another client.
//!
//! # What it does
//! It waits for the reader's word that the connection is ours, asks what the reader is, deletes what others left in it,
//! asks for keepalives, adds one specification, enables and starts it. Each keepalive is answered, or the reader would
//! drop us; a reader silent for [`SILENT_KEEPALIVES`] of them is lost.

use std::collections::VecDeque;

use domain::Timestamp;

use super::frame::{FrameError, Framer};
use super::message::{Capabilities, Message, Request};
use super::reader_event::{ConnectionAttempt, ReaderEvent};
use super::rospec::{ROSPEC_ID, RoSpec};
use super::status::Status;
use super::tag_report::TagReport;

/// A reader that lets so many keepalives pass in silence is lost.
pub const SILENT_KEEPALIVES: u32 = 3;
/// Most events that wait to be taken; tags beyond it are dropped and counted.
pub const EVENTS_MAX: usize = 16_384;

/// How a reader is listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// Antenna ports, from 1; empty means every one.
    pub antennas: Vec<u16>,
    /// Between two keepalives of the reader, s; at least 1.
    pub keepalive_s: u32,
    /// How long the reader may take for an answer, s.
    pub answer_timeout_s: u32,
}

impl Default for ClientConfig {
    /// Every antenna, a keepalive every 10 s, 10 s for an answer.
    fn default() -> Self {
        Self { antennas: Vec::new(), keepalive_s: 10, answer_timeout_s: 10 }
    }
}

/// Where a session stands: what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The reader's word that the connection is ours.
    Hello,
    /// What the reader is.
    Capabilities,
    /// Deleting specifications others left.
    Delete,
    /// Keepalives.
    Configure,
    /// Adding ours.
    Add,
    /// Enabling it.
    Enable,
    /// Starting it.
    Start,
    /// Nothing: it reads.
    Reading,
    /// The reader's goodbye.
    Closing,
    /// It is over.
    Ended,
}

impl Step {
    /// The step as a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hello => "its greeting",
            Self::Capabilities => "telling what it is",
            Self::Delete => "deleting old specifications",
            Self::Configure => "setting keepalives",
            Self::Add => "adding a specification",
            Self::Enable => "enabling the specification",
            Self::Start => "starting to read",
            Self::Reading => "reading",
            Self::Closing => "closing the connection",
            Self::Ended => "nothing more",
        }
    }
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientEnd {
    /// It serves one client at a time.
    #[error("the reader serves another client: end that one, or wait until the reader gives it up")]
    OtherClient,
    /// It called someone itself.
    #[error("the reader has opened a connection to another host itself: switch that off in its settings")]
    ReaderInitiated,
    /// It refuses the connection otherwise.
    #[error("the reader refuses the connection (code {code})")]
    NotOpened {
        /// The code of its ConnectionAttemptEvent.
        code: u16,
    },
    /// It refuses a command.
    #[error("the reader refuses {}: {status}", step.words())]
    Refused {
        /// Which.
        step: Step,
        /// Its words.
        status: Status,
    },
    /// It did not answer in time.
    #[error("the reader did not answer within {after_s} s: {} was waited for", step.words())]
    NoAnswer {
        /// What was waited for.
        step: Step,
        /// How long, s.
        after_s: u32,
    },
    /// It sent nothing, not even keepalives.
    #[error("the reader was silent for {after_s} s")]
    Silent {
        /// How long, s.
        after_s: u32,
    },
    /// Its bytes are no LLRP.
    #[error("the reader's bytes cannot be read")]
    Stream(#[source] FrameError),
    /// It closed the session.
    #[error("the reader closed the session")]
    ClosedByReader,
    /// We closed it.
    #[error("the session was closed")]
    Closed,
}

/// What came of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// The connection is ours; the reader's clock, if it has one.
    Greeted {
        /// The moment by that clock.
        reader_time: Option<Timestamp>,
    },
    /// What the reader is; not every reader tells.
    Capabilities(Capabilities),
    /// It reads from now on.
    Reading,
    /// A tag.
    Tag(TagReport),
    /// An antenna was plugged or unplugged.
    Antenna {
        /// The port.
        antenna: u16,
        /// Whether it is connected now.
        connected: bool,
    },
    /// The reader tells of a fault of its own.
    Exception(String),
    /// Over.
    Ended(ClientEnd),
}

/// What was met on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientCounters {
    /// Messages read.
    pub messages: u64,
    /// Messages that did not hold what they must.
    pub malformed_messages: u64,
    /// Tags handed out.
    pub tags: u64,
    /// Report entries without an EPC.
    pub malformed_tags: u64,
    /// Tags dropped because [`EVENTS_MAX`] events waited.
    pub tags_dropped: u64,
    /// Keepalives answered.
    pub keepalives: u64,
}

/// The listener's end of one connection.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    framer: Framer,
    step: Step,
    step_since: Timestamp,
    heard: Timestamp,
    next_id: u32,
    /// The id under which the answer waited for must come.
    asked: u32,
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<ClientEvent>,
    counters: ClientCounters,
}

impl Client {
    /// A connection opened at `now`.
    pub fn new(config: ClientConfig, now: Timestamp) -> Self {
        Self {
            config,
            framer: Framer::new(),
            step: Step::Hello,
            step_since: now,
            heard: now,
            next_id: 1,
            asked: 0,
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            counters: ClientCounters::default(),
        }
    }

    /// Where it stands.
    pub fn step(&self) -> Step {
        self.step
    }

    /// What was met.
    pub fn counters(&self) -> &ClientCounters {
        &self.counters
    }

    /// Bytes came from the reader.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        if self.step == Step::Ended {
            return;
        }
        self.framer.push(bytes);
        while self.step != Step::Ended {
            match self.framer.next() {
                None => return,
                Some(Err(error)) => self.end(ClientEnd::Stream(error)),
                Some(Ok(raw)) => {
                    self.heard = now;
                    self.counters.messages += 1;
                    match Message::decode(&raw) {
                        Ok(message) => self.handle_message(message, raw.id, now),
                        Err(_) => self.counters.malformed_messages += 1,
                    }
                }
            }
        }
    }

    /// A moment came: ends the session when an answer or every sign of life is overdue.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        let end = match self.step {
            Step::Reading => ClientEnd::Silent { after_s: self.silence_s() },
            Step::Closing => ClientEnd::Closed,
            step => ClientEnd::NoAnswer { step, after_s: self.config.answer_timeout_s },
        };
        self.end(end);
    }

    /// Stops reading and says goodbye; [`ClientEnd::Closed`] follows with the reader's answer or after the time for it.
    pub fn close(&mut self, now: Timestamp) {
        if matches!(self.step, Step::Closing | Step::Ended) {
            return;
        }
        if self.step == Step::Hello {
            return self.end(ClientEnd::Closed);
        }
        for request in [Request::StopRoSpec, Request::DeleteRoSpec] {
            self.send(&Message::RoSpec { request, id: ROSPEC_ID });
        }
        self.ask(Step::Closing, &Message::Close, now);
    }

    /// When [`Client::handle_timeout`] is due; `None` once the session is over.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match self.step {
            Step::Ended => None,
            Step::Reading => Some(self.heard.plus_seconds(i64::from(self.silence_s()))),
            _ => Some(self.step_since.plus_seconds(i64::from(self.config.answer_timeout_s))),
        }
    }

    /// The next bytes for the reader.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    fn silence_s(&self) -> u32 {
        self.config.keepalive_s.max(1).saturating_mul(SILENT_KEEPALIVES)
    }

    fn end(&mut self, end: ClientEnd) {
        self.step = Step::Ended;
        self.events.push_back(ClientEvent::Ended(end));
    }

    fn send(&mut self, message: &Message) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        self.transmit.push_back(message.encode(id));
        id
    }

    fn ask(&mut self, step: Step, message: &Message, now: Timestamp) {
        self.asked = self.send(message);
        self.step = step;
        self.step_since = now;
    }

    fn handle_message(&mut self, message: Message, id: u32, now: Timestamp) {
        match message {
            Message::Keepalive => {
                self.counters.keepalives += 1;
                self.transmit.push_back(Message::KeepaliveAck.encode(id));
            }
            Message::Event(event) => self.handle_event(event, now),
            Message::Tags { reports, malformed } => {
                self.counters.malformed_tags += u64::from(malformed);
                reports.into_iter().for_each(|report| self.hand_out(report));
            }
            Message::Capabilities { status, capabilities } if self.is_asked(Step::Capabilities, id) => {
                // A reader that keeps its secrets can be listened to all the same.
                if let Some(capabilities) = capabilities.filter(|_| status.is_success()) {
                    self.events.push_back(ClientEvent::Capabilities(capabilities));
                }
                self.proceed(now);
            }
            Message::Answer { status, .. } if self.is_asked(self.step, id) => self.handle_answer(status, now),
            Message::Error(status) if self.is_asked(self.step, id) => self.handle_answer(status, now),
            _ => {}
        }
    }

    fn is_asked(&self, step: Step, id: u32) -> bool {
        self.step == step && !matches!(step, Step::Hello | Step::Reading) && self.asked == id
    }

    fn handle_answer(&mut self, status: Status, now: Timestamp) {
        match self.step {
            Step::Closing => self.end(ClientEnd::Closed),
            // Telling what it is was a courtesy.
            step if status.is_success() || step == Step::Capabilities => self.proceed(now),
            step => self.end(ClientEnd::Refused { step, status }),
        }
    }

    /// The next step after the present one went well.
    fn proceed(&mut self, now: Timestamp) {
        let ours = |request| Message::RoSpec { request, id: ROSPEC_ID };
        let (step, message) = match self.step {
            Step::Hello => (Step::Capabilities, Message::GetCapabilities),
            Step::Capabilities => (Step::Delete, Message::RoSpec { request: Request::DeleteRoSpec, id: 0 }),
            Step::Delete => {
                let keepalive_ms = self.config.keepalive_s.max(1).saturating_mul(1000);
                (Step::Configure, Message::SetConfig { keepalive_ms: Some(keepalive_ms) })
            }
            Step::Configure => (Step::Add, Message::AddRoSpec(RoSpec::listen(&self.config.antennas))),
            Step::Add => (Step::Enable, ours(Request::EnableRoSpec)),
            Step::Enable => (Step::Start, ours(Request::StartRoSpec)),
            Step::Start => {
                self.step = Step::Reading;
                self.events.push_back(ClientEvent::Reading);
                return;
            }
            Step::Reading | Step::Closing | Step::Ended => return,
        };
        self.ask(step, &message, now);
    }

    fn handle_event(&mut self, event: ReaderEvent, now: Timestamp) {
        if let Some(attempt) = event.attempt {
            match (self.step, attempt) {
                (Step::Hello, ConnectionAttempt::Success) => {
                    self.events.push_back(ClientEvent::Greeted { reader_time: event.time });
                    self.proceed(now);
                }
                (Step::Hello, ConnectionAttempt::OtherClient) => return self.end(ClientEnd::OtherClient),
                (Step::Hello, ConnectionAttempt::ReaderInitiated) => {
                    return self.end(ClientEnd::ReaderInitiated);
                }
                (Step::Hello, refusal) => {
                    return self.end(ClientEnd::NotOpened { code: refusal.code() });
                }
                // Someone else knocked; the reader stays ours.
                _ => {}
            }
        }
        if let Some((antenna, connected)) = event.antenna {
            self.events.push_back(ClientEvent::Antenna { antenna, connected });
        }
        if let Some(words) = event.exception {
            self.events.push_back(ClientEvent::Exception(words));
        }
        if event.closing {
            self.end(ClientEnd::ClosedByReader);
        }
    }

    fn hand_out(&mut self, report: TagReport) {
        if self.events.len() >= EVENTS_MAX {
            self.counters.tags_dropped += 1;
        } else {
            self.counters.tags += 1;
            self.events.push_back(ClientEvent::Tag(report));
        }
    }
}
