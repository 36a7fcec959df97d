//! The score ledger's rows. Chaining and sums are the `scoring` crate's.

use std::collections::BTreeSet;

use domain::Uscc;
use scoring::ledger::LedgerEntry;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed};

impl Change {
    /// The newest entry of the whole ledger: what the next one is chained to.
    pub async fn last_ledger_entry(&mut self) -> Result<Option<LedgerEntry>, StoreError> {
        let result = sqlx::query("SELECT entry FROM ledger ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await;
        result.map_err(|e| self.failed("reading the ledger", e))?.map(|row| read(&row)).transpose()
    }

    /// Every entry of one company, oldest first.
    pub async fn ledger_of(&mut self, uscc: &Uscc) -> Result<Vec<LedgerEntry>, StoreError> {
        let result = sqlx::query(SELECT_OF).bind(uscc.as_str()).fetch_all(self.connection()).await;
        result.map_err(|e| self.failed("reading the ledger", e))?.iter().map(read).collect()
    }

    /// The entries of one company from a number on, oldest first.
    pub async fn ledger_of_from(&mut self, uscc: &Uscc, seq: u64) -> Result<Vec<LedgerEntry>, StoreError> {
        let result = sqlx::query("SELECT entry FROM ledger WHERE uscc = $1 AND seq >= $2 ORDER BY seq")
            .bind(uscc.as_str())
            .bind(signed(seq))
            .fetch_all(self.connection())
            .await;
        result.map_err(|e| self.failed("reading the ledger", e))?.iter().map(read).collect()
    }

    /// Appends an entry. One case is posted once: a second entry under its id is an error of the database.
    pub async fn add_ledger_entry(&mut self, entry: &LedgerEntry) -> Result<(), StoreError> {
        let text = serde_json::to_string(entry).map_err(|e| corrupt("ledger entry", entry.seq, e))?;
        let result = sqlx::query("INSERT INTO ledger (seq, id, uscc, entry) VALUES ($1, $2, $3, $4)")
            .bind(signed(entry.seq))
            .bind(entry.id.to_string())
            .bind(entry.uscc.as_str())
            .bind(text)
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("posting to the ledger", e))
    }
}

const SELECT_OF: &str = "SELECT entry FROM ledger WHERE uscc = $1 ORDER BY seq";

impl Store {
    /// Every entry of one company, oldest first.
    pub async fn ledger_of(&self, uscc: &Uscc) -> Result<Vec<LedgerEntry>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(SELECT_OF).bind(uscc.as_str()).fetch_all(&mut *reader).await;
        rows.map_err(|e| self.failed("reading the ledger", e))?.iter().map(read).collect()
    }

    /// Companies with an entry of a year from `year` on, or with an exit file that is open.
    pub async fn companies_since(&self, year: i32) -> Result<BTreeSet<Uscc>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT DISTINCT uscc FROM ledger WHERE json_extract(entry, '$.cycle') >= $1 UNION \
             SELECT DISTINCT uscc FROM listing_file WHERE measure = 'exit' AND state IN ('proposed', 'noticed', 'served')",
        )
        .bind(i64::from(year))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading the companies of the ledger", e))?;
        let uscc = |row: &Row| -> Result<Uscc, StoreError> {
            let text: String = row.try_get(0).map_err(|e| corrupt("company", "?", e))?;
            text.parse().map_err(|e| corrupt("company", &text, e))
        };
        rows.iter().map(uscc).collect()
    }

    /// The whole ledger, oldest first.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT entry FROM ledger ORDER BY seq").fetch_all(&mut *reader).await;
        rows.map_err(|e| self.failed("reading the ledger", e))?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<LedgerEntry, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("ledger entry", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("ledger entry", &text, e))
}
