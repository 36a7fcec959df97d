//! What programs show instead of signing in, found by its hash.

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};
use crate::people::scope::Scopes;

/// A token, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub account: u64,
    /// What for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was given out.
    pub made: Timestamp,
    /// By whom.
    pub made_by: String,
    /// From when it is refused.
    pub expires: Option<Timestamp>,
    /// Last use, to within a minute.
    pub used: Option<Timestamp>,
    /// From when it is taken back.
    pub revoked: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it is taken at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Whose.
    pub account: u64,
    /// What for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// By whom.
    pub made_by: String,
    /// From when it is refused.
    pub expires: Option<Timestamp>,
}

const COLUMNS: &str =
    "SELECT id, account_id, name, scopes, made_ms, made_by, expires_ms, used_ms, revoked_ms FROM api_token";

impl Change {
    /// Adds a token and returns its number.
    pub async fn add_api_token(&mut self, new: &NewApiToken, now: Timestamp) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO api_token (account_id, name, scopes, token_hash, made_ms, made_by, expires_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(signed(new.account))
        .bind(&new.name)
        .bind(new.scopes.to_string())
        .bind(&new.token_hash[..])
        .bind(now.millis())
        .bind(&new.made_by)
        .bind(new.expires.map(Timestamp::millis))
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("adding a token", e))
    }

    /// Takes a token of a person back, and the sessions it was exchanged for; false when none of that number holds.
    pub async fn revoke_api_token(
        &mut self,
        account: u64,
        id: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let what = "taking a token back";
        let statement =
            "UPDATE api_token SET revoked_ms = $3 WHERE id = $2 AND account_id = $1 AND revoked_ms IS NULL";
        let query = sqlx::query(statement).bind(signed(account)).bind(signed(id)).bind(now.millis());
        let result = query.execute(self.connection()).await;
        let done = result.map_err(|e| self.failed(what, e))?.rows_affected() == 1;
        if done {
            let query = sqlx::query("DELETE FROM session WHERE token_id = $1").bind(signed(id));
            let result = query.execute(self.connection()).await;
            result.map_err(|e| self.failed(what, e))?;
        }
        Ok(done)
    }

    /// Takes every token of a person back and returns how many those were.
    pub async fn revoke_api_tokens(&mut self, account: u64, now: Timestamp) -> Result<u64, StoreError> {
        let statement = "UPDATE api_token SET revoked_ms = $2 WHERE account_id = $1 AND revoked_ms IS NULL";
        let query = sqlx::query(statement).bind(signed(account)).bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("taking tokens back", e))
    }
}

impl Store {
    /// The token with this hash, whether it holds or not.
    pub async fn api_token(&self, token_hash: &[u8; 32]) -> Result<Option<ApiToken>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE token_hash = $1")))
            .bind(&token_hash[..])
            .fetch_optional(&mut *reader)
            .await;
        row.and_then(|row| row.map(|row| read(&row)).transpose())
            .map_err(|e| self.failed("looking up a token", e))
    }

    /// The token of this number.
    pub async fn api_token_numbered(&self, id: u64) -> Result<Option<ApiToken>, StoreError> {
        let mut reader = self.reader().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"))).bind(signed(id));
        let row = query.fetch_optional(&mut *reader).await;
        row.and_then(|row| row.map(|row| read(&row)).transpose())
            .map_err(|e| self.failed("looking up a token", e))
    }

    /// A person's tokens, the newest first, those that hold no more included.
    pub async fn api_tokens_of(&self, account: u64) -> Result<Vec<ApiToken>, StoreError> {
        let mut reader = self.reader().await?;
        let statement = format!("{COLUMNS} WHERE account_id = $1 ORDER BY id DESC");
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(signed(account)).fetch_all(&mut *reader).await;
        rows.and_then(|rows| rows.iter().map(read).collect()).map_err(|e| self.failed("listing tokens", e))
    }

    /// Notes that a token was used.
    pub async fn see_api_token(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let query = sqlx::query("UPDATE api_token SET used_ms = $2 WHERE id = $1")
            .bind(signed(id))
            .bind(now.millis());
        query.execute(&mut *writer).await.map(drop).map_err(|e| self.failed("noting a token's use", e))
    }
}

fn read(row: &Row) -> Result<ApiToken, sqlx::Error> {
    let id = unsigned(row.try_get(0)?);
    let moment = |column: usize| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
    };
    let scopes: String = row.try_get(3)?;
    let scopes = scopes.parse().map_err(|e| sqlx::Error::Decode(Box::new(corrupt("token", id, e))))?;
    Ok(ApiToken {
        id,
        account: unsigned(row.try_get(1)?),
        name: row.try_get(2)?,
        scopes,
        made: Timestamp::from_millis(row.try_get(4)?),
        made_by: row.try_get(5)?,
        expires: moment(6)?,
        used: moment(7)?,
        revoked: moment(8)?,
    })
}
