//! One target's courier: takes the next events from the queue, sends them, and notes what came of it. The note is
//! committed after the target's answer: cut short in between, the events are sent again.

use std::path::PathBuf;

use domain::Timestamp;
use tokio::time::{Instant, timeout};

use super::alert;
use super::folder;
use super::http::{ANSWER_TIMEOUT, Parcel, Sender, SenderError};
use super::plan::{self, Answer, Next};
use super::target::{Target, TargetKind};
use crate::store::{DeadLetter, Source, Store, StoreError, StoredTarget};

/// Largest body of a request or file, bytes; a single event may be larger.
pub const PARCEL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most dead letters that wait at one target: at so many it gets nothing more until an operator looked.
pub const DEAD_LETTERS_MAX: u64 = 10_000;
/// Most rows looked at in one round by a target that is told of few of them.
const LOOKED_AT_MAX: u32 = 1_000;
/// How long an idle courier waits before it looks again, ms.
pub const LOOK_EVERY_MS: i64 = 500;

/// What one round did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// Something was settled; there may be more.
    Delivered,
    /// Nothing is due for so long, ms.
    Idle(i64),
    /// The target did not take it; it is tried again after so long, ms.
    Failed(i64),
    /// The target was removed.
    Gone,
}

enum Way {
    Http(Box<Sender>),
    Folder(PathBuf),
}

/// Serves one target.
pub struct Courier {
    store: Store,
    target: Target,
    way: Way,
    /// Most events in the next parcel.
    size: usize,
    /// Up to where rows the target is not told of were passed over, by source.
    passed: [u64; 2],
    may_have_dead: bool,
}

/// What the next parcel holds, and up to where the queue is settled with it.
struct Gathered {
    parcel: Option<Parcel>,
    upto: u64,
}

impl Courier {
    /// A courier for a target; reads the target's files.
    pub fn new(store: Store, target: Target) -> Result<Self, SenderError> {
        let way = match target.kind {
            TargetKind::Https | TargetKind::Webhook => Way::Http(Box::new(Sender::new(&target)?)),
            TargetKind::Folder => Way::Folder(PathBuf::from(&target.address)),
        };
        let size = target.options.batch.max(1) as usize;
        Ok(Self { store, target, way, size, passed: [0; 2], may_have_dead: true })
    }

    /// Sends what is due at `now`, one parcel at most. `jitter` in 0 to 1 spreads the pauses.
    pub async fn round(&mut self, now: Timestamp, jitter: f64) -> Result<Round, StoreError> {
        let Some(standing) = self.store.push_target(&self.target.name).await? else { return Ok(Round::Gone) };
        let wait_ms = standing.next.millis_since(now);
        if wait_ms > 0 {
            return Ok(Round::Idle(wait_ms.min(LOOK_EVERY_MS)));
        }
        let moment = Moment { began: Instant::now(), now, jitter };
        if let Some(letter) = self.store.next_resend(&self.target.name).await? {
            return self.resend(&standing, &letter, &moment).await;
        }
        if let Some(error) = self.full().await? {
            return self.wait(plan::PAUSE_MAX_MS, &error, &moment).await;
        }
        for source in self.sources() {
            let gathered = self.gather(&standing, *source).await?;
            match gathered.parcel {
                Some(parcel) => {
                    return self.deliver(&standing, *source, &parcel, gathered.upto, &moment).await;
                }
                None if gathered.upto > self.place(&standing, *source) => {
                    self.pass(&standing, *source, gathered.upto, &moment).await?;
                    return Ok(Round::Delivered);
                }
                None => {}
            }
        }
        Ok(Round::Idle(LOOK_EVERY_MS))
    }

    /// Passes over rows the target is not told of. Noted in the database only now and then: passing over them again costs
    /// little.
    async fn pass(
        &mut self,
        standing: &StoredTarget,
        source: Source,
        upto: u64,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        self.passed[source as usize] = upto;
        if upto.saturating_sub(standing.settled(source)) >= u64::from(LOOKED_AT_MAX) {
            let mut change = self.store.change().await?;
            change.settle_push(&self.target.name, source, upto, 0, moment.later()).await?;
            change.commit().await?;
        }
        Ok(())
    }

    fn sources(&self) -> &'static [Source] {
        match self.target.kind {
            TargetKind::Https | TargetKind::Folder => &[Source::Feed],
            TargetKind::Webhook => &[Source::Feed, Source::Clue],
        }
    }

    fn place(&self, standing: &StoredTarget, source: Source) -> u64 {
        standing.settled(source).max(self.passed[source as usize])
    }

    /// Why nothing more is sent, when too many dead letters wait.
    async fn full(&mut self) -> Result<Option<String>, StoreError> {
        if !self.may_have_dead {
            return Ok(None);
        }
        let count = self.store.dead_letter_count(&self.target.name).await?;
        self.may_have_dead = count > 0;
        Ok((count >= DEAD_LETTERS_MAX).then(|| {
            format!("{count} dead letters wait, nothing more is sent until they are resent: fleet-service feed-push list")
        }))
    }

    async fn gather(&self, standing: &StoredTarget, source: Source) -> Result<Gathered, StoreError> {
        let after = self.place(standing, source);
        let size = plan::size(self.size, standing.attempts);
        let limit = match self.target.kind {
            TargetKind::Webhook => LOOKED_AT_MAX,
            TargetKind::Https | TargetKind::Folder => u32::try_from(size).unwrap_or(LOOKED_AT_MAX),
        };
        let rows = self.rows_after(source, after, limit).await?;
        let mut parcel = Parcel {
            source: source.word(),
            seqs: Vec::new(),
            body: String::new(),
            is_lines: self.sends_lines(),
        };
        let mut upto = after;
        for (seq, text) in rows {
            if let Some(text) = text {
                let is_full = parcel.seqs.len() >= size || parcel.body.len() + text.len() > PARCEL_BYTES_MAX;
                if is_full && !parcel.seqs.is_empty() {
                    break;
                }
                put(&mut parcel, seq, &text);
            }
            upto = seq;
        }
        Ok(Gathered { parcel: (!parcel.seqs.is_empty()).then_some(parcel), upto })
    }

    /// Rows of a queue as the target gets them; `None` for one it is not told of.
    async fn rows_after(
        &self,
        source: Source,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Option<String>)>, StoreError> {
        let target = &self.target;
        Ok(match (source, target.kind) {
            (Source::Feed, TargetKind::Webhook) => {
                let rows = self.store.feed_rows_after(after, limit).await?;
                rows.into_iter().map(|(seq, line)| (seq, alert::of_line(target, seq, &line))).collect()
            }
            (Source::Feed, _) => {
                let rows = self.store.feed_rows_after(after, limit).await?;
                rows.into_iter().map(|(seq, line)| (seq, Some(line))).collect()
            }
            (Source::Clue, _) => {
                let rows = self.store.clue_news_after(after, limit).await?;
                rows.iter().map(|news| (news.seq, alert::of_clue(target, news))).collect()
            }
        })
    }

    fn sends_lines(&self) -> bool {
        self.target.options.batch > 1 || self.target.kind == TargetKind::Folder
    }

    async fn deliver(
        &mut self,
        standing: &StoredTarget,
        source: Source,
        parcel: &Parcel,
        upto: u64,
        moment: &Moment,
    ) -> Result<Round, StoreError> {
        let answer = self.send(parcel, moment.now).await;
        match plan::next(answer, &parcel.seqs, standing.attempts, moment.jitter) {
            Next::Settled(dead) => {
                let mut change = self.store.change().await?;
                for row in &dead {
                    tracing::warn!(target = %self.target.name, event = row.seq, reason = %row.reason, "a target did not take an event; it is a dead letter");
                    change
                        .add_dead_letter(&self.target.name, source, (row.seq, &row.reason), moment.later())
                        .await?;
                }
                let taken = parcel.seqs.len().saturating_sub(dead.len());
                change.settle_push(&self.target.name, source, upto, taken, moment.later()).await?;
                change.commit().await?;
                self.may_have_dead |= !dead.is_empty();
                self.size = (self.size * 2).min(self.target.options.batch.max(1) as usize);
                Ok(Round::Delivered)
            }
            Next::Fewer(size) => {
                self.size = size.max(1);
                Ok(Round::Delivered)
            }
            Next::Later { pause_ms, error } => self.wait(pause_ms, &error, moment).await,
        }
    }

    async fn resend(
        &mut self,
        standing: &StoredTarget,
        letter: &DeadLetter,
        moment: &Moment,
    ) -> Result<Round, StoreError> {
        let source = if letter.source == Source::Clue.word() { Source::Clue } else { Source::Feed };
        let rows = self.rows_after(source, letter.seq.saturating_sub(1), 1).await?;
        let Some((seq, Some(text))) = rows.into_iter().next().filter(|(seq, _)| *seq == letter.seq) else {
            // The target is told of such events no longer: nothing is owed.
            let mut change = self.store.change().await?;
            change.settle_dead_letter(letter.id, moment.later()).await?;
            change.commit().await?;
            return Ok(Round::Delivered);
        };
        let mut parcel = Parcel {
            source: source.word(),
            seqs: Vec::new(),
            body: String::new(),
            is_lines: self.sends_lines(),
        };
        put(&mut parcel, seq, &text);
        let answer = self.send(&parcel, moment.now).await;
        let refusal = match answer {
            Answer::Taken(rejected) => rejected.into_iter().find(|row| row.seq == seq).map(|row| row.reason),
            Answer::Refused(text) => Some(text),
            Answer::Failed(error) | Answer::Unreached(error) => {
                let pause_ms = plan::pause_ms(standing.attempts, moment.jitter);
                return self.wait(pause_ms, &error, moment).await;
            }
        };
        let mut change = self.store.change().await?;
        match refusal {
            Some(reason) => {
                let row = (seq, reason.as_str());
                change.add_dead_letter(&self.target.name, source, row, moment.later()).await?;
            }
            None => change.settle_dead_letter(letter.id, moment.later()).await?,
        }
        change.commit().await?;
        self.may_have_dead = true;
        Ok(Round::Delivered)
    }

    async fn wait(&self, pause_ms: i64, error: &str, moment: &Moment) -> Result<Round, StoreError> {
        tracing::warn!(target = %self.target.name, error, pause_ms, "a target did not take events");
        let mut change = self.store.change().await?;
        change.fail_push(&self.target.name, moment.later().plus_millis(pause_ms), error).await?;
        change.commit().await?;
        Ok(Round::Failed(pause_ms))
    }

    async fn send(&self, parcel: &Parcel, now: Timestamp) -> Answer {
        match &self.way {
            Way::Http(sender) => sender.send(parcel, now).await,
            Way::Folder(folder) => {
                let (folder, parcel) = (folder.clone(), parcel.clone());
                let written = tokio::task::spawn_blocking(move || folder::drop_in(&folder, &parcel));
                match timeout(ANSWER_TIMEOUT, written).await {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(error)) => Answer::Unreached(error.to_string()),
                    Err(_elapsed) => Answer::Unreached("the folder does not answer".to_owned()),
                }
            }
        }
    }
}

fn put(parcel: &mut Parcel, seq: u64, text: &str) {
    parcel.seqs.push(seq);
    parcel.body.push_str(text);
    if parcel.is_lines {
        parcel.body.push('\n');
    }
}

/// When a round began, by the record's clock and by one that only moves forward.
struct Moment {
    began: Instant,
    now: Timestamp,
    jitter: f64,
}

impl Moment {
    /// The record's time after what has passed since.
    fn later(&self) -> Timestamp {
        self.now.plus_millis(i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}
