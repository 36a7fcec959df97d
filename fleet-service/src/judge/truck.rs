//! One truck's history: its reports in order, checkpoints of its fold, and what was published of it.
//!
//! A report that comes late, and anything that changes the standing of earlier reports, makes the fold wrong from some
//! report on. [`TruckHistory::sync`] then goes back to the checkpoint before it, folds again, and tells the difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Plate, Report, TerminalId, Timestamp};
use foldhash::HashMap;

use super::fold::{FoldCounts, FoldState, Scratch, Standing};
use super::haul::Step;
use super::kept::{Kept, Serials};
use super::outcome::{Move, Outcome, OutcomeKey};
use super::sample::{Entry, Names};
use super::thresholds::millis;
use super::truck_of_tag;
use super::view::Views;

/// Reports between two checkpoints: at one every 10 s, three quarters of an hour.
const CHECKPOINT_EVERY: usize = 256;

/// The newest checkpoints are all kept; of older ones one in so many.
const CHECKPOINTS_DENSE: usize = 8;
const OLD_CHECKPOINT_EVERY: usize = 8;

/// Room for reports grows by a part of what is there.
const ROOM_PART: usize = 8;
const ROOM_LEAST: usize = 64;

/// Most reports kept per truck; the oldest go first, as if they were beyond the horizon.
const HISTORY_REPORTS_MAX: usize = 500_000;

const DAY_MILLIS: i64 = 86_400_000;

#[derive(Debug)]
struct Checkpoint {
    /// How many reports the state holds.
    folded: usize,
    /// How many outcomes were decided by then.
    decided: usize,
    state: Box<FoldState>,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    InOrder,
    Late,
    Duplicate,
    BeyondHorizon,
}

/// What catching up did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CaughtUp {
    pub(super) rewinds: u64,
    pub(super) rewind_steps: u64,
    pub(super) counts_before: FoldCounts,
    pub(super) counts_after: FoldCounts,
}

#[derive(Debug)]
pub(super) struct TruckHistory {
    plate: Plate,
    reports: Vec<Kept>,
    cited: Serials,
    /// Never empty; the first is the state before `reports`.
    checkpoints: Vec<Checkpoint>,
    state: FoldState,
    folded: usize,
    /// How many reports from the first are folded rightly.
    valid: usize,
    decided: Vec<Outcome>,
    /// How many of `decided` are published.
    published: usize,
    /// Published, and not among these: what was undecided, or was decided before a rewind.
    unsettled: BTreeMap<OutcomeKey, Outcome>,
    /// Fixes per serial, by local day.
    serials: HashMap<i64, BTreeMap<Arc<TerminalId>, u32>>,
    /// How many reports have no receipt time, and the span in which these count.
    unreceived: usize,
    median_span: Option<(Timestamp, Timestamp)>,
    names: Names,
    counts_told: FoldCounts,
    /// The time of the last report forgotten.
    floor: Option<Timestamp>,
}

impl TruckHistory {
    pub(super) fn new(plate: Plate) -> Self {
        Self {
            plate,
            reports: Vec::new(),
            cited: Serials::default(),
            checkpoints: vec![Checkpoint { folded: 0, decided: 0, state: Box::default() }],
            state: FoldState::default(),
            folded: 0,
            valid: 0,
            decided: Vec::new(),
            published: 0,
            unsettled: BTreeMap::new(),
            serials: HashMap::default(),
            unreceived: 0,
            median_span: None,
            names: Names::default(),
            counts_told: FoldCounts::default(),
            floor: None,
        }
    }

    /// Takes reports in any order, with repeats, into an empty history. Returns how many were repeats.
    pub(super) fn fill(&mut self, reports: Vec<Report>, views: &Views) -> u64 {
        let given = reports.len();
        self.reports.reserve_exact(given);
        for report in reports {
            let kept = self.kept(&report);
            self.reports.push(kept);
        }
        let Self { reports, cited, .. } = self;
        if !reports.is_sorted_by(|a, b| a.cmp(b, cited).is_lt()) {
            reports.sort_by(|a, b| a.cmp(b, cited).then(b.is_received().cmp(&a.is_received())));
            // Of equal reports the first was received, if any was.
            reports.dedup_by(|later, kept| later.cmp(kept, cited).is_eq());
        }
        self.unreceived = self.reports.iter().filter(|kept| !kept.is_received()).count();
        for kept in &self.reports {
            tally(&mut self.serials, kept.time, kept.source(&self.cited));
        }
        self.median_span = self.median_span(views);
        (given - self.reports.len()) as u64
    }

    /// Takes one report. Reports more than `horizon_s` older than the newest are refused.
    pub(super) fn insert(&mut self, report: &Report, horizon_s: i64, views: &Views) -> Taken {
        let newest = self.reports.last().map(|kept| kept.time);
        let too_old = newest.is_some_and(|newest| report.time < newest.plus_seconds(-horizon_s));
        if too_old || self.floor.is_some_and(|floor| report.time <= floor) {
            return Taken::BeyondHorizon;
        }
        let kept = self.kept(report);
        let place = if newest.is_none_or(|newest| newest < kept.time) {
            self.reports.len()
        } else {
            match self.reports.binary_search_by(|known| known.cmp(&kept, &self.cited)) {
                Ok(place) => {
                    self.receive_again(place, kept.is_received(), views);
                    return Taken::Duplicate;
                }
                Err(place) => place,
            }
        };
        let late = place < self.reports.len();
        self.valid = self.valid.min(place);
        self.unreceived += usize::from(!kept.is_received());
        self.count_serial(kept.time, kept.source(&self.cited));
        if self.reports.len() == self.reports.capacity() {
            // Room that doubles would be empty by half.
            self.reports.reserve_exact(ROOM_LEAST.max(self.reports.len() / ROOM_PART));
        }
        self.reports.insert(place, kept);
        self.follow_median(views);
        if late { Taken::Late } else { Taken::InOrder }
    }

    pub(super) fn plate(&self) -> &Plate {
        &self.plate
    }

    /// What stands is wrong from a moment on: the registers changed.
    pub(super) fn invalidate_from(&mut self, time: Timestamp) {
        self.valid = self.valid.min(self.reports.partition_point(|kept| kept.time < time));
    }

    /// Takes out what fixed readers saw from a moment on of tags that are not this truck's by registers that changed. Call
    /// after [`TruckHistory::invalidate_from`] for the same moment.
    pub(super) fn give_up_tags(&mut self, from: Timestamp, views: &Views) -> Vec<Report> {
        let first = self.reports.partition_point(|kept| kept.time < from);
        let (plate, reports) = (&self.plate, &mut self.reports);
        let is_strange = |kept: &Kept| {
            let seen = kept.tag_seen();
            seen.is_some_and(|(reader, tag)| truck_of_tag(kept.time, reader, tag, views).ok() != Some(plate))
        };
        if !reports[first..].iter().any(is_strange) {
            return Vec::new();
        }
        let (strange, own): (Vec<Kept>, Vec<Kept>) = reports.drain(first..).partition(is_strange);
        reports.extend(own);
        self.unreceived -= strange.iter().filter(|kept| !kept.is_received()).count();
        self.follow_median(views);
        strange.into_iter().filter_map(Kept::into_sighting).collect()
    }

    /// Folds what is not folded rightly yet and puts what changed since the last time into `out`.
    pub(super) fn sync(&mut self, views: &Views, scratch: &mut Scratch, out: &mut Vec<Move>) -> CaughtUp {
        let mut done = self.catch_up(views, scratch);
        let mut provisional = Vec::new();
        let step = Step { plate: &self.plate, views };
        self.state.clone().finish(step, scratch, &mut provisional);
        let mut before = std::mem::take(&mut self.unsettled);
        for outcome in provisional {
            self.unsettled.insert(outcome.key(), outcome);
        }
        for outcome in &self.decided[self.published..] {
            let key = outcome.key();
            if !self.unsettled.contains_key(&key) {
                moved(before.remove(&key), outcome, out);
            }
        }
        for (key, outcome) in &self.unsettled {
            moved(before.remove(key), outcome, out);
        }
        out.extend(before.into_values().map(|outcome| Move { before: Some(outcome), now: None }));
        self.published = self.decided.len();
        done.counts_before = self.counts_told;
        self.counts_told = self.state.counts();
        done.counts_after = self.counts_told;
        done
    }

    /// Everything that stands, from a history that was filled and never trimmed.
    pub(super) fn verdicts(&mut self, views: &Views, scratch: &mut Scratch) -> (Vec<Outcome>, FoldCounts) {
        self.catch_up(views, scratch);
        let mut outcomes = std::mem::take(&mut self.decided);
        let step = Step { plate: &self.plate, views };
        self.state.clone().finish(step, scratch, &mut outcomes);
        (outcomes, self.state.counts())
    }

    /// Forgets what is older than the horizon, back to a checkpoint; outcomes decided there go into `forgotten`. Call after
    /// [`TruckHistory::sync`].
    pub(super) fn trim(&mut self, horizon_s: i64, forgotten: &mut Vec<Outcome>) {
        let Some(newest) = self.reports.last().map(|kept| kept.time) else {
            return;
        };
        let oldest = newest.plus_seconds(-horizon_s);
        let surplus = self.reports.len().saturating_sub(HISTORY_REPORTS_MAX);
        let goes = |checkpoint: &Checkpoint| {
            let first_kept = self.reports.get(checkpoint.folded);
            checkpoint.folded <= surplus || first_kept.is_some_and(|kept| kept.time <= oldest)
        };
        let keep = self.checkpoints.iter().rposition(goes).unwrap_or(0);
        if keep == 0 {
            return;
        }
        self.checkpoints.drain(..keep);
        let (folded, decided) = (self.checkpoints[0].folded, self.checkpoints[0].decided);
        for checkpoint in &mut self.checkpoints {
            checkpoint.folded -= folded;
            checkpoint.decided -= decided;
        }
        for gone in self.reports.drain(..folded) {
            self.unreceived -= usize::from(!gone.is_received());
            self.floor = Some(gone.time);
        }
        forgotten.extend(self.decided.drain(..decided));
        self.folded -= folded;
        self.valid -= folded;
        self.published -= decided;
        let oldest_day = local_day(oldest) - 1;
        self.serials.retain(|day, _| *day >= oldest_day);
    }

    fn catch_up(&mut self, views: &Views, scratch: &mut Scratch) -> CaughtUp {
        let mut done = CaughtUp::default();
        if self.valid < self.folded {
            done.rewinds = 1;
            let right = self.valid;
            self.checkpoints.truncate(1 + self.checkpoints[1..].partition_point(|c| c.folded <= right));
            let Some(checkpoint) = self.checkpoints.last() else {
                return done;
            };
            done.rewind_steps = (self.folded - checkpoint.folded) as u64;
            self.state = (*checkpoint.state).clone();
            self.folded = checkpoint.folded;
            for outcome in self
                .decided
                .drain(checkpoint.decided..)
                .take(self.published.saturating_sub(checkpoint.decided))
            {
                self.unsettled.insert(outcome.key(), outcome);
            }
            self.published = self.published.min(checkpoint.decided);
        }
        let step = Step { plate: &self.plate, views };
        while let Some(kept) = self.reports.get(self.folded) {
            let since = self.folded - self.checkpoints.last().map_or(0, |c| c.folded);
            if since >= CHECKPOINT_EVERY {
                self.checkpoints.push(Checkpoint {
                    folded: self.folded,
                    decided: self.decided.len(),
                    state: Box::new(self.state.clone()),
                });
                thin(&mut self.checkpoints);
            }
            let entry = kept.entry(&self.cited);
            let standing = self.standing(kept, entry.source(), views);
            self.state.step(&entry, standing, step, scratch, &mut self.decided);
            self.folded += 1;
        }
        self.valid = self.folded;
        done
    }

    fn kept(&mut self, report: &Report) -> Kept {
        let entry = Entry::of(report, &mut self.names);
        Kept::of(entry, report.received.is_some(), &mut self.cited)
    }

    /// A known report came again, and may tell now when it was received.
    fn receive_again(&mut self, place: usize, is_received: bool, views: &Views) {
        let kept = &mut self.reports[place];
        if is_received && !kept.is_received() {
            kept.set_received();
            self.unreceived -= 1;
            self.valid = self.valid.min(place);
        }
        self.follow_median(views);
    }

    fn standing(&self, kept: &Kept, source: Option<&Arc<TerminalId>>, views: &Views) -> Standing {
        let time = kept.time;
        let far = |(from, to)| !(from..=to).contains(&time);
        if !kept.is_received() && self.median_span.is_some_and(far) {
            return Standing::FarFromMedian;
        }
        let feeds = self.cited.len() < 2
            || source.is_none_or(|source| {
                let day = self.serials.get(&local_day(time));
                day.is_none_or(|day| day.len() < 2 || self.feeding(day, time, views) == Some(source))
            });
        if feeds { Standing::Counts } else { Standing::OtherSerial }
    }

    /// The serial that feeds the rules on a day: the registered one, else the one with most fixes, on a tie the lowest.
    fn feeding<'a>(
        &self,
        day: &'a BTreeMap<Arc<TerminalId>, u32>,
        time: Timestamp,
        views: &Views,
    ) -> Option<&'a Arc<TerminalId>> {
        let registered =
            views.at(time).registry.trucks.get(&self.plate).and_then(|truck| truck.terminal.as_ref());
        let present = registered.and_then(|terminal| day.get_key_value(terminal)).map(|(serial, _)| serial);
        present.or_else(|| most_fixes(day))
    }

    /// Counts a fix for its serial; when that may change which one feeds the rules, the day is folded again.
    fn count_serial(&mut self, time: Timestamp, source: Option<Arc<TerminalId>>) {
        let Some((day, serials)) = tally(&mut self.serials, time, source.clone()) else {
            return;
        };
        let before_this = |serials: &BTreeMap<Arc<TerminalId>, u32>| {
            let mut before = serials.clone();
            if let Some(count) = source.as_ref().and_then(|source| before.get_mut(source)) {
                *count -= 1;
            }
            before.retain(|_, count| *count > 0);
            before
        };
        if serials.len() < 2 {
            return;
        }
        let before = before_this(serials);
        if before.len() != serials.len() || most_fixes(&before) != most_fixes(serials) {
            let first = self.reports.partition_point(|kept| local_day(kept.time) < day);
            self.valid = self.valid.min(first);
        }
    }

    /// The span around the median in which reports without a receipt time count; `None` when all have one.
    fn median_span(&self, views: &Views) -> Option<(Timestamp, Timestamp)> {
        if self.unreceived == 0 {
            return None;
        }
        let median = self.reports[(self.reports.len() - 1) / 2].time;
        let span = millis(views.at(median).thresholds.median_span_s);
        Some((median.plus_millis(-span), median.plus_millis(span)))
    }

    /// Moves the span with the median; reports that it takes in or leaves out are folded again.
    fn follow_median(&mut self, views: &Views) {
        let (before, now) = (self.median_span, self.median_span(views));
        self.median_span = now;
        let (Some(before), Some(now)) = (before, now) else {
            // With no span before there was no report it could concern but the one that brought it.
            return;
        };
        for (a, b) in [(before.0, now.0), (before.1, now.1)] {
            let from = self.reports.partition_point(|kept| kept.time < a.min(b));
            let to = self.reports.partition_point(|kept| kept.time <= a.max(b));
            let changed = self.reports[from..to].iter().position(|kept| !kept.is_received());
            if let Some(changed) = changed.filter(|_| a != b) {
                self.valid = self.valid.min(from + changed);
            }
        }
    }
}

fn moved(before: Option<Outcome>, now: &Outcome, out: &mut Vec<Move>) {
    if before.as_ref() != Some(now) {
        out.push(Move { before, now: Some(now.clone()) });
    }
}

/// Drops checkpoints that are old and near others: late reports are late by minutes far more often than by hours.
fn thin(checkpoints: &mut Vec<Checkpoint>) {
    let Some(at) = checkpoints.len().checked_sub(CHECKPOINTS_DENSE + 1).filter(|at| *at > 0) else {
        return;
    };
    let gap = checkpoints[at + 1].folded - checkpoints[at - 1].folded;
    if gap <= CHECKPOINT_EVERY * OLD_CHECKPOINT_EVERY {
        checkpoints.remove(at);
    }
}

fn tally(
    serials: &mut HashMap<i64, BTreeMap<Arc<TerminalId>, u32>>,
    time: Timestamp,
    source: Option<Arc<TerminalId>>,
) -> Option<(i64, &BTreeMap<Arc<TerminalId>, u32>)> {
    let (source, day) = (source?, local_day(time));
    let of_day = serials.entry(day).or_default();
    *of_day.entry(source).or_default() += 1;
    Some((day, of_day))
}

fn most_fixes(day: &BTreeMap<Arc<TerminalId>, u32>) -> Option<&Arc<TerminalId>> {
    // Of equal counts `max_by_key` takes the last, so the lowest serial is asked for from the end.
    day.iter().rev().max_by_key(|(_, count)| **count).map(|(serial, _)| serial)
}

/// The number of the local calendar day.
fn local_day(time: Timestamp) -> i64 {
    (time.millis() + i64::from(domain::time::LOCAL_OFFSET_S) * 1000).div_euclid(DAY_MILLIS)
}
