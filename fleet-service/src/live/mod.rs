//! Judging as it happens: one task reads the report log in order, folds it through the judge, and stores what changed
//! together with how far it has come. What is live for the map lies in memory and is rebuilt from the log at a start.
//!
//! - [`registers`]: the versions of the registers, read from the store
//! - [`judging`]: the judge and the moment it is asked
//! - [`findings`]: what a change of the verdicts does to a stored clue (pure)
//! - [`fleet`]: every truck's newest state (pure)
//! - [`sight`]: what of a big fleet a page looks at (pure)
//! - [`trucks`]: the task that tells pages how the map changed
//! - [`gathering`]: how much is handed to the judge before it is asked (pure)
//! - [`bulletin`]: events for the pages that are open
//! - [`follower`]: the task

pub mod bulletin;
pub mod findings;
pub mod fleet;
pub mod follower;
pub mod gathering;
pub mod judging;
pub mod registers;
pub mod sight;
pub mod trucks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Registers, Registry, Timestamp};
use scoring::Catalogue;
use tokio::sync::watch;

use crate::cases::{Decided, Followed};
use crate::feed::record::Action;
use crate::store::StoredClue;
use crate::view::clue::ClueView;
use crate::view::listing::{ListingNotice, ListingView};

use bulletin::Bulletin;
use fleet::Fleet;

/// What the live part shares with the API: the map's state, the events, the registers. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    /// Events for open pages.
    pub bulletin: Arc<Bulletin>,
    /// The registers in force; changes when others are imported.
    pub registers: watch::Receiver<Arc<Registers>>,
    /// The rules.
    pub catalogue: Arc<Catalogue>,
    fleet: Arc<Mutex<Fleet>>,
    progress: Arc<Progress>,
}

/// How the follower is doing, for `/metrics` and `/readyz`.
#[derive(Debug, Default)]
pub struct Progress {
    /// Last log position the findings account for.
    pub judged_position: std::sync::atomic::AtomicU64,
    /// Whether the log has been folded once since the start.
    pub caught_up: std::sync::atomic::AtomicBool,
    /// Violations opened, amended or withdrawn since the start.
    pub changes: std::sync::atomic::AtomicU64,
    /// The judge's counts by name, copied after each batch.
    pub counters: Mutex<crate::judge::JudgeCounters>,
}

impl Live {
    /// Live state before anything was folded. `started` numbers the events of this run apart from those of others.
    pub fn new(
        registers: watch::Receiver<Arc<Registers>>,
        catalogue: Arc<Catalogue>,
        started: Timestamp,
    ) -> Self {
        Self {
            bulletin: Arc::new(Bulletin::new(started)),
            registers,
            catalogue,
            fleet: Arc::default(),
            progress: Arc::default(),
        }
    }

    /// The registers in force now.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(self.registers.borrow().newest())
    }

    /// The map's state.
    pub fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the follower is doing.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Tells open pages about a clue.
    pub fn announce_clue(&self, clue: &StoredClue) {
        self.fleet().note_clue(clue);
        self.bulletin.publish("clue", &ClueView::of(clue, &self.catalogue, &self.registry()));
    }

    /// Tells open pages about a decision and what followed from it.
    pub fn announce_decision(&self, decided: &Decided) {
        self.announce_clue(&decided.clue);
        self.announce_followed(&decided.followed);
    }

    /// Tells open pages what an act did to a company.
    pub fn announce_followed(&self, followed: &Followed) {
        if let Some(row) = &followed.carrier {
            self.bulletin.publish("carrier", row);
        }
        if let Some((action, listing)) = &followed.listing {
            // Live events know only on and off; a correction is a listing with other particulars.
            let action = if *action == Action::Delist { Action::Delist } else { Action::List };
            let notice = ListingNotice { action: action.word().to_owned(), row: ListingView::from(listing) };
            self.bulletin.publish("listing", &notice);
        }
    }
}
