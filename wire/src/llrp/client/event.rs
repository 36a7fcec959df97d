//! What a session tells its caller.

use domain::Timestamp;

use crate::llrp::frame::FrameError;
use crate::llrp::message::Capabilities;
use crate::llrp::status::Status;
use crate::llrp::tag_report::TagReport;

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
