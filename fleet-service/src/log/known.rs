//! The index of what is stored, beside its store: reads what it wants, writes what it has to keep, and is made anew from
//! the log where it does not account for it.

use super::encoding::{self, Encoded, Mark, SEEN_FORM};
use super::seen::{Run, Seen, Wanted};
use super::{READ_BATCHES_MAX, READ_REPORTS_MAX, ReadError};
use crate::store::{SeenRun, Store, StoreError};

/// Which reports are in the log, up to a position.
pub(super) struct Known {
    store: Store,
    seen: Seen,
    position: u64,
}

impl Known {
    /// The index as of the end of the log. Reads what came since runs were written last, after a change of the form all.
    pub(super) async fn open(store: Store) -> Result<Self, ReadError> {
        let (mut position, form) = store.seen_upto().await?;
        if form != SEEN_FORM && position > 0 {
            let mut change = store.change().await?;
            change.drop_seen_runs(SEEN_FORM).await?;
            change.commit().await?;
            position = 0;
        }
        let mut known = Self { store, seen: Seen::default(), position };
        known.catch_up().await?;
        Ok(known)
    }

    /// The last position of the log it accounts for.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Takes in what the log holds after its position.
    pub(super) async fn catch_up(&mut self) -> Result<(), ReadError> {
        loop {
            let batches = self.store.batches_after(self.position, READ_BATCHES_MAX, READ_REPORTS_MAX).await?;
            if batches.is_empty() {
                return Ok(());
            }
            for batch in batches {
                let reports = encoding::decode(&batch)?;
                self.note(batch.position, Encoded::of(&reports)?.marks().iter());
                self.keep().await?;
            }
        }
    }

    /// Which of the reports are new, each of equal ones once: their places in order.
    pub(super) async fn fresh(&mut self, marks: &[Mark]) -> Result<Vec<usize>, StoreError> {
        loop {
            let wanted = self.seen.wanted(marks);
            if wanted.is_empty() {
                break;
            }
            for want in wanted {
                match want {
                    Wanted::Hour(hour) => self.seen.know_hour(hour, &self.store.seen_reach(hour).await?),
                    Wanted::Runs(slot) => {
                        self.seen.hold(slot, &self.store.seen_ids(slot.hour, slot.shard).await?);
                    }
                }
            }
        }
        let fresh = self.seen.fresh(marks);
        self.seen.trim();
        Ok(fresh)
    }

    /// Notes what the log holds at a position.
    pub(super) fn note<'a>(&mut self, position: u64, marks: impl Iterator<Item = &'a Mark>) {
        self.seen.note(marks);
        self.position = position;
    }

    /// Writes runs when enough came together.
    pub(super) async fn keep(&mut self) -> Result<(), StoreError> {
        if !self.seen.is_full() {
            return Ok(());
        }
        let runs = self.seen.runs();
        let rows: Vec<SeenRun<'_>> = runs.iter().map(row).collect();
        let mut change = self.store.change().await?;
        change.add_seen_runs(&rows, self.position, SEEN_FORM).await?;
        change.commit().await?;
        self.seen.wrote(&runs);
        Ok(())
    }
}

fn row(run: &Run) -> SeenRun<'_> {
    SeenRun { hour: run.slot.hour, shard: run.slot.shard, last: run.last, ids: &run.ids }
}
