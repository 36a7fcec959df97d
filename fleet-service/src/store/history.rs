//! Chunks of history, in a file of their own.
//!
//! Everything here follows from the report log, so commits are not synced one by one (a power cut may undo the last of
//! them, as a whole and with the position, and the log fills it again) and never wait for the log's writer.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::Row as _;

use super::sqlite::{self, Connection, Database, Pool};
use super::{StoreError, classify, corrupt, signed, unsigned};
use crate::history::hour::{Day, Hour};
use crate::history::subject::Subject;

/// Name of the history file inside the data folder.
pub const HISTORY_FILE: &str = "history.sqlite3";

/// Rows a statement writes or asks for: past some hundred a statement gains nothing more.
const ROWS_PER_STATEMENT: usize = 200;
/// Most subjects whose numbers are remembered; others are looked up each time.
const REMEMBERED_MAX: usize = 200_000;
/// Hours and days before 1970 are negative: moved up so that keys are not.
const OFFSET: i64 = 1 << 30;
const SUBJECT_BITS: u32 = 32;

/// A stored chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many reports it holds.
    pub reports: u64,
}

/// A subject's number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectNumber(u32);

/// What the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistoryExtent {
    /// Subjects.
    pub subjects: u64,
    /// Hours not folded into days.
    pub hours: u64,
    /// Days of subjects.
    pub days: u64,
    /// Size of the file, bytes.
    pub bytes: u64,
}

/// The history file. Cheap to clone.
#[derive(Clone)]
pub struct HistoryStore {
    readers: Pool,
    writer: Pool,
    path: PathBuf,
    numbers: Arc<Mutex<HashMap<Subject, SubjectNumber>>>,
}

/// One write transaction on the history file.
pub struct HistoryChange {
    transaction: sqlx::Transaction<'static, Database>,
    path: PathBuf,
}

fn key(number: i64, subject: SubjectNumber) -> i64 {
    // Hours of the calendar's years stay far inside 30 bits.
    (number.clamp(-OFFSET, OFFSET - 1) + OFFSET) << SUBJECT_BITS | i64::from(subject.0)
}

fn of_key(key: i64) -> (i64, SubjectNumber) {
    ((key >> SUBJECT_BITS) - OFFSET, SubjectNumber(key as u32))
}

const FIRST_SUBJECT: SubjectNumber = SubjectNumber(0);

impl HistoryStore {
    /// Opens the history file of a data folder, making it when it is missing.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data)
            .map_err(|source| StoreError::Folder { path: data.to_owned(), source })?;
        let path = data.join(HISTORY_FILE);
        let (writer, readers) = sqlite::open_history(&path).await?;
        Ok(Self { readers, writer, path, numbers: Arc::default() })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a change. There is one writer.
    pub async fn change(&self) -> Result<HistoryChange, StoreError> {
        let transaction =
            sqlite::begin(&self.writer).await.map_err(|e| self.failed("beginning a change of history", e))?;
        Ok(HistoryChange { transaction, path: self.path.clone() })
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn reader(&self) -> Result<sqlite::Pooled, StoreError> {
        self.readers.acquire().await.map_err(|e| self.failed("taking a connection to history", e))
    }

    fn failed(&self, what: &'static str, source: sqlx::Error) -> StoreError {
        classify(&self.path, what, source)
    }

    /// How far the chunks account for the log.
    pub async fn followed(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT position FROM followed WHERE id = 1").fetch_one(&mut *reader).await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("reading how far history goes", e))
    }

    /// The number of a subject, if anything of it is stored.
    pub async fn number_of(&self, subject: &Subject) -> Result<Option<SubjectNumber>, StoreError> {
        if let Some(number) = self.remembered(subject) {
            return Ok(Some(number));
        }
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT number FROM subject WHERE name = $1")
            .bind(subject.name())
            .fetch_optional(&mut *reader)
            .await;
        let number = row
            .and_then(|row| row.map(|row| row.try_get::<u32, _>(0).map(SubjectNumber)).transpose())
            .map_err(|e| self.failed("looking a truck up in history", e))?;
        if let Some(number) = number {
            self.remember(subject, number);
        }
        Ok(number)
    }

    /// Every subject, by number.
    pub async fn subjects(&self) -> Result<HashMap<SubjectNumber, Subject>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT number, name FROM subject").fetch_all(&mut *reader).await;
        let rows = rows.map_err(|e| self.failed("reading the trucks of history", e))?;
        let read = |row: &sqlite::Row| Ok((row.try_get::<u32, _>(0)?, row.try_get::<String, _>(1)?));
        rows.iter()
            .map(|row| {
                let (number, name) =
                    read(row).map_err(|e| self.failed("reading the trucks of history", e))?;
                let subject = Subject::from_name(&name)
                    .ok_or_else(|| corrupt("history subject", &name, "neither a plate nor a tag"))?;
                Ok((SubjectNumber(number), subject))
            })
            .collect()
    }

    /// Chunks of hours, as far as they are there.
    pub async fn hour_chunks(
        &self,
        wanted: &[(Hour, SubjectNumber)],
    ) -> Result<HashMap<(Hour, SubjectNumber), StoredChunk>, StoreError> {
        let keys = wanted.iter().map(|(hour, subject)| key(hour.number(), *subject));
        let found = self.chunks("SELECT key, reports, chunk FROM hour_chunk WHERE key IN (", keys).await?;
        Ok(found.into_iter().map(|((n, subject), chunk)| ((Hour::from_number(n), subject), chunk)).collect())
    }

    /// Chunks of days, as far as they are there.
    pub async fn day_chunks(
        &self,
        wanted: &[(Day, SubjectNumber)],
    ) -> Result<HashMap<(Day, SubjectNumber), StoredChunk>, StoreError> {
        let keys = wanted.iter().map(|(day, subject)| key(day.number(), *subject));
        let found = self.chunks("SELECT key, reports, chunk FROM day_chunk WHERE key IN (", keys).await?;
        Ok(found.into_iter().map(|((n, subject), chunk)| ((Day::from_number(n), subject), chunk)).collect())
    }

    async fn chunks(
        &self,
        select: &'static str,
        keys: impl Iterator<Item = i64>,
    ) -> Result<HashMap<(i64, SubjectNumber), StoredChunk>, StoreError> {
        let keys: Vec<i64> = keys.collect();
        let mut found = HashMap::new();
        let mut reader = self.reader().await?;
        for some in keys.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(select);
            let mut list = query.separated(", ");
            for key in some {
                list.push_bind(*key);
            }
            query.push(")");
            let rows = query.build().fetch_all(&mut *reader).await;
            for row in rows.map_err(|e| self.failed("reading history", e))? {
                let read = || {
                    let chunk = StoredChunk { bytes: row.try_get(2)?, reports: unsigned(row.try_get(1)?) };
                    Ok((of_key(row.try_get(0)?), chunk))
                };
                let (key, chunk) = read().map_err(|e| self.failed("reading history", e))?;
                found.insert(key, chunk);
            }
        }
        Ok(found)
    }

    /// The first hour that lies outside the days.
    pub async fn first_hour(&self) -> Result<Option<Hour>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT MIN(key) FROM hour_chunk").fetch_one(&mut *reader).await;
        let key = row
            .and_then(|row| row.try_get::<Option<i64>, _>(0))
            .map_err(|e| self.failed("looking for the first hour of history", e))?;
        Ok(key.map(|key| Hour::from_number(of_key(key).0)))
    }

    /// The hours of a day that lie outside it, by subject and hour.
    pub async fn hours_of(&self, day: Day) -> Result<Vec<(SubjectNumber, Hour)>, StoreError> {
        let from = key(day.first_hour().number(), FIRST_SUBJECT);
        let to = key(day.plus_days(1).first_hour().number(), FIRST_SUBJECT);
        let mut hours: Vec<(SubjectNumber, Hour)> = self
            .keys("SELECT key FROM hour_chunk WHERE key >= $1 AND key < $2", from, to)
            .await?
            .into_iter()
            .map(|(hour, subject)| (subject, Hour::from_number(hour)))
            .collect();
        hours.sort_unstable();
        Ok(hours)
    }

    /// The subjects that have a chunk of a day.
    pub async fn subjects_of(&self, day: Day) -> Result<Vec<SubjectNumber>, StoreError> {
        let (from, to) = (key(day.number(), FIRST_SUBJECT), key(day.number() + 1, FIRST_SUBJECT));
        let keys = self.keys("SELECT key FROM day_chunk WHERE key >= $1 AND key < $2", from, to).await?;
        Ok(keys.into_iter().map(|(_, subject)| subject).collect())
    }

    async fn keys(
        &self,
        select: &'static str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, SubjectNumber)>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(select).bind(from).bind(to).fetch_all(&mut *reader).await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get(0).map(of_key)).collect())
            .map_err(|e| self.failed("listing a day of history", e))
    }

    /// What the file holds. Reads through every key: for the operator, not for every request.
    pub async fn extent(&self) -> Result<HistoryExtent, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM subject), (SELECT COUNT(*) FROM hour_chunk), \
             (SELECT COUNT(*) FROM day_chunk)",
        )
        .fetch_one(&mut *reader)
        .await;
        let bytes = std::fs::metadata(&self.path).map_or(0, |found| found.len());
        row.and_then(|row| {
            Ok(HistoryExtent {
                subjects: unsigned(row.try_get(0)?),
                hours: unsigned(row.try_get(1)?),
                days: unsigned(row.try_get(2)?),
                bytes,
            })
        })
        .map_err(|e| self.failed("measuring history", e))
    }

    fn remembered(&self, subject: &Subject) -> Option<SubjectNumber> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).get(subject).copied()
    }

    fn remember(&self, subject: &Subject, number: SubjectNumber) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() < REMEMBERED_MAX {
            numbers.insert(subject.clone(), number);
        }
    }
}

impl HistoryChange {
    /// Makes everything done in it last.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { transaction, path } = self;
        transaction.commit().await.map_err(|e| classify(&path, "committing history", e))
    }

    fn connection(&mut self) -> &mut Connection {
        &mut self.transaction
    }

    fn failed(&self, what: &'static str, source: sqlx::Error) -> StoreError {
        classify(&self.path, what, source)
    }

    /// The number of a subject, given when it has none.
    pub async fn number(&mut self, subject: &Subject) -> Result<SubjectNumber, StoreError> {
        let row = sqlx::query(
            "INSERT INTO subject (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name \
             RETURNING number",
        )
        .bind(subject.name())
        .fetch_one(self.connection())
        .await;
        row.and_then(|row| row.try_get::<u32, _>(0))
            .map(SubjectNumber)
            .map_err(|e| self.failed("entering a truck into history", e))
    }

    /// Stores chunks of hours in place of those before.
    pub async fn put_hours(
        &mut self,
        chunks: &[(Hour, SubjectNumber, StoredChunk)],
    ) -> Result<(), StoreError> {
        let rows = chunks.iter().map(|(hour, subject, chunk)| (key(hour.number(), *subject), chunk));
        self.put("INSERT INTO hour_chunk (key, reports, chunk) ", rows).await
    }

    /// Stores chunks of days in place of those before.
    pub async fn put_days(&mut self, chunks: &[(Day, SubjectNumber, StoredChunk)]) -> Result<(), StoreError> {
        let rows = chunks.iter().map(|(day, subject, chunk)| (key(day.number(), *subject), chunk));
        self.put("INSERT INTO day_chunk (key, reports, chunk) ", rows).await
    }

    async fn put<'c>(
        &mut self,
        insert: &'static str,
        rows: impl Iterator<Item = (i64, &'c StoredChunk)>,
    ) -> Result<(), StoreError> {
        let rows: Vec<(i64, &StoredChunk)> = rows.collect();
        for some in rows.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(insert);
            query.push_values(some, |mut row, (key, chunk)| {
                row.push_bind(*key).push_bind(signed(chunk.reports)).push_bind(chunk.bytes.clone());
            });
            query.push(" ON CONFLICT (key) DO UPDATE SET reports = excluded.reports, chunk = excluded.chunk");
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("storing history", e))?;
        }
        Ok(())
    }

    /// Drops chunks of hours.
    pub async fn drop_hours(&mut self, hours: &[(SubjectNumber, Hour)]) -> Result<(), StoreError> {
        for some in hours.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new("DELETE FROM hour_chunk WHERE key IN (");
            let mut list = query.separated(", ");
            for (subject, hour) in some {
                list.push_bind(key(hour.number(), *subject));
            }
            query.push(")");
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("folding hours into a day", e))?;
        }
        Ok(())
    }

    /// Deletes up to `limit` chunks of days before `first`, and as many of hours; returns how many went.
    pub async fn delete_before(&mut self, first: Day, limit: u32) -> Result<u64, StoreError> {
        let mut gone = 0;
        for (delete, before) in [
            (
                "DELETE FROM day_chunk WHERE key IN (SELECT key FROM day_chunk WHERE key < $1 ORDER BY key LIMIT $2)",
                key(first.number(), FIRST_SUBJECT),
            ),
            (
                "DELETE FROM hour_chunk WHERE key IN (SELECT key FROM hour_chunk WHERE key < $1 ORDER BY key LIMIT $2)",
                key(first.first_hour().number(), FIRST_SUBJECT),
            ),
        ] {
            let result =
                sqlx::query(delete).bind(before).bind(i64::from(limit)).execute(self.connection()).await;
            gone += result.map_err(|e| self.failed("deleting old history", e))?.rows_affected();
        }
        Ok(gone)
    }

    /// Notes how far the chunks account for the log.
    pub async fn set_followed(&mut self, position: u64) -> Result<(), StoreError> {
        let result = sqlx::query("UPDATE followed SET position = $1 WHERE id = 1")
            .bind(signed(position))
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("noting how far history goes", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(byte: u8) -> StoredChunk {
        StoredChunk { bytes: vec![byte; 3], reports: u64::from(byte) }
    }

    #[tokio::test]
    async fn chunks_and_position_are_stored_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = HistoryStore::open(folder.path()).await.unwrap();
        let subject = Subject::from_name("豫A12345").unwrap();
        assert_eq!(store.number_of(&subject).await.unwrap(), None);
        let hour = Hour::from_number(500_000);
        for (byte, is_committed) in [(1, true), (2, false), (3, true), (4, false)] {
            let mut change = store.change().await.unwrap();
            let number = change.number(&subject).await.unwrap();
            change.put_hours(&[(hour, number, chunk(byte))]).await.unwrap();
            change.set_followed(u64::from(byte)).await.unwrap();
            if is_committed {
                change.commit().await.unwrap();
            }
        }
        let number = store.number_of(&subject).await.unwrap().unwrap();
        let found = store.hour_chunks(&[(hour, number)]).await.unwrap();
        assert_eq!(found[&(hour, number)], chunk(3));
        assert_eq!(store.followed().await.unwrap(), 3);
    }

    #[tokio::test]
    async fn the_oldest_days_go_and_hours_are_listed_by_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = HistoryStore::open(folder.path()).await.unwrap();
        let today = Day::from_number(20_000);
        let mut change = store.change().await.unwrap();
        let a = change.number(&Subject::from_name("豫A12345").unwrap()).await.unwrap();
        let b = change.number(&Subject::from_name("3075").unwrap()).await.unwrap();
        assert_ne!(a, b);
        let days: Vec<_> = (-3..=0).map(|n| (today.plus_days(n), a, chunk(1))).collect();
        change.put_days(&days).await.unwrap();
        let noon = Hour::from_number(today.first_hour().number() + 12);
        let early = today.plus_days(-2).first_hour();
        change.put_hours(&[(noon, b, chunk(2)), (noon, a, chunk(2)), (early, b, chunk(2))]).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(store.hours_of(today).await.unwrap(), [(a, noon), (b, noon)]);
        assert_eq!(store.first_hour().await.unwrap(), Some(early));

        let mut change = store.change().await.unwrap();
        assert_eq!(change.delete_before(today.plus_days(-1), 1).await.unwrap(), 2);
        assert_eq!(change.delete_before(today.plus_days(-1), 1).await.unwrap(), 1);
        assert_eq!(change.delete_before(today.plus_days(-1), 1).await.unwrap(), 0);
        change.commit().await.unwrap();
        assert_eq!(store.first_hour().await.unwrap(), Some(noon));
        assert!(store.subjects_of(today.plus_days(-2)).await.unwrap().is_empty());
        assert_eq!(store.subjects_of(today.plus_days(-1)).await.unwrap(), [a]);
        let extent = store.extent().await.unwrap();
        assert_eq!((extent.subjects, extent.hours, extent.days), (2, 2, 2));
    }
}
