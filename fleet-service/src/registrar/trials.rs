//! Trials in the background: one at a time, the last few answers kept in memory.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use tokio_util::sync::CancellationToken;

use super::trial::{self, Progress, Trial, TrialError, TrialOutcome};
use crate::history::History;
use crate::officers;

/// Most trials whose answers are kept.
pub const TRIALS_KEPT: usize = 16;
/// Longest stretch tried, in days.
pub const TRIAL_DAYS_MAX: i64 = 31;
/// Stretch when none is given, in days.
pub const TRIAL_DAYS_DEFAULT: i64 = 7;
/// Most records changed in one trial.
pub const TRIAL_CHANGES_MAX: usize = 100;

/// How a trial stands.
#[derive(Debug, Clone)]
pub enum State {
    /// Under way.
    Running,
    /// Answered.
    Done(Arc<TrialOutcome>),
    /// Somebody ended it.
    Cancelled,
    /// It has no answer.
    Failed(String),
}

/// A trial as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its token.
    pub id: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub asked: Timestamp,
    /// What stretch.
    pub from: Timestamp,
    /// To when.
    pub until: Timestamp,
    /// How it stands.
    pub state: State,
    progress: Arc<Progress>,
    stop: CancellationToken,
}

impl Kept {
    /// Trucks judged, and in all; 0 of 0 while that is not known.
    pub fn progress(&self) -> (u64, u64) {
        (self.progress.done.load(Ordering::Relaxed), self.progress.total.load(Ordering::Relaxed))
    }
}

/// Why a trial did not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another is under way.
    #[error("a trial of {by} is under way, {done} of {total} trucks: wait for it or cancel it")]
    Busy {
        /// Whose.
        by: String,
        /// How far.
        done: u64,
        /// Of how many.
        total: u64,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a token")]
    Random(#[source] getrandom::Error),
}

/// The trials. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Trials(Arc<Mutex<VecDeque<Kept>>>);

impl Trials {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a trial in the background and gives its token.
    ///
    /// # Errors
    /// One is under way.
    pub fn start(
        &self,
        history: History,
        trial: Trial,
        by: &str,
        now: Timestamp,
        stop: CancellationToken,
    ) -> Result<String, StartError> {
        let id = officers::new_token().map_err(StartError::Random)?;
        let progress = Arc::<Progress>::default();
        {
            let mut kept = self.lock();
            if let Some(running) = kept.iter().find(|kept| matches!(kept.state, State::Running)) {
                let (done, total) = running.progress();
                return Err(StartError::Busy { by: running.by.clone(), done, total });
            }
            kept.truncate(TRIALS_KEPT - 1);
            kept.push_front(Kept {
                id: id.clone(),
                by: by.to_owned(),
                asked: now,
                from: *trial.stretch.start(),
                until: *trial.stretch.end(),
                state: State::Running,
                progress: Arc::clone(&progress),
                stop: stop.clone(),
            });
        }
        let (trials, token) = (self.clone(), id.clone());
        tokio::spawn(async move {
            let state = match trial::run(&history, &trial, &progress, &stop).await {
                Ok(outcome) => State::Done(Arc::new(outcome)),
                Err(TrialError::Cancelled) => State::Cancelled,
                Err(error) => {
                    tracing::warn!(error = %crate::sentence(&error), "a trial has no answer");
                    State::Failed(crate::sentence(&error))
                }
            };
            if let Some(kept) = trials.lock().iter_mut().find(|kept| kept.id == token) {
                kept.state = state;
            }
        });
        Ok(id)
    }

    /// A trial by its token.
    pub fn get(&self, id: &str) -> Option<Kept> {
        self.lock().iter().find(|kept| kept.id == id).cloned()
    }

    /// Ends a trial that is under way; `false` when there is none of that token.
    pub fn cancel(&self, id: &str) -> bool {
        let kept = self.lock();
        let found = kept.iter().find(|kept| kept.id == id);
        if let Some(kept) = found {
            kept.stop.cancel();
        }
        found.is_some()
    }
}
