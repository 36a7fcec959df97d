//! People: who they are, how they sign in, what they and their programs may do.
//!
//! - [`access`]: who may do what, route by route, in one table
//! - [`sign_in`]: passwords, second factor, sessions; [`single_sign_on`]: the city's own
//! - [`own`]: what people do with their own account; [`staff`]: what administrators do with others'
//! - pure middle: [`attempts`], [`totp`], [`qr`], [`scope`], [`settings`], the rules of [`password`]

pub mod access;
pub mod attempts;
pub mod identity;
pub mod invitation;
pub mod own;
pub mod password;
pub mod people_error;
pub mod qr;
pub mod scope;
pub mod settings;
pub mod sign_in;
pub mod single_sign_on;
pub mod staff;
pub mod tokens;
pub mod totp;
pub mod trail;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use attempts::Attempts;
use password::Hasher;
use settings::PeopleSettings;
use single_sign_on::SingleSignOn;

use crate::store::{AuditDraft, Store};

pub use people_error::PeopleError;

/// Longest text kept of a browser's own words.
const AGENT_CHARS_MAX: usize = 200;

/// Everything about people. Cheap to clone.
#[derive(Clone)]
pub struct People {
    store: Store,
    settings: Arc<PeopleSettings>,
    hasher: Hasher,
    attempts: Arc<Mutex<Attempts>>,
    counters: Arc<Counters>,
    sign_on: Option<SingleSignOn>,
}

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Sign-ins that held.
    pub passed: AtomicU64,
    /// Sign-ins that were refused.
    pub refused: AtomicU64,
    /// Sign-ins refused because the name was locked.
    pub locked: AtomicU64,
    /// Sign-ins refused because the address tried too often.
    pub too_many: AtomicU64,
    /// Refusals the audit trail does not have one by one, because there were too many.
    pub unwritten: AtomicU64,
}

/// Who asks, as far as the connection tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// From where.
    pub address: String,
    /// The browser's own words.
    pub agent: String,
}

impl Caller {
    /// A caller; what the browser says is cut.
    pub fn new(address: String, agent: &str) -> Self {
        let agent = agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect();
        Self { address, agent }
    }
}

impl People {
    /// People of a database.
    pub fn new(store: Store, settings: PeopleSettings) -> Self {
        let base = settings.address.as_deref().unwrap_or_default();
        let sign_on = settings.single_sign_on.clone().map(|sign_on| SingleSignOn::new(sign_on, base));
        Self {
            store,
            settings: Arc::new(settings),
            hasher: Hasher::default(),
            attempts: Arc::default(),
            counters: Arc::default(),
            sign_on,
        }
    }

    /// How people sign in here.
    pub fn settings(&self) -> &PeopleSettings {
        &self.settings
    }

    /// The city's single sign-on, where one is set up.
    pub fn sign_on(&self) -> Option<&SingleSignOn> {
        self.sign_on.as_ref()
    }

    /// What was counted: a word and a number each.
    pub fn counts(&self) -> [(&'static str, u64); 6] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        [
            ("passed", read(&counters.passed)),
            ("refused", read(&counters.refused)),
            ("locked", read(&counters.locked)),
            ("too_many", read(&counters.too_many)),
            ("unwritten", read(&counters.unwritten)),
            ("forgotten", self.attempts().forgotten()),
        ]
    }

    /// Names that are locked now.
    pub fn locked(&self, now: Timestamp) -> u64 {
        self.attempts().locked(now) as u64
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn note(
    at: Timestamp,
    who: &str,
    what: &'static str,
    subject: &str,
    detail: impl Into<String>,
) -> AuditDraft {
    AuditDraft { at, who: who.to_owned(), what, subject: subject.to_owned(), detail: detail.into() }
}
