//! The report log's rows and the set of reports already in it.

use std::collections::HashSet;

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Database;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// A row at a time costs a hop to the database's thread each; past some hundred rows a statement gains nothing more.
const SEEN_ROWS_PER_STATEMENT: usize = 100;

/// What makes a report the same report: its time and its id.
pub type SeenKey = (Timestamp, [u8; 16]);

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

impl Change {
    /// Notes reports as seen and returns those that were not before. A key given twice is returned once.
    pub async fn note_seen(&mut self, keys: &[SeenKey]) -> Result<HashSet<SeenKey>, StoreError> {
        let what = "looking for repeated reports";
        let mut new = HashSet::with_capacity(keys.len());
        for chunk in keys.chunks(SEEN_ROWS_PER_STATEMENT) {
            let mut query =
                sqlx::QueryBuilder::<Database>::new("INSERT INTO report_seen (time_ms, report_id) ");
            query.push_values(chunk, |mut row, (time, id)| {
                row.push_bind(time.millis()).push_bind(id.to_vec());
            });
            query.push(" ON CONFLICT DO NOTHING RETURNING time_ms, report_id");
            let result = query.build().fetch_all(self.connection()).await;
            for row in result.map_err(|e| self.failed(what, e))? {
                let read = || Ok((row.try_get::<i64, _>(0)?, row.try_get::<Vec<u8>, _>(1)?));
                let (time_ms, id) = read().map_err(|e| self.failed(what, e))?;
                let id = <[u8; 16]>::try_from(id)
                    .map_err(|id| corrupt("report id", hex::encode(id), "not 16 bytes"))?;
                new.insert((Timestamp::from_millis(time_ms), id));
            }
        }
        Ok(new)
    }

    /// Appends one batch and returns its position. `span` are the earliest and latest report times in it.
    pub async fn append_batch(
        &mut self,
        now: Timestamp,
        span: (Timestamp, Timestamp),
        reports: usize,
        bytes: &[u8],
    ) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO report_log (position, appended_ms, first_ms, last_ms, reports, batch) \
             SELECT COALESCE(MAX(position), 0) + 1, $1, $2, $3, $4, $5 FROM report_log RETURNING position",
        )
        .bind(now.millis())
        .bind(span.0.millis())
        .bind(span.1.millis())
        .bind(reports as i64)
        .bind(bytes)
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("appending to the report log", e))
    }

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
    /// Up to `limit` batches after a position, in order.
    pub async fn batches_after(&self, position: u64, limit: u32) -> Result<Vec<LoggedBatch>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT position, appended_ms, batch FROM report_log WHERE position > $1 ORDER BY position LIMIT $2",
        )
        .bind(signed(position))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        self.batches(rows)
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
