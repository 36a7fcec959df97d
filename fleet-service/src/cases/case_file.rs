//! A case: one act of one truck, from confirmation over the authority's decision to the day it can no longer be contested.
//! Pure.
//!
//! ```text
//! clue ─▶ confirmed ─▶ decided ─▶ final        counted: as soon as the rule asks, at confirmation or when final
//!            │  ▲          └─▶ under reconsideration ─▶ final (upheld) or revoked (the entry is reversed)
//!            ▼  │
//!      handed over ─▶ under review ─▶ rejected
//! ```

use domain::{Authority, HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc, ViolationId};
use scoring::due::{self, Step};
use scoring::rule::CountsOn;
use scoring::{Calendar, Circumstance, Class, Label, Rule};
use serde::{Deserialize, Serialize};

use super::act_error::ActError;
use super::settings::Settings;

/// When a rule's cases count: as the catalogue says, later where a setting asks for it.
pub fn counts_on(rule: &Rule, settings: &Settings) -> CountsOn {
    let named = |code: &RuleCode| *code == rule.code || code.as_str() == scoring::rule::family(&rule.code);
    if settings.cases.final_decision_rules.iter().any(named) {
        CountsOn::FinalDecision
    } else {
        rule.counts_on
    }
}

/// How many officers have to be named: two (行政处罚法 Art. 42), one where traffic police decide trifles by the simple
/// procedure (道路交通安全违法行为处理程序规定 Art. 42).
pub fn officers_needed(rule: &Rule, authority: Authority) -> usize {
    if authority == Authority::Police && rule.class == Class::C { 1 } else { 2 }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Handed over; the receiving authority has to confirm or reject it.
    UnderReview,
    /// Proved.
    Confirmed,
    /// The authority decided.
    Decided,
    /// The decision is contested before a higher authority or a court.
    Reconsidered,
    /// It can no longer be contested.
    Final,
    /// Not proved.
    Rejected,
    /// The decision was set aside.
    Revoked,
}

impl CaseState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::UnderReview,
        Self::Confirmed,
        Self::Decided,
        Self::Reconsidered,
        Self::Final,
        Self::Rejected,
        Self::Revoked,
    ];

    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnderReview => "under_review",
            Self::Confirmed => "confirmed",
            Self::Decided => "decided",
            Self::Reconsidered => "reconsidered",
            Self::Final => "final",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }
}

/// Where a case came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A device's clue that an officer confirmed.
    Clue,
    /// An officer saw it.
    Officer,
    /// Decided elsewhere and imported.
    Import,
}

/// The authority's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number, unique within the authority.
    pub number: String,
    /// Its date.
    pub date: LocalDate,
    /// The day it was served: the clock of reconsideration begins.
    pub served: LocalDate,
    /// What was decided.
    pub content: String,
    /// The fine, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_fen: Option<u64>,
}

/// A hand-over to another authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// From whom.
    pub from: Authority,
    /// To whom.
    pub to: Authority,
    /// Why.
    pub reason: String,
    /// When it was found to belong elsewhere.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// When the other authority took it.
    pub received: Option<Timestamp>,
    /// When the decision was carried out: the clock of the answer begins.
    pub executed: Option<LocalDate>,
    /// What was answered, and when.
    pub answer: Option<(Timestamp, String)>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// Its number, unique in the city.
    pub number: Label,
    /// Where it came from.
    pub source: Source,
    /// The clue it was.
    pub clue: Option<ViolationId>,
    /// Who answers for it now.
    pub authority: Authority,
    /// The rule, with its grade.
    pub rule: RuleCode,
    /// The truck.
    pub plate: Plate,
    /// The company that answers, when there is one.
    pub uscc: Option<Uscc>,
    /// The haul.
    pub trip: Option<HaulId>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// When it ended.
    pub occurred_until: Timestamp,
    /// When it was filed: the clock of the decision begins.
    pub filed: Timestamp,
    /// The officers named.
    pub officers: Vec<String>,
    /// What was found.
    pub fact: String,
    /// What makes the act cost other points than its rule says.
    #[serde(default)]
    pub circumstances: Vec<Circumstance>,
    /// Where it stands.
    pub state: CaseState,
    /// When it counts.
    pub counts_on: CountsOn,
    /// The decision.
    pub decision: Option<Decision>,
    /// The day on which it became final.
    pub final_date: Option<LocalDate>,
    /// The deduction, once posted.
    pub ledger_seq: Option<u64>,
    /// What it took, in hundredths.
    pub points_centi: Option<i64>,
    /// The hand-over, when there was one.
    pub hand_over: Option<HandOver>,
    /// Why it was rejected or revoked.
    pub end_reason: Option<String>,
}

/// What became of a reconsideration or suit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reconsideration {
    /// It was lodged.
    Lodged,
    /// The decision stands.
    Upheld,
    /// The decision falls.
    Revoked,
}

impl CaseFile {
    /// Whether the case stands where something can be done to it.
    fn must_be(&self, states: &[CaseState], en: &str, zh: &str) -> Result<(), ActError> {
        if states.contains(&self.state) && !self.is_on_its_way() {
            return Ok(());
        }
        let on_its_way = if self.is_on_its_way() { " and handed over" } else { "" };
        Err(ActError::state(
            format!("case {} is {}{on_its_way}: {en}", self.number, self.state.word()),
            format!("{}号案件当前状态不能办理：{zh}", self.number),
        ))
    }

    /// Handed over and not taken yet.
    pub fn is_on_its_way(&self) -> bool {
        self.hand_over.as_ref().is_some_and(|over| over.received.is_none())
    }

    /// The authority decided.
    pub fn decide(
        mut self,
        decision: Decision,
        officers: Vec<String>,
        now: Timestamp,
    ) -> Result<Self, ActError> {
        self.must_be(
            &[CaseState::Confirmed],
            "only a confirmed case is decided",
            "仅已认定的案件可作出决定",
        )?;
        let filed = self.occurred_at.local_date();
        if decision.date < filed || decision.date > now.local_date() || decision.served < decision.date {
            return Err(ActError::unfit(
                format!(
                    "the decision is dated {} and served {}: it lies between the act ({filed}) and today and is served on its day or later",
                    decision.date, decision.served
                ),
                "决定日期须在行为之日至今日之间，送达不早于决定日期",
            ));
        }
        for officer in officers {
            if !self.officers.contains(&officer) {
                self.officers.push(officer);
            }
        }
        self.decision = Some(decision);
        self.state = CaseState::Decided;
        Ok(self)
    }

    /// Last day on which the party can apply for reconsideration.
    pub fn contestable_until(&self, calendar: &Calendar) -> Option<LocalDate> {
        let decision = self.decision.as_ref()?;
        Some(due::due(Step::ApplyReconsideration, decision.served, calendar).last_day)
    }

    /// Whether nobody contested the decision and the time to do so is over: then it is final without anyone's act.
    pub fn is_lapsed(&self, calendar: &Calendar, now: Timestamp) -> bool {
        self.state == CaseState::Decided
            && !self.is_on_its_way()
            && self.contestable_until(calendar).is_some_and(|last_day| last_day < now.local_date())
    }

    /// Nobody contested the decision in time.
    pub fn finalise(mut self, calendar: &Calendar, now: Timestamp) -> Result<Self, ActError> {
        self.must_be(
            &[CaseState::Decided],
            "only an uncontested decision becomes final by time",
            "仅未被申请复议的决定可因期满生效",
        )?;
        match self.contestable_until(calendar) {
            Some(last_day) if now.local_date() <= last_day => Err(ActError::state(
                format!("the decision can be contested until {last_day}: it is final after that day"),
                format!("复议期限至{last_day}，期满后方为生效"),
            )),
            last_day => {
                self.final_date = last_day.or(Some(now.local_date()));
                self.state = CaseState::Final;
                Ok(self)
            }
        }
    }

    /// Notes a reconsideration and what became of it.
    pub fn reconsider(
        mut self,
        what: Reconsideration,
        reason: &str,
        now: Timestamp,
    ) -> Result<Self, ActError> {
        let en = "a decision is contested first, then upheld or revoked";
        let zh = "须先登记复议申请，再登记结果";
        match what {
            Reconsideration::Lodged => {
                self.must_be(&[CaseState::Decided], en, zh)?;
                self.state = CaseState::Reconsidered;
            }
            Reconsideration::Upheld => {
                self.must_be(&[CaseState::Reconsidered], en, zh)?;
                self.state = CaseState::Final;
                self.final_date = Some(now.local_date());
            }
            Reconsideration::Revoked => {
                // An authority may also set its own decision aside.
                self.must_be(&[CaseState::Reconsidered, CaseState::Decided, CaseState::Final], en, zh)?;
                self.state = CaseState::Revoked;
                self.end_reason = Some(reason.to_owned());
            }
        }
        Ok(self)
    }

    /// The officer who confirmed the clue withdraws the confirmation. The clue is free to become a case again, under a
    /// number of its own.
    pub fn withdraw(mut self, reason: &str) -> Result<Self, ActError> {
        self.must_be(
            &[CaseState::Confirmed],
            "only a confirmation that nothing rests on yet is withdrawn",
            "仅尚无后续办理的认定可撤回",
        )?;
        self.state = CaseState::Revoked;
        self.clue = None;
        self.end_reason = Some(reason.to_owned());
        Ok(self)
    }

    /// Hands the case over to another authority before anything is decided or counted.
    pub fn hand_over(
        mut self,
        to: Authority,
        reason: String,
        by: String,
        now: Timestamp,
    ) -> Result<Self, ActError> {
        self.must_be(
            &[CaseState::Confirmed, CaseState::UnderReview],
            "only an undecided case is handed over",
            "仅未决定的案件可移送",
        )?;
        if self.ledger_seq.is_some() {
            return Err(ActError::state(
                format!("case {} counts already: reverse it first by an objection", self.number),
                "该案已计分，须先通过异议撤销",
            ));
        }
        if to == self.authority {
            return Err(ActError::unfit("the case is that authority's already", "该案已属该部门"));
        }
        self.hand_over = Some(HandOver {
            from: self.authority,
            to,
            reason,
            at: now,
            by,
            received: None,
            executed: None,
            answer: None,
        });
        Ok(self)
    }

    /// The other authority takes the case and has to review it.
    pub fn receive(mut self, now: Timestamp) -> Result<Self, ActError> {
        let Some(over) = self.hand_over.as_mut().filter(|over| over.received.is_none()) else {
            return Err(ActError::state("the case is not on its way to anyone", "该案没有待接收的移送"));
        };
        over.received = Some(now);
        self.authority = over.to;
        self.state = CaseState::UnderReview;
        Ok(self)
    }

    /// The receiving authority confirms or rejects.
    pub fn review(mut self, is_proved: bool, reason: &str) -> Result<Self, ActError> {
        self.must_be(
            &[CaseState::UnderReview],
            "only a case under review is confirmed or rejected",
            "仅审核中的案件可认定或驳回",
        )?;
        self.state = if is_proved { CaseState::Confirmed } else { CaseState::Rejected };
        if !is_proved {
            self.end_reason = Some(reason.to_owned());
        }
        Ok(self)
    }

    /// The receiving authority tells that the decision was carried out, and later what came of it.
    pub fn answer(
        mut self,
        executed: LocalDate,
        answer: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ActError> {
        let Some(over) =
            self.hand_over.as_mut().filter(|over| over.received.is_some() && over.answer.is_none())
        else {
            return Err(ActError::state(
                "only a case that was handed over and taken is answered, once",
                "仅已接收的移送案件可反馈一次",
            ));
        };
        if executed > now.local_date() {
            return Err(ActError::unfit("the day of execution is yet to come", "执行日期不能晚于今日"));
        }
        over.executed = Some(executed);
        over.answer = answer.map(|answer| (now, answer));
        Ok(self)
    }

    /// Whether it has to be posted now.
    pub fn is_due_to_count(&self) -> bool {
        let stage = match self.counts_on {
            CountsOn::Confirmation => {
                matches!(self.state, CaseState::Confirmed | CaseState::Decided | CaseState::Final)
            }
            CountsOn::FinalDecision => self.state == CaseState::Final,
        };
        stage && self.ledger_seq.is_none() && self.uscc.is_some() && !self.is_on_its_way()
    }
}
