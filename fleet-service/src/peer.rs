//! What the service calls by itself: fixed readers and superior platforms. Their names and addresses, the file they are
//! configured in, and the pauses between calls.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// Largest configuration file read, bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Longest name.
const NAME_CHARS_MAX: usize = 64;

/// What a peer is called in the configuration, in logs and in `/metrics`: 1 to 64 characters without quotes, backslashes
/// and control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerName(String);

/// `host:port`, looked up at each call: the network may come later than the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PeerAddress(String);

/// Why a text is no name or address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: {expected}")]
pub struct PeerTextError {
    text: String,
    what: &'static str,
    expected: &'static str,
}

impl FromStr for PeerName {
    type Err = PeerTextError;

    fn from_str(text: &str) -> Result<Self, PeerTextError> {
        let name = text.trim();
        let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
            && !name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'));
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(error(text, "name", "1 to 64 characters without quotes"))
        }
    }
}

impl FromStr for PeerAddress {
    type Err = PeerTextError;

    fn from_str(text: &str) -> Result<Self, PeerTextError> {
        let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty() && !host.contains(' '));
        match port.and_then(|(_, port)| port.parse().ok()) {
            Some(1u16..) => Ok(Self(text.to_owned())),
            _ => Err(error(text, "address", "host:port is expected, as 10.0.0.7:5084")),
        }
    }
}

fn error(text: &str, what: &'static str, expected: &'static str) -> PeerTextError {
    PeerTextError { text: text.chars().take(80).collect(), what, expected }
}

macro_rules! peer_text {
    ($type:ty) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

peer_text!(PeerName);
peer_text!(PeerAddress);

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerFileError {
    /// It cannot be read.
    #[error("the file {} given with {option} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// How it was given.
        option: &'static str,
        /// Why.
        #[source]
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
    /// Not what it should hold.
    #[error("{} cannot be used", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// A value that cannot be.
    #[error("{}: {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// What to change.
        problem: String,
    },
}

/// Reads a configuration file.
pub fn read_file<T: DeserializeOwned>(path: &Path, option: &'static str) -> Result<T, PeerFileError> {
    let read = |source| PeerFileError::Read { path: path.to_owned(), option, source };
    let bytes = std::fs::metadata(path).map_err(read)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(PeerFileError::TooLarge { path: path.to_owned(), bytes });
    }
    let text = std::fs::read_to_string(path).map_err(read)?;
    toml::from_str(&text).map_err(|source| PeerFileError::Content { path: path.to_owned(), source })
}

/// Pauses between calls: 1, 2, 4 … seconds up to a longest one, from 1 again after a success.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    longest_s: u64,
    next_s: u64,
}

impl Backoff {
    /// Pauses of at most `longest_s` seconds.
    pub fn up_to_s(longest_s: u64) -> Self {
        Self { longest_s, next_s: 1 }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let pause_s = self.next_s.min(self.longest_s);
        self.next_s = pause_s.saturating_mul(2);
        Duration::from_secs(pause_s)
    }

    /// A call went well.
    pub fn succeeded(&mut self) {
        self.next_s = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_checked_when_they_are_read() {
        for name in ["north gate", "北门", " x "] {
            assert!(name.parse::<PeerName>().is_ok(), "{name}");
        }
        for name in ["", "  ", "a\"b", "a\\b", "a\nb", &"长".repeat(65)] {
            assert!(name.parse::<PeerName>().is_err(), "{name}");
        }
        for address in ["10.0.0.7:5084", "reader.lan:1", "[::1]:9"] {
            assert!(address.parse::<PeerAddress>().is_ok(), "{address}");
        }
        for address in ["", "10.0.0.7", ":5084", "x:0", "x:70000", "a b:1"] {
            assert!(address.parse::<PeerAddress>().is_err(), "{address}");
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::up_to_s(10);
        let seconds: Vec<u64> = (0..6).map(|_| backoff.pause().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
        backoff.succeeded();
        assert_eq!(backoff.pause().as_secs(), 1);
    }
}
