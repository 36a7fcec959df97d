//! Acts on cases, carried out: entry, import, decision, reconsideration, finality, hand-over.

use domain::{Authority, LocalDate, Registry, Timestamp};
use scoring::Cycle;

use super::act_error::{ActError, label, note, text};
use super::case_file::{CaseFile, Decision, Reconsideration, Source, officers_needed};
use super::company::Moved;
use super::entry::{self, NewCase, authority_zh};
use super::import::{self, FINE_FEN_MAX, RowOutcome};
use super::{Cases, Followed, publicity};
use crate::feed::record::Record;
use crate::store::{Change, Officer, StoreError};

/// A decision as an officer gives it.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Number, date, service and content.
    pub decision: Decision,
    /// The officers who took it beside the one who enters it.
    pub officers: Vec<String>,
}

/// What the receiving authority tells.
#[derive(Debug, Clone)]
pub struct AnswerHandOver {
    /// The day the decision was carried out.
    pub executed: LocalDate,
    /// What came of it; absent while it is only executed.
    pub answer: Option<String>,
}

impl Cases {
    /// Enters a case by hand.
    pub async fn enter_case(
        &self,
        new: NewCase,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let number = case_number(&mut change, officer.authority, now).await?;
        let ground = self.ground(&registry);
        let case = entry::enter(new, &number, Source::Officer, officer, now, &self.calendar, &ground)?;
        if let Some(decision) = &case.decision {
            refuse_known(&mut change, officer.authority, &decision.number).await?;
        }
        let (case, followed) = self.keep(&mut change, case, &officer.name, &registry, now).await?;
        self.audit(&mut change, officer, "enter case", case.number.as_str(), &case.fact, now).await?;
        change.commit().await?;
        Ok((case, followed))
    }

    /// Imports decided violations. Each row that can be taken is, all in one transaction; `dry_run` takes none and tells
    /// what would become of each.
    pub async fn import_cases(
        &self,
        csv: &[u8],
        officer: &Officer,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<(Vec<RowOutcome>, Vec<Followed>), ActError> {
        let rows = import::read(csv)?;
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut followed = Vec::new();
        for (line, decision_no, row) in rows {
            let outcome = match row {
                Err((reason, reason_zh)) => RowOutcome::rejected(line, &decision_no, reason, reason_zh),
                Ok(new) => {
                    match self.import_row(&mut change, new, &decision_no, officer, &registry, now).await {
                        Ok(Imported::Known(case_no)) => {
                            RowOutcome::case(line, "duplicate", &decision_no, &case_no)
                        }
                        Ok(Imported::New(case_no, moved)) => {
                            followed.push(*moved);
                            RowOutcome::case(line, "stored", &decision_no, &case_no)
                        }
                        Err(ActError::Store(error)) => return Err(error.into()),
                        Err(ActError::Feed(error)) => return Err(error.into()),
                        Err(error) => {
                            let said = crate::sentence(&error);
                            let zh = match error {
                                ActError::NotYours { zh, .. }
                                | ActError::State { zh, .. }
                                | ActError::Unfit { zh, .. } => zh,
                                _ => format!("无法记入台账：{said}"),
                            };
                            RowOutcome::rejected(line, &decision_no, said, zh)
                        }
                    }
                }
            };
            outcomes.push(outcome);
        }
        if dry_run {
            // Dropped without a commit, the change leaves no trace.
            return Ok((outcomes, vec![]));
        }
        let count = |word: &str| outcomes.iter().filter(|row| row.outcome == word).count();
        let detail = format!(
            "{} stored, {} known, {} rejected",
            count("stored"),
            count("duplicate"),
            count("rejected")
        );
        self.audit(&mut change, officer, "import cases", officer.authority.word(), &detail, now).await?;
        change.commit().await?;
        Ok((outcomes, followed))
    }

    async fn import_row(
        &self,
        change: &mut Change,
        new: NewCase,
        decision_no: &str,
        officer: &Officer,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Imported, ActError> {
        if let Some(known) = change.case_by_decision(officer.authority, decision_no).await? {
            return Ok(Imported::Known(known.number.to_string()));
        }
        let number = case_number(change, officer.authority, now).await?;
        let ground = self.ground(registry);
        let case = entry::enter(new, &number, Source::Import, officer, now, &self.calendar, &ground)?;
        let (case, followed) = self.keep(change, case, &officer.name, registry, now).await?;
        Ok(Imported::New(case.number.to_string(), Box::new(followed)))
    }

    /// Notes the authority's decision.
    pub async fn decide_case(
        &self,
        number: &str,
        new: NewDecision,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?;
        label("decision number", "决定书文号", &new.decision.number)?;
        text("content of the decision", "决定内容", &new.decision.content)?;
        let rule = self.catalogue.rule_at(&case.rule, case.occurred_at);
        let needed = rule.map_or(2, |rule| officers_needed(rule, case.authority));
        let mut officers = vec![officer.name.clone()];
        officers.extend(
            new.officers.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
        );
        officers.dedup();
        for name in &officers {
            label("officer's name", "执法人员姓名", name)?;
        }
        if officers.len() < needed {
            return Err(ActError::unfit(
                format!("a decision on {} names {needed} officers (行政处罚法 Art. 42)", case.rule),
                format!("该决定须载明{needed}名执法人员（行政处罚法第四十二条）"),
            ));
        }
        refuse_known(&mut change, case.authority, &new.decision.number).await?;
        let detail = format!("decision {}: {}", new.decision.number, new.decision.content);
        if new.decision.fine_fen.is_some_and(|fine| fine > FINE_FEN_MAX) {
            return Err(ActError::unfit(
                format!("a fine of at most {FINE_FEN_MAX} fen is taken"),
                "罚款金额过大",
            ));
        }
        let case = case.decide(new.decision, officers, now)?;
        let counted_before = case.ledger_seq;
        let (case, followed) = self.keep(&mut change, case, &officer.name, &registry, now).await?;
        if let (Some(seq), Some(uscc)) = (counted_before, &case.uscc) {
            // The deduction stands already; what is new is the decision.
            let company = self.company(&mut change, uscc).await?;
            let entry = company.book.entries().iter().find(|entry| entry.seq == seq);
            let ground = self.ground(&registry);
            if let Some(penalty) =
                entry.and_then(|entry| publicity::penalty(entry, Some(&case), true, &ground))
            {
                self.press.publish(&mut change, Record::Penalty(Box::new(penalty)), now).await?;
            }
            self.ledgers.keep(uscc, company.book.into_entries());
        }
        self.audit(&mut change, officer, "decide case", number, &detail, now).await?;
        change.commit().await?;
        Ok((case, followed))
    }

    /// Notes that a decision was contested, and what became of it. A decision that falls takes its deduction with it in
    /// the same transaction.
    pub async fn reconsider_case(
        &self,
        number: &str,
        what: Reconsideration,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let registry = self.registry();
        let reason = text("reason", "理由", reason)?;
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?;
        let case = case.reconsider(what, &reason, now)?;
        let (case, followed) = match (what, case.ledger_seq) {
            (Reconsideration::Revoked, Some(_)) => {
                change.put_case(&case).await?;
                let followed =
                    self.reverse_case(&mut change, &case, &reason, officer, &registry, now).await?;
                (case, followed)
            }
            _ => self.keep(&mut change, case, &officer.name, &registry, now).await?,
        };
        let act = match what {
            Reconsideration::Lodged => "reconsideration lodged",
            Reconsideration::Upheld => "decision upheld",
            Reconsideration::Revoked => "decision revoked",
        };
        self.audit(&mut change, officer, act, number, &reason, now).await?;
        change.commit().await?;
        Ok((case, followed))
    }

    /// Reverses a case's deduction, unless it is reversed already.
    pub(super) async fn reverse_case(
        &self,
        change: &mut Change,
        case: &CaseFile,
        reason: &str,
        officer: &Officer,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Followed, ActError> {
        let Some(uscc) = &case.uscc else { return Ok(Followed::default()) };
        let mut company = self.company(change, uscc).await?;
        let entries = company.book.entries();
        let Some(entry) = entries.iter().find(|entry| Some(entry.seq) == case.ledger_seq).cloned() else {
            return Ok(Followed::default());
        };
        let by = label("officer's name", "姓名", &officer.name)?;
        let draft = scoring::posting::reversal(&entry, note(reason), None, now, by.clone())?;
        let id = draft.id();
        if entries.iter().any(|other| other.id == id) {
            return Ok(Followed::default());
        }
        company.book.push(draft);
        let aftermath = company.follow(entry.cycle, Moved::Up, now, &by, &self.ground(registry));
        Ok(self.settle(change, &mut company, &aftermath, registry, now).await?)
    }

    /// Declares a decision final that nobody contested in time.
    pub async fn finalise_case(
        &self,
        number: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?.finalise(&self.calendar, now)?;
        let (case, followed) = self.keep(&mut change, case, &officer.name, &registry, now).await?;
        self.audit(&mut change, officer, "decision final", number, "not contested in time", now).await?;
        change.commit().await?;
        Ok((case, followed))
    }

    /// Hands a case over to another authority.
    pub async fn hand_over_case(
        &self,
        number: &str,
        to: Authority,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<CaseFile, ActError> {
        let reason = text("reason", "理由", reason)?;
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?;
        let case = case.hand_over(to, reason.clone(), officer.name.clone(), now)?;
        change.put_case(&case).await?;
        self.audit(&mut change, officer, "hand over", number, &format!("to {to}: {reason}"), now).await?;
        change.commit().await?;
        Ok(case)
    }

    /// Takes a case that was handed over.
    pub async fn receive_case(
        &self,
        number: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<CaseFile, ActError> {
        let mut change = self.store.change().await?;
        let case = change.case(number).await?.ok_or_else(missing)?;
        if let Some(over) = case.hand_over.as_ref().filter(|over| over.received.is_none()) {
            must_belong_to(over.to, officer)?;
        }
        let case = case.receive(now)?;
        change.put_case(&case).await?;
        self.audit(&mut change, officer, "receive", number, "", now).await?;
        change.commit().await?;
        Ok(case)
    }

    /// Confirms or rejects a case that was taken over.
    pub async fn review_case(
        &self,
        number: &str,
        is_proved: bool,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let registry = self.registry();
        let reason = text("reason", "理由", reason)?;
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?.review(is_proved, &reason)?;
        let (case, followed) = self.keep(&mut change, case, &officer.name, &registry, now).await?;
        let act = if is_proved { "confirm case" } else { "reject case" };
        self.audit(&mut change, officer, act, number, &reason, now).await?;
        change.commit().await?;
        Ok((case, followed))
    }

    /// Tells the authority that handed a case over what came of it.
    pub async fn answer_case(
        &self,
        number: &str,
        answer: AnswerHandOver,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<CaseFile, ActError> {
        let mut change = self.store.change().await?;
        let case = self.own_case(&mut change, number, officer).await?;
        let said = answer.answer.as_deref().map(|answer| text("answer", "反馈内容", answer)).transpose()?;
        let detail =
            format!("executed {}: {}", answer.executed, said.as_deref().unwrap_or("answer to follow"));
        let case = case.answer(answer.executed, said, now)?;
        change.put_case(&case).await?;
        self.audit(&mut change, officer, "answer hand-over", number, &detail, now).await?;
        change.commit().await?;
        Ok(case)
    }

    async fn own_case(
        &self,
        change: &mut Change,
        number: &str,
        officer: &Officer,
    ) -> Result<CaseFile, ActError> {
        let case = change.case(number).await?.ok_or_else(missing)?;
        must_belong_to(case.authority, officer)?;
        Ok(case)
    }

    /// The number the next case of an authority will have.
    pub(super) async fn next_case_number(
        &self,
        change: &mut Change,
        authority: Authority,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        case_number(change, authority, now).await
    }

    /// Refuses a decision that is in a case already.
    pub(super) async fn refuse_known_decision(
        &self,
        change: &mut Change,
        authority: Authority,
        decision_no: &str,
    ) -> Result<(), ActError> {
        refuse_known(change, authority, decision_no).await
    }

    /// Stores a case, and its deduction when it is due to count.
    pub(super) async fn keep(
        &self,
        change: &mut Change,
        mut case: CaseFile,
        who: &str,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<(CaseFile, Followed), ActError> {
        let mut followed = Followed::default();
        if let Some(uscc) = case.uscc.clone().filter(|_| case.is_due_to_count()) {
            let mut company = self.company(change, &uscc).await?;
            let by = label("officer's name", "姓名", who)?;
            let aftermath = company.count(&mut case, now, &by, &self.ground(registry))?;
            change.put_case(&case).await?;
            followed = self.settle(change, &mut company, &aftermath, registry, now).await?;
        } else {
            change.put_case(&case).await?;
        }
        Ok((case, followed))
    }
}

enum Imported {
    Known(String),
    New(String, Box<Followed>),
}

fn missing() -> ActError {
    ActError::NotFound { what: "case", what_zh: "案件" }
}

/// Whether an officer acts for an authority.
pub(super) fn must_belong_to(authority: Authority, officer: &Officer) -> Result<(), ActError> {
    if officer.role.decides() && officer.authority == authority {
        return Ok(());
    }
    Err(ActError::not_yours(
        format!("an officer of {authority} does this"),
        format!("须由{}的执法人员办理", authority_zh(authority)),
    ))
}

async fn case_number(
    change: &mut Change,
    authority: Authority,
    now: Timestamp,
) -> Result<String, StoreError> {
    let letter = match authority {
        Authority::CityManagement => "C",
        Authority::Police => "J",
        Authority::Transport => "T",
    };
    Ok(format!("{}-{letter}{:06}", Cycle::of(now), change.next_case_seq().await?))
}

async fn refuse_known(change: &mut Change, authority: Authority, decision_no: &str) -> Result<(), ActError> {
    match change.case_by_decision(authority, decision_no).await? {
        None => Ok(()),
        Some(known) => Err(ActError::state(
            format!("decision {decision_no} is in case {} already", known.number),
            format!("决定书{decision_no}已在{}号案件中登记", known.number),
        )),
    }
}
