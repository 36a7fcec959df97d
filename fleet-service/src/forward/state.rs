//! How each superior platform's links are doing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;

use super::config::TargetConfig;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counts of one platform since the start.
        #[derive(Debug, Default)]
        pub struct TargetCounters {
            $($(#[$doc])* pub $name: AtomicU64),+
        }

        impl TargetCounters {
            /// Every counter by name.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed))),+]
            }
        }
    };
}

counters!(
    /// Logins accepted.
    logins,
    /// Calls and links that ended in an error.
    errors,
    /// Sub links that showed the right code.
    sub_links,
    /// Sub links closed for a wrong code.
    sub_links_refused,
    /// Positions sent one by one (0x1202).
    live,
    /// Positions sent in bundles (0x1203), those sent again included.
    backlog,
    /// Vehicles registered (0x1201).
    registered,
    /// Questions about a vehicle answered (0x1601).
    static_info,
    /// Questions about a vehicle no register knows.
    static_info_unknown,
    /// Messages the platform has proven to have.
    proven,
    /// Positions of plates no register knows; not sent.
    unregistered,
    /// Reports that are no positions; not sent.
    not_positions,
    /// Messages that cannot be written in GBK; not sent.
    unwritable,
    /// Frames of the platform dropped for CRC, escapes, length or header.
    bad_frames,
    /// Messages of the platform that hold not what they must.
    malformed,
    /// Messages of the platform nothing here reads.
    unread,
);

/// A superior platform and how it is doing.
#[derive(Debug)]
pub struct Target {
    /// How it is configured.
    pub config: TargetConfig,
    /// Its counts.
    pub counters: TargetCounters,
    /// Last log position it provably has.
    pub cursor: AtomicU64,
    /// Whether we are logged in.
    pub main_up: AtomicBool,
    /// Whether the sub link stands.
    pub sub_up: AtomicBool,
    last_error: Mutex<Option<(Timestamp, String)>>,
}

impl Target {
    /// Not called yet.
    pub fn new(config: TargetConfig, cursor: u64) -> Self {
        Self {
            config,
            counters: TargetCounters::default(),
            cursor: AtomicU64::new(cursor),
            main_up: AtomicBool::new(false),
            sub_up: AtomicBool::new(false),
            last_error: Mutex::new(None),
        }
    }

    /// When a call or link ended in an error last, and which.
    pub fn last_error(&self) -> Option<(Timestamp, String)> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note_error(&self, now: Timestamp, words: String) {
        add(&self.counters.errors, 1);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, words));
    }
}

pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
