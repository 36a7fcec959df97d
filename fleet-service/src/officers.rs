//! `fleet-service officer add`: makes an officer known and gives the token, once.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::rule::Authority;
use domain::{Timestamp, Uscc};
use scoring::Label;
use scoring::label::TextError;
use sha2::{Digest, Sha256};

use crate::people::invitation;
use crate::people::scope::Scopes;
use crate::people::{PeopleError, invitation::LINK_HOURS};
use crate::store::{AuditDraft, NewApiToken, Officer, Role, Store, StoreError};

/// Random bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;

/// Who is added.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Name shown with every decision.
    #[arg(long)]
    pub name: String,
    /// Whose rules they decide on: city_management, police or transport.
    #[arg(long)]
    pub authority: Authority,
    /// What they may do: enforcer, police, registrar, auditor, admin; or carrier, for a company's person.
    #[arg(long)]
    pub role: Role,
    /// Unified social credit code of the company a carrier speaks for.
    #[arg(long, value_name = "USCC", required_if_eq("role", "carrier"))]
    pub company: Option<Uscc>,
    /// Where people open the service: how the link is written.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8790")]
    pub address: String,
}

/// An officer added at the command line.
#[derive(Debug)]
pub struct Added {
    /// A token with every scope their role has.
    pub token: String,
    /// Where they set a password, once.
    pub link: String,
}

impl std::fmt::Display for Added {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token stands alone on the last line: scripts read it there.
        write!(f, "set a password within {LINK_HOURS} hours at {}\n{}", self.link, self.token)
    }
}

/// Why no officer was added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// The name does not fit the ledger, where it stands beside every decision.
    #[error("the name {name:?} cannot be used: choose one of 1 to 64 characters")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        #[source]
        source: TextError,
    },
    /// A carrier without a company, or a company with another role.
    #[error("a person of the role carrier has a company, and nobody else has one: see --company")]
    Company,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a token")]
    Random(#[source] getrandom::Error),
    /// The link cannot be made.
    #[error(transparent)]
    Link(#[from] PeopleError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds an officer and returns the token. Only its hash is stored: a lost token cannot be told again.
pub async fn add(store: &Store, officer: Officer, by: &str, now: Timestamp) -> Result<String, AddError> {
    officer.name.parse::<Label>().map_err(|source| AddError::Name { name: officer.name.clone(), source })?;
    if officer.company.is_some() != (officer.role == Role::Carrier) {
        return Err(AddError::Company);
    }
    let token = new_token().map_err(AddError::Random)?;
    let audit = AuditDraft {
        at: now,
        who: by.to_owned(),
        what: "add officer",
        subject: officer.name.clone(),
        detail: format!("{} of {}", officer.role.word(), officer.authority.word()),
    };
    let mut change = store.change().await?;
    let account = change.add_account(&officer, now).await?;
    let first = NewApiToken {
        account,
        name: "first token".to_owned(),
        scopes: Scopes::all(),
        token_hash: Sha256::digest(token.as_bytes()).into(),
        made_by: by.to_owned(),
        expires: None,
    };
    change.add_api_token(&first, now).await?;
    change.add_audit(audit).await?;
    change.commit().await?;
    Ok(token)
}

/// As [`add`], with a link at which they set a password; `address` is where people open the service.
pub async fn add_with_link(
    store: &Store,
    officer: Officer,
    address: &str,
    by: &str,
    now: Timestamp,
) -> Result<Added, AddError> {
    let name = officer.name.clone();
    let token = add(store, officer, by, now).await?;
    let account = store.account_by_name(&name).await?.map(|account| account.id);
    let mut change = store.change().await?;
    let secret = invitation::invite(&mut change, account, by, now).await?;
    change.commit().await?;
    Ok(Added { token, link: invitation::address(address, &secret) })
}

/// A fresh token, for a person or a device.
pub(crate) fn new_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token is looked up by; `None` for a text that cannot be one.
pub fn token_hash(token: &str) -> Option<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == TOKEN_BYTES).then(|| Sha256::digest(token.as_bytes()).into())
}
