//! From a clue to a decided case, a listing and its end: due process.
//!
//! Pure parts, which say what follows or why not: [`ruling`] (a clue is confirmed or rejected), [`case_file`] (decision,
//! finality, hand-over), [`entry`] and [`import`] (cases that no device saw), [`appeal`] (objection, repair),
//! [`listing_file`] (proposal, notice, listing, exit) with its texts in [`notice`], [`company`] (what a moved ledger means
//! for the black list), [`open_clocks`] (what is due when), [`settings`].
//!
//! [`Cases`] carries it out: whatever belongs to one act (the record, ledger entries, a change of the black list with its
//! feed event, the audit trail) is stored in one transaction or not at all. No rule confirms itself, no
//! entry is ever edited.

mod act_error;
pub mod appeal;
mod appeal_acts;
mod case_acts;
pub mod case_file;
pub mod claim;
mod clue_acts;
pub mod company;
pub mod entry;
pub mod import;
mod listing_acts;
pub mod listing_file;
pub mod notice;
pub mod open_clocks;
pub mod ruling;
pub mod settings;
mod triggered;

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

use company::{Aftermath, Book, Company, Ground};
use ruling::RulingError;
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
}

impl Cases {
    /// Takes one decision on a clue.
    pub async fn decide(
        &self,
        id: ViolationId,
        officer: &Officer,
        outcome: Outcome,
        reason: &str,
        now: Timestamp,
    ) -> Result<Decided, CaseError> {
        let registry = self.registry();
        let mut change = self.store.change().await?;
        let clue = change.clue(id).await?.ok_or(CaseError::NotFound(id))?;
        let claim = change.claim(id).await?.filter(|claim| claim.keeps_out(&officer.name, now));
        if let (Some(claim), ClueState::Pending) = (&claim, clue.state) {
            return Err(CaseError::Claimed(claim::taken(claim)));
        }
        change.drop_claim(id).await?;
        let withdrawn_before = change.withdrawn_decisions(id).await?;
        let mut company = match &clue.violation.carrier_uscc {
            Some(uscc) => Some(self.company(&mut change, uscc).await?),
            None => None,
        };
        let ground = self.ground(&registry);
        let deciding = ruling::Deciding { officer, outcome, reason, now, withdrawn_before };
        let ruling = ruling::rule(&clue, &deciding, company.as_mut(), &ground)?;
        change.put_clue(&ruling.clue).await?;
        change.add_clue_event(id, &ruling.event).await?;
        if let Some(case) = &ruling.case {
            change.put_case(case).await?;
        }
        let followed = match (&company, &ruling.aftermath) {
            (Some(company), Some(aftermath)) => {
                self.settle(&mut change, company, aftermath, &registry, now).await?
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
        change.commit().await?;
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
        let entries = change.ledger_of(uscc).await?;
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
    /// where a change of the black list is published.
    async fn settle(
        &self,
        change: &mut Change,
        company: &Company,
        aftermath: &Aftermath,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Followed, PublishError> {
        for entry in company.book.added() {
            change.add_ledger_entry(entry).await?;
        }
        let (entries, catalogue) = (company.book.added(), &self.catalogue);
        self.press.publish_penalties(change, entries, registry, catalogue, now).await?;
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
        Ok(Followed { carrier, listing })
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
