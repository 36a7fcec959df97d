//! On to the black list and off it.
//!
//! Strictly below 60.00 a company is listed, with every deduction that counts as the cause; at 60.00 or above it is taken
//! off. This module states what follows from a score. Notice, objection and the wait for them are the caller's, and so is
//! the choice of the cycle: give the score of the year an entry moved. That a new year begins at 100.00 lifts no listing
//! by itself, because nothing was posted.

use domain::{RuleCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::band::INTERVIEW_FROM_CP;
use crate::digest::EntryId;
use crate::fold::Score;
use crate::label::{Label, Note};
use crate::ledger::EntryDraft;
use crate::posting;

/// One deduction among the causes of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its entry.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Its rule.
    pub rule: Option<RuleCode>,
    /// Its case.
    pub case_no: Option<Label>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// What it takes, centi-points, repairs deducted, before the cap on class C.
    pub amount_cp: i64,
}

/// What follows from a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListingChange {
    /// The company goes on the list.
    List {
        /// Every deduction that counts, the largest first.
        causes: Vec<Cause>,
    },
    /// The company comes off the list.
    Delist,
}

/// The change that `score` calls for, given whether the company is listed; `None` when it stands as it should.
pub fn next(listed_before: bool, score: &Score) -> Option<ListingChange> {
    let below = score.score_cp < INTERVIEW_FROM_CP;
    match (listed_before, below) {
        (false, true) => Some(ListingChange::List { causes: causes(score) }),
        (true, false) => Some(ListingChange::Delist),
        _ => None,
    }
}

/// Every deduction that counts in a score, the largest first, then by time and id.
pub fn causes(score: &Score) -> Vec<Cause> {
    let mut causes: Vec<Cause> = score
        .counted()
        .map(|line| Cause {
            seq: line.seq,
            id: line.id,
            rule: line.rule.clone(),
            case_no: line.case_no.clone(),
            occurred_at: line.occurred_at,
            amount_cp: line.counted_cp,
        })
        .collect();
    causes.sort_by_key(|cause| (std::cmp::Reverse(cause.amount_cp), cause.occurred_at, cause.id));
    causes
}

/// The ledger entry that records a change. It refers first to the entry that tipped the score (the company's newest),
/// then to the causes, the largest first, as far as [`crate::ledger::REFS_MAX`] reaches. `amount_cp` is 0: a listing moves no points.
pub fn draft(change: &ListingChange, score: &Score, posted_at: Timestamp, posted_by: Label) -> EntryDraft {
    match change {
        ListingChange::List { .. } => posting::list(score, None, None, posted_at, posted_by),
        ListingChange::Delist => posting::delist(score, None, Note::default(), posted_at, posted_by),
    }
}
