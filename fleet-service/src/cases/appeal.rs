//! Objections and requests for repair: what a company asks, until when it is answered, and the answer. Pure.

use domain::{Authority, LocalDate, Timestamp, Uscc};
use scoring::due::{self, Due, Step};
use scoring::{Calendar, EntryId};
use serde::{Deserialize, Serialize};

use super::act_error::ActError;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealKind {
    /// The record is wrong, or the listing is.
    Objection,
    /// The record is right, and what it is about has been put right.
    Repair,
}

impl AppealKind {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Objection => "objection",
            Self::Repair => "repair",
        }
    }
}

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A deduction.
    Entry {
        /// Its number in the ledger.
        seq: u64,
        /// Its id.
        id: EntryId,
        /// Its case.
        case_no: String,
    },
    /// A listing file.
    File {
        /// Its number.
        number: String,
    },
}

impl Target {
    /// What it is about in one text: what the database looks it up by.
    pub fn key(&self) -> String {
        match self {
            Self::Entry { id, .. } => format!("entry {id}"),
            Self::File { number } => format!("file {number}"),
        }
    }
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// Waits for an answer.
    Open,
    /// Granted.
    Upheld,
    /// Refused.
    Rejected,
    /// Taken back by the company.
    Withdrawn,
}

impl AppealState {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upheld => "upheld",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The source of the record was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAsked {
    /// Who was asked.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Last day for its answer.
    pub answer_by: LocalDate,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDecision {
    /// When.
    pub at: Timestamp,
    /// The officer, or the company that took it back.
    pub by: String,
    /// Number of the document, when there is one.
    pub number: Option<String>,
    /// Why.
    pub reason: String,
    /// Whether it came after its last day.
    pub late: bool,
    /// The ledger entry it led to.
    pub ledger_seq: Option<u64>,
}

/// An objection or a request for repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Its number, unique.
    pub number: String,
    /// What is asked.
    pub kind: AppealKind,
    /// What it is about.
    pub target: Target,
    /// The company.
    pub uscc: Uscc,
    /// Who answers.
    pub authority: Authority,
    /// When it came in.
    pub lodged: Timestamp,
    /// Who brought it: the company's person, or an officer who took it on paper.
    pub lodged_by: String,
    /// The company's grounds; of a repair, what was put right and the proof of it.
    pub grounds: String,
    /// Where it stands.
    pub state: AppealState,
    /// The clock that runs.
    pub step: Step,
    /// Last day for the answer.
    pub due: LocalDate,
    /// Whether that day rests on holidays not announced yet.
    pub provisional: bool,
    /// The source, when it was asked.
    pub source_asked: Option<SourceAsked>,
    /// The answer.
    pub decision: Option<AppealDecision>,
}

/// The clock of an appeal when it comes in.
fn step(kind: AppealKind, target: &Target, authority: Authority) -> Step {
    match (kind, target, authority) {
        (AppealKind::Repair, ..) => Step::Repair,
        (AppealKind::Objection, Target::Entry { .. }, Authority::Police) => Step::HandleTrafficObjection,
        (AppealKind::Objection, ..) => Step::HandleObjection,
    }
}

/// What a company brings.
pub struct Lodged {
    /// The number it gets.
    pub number: String,
    /// What is asked.
    pub kind: AppealKind,
    /// What it is about.
    pub target: Target,
    /// The company.
    pub uscc: Uscc,
    /// Who answers.
    pub authority: Authority,
    /// Who brought it.
    pub by: String,
    /// Its grounds.
    pub grounds: String,
}

impl Appeal {
    /// Takes one in: its clock begins.
    pub fn lodge(lodged: Lodged, now: Timestamp, calendar: &Calendar) -> Self {
        let step = step(lodged.kind, &lodged.target, lodged.authority);
        let Due { last_day, provisional } = due::due(step, now.local_date(), calendar);
        Self {
            number: lodged.number,
            kind: lodged.kind,
            target: lodged.target,
            uscc: lodged.uscc,
            authority: lodged.authority,
            lodged: now,
            lodged_by: lodged.by,
            grounds: lodged.grounds,
            state: AppealState::Open,
            step,
            due: last_day,
            provisional,
            source_asked: None,
            decision: None,
        }
    }

    fn must_be_open(&self) -> Result<(), ActError> {
        if self.state == AppealState::Open {
            return Ok(());
        }
        Err(ActError::state(
            format!("{} is {} already", self.number, self.state.word()),
            format!("{}已办结，不能再次处理", self.number),
        ))
    }

    /// Asks the source of the record: the longer clock holds, counted from the day the objection came in.
    pub fn ask_source(
        mut self,
        source: String,
        by: String,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Result<Self, ActError> {
        self.must_be_open()?;
        if self.step != Step::HandleObjection || self.source_asked.is_some() {
            return Err(ActError::state(
                "the source is asked once, of an objection the platform handles itself",
                "仅可对平台自行处理的异议向信息来源核查一次",
            ));
        }
        let answer = due::due(Step::SourceAnswers, now.local_date(), calendar);
        self.source_asked = Some(SourceAsked { source, at: now, by, answer_by: answer.last_day });
        self.step = Step::HandleObjectionWithSource;
        let Due { last_day, provisional } = due::due(self.step, self.lodged.local_date(), calendar);
        self.due = last_day;
        self.provisional = provisional;
        Ok(self)
    }

    /// Ends it.
    pub fn end(mut self, state: AppealState, mut decision: AppealDecision) -> Result<Self, ActError> {
        self.must_be_open()?;
        decision.late = decision.at.local_date() > self.due;
        self.state = state;
        self.decision = Some(decision);
        Ok(self)
    }
}
