//! People who decide, found by the hash of their token.

use domain::rule::Authority;
use domain::{Timestamp, Uscc};
use sqlx::Row as _;
use std::str::FromStr;

use super::{Change, Store, StoreError, corrupt, sqlite, unsigned};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Decides clues of city management.
    Enforcer,
    /// Decides clues of the traffic police.
    Police,
    /// Looks after registers and terminals; decides no clues.
    Registrar,
    /// Reads everything, decides nothing.
    Auditor,
    /// Reads everything and looks after registers and officers; decides nothing.
    Admin,
    /// A company's person: sees the own company, objects and asks for repair; nothing else.
    Carrier,
}

/// A text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; known: enforcer, police, registrar, auditor, admin, carrier")]
pub struct RoleError(String);

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Enforcer, Self::Police, Self::Registrar, Self::Auditor, Self::Admin, Self::Carrier];

    /// The word used in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enforcer => "enforcer",
            Self::Police => "police",
            Self::Registrar => "registrar",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Carrier => "carrier",
        }
    }

    /// Whether the role admits and revokes terminals.
    pub fn looks_after_terminals(self) -> bool {
        matches!(self, Self::Registrar | Self::Admin)
    }

    /// Whether the role opens, accepts, rejects and voids waybills.
    pub fn runs_waybills(self) -> bool {
        matches!(self, Self::Enforcer | Self::Registrar | Self::Admin)
    }

    /// Whether the role confirms and rejects clues.
    pub fn decides(self) -> bool {
        matches!(self, Self::Enforcer | Self::Police)
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|r| r.word() == text.trim())
            .ok_or_else(|| RoleError(text.chars().take(40).collect()))
    }
}

/// A person known to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// Shown with every decision; unique.
    pub name: String,
    /// Whose rules they decide on.
    pub authority: Authority,
    /// What they may do.
    pub role: Role,
    /// The company of a [`Role::Carrier`]; of everyone else `None`.
    pub company: Option<Uscc>,
}

/// A person to be added, with the hash of the token they were given.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    /// Who.
    pub officer: Officer,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
}

impl Change {
    /// Adds a person; a name that is taken is refused.
    pub async fn add_officer(&mut self, new: &NewOfficer, now: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO officer (name, authority, role, token_hash, added_ms, uscc) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&new.officer.name)
        .bind(new.officer.authority.word())
        .bind(new.officer.role.word())
        .bind(&new.token_hash[..])
        .bind(now.millis())
        .bind(new.officer.company.as_ref().map(|uscc| uscc.as_str().to_owned()))
        .execute(self.connection())
        .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) if sqlite::is_unique_violation(&error) => {
                Err(StoreError::Taken { what: "officer", name: new.officer.name.clone() })
            }
            Err(error) => Err(self.failed("adding an officer", error)),
        }
    }
}

impl Store {
    /// The person a token belongs to.
    pub async fn officer_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Officer>, StoreError> {
        let what = "looking up an officer";
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT name, authority, role, uscc FROM officer WHERE token_hash = $1")
            .bind(&token_hash[..])
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let Some(row) = row else { return Ok(None) };
        let text = |column: usize| row.try_get::<String, _>(column).map_err(|e| self.failed(what, e));
        let name = text(0)?;
        let authority = text(1)?.parse().map_err(|e| corrupt("officer", &name, e))?;
        let role = text(2)?.parse().map_err(|e| corrupt("officer", &name, e))?;
        let uscc: Option<String> = row.try_get(3).map_err(|e| self.failed(what, e))?;
        let company =
            uscc.map(|uscc| uscc.parse::<Uscc>().map_err(|e| corrupt("officer", &name, e))).transpose()?;
        Ok(Some(Officer { name, authority, role, company }))
    }

    /// How many people are known.
    pub async fn officer_count(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM officer").fetch_one(&mut *reader).await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("counting officers", e))
    }
}
