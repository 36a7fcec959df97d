//! This platform's end: logs in over the main link, takes the superior platform's call on the sub link, and sends messages
//! about vehicles. No sockets, no clock.
//!
//! # Calling order
//! Tell [`Lower`] when a link is up or down ([`Lower::main_up`], [`Lower::sub_up`], …), hand it bytes, call
//! [`Lower::handle_timeout`] at [`Lower::poll_timeout`]; after each, take everything from [`Lower::poll_transmit`] and
//! [`Lower::poll_event`]. After [`LowerEvent::Lost`] close that link.
//!
//! # How it is known that something arrived
//! Nothing in the protocol answers a position. But a link is in order: when the superior platform answers a heartbeat, it
//! has read everything sent before that heartbeat. [`Lower::prove`] sends one, and [`LowerEvent::Proven`] tells how many
//! messages lie before it. What was sent and not proven when a link breaks must be sent again.

use std::collections::VecDeque;

use domain::Timestamp;

use super::cipher::Cipher;
use super::frame::{Deframer, encode_frame};
use super::header::{Edition, Header};
use super::message::{Login, LoginRefusal, Message, Password};
use super::vehicle::{Payload, VehicleMessage};

/// Heartbeats sent that may await their answer; beyond it [`Lower::prove`] sends none.
pub const HEARTBEATS_MAX: usize = 16;

/// How a session is held.
#[derive(Debug, Clone)]
pub struct LowerConfig {
    /// Which text of the standard is followed.
    pub edition: Edition,
    /// Version in the header, as major, minor, revision.
    pub version: [u8; 3],
    /// Access code of this platform.
    pub access_code: u32,
    /// User number and password.
    pub user: u32,
    /// As above.
    pub password: Password,
    /// Where the superior platform shall call back.
    pub sub_host: String,
    /// As above.
    pub sub_port: u16,
    /// Enciphers bodies when given.
    pub cipher: Option<Cipher>,
    /// Between two heartbeats, s; the standard asks for 60.
    pub heartbeat_s: u32,
    /// How long the superior platform may be silent or owe an answer, s; the standard says 180.
    pub patience_s: u32,
}

/// One of the two links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// Ours, to the superior platform.
    Main,
    /// The superior platform's, to us.
    Sub,
}

/// Why a link is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkLoss {
    /// The login was refused.
    #[error("the login was refused")]
    Refused(#[source] LoginRefusal),
    /// No answer to the login, or to a heartbeat.
    #[error("the superior platform did not answer within {after_s} s")]
    Silent {
        /// How long, s.
        after_s: u32,
    },
    /// The superior platform said that it closes.
    #[error("the superior platform closed the links (reason {reason})")]
    ClosedBySuperior {
        /// Its reason.
        reason: u8,
    },
    /// The sub link showed another code than the login's answer gave.
    #[error("the sub link showed a wrong code")]
    WrongCode,
    /// We logged out.
    #[error("logged out")]
    LoggedOut,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LowerEvent {
    /// The main link is ours: messages can be sent.
    LoggedIn,
    /// The sub link showed the right code.
    SubLinked,
    /// Close this link.
    Lost(Link, LinkLoss),
    /// So many of the messages sent since the login have arrived.
    Proven {
        /// Count since the login.
        messages: u64,
    },
    /// The superior platform wants to know what is registered about a vehicle.
    StaticInfoAsked {
        /// The vehicle.
        plate: String,
        /// Code of its colour.
        colour: u8,
        /// To be given back with the answer.
        asked: (u16, u32),
    },
    /// A message nothing here reads.
    Raw {
        /// On which link.
        link: Link,
        /// Its type, the sub-type when it is about a vehicle.
        message_id: u16,
    },
}

/// What was met since the session was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LowerCounters {
    /// Frames read.
    pub frames: u64,
    /// Frames dropped for CRC, escapes, length or header.
    pub bad_frames: u64,
    /// Frames whose length field was wrong; read all the same.
    pub bad_length: u64,
    /// Bodies that do not hold what they must, and enciphered ones without numbers to decipher them.
    pub malformed: u64,
    /// Messages that cannot be written in GBK; not sent.
    pub unwritable: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MainState {
    Down,
    LoggingIn { since: Timestamp },
    Up { next_heartbeat: Timestamp },
}

/// This platform's end of both links.
#[derive(Debug)]
pub struct Lower {
    config: LowerConfig,
    main: MainState,
    main_deframer: Deframer,
    /// The sub link: when it was heard last, and whether it has shown the code.
    sub: Option<(Timestamp, bool)>,
    sub_deframer: Deframer,
    code: Option<u32>,
    serial: u32,
    /// Messages about vehicles sent since the login.
    sent: u64,
    /// Unanswered heartbeats: when sent, and how many messages lie before.
    heartbeats: VecDeque<(Timestamp, u64)>,
    transmit: VecDeque<(Link, Vec<u8>)>,
    events: VecDeque<LowerEvent>,
    counters: LowerCounters,
}

impl Lower {
    /// A session with both links down.
    pub fn new(config: LowerConfig) -> Self {
        Self {
            config,
            main: MainState::Down,
            main_deframer: Deframer::new(),
            sub: None,
            sub_deframer: Deframer::new(),
            code: None,
            serial: 0,
            sent: 0,
            heartbeats: VecDeque::new(),
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            counters: LowerCounters::default(),
        }
    }

    /// Whether messages can be sent.
    pub fn is_logged_in(&self) -> bool {
        matches!(self.main, MainState::Up { .. })
    }

    /// What was met.
    pub fn counters(&self) -> &LowerCounters {
        &self.counters
    }

    /// The main link is open: logs in.
    pub fn main_up(&mut self, now: Timestamp) {
        self.main_down();
        self.main = MainState::LoggingIn { since: now };
        let login = Login {
            user: self.config.user,
            password: self.config.password.clone(),
            access_code: self.config.access_code,
            host: self.config.sub_host.clone(),
            port: self.config.sub_port,
        };
        self.send_on(Link::Main, &Message::Login(login), now);
    }

    /// The main link is gone. What was not proven must be sent again.
    pub fn main_down(&mut self) {
        self.main = MainState::Down;
        self.main_deframer = Deframer::new();
        self.heartbeats.clear();
        self.sent = 0;
        self.code = None;
        self.transmit.retain(|(link, _)| *link == Link::Sub);
    }

    /// The superior platform has opened the sub link.
    pub fn sub_up(&mut self, now: Timestamp) {
        self.sub_down();
        self.sub = Some((now, false));
    }

    /// The sub link is gone; the main link goes on without it.
    pub fn sub_down(&mut self) {
        self.sub = None;
        self.sub_deframer = Deframer::new();
        self.transmit.retain(|(link, _)| *link == Link::Main);
    }

    /// Sends a message about a vehicle. `false` when not logged in or when it cannot be written; nothing is sent then.
    pub fn send(&mut self, message: VehicleMessage, now: Timestamp) -> bool {
        if !self.is_logged_in() || !self.send_on(Link::Main, &Message::Vehicle(message), now) {
            return false;
        }
        self.sent += 1;
        true
    }

    /// Messages sent since the login.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Answers [`LowerEvent::StaticInfoAsked`].
    pub fn answer_static_info(
        &mut self,
        plate: String,
        colour: u8,
        asked: (u16, u32),
        text: String,
        now: Timestamp,
    ) {
        let payload = Payload::StaticInfo { asked: Some(asked), text };
        self.send(VehicleMessage { plate, colour, payload }, now);
    }

    /// Sends a heartbeat whose answer proves what was sent so far. `false` when too many are unanswered.
    pub fn prove(&mut self, now: Timestamp) -> bool {
        if !self.is_logged_in() || self.heartbeats.len() >= HEARTBEATS_MAX {
            return false;
        }
        self.heartbeats.push_back((now, self.sent));
        self.main = MainState::Up { next_heartbeat: now.plus_seconds(i64::from(self.config.heartbeat_s)) };
        self.send_on(Link::Main, &Message::Heartbeat, now)
    }

    /// Says goodbye; [`LinkLoss::LoggedOut`] follows with the answer.
    pub fn log_out(&mut self, now: Timestamp) {
        if self.is_logged_in() {
            let logout = Message::Logout { user: self.config.user, password: self.config.password.clone() };
            self.send_on(Link::Main, &logout, now);
        }
    }

    /// Bytes came over a link.
    pub fn handle_bytes(&mut self, link: Link, bytes: &[u8], now: Timestamp) {
        let deframer = match link {
            Link::Main => &mut self.main_deframer,
            Link::Sub => &mut self.sub_deframer,
        };
        for frame in deframer.handle_bytes(bytes) {
            match frame {
                Ok(payload) => self.handle_payload(link, payload, now),
                Err(_) => self.counters.bad_frames += 1,
            }
        }
    }

    /// A moment came: sends the heartbeat due, or gives up on a link that owes an answer.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        let patience = i64::from(self.config.patience_s);
        let silent = LinkLoss::Silent { after_s: self.config.patience_s };
        if self.main_owes_until().is_some_and(|due| due <= now) {
            return self.lose(Link::Main, silent);
        }
        if let MainState::Up { next_heartbeat } = self.main
            && next_heartbeat <= now
            && !self.prove(now)
        {
            self.main =
                MainState::Up { next_heartbeat: now.plus_seconds(i64::from(self.config.heartbeat_s)) };
        }
        if self.sub.is_some_and(|(heard, _)| heard.plus_seconds(patience) <= now) {
            self.lose(Link::Sub, silent);
        }
    }

    /// When [`Lower::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let heartbeat = match self.main {
            MainState::Up { next_heartbeat } => Some(next_heartbeat),
            _ => None,
        };
        let sub = self.sub.map(|(heard, _)| heard.plus_seconds(i64::from(self.config.patience_s)));
        [self.main_owes_until(), heartbeat, sub].into_iter().flatten().min()
    }

    /// The next bytes and the link they go over.
    pub fn poll_transmit(&mut self) -> Option<(Link, Vec<u8>)> {
        self.transmit.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<LowerEvent> {
        self.events.pop_front()
    }

    /// Until when the main link's oldest unanswered message may go without an answer.
    fn main_owes_until(&self) -> Option<Timestamp> {
        let since = match self.main {
            MainState::Down => None,
            MainState::LoggingIn { since } => Some(since),
            MainState::Up { .. } => self.heartbeats.front().map(|(sent, _)| *sent),
        };
        since.map(|since| since.plus_seconds(i64::from(self.config.patience_s)))
    }

    fn lose(&mut self, link: Link, why: LinkLoss) {
        match link {
            Link::Main => self.main_down(),
            Link::Sub => self.sub_down(),
        }
        self.events.push_back(LowerEvent::Lost(link, why));
    }

    fn handle_payload(&mut self, link: Link, payload: Vec<u8>, now: Timestamp) {
        let Ok(opened) = Header::decode(self.config.edition, &payload) else {
            self.counters.bad_frames += 1;
            return;
        };
        self.counters.frames += 1;
        self.counters.bad_length += u64::from(!opened.length_fits);
        let header = opened.header;
        let mut body = opened.body.to_vec();
        match (header.encrypted, self.config.cipher) {
            (false, _) => {}
            (true, Some(cipher)) => cipher.apply(header.key, &mut body),
            (true, None) => {
                self.counters.malformed += 1;
                return;
            }
        }
        match Message::decode(self.config.edition, header.message_id, &body) {
            Ok(message) => self.handle_message(link, message, &header, now),
            Err(_) => self.counters.malformed += 1,
        }
    }

    fn handle_message(&mut self, link: Link, message: Message, header: &Header, now: Timestamp) {
        if let (Link::Sub, Some((heard, _))) = (link, &mut self.sub) {
            *heard = now;
        }
        match (link, message) {
            (Link::Main, Message::LoginAnswer(answer)) => self.handle_login_answer(answer, now),
            (Link::Main, Message::HeartbeatAnswer) => {
                if let Some((_, messages)) = self.heartbeats.pop_front() {
                    self.events.push_back(LowerEvent::Proven { messages });
                }
            }
            (Link::Main, Message::LogoutAnswer) => self.lose(Link::Main, LinkLoss::LoggedOut),
            (_, Message::SuperiorCloses { reason }) => {
                self.lose(Link::Main, LinkLoss::ClosedBySuperior { reason });
            }
            (Link::Sub, Message::SubConnect { code }) => {
                let fits = self.code == Some(code);
                self.send_on(Link::Sub, &Message::SubConnectAnswer { result: u8::from(!fits) }, now);
                if fits {
                    self.sub = Some((now, true));
                    self.events.push_back(LowerEvent::SubLinked);
                } else {
                    self.events.push_back(LowerEvent::Lost(Link::Sub, LinkLoss::WrongCode));
                }
            }
            (Link::Sub, _) if !self.sub.is_some_and(|(_, shown)| shown) => self.counters.malformed += 1,
            (Link::Sub, Message::SubHeartbeat) => {
                self.send_on(Link::Sub, &Message::SubHeartbeatAnswer, now);
            }
            (_, Message::Vehicle(VehicleMessage { plate, colour, payload: Payload::AskStaticInfo })) => {
                // With the sub link down the superior platform asks over the main one.
                let asked = (0x9601, header.serial);
                self.events.push_back(LowerEvent::StaticInfoAsked { plate, colour, asked });
            }
            (_, Message::Vehicle(VehicleMessage { payload: Payload::Other { sub_type, .. }, .. })) => {
                self.events.push_back(LowerEvent::Raw { link, message_id: sub_type });
            }
            _ => self.events.push_back(LowerEvent::Raw { link, message_id: header.message_id }),
        }
    }

    fn handle_login_answer(&mut self, answer: Result<u32, LoginRefusal>, now: Timestamp) {
        if !matches!(self.main, MainState::LoggingIn { .. }) {
            return;
        }
        match answer {
            Ok(code) => {
                self.code = Some(code);
                let next_heartbeat = now.plus_seconds(i64::from(self.config.heartbeat_s));
                self.main = MainState::Up { next_heartbeat };
                self.events.push_back(LowerEvent::LoggedIn);
            }
            Err(refusal) => self.lose(Link::Main, LinkLoss::Refused(refusal)),
        }
    }

    fn send_on(&mut self, link: Link, message: &Message, now: Timestamp) -> bool {
        let Ok((message_id, mut body)) = message.encode(self.config.edition) else {
            self.counters.unwritable += 1;
            return false;
        };
        let key = self.serial.wrapping_mul(2_654_435_761) | 1;
        if let Some(cipher) = self.config.cipher {
            cipher.apply(key, &mut body);
        }
        let header = Header {
            serial: self.serial,
            message_id,
            access_code: self.config.access_code,
            version: self.config.version,
            encrypted: self.config.cipher.is_some(),
            key: if self.config.cipher.is_some() { key } else { 0 },
            time: Some(now),
        };
        self.serial = self.serial.wrapping_add(1);
        self.transmit.push_back((link, encode_frame(&header.encode(self.config.edition, &body))));
        true
    }
}
