//! Whom events are pushed to, how far each has them, and what each did not take.

use domain::{Timestamp, Violation};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};
use crate::feed::push::target::Target;

/// Where a target's events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The feed.
    Feed,
    /// The history of clues.
    Clue,
}

impl Source {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Clue => "clue",
        }
    }
}

/// A target and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTarget {
    /// Who it is.
    pub target: Target,
    /// Last feed event settled.
    pub feed_seq: u64,
    /// Last row of the history of clues settled.
    pub clue_seq: u64,
    /// Failed attempts since the last success.
    pub attempts: u32,
    /// The next attempt, not before.
    pub next: Timestamp,
    /// What the last attempt met.
    pub last_error: Option<String>,
    /// Last success.
    pub taken_at: Option<Timestamp>,
    /// Events taken in all.
    pub taken: u64,
    /// Attempts failed in all.
    pub failures: u64,
}

impl StoredTarget {
    /// Last number settled of a source.
    pub fn settled(&self, source: Source) -> u64 {
        match source {
            Source::Feed => self.feed_seq,
            Source::Clue => self.clue_seq,
        }
    }
}

/// An event a target did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number among dead letters.
    pub id: u64,
    /// The target.
    pub target: String,
    /// Where the event comes from.
    pub source: String,
    /// Its number there.
    pub seq: u64,
    /// The target's words.
    pub reason: String,
    /// When it was given up, last.
    pub dead_at: Timestamp,
    /// Whether an operator wants it sent again and that is still to come.
    pub is_resent: bool,
}

/// One row of the history of clues, with the clue as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct ClueNews {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// The finding.
    pub violation: Violation,
}

const TARGET_COLUMNS: &str = "SELECT name, kind, address, options, feed_seq, clue_seq, attempts, next_ms, last_error, taken_ms, \
     taken, failures FROM push_target WHERE removed_ms IS NULL";

impl Change {
    /// Adds a target, or changes one of that name. `feed_seq` and `clue_seq` are where a new one begins; one that was there
    /// before goes on where it was.
    pub async fn put_push_target(
        &mut self,
        target: &Target,
        (feed_seq, clue_seq): (u64, u64),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let options =
            serde_json::to_string(&target.options).map_err(|e| corrupt("push target", &target.name, e))?;
        let result = sqlx::query(
            "INSERT INTO push_target (name, kind, address, options, added_ms, feed_seq, clue_seq) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, \
             address = excluded.address, options = excluded.options, removed_ms = NULL, attempts = 0, next_ms = 0",
        )
        .bind(&target.name)
        .bind(target.kind.word())
        .bind(&target.address)
        .bind(options)
        .bind(now.millis())
        .bind(signed(feed_seq))
        .bind(signed(clue_seq))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a push target", e))
    }

    /// Takes a target away; whether there was one. Where it was is kept.
    pub async fn remove_push_target(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let result =
            sqlx::query("UPDATE push_target SET removed_ms = $2 WHERE name = $1 AND removed_ms IS NULL")
                .bind(name)
                .bind(now.millis())
                .execute(self.connection())
                .await;
        result.map(|done| done.rows_affected() > 0).map_err(|e| self.failed("removing a push target", e))
    }

    /// Moves a target on: everything up to `seq` is settled, `taken` events more were taken.
    pub async fn settle_push(
        &mut self,
        target: &str,
        source: Source,
        seq: u64,
        taken: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = match source {
            Source::Feed => {
                "UPDATE push_target SET feed_seq = MAX(feed_seq, $2), taken = taken + $3, taken_ms = $4, attempts = 0, \
                 next_ms = 0, last_error = NULL WHERE name = $1"
            }
            Source::Clue => {
                "UPDATE push_target SET clue_seq = MAX(clue_seq, $2), taken = taken + $3, taken_ms = $4, attempts = 0, \
                 next_ms = 0, last_error = NULL WHERE name = $1"
            }
        };
        let result = sqlx::query(sql)
            .bind(target)
            .bind(signed(seq))
            .bind(signed(taken as u64))
            .bind(now.millis())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("noting a delivery", e))
    }

    /// Notes a failed attempt and when the next may be.
    pub async fn fail_push(&mut self, target: &str, next: Timestamp, error: &str) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE push_target SET attempts = attempts + 1, failures = failures + 1, next_ms = $2, last_error = $3 \
             WHERE name = $1",
        )
        .bind(target)
        .bind(next.millis())
        .bind(error)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a failed delivery", e))
    }

    /// Puts an event among the dead letters. One that is there already gets the new words and waits again.
    pub async fn add_dead_letter(
        &mut self,
        target: &str,
        source: Source,
        (seq, reason): (u64, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO push_dead (target, source, seq, reason, dead_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (target, source, seq) DO UPDATE SET reason = excluded.reason, dead_ms = excluded.dead_ms, \
             resend_ms = NULL, settled_ms = NULL, written_off_ms = NULL, written_off_by = NULL, written_off_reason = NULL",
        )
        .bind(target)
        .bind(source.word())
        .bind(signed(seq))
        .bind(reason)
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a dead letter", e))
    }

    /// Notes that a dead letter was taken after all.
    pub async fn settle_dead_letter(&mut self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query("UPDATE push_dead SET settled_ms = $2, resend_ms = NULL WHERE id = $1")
            .bind(signed(id))
            .bind(now.millis())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("settling a dead letter", e))
    }

    /// Writes dead letters off: one by its number, or all of a target. They wait no longer; who gave them up and why stays
    /// with them. How many were.
    pub async fn write_off_dead_letters(
        &mut self,
        (id, target): (Option<u64>, Option<&str>),
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "UPDATE push_dead SET written_off_ms = $3, written_off_by = $4, written_off_reason = $5, settled_ms = $3, \
             resend_ms = NULL WHERE settled_ms IS NULL AND ($1 IS NULL OR id = $1) AND ($2 IS NULL OR target = $2)",
        )
        .bind(id.map(signed))
        .bind(target)
        .bind(now.millis())
        .bind(by)
        .bind(reason)
        .execute(self.connection())
        .await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("writing dead letters off", e))
    }

    /// Wants dead letters sent again: one by its number, or all of a target. How many are.
    pub async fn resend_dead_letters(
        &mut self,
        id: Option<u64>,
        target: Option<&str>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "UPDATE push_dead SET resend_ms = $3 WHERE settled_ms IS NULL AND ($1 IS NULL OR id = $1) \
             AND ($2 IS NULL OR target = $2)",
        )
        .bind(id.map(signed))
        .bind(target)
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("wanting dead letters again", e))
    }
}

impl Store {
    /// Every target in use, by name.
    pub async fn push_targets(&self) -> Result<Vec<StoredTarget>, StoreError> {
        let mut reader = self.reader().await?;
        let sql = joined(TARGET_COLUMNS, " ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *reader).await;
        rows.map_err(|e| self.failed("reading the push targets", e))?.iter().map(read_target).collect()
    }

    /// One target, if it is in use.
    pub async fn push_target(&self, name: &str) -> Result<Option<StoredTarget>, StoreError> {
        let mut reader = self.reader().await?;
        let sql = joined(TARGET_COLUMNS, " AND name = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&mut *reader).await;
        row.map_err(|e| self.failed("reading a push target", e))?.map(|row| read_target(&row)).transpose()
    }

    /// Up to `limit` rows of the history of clues after a number, in order.
    pub async fn clue_news_after(&self, seq: u64, limit: u32) -> Result<Vec<ClueNews>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT h.seq, h.at_ms, h.what, c.violation FROM clue_history h JOIN clue c ON c.id = h.clue_id \
             WHERE h.seq > $1 ORDER BY h.seq LIMIT $2",
        )
        .bind(signed(seq))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.map_err(|e| self.failed("reading the history of clues", e))?.iter().map(read_news).collect()
    }

    /// The newest numbers of the feed and of the history of clues.
    pub async fn push_ends(&self) -> Result<(u64, u64), StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT (SELECT COALESCE(MAX(seq), 0) FROM feed), (SELECT COALESCE(MAX(seq), 0) FROM clue_history)",
        )
        .fetch_one(&mut *reader)
        .await;
        row.and_then(|row| Ok((unsigned(row.try_get(0)?), unsigned(row.try_get(1)?))))
            .map_err(|e| self.failed("reading how far the queues are", e))
    }

    /// Dead letters that wait, oldest first; of one target, or all.
    pub async fn dead_letters(
        &self,
        target: Option<&str>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.select_dead(
            "SELECT id, target, source, seq, reason, dead_ms, resend_ms IS NOT NULL FROM push_dead \
             WHERE settled_ms IS NULL AND ($1 IS NULL OR target = $1) AND id > $2 ORDER BY id LIMIT $3",
            target,
            after,
            limit,
        )
        .await
    }

    /// The next dead letter of a target that an operator wants sent again.
    pub async fn next_resend(&self, target: &str) -> Result<Option<DeadLetter>, StoreError> {
        let found = self
            .select_dead(
                "SELECT id, target, source, seq, reason, dead_ms, 1 FROM push_dead WHERE settled_ms IS NULL \
                 AND resend_ms IS NOT NULL AND target = $1 AND id > $2 ORDER BY id LIMIT $3",
                Some(target),
                0,
                1,
            )
            .await?;
        Ok(found.into_iter().next())
    }

    async fn select_dead(
        &self,
        sql: &'static str,
        target: Option<&str>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sql)
            .bind(target)
            .bind(signed(after))
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await;
        rows.and_then(|rows| rows.iter().map(read_dead).collect())
            .map_err(|e| self.failed("reading the dead letters", e))
    }

    /// How many dead letters wait at a target.
    pub async fn dead_letter_count(&self, target: &str) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM push_dead WHERE settled_ms IS NULL AND target = $1")
            .bind(target)
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("counting dead letters", e))
    }
}

fn joined(columns: &str, rest: &str) -> String {
    format!("{columns}{rest}")
}

fn read_target(row: &Row) -> Result<StoredTarget, StoreError> {
    let name: String = row.try_get(0).map_err(|e| corrupt("push target", "?", e))?;
    let columns = || -> Result<_, Box<dyn std::error::Error>> {
        let kind: String = row.try_get(1)?;
        let options: String = row.try_get(3)?;
        Ok(StoredTarget {
            target: Target {
                name: name.clone(),
                kind: kind.parse()?,
                address: row.try_get(2)?,
                options: serde_json::from_str(&options)?,
            },
            feed_seq: unsigned(row.try_get(4)?),
            clue_seq: unsigned(row.try_get(5)?),
            attempts: u32::try_from(row.try_get::<i64, _>(6)?).unwrap_or(u32::MAX),
            next: Timestamp::from_millis(row.try_get(7)?),
            last_error: row.try_get(8)?,
            taken_at: row.try_get::<Option<i64>, _>(9)?.map(Timestamp::from_millis),
            taken: unsigned(row.try_get(10)?),
            failures: unsigned(row.try_get(11)?),
        })
    };
    columns().map_err(|e| corrupt("push target", &name, e))
}

fn read_dead(row: &Row) -> Result<DeadLetter, sqlx::Error> {
    Ok(DeadLetter {
        id: unsigned(row.try_get(0)?),
        target: row.try_get(1)?,
        source: row.try_get(2)?,
        seq: unsigned(row.try_get(3)?),
        reason: row.try_get(4)?,
        dead_at: Timestamp::from_millis(row.try_get(5)?),
        is_resent: row.try_get::<i64, _>(6)? != 0,
    })
}

fn read_news(row: &Row) -> Result<ClueNews, StoreError> {
    let columns = || -> Result<_, Box<dyn std::error::Error>> {
        let violation: String = row.try_get(3)?;
        Ok(ClueNews {
            seq: unsigned(row.try_get(0)?),
            at: Timestamp::from_millis(row.try_get(1)?),
            what: row.try_get(2)?,
            violation: serde_json::from_str(&violation)?,
        })
    };
    columns().map_err(|e| corrupt("clue history", "?", e))
}
