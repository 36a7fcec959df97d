//! Devices fixed at sites: gate readers and weighbridges that post what they see over HTTP, each with a token of its
//! site. How a maker writes the client is in `docs/site-devices.md`.
//!
//! - [`reading`]: a request's body to reports, line by line (pure)
//! - [`rate`]: how often a token may ask (pure)
//! - [`tokens`]: the commands that give tokens out and take them back
//!
//! A line is taken, known already, or refused with a reason; none costs another. What is taken is durable before it is
//! answered, and what is sent again changes nothing, so a device repeats whatever it got no answer to.

pub mod rate;
pub mod reading;
pub mod tokens;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Report, Timestamp};
use tokio::time::timeout;

use crate::log::{Fate, ReportLog};
use rate::RateWindow;
use reading::{Numbered, Refusal, RefusalCode};

/// Largest body of one request.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Most lines of one request.
pub const REQUEST_LINES_MAX: usize = 1_000;
/// Requests a token may send in a minute.
pub const REQUESTS_PER_MINUTE: u32 = 120;
/// How long a request waits for a disk that takes nothing; then the device keeps its lines and sends them again.
pub const STORE_WAIT: Duration = Duration::from_secs(30);

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Durable now. `ahead` tells that its time lies further ahead of the receipt than the judge accepts.
    Stored {
        /// See above.
        ahead: bool,
    },
    /// Stored before, or earlier in the request.
    Known,
    /// Not taken.
    Refused(Refusal),
}

/// The reports are not stored, or it is not known whether they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the report log stored nothing in time: send the same lines again")]
pub struct NotStored;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What was counted since the start.
        #[derive(Debug, Default)]
        pub struct SiteCounters {
            $($(#[$doc])* pub $name: AtomicU64,)+
            /// Lines refused, by reason.
            refused: Mutex<BTreeMap<RefusalCode, u64>>,
        }

        impl SiteCounters {
            /// Every counter by name, refused lines apart.
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
    /// Requests above [`REQUESTS_PER_MINUTE`].
    requests_limited,
    /// Requests above [`REQUEST_BYTES_MAX`] or [`REQUEST_LINES_MAX`].
    requests_too_large,
    /// Requests that cannot be read as a whole.
    requests_unreadable,
    /// Requests the log stored nothing of in time.
    requests_not_stored,
    /// Lines newly stored.
    lines_stored,
    /// Lines known already.
    lines_known,
    /// Lines stored with a time the judge will set aside as ahead.
    lines_ahead,
);

impl SiteCounters {
    /// Adds one to a counter.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Refused lines by reason.
    pub fn refused(&self) -> BTreeMap<RefusalCode, u64> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, verdicts: &[(usize, Verdict)]) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, verdict) in verdicts {
            match verdict {
                Verdict::Stored { ahead } => {
                    Self::count(&self.lines_stored);
                    if *ahead {
                        Self::count(&self.lines_ahead);
                    }
                }
                Verdict::Known => Self::count(&self.lines_known),
                Verdict::Refused(refusal) => *refused.entry(refusal.code).or_default() += 1,
            }
        }
    }
}

/// Where site devices are served. Cheap to clone.
#[derive(Clone, Default)]
pub struct SiteDesk {
    rates: Arc<Mutex<RateWindow>>,
    counters: Arc<SiteCounters>,
}

impl SiteDesk {
    /// What was counted.
    pub fn counters(&self) -> &SiteCounters {
        &self.counters
    }

    /// Notes a request of a token.
    ///
    /// # Errors
    /// The seconds after which it may ask again, when it asked too often.
    pub fn admit(&self, token: u64, now: Timestamp) -> Result<(), u32> {
        self.rates().take(token, now)
    }

    /// Stores what was read and tells line by line what became of it. Lines are numbered from 1.
    pub async fn store(
        &self,
        log: &ReportLog,
        lines: Numbered,
        clock_ahead_s: f64,
    ) -> Result<Vec<(usize, Verdict)>, NotStored> {
        let reports: Vec<Report> = lines.iter().filter_map(|(_, line)| line.as_ref().ok().cloned()).collect();
        let fates = if reports.is_empty() {
            Vec::new()
        } else {
            match timeout(STORE_WAIT, log.append_each(reports)).await {
                Ok(Ok(fates)) => fates,
                Ok(Err(_)) | Err(_) => {
                    SiteCounters::count(&self.counters.requests_not_stored);
                    return Err(NotStored);
                }
            }
        };
        let mut fates = fates.into_iter();
        let verdict = |line: Result<Report, Refusal>| match line {
            Err(refusal) => Verdict::Refused(refusal),
            Ok(report) => match fates.next() {
                Some(Fate::Known) | None => Verdict::Known,
                Some(Fate::Stored) => Verdict::Stored { ahead: is_ahead(&report, clock_ahead_s) },
            },
        };
        let (numbers, lines): (Vec<usize>, Vec<_>) = lines.into_iter().unzip();
        let verdicts: Vec<_> = numbers.into_iter().zip(lines.into_iter().map(verdict)).collect();
        self.counters.note(&verdicts);
        Ok(verdicts)
    }

    fn rates(&self) -> MutexGuard<'_, RateWindow> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_ahead(report: &Report, clock_ahead_s: f64) -> bool {
    report.received.is_some_and(|received| report.time.seconds_since(received) > clock_ahead_s)
}
