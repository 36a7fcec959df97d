//! Taking a command: checked, stored, in the audit trail, and the dispatcher told.

use domain::{TerminalId, Timestamp};
use wire::Version;

use super::command::{Command, CommandError, UPDATE_AREAS};
use crate::store::{AuditDraft, NewCommand, Store, StoreError};

/// Most commands of a terminal that are queued or sent.
pub const OPEN_COMMANDS_MAX: u64 = 32;
/// Longest a command may wait, s.
pub const LIFETIME_MAX_S: u32 = 30 * 86_400;
/// Who asks for what a new version of the registers, or a new day, sets off.
pub const BY_REGISTERS: &str = "registers";

/// Why a command is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// It asks for what cannot be.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// It would run out at once, or wait too long.
    #[error("a command waits 1 to {LIFETIME_MAX_S} s for its terminal")]
    Lifetime,
    /// Too many wait already.
    #[error("{OPEN_COMMANDS_MAX} commands wait for this terminal already: let it answer or let them run out")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores a command and returns its number. `lifetime_s` is how long it waits; the kind's own when absent.
pub async fn ask(
    store: &Store,
    terminal: &TerminalId,
    command: &Command,
    lifetime_s: Option<u32>,
    by: &str,
    now: Timestamp,
) -> Result<u64, AskError> {
    // The version matters only to how it is written.
    command.messages(Version::V2013)?;
    let lifetime_s = lifetime_s.unwrap_or(command.lifetime_s());
    if !(1..=LIFETIME_MAX_S).contains(&lifetime_s) {
        return Err(AskError::Lifetime);
    }
    let mut change = store.change().await?;
    if change.open_commands(terminal, None).await? >= OPEN_COMMANDS_MAX {
        return Err(AskError::TooMany);
    }
    // Plain data always has a JSON form.
    let asked = serde_json::to_string(command).unwrap_or_default();
    let id = change
        .add_command(&NewCommand {
            terminal: terminal.clone(),
            kind: command.kind().to_owned(),
            asked: asked.clone(),
            by: by.to_owned(),
            created: now,
            expires: now.plus_seconds(i64::from(lifetime_s)),
        })
        .await?;
    let detail = format!("command {id}: {asked}");
    let subject = terminal.to_string();
    change.add_audit(AuditDraft { at: now, who: by.to_owned(), what: "command", subject, detail }).await?;
    change.commit().await?;
    Ok(id)
}

/// Stores a command to bring a terminal's areas up to date, unless one waits already; whether it did.
pub async fn ask_for_update(store: &Store, terminal: &TerminalId, now: Timestamp) -> Result<bool, AskError> {
    let waits = {
        let mut change = store.change().await?;
        change.open_commands(terminal, Some(UPDATE_AREAS)).await? > 0
    };
    if !waits {
        ask(store, terminal, &Command::UpdateAreas {}, None, BY_REGISTERS, now).await?;
    }
    Ok(!waits)
}
