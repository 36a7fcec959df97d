//! The configuration file. What is read is checked whole before anything is opened; an unknown key is refused, as it
//! is mostly a known one misspelt. `agent.example.toml` beside the crate documents every field.

mod link;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::{Plate, PlateColour, TerminalId};
use serde::Deserialize;

use crate::date::DatePolicy;
use crate::pipeline::PipelineConfig;
use crate::rfid::RfidConfig;
use crate::rfid::config::RfidTable;
use crate::sampler::SamplerConfig;
use crate::signals::config::{self as signals, BodyConfig, BodyTable, SignalTable};
use crate::spool::SpoolConfig;
use link::PlatformTable;
pub use link::{LinkConfig, TlsConfig};
use sources::SourceTable;
pub use sources::{SourceConfig, check_replay_speed};

/// Largest configuration file read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Bounds of `[spool] days_max`.
const SPOOL_DAYS: std::ops::RangeInclusive<u32> = 1..=366;
/// Bounds of `[spool] bytes_max`: below, a few minutes fill it.
const SPOOL_BYTES: std::ops::RangeInclusive<u64> = 1024 * 1024..=64 * 1024 * 1024 * 1024;
/// A spool has this many segments when full, at least.
const SEGMENTS_MIN: u64 = 8;
const SEGMENT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// JT/T 808 identity.
    pub terminal: TerminalId,
    /// The truck.
    pub plate: Plate,
    /// Its plate's colour.
    pub plate_colour: PlateColour,
    /// The way to the platform.
    pub link: LinkConfig,
    /// Where the status page is served, on this machine alone.
    pub status: Option<SocketAddr>,
    /// The receivers; one at least, and a recording alone.
    pub receivers: Vec<SourceConfig>,
    /// The RFID reader, if there is one.
    pub rfid: Option<SourceConfig>,
    /// How it is spoken to and its tags are treated.
    pub rfid_reader: RfidConfig,
    /// The body's signals.
    pub body: BodyConfig,
    /// Which dates are believed.
    pub dates: DatePolicy,
    /// When to report.
    pub sampler: SamplerConfig,
    /// Where the spool is.
    pub spool_directory: PathBuf,
    /// How much it may hold.
    pub spool: SpoolConfig,
}

impl Config {
    /// Replays the recording at another speed than the file says; nothing for a live source.
    pub fn replay_at(&mut self, wanted: f64) {
        for receiver in &mut self.receivers {
            if let SourceConfig::Replay { speed, .. } = receiver {
                *speed = wanted;
            }
        }
    }
}

/// Why a configuration cannot be used. Each names the file and what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: give an existing file with --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Larger than a configuration can be.
    #[error("{} has {bytes} bytes, a configuration has at most {FILE_BYTES_MAX}: is it the right file?", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Not TOML, or an unknown, missing or mistyped key; the source names line and key.
    #[error("the configuration {} does not have the expected form", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A key holds what it must not.
    #[error("{}: {key}: {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What is wrong and what to write instead.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    terminal: TerminalTable,
    platform: PlatformTable,
    #[serde(default, rename = "source")]
    sources: Vec<SourceTable>,
    #[serde(default)]
    rfid: RfidTable,
    #[serde(default)]
    body: BodyTable,
    #[serde(default, rename = "signal")]
    signals: Vec<SignalTable>,
    #[serde(default)]
    dates: DatesTable,
    #[serde(default)]
    sampler: SamplerTable,
    #[serde(default)]
    spool: SpoolTable,
    #[serde(default)]
    status: StatusTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalTable {
    id: String,
    plate: String,
    plate_colour: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct StatusTable {
    listen: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct DatesTable {
    #[serde(default)]
    as_recorded: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SamplerTable {
    interval_moving_s: u32,
    interval_parked_s: u32,
    distance_m: u32,
    turn_deg: u32,
    parked_speed_kmh: u32,
}

impl Default for SamplerTable {
    fn default() -> Self {
        let config = SamplerConfig::default();
        Self {
            interval_moving_s: config.interval_moving_s,
            interval_parked_s: config.interval_parked_s,
            distance_m: config.distance_m.unwrap_or(0),
            turn_deg: config.turn_deg,
            parked_speed_kmh: config.parked_speed_kmh,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SpoolTable {
    directory: PathBuf,
    bytes_max: u64,
    days_max: u32,
}

impl Default for SpoolTable {
    fn default() -> Self {
        let SpoolConfig { bytes_max, days_max, .. } = SpoolConfig::default();
        Self { directory: "spool".into(), bytes_max, days_max }
    }
}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let error = |source| ConfigError::Read { path: path.to_owned(), source };
        let bytes = std::fs::metadata(path).map_err(error)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(ConfigError::TooLarge { path: path.to_owned(), bytes });
        }
        Self::parse(&std::fs::read_to_string(path).map_err(error)?, path)
    }

    /// Checks the text of a file. `path` stands in errors and its folder before relative paths.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text)
            .map_err(|source| ConfigError::Form { path: path.to_owned(), source: Box::new(source) })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let value = |key, problem| ConfigError::Value { path: path.to_owned(), key, problem };
        let (receivers, rfid) =
            sources::parse(file.sources, folder).map_err(|(key, problem)| value(key, problem))?;
        let is_recording = receivers.iter().any(SourceConfig::is_recording);
        let on_serial = matches!(rfid, Some(SourceConfig::Serial { .. }));
        let rfid_reader = file.rfid.checked(on_serial).map_err(|(key, problem)| value(key, problem))?;
        let body = signals::checked(file.body, file.signals).map_err(|(key, problem)| value(key, problem))?;
        if !body.signals.is_empty() && is_recording {
            let problem =
                "wires and buses are of today and a recording is not: remove them, or use a live receiver";
            return Err(value("[[signal]]", problem.into()));
        }
        let bytes_max = file.spool.bytes_max;
        if !SPOOL_BYTES.contains(&bytes_max) {
            let problem = format!(
                "{bytes_max} is out of range: {} to {} bytes",
                SPOOL_BYTES.start(),
                SPOOL_BYTES.end()
            );
            return Err(value("[spool] bytes_max", problem));
        }
        let days_max = file.spool.days_max;
        if !SPOOL_DAYS.contains(&days_max) {
            let problem =
                format!("{days_max} is out of range: {} to {}", SPOOL_DAYS.start(), SPOOL_DAYS.end());
            return Err(value("[spool] days_max", problem));
        }
        let dates = if file.dates.as_recorded { DatePolicy::AsRecorded } else { DatePolicy::Live };
        if dates == DatePolicy::AsRecorded && !is_recording {
            let problem =
                "only a recording (kind = \"replay\") may have old dates; remove it or set it to false";
            return Err(value("[dates] as_recorded", problem.into()));
        }
        Ok(Self {
            terminal: parsed(&file.terminal.id).map_err(|problem| value("[terminal] id", problem))?,
            plate: parsed(&file.terminal.plate).map_err(|problem| value("[terminal] plate", problem))?,
            plate_colour: parsed(&file.terminal.plate_colour)
                .map_err(|problem| value("[terminal] plate_colour", problem))?,
            link: link::parse(file.platform, folder).map_err(|(key, problem)| value(key, problem))?,
            status: status(file.status).map_err(|problem| value("[status] listen", problem))?,
            receivers,
            rfid,
            rfid_reader,
            body,
            dates,
            sampler: sampler(&file.sampler).map_err(|(key, problem)| value(key, problem))?,
            spool_directory: folder.join(file.spool.directory),
            spool: SpoolConfig {
                bytes_max,
                segment_bytes: (bytes_max / SEGMENTS_MIN).min(SEGMENT_BYTES_MAX),
                days_max,
            },
        })
    }

    /// How the pipeline of this truck works.
    pub fn pipeline(&self) -> PipelineConfig {
        PipelineConfig {
            plate: self.plate.clone(),
            terminal: self.terminal.clone(),
            dates: self.dates,
            sampler: self.sampler,
            reader: self.rfid_reader.family,
            tags: self.rfid_reader.rules.clone(),
            body: self.body.clone(),
            live: !self.receivers.iter().any(SourceConfig::is_recording),
        }
    }
}

type Problem = (&'static str, String);

fn sampler(table: &SamplerTable) -> Result<SamplerConfig, Problem> {
    let within = |key, value: u32, range: std::ops::RangeInclusive<u32>| {
        if range.contains(&value) {
            Ok(value)
        } else {
            Err((key, format!("{value} is out of range: {} to {}", range.start(), range.end())))
        }
    };
    Ok(SamplerConfig {
        interval_moving_s: within("[sampler] interval_moving_s", table.interval_moving_s, 1..=300)?,
        interval_parked_s: within("[sampler] interval_parked_s", table.interval_parked_s, 1..=3600)?,
        distance_m: match table.distance_m {
            0 => None,
            metres => Some(within("[sampler] distance_m", metres, 10..=10_000)?),
        },
        turn_deg: within("[sampler] turn_deg", table.turn_deg, 5..=180)?,
        parked_speed_kmh: within("[sampler] parked_speed_kmh", table.parked_speed_kmh, 0..=20)?,
        speed_limit: None,
    })
}

/// The page shows where the truck is: it is for who sits at the machine, and other addresses are refused.
fn status(table: StatusTable) -> Result<Option<SocketAddr>, String> {
    let Some(text) = table.listen else { return Ok(None) };
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(Some(address)),
        Ok(_) => Err(format!("{text} can be reached from other machines: use 127.0.0.1 or [::1]")),
        Err(_no_address) => Err(format!("{text:?} is no address: as 127.0.0.1:8809")),
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// `host:port`, not looked up yet: the network may come later than the agent.
fn address(text: String) -> Result<String, String> {
    let port =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse().ok());
    match port {
        Some(1u16..) => Ok(text),
        _ => Err(format!("{text:?} is no address: host:port is expected, as 127.0.0.1:8808")),
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
