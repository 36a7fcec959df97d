//! Everything the service keeps, in one database. The only place with SQL.
//!
//! [`Store`] answers questions from a pool of readers. Everything that changes goes through a [`Change`]: one write
//! transaction at a time, taken at once and committed as a whole, so what belongs together is stored together.
//! What differs between databases (opening, pragmas, migrations, the begin statement) is in `sqlite.rs`; all other
//! statements keep to the subset SQLite and PostgreSQL share.

mod accounts;
mod api_tokens;
mod appeals;
mod attachments;
mod audit;
mod cases;
mod claims;
mod clue_pages;
mod clues;
mod commands;
mod devices;
mod feed;
mod file_pages;
mod forward;
mod hauls;
mod history;
mod invitations;
mod ledger;
mod listings;
mod notices;
mod officers;
mod outbox;
mod platform_tokens;
mod rankings;
mod raw;
mod registers;
mod reports;
mod request_keys;
mod rights;
mod seen;
mod sessions;
mod site_tokens;
mod sqlite;
mod statistics;
mod tips;
mod waybills;

use std::path::{Path, PathBuf};

pub use accounts::Account;
pub use api_tokens::{ApiToken, NewApiToken};
pub use appeals::contested;
pub use audit::{AuditDraft, AuditEntry, AuditQuery};
pub use cases::CaseQuery;
pub use claims::WithdrawnDecision;
pub use clue_pages::{ClueQuery, RuleFilter};
pub use clues::{ClueCounts, ClueEvent, ClueState, StoredClue, StoredDecision};
pub use commands::{CommandOutcome, CommandState, NewCommand, StoredArea, StoredCommand};
pub use devices::StoredDevice;
pub use feed::{ListedNow, StoredFeedKey, StoredListing};
pub use file_pages::FileQuery;
pub use history::{HISTORY_FILE, HistoryChange, HistoryExtent, HistoryStore, StoredChunk, SubjectNumber};
pub use invitations::{Invitation, NewInvitation};
pub use notices::{NoticeCause, NoticesAdded, TagCodes, TruckNotice};
pub use officers::{Officer, Role};
pub use outbox::{ClueNews, DeadLetter, Source, StoredTarget};
pub use platform_tokens::{NewPlatformToken, PlatformToken};
pub use raw::{RawMessage, RawUsage};
pub use registers::{Making, RegisterVersion, StoredRecord};
pub use reports::LoggedBatch;
pub use request_keys::{
    KeptAnswer, KnownRequest, REQUEST_KEY_KEPT_S, REQUEST_KEYS_PER_PERSON_MAX, RequestMark,
};
pub use rights::{PendingTerminal, StoredRight};
pub use seen::SeenRun;
pub use sessions::{NewSession, StoredSession};
pub use site_tokens::{NewSiteToken, SiteToken};
pub use statistics::{ClueCount, HaulCount};
pub use tips::{CaseRead, TipCounts, TipQuery};

use sqlite::{Connection, Database, Pool};

/// Name of the database file inside the data folder.
pub const DATABASE_FILE: &str = "mucktrail.sqlite3";

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder or file cannot be opened.
    #[error("the database {} cannot be opened; check that the folder exists, is writable and is on a local disk", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The data folder cannot be made.
    #[error("the data folder {} cannot be made; choose another with --data", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Written by a newer version of this program.
    #[error(
        "the database {} has version {found}, this program knows versions up to {known}: start the newer program that wrote it, or choose another folder with --data; nothing was changed",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// The disk is full.
    #[error(
        "the disk that holds the database {} is full while {what}: make room; nothing stored before is lost",
        path.display()
    )]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What was being done.
        what: &'static str,
        /// The database's words.
        #[source]
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("the database failed while {what}")]
    Statement {
        /// What was being done.
        what: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value cannot be read back.
    #[error("{what} {id} in the database cannot be read: {reason}; restore the database from a backup")]
    Corrupt {
        /// Kind of thing.
        what: &'static str,
        /// Which.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// Something of that name is there already.
    #[error("{what} {name:?} exists already: choose another name")]
    Taken {
        /// Kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: Pool,
    writer: Pool,
    path: PathBuf,
}

impl Store {
    /// Opens the database of a data folder, making folder and file when they are missing and migrating an older one.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data)
            .map_err(|source| StoreError::Folder { path: data.to_owned(), source })?;
        let path = data.join(DATABASE_FILE);
        let (writer, readers) = sqlite::open(&path).await?;
        Ok(Self { readers, writer, path })
    }

    /// Where the database lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a change. Waits while another is under way; dropped without [`Change::commit`] it leaves no trace.
    pub async fn change(&self) -> Result<Change, StoreError> {
        let transaction =
            sqlite::begin(&self.writer).await.map_err(|e| self.failed("beginning a change", e))?;
        Ok(Change { transaction, path: self.path.clone() })
    }

    /// Whether the database answers a write right now; what `/readyz` asks.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.change().await?.commit().await
    }

    /// Closes every connection; the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn reader(&self) -> Result<sqlite::Pooled, StoreError> {
        self.readers.acquire().await.map_err(|e| self.failed("taking a reading connection", e))
    }

    /// The one writing connection, for a change that is a single statement.
    async fn writer(&self) -> Result<sqlite::Pooled, StoreError> {
        self.writer.acquire().await.map_err(|e| self.failed("taking the writing connection", e))
    }

    fn failed(&self, what: &'static str, source: sqlx::Error) -> StoreError {
        classify(&self.path, what, source)
    }
}

/// One write transaction.
pub struct Change {
    transaction: sqlx::Transaction<'static, Database>,
    path: PathBuf,
}

impl Change {
    /// Makes everything done in it durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { transaction, path } = self;
        transaction.commit().await.map_err(|source| classify(&path, "committing a change", source))
    }

    fn connection(&mut self) -> &mut Connection {
        &mut self.transaction
    }

    fn failed(&self, what: &'static str, source: sqlx::Error) -> StoreError {
        classify(&self.path, what, source)
    }
}

fn classify(path: &Path, what: &'static str, source: sqlx::Error) -> StoreError {
    if sqlite::is_disk_full(&source) {
        StoreError::DiskFull { path: path.to_owned(), what, source }
    } else {
        StoreError::Statement { what, source }
    }
}

fn corrupt(what: &'static str, id: impl ToString, reason: impl ToString) -> StoreError {
    StoreError::Corrupt { what, id: id.to_string(), reason: reason.to_string() }
}

/// Row counts and sequence numbers are `i64` in the database and never negative.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
