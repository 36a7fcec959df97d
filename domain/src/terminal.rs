//! Device identities: the digits JT/T 808 calls the terminal's phone number, or any maker's serial.

use std::str::FromStr;

use crate::text::ShortText;

/// A terminal's identity: 1 to 30 letters and digits, upper case, leading zeros trimmed. It is a name, never a number:
/// headers pad it with zeros, so it is compared without them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TerminalId(ShortText<TERMINAL_ID_CHARS_MAX>);

/// Why a text is no terminal identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a terminal id: 1 to 30 letters and digits, not all zero, are expected")]
pub struct TerminalIdError {
    text: String,
}

const TERMINAL_ID_CHARS_MAX: usize = 30;

crate::text::textual!(TerminalId);

impl FromStr for TerminalId {
    type Err = TerminalIdError;

    fn from_str(text: &str) -> Result<Self, TerminalIdError> {
        let id = text.trim().trim_start_matches('0');
        let fits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let id = ShortText::of(id.chars().map(|c| c.to_ascii_uppercase())).filter(|_| fits).map(Self);
        id.ok_or_else(|| TerminalIdError { text: text.chars().take(40).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_zeros_do_not_make_another_device() {
        assert_eq!(
            "00000866496077582164".parse::<TerminalId>().unwrap(),
            "866496077582164".parse::<TerminalId>().unwrap()
        );
    }

    #[test]
    fn empty_zero_and_spaced_ids_are_refused() {
        for text in ["", "000", "12 34", "号"] {
            assert!(text.parse::<TerminalId>().is_err(), "{text}");
        }
    }
}
