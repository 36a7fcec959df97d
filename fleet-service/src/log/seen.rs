//! Which reports are in the log already, exactly and cheaply. Pure: what lies in the store is handed in.
//!
//! The log itself is the truth; this is an index of it. What came since the last writing of runs is in memory
//! ([`RECENT_MAX`]); what came before is in the store as runs, one for each hour of event time and each shard. A report
//! later than anything its hour and shard hold in the store cannot be there, so trucks that report in order are never
//! looked up. Others are looked for in the runs of their hour and shard, which are kept in memory for a while.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use domain::Timestamp;

use super::encoding::Mark;

/// How many shards an hour has. Stored: another number needs another form.
pub const SHARDS: u16 = 1_024;
/// Reports noted in memory before they are written as runs. 16 bytes and a moment each: 7 MB.
pub const RECENT_MAX: usize = 200_000;
/// Hours of event time of which it is known how far the runs reach. 8 KiB each; the longest unused goes.
pub const HOURS_KNOWN_MAX: usize = 64;
/// Ids of runs kept in memory. 16 bytes each; the longest held go.
pub const RUN_IDS_HELD_MAX: usize = 500_000;

const HOUR_MS: i64 = 3_600_000;
/// Earlier than any report.
const NEVER: i64 = i64::MIN;

/// What tells a report from others: its shard in two bytes, then a hash over what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeenId([u8; 16]);

impl SeenId {
    /// The id of a report of a shard, below [`SHARDS`], with a digest over what it says.
    pub fn new(shard: u16, digest: &[u8; 32]) -> Self {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&shard.to_be_bytes());
        id[2..].copy_from_slice(&digest[..14]);
        Self(id)
    }

    /// Its shard.
    pub fn shard(self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// As stored.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl std::fmt::Display for SeenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An id is a hash already: eight bytes of it will do for a table.
#[derive(Default)]
pub struct FromId(u64);

impl Hasher for FromId {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(tail) = bytes.last_chunk() {
            self.0 = u64::from_le_bytes(*tail);
        }
    }

    // The length a slice writes before itself says nothing.
    fn write_usize(&mut self, _length: usize) {}
}

type IdHasher = BuildHasherDefault<FromId>;

/// One hour of event time and one shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
    /// Below [`SHARDS`].
    pub shard: u16,
}

impl Slot {
    /// Where a report belongs.
    pub fn of(mark: &Mark) -> Self {
        Self { hour: mark.time.millis().div_euclid(HOUR_MS), shard: mark.id.shard() }
    }
}

/// A run to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where it belongs.
    pub slot: Slot,
    /// Latest report time in it.
    pub last: Timestamp,
    /// 16 bytes a report.
    pub ids: Vec<u8>,
}

/// What has to be read from the store before a batch can be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// How far the runs of an hour reach: the latest report time of each shard that has any.
    Hour(i64),
    /// Every id in the runs of a slot.
    Runs(Slot),
}

/// The index.
#[derive(Debug, Default)]
pub struct Seen {
    recent: HashMap<SeenId, Timestamp, IdHasher>,
    /// Latest report time in the runs, by hour and shard; empty for an hour without runs.
    reach: HashMap<i64, Vec<i64>>,
    hours: VecDeque<i64>,
    held: HashMap<Slot, Vec<SeenId>>,
    held_order: VecDeque<Slot>,
    held_ids: usize,
}

impl Seen {
    /// What has to be read before [`Seen::fresh`] can be asked about these, each thing once.
    pub fn wanted(&self, marks: &[Mark]) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        let mut asked = HashSet::new();
        for mark in marks {
            let slot = Slot::of(mark);
            let want = match self.reach.get(&slot.hour) {
                None => Wanted::Hour(slot.hour),
                Some(reach) if reach_of(reach, slot.shard) < mark.time.millis() => continue,
                Some(_) if self.held.contains_key(&slot) || self.recent.contains_key(&mark.id) => continue,
                Some(_) => Wanted::Runs(slot),
            };
            let key =
                if let Wanted::Hour(hour) = want { (hour, None) } else { (slot.hour, Some(slot.shard)) };
            if asked.insert(key) {
                wanted.push(want);
            }
        }
        wanted
    }

    /// Takes in how far the runs of an hour reach.
    pub fn know_hour(&mut self, hour: i64, reaches: &[(u16, Timestamp)]) {
        let mut reach = Vec::new();
        reaches.iter().for_each(|(shard, last)| extend_reach(&mut reach, *shard, *last));
        if self.reach.insert(hour, reach).is_none() {
            self.hours.push_back(hour);
        }
    }

    /// Takes in the ids of a slot's runs; a part of an id at the end is no id.
    pub fn hold(&mut self, slot: Slot, bytes: &[u8]) {
        let (ids, _part) = bytes.as_chunks::<16>();
        let mut ids: Vec<SeenId> = ids.iter().map(|id| SeenId(*id)).collect();
        ids.sort_unstable();
        self.release(slot);
        self.held_ids += ids.len();
        self.held.insert(slot, ids);
        self.held_order.push_back(slot);
    }

    /// Which of the reports are not in the log, each of equal ones once: their places in order. Everything
    /// [`Seen::wanted`] named must have been handed in. Nothing is noted: the reports are not stored yet.
    pub fn fresh(&self, marks: &[Mark]) -> Vec<usize> {
        let mut given: HashSet<SeenId, IdHasher> =
            HashSet::with_capacity_and_hasher(marks.len(), IdHasher::default());
        let is_fresh = |mark: &Mark| !self.recent.contains_key(&mark.id) && !self.in_runs(mark);
        let mut fresh = Vec::with_capacity(marks.len());
        for (place, mark) in marks.iter().enumerate() {
            if is_fresh(mark) && given.insert(mark.id) {
                fresh.push(place);
            }
        }
        fresh
    }

    /// Notes reports as stored.
    pub fn note<'a>(&mut self, marks: impl Iterator<Item = &'a Mark>) {
        if self.recent.capacity() == 0 {
            // Grown step by step it would be laid out anew a dozen times.
            self.recent.reserve(RECENT_MAX);
        }
        self.recent.extend(marks.map(|mark| (mark.id, mark.time)));
    }

    /// Lets go of what is held beyond the limits. Call when nothing wanted waits to be used.
    pub fn trim(&mut self) {
        while self.hours.len() > HOURS_KNOWN_MAX {
            if let Some(hour) = self.hours.pop_front() {
                self.reach.remove(&hour);
            }
        }
        while self.held_ids > RUN_IDS_HELD_MAX {
            let Some(slot) = self.held_order.front().copied() else { break };
            self.release(slot);
        }
    }

    /// Whether enough came to be written as runs.
    pub fn is_full(&self) -> bool {
        self.recent.len() >= RECENT_MAX
    }

    /// What came since runs were written last, as runs by hour and shard.
    pub fn runs(&self) -> Vec<Run> {
        let mut slots: HashMap<Slot, (i64, Vec<u8>)> = HashMap::new();
        for (id, time) in &self.recent {
            let slot = Slot { hour: time.millis().div_euclid(HOUR_MS), shard: id.shard() };
            let (last, ids) = slots.entry(slot).or_insert((NEVER, Vec::new()));
            *last = time.millis().max(*last);
            ids.extend_from_slice(&id.bytes());
        }
        let mut runs: Vec<Run> = slots
            .into_iter()
            .map(|(slot, (last, ids))| Run { slot, last: Timestamp::from_millis(last), ids })
            .collect();
        runs.sort_unstable_by_key(|run| run.slot);
        runs
    }

    /// The runs are stored: forgets what they hold, and knows how far they reach.
    pub fn wrote(&mut self, runs: &[Run]) {
        self.recent.clear();
        for run in runs {
            self.release(run.slot);
            if let Some(reach) = self.reach.get_mut(&run.slot.hour) {
                extend_reach(reach, run.slot.shard, run.last);
            }
        }
    }

    fn in_runs(&self, mark: &Mark) -> bool {
        let slot = Slot::of(mark);
        let reach = self.reach.get(&slot.hour).map_or(NEVER, |reach| reach_of(reach, slot.shard));
        mark.time.millis() <= reach
            && self.held.get(&slot).is_some_and(|ids| ids.binary_search(&mark.id).is_ok())
    }

    fn release(&mut self, slot: Slot) {
        if let Some(ids) = self.held.remove(&slot) {
            self.held_ids -= ids.len();
            self.held_order.retain(|held| *held != slot);
        }
    }
}

fn reach_of(reach: &[i64], shard: u16) -> i64 {
    reach.get(usize::from(shard)).copied().unwrap_or(NEVER)
}

fn extend_reach(reach: &mut Vec<i64>, shard: u16, last: Timestamp) {
    if reach.is_empty() {
        reach.resize(usize::from(SHARDS), NEVER);
    }
    if let Some(known) = reach.get_mut(usize::from(shard)) {
        *known = last.millis().max(*known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::encoding::Encoded;
    use domain::report::Content;
    use domain::{FixKind, FixReport, Position, Report};
    use proptest::prelude::*;

    /// The store as it would be, and the plain set the index is held against.
    #[derive(Default)]
    struct Model {
        runs: Vec<Run>,
        noted: Vec<Mark>,
        stored: HashSet<SeenId>,
    }

    fn marks(reports: &[(u8, i64, u8)]) -> Vec<Mark> {
        let report = |(truck, minute, lat): &(u8, i64, u8)| {
            let at = Position::from_degrees(f64::from(*lat), 113.4).unwrap();
            let plate = format!("豫A1234{}", truck % 10).parse().unwrap();
            let fix = FixReport::bare(plate, at, FixKind::D3);
            Report { time: Timestamp::from_seconds(minute * 60), content: Content::Fix(fix), received: None }
        };
        let reports: Vec<Report> = reports.iter().map(report).collect();
        Encoded::of(&reports).unwrap().marks().to_vec()
    }

    impl Model {
        fn hand_in(&self, seen: &mut Seen, wanted: Vec<Wanted>) {
            for want in wanted {
                match want {
                    Wanted::Hour(hour) => {
                        let runs = self.runs.iter().filter(|run| run.slot.hour == hour);
                        seen.know_hour(hour, &runs.map(|run| (run.slot.shard, run.last)).collect::<Vec<_>>());
                    }
                    Wanted::Runs(slot) => {
                        let runs = self.runs.iter().filter(|run| run.slot == slot);
                        seen.hold(slot, &runs.flat_map(|run| run.ids.clone()).collect::<Vec<_>>());
                    }
                }
            }
        }

        /// Stores a batch and compares what the index calls new with what the set does.
        fn store(&mut self, seen: &mut Seen, batch: &[(u8, i64, u8)]) {
            let marks = marks(batch);
            loop {
                let wanted = seen.wanted(&marks);
                if wanted.is_empty() {
                    break;
                }
                self.hand_in(seen, wanted);
            }
            let fresh = seen.fresh(&marks);
            let expected: Vec<usize> =
                (0..marks.len()).filter(|place| self.stored.insert(marks[*place].id)).collect();
            assert_eq!(fresh, expected, "{batch:?}");
            seen.trim();
            self.noted.extend(fresh.iter().map(|place| marks[*place]));
            seen.note(fresh.iter().map(|place| &marks[*place]));
        }

        fn write_runs(&mut self, seen: &mut Seen) {
            let runs = seen.runs();
            seen.wrote(&runs);
            self.runs.extend(runs);
            self.noted.clear();
        }

        fn restart(&self, seen: &mut Seen) {
            *seen = Seen::default();
            seen.note(self.noted.iter());
        }
    }

    proptest! {
        #[test]
        fn the_index_says_what_a_plain_set_of_everything_stored_says(
            days in prop::collection::vec(
                (prop::collection::vec((0..4u8, 0..400i64, 0..3u8), 0..20), 0..6u8), 1..40),
        ) {
            let (mut seen, mut model) = (Seen::default(), Model::default());
            for (batch, then) in days {
                model.store(&mut seen, &batch);
                match then {
                    0 => model.write_runs(&mut seen),
                    1 => model.restart(&mut seen),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_truck_that_reports_in_order_is_never_looked_up_in_the_runs() {
        let (mut seen, mut model) = (Seen::default(), Model::default());
        model.store(&mut seen, &[(1, 0, 1)]);
        model.write_runs(&mut seen);
        for minute in 1..50 {
            assert_eq!(seen.wanted(&marks(&[(1, minute, 1)])), [], "minute {minute}");
            model.store(&mut seen, &[(1, minute, 1)]);
        }
        assert!(matches!(seen.wanted(&marks(&[(1, 0, 2)]))[..], [Wanted::Runs(_)]));
        assert!(matches!(seen.wanted(&marks(&[(1, 60, 1)]))[..], [Wanted::Hour(_)]));
    }

    #[test]
    fn what_is_held_stays_within_its_limits() {
        let mut seen = Seen::default();
        for hour in 0..2 * HOURS_KNOWN_MAX as i64 {
            seen.know_hour(hour, &[(1, Timestamp::from_seconds(hour * 3600))]);
            seen.hold(Slot { hour, shard: 1 }, &vec![7; RUN_IDS_HELD_MAX / 40 * 16]);
            seen.trim();
        }
        assert_eq!((seen.hours.len(), seen.reach.len()), (HOURS_KNOWN_MAX, HOURS_KNOWN_MAX));
        assert!(seen.held_ids <= RUN_IDS_HELD_MAX && seen.held.len() == 40, "{}", seen.held_ids);
        assert_eq!(seen.held_order.len(), seen.held.len());
    }
}
