//! The judge: a pure fold per truck in order of event time, then one per carrier over its hauls. Reports in, hauls and
//! violations out; no clock, no store.
//!
//! Reports may come in any order and may repeat: what stands depends on the set of reports alone, so [`Judge`] fed live
//! and [`judge_all`] over the same reports say the same, to the byte. Verdicts that later reports disprove are withdrawn.
//!
//! A report passes, in this order: its clock, its truck's history (`truck`: order, repeats, rewinding), jumps no
//! truck makes (`despike`), echoes at a stand (`stand`), places (`presence`), load (`load`), hauls and unloadings (`haul`, `unloading`), rules (`rules`).
//!
//! What hangs on a permit waits for the second fold (`draft`, `settle`): volume hauled by other trucks decides which permit a
//! haul is judged by. [`RULE_CODES`] lists the sixteen rules judged. Weighbridge tickets are kept in a truck's history and move
//! its newest time; no rule reads their mass.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use domain::report::Content;
use domain::{Epc, Haul, Plate, ReaderId, Registers, Report, Timestamp, Violation};
use foldhash::HashMap;

mod admission;
pub mod batch;
mod body;
mod cadence;
pub mod change;
pub mod counters;
mod despike;
mod draft;
mod facts;
mod fold;
mod gates;
mod haul;
mod kept;
mod load;
mod odometer;
mod outcome;
mod passes;
mod permit_choice;
mod presence;
mod rules;
mod sample;
pub mod settle;
mod sighting;
mod stand;
mod stops;
mod stretch;
pub mod thresholds;
mod truck;
mod under_way;
mod unloading;
mod unmoved;
mod verdict;
mod view;
pub mod volume;
mod watch;
mod whereabouts;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod order;
#[cfg(test)]
mod situations;

pub use batch::{BatchJudge, TruckVerdicts};
pub use change::Change;
pub use counters::{JudgeCounters, SetAside};
pub use rules::RULE_CODES;
pub use settle::HauledBefore;
pub use thresholds::{ThresholdError, Thresholds};

use fold::Scratch;
use outcome::{Move, Outcome};
use settle::Settlement;
use thresholds::millis;
use truck::{CaughtUp, Taken, TruckHistory};
use view::Views;

/// How far behind its truck's newest report a report is still judged live; older ones are left to a replay.
pub const HORIZON_S: i64 = 48 * 3600;

/// Most trucks followed at once.
pub const TRUCKS_MAX: usize = 200_000;

/// As many trucks to be folded at once are shared out among all cores; in tests few, so that those of the order try it.
const BEHIND_ON_ALL_CORES: usize = if cfg!(test) { 3 } else { 256 };

/// Most readings kept of fixed readers or tags that no register knows, in case registers to come know them.
const UNRESOLVED_MAX: usize = 10_000;

/// The verdicts on a set of reports.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// In contract order: start, plate, rule.
    pub violations: Vec<Violation>,
    /// By departure, then plate.
    pub hauls: Vec<Haul>,
    /// What was counted.
    pub counters: JudgeCounters,
    /// Trucks that reported.
    pub trucks: u64,
}

/// Every truck's fold, live.
#[derive(Debug)]
pub struct Judge {
    views: Views,
    trucks: HashMap<Plate, Followed>,
    /// Trucks with reports not folded yet, each once.
    behind: VecDeque<Plate>,
    settlement: Settlement,
    changes: VecDeque<Change>,
    unresolved: VecDeque<Report>,
    counters: JudgeCounters,
    scratch: Scratch,
    horizon_s: i64,
}

#[derive(Debug)]
struct Followed {
    history: TruckHistory,
    latest: Option<Report>,
    is_behind: bool,
}

impl Judge {
    /// A judge that has seen nothing. Fails when a register version names a threshold that does not exist.
    pub fn new(registers: Registers) -> Result<Self, ThresholdError> {
        Self::with_horizon(registers, HORIZON_S)
    }

    /// As [`Judge::new`], keeping another stretch of history per truck, in seconds.
    pub fn with_horizon(registers: Registers, horizon_s: i64) -> Result<Self, ThresholdError> {
        Ok(Self {
            views: Views::of(&registers)?,
            trucks: HashMap::default(),
            behind: VecDeque::new(),
            settlement: Settlement::default(),
            changes: VecDeque::new(),
            unresolved: VecDeque::new(),
            counters: JudgeCounters::default(),
            scratch: Scratch::default(),
            horizon_s,
        })
    }

    /// Puts other registers in force. What was judged by versions that differ is judged again by the next
    /// [`Judge::poll`], as far back as the history kept reaches; what was seen of a tag that goes to another truck goes to
    /// that truck's history. On an error nothing changes.
    pub fn set_registers(&mut self, registers: Registers) -> Result<(), ThresholdError> {
        let views = Views::reusing(&registers, &self.views)?;
        let difference = views.first_difference(&self.views);
        self.views = views;
        let Some(from) = difference else {
            return Ok(());
        };
        let mut plates: Vec<Plate> = self.trucks.keys().cloned().collect();
        plates.sort();
        let mut to_route = std::mem::take(&mut self.unresolved);
        for plate in plates {
            if let Some(truck) = self.trucks.get_mut(&plate) {
                truck.history.invalidate_from(from);
                to_route.extend(truck.history.give_up_tags(from, &self.views));
                truck.mark_behind(&mut self.behind);
            }
        }
        for report in to_route {
            self.route(report);
        }
        Ok(())
    }

    /// Takes a report. An exact duplicate changes nothing.
    pub fn handle(&mut self, report: Report) {
        self.counters.reports += 1;
        if let Some(reason) = refused(&report, &self.views) {
            self.counters.set_aside(reason);
            return;
        }
        self.route(report);
    }

    fn route(&mut self, report: Report) {
        let plate = match plate_of(&report, &self.views) {
            Ok(plate) => plate,
            Err(reason) => {
                self.counters.set_aside(reason);
                if self.unresolved.len() == UNRESOLVED_MAX {
                    self.unresolved.pop_front();
                }
                self.unresolved.push_back(report);
                return;
            }
        };
        let is_full = self.trucks.len() >= TRUCKS_MAX;
        let truck = match self.trucks.entry(plate) {
            Entry::Occupied(truck) => truck.into_mut(),
            Entry::Vacant(_) if is_full => return self.counters.set_aside(SetAside::TooManyTrucks),
            Entry::Vacant(place) => {
                let history = TruckHistory::new(place.key().clone());
                place.insert(Followed { history, latest: None, is_behind: false })
            }
        };
        match truck.history.insert(&report, self.horizon_s, &self.views) {
            Taken::BeyondHorizon => return self.counters.set_aside(SetAside::BeyondHorizon),
            Taken::Duplicate => self.counters.duplicates += 1,
            Taken::Late => self.counters.late += 1,
            Taken::InOrder => {}
        }
        let newer = |latest: &Report| (latest.time, &latest.content) < (report.time, &report.content);
        if truck.latest.as_ref().is_none_or(newer) {
            truck.latest = Some(report);
        }
        truck.mark_behind(&mut self.behind);
    }

    /// Counts what was hauled before the stretch judged. For a judge that has seen nothing yet: a service that folds only
    /// the newest part of its log again.
    pub fn set_hauled_before(&mut self, hauled: HauledBefore) {
        self.settlement = Settlement::with_hauled_before(hauled);
    }

    /// The next net change since the last drain, or `None` when all were taken.
    pub fn poll(&mut self) -> Option<Change> {
        if self.changes.is_empty() && !self.behind.is_empty() {
            self.catch_up();
        }
        self.changes.pop_front()
    }

    /// Folds every truck that reported and settles what that changed.
    fn catch_up(&mut self) {
        if self.behind.len() >= BEHIND_ON_ALL_CORES {
            self.fold_on_all_cores();
        }
        let mut folded = Folded::default();
        while let Some(plate) = self.behind.pop_front() {
            let Some(truck) = self.trucks.get_mut(&plate) else { continue };
            truck.fold(&self.views, self.horizon_s, &mut self.scratch, &mut folded);
            self.take(&mut folded);
        }
        self.settlement.settle(self.horizon_s, &mut self.changes);
    }

    /// A truck's fold is its own: many at once are folded on all cores. What they say is taken up one after another.
    fn fold_on_all_cores(&mut self) {
        self.behind.clear();
        let (views, horizon_s) = (&self.views, self.horizon_s);
        let mut behind: Vec<&mut Followed> =
            self.trucks.values_mut().filter(|truck| truck.is_behind).collect();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let count = behind.len();
        let share = count.div_ceil(threads).max(1);
        let fold = |trucks: &mut [&mut Followed]| {
            let (mut folded, mut scratch) = (Folded::default(), Scratch::default());
            folded.done.reserve(trucks.len());
            trucks.iter_mut().for_each(|truck| truck.fold(views, horizon_s, &mut scratch, &mut folded));
            folded
        };
        let all = std::thread::scope(|scope| {
            let (own, others) = behind.split_at_mut(share.min(count));
            let others: Vec<_> =
                others.chunks_mut(share).map(|trucks| scope.spawn(move || fold(trucks))).collect();
            let mut all = vec![fold(own)];
            for other in others {
                match other.join() {
                    Ok(folded) => all.push(folded),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        for mut folded in all {
            self.take(&mut folded);
        }
    }

    fn take(&mut self, folded: &mut Folded) {
        self.settlement.take(folded.moves.drain(..));
        folded.forgotten.drain(..).for_each(|outcome| self.settlement.forget(&outcome));
        for done in folded.done.drain(..) {
            self.counters.rewinds += done.rewinds;
            self.counters.rewind_steps += done.rewind_steps;
            self.counters.replace(done.counts_before, done.counts_after);
        }
    }

    /// What was counted. Counts that depend on a truck's whole history are up to date once [`Judge::poll`] is drained.
    pub fn counters(&self) -> &JudgeCounters {
        &self.counters
    }

    /// Hauls held one by one: those that may still change, and those not much older.
    pub fn hauls_held(&self) -> usize {
        self.settlement.hauls_held()
    }

    /// A truck's newest report, by event time.
    pub fn latest(&self, plate: &Plate) -> Option<&Report> {
        self.trucks.get(plate)?.latest.as_ref()
    }

    /// Every truck heard of, in no particular order.
    pub fn plates(&self) -> impl Iterator<Item = &Plate> {
        self.trucks.keys()
    }
}

/// What folding trucks brought.
#[derive(Default)]
struct Folded {
    moves: Vec<Move>,
    forgotten: Vec<Outcome>,
    done: Vec<CaughtUp>,
}

impl Followed {
    fn fold(&mut self, views: &Views, horizon_s: i64, scratch: &mut Scratch, folded: &mut Folded) {
        self.is_behind = false;
        folded.done.push(self.history.sync(views, scratch, &mut folded.moves));
        self.history.trim(horizon_s, &mut folded.forgotten);
    }

    fn mark_behind(&mut self, behind: &mut VecDeque<Plate>) {
        if !self.is_behind {
            self.is_behind = true;
            behind.push_back(self.history.plate().clone());
        }
    }
}

/// Why a report takes no part whatever else is known.
fn refused(report: &Report, views: &Views) -> Option<SetAside> {
    refused_at(report.time, report.received, views)
}

fn refused_at(time: Timestamp, received: Option<Timestamp>, views: &Views) -> Option<SetAside> {
    let limits = &views.at(time).thresholds;
    if time < Timestamp::from_millis(millis(limits.earliest_time)) {
        return Some(SetAside::BeforeEarliestTime);
    }
    let ahead = |received| time.millis_since(received) > millis(limits.clock_ahead_s);
    received.is_some_and(ahead).then_some(SetAside::AheadOfReceipt)
}

/// The truck a report is about.
fn plate_of(report: &Report, views: &Views) -> Result<Plate, SetAside> {
    match &report.content {
        Content::Fix(fix) => Ok(fix.plate.clone()),
        Content::AtTruck(sighting) => Ok(sighting.plate.clone()),
        Content::Weigh(ticket) => Ok(ticket.plate.clone()),
        Content::AtReader(sighting) => {
            truck_of_tag(report.time, &sighting.reader, &sighting.epc, views).cloned()
        }
    }
}

/// The truck whose tag a fixed reader saw.
fn truck_of_tag<'a>(
    time: Timestamp,
    reader: &ReaderId,
    epc: &Epc,
    views: &'a Views,
) -> Result<&'a Plate, SetAside> {
    let view: &Arc<view::View> = views.at(time);
    if !view.registry.readers.contains_key(reader) {
        return Err(SetAside::UnknownReader);
    }
    view.truck_of_tag(epc).ok_or(SetAside::UnknownTag)
}

/// Judges a whole set of reports as of the newest; later ones than `until` are left out. The same fold as [`Judge`],
/// without a horizon.
pub fn judge_all(
    registers: &Registers,
    reports: impl IntoIterator<Item = Report>,
    until: Option<Timestamp>,
) -> Result<Judgement, ThresholdError> {
    let judge = BatchJudge::new(registers)?;
    let mut aside = JudgeCounters::default();
    let mut by_plate: HashMap<Plate, Vec<Report>> = HashMap::default();
    for report in reports {
        match judge.plate_of(&report, until) {
            Ok(plate) => by_plate.entry(plate).or_default().push(report),
            Err(reason) => {
                aside.reports += 1;
                aside.set_aside(reason);
            }
        }
    }
    let trucks = by_plate.into_iter().map(|(plate, reports)| judge.judge_truck(plate, reports)).collect();
    let mut judgement = judge.settle(trucks);
    judgement.counters.add(&aside);
    Ok(judgement)
}
