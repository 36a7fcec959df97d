//! Acts on tips: told, taken, dismissed, filed as a case. Each is stored with its line of the audit trail, and a case with
//! the tip it came from, or not at all.

use domain::Timestamp;

use super::act_error::{ActError, text};
use super::case_file::{CaseFile, Source};
use super::entry::{self, NewCase};
use super::{Cases, Followed};
use crate::store::{AuditDraft, Change, Officer};
use crate::street::photo::Photo;
use crate::street::receipt::Receipt;
use crate::street::tip::{Tip, TipEnd, TipState};

/// Who the audit trail names when anyone tells.
const PUBLIC: &str = "public";

impl Cases {
    /// Takes a tip. The same key again changes nothing and gives the tip taken before.
    pub async fn take_in_tip(&self, tip: Tip, key: &str, photos: &[Photo]) -> Result<Tip, ActError> {
        let mut change = self.store.change().await?;
        if let Some(known) = change.add_tip(&tip, key, photos).await? {
            return Ok(known);
        }
        let who = tip.told_by.clone().unwrap_or_else(|| PUBLIC.to_owned());
        let detail = format!("{} {}", tip.what.word(), tip.plate_text);
        let subject = tip.receipt.to_string();
        change.add_audit(AuditDraft { at: tip.received, who, what: "tell tip", subject, detail }).await?;
        change.commit().await?;
        Ok(tip)
    }

    /// An officer begins to look at a tip.
    pub async fn take_tip(
        &self,
        receipt: &Receipt,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Tip, ActError> {
        let mut change = self.store.change().await?;
        let mut tip = self.open_tip(&mut change, receipt, officer).await?;
        tip.state = TipState::Taken;
        tip.taken_by = Some(officer.name.clone());
        change.put_tip(&tip).await?;
        self.audit(&mut change, officer, "take tip", &receipt.to_string(), "", now).await?;
        change.commit().await?;
        Ok(tip)
    }

    /// An officer closes a tip without a case.
    pub async fn dismiss_tip(
        &self,
        receipt: &Receipt,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Tip, ActError> {
        let reason = text("reason", "理由", reason)?;
        let mut change = self.store.change().await?;
        let mut tip = self.open_tip(&mut change, receipt, officer).await?;
        tip.state = TipState::Dismissed;
        self.audit(&mut change, officer, "dismiss tip", &receipt.to_string(), &reason, now).await?;
        tip.end = Some(TipEnd { at: now, by: officer.name.clone(), reason, case_no: None });
        change.put_tip(&tip).await?;
        change.commit().await?;
        Ok(tip)
    }

    /// An officer enters a case on what a tip led to. The tip proves nothing: the case stands on what the officers found.
    pub async fn file_tip(
        &self,
        receipt: &Receipt,
        new: NewCase,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(Tip, CaseFile, Followed), ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let mut tip = self.open_tip(&mut change, receipt, officer).await?;
        let number = self.next_case_number(&mut change, officer.authority, now).await?;
        let ground = self.ground(&registry);
        let case = entry::enter(new, &number, Source::Officer, officer, now, &self.calendar, &ground)?;
        if let Some(decision) = &case.decision {
            self.refuse_known_decision(&mut change, officer.authority, &decision.number).await?;
        }
        let (case, followed) = self.keep(&mut change, case, &officer.name, &registry, now).await?;
        let detail = format!("{} · tip {receipt}", case.fact);
        self.audit(&mut change, officer, "enter case", case.number.as_str(), &detail, now).await?;
        self.audit(&mut change, officer, "file tip", &receipt.to_string(), case.number.as_str(), now).await?;
        tip.state = TipState::Filed;
        let case_no = Some(case.number.to_string());
        tip.end = Some(TipEnd { at: now, by: officer.name.clone(), reason: case.fact.clone(), case_no });
        change.put_tip(&tip).await?;
        change.commit().await?;
        Ok((tip, case, followed))
    }

    async fn open_tip(
        &self,
        change: &mut Change,
        receipt: &Receipt,
        officer: &Officer,
    ) -> Result<Tip, ActError> {
        if !officer.role.decides() {
            return Err(ActError::not_yours(
                "tips are worked on by enforcers and police",
                "举报由执法人员或交警核查",
            ));
        }
        let missing = ActError::NotFound { what: "tip", what_zh: "举报" };
        let tip = change.tip(receipt).await?.ok_or(missing)?;
        match (&tip.state, &tip.taken_by) {
            (TipState::Received, _) => Ok(tip),
            (TipState::Taken, Some(by)) if *by == officer.name => Ok(tip),
            (TipState::Taken, by) => {
                let by = by.clone().unwrap_or_default();
                Err(ActError::state(
                    format!("{by} looks at this tip already: ask them"),
                    format!("{by}正在核查该举报，请与其联系"),
                ))
            }
            _ => Err(ActError::state("the tip is closed already", "该举报已办结")),
        }
    }
}
