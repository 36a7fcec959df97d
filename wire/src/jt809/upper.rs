//! The superior platform's end, for those who play one: takes a login, answers heartbeats, calls back over the sub link,
//! and hands out what is said about vehicles. Its calling order is that of [`super::lower`].

use std::collections::VecDeque;

use domain::Timestamp;

use super::cipher::Cipher;
use super::frame::{Deframer, encode_frame};
use super::header::{Edition, Header};
use super::lower::Link;
use super::message::{LoginRefusal, Message, Password};
use super::vehicle::{Payload, VehicleMessage};

/// Which superior platform is played.
#[derive(Debug, Clone)]
pub struct UpperConfig {
    /// Which text of the standard is followed.
    pub edition: Edition,
    /// The lower platform's access code.
    pub access_code: u32,
    /// The user it has.
    pub user: u32,
    /// And the password.
    pub password: Password,
    /// The code the sub link will show.
    pub code: u32,
    /// Deciphers and enciphers bodies when given.
    pub cipher: Option<Cipher>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpperEvent {
    /// The lower platform logged in: open the sub link to this address.
    CallBack {
        /// Where.
        host: String,
        /// Port.
        port: u16,
    },
    /// A login was refused: close the main link.
    Refused(LoginRefusal),
    /// The sub link's code was accepted, or not.
    SubLinked(bool),
    /// The sub link answered a heartbeat.
    SubAlive,
    /// Something was said about a vehicle.
    Vehicle(VehicleMessage),
    /// The lower platform logged out: close the main link.
    LoggedOut,
}

/// The superior platform's end of both links.
#[derive(Debug)]
pub struct Upper {
    config: UpperConfig,
    deframers: [Deframer; 2],
    logged_in: bool,
    serial: u32,
    transmit: VecDeque<(Link, Vec<u8>)>,
    events: VecDeque<UpperEvent>,
}

impl Upper {
    /// Both links down.
    pub fn new(config: UpperConfig) -> Self {
        Self {
            config,
            deframers: Default::default(),
            logged_in: false,
            serial: 0,
            transmit: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// A link was opened; the sub link begins with the code.
    pub fn link_up(&mut self, link: Link, now: Timestamp) {
        self.deframers[usize::from(link == Link::Sub)] = Deframer::new();
        self.transmit.retain(|(of, _)| *of != link);
        match link {
            Link::Main => self.logged_in = false,
            Link::Sub => self.send(Link::Sub, &Message::SubConnect { code: self.config.code }, now),
        }
    }

    /// Asks what is registered about a vehicle.
    pub fn ask_static_info(&mut self, link: Link, plate: &str, colour: u8, now: Timestamp) {
        let payload = Payload::AskStaticInfo;
        self.send(link, &Message::Vehicle(VehicleMessage { plate: plate.to_owned(), colour, payload }), now);
    }

    /// Sends a heartbeat over the sub link.
    pub fn beat(&mut self, now: Timestamp) {
        self.send(Link::Sub, &Message::SubHeartbeat, now);
    }

    /// Sends any message.
    pub fn send(&mut self, link: Link, message: &Message, now: Timestamp) {
        // What a test or a simulator cannot write in GBK is not sent.
        let Ok((message_id, mut body)) = message.encode(self.config.edition) else { return };
        let key = 7;
        if let Some(cipher) = self.config.cipher {
            cipher.apply(key, &mut body);
        }
        let header = Header {
            serial: self.serial,
            message_id,
            access_code: self.config.access_code,
            version: [1, 0, 0],
            encrypted: self.config.cipher.is_some(),
            key,
            time: Some(now),
        };
        self.serial = self.serial.wrapping_add(1);
        self.transmit.push_back((link, encode_frame(&header.encode(self.config.edition, &body))));
    }

    /// Bytes came over a link.
    pub fn handle_bytes(&mut self, link: Link, bytes: &[u8], now: Timestamp) {
        for payload in
            self.deframers[usize::from(link == Link::Sub)].handle_bytes(bytes).into_iter().flatten()
        {
            let Ok(opened) = Header::decode(self.config.edition, &payload) else { continue };
            let mut body = opened.body.to_vec();
            if let Some(cipher) = self.config.cipher.filter(|_| opened.header.encrypted) {
                cipher.apply(opened.header.key, &mut body);
            }
            let Ok(message) = Message::decode(self.config.edition, opened.header.message_id, &body) else {
                continue;
            };
            self.handle_message(link, message, opened.header.access_code, now);
        }
    }

    /// The next bytes and the link they go over.
    pub fn poll_transmit(&mut self) -> Option<(Link, Vec<u8>)> {
        self.transmit.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<UpperEvent> {
        self.events.pop_front()
    }

    fn handle_message(&mut self, link: Link, message: Message, access_code: u32, now: Timestamp) {
        match (link, message) {
            (Link::Main, Message::Login(login)) => {
                let refusal = if access_code != self.config.access_code {
                    Some(LoginRefusal::AccessCode)
                } else if login.user != self.config.user {
                    Some(LoginRefusal::User)
                } else if login.password != self.config.password {
                    Some(LoginRefusal::Password)
                } else {
                    None
                };
                self.send(link, &Message::LoginAnswer(refusal.map_or(Ok(self.config.code), Err)), now);
                self.logged_in = refusal.is_none();
                self.events.push_back(match refusal {
                    Some(refusal) => UpperEvent::Refused(refusal),
                    None => UpperEvent::CallBack { host: login.host, port: login.port },
                });
            }
            (Link::Main, _) if !self.logged_in => {}
            (Link::Main, Message::Heartbeat) => self.send(link, &Message::HeartbeatAnswer, now),
            (Link::Main, Message::Logout { .. }) => {
                self.send(link, &Message::LogoutAnswer, now);
                self.events.push_back(UpperEvent::LoggedOut);
            }
            (Link::Main, Message::Vehicle(message)) => self.events.push_back(UpperEvent::Vehicle(message)),
            (Link::Sub, Message::SubConnectAnswer { result }) => {
                self.events.push_back(UpperEvent::SubLinked(result == 0));
            }
            (Link::Sub, Message::SubHeartbeatAnswer) => self.events.push_back(UpperEvent::SubAlive),
            _ => {}
        }
    }
}
