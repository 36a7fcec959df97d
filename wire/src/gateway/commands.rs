//! What a platform sends of itself: queued in the session's version, sent again until it is answered.

use std::collections::VecDeque;

use domain::Timestamp;

use super::{Gateway, GatewayEvent, SendError, TRANSMIT_FRAMES_MAX};
use crate::message::{AnswerResult, Message, id};
use crate::waiting::{Overdue, Waiting};

/// Most commands that wait for their answers.
pub const COMMANDS_MAX: usize = 64;

/// Commands under way.
#[derive(Debug, Default)]
pub(super) struct Commands {
    waiting: VecDeque<Waiting>,
}

impl Commands {
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.waiting.iter().map(Waiting::deadline).min()
    }

    /// Takes the command that is meant.
    fn settle(&mut self, is_meant: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let at = self.waiting.iter().position(is_meant)?;
        self.waiting.remove(at)
    }
}

/// Whether the terminal answers such a message at all.
fn is_answered(message: &Message) -> bool {
    !matches!(
        message,
        Message::PlatformAnswer { .. }
            | Message::RegisterAnswer { .. }
            | Message::TimeAnswer { .. }
            | Message::Resend { .. }
            | Message::MediaAnswer { .. }
    )
}

impl Gateway {
    /// Queues a command in the version the terminal speaks, in parts when it is longer than one packet, and gives its
    /// serial. It is sent again until an event tells what became of it: [`GatewayEvent::Answered`], an event of its own
    /// kind (parameters, attributes, location), or [`GatewayEvent::Unanswered`].
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send(&mut self, message: &Message, now: Timestamp) -> Result<u16, SendError> {
        let session = self.session.as_ref().ok_or(SendError::NotAuthenticated)?;
        if self.commands.waiting.len() >= COMMANDS_MAX {
            return Err(SendError::Busy);
        }
        let serial = self.next_serial;
        let frames = message.encode_in_parts(&session.address, serial)?;
        if self.transmit.len() + frames.len() > TRANSMIT_FRAMES_MAX {
            return Err(SendError::Busy);
        }
        self.next_serial = serial.wrapping_add(frames.len() as u16);
        self.transmit.extend(frames.iter().cloned());
        if is_answered(message) {
            let timeout_s = self.config.answer_timeout_s.max(1);
            self.commands.waiting.push_back(Waiting::new(serial, message.id(), frames, timeout_s, now));
        }
        Ok(serial)
    }

    /// Takes a general answer. One to a part before the last says nothing yet, unless it is a refusal.
    pub(super) fn handle_answer(&mut self, serial: u16, id: u16, result: AnswerResult) {
        let Some(concerned) = self.commands.waiting.iter().find(|waiting| waiting.concerns(serial, id))
        else {
            self.counters.stray_answers += 1;
            return;
        };
        if result.is_ok() && !concerned.is_last(serial) {
            return;
        }
        let first = concerned.serial;
        self.commands.settle(|waiting| waiting.serial == first && waiting.message_id == id);
        self.tell(GatewayEvent::Answered { serial: first, id, result });
    }

    /// An answer of the command's own kind came.
    pub(super) fn settle_command(&mut self, serial: u16) {
        if self.commands.settle(|waiting| waiting.serial == serial).is_none() {
            self.counters.stray_answers += 1;
        }
    }

    /// Attributes do not say which query they answer.
    pub(super) fn settle_attributes(&mut self) {
        self.commands.settle(|waiting| waiting.message_id == id::QUERY_ATTRIBUTES);
    }

    /// An answer that is kept as bytes and begins with its command's serial.
    pub(super) fn settle_by_body(&mut self, id: u16, body: &[u8]) {
        let &[high, low, ..] = body else { return };
        let serial = u16::from_be_bytes([high, low]);
        if !id::is_answer_with_serial(id) {
            return;
        }
        if let Some(command) = self.commands.settle(|waiting| waiting.serial == serial) {
            let (id, result) = (command.message_id, AnswerResult::Ok);
            self.tell(GatewayEvent::Answered { serial, id, result });
        }
    }

    /// The terminal misses parts of a command.
    pub(super) fn resend_parts(&mut self, first_serial: u16, indices: &[u16]) {
        let Some(command) = self.commands.waiting.iter().find(|waiting| waiting.serial == first_serial)
        else {
            self.counters.stray_answers += 1;
            return;
        };
        for frame in command.parts(indices) {
            if self.transmit.len() >= TRANSMIT_FRAMES_MAX {
                self.counters.answers_dropped += 1;
                return;
            }
            self.transmit.push_back(frame.clone());
        }
    }

    /// Sends again what stayed unanswered, and tells what is given up.
    pub(super) fn repeat_commands(&mut self, now: Timestamp) {
        let retries_max = self.config.retries_max;
        let mut given_up = Vec::new();
        for waiting in &mut self.commands.waiting {
            match waiting.handle_timeout(now, retries_max) {
                Some(Overdue::SendAgain(frames)) if self.transmit.len() < TRANSMIT_FRAMES_MAX => {
                    self.counters.commands_sent_again += 1;
                    self.transmit.extend(frames);
                }
                Some(Overdue::SendAgain(_no_room)) => self.counters.answers_dropped += 1,
                Some(Overdue::GivenUp { .. }) => given_up.push((waiting.serial, waiting.message_id)),
                None => {}
            }
        }
        for (serial, id) in given_up {
            self.counters.commands_unanswered += 1;
            self.commands.settle(|waiting| waiting.serial == serial && waiting.message_id == id);
            self.tell(GatewayEvent::Unanswered { serial, id });
        }
    }
}
