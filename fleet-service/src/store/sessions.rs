//! Browsers that are signed in, found by the hash of what their cookie holds.

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, signed, unsigned};

/// Most sessions listed of one person.
const LISTED_MAX: u32 = 200;

/// A session to be added.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub account: u64,
    /// SHA-256 of what the cookie holds.
    pub secret_hash: [u8; 32],
    /// How they signed in.
    pub how: &'static str,
    /// The token it was exchanged for.
    pub token: Option<u64>,
    /// When it ends, however busy it is.
    pub ends: Timestamp,
    /// From where.
    pub address: String,
    /// The browser's own words.
    pub agent: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub account: u64,
    /// How they signed in: `password`, `token`, `single_sign_on` or `invitation`.
    pub how: String,
    /// The token it was exchanged for.
    pub token: Option<u64>,
    /// Since when.
    pub made: Timestamp,
    /// Last request, to within a minute.
    pub seen: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// From where.
    pub address: String,
    /// The browser's own words.
    pub agent: String,
}

const COLUMNS: &str =
    "SELECT id, account_id, how, token_id, made_ms, seen_ms, ends_ms, address, agent FROM session";

impl Change {
    /// Adds a session and returns its number. Those of anyone that are over go away with it.
    pub async fn add_session(&mut self, new: &NewSession, now: Timestamp) -> Result<u64, StoreError> {
        let what = "beginning a session";
        let query = sqlx::query("DELETE FROM session WHERE ends_ms <= $1").bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map_err(|e| self.failed(what, e))?;
        let result = sqlx::query(
            "INSERT INTO session (account_id, secret_hash, how, token_id, made_ms, seen_ms, ends_ms, address, agent) \
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8) RETURNING id",
        )
        .bind(signed(new.account))
        .bind(&new.secret_hash[..])
        .bind(new.how)
        .bind(new.token.map(signed))
        .bind(now.millis())
        .bind(new.ends.millis())
        .bind(&new.address)
        .bind(&new.agent)
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed(what, e))
    }

    /// Ends one session of a person; false when there is none of that number.
    pub async fn end_session(&mut self, account: u64, id: u64) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM session WHERE account_id = $1 AND id = $2")
            .bind(signed(account))
            .bind(signed(id));
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected() == 1).map_err(|e| self.failed("ending a session", e))
    }

    /// Ends every session of a person but one, and returns how many those were.
    pub async fn end_sessions(&mut self, account: u64, but: Option<u64>) -> Result<u64, StoreError> {
        let query = sqlx::query("DELETE FROM session WHERE account_id = $1 AND ($2 IS NULL OR id <> $2)")
            .bind(signed(account))
            .bind(but.map(signed));
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("ending sessions", e))
    }
}

impl Store {
    /// The session with this hash, whether it is over or not.
    pub async fn session(&self, secret_hash: &[u8; 32]) -> Result<Option<StoredSession>, StoreError> {
        let what = "looking up a session";
        let mut reader = self.reader().await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE secret_hash = $1")))
            .bind(&secret_hash[..])
            .fetch_optional(&mut *reader)
            .await;
        row.and_then(|row| row.map(|row| read(&row)).transpose()).map_err(|e| self.failed(what, e))
    }

    /// A person's sessions, the last seen first.
    pub async fn sessions_of(&self, account: u64, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
        let mut reader = self.reader().await?;
        let statement = format!(
            "{COLUMNS} WHERE account_id = $1 AND ends_ms > $2 ORDER BY seen_ms DESC, id DESC LIMIT $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(signed(account))
            .bind(now.millis())
            .bind(i64::from(LISTED_MAX))
            .fetch_all(&mut *reader)
            .await;
        rows.and_then(|rows| rows.iter().map(read).collect()).map_err(|e| self.failed("listing sessions", e))
    }

    /// Notes that a session was used.
    pub async fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let query =
            sqlx::query("UPDATE session SET seen_ms = $2 WHERE id = $1").bind(signed(id)).bind(now.millis());
        query.execute(&mut *writer).await.map(drop).map_err(|e| self.failed("noting a session's use", e))
    }
}

fn read(row: &Row) -> Result<StoredSession, sqlx::Error> {
    let moment = |column: usize| row.try_get(column).map(Timestamp::from_millis);
    Ok(StoredSession {
        id: unsigned(row.try_get(0)?),
        account: unsigned(row.try_get(1)?),
        how: row.try_get(2)?,
        token: row.try_get::<Option<i64>, _>(3)?.map(unsigned),
        made: moment(4)?,
        seen: moment(5)?,
        ends: moment(6)?,
        address: row.try_get(7)?,
        agent: row.try_get(8)?,
    })
}
