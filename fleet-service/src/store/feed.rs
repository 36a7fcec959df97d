//! The public feed's lines and who is listed now.

use domain::{LocalDate, Timestamp, Uscc};
use scoring::LedgerEntry;
use sqlx::Row as _;

use crate::feed::record::Cause;

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

/// A key of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFeedKey {
    /// Its public half, in hexadecimal.
    pub public_key: String,
    /// First event it signs.
    pub from_seq: u64,
    /// When it was added.
    pub added: Timestamp,
}

/// Who is listed, and the event up to which that holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedNow {
    /// The newest event: number and line.
    pub newest: Option<(u64, String)>,
    /// The line that listed each company, in the order of the events.
    pub lines: Vec<String>,
}

/// Ledger entries read at once while looking for a day's last.
const LEDGER_PAGE: i64 = 256;

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

    /// The public half of the key that signs now.
    pub async fn newest_feed_key(&mut self) -> Result<Option<String>, StoreError> {
        let result = sqlx::query("SELECT public_key FROM feed_key ORDER BY from_seq DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await
            .and_then(|row| row.map(|row| row.try_get(0)).transpose());
        result.map_err(|e| self.failed("reading the feed's keys", e))
    }

    /// Adds a key that signs from an event on.
    pub async fn add_feed_key(
        &mut self,
        public_hex: &str,
        from_seq: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query("INSERT INTO feed_key (public_key, from_seq, added_ms) VALUES ($1, $2, $3)")
            .bind(public_hex)
            .bind(signed(from_seq))
            .bind(now.millis())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("storing a feed key", e))
    }

    /// The last day whose ledger head is published.
    pub async fn last_feed_head(&mut self) -> Result<Option<LocalDate>, StoreError> {
        let result = sqlx::query("SELECT MAX(day) FROM feed_head")
            .fetch_one(self.connection())
            .await
            .and_then(|row| row.try_get::<Option<String>, _>(0));
        let day = result.map_err(|e| self.failed("reading the ledger's heads", e))?;
        day.map(|day| day.parse().map_err(|e| corrupt("ledger head", &day, e))).transpose()
    }

    /// Notes that a day's ledger head is published.
    pub async fn add_feed_head(&mut self, day: LocalDate, feed_seq: u64) -> Result<(), StoreError> {
        let result = sqlx::query("INSERT INTO feed_head (day, feed_seq) VALUES ($1, $2)")
            .bind(day.to_string())
            .bind(signed(feed_seq))
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("noting a ledger head", e))
    }

    /// The newest ledger entry posted before a moment.
    pub async fn last_ledger_entry_before(
        &mut self,
        moment: Timestamp,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let mut before = i64::MAX;
        loop {
            let rows = sqlx::query("SELECT seq, entry FROM ledger WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
                .bind(before)
                .bind(LEDGER_PAGE)
                .fetch_all(self.connection())
                .await
                .and_then(|rows| {
                    rows.iter()
                        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                        .collect::<Result<Vec<(i64, String)>, _>>()
                });
            let rows = rows.map_err(|e| self.failed("reading the ledger", e))?;
            for (seq, text) in &rows {
                let entry: LedgerEntry =
                    serde_json::from_str(text).map_err(|e| corrupt("ledger entry", seq, e))?;
                if entry.posted_at < moment {
                    return Ok(Some(entry));
                }
            }
            match rows.last() {
                Some((seq, _)) => before = *seq,
                None => return Ok(None),
            }
        }
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

    /// Every key, the first first.
    pub async fn feed_keys(&self) -> Result<Vec<StoredFeedKey>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT public_key, from_seq, added_ms FROM feed_key ORDER BY from_seq")
            .fetch_all(&mut *reader)
            .await;
        let read = |row: &Row| -> Result<_, sqlx::Error> {
            Ok(StoredFeedKey {
                public_key: row.try_get(0)?,
                from_seq: unsigned(row.try_get(1)?),
                added: Timestamp::from_millis(row.try_get(2)?),
            })
        };
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading the feed's keys", e))
    }

    /// Who is listed and as of which event, both of one moment.
    pub async fn listed_now(&self) -> Result<ListedNow, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT 1, seq, line FROM feed WHERE seq = (SELECT MAX(seq) FROM feed) UNION ALL \
             SELECT 0, f.seq, f.line FROM listing l JOIN feed f ON f.seq = l.feed_seq ORDER BY 1, 2",
        )
        .fetch_all(&mut *reader)
        .await
        .and_then(|rows| {
            let read = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            rows.iter().map(read).collect::<Result<Vec<(i64, i64, String)>, _>>()
        });
        let mut now = ListedNow::default();
        for (is_newest, seq, line) in rows.map_err(|e| self.failed("reading the black list", e))? {
            if is_newest == 1 {
                now.newest = Some((unsigned(seq), line));
            } else {
                now.lines.push(line);
            }
        }
        Ok(now)
    }

    /// Up to `limit` published lines after a number, each with its own, in order.
    pub async fn feed_rows_after(&self, seq: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT seq, line FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(signed(seq))
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await;
        let read = |row: &Row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?));
        rows.and_then(|rows| rows.iter().map(read).collect()).map_err(|e| self.failed("reading the feed", e))
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
