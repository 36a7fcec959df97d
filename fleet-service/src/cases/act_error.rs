//! Why an act of due process is not carried out. What people are told is in English and Chinese, side by side.

use scoring::label::{LABEL_CHARS_MAX, TextError};
use scoring::posting::PostingError;
use scoring::{Label, Note};

use super::ruling::REASON_CHARS_MAX;
use crate::feed::publish::PublishError;
use crate::store::StoreError;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// Nothing of that number.
    #[error("there is no such {what}")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// In Chinese.
        what_zh: &'static str,
    },
    /// Someone else does this.
    #[error("{en}")]
    NotYours {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// It cannot be done to the thing as it stands.
    #[error("{en}")]
    State {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// What is asked for cannot be.
    #[error("{en}")]
    Unfit {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// The ledger does not take it.
    #[error("the ledger does not take it")]
    Posting(#[from] PostingError),
    /// The change of the list cannot be published.
    #[error("the change of the black list cannot be published")]
    Feed(#[from] PublishError),
    /// The database failed; nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ActError {
    pub(super) fn state(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::State { en: en.into(), zh: zh.into() }
    }

    pub(super) fn unfit(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::Unfit { en: en.into(), zh: zh.into() }
    }

    pub(super) fn not_yours(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::NotYours { en: en.into(), zh: zh.into() }
    }
}

/// A text of 1 to [`REASON_CHARS_MAX`] characters, trimmed.
pub(super) fn text(what: &str, what_zh: &str, given: &str) -> Result<String, ActError> {
    let given = given.trim();
    match given.chars().count() {
        0 => Err(ActError::unfit(format!("the {what} is missing: write one"), format!("请填写{what_zh}"))),
        1..=REASON_CHARS_MAX => Ok(given.to_owned()),
        chars => Err(ActError::unfit(
            format!("the {what} has {chars} characters, at most {REASON_CHARS_MAX} are taken: shorten it"),
            format!("{what_zh}过长，最多{REASON_CHARS_MAX}字"),
        )),
    }
}

/// A number or name that goes into the ledger.
pub(super) fn label(what: &str, what_zh: &str, given: &str) -> Result<Label, ActError> {
    given.parse().map_err(|error: TextError| {
        ActError::unfit(
            format!("the {what} {given:?} cannot be used: {error}"),
            format!("{what_zh}须为1至{LABEL_CHARS_MAX}个字符，不含控制字符"),
        )
    })
}

/// A remark that goes into the ledger: line breaks become blanks, what is too long is cut.
pub(super) fn note(given: &str) -> Note {
    let flat: String = given.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cut: String = flat.chars().take(scoring::label::NOTE_CHARS_MAX).collect();
    cut.parse().unwrap_or_default()
}
