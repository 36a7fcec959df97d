//! The public feed's lines and who is listed now.

use domain::{Timestamp, Uscc};
use sqlx::Row as _;

use crate::feed::event::Cause;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// A company on the black list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredListing {
    /// The company.
    pub uscc: Uscc,
    /// Its name when it was listed.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Its score then.
    pub score_centi: i64,
    /// The deductions that led to it.
    pub cause: Vec<Cause>,
    /// The event that told the public.
    pub feed_seq: u64,
}

impl Change {
    /// The newest line and its number.
    pub async fn last_feed_line(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        let result = sqlx::query("SELECT seq, line FROM feed ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await
            .and_then(|row| row.map(|row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?))).transpose());
        result.map_err(|e| self.failed("reading the feed", e))
    }

    /// Appends a line.
    pub async fn add_feed_line(&mut self, seq: u64, line: &str) -> Result<(), StoreError> {
        let result = sqlx::query("INSERT INTO feed (seq, line) VALUES ($1, $2)")
            .bind(signed(seq))
            .bind(line)
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("appending to the feed", e))
    }

    /// Whether a company is listed.
    pub async fn listing(&mut self, uscc: &Uscc) -> Result<Option<StoredListing>, StoreError> {
        let result = sqlx::query(
            "SELECT uscc, name, since_ms, score_centi, cause, feed_seq FROM listing WHERE uscc = $1",
        )
        .bind(uscc.as_str())
        .fetch_optional(self.connection())
        .await;
        result.map_err(|e| self.failed("reading the black list", e))?.map(|row| read(&row)).transpose()
    }

    /// Puts a company on the list.
    pub async fn put_listing(&mut self, listing: &StoredListing) -> Result<(), StoreError> {
        let cause =
            serde_json::to_string(&listing.cause).map_err(|e| corrupt("listing", &listing.uscc, e))?;
        let result = sqlx::query(
            "INSERT INTO listing (uscc, name, since_ms, score_centi, cause, feed_seq) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (uscc) DO UPDATE SET name = excluded.name, \
             since_ms = excluded.since_ms, score_centi = excluded.score_centi, cause = excluded.cause, \
             feed_seq = excluded.feed_seq",
        )
        .bind(listing.uscc.as_str())
        .bind(&listing.name)
        .bind(listing.since.millis())
        .bind(listing.score_centi)
        .bind(cause)
        .bind(signed(listing.feed_seq))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a listing", e))
    }

    /// Takes a company off the list.
    pub async fn drop_listing(&mut self, uscc: &Uscc) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM listing WHERE uscc = $1")
            .bind(uscc.as_str())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("removing a listing", e))
    }
}

impl Store {
    /// Every company listed, longest listed first.
    pub async fn listings(&self) -> Result<Vec<StoredListing>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT uscc, name, since_ms, score_centi, cause, feed_seq FROM listing ORDER BY since_ms, uscc",
        )
        .fetch_all(&mut *reader)
        .await;
        rows.map_err(|e| self.failed("reading the black list", e))?.iter().map(read).collect()
    }

    /// Up to `limit` published lines after a number, in order.
    pub async fn feed_after(&self, seq: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT line FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(signed(seq))
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            .map_err(|e| self.failed("reading the feed", e))
    }
}

fn read(row: &Row) -> Result<StoredListing, StoreError> {
    let columns = || -> Result<_, sqlx::Error> {
        let since_ms: i64 = row.try_get(2)?;
        let feed_seq: i64 = row.try_get(5)?;
        Ok((
            row.try_get::<String, _>(0)?,
            row.try_get::<String, _>(1)?,
            Timestamp::from_millis(since_ms),
            row.try_get::<i64, _>(3)?,
            row.try_get::<String, _>(4)?,
            unsigned(feed_seq),
        ))
    };
    let (uscc, name, since, score_centi, cause, feed_seq) =
        columns().map_err(|e| corrupt("listing", "?", e))?;
    let cause = serde_json::from_str(&cause).map_err(|e| corrupt("listing", &uscc, e))?;
    let uscc = uscc.parse().map_err(|e| corrupt("listing", &uscc, e))?;
    Ok(StoredListing { uscc, name, since, score_centi, cause, feed_seq })
}
