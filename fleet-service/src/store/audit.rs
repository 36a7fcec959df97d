//! The audit trail: every decision and every change of registers and officers, each entry chained to the one before.
//!
//! The hash of an entry is SHA-256 over its members in the order `seq`, `at_ms`, `who`, `what`, `subject`, `detail`,
//! `prev_hash`: integers as 8 bytes big-endian, texts in UTF-8 preceded by their byte length as 8 bytes big-endian.

use domain::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, signed, unsigned};

/// What goes into an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDraft {
    /// When.
    pub at: Timestamp,
    /// Who acted.
    pub who: String,
    /// The act, one word.
    pub what: &'static str,
    /// Id of what was acted on.
    pub subject: String,
    /// Anything else worth keeping, as text.
    pub detail: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who acted.
    pub who: String,
    /// The act.
    pub what: String,
    /// What was acted on.
    pub subject: String,
    /// Anything else.
    pub detail: String,
    /// Hash of the entry before; zeros for the first.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// Which entries; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Who acted.
    pub who: Option<String>,
    /// The act.
    pub what: Option<String>,
    /// What was acted on.
    pub subject: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Only numbers below this one.
    pub before: Option<u64>,
}

/// `prev_hash` of the first entry.
const FIRST_PREV_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditEntry {
    /// The hash its members should have.
    pub fn computed_hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.millis().to_be_bytes());
        for text in [&self.who, &self.what, &self.subject, &self.detail, &self.prev_hash] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hex::encode(hasher.finalize())
    }

    /// Whether it carries its own hash and follows the entry before.
    pub fn follows(&self, before: Option<&Self>) -> bool {
        let (seq, prev) = before.map_or((1, FIRST_PREV_HASH), |b| (b.seq + 1, b.hash.as_str()));
        self.seq == seq && self.prev_hash == prev && self.hash == self.computed_hash()
    }
}

impl Change {
    /// Appends an entry.
    pub async fn add_audit(&mut self, draft: AuditDraft) -> Result<(), StoreError> {
        let what = "writing the audit trail";
        let row = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await
            .and_then(|row| {
                row.map(|row| Ok((row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?))).transpose()
            });
        let (seq, prev_hash) =
            row.map_err(|e| self.failed(what, e))?.unwrap_or((0, FIRST_PREV_HASH.to_owned()));
        let mut entry = AuditEntry {
            seq: unsigned(seq) + 1,
            at: draft.at,
            who: draft.who,
            what: draft.what.to_owned(),
            subject: draft.subject,
            detail: draft.detail,
            prev_hash,
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        let result = sqlx::query(
            "INSERT INTO audit (seq, at_ms, who, what, subject, detail, prev_hash, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(signed(entry.seq))
        .bind(entry.at.millis())
        .bind(&entry.who)
        .bind(&entry.what)
        .bind(&entry.subject)
        .bind(&entry.detail)
        .bind(&entry.prev_hash)
        .bind(&entry.hash)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }
}

impl Store {
    /// What was done to one thing, oldest first.
    pub async fn audit_of(&self, subject: &str, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, at_ms, who, what, subject, detail, prev_hash, hash FROM audit \
             WHERE subject = $1 ORDER BY seq LIMIT $2",
        )
        .bind(subject)
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading the audit trail", e))
    }

    /// Up to `limit` entries that fit, newest first.
    pub async fn audit_where(&self, query: &AuditQuery, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, at_ms, who, what, subject, detail, prev_hash, hash FROM audit \
             WHERE ($1 IS NULL OR who = $1) AND ($2 IS NULL OR what = $2) AND ($3 IS NULL OR subject = $3) \
             AND ($4 IS NULL OR at_ms >= $4) AND ($5 IS NULL OR at_ms < $5) AND ($6 IS NULL OR seq < $6) \
             ORDER BY seq DESC LIMIT $7",
        )
        .bind(query.who.as_deref())
        .bind(query.what.as_deref())
        .bind(query.subject.as_deref())
        .bind(query.from.map(Timestamp::millis))
        .bind(query.until.map(Timestamp::millis))
        .bind(query.before.map(signed))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading the audit trail", e))
    }

    /// Every act that stands in the trail.
    pub async fn audit_acts(&self) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT DISTINCT what FROM audit ORDER BY what").fetch_all(&mut *reader).await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            .map_err(|e| self.failed("reading the audit trail", e))
    }

    /// Up to `limit` entries after a number, in order.
    pub async fn audit_after(&self, seq: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, at_ms, who, what, subject, detail, prev_hash, hash FROM audit \
             WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(signed(seq))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading the audit trail", e))
    }
}

fn read(row: &Row) -> Result<AuditEntry, sqlx::Error> {
    Ok(AuditEntry {
        seq: unsigned(row.try_get(0)?),
        at: Timestamp::from_millis(row.try_get(1)?),
        who: row.try_get(2)?,
        what: row.try_get(3)?,
        subject: row.try_get(4)?,
        detail: row.try_get(5)?,
        prev_hash: row.try_get(6)?,
        hash: row.try_get(7)?,
    })
}
