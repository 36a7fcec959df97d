//! The score of a company in a cycle, as a fold over its entries.
//!
//! `S = 100.00 − ΣA − ΣB − min(ΣC, 35.00) + ΣR − ΣJ`, over the deductions that count:
//! - a deduction that a reversal refers to does not count, nor does any repair of it;
//! - of one incident one deduction counts, and one haul takes at most 30.00 before dilution, see [`crate::incident`];
//! - a repair gives back at most what its deduction takes. Where a cap holds, the cure first melts what lay above it, so
//!   ΣR is the difference the repairs make to the sum;
//! - J are adjustments by decision; they may give, but S never passes 100.00.
//!
//! The outcome depends on the set of entries only, never on their order. The sums are [`crate::tally`]'s; this module adds
//! what became of every line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};

use crate::band::Band;
use crate::columns::Columns;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::incident::Span;
use crate::label::Label;
use crate::ledger::{EntryKind, LedgerEntry};
use crate::posting::circumstances_of;
use crate::profile::{Dilution, Terms, Year};
use crate::rule::{Circumstance, Class, Severity};
use crate::score_row::ScoreRow;
use crate::tally::{Outcome, Sums, Tally, tally_with_outcomes};

pub use crate::profile::Profile;

/// The score every company begins a cycle with.
pub const FULL_SCORE_CP: i64 = 10_000;
/// What became of a deduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counted,
    /// It belongs to the same incident as an entry that counts.
    SameIncident {
        /// That entry.
        counted_seq: u64,
    },
    /// It was reversed.
    Reversed {
        /// The reversal.
        by_seq: u64,
    },
}

/// One deduction and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its entry.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Its case.
    pub case_no: Option<Label>,
    /// Its decision.
    pub decision_no: Option<Label>,
    /// Its rule.
    pub rule: Option<RuleCode>,
    /// The catalogue table.
    pub table_version: Option<String>,
    /// Its class; an entry without one counts as A.
    pub class: Class,
    /// How grave.
    pub severity: Option<Severity>,
    /// The truck.
    pub plate: Option<Plate>,
    /// The haul.
    pub trip: Option<HaulId>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// Last day the record may be shown in public.
    pub publicity_end: Option<LocalDate>,
    /// Points of the rule.
    pub base_cp: i64,
    /// Escalation in thousandths.
    pub esc_permille: u32,
    /// Dilution as (numerator, denominator) under the profile.
    pub k: (u32, u32),
    /// Fleet size frozen in the entry.
    pub fleet_n: u32,
    /// What it takes by itself, centi-points.
    pub amount_cp: i64,
    /// What repairs give back of it, at most `amount_cp`.
    pub repaired_cp: i64,
    /// What it takes from the score before the cap on class C: `amount_cp − repaired_cp`, less what the haul cap cuts, or
    /// 0 when it does not count.
    pub counted_cp: i64,
    /// Why.
    pub verdict: Verdict,
    /// Circumstances that made the base another than the rule's own.
    pub circumstances: Vec<Circumstance>,
}

/// A score with everything it is made of. `score_cp = 10000 − a_cp − b_cp − c_capped_cp + r_cp − adjust_cp`, and as well
/// `10000 − Σ lines.counted_cp + cap_relief_cp − adjust_cp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The company.
    pub uscc: Uscc,
    /// The year; of a rolling year the one its last day is in.
    pub cycle: Cycle,
    /// The formula.
    pub profile: Profile,
    /// The moment it is looked at from: the last one of a calendar year.
    pub as_of: Timestamp,
    /// The score in centi-points; may be negative.
    pub score_cp: i64,
    /// Σ of counted deductions of class A, the haul cap applied, before repairs.
    pub a_cp: i64,
    /// Σ of class B.
    pub b_cp: i64,
    /// Σ of class C before the cap.
    pub c_cp: i64,
    /// Σ of class C as it counts.
    pub c_capped_cp: i64,
    /// What repairs give back.
    pub r_cp: i64,
    /// What the cap on class C leaves out of the counted lines.
    pub cap_relief_cp: i64,
    /// What the haul cap leaves out of the counted lines.
    pub haul_relief_cp: i64,
    /// What adjustments take, or give when negative, as far as the score does not pass 100.00.
    pub adjust_cp: i64,
    /// How many deductions count.
    pub deductions: usize,
    /// Sequence number of the newest entry of the company, of whatever kind and year; 0 when there is none.
    pub newest_seq: u64,
    /// Its id.
    pub newest_id: Option<EntryId>,
    /// Every deduction of the cycle, by time of the act and then id.
    pub lines: Vec<Line>,
}

impl Score {
    /// The band it stands in.
    pub fn band(&self) -> Band {
        Band::under(self.score_cp, &self.terms().bands)
    }

    /// The version of the profile it goes by.
    pub fn terms(&self) -> &'static Terms {
        self.profile.terms_of(self.cycle, self.as_of)
    }

    /// The score as one row of a city's table.
    pub fn row(&self) -> ScoreRow {
        ScoreRow {
            uscc: self.uscc.clone(),
            cycle: self.cycle,
            score_cp: self.score_cp,
            a_cp: self.a_cp,
            b_cp: self.b_cp,
            c_cp: self.c_cp,
            c_capped_cp: self.c_capped_cp,
            r_cp: self.r_cp,
            adjust_cp: self.adjust_cp,
            deductions: self.deductions,
        }
    }

    /// The deductions that count.
    pub fn counted(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.verdict == Verdict::Counted)
    }
}

/// The score of `uscc` in `cycle`. Entries of other companies and years are passed over, so a whole ledger may be given;
/// an id that occurs twice counts once, by its lower sequence number. A rolling profile looks from the year's last moment.
pub fn score<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    uscc: &Uscc,
    cycle: Cycle,
    profile: Profile,
) -> Score {
    Folded::of(entries, uscc, cycle.last_moment(), profile).score(cycle, cycle.last_moment())
}

/// The score of `uscc` as a rolling profile sees it at `as_of`; under a calendar profile that of the year `as_of` is in.
pub fn score_as_of<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    uscc: &Uscc,
    as_of: Timestamp,
    profile: Profile,
) -> Score {
    Folded::of(entries, uscc, as_of, profile).score(Cycle::of(as_of), as_of)
}

/// The scores of every company in every year in which it has an entry.
pub fn city(entries: &[LedgerEntry], profile: Profile) -> BTreeMap<(Uscc, Cycle), Score> {
    let mut companies: BTreeMap<&Uscc, Vec<&LedgerEntry>> = BTreeMap::new();
    for entry in entries {
        companies.entry(&entry.uscc).or_default().push(entry);
    }
    let mut scores = BTreeMap::new();
    for (uscc, own) in companies {
        let cycles: BTreeSet<Cycle> = own.iter().map(|entry| entry.cycle).collect();
        for cycle in cycles {
            scores.insert((uscc.clone(), cycle), score(own.iter().copied(), uscc, cycle, profile));
        }
    }
    scores
}

/// A company's entries folded once, for every year of a calendar profile; a rolling one at one moment. Scores are read
/// from it without folding again.
#[derive(Debug)]
pub struct Folded<'a> {
    uscc: Uscc,
    profile: Profile,
    own: Vec<&'a LedgerEntry>,
    columns: Columns,
    /// The entry each row comes from.
    sources: Vec<usize>,
    tally: Tally,
    outcomes: Vec<Outcome>,
}

impl<'a> Folded<'a> {
    /// Folds the entries of `uscc`; others are passed over. `as_of` is the moment a rolling profile looks from.
    pub fn of(
        entries: impl IntoIterator<Item = &'a LedgerEntry>,
        uscc: &Uscc,
        as_of: Timestamp,
        profile: Profile,
    ) -> Self {
        let own: Vec<&LedgerEntry> = entries.into_iter().filter(|entry| entry.uscc == *uscc).collect();
        // One company's entries never reach the limits of columns; a ledger that did would fold to an empty year.
        let (columns, sources) = Columns::of_entries(&own).unwrap_or_default();
        let (tally, outcomes) = tally_with_outcomes(&columns, profile.versions(), as_of);
        Self { uscc: uscc.clone(), profile, own, columns, sources, tally, outcomes }
    }

    fn is_rolling(&self) -> bool {
        self.profile.versions().year() == Year::Rolling
    }

    fn sums(&self, cycle: Cycle) -> Sums {
        let year = match self.is_rolling() {
            false => self.columns.cycles.iter().position(|other| *other == cycle),
            true => (!self.columns.is_empty()).then_some(0),
        };
        year.map_or_else(Sums::default, |year| *self.tally.of(0, year))
    }

    /// The score of a year alone, centi-points.
    pub fn score_cp(&self, cycle: Cycle, as_of: Timestamp) -> i64 {
        self.sums(cycle).score_cp(self.profile.terms_of(cycle, as_of))
    }

    /// The deductions of a year that count, by time of the act and then id.
    pub fn counted(&self, cycle: Cycle) -> Vec<&'a LedgerEntry> {
        let mut counted: Vec<&LedgerEntry> = self
            .outcomes
            .iter()
            .zip(&self.sources)
            .filter(|(outcome, _)| matches!(outcome, Outcome::Counted { .. }))
            .map(|(_, source)| self.own[*source])
            .filter(|entry| self.is_rolling() || entry.cycle == cycle)
            .collect();
        counted.sort_by_key(|entry| (Span::of(entry).start, entry.id));
        counted
    }

    /// The score of a year with the account of every line; `as_of` as it was folded.
    pub fn score(&self, cycle: Cycle, as_of: Timestamp) -> Score {
        let (uscc, profile) = (self.uscc.clone(), self.profile);
        let terms = profile.terms_of(cycle, as_of);
        let sums = self.sums(cycle);
        let lines = self.lines(cycle, terms);
        let newest = self.own.iter().max_by_key(|entry| entry.seq);
        let row = ScoreRow::of_sums(uscc.clone(), cycle, &sums, terms);
        let taken_cp = sums.taken_cp(terms);
        let before_haul_cap = lines
            .iter()
            .filter(|line| line.verdict == Verdict::Counted)
            .map(|line| line.amount_cp - line.repaired_cp)
            .fold(0, i64::saturating_add);
        Score {
            uscc,
            cycle,
            profile,
            as_of,
            score_cp: row.score_cp,
            a_cp: row.a_cp,
            b_cp: row.b_cp,
            c_cp: row.c_cp,
            c_capped_cp: row.c_capped_cp,
            r_cp: row.r_cp,
            cap_relief_cp: sums.open_cp.saturating_add(sums.capped_cp).saturating_sub(taken_cp),
            haul_relief_cp: before_haul_cap.saturating_sub(sums.open_cp).saturating_sub(sums.capped_cp),
            adjust_cp: row.adjust_cp,
            deductions: row.deductions,
            newest_seq: newest.map_or(0, |newest| newest.seq),
            newest_id: newest.map(|newest| newest.id),
            lines,
        }
    }

    fn lines(&self, cycle: Cycle, terms: &Terms) -> Vec<Line> {
        let reversals = reversals(&self.own);
        let mut lines: Vec<Line> = Vec::with_capacity(self.outcomes.len());
        for (row, outcome) in self.outcomes.iter().enumerate() {
            let entry = self.own[self.sources[row]];
            if *outcome != Outcome::Aside && (self.is_rolling() || entry.cycle == cycle) {
                let counted = |row: usize| self.own[self.sources[row]].seq;
                lines.extend(line(entry, terms, *outcome, &reversals, counted));
            }
        }
        lines.sort_by_key(|line| (line.occurred_at, line.id));
        lines
    }
}

/// What is reversed, and by which entry (the earliest).
fn reversals(entries: &[&LedgerEntry]) -> HashMap<EntryId, u64> {
    let mut reversed = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Reverse) {
        for reference in &entry.refs {
            let by_seq = reversed.entry(*reference).or_insert(entry.seq);
            *by_seq = entry.seq.min(*by_seq);
        }
    }
    reversed
}

fn line(
    entry: &LedgerEntry,
    terms: &Terms,
    outcome: Outcome,
    reversals: &HashMap<EntryId, u64>,
    seq_of: impl Fn(usize) -> u64,
) -> Option<Line> {
    let whole = terms.dilution == Dilution::Whole;
    let k = if whole { (1, 1) } else { (entry.k_num, entry.k_den) };
    let own_cp = crate::posting::amount_cp(entry.base_cp, entry.esc_permille, k.0, k.1);
    let (verdict, amount_cp, repaired_cp, counted_cp) = match outcome {
        Outcome::Aside => return None,
        Outcome::Reversed => {
            let by_seq = reversals.get(&entry.id).copied().unwrap_or(0);
            (Verdict::Reversed { by_seq }, if whole { own_cp } else { entry.amount_cp }, 0, 0)
        }
        Outcome::Counted { amount_cp, repaired_cp, counted_cp } => {
            (Verdict::Counted, amount_cp, repaired_cp, counted_cp)
        }
        Outcome::SameIncident { amount_cp, repaired_cp, counted_row } => {
            (Verdict::SameIncident { counted_seq: seq_of(counted_row) }, amount_cp, repaired_cp, 0)
        }
    };
    Some(Line {
        seq: entry.seq,
        id: entry.id,
        case_no: entry.case_no.clone(),
        decision_no: entry.decision_no.clone(),
        rule: entry.rule.clone(),
        table_version: entry.table_version.clone(),
        class: entry.class.unwrap_or(Class::A),
        severity: entry.severity,
        plate: entry.plate.clone(),
        trip: entry.trip,
        occurred_at: Span::of(entry).start,
        publicity_end: entry.publicity_end,
        base_cp: entry.base_cp,
        esc_permille: entry.esc_permille,
        k,
        fleet_n: entry.fleet_n,
        amount_cp,
        repaired_cp,
        counted_cp,
        verdict,
        circumstances: circumstances_of(&entry.note),
    })
}
