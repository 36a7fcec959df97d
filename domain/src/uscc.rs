//! The unified social credit code (统一社会信用代码), GB 32100-2015.

use std::str::FromStr;

/// An 18-character unified social credit code, upper case. A failed check digit does not refuse it: genuine codes of
/// the first pilots fail theirs, so [`Uscc::check`] tells and a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uscc(String);

/// What the last character says about the other 17.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsccCheck {
    /// The check digit fits.
    Fits,
    /// It does not: warn, do not refuse.
    Differs {
        /// The check character the first 17 would have.
        expected: char,
    },
}

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a unified social credit code: 18 characters of 0-9 and A-Z without I, O, S, V, Z are expected"
)]
pub struct UsccError {
    text: String,
}

/// Character values of GB 32100-2015 table 1: the value is the index.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_CHARS: usize = 18;

crate::text::textual!(Uscc);

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Self, UsccError> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == USCC_CHARS && code.bytes().all(|b| ALPHABET.contains(&b)) {
            Ok(Self(code))
        } else {
            Err(UsccError { text: text.chars().take(40).collect() })
        }
    }
}

impl Uscc {
    /// Compares the check digit: weights 3^i mod 31 over the first 17, check = (31 - sum mod 31) mod 31.
    pub fn check(&self) -> UsccCheck {
        let bytes = self.0.as_bytes();
        let mut weight = 1;
        let mut sum = 0;
        for byte in &bytes[..USCC_CHARS - 1] {
            let value = ALPHABET.iter().position(|b| b == byte).unwrap_or(0);
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        let expected = ALPHABET[(31 - sum % 31) % 31];
        if bytes[USCC_CHARS - 1] == expected {
            UsccCheck::Fits
        } else {
            UsccCheck::Differs { expected: char::from(expected) }
        }
    }

    /// Completes 17 characters with their check digit: how made-up companies get a well-formed code.
    pub fn with_check_digit(first_17: &str) -> Result<Self, UsccError> {
        let draft: Self = format!("{first_17}0").parse()?;
        match draft.check() {
            UsccCheck::Fits => Ok(draft),
            UsccCheck::Differs { expected } => format!("{first_17}{expected}").parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_fit_their_check_digit() {
        for code in ["91350100M000100Y43", "91350200MA2YJ1XR9G", "91440101ma5cjq4n59"] {
            assert_eq!(code.parse::<Uscc>().unwrap().check(), UsccCheck::Fits, "{code}");
        }
    }

    #[test]
    fn genuine_codes_of_the_early_pilots_are_kept_with_a_warning() {
        for code in ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"] {
            assert!(matches!(code.parse::<Uscc>().unwrap().check(), UsccCheck::Differs { .. }), "{code}");
        }
    }

    #[test]
    fn wrong_length_or_letter_is_refused() {
        for code in
            ["", "91350100M000100Y4", "91350100M000100Y433", "91350100I000100Y43", "９1350100M000100Y43"]
        {
            assert!(code.parse::<Uscc>().is_err(), "{code}");
        }
    }

    #[test]
    fn a_made_up_code_is_completed() {
        assert_eq!(Uscc::with_check_digit("91350100M000100Y4").unwrap().as_str(), "91350100M000100Y43");
    }
}
