//! The task that follows the report log: judge, store, tell open pages.
//!
//! At a start the log is folded again from its beginning, or from [`REFOLD_DAYS`] ago, and the outcome compared with what
//! is stored. Ids are deterministic, so after a crash nothing is found twice and nothing is lost. A stretch that began
//! before the fold is left as it stands.
//!
//! A page is told of a clue before the clue is stored. The report that opened it is durable by then, and the judge says of the
//! log what it said before: were the service killed in between, the fold at the next start would find and store the same
//! clue under the same id, so nothing a page was told is ever taken back for that. What waits for the store is less than a
//! second disk sync: for so long the clue cannot be asked for by its id, nor decided. If an officer's decision comes between,
//! what is stored in the end is told again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Haul, HaulId, Plate, Registers, Report, Timestamp, ViolationId};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Live;
use super::findings::{self, Update};
use super::gathering::{self, FLOOD_OVER_AFTER, Next};
use super::judging::{Judging, Verdicts};
use super::registers::{RegisterBook, RegistersError};
use crate::clock;
use crate::judge::{HauledBefore, ThresholdError};
use crate::log::{ReadError, ReportLog};
use crate::store::{Change, ClueEvent, ClueState, Store, StoreError, StoredClue};
use crate::waybill::{self, SiteReading};

/// How far back the log is folded again at a start.
pub const REFOLD_DAYS: i64 = 14;
/// A fold that begins in the middle of the log judges nothing that began within this of its beginning: longer than any
/// haul or stretch lasts.
pub const SETTLE_S: i64 = 48 * 3600;
/// Most pending clues marked on the map after a start.
const PENDING_SHOWN_MAX: u32 = 10_000;
/// Most clues told before they are stored, of one reading of the log: one that catches up stores first.
const TOLD_EARLY_MAX: usize = 64;
/// Hauls whose load is filled in within one transaction.
const HAULS_FILLED_AT_ONCE: u32 = 1_000;
/// Pause before a failed step is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Between two looks for new registers; the judged position is noted then at the latest.
const TICK: Duration = Duration::from_secs(5);

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

/// Clues as open pages were told of them before they were stored.
type Told = BTreeMap<ViolationId, StoredClue>;

/// Follows the log.
pub struct Follower {
    store: Store,
    log: ReportLog,
    live: Live,
    book: RegisterBook,
    in_force: watch::Sender<Arc<Registers>>,
    judging: Judging,
    /// The last position whose reports were handed to the judge.
    position: u64,
    /// Reports handed to the judge since it was asked last, and what they said of sites.
    unasked: usize,
    site_readings: Vec<SiteReading>,
    /// The position the store knows of: moves with findings, and without any now and then.
    noted_position: u64,
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
        Ok(Self {
            store,
            log,
            live,
            book,
            in_force,
            judging,
            position: 0,
            unasked: 0,
            site_readings: Vec::new(),
            noted_position: 0,
            settled_from: None,
        })
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
            self.take(batches);
            let mut verdicts = self.ask();
            if last <= judged {
                // Stored with the position it is known up to.
                verdicts.site_readings.clear();
            }
            whole.absorb(verdicts);
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
        let touched = verdicts.hauls.values().filter(|haul| self.touches(haul.departed));
        let hauls: Vec<(&Haul, u64)> =
            touched.map(|haul| (haul, self.load_kg(&haul.plate, haul.departed))).collect();
        change.put_hauls(&hauls).await
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
        loop {
            tokio::select! {
                // First: what was taken in but not asked about when told to stop must not be noted as judged.
                biased;
                () = stop.cancelled() => return,
                changed = end.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.catch_up(&mut end, &stop).await;
                }
                () = self.live.registers_changed.notified() => self.look_for_registers(&stop).await,
                _ = tick.tick() => {
                    self.note_position().await;
                    self.look_for_registers(&stop).await;
                    self.bring_into_force(clock::now());
                }
            }
        }
    }

    async fn catch_up(&mut self, end: &mut watch::Receiver<u64>, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.gather(end).await {
                tracing::error!(error = %crate::sentence(&error), "the report log cannot be read, trying again");
                if wait_or_stop(stop).await {
                    return;
                }
                end.mark_changed();
                continue;
            }
            if self.unasked == 0 {
                return;
            }
            let verdicts = self.ask();
            if verdicts.is_empty() {
                self.note_progress(0);
                continue;
            }
            let told = self.tell_early(&verdicts, clock::now()).await;
            if self.record_until_stored(&verdicts, &told, stop).await {
                return;
            }
        }
    }

    /// Hands what waits to the judge, of a flood what comes as well.
    async fn gather(&mut self, end: &mut watch::Receiver<u64>) -> Result<(), ReadError> {
        let began = Instant::now();
        loop {
            let waits = self.position < *end.borrow_and_update();
            match gathering::next(self.unasked, began.elapsed()) {
                Next::Ask => return Ok(()),
                _ if waits => {
                    let batches = self.log.follow(self.position).await?;
                    self.take(batches);
                }
                Next::TakeWaiting => return Ok(()),
                Next::TakeComing => {
                    if !matches!(timeout(FLOOD_OVER_AFTER, end.changed()).await, Ok(Ok(()))) {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn take(&mut self, batches: Vec<(u64, Vec<Report>)>) {
        let registry = self.live.registry();
        for (position, reports) in batches {
            {
                let mut fleet = self.live.fleet();
                reports.iter().for_each(|report| fleet.note_report(report, &registry));
            }
            {
                let in_force = self.live.registers.borrow();
                let reading = |report: &Report| waybill::reading_of(report, in_force.at(report.time));
                self.site_readings.extend(reports.iter().filter_map(reading));
            }
            self.unasked += reports.len();
            self.judging.take(reports);
            self.position = position;
        }
    }

    fn ask(&mut self) -> Verdicts {
        self.unasked = 0;
        let site_readings = std::mem::take(&mut self.site_readings);
        Verdicts { site_readings, ..self.judging.drain() }
    }

    /// Tells open pages of clues before they are stored, as they will be unless a decision comes between. What cannot be
    /// read now is told when it is stored.
    async fn tell_early(&self, verdicts: &Verdicts, now: Timestamp) -> Told {
        let mut told = Told::new();
        if verdicts.hold.len() > TOLD_EARLY_MAX {
            return told;
        }
        let touched = || verdicts.hold.values().filter(|violation| self.touches(violation.start));
        let Ok(mut stored) = self.store.clues_of(touched().map(|violation| violation.id)).await else {
            return told;
        };
        for violation in touched() {
            if let Some(update) = findings::holds(stored.remove(&violation.id), violation, now) {
                self.live.announce_clue(&update.clue);
                told.insert(violation.id, update.clue);
            }
        }
        told
    }

    /// Notes how far the log is judged when no finding did. A failure is told by the next finding's.
    async fn note_position(&mut self) {
        if self.noted_position == self.position {
            return;
        }
        let Ok(mut change) = self.store.change().await else { return };
        if change.set_judged(self.position).await.is_ok() && change.commit().await.is_ok() {
            self.noted_position = self.position;
        }
    }

    /// Stores verdicts, trying until it works; `true` when told to stop before.
    async fn record_until_stored(
        &mut self,
        verdicts: &Verdicts,
        told: &Told,
        stop: &CancellationToken,
    ) -> bool {
        loop {
            match self.record(verdicts, told, clock::now()).await {
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

    async fn record(&mut self, verdicts: &Verdicts, told: &Told, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        let (mut updates, mut decided_between) = (Vec::new(), Vec::new());
        let touched = || verdicts.hold.values().filter(|violation| self.touches(violation.start));
        let ids = touched().map(|violation| violation.id).chain(verdicts.gone.iter().copied());
        let mut stored = change.clues_of(ids).await?;
        for violation in touched() {
            let stored = stored.remove(&violation.id);
            // Told and stored alike, the moment it was opened too.
            let now = told.get(&violation.id).filter(|_| stored.is_none()).map_or(now, |clue| clue.opened);
            match findings::holds(stored.clone(), violation, now) {
                Some(update) => updates.push(update),
                None => decided_between.extend(stored.filter(|clue| told.contains_key(&clue.violation.id))),
            }
        }
        for id in &verdicts.gone {
            let stored = stored.remove(id).filter(|stored| self.touches(stored.violation.start));
            updates.extend(stored.and_then(|stored| findings::holds_no_more(stored, now)));
        }
        self.put_hauls(&mut change, verdicts).await?;
        let from = self.settled_from.unwrap_or(Timestamp::from_millis(i64::MIN));
        let hauls_gone: Vec<HaulId> = verdicts.hauls_gone.iter().copied().collect();
        change.drop_hauls(&hauls_gone, from).await?;
        change.put_site_readings(&verdicts.site_readings).await?;
        self.finish(change, updates, told).await?;
        self.announce(decided_between, told);
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
        let mut stored = change.clues_of(verdicts.hold.keys().copied()).await?;
        for violation in verdicts.hold.values() {
            updates.extend(findings::holds(stored.remove(&violation.id), violation, now));
        }
        change.drop_hauls_from(from).await?;
        self.put_hauls(&mut change, verdicts).await?;
        change.put_site_readings(&verdicts.site_readings).await?;
        self.finish(change, updates, &Told::new()).await
    }

    async fn finish(
        &mut self,
        mut change: Change,
        updates: Vec<Update>,
        told: &Told,
    ) -> Result<(), StoreError> {
        let clues: Vec<&StoredClue> = updates.iter().map(|update| &update.clue).collect();
        change.put_clues(&clues).await?;
        let event = |update: &'_ Update| Some((update.clue.violation.id, update.event.clone()?));
        let events: Vec<(ViolationId, ClueEvent)> = updates.iter().filter_map(event).collect();
        change.add_clue_events(&events).await?;
        change.set_judged(self.position).await?;
        change.commit().await?;
        self.noted_position = self.position;
        self.announce(updates.into_iter().map(|update| update.clue).collect(), told);
        Ok(())
    }

    /// Tells open pages how clues stand, those left out that they were told of just so.
    fn announce(&self, clues: Vec<StoredClue>, told: &Told) {
        let mut announced = BTreeSet::new();
        for clue in clues.iter().rev() {
            if announced.insert(clue.violation.id) && told.get(&clue.violation.id) != Some(clue) {
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

    /// Tells everybody of a version whose moment has come: until then only the judge knows of it.
    fn bring_into_force(&mut self, now: Timestamp) {
        let registers = self.book.registers().until(now);
        if registers.versions().len() != self.in_force.borrow().versions().len() {
            self.in_force.send_replace(Arc::new(registers));
            self.live.bulletin.publish("resync", &serde_json::json!({}));
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
                    self.in_force.send_replace(Arc::new(self.book.registers().until(clock::now())));
                    self.record_until_stored(&verdicts, &Told::new(), stop).await;
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
