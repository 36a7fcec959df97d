//! Platforms that hand over the reports they receive, many at a time: a city that has trucks on an older platform feeds
//! this one without touching a terminal. How to write the client is in `docs/report-handover.md`.
//!
//! - [`reading`]: a body of JSON Lines to reports (pure)
//! - [`binary`]: the compact form, both ways (pure)
//! - [`tokens`]: the commands that give tokens out and take them back
//!
//! What is taken is durable before it is answered, and what is sent again changes nothing, so a platform repeats whatever it
//! got no answer to. A report that cannot be read costs no other.

pub mod binary;
pub mod reading;
pub mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::log::{Appended, ReportLog};
use reading::{Handed, Rejection};

/// Largest body of one request.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most reports of one request.
pub const REQUEST_REPORTS_MAX: usize = 10_000;
/// Most requests worked on at once, of all platforms; each holds its body in memory.
pub const REQUESTS_AT_ONCE_MAX: usize = 64;
/// Most rejections told one by one; all are counted.
pub const REJECTIONS_TOLD_MAX: usize = 1_000;
/// How long a request waits for room in the log or for a disk that takes nothing.
pub const STORE_WAIT: Duration = Duration::from_secs(30);
/// When a platform that was turned away may come again, in seconds.
pub const RETRY_AFTER_S: u32 = 1;

/// The reports are not stored, or it is not known whether they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the report log stored nothing in time: send the same reports again")]
pub struct NotStored;

/// What became of a request's reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What the log says of those that could be read.
    pub appended: Appended,
    /// The others.
    pub rejections: Vec<Rejection>,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What was counted since the start.
        #[derive(Debug, Default)]
        pub struct HandoverCounters {
            $($(#[$doc])* pub $name: AtomicU64,)+
        }

        impl HandoverCounters {
            /// Every counter by name.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed))),+]
            }
        }
    };
}

counters!(
    /// Requests with a token that holds.
    requests,
    /// Requests without one.
    requests_unauthorized,
    /// Requests turned away because [`REQUESTS_AT_ONCE_MAX`] others were worked on.
    requests_busy,
    /// Requests above [`REQUEST_BYTES_MAX`] or [`REQUEST_REPORTS_MAX`].
    requests_too_large,
    /// Requests that cannot be read as a whole.
    requests_unreadable,
    /// Requests the log stored nothing of in time.
    requests_not_stored,
    /// Reports newly stored.
    reports_stored,
    /// Reports known already.
    reports_duplicate,
    /// Reports that cannot be read.
    reports_rejected,
);

/// Where platforms that hand over reports are served. Cheap to clone.
#[derive(Clone)]
pub struct HandoverDesk {
    room: Arc<Semaphore>,
    counters: Arc<HandoverCounters>,
}

impl Default for HandoverDesk {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(REQUESTS_AT_ONCE_MAX)), counters: Arc::default() }
    }
}

impl HandoverDesk {
    /// What was counted.
    pub fn counters(&self) -> &HandoverCounters {
        &self.counters
    }

    /// A place among the requests worked on, given back when it is dropped; `None` when all are taken.
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// Stores what was read. A report without a receipt time, or with one later than `now`, was received now.
    pub async fn store(&self, log: &ReportLog, handed: Handed, now: Timestamp) -> Result<Taken, NotStored> {
        let Handed { mut reports, rejections } = handed;
        for report in &mut reports {
            report.received = Some(report.received.map_or(now, |received| received.min(now)));
        }
        let appended = if reports.is_empty() {
            Appended { stored: 0, duplicates: 0 }
        } else {
            match timeout(STORE_WAIT, log.append(reports)).await {
                Ok(Ok(appended)) => appended,
                Ok(Err(_)) | Err(_) => {
                    count(&self.counters.requests_not_stored, 1);
                    return Err(NotStored);
                }
            }
        };
        count(&self.counters.reports_stored, appended.stored);
        count(&self.counters.reports_duplicate, appended.duplicates);
        count(&self.counters.reports_rejected, rejections.len() as u64);
        Ok(Taken { appended, rejections })
    }
}

/// Adds to a counter.
pub fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
