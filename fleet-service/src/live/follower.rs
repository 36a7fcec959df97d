//! The task that follows the report log: judge, store, tell open pages.
//!
//! At a start the log is folded again from its beginning, or from [`REFOLD_DAYS`] ago, and the outcome compared with what
//! is stored. Ids are deterministic, so after a crash nothing is found twice and nothing is lost. A stretch that began
//! before the fold is left as it stands.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Plate, Registers, Timestamp};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::Live;
use super::findings::{self, Update};
use super::judging::{Judging, Verdicts};
use super::registers::{RegisterBook, RegistersError};
use crate::clock;
use crate::judge::{HauledBefore, ThresholdError};
use crate::log::{ReadError, ReportLog};
use crate::store::{Change, ClueState, Store, StoreError, StoredClue};
use crate::waybill;

/// How far back the log is folded again at a start.
pub const REFOLD_DAYS: i64 = 14;
/// A fold that begins in the middle of the log judges nothing that began within this of its beginning: longer than any
/// haul or stretch lasts.
pub const SETTLE_S: i64 = 48 * 3600;
/// Most pending clues marked on the map after a start.
const PENDING_SHOWN_MAX: u32 = 10_000;
/// Hauls whose load is filled in within one transaction.
const HAULS_FILLED_AT_ONCE: u32 = 1_000;
/// Pause before a failed step is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Between two `trucks` events.
const TICK: Duration = Duration::from_secs(1);
/// Every so many ticks all trucks are looked at, not only those that reported, and new registers are looked for.
const SLOW_TICKS: u32 = 5;

/// Why the follower cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The registers cannot be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The registers set a threshold that does not exist.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
}

/// Follows the log.
pub struct Follower {
    store: Store,
    log: ReportLog,
    live: Live,
    book: RegisterBook,
    in_force: watch::Sender<Arc<Registers>>,
    judging: Judging,
    position: u64,
    /// Nothing that began before is touched; `None` when the whole log was folded.
    settled_from: Option<Timestamp>,
}

impl Follower {
    /// A follower at the log's beginning. `in_force` is told when registers change.
    pub fn new(
        store: Store,
        log: ReportLog,
        live: Live,
        book: RegisterBook,
        in_force: watch::Sender<Arc<Registers>>,
    ) -> Result<Self, FollowError> {
        let judging = Judging::new(book.registers())?;
        Ok(Self { store, log, live, book, in_force, judging, position: 0, settled_from: None })
    }

    /// Folds what is stored and brings the findings in line with it.
    pub async fn refold(&mut self, now: Timestamp) -> Result<(), FollowError> {
        let cut = now.plus_seconds(-REFOLD_DAYS * 86_400);
        self.position = self.store.position_before(cut).await?;
        self.settled_from = (self.position > 0).then(|| cut.plus_seconds(SETTLE_S));
        self.take_up_volumes().await?;
        let judged = self.store.judged_position().await?;
        let mut whole = Verdicts::default();
        loop {
            let batches = self.log.read_from(self.position).await?;
            let Some((last, _)) = batches.last() else { break };
            let last = *last;
            let mut verdicts = self.judge(batches);
            if last <= judged {
                // Stored with the position it is known up to.
                verdicts.site_readings.clear();
            }
            whole.absorb(verdicts);
            self.position = last;
        }
        self.reconcile(&mut whole, now).await?;
        for clue in self
            .store
            .clues(Some(ClueState::Pending), Timestamp::from_millis(i64::MAX), PENDING_SHOWN_MAX)
            .await?
        {
            self.live.fleet().note_clue(&clue);
        }
        self.note_progress(whole.len());
        self.live.progress().caught_up.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// What was hauled before the fold begins is known from the hauls stored.
    async fn take_up_volumes(&mut self) -> Result<(), FollowError> {
        loop {
            let hauls = self.store.hauls_without_load(HAULS_FILLED_AT_ONCE).await?;
            if hauls.is_empty() {
                break;
            }
            let mut change = self.store.change().await?;
            for haul in hauls {
                change.set_haul_load(haul.id, self.load_kg(&haul.plate, haul.departed)).await?;
            }
            change.commit().await?;
        }
        if let Some(from) = self.settled_from {
            let kg = self.store.hauled_before(from).await?;
            self.judging.set_hauled_before(HauledBefore { from: Some(from), kg });
        }
        Ok(())
    }

    /// A truck's rated load by the registers in force at a moment; 0 when none is registered.
    fn load_kg(&self, plate: &Plate, at: Timestamp) -> u64 {
        let load_kg = self.in_force.borrow().at(at).trucks.get(plate).and_then(|truck| truck.rated_load_kg);
        load_kg.map_or(0, u64::from)
    }

    async fn put_hauls(&self, change: &mut Change, verdicts: &Verdicts) -> Result<(), StoreError> {
        for haul in verdicts.hauls.values().filter(|haul| self.touches(haul.departed)) {
            change.put_haul(haul, self.load_kg(&haul.plate, haul.departed)).await?;
        }
        Ok(())
    }

    /// Whether what began then is this fold's to say.
    fn touches(&self, began: Timestamp) -> bool {
        self.settled_from.is_none_or(|from| from <= began)
    }

    /// Follows the log until told to stop. Failures of the store are retried: what is durable in the log stays to be
    /// judged.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut end = self.log.end();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut ticks: u32 = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = end.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.catch_up(&stop).await;
                }
                _ = tick.tick() => {
                    ticks = ticks.wrapping_add(1);
                    let slow = ticks.is_multiple_of(SLOW_TICKS);
                    self.publish_trucks(slow);
                    if slow {
                        self.look_for_registers(&stop).await;
                    }
                }
            }
        }
    }

    async fn catch_up(&mut self, stop: &CancellationToken) {
        loop {
            let batches = match self.log.follow(self.position).await {
                Ok(batches) if batches.is_empty() => return,
                Ok(batches) => batches,
                Err(error) => {
                    tracing::error!(error = %crate::sentence(&error), "the report log cannot be read, trying again");
                    if wait_or_stop(stop).await {
                        return;
                    }
                    continue;
                }
            };
            let last = batches.last().map_or(self.position, |(position, _)| *position);
            let verdicts = self.judge(batches);
            self.position = last;
            if self.record_until_stored(&verdicts, stop).await {
                return;
            }
        }
    }

    fn judge(&mut self, batches: Vec<(u64, Vec<domain::Report>)>) -> Verdicts {
        let reports: Vec<domain::Report> = batches.into_iter().flat_map(|(_, reports)| reports).collect();
        let registry = self.live.registry();
        {
            let mut fleet = self.live.fleet();
            for report in &reports {
                fleet.note_report(report, &registry);
            }
        }
        let site_readings = {
            let in_force = self.live.registers.borrow();
            let reading = |report: &domain::Report| waybill::reading_of(report, in_force.at(report.time));
            reports.iter().filter_map(reading).collect()
        };
        Verdicts { site_readings, ..self.judging.judge(reports) }
    }

    /// Stores verdicts, trying until it works; `true` when told to stop before.
    async fn record_until_stored(&mut self, verdicts: &Verdicts, stop: &CancellationToken) -> bool {
        loop {
            match self.record(verdicts, clock::now()).await {
                Ok(()) => return false,
                Err(error) => {
                    tracing::error!(error = %crate::sentence(&error), "findings cannot be stored, trying again");
                    if wait_or_stop(stop).await {
                        return true;
                    }
                }
            }
        }
    }

    async fn record(&mut self, verdicts: &Verdicts, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        let mut updates = Vec::new();
        for violation in verdicts.hold.values().filter(|violation| self.touches(violation.start)) {
            let stored = change.clue(violation.id).await?;
            updates.extend(findings::holds(stored, violation, now));
        }
        for id in &verdicts.gone {
            let stored = change.clue(*id).await?.filter(|stored| self.touches(stored.violation.start));
            updates.extend(stored.and_then(|stored| findings::holds_no_more(stored, now)));
        }
        self.put_hauls(&mut change, verdicts).await?;
        let from = self.settled_from.unwrap_or(Timestamp::from_millis(i64::MIN));
        for id in &verdicts.hauls_gone {
            change.drop_haul(*id, from).await?;
        }
        change.put_site_readings(&verdicts.site_readings).await?;
        self.finish(change, updates).await?;
        self.note_progress(verdicts.len());
        Ok(())
    }

    /// Brings stored findings in line with a fold of the whole stretch: what it does not show is withdrawn.
    async fn reconcile(&mut self, verdicts: &mut Verdicts, now: Timestamp) -> Result<(), StoreError> {
        let from = self.settled_from.unwrap_or(Timestamp::from_millis(i64::MIN));
        verdicts.keep_from(from);
        let mut change = self.store.change().await?;
        let mut updates = Vec::new();
        for stored in change.standing_clues(from).await? {
            if !verdicts.hold.contains_key(&stored.violation.id) {
                updates.extend(findings::holds_no_more(stored, now));
            }
        }
        for violation in verdicts.hold.values() {
            let stored = change.clue(violation.id).await?;
            updates.extend(findings::holds(stored, violation, now));
        }
        change.drop_hauls_from(from).await?;
        self.put_hauls(&mut change, verdicts).await?;
        change.put_site_readings(&verdicts.site_readings).await?;
        self.finish(change, updates).await
    }

    async fn finish(&self, mut change: Change, updates: Vec<Update>) -> Result<(), StoreError> {
        for update in &updates {
            change.put_clue(&update.clue).await?;
            if let Some(event) = &update.event {
                change.add_clue_event(update.clue.violation.id, event).await?;
            }
        }
        change.set_judged(self.position).await?;
        change.commit().await?;
        self.announce(updates.into_iter().map(|update| update.clue).collect());
        Ok(())
    }

    fn announce(&self, clues: Vec<StoredClue>) {
        let mut told = BTreeSet::new();
        for clue in clues.iter().rev() {
            if told.insert(clue.violation.id) {
                self.live.announce_clue(clue);
            }
        }
    }

    fn note_progress(&self, changes: usize) {
        let progress = self.live.progress();
        progress.judged_position.store(self.position, Ordering::Relaxed);
        progress.changes.fetch_add(changes as u64, Ordering::Relaxed);
        *progress.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            self.judging.counters().clone();
    }

    fn publish_trucks(&self, all: bool) {
        let now = clock::now();
        let changed = self.live.fleet().take_changed(&self.live.registry(), now, all);
        if !changed.is_empty() {
            self.live.bulletin.publish("trucks", &serde_json::json!({ "trucks": changed, "as_of": now }));
        }
    }

    async fn look_for_registers(&mut self, stop: &CancellationToken) {
        let mut book = self.book.clone();
        match book.refresh(&self.store).await {
            Ok(false) => {}
            Ok(true) => match self.judging.set_registers(book.registers()) {
                Ok(verdicts) => {
                    tracing::info!(version = book.version(), "registers were imported and are in force");
                    self.book = book;
                    self.in_force.send_replace(Arc::new(self.book.registers()));
                    self.record_until_stored(&verdicts, stop).await;
                    self.live.bulletin.publish("resync", &serde_json::json!({}));
                }
                Err(error) => {
                    tracing::error!(%error, "imported registers are not used; the ones before stay in force")
                }
            },
            Err(error) => {
                tracing::error!(error = %crate::sentence(&error), "imported registers are not used; the ones before stay in force");
            }
        }
    }
}

/// Waits before another try; `true` when told to stop meanwhile.
async fn wait_or_stop(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = sleep(RETRY_AFTER) => false,
    }
}
