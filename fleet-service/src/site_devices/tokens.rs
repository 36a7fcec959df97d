//! `fleet-service site-token add | list | revoke`: gives site devices their tokens and takes them back.

use std::path::PathBuf;

use domain::{SiteId, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::live::registers::{RegisterBook, RegistersError};
use crate::officers;
use crate::store::{AuditDraft, NewSiteToken, SiteToken, Store, StoreError};

/// Longest name of a device.
pub const NAME_CHARS_MAX: usize = 64;

/// Who gets a token.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Site the device stands at, as in the registers. It can report from no other.
    #[arg(long)]
    pub site: SiteId,
    /// Which device, in your words.
    #[arg(long, default_value = "")]
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
    /// No such site.
    #[error("no site {site} is in the registers in force: import them first, or correct --site")]
    UnknownSite {
        /// As asked.
        site: SiteId,
    },
    /// The name cannot be shown.
    #[error(
        "the name has {chars} characters or a control character among them: at most {NAME_CHARS_MAX} plain ones are kept"
    )]
    Name {
        /// Its length.
        chars: usize,
    },
    /// No such token.
    #[error("no site token {id} holds: `site-token list` shows those that do")]
    UnknownToken {
        /// As asked.
        id: u64,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a token")]
    Random(#[source] getrandom::Error),
    /// The registers cannot be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives out a token for a site and returns its number and the token, which is not kept.
pub async fn add(
    store: &Store,
    site: &SiteId,
    name: &str,
    by: &str,
    now: Timestamp,
) -> Result<(u64, String), TokenError> {
    let name = name.trim();
    let chars = name.chars().count();
    if chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(TokenError::Name { chars });
    }
    let registers = RegisterBook::read(store).await?.registers();
    if !registers.newest().sites.contains_key(site) {
        return Err(TokenError::UnknownSite { site: site.clone() });
    }
    let token = officers::new_token().map_err(TokenError::Random)?;
    let new = NewSiteToken {
        site: site.clone(),
        name: name.to_owned(),
        token_hash: Sha256::digest(token.as_bytes()).into(),
    };
    let mut change = store.change().await?;
    let id = change.add_site_token(&new, now).await?;
    let detail = format!("site token {id}: {name}");
    let subject = site.to_string();
    change
        .add_audit(AuditDraft { at: now, who: by.to_owned(), what: "add site token", subject, detail })
        .await?;
    change.commit().await?;
    Ok((id, token))
}

/// Takes a token back; from now on it is refused.
pub async fn revoke(store: &Store, id: u64, by: &str, now: Timestamp) -> Result<(), TokenError> {
    let mut change = store.change().await?;
    let subject = change.revoke_site_token(id, now).await?.ok_or(TokenError::UnknownToken { id })?;
    let detail = format!("site token {id}");
    let what = "revoke site token";
    change.add_audit(AuditDraft { at: now, who: by.to_owned(), what, subject, detail }).await?;
    change.commit().await?;
    Ok(())
}

/// One line of `site-token list`.
pub fn line(token: &SiteToken) -> String {
    let revoked = token.revoked.map_or_else(|| "-".to_owned(), |at| at.to_string());
    format!("{}\t{}\t{}\t{revoked}\t{}", token.id, token.site, token.added, token.name)
}

/// The first line of `site-token list`.
pub const HEADING: &str = "id\tsite\tadded\trevoked\tname";
