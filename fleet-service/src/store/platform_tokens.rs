//! Tokens of the platforms that hand over reports, found by their hash.

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, signed, unsigned};

/// A platform's token, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformToken {
    /// What people name it by.
    pub id: u64,
    /// Which platform, in a person's words.
    pub name: String,
    /// When it was given out.
    pub added: Timestamp,
    /// From when it is refused.
    pub revoked: Option<Timestamp>,
}

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewPlatformToken {
    /// Which platform.
    pub name: String,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
}

const COLUMNS: &str = "SELECT id, name, added_ms, revoked_ms FROM platform_token";

impl Change {
    /// Adds a token and returns its number.
    pub async fn add_platform_token(
        &mut self,
        new: &NewPlatformToken,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO platform_token (name, token_hash, added_ms) VALUES ($1, $2, $3) RETURNING id",
        )
        .bind(&new.name)
        .bind(&new.token_hash[..])
        .bind(now.millis())
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("adding a platform token", e))
    }

    /// Revokes a token and returns its name; `None` when there is none of that number that holds.
    pub async fn revoke_platform_token(
        &mut self,
        id: u64,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let result = sqlx::query(
            "UPDATE platform_token SET revoked_ms = $1 WHERE id = $2 AND revoked_ms IS NULL RETURNING name",
        )
        .bind(now.millis())
        .bind(signed(id))
        .fetch_optional(self.connection())
        .await
        .and_then(|row| row.map(|row| row.try_get(0)).transpose());
        result.map_err(|e| self.failed("revoking a platform token", e))
    }
}

impl Store {
    /// The token with this hash, unless it was revoked.
    pub async fn platform_token(&self, token_hash: &[u8; 32]) -> Result<Option<PlatformToken>, StoreError> {
        let what = "looking up a platform token";
        let mut reader = self.reader().await?;
        let statement = format!("{COLUMNS} WHERE token_hash = $1 AND revoked_ms IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(&token_hash[..])
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        row.map(|row| self.read_platform_token(&row, what)).transpose()
    }

    /// Every token, in the order they were added, revoked ones included.
    pub async fn platform_tokens(&self) -> Result<Vec<PlatformToken>, StoreError> {
        let what = "listing platform tokens";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY id")))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| self.read_platform_token(row, what)).collect()
    }

    fn read_platform_token(&self, row: &Row, what: &'static str) -> Result<PlatformToken, StoreError> {
        let read = || -> Result<(i64, String, i64, Option<i64>), sqlx::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
        };
        let (id, name, added_ms, revoked_ms) = read().map_err(|e| self.failed(what, e))?;
        Ok(PlatformToken {
            id: unsigned(id),
            name,
            added: Timestamp::from_millis(added_ms),
            revoked: revoked_ms.map(Timestamp::from_millis),
        })
    }
}
