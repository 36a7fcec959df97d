//! What becomes of each message a terminal sends.

use domain::Timestamp;

use super::{Asked, Gateway, GatewayEvent, RawAnswer, ReturnSlip};
use crate::header::Header;
use crate::location::Location;
use crate::message::{Address, AnswerResult, Message, id};
use crate::parts::PartOutcome;

impl Gateway {
    pub(super) fn handle_payload(&mut self, payload: &[u8], now: Timestamp) {
        let Some((header, body)) = self.decode_header(payload) else {
            self.counters.bad_header += 1;
            return;
        };
        self.heard = now;
        let mut slip = ReturnSlip {
            address: Address::from(&header),
            message_id: header.message_id,
            body_bytes: body.len(),
            serials: vec![header.serial],
        };
        let is_foreign =
            self.session.as_ref().is_some_and(|own| !own.address.phone.is_same_terminal(&header.phone));
        if is_foreign {
            self.counters.foreign_phone += 1;
            return self.answer(&slip, AnswerResult::Fail);
        }
        if header.encryption != 0 {
            self.counters.encrypted += 1;
            self.counters.unknown_messages += 1;
            return self.keep_unread(&header, body, payload, slip, AnswerResult::Unsupported);
        }
        let Some(part) = header.part else { return self.handle_message(&header, body, payload, slip, now) };
        if self.session.is_none() {
            return self.refuse_unauthenticated(&slip);
        }
        match self.parts.take(&header, part, body, now) {
            PartOutcome::Kept => {}
            PartOutcome::Again(answered) => {
                self.counters.parts_repeated += 1;
                if let Some(result) = answered {
                    let id = slip.message_id;
                    let serial = header.serial;
                    self.send_answer(&slip.address, &Message::PlatformAnswer { serial, id, result });
                }
            }
            PartOutcome::Whole(whole) => {
                (slip.serials, slip.body_bytes) = (whole.serials, whole.body.len());
                let mut joined = payload[..payload.len() - body.len()].to_vec();
                joined.extend_from_slice(&whole.body);
                self.handle_message(&header, &whole.body, &joined, slip, now);
            }
            PartOutcome::Refused => {
                self.counters.malformed_messages += 1;
                self.answer(&slip, AnswerResult::Bad);
            }
        }
    }

    /// By the version flag, or by the layout found when the flag did not fit; the other layout is then kept for the
    /// rest of the connection.
    fn decode_header<'p>(&mut self, payload: &'p [u8]) -> Option<(Header, &'p [u8])> {
        if let Some(layout) = self.layout
            && let Ok(read) = Header::decode_as(payload, layout)
        {
            return Some(read);
        }
        let (header, body) = Header::decode(payload).ok()?;
        if self.layout.is_none() && Header::flagged_version(payload) != Some(header.version) {
            self.layout = Some(header.version);
            self.counters.version_flag_wrong += 1;
        }
        Some((header, body))
    }

    fn handle_message(
        &mut self,
        header: &Header,
        body: &[u8],
        payload: &[u8],
        slip: ReturnSlip,
        now: Timestamp,
    ) {
        let Ok(message) = Message::decode(header, body) else {
            self.counters.malformed_messages += 1;
            return self.keep_unread(header, body, payload, slip, AnswerResult::Bad);
        };
        let phone = header.phone;
        match message {
            Message::Register(registration) => {
                if let Some(ask) = self.ask(slip, Asked::Registration) {
                    self.events.push_back(GatewayEvent::Registration { ask, phone, registration });
                }
            }
            Message::Authenticate(authentication) => match phone.to_terminal_id() {
                Ok(terminal) => {
                    if let Some(ask) = self.ask(slip, Asked::Authentication(terminal)) {
                        let code = authentication.code;
                        self.events.push_back(GatewayEvent::Authentication { ask, phone, code });
                    }
                }
                Err(_nobody) => self.refuse_unauthenticated(&slip),
            },
            Message::TimeQuery => self.send_answer(&slip.address, &Message::TimeAnswer { time: now }),
            _ if self.session.is_none() => self.refuse_unauthenticated(&slip),
            message => self.handle_authenticated(message, header, body, payload, slip, now),
        }
    }

    fn handle_authenticated(
        &mut self,
        message: Message,
        header: &Header,
        body: &[u8],
        payload: &[u8],
        slip: ReturnSlip,
        now: Timestamp,
    ) {
        match message {
            Message::Location(location) => self.handle_locations(slip, vec![location], 0, false),
            Message::LocationBatch { backlog, locations, malformed } => {
                self.handle_locations(slip, locations, malformed, backlog);
            }
            Message::LocationAnswer { serial, location } => {
                self.settle_command(serial);
                self.counters.extras_malformed += u64::from(location.extras_malformed);
                if let Some(ask) = self.ask(slip, Asked::Locations) {
                    self.events.push_back(GatewayEvent::LocationAnswer { ask, serial, location });
                }
            }
            Message::Parameters { serial, parameters } => {
                self.settle_command(serial);
                self.tell(GatewayEvent::Parameters { serial, parameters });
            }
            Message::TerminalAnswer { serial, id, result } => self.handle_answer(serial, id, result),
            Message::TerminalResend { first_serial, indices } => self.resend_parts(first_serial, &indices),
            Message::Heartbeat => self.answer(&slip, AnswerResult::Ok),
            Message::Logout => {
                self.session = None;
                self.opened = now;
                self.commands.clear();
                self.events.push_back(GatewayEvent::LoggedOut);
                self.answer(&slip, AnswerResult::Ok);
            }
            Message::Attributes(attributes) => {
                self.settle_attributes();
                self.keep_raw(header, body, payload, slip, RawAnswer::General(AnswerResult::Ok));
                self.tell(GatewayEvent::Attributes(Box::new(attributes)));
            }
            Message::MediaUpload(upload) => {
                self.keep_raw(header, body, payload, slip, RawAnswer::Media(upload.head.media_id));
            }
            _ => {
                self.settle_by_body(header.message_id, body);
                let is_kept = id::is_kept(header.message_id);
                self.counters.unknown_messages += u64::from(!is_kept);
                let result = if is_kept { AnswerResult::Ok } else { AnswerResult::Unsupported };
                self.keep_raw(header, body, payload, slip, RawAnswer::General(result));
            }
        }
    }

    fn handle_locations(
        &mut self,
        slip: ReturnSlip,
        locations: Vec<Location>,
        malformed: u16,
        backlog: bool,
    ) {
        self.counters.malformed_locations += u64::from(malformed);
        if locations.is_empty() {
            let result = if malformed == 0 { AnswerResult::Ok } else { AnswerResult::Bad };
            return self.answer(&slip, result);
        }
        let cut_short = locations.iter().filter(|location| location.extras_malformed).count();
        self.counters.extras_malformed += cut_short as u64;
        if let Some(ask) = self.ask(slip, Asked::Locations) {
            self.events.push_back(GatewayEvent::Locations { ask, locations, backlog });
        }
    }

    /// Surfaces a message as it came, to be stored before it is answered.
    fn keep_raw(
        &mut self,
        header: &Header,
        body: &[u8],
        payload: &[u8],
        slip: ReturnSlip,
        answer: RawAnswer,
    ) {
        let (id, phone) = (header.message_id, header.phone);
        if let Some(ask) = self.ask(slip, Asked::Raw(answer)) {
            let (body, frame_payload) = (body.to_vec(), payload.to_vec());
            self.events.push_back(GatewayEvent::Raw { ask, id, phone, body, frame_payload });
        }
    }

    /// Keeps what cannot be read as evidence of it, once the sender is known; before, it is answered at once.
    fn keep_unread(
        &mut self,
        header: &Header,
        body: &[u8],
        payload: &[u8],
        slip: ReturnSlip,
        result: AnswerResult,
    ) {
        if self.session.is_none() {
            return self.answer(&slip, result);
        }
        self.keep_raw(header, body, payload, slip, RawAnswer::General(result));
    }

    /// Asks for the parts that have been missing too long.
    pub(super) fn ask_for_parts(&mut self, now: Timestamp) {
        for missing in self.parts.handle_timeout(now) {
            self.counters.parts_asked_for += 1;
            let (first_serial, indices) = (missing.first_serial, missing.indices);
            self.send_answer(&missing.address, &Message::Resend { first_serial, indices });
        }
        self.counters.parts_dropped = self.parts.dropped();
    }

    fn refuse_unauthenticated(&mut self, slip: &ReturnSlip) {
        self.counters.unauthenticated += 1;
        self.answer(slip, AnswerResult::Fail);
    }
}
