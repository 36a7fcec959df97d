//! `[[source]]`: where bytes come from.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Problem, address};
use crate::chooser::RECEIVERS_MAX;
use crate::receivers::ReceiverKind;

/// Most recorded seconds a second.
const REPLAY_SPEED_MAX: f64 = 1000.0;
/// Bits per second a serial line may be told to have.
const BAUD: std::ops::RangeInclusive<u32> = 1200..=4_000_000;

/// Whether a recording can be replayed so many times as fast as it was recorded; 0 is as fast as it is read.
pub fn check_replay_speed(speed: f64) -> Result<(), String> {
    if (0.0..=REPLAY_SPEED_MAX).contains(&speed) {
        Ok(())
    } else {
        Err(format!("{speed} is out of range: 0 (unpaced) to {REPLAY_SPEED_MAX}"))
    }
}

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceConfig {
    /// A recording.
    Replay {
        /// The file.
        path: PathBuf,
        /// How much faster than it was recorded; 0: as fast as it is read.
        speed: f64,
    },
    /// A TCP server that streams bytes.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// Datagrams sent to this machine.
    Udp {
        /// `host:port` to listen on.
        address: String,
    },
    /// A gpsd.
    Gpsd {
        /// `host:port`.
        address: String,
    },
    /// A serial port.
    Serial {
        /// The device file.
        device: PathBuf,
        /// Bits per second.
        baud: u32,
    },
    /// A serial port whose speed is searched.
    SerialAuto {
        /// The device file.
        device: PathBuf,
    },
}

impl SourceConfig {
    /// What a receiver at this source speaks.
    pub fn receiver_kind(&self) -> ReceiverKind {
        match self {
            Self::Gpsd { .. } => ReceiverKind::Gpsd,
            _ => ReceiverKind::Nmea,
        }
    }

    /// Whether it is a recording, which ends.
    pub fn is_recording(&self) -> bool {
        matches!(self, Self::Replay { .. })
    }
}

impl fmt::Display for SourceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replay { path, speed: 0.0 } => {
                write!(f, "the recording {}, as fast as it is read", path.display())
            }
            Self::Replay { path, speed } => {
                write!(f, "the recording {} at {speed} times its pace", path.display())
            }
            Self::Tcp { address } => write!(f, "TCP {address}"),
            Self::Udp { address } => write!(f, "UDP datagrams to {address}"),
            Self::Gpsd { address } => write!(f, "gpsd at {address}"),
            Self::Serial { device, baud } => write!(f, "serial port {} at {baud} baud", device.display()),
            Self::SerialAuto { device } => {
                write!(f, "serial port {}, its speed searched", device.display())
            }
        }
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Carries {
    #[default]
    Nmea,
    Rfid,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SourceTable {
    Replay {
        carries: Carries,
        path: PathBuf,
        #[serde(default = "real_time")]
        speed: f64,
    },
    Tcp {
        carries: Carries,
        address: String,
    },
    Udp {
        carries: Carries,
        address: String,
    },
    Gpsd {
        #[serde(default)]
        carries: Carries,
        #[serde(default = "gpsd_here")]
        address: String,
    },
    Serial {
        carries: Carries,
        device: PathBuf,
        baud: Baud,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Baud {
    Rate(u32),
    Word(String),
}

fn real_time() -> f64 {
    1.0
}

/// Where gpsd listens unless told otherwise.
fn gpsd_here() -> String {
    "127.0.0.1:2947".into()
}

/// The receivers, and the RFID reader if there is one.
pub(super) fn parse(
    tables: Vec<SourceTable>,
    folder: &Path,
) -> Result<(Vec<SourceConfig>, Option<SourceConfig>), Problem> {
    let (mut receivers, mut rfid) = (Vec::new(), None);
    for table in tables {
        match source(table, folder)? {
            (Carries::Nmea, source) => receivers.push(source),
            (Carries::Rfid, source) if rfid.is_none() => rfid = Some(source),
            (Carries::Rfid, _) => {
                let problem = "two sources carry \"rfid\": one reader is taken";
                return Err(("[[source]] carries", problem.into()));
            }
        }
    }
    if receivers.is_empty() {
        let problem = "one with carries = \"nmea\" is needed: the receiver";
        return Err(("[[source]]", problem.into()));
    }
    if receivers.len() > RECEIVERS_MAX {
        let problem = format!("{} receivers: at most {RECEIVERS_MAX} are taken", receivers.len());
        return Err(("[[source]] carries", problem));
    }
    if receivers.len() > 1 && receivers.iter().any(SourceConfig::is_recording) {
        let problem = "a recording stands alone: two sources carry \"nmea\" and one of them is a replay";
        return Err(("[[source]] carries", problem.into()));
    }
    Ok((receivers, rfid))
}

fn source(table: SourceTable, folder: &Path) -> Result<(Carries, SourceConfig), Problem> {
    let at = |text| address(text).map_err(|problem| ("[[source]] address", problem));
    let kind = |problem: &str| Err(("[[source]] kind", problem.to_owned()));
    Ok(match table {
        SourceTable::Replay { carries: Carries::Rfid, .. } => {
            return kind(
                "an RFID recording has no times: use kind = \"tcp\" or \"serial\" for carries = \"rfid\"",
            );
        }
        SourceTable::Udp { carries: Carries::Rfid, .. }
        | SourceTable::Gpsd { carries: Carries::Rfid, .. } => {
            return kind("a reader is not heard that way: use \"tcp\" or \"serial\" for carries = \"rfid\"");
        }
        SourceTable::Replay { carries, path, speed } => {
            if let Err(reason) = check_replay_speed(speed) {
                return Err(("[[source]] speed", reason));
            }
            (carries, SourceConfig::Replay { path: folder.join(path), speed })
        }
        SourceTable::Tcp { carries, address } => (carries, SourceConfig::Tcp { address: at(address)? }),
        SourceTable::Udp { carries, address } => (carries, SourceConfig::Udp { address: at(address)? }),
        SourceTable::Gpsd { carries, address } => (carries, SourceConfig::Gpsd { address: at(address)? }),
        SourceTable::Serial { carries: Carries::Nmea, device, baud: Baud::Word(word) } if word == "auto" => {
            (Carries::Nmea, SourceConfig::SerialAuto { device })
        }
        SourceTable::Serial { carries, device, baud: Baud::Rate(baud) } if BAUD.contains(&baud) => {
            (carries, SourceConfig::Serial { device, baud })
        }
        SourceTable::Serial { baud: Baud::Rate(baud), .. } => {
            let problem = format!(
                "{baud} is out of range: {} to {}, mostly 9600, or \"auto\"",
                BAUD.start(),
                BAUD.end()
            );
            return Err(("[[source]] baud", problem));
        }
        SourceTable::Serial { baud: Baud::Word(word), .. } => {
            let problem = format!(
                "{word:?} is no speed: bits per second, mostly 9600; for carries = \"nmea\" \"auto\" searches it"
            );
            return Err(("[[source]] baud", problem));
        }
    })
}
