//! The press: makes events of what was decided, numbers, chains and signs them, and keeps the list of who is listed now
//! beside them. Everything happens inside the caller's [`Change`]: a decision and what the public is told of it are stored
//! together or not at all.
//!
//! The first event after a day has turned in Asia/Shanghai is preceded by that day's ledger head, if nobody published it
//! before. It is read as the newest entry posted before that midnight, one row, where `scoring::heads` folds a whole ledger: the
//! two differ only for entries posted while the clock stood behind, which both give to a later head. The key may have been changed by another process meanwhile: every event asks the database which key signs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::time::date_plus_days;
use domain::{Registry, Timestamp, Uscc};

use super::event::{FIRST_PREV_HASH, FORM, FeedError, FeedEvent, hash_of_line};
use super::key::{FeedKey, KeyError};
use super::record::{
    self, Action, BlackListRecord, Cause, HeadRecord, LIST_CODE, Particulars, PermitRecord, Record,
    RotateRecord,
};
use crate::cases::reentry::{self, ReentryError};
use crate::store::{Change, Store, StoreError, StoredListing};

/// Why an event was not published. The change it belongs to must not be committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The event cannot be written, or the one before it cannot be read.
    #[error(transparent)]
    Event(#[from] FeedError),
    /// A company that had to leave the directory may not come back yet.
    #[error(transparent)]
    Reentry(#[from] ReentryError),
    /// The key that signs is not to be had.
    #[error(transparent)]
    Key(#[from] KeyError),
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
    /// Everything else that is known. The ledger's head is added when it is published.
    pub particulars: Particulars,
}

/// Publishes. Cheap to clone.
#[derive(Clone)]
pub struct Press {
    data: PathBuf,
    key: Arc<Mutex<FeedKey>>,
}

impl Press {
    /// The press of a data folder, with its key; made when there is none.
    pub fn open(data: &Path) -> Result<Self, KeyError> {
        let key = FeedKey::load_or_create(data)?;
        Ok(Self { data: data.to_owned(), key: Arc::new(Mutex::new(key)) })
    }

    /// The key in use, as this process knows it.
    pub fn key(&self) -> FeedKey {
        self.key.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key whose public half is this one; taken over when another process changed it.
    pub fn key_of(&self, public_hex: &str) -> Result<FeedKey, KeyError> {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if key.public_hex() != public_hex {
            *key = FeedKey::find(&self.data, public_hex)?;
        }
        Ok(key.clone())
    }

    /// The key that signs now, by what is committed. One that still waits to take over takes over here.
    pub async fn signing_key(&self, store: &Store) -> Result<FeedKey, PublishError> {
        match store.feed_keys().await?.pop() {
            Some(newest) => {
                let key = self.key_of(&newest.public_key)?;
                FeedKey::take_over(&self.data, &newest.public_key)?;
                Ok(key)
            }
            None => Ok(self.key()),
        }
    }

    /// Publishes a change of the black list. `listed` is the company's row before, if it has one.
    pub async fn publish_listing(
        &self,
        change: &mut Change,
        listing: Listing,
        listed: Option<&StoredListing>,
        now: Timestamp,
    ) -> Result<(Action, StoredListing), PublishError> {
        let mut particulars = listing.particulars;
        if let Some(head) = change.last_ledger_entry().await? {
            particulars.ledger_seq = Some(head.seq);
            particulars.ledger_hash = Some(head.hash.to_string());
        }
        let record = BlackListRecord {
            list: Some(LIST_CODE.to_owned()),
            uscc: listing.uscc.clone(),
            name: listing.name.clone(),
            score_centi: listing.score_centi,
            cause: listing.cause.clone(),
            particulars,
        };
        let seq = self.publish(change, listing.action.record(record), now).await?;
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
        Ok((listing.action, row))
    }

    /// Publishes the permits that are new in a version of the registers, or say something else than before. Registers that
    /// would let a company back in that had to leave the directory are refused: everyone who puts registers in force passes
    /// here, inside the transaction that stores them.
    pub async fn publish_permits(
        &self,
        change: &mut Change,
        before: Option<&Registry>,
        after: &Registry,
        now: Timestamp,
    ) -> Result<usize, PublishError> {
        reentry::check(&change.bans(now.local_date()).await?, before, after)?;
        let permits = changed_permits(before, after);
        let published = permits.len();
        for permit in permits {
            self.publish(change, Record::Permit(Box::new(permit)), now).await?;
        }
        Ok(published)
    }

    /// Publishes any record; gives its number.
    pub async fn publish(
        &self,
        change: &mut Change,
        record: Record,
        now: Timestamp,
    ) -> Result<u64, PublishError> {
        self.turn_day(change, now).await?;
        self.append(change, record, now).await
    }

    /// Publishes the ledger's head of the day before `now`, unless that day's or a later one is published or the ledger was
    /// empty then. Its number.
    pub async fn turn_day(&self, change: &mut Change, now: Timestamp) -> Result<Option<u64>, PublishError> {
        let today = now.local_date();
        let day = date_plus_days(today, -1);
        if change.last_feed_head().await?.is_some_and(|last| last >= day) {
            return Ok(None);
        }
        let Some(entry) = change.last_ledger_entry_before(Timestamp::start_of_local_day(today)).await? else {
            return Ok(None);
        };
        let head = HeadRecord { day, ledger_seq: entry.seq, ledger_hash: entry.hash.to_string() };
        let seq = self.append(change, Record::Head(head), now).await?;
        change.add_feed_head(day, seq).await?;
        Ok(Some(seq))
    }

    /// Announces a new key, which signs from the next event on. Its seed waits in a file of its own until
    /// [`Press::signing_key`], asked after the change is committed, lets it take the old one's place.
    pub async fn rotate(&self, change: &mut Change, now: Timestamp) -> Result<FeedKey, PublishError> {
        if let Some(newest) = change.newest_feed_key().await?
            && FeedKey::is_waiting(&self.data, &newest)?
        {
            return Err(KeyError::UnderWay.into());
        }
        self.turn_day(change, now).await?;
        let next = FeedKey::create_next(&self.data)?;
        let from_seq = change.last_feed_line().await?.map_or(1, |(seq, _)| seq + 1) + 1;
        let rotation = RotateRecord { public_key: next.public_hex(), from_seq };
        self.append(change, Record::Rotate(rotation), now).await?;
        change.add_feed_key(&next.public_hex(), from_seq, now).await?;
        Ok(next)
    }

    async fn append(&self, change: &mut Change, record: Record, now: Timestamp) -> Result<u64, PublishError> {
        let (seq, prev_hash) = match change.last_feed_line().await? {
            Some((seq, line)) => (seq + 1, hash_of_line(&line)?),
            None => (1, FIRST_PREV_HASH.to_owned()),
        };
        let key = match change.newest_feed_key().await? {
            Some(public_hex) => self.key_of(&public_hex)?,
            None => {
                // Everything before the keys were written down is signed by the first.
                let key = self.key();
                change.add_feed_key(&key.public_hex(), 1, now).await?;
                key
            }
        };
        let event = FeedEvent { form: FORM, seq, at: now, key: Some(key.id()), record, prev_hash };
        change.add_feed_line(seq, &event.sign(&key)?).await?;
        Ok(seq)
    }
}

fn changed_permits(before: Option<&Registry>, after: &Registry) -> Vec<PermitRecord> {
    let known = |permit: &domain::Permit| {
        let registry = before?;
        registry.permits.get(&permit.number).map(|permit| record::permit(permit, registry))
    };
    after
        .permits
        .values()
        .map(|permit| (known(permit), record::permit(permit, after)))
        .filter(|(known, record)| known.as_ref() != Some(record))
        .map(|(_, record)| record)
        .collect()
}
