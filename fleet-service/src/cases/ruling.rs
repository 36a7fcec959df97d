//! What follows from an officer's decision: the clue's new standing, the ledger entries, a change of the black list.
//! Pure: nothing is read or stored here.

use domain::Timestamp;
use scoring::catalogue::LookupError;
use scoring::label::{LABEL_CHARS_MAX, TextError};
use scoring::posting::PostingError;
use scoring::{Circumstance, Cycle, Label, Rule};

use super::case_file::{CaseFile, CaseState, Source, counts_on};
use super::circumstances::{self, CircumstanceError};
use super::company::{Aftermath, Company, Ground};
use crate::store::{ClueEvent, ClueState, Officer, StoredClue, StoredDecision};
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
    #[error("the clue is {} already{}: only a pending clue is decided", state.word(), by_whom(by.as_deref()))]
    NotPending {
        /// How it stands.
        state: ClueState,
        /// Who decided it.
        by: Option<String>,
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
    /// The rule has no points for the circumstances.
    #[error(transparent)]
    Circumstances(#[from] CircumstanceError),
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

fn by_whom(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", by {name}"))
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
    /// The case it became, when it was confirmed.
    pub case: Option<CaseFile>,
    /// What followed for the company, when the case counts already.
    pub aftermath: Option<Aftermath>,
}

/// What an officer says of a clue.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Why, or what was found.
    pub reason: String,
    /// What makes the act cost other points than its rule says; of a confirmation alone.
    pub circumstances: Vec<Circumstance>,
}

/// A decision as it is taken.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// Who takes it.
    pub officer: &'a Officer,
    /// What is decided.
    pub outcome: Outcome,
    /// Why, and under which circumstances.
    pub said: &'a Said,
    /// When.
    pub now: Timestamp,
    /// How often a decision on the same clue was withdrawn before.
    pub withdrawn_before: u64,
}

/// Decides one clue. `company` is the one that answers, when the truck has one; entries that follow are pushed to its book.
pub fn rule(
    clue: &StoredClue,
    deciding: &Deciding<'_>,
    company: Option<&mut Company>,
    ground: &Ground<'_>,
) -> Result<Ruling, RulingError> {
    let Deciding { officer, outcome, said, now, withdrawn_before } = *deciding;
    let reason = checked_reason(&said.reason)?;
    let violation = &clue.violation;
    let rule = ground
        .catalogue
        .resolve(&violation.rule, band(violation), violation.start)
        .map_err(RulingError::NoRule)?;
    if !officer.role.decides() || !rule.is_answered_by(officer.authority) {
        return Err(RulingError::NotYours { rule: rule.code.to_string(), authority: rule.authority.word() });
    }
    if clue.state != ClueState::Pending {
        let by = clue.decision.as_ref().map(|decision| decision.by.clone());
        return Err(RulingError::NotPending { state: clue.state, by });
    }
    let mut case = match outcome {
        Outcome::Confirm => {
            circumstances::fit(rule, &said.circumstances)?;
            let case = case_of(clue, rule, officer, &reason, now, withdrawn_before, ground)?;
            Some(CaseFile { circumstances: said.circumstances.clone(), ..case })
        }
        Outcome::Reject => None,
    };
    let aftermath = match (case.as_mut().filter(|case| case.is_due_to_count()), company) {
        (Some(case), Some(company)) => {
            let by = label(&officer.name)?;
            Some(company.count(case, now, &by, ground).map_err(RulingError::Posting)?)
        }
        _ => None,
    };
    let remark = match &case {
        None => format!("rejected: {reason}"),
        Some(case) if case.uscc.is_none() => {
            format!("confirmed without a deduction, the truck belongs to no registered company: {reason}")
        }
        Some(case) if case.ledger_seq.is_none() => {
            format!("confirmed, counts when the decision is final: {reason}")
        }
        Some(_) => format!("confirmed: {reason}"),
    };
    let decision = StoredDecision {
        at: now,
        by: officer.name.clone(),
        reason,
        on: violation.clone(),
        ledger_seq: case.as_ref().and_then(|case| case.ledger_seq),
        points_centi: case.as_ref().and_then(|case| case.points_centi),
    };
    let state = match outcome {
        Outcome::Confirm => ClueState::Confirmed,
        Outcome::Reject => ClueState::Rejected,
    };
    Ok(Ruling {
        outcome,
        clue: StoredClue { state, decision: Some(decision), ..clue.clone() },
        event: ClueEvent { at: now, what: remark, by: officer.name.clone() },
        case,
        aftermath,
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

/// One clue is one case: its id makes the number unique, and posting it twice impossible. A confirmation that was withdrawn
/// keeps its number; the next one's says which it is.
fn case_of(
    clue: &StoredClue,
    rule: &Rule,
    officer: &Officer,
    reason: &str,
    now: Timestamp,
    withdrawn_before: u64,
    ground: &Ground<'_>,
) -> Result<CaseFile, RulingError> {
    let violation = &clue.violation;
    Ok(CaseFile {
        number: label(&match withdrawn_before {
            0 => format!("{}-{}", Cycle::of(violation.start), violation.id),
            times => format!("{}-{}-{}", Cycle::of(violation.start), violation.id, times + 1),
        })?,
        source: Source::Clue,
        clue: Some(violation.id),
        authority: officer.authority,
        rule: rule.code.clone(),
        plate: violation.plate.clone(),
        uscc: violation.carrier_uscc.clone(),
        trip: violation.trip,
        occurred_at: violation.start,
        occurred_until: violation.end.max(violation.start),
        filed: now,
        officers: vec![officer.name.clone()],
        fact: reason.to_owned(),
        circumstances: Vec::new(),
        state: CaseState::Confirmed,
        counts_on: counts_on(rule, ground.settings),
        decision: None,
        final_date: None,
        ledger_seq: None,
        points_centi: None,
        hand_over: None,
        end_reason: None,
    })
}
