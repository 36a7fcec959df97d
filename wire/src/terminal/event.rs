//! What a terminal tells its caller.

use domain::Timestamp;

use crate::area::{AreaAction, AreaShape, Circle, Polygon, Rectangle, Route};
use crate::ask::AskId;
use crate::header::PhoneError;
use crate::message::{AnswerResult, EncodeError};
use crate::parameter::Parameter;
use crate::registration::RegistrationRefusal;
#[cfg(doc)]
use crate::terminal::{COMMANDS_MAX, TRANSMIT_FRAMES_MAX, Terminal};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// Authenticated: locations may be sent.
    Ready,
    /// The platform gave a code. Keep it for the next start.
    NewAuthCode(String),
    /// Every item up to and including `cursor` was answered. Items refused before are among them.
    Acknowledged {
        /// The last of them.
        cursor: u64,
    },
    /// The platform will not take this item, however often it is sent. It is passed over.
    Refused {
        /// Which.
        cursor: u64,
        /// What the platform said; [`AnswerResult::Bad`] too for a record that cannot be written.
        result: AnswerResult,
    },
    /// The platform answered a message of [`Terminal::send_report`].
    Answered {
        /// Serial of the message, or of its first part.
        serial: u16,
        /// Its id.
        id: u16,
        /// What became of it.
        result: AnswerResult,
    },
    /// The platform told its time, asked for by [`Message::TimeQuery`](crate::Message::TimeQuery).
    Time(Timestamp),
    /// The platform sets parameters; the word is [`Terminal::answer`], once they are kept.
    SetParameters {
        /// Names the command.
        ask: AskId,
        /// What to set.
        parameters: Vec<Parameter>,
    },
    /// The platform asks for parameters; the word is [`Terminal::answer_parameters`].
    QueryParameters {
        /// Names the command.
        ask: AskId,
        /// Which; `None` for all.
        ids: Option<Vec<u32>>,
    },
    /// The platform asks for attributes; the word is [`Terminal::answer_attributes`].
    QueryAttributes {
        /// Names the command.
        ask: AskId,
    },
    /// The platform asks where the truck is; the word is [`Terminal::answer_location`].
    QueryLocation {
        /// Names the command.
        ask: AskId,
    },
    /// The platform asks for closer reports for a while; the word is [`Terminal::answer`].
    Track {
        /// Names the command.
        ask: AskId,
        /// Seconds between reports; 0 ends it.
        interval_s: u16,
        /// For how long, s.
        validity_s: u32,
    },
    /// The platform confirms alarms; the word is [`Terminal::answer`].
    ConfirmAlarm {
        /// Names the command.
        ask: AskId,
        /// Serial of the report whose alarms are confirmed; 0 for all.
        serial: u16,
        /// The alarm bits confirmed.
        alarms: u32,
    },
    /// The platform sends a text; the word is [`Terminal::answer`].
    Text {
        /// Names the command.
        ask: AskId,
        /// Where to show it; see [`Message::Text`](crate::Message::Text).
        flags: u8,
        /// 1 notice, 2 service; since 2019.
        kind: Option<u8>,
        /// The text.
        text: String,
    },
    /// The platform sets or deletes areas; the word is [`Terminal::answer`], once they are kept.
    Areas {
        /// Names the command.
        ask: AskId,
        /// What to do.
        change: AreaChange,
    },
    /// The platform sends bytes that are not the protocol's affair; the word is [`Terminal::answer`].
    PassThrough {
        /// Names the command.
        ask: AskId,
        /// What they are.
        kind: u8,
        /// The bytes.
        data: Vec<u8>,
    },
    /// The session is over: close the link, then connect again later.
    Fatal(TerminalFault),
}

/// A change of the areas a terminal keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaChange {
    /// Circles.
    Circles {
        /// What becomes of those it has.
        action: AreaAction,
        /// The circles.
        circles: Vec<Circle>,
    },
    /// Rectangles.
    Rectangles {
        /// What becomes of those it has.
        action: AreaAction,
        /// The rectangles.
        rectangles: Vec<Rectangle>,
    },
    /// A polygon, in the place of one of the same id.
    Polygon(Polygon),
    /// A route, in the place of one of the same id.
    Route(Route),
    /// Some go.
    Delete {
        /// Which kind.
        shape: AreaShape,
        /// Which; none for all of the kind.
        ids: Vec<u32>,
    },
}

impl TerminalEvent {
    /// Names the command that waits for a word, if this is one. What a caller does not do is answered
    /// [`AnswerResult::Unsupported`] by [`Terminal::answer`].
    pub fn ask(&self) -> Option<AskId> {
        match self {
            Self::SetParameters { ask, .. }
            | Self::QueryParameters { ask, .. }
            | Self::QueryAttributes { ask }
            | Self::QueryLocation { ask }
            | Self::Track { ask, .. }
            | Self::ConfirmAlarm { ask, .. }
            | Self::Text { ask, .. }
            | Self::Areas { ask, .. }
            | Self::PassThrough { ask, .. } => Some(*ask),
            Self::Ready
            | Self::NewAuthCode(_)
            | Self::Acknowledged { .. }
            | Self::Refused { .. }
            | Self::Answered { .. }
            | Self::Time(_)
            | Self::Fatal(_) => None,
        }
    }
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalFault {
    /// The platform does not want this terminal or truck. Its registers must be mended.
    #[error("the platform refused the registration")]
    RegistrationRefused(#[source] RegistrationRefusal),
    /// The platform does not accept the code. It is forgotten: forget the kept one too; the next connection registers.
    #[error(
        "the platform refused the authentication code; the terminal registers again at the next connection"
    )]
    CodeRefused,
    /// Answers stay out. The link is dead or the platform is.
    #[error("the platform does not answer any more")]
    AnswersMissing,
    /// The platform answers, but each time that it cannot take the locations now.
    #[error("the platform cannot take locations at present")]
    PutOff,
    /// The configured terminal id cannot be sent.
    #[error("the terminal's id does not fit the protocol")]
    Identity(#[source] PhoneError),
    /// The configured texts cannot be sent.
    #[error("registration or authentication cannot be written")]
    Unsendable(#[source] EncodeError),
}

/// Why a report is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalSendError {
    /// The session is not authenticated.
    #[error("the session is not authenticated")]
    NotReady,
    /// As many reports as allowed wait for their answers.
    #[error("too many reports wait for their answers")]
    Busy,
    /// It cannot be written.
    #[error("the report cannot be written")]
    Unwritable(#[from] EncodeError),
}

/// What was counted since the terminal was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TerminalCounters {
    /// Frames from the platform.
    pub frames: u64,
    /// Bytes or frames from the platform that were no messages for this terminal.
    pub unreadable: u64,
    /// Answers to nothing under way: late ones, doubled ones.
    pub stray_answers: u64,
    /// Frames sent once more for want of an answer.
    pub sent_again: u64,
    /// Items refused for good.
    pub refused_items: u64,
    /// Messages of the platform this terminal does not support.
    pub unsupported: u64,
    /// Commands refused because [`COMMANDS_MAX`] waited already.
    pub commands_refused: u64,
    /// Parts dropped because their message did not become whole.
    pub parts_dropped: u64,
    /// Answers dropped because [`TRANSMIT_FRAMES_MAX`] waited already.
    pub answers_dropped: u64,
}
