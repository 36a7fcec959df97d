//! What the judge counted: everything that came in and did not become part of a verdict has a number here.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fold::FoldCounts;

/// Why a report takes no part in the verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SetAside {
    /// Dated before `earliest_time`.
    BeforeEarliestTime,
    /// Dated more than `clock_ahead_s` after it was received.
    AheadOfReceipt,
    /// Received at an unknown time, and dated more than `median_span_s` from the median of the plate's reports.
    FarFromMedian,
    /// From a serial that does not feed the rules: another one under the same plate does.
    OtherSerial,
    /// A jump no truck could have made, there and back.
    ImpossibleJump,
    /// A reading of a fixed reader that no register knows.
    UnknownReader,
    /// A reading of a tag that no truck carries, or by a truck of one that is no beacon.
    UnknownTag,
    /// Older than the history kept for its truck: only a replay judges it.
    BeyondHorizon,
    /// Of a plate never heard of, when [`super::TRUCKS_MAX`] are followed already.
    TooManyTrucks,
    /// Later than the moment the judgement is asked for.
    AfterUntil,
}

/// Counts since the judge was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JudgeCounters {
    /// Reports handed in.
    pub reports: u64,
    /// Of these, equal to one already there (all but `received` counts).
    pub duplicates: u64,
    /// Reports that take no part, by reason.
    pub set_aside: BTreeMap<SetAside, u64>,
    /// Reports of plates that no register knows; they are judged, without a carrier.
    pub unknown_plate: u64,
    /// Reports older than the newest of their truck.
    pub late: u64,
    /// Times a truck was taken back to a checkpoint.
    pub rewinds: u64,
    /// Reports folded again by these.
    pub rewind_steps: u64,
    /// What rules forgot because a bounded memory of a truck was full, by rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub forgotten: BTreeMap<&'static str, u64>,
}

impl JudgeCounters {
    /// Counts a report that takes no part.
    pub fn set_aside(&mut self, reason: SetAside) {
        *self.set_aside.entry(reason).or_default() += 1;
    }

    /// Adds everything another one counted.
    pub fn add(&mut self, other: &Self) {
        let Self { reports, duplicates, set_aside, unknown_plate, late, rewinds, rewind_steps, forgotten } =
            other;
        self.reports += reports;
        self.duplicates += duplicates;
        for (reason, count) in set_aside {
            *self.set_aside.entry(*reason).or_default() += count;
        }
        self.unknown_plate += unknown_plate;
        self.late += late;
        self.rewinds += rewinds;
        self.rewind_steps += rewind_steps;
        for (rule, count) in forgotten {
            *self.forgotten.entry(rule).or_default() += count;
        }
    }

    /// Puts a truck's counts in place of what it told before.
    pub(super) fn replace(&mut self, before: FoldCounts, after: FoldCounts) {
        let mut move_on = |reason, before: u64, after: u64| {
            if before != after {
                let count = self.set_aside.entry(reason).or_default();
                *count = (*count + after).saturating_sub(before);
            }
        };
        move_on(SetAside::FarFromMedian, before.far_from_median, after.far_from_median);
        move_on(SetAside::OtherSerial, before.other_serial, after.other_serial);
        move_on(SetAside::ImpossibleJump, before.impossible_jump, after.impossible_jump);
        move_on(SetAside::UnknownReader, before.unknown_reader, after.unknown_reader);
        move_on(SetAside::UnknownTag, before.unknown_tag, after.unknown_tag);
        let (old, new) = (before.forgotten, after.forgotten);
        for (rule, old, new) in [
            ("SE-02", old.wash_runs, new.wash_runs),
            ("TM-01", old.silences, new.silences),
            ("TM-02", old.episodes, new.episodes),
            ("TR-04", old.contradictions, new.contradictions),
        ] {
            if old != new {
                let count = self.forgotten.entry(rule).or_default();
                *count = (*count + new).saturating_sub(old);
            }
        }
        self.unknown_plate = (self.unknown_plate + after.unknown_plate).saturating_sub(before.unknown_plate);
    }
}
