//! The report log's rows.

use domain::Timestamp;
use sqlx::Row as _;

use super::{Change, Store, StoreError, signed, unsigned};

/// One row of the log: a batch that was committed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedBatch {
    /// Its number, from 1 without holes.
    pub position: u64,
    /// When it was committed.
    pub appended: Timestamp,
    /// The encoded reports.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Appends one batch at `position` and makes it durable, when the log ends right before; `false` and nothing is changed
    /// when it does not. `span` are the earliest and latest report times in it. One statement is one transaction: a round
    /// trip to the database's thread instead of three.
    pub async fn append_batch(
        &self,
        position: u64,
        now: Timestamp,
        span: (Timestamp, Timestamp),
        reports: usize,
        bytes: Vec<u8>,
    ) -> Result<bool, StoreError> {
        let mut writer = self.writer().await?;
        let result = sqlx::query(
            "INSERT INTO report_log (position, appended_ms, first_ms, last_ms, reports, batch) \
             SELECT $1, $2, $3, $4, $5, $6 WHERE $1 = (SELECT COALESCE(MAX(position), 0) + 1 FROM report_log)",
        )
        .bind(signed(position))
        .bind(now.millis())
        .bind(span.0.millis())
        .bind(span.1.millis())
        .bind(reports as i64)
        .bind(bytes)
        .execute(&mut *writer)
        .await;
        let done = result.map_err(|e| self.failed("appending to the report log", e))?;
        Ok(done.rows_affected() > 0)
    }
}

impl Change {
    /// Notes how far the findings account for the log.
    pub async fn set_judged(&mut self, position: u64) -> Result<(), StoreError> {
        let result = sqlx::query("UPDATE judged SET position = $1 WHERE id = 1")
            .bind(signed(position))
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("noting the judged position", e))
    }
}

impl Store {
    /// Up to `limit` batches after a position, in order, that hold up to `reports_max` reports or are one.
    pub async fn batches_after(
        &self,
        position: u64,
        limit: u32,
        reports_max: u64,
    ) -> Result<Vec<LoggedBatch>, StoreError> {
        let limit = self.rows_within(position, limit, reports_max).await?;
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT position, appended_ms, batch FROM report_log WHERE position > $1 ORDER BY position LIMIT $2",
        )
        .bind(signed(position))
        .bind(limit)
        .fetch_all(&mut *reader)
        .await;
        self.batches(rows)
    }

    /// How many of the rows after a position hold up to `reports_max` reports, but at least one.
    async fn rows_within(&self, position: u64, limit: u32, reports_max: u64) -> Result<i64, StoreError> {
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query("SELECT reports FROM report_log WHERE position > $1 ORDER BY position LIMIT $2")
                .bind(signed(position))
                .bind(i64::from(limit))
                .fetch_all(&mut *reader)
                .await;
        let counts: Result<Vec<i64>, sqlx::Error> =
            rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect());
        let counts = counts.map_err(|e| self.failed("reading the report log", e))?;
        let mut reports = 0;
        let fitting = counts.iter().take_while(|count| {
            reports += unsigned(**count);
            reports <= reports_max
        });
        Ok(fitting.count().max(1) as i64)
    }

    /// Up to `limit` batches after a position that hold reports of a stretch of time.
    pub async fn batches_between(
        &self,
        after: u64,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<LoggedBatch>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT position, appended_ms, batch FROM report_log \
             WHERE last_ms >= $1 AND first_ms <= $2 AND position > $3 ORDER BY position LIMIT $4",
        )
        .bind(from.millis())
        .bind(to.millis())
        .bind(signed(after))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        self.batches(rows)
    }

    fn batches(
        &self,
        rows: Result<Vec<super::sqlite::Row>, sqlx::Error>,
    ) -> Result<Vec<LoggedBatch>, StoreError> {
        let read = |row: &super::sqlite::Row| {
            Ok(LoggedBatch {
                position: unsigned(row.try_get(0)?),
                appended: Timestamp::from_millis(row.try_get(1)?),
                bytes: row.try_get(2)?,
            })
        };
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading the report log", e))
    }

    /// The position of the first batch committed at or after a moment, minus one: where a refold of what came since
    /// begins. 0 when that is the whole log.
    pub async fn position_before(&self, moment: Timestamp) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COALESCE(MAX(position), 0) FROM report_log WHERE appended_ms < $1")
            .bind(moment.millis())
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("reading the report log", e))
    }

    /// The last position of the log and how many reports it holds.
    pub async fn log_extent(&self) -> Result<(u64, u64), StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COALESCE(MAX(position), 0), COALESCE(SUM(reports), 0) FROM report_log")
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| Ok((unsigned(row.try_get(0)?), unsigned(row.try_get(1)?))))
            .map_err(|e| self.failed("measuring the report log", e))
    }

    /// How far the findings account for the log.
    pub async fn judged_position(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT position FROM judged WHERE id = 1").fetch_one(&mut *reader).await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("reading the judged position", e))
    }
}
