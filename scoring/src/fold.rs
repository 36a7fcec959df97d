//! The score of a company in a cycle, as a fold over its entries.
//!
//! `S = 100.00 − ΣA − ΣB − min(ΣC, 35.00) + ΣR`, over the deductions that count:
//! - a deduction that a reversal refers to does not count, nor does any repair of it;
//! - of one incident one deduction counts, see [`crate::incident`];
//! - a repair gives back at most what its deduction takes. Where class C is above its cap, the cure first melts what lay
//!   above it, so ΣR is the difference the repairs make to the sum, and S never passes 100.00.
//!
//! The outcome depends on the set of entries only, never on their order. Not done here: the limit of 30.00 points per
//! haul, the vehicle's own score, and the rating of companies with too few hauls as "not rated".

use std::collections::{BTreeMap, BTreeSet};

use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};

use crate::band::Band;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::incident::{self, Candidate, Span};
use crate::label::Label;
use crate::ledger::{AMOUNT_CP_MAX, EntryKind, LedgerEntry};
use crate::posting::amount_cp;
use crate::rule::{Class, Severity};
use crate::score_row::ScoreRow;
use crate::words::words;

/// The score every company begins a cycle with.
pub const FULL_SCORE_CP: i64 = 10_000;
/// Most that class C takes in a cycle: traffic trifles and paperwork alone end at 65.00, above the black list.
pub const CLASS_C_CAP_CP: i64 = 3_500;

words!(
    /// Which formula.
    Profile {
        /// The default: diluted by fleet size, class C capped.
        FleetFair = "fleet-fair",
        /// For comparison: base × escalation of every incident, no dilution, no cap.
        PlainSum = "plain-sum",
    }
);

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
    /// What it takes from the score before the cap: `amount_cp − repaired_cp`, or 0 when it does not count.
    pub counted_cp: i64,
    /// Why.
    pub verdict: Verdict,
}

/// A score with everything it is made of. `score_cp = 10000 − a_cp − b_cp − c_capped_cp + r_cp`, and as well
/// `10000 − Σ lines.counted_cp + cap_relief_cp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The company.
    pub uscc: Uscc,
    /// The year.
    pub cycle: Cycle,
    /// The formula.
    pub profile: Profile,
    /// The score in centi-points; may be negative.
    pub score_cp: i64,
    /// Σ of counted deductions of class A, before repairs.
    pub a_cp: i64,
    /// Σ of class B.
    pub b_cp: i64,
    /// Σ of class C before the cap.
    pub c_cp: i64,
    /// Σ of class C as it counts.
    pub c_capped_cp: i64,
    /// What repairs give back.
    pub r_cp: i64,
    /// What the cap leaves out of the counted lines.
    pub cap_relief_cp: i64,
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
        Band::of(self.score_cp)
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
            deductions: self.deductions,
        }
    }

    /// The deductions that count.
    pub fn counted(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.verdict == Verdict::Counted)
    }
}

/// The score of `uscc` in `cycle`. Entries of other companies and years are passed over, so a whole ledger may be given;
/// an id that occurs twice counts once, by its lower sequence number.
pub fn score<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    uscc: &Uscc,
    cycle: Cycle,
    profile: Profile,
) -> Score {
    let mut by_id: BTreeMap<EntryId, &LedgerEntry> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| entry.uscc == *uscc) {
        let held = by_id.entry(entry.id).or_insert(entry);
        if entry.seq < held.seq {
            *held = entry;
        }
    }
    let reversed = reversals(&by_id);
    let repaired = repairs(&by_id, &reversed);
    let mut lines: Vec<Line> = by_id
        .values()
        .filter(|entry| entry.kind == EntryKind::Deduct && entry.cycle == cycle)
        .map(|entry| line(entry, profile, reversed.get(&entry.id), repaired.get(&entry.id)))
        .collect();
    lines.sort_by_key(|line| (line.occurred_at, line.id));
    settle_incidents(&mut lines, &by_id, profile);
    let newest = by_id.values().max_by_key(|entry| entry.seq);
    sum(uscc.clone(), cycle, profile, lines, newest.map(|entry| (entry.seq, entry.id)))
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

/// What is reversed, and by which entry (the earliest).
fn reversals(by_id: &BTreeMap<EntryId, &LedgerEntry>) -> BTreeMap<EntryId, u64> {
    let mut reversed = BTreeMap::new();
    for entry in by_id.values().filter(|entry| entry.kind == EntryKind::Reverse) {
        for reference in &entry.refs {
            let by_seq = reversed.entry(*reference).or_insert(entry.seq);
            *by_seq = entry.seq.min(*by_seq);
        }
    }
    reversed
}

/// What each deduction was given back by repairs that stand.
fn repairs(
    by_id: &BTreeMap<EntryId, &LedgerEntry>,
    reversed: &BTreeMap<EntryId, u64>,
) -> BTreeMap<EntryId, i64> {
    let mut repaired: BTreeMap<EntryId, i64> = BTreeMap::new();
    let stands = |entry: &&&LedgerEntry| entry.kind == EntryKind::Repair && !reversed.contains_key(&entry.id);
    for entry in by_id.values().filter(stands) {
        // The first reference is the deduction; a credit is never split.
        if let Some(deduction) = entry.refs.first() {
            let credit = repaired.entry(*deduction).or_default();
            *credit = credit.saturating_add(entry.amount_cp.clamp(0, AMOUNT_CP_MAX));
        }
    }
    repaired
}

fn line(entry: &LedgerEntry, profile: Profile, reversed_by: Option<&u64>, credit: Option<&i64>) -> Line {
    let posted_cp = entry.amount_cp.clamp(0, AMOUNT_CP_MAX);
    let (amount_cp, k) = match profile {
        Profile::FleetFair => (posted_cp, (entry.k_num, entry.k_den)),
        Profile::PlainSum => (amount_cp(entry.base_cp, entry.esc_permille, 1, 1), (1, 1)),
    };
    let repaired_cp = credit.map_or(0, |credit| credit_under(profile, *credit, posted_cp, amount_cp));
    let verdict = match reversed_by {
        Some(by_seq) => Verdict::Reversed { by_seq: *by_seq },
        None => Verdict::Counted,
    };
    Line {
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
        counted_cp: amount_cp - repaired_cp,
        verdict,
    }
}

/// A credit is written in posted centi-points; the plain sum takes the same share of its own amount, half up.
fn credit_under(profile: Profile, credit_cp: i64, posted_cp: i64, amount_cp: i64) -> i64 {
    if credit_cp >= posted_cp {
        return amount_cp;
    }
    match profile {
        Profile::FleetFair => credit_cp,
        Profile::PlainSum => {
            let (share, whole) =
                (i128::from(credit_cp) * i128::from(amount_cp), i128::from(posted_cp.max(1)));
            i64::try_from((2 * share + whole) / (2 * whole)).unwrap_or(amount_cp).min(amount_cp)
        }
    }
}

fn settle_incidents(lines: &mut [Line], by_id: &BTreeMap<EntryId, &LedgerEntry>, profile: Profile) {
    let standing: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].verdict == Verdict::Counted).collect();
    let candidates: Vec<Candidate> = standing
        .iter()
        .filter_map(|&at| by_id.get(&lines[at].id).map(|entry| (at, Span::of(entry))))
        .map(|(at, span)| Candidate {
            span,
            amount_cp: lines[at].counted_cp,
            capped: profile == Profile::FleetFair && lines[at].class == Class::C,
        })
        .collect();
    let counts = incident::choose(&candidates, CLASS_C_CAP_CP);
    let mut counting: BTreeMap<Option<HaulId>, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate().filter(|(at, _)| counts[*at]) {
        counting.entry(candidate.span.trip).or_default().push(at);
    }
    for (at, candidate) in candidates.iter().enumerate().filter(|(at, _)| !counts[*at]) {
        let rivals = counting.get(&candidate.span.trip).map_or(&[][..], Vec::as_slice);
        let rival = rivals.iter().find(|rival| incident::same(&candidate.span, &candidates[**rival].span));
        let counted_seq = rival.map_or(0, |rival| lines[standing[*rival]].seq);
        lines[standing[at]].verdict = Verdict::SameIncident { counted_seq };
    }
    for line in lines.iter_mut().filter(|line| line.verdict != Verdict::Counted) {
        line.counted_cp = 0;
    }
}

fn sum(
    uscc: Uscc,
    cycle: Cycle,
    profile: Profile,
    lines: Vec<Line>,
    newest: Option<(u64, EntryId)>,
) -> Score {
    let counted = || lines.iter().filter(|line| line.verdict == Verdict::Counted);
    let gross = |class| total(counted().filter(|line| line.class == class).map(|line| line.amount_cp));
    let net_c = total(counted().filter(|line| line.class == Class::C).map(|line| line.counted_cp));
    let net = total(counted().map(|line| line.counted_cp));
    let cap_cp = if profile == Profile::FleetFair { CLASS_C_CAP_CP } else { i64::MAX };
    let (a_cp, b_cp, c_cp) = (gross(Class::A), gross(Class::B), gross(Class::C));
    let c_capped_cp = c_cp.min(cap_cp);
    let cap_relief_cp = net_c - net_c.min(cap_cp);
    let taken_cp = net.saturating_sub(cap_relief_cp);
    let gross_cp = a_cp.saturating_add(b_cp).saturating_add(c_capped_cp);
    Score {
        uscc,
        cycle,
        profile,
        score_cp: FULL_SCORE_CP.saturating_sub(taken_cp),
        a_cp,
        b_cp,
        c_cp,
        c_capped_cp,
        r_cp: gross_cp.saturating_sub(taken_cp),
        cap_relief_cp,
        deductions: counted().count(),
        newest_seq: newest.map_or(0, |newest| newest.0),
        newest_id: newest.map(|newest| newest.1),
        lines,
    }
}

fn total(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}
