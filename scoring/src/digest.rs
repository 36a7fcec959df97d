//! The two digests of an entry: the hash that chains it, and the id that makes posting idempotent. Both are cut from
//! SHA-256 and written in lower-case hexadecimal.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text is no digest of the wanted length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: {hex_chars} lower-case hexadecimal characters are expected")]
pub struct DigestError {
    what: &'static str,
    hex_chars: usize,
    text: String,
}

macro_rules! digest {
    ($(#[$doc:meta])* $type:ident, $what:literal, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type([u8; $bytes]);

        impl $type {
            /// Takes the bytes as they are.
            pub fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; $bytes] {
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
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::str::FromStr for $type {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                let mut bytes = [0; $bytes];
                match read_lower_hex(text, &mut bytes) {
                    Some(()) => Ok(Self(bytes)),
                    None => Err(DigestError {
                        what: $what,
                        hex_chars: $bytes * 2,
                        text: text.chars().take(80).collect(),
                    }),
                }
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&hex::encode(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digest!(
    /// SHA-256 over an entry's canonical encoding; 64 hexadecimal characters.
    EntryHash, "entry hash", 32
);
digest!(
    /// An entry by what it is about: its kind with its case number, or with its company, cycle and references.
    /// 32 hexadecimal characters.
    EntryId, "entry id", 16
);

impl EntryHash {
    /// What the first entry of a ledger names as its predecessor: 32 zero bytes.
    pub const NONE: Self = Self([0; 32]);
}

/// Digests are written in lower case; one in upper case is not the text a ledger holds.
fn read_lower_hex(text: &str, into: &mut [u8]) -> Option<()> {
    let is_lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (is_lower && hex::decode_to_slice(text, into).is_ok()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_text_and_refuses_anything_else() {
        let id = EntryId::from_bytes([0xa5; 16]);
        assert_eq!(id.to_string().parse::<EntryId>().unwrap(), id);
        for bad in ["", "a5", &"A5".repeat(16), &"g0".repeat(16), &"a5".repeat(17)] {
            assert!(bad.parse::<EntryId>().is_err(), "{bad}");
        }
    }
}
