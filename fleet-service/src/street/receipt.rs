//! The number a tip is looked up by: 60 random bits in twelve letters and digits that cannot be taken for one another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Crockford's 32 letters and digits: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters and digits of a receipt.
const LENGTH: usize = 12;
/// Random bytes one is made of; five bits of each are used.
pub const RANDOM_BYTES: usize = LENGTH;

/// A receipt, written `7K3M-9QXZ-0A2B`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Receipt(String);

/// A text is no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a receipt has twelve letters and digits, as 7K3M-9QXZ-0A2B")]
pub struct ReceiptError;

impl Receipt {
    /// The receipt made of random bytes.
    pub fn of_random(bytes: [u8; RANDOM_BYTES]) -> Self {
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    }

    /// As stored: without dashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    /// Reads what a person typed: dashes and blanks fall out, small letters are raised, O is 0 and I and L are 1.
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let mut letters = String::with_capacity(LENGTH);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if letters.len() >= LENGTH || !ALPHABET.iter().any(|known| char::from(*known) == c) {
                return Err(ReceiptError);
            }
            letters.push(c);
        }
        if letters.len() == LENGTH { Ok(Self(letters)) } else { Err(ReceiptError) }
    }
}

impl TryFrom<String> for Receipt {
    type Error = ReceiptError;

    fn try_from(text: String) -> Result<Self, ReceiptError> {
        text.parse()
    }
}

impl From<Receipt> for String {
    fn from(receipt: Receipt) -> Self {
        receipt.to_string()
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_however_a_person_writes_it() {
        let receipt = Receipt::of_random([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]);
        assert_eq!(receipt.to_string(), "0123-4567-89AZ");
        for text in ["0123-4567-89AZ", "0123456789az", " o i 2 3 4567 89-AZ"] {
            assert_eq!(text.parse(), Ok(receipt.clone()), "{text}");
        }
        for text in ["", "0123", "0123-4567-89A", "0123-4567-89AZ0", "0123-4567-89AU", "0123-4567-89A渣"] {
            assert_eq!(text.parse::<Receipt>(), Err(ReceiptError), "{text}");
        }
    }
}
