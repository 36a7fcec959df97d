//! One spool between the pipeline, which appends, and the uplink, which sends.

use std::sync::{Mutex, MutexGuard, PoisonError};

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

    /// Commits, and wakes the uplink.
    pub fn commit(&self) -> Result<(), SpoolError> {
        self.lock().commit()?;
        self.committed.notify_one();
        Ok(())
    }

    /// Moves the cursor, and wakes who waits for the spool to empty.
    pub fn acknowledge(&self, number: u64) -> Result<(), SpoolError> {
        self.lock().acknowledge(number)?;
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
