//! What a confirmed case costs: from case, history and catalogue to an entry draft.
//!
//! Amount = base × escalation × k, in integers, rounded half up once, here. All three are frozen in the entry, so a later
//! change of the fleet or of the catalogue moves nothing that was posted; an escalation is not lowered when the earlier
//! case it rests on is reversed (the case is then reversed too and decided anew under its own number).

mod marks;

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use chrono::Months;
use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};

use crate::catalogue::{Catalogue, LookupError};
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::incident;
use crate::label::{Label, Note};
use crate::ledger::{AMOUNT_CP_MAX, EntryDraft, EntryKind, LedgerEntry};
use crate::profile::Profile;
use crate::rule::{Circumstance, Class, OncePer, Repeat, Rule, family, vehicle_cp};

pub use marks::{Adjustment, adjust, cap_note, cycle_open, delist, exit, list, list_notice, readmit};

/// The profile entries are posted under.
const TERMS_OF: Profile = Profile::FleetFair;

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
    /// A circumstance the rule does not know, or more than one.
    #[error("case {case_no} cannot be posted: rule {code} has no points for the circumstances {given}")]
    Circumstance {
        /// The case.
        case_no: Label,
        /// The rule.
        code: RuleCode,
        /// The circumstances, separated by commas.
        given: String,
    },
    /// The rule counts once a day or inspection, and did so.
    #[error(
        "case {case_no} cannot be posted: rule {code} counts once, and entry {seq} counts for the same day"
    )]
    OncePer {
        /// The case.
        case_no: Label,
        /// The rule.
        code: RuleCode,
        /// The entry that counts.
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

/// Dilution by fleet size as (numerator, denominator) under the default profile on a day: min(1, 10/N) for class A,
/// min(1, 3/N) for B and C.
pub fn dilution(class: Class, fleet_n: NonZeroU32, on: LocalDate) -> (u32, u32) {
    TERMS_OF.terms_on(on).dilution(class, fleet_n)
}

/// How a deduction's note begins that names circumstances.
const CIRCUMSTANCES: &str = "circumstances: ";

/// The note of a deduction, which says under what circumstances its base was taken; empty when there were none.
fn note_of(circumstances: &[Circumstance]) -> Note {
    let words = circumstances.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        return Note::default();
    }
    // Words of the catalogue, a few at most: never too long for a note.
    format!("{CIRCUMSTANCES}{words}").parse().unwrap_or_default()
}

/// The circumstances a deduction's note names.
pub fn circumstances_of(note: &Note) -> Vec<Circumstance> {
    let named = note.as_str().strip_prefix(CIRCUMSTANCES);
    named.into_iter().flat_map(|words| words.split(", ")).filter_map(Circumstance::from_word).collect()
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
    let circumstances = &confirmed.circumstances;
    let base_cp = rule.base_under(circumstances).ok_or_else(|| PostingError::Circumstance {
        case_no: case_no.clone(),
        code: rule.code.clone(),
        given: circumstances.iter().map(|one| one.word()).collect::<Vec<_>>().join(", "),
    })?;
    if let Some(entry) = counted_already(confirmed, rule, company_history) {
        return Err(PostingError::OncePer { case_no, code: rule.code.clone(), seq: entry.seq });
    }
    let whole_haul = whole_haul_rules(rule, catalogue, occurred_at);
    let esc_permille = escalation_permille(confirmed, rule, company_history, &whole_haul);
    let (k_num, k_den) = dilution(rule.class, fleet_n, occurred_at.local_date());
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
        base_cp,
        vehicle_cp: vehicle_cp(rule.authority, base_cp),
        esc_permille,
        fleet_n: fleet_n.get(),
        k_num,
        k_den,
        amount_cp: amount_cp(base_cp, esc_permille, k_num, k_den),
        occurred_at: Some(occurred_at),
        occurred_until: Some(occurred_until),
        posted_at,
        posted_by,
        // What is added to another rule is never one incident with anything.
        trip: confirmed.trip.filter(|_| rule.added_to.is_empty()),
        publicity_end: Some(months_after(confirmed.final_date, rule.severity.publicity_months_max())),
        refs: first_of_act(confirmed, company_history, &whole_haul).into_iter().collect(),
        note: note_of(circumstances),
    })
}

/// Rules, without grades, that are one act with `rule` for a whole haul: itself and those the catalogue names together with it,
/// on either side; empty when there is none.
fn whole_haul_rules<'a>(rule: &'a Rule, catalogue: &'a Catalogue, at: Timestamp) -> BTreeSet<&'a str> {
    let own = family(&rule.code);
    let named = rule.highest_of.iter().map(family);
    let naming = catalogue
        .rules()
        .filter(|other| other.applies_on(at.local_date()))
        .filter(|other| other.highest_of.iter().any(|code| family(code) == own))
        .map(|other| family(&other.code));
    let others: BTreeSet<&str> = named.chain(naming).collect();
    if others.is_empty() { others } else { others.into_iter().chain([own]).collect() }
}

fn is_of_act(confirmed: &ConfirmedCase, entry: &LedgerEntry, whole_haul: &BTreeSet<&str>) -> bool {
    confirmed.trip.is_some()
        && entry.trip == confirmed.trip
        && entry.rule.as_ref().is_some_and(|code| whole_haul.contains(family(code)))
}

/// The first deduction of the act in the year, when one was posted before; whether it still stands does not matter.
fn first_of_act(
    confirmed: &ConfirmedCase,
    history: &[LedgerEntry],
    whole_haul: &BTreeSet<&str>,
) -> Option<EntryId> {
    if whole_haul.is_empty() {
        return None;
    }
    let of_act = |entry: &&LedgerEntry| {
        entry.kind == EntryKind::Deduct
            && entry.uscc == confirmed.uscc
            && entry.cycle == Cycle::of(confirmed.occurred_at)
            && is_of_act(confirmed, entry, whole_haul)
    };
    let first = history.iter().filter(of_act).min_by_key(|entry| entry.seq)?;
    Some(first.refs.first().copied().unwrap_or(first.id))
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
        // What it moves, whichever way the entry did.
        amount_cp: entry.amount_cp.saturating_abs(),
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
    let broken_on = entry.occurred_at.unwrap_or(entry.posted_at).local_date();
    let cure = TERMS_OF.terms_on(broken_on).repair.of(severity);
    let earliest = months_after(final_date, cure.after_months);
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
        amount_cp: amount_cp(entry.amount_cp, cure.permille, 1, 1),
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
    let reversed: BTreeSet<EntryId> = history
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
    // A rule that has no points for the circumstances is refused later; here it is not the milder one.
    let cost = |rule: &Rule| rule.base_under(&confirmed.circumstances).unwrap_or(i64::MAX);
    Ok(if cost(now) < cost(then) { now } else { then })
}

/// The standing entry that uses up what the rule counts once.
fn counted_already<'a>(
    confirmed: &'a ConfirmedCase,
    rule: &Rule,
    history: &'a [LedgerEntry],
) -> Option<&'a LedgerEntry> {
    let once_per = rule.once_per?;
    standing(history, &confirmed.uscc).find(|entry| {
        let same_truck = once_per == OncePer::Inspection || entry.plate.as_ref() == Some(&confirmed.plate);
        let day = entry.occurred_at.map(Timestamp::local_date);
        same_truck
            && day == Some(confirmed.occurred_at.local_date())
            && entry.rule.as_ref().is_some_and(|code| family(code) == family(&rule.code))
    })
}

/// The larger of two counts decides: earlier acts of the same truck within 30 days, and for class A earlier acts
/// of the company in the cycle; both under the same rule in whatever grade. What belongs to the same incident is one
/// act, not a repetition.
fn escalation_permille(
    confirmed: &ConfirmedCase,
    rule: &Rule,
    history: &[LedgerEntry],
    whole_haul: &BTreeSet<&str>,
) -> u32 {
    let act =
        incident::Span { trip: confirmed.trip, start: confirmed.occurred_at, end: confirmed.occurred_until };
    let earlier = |entry: &&LedgerEntry| {
        entry.rule.as_ref().is_some_and(|code| family(code) == family(&rule.code))
            && entry.occurred_at.is_some_and(|time| time <= confirmed.occurred_at)
            && !incident::same(&act, &incident::Span::of(entry))
            && !is_of_act(confirmed, entry, whole_haul)
    };
    let terms = TERMS_OF.terms_on(confirmed.occurred_at.local_date()).escalation;
    let window_start = confirmed.occurred_at.plus_seconds(-i64::from(terms.same_truck_days) * 86_400);
    let (mut of_truck, mut of_company): (usize, usize) = (0, 0);
    for entry in standing(history, &confirmed.uscc).filter(earlier) {
        let recent = entry.occurred_at.is_some_and(|time| time >= window_start);
        of_truck += usize::from(recent && entry.plate.as_ref() == Some(&confirmed.plate));
        of_company += usize::from(entry.cycle == Cycle::of(confirmed.occurred_at));
    }
    let before = if rule.class == Class::A { of_truck.max(of_company) } else { of_truck };
    let standard = terms.permille[before.min(terms.permille.len() - 1)];
    match rule.repeat {
        Repeat::Standard => standard,
        Repeat::RemindFirst if of_company == 0 => 0,
        Repeat::RemindFirst => standard,
        Repeat::None => terms.permille[0],
    }
}

fn months_after(date: LocalDate, months: u32) -> LocalDate {
    date.checked_add_months(Months::new(months)).unwrap_or(LocalDate::MAX)
}
