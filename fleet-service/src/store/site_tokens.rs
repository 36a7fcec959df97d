//! Tokens of the devices fixed at sites, found by their hash.

use domain::{SiteId, Timestamp};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// A site device's token, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteToken {
    /// What people name it by.
    pub id: u64,
    /// The only site it may report from.
    pub site: SiteId,
    /// Which device, in a person's words; may be empty.
    pub name: String,
    /// When it was given out.
    pub added: Timestamp,
    /// From when it is refused.
    pub revoked: Option<Timestamp>,
}

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewSiteToken {
    /// The site.
    pub site: SiteId,
    /// Which device.
    pub name: String,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
}

const COLUMNS: &str = "SELECT id, site, name, added_ms, revoked_ms FROM site_token";

impl Change {
    /// Adds a token and returns its number.
    pub async fn add_site_token(&mut self, new: &NewSiteToken, now: Timestamp) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO site_token (site, name, token_hash, added_ms) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(new.site.as_str())
        .bind(&new.name)
        .bind(&new.token_hash[..])
        .bind(now.millis())
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("adding a site token", e))
    }

    /// Revokes a token and returns its site; `None` when there is none of that number that holds.
    pub async fn revoke_site_token(&mut self, id: u64, now: Timestamp) -> Result<Option<String>, StoreError> {
        let result = sqlx::query(
            "UPDATE site_token SET revoked_ms = $1 WHERE id = $2 AND revoked_ms IS NULL RETURNING site",
        )
        .bind(now.millis())
        .bind(signed(id))
        .fetch_optional(self.connection())
        .await
        .and_then(|row| row.map(|row| row.try_get(0)).transpose());
        result.map_err(|e| self.failed("revoking a site token", e))
    }
}

impl Store {
    /// The token with this hash, unless it was revoked.
    pub async fn site_token(&self, token_hash: &[u8; 32]) -> Result<Option<SiteToken>, StoreError> {
        let what = "looking up a site token";
        let mut reader = self.reader().await?;
        let statement = format!("{COLUMNS} WHERE token_hash = $1 AND revoked_ms IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(&token_hash[..])
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        row.map(|row| self.read_site_token(&row, what)).transpose()
    }

    /// Every token, in the order they were added, revoked ones included.
    pub async fn site_tokens(&self) -> Result<Vec<SiteToken>, StoreError> {
        let what = "listing site tokens";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY id")))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| self.read_site_token(row, what)).collect()
    }

    fn read_site_token(&self, row: &Row, what: &'static str) -> Result<SiteToken, StoreError> {
        let read = || -> Result<(i64, String, String, i64, Option<i64>), sqlx::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?))
        };
        let (id, site, name, added_ms, revoked_ms) = read().map_err(|e| self.failed(what, e))?;
        Ok(SiteToken {
            id: unsigned(id),
            site: site.parse().map_err(|e| corrupt("site token", id, e))?,
            name,
            added: Timestamp::from_millis(added_ms),
            revoked: revoked_ms.map(Timestamp::from_millis),
        })
    }
}
