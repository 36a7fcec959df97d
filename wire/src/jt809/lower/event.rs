//! What a session tells its caller.

use crate::jt809::message::LoginRefusal;

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
