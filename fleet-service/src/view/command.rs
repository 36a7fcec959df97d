//! Commands to terminals, and the areas they hold, as answers show them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::commands::area_meaning::Meaning;
use crate::store::{StoredArea, StoredCommand};

/// A command and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommandView {
    /// Its number.
    pub id: u64,
    /// For which terminal.
    pub terminal: String,
    /// Which kind.
    pub kind: String,
    /// As it was asked for.
    pub asked: Value,
    /// Who asked; `registers` for what a new version of the registers or a new day set off.
    pub by: String,
    /// `queued`, `sent`, `answered` or `expired`.
    pub state: String,
    /// `ok`, `failed` or `unsupported`, once answered.
    pub outcome: Option<String>,
    /// What the terminal answered: `parameters`, `location` (a report of the replay contract), `areas_set`, `deletions`,
    /// `notes` on what it is not told, `not_done` with each message it did not do.
    pub result: Option<Value>,
    /// When it was asked for.
    pub created: String,
    /// When it runs out.
    pub expires: String,
    /// When it went out last.
    pub sent: Option<String>,
    /// When it was answered.
    pub answered: Option<String>,
}

impl From<StoredCommand> for CommandView {
    fn from(stored: StoredCommand) -> Self {
        let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        Self {
            id: stored.id,
            terminal: stored.new.terminal.to_string(),
            kind: stored.new.kind,
            asked: json(&stored.new.asked),
            by: stored.new.by,
            state: stored.state.word().to_owned(),
            outcome: stored.outcome.map(|outcome| outcome.word().to_owned()),
            result: stored.result.as_deref().map(json),
            created: stored.new.created.to_string(),
            expires: stored.new.expires.to_string(),
            sent: stored.sent.map(|at| at.to_string()),
            answered: stored.answered.map(|at| at.to_string()),
        }
    }
}

/// An area or route a terminal holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TerminalAreaView)]
pub struct AreaView {
    /// `circle`, `rectangle`, `polygon` or `route`.
    pub shape: String,
    /// Its id in the terminal's reports (extras 0x11, 0x12). A segment's number (extra 0x13) with its lowest byte cleared
    /// is its route's.
    pub id: u32,
    /// What it stands for; absent when that cannot be read any more.
    pub means: Option<Meaning>,
    /// When the terminal took it.
    pub given: String,
}

impl From<StoredArea> for AreaView {
    fn from(stored: StoredArea) -> Self {
        Self {
            shape: stored.shape,
            id: stored.id,
            means: serde_json::from_str(&stored.means).ok(),
            given: stored.given.to_string(),
        }
    }
}
