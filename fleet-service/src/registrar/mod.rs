//! Where registers are kept by people: a record created, changed or taken out from a moment on, uploads, and trials of what
//! a change would have raised. Every act makes a further version; the past is never edited. The running service is told at
//! once and judges again what the change touches, as far back as it keeps history for that.

mod act;
pub mod permit_act;
pub mod trial;
pub mod trials;
pub mod uploads;

use std::sync::Arc;

use domain::{Registers, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, Notify};

use crate::feed::publish::{Press, PublishError};
use crate::live::registers::{RegisterBook, RegistersError};
use crate::registry::timeline::{self, RecordChange, TimelineError};
use crate::registry::{Register, RegistryError};
use crate::store::{Store, StoreError};

/// Farthest back a change may be in force from, in days.
pub const BACKDATED_DAYS_MAX: i64 = 366;
/// Farthest ahead a change may be in force from, in days.
pub const AHEAD_DAYS_MAX: i64 = 3_653;
/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 400;

/// What is expected of the record before an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// There is none of that key yet.
    Absent,
    /// It is as it was when it was read: its tag.
    Tag(String),
}

/// Who acts, from when it holds, and why.
#[derive(Debug, Clone)]
pub struct Terms {
    /// From when it is in force; now when absent.
    pub from: Option<Timestamp>,
    /// Who acts.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// The present moment.
    pub now: Timestamp,
}

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// There is no such record.
    #[error("there is no {key:?} in the register of {register}: check the key, or create it", register = register.word())]
    Unknown {
        /// The register.
        register: Register,
        /// The key asked for.
        key: String,
    },
    /// There is one already.
    #[error("{key:?} is in the register of {register} already: change it instead of creating it", register = register.word())]
    Exists {
        /// The register.
        register: Register,
        /// Its key.
        key: String,
    },
    /// Someone else changed it.
    #[error("{key:?} was changed by someone else meanwhile: read it again and make your change anew")]
    ChangedMeanwhile {
        /// Its key.
        key: String,
    },
    /// The body's key is another.
    #[error(
        "the record says it is {said:?}, the address says {key:?}: a key is never changed, create another record"
    )]
    OtherKey {
        /// In the body.
        said: String,
        /// In the address.
        key: String,
    },
    /// The moment is out of range.
    #[error(
        "{from} is out of range: a change may hold from {BACKDATED_DAYS_MAX} days ago to {AHEAD_DAYS_MAX} days ahead"
    )]
    From {
        /// What was asked.
        from: Timestamp,
    },
    /// Too long a reason.
    #[error("the reason is longer than {REASON_CHARS_MAX} characters: shorten it")]
    LongReason,
    /// The permit does not stand so that this can be done.
    #[error("{en}")]
    Permit {
        /// Why, in English.
        en: String,
        /// Why, in Chinese.
        zh: String,
    },
    /// The record cannot be read.
    #[error(transparent)]
    Record(#[from] RegistryError),
    /// The change does not fit.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
    /// Registers were imported at the same moment.
    #[error("registers were imported at the same moment: try again")]
    Raced,
    /// The registers cannot be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// Permits cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an act did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The version made; `None` when everything said so already.
    pub version: Option<u64>,
    /// From when it is in force.
    pub from: Timestamp,
    /// Key of the record acted on.
    pub key: String,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct RegisterDesk {
    store: Store,
    press: Press,
    changed: Arc<Notify>,
    /// One act at a time.
    book: Arc<Mutex<RegisterBook>>,
    /// Uploads under way.
    pub uploads: uploads::Uploads,
    /// Trials.
    pub trials: trials::Trials,
}

impl RegisterDesk {
    /// A desk over a database. `changed` is rung after every act.
    pub fn new(store: Store, press: Press, changed: Arc<Notify>) -> Self {
        Self {
            store,
            press,
            changed,
            book: Arc::default(),
            uploads: uploads::Uploads::default(),
            trials: trials::Trials::default(),
        }
    }

    /// The registers as they stand in the database.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn book(&self) -> Result<RegisterBook, RegistersError> {
        let mut book = self.book.lock().await;
        book.refresh(&self.store).await?;
        Ok(book.clone())
    }
}

/// A text that changes whenever anything a record says, at any time, does.
pub fn tag(registers: &Registers, register: Register, key: &str) -> Option<String> {
    let versions = timeline::history(registers, register, key);
    if versions.is_empty() {
        return None;
    }
    let mut hasher = Sha256::new();
    for (from, record) in versions {
        hasher.update(from.map_or(i64::MIN, Timestamp::millis).to_be_bytes());
        hasher.update(record.map_or(Value::Null, |record| record.body()).to_string().as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    Some(hex::encode(&digest[..8]))
}

/// The changes in a few words, for the audit trail.
fn in_words(changes: &[RecordChange]) -> String {
    match changes {
        [change] => format!("{} {}", change.register.word(), change.key),
        [first, ..] => format!("{} records of {}", changes.len(), first.register.word()),
        [] => "nothing".to_owned(),
    }
}
