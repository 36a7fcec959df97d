//! A terminal of any maker, as bytes.

use domain::{FixKind, FixReport, Position, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::registration::{RegistrationRefusal, Revision};
use wire::text::Padded;
use wire::{
    Address, AnswerResult, Authentication, Deframer, Header, Location, Message, Phone, Registration, Version,
};

use crate::house::{House, PATIENCE};

pub(crate) const START_S: i64 = 1_795_413_600;

/// Its identity and how it writes.
pub(crate) struct Voice {
    address: Address,
    serial: u16,
    deframer: Deframer,
}

impl Voice {
    pub(crate) fn new(terminal: &str) -> Self {
        let phone = Phone::from_terminal(&terminal.parse().unwrap()).unwrap();
        let address = Address { version: Version::V2019, protocol_version: 1, phone };
        Self { address, serial: 0, deframer: Deframer::new() }
    }

    pub(crate) fn write(&mut self, message: &Message) -> Vec<u8> {
        self.serial = self.serial.wrapping_add(1);
        message.encode(&self.address, self.serial).unwrap()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.deframer.push(bytes);
    }

    pub(crate) fn next(&mut self) -> Option<Message> {
        self.next_with_serial().map(|(_, message)| message)
    }

    pub(crate) fn next_with_serial(&mut self) -> Option<(u16, Message)> {
        let payload = self.deframer.next()?.unwrap();
        let (header, body) = Header::decode(&payload).unwrap();
        Some((header.serial, Message::decode(&header, body).unwrap()))
    }
}

pub(crate) fn registration(plate: &str) -> Message {
    Message::Register(Registration {
        revision: Revision::V2019,
        province: 41,
        city: 183,
        maker: Padded::from_text("MAKER", 11).unwrap(),
        model: Padded::from_text("MODEL-7", 30).unwrap(),
        terminal: Padded::from_text("T0001", 30).unwrap(),
        colour_code: 2,
        plate: plate.to_owned(),
    })
}

pub(crate) fn authentication(code: &str) -> Message {
    Message::Authenticate(Authentication {
        code: code.to_owned(),
        imei: Some("866496077582164".into()),
        software: Some("1".into()),
    })
}

/// A fix of its own for every second.
pub(crate) fn location(second: i64) -> Message {
    let position = Position::from_degrees(34.5394, 113.3905).unwrap();
    let fix = FixReport::bare("豫A12345".parse().unwrap(), position, FixKind::D3);
    Message::Location(Location::from_fix(Timestamp::from_seconds(START_S + second), &fix, None, &[]))
}

/// A terminal on a stream.
pub(crate) struct Peer<S = TcpStream> {
    pub(crate) stream: S,
    pub(crate) voice: Voice,
}

impl Peer {
    pub(crate) async fn connect(house: &House, terminal: &str) -> Self {
        Self::over(TcpStream::connect(house.gateway).await.unwrap(), terminal)
    }

    /// Connected, registered and authenticated.
    pub(crate) async fn online(house: &House, terminal: &str, plate: &str) -> Self {
        let mut peer = Self::connect(house, terminal).await;
        let code = peer.register(plate).await.unwrap();
        assert_eq!(peer.authenticate(&code).await, AnswerResult::Ok);
        peer
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn over(stream: S, terminal: &str) -> Self {
        Self { stream, voice: Voice::new(terminal) }
    }

    pub(crate) async fn send(&mut self, message: &Message) {
        let frame = self.voice.write(message);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The platform's next message; `None` when it closed the connection.
    pub(crate) async fn answer(&mut self) -> Option<Message> {
        self.message().await.map(|(_, message)| message)
    }

    /// The platform's next message with its serial; `None` when it closed the connection.
    pub(crate) async fn message(&mut self) -> Option<(u16, Message)> {
        loop {
            if let Some(message) = self.voice.next_with_serial() {
                return Some(message);
            }
            let mut buffer = [0; 4096];
            match timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("an answer in time") {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.voice.push(&buffer[..count]),
            }
        }
    }

    pub(crate) async fn register(&mut self, plate: &str) -> Result<String, RegistrationRefusal> {
        self.send(&registration(plate)).await;
        match self.answer().await {
            Some(Message::RegisterAnswer { result, auth_code, .. }) => result.map(|()| auth_code.unwrap()),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn authenticate(&mut self, code: &str) -> AnswerResult {
        self.send(&authentication(code)).await;
        self.result().await
    }

    pub(crate) async fn report(&mut self, second: i64) -> AnswerResult {
        self.send(&location(second)).await;
        self.result().await
    }

    pub(crate) async fn result(&mut self) -> AnswerResult {
        match self.answer().await {
            Some(Message::PlatformAnswer { result, .. }) => result,
            other => panic!("{other:?}"),
        }
    }
}
