//! What a truck's body and device say about themselves. `unknown` is a value of its own: no sensor, no accusation.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word outside a fixed vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}; known: {known}")]
pub struct UnknownWord {
    what: &'static str,
    text: String,
    known: &'static str,
}

impl UnknownWord {
    pub(crate) fn new(what: &'static str, text: &str, known: &'static str) -> Self {
        Self { what, text: text.chars().take(40).collect(), known }
    }
}

/// An enum that is a word in files and on the wire between programs: parse, name, list.
macro_rules! words {
    ($(#[$doc:meta])* $type:ident, $what:literal, $known:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in files.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl FromStr for $type {
            type Err = $crate::signal::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.trim() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::signal::UnknownWord::new($what, text, $known)),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words!(
    /// How loaded the body is.
    Load, "load", "empty, half, full, over, unknown", {
        /// Nothing in the body.
        Empty = "empty",
        /// Partly loaded.
        Half = "half",
        /// Loaded.
        Full = "full",
        /// Above the rated load.
        Over = "over",
        /// No sensor, or it says nothing.
        Unknown = "unknown",
    }
);
words!(
    /// The body's cover.
    Lid, "lid", "closed, open, unknown", {
        /// Sealed.
        Closed = "closed",
        /// Not sealed.
        Open = "open",
        /// No sensor, or it says nothing.
        Unknown = "unknown",
    }
);
words!(
    /// The tipping body.
    Lift, "lift", "flat, raised, unknown", {
        /// Down.
        Flat = "flat",
        /// Tipped.
        Raised = "raised",
        /// No sensor, or it says nothing.
        Unknown = "unknown",
    }
);
words!(
    /// The positioning antenna.
    Antenna, "antenna", "ok, open, short, unknown", {
        /// Connected.
        Ok = "ok",
        /// Cut or unplugged.
        Open = "open",
        /// Short-circuited.
        Short = "short",
        /// Not told.
        Unknown = "unknown",
    }
);
words!(
    /// The terminal's main power.
    Power, "power", "ok, low, lost, unknown", {
        /// Normal.
        Ok = "ok",
        /// Under-voltage.
        Low = "low",
        /// Cut: the terminal runs from its own battery.
        Lost = "lost",
        /// Not told.
        Unknown = "unknown",
    }
);
words!(
    /// What the receiver says its position rests on.
    FixKind, "fix", "3d, 2d, none", {
        /// No fix: the position places nothing.
        None = "none",
        /// Three satellites.
        D2 = "2d",
        /// Four or more.
        D3 = "3d",
    }
);

macro_rules! unknown_by_default {
    ($($type:ident),+) => {
        $(impl Default for $type {
            fn default() -> Self {
                Self::Unknown
            }
        })+
    };
}
unknown_by_default!(Load, Lid, Lift, Antenna, Power);

impl Load {
    /// Half, full or over. `None` when unknown.
    pub fn is_loaded(self) -> Option<bool> {
        match self {
            Self::Empty => Some(false),
            Self::Half | Self::Full | Self::Over => Some(true),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written_alike() {
        for load in Load::ALL {
            assert_eq!(load.word().parse::<Load>().unwrap(), *load);
        }
        assert!("voll".parse::<Load>().unwrap_err().to_string().contains("empty"));
    }
}
