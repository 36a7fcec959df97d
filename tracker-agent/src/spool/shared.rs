//! One spool between the pipeline, which appends, and the uplink, which sends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use tokio::sync::Notify;

use super::{Spool, SpoolError};

/// The spool behind a lock, with a bell on each side.
#[derive(Debug)]
pub struct SharedSpool {
    spool: Mutex<Spool>,
    committed: Notify,
    acknowledged: Notify,
}

impl SharedSpool {
    /// Shares a spool.
    pub fn new(spool: Spool) -> Self {
        Self { spool: Mutex::new(spool), committed: Notify::new(), acknowledged: Notify::new() }
    }

    /// The spool itself. Held for the length of one call only; never across a wait.
    pub fn lock(&self) -> MutexGuard<'_, Spool> {
        // Every method leaves the spool whole at each of its steps, so a panic elsewhere does not make it unusable.
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is due, and wakes the uplink when records were put on disk.
    pub fn maintain(&self, now: Timestamp) -> Result<(), SpoolError> {
        if self.lock().maintain(now)? {
            self.committed.notify_one();
        }
        Ok(())
    }

    /// What is on disk is to be sent without waiting for more.
    pub fn send_now(&self) {
        self.lock().make_all_urgent();
        self.committed.notify_one();
    }

    /// Moves the cursor, and wakes who waits for the spool to empty.
    pub fn acknowledge(&self, number: u64, now: Timestamp) -> Result<(), SpoolError> {
        self.lock().acknowledge(number, now)?;
        self.acknowledged.notify_one();
        Ok(())
    }

    /// Waits for a commit.
    pub async fn until_committed(&self) {
        self.committed.notified().await;
    }

    /// Waits for an acknowledgement.
    pub async fn until_acknowledged(&self) {
        self.acknowledged.notified().await;
    }
}
