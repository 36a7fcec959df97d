//! Records into the spool, and the spool's syncs when they are due. Says once, not every second, that the disk does not
//! take them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::clock::SteadyClock;
use crate::record::Record;
use crate::spool::{SYNC_EVERY_MS, SharedSpool, SpoolError};

/// The spool's housekeeping is looked at this often when no record waits.
const IDLE: Duration = Duration::from_secs(10);

/// The writing end of a spool.
#[derive(Debug)]
pub struct Disk {
    spool: Arc<SharedSpool>,
    clock: SteadyClock,
    failing: AtomicBool,
    appended: Notify,
}

impl Disk {
    /// A writing end.
    pub fn new(spool: Arc<SharedSpool>, clock: SteadyClock) -> Self {
        Self { spool, clock, failing: AtomicBool::new(false), appended: Notify::new() }
    }

    /// Takes records. Urgent ones are on disk on return, unless the disk fails; others a little later.
    pub fn store(&self, records: &[Record]) {
        let now = self.clock.now();
        let mut dropped = None;
        for record in records {
            let appended = self.spool.lock().append(record.time, record.urgent, &record.to_bytes(), now);
            dropped = appended.err().or(dropped);
        }
        if let Some(error) = dropped
            && !self.failing.load(Ordering::Relaxed)
        {
            tracing::error!(%error, "records are dropped");
        }
        self.maintain();
        self.appended.notify_one();
    }

    /// Syncs what is due until it is dropped.
    pub async fn run(&self) {
        loop {
            let due = self.spool.lock().poll_timeout();
            let pause = due.map_or(IDLE, |due| self.clock.until(due));
            tokio::select! {
                () = sleep(pause) => self.maintain(),
                () = self.appended.notified() => {}
            }
        }
    }

    /// Puts everything on disk, and lets the uplink send it without waiting for more.
    pub fn close(&self) {
        let closed = self.spool.lock().close(self.clock.now());
        self.tell(closed);
        self.spool.send_now();
    }

    /// Whether the disk refused the last records.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    fn maintain(&self) {
        let done = self.spool.maintain(self.clock.now());
        self.tell(done);
    }

    fn tell(&self, done: Result<(), SpoolError>) {
        match done {
            // Nothing was due: that says nothing about the disk.
            Ok(()) if self.spool.lock().poll_timeout().is_some() => {}
            Ok(()) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the spool's disk takes records again");
                }
            }
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    let reason = std::error::Error::source(&error).map(|s| s.to_string()).unwrap_or_default();
                    tracing::error!(%error, reason, again_every_ms = SYNC_EVERY_MS, "the spool cannot be written; records wait in memory");
                }
            }
        }
    }
}
