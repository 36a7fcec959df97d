//! Deterministic identifiers: the same facts give the same id in every run, live or replayed.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Longest register key (site, zone, route, permit, reader), in characters.
pub const REGISTER_KEY_CHARS_MAX: usize = 64;

/// Why a text is no register key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing but blanks.
    #[error("{what} is empty")]
    Empty {
        /// Which key.
        what: &'static str,
    },
    /// Longer than [`REGISTER_KEY_CHARS_MAX`].
    #[error("{what} has {chars} characters, at most {REGISTER_KEY_CHARS_MAX} are taken")]
    TooLong {
        /// Which key.
        what: &'static str,
        /// Its length.
        chars: usize,
    },
    /// A line break, tab or other control character inside.
    #[error("{what} holds a control character")]
    ControlCharacter {
        /// Which key.
        what: &'static str,
    },
}

pub(crate) fn register_key_text(what: &'static str, text: &str) -> Result<String, KeyError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 {
        Err(KeyError::Empty { what })
    } else if chars > REGISTER_KEY_CHARS_MAX {
        Err(KeyError::TooLong { what, chars })
    } else if text.chars().any(char::is_control) {
        Err(KeyError::ControlCharacter { what })
    } else {
        Ok(text.to_owned())
    }
}

/// A text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what} id: {hex_chars} lower-case hexadecimal characters are expected")]
pub struct IdError {
    what: &'static str,
    hex_chars: usize,
    text: String,
}

/// Declares an id of `$bytes` bytes, cut from a SHA-256 over the facts that make the thing what it is.
macro_rules! hashed_id {
    ($(#[$doc:meta])* $type:ident, $what:literal, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type([u8; $bytes]);

        impl $type {
            /// The id of the thing these facts describe. Each part is preceded by its length, so no two lists of
            /// parts share an encoding.
            pub fn of_facts(parts: &[&[u8]]) -> Self {
                let mut hasher = Sha256::new();
                hasher.update($what.as_bytes());
                for part in parts {
                    hasher.update((part.len() as u64).to_be_bytes());
                    hasher.update(part);
                }
                let digest = hasher.finalize();
                let mut id = [0; $bytes];
                id.copy_from_slice(&digest[..$bytes]);
                Self(id)
            }

            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }

        impl std::str::FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = || IdError { what: $what, hex_chars: $bytes * 2, text: text.chars().take(80).collect() };
                let mut id = [0; $bytes];
                read_lower_hex(text, &mut id).ok_or_else(error)?;
                Ok(Self(id))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.to_string())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hashed_id!(
    /// A report, by everything it says except when the platform received it.
    ReportId, "report", 16
);
hashed_id!(
    /// A haul, by truck and departure.
    HaulId, "haul", 10
);
hashed_id!(
    /// A violation, by rule, truck and what it is one of (haul, stretch, unloading).
    ViolationId, "violation", 10
);

/// Ids are written in lower case; one in upper case is not the text this project wrote.
fn read_lower_hex(text: &str, into: &mut [u8]) -> Option<()> {
    let is_lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (is_lower && hex::decode_to_slice(text, into).is_ok()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_facts_give_the_same_id_and_a_shifted_border_gives_another() {
        assert_eq!(HaulId::of_facts(&[b"ab", b"c"]), HaulId::of_facts(&[b"ab", b"c"]));
        assert_ne!(HaulId::of_facts(&[b"ab", b"c"]), HaulId::of_facts(&[b"a", b"bc"]));
    }

    #[test]
    fn an_id_survives_text_and_refuses_anything_else() {
        let id = ViolationId::of_facts(&[b"UW-01"]);
        assert_eq!(id.to_string().parse::<ViolationId>().unwrap(), id);
        for bad in ["", "zz", "00", &"A".repeat(20), &"é".repeat(10)] {
            assert!(bad.parse::<ViolationId>().is_err(), "{bad}");
        }
    }
}
