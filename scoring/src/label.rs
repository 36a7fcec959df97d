//! The free texts of a ledger entry, each with a named maximum and without control characters.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest [`Label`], in characters.
pub const LABEL_CHARS_MAX: usize = 64;
/// Longest [`Note`], in characters.
pub const NOTE_CHARS_MAX: usize = 1000;

/// A case number, decision number or officer's name: 1 to [`LABEL_CHARS_MAX`] characters, trimmed. A copy shares the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(Arc<str>);

/// A remark: 0 to [`NOTE_CHARS_MAX`] characters, trimmed. A copy shares the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Note(Arc<str>);

/// Why a text is neither label nor note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A label without characters.
    #[error("the text is empty")]
    Empty,
    /// Too long.
    #[error("the text has {chars} characters, at most {chars_max} are taken")]
    TooLong {
        /// Its length.
        chars: usize,
        /// The maximum.
        chars_max: usize,
    },
    /// A line break, tab or other control character.
    #[error("the text holds a control character")]
    ControlCharacter,
}

fn parse(text: &str, chars_max: usize) -> Result<Arc<str>, TextError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars > chars_max {
        Err(TextError::TooLong { chars, chars_max })
    } else if text.chars().any(char::is_control) {
        Err(TextError::ControlCharacter)
    } else {
        Ok(text.into())
    }
}

impl FromStr for Label {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match parse(text, LABEL_CHARS_MAX)? {
            text if text.is_empty() => Err(TextError::Empty),
            text => Ok(Self(text)),
        }
    }
}

impl FromStr for Note {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse(text, NOTE_CHARS_MAX).map(Self)
    }
}

/// Display, text access and serde for both; reading goes through `FromStr`, so a stored text is checked again.
macro_rules! as_text {
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

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Label);
as_text!(Note);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_trimmed_bounded_and_never_empty() {
        assert_eq!(" 新密城管〔2026〕7号 ".parse::<Label>().unwrap().as_str(), "新密城管〔2026〕7号");
        assert_eq!("  ".parse::<Label>(), Err(TextError::Empty));
        assert_eq!("a\nb".parse::<Label>(), Err(TextError::ControlCharacter));
        assert!("字".repeat(LABEL_CHARS_MAX).parse::<Label>().is_ok());
        assert!("字".repeat(LABEL_CHARS_MAX + 1).parse::<Label>().is_err());
    }

    #[test]
    fn a_note_may_be_empty_but_not_endless() {
        assert_eq!("".parse::<Note>().unwrap(), Note::default());
        assert!("x".repeat(NOTE_CHARS_MAX + 1).parse::<Note>().is_err());
    }
}
