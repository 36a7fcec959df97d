//! `tracker-agent check`: watches every source for a while and tells an installer in plain words what is connected and
//! what is missing. [`findings`] is pure: what was seen in, sentences out; [`watch`] looks, [`platform`] knocks.

pub mod findings;
pub mod platform;
mod run;
pub mod watch;

pub use findings::{Finding, Verdict, findings};
pub use run::{CheckError, check};

use domain::{Antenna, FixKind};
use wire::TerminalFault;

use crate::rfid::Family;
use crate::signals::BodyState;

/// Everything seen while watching.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    /// How long it was watched, s.
    pub seconds: u32,
    /// The receivers, in their order.
    pub receivers: Vec<ReceiverSeen>,
    /// The RFID reader, where one is configured.
    pub rfid: Option<ReaderSeen>,
    /// The configured signals, in their order.
    pub signals: Vec<SignalSeen>,
    /// The platform.
    pub platform: PlatformSeen,
    /// The spool's disk.
    pub disk: DiskSeen,
}

/// What came from a receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiverSeen {
    /// The device as configured.
    pub device: String,
    /// Bytes.
    pub bytes: u64,
    /// Speed of a serial line, told or found, bits per second.
    pub baud: Option<u32>,
    /// Sentences whose checksum fits, or gpsd's reports.
    pub sentences: u64,
    /// What was like a sentence and not one.
    pub damaged: u64,
    /// `$PMUCK` sentences among them.
    pub body_sentences: u64,
    /// What they said last.
    pub body: BodyState,
    /// The last kind of fix with the satellites used, if a moment was told at all.
    pub fix: Option<(FixKind, Option<u8>)>,
    /// The receiver's word on its antenna.
    pub antenna: Antenna,
    /// How far the satellites' time is ahead of this computer's, ms; with a fix only.
    pub ahead_ms: Option<i64>,
}

/// What came from the RFID reader.
#[derive(Debug, Clone, PartialEq)]
pub struct ReaderSeen {
    /// The device as configured.
    pub device: String,
    /// The family as configured.
    pub family: Family,
    /// Whether it is asked, or speaks by itself.
    pub polled: bool,
    /// Bytes.
    pub bytes: u64,
    /// Checked frames and reads, by each family's reading of the same bytes.
    pub by_family: Vec<(Family, u64, u64)>,
    /// Different tags, by the configured family.
    pub tags: u64,
}

/// What came of a configured signal.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSeen {
    /// The signal as it is told to people.
    pub label: String,
    /// Readings of use.
    pub readings: u64,
    /// Frames or readings of no use: not available, or a fault.
    pub faults: u64,
    /// What it says now, where that is a word.
    pub state: BodyState,
    /// Why its device cannot be read.
    pub problem: Option<String>,
}

/// How far a connection to the platform came.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformSeen {
    /// Its address.
    pub address: String,
    /// Whether TLS is used.
    pub tls: bool,
    /// The last step reached.
    pub step: PlatformStep,
}

/// Steps of a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum PlatformStep {
    /// No connection; the system's reason.
    Unreachable(String),
    /// A connection, and no TLS on it.
    TlsFailed(String),
    /// The platform ended the connection before it answered.
    Closed,
    /// No answer in time.
    Silent,
    /// The platform refused.
    Refused(TerminalFault),
    /// Registered or known, and authenticated.
    Ready {
        /// Registered just now.
        newly_registered: bool,
    },
}

/// The disk the spool is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSeen {
    /// The folder.
    pub directory: String,
    /// Why nothing can be written there.
    pub problem: Option<String>,
    /// Free bytes, where the system tells.
    pub free_bytes: Option<u64>,
    /// Bytes the spool may still grow by.
    pub wanted_bytes: u64,
}
