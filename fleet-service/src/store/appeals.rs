//! Objections and requests for repair.

use std::collections::BTreeSet;

use domain::{Authority, Uscc};
use scoring::EntryId;
use sqlx::Row as _;

use crate::cases::appeal::{Appeal, AppealState, Target};

use super::sqlite::{self, Row};
use super::{Change, Store, StoreError, corrupt, unsigned};

impl Change {
    /// The place the next appeal will have.
    pub async fn next_appeal_seq(&mut self) -> Result<u64, StoreError> {
        let row =
            sqlx::query("SELECT COALESCE(MAX(seq), 0) + 1 FROM appeal").fetch_one(self.connection()).await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("numbering an appeal", e))
    }

    /// Stores an appeal whole. A second open one about the same thing is refused.
    pub async fn put_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError> {
        let record = serde_json::to_string(appeal).map_err(|e| corrupt("appeal", &appeal.number, e))?;
        let result = sqlx::query(
            "INSERT INTO appeal (number, uscc, authority, kind, target, state, lodged_ms, record) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (number) DO UPDATE SET state = excluded.state, record = excluded.record",
        )
        .bind(&appeal.number)
        .bind(appeal.uscc.as_str())
        .bind(appeal.authority.word())
        .bind(appeal.kind.word())
        .bind(appeal.target.key())
        .bind(appeal.state.word())
        .bind(appeal.lodged.millis())
        .bind(record)
        .execute(self.connection())
        .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) if sqlite::is_unique_violation(&error) => {
                Err(StoreError::Taken { what: "open appeal about", name: appeal.target.key() })
            }
            Err(error) => Err(self.failed("storing an appeal", error)),
        }
    }

    /// One appeal.
    pub async fn appeal(&mut self, number: &str) -> Result<Option<Appeal>, StoreError> {
        let row = sqlx::query("SELECT record FROM appeal WHERE number = $1")
            .bind(number)
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading an appeal", e))?.map(|row| read(&row)).transpose()
    }

    /// Open objections of a company.
    pub async fn open_objections(&mut self, uscc: &Uscc) -> Result<Vec<Appeal>, StoreError> {
        let rows = sqlx::query(SELECT_OPEN).bind(uscc.as_str()).fetch_all(self.connection()).await;
        rows.map_err(|e| self.failed("reading appeals", e))?.iter().map(read).collect()
    }
}

const SELECT_OPEN: &str =
    "SELECT record FROM appeal WHERE uscc = $1 AND state = 'open' AND kind = 'objection' ORDER BY seq";

/// The deductions under open objections.
pub fn contested(open: &[Appeal]) -> BTreeSet<EntryId> {
    open.iter()
        .filter_map(|appeal| match appeal.target {
            Target::Entry { id, .. } => Some(id),
            Target::File { .. } => None,
        })
        .collect()
}

impl Store {
    /// One appeal.
    pub async fn appeal(&self, number: &str) -> Result<Option<Appeal>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT record FROM appeal WHERE number = $1")
            .bind(number)
            .fetch_optional(&mut *reader)
            .await;
        row.map_err(|e| self.failed("reading an appeal", e))?.map(|row| read(&row)).transpose()
    }

    /// Open objections of a company.
    pub async fn open_objections(&self, uscc: &Uscc) -> Result<Vec<Appeal>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(SELECT_OPEN).bind(uscc.as_str()).fetch_all(&mut *reader).await;
        rows.map_err(|e| self.failed("reading appeals", e))?.iter().map(read).collect()
    }

    /// Appeals of one state or of all, of one authority and company or of all, the newest first.
    pub async fn appeals(
        &self,
        state: Option<AppealState>,
        authority: Option<Authority>,
        uscc: Option<&Uscc>,
        limit: u32,
    ) -> Result<Vec<Appeal>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT record FROM appeal WHERE ($1 = '' OR state = $1) AND ($2 = '' OR authority = $2) \
             AND ($3 = '' OR uscc = $3) ORDER BY seq DESC LIMIT $4",
        )
        .bind(state.map_or("", AppealState::word))
        .bind(authority.map_or("", Authority::word))
        .bind(uscc.map_or("", |uscc| uscc.as_str()).to_owned())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.map_err(|e| self.failed("reading appeals", e))?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Appeal, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("appeal", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("appeal", &text, e))
}
