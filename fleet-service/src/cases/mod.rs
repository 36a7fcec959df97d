//! From a clue to a decided case: an officer of the rule's authority confirms or rejects with a reason.
//!
//! [`ruling`] is the pure part: what follows from a decision. [`Cases`] carries it out: the decision, its ledger entry,
//! a change of the black list with its feed event, the deliveries due, the clue's history and the audit trail are stored
//! in one transaction or not at all. No rule confirms itself. Appeals and notice periods are not handled here.

pub mod ruling;

use std::sync::Arc;

use domain::{Registers, Timestamp, ViolationId};
use scoring::Catalogue;
use tokio::sync::watch;

use crate::feed::event::Action;
use crate::feed::publish::{Press, PublishError};
use crate::store::{AuditDraft, Change, Officer, Store, StoreError, StoredClue, StoredListing};
use crate::view::carrier::CarrierRow;

use ruling::{Ground, Ruling, RulingError};

pub use ruling::Outcome;

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// No such clue.
    #[error("there is no clue {0}")]
    NotFound(ViolationId),
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
    /// The company's row, when its score moved.
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
}

impl Cases {
    /// Takes one decision.
    pub async fn decide(
        &self,
        id: ViolationId,
        officer: &Officer,
        outcome: Outcome,
        reason: &str,
        now: Timestamp,
    ) -> Result<Decided, CaseError> {
        let registry = Arc::clone(self.registers.borrow().newest());
        let mut change = self.store.change().await?;
        let clue = change.clue(id).await?.ok_or(CaseError::NotFound(id))?;
        let (history, listed) = match &clue.violation.carrier_uscc {
            Some(uscc) => (change.ledger_of(uscc).await?, change.listing(uscc).await?),
            None => (Vec::new(), None),
        };
        let last_entry = change.last_ledger_entry().await?;
        let ground = Ground {
            catalogue: &self.catalogue,
            registry: &registry,
            history: &history,
            last_entry: last_entry.as_ref(),
            is_listed: listed.is_some(),
        };
        let ruling = ruling::rule(&clue, officer, outcome, reason, now, &ground)?;
        let listing = self.carry_out(&mut change, &ruling, listed.as_ref(), officer, now).await?;
        change.commit().await?;
        let carrier = ruling.posting.as_ref().and_then(|posting| {
            let carrier = registry.carriers.get(&posting.score.uscc)?;
            let trucks = crate::view::carrier::fleet_size(&registry, &carrier.uscc);
            let on_list = match &listing {
                Some((Action::Delist, _)) => None,
                Some((_, row)) => Some(row),
                None => listed.as_ref(),
            };
            Some(CarrierRow::of(carrier, trucks, &posting.score, on_list))
        });
        Ok(Decided { clue: ruling.clue, carrier, listing })
    }

    async fn carry_out(
        &self,
        change: &mut Change,
        ruling: &Ruling,
        listed: Option<&StoredListing>,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Option<(Action, StoredListing)>, CaseError> {
        let id = ruling.clue.violation.id;
        for entry in ruling.posting.iter().flat_map(|posting| &posting.entries) {
            change.add_ledger_entry(entry).await?;
        }
        change.put_clue(&ruling.clue).await?;
        change.add_clue_event(id, &ruling.event).await?;
        let listing = match ruling.posting.as_ref().and_then(|posting| posting.listing.as_ref()) {
            Some(listing) => Some(self.press.publish_listing(change, listing.clone(), listed, now).await?),
            None => None,
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
        Ok(listing)
    }
}
