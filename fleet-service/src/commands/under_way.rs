//! A command on its way to a terminal, message by message. Pure.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Map, Value, json};
use wire::{AnswerResult, Message};

use super::area_meaning::Note;
use super::area_steps::{AreaStep, shape_word};
use super::parameters;
use crate::gateway::news::CommandAnswer;
use crate::store::CommandOutcome;

/// Said of a message that stayed unanswered.
pub const NO_ANSWER: &str = "no_answer";

/// One message of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The message.
    pub message: Message,
    /// The message where 2019 says it otherwise.
    pub message_2019: Option<Message>,
    /// What it does to the areas the terminal holds.
    pub area: Option<AreaStep>,
}

impl From<AreaStep> for Step {
    fn from(area: AreaStep) -> Self {
        Self { message: area.message(), message_2019: None, area: Some(area) }
    }
}

/// What follows.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// This goes out; tell the serial with [`UnderWay::note_serial`].
    Send(Box<Step>),
    /// The answer to what went out is awaited.
    Wait,
    /// Everything was answered.
    Finished(CommandOutcome, Value),
}

/// A message the terminal did not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Undone {
    /// Its id, as `0x8604`.
    message: String,
    /// `failed`, `malformed`, `unsupported`, or a code.
    result: String,
    /// The area it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<u32>,
}

/// A command on its way.
#[derive(Debug)]
pub struct UnderWay {
    /// Its number.
    pub id: u64,
    steps: VecDeque<Step>,
    out: Option<(Step, Option<u16>)>,
    /// What the terminal did to its areas and is not noted yet.
    done: Vec<AreaStep>,
    undone: Vec<Undone>,
    is_unsupported: bool,
    shown: Map<String, Value>,
    set: usize,
    deleted: usize,
    is_about_areas: bool,
}

impl UnderWay {
    /// A command's messages, and what the terminal is not told.
    pub fn new(id: u64, steps: Vec<Step>, notes: &[Note]) -> Self {
        let is_about_areas = steps.is_empty() || steps.iter().any(|step| step.area.is_some());
        let mut shown = Map::new();
        if !notes.is_empty() {
            shown.insert("notes".to_owned(), json!(notes));
        }
        Self {
            id,
            steps: steps.into(),
            out: None,
            done: Vec::new(),
            undone: Vec::new(),
            is_unsupported: false,
            shown,
            set: 0,
            deleted: 0,
            is_about_areas,
        }
    }

    /// What is to be done now. A step goes out once; what was sent is waited for.
    pub fn go_on(&mut self) -> Next {
        if self.out.is_some() {
            return Next::Wait;
        }
        match self.steps.pop_front() {
            Some(step) => {
                self.out = Some((step.clone(), None));
                Next::Send(Box::new(step))
            }
            None => Next::Finished(self.outcome(), self.result()),
        }
    }

    /// What went out has this serial.
    pub fn note_serial(&mut self, serial: u16) {
        if let Some((_, known)) = &mut self.out {
            *known = Some(serial);
        }
    }

    /// What was to go out will not be done, and why: it cannot be written for this terminal, or stays unanswered.
    pub fn note_failed(&mut self, reason: &str) {
        if let Some((step, _)) = self.out.take() {
            self.note_undone(&step, reason.to_owned());
        }
    }

    /// Whether what went out has this serial.
    pub fn awaits(&self, serial: u16) -> bool {
        self.out.as_ref().is_some_and(|(_, known)| *known == Some(serial))
    }

    /// Takes an answer; whether it is to what went out. `location` is the answer's content, where it has one.
    pub fn take_answer(&mut self, serial: u16, answer: &CommandAnswer, location: Option<Value>) -> bool {
        let is_meant = |(step, known): &mut (Step, Option<u16>)| {
            *known == Some(serial) && !(is_question(&step.message) && is_done(answer))
        };
        let Some((step, _)) = self.out.take_if(is_meant) else { return false };
        match answer {
            CommandAnswer::General(result) => self.take_result(step, *result),
            CommandAnswer::Parameters(parameters) => {
                self.shown.insert("parameters".to_owned(), json!(parameters::show(parameters)));
            }
            CommandAnswer::Location(_) => {
                self.shown.insert("location".to_owned(), location.unwrap_or_default());
            }
            CommandAnswer::Missing => self.note_undone(&step, NO_ANSWER.to_owned()),
        }
        true
    }

    fn take_result(&mut self, step: Step, result: AnswerResult) {
        let word = match result {
            AnswerResult::Ok | AnswerResult::AlarmConfirmed => {
                return self.note_done(step);
            }
            // A terminal that knows no such areas holds none.
            AnswerResult::Unsupported if matches!(step.area, Some(AreaStep::Delete { .. })) => {
                return self.note_done(step);
            }
            AnswerResult::Fail => "failed".to_owned(),
            AnswerResult::Bad => "malformed".to_owned(),
            AnswerResult::Unsupported => {
                self.is_unsupported = true;
                "unsupported".to_owned()
            }
            AnswerResult::Other(code) => format!("code {code}"),
        };
        self.note_undone(&step, word);
    }

    fn note_done(&mut self, step: Step) {
        match &step.area {
            Some(AreaStep::Set(_)) => self.set += 1,
            Some(AreaStep::Delete { .. }) => self.deleted += 1,
            None => {}
        }
        self.done.extend(step.area);
    }

    fn note_undone(&mut self, step: &Step, result: String) {
        let area = match &step.area {
            Some(AreaStep::Set(area)) => Some(area.id),
            _ => None,
        };
        self.undone.push(Undone { message: format!("{:#06x}", step.message.id()), result, area });
    }

    /// What the terminal did to its areas since this was asked last.
    pub fn take_done(&mut self) -> Vec<AreaStep> {
        std::mem::take(&mut self.done)
    }

    fn outcome(&self) -> CommandOutcome {
        match (self.undone.is_empty(), self.is_unsupported && self.set == 0) {
            (true, _) => CommandOutcome::Ok,
            (false, true) if self.undone.iter().all(|undone| undone.result == "unsupported") => {
                CommandOutcome::Unsupported
            }
            (false, _) => CommandOutcome::Failed,
        }
    }

    fn result(&mut self) -> Value {
        let mut shown = std::mem::take(&mut self.shown);
        if self.is_about_areas {
            shown.insert("areas_set".to_owned(), json!(self.set));
            shown.insert("deletions".to_owned(), json!(self.deleted));
        }
        if !self.undone.is_empty() {
            shown.insert("not_done".to_owned(), json!(self.undone));
        }
        Value::Object(shown)
    }
}

/// Whether the answer is one of its own kind. Some terminals say "done" first and answer then.
fn is_question(message: &Message) -> bool {
    matches!(message, Message::QueryParameters | Message::QueryParameterList(_) | Message::QueryLocation)
}

fn is_done(answer: &CommandAnswer) -> bool {
    matches!(answer, CommandAnswer::General(result) if result.is_ok())
}

/// The word of an area step's shape and the ids it is about; none for all.
pub fn shape_and_ids(step: &AreaStep) -> (&'static str, Vec<u32>) {
    match step {
        AreaStep::Delete { shape, ids } => (shape_word(*shape), ids.clone()),
        AreaStep::Set(area) => (shape_word(area.shape), vec![area.id]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::area::AreaShape;
    use wire::parameter::Parameter;

    fn step(message: Message) -> Step {
        Step { message, message_2019: None, area: None }
    }

    fn clear(shape: AreaShape) -> Step {
        AreaStep::Delete { shape, ids: Vec::new() }.into()
    }

    /// Answers each step in turn and gives the end.
    #[track_caller]
    fn check(steps: Vec<Step>, answers: &[CommandAnswer], outcome: CommandOutcome, result: Value) {
        let mut under_way = UnderWay::new(1, steps, &[]);
        for (serial, answer) in (10..).zip(answers) {
            assert!(matches!(under_way.go_on(), Next::Send(_)));
            assert_eq!(under_way.go_on(), Next::Wait);
            under_way.note_serial(serial);
            assert!(!under_way.take_answer(serial + 1, answer, None), "another's answer");
            assert!(under_way.take_answer(serial, answer, None));
            assert!(!under_way.take_answer(serial, answer, None), "the same answer again");
        }
        assert_eq!(under_way.go_on(), Next::Finished(outcome, result));
    }

    #[test]
    fn a_command_ends_with_its_last_answer() {
        let general = CommandAnswer::General;
        check(
            vec![step(Message::Track { interval_s: 0, validity_s: 0 })],
            &[general(AnswerResult::Ok)],
            CommandOutcome::Ok,
            json!({}),
        );
        check(
            vec![step(Message::QueryParameters)],
            &[CommandAnswer::Parameters(vec![Parameter::HeartbeatS(30)])],
            CommandOutcome::Ok,
            json!({ "parameters": { "heartbeat_s": 30 } }),
        );
        check(
            vec![step(Message::QueryParameters)],
            &[general(AnswerResult::Unsupported)],
            CommandOutcome::Unsupported,
            json!({ "not_done": [{ "message": "0x8104", "result": "unsupported" }] }),
        );
        check(
            vec![step(Message::QueryLocation)],
            &[CommandAnswer::Missing],
            CommandOutcome::Failed,
            json!({ "not_done": [{ "message": "0x8201", "result": "no_answer" }] }),
        );
    }

    #[test]
    fn a_question_is_not_answered_by_done() {
        let mut under_way = UnderWay::new(1, vec![step(Message::QueryParameters)], &[]);
        under_way.go_on();
        under_way.note_serial(1);
        assert!(!under_way.take_answer(1, &CommandAnswer::General(AnswerResult::Ok), None));
        assert_eq!(under_way.go_on(), Next::Wait);
        assert!(under_way.take_answer(1, &CommandAnswer::Parameters(vec![]), None));
    }

    #[test]
    fn a_deletion_of_what_a_terminal_does_not_know_is_done() {
        check(
            vec![clear(AreaShape::Circle), clear(AreaShape::Route)],
            &[CommandAnswer::General(AnswerResult::Unsupported), CommandAnswer::General(AnswerResult::Fail)],
            CommandOutcome::Failed,
            json!({ "areas_set": 0, "deletions": 1, "not_done": [{ "message": "0x8607", "result": "failed" }] }),
        );
        check(vec![], &[], CommandOutcome::Ok, json!({ "areas_set": 0, "deletions": 0 }));
    }

    #[test]
    fn what_was_done_is_told_once() {
        let mut under_way = UnderWay::new(1, vec![clear(AreaShape::Circle)], &[]);
        under_way.go_on();
        under_way.note_serial(1);
        under_way.take_answer(1, &CommandAnswer::General(AnswerResult::Ok), None);
        assert_eq!(under_way.take_done().len(), 1);
        assert_eq!(under_way.take_done(), []);
    }
}
