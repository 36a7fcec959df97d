//! The file of one listing or exit: from the proposal over notice, objection and decision to the day the company is off
//! the list again. Pure: every step takes its day and gives the next standing or says why not.
//!
//! ```text
//! proposed ─▶ noticed ─▶ served ─(window over, no objection open)─▶ listed ─▶ delisted
//!    │           │          │                                    └▶ exited ─▶ readmitted
//!    └───────────┴──────────┴─▶ withdrawn (the score recovered) or refused (decided against)
//! ```
//! At `notice_working_days = 0` a score below 60.00 opens a file that is `listed` from the start, unless an entry it rests on
//! is contested: then it waits as `proposed`.

use std::collections::BTreeSet;

use domain::{Authority, LocalDate, Timestamp, Uscc};
use scoring::due::{self, Due, Unit};
use scoring::triggers::Trigger;
use scoring::{Cycle, EntryId, Score};
use serde::{Deserialize, Serialize};

use super::act_error::ActError;
use super::reentry::Ban;
use super::settings::Settings;
use crate::feed::record::{Cause, Particulars};

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// A person of the deciding authority has to look at it.
    Proposed,
    /// The notice is written.
    Noticed,
    /// The company has it; its time to object runs.
    Served,
    /// On the black list.
    Listed,
    /// Off it again.
    Delisted,
    /// Out of the directory of companies.
    Exited,
    /// An exit that was lifted before its ban was over.
    Readmitted,
    /// The score recovered before anything was decided.
    Withdrawn,
    /// Decided against.
    Refused,
}

impl FileState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Proposed,
        Self::Noticed,
        Self::Served,
        Self::Listed,
        Self::Delisted,
        Self::Exited,
        Self::Readmitted,
        Self::Withdrawn,
        Self::Refused,
    ];

    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Noticed => "noticed",
            Self::Served => "served",
            Self::Listed => "listed",
            Self::Delisted => "delisted",
            Self::Exited => "exited",
            Self::Readmitted => "readmitted",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    /// Whether something is still to be decided.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Noticed | Self::Served)
    }
}

/// What a file asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The black list.
    List,
    /// Out of the directory, with a ban on coming back.
    Exit,
}

/// Why a file was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    /// The score fell below 60.00.
    Score,
    /// A trigger that calls for a human decision whatever the score.
    Trigger {
        /// In words.
        what: String,
        /// Which, when the ledger itself called for it.
        #[serde(default)]
        trigger: Option<Trigger>,
        /// The entries it rests on.
        #[serde(default)]
        entries: Vec<EntryId>,
    },
}

/// A written notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number.
    pub number: String,
    /// When it was written.
    pub at: Timestamp,
    /// The officer.
    pub by: String,
    /// Its text, Markdown.
    pub text: String,
    /// The day it was served; the next day is the first of the window.
    pub served: Option<LocalDate>,
    /// The last day on which the company may object.
    pub object_until: Option<LocalDate>,
    /// Whether that day rests on holidays not announced yet.
    #[serde(default)]
    pub provisional: bool,
}

/// A decision on a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDecision {
    /// Its number.
    pub number: String,
    /// When.
    pub at: Timestamp,
    /// The officer.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingFile {
    /// Its number, unique.
    pub number: String,
    /// The company.
    pub uscc: Uscc,
    /// Its name then.
    pub name: String,
    /// The year whose score is meant.
    pub cycle: Cycle,
    /// Why it was opened.
    pub why: Why,
    /// What it asks for.
    pub measure: Measure,
    /// Where it stands.
    pub state: FileState,
    /// When it was opened.
    pub opened: Timestamp,
    /// The score then, in hundredths.
    pub score_centi: i64,
    /// The behaviours: deductions that count, the largest first.
    pub causes: Vec<Cause>,
    /// Laws and policies it rests on.
    pub legal_basis: Vec<String>,
    /// What follows.
    pub measures: Vec<String>,
    /// How the company comes off.
    pub repair_conditions: Vec<String>,
    /// Who decides.
    pub authority: Authority,
    /// Its name.
    pub authority_name: String,
    /// Last day on which the records it rests on may be public.
    pub term_end: Option<LocalDate>,
    /// The notice, once written.
    pub notice: Option<Notice>,
    /// The decision to list or not, once taken by a person.
    pub decision: Option<FileDecision>,
    /// When the company was listed.
    pub listed: Option<Timestamp>,
    /// When it came off.
    pub delisted: Option<Timestamp>,
    /// Why it ended: off the list, withdrawn or refused.
    pub end_reason: Option<String>,
    /// After an exit: the last day of the ban on coming back.
    pub ban_until: Option<LocalDate>,
}

impl ListingFile {
    /// What the feed tells beside the score and its causes.
    pub fn particulars(&self, score: &Score) -> Particulars {
        let notice = self.notice.as_ref();
        let versions: BTreeSet<String> =
            score.counted().filter_map(|line| line.table_version.clone()).collect();
        let gravest = score.counted().filter_map(|line| line.severity).max();
        Particulars {
            cycle: Some(self.cycle.to_string()),
            table_versions: versions.into_iter().collect(),
            basis: self.legal_basis.clone(),
            authority: Some(self.authority_name.clone()),
            notice_no: notice.map(|notice| notice.number.clone()),
            notice_served_on: notice.and_then(|notice| notice.served),
            decision_no: self.decision.as_ref().map(|decision| decision.number.clone()),
            listed_on: self.listed.map(Timestamp::local_date),
            measures: self.measures.clone(),
            publicity_class: gravest.map(|severity| severity.word().to_owned()),
            publicity_end: self.term_end,
            repair_conditions: self.repair_conditions.clone(),
            removed_on: self.delisted.map(Timestamp::local_date),
            removal_reason: self.delisted.and(self.end_reason.clone()),
            removal_authority: self.delisted.map(|_| self.authority_name.clone()),
            ..Particulars::default()
        }
    }

    /// Whether the file stands where `acts` can be done to it.
    fn stands(&self, fits: bool, en: &str, zh: &str) -> Result<(), ActError> {
        if fits {
            return Ok(());
        }
        Err(ActError::state(
            format!("file {} is {}: {en}", self.number, self.state.word()),
            format!("{}号案卷当前状态为{}，{zh}", self.number, self.state.word()),
        ))
    }

    /// Writes the notice; `text` is made from the file with its number.
    pub fn notice(
        mut self,
        number: String,
        by: String,
        now: Timestamp,
        text: String,
    ) -> Result<Self, ActError> {
        self.stands(
            self.state == FileState::Proposed,
            "a notice is written once, of a proposal",
            "告知书只能在拟列阶段出具一次",
        )?;
        self.notice =
            Some(Notice { number, at: now, by, text, served: None, object_until: None, provisional: false });
        self.state = FileState::Noticed;
        Ok(self)
    }

    /// Notes the day on which the notice was served: the window of `days` working days begins the day after.
    pub fn serve(
        mut self,
        served: LocalDate,
        days: u32,
        calendar: &scoring::Calendar,
        now: Timestamp,
    ) -> Result<Self, ActError> {
        self.stands(self.state == FileState::Noticed, "only a written notice is served", "请先出具告知书")?;
        let Some(notice) = self.notice.as_mut() else {
            return Err(ActError::state("there is no notice to serve", "尚无告知书"));
        };
        if served > now.local_date() || served < notice.at.local_date() {
            return Err(ActError::unfit(
                format!(
                    "a notice of {} cannot be served on {served}: it is served between then and today",
                    notice.at.local_date()
                ),
                "送达日期须在出具之日至今日之间",
            ));
        }
        let Due { last_day, provisional } = due::due_in(days, Unit::WorkingDays, served, calendar);
        notice.served = Some(served);
        notice.object_until = Some(last_day);
        notice.provisional = provisional;
        self.state = FileState::Served;
        Ok(self)
    }

    /// Whether an objection to the notice is in time.
    pub fn takes_objections(&self, now: Timestamp) -> bool {
        match self.state {
            FileState::Noticed => true,
            FileState::Served => self.window().is_some_and(|last_day| now.local_date() <= last_day),
            _ => false,
        }
    }

    /// The last day to object, once served.
    pub fn window(&self) -> Option<LocalDate> {
        self.notice.as_ref().and_then(|notice| notice.object_until)
    }

    /// Whether a decision to list or to exit may be taken now. With a notice period of 0 none has to be given before a
    /// listing; an exit always needs one.
    pub fn may_be_decided(
        &self,
        open_objections: usize,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), ActError> {
        if open_objections > 0 {
            return Err(ActError::state(
                format!("{open_objections} objections are open: decide them first"),
                format!("尚有{open_objections}件异议未处理，暂不能决定"),
            ));
        }
        let at_once = settings.listing.notice_working_days == 0 && self.measure == Measure::List;
        if at_once && self.state == FileState::Proposed {
            return Ok(());
        }
        self.stands(
            self.state == FileState::Served,
            "it is decided after its notice was served",
            "须先出具并送达告知书",
        )?;
        match self.window() {
            Some(last_day) if now.local_date() <= last_day => Err(ActError::state(
                format!("the company may object until {last_day}: decide after that day"),
                format!("异议期至{last_day}，期满后方可决定"),
            )),
            _ => Ok(()),
        }
    }

    /// Decides against.
    pub fn refuse(mut self, decision: FileDecision) -> Result<Self, ActError> {
        self.stands(self.state.is_open(), "nothing is to be decided", "无待决事项")?;
        self.state = FileState::Refused;
        self.end_reason = Some(decision.reason.clone());
        self.decision = Some(decision);
        Ok(self)
    }

    /// The proposal falls away.
    #[must_use]
    pub fn withdraw(mut self, reason: &str) -> Self {
        self.state = FileState::Withdrawn;
        self.end_reason = Some(reason.to_owned());
        self
    }

    /// The company is on the list.
    #[must_use]
    pub fn list(mut self, decision: Option<FileDecision>, score_centi: i64, now: Timestamp) -> Self {
        self.state = FileState::Listed;
        self.listed = Some(now);
        self.score_centi = score_centi;
        self.decision = decision;
        self
    }

    /// The company is off the list.
    #[must_use]
    pub fn delist(mut self, reason: &str, now: Timestamp) -> Self {
        self.state = FileState::Delisted;
        self.delisted = Some(now);
        self.end_reason = Some(reason.to_owned());
        self
    }

    /// The company is out of the directory.
    #[must_use]
    pub fn exit(mut self, decision: FileDecision, ban_years: u32, calendar: &scoring::Calendar) -> Self {
        let from = decision.at.local_date();
        self.state = FileState::Exited;
        self.ban_until = Some(due::due_in(ban_years, Unit::Years, from, calendar).last_day);
        self.decision = Some(decision);
        self
    }

    /// The exit is lifted: the company may come back at once.
    pub fn readmit(mut self, reason: &str) -> Result<Self, ActError> {
        self.stands(
            self.state == FileState::Exited,
            "only an exit that was decided is lifted",
            "仅已移出名录的可撤销移出",
        )?;
        self.state = FileState::Readmitted;
        self.end_reason = Some(reason.to_owned());
        Ok(self)
    }

    /// The ban on coming back that runs on a day, of an exit.
    pub fn ban_on(&self, day: LocalDate) -> Option<Ban> {
        let until = self.ban_until.filter(|until| self.state == FileState::Exited && day <= *until)?;
        Some(Ban {
            uscc: self.uscc.clone(),
            name: self.name.clone(),
            file: self.number.clone(),
            decision_no: self.decision.as_ref().map(|decision| decision.number.clone()).unwrap_or_default(),
            until,
        })
    }
}
