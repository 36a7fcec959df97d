//! What people do to tickets. Nothing is edited: a later act stands beside the earlier ones.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::TicketState;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 1_000;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// A source opened a draft before the truck left.
    Draft,
    /// The sink took the load.
    Accept,
    /// The sink refused the load.
    Reject,
    /// The ticket is void.
    Void,
}

impl ActKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Void => "void",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Draft, Self::Accept, Self::Reject, Self::Void].into_iter().find(|kind| kind.word() == word)
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub kind: ActKind,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why; of a draft, anything worth noting.
    pub reason: String,
}

/// Why an act is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// The ticket is in a state that ends it.
    #[error("the ticket is {state} and stays so: nothing further can be done to it")]
    Ended {
        /// Its state.
        state: &'static str,
    },
    /// A load that has not come cannot be taken or refused.
    #[error("the load has not arrived in a sink: the ticket is {state}")]
    NotArrived {
        /// Its state.
        state: &'static str,
    },
    /// No reason was given.
    #[error("a reason is needed")]
    NoReason,
    /// The reason is too long.
    #[error("the reason has {chars} characters, at most {REASON_CHARS_MAX} are taken")]
    LongReason {
        /// Its length.
        chars: usize,
    },
}

/// Whether an act may be done to a ticket in a state.
pub fn allow(state: TicketState, kind: ActKind, reason: &str) -> Result<(), NotAllowed> {
    let word = state.word();
    match (kind, state) {
        (_, TicketState::Void | TicketState::Rejected) | (ActKind::Reject, TicketState::Closed) => {
            return Err(NotAllowed::Ended { state: word });
        }
        (ActKind::Accept, TicketState::Closed) => return Err(NotAllowed::Ended { state: word }),
        (
            ActKind::Accept | ActKind::Reject,
            TicketState::Draft | TicketState::Loaded | TicketState::InTransit,
        ) => return Err(NotAllowed::NotArrived { state: word }),
        _ => {}
    }
    let chars = reason.trim().chars().count();
    match kind {
        ActKind::Reject | ActKind::Void if chars == 0 => Err(NotAllowed::NoReason),
        _ if chars > REASON_CHARS_MAX => Err(NotAllowed::LongReason { chars }),
        _ => Ok(()),
    }
}
