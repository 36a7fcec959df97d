//! What requests from the street share: the counts of a day, the key of forms, the settings. Cheap to clone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use scoring::ranking::{By, Ranking};

use super::form::{self, FormKey};
use super::pace::{DayCount, Spent};
use super::receipt::{self, Receipt};
use crate::basemaps::Basemaps;

/// Public rankings drawn up lately, by subject and period.
pub type DrawnUp = HashMap<(By, String), Arc<Ranking>>;

/// Most tips an address may send a day.
pub const TIPS_PER_ADDRESS_DAY: u32 = 10;
/// Most tips of the public a day.
pub const TIPS_PER_DAY: u32 = 2_000;
/// Most receipts an address may look up a day.
pub const LOOKUPS_PER_ADDRESS_DAY: u32 = 200;
/// Most receipts looked up a day.
pub const LOOKUPS_PER_DAY: u32 = 50_000;
/// Most bytes of pictures the public may send a day: what fills no disk in a year.
pub const PHOTO_BYTES_PER_DAY: u64 = 512 * 1024 * 1024;
/// Most tips being sent at once: each may hold some 20 MB.
pub const SENT_AT_ONCE: usize = 8;

/// Counts since the service started.
#[derive(Debug, Default)]
pub struct StreetCounters {
    /// Tips taken from the public.
    pub tips: AtomicU64,
    /// Tips refused because a day's share was used up.
    pub spent: AtomicU64,
    /// Forms refused because their token was not ours.
    pub foreign: AtomicU64,
    /// Pictures refused by kind or size.
    pub photos_refused: AtomicU64,
}

/// The desk.
#[derive(Clone)]
pub struct Street {
    key: FormKey,
    shared: Arc<Shared>,
    /// Basemaps and their tiles.
    pub basemaps: Basemaps,
    /// Public rankings. Held while one is drawn up: who asks for the same meanwhile waits for it.
    pub rankings: Arc<tokio::sync::Mutex<DrawnUp>>,
}

struct Shared {
    pace: Mutex<Pace>,
    counters: StreetCounters,
    sending: tokio::sync::Semaphore,
}

struct Pace {
    tips: DayCount,
    lookups: DayCount,
    photo_day: Option<domain::LocalDate>,
    photo_bytes: u64,
}

impl Street {
    /// A desk with a fresh key.
    pub fn open(basemaps: Basemaps) -> Result<Self, getrandom::Error> {
        let mut key = [0; form::RANDOM_BYTES];
        getrandom::fill(&mut key)?;
        let pace = Pace {
            tips: DayCount::new(TIPS_PER_ADDRESS_DAY, TIPS_PER_DAY),
            lookups: DayCount::new(LOOKUPS_PER_ADDRESS_DAY, LOOKUPS_PER_DAY),
            photo_day: None,
            photo_bytes: 0,
        };
        let shared = Shared {
            pace: Mutex::new(pace),
            counters: StreetCounters::default(),
            sending: tokio::sync::Semaphore::new(SENT_AT_ONCE),
        };
        Ok(Self {
            key: FormKey::of_random(key),
            shared: Arc::new(shared),
            basemaps,
            rankings: Arc::default(),
        })
    }

    /// Makes and checks forms' tokens.
    pub fn key(&self) -> &FormKey {
        &self.key
    }

    /// What was counted.
    pub fn counters(&self) -> &StreetCounters {
        &self.shared.counters
    }

    /// A place among those being sent, if there is one.
    pub fn place(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.shared.sending.try_acquire().ok()
    }

    /// Counts a tip of the public and its pictures.
    pub fn take_tip(&self, address: IpAddr, photo_bytes: u64, now: Timestamp) -> Result<(), Spent> {
        let taken = {
            let mut pace = self.pace();
            if pace.photo_day != Some(now.local_date()) {
                pace.photo_day = Some(now.local_date());
                pace.photo_bytes = 0;
            }
            if pace.photo_bytes.saturating_add(photo_bytes) > PHOTO_BYTES_PER_DAY {
                Err(Spent::All)
            } else {
                let taken = pace.tips.take(address, now);
                if taken.is_ok() {
                    pace.photo_bytes += photo_bytes;
                }
                taken
            }
        };
        let counter = if taken.is_ok() { &self.shared.counters.tips } else { &self.shared.counters.spent };
        counter.fetch_add(1, Ordering::Relaxed);
        taken
    }

    /// Counts a look-up of a receipt.
    pub fn take_lookup(&self, address: IpAddr, now: Timestamp) -> Result<(), Spent> {
        self.pace().lookups.take(address, now)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fresh receipt.
pub fn new_receipt() -> Result<Receipt, getrandom::Error> {
    let mut bytes = [0; receipt::RANDOM_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(Receipt::of_random(bytes))
}
