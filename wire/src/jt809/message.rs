//! Messages of the subset, both ways, so that either platform can be played (JT/T 809-2011 §4.5, 2019 §6).

use super::header::Edition;
use super::vehicle::{VehicleError, VehicleMessage};
use crate::body::{Body, Truncated};
use crate::text::{self, NotGbk, Padded};

/// Message types.
mod id {
    pub(super) const LOGIN: u16 = 0x1001;
    pub(super) const LOGIN_ANSWER: u16 = 0x1002;
    pub(super) const LOGOUT: u16 = 0x1003;
    pub(super) const LOGOUT_ANSWER: u16 = 0x1004;
    pub(super) const HEARTBEAT: u16 = 0x1005;
    pub(super) const HEARTBEAT_ANSWER: u16 = 0x1006;
    pub(super) const VEHICLES: u16 = 0x1200;
    pub(super) const STATIC: u16 = 0x1600;
    pub(super) const SUB_CONNECT: u16 = 0x9001;
    pub(super) const SUB_CONNECT_ANSWER: u16 = 0x9002;
    pub(super) const SUB_HEARTBEAT: u16 = 0x9005;
    pub(super) const SUB_HEARTBEAT_ANSWER: u16 = 0x9006;
    pub(super) const SUPERIOR_CLOSES: u16 = 0x9008;
    pub(super) const ASKS: u16 = 0x9600;
}

const PASSWORD_BYTES: usize = 8;
const HOST_BYTES: usize = 32;

/// A password: 1 to 8 printable ASCII characters. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password of JT/T 809 has 1 to {PASSWORD_BYTES} printable ASCII characters")]
pub struct PasswordError;

impl std::str::FromStr for Password {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        let fits = (1..=PASSWORD_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(PasswordError) }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// 0x1001: who logs in, and where the superior platform shall call back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// User number, given by the superior platform.
    pub user: u32,
    /// Its password.
    pub password: Password,
    /// Access code; in the body since 2019.
    pub access_code: u32,
    /// Where the sub link is to be opened: an address or name of at most 32 bytes.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Why a login is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefusal {
    /// 1
    #[error("the superior platform does not know this address: have it entered there")]
    Address,
    /// 2
    #[error("the access code is wrong")]
    AccessCode,
    /// 3
    #[error("the user is not registered with the superior platform")]
    User,
    /// 4
    #[error("the password is wrong")]
    Password,
    /// 5
    #[error("the superior platform is short of resources: it will be tried again")]
    Busy,
    /// Any other.
    #[error("the superior platform refuses the login (result {0})")]
    Other(u8),
}

impl LoginRefusal {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => return None,
            1 => Self::Address,
            2 => Self::AccessCode,
            3 => Self::User,
            4 => Self::Password,
            5 => Self::Busy,
            other => Self::Other(other),
        })
    }

    fn code(self) -> u8 {
        match self {
            Self::Address => 1,
            Self::AccessCode => 2,
            Self::User => 3,
            Self::Password => 4,
            Self::Busy => 5,
            Self::Other(code) => code,
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// 0x1001.
    Login(Login),
    /// 0x1002: the code the sub link will show, or why not.
    LoginAnswer(Result<u32, LoginRefusal>),
    /// 0x1003.
    Logout {
        /// Who.
        user: u32,
        /// With its password.
        password: Password,
    },
    /// 0x1004.
    LogoutAnswer,
    /// 0x1005.
    Heartbeat,
    /// 0x1006.
    HeartbeatAnswer,
    /// 0x9001: the superior platform shows the code it gave.
    SubConnect {
        /// The code.
        code: u32,
    },
    /// 0x9002.
    SubConnectAnswer {
        /// 0 success, 1 wrong code, 2 short of resources, 3 other.
        result: u8,
    },
    /// 0x9005.
    SubHeartbeat,
    /// 0x9006.
    SubHeartbeatAnswer,
    /// 0x9008: the superior platform closes the links.
    SuperiorCloses {
        /// 0 restart, 1 other.
        reason: u8,
    },
    /// 0x1200, 0x1600 and 0x9600.
    Vehicle(VehicleMessage),
    /// Any other, as it came.
    Other {
        /// Its type.
        message_id: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

/// A body that does not hold what it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It ends too early.
    #[error("the message is cut short")]
    Truncated(#[from] Truncated),
    /// Its password is none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// It is about a vehicle and cannot be read.
    #[error("the message about a vehicle cannot be read")]
    Vehicle(#[from] VehicleError),
}

impl Message {
    /// Reads a body.
    ///
    /// # Errors
    /// [`MessageError`] when it ends early or holds what cannot be.
    pub fn decode(edition: Edition, message_id: u16, bytes: &[u8]) -> Result<Self, MessageError> {
        let mut body = Body::new(bytes);
        Ok(match message_id {
            id::LOGIN => Self::Login(Login {
                user: body.u32()?,
                password: read_password(&mut body)?,
                access_code: if edition == Edition::V2019 { body.u32()? } else { 0 },
                host: text::decode(body.take(HOST_BYTES)?),
                port: body.u16()?,
            }),
            id::LOGIN_ANSWER => {
                let (result, code) = (body.u8()?, body.u32()?);
                Self::LoginAnswer(LoginRefusal::from_code(result).map_or(Ok(code), Err))
            }
            id::LOGOUT => Self::Logout { user: body.u32()?, password: read_password(&mut body)? },
            id::LOGOUT_ANSWER => Self::LogoutAnswer,
            id::HEARTBEAT => Self::Heartbeat,
            id::HEARTBEAT_ANSWER => Self::HeartbeatAnswer,
            id::SUB_CONNECT => Self::SubConnect { code: body.u32()? },
            id::SUB_CONNECT_ANSWER => Self::SubConnectAnswer { result: body.u8()? },
            id::SUB_HEARTBEAT => Self::SubHeartbeat,
            id::SUB_HEARTBEAT_ANSWER => Self::SubHeartbeatAnswer,
            id::SUPERIOR_CLOSES => Self::SuperiorCloses { reason: body.u8()? },
            id::VEHICLES | id::STATIC | id::ASKS => Self::Vehicle(VehicleMessage::decode(edition, bytes)?),
            _ => Self::Other { message_id, body: bytes.to_vec() },
        })
    }

    /// The message's type and its body.
    ///
    /// # Errors
    /// [`NotGbk`] for a text that the character set does not have.
    pub fn encode(&self, edition: Edition) -> Result<(u16, Vec<u8>), NotGbk> {
        let mut body = Vec::new();
        let message_id = match self {
            Self::Login(login) => {
                body.extend_from_slice(&login.user.to_be_bytes());
                write_password(&login.password, &mut body)?;
                if edition == Edition::V2019 {
                    body.extend_from_slice(&login.access_code.to_be_bytes());
                }
                body.extend_from_slice(Padded::from_text(&login.host, HOST_BYTES)?.raw());
                body.extend_from_slice(&login.port.to_be_bytes());
                id::LOGIN
            }
            Self::LoginAnswer(answer) => {
                body.push(answer.map_or_else(LoginRefusal::code, |_code| 0));
                body.extend_from_slice(&answer.unwrap_or(0).to_be_bytes());
                id::LOGIN_ANSWER
            }
            Self::Logout { user, password } => {
                body.extend_from_slice(&user.to_be_bytes());
                write_password(password, &mut body)?;
                id::LOGOUT
            }
            Self::SubConnect { code } => {
                body.extend_from_slice(&code.to_be_bytes());
                id::SUB_CONNECT
            }
            Self::SubConnectAnswer { result } => {
                body.push(*result);
                id::SUB_CONNECT_ANSWER
            }
            Self::SuperiorCloses { reason } => {
                body.push(*reason);
                id::SUPERIOR_CLOSES
            }
            Self::Vehicle(message) => {
                message.encode(edition, &mut body)?;
                message.message_id()
            }
            Self::LogoutAnswer => id::LOGOUT_ANSWER,
            Self::Heartbeat => id::HEARTBEAT,
            Self::HeartbeatAnswer => id::HEARTBEAT_ANSWER,
            Self::SubHeartbeat => id::SUB_HEARTBEAT,
            Self::SubHeartbeatAnswer => id::SUB_HEARTBEAT_ANSWER,
            Self::Other { message_id, body: other } => {
                body.extend_from_slice(other);
                *message_id
            }
        };
        Ok((message_id, body))
    }
}

fn read_password(body: &mut Body<'_>) -> Result<Password, MessageError> {
    Ok(text::decode(body.take(PASSWORD_BYTES)?).parse()?)
}

fn write_password(password: &Password, out: &mut Vec<u8>) -> Result<(), NotGbk> {
    out.extend_from_slice(Padded::from_text(&password.0, PASSWORD_BYTES)?.raw());
    Ok(())
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
