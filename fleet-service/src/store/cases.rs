//! Cases: whole records beside the columns they are found by.

use domain::{Authority, Plate, RuleCode, Uscc, ViolationId};
use sqlx::Row as _;

use crate::cases::case_file::{CaseFile, CaseState};

use super::sqlite::{self, Row};
use super::{Change, Store, StoreError, corrupt, unsigned};

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseQuery {
    /// Only of this state.
    pub state: Option<CaseState>,
    /// Only of this authority.
    pub authority: Option<Authority>,
    /// Only of this company.
    pub uscc: Option<Uscc>,
    /// Only of this truck.
    pub plate: Option<Plate>,
    /// Only under this rule, its grade included.
    pub rule: Option<RuleCode>,
    /// Only filed before this one.
    pub before: Option<u64>,
}

const SELECT: &str = "SELECT record, seq FROM case_file";

impl Change {
    /// The place the next case will have.
    pub async fn next_case_seq(&mut self) -> Result<u64, StoreError> {
        let row =
            sqlx::query("SELECT COALESCE(MAX(seq), 0) + 1 FROM case_file").fetch_one(self.connection()).await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("numbering a case", e))
    }

    /// Stores a case whole, replacing what was there under its number.
    pub async fn put_case(&mut self, case: &CaseFile) -> Result<(), StoreError> {
        let record = serde_json::to_string(case).map_err(|e| corrupt("case", &case.number, e))?;
        let decision_no = case.decision.as_ref().map(|decision| decision.number.clone());
        let result = sqlx::query(
            "INSERT INTO case_file (number, authority, uscc, state, decision_no, clue_id, filed_ms, record) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (number) DO UPDATE SET authority = excluded.authority, state = excluded.state, \
             decision_no = excluded.decision_no, clue_id = excluded.clue_id, record = excluded.record",
        )
        .bind(case.number.as_str())
        .bind(case.authority.word())
        .bind(case.uscc.as_ref().map(|uscc| uscc.as_str().to_owned()))
        .bind(case.state.word())
        .bind(decision_no.clone())
        .bind(case.clue.map(|clue| clue.to_string()))
        .bind(case.filed.millis())
        .bind(record)
        .execute(self.connection())
        .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) if sqlite::is_unique_violation(&error) => {
                Err(StoreError::Taken { what: "decision", name: decision_no.unwrap_or_default() })
            }
            Err(error) => Err(self.failed("storing a case", error)),
        }
    }

    /// One case.
    pub async fn case(&mut self, number: &str) -> Result<Option<CaseFile>, StoreError> {
        let row = sqlx::query("SELECT record FROM case_file WHERE number = $1")
            .bind(number)
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a case", e))?.map(|row| read(&row)).transpose()
    }

    /// The case a clue became.
    pub async fn case_of_clue(&mut self, id: ViolationId) -> Result<Option<CaseFile>, StoreError> {
        let row = sqlx::query("SELECT record FROM case_file WHERE clue_id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a case", e))?.map(|row| read(&row)).transpose()
    }

    /// The case that carries a decision of an authority.
    pub async fn case_by_decision(
        &mut self,
        authority: Authority,
        decision_no: &str,
    ) -> Result<Option<CaseFile>, StoreError> {
        let row = sqlx::query("SELECT record FROM case_file WHERE authority = $1 AND decision_no = $2")
            .bind(authority.word())
            .bind(decision_no)
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a case", e))?.map(|row| read(&row)).transpose()
    }
}

impl Store {
    /// One case.
    pub async fn case(&self, number: &str) -> Result<Option<CaseFile>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT record FROM case_file WHERE number = $1")
            .bind(number)
            .fetch_optional(&mut *reader)
            .await;
        row.map_err(|e| self.failed("reading a case", e))?.map(|row| read(&row)).transpose()
    }

    /// The case a clue became.
    pub async fn case_of_clue(&self, id: ViolationId) -> Result<Option<CaseFile>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT record FROM case_file WHERE clue_id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *reader)
            .await;
        row.map_err(|e| self.failed("reading a case", e))?.map(|row| read(&row)).transpose()
    }

    /// Cases with their places, the newest first.
    pub async fn cases(&self, query: &CaseQuery, limit: u32) -> Result<Vec<(u64, CaseFile)>, StoreError> {
        let mut reader = self.reader().await?;
        let text = format!(
            "{SELECT} WHERE ($1 = '' OR state = $1) AND ($2 = '' OR authority = $2) AND ($3 = '' OR uscc = $3) \
             AND seq < $4 AND ($6 = '' OR json_extract(record, '$.plate') = $6) \
             AND ($7 = '' OR json_extract(record, '$.rule') = $7) ORDER BY seq DESC LIMIT $5"
        );
        // The text is put together from constants alone.
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(query.state.map_or("", CaseState::word))
            .bind(query.authority.map_or("", Authority::word))
            .bind(query.uscc.as_ref().map_or("", |uscc| uscc.as_str()).to_owned())
            .bind(query.before.map_or(i64::MAX, super::signed))
            .bind(i64::from(limit))
            .bind(query.plate.as_ref().map_or("", |plate| plate.as_str()).to_owned())
            .bind(query.rule.as_ref().map_or("", |rule| rule.as_str()).to_owned())
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed("reading cases", e))?;
        rows.iter().map(|row| Ok((seq(row)?, read(row)?))).collect()
    }

    /// Cases that are decided and neither contested nor final, with their places, from one after `after` on.
    pub async fn decided_cases(&self, after: u64, limit: u32) -> Result<Vec<(u64, CaseFile)>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT record, seq FROM case_file WHERE state = 'decided' AND seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(super::signed(after))
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading cases", e))?;
        rows.iter().map(|row| Ok((seq(row)?, read(row)?))).collect()
    }

    /// Cases on which a clock may run, oldest first: neither final nor rejected nor revoked, or handed over.
    pub async fn cases_with_clocks(&self, limit: u32) -> Result<Vec<CaseFile>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT record FROM case_file WHERE state IN ('under_review', 'confirmed', 'decided', 'reconsidered') \
             OR (state = 'final' AND json_extract(record, '$.hand_over') IS NOT NULL) ORDER BY seq LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading cases", e))?;
        rows.iter().map(read).collect()
    }
}

fn seq(row: &Row) -> Result<u64, StoreError> {
    row.try_get(1).map(unsigned).map_err(|e| corrupt("case", "?", e))
}

fn read(row: &Row) -> Result<CaseFile, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("case", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("case", &text, e))
}
