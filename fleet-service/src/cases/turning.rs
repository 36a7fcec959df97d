//! What time alone decides: a decision nobody contested becomes final, and triggers that rest on a year or twelve months come
//! and go. Each act is the system's, audited as such, and a transaction of its own. [`Cases::turn`] takes the moment; the task
//! that looks again is [`super::clockwork`].

use std::collections::BTreeSet;

use domain::{Timestamp, Uscc};
use scoring::Profile;
use scoring::fold::Folded;
use scoring::triggers::proposals_of;

use super::act_error::ActError;
use super::listing_file::FileState;
use super::{Cases, Followed};
use crate::store::{AuditDraft, Change, StoreError};

/// Who acts when time does.
pub const SYSTEM: &str = "system";
/// Most decided cases read at once.
const CASES_AT_ONCE: u32 = 500;

/// What a turn did.
#[derive(Debug, Default)]
pub struct Turned {
    /// Cases whose decision became final.
    pub finals: Vec<String>,
    /// Exit files that were opened or fell away.
    pub exits: Vec<String>,
    /// What followed for companies.
    pub followed: Vec<Followed>,
    /// What could not be done, in words; everything else was.
    pub failures: Vec<String>,
}

impl Cases {
    /// Does what is due at a moment. One thing that fails does not hold up the others: it is told and comes again with the
    /// next turn.
    pub async fn turn(&self, now: Timestamp) -> Result<Turned, StoreError> {
        let mut turned = Turned::default();
        let mut after = 0;
        loop {
            let page = self.store.decided_cases(after, CASES_AT_ONCE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, case) in page.into_iter().filter(|(_, case)| case.is_lapsed(&self.calendar, now)) {
                let number = case.number.to_string();
                match self.lapse(&number, now).await {
                    Ok(Some(followed)) => {
                        turned.finals.push(number);
                        turned.followed.push(followed);
                    }
                    Ok(None) => {}
                    Err(error) => turned.failures.push(format!("case {number}: {}", crate::sentence(&error))),
                }
            }
        }
        for uscc in self.companies_with_triggers(now).await? {
            match self.turn_triggers(&uscc, now).await {
                Ok(exits) => turned.exits.extend(exits),
                Err(error) => turned.failures.push(format!("company {uscc}: {}", crate::sentence(&error))),
            }
        }
        Ok(turned)
    }

    /// Makes one decision final; `None` when someone contested it meanwhile.
    async fn lapse(&self, number: &str, now: Timestamp) -> Result<Option<Followed>, ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let case = change.case(number).await?.filter(|case| case.is_lapsed(&self.calendar, now));
        let Some(case) = case else { return Ok(None) };
        let case = case.finalise(&self.calendar, now)?;
        let until = case.final_date.map(|day| day.to_string()).unwrap_or_default();
        let (_, followed) = self.keep(&mut change, case, SYSTEM, &registry, now).await?;
        let detail = format!("not contested until {until}");
        self.audit_system(&mut change, "decision final", number, detail, now).await?;
        change.commit().await?;
        Ok(Some(followed))
    }

    /// Companies of whose ledger the triggers may say something else today than when it moved last: those that had an entry
    /// in this year or the one before, or have an exit file that a trigger opened.
    async fn companies_with_triggers(&self, now: Timestamp) -> Result<BTreeSet<Uscc>, StoreError> {
        self.store.companies_since(scoring::Cycle::of(now).year().saturating_sub(1)).await
    }

    async fn turn_triggers(&self, uscc: &Uscc, now: Timestamp) -> Result<Vec<String>, ActError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let mut company = self.company(&mut change, uscc).await?;
        let cycle = scoring::Cycle::of(now);
        let (score, called_for) = {
            let folded = Folded::of(company.book.entries(), uscc, cycle.last_moment(), Profile::FleetFair);
            let called_for = proposals_of(&folded, &self.catalogue, now);
            (folded.score(cycle, cycle.last_moment()), called_for)
        };
        let files = company.triggered(called_for, &score, now, &self.ground(&registry));
        for file in &files {
            change.put_listing_file(file).await?;
            let act = if file.state == FileState::Withdrawn { "withdraw exit" } else { "propose exit" };
            let detail = file.end_reason.clone().unwrap_or_else(|| file.name.clone());
            self.audit_system(&mut change, act, &file.number, detail, now).await?;
        }
        self.ledgers.keep(uscc, company.book.into_entries());
        if !files.is_empty() {
            change.commit().await?;
        }
        Ok(files.into_iter().map(|file| file.number).collect())
    }

    async fn audit_system(
        &self,
        change: &mut Change,
        what: &'static str,
        subject: &str,
        detail: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (who, subject) = (SYSTEM.to_owned(), subject.to_owned());
        change.add_audit(AuditDraft { at: now, who, what, subject, detail }).await
    }
}
