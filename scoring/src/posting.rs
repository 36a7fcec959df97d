//! What a confirmed case costs: from case, history and catalogue to an entry draft.
//!
//! Amount = base × escalation × k, in integers, rounded half up once, here. All three are frozen in the entry, so a later
//! change of the fleet or of the catalogue moves nothing that was posted; an escalation is not lowered when the earlier
//! case it rests on is reversed (the case is then reversed too and decided anew under its own number).

mod marks;

use std::num::NonZeroU32;

use chrono::Months;
use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};

use crate::catalogue::{Catalogue, LookupError};
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::incident;
use crate::label::{Label, Note};
use crate::ledger::{AMOUNT_CP_MAX, EntryDraft, EntryKind, LedgerEntry};
use crate::rule::{Circumstance, Class, Repeat, Rule, family};

pub use marks::{Adjustment, adjust, cap_note, cycle_open, delist, list, list_notice};

/// An earlier act of the same truck under the same rule escalates a later one within this many days.
pub const REPEAT_DAYS: i64 = 30;
/// Escalation of the first, the second, and every further act, in thousandths.
pub const ESCALATION_PERMILLE: [u32; 3] = [1000, 1500, 2000];
/// Fleet size up to which class A is not diluted.
pub const FLEET_UNDILUTED_A: u32 = 10;
/// Fleet size up to which classes B and C are not diluted; 0.1 at 30 trucks, Zhengzhou's 10 : 1 between truck and company.
pub const FLEET_UNDILUTED_BC: u32 = 3;

/// A case an officer has confirmed: the only way into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedCase {
    /// The case number, unique in the city.
    pub case_no: Label,
    /// The rule as detected, with or without its grade.
    pub rule: RuleCode,
    /// The grade, when the rule has grades and `rule` does not name one: `facts.band` of the violation.
    pub band: Option<String>,
    /// The truck.
    pub plate: Plate,
    /// The company that answers.
    pub uscc: Uscc,
    /// The haul it happened on.
    pub trip: Option<HaulId>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// When it ended.
    pub occurred_until: Timestamp,
    /// Day on which the decision became final.
    pub final_date: LocalDate,
    /// The penalty decision, when there is one.
    pub decision_no: Option<Label>,
    /// What makes the same act cost less or more, as the officer found it.
    pub circumstances: Vec<Circumstance>,
}

/// Why nothing is posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostingError {
    /// The catalogue has no rule for the act.
    #[error("case {case_no} cannot be posted")]
    Rule {
        /// The case.
        case_no: Label,
        /// Which rule, and why not.
        #[source]
        source: LookupError,
    },
    /// The rule no longer applied on the day of posting; a milder new law prevails (行政处罚法 37).
    #[error("case {case_no} cannot be posted: rule {code} applied when it happened, but no longer on {date}")]
    Repealed {
        /// The case.
        case_no: Label,
        /// The rule.
        code: RuleCode,
        /// The day of posting.
        date: LocalDate,
    },
    /// The case is in the ledger: posting it again changes nothing.
    #[error("case {case_no} is posted already, as entry {seq}")]
    Posted {
        /// The case.
        case_no: Label,
        /// Its entry.
        seq: u64,
    },
    /// The act ends before it begins.
    #[error("case {case_no} ends at {occurred_until}, before it begins at {occurred_at}")]
    Backwards {
        /// The case.
        case_no: Label,
        /// Its beginning.
        occurred_at: Timestamp,
        /// Its end.
        occurred_until: Timestamp,
    },
    /// An adjustment that moves nothing or too much.
    #[error("adjustment {case_no} moves {amount_cp} centi-points: 1 to {AMOUNT_CP_MAX} either way are taken")]
    Adjustment {
        /// Its number.
        case_no: Label,
        /// What it would move.
        amount_cp: i64,
    },
    /// More references than an entry carries.
    #[error("{case_no} refers to {refs} entries, at most {} are taken", crate::ledger::REFS_MAX)]
    Refs {
        /// The case.
        case_no: Label,
        /// How many.
        refs: usize,
    },
    /// Only deductions, repairs and adjustments are reversed, only deductions repaired.
    #[error("entry {seq} is a {kind}: {what}")]
    Kind {
        /// The entry.
        seq: u64,
        /// What it is.
        kind: EntryKind,
        /// What can be done to which kind.
        what: &'static str,
    },
    /// The record has not stood long enough for a cure to count.
    #[error("entry {seq} cannot be repaired before {earliest}")]
    TooEarly {
        /// The entry.
        seq: u64,
        /// First day on which it can.
        earliest: LocalDate,
    },
    /// The company broke the same rule again while the record had to stay clean.
    #[error(
        "entry {seq} cannot be repaired: entry {again} shows the same rule broken again before {earliest}"
    )]
    NotClean {
        /// The entry.
        seq: u64,
        /// The later one.
        again: u64,
        /// First day on which it could have been repaired.
        earliest: LocalDate,
    },
}

/// Base × escalation × dilution in centi-points, half up, held within 0 to [`AMOUNT_CP_MAX`]. A denominator of 0 reads
/// as 1.
pub fn amount_cp(base_cp: i64, esc_permille: u32, k_num: u32, k_den: u32) -> i64 {
    let numerator =
        i128::from(base_cp.clamp(0, AMOUNT_CP_MAX)) * i128::from(esc_permille) * i128::from(k_num);
    let denominator = 1000 * i128::from(k_den.max(1));
    let rounded = (2 * numerator + denominator) / (2 * denominator);
    i64::try_from(rounded).unwrap_or(AMOUNT_CP_MAX).min(AMOUNT_CP_MAX)
}

/// Dilution by fleet size as (numerator, denominator): min(1, 10/N) for class A, min(1, 3/N) for B and C.
pub fn dilution(class: Class, fleet_n: NonZeroU32) -> (u32, u32) {
    let undiluted = match class {
        Class::A => FLEET_UNDILUTED_A,
        Class::B | Class::C => FLEET_UNDILUTED_BC,
    };
    if fleet_n.get() <= undiluted { (1, 1) } else { (undiluted, fleet_n.get()) }
}

/// The deduction for a confirmed case.
///
/// `company_history` is what the ledger holds of the company (entries of others are passed over); `fleet_n` its average
/// of active trucks in the cycle so far. The rule is the one at the time of the act; where the one in force at posting
/// costs less, that one (行政处罚法 37).
pub fn deduction(
    confirmed: &ConfirmedCase,
    company_history: &[LedgerEntry],
    catalogue: &Catalogue,
    fleet_n: NonZeroU32,
    posted_at: Timestamp,
    posted_by: Label,
) -> Result<EntryDraft, PostingError> {
    let case_no = confirmed.case_no.clone();
    let ConfirmedCase { occurred_at, occurred_until, .. } = *confirmed;
    if occurred_until < occurred_at {
        return Err(PostingError::Backwards { case_no, occurred_at, occurred_until });
    }
    let posted =
        |entry: &&LedgerEntry| entry.kind == EntryKind::Deduct && entry.case_no.as_ref() == Some(&case_no);
    if let Some(entry) = company_history.iter().find(posted) {
        return Err(PostingError::Posted { case_no, seq: entry.seq });
    }
    let rule = milder_rule(confirmed, catalogue, posted_at)?;
    let esc_permille = escalation_permille(confirmed, rule, company_history);
    let (k_num, k_den) = dilution(rule.class, fleet_n);
    Ok(EntryDraft {
        kind: EntryKind::Deduct,
        cycle: Cycle::of(occurred_at),
        uscc: confirmed.uscc.clone(),
        plate: Some(confirmed.plate.clone()),
        case_no: Some(case_no),
        decision_no: confirmed.decision_no.clone(),
        final_date: Some(confirmed.final_date),
        rule: Some(rule.code.clone()),
        table_version: Some(rule.table_version.clone()),
        class: Some(rule.class),
        severity: Some(rule.severity),
        base_cp: rule.base_cp,
        vehicle_cp: rule.vehicle_cp,
        esc_permille,
        fleet_n: fleet_n.get(),
        k_num,
        k_den,
        amount_cp: amount_cp(rule.base_cp, esc_permille, k_num, k_den),
        occurred_at: Some(occurred_at),
        occurred_until: Some(occurred_until),
        posted_at,
        posted_by,
        trip: confirmed.trip,
        publicity_end: Some(months_after(confirmed.final_date, rule.severity.publicity_months_max())),
        refs: Vec::new(),
        note: Note::default(),
    })
}

/// Undoes a deduction, a repair or an adjustment: the score becomes what it would be had the entry never been posted.
pub fn reversal(
    entry: &LedgerEntry,
    reason: Note,
    decision_no: Option<Label>,
    posted_at: Timestamp,
    posted_by: Label,
) -> Result<EntryDraft, PostingError> {
    if !matches!(entry.kind, EntryKind::Deduct | EntryKind::Repair | EntryKind::Adjust) {
        let what = "only a deduction, a repair or an adjustment can be reversed";
        return Err(PostingError::Kind { seq: entry.seq, kind: entry.kind, what });
    }
    // A repair shares its case with the deduction; only the deduction's reversal may take the case's one reversal id.
    let case_no = if entry.kind == EntryKind::Deduct { entry.case_no.clone() } else { None };
    Ok(EntryDraft {
        kind: EntryKind::Reverse,
        case_no,
        decision_no,
        final_date: Some(posted_at.local_date()),
        posted_at,
        posted_by,
        publicity_end: None,
        refs: vec![entry.id],
        note: reason,
        ..entry.body.clone()
    })
}

/// Credit for a cure of one deduction: all of a minor entry at once, half of a general one after 3 months without the
/// same rule broken again, all of a serious one after 12 such months (scale after 国办发〔2025〕22号).
pub fn repair(
    entry: &LedgerEntry,
    company_history: &[LedgerEntry],
    reason: Note,
    posted_at: Timestamp,
    posted_by: Label,
) -> Result<EntryDraft, PostingError> {
    let (seq, kind) = (entry.seq, entry.kind);
    let (EntryKind::Deduct, Some(severity), Some(rule), Some(final_date)) =
        (kind, entry.severity, &entry.rule, entry.final_date)
    else {
        return Err(PostingError::Kind { seq, kind, what: "only a deduction with its rule can be repaired" });
    };
    let today = posted_at.local_date();
    let earliest = months_after(final_date, severity.publicity_months_min());
    if today < earliest {
        return Err(PostingError::TooEarly { seq, earliest });
    }
    let again = standing(company_history, &entry.uscc).find(|other| {
        let broken_on = other.occurred_at.map(Timestamp::local_date);
        other.id != entry.id
            && other.rule.as_ref().is_some_and(|code| family(code) == family(rule))
            && broken_on.is_some_and(|date| final_date <= date && date < earliest)
    });
    if let Some(again) = again {
        return Err(PostingError::NotClean { seq, again: again.seq, earliest });
    }
    Ok(EntryDraft {
        kind: EntryKind::Repair,
        amount_cp: amount_cp(entry.amount_cp, severity.repair_permille(), 1, 1),
        final_date: Some(today),
        posted_at,
        posted_by,
        publicity_end: None,
        refs: vec![entry.id],
        note: reason,
        ..entry.body.clone()
    })
}

/// Deductions of the company that no reversal has undone.
fn standing<'a>(history: &'a [LedgerEntry], uscc: &'a Uscc) -> impl Iterator<Item = &'a LedgerEntry> {
    let reversed: std::collections::BTreeSet<EntryId> = history
        .iter()
        .filter(|entry| entry.kind == EntryKind::Reverse)
        .flat_map(|entry| entry.refs.iter().copied())
        .collect();
    history.iter().filter(move |entry| {
        entry.kind == EntryKind::Deduct && entry.uscc == *uscc && !reversed.contains(&entry.id)
    })
}

fn milder_rule<'a>(
    confirmed: &ConfirmedCase,
    catalogue: &'a Catalogue,
    posted_at: Timestamp,
) -> Result<&'a Rule, PostingError> {
    let then = catalogue
        .resolve(&confirmed.rule, confirmed.band.as_deref(), confirmed.occurred_at)
        .map_err(|source| PostingError::Rule { case_no: confirmed.case_no.clone(), source })?;
    // An act dated after its posting is a clock out of step, not a change of law.
    let Some(now) = catalogue.rule_at(&then.code, posted_at.max(confirmed.occurred_at)) else {
        return Err(PostingError::Repealed {
            case_no: confirmed.case_no.clone(),
            code: then.code.clone(),
            date: posted_at.local_date(),
        });
    };
    Ok(if now.base_cp < then.base_cp { now } else { then })
}

/// The larger of two counts decides: earlier acts of the same truck within [`REPEAT_DAYS`], and for class A earlier acts
/// of the company in the cycle; both under the same rule in whatever grade. What belongs to the same incident is one
/// act, not a repetition.
fn escalation_permille(confirmed: &ConfirmedCase, rule: &Rule, history: &[LedgerEntry]) -> u32 {
    let act =
        incident::Span { trip: confirmed.trip, start: confirmed.occurred_at, end: confirmed.occurred_until };
    let earlier = |entry: &&LedgerEntry| {
        entry.rule.as_ref().is_some_and(|code| family(code) == family(&rule.code))
            && entry.occurred_at.is_some_and(|time| time <= confirmed.occurred_at)
            && !incident::same(&act, &incident::Span::of(entry))
    };
    let window_start = confirmed.occurred_at.plus_seconds(-REPEAT_DAYS * 86_400);
    let (mut of_truck, mut of_company): (usize, usize) = (0, 0);
    for entry in standing(history, &confirmed.uscc).filter(earlier) {
        let recent = entry.occurred_at.is_some_and(|time| time >= window_start);
        of_truck += usize::from(recent && entry.plate.as_ref() == Some(&confirmed.plate));
        of_company += usize::from(entry.cycle == Cycle::of(confirmed.occurred_at));
    }
    let before = if rule.class == Class::A { of_truck.max(of_company) } else { of_truck };
    let standard = ESCALATION_PERMILLE[before.min(ESCALATION_PERMILLE.len() - 1)];
    match rule.repeat {
        Repeat::Standard => standard,
        Repeat::RemindFirst if of_company == 0 => 0,
        Repeat::RemindFirst => standard,
        Repeat::None => ESCALATION_PERMILLE[0],
    }
}

fn months_after(date: LocalDate, months: u32) -> LocalDate {
    date.checked_add_months(Months::new(months)).unwrap_or(LocalDate::MAX)
}
