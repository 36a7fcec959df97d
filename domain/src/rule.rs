//! Rule codes, as the catalogue names them.

use std::str::FromStr;

use crate::signal::words;
use serde::{Deserialize, Serialize};

/// A rule's code: two letters, a dash, two digits, and for graded rules a letter: `UW-01`, `TR-02a`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleCode(String);

/// Why a text is no rule code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a rule code: two capital letters, a dash, two digits and at most one small letter, as UW-01"
)]
pub struct RuleCodeError {
    text: String,
}

crate::text::textual!(RuleCode);

impl FromStr for RuleCode {
    type Err = RuleCodeError;

    fn from_str(text: &str) -> Result<Self, RuleCodeError> {
        let fits = match text.as_bytes() {
            [a, b, b'-', c, d, grade @ ..] => {
                a.is_ascii_uppercase()
                    && b.is_ascii_uppercase()
                    && c.is_ascii_digit()
                    && d.is_ascii_digit()
                    && (grade.is_empty() || (grade.len() == 1 && grade[0].is_ascii_lowercase()))
            }
            _ => false,
        };
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(RuleCodeError { text: text.chars().take(40).collect() })
        }
    }
}

words!(
    /// Who answers for a rule.
    Authority, "authority", "city_management, police, transport", {
        /// 城管
        CityManagement = "city_management",
        /// 公安交警
        Police = "police",
        /// 交通运输
        Transport = "transport",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_and_without_grade_are_read() {
        for code in ["UW-01", "TR-02a"] {
            assert_eq!(code.parse::<RuleCode>().unwrap().as_str(), code);
        }
        for code in ["", "UW01", "uw-01", "UW-1", "UW-012", "UW-01A", "UW-01ab"] {
            assert!(code.parse::<RuleCode>().is_err(), "{code}");
        }
    }
}
