//! The press: makes events of what was decided, numbers, chains and signs them, and keeps the list of who is listed now
//! beside them. Everything happens inside the caller's [`Change`]: a decision and what the public is told of it are stored
//! together or not at all.

use std::path::Path;
use std::sync::Arc;

use domain::{Timestamp, Uscc};

use super::event::{Action, Cause, FIRST_PREV_HASH, FeedError, FeedEvent, hash_of_line};
use super::key::{FeedKey, KeyError};
use super::push::PushTarget;
use crate::store::{Change, StoreError, StoredListing};

/// Why an event was not published. The change it belongs to must not be committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The event cannot be written, or the one before it cannot be read.
    #[error(transparent)]
    Event(#[from] FeedError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A change of the black list, to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// On or off.
    pub action: Action,
    /// The company.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Its score.
    pub score_centi: i64,
    /// The deductions that led to it.
    pub cause: Vec<Cause>,
}

/// Publishes. Cheap to clone.
#[derive(Clone)]
pub struct Press {
    key: FeedKey,
    targets: Arc<[PushTarget]>,
}

impl Press {
    /// The press of a data folder, with its key; made when there is none.
    pub fn open(data: &Path) -> Result<Self, KeyError> {
        Ok(Self { key: FeedKey::load_or_create(data)?, targets: Arc::from([]) })
    }

    /// With platforms that every event is pushed to.
    #[must_use]
    pub fn with_targets(self, targets: Arc<[PushTarget]>) -> Self {
        Self { targets, ..self }
    }

    /// Platforms that every event is pushed to.
    pub fn targets(&self) -> &[PushTarget] {
        &self.targets
    }

    /// The public half of the signing key, in hexadecimal.
    pub fn public_key_hex(&self) -> String {
        self.key.public_hex()
    }

    /// Publishes a change of the black list. `listed` is the company's row before, if it has one.
    pub async fn publish_listing(
        &self,
        change: &mut Change,
        listing: Listing,
        listed: Option<&StoredListing>,
        now: Timestamp,
    ) -> Result<(Action, StoredListing), PublishError> {
        let (seq, prev_hash) = match change.last_feed_line().await? {
            Some((seq, line)) => (seq + 1, hash_of_line(&line)?),
            None => (1, FIRST_PREV_HASH.to_owned()),
        };
        let event = FeedEvent {
            seq,
            action: listing.action,
            at: now,
            uscc: listing.uscc.clone(),
            name: listing.name.clone(),
            score_centi: listing.score_centi,
            cause: listing.cause.clone(),
            prev_hash,
        };
        change.add_feed_line(seq, &event.sign(&self.key)?).await?;
        let row = StoredListing {
            uscc: listing.uscc,
            name: listing.name,
            since: listed.map_or(now, |before| before.since),
            score_centi: listing.score_centi,
            cause: listing.cause,
            feed_seq: seq,
        };
        match listing.action {
            Action::List | Action::Correct => change.put_listing(&row).await?,
            Action::Delist => change.drop_listing(&row.uscc).await?,
        }
        for target in self.targets.iter() {
            change.fill_outbox(&target.to_string(), now).await?;
        }
        Ok((listing.action, row))
    }
}
