//! Which reads are reported, and which tags look copied.
//!
//! De-bounce is by tag and antenna. How long it may be is the wash rule's doing: a truck counts as washed after 30
//! distinct seconds in which its reader saw the wash bay's beacon, holes of up to 3 seconds filled. A beacon reported
//! every 5 seconds would leave holes of 4 and never count, so 1 second is the default for any tag. Which tags are beacons
//! is known to the platform only; drivers' cards can be named in the configuration by the beginning of their EPC, and
//! those wait 5 seconds.

use std::collections::{BTreeMap, VecDeque};

use domain::{Epc, Tid, Timestamp};
use wire::TagConflictKind;

use super::TagRead;

/// Tags remembered at once; beyond it the oldest is forgotten.
pub const TAGS_MAX: usize = 256;
/// The same contradiction is reported again after this time.
pub const CONFLICT_AGAIN_MS: i64 = 600_000;

/// What the configuration says about tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRules {
    /// A tag read again by the same antenna within this time is the same reading.
    pub debounce_ms: i64,
    /// How the EPCs of cards begin, upper-case hexadecimal.
    pub card_prefixes: Vec<String>,
    /// The same for cards.
    pub card_debounce_ms: i64,
    /// The TID each of these tags has.
    pub pins: BTreeMap<Epc, Tid>,
}

impl Default for TagRules {
    fn default() -> Self {
        Self { debounce_ms: 1_000, card_prefixes: Vec::new(), card_debounce_ms: 5_000, pins: BTreeMap::new() }
    }
}

/// What the watch met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WatchCounters {
    /// Reads within the de-bounce time.
    pub debounced: u64,
    /// Tags forgotten because more than [`TAGS_MAX`] were about.
    pub forgotten: u64,
    /// Reads whose EPC and TID contradict the configured pin or what was seen before.
    pub conflicts: u64,
}

/// EPC and TID of a tag do not belong together: one of the tags may be a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What they contradict.
    pub kind: TagConflictKind,
    /// The EPC read.
    pub epc: Epc,
    /// The TID read with it.
    pub tid: Tid,
}

/// Remembers tags.
#[derive(Debug, Clone)]
pub struct TagWatch {
    rules: TagRules,
    /// Tag, antenna and when it was last reported, oldest first.
    reported: VecDeque<(Epc, u8, Timestamp)>,
    /// The first TID read with each EPC, oldest first.
    pairs: VecDeque<(Epc, Tid)>,
    /// Contradictions and when each was last reported, oldest first.
    conflicts: VecDeque<(Conflict, Timestamp)>,
    counters: WatchCounters,
}

impl TagWatch {
    /// A watch that has seen nothing.
    pub fn new(rules: TagRules) -> Self {
        Self {
            rules,
            reported: VecDeque::new(),
            pairs: VecDeque::new(),
            conflicts: VecDeque::new(),
            counters: WatchCounters::default(),
        }
    }

    /// Whether a read is to be reported, and the contradiction in it that is.
    pub fn handle(&mut self, read: &TagRead, now: Timestamp) -> (bool, Option<Conflict>) {
        let conflict = read.tid.as_ref().and_then(|tid| self.conflict(&read.epc, tid));
        let reported = conflict.filter(|conflict| self.is_due(conflict, now));
        (self.is_new(read, now), reported)
    }

    /// What was met.
    pub fn counters(&self) -> &WatchCounters {
        &self.counters
    }

    fn is_new(&mut self, read: &TagRead, now: Timestamp) -> bool {
        let is_card = self.rules.card_prefixes.iter().any(|prefix| read.epc.as_str().starts_with(prefix));
        let debounce_ms = if is_card { self.rules.card_debounce_ms } else { self.rules.debounce_ms };
        let known =
            self.reported.iter().position(|(epc, antenna, _)| *epc == read.epc && *antenna == read.antenna);
        if let Some(index) = known {
            let last = self.reported.get(index).map(|(_, _, time)| *time);
            // A clock set back must not silence a tag.
            if last.is_some_and(|last| (0..debounce_ms).contains(&now.millis_since(last))) {
                self.counters.debounced += 1;
                return false;
            }
            self.reported.remove(index);
        } else if self.reported.len() >= TAGS_MAX {
            self.reported.pop_front();
            self.counters.forgotten += 1;
        }
        self.reported.push_back((read.epc.clone(), read.antenna, now));
        true
    }

    fn conflict(&mut self, epc: &Epc, tid: &Tid) -> Option<Conflict> {
        let kind = self.contradiction(epc, tid);
        if let Some(kind) = kind {
            self.counters.conflicts += 1;
            return Some(Conflict { kind, epc: epc.clone(), tid: tid.clone() });
        }
        if !self.pairs.iter().any(|(known, _)| known == epc) {
            if self.pairs.len() >= TAGS_MAX {
                self.pairs.pop_front();
            }
            self.pairs.push_back((epc.clone(), tid.clone()));
        }
        None
    }

    /// The first pair seen stays the one later reads are held against: which of two is the copy is not known here.
    fn contradiction(&self, epc: &Epc, tid: &Tid) -> Option<TagConflictKind> {
        if let Some(pinned) = self.rules.pins.get(epc) {
            return (pinned != tid).then_some(TagConflictKind::OtherThanPinned);
        }
        if self.pairs.iter().any(|(known, other)| known == epc && other != tid) {
            return Some(TagConflictKind::OtherTidSeen);
        }
        let other_epc = self.pairs.iter().any(|(known, same)| same == tid && known != epc)
            || self.rules.pins.iter().any(|(pinned, same)| same == tid && pinned != epc);
        other_epc.then_some(TagConflictKind::OtherEpcSeen)
    }

    fn is_due(&mut self, conflict: &Conflict, now: Timestamp) -> bool {
        if let Some(index) = self.conflicts.iter().position(|(known, _)| known == conflict) {
            let last = self.conflicts.get(index).map(|(_, time)| *time);
            if last.is_some_and(|last| (0..CONFLICT_AGAIN_MS).contains(&now.millis_since(last))) {
                return false;
            }
            self.conflicts.remove(index);
        } else if self.conflicts.len() >= TAGS_MAX {
            self.conflicts.pop_front();
        }
        self.conflicts.push_back((conflict.clone(), now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::tests::tag;

    const EPC: &str = "30751FEB705C5904E3D50D70";
    const CARD: &str = "CA4D000000000001";
    const TID: &str = "E280689400004001";
    const OTHER_TID: &str = "E280689400004002";

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    fn rules() -> TagRules {
        let pins = [(CARD.parse().unwrap(), TID.parse().unwrap())].into();
        TagRules { card_prefixes: vec!["CA4D".into()], pins, ..TagRules::default() }
    }

    #[test]
    fn a_beacon_is_reported_every_second_and_a_card_every_five_and_both_after_the_clock_was_set_back() {
        let times = [0, 400, 999, 1_000, 2_500, 5_000, 5_100, -50];
        for (epc, expected) in [
            (EPC, [true, false, false, true, true, true, false, true]),
            (CARD, [true, false, false, false, false, true, false, true]),
        ] {
            let mut watch = TagWatch::new(rules());
            assert_eq!(times.map(|t| watch.handle(&tag(epc), at(t)).0), expected, "{epc}");
        }
    }

    #[test]
    fn two_antennas_are_two_readings() {
        let mut watch = TagWatch::new(TagRules::default());
        let by = |antenna| TagRead { antenna, ..tag(EPC) };
        assert_eq!([1, 2, 1].map(|port| watch.handle(&by(port), at(0)).0), [true, true, false]);
    }

    /// The wash rule counts distinct seconds with holes of at most three filled: thirty seconds of reads at any rate of
    /// once a second or oftener must leave no hole it does not fill.
    #[test]
    fn a_truck_in_the_wash_for_thirty_seconds_is_seen_for_thirty_seconds() {
        for step_ms in [50, 200, 333, 700, 950, 1_000, 1_400] {
            let mut watch = TagWatch::new(TagRules::default());
            let reads = (0..).map(|n| n * step_ms).take_while(|t| *t <= 31_000);
            let seconds: Vec<i64> =
                reads.filter(|t| watch.handle(&tag(EPC), at(*t)).0).map(|t| t / 1000).collect();
            let holes: Vec<i64> = seconds.windows(2).map(|pair| (pair[1] - pair[0] - 1).max(0)).collect();
            assert!(holes.iter().all(|hole| *hole <= 3), "{step_ms} ms: holes {holes:?}");
            assert!(seconds[seconds.len() - 1] - seconds[0] >= 29, "{step_ms} ms");
        }
    }

    #[test]
    fn a_tid_that_is_not_the_pinned_one_is_a_conflict() {
        let mut watch = TagWatch::new(rules());
        assert_eq!(watch.handle(&tag(CARD).with_tid(TID), at(0)).1, None);
        let conflict = watch.handle(&tag(CARD).with_tid(OTHER_TID), at(1)).1.unwrap();
        assert_eq!(conflict.kind, TagConflictKind::OtherThanPinned);
        assert_eq!(conflict.tid.as_str(), OTHER_TID);
    }

    #[test]
    fn a_second_tid_for_an_epc_and_a_second_epc_for_a_tid_are_conflicts() {
        let mut watch = TagWatch::new(TagRules::default());
        let mut kind =
            |epc, tid| watch.handle(&tag(epc).with_tid(tid), at(0)).1.map(|conflict| conflict.kind);
        assert_eq!(kind(EPC, TID), None);
        assert_eq!(kind(EPC, OTHER_TID), Some(TagConflictKind::OtherTidSeen));
        assert_eq!(kind(CARD, TID), Some(TagConflictKind::OtherEpcSeen));
        assert_eq!(kind(EPC, TID), None, "the first pair stays");
    }

    #[test]
    fn a_conflict_is_counted_each_time_and_reported_every_ten_minutes() {
        let mut watch = TagWatch::new(rules());
        let reported = [0, 1_000, CONFLICT_AGAIN_MS - 1, CONFLICT_AGAIN_MS]
            .map(|t| watch.handle(&tag(CARD).with_tid(OTHER_TID), at(t)).1.is_some());
        assert_eq!(reported, [true, false, false, true]);
        assert_eq!(watch.counters().conflicts, 4);
    }

    #[test]
    fn a_tag_without_a_tid_contradicts_nothing() {
        let mut watch = TagWatch::new(rules());
        assert_eq!(watch.handle(&tag(CARD), at(0)).1, None);
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_is_counted() {
        let mut watch = TagWatch::new(TagRules::default());
        for n in 0..=TAGS_MAX as u64 {
            let epc = Epc::from_bytes(&n.to_be_bytes()).unwrap();
            assert!(watch.handle(&TagRead::of(epc), at(0)).0);
        }
        assert_eq!(watch.counters().forgotten, 1);
    }
}
