//! People who may sign in, and what they sign in with.

use domain::{Timestamp, Uscc};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Officer, Role, Store, StoreError, corrupt, signed, sqlite, unsigned};

/// Most people listed; a city has hundreds.
const ACCOUNTS_MAX: u32 = 10_000;

/// A person's account with its secrets: what is shown of it is chosen elsewhere, and it has no debug form.
#[derive(Clone)]
pub struct Account {
    /// Its number.
    pub id: u64,
    /// Who.
    pub officer: Officer,
    /// When it was added.
    pub added: Timestamp,
    /// From when nothing of theirs is taken.
    pub disabled: Option<Timestamp>,
    /// The password's PHC string.
    pub password: Option<String>,
    /// When the password was set.
    pub password_set: Option<Timestamp>,
    /// The second factor's secret, when it is on.
    pub totp_secret: Option<Vec<u8>>,
    /// One that was shown and is not proved yet.
    pub totp_waiting: Option<Vec<u8>>,
    /// Step of the last code taken.
    pub totp_step: u64,
    /// Who they are at the single sign-on.
    pub sso_subject: Option<String>,
}

const COLUMNS: &str = "SELECT id, name, authority, role, uscc, added_ms, disabled_ms, password, password_ms, totp_secret, \
                       totp_waiting, totp_step, sso_subject FROM account";

impl Change {
    /// Adds a person and returns the account's number; a name that is taken is refused.
    pub async fn add_account(&mut self, officer: &Officer, now: Timestamp) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO account (name, authority, role, uscc, added_ms) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(&officer.name)
        .bind(officer.authority.word())
        .bind(officer.role.word())
        .bind(officer.company.as_ref().map(|uscc| uscc.as_str().to_owned()))
        .bind(now.millis())
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        match result {
            Ok(id) => Ok(unsigned(id)),
            Err(error) if sqlite::is_unique_violation(&error) => {
                Err(StoreError::Taken { what: "person", name: officer.name.clone() })
            }
            Err(error) => Err(self.failed("adding a person", error)),
        }
    }

    /// An account as it stands inside this change.
    pub async fn account(&mut self, id: u64) -> Result<Option<Account>, StoreError> {
        let what = "looking up an account";
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(signed(id))
            .fetch_optional(self.connection())
            .await
            .map_err(|e| self.failed(what, e))?;
        row.map(|row| read(&row)).transpose().map_err(|e| self.failed(what, e))
    }

    /// Changes what a person may do.
    pub async fn set_role(&mut self, id: u64, officer: &Officer) -> Result<(), StoreError> {
        let statement = "UPDATE account SET authority = $2, role = $3, uscc = $4 WHERE id = $1";
        let query = sqlx::query(statement)
            .bind(signed(id))
            .bind(officer.authority.word())
            .bind(officer.role.word())
            .bind(officer.company.as_ref().map(|uscc| uscc.as_str().to_owned()));
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("changing a role", e))
    }

    /// Disables an account, or enables it again.
    pub async fn set_disabled(&mut self, id: u64, at: Option<Timestamp>) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE account SET disabled_ms = $2 WHERE id = $1")
            .bind(signed(id))
            .bind(at.map(|at| at.millis()));
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("disabling an account", e))
    }

    /// Sets a password, as a PHC string, or takes it away.
    pub async fn set_password(
        &mut self,
        id: u64,
        password: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE account SET password = $2, password_ms = $3 WHERE id = $1")
            .bind(signed(id))
            .bind(password)
            .bind(password.map(|_set| now.millis()));
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("setting a password", e))
    }

    /// Keeps a second factor's secret that was shown, until a code proves it.
    pub async fn set_waiting_totp(&mut self, id: u64, secret: &[u8]) -> Result<(), StoreError> {
        let query =
            sqlx::query("UPDATE account SET totp_waiting = $2 WHERE id = $1").bind(signed(id)).bind(secret);
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("keeping a second factor", e))
    }

    /// Turns the second factor on with the secret that waited, or off; recovery codes go with it.
    pub async fn set_totp(&mut self, id: u64, on: bool, step: u64) -> Result<(), StoreError> {
        let statement = if on {
            "UPDATE account SET totp_secret = totp_waiting, totp_waiting = NULL, totp_step = $2 WHERE id = $1"
        } else {
            "UPDATE account SET totp_secret = NULL, totp_waiting = NULL, totp_step = $2 WHERE id = $1"
        };
        let what = "turning a second factor";
        let result =
            sqlx::query(statement).bind(signed(id)).bind(signed(step)).execute(self.connection()).await;
        result.map_err(|e| self.failed(what, e))?;
        let query = sqlx::query("DELETE FROM recovery_code WHERE account_id = $1").bind(signed(id));
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }

    /// Takes a code's step; false when it, or a later one, was taken before.
    pub async fn take_totp_step(&mut self, id: u64, step: u64) -> Result<bool, StoreError> {
        let query = sqlx::query("UPDATE account SET totp_step = $2 WHERE id = $1 AND totp_step < $2")
            .bind(signed(id))
            .bind(signed(step));
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected() == 1).map_err(|e| self.failed("taking a code", e))
    }

    /// Keeps recovery codes.
    pub async fn add_recovery_codes(&mut self, id: u64, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
        for hash in hashes {
            let query = sqlx::query("INSERT INTO recovery_code (code_hash, account_id) VALUES ($1, $2)")
                .bind(&hash[..])
                .bind(signed(id));
            let result = query.execute(self.connection()).await;
            result.map_err(|e| self.failed("keeping recovery codes", e))?;
        }
        Ok(())
    }

    /// Takes a recovery code; false when there is none such that is unused.
    pub async fn take_recovery_code(
        &mut self,
        id: u64,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = "UPDATE recovery_code SET used_ms = $3 \
                         WHERE code_hash = $2 AND account_id = $1 AND used_ms IS NULL";
        let query = sqlx::query(statement).bind(signed(id)).bind(&hash[..]).bind(now.millis());
        let result = query.execute(self.connection()).await;
        result.map(|done| done.rows_affected() == 1).map_err(|e| self.failed("taking a recovery code", e))
    }

    /// Links a person to someone at the single sign-on, or unlinks them; someone linked already is refused.
    pub async fn set_sso_subject(&mut self, id: u64, subject: Option<&str>) -> Result<(), StoreError> {
        let query =
            sqlx::query("UPDATE account SET sso_subject = $2 WHERE id = $1").bind(signed(id)).bind(subject);
        match query.execute(self.connection()).await {
            Ok(_) => Ok(()),
            Err(error) if sqlite::is_unique_violation(&error) => Err(StoreError::Taken {
                what: "link to the single sign-on",
                name: subject.unwrap_or_default().to_owned(),
            }),
            Err(error) => Err(self.failed("linking a person", error)),
        }
    }

    /// Administrators who can act.
    pub async fn acting_admins(&mut self) -> Result<u64, StoreError> {
        let query = sqlx::query("SELECT COUNT(*) FROM account WHERE role = $1 AND disabled_ms IS NULL")
            .bind(Role::Admin.word());
        let result = query.fetch_one(self.connection()).await;
        let result = result.and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("counting administrators", e))
    }
}

impl Store {
    /// The account of this number.
    pub async fn account(&self, id: u64) -> Result<Option<Account>, StoreError> {
        let mut reader = self.reader().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"))).bind(signed(id));
        let row = query.fetch_optional(&mut *reader).await;
        self.account_of(row)
    }

    /// The account of this name.
    pub async fn account_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let mut reader = self.reader().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE name = $1"))).bind(name);
        let row = query.fetch_optional(&mut *reader).await;
        self.account_of(row)
    }

    /// The account linked to someone at the single sign-on.
    pub async fn account_by_subject(&self, subject: &str) -> Result<Option<Account>, StoreError> {
        let mut reader = self.reader().await?;
        let query =
            sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE sso_subject = $1"))).bind(subject);
        let row = query.fetch_optional(&mut *reader).await;
        self.account_of(row)
    }

    /// Everyone, in order of name.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let what = "listing people";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY name LIMIT $1")))
            .bind(i64::from(ACCOUNTS_MAX))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| read(row).map_err(|e| self.failed(what, e))).collect()
    }

    /// How many people are known.
    pub async fn officer_count(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM account").fetch_one(&mut *reader).await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("counting people", e))
    }

    /// Recovery codes a person has left.
    pub async fn recovery_codes_left(&self, id: u64) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM recovery_code WHERE account_id = $1 AND used_ms IS NULL")
            .bind(signed(id))
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("counting recovery codes", e))
    }

    fn account_of(&self, row: Result<Option<Row>, sqlx::Error>) -> Result<Option<Account>, StoreError> {
        let what = "looking up an account";
        row.and_then(|row| row.map(|row| read(&row)).transpose()).map_err(|e| self.failed(what, e))
    }
}

fn read(row: &Row) -> Result<Account, sqlx::Error> {
    let name: String = row.try_get(1)?;
    let bad =
        |reason: &dyn std::error::Error| sqlx::Error::Decode(Box::new(corrupt("account", &name, reason)));
    let authority = row.try_get::<String, _>(2)?.parse().map_err(|e| bad(&e))?;
    let role = row.try_get::<String, _>(3)?.parse().map_err(|e| bad(&e))?;
    let uscc: Option<String> = row.try_get(4)?;
    let company = uscc.map(|uscc| uscc.parse::<Uscc>()).transpose().map_err(|e| bad(&e))?;
    let moment = |ms: Option<i64>| ms.map(Timestamp::from_millis);
    Ok(Account {
        id: unsigned(row.try_get(0)?),
        officer: Officer { name, authority, role, company },
        added: Timestamp::from_millis(row.try_get(5)?),
        disabled: moment(row.try_get(6)?),
        password: row.try_get(7)?,
        password_set: moment(row.try_get(8)?),
        totp_secret: row.try_get(9)?,
        totp_waiting: row.try_get(10)?,
        totp_step: unsigned(row.try_get(11)?),
        sso_subject: row.try_get(12)?,
    })
}
