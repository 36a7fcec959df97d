//! What a platform sends to a terminal, and the terminal's answers.

use domain::Timestamp;

use super::{
    ANSWERED_MAX, AreaChange, COMMANDS_MAX, Command, Phase, TRANSMIT_FRAMES_MAX, Terminal, TerminalEvent,
};
use crate::ask::AskId;
use crate::attributes::Attributes;
use crate::header::{Header, Version};
use crate::location::Location;
use crate::message::{AnswerResult, Message, id};
use crate::parameter::Parameter;
use crate::parts::PartOutcome;

impl Terminal {
    /// Answers a command with a general answer (0x0001). An `ask` of an earlier connection, or one answered already,
    /// changes nothing; so with the methods below.
    pub fn answer(&mut self, ask: AskId, result: AnswerResult, now: Timestamp) {
        if let Some(command) = self.asks.take_if(ask, |_any| true) {
            self.answer_command(command, result, now);
        }
    }

    /// Answers a query of parameters (0x0104). What cannot be written is answered "failed" instead.
    pub fn answer_parameters(&mut self, ask: AskId, parameters: Vec<Parameter>, now: Timestamp) {
        let queries = [id::QUERY_PARAMETERS, id::QUERY_PARAMETER_LIST];
        self.answer_with(ask, &queries, |serial| Message::Parameters { serial, parameters }, now);
    }

    /// Answers a query of attributes (0x0107).
    pub fn answer_attributes(&mut self, ask: AskId, attributes: Attributes, now: Timestamp) {
        self.answer_with(ask, &[id::QUERY_ATTRIBUTES], |_not_told| Message::Attributes(attributes), now);
    }

    /// Answers a query of the location (0x0201).
    pub fn answer_location(&mut self, ask: AskId, location: Location, now: Timestamp) {
        let answer = |serial| Message::LocationAnswer { serial, location };
        self.answer_with(ask, &[id::QUERY_LOCATION], answer, now);
    }

    fn answer_with(
        &mut self,
        ask: AskId,
        queries: &[u16],
        answer: impl FnOnce(u16) -> Message,
        now: Timestamp,
    ) {
        let query = self.asks.take_if(ask, |command| queries.contains(&command.message_id));
        let Some(query) = query else { return };
        let serial = query.serials.first().copied().unwrap_or_default();
        // An answer waits for none.
        if self.send_message(&answer(serial), now).is_err() {
            self.answer_command(query, AnswerResult::Fail, now);
        }
    }

    pub(super) fn handle_payload(&mut self, payload: &[u8], now: Timestamp) {
        if matches!(self.phase, Phase::Offline | Phase::Over) {
            return;
        }
        self.counters.frames += 1;
        let Ok((header, body)) = Header::decode(payload) else {
            self.counters.unreadable += 1;
            return;
        };
        if !self.phone.as_ref().is_ok_and(|phone| phone.is_same_terminal(&header.phone)) {
            self.counters.unreadable += 1;
            return;
        }
        let mut command = Command { message_id: header.message_id, serials: vec![header.serial] };
        if header.encryption != 0 {
            return self.answer_command(command, AnswerResult::Unsupported, now);
        }
        let Some(part) = header.part else { return self.handle_message(&header, body, command, now) };
        match self.parts.take(&header, part, body, now) {
            PartOutcome::Kept | PartOutcome::Again(None) => {}
            PartOutcome::Again(Some(result)) => self.answer_command(command, result, now),
            PartOutcome::Whole(whole) => {
                command.serials = whole.serials;
                self.handle_message(&header, &whole.body, command, now);
            }
            PartOutcome::Refused => self.answer_command(command, AnswerResult::Bad, now),
        }
    }

    fn handle_message(&mut self, header: &Header, body: &[u8], command: Command, now: Timestamp) {
        match Message::decode(header, body) {
            Ok(Message::PlatformAnswer { serial, id, result }) => self.handle_answer(serial, id, result),
            Ok(Message::RegisterAnswer { serial, result, auth_code }) => {
                self.handle_register_answer(serial, result, auth_code, now);
            }
            Ok(Message::TimeAnswer { time }) => match self.take_report(id::TIME_QUERY) {
                Some(_query) => self.events.push_back(TerminalEvent::Time(time)),
                None => self.counters.stray_answers += 1,
            },
            Ok(Message::MediaAnswer { missing, .. }) => self.handle_media_answer(&missing, now),
            Ok(Message::Resend { first_serial, indices }) => {
                self.resend_parts(first_serial, &indices, command, now);
            }
            Ok(message) => self.handle_command(message, command, now),
            Err(_malformed) => self.answer_command(command, AnswerResult::Bad, now),
        }
    }

    /// Tells a command, once.
    fn handle_command(&mut self, message: Message, command: Command, now: Timestamp) {
        if let Some((_, result)) = self.answered.iter().find(|(answered, _)| *answered == command) {
            let result = *result;
            return self.answer_command(command, result, now);
        }
        if !is_told(command.message_id) {
            return self.answer_command(command, AnswerResult::Unsupported, now);
        }
        if self.asks.all().any(|waiting| *waiting == command) {
            return;
        }
        if !matches!(self.phase, Phase::Ready) || self.asks.len() >= COMMANDS_MAX {
            self.counters.commands_refused += 1;
            return self.answer_command(command, AnswerResult::Fail, now);
        }
        let ask = self.asks.put(command);
        self.events.extend(event(ask, message));
    }

    /// A recording arrived, or parts of it did not.
    fn handle_media_answer(&mut self, missing: &[u16], now: Timestamp) {
        if !missing.is_empty() {
            let upload = self.reports.iter().find(|report| report.message_id == id::MEDIA_UPLOAD);
            let frames: Vec<_> =
                upload.into_iter().flat_map(|upload| upload.parts(missing)).cloned().collect();
            self.counters.sent_again += frames.len() as u64;
            return self.transmit(frames, now);
        }
        match self.take_report(id::MEDIA_UPLOAD) {
            Some(serial) => {
                let (id, result) = (id::MEDIA_UPLOAD, AnswerResult::Ok);
                self.events.push_back(TerminalEvent::Answered { serial, id, result });
            }
            None => self.counters.stray_answers += 1,
        }
    }

    /// The platform misses parts of a message: those still held are sent again as they were.
    fn resend_parts(&mut self, first_serial: u16, indices: &[u16], command: Command, now: Timestamp) {
        let Some((_, frames)) = self.kept.iter().find(|(serial, _)| *serial == first_serial) else {
            return self.answer_command(command, AnswerResult::Fail, now);
        };
        let places = indices.iter().filter_map(|index| index.checked_sub(1));
        let again: Vec<_> = places.filter_map(|place| frames.get(usize::from(place)).cloned()).collect();
        if self.transmit.len() + again.len() > TRANSMIT_FRAMES_MAX {
            self.counters.answers_dropped += 1;
            return;
        }
        self.counters.sent_again += again.len() as u64;
        self.transmit(again, now);
    }

    /// Asks for the parts that have been missing too long; before 2019 a terminal cannot, and waits for them in vain.
    pub(super) fn ask_for_parts(&mut self, now: Timestamp) {
        for missing in self.parts.handle_timeout(now) {
            if self.config.revision.version() == Version::V2019 {
                let (first_serial, indices) = (missing.first_serial, missing.indices);
                let ask = Message::TerminalResend { first_serial, indices };
                let _waits_for_parts = self.send_message(&ask, now);
            }
        }
        self.counters.parts_dropped = self.parts.dropped();
    }

    /// Answers a message of the platform, each part of it.
    fn answer_command(&mut self, command: Command, result: AnswerResult, now: Timestamp) {
        if result == AnswerResult::Unsupported {
            self.counters.unsupported += 1;
        }
        self.parts.note_answered(command.message_id, &command.serials, result);
        for &serial in &command.serials {
            if self.transmit.len() >= TRANSMIT_FRAMES_MAX {
                self.counters.answers_dropped += 1;
                continue;
            }
            let answer = Message::TerminalAnswer { serial, id: command.message_id, result };
            // Five bytes under a phone that just matched: nothing in it can fail to be written.
            let _waits_for_nothing = self.send_message(&answer, now);
        }
        let is_known = self.answered.iter().any(|(answered, _)| *answered == command);
        if result != AnswerResult::Fail && !is_known {
            self.answered.truncate(ANSWERED_MAX - 1);
            self.answered.push_front((command, result));
        }
    }
}

/// Whether a command is told to the caller; any other is answered "unsupported".
fn is_told(id: u16) -> bool {
    matches!(
        id,
        id::SET_PARAMETERS
            | id::QUERY_PARAMETERS
            | id::QUERY_PARAMETER_LIST
            | id::QUERY_ATTRIBUTES
            | id::QUERY_LOCATION
            | id::TRACK
            | id::CONFIRM_ALARM
            | id::TEXT
            | id::SET_CIRCLES..=id::DELETE_ROUTES | id::PASS_THROUGH_DOWN
    )
}

/// What a command is told as; `None` for what [`is_told`] leaves out.
fn event(ask: AskId, message: Message) -> Option<TerminalEvent> {
    let areas = |change| TerminalEvent::Areas { ask, change };
    Some(match message {
        Message::SetParameters(parameters) => TerminalEvent::SetParameters { ask, parameters },
        Message::QueryParameters => TerminalEvent::QueryParameters { ask, ids: None },
        Message::QueryParameterList(ids) => TerminalEvent::QueryParameters { ask, ids: Some(ids) },
        Message::QueryAttributes => TerminalEvent::QueryAttributes { ask },
        Message::QueryLocation => TerminalEvent::QueryLocation { ask },
        Message::Track { interval_s, validity_s } => TerminalEvent::Track { ask, interval_s, validity_s },
        Message::ConfirmAlarm { serial, alarms } => TerminalEvent::ConfirmAlarm { ask, serial, alarms },
        Message::Text { flags, kind, text } => TerminalEvent::Text { ask, flags, kind, text },
        Message::SetCircles { action, circles } => areas(AreaChange::Circles { action, circles }),
        Message::SetRectangles { action, rectangles } => areas(AreaChange::Rectangles { action, rectangles }),
        Message::SetPolygon(polygon) => areas(AreaChange::Polygon(polygon)),
        Message::SetRoute(route) => areas(AreaChange::Route(route)),
        Message::DeleteAreas { shape, ids } => areas(AreaChange::Delete { shape, ids }),
        Message::PassThroughDown { kind, data } => TerminalEvent::PassThrough { ask, kind, data },
        _ => return None,
    })
}
