//! What every short textual identifier shares: display, serde as text, parsing through `FromStr`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use serde::de::{Deserializer, Visitor};

/// Text of at most `N` bytes that lies in its owner: what every report carries is copied without a heap. It holds no NUL,
/// so the padding orders as the end of a text does.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ShortText<const N: usize>([u8; N]);

impl<const N: usize> ShortText<N> {
    /// The text of some characters; `None` when it is too long or holds a NUL.
    pub(crate) fn of(chars: impl IntoIterator<Item = char>) -> Option<Self> {
        let (mut bytes, mut end) = ([0; N], 0);
        for c in chars.into_iter() {
            let room = bytes.get_mut(end..end + c.len_utf8()).filter(|_| c != '\0')?;
            end += c.encode_utf8(room).len();
        }
        Some(Self(bytes))
    }
}

impl<const N: usize> Deref for ShortText<N> {
    type Target = str;

    fn deref(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(N);
        // Made of whole characters, so it is text.
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for ShortText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Reads a text and parses it, without a copy where the form allows.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
{
    struct Parsing<T>(PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parsing<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Parsing(PhantomData))
}

/// Gives a one-text newtype its `Display`, `AsRef<str>` and serde forms. The type must be `Type(String)` or of a
/// [`ShortText`] and parse through `FromStr`; reading goes through that same door, so a stored value is checked again.
macro_rules! textual {
    ($type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl $type {
            /// The normalised text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                $crate::text::parsed(d)
            }
        }
    };
}

/// Declares a register key: text of 1 to 64 characters without control characters, trimmed.
macro_rules! register_key {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl std::str::FromStr for $type {
            type Err = $crate::id::KeyError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::register_key_text($what, text).map(Self)
            }
        }

        $crate::text::textual!($type);
    };
}

pub(crate) use register_key;
pub(crate) use textual;
