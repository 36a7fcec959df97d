//! Who is connected, and how the rest of the service reaches a terminal: to end its session, or with an errand.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Plate, TerminalId, Timestamp};
use tokio::sync::Notify;
use wire::Gateway;

use super::counters::GatewayTotals;
use super::limits::ERRANDS_WAITING_MAX;
use super::news::{News, NewsDesk};

/// Something to be done on the platform's end of a terminal's session, with the moment by its clock; what it queues
/// there is sent at once.
pub type Errand = Box<dyn FnOnce(&mut Gateway, Timestamp) + Send>;

/// One session, reached from outside its task.
#[derive(Default)]
pub(super) struct Handle {
    number: u64,
    is_cut: AtomicBool,
    errands: Mutex<VecDeque<Errand>>,
    called: Notify,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("number", &self.number)
            .field("is_cut", &self.is_cut)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// Waits until there is something to do: an errand, or the end.
    pub(super) async fn called(&self) {
        self.called.notified().await;
    }

    /// Whether the session is to end.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Acquire)
    }

    /// The next errand.
    pub(super) fn errand(&self) -> Option<Errand> {
        lock(&self.errands).pop_front()
    }

    /// Ends the session; whether nobody did before.
    fn cut(&self) -> bool {
        let was_cut = self.is_cut.swap(true, Ordering::AcqRel);
        self.called.notify_one();
        !was_cut
    }
}

/// Which session is whose. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    open: Arc<Mutex<Open>>,
    numbers: Arc<AtomicU64>,
    totals: Arc<GatewayTotals>,
    news: NewsDesk,
}

#[derive(Debug, Default)]
struct Open {
    /// Every session, authenticated or not.
    all: HashMap<u64, Arc<Handle>>,
    of_terminal: HashMap<TerminalId, (Plate, Arc<Handle>)>,
    /// Set when the service is ending: whoever comes now is cut at once.
    is_closed: bool,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sessions {
    /// Sessions whose news somebody listens to.
    pub fn with_news(news: NewsDesk) -> Self {
        Self { news, ..Self::default() }
    }

    /// Where news is brought.
    pub fn news(&self) -> &NewsDesk {
        &self.news
    }

    /// Brings news.
    pub(super) fn tell(&self, news: News) {
        if !self.news.tell(news) {
            GatewayTotals::count(&self.totals.news_dropped);
        }
    }

    /// The truck of a terminal that is authenticated now.
    pub fn plate_of(&self, terminal: &TerminalId) -> Option<Plate> {
        lock(&self.open).of_terminal.get(terminal).map(|(plate, _)| plate.clone())
    }

    /// Totals over all sessions.
    pub fn totals(&self) -> &GatewayTotals {
        &self.totals
    }

    /// The same, to be kept.
    pub(super) fn shared_totals(&self) -> Arc<GatewayTotals> {
        Arc::clone(&self.totals)
    }

    /// How many terminals are authenticated.
    pub fn terminals(&self) -> usize {
        lock(&self.open).of_terminal.len()
    }

    /// How many sessions are open, authenticated or not.
    pub fn open(&self) -> usize {
        lock(&self.open).all.len()
    }

    /// Whether a terminal is authenticated now.
    pub fn is_online(&self, terminal: &TerminalId) -> bool {
        lock(&self.open).of_terminal.contains_key(terminal)
    }

    /// Ends a terminal's session; whether it had one.
    pub fn cut(&self, terminal: &TerminalId) -> bool {
        let open = lock(&self.open);
        let Some((_, handle)) = open.of_terminal.get(terminal) else { return false };
        if handle.cut() {
            GatewayTotals::count(&self.totals.connections_cut);
        }
        true
    }

    /// Ends the sessions of terminals and trucks of which `keep` is false.
    pub(super) fn cut_unless(&self, keep: impl Fn(&TerminalId, &Plate) -> bool) {
        for (terminal, (plate, handle)) in &lock(&self.open).of_terminal {
            if !keep(terminal, plate) && handle.cut() {
                GatewayTotals::count(&self.totals.connections_cut);
            }
        }
    }

    /// Gives a terminal's session something to do; whether the terminal is online and had room for it.
    pub fn send(&self, terminal: &TerminalId, errand: Errand) -> bool {
        let open = lock(&self.open);
        let Some((_, handle)) = open.of_terminal.get(terminal) else { return false };
        let mut errands = lock(&handle.errands);
        if errands.len() >= ERRANDS_WAITING_MAX {
            GatewayTotals::count(&self.totals.errands_refused);
            return false;
        }
        errands.push_back(errand);
        handle.called.notify_one();
        true
    }

    /// Ends every session, and those that come later at once.
    pub(super) fn close(&self) {
        let mut open = lock(&self.open);
        open.is_closed = true;
        for handle in open.all.values() {
            handle.cut();
        }
    }

    /// A new session.
    pub(super) fn enter(&self) -> Arc<Handle> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let handle = Arc::new(Handle { number, ..Handle::default() });
        let mut open = lock(&self.open);
        if open.is_closed {
            handle.cut();
        }
        open.all.insert(number, Arc::clone(&handle));
        handle
    }

    /// A session is a terminal's from now on. One it had before ends: its network may be gone without either end
    /// having noticed.
    pub(super) fn put(&self, terminal: TerminalId, plate: Plate, handle: &Arc<Handle>) {
        let before = lock(&self.open).of_terminal.insert(terminal, (plate, Arc::clone(handle)));
        if let Some((_, old)) = before.filter(|(_, old)| old.number != handle.number) {
            GatewayTotals::count(&self.totals.connections_replaced);
            old.cut();
        }
    }

    /// A session is its terminal's no more.
    pub(super) fn remove(&self, terminal: &TerminalId, handle: &Handle) {
        let mut open = lock(&self.open);
        if open.of_terminal.get(terminal).is_some_and(|(_, current)| current.number == handle.number) {
            open.of_terminal.remove(terminal);
        }
    }

    /// A session is over.
    pub(super) fn leave(&self, handle: &Handle) {
        lock(&self.open).all.remove(&handle.number);
    }
}
