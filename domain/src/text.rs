//! What every short textual identifier shares: display, serde as text, parsing through `FromStr`.

/// Gives a one-string newtype its `Display`, `AsRef<str>` and serde forms. The type must be `Type(String)` and parse
/// through `FromStr`; reading goes through that same door, so a stored value is checked again.
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
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
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
