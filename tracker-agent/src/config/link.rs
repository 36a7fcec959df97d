//! The `[platform]` table: the way to the platform, and how patient and how chatty the agent is on it.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Problem, address};

/// Bounds of `heartbeat_s`: above, mobile networks forget a silent connection.
const HEARTBEAT_S: RangeInclusive<u32> = 5..=600;
/// Bounds of `gather_s`: above, a map is no longer live.
const GATHER_S: RangeInclusive<u32> = 0..=120;
/// Bounds of `gather_max`: what fits one message.
const GATHER_MAX: RangeInclusive<u32> = 1..=20;

/// The way to the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkConfig {
    /// `host:port`.
    pub address: String,
    /// TLS, if the platform speaks it.
    pub tls: Option<TlsConfig>,
    /// A heartbeat is sent when nothing else was for this long, s.
    pub heartbeat_s: u32,
    /// How long a report that is not urgent may wait for others to be sent with, s.
    pub gather_s: u32,
    /// How many that wait are sent without waiting longer.
    pub gather_max: u32,
}

/// How the platform proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// The certificates it is checked against, a PEM file.
    pub ca: PathBuf,
    /// The name in its certificate.
    pub server_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlatformTable {
    address: String,
    #[serde(default)]
    tls: bool,
    ca: Option<PathBuf>,
    server_name: Option<String>,
    #[serde(default = "default_heartbeat_s")]
    heartbeat_s: u32,
    #[serde(default = "default_gather_s")]
    gather_s: u32,
    #[serde(default = "default_gather_max")]
    gather_max: u32,
}

fn default_heartbeat_s() -> u32 {
    120
}

fn default_gather_s() -> u32 {
    90
}

fn default_gather_max() -> u32 {
    8
}

/// Checks the table. Paths in it are relative to `folder`.
pub(super) fn parse(table: PlatformTable, folder: &Path) -> Result<LinkConfig, Problem> {
    let within = |key, value: u32, range: &RangeInclusive<u32>| {
        let problem = || (key, format!("{value} is out of range: {} to {}", range.start(), range.end()));
        if range.contains(&value) { Ok(value) } else { Err(problem()) }
    };
    let heartbeat_s = within("[platform] heartbeat_s", table.heartbeat_s, &HEARTBEAT_S)?;
    let gather_s = within("[platform] gather_s", table.gather_s, &GATHER_S)?;
    let gather_max = within("[platform] gather_max", table.gather_max, &GATHER_MAX)?;
    let address = address(table.address).map_err(|problem| ("[platform] address", problem))?;
    let tls = match (table.tls, table.ca) {
        (true, Some(ca)) => {
            let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
            let server_name = table.server_name.unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
            Some(TlsConfig { ca: folder.join(ca), server_name })
        }
        (true, None) => {
            let problem =
                "tls = true needs ca, the PEM file of the certificates the platform is checked against";
            return Err(("[platform] ca", problem.into()));
        }
        (false, None) if table.server_name.is_none() => None,
        (false, _) => {
            return Err(("[platform] tls", "ca and server_name mean nothing without tls = true".into()));
        }
    };
    Ok(LinkConfig { address, tls, heartbeat_s, gather_s, gather_max })
}
