//! LLRPStatus (parameter 287): what a reader says to a command (LLRP 1.1 §14.2.1).

use std::fmt;

use super::param::{Params, counted_text, kind, read_counted_text, tlv};

/// A reader's word on a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// 0 is success.
    pub code: u16,
    /// The reader's own words; often empty.
    pub description: String,
}

/// Codes with their meaning (LLRP 1.1 §14.1).
const WORDS: [(u16, &str); 22] = [
    (0, "success"),
    (100, "a parameter of the message is wrong"),
    (101, "a field of the message is wrong"),
    (102, "a parameter was not expected"),
    (103, "a parameter is missing"),
    (104, "a parameter is given twice"),
    (105, "too many parameters"),
    (106, "a field is too large"),
    (107, "a parameter is unknown"),
    (108, "a field is unknown"),
    (109, "the message is not supported"),
    (110, "the protocol version is not supported"),
    (111, "a parameter is not supported"),
    (112, "the message was not expected now"),
    (200, "a parameter within a parameter is wrong"),
    (201, "a field within a parameter is wrong"),
    (205, "too many parameters within a parameter"),
    (207, "a parameter within a parameter is unknown"),
    (209, "a parameter within a parameter is not supported"),
    (300, "a value is invalid"),
    (301, "a value is out of range"),
    (401, "the reader has a fault of its own"),
];

impl Status {
    /// Success.
    pub fn success() -> Self {
        Self { code: 0, description: String::new() }
    }

    /// A refusal.
    pub fn refusal(code: u16, description: &str) -> Self {
        Self { code, description: description.to_owned() }
    }

    /// Whether the command was carried out.
    pub fn is_success(&self) -> bool {
        self.code == 0
    }

    /// The status among the parameters of an answer. `None` when it has none.
    pub(super) fn find(params: &[u8]) -> Option<Self> {
        let value = Params::new(params).find(kind::STATUS)?;
        let ([high, low], rest) = value.split_first_chunk()?;
        Some(Self { code: u16::from_be_bytes([*high, *low]), description: read_counted_text(rest) })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        tlv(out, kind::STATUS, |out| {
            out.extend_from_slice(&self.code.to_be_bytes());
            counted_text(out, &self.description);
        });
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = WORDS.iter().find(|(code, _)| *code == self.code).map_or("unknown status", |(_, w)| w);
        write!(f, "{words} (status {})", self.code)?;
        if self.description.is_empty() { Ok(()) } else { write!(f, ": {}", self.description) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_as_a_sentence_and_survives_the_line() {
        let refusal = Status::refusal(301, "antenna 9 does not exist");
        let mut bytes = Vec::new();
        refusal.encode(&mut bytes);
        assert_eq!(Status::find(&bytes), Some(refusal.clone()));
        assert_eq!(refusal.to_string(), "a value is out of range (status 301): antenna 9 does not exist");
        assert_eq!(Status::find(&[]), None);
    }
}
