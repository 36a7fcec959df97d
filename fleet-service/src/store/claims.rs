//! Who works on which clue, and decisions that were withdrawn.

use domain::rule::Authority;
use domain::{Timestamp, ViolationId};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, ClueState, Store, StoreError, corrupt, signed, unsigned};
use crate::cases::claim::Claim;

/// A decision that was withdrawn, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnDecision {
    /// The clue.
    pub clue: ViolationId,
    /// What had been decided.
    pub outcome: ClueState,
    /// Who decided, and withdrew.
    pub by: String,
    /// When it was decided.
    pub decided: Timestamp,
    /// Why it was decided so.
    pub decided_because: String,
    /// When it was withdrawn.
    pub withdrawn: Timestamp,
    /// Why.
    pub withdrawn_because: String,
    /// The case it had become.
    pub case_number: Option<String>,
    /// The deduction that was reversed.
    pub ledger_seq: Option<u64>,
}

const SELECT: &str = "SELECT clue_id, by_whom, since_ms, until_ms FROM clue_claim";

fn read(row: &Row) -> Result<Claim, StoreError> {
    let columns = || -> Result<(String, String, i64, i64), sqlx::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
    };
    let (clue, by, since, until) = columns().map_err(|e| corrupt("claim", "?", e))?;
    let (since, until) = (Timestamp::from_millis(since), Timestamp::from_millis(until));
    Ok(Claim { clue: clue.parse().map_err(|e| corrupt("claim", &clue, e))?, by, since, until })
}

impl Change {
    /// The claim on a clue, whether it still holds or not.
    pub async fn claim(&mut self, clue: ViolationId) -> Result<Option<Claim>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE clue_id = $1")))
            .bind(clue.to_string())
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a claim", e))?.map(|row| read(&row)).transpose()
    }

    /// Stores a claim in place of the one before.
    pub async fn put_claim(&mut self, claim: &Claim) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO clue_claim (clue_id, by_whom, since_ms, until_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (clue_id) DO UPDATE SET by_whom = excluded.by_whom, since_ms = excluded.since_ms, \
             until_ms = excluded.until_ms",
        )
        .bind(claim.clue.to_string())
        .bind(&claim.by)
        .bind(claim.since.millis())
        .bind(claim.until.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a claim", e))
    }

    /// Ends the claim on a clue, if there is one.
    pub async fn drop_claim(&mut self, clue: ViolationId) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM clue_claim WHERE clue_id = $1")
            .bind(clue.to_string())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("ending a claim", e))
    }

    /// Notes a decision that was withdrawn.
    pub async fn add_withdrawn_decision(&mut self, what: &WithdrawnDecision) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO decision_withdrawn (clue_id, outcome, by_whom, decided_ms, decided_because, withdrawn_ms, \
             withdrawn_because, case_number, ledger_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(what.clue.to_string())
        .bind(what.outcome.word())
        .bind(&what.by)
        .bind(what.decided.millis())
        .bind(&what.decided_because)
        .bind(what.withdrawn.millis())
        .bind(&what.withdrawn_because)
        .bind(what.case_number.as_deref())
        .bind(what.ledger_seq.map(signed))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a withdrawn decision", e))
    }

    /// How often a decision on the clue was withdrawn.
    pub async fn withdrawn_decisions(&mut self, clue: ViolationId) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM decision_withdrawn WHERE clue_id = $1")
            .bind(clue.to_string())
            .fetch_one(self.connection())
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("counting withdrawn decisions", e))
    }
}

impl Store {
    /// The claims that hold at a moment.
    pub async fn claims(&self, now: Timestamp) -> Result<Vec<Claim>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE until_ms > $1 ORDER BY since_ms, clue_id"
        )))
        .bind(now.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading claims", e))?;
        rows.iter().map(read).collect()
    }

    /// Names of those who may decide clues of an authority.
    pub async fn deciders(&self, authority: Authority) -> Result<Vec<String>, StoreError> {
        let what = "reading officers";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT name FROM officer WHERE authority = $1 AND role IN ('enforcer', 'police') ORDER BY name",
        )
        .bind(authority.word())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| row.try_get(0).map_err(|e| self.failed(what, e))).collect()
    }
}
