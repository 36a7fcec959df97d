//! The part a simulated terminal plays, without sockets and clocks: what it sends when, and what it answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::Timestamp;
use wire::terminal::TerminalEvent;
use wire::text::{NotGbk, Padded};
use wire::{
    AnswerResult, AskId, Attributes, Location, Message, Outgoing, Parameter, Profile, Terminal,
    TerminalConfig, TerminalFault,
};

use super::journey::Step;
use super::record::{location, messages};
use super::words;

/// An acknowledgement is told each time so many more reports are acknowledged.
const TOLD_EACH: usize = 100;
/// Most parameters kept of what a platform sets.
const PARAMETERS_MAX: usize = 255;
/// Attribute bit of a freight vehicle.
const FREIGHT: u16 = 1 << 2;
/// GPS and BeiDou.
const GNSS: u8 = 0b11;

/// What was sent and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Reports acknowledged, refused ones among them.
    pub acknowledged: usize,
    /// Reports the platform will not take.
    pub refused: usize,
    /// Reports sent after a lost link, as backlog.
    pub backlog: usize,
    /// Links that were made.
    pub links: usize,
    /// Commands of the platform that were answered.
    pub commands: usize,
}

/// A code to be kept for the next start, or to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CodeChange {
    Keep(String),
    Forget,
}

/// How a terminal is played.
pub(super) struct Part {
    pub(super) config: TerminalConfig,
    pub(super) auth_code: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) profile: Option<Profile>,
    /// Everything at once, as of the past, instead of each report in its time.
    pub(super) fast: bool,
}

/// A terminal that plays its part.
pub(super) struct Player {
    part: Part,
    terminal: Terminal,
    start: Timestamp,
    offered: usize,
    /// Steps before this one fell due without a link.
    backlog_to: usize,
    ready: bool,
    /// Bodies of the maker's own messages as last sent.
    said_bodies: Vec<(u16, Vec<u8>)>,
    last: Option<Location>,
    parameters: BTreeMap<u32, Parameter>,
    told: BTreeSet<String>,
    said: VecDeque<String>,
    codes: VecDeque<CodeChange>,
    fault: Option<TerminalFault>,
    tally: Tally,
}

impl Player {
    pub(super) fn new(part: Part, now: Timestamp) -> Self {
        let whole_ms = part.steps.last().map_or(0, |step| step.after_ms);
        Self {
            terminal: Terminal::new(part.config.clone(), part.auth_code.clone()),
            start: if part.fast { now.plus_millis(-whole_ms) } else { now },
            part,
            offered: 0,
            backlog_to: 0,
            ready: false,
            said_bodies: Vec::new(),
            last: None,
            parameters: BTreeMap::new(),
            told: BTreeSet::new(),
            said: VecDeque::new(),
            codes: VecDeque::new(),
            fault: None,
            tally: Tally::default(),
        }
    }

    pub(super) fn handle_connected(&mut self, now: Timestamp) {
        self.tally.links += 1;
        self.terminal.handle_connected(now);
    }

    pub(super) fn handle_disconnected(&mut self) {
        self.ready = false;
        self.terminal.handle_disconnected();
    }

    pub(super) fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        self.terminal.handle_bytes(bytes, now);
        self.advance(now);
    }

    /// A moment came.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        if self.terminal.poll_timeout().is_some_and(|due| due <= now) {
            self.terminal.handle_timeout(now);
        }
        self.advance(now);
    }

    pub(super) fn log_out(&mut self, now: Timestamp) {
        self.terminal.log_out(now);
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.terminal.poll_transmit()
    }

    /// The next sentence for a person.
    pub(super) fn poll_said(&mut self) -> Option<String> {
        self.said.pop_front()
    }

    /// The next code to keep or forget.
    pub(super) fn poll_code(&mut self) -> Option<CodeChange> {
        self.codes.pop_front()
    }

    /// Why the session is over, once.
    pub(super) fn take_fault(&mut self) -> Option<TerminalFault> {
        self.fault.take()
    }

    /// When [`Player::handle_timeout`] is to be called next.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        let step =
            if self.ready { self.part.steps.get(self.offered).map(|step| self.due(step)) } else { None };
        // What is due and not offered waits for answers, not for a moment.
        let step = step.filter(|_due| self.terminal.capacity() > 0);
        [step, self.terminal.poll_timeout()].into_iter().flatten().min()
    }

    /// Whether every report was acknowledged.
    pub(super) fn is_done(&self) -> bool {
        self.tally.acknowledged >= self.part.steps.len()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.said.push_back(sentence.into());
    }

    fn say_once(&mut self, sentence: String) {
        if self.told.insert(sentence.clone()) {
            self.say(sentence);
        }
    }

    fn due(&self, step: &Step) -> Timestamp {
        if self.part.fast { self.start } else { self.start.plus_millis(step.after_ms) }
    }

    fn advance(&mut self, now: Timestamp) {
        while let Some(event) = self.terminal.poll_event() {
            self.handle_event(event, now);
        }
        self.offer(now);
        // What cannot be written is refused at once.
        while let Some(event) = self.terminal.poll_event() {
            self.handle_event(event, now);
        }
    }

    fn handle_event(&mut self, event: TerminalEvent, now: Timestamp) {
        match event {
            TerminalEvent::Ready => {
                let is_back = self.tally.links > 1;
                self.ready = true;
                self.offered = self.tally.acknowledged;
                self.said_bodies.clear();
                self.backlog_to = if is_back { self.due_count(now) } else { 0 };
                let waiting = self.backlog_to.saturating_sub(self.offered);
                self.say(match waiting {
                    0 => "平台通过鉴权，终端上线 authenticated".to_owned(),
                    _ => format!(
                        "平台通过鉴权，补报 {waiting} 条 authenticated; {waiting} reports go as backlog"
                    ),
                });
            }
            TerminalEvent::NewAuthCode(code) => {
                self.say("平台接受注册，下发鉴权码 registered; the platform gave a code");
                self.codes.push_back(CodeChange::Keep(code));
            }
            TerminalEvent::Acknowledged { cursor } => self.acknowledged(cursor),
            TerminalEvent::Refused { cursor, result } => {
                self.tally.refused += 1;
                let result = words::result(result);
                self.say(format!(
                    "平台拒收第 {cursor} 条位置：{result} the platform refused report {cursor}"
                ));
            }
            TerminalEvent::Answered { id, result, .. } if !result.is_ok() => {
                let result = words::result(result);
                self.say_once(format!(
                    "平台对 0x{id:04X} 的应答：{result} the platform's answer to 0x{id:04X}"
                ));
            }
            TerminalEvent::Fatal(fault) => {
                self.say(words::fault(&fault));
                if fault == TerminalFault::CodeRefused {
                    self.codes.push_back(CodeChange::Forget);
                }
                self.fault = Some(fault);
            }
            other => {
                if let (Some(words), Some(ask)) = (words::command(&other), other.ask()) {
                    self.tally.commands += 1;
                    self.say(words);
                    self.answer(ask, other, now);
                }
            }
        }
    }

    fn acknowledged(&mut self, cursor: u64) {
        let before = self.tally.acknowledged;
        // Cursors are places in `steps`.
        self.tally.acknowledged = usize::try_from(cursor).unwrap_or(usize::MAX).min(self.part.steps.len());
        let (now, whole) = (self.tally.acknowledged, self.part.steps.len());
        if !self.part.fast || now / TOLD_EACH > before / TOLD_EACH || now == whole {
            self.say(format!("已确认 {now}/{whole} acknowledged"));
        }
    }

    fn due_count(&self, now: Timestamp) -> usize {
        self.part.steps.partition_point(|step| self.due(step) <= now)
    }

    /// Offers what fell due: backlog as 0x0704 of type 1, the rest one by one as 0x0200.
    fn offer(&mut self, now: Timestamp) {
        if !self.ready {
            return;
        }
        let due = self.due_count(now);
        while self.offered < due && self.terminal.capacity() > 0 {
            let is_backlog = self.offered < self.backlog_to;
            let until = if is_backlog {
                self.backlog_to.min(self.offered + self.terminal.capacity())
            } else {
                self.offered + 1
            };
            let items: Vec<Outgoing> =
                (self.offered..until).filter_map(|place| self.item(place, now)).collect();
            let taken = if is_backlog {
                self.terminal.send_batch(items, true, now)
            } else {
                self.terminal.send(items, now)
            };
            if taken == 0 {
                return;
            }
            self.tally.backlog += if is_backlog { taken } else { 0 };
            self.offered += taken;
        }
    }

    fn item(&mut self, place: usize, now: Timestamp) -> Option<Outgoing> {
        let step = self.part.steps.get(place)?.clone();
        let time = step.time.unwrap_or_else(|| self.start.plus_millis(step.after_ms));
        let profile = self.part.profile.as_ref();
        let bodies = messages(profile, &step.fix);
        let (location, unsaid) = location(profile, time, &step.fix);
        // What a message of the maker's own says need not stand in the record.
        if !unsaid.is_empty() && bodies.is_empty() {
            self.say_once(format!("该配置无法表示 this profile cannot say：{}", unsaid.join("，")));
        }
        self.send_bodies(bodies, now);
        self.last = Some(location.clone());
        Some(Outgoing { cursor: place as u64 + 1, location })
    }

    /// Sends the maker's own messages when what they say changed.
    fn send_bodies(&mut self, bodies: Vec<(u16, Vec<u8>)>, now: Timestamp) {
        if bodies == self.said_bodies {
            return;
        }
        for (id, body) in &bodies {
            let sent = self.terminal.send_report(&Message::Other { id: *id, body: body.clone() }, now);
            if let Err(error) = sent {
                let error = crate::sentence(&error);
                self.say_once(format!("0x{id:04X} 未能发送 could not be sent：{error}"));
            }
        }
        self.said_bodies = bodies;
    }

    fn answer(&mut self, ask: AskId, command: TerminalEvent, now: Timestamp) {
        match command {
            TerminalEvent::SetParameters { parameters, .. } => {
                self.parameters.extend(parameters.into_iter().map(|parameter| (parameter.id(), parameter)));
                while self.parameters.len() > PARAMETERS_MAX {
                    self.parameters.pop_last();
                }
                self.terminal.answer(ask, AnswerResult::Ok, now);
            }
            TerminalEvent::QueryParameters { ids, .. } => {
                let is_asked = |id: &u32| ids.as_ref().is_none_or(|ids| ids.contains(id));
                let asked = self.parameters.iter().filter(|(id, _)| is_asked(id));
                let parameters = asked.map(|(_, parameter)| parameter.clone()).collect();
                self.terminal.answer_parameters(ask, parameters, now);
            }
            TerminalEvent::QueryAttributes { .. } => match attributes(&self.part.config) {
                Ok(attributes) => self.terminal.answer_attributes(ask, attributes, now),
                Err(_not_gbk) => self.terminal.answer(ask, AnswerResult::Fail, now),
            },
            TerminalEvent::QueryLocation { .. } => match self.last.clone() {
                Some(location) => self.terminal.answer_location(ask, location, now),
                None => self.terminal.answer(ask, AnswerResult::Fail, now),
            },
            _ => self.terminal.answer(ask, AnswerResult::Ok, now),
        }
    }
}

fn attributes(config: &TerminalConfig) -> Result<Attributes, NotGbk> {
    const WIDTHS: [usize; 3] = [5, 30, 30];
    let [maker, model, terminal] = WIDTHS;
    Ok(Attributes {
        kind: FREIGHT,
        maker: Padded::from_text(&config.maker, maker)?,
        model: Padded::from_text(&config.model, model)?,
        terminal: Padded::from_text(config.terminal.as_str(), terminal)?,
        iccid: [0; 10],
        hardware: config.model.clone(),
        firmware: config.software.clone(),
        gnss: GNSS,
        network: 0,
    })
}
