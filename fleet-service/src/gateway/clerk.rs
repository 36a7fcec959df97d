//! The gateway's one writer: registrations, refused terminals, raw messages and trucks' notices of all connections share commits, so that
//! thousands who come at once do not cost a disk sync each. What is asked for is answered after the commit.

use std::sync::Arc;
use std::time::Duration;

use domain::TerminalId;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::admission::Book;
use super::counters::GatewayTotals;
use super::limits::{
    CLERK_COMMIT_BYTES_MAX, CLERK_COMMIT_MAX, CLERK_QUEUE_MAX, NOTICES_OF_TERMINAL_MAX, PENDING_MAX,
    RAW_IN_ALL_MAX, RAW_OF_TERMINAL_MAX,
};
use crate::store::{PendingTerminal, RawMessage, Store, StoreError, StoredDevice, TruckNotice};

/// How long the first of a commit waits for company when somebody waits for it.
const GATHER: Duration = Duration::from_millis(5);
/// The same when nobody does.
const GATHER_NOTES: Duration = Duration::from_millis(250);
/// What a notice counts for among the bytes of a commit: about a row with its index entries.
const NOTICE_BYTES: usize = 512;
/// Pause before a failed commit is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The service is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing more is stored: the service is ending")]
pub struct ClerkGone;

#[derive(Debug)]
enum Job {
    Device { terminal: TerminalId, device: StoredDevice, done: oneshot::Sender<()> },
    Pending(PendingTerminal),
    Raw { message: RawMessage, done: oneshot::Sender<()> },
    Notices { notices: Vec<TruckNotice>, done: oneshot::Sender<()> },
}

/// Hands work to the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Clerk {
    queue: mpsc::Sender<Job>,
    totals: Arc<GatewayTotals>,
}

impl Clerk {
    /// Starts the writer. It ends when every clone is dropped. What it stores of devices it also writes into the book.
    pub(super) fn start(store: Store, book: Arc<Book>, totals: Arc<GatewayTotals>) -> Self {
        let (queue, jobs) = mpsc::channel(CLERK_QUEUE_MAX);
        tokio::spawn(run(store, book, jobs, Arc::clone(&totals)));
        Self { queue, totals }
    }

    /// Stores a registration; returns when it is durable.
    pub(super) async fn put_device(
        &self,
        terminal: TerminalId,
        device: StoredDevice,
    ) -> Result<(), ClerkGone> {
        let (done, stored) = oneshot::channel();
        self.queue.send(Job::Device { terminal, device, done }).await.map_err(|_refused| ClerkGone)?;
        stored.await.map_err(|_dropped| ClerkGone)
    }

    /// Keeps a raw message; returns when it is durable.
    pub(super) async fn keep_raw(&self, message: RawMessage) -> Result<(), ClerkGone> {
        let (done, stored) = oneshot::channel();
        self.queue.send(Job::Raw { message, done }).await.map_err(|_refused| ClerkGone)?;
        stored.await.map_err(|_dropped| ClerkGone)
    }

    /// Keeps what a truck says of its reports; returns when it is durable.
    pub(super) async fn keep_notices(&self, notices: Vec<TruckNotice>) -> Result<(), ClerkGone> {
        let (done, stored) = oneshot::channel();
        self.queue.send(Job::Notices { notices, done }).await.map_err(|_refused| ClerkGone)?;
        stored.await.map_err(|_dropped| ClerkGone)
    }

    /// Notes a refused terminal; dropped and counted when too much waits: it will knock again.
    pub(super) fn note_pending(&self, pending: PendingTerminal) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(Job::Pending(pending)) {
            GatewayTotals::count(&self.totals.pending_notes_dropped);
        }
    }
}

async fn run(store: Store, book: Arc<Book>, mut queue: mpsc::Receiver<Job>, totals: Arc<GatewayTotals>) {
    while let Some(first) = queue.recv().await {
        let jobs = gather(first, &mut queue).await;
        while let Err(error) = commit(&store, &jobs, &totals).await {
            GatewayTotals::count(&totals.commit_failures);
            tracing::error!(
                error = %crate::sentence(&error),
                "registrations, raw messages and notices cannot be stored; none is answered, trying again"
            );
            sleep(RETRY_AFTER).await;
        }
        for job in jobs {
            // Whoever asked may be gone; it is stored all the same.
            match job {
                Job::Device { terminal, device, done } => {
                    book.put_device(terminal, device);
                    let _ = done.send(());
                }
                Job::Raw { done, .. } => {
                    GatewayTotals::count(&totals.raw_stored);
                    let _ = done.send(());
                }
                Job::Notices { done, .. } => {
                    let _ = done.send(());
                }
                Job::Pending(_) => {}
            }
        }
    }
}

async fn gather(first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let begun = Instant::now();
    let (mut wait, mut bytes) = (GATHER_NOTES, 0);
    let mut jobs = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        if !matches!(job, Job::Pending(_)) {
            wait = GATHER;
        }
        bytes += match &job {
            Job::Raw { message, .. } => message.payload.len(),
            Job::Notices { notices, .. } => notices.len() * NOTICE_BYTES,
            Job::Device { .. } | Job::Pending(_) => 0,
        };
        jobs.push(job);
        if jobs.len() >= CLERK_COMMIT_MAX || bytes >= CLERK_COMMIT_BYTES_MAX {
            break;
        }
        next = timeout_at(begun + wait, queue.recv()).await.unwrap_or(None);
    }
    jobs
}

async fn commit(store: &Store, jobs: &[Job], totals: &GatewayTotals) -> Result<(), StoreError> {
    let mut change = store.change().await?;
    let (mut raw, mut notices) = (Vec::new(), Vec::new());
    let mut is_noted = false;
    for job in jobs {
        match job {
            Job::Device { terminal, device, .. } => {
                change.put_device(terminal, device).await?;
                change.remove_pending(terminal).await?;
            }
            Job::Pending(pending) => {
                change.note_pending(pending).await?;
                is_noted = true;
            }
            Job::Raw { message, .. } => raw.push(message),
            Job::Notices { notices: told, .. } => notices.extend(told),
        }
    }
    let trimmed = if is_noted { change.trim_pending(PENDING_MAX).await? } else { 0 };
    let dropped = if raw.is_empty() {
        None
    } else {
        Some(change.add_raw(&raw, RAW_OF_TERMINAL_MAX, RAW_IN_ALL_MAX).await?)
    };
    let added = change.add_notices(&notices, NOTICES_OF_TERMINAL_MAX).await?;
    change.commit().await?;
    GatewayTotals::count(&totals.commits);
    totals.add_notices(&added);
    GatewayTotals::add_to(&totals.pending_dropped, trimmed);
    GatewayTotals::add_to(&totals.raw_dropped, dropped.map_or(0, |gone| gone.messages));
    Ok(())
}
