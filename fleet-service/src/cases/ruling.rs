//! What follows from an officer's decision: the clue's new standing, the ledger entries, a change of the black list.
//! Pure: nothing is read or stored here.

use std::num::NonZeroU32;

use domain::{Registry, Timestamp, Uscc};
use scoring::catalogue::LookupError;
use scoring::label::{LABEL_CHARS_MAX, TextError};
use scoring::ledger::{LedgerEntry, append};
use scoring::listing::ListingChange;
use scoring::posting::{ConfirmedCase, PostingError, deduction};
use scoring::{Catalogue, Cycle, Label, Profile, Score, fold, listing};

use crate::feed::event::{Action, Cause};
use crate::feed::publish::Listing;
use crate::store::{ClueEvent, ClueState, Officer, StoredClue, StoredDecision};
use crate::view::carrier::fleet_size;
use crate::view::clue::band;

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;

/// What an officer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Proved.
    Confirm,
    /// Not proved.
    Reject,
}

impl Outcome {
    /// The act in one word, for the audit trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reject => "reject",
        }
    }
}

/// Why a decision cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulingError {
    /// Decided or withdrawn before.
    #[error("the clue is {} already: only a pending clue is decided", state.word())]
    NotPending {
        /// How it stands.
        state: ClueState,
    },
    /// No reason.
    #[error("a decision needs a reason: write one")]
    NoReason,
    /// The reason is too long.
    #[error("the reason has {chars} characters, at most {REASON_CHARS_MAX} are taken: shorten it")]
    LongReason {
        /// Its length.
        chars: usize,
    },
    /// Another authority's rule, or a role that decides nothing.
    #[error("clues under {rule} are decided by an officer of {authority}: hand it over")]
    NotYours {
        /// The rule.
        rule: String,
        /// Whose it is.
        authority: &'static str,
    },
    /// The catalogue had no such rule when it happened.
    #[error("the clue cannot be decided under the rule catalogue")]
    NoRule(#[source] LookupError),
    /// The case cannot be posted.
    #[error("the case cannot be posted to the ledger")]
    Posting(#[source] PostingError),
    /// The officer's name or the case number does not fit the ledger.
    #[error(
        "{text:?} does not fit the ledger: it takes 1 to {LABEL_CHARS_MAX} characters without control characters"
    )]
    Label {
        /// Which text.
        text: String,
        /// Why.
        #[source]
        source: TextError,
    },
}

/// What a decision rests on.
pub struct Ground<'a> {
    /// The rules.
    pub catalogue: &'a Catalogue,
    /// The registers in force.
    pub registry: &'a Registry,
    /// The company's ledger so far.
    pub history: &'a [LedgerEntry],
    /// The newest entry of the whole ledger.
    pub last_entry: Option<&'a LedgerEntry>,
    /// Whether the company is on the black list.
    pub is_listed: bool,
}

/// Everything a decision changes.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// What was decided.
    pub outcome: Outcome,
    /// The clue as it stands after.
    pub clue: StoredClue,
    /// The line of its history.
    pub event: ClueEvent,
    /// What goes to the ledger, when a company answers.
    pub posting: Option<Posting>,
}

/// What a confirmed case does to its company.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The entries, in order: the deduction, and where it tips the score, the listing.
    pub entries: Vec<LedgerEntry>,
    /// The score after them.
    pub score: Score,
    /// The change of the black list.
    pub listing: Option<Listing>,
}

/// Decides one clue.
pub fn rule(
    clue: &StoredClue,
    officer: &Officer,
    outcome: Outcome,
    reason: &str,
    now: Timestamp,
    ground: &Ground<'_>,
) -> Result<Ruling, RulingError> {
    let reason = checked_reason(reason)?;
    let violation = &clue.violation;
    let rule = ground
        .catalogue
        .resolve(&violation.rule, band(violation), violation.start)
        .map_err(RulingError::NoRule)?;
    if !officer.role.decides() || !rule.is_answered_by(officer.authority) {
        return Err(RulingError::NotYours { rule: rule.code.to_string(), authority: rule.authority.word() });
    }
    if clue.state != ClueState::Pending {
        return Err(RulingError::NotPending { state: clue.state });
    }
    let (posting, remark) = match (outcome, &violation.carrier_uscc) {
        (Outcome::Reject, _) => (None, format!("rejected: {reason}")),
        (Outcome::Confirm, None) => (
            None,
            format!("confirmed without a deduction, the truck belongs to no registered company: {reason}"),
        ),
        (Outcome::Confirm, Some(uscc)) => {
            (Some(post(clue, uscc, officer, now, ground)?), format!("confirmed: {reason}"))
        }
    };
    let deduction = posting.as_ref().and_then(|posting| posting.entries.first());
    let decision = StoredDecision {
        at: now,
        by: officer.name.clone(),
        reason,
        on: violation.clone(),
        ledger_seq: deduction.map(|entry| entry.seq),
        points_centi: deduction.map(|entry| entry.amount_cp),
    };
    let state = match outcome {
        Outcome::Confirm => ClueState::Confirmed,
        Outcome::Reject => ClueState::Rejected,
    };
    Ok(Ruling {
        outcome,
        clue: StoredClue { state, decision: Some(decision), ..clue.clone() },
        event: ClueEvent { at: now, what: remark, by: officer.name.clone() },
        posting,
    })
}

fn checked_reason(reason: &str) -> Result<String, RulingError> {
    let reason = reason.trim();
    let chars = reason.chars().count();
    match chars {
        0 => Err(RulingError::NoReason),
        1..=REASON_CHARS_MAX => Ok(reason.to_owned()),
        _ => Err(RulingError::LongReason { chars }),
    }
}

fn label(text: &str) -> Result<Label, RulingError> {
    text.parse().map_err(|source| RulingError::Label { text: text.to_owned(), source })
}

fn post(
    clue: &StoredClue,
    uscc: &Uscc,
    officer: &Officer,
    now: Timestamp,
    ground: &Ground<'_>,
) -> Result<Posting, RulingError> {
    let violation = &clue.violation;
    let posted_by = label(&officer.name)?;
    let case = ConfirmedCase {
        // One clue is one case: its id makes the number unique, and posting it twice impossible.
        case_no: label(&format!("{}-{}", Cycle::of(violation.start), violation.id))?,
        rule: violation.rule.clone(),
        band: band(violation).map(str::to_owned),
        plate: violation.plate.clone(),
        uscc: uscc.clone(),
        trip: violation.trip,
        occurred_at: violation.start,
        occurred_until: violation.end.max(violation.start),
        final_date: now.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    };
    let fleet = NonZeroU32::new(fleet_size(ground.registry, uscc)).unwrap_or(NonZeroU32::MIN);
    let draft = deduction(&case, ground.history, ground.catalogue, fleet, now, posted_by.clone())
        .map_err(RulingError::Posting)?;
    let entry = append(ground.last_entry, draft);
    let cycle = entry.cycle;
    let score = fold::score(ground.history.iter().chain([&entry]), uscc, cycle, Profile::FleetFair);
    // A deduction never takes a company off the list, not even the first of a new year, whose score is still high.
    let change = match listing::next(ground.is_listed, &score) {
        Some(change @ ListingChange::List { .. }) => change,
        Some(ListingChange::Delist) | None => {
            return Ok(Posting { entries: vec![entry], score, listing: None });
        }
    };
    let listed = append(Some(&entry), listing::draft(&change, &score, now, posted_by));
    let name = ground.registry.carriers.get(uscc).map_or_else(|| uscc.to_string(), |c| c.name.clone());
    let cause = listing::causes(&score).iter().map(|c| published(c, ground.catalogue)).collect();
    let listing =
        Listing { action: Action::List, uscc: uscc.clone(), name, score_centi: score.score_cp, cause };
    Ok(Posting { entries: vec![entry, listed], score, listing: Some(listing) })
}

fn published(cause: &listing::Cause, catalogue: &Catalogue) -> Cause {
    let rule = cause.rule.as_ref().and_then(|code| catalogue.rule_at(code, cause.occurred_at));
    Cause {
        rule: cause.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
        rule_name_zh: rule.map(|r| r.name_zh.clone()).unwrap_or_default(),
        rule_name_en: rule.map(|r| r.name_en.clone()).unwrap_or_default(),
        case_no: cause.case_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        occurred_at: cause.occurred_at,
        amount_centi: cause.amount_cp,
    }
}
