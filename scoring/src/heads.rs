//! Heads of the chain by day: a few numbers a day that pin everything written before them.
//!
//! From inside, a chain cannot show that its newest entries were cut off or that all of it was written anew. Whoever keeps
//! yesterday's head can: the entry of that number must still carry that hash. The feed publishes one head a day.

use domain::LocalDate;
use serde::{Deserialize, Serialize};

use crate::digest::EntryHash;
use crate::ledger::LedgerEntry;

/// The newest entry at the end of a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyHead {
    /// The day, Asia/Shanghai.
    pub day: LocalDate,
    /// The entry.
    pub seq: u64,
    /// Its hash.
    pub hash: EntryHash,
}

/// The head of every day on which something was posted, oldest first; entries are given in order of `seq`. A clock that
/// was set back opens no earlier day again: such an entry belongs to the newest day seen.
pub fn daily_heads<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> Vec<DailyHead> {
    let mut heads: Vec<DailyHead> = Vec::new();
    for entry in entries {
        let (seq, hash) = (entry.seq, entry.hash);
        let day = entry.posted_at.local_date();
        match heads.last_mut() {
            Some(last) if day <= last.day => *last = DailyHead { seq, hash, ..*last },
            _ => heads.push(DailyHead { day, seq, hash }),
        }
    }
    heads
}

/// A published head that the ledger does not bear out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// Entries were cut off.
    #[error(
        "the head of {} is entry {}, but the ledger ends with entry {entries}: entries were cut off",
        head.day, head.seq
    )]
    CutOff {
        /// The head as published.
        head: DailyHead,
        /// How many entries there are.
        entries: u64,
    },
    /// The past was written anew.
    #[error(
        "the head of {} is entry {} with hash {}, the ledger has {found} there: it was written anew",
        head.day, head.seq, head.hash
    )]
    Rewritten {
        /// The head as published.
        head: DailyHead,
        /// The hash that stands there now.
        found: EntryHash,
    },
}

/// Compares a verified ledger, whole and in order, with heads that were published earlier.
pub fn check_heads(entries: &[LedgerEntry], published: &[DailyHead]) -> Result<(), HeadError> {
    for &head in published {
        let found = usize::try_from(head.seq).ok().and_then(|seq| entries.get(seq.checked_sub(1)?));
        match found {
            None => {
                let entries = entries.last().map_or(0, |last| last.seq);
                return Err(HeadError::CutOff { head, entries });
            }
            Some(entry) if entry.hash != head.hash => {
                return Err(HeadError::Rewritten { head, found: entry.hash });
            }
            Some(_) => {}
        }
    }
    Ok(())
}
