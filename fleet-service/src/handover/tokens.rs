//! `fleet-service platform-token add | list | revoke`: gives platforms that hand over reports their tokens and takes them
//! back.

use std::path::PathBuf;

use domain::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::officers;
use crate::store::{AuditDraft, NewPlatformToken, PlatformToken, Store, StoreError};

/// Longest name of a platform.
pub const NAME_CHARS_MAX: usize = 64;

/// Who gets a token.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Which platform, in your words.
    #[arg(long)]
    pub name: String,
}

/// Whose tokens are listed.
#[derive(Debug, Clone, clap::Args)]
pub struct ListArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
}

/// Which token is taken back.
#[derive(Debug, Clone, clap::Args)]
pub struct RevokeArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Its number, as `list` shows it.
    #[arg(long)]
    pub id: u64,
}

/// Why a token was not given out or taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The name cannot be shown.
    #[error(
        "the name has {chars} characters or a control character among them: 1 to {NAME_CHARS_MAX} plain ones are kept"
    )]
    Name {
        /// Its length.
        chars: usize,
    },
    /// No such token.
    #[error("no platform token {id} holds: `platform-token list` shows those that do")]
    UnknownToken {
        /// As asked.
        id: u64,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a token")]
    Random(#[source] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives out a token and returns its number and the token, which is not kept.
pub async fn add(store: &Store, name: &str, by: &str, now: Timestamp) -> Result<(u64, String), TokenError> {
    let name = name.trim();
    let chars = name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(TokenError::Name { chars });
    }
    let token = officers::new_token().map_err(TokenError::Random)?;
    let new = NewPlatformToken { name: name.to_owned(), token_hash: Sha256::digest(token.as_bytes()).into() };
    let mut change = store.change().await?;
    let id = change.add_platform_token(&new, now).await?;
    let (what, detail) = ("add platform token", format!("platform token {id}"));
    let subject = name.to_owned();
    change.add_audit(AuditDraft { at: now, who: by.to_owned(), what, subject, detail }).await?;
    change.commit().await?;
    Ok((id, token))
}

/// Takes a token back; from now on it is refused.
pub async fn revoke(store: &Store, id: u64, by: &str, now: Timestamp) -> Result<(), TokenError> {
    let mut change = store.change().await?;
    let subject = change.revoke_platform_token(id, now).await?.ok_or(TokenError::UnknownToken { id })?;
    let detail = format!("platform token {id}");
    let what = "revoke platform token";
    change.add_audit(AuditDraft { at: now, who: by.to_owned(), what, subject, detail }).await?;
    change.commit().await?;
    Ok(())
}

/// One line of `platform-token list`.
pub fn line(token: &PlatformToken) -> String {
    let revoked = token.revoked.map_or_else(|| "-".to_owned(), |at| at.to_string());
    format!("{}\t{}\t{revoked}\t{}", token.id, token.added, token.name)
}

/// The first line of `platform-token list`.
pub const HEADING: &str = "id\tadded\trevoked\tname";
