//! Tips, their pictures, and who read which case.

use domain::{Plate, Timestamp};
use sqlx::Row as _;

use crate::street::photo::{Photo, PhotoKind};
use crate::street::receipt::Receipt;
use crate::street::tip::{Tip, TipState};

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// Which tips.
#[derive(Debug, Clone, Default)]
pub struct TipQuery {
    /// Only of this state; those still open when absent.
    pub state: Option<TipState>,
    /// Only those told before this place.
    pub before: Option<u64>,
}

/// How many tips stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TipCounts {
    /// Nobody looked at them yet.
    pub received: u64,
    /// Being looked at.
    pub taken: u64,
    /// A case was entered.
    pub filed: u64,
    /// Closed without one.
    pub dismissed: u64,
}

/// Somebody's first look at a case on a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CaseRead {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// `case`, `evidence bundle` or `evidence sheet`.
    pub what: String,
}

impl Change {
    /// Stores a tip with its pictures under its sender's key. A key that is known changes nothing and gives the tip stored
    /// under it.
    pub async fn add_tip(
        &mut self,
        tip: &Tip,
        key: &str,
        photos: &[Photo],
    ) -> Result<Option<Tip>, StoreError> {
        let what = "storing a tip";
        let known = sqlx::query("SELECT record FROM tip WHERE send_key = $1")
            .bind(key)
            .fetch_optional(self.connection())
            .await
            .map_err(|e| self.failed(what, e))?;
        if let Some(row) = known {
            return read(&row, 0).map(Some);
        }
        for photo in photos {
            let result = sqlx::query(
                "INSERT INTO tip_photo (id, kind, bytes) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            )
            .bind(&photo.id)
            .bind(photo.kind.word())
            .bind(&photo.bytes)
            .execute(self.connection())
            .await;
            result.map_err(|e| self.failed(what, e))?;
        }
        let result = sqlx::query(
            "INSERT INTO tip (receipt, send_key, origin, state, plate, received_ms, record) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tip.receipt.as_str())
        .bind(key)
        .bind(tip.origin.word())
        .bind(tip.state.word())
        .bind(tip.plate.as_ref().map(|plate| plate.as_str().to_owned()))
        .bind(tip.received.millis())
        .bind(record(tip)?)
        .execute(self.connection())
        .await;
        result.map_err(|e| self.failed(what, e))?;
        Ok(None)
    }

    /// Stores how a tip stands now.
    pub async fn put_tip(&mut self, tip: &Tip) -> Result<(), StoreError> {
        let result = sqlx::query("UPDATE tip SET state = $1, record = $2 WHERE receipt = $3")
            .bind(tip.state.word())
            .bind(record(tip)?)
            .bind(tip.receipt.as_str())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("storing a tip", e))
    }

    /// One tip.
    pub async fn tip(&mut self, receipt: &Receipt) -> Result<Option<Tip>, StoreError> {
        let row = sqlx::query("SELECT record FROM tip WHERE receipt = $1")
            .bind(receipt.as_str())
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a tip", e))?.map(|row| read(&row, 0)).transpose()
    }
}

impl Store {
    /// One tip.
    pub async fn tip(&self, receipt: &Receipt) -> Result<Option<Tip>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT record FROM tip WHERE receipt = $1")
            .bind(receipt.as_str())
            .fetch_optional(&mut *reader)
            .await;
        row.map_err(|e| self.failed("reading a tip", e))?.map(|row| read(&row, 0)).transpose()
    }

    /// Tips with their places, the newest first.
    pub async fn tips(&self, query: &TipQuery, limit: u32) -> Result<Vec<(u64, Tip)>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, record FROM tip WHERE (state = $1 OR ($1 = 'open' AND state IN ('received', 'taken'))) \
             AND seq < $2 ORDER BY seq DESC LIMIT $3",
        )
        .bind(query.state.map_or("open", TipState::word))
        .bind(query.before.map_or(i64::MAX, signed))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading tips", e))?;
        let seq = |row: &Row| row.try_get(0).map(unsigned).map_err(|e| corrupt("tip", "?", e));
        rows.iter().map(|row| Ok((seq(row)?, read(row, 1)?))).collect()
    }

    /// How many tips stand where.
    pub async fn tip_counts(&self) -> Result<TipCounts, StoreError> {
        let what = "counting tips";
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT state, COUNT(*) FROM tip GROUP BY state")
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let mut counts = TipCounts::default();
        for row in &rows {
            let (state, count): (String, i64) = row
                .try_get(0)
                .and_then(|state| Ok((state, row.try_get(1)?)))
                .map_err(|e| self.failed(what, e))?;
            match TipState::ALL.into_iter().find(|known| known.word() == state) {
                Some(TipState::Received) => counts.received = unsigned(count),
                Some(TipState::Taken) => counts.taken = unsigned(count),
                Some(TipState::Filed) => counts.filed = unsigned(count),
                Some(TipState::Dismissed) => counts.dismissed = unsigned(count),
                None => return Err(corrupt("tip state", state, "unknown")),
            }
        }
        Ok(counts)
    }

    /// How many tips about a truck are still open.
    pub async fn open_tips_of(&self, plate: &Plate) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM tip WHERE plate = $1 AND state IN ('received', 'taken')")
            .bind(plate.as_str())
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("counting tips", e))
    }

    /// The tip a case was entered from.
    pub async fn tip_of_case(&self, case_no: &str) -> Result<Option<Tip>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT record FROM tip WHERE state = 'filed' AND json_extract(record, '$.end.case_no') = $1",
        )
        .bind(case_no)
        .fetch_optional(&mut *reader)
        .await;
        row.map_err(|e| self.failed("reading a tip", e))?.map(|row| read(&row, 0)).transpose()
    }

    /// Number of the version of the registers in force at a moment, and since when it is; before the first, the first.
    pub async fn registers_in_force_at(
        &self,
        time: Timestamp,
    ) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT version, in_force_ms FROM register_version \
             ORDER BY CASE WHEN in_force_ms <= $1 THEN in_force_ms ELSE -in_force_ms - 1000000000000000 END DESC, version DESC LIMIT 1",
        )
        .bind(time.millis())
        .fetch_optional(&mut *reader)
        .await;
        row.and_then(|row| {
            row.map(|row| Ok((unsigned(row.try_get(0)?), Timestamp::from_millis(row.try_get(1)?))))
                .transpose()
        })
        .map_err(|e| self.failed("reading the registers", e))
    }

    /// A picture.
    pub async fn tip_photo(&self, id: &str) -> Result<Option<Photo>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT kind, bytes FROM tip_photo WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed("reading a picture", e))?;
        let Some(row) = row else { return Ok(None) };
        let (kind, bytes): (String, Vec<u8>) = row
            .try_get(0)
            .and_then(|kind| Ok((kind, row.try_get(1)?)))
            .map_err(|e| self.failed("reading a picture", e))?;
        let kind = PhotoKind::from_word(&kind).ok_or_else(|| corrupt("picture", id, kind))?;
        Ok(Some(Photo { id: id.to_owned(), kind, bytes }))
    }

    /// Notes that somebody reads a case; a second look on the same day is the same look.
    pub async fn note_case_read(
        &self,
        case_no: &str,
        who: &str,
        what: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let result = sqlx::query(
            "INSERT INTO case_read (case_no, who, day, what, first_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (case_no, who, day, what) DO NOTHING",
        )
        .bind(case_no)
        .bind(who)
        .bind(now.local_date().to_string())
        .bind(what)
        .bind(now.millis())
        .execute(&mut *writer)
        .await;
        result.map(drop).map_err(|e| self.failed("noting who reads a case", e))
    }

    /// Who read a case, oldest first.
    pub async fn case_reads(&self, case_no: &str) -> Result<Vec<CaseRead>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT first_ms, who, what FROM case_read WHERE case_no = $1 ORDER BY first_ms, who, what",
        )
        .bind(case_no)
        .fetch_all(&mut *reader)
        .await;
        let one = |row: &Row| {
            Ok(CaseRead {
                at: Timestamp::from_millis(row.try_get(0)?),
                who: row.try_get(1)?,
                what: row.try_get(2)?,
            })
        };
        rows.and_then(|rows| rows.iter().map(one).collect())
            .map_err(|e| self.failed("reading who read a case", e))
    }
}

fn record(tip: &Tip) -> Result<String, StoreError> {
    serde_json::to_string(tip).map_err(|e| corrupt("tip", &tip.receipt, e))
}

fn read(row: &Row, column: usize) -> Result<Tip, StoreError> {
    let text: String = row.try_get(column).map_err(|e| corrupt("tip", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("tip", &text, e))
}
