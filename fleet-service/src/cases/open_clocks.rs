//! Which clocks run, from what is stored: what has to be done until when, by whom, under which law. Pure.

use domain::{Authority, LocalDate, Timestamp};
use scoring::Calendar;
use scoring::due::{self, Due, Step};
use serde::Serialize;
use utoipa::ToSchema;

use super::appeal::{Appeal, AppealState};
use super::case_file::{CaseFile, CaseState};
use super::listing_file::{FileState, ListingFile};
use crate::store::StoredClue;

/// One clock that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenClock {
    /// The step, as `handle_objection`.
    pub step: &'static str,
    /// The step in Chinese.
    pub step_zh: &'static str,
    /// The step in English.
    pub step_en: &'static str,
    /// Law and article.
    pub basis: &'static str,
    /// `case`, `appeal`, `listing` or `clue`.
    pub kind: &'static str,
    /// Number of the case, appeal or file, id of the clue.
    pub subject: String,
    /// The authority it concerns.
    #[schema(value_type = String)]
    pub authority: Authority,
    /// Who has to act: `authority` or `company`.
    pub owed_by: &'static str,
    /// The company, if there is one.
    pub uscc: Option<String>,
    /// The day it began; the next day is the first.
    #[schema(value_type = String)]
    pub began: LocalDate,
    /// The last day.
    #[schema(value_type = String)]
    pub due: LocalDate,
    /// Whether that day has passed.
    pub overdue: bool,
    /// Whether the last day rests on holidays not announced yet.
    pub provisional: bool,
    /// Working days left, today not counted; 0 when none are.
    pub working_days_left: u32,
}

/// Everything clocks may run on.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Cases that are not closed.
    pub cases: Vec<CaseFile>,
    /// Open appeals.
    pub appeals: Vec<Appeal>,
    /// Open listing files.
    pub files: Vec<ListingFile>,
    /// Clues that traffic police have to review.
    pub clues: Vec<StoredClue>,
}

struct Subject {
    kind: &'static str,
    subject: String,
    authority: Authority,
    uscc: Option<String>,
}

/// The clocks that run at a moment, the earliest last day first.
pub fn open_clocks(standing: &Standing, now: Timestamp, calendar: &Calendar) -> Vec<OpenClock> {
    let today = now.local_date();
    let mut clocks = Vec::new();
    let mut put = |step: Step, subject: Subject, began: LocalDate, due: Due, owed_by: &'static str| {
        let clock = due::clock(step);
        clocks.push(OpenClock {
            step: step.word(),
            step_zh: clock.zh,
            step_en: clock.en,
            basis: clock.basis,
            kind: subject.kind,
            subject: subject.subject,
            authority: subject.authority,
            owed_by,
            uscc: subject.uscc,
            began,
            due: due.last_day,
            overdue: due.is_over(now),
            provisional: due.provisional,
            working_days_left: calendar.working_days_between(today, due.last_day),
        });
    };
    for case in &standing.cases {
        let subject = |authority| Subject {
            kind: "case",
            subject: case.number.to_string(),
            authority,
            uscc: case.uscc.as_ref().map(ToString::to_string),
        };
        for (step, authority, began, owed_by) in of_case(case) {
            put(step, subject(authority), began, due::due(step, began, calendar), owed_by);
        }
    }
    for appeal in standing.appeals.iter().filter(|appeal| appeal.state == AppealState::Open) {
        let subject = || Subject {
            kind: "appeal",
            subject: appeal.number.clone(),
            authority: appeal.authority,
            uscc: Some(appeal.uscc.to_string()),
        };
        let due = Due { last_day: appeal.due, provisional: appeal.provisional };
        put(appeal.step, subject(), appeal.lodged.local_date(), due, "authority");
        if let Some(asked) = &appeal.source_asked {
            let provisional = calendar.is_provisional(asked.answer_by);
            let due = Due { last_day: asked.answer_by, provisional };
            put(Step::SourceAnswers, subject(), asked.at.local_date(), due, "authority");
        }
    }
    for file in standing.files.iter().filter(|file| file.state == FileState::Served) {
        let Some(notice) = &file.notice else { continue };
        let (Some(served), Some(last_day)) = (notice.served, notice.object_until) else { continue };
        let subject = Subject {
            kind: "listing",
            subject: file.number.clone(),
            authority: file.authority,
            uscc: Some(file.uscc.to_string()),
        };
        put(
            Step::ObjectToNotice,
            subject,
            served,
            Due { last_day, provisional: notice.provisional },
            "company",
        );
    }
    for clue in &standing.clues {
        let began = clue.opened.local_date();
        let subject = Subject {
            kind: "clue",
            subject: clue.violation.id.to_string(),
            authority: Authority::Police,
            uscc: clue.violation.carrier_uscc.as_ref().map(ToString::to_string),
        };
        put(Step::ReviewTraffic, subject, began, due::due(Step::ReviewTraffic, began, calendar), "authority");
    }
    clocks.sort_by(|a, b| (a.due, &a.subject, a.step).cmp(&(b.due, &b.subject, b.step)));
    clocks
}

/// The clocks of a case: step, whose, since when, who has to act.
fn of_case(case: &CaseFile) -> Vec<(Step, Authority, LocalDate, &'static str)> {
    let mut clocks = Vec::new();
    let filed = case.filed.local_date();
    match case.state {
        CaseState::UnderReview | CaseState::Confirmed => {
            clocks.push((Step::Decide, case.authority, filed, "authority"));
            clocks.push((Step::TimeBar, case.authority, case.occurred_until.local_date(), "authority"));
        }
        CaseState::Decided => {
            if let Some(decision) = &case.decision {
                clocks.push((Step::ApplyReconsideration, case.authority, decision.served, "company"));
            }
        }
        CaseState::Reconsidered | CaseState::Final | CaseState::Rejected | CaseState::Revoked => {}
    }
    if let Some(over) = &case.hand_over {
        match (over.received, over.executed, &over.answer) {
            (None, ..) => clocks.push((Step::HandOver, over.from, over.at.local_date(), "authority")),
            (Some(_), Some(executed), None) => {
                clocks.push((Step::AnswerHandOver, over.to, executed, "authority"));
            }
            _ => {}
        }
    }
    clocks
}
