//! Objections and repairs, carried out. An upheld objection reverses exactly, takes the company off the list if the score
//! says so, and tells the public, all in one transaction.

use domain::{Authority, Registry, Timestamp, Uscc};
use scoring::ledger::{EntryKind, LedgerEntry};
use scoring::{EntryId, posting};

use super::act_error::{ActError, label, note, text};
use super::appeal::{Appeal, AppealDecision, AppealKind, AppealState, Lodged, Target};
use super::case_acts::must_belong_to;
use super::company::{Aftermath, Company, Moved};
use super::{Cases, Followed};
use crate::attachments::{FILES_PER_SUBJECT_MAX, Subject};
use crate::store::{Change, Officer, Role};

/// What a company brings.
#[derive(Debug, Clone)]
pub struct NewAppeal {
    /// What is asked.
    pub kind: AppealKind,
    /// The deduction it is about.
    pub entry_seq: Option<u64>,
    /// Or the listing file.
    pub file: Option<String>,
    /// The company's grounds.
    pub grounds: String,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct AnswerAppeal {
    /// Number of the document, when it has one.
    pub number: Option<String>,
    /// Why.
    pub reason: String,
}

impl Cases {
    /// Takes an objection or a request for repair in: from the company's person, or on paper through an officer.
    pub async fn lodge_appeal(
        &self,
        uscc: &Uscc,
        new: NewAppeal,
        by: &Officer,
        now: Timestamp,
    ) -> Result<Appeal, ActError> {
        self.lodge_appeal_with(uscc, new, &[], by, now).await
    }

    /// As [`Cases::lodge_appeal`], with the files that prove it, by their ids.
    pub async fn lodge_appeal_with(
        &self,
        uscc: &Uscc,
        new: NewAppeal,
        files: &[String],
        by: &Officer,
        now: Timestamp,
    ) -> Result<Appeal, ActError> {
        must_speak_for(uscc, by)?;
        let grounds = text("ground", "理由", &new.grounds)?;
        let mut change = self.store.change().await?;
        let company = self.company(&mut change, uscc).await?;
        let (target, authority) = match (new.entry_seq, new.file) {
            (Some(seq), None) => self.entry_target(&company, seq)?,
            (None, Some(number)) if new.kind == AppealKind::Objection => {
                let file = change.listing_file(&number).await?.filter(|file| file.uscc == *uscc);
                let file =
                    file.ok_or(ActError::NotFound { what: "listing file", what_zh: "列入案卷" })?;
                if !file.takes_objections(now) {
                    return Err(ActError::state(
                        format!(
                            "file {number} takes no objection now: object between its notice and the end of the window, or to a deduction"
                        ),
                        "当前不在异议期内，可对具体扣分提出异议",
                    ));
                }
                (Target::File { number }, file.authority)
            }
            _ => {
                return Err(ActError::unfit(
                    "name either the deduction (entry) or, for an objection, the listing file",
                    "请指明扣分记录，或（仅异议）列入案卷，二者择一",
                ));
            }
        };
        if change
            .open_objections(uscc)
            .await?
            .iter()
            .any(|open| open.target == target && open.kind == new.kind)
        {
            return Err(ActError::state("an objection to it is open already", "该事项已有未办结的异议"));
        }
        let seq = change.next_appeal_seq().await?;
        let number = format!("A{}-{seq:06}", scoring::Cycle::of(now));
        let lodged = Lodged {
            number,
            kind: new.kind,
            target,
            uscc: uscc.clone(),
            authority,
            by: by.name.clone(),
            grounds: grounds.clone(),
        };
        let appeal = Appeal::lodge(lodged, now, &self.calendar);
        change.put_appeal(&appeal).await?;
        attach(&mut change, files, &appeal.number, by, now).await?;
        let detail = format!("{} about {}: {grounds}", appeal.kind.word(), appeal.target.key());
        self.audit(&mut change, by, "lodge", &appeal.number, &detail, now).await?;
        change.commit().await?;
        Ok(appeal)
    }

    /// A deduction that stands, and whose officers answer for it.
    fn entry_target(&self, company: &Company, seq: u64) -> Result<(Target, Authority), ActError> {
        let entry = entry_of(company, |entry| entry.seq == seq)?;
        if reversed(company, entry.id) {
            return Err(ActError::state(format!("entry {seq} is reversed already"), "该扣分已撤销"));
        }
        let at = entry.occurred_at.unwrap_or(entry.posted_at);
        let rule = entry.rule.as_ref().and_then(|code| self.catalogue.rule_at(code, at));
        let authority = rule.map_or(self.settings.listing.deciding_authority, |rule| rule.authority);
        let case_no = entry.case_no.as_ref().map(ToString::to_string).unwrap_or_default();
        Ok((Target::Entry { seq, id: entry.id, case_no }, authority))
    }

    /// Asks the source of the record: the longer clock holds.
    pub async fn ask_source(
        &self,
        number: &str,
        source: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Appeal, ActError> {
        let source = text("source", "信息来源单位", source)?;
        let mut change = self.store.change().await?;
        let appeal = change.appeal(number).await?.ok_or_else(missing)?;
        must_belong_to(appeal.authority, officer)?;
        let appeal = appeal.ask_source(source.clone(), officer.name.clone(), now, &self.calendar)?;
        change.put_appeal(&appeal).await?;
        self.audit(&mut change, officer, "ask source", number, &source, now).await?;
        change.commit().await?;
        Ok(appeal)
    }

    /// Refuses an officer who decided the very case: an objection is looked at by other eyes.
    pub async fn must_not_have_decided(&self, number: &str, officer: &Officer) -> Result<(), ActError> {
        let appeal = self.store.appeal(number).await?.ok_or_else(missing)?;
        let Target::Entry { case_no, .. } = &appeal.target else { return Ok(()) };
        let case = self.store.case(case_no).await?;
        if appeal.kind == AppealKind::Objection
            && case.is_some_and(|case| case.officers.contains(&officer.name))
        {
            return Err(ActError::not_yours(
                "you decided the case yourself: another officer of your authority answers the objection",
                "您是该案承办人，异议须由本部门其他人员处理",
            ));
        }
        Ok(())
    }

    /// Grants it.
    pub async fn uphold_appeal(
        &self,
        number: &str,
        answer: AnswerAppeal,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(Appeal, Followed), ActError> {
        self.answer_appeal(number, answer, AppealState::Upheld, officer, now).await
    }

    /// Refuses it.
    pub async fn reject_appeal(
        &self,
        number: &str,
        answer: AnswerAppeal,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(Appeal, Followed), ActError> {
        self.answer_appeal(number, answer, AppealState::Rejected, officer, now).await
    }

    /// The company takes it back.
    pub async fn withdraw_appeal(
        &self,
        number: &str,
        reason: &str,
        by: &Officer,
        now: Timestamp,
    ) -> Result<(Appeal, Followed), ActError> {
        let answer = AnswerAppeal { number: None, reason: reason.to_owned() };
        self.answer_appeal(number, answer, AppealState::Withdrawn, by, now).await
    }

    async fn answer_appeal(
        &self,
        number: &str,
        answer: AnswerAppeal,
        state: AppealState,
        by: &Officer,
        now: Timestamp,
    ) -> Result<(Appeal, Followed), ActError> {
        let registry = self.registry();
        let reason = text("reason", "理由", &answer.reason)?;
        if let Some(number) = &answer.number {
            label("document number", "文号", number)?;
        }
        let mut change = self.store.change().await?;
        let appeal = change.appeal(number).await?.ok_or_else(missing)?;
        match state {
            AppealState::Withdrawn => must_speak_for(&appeal.uscc, by)?,
            _ => must_belong_to(appeal.authority, by)?,
        }
        let decision = AppealDecision {
            at: now,
            by: by.name.clone(),
            number: answer.number,
            reason: reason.clone(),
            late: false,
            ledger_seq: None,
        };
        let mut appeal = appeal.end(state, decision)?;
        // Stored first: what follows for the company no longer counts it as open.
        change.put_appeal(&appeal).await?;
        let mut company = self.company(&mut change, &appeal.uscc).await?;
        let aftermath = self.consequence(&mut change, &mut company, &appeal, by, &registry, now).await?;
        let followed = match aftermath {
            Some(aftermath) => {
                let posted = company
                    .book
                    .added()
                    .iter()
                    .find(|entry| matches!(entry.kind, EntryKind::Reverse | EntryKind::Repair));
                if let Some(decision) = appeal.decision.as_mut() {
                    decision.ledger_seq = posted.map(|entry| entry.seq);
                }
                change.put_appeal(&appeal).await?;
                self.settle(&mut change, &mut company, &aftermath, &registry, now).await?
            }
            None => Followed::default(),
        };
        let what = match state {
            AppealState::Upheld => "uphold",
            AppealState::Rejected => "reject appeal",
            AppealState::Withdrawn | AppealState::Open => "withdraw appeal",
        };
        self.audit(&mut change, by, what, number, &reason, now).await?;
        change.commit().await?;
        Ok((appeal, followed))
    }

    /// What an ended appeal does to the ledger, the list and the files.
    async fn consequence(
        &self,
        change: &mut Change,
        company: &mut Company,
        appeal: &Appeal,
        officer: &Officer,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Option<Aftermath>, ActError> {
        let ground = self.ground(registry);
        let by = label("officer's name", "姓名", &officer.name)?;
        let Some(decision) = &appeal.decision else { return Ok(None) };
        let remark = note(&format!("{}: {}", appeal.number, decision.reason));
        let decision_no = decision.number.as_ref().and_then(|number| number.parse().ok());
        match (appeal.state, &appeal.target) {
            (AppealState::Upheld, Target::Entry { id, .. }) => {
                let entry = entry_of(company, |entry| entry.id == *id)?.clone();
                let draft = match appeal.kind {
                    AppealKind::Objection => posting::reversal(&entry, remark, decision_no, now, by.clone())?,
                    AppealKind::Repair => {
                        let history = company.book.entries();
                        posting::repair(&entry, history, remark, now, by.clone())?
                    }
                };
                let posted = draft.id();
                if company.book.entries().iter().any(|other| other.id == posted) {
                    return Err(ActError::state(
                        format!("entry {} is reversed or repaired already", entry.seq),
                        "该扣分已撤销或已修复",
                    ));
                }
                company.book.push(draft);
                Ok(Some(company.follow(entry.cycle, Moved::Up, now, &by, &ground)))
            }
            (AppealState::Upheld, Target::File { number }) => {
                if let Some(file) = change.listing_file(number).await?.filter(|file| file.state.is_open()) {
                    change.put_listing_file(&file.withdraw(&decision.reason)).await?;
                }
                Ok(None)
            }
            (_, Target::Entry { .. }) => {
                let cycle = company.file.as_ref().map(|file| file.cycle);
                Ok(cycle.map(|cycle| company.follow(cycle, Moved::Unblocked, now, &by, &ground)))
            }
            (_, Target::File { .. }) => Ok(None),
        }
    }
}

/// Says of files that they prove an appeal. Only who sent them can say so.
async fn attach(
    change: &mut Change,
    files: &[String],
    number: &str,
    by: &Officer,
    now: Timestamp,
) -> Result<(), ActError> {
    if files.len() as u64 > FILES_PER_SUBJECT_MAX {
        return Err(ActError::unfit(
            format!("at most {FILES_PER_SUBJECT_MAX} files are attached"),
            format!("最多附 {FILES_PER_SUBJECT_MAX} 个文件"),
        ));
    }
    let about = Subject::Appeal(number.to_owned()).key();
    for id in files {
        let is_own = change.attachment(id).await?.is_some_and(|file| file.by == by.name);
        if !is_own {
            return Err(ActError::unfit(
                format!("there is no file {id} of yours: attach it again"),
                "附件不存在或非本人上传，请重新上传",
            ));
        }
        change.link_attachment(id, &about, &by.name, now).await?;
    }
    Ok(())
}

fn missing() -> ActError {
    ActError::NotFound { what: "objection or request for repair", what_zh: "异议或修复申请" }
}

fn entry_of(company: &Company, is: impl Fn(&LedgerEntry) -> bool) -> Result<&LedgerEntry, ActError> {
    let mut deductions = company.book.entries().iter().filter(|entry| entry.kind == EntryKind::Deduct);
    deductions
        .find(|entry| is(entry))
        .ok_or(ActError::NotFound { what: "deduction of this company", what_zh: "扣分记录" })
}

fn reversed(company: &Company, id: EntryId) -> bool {
    let entries = company.book.entries().iter();
    entries.filter(|entry| entry.kind == EntryKind::Reverse).any(|entry| entry.refs.contains(&id))
}

/// A company's person speaks for the own company; officers who decide may take a paper in for any.
fn must_speak_for(uscc: &Uscc, by: &Officer) -> Result<(), ActError> {
    let own = by.role == Role::Carrier && by.company.as_ref() == Some(uscc);
    if own || by.role.decides() {
        return Ok(());
    }
    Err(ActError::not_yours("a company speaks for itself alone", "只能为本企业提出"))
}
