//! The task that brings commands to terminals: one command at a time to each, one message at a time, the next when the
//! one before is answered. What waits for a terminal that is not there goes out when it comes.
//!
//! Everything that matters is in the store; what is here is which terminals have something waiting and what is on its way
//! now. News may be dropped and sessions may end: from time to time the task looks for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{LocalDate, Plate, Registers, TerminalId, Timestamp};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use wire::{Location, SendError, Version};

use super::area_meaning::Note;
use super::area_steps::{self, AreaStep, SHAPES, shape_word};
use super::areas::Planner;
use super::asking::{self, AskError};
use super::command::{Command, Shape};
use super::silence::Silence;
use super::under_way::{NO_ANSWER, Next, Step, UnderWay, shape_and_ids};
use crate::clock;
use crate::gateway::news::{CommandAnswer, News};
use crate::gateway::sessions::Sessions;
use crate::store::{CommandOutcome, Store, StoreError, StoredArea, StoredCommand};
use crate::terminals;

/// Between two looks at what waits, what ran out and what day it is.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A message that was handed over and not heard of for so long is lost: longer than the gateway repeats it.
const STEP_LOST_S: i64 = 180;
/// Commands the API may announce before the task hears of them; more are found by looking.
pub const ANNOUNCED_MAX: usize = 1_024;

/// Tells the task that a command was stored. Cheap to clone; the default one is heard by nobody.
#[derive(Debug, Clone, Default)]
pub struct CommandDesk {
    announced: Option<mpsc::Sender<TerminalId>>,
}

impl CommandDesk {
    /// A desk and what the task hears.
    pub fn open() -> (Self, mpsc::Receiver<TerminalId>) {
        let (announced, heard) = mpsc::channel(ANNOUNCED_MAX);
        (Self { announced: Some(announced) }, heard)
    }

    /// A command for this terminal is in the store.
    pub fn announce(&self, terminal: &TerminalId) {
        if let Some(announced) = &self.announced {
            // Where there is no room the task finds it at its next look.
            let _ = announced.try_send(terminal.clone());
        }
    }
}

/// What one terminal is being told.
struct Talk {
    command: Command,
    under_way: UnderWay,
    /// When it last moved.
    moved: Timestamp,
}

/// The task.
pub struct Dispatcher {
    store: Store,
    sessions: Sessions,
    registers: watch::Receiver<Arc<Registers>>,
    news: mpsc::Receiver<News>,
    announced: mpsc::Receiver<TerminalId>,
    planner: Planner,
    day: LocalDate,
    /// Areas are compared with the registers at the next look.
    is_plan_stale: bool,
    waiting: BTreeSet<TerminalId>,
    talks: BTreeMap<TerminalId, Talk>,
    silent: BTreeMap<TerminalId, Silence>,
}

impl Dispatcher {
    /// A task that hears of news and commands.
    pub fn new(
        store: Store,
        sessions: Sessions,
        registers: watch::Receiver<Arc<Registers>>,
        news: mpsc::Receiver<News>,
        announced: mpsc::Receiver<TerminalId>,
        now: Timestamp,
    ) -> Self {
        let planner = Planner::new(Arc::clone(registers.borrow().newest()));
        Self {
            store,
            sessions,
            registers,
            news,
            announced,
            planner,
            day: now.local_date(),
            is_plan_stale: true,
            waiting: BTreeSet::new(),
            talks: BTreeMap::new(),
            silent: BTreeMap::new(),
        }
    }

    /// Works until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                Some(news) = self.news.recv() => self.hear(news).await,
                Some(terminal) = self.announced.recv() => {
                    self.waiting.insert(terminal.clone());
                    self.start(&terminal).await
                }
                changed = self.registers.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.planner = Planner::new(Arc::clone(self.registers.borrow_and_update().newest()));
                    self.is_plan_stale = true;
                    Ok(())
                }
                _ = look.tick() => self.look(clock::now()).await,
            };
            if let Err(error) = outcome {
                tracing::error!(error = %crate::sentence(&error), "commands cannot be handled, trying again");
            }
        }
    }

    /// Looks for what was not told: commands of another process, lost messages, what ran out, a new day.
    async fn look(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.expire(now).await?;
        self.waiting = self.store.terminals_with_open_commands().await?.into_iter().collect();
        self.silent.retain(|terminal, _| self.waiting.contains(terminal));
        let lost = |talk: &Talk| talk.moved.plus_seconds(STEP_LOST_S) <= now;
        let given_up: Vec<TerminalId> =
            self.talks.iter().filter(|(_, talk)| lost(talk)).map(|(terminal, _)| terminal.clone()).collect();
        for terminal in given_up {
            self.note_silence(&terminal, now).await?;
        }
        if self.day != now.local_date() {
            self.day = now.local_date();
            self.is_plan_stale = true;
        }
        if self.is_plan_stale {
            self.compare_areas(now).await?;
            self.is_plan_stale = false;
        }
        for terminal in self.waiting.clone() {
            self.start(&terminal).await?;
        }
        Ok(())
    }

    async fn expire(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        if change.expire_commands(now).await? > 0 {
            change.commit().await?;
        }
        Ok(())
    }

    /// Asks for an update where a terminal holds other areas than the registers say today.
    async fn compare_areas(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let registry = Arc::clone(self.planner.registry());
        let rows = terminals::list(&self.store, &registry).await?.into_iter();
        let trucks: BTreeMap<TerminalId, Plate> =
            rows.filter_map(|row| Some((row.terminal, row.plate?))).collect();
        for terminal in self.store.terminals_with_kept_areas().await? {
            // One that may report for no truck any more cannot be told anything.
            let Some(plate) = trucks.get(&terminal).cloned() else { continue };
            let (steps, _) = self.difference(&terminal, &plate).await?;
            if steps.is_empty() {
                continue;
            }
            match asking::ask_for_update(&self.store, &terminal, now).await {
                Ok(_) => {
                    self.waiting.insert(terminal);
                }
                Err(AskError::Store(error)) => return Err(error),
                Err(error) => tracing::warn!(%error, "a terminal's areas stay as they are for now"),
            }
        }
        Ok(())
    }

    async fn hear(&mut self, news: News) -> Result<(), StoreError> {
        match news {
            News::Online(terminal) => {
                self.silent.remove(&terminal);
                if self.waiting.contains(&terminal) {
                    // What was on its way went to a session that is over.
                    self.give_up(&terminal).await?;
                    self.start(&terminal).await?;
                }
                Ok(())
            }
            News::Offline(terminal) if !self.sessions.is_online(&terminal) => self.give_up(&terminal).await,
            News::Offline(_) => Ok(()),
            News::Sent { terminal, command, outcome } => self.note_sent(&terminal, command, outcome).await,
            News::Answer { terminal, serial, answer } => self.take_answer(&terminal, serial, &answer).await,
        }
    }

    /// Begins a terminal's oldest command, if it is there and hears nothing else.
    async fn start(&mut self, terminal: &TerminalId) -> Result<(), StoreError> {
        let now = clock::now();
        if self.talks.contains_key(terminal)
            || self.silent.get(terminal).is_some_and(|silence| silence.lasts(now))
        {
            return Ok(());
        }
        // A command without messages is finished at once, and the next begins.
        loop {
            let Some(plate) = self.sessions.plate_of(terminal) else { return Ok(()) };
            let Some(stored) = self.store.first_open_command(terminal).await? else {
                self.waiting.remove(terminal);
                return Ok(());
            };
            let Some(talk) = self.open_talk(&stored, &plate, now).await? else { continue };
            let mut change = self.store.change().await?;
            change.note_command_sent(stored.id, now).await?;
            change.commit().await?;
            self.talks.insert(terminal.clone(), talk);
            if !self.go_on(terminal).await? {
                return Ok(());
            }
        }
    }

    /// `None` when the command cannot be carried out any more; it is then answered as failed.
    async fn open_talk(
        &mut self,
        stored: &StoredCommand,
        plate: &Plate,
        now: Timestamp,
    ) -> Result<Option<Talk>, StoreError> {
        let command: Option<Command> = serde_json::from_str(&stored.new.asked).ok();
        let messages = |version| command.as_ref().and_then(|command| command.messages(version).ok());
        let (Some(command), Some(by_2013), Some(by_2019)) =
            (command.clone(), messages(Version::V2013), messages(Version::V2019))
        else {
            let result = json!({ "not_done": [{ "message": stored.new.kind, "result": "unreadable" }] });
            self.finish(stored.id, CommandOutcome::Failed, &result, now).await?;
            return Ok(None);
        };
        let terminal = &stored.new.terminal;
        let (steps, notes): (Vec<Step>, Vec<Note>) = match (by_2013, by_2019) {
            (Some(by_2013), Some(by_2019)) => {
                let step = |(message, later)| {
                    let message_2019 = (message != later).then_some(later);
                    Step { message, message_2019, area: None }
                };
                (by_2013.into_iter().zip(by_2019).map(step).collect(), Vec::new())
            }
            _ => {
                let (steps, notes) = self.area_steps(&command, terminal, plate).await?;
                (steps.into_iter().map(Step::from).collect(), notes)
            }
        };
        let under_way = UnderWay::new(stored.id, steps, &notes);
        Ok(Some(Talk { command, under_way, moved: now }))
    }

    async fn area_steps(
        &mut self,
        command: &Command,
        terminal: &TerminalId,
        plate: &Plate,
    ) -> Result<(Vec<AreaStep>, Vec<Note>), StoreError> {
        match command {
            Command::DeleteAreas { shape, ids } => {
                let of = |shape| AreaStep::Delete { shape, ids: ids.clone() };
                let shapes = shape.map_or(SHAPES.to_vec(), |shape| vec![shape.on_the_wire()]);
                Ok((shapes.into_iter().map(of).collect(), Vec::new()))
            }
            Command::UpdateAreas {} => self.difference(terminal, plate).await,
            _ => {
                let plan = self.planner.plan(plate, self.day);
                let notes = plan.notes.clone();
                Ok((area_steps::whole(plan), notes))
            }
        }
    }

    async fn difference(
        &mut self,
        terminal: &TerminalId,
        plate: &Plate,
    ) -> Result<(Vec<AreaStep>, Vec<Note>), StoreError> {
        let held = self.store.areas_of(terminal).await?;
        let shape = |area: &StoredArea| SHAPES.into_iter().find(|shape| shape_word(*shape) == area.shape);
        let held: Vec<_> = held.iter().filter_map(|area| Some((shape(area)?, area.id))).collect();
        let plan = self.planner.plan(plate, self.day);
        let notes = plan.notes.clone();
        Ok((area_steps::difference(&held, plan), notes))
    }

    /// Hands over what is next; `true` when the command is finished.
    async fn go_on(&mut self, terminal: &TerminalId) -> Result<bool, StoreError> {
        let now = clock::now();
        let Some(talk) = self.talks.get_mut(terminal) else { return Ok(false) };
        talk.moved = now;
        match talk.under_way.go_on() {
            Next::Wait => Ok(false),
            Next::Send(step) => {
                let (news, id, whose) = (self.sessions.news().clone(), talk.under_way.id, terminal.clone());
                let Step { message, message_2019, .. } = *step;
                let handed_over = self.sessions.send(
                    terminal,
                    Box::new(move |gateway, now| {
                        let later = message_2019.filter(|_| gateway.version() == Some(Version::V2019));
                        let outcome = gateway.send(&later.unwrap_or(message), now);
                        // Untold, the message counts as lost after a while.
                        let _ = news.tell(News::Sent { terminal: whose, command: id, outcome });
                    }),
                );
                if !handed_over {
                    self.give_up(terminal).await?;
                }
                Ok(false)
            }
            Next::Finished(outcome, result) => {
                let id = talk.under_way.id;
                let keeps = match (&talk.command, outcome) {
                    (Command::DownloadAreas {}, CommandOutcome::Ok | CommandOutcome::Failed) => Some(true),
                    (Command::DeleteAreas { shape: None, .. }, _) => Some(false),
                    _ => None,
                };
                self.note_areas(terminal, now).await?;
                if let Some(keeps) = keeps {
                    let mut change = self.store.change().await?;
                    change.keep_areas(terminal, keeps).await?;
                    change.commit().await?;
                }
                self.finish(id, outcome, &result, now).await?;
                self.talks.remove(terminal);
                self.silent.remove(terminal);
                Ok(true)
            }
        }
    }

    async fn note_sent(
        &mut self,
        terminal: &TerminalId,
        command: u64,
        outcome: Result<u16, SendError>,
    ) -> Result<(), StoreError> {
        let Some(talk) = self.talks.get_mut(terminal).filter(|talk| talk.under_way.id == command) else {
            return Ok(());
        };
        match outcome {
            Ok(serial) => {
                talk.under_way.note_serial(serial);
                Ok(())
            }
            Err(SendError::Unwritable(error)) => {
                talk.under_way.note_failed(&crate::sentence(&error));
                self.go_on_or_next(terminal).await
            }
            // Busy, or its session has just ended.
            Err(_) => self.give_up(terminal).await,
        }
    }

    async fn take_answer(
        &mut self,
        terminal: &TerminalId,
        serial: u16,
        answer: &CommandAnswer,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        let plate = self.sessions.plate_of(terminal);
        let Some(talk) = self.talks.get_mut(terminal).filter(|talk| talk.under_way.awaits(serial)) else {
            return Ok(());
        };
        if matches!(answer, CommandAnswer::Missing) {
            return self.note_silence(terminal, now).await;
        }
        let location = match (answer, plate) {
            (CommandAnswer::Location(location), Some(plate)) => shown(location, &plate, terminal, now),
            _ => None,
        };
        talk.under_way.take_answer(serial, answer, location);
        self.go_on_or_next(terminal).await
    }

    /// A message stayed unanswered for as long as it is repeated: the command waits for another round, or fails.
    async fn note_silence(&mut self, terminal: &TerminalId, now: Timestamp) -> Result<(), StoreError> {
        let Some(talk) = self.talks.get_mut(terminal) else { return Ok(()) };
        let before = self.silent.get(terminal);
        if let Some(silence) = Silence::after_a_round(before, talk.under_way.id, now) {
            self.silent.insert(terminal.clone(), silence);
            return self.give_up(terminal).await;
        }
        talk.under_way.note_failed(NO_ANSWER);
        self.go_on_or_next(terminal).await
    }

    async fn go_on_or_next(&mut self, terminal: &TerminalId) -> Result<(), StoreError> {
        if self.go_on(terminal).await? {
            return self.start(terminal).await;
        }
        Ok(())
    }

    /// What is on its way to a terminal is not any more; the command waits for another time.
    async fn give_up(&mut self, terminal: &TerminalId) -> Result<(), StoreError> {
        self.note_areas(terminal, clock::now()).await?;
        self.talks.remove(terminal);
        Ok(())
    }

    /// Stores what the terminal did to its areas.
    async fn note_areas(&mut self, terminal: &TerminalId, now: Timestamp) -> Result<(), StoreError> {
        let Some(talk) = self.talks.get_mut(terminal) else { return Ok(()) };
        let done = talk.under_way.take_done();
        if done.is_empty() {
            return Ok(());
        }
        tracing::debug!(steps = done.len(), kind = talk.command.kind(), "a terminal's areas changed");
        let mut change = self.store.change().await?;
        for step in &done {
            let (shape, ids) = shape_and_ids(step);
            match step {
                AreaStep::Delete { .. } => change.drop_areas(terminal, shape, &ids).await?,
                AreaStep::Set(area) => {
                    // Plain data always has a JSON form.
                    let means = serde_json::to_string(&area.meaning).unwrap_or_default();
                    let held = StoredArea { shape: shape.to_owned(), id: area.id, means, given: now };
                    change.put_area(terminal, &held).await?;
                }
            }
        }
        change.commit().await
    }

    async fn finish(
        &self,
        id: u64,
        outcome: CommandOutcome,
        result: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.note_command_answered(id, outcome, &result.to_string(), now).await?;
        change.commit().await
    }
}

impl Shape {
    fn on_the_wire(self) -> wire::area::AreaShape {
        use wire::area::AreaShape;
        match self {
            Self::Circle => AreaShape::Circle,
            Self::Rectangle => AreaShape::Rectangle,
            Self::Polygon => AreaShape::Polygon,
            Self::Route => AreaShape::Route,
        }
    }
}

/// A location as the report it makes.
fn shown(location: &Location, plate: &Plate, terminal: &TerminalId, now: Timestamp) -> Option<Value> {
    let reports = location.to_reports(plate, terminal, now).ok()?;
    serde_json::from_str(&domain::report_line::to_line(reports.first()?)).ok()
}
