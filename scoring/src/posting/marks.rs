//! Entries beside those of a case: adjustments, notices, listings, the opening of a year, the note of a cap.

use domain::{LocalDate, Timestamp, Uscc};

use super::PostingError;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::fold::Score;
use crate::label::{Label, Note};
use crate::ledger::{AMOUNT_CP_MAX, EntryDraft, EntryKind, REFS_MAX};
use crate::listing::causes;

/// A correction of the sum by decision that no case carries: a balance taken over from an earlier platform, a fleet that
/// was counted wrongly, a bonus a city grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Number under which it was decided; one adjustment a number.
    pub case_no: Label,
    /// The document, when it has a number of its own.
    pub decision_no: Option<Label>,
    /// The company.
    pub uscc: Uscc,
    /// The year whose score it moves.
    pub cycle: Cycle,
    /// Centi-points: above 0 it takes, below 0 it gives. No score rises above 100.00 by it.
    pub amount_cp: i64,
    /// The moment it speaks for; the score of a rolling year needs one.
    pub occurred_at: Timestamp,
    /// Day on which it became final.
    pub final_date: LocalDate,
    /// Why.
    pub reason: Note,
    /// Entries it corrects, if any.
    pub refs: Vec<EntryId>,
}

/// The entry of an adjustment. An amount of 0, an amount beyond [`AMOUNT_CP_MAX`] and more than [`REFS_MAX`] references
/// are refused.
pub fn adjust(
    adjustment: Adjustment,
    posted_at: Timestamp,
    posted_by: Label,
) -> Result<EntryDraft, PostingError> {
    let Adjustment { case_no, amount_cp, .. } = adjustment;
    if amount_cp == 0 || amount_cp.unsigned_abs() > AMOUNT_CP_MAX.unsigned_abs() {
        return Err(PostingError::Adjustment { case_no, amount_cp });
    }
    if adjustment.refs.len() > REFS_MAX {
        return Err(PostingError::Refs { case_no, refs: adjustment.refs.len() });
    }
    let draft = EntryDraft::mark(EntryKind::Adjust, adjustment.cycle, adjustment.uscc, posted_at, posted_by);
    Ok(EntryDraft {
        case_no: Some(case_no),
        decision_no: adjustment.decision_no,
        final_date: Some(adjustment.final_date),
        amount_cp,
        occurred_at: Some(adjustment.occurred_at),
        refs: adjustment.refs,
        note: adjustment.reason,
        ..draft
    })
}

/// The company is told that it is about to be listed. Refers to the entry that tipped the score and to the causes.
pub fn list_notice(score: &Score, notice_no: Label, posted_at: Timestamp, posted_by: Label) -> EntryDraft {
    EntryDraft {
        decision_no: Some(notice_no),
        refs: tipping_and_causes(score),
        ..of_score(EntryKind::ListNotice, score, posted_at, posted_by)
    }
}

/// The company goes on the black list. Refers first to its newest entry, so that every listing has an id of its own, then
/// to the causes, the largest first, as far as [`REFS_MAX`] reaches. `term_end` is the last day of the listing where one
/// was set.
pub fn list(
    score: &Score,
    decision_no: Option<Label>,
    term_end: Option<LocalDate>,
    posted_at: Timestamp,
    posted_by: Label,
) -> EntryDraft {
    EntryDraft {
        decision_no,
        publicity_end: term_end,
        refs: tipping_and_causes(score),
        ..of_score(EntryKind::List, score, posted_at, posted_by)
    }
}

/// The company comes off the black list. Refers to its newest entry.
pub fn delist(
    score: &Score,
    decision_no: Option<Label>,
    reason: Note,
    posted_at: Timestamp,
    posted_by: Label,
) -> EntryDraft {
    EntryDraft {
        decision_no,
        refs: score.newest_id.into_iter().collect(),
        note: reason,
        ..of_score(EntryKind::Delist, score, posted_at, posted_by)
    }
}

/// The company is put out of the directory. Refers to its newest entry and to the entries the decision rests on; the last
/// day of the ban on coming back stands as the end of publicity.
pub fn exit(
    score: &Score,
    decision_no: Label,
    rests_on: &[EntryId],
    ban_until: LocalDate,
    posted_at: Timestamp,
    posted_by: Label,
) -> EntryDraft {
    EntryDraft {
        decision_no: Some(decision_no),
        final_date: Some(posted_at.local_date()),
        publicity_end: Some(ban_until),
        refs: score.newest_id.into_iter().chain(rests_on.iter().copied()).take(REFS_MAX).collect(),
        ..of_score(EntryKind::Exit, score, posted_at, posted_by)
    }
}

/// An exit is lifted before its ban is over: the decision was set aside. Refers to the company's newest entry.
pub fn readmit(
    score: &Score,
    decision_no: Label,
    reason: Note,
    posted_at: Timestamp,
    posted_by: Label,
) -> EntryDraft {
    EntryDraft {
        decision_no: Some(decision_no),
        refs: score.newest_id.into_iter().collect(),
        note: reason,
        ..of_score(EntryKind::Readmit, score, posted_at, posted_by)
    }
}

/// Opens a year for a company: once, whatever happens in it. Moves nothing.
pub fn cycle_open(uscc: &Uscc, cycle: Cycle, posted_at: Timestamp, posted_by: Label) -> EntryDraft {
    EntryDraft::mark(EntryKind::CycleOpen, cycle, uscc.clone(), posted_at, posted_by)
}

/// Remarks that a cap holds since the company's newest entry. Moves nothing: the fold caps with or without it.
pub fn cap_note(score: &Score, posted_at: Timestamp, posted_by: Label) -> EntryDraft {
    EntryDraft {
        refs: score.newest_id.into_iter().collect(),
        ..of_score(EntryKind::CapNote, score, posted_at, posted_by)
    }
}

fn of_score(kind: EntryKind, score: &Score, posted_at: Timestamp, posted_by: Label) -> EntryDraft {
    EntryDraft::mark(kind, score.cycle, score.uscc.clone(), posted_at, posted_by)
}

fn tipping_and_causes(score: &Score) -> Vec<EntryId> {
    let causes = causes(score).into_iter().map(|cause| cause.id);
    score.newest_id.into_iter().chain(causes).take(REFS_MAX).collect()
}
