//! Why a message cannot be read or written.

use crate::area::AreaError;
use crate::body::Truncated;
use crate::device_time::DeviceTimeError;
use crate::extra::ExtraTooLong;
use crate::header::{BODY_BYTES_MAX, PhoneError, PhoneTooLong};
use crate::location::LocationDecodeError;
use crate::message::MESSAGE_BYTES_MAX;
use crate::parameter::ParameterError;
use crate::registration::AuthenticationEncodeError;
use crate::text::NotGbk;

/// Why a body is not what its id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It ends too early.
    #[error("message {id:#06x} ends too early")]
    Truncated {
        /// Its id.
        id: u16,
        /// Where it ends.
        source: Truncated,
    },
    /// Its location record is malformed.
    #[error("message {id:#06x} holds no location")]
    Location {
        /// Its id.
        id: u16,
        /// What is wrong with it.
        source: LocationDecodeError,
    },
    /// Its time is none.
    #[error("message {id:#06x} holds no time")]
    Time {
        /// Its id.
        id: u16,
        /// What is wrong with it.
        source: DeviceTimeError,
    },
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its body is longer than one packet carries.
    #[error("the body has {bytes} bytes, one packet carries {BODY_BYTES_MAX}")]
    BodyTooLong {
        /// Its length.
        bytes: usize,
    },
    /// A batch of more records than its count can say.
    #[error("{items} locations in one message, its count can say 65535")]
    TooManyItems {
        /// How many.
        items: usize,
    },
    /// An extra is too long.
    #[error("a location cannot be written")]
    Extra(#[from] ExtraTooLong),
    /// A text has characters GBK does not have.
    #[error("a text cannot be written")]
    NotGbk(#[from] NotGbk),
    /// The authentication cannot be written.
    #[error("the authentication cannot be written")]
    Authentication(#[from] AuthenticationEncodeError),
    /// Parameters cannot be written.
    #[error("parameters cannot be written")]
    Parameters(#[from] ParameterError),
    /// Areas cannot be written.
    #[error("areas cannot be written")]
    Areas(#[from] AreaError),
    /// More of something than its count can say.
    #[error("{count} {what} in one message, at most {most} can be sent")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many can be sent.
        most: usize,
    },
    /// The body is longer than the most parts carry.
    #[error("the body has {bytes} bytes, the most parts carry {MESSAGE_BYTES_MAX}")]
    TooManyParts {
        /// Its length.
        bytes: usize,
    },
    /// The terminal's id is no phone.
    #[error("the header cannot be written")]
    Identity(#[from] PhoneError),
    /// The phone does not fit the header's version.
    #[error("the header cannot be written")]
    Phone(#[from] PhoneTooLong),
}
