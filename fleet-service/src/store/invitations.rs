//! Links that let someone set a password, once, found by their hash.

use domain::Timestamp;
use sqlx::Row as _;

use super::{Change, Store, StoreError, signed, unsigned};

/// A link, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its number.
    pub id: u64,
    /// Whose; `None`: the first administrator's, who has no account yet.
    pub account: Option<u64>,
    /// From when it is refused.
    pub expires: Timestamp,
    /// When it was used, or taken back.
    pub used: Option<Timestamp>,
}

/// A link to be added.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Whose.
    pub account: Option<u64>,
    /// SHA-256 of its secret.
    pub token_hash: [u8; 32],
    /// By whom.
    pub made_by: String,
    /// From when it is refused.
    pub expires: Timestamp,
}

impl Change {
    /// Adds a link. Earlier ones for the same person are taken back.
    pub async fn add_invitation(&mut self, new: &NewInvitation, now: Timestamp) -> Result<(), StoreError> {
        let what = "adding an invitation";
        let query = sqlx::query(
            "UPDATE invitation SET used_ms = $2 WHERE used_ms IS NULL AND account_id IS NOT DISTINCT FROM $1",
        )
        .bind(new.account.map(signed))
        .bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map_err(|e| self.failed(what, e))?;
        let result = sqlx::query(
            "INSERT INTO invitation (account_id, token_hash, made_ms, made_by, expires_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.account.map(signed))
        .bind(&new.token_hash[..])
        .bind(now.millis())
        .bind(&new.made_by)
        .bind(new.expires.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }

    /// Uses a link up; false when it was used before.
    pub async fn use_invitation(&mut self, id: u64, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query("UPDATE invitation SET used_ms = $2 WHERE id = $1 AND used_ms IS NULL")
            .bind(signed(id))
            .bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected() == 1).map_err(|e| self.failed("using an invitation", e))
    }

    /// Takes back every link of a person.
    pub async fn take_back_invitations(&mut self, account: u64, now: Timestamp) -> Result<(), StoreError> {
        let query =
            sqlx::query("UPDATE invitation SET used_ms = $2 WHERE account_id = $1 AND used_ms IS NULL")
                .bind(signed(account))
                .bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("taking invitations back", e))
    }
}

impl Store {
    /// The link with this hash, whether it holds or not.
    pub async fn invitation(&self, token_hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
        let mut reader = self.reader().await?;
        let statement = "SELECT id, account_id, expires_ms, used_ms FROM invitation WHERE token_hash = $1";
        let row = sqlx::query(statement).bind(&token_hash[..]).fetch_optional(&mut *reader).await;
        row.and_then(|row| {
            row.map(|row| {
                Ok(Invitation {
                    id: unsigned(row.try_get(0)?),
                    account: row.try_get::<Option<i64>, _>(1)?.map(unsigned),
                    expires: Timestamp::from_millis(row.try_get(2)?),
                    used: row.try_get::<Option<i64>, _>(3)?.map(Timestamp::from_millis),
                })
            })
            .transpose()
        })
        .map_err(|e| self.failed("looking up an invitation", e))
    }

    /// People whose link still waits to be used, with the moment it ends.
    pub async fn waiting_invitations(&self, now: Timestamp) -> Result<Vec<(u64, Timestamp)>, StoreError> {
        let mut reader = self.reader().await?;
        let statement = "SELECT account_id, expires_ms FROM invitation \
                         WHERE account_id IS NOT NULL AND used_ms IS NULL AND expires_ms > $1";
        let rows = sqlx::query(statement).bind(now.millis()).fetch_all(&mut *reader).await;
        rows.and_then(|rows| {
            let each = |row: &super::sqlite::Row| {
                Ok((unsigned(row.try_get(0)?), Timestamp::from_millis(row.try_get(1)?)))
            };
            rows.iter().map(each).collect()
        })
        .map_err(|e| self.failed("listing invitations", e))
    }
}
