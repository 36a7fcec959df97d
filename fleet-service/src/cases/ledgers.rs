//! Ledgers of companies kept between acts, so that a further entry does not read thousands of earlier ones again. The ledger is
//! append-only and chained, so what was read stays true; each use asks the database for the newest entry held and what
//! follows it, and a ledger whose newest entry is not there (an act that was not committed had added it) is read anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Uscc;
use scoring::LedgerEntry;

use crate::store::{Change, StoreError};

/// Most entries kept, of all companies together; about half a kilobyte each.
pub const ENTRIES_KEPT_MAX: usize = 60_000;

/// The kept ledgers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Ledgers(Arc<Mutex<HashMap<Uscc, Vec<LedgerEntry>>>>);

impl Ledgers {
    /// Every entry of a company as the change sees it, oldest first.
    pub async fn read(&self, change: &mut Change, uscc: &Uscc) -> Result<Vec<LedgerEntry>, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uscc);
        let Some((mut kept, newest)) =
            kept.and_then(|kept| kept.last().cloned().map(|newest| (kept, newest)))
        else {
            return change.ledger_of(uscc).await;
        };
        let mut since = change.ledger_of_from(uscc, newest.seq).await?.into_iter();
        if since.next().is_some_and(|first| first.seq == newest.seq && first.hash == newest.hash) {
            kept.extend(since);
            Ok(kept)
        } else {
            change.ledger_of(uscc).await
        }
    }

    /// Keeps a company's ledger for its next act. Where the sum would pass [`ENTRIES_KEPT_MAX`], all others are forgotten; a
    /// ledger that is larger by itself is not kept.
    pub fn keep(&self, uscc: &Uscc, entries: Vec<LedgerEntry>) {
        if entries.len() > ENTRIES_KEPT_MAX {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize = kept.values().map(Vec::len).sum();
        if held + entries.len() > ENTRIES_KEPT_MAX {
            kept.clear();
        }
        kept.insert(uscc.clone(), entries);
    }
}
