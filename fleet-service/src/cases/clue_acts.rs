//! Acts on clues beside the decision itself: claim, hand-over, giving back, and withdrawing a decision just taken.

use domain::{Timestamp, ViolationId};

use super::act_error::{ActError, text};
use super::claim::{self, Claim};
use super::{Cases, Decided, Followed};
use crate::store::{AuditDraft, Change, ClueEvent, ClueState, Officer, StoredClue, WithdrawnDecision};
use crate::view::clue::rule_for;

/// Who decided may withdraw the decision for this long. Later it falls by objection or reconsideration alone.
pub const WITHDRAW_WITHIN_S: i64 = 10 * 60;

impl Cases {
    /// Takes a pending clue to work on; again to keep it longer.
    pub async fn claim_clue(
        &self,
        id: ViolationId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Claim, ActError> {
        let mut change = self.store.change().await?;
        self.own_pending_clue(&mut change, id, officer).await?;
        let held = change.claim(id).await?;
        let is_new = held.as_ref().is_none_or(|held| held.by != officer.name || held.until <= now);
        let claim = claim::take(id, held, &officer.name, now)?;
        change.put_claim(&claim).await?;
        if is_new {
            audit(&mut change, officer, "claim", id, "", now).await?;
        }
        change.commit().await?;
        Ok(claim)
    }

    /// Gives a clue back. One that is nobody's stays so.
    pub async fn release_clue(
        &self,
        id: ViolationId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let mut change = self.store.change().await?;
        let Some(held) = change.claim(id).await? else { return Ok(()) };
        if held.keeps_out(&officer.name, now) {
            return Err(claim::taken(&held));
        }
        change.drop_claim(id).await?;
        audit(&mut change, officer, "release", id, "", now).await?;
        change.commit().await?;
        Ok(())
    }

    /// Hands a clue to a colleague of the same authority, whose claim begins now.
    pub async fn hand_over_clue(
        &self,
        id: ViolationId,
        to: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Claim, ActError> {
        let to = to.trim();
        if !self.store.deciders(officer.authority).await?.iter().any(|name| name == to) {
            return Err(ActError::unfit(
                format!(
                    "{to:?} decides no clues of {}: choose a colleague of the same authority",
                    officer.authority
                ),
                format!("“{to}”不是本部门的办案人员，请选择本部门同事"),
            ));
        }
        let mut change = self.store.change().await?;
        self.own_pending_clue(&mut change, id, officer).await?;
        if let Some(held) = change.claim(id).await?.filter(|held| held.keeps_out(&officer.name, now)) {
            return Err(claim::taken(&held));
        }
        let claim = Claim::new(id, to, now);
        change.put_claim(&claim).await?;
        audit(&mut change, officer, "hand over clue", id, &format!("to {to}"), now).await?;
        change.commit().await?;
        Ok(claim)
    }

    /// Withdraws one's own decision within [`WITHDRAW_WITHIN_S`]: the clue waits again, a deduction is reversed by an
    /// entry of its own, and what followed for the black list with it. Nothing that was written is edited.
    pub async fn withdraw_decision(
        &self,
        id: ViolationId,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Decided, ActError> {
        let reason = text("reason", "理由", reason)?;
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let clue = change.clue(id).await?.ok_or_else(missing)?;
        let decided = withdrawable(&clue, officer, now)?;
        let mut withdrawn = WithdrawnDecision {
            clue: id,
            outcome: clue.state,
            by: officer.name.clone(),
            decided: decided.at,
            decided_because: decided.reason.clone(),
            withdrawn: now,
            withdrawn_because: reason.clone(),
            case_number: None,
            ledger_seq: decided.ledger_seq,
        };
        let mut followed = Followed::default();
        if clue.state == ClueState::Confirmed {
            let case = change.case_of_clue(id).await?.ok_or_else(missing)?;
            let case = case.withdraw(&reason)?;
            if case.ledger_seq.is_some() {
                followed = self.reverse_case(&mut change, &case, &reason, officer, &registry, now).await?;
            }
            change.put_case(&case).await?;
            withdrawn.case_number = Some(case.number.to_string());
        }
        let event = ClueEvent {
            at: now,
            what: format!("decision withdrawn, was {}: {reason}", clue.state.word()),
            by: officer.name.clone(),
        };
        // What later reports disproved waits for nobody any more.
        let state = if clue.disproved { ClueState::Withdrawn } else { ClueState::Pending };
        let clue = StoredClue { state, disproved: false, decision: None, ..clue };
        change.put_clue(&clue).await?;
        change.add_clue_event(id, &event).await?;
        change.add_withdrawn_decision(&withdrawn).await?;
        audit(&mut change, officer, "withdraw decision", id, &event.what, now).await?;
        change.commit().await?;
        Ok(Decided { clue, followed })
    }

    /// A clue that waits, and that this officer may decide.
    async fn own_pending_clue(
        &self,
        change: &mut Change,
        id: ViolationId,
        officer: &Officer,
    ) -> Result<StoredClue, ActError> {
        let clue = change.clue(id).await?.ok_or_else(missing)?;
        let rule = rule_for(&self.catalogue, &clue.violation);
        if !officer.role.decides() || !rule.is_some_and(|rule| rule.is_answered_by(officer.authority)) {
            return Err(ActError::not_yours(
                format!("clues under {} are another authority's", clue.violation.rule),
                "该线索由其他部门认定，请移交",
            ));
        }
        if clue.state != ClueState::Pending {
            return Err(ActError::state(
                format!("the clue is {} already", clue.state.word()),
                "该线索已认定、驳回或撤回",
            ));
        }
        Ok(clue)
    }
}

/// The decision, if this officer may withdraw it now.
fn withdrawable<'a>(
    clue: &'a StoredClue,
    officer: &Officer,
    now: Timestamp,
) -> Result<&'a crate::store::StoredDecision, ActError> {
    let decision = clue.decision.as_ref().ok_or_else(|| {
        ActError::state("the clue waits for a decision: there is none to withdraw", "该线索尚无决定可撤回")
    })?;
    if decision.by != officer.name {
        return Err(ActError::not_yours(
            format!("{} took this decision: only they withdraw it", decision.by),
            format!("该决定由{}作出，只能由其本人撤回", decision.by),
        ));
    }
    if now.millis_since(decision.at) > WITHDRAW_WITHIN_S * 1000 {
        let minutes = WITHDRAW_WITHIN_S / 60;
        return Err(ActError::state(
            format!(
                "a decision is withdrawn within {minutes} minutes; this one was taken at {}: later it falls by objection or reconsideration",
                decision.at
            ),
            format!("决定作出{minutes}分钟内可撤回，该决定作出于{}，请通过异议或复议处理", decision.at),
        ));
    }
    Ok(decision)
}

fn missing() -> ActError {
    ActError::NotFound { what: "clue", what_zh: "线索" }
}

async fn audit(
    change: &mut Change,
    who: &Officer,
    what: &'static str,
    id: ViolationId,
    detail: &str,
    now: Timestamp,
) -> Result<(), ActError> {
    let draft = AuditDraft {
        at: now,
        who: who.name.clone(),
        what,
        subject: id.to_string(),
        detail: detail.to_owned(),
    };
    Ok(change.add_audit(draft).await?)
}
