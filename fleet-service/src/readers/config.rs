//! The file given with `serve --readers`:
//!
//! ```toml
//! [[reader]]
//! name = "北门"                 # what this unit is called
//! address = "10.0.0.7:5084"
//! antennas = { 1 = "G1-IN", 2 = "G1-OUT" }   # antenna port = reader id of readers.csv
//!
//! [[reader]]
//! name = "wash bay"
//! address = "10.0.0.8:5084"
//! reader = "W1"                 # every antenna is this reader
//! clock = "reader"              # times by the reader's own clock; the service's when absent
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use domain::ReaderId;
use serde::Deserialize;

use crate::peer::{PeerAddress, PeerFileError, PeerName, read_file};

/// Most reader units.
pub const UNITS_MAX: usize = 256;
/// Most antenna ports of a unit.
pub const ANTENNAS_MAX: usize = 64;

/// Whose clock stamps a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadClock {
    /// The service's, when the report comes in. A gate reader reports at once over a local network, and its own clock
    /// stands at 1970 after a power cut until something sets it.
    #[default]
    Service,
    /// The reader's own: for readers that keep time by NTP behind a slow link.
    Reader,
}

/// Which antenna is which reader of `readers.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Antennas {
    /// Every port is one reader.
    All(ReaderId),
    /// Only these ports are read.
    Ports(BTreeMap<u16, ReaderId>),
}

impl Antennas {
    /// The reader of a port; a report that names no port is the unit's only reader, if it has one.
    pub fn reader(&self, port: Option<u16>) -> Option<&ReaderId> {
        match (self, port) {
            (Self::All(reader), _) => Some(reader),
            (Self::Ports(ports), Some(port)) => ports.get(&port),
            (Self::Ports(ports), None) => ports.values().next().filter(|_| ports.len() == 1),
        }
    }

    /// The ports to read at; empty means every one.
    pub fn ports(&self) -> Vec<u16> {
        match self {
            Self::All(_) => Vec::new(),
            Self::Ports(ports) => ports.keys().copied().collect(),
        }
    }

    /// Every reader, by port.
    pub fn readers(&self) -> Vec<&ReaderId> {
        match self {
            Self::All(reader) => vec![reader],
            Self::Ports(ports) => ports.values().collect(),
        }
    }
}

/// One reader unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitConfig {
    /// What it is called.
    pub name: PeerName,
    /// Where it listens.
    pub address: PeerAddress,
    /// Which antenna is which reader.
    pub antennas: Antennas,
    /// Whose clock stamps reads.
    pub clock: ReadClock,
}

/// Every reader unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadersConfig {
    /// In the order of the file.
    pub units: Vec<UnitConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "reader")]
    readers: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: PeerName,
    address: PeerAddress,
    reader: Option<ReaderId>,
    #[serde(default)]
    antennas: BTreeMap<String, ReaderId>,
    #[serde(default)]
    clock: ReadClock,
}

impl ReadersConfig {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`PeerFileError`] that names the file and what to change.
    pub fn read(path: &Path) -> Result<Self, PeerFileError> {
        let file: File = read_file(path, "--readers")?;
        Self::checked(file).map_err(|problem| PeerFileError::Value { path: path.to_owned(), problem })
    }

    fn checked(file: File) -> Result<Self, String> {
        if file.readers.len() > UNITS_MAX {
            return Err(format!(
                "{} readers are given, at most {UNITS_MAX} are listened to",
                file.readers.len()
            ));
        }
        let mut units: Vec<UnitConfig> = Vec::with_capacity(file.readers.len());
        for table in file.readers {
            if units.iter().any(|unit| unit.name == table.name) {
                return Err(format!("two readers are called {}: give each its own name", table.name));
            }
            if units.iter().any(|unit| unit.address == table.address) {
                return Err(format!(
                    "two readers have the address {}: a reader serves one connection; list its antennas in one entry",
                    table.address
                ));
            }
            units.push(unit(table)?);
        }
        Ok(Self { units })
    }
}

fn unit(table: Table) -> Result<UnitConfig, String> {
    let name = table.name;
    let antennas = match (table.reader, table.antennas) {
        (Some(reader), ports) if ports.is_empty() => Antennas::All(reader),
        (None, ports) if (1..=ANTENNAS_MAX).contains(&ports.len()) => {
            let port = |text: &str| match text.parse() {
                Ok(port @ 1u16..) => Ok(port),
                _ => Err(format!("reader {name}: {text:?} is no antenna port: 1, 2, 3 … are expected")),
            };
            let ports = ports.into_iter().map(|(text, reader)| Ok((port(&text)?, reader)));
            Antennas::Ports(ports.collect::<Result<_, String>>()?)
        }
        _ => {
            return Err(format!(
                "reader {name}: give either `reader` for every antenna, or `antennas` with 1 to {ANTENNAS_MAX} ports"
            ));
        }
    };
    Ok(UnitConfig { name, address: table.address, antennas, clock: table.clock })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ReadersConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readers.toml");
        std::fs::write(&path, text).unwrap();
        ReadersConfig::read(&path).map_err(|error| crate::sentence(&error))
    }

    #[test]
    fn ports_are_readers_and_one_reader_may_be_every_port() {
        let config = read(
            "[[reader]]\nname = \"北门\"\naddress = \"10.0.0.7:5084\"\nantennas = { 1 = \"G1\", 2 = \"G2\" }\n\
             [[reader]]\nname = \"wash\"\naddress = \"10.0.0.8:5084\"\nreader = \"W1\"\nclock = \"reader\"\n",
        )
        .unwrap();
        let [gate, wash] = config.units.as_slice() else { panic!() };
        assert_eq!((gate.antennas.ports(), gate.clock), (vec![1, 2], ReadClock::Service));
        let of = |unit: &UnitConfig, port| unit.antennas.reader(port).map(ToString::to_string);
        assert_eq!(
            [Some(1), Some(2), Some(3), None].map(|port| of(gate, port)).map(|r| r.unwrap_or_default()),
            ["G1", "G2", "", ""]
        );
        assert_eq!((of(wash, None).as_deref(), wash.clock), (Some("W1"), ReadClock::Reader));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_change() {
        let entry = |rest: &str| format!("[[reader]]\nname = \"a\"\naddress = \"h:1\"\n{rest}\n");
        let twice = |name: &str, address: &str| {
            format!(
                "{}[[reader]]\nname = \"{name}\"\naddress = \"{address}\"\nreader = \"x\"\n",
                entry("reader = \"x\"")
            )
        };
        for (text, expected) in [
            (entry(""), "either `reader`"),
            (entry("reader = \"x\"\nantennas = { 1 = \"y\" }"), "either `reader`"),
            (entry("antennas = { 0 = \"y\" }"), "no antenna port"),
            (entry("reader = \"x\"\ncolour = 1"), "unknown field"),
            (twice("a", "h:2"), "two readers are called a"),
            (twice("b", "h:1"), "two readers have the address"),
            ("[[reader]]\nname = \"a\"\naddress = \"h\"\nreader = \"x\"".to_owned(), "host:port"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
