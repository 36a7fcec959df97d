//! Runs of what is in the report log already.

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Database;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// Rows of one INSERT: a row at a time costs a hop to the database's thread each.
const RUNS_PER_STATEMENT: usize = 200;

/// One run as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenRun<'a> {
    /// The reports' own time in hours since 1970-01-01 UTC.
    pub hour: i64,
    /// Its shard.
    pub shard: u16,
    /// Latest report time in it.
    pub last: Timestamp,
    /// 16 bytes a report.
    pub ids: &'a [u8],
}

impl Change {
    /// Adds runs and notes up to which position of the log, and in which form, they account for it.
    pub async fn add_seen_runs(
        &mut self,
        runs: &[SeenRun<'_>],
        position: u64,
        form: i64,
    ) -> Result<(), StoreError> {
        let what = "noting which reports are stored";
        for chunk in runs.chunks(RUNS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(
                "INSERT INTO report_seen_run (hour, shard, last_ms, ids) ",
            );
            query.push_values(chunk, |mut row, run| {
                row.push_bind(run.hour)
                    .push_bind(i64::from(run.shard))
                    .push_bind(run.last.millis())
                    .push_bind(run.ids.to_vec());
            });
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed(what, e))?;
        }
        let result = sqlx::query("UPDATE report_seen_upto SET position = $1, form = $2 WHERE id = 1")
            .bind(signed(position))
            .bind(form)
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }

    /// Drops every run: they are made anew from the log.
    pub async fn drop_seen_runs(&mut self, form: i64) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM report_seen_run").execute(self.connection()).await;
        result.map_err(|e| self.failed("dropping what was noted of stored reports", e))?;
        self.add_seen_runs(&[], 0, form).await
    }
}

impl Store {
    /// Up to which position of the log the runs account for it, and the form of their ids.
    pub async fn seen_upto(&self) -> Result<(u64, i64), StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT position, form FROM report_seen_upto WHERE id = 1")
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?)))
            .map_err(|e| self.failed("reading what was noted of stored reports", e))
    }

    /// The latest report time in the runs of an hour, for each shard that has any.
    pub async fn seen_reach(&self, hour: i64) -> Result<Vec<(u16, Timestamp)>, StoreError> {
        let what = "reading what was noted of stored reports";
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query("SELECT shard, MAX(last_ms) FROM report_seen_run WHERE hour = $1 GROUP BY shard")
                .bind(hour)
                .fetch_all(&mut *reader)
                .await
                .map_err(|e| self.failed(what, e))?;
        let mut reaches = Vec::with_capacity(rows.len());
        for row in rows {
            let read = || Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?));
            let (shard, last) = read().map_err(|e| self.failed(what, e))?;
            let shard = u16::try_from(shard).map_err(|e| corrupt("shard of seen reports", shard, e))?;
            reaches.push((shard, Timestamp::from_millis(last)));
        }
        Ok(reaches)
    }

    /// Every id in the runs of an hour and shard, one behind the other.
    pub async fn seen_ids(&self, hour: i64, shard: u16) -> Result<Vec<u8>, StoreError> {
        let what = "looking for repeated reports";
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT ids FROM report_seen_run WHERE hour = $1 AND shard = $2")
            .bind(hour)
            .bind(i64::from(shard))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let mut ids = Vec::new();
        for row in rows {
            let run: &[u8] = row.try_get(0).map_err(|e| self.failed(what, e))?;
            ids.extend_from_slice(run);
        }
        Ok(ids)
    }
}
