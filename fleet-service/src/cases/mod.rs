//! From a clue to a decided case, a listing and its end: due process.
//!
//! Pure parts, which say what follows or why not: [`ruling`] (a clue is confirmed or rejected), [`case_file`] (decision,
//! finality, hand-over), [`entry`] and [`import`] (cases that no device saw), [`appeal`] (objection, repair),
//! [`listing_file`] (proposal, notice, listing, exit) with its texts in [`notice`], [`company`] (what a moved ledger means
//! for the black list), [`reentry`] (who may not come back into the directory), [`circumstances`], [`publicity`] (what is
//! published beside scores), [`open_clocks`] (what is due when), [`settings`]. [`turning`] is what time alone does.
//!
//! [`Cases`] carries it out: whatever belongs to one act (the record, ledger entries, a change of the black list with its
//! feed event, the audit trail) is stored in one transaction or not at all. No rule confirms itself, no
//! entry is ever edited.

mod act_error;
pub mod appeal;
mod appeal_acts;
mod case_acts;
pub mod case_file;
pub mod circumstances;
pub mod claim;
pub mod clockwork;
mod clue_acts;
pub mod company;
pub mod entry;
pub mod import;
pub mod ledgers;
mod listing_acts;
pub mod listing_file;
pub mod notice;
pub mod open_clocks;
pub mod publicity;
pub mod reentry;
pub mod ruling;
pub mod settings;
mod tip_acts;
mod triggered;
pub mod turning;

use std::sync::Arc;

use domain::{Registers, Registry, Timestamp, Uscc, ViolationId};
use scoring::{Calendar, Catalogue};
use tokio::sync::watch;

use crate::feed::publish::{Press, PublishError};
use crate::feed::record::Action;
use crate::store::{
    AuditDraft, Change, ClueState, Officer, Store, StoreError, StoredClue, StoredListing, contested,
};
use crate::view::carrier::CarrierRow;

use crate::feed::record::Record;
use company::{Aftermath, Book, Company, Ground};
use ledgers::Ledgers;
use ruling::{RulingError, Said};
use settings::Settings;

pub use act_error::ActError;
pub use appeal_acts::{AnswerAppeal, NewAppeal};
pub use case_acts::{AnswerHandOver, NewDecision};
pub use clue_acts::WITHDRAW_WITHIN_S;
pub use listing_acts::{DecideFile, NewFile};
pub use ruling::Outcome;

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// No such clue.
    #[error("there is no clue {0}")]
    NotFound(ViolationId),
    /// Someone else works on it.
    #[error(transparent)]
    Claimed(ActError),
    /// The decision cannot be taken.
    #[error(transparent)]
    Ruling(#[from] RulingError),
    /// The feed event could not be made.
    #[error("the change of the black list cannot be published")]
    Feed(#[from] PublishError),
    /// The database failed; nothing was decided.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was decided and what followed.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The clue as it stands now.
    pub clue: StoredClue,
    /// What followed for the company.
    pub followed: Followed,
}

/// What an act did to a company.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// The company's row, when its score or its place on the list moved.
    pub carrier: Option<CarrierRow>,
    /// A company that came on or off the list.
    pub listing: Option<(Action, StoredListing)>,
}

/// Takes decisions. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    /// Where everything is stored.
    pub store: Store,
    /// The rules.
    pub catalogue: Arc<Catalogue>,
    /// What publishes.
    pub press: Press,
    /// The registers in force.
    pub registers: watch::Receiver<Arc<Registers>>,
    /// Notice periods and who decides.
    pub settings: Arc<Settings>,
    /// Working days.
    pub calendar: Arc<Calendar>,
    /// Ledgers read before.
    pub ledgers: Ledgers,
}

impl Cases {
    /// Takes one decision on a clue.
    pub async fn decide(
        &self,
        id: ViolationId,
        officer: &Officer,
        outcome: Outcome,
        said: &Said,
        now: Timestamp,
    ) -> Result<Decided, CaseError> {
        let mut change = self.store.change().await?;
        let decided = self.decide_within(&mut change, id, officer, (outcome, said), now).await?;
        change.commit().await?;
        Ok(decided)
    }

    /// Takes one decision on a clue inside a change that the caller commits.
    pub async fn decide_within(
        &self,
        change: &mut Change,
        id: ViolationId,
        officer: &Officer,
        (outcome, said): (Outcome, &Said),
        now: Timestamp,
    ) -> Result<Decided, CaseError> {
        let registry = self.registry();
        let clue = change.clue(id).await?.ok_or(CaseError::NotFound(id))?;
        let claim = change.claim(id).await?.filter(|claim| claim.keeps_out(&officer.name, now));
        if let (Some(claim), ClueState::Pending) = (&claim, clue.state) {
            return Err(CaseError::Claimed(claim::taken(claim)));
        }
        change.drop_claim(id).await?;
        let withdrawn_before = change.withdrawn_decisions(id).await?;
        let mut company = match &clue.violation.carrier_uscc {
            Some(uscc) => Some(self.company(change, uscc).await?),
            None => None,
        };
        let ground = self.ground(&registry);
        let deciding = ruling::Deciding { officer, outcome, said, now, withdrawn_before };
        let ruling = ruling::rule(&clue, &deciding, company.as_mut(), &ground)?;
        change.put_clue(&ruling.clue).await?;
        change.add_clue_event(id, &ruling.event).await?;
        if let Some(case) = &ruling.case {
            change.put_case(case).await?;
        }
        let followed = match (&mut company, &ruling.aftermath) {
            (Some(company), Some(aftermath)) => {
                self.settle(change, company, aftermath, &registry, now).await?
            }
            _ => Followed::default(),
        };
        change
            .add_audit(AuditDraft {
                at: now,
                who: officer.name.clone(),
                what: ruling.outcome.word(),
                subject: id.to_string(),
                detail: ruling.event.what.clone(),
            })
            .await?;
        Ok(Decided { clue: ruling.clue, followed })
    }

    fn registry(&self) -> Arc<Registry> {
        Arc::clone(self.registers.borrow().newest())
    }

    fn ground<'a>(&'a self, registry: &'a Registry) -> Ground<'a> {
        Ground { catalogue: &self.catalogue, registry, settings: &self.settings }
    }

    /// A company as it is stored.
    async fn company(&self, change: &mut Change, uscc: &Uscc) -> Result<Company, StoreError> {
        let entries = self.ledgers.read(change, uscc).await?;
        let last = change.last_ledger_entry().await?;
        let open = change.open_objections(uscc).await?;
        Ok(Company {
            uscc: uscc.clone(),
            book: Book::new(entries, last),
            listed: change.listing(uscc).await?,
            file: change.standing_file(uscc).await?,
            contested: contested(&open),
            exits: change.exit_files(uscc).await?,
            next_file: change.next_file_seq().await?,
        })
    }

    /// Stores what followed for a company: entries, file, and the change of the list with its feed event. The only place
    /// where a change of the black list is published. The cases are stored before. The company's ledger is kept for its next
    /// act; the company is done with.
    async fn settle(
        &self,
        change: &mut Change,
        company: &mut Company,
        aftermath: &Aftermath,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Followed, PublishError> {
        for entry in company.book.added() {
            change.add_ledger_entry(entry).await?;
        }
        self.publish_penalties(change, company, registry, now).await?;
        for file in aftermath.file.iter().chain(&aftermath.exits) {
            change.put_listing_file(file).await?;
        }
        let listed = company.listed.as_ref();
        let listing = match &aftermath.listing {
            Some(listing) => {
                let mut listing = listing.clone();
                if let Some(file) = aftermath.file.as_ref().or(company.file.as_ref()) {
                    listing.particulars = file.particulars(&aftermath.score);
                }
                publicity::complete(&mut listing.particulars, &company.uscc, &self.ground(registry));
                Some(self.press.publish_listing(change, listing, listed, now).await?)
            }
            None => None,
        };
        let on_list = match &listing {
            Some((Action::Delist, _)) => None,
            Some((_, row)) => Some(row),
            None => listed,
        };
        let carrier = registry.carriers.get(&company.uscc).map(|carrier| {
            let trucks = crate::view::carrier::fleet_size(registry, &carrier.uscc);
            CarrierRow::of(carrier, trucks, &aftermath.score, on_list)
        });
        self.ledgers.keep(&company.uscc, std::mem::take(&mut company.book).into_entries());
        Ok(Followed { carrier, listing })
    }

    /// Publishes the penalties that new entries rest on or take back, each with what its case says.
    async fn publish_penalties(
        &self,
        change: &mut Change,
        company: &Company,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<(), PublishError> {
        let ground = self.ground(registry);
        for (entry, stands) in publicity::moved_penalties(company.book.added(), company.book.entries()) {
            let case = match &entry.case_no {
                Some(number) => change.case(number.as_str()).await?,
                None => None,
            };
            if let Some(penalty) = publicity::penalty(entry, case.as_ref(), stands, &ground) {
                self.press.publish(change, Record::Penalty(Box::new(penalty)), now).await?;
            }
        }
        Ok(())
    }

    /// Stores what was done.
    async fn audit(
        &self,
        change: &mut Change,
        who: &Officer,
        what: &'static str,
        subject: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        change
            .add_audit(AuditDraft {
                at: now,
                who: who.name.clone(),
                what,
                subject: subject.to_owned(),
                detail: detail.to_owned(),
            })
            .await
    }
}
