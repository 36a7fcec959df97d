//! What a terminal sends: locations in as few messages as may be, and other reports.

use domain::Timestamp;

use super::{Outgoing, Phase, REPORTS_MAX, Terminal, TerminalEvent, TerminalSendError};
use crate::extra::ExtraTooLong;
use crate::header::BODY_BYTES_MAX;
use crate::location::Location;
use crate::message::{AnswerResult, Message};

/// A batch is sent as backlog when its first location is older than this, s.
pub const BACKLOG_AGE_S: i64 = 60;
/// Count and type before the items of a batch, and the length before each.
const BATCH_HEAD_BYTES: usize = 3;
const ITEM_HEAD_BYTES: usize = 2;

/// How locations are put into messages.
#[derive(Debug, Clone, Copy)]
enum Batching {
    /// One alone as 0x0200; several as 0x0704, as backlog when the oldest is old.
    ByAge,
    /// Each message a 0x0704 of this type.
    Always { backlog: bool },
}

impl Terminal {
    /// Sends items, one alone as 0x0200 and several as 0x0704, in as few messages as `batch_max` and the length of a
    /// body allow. Gives the number taken from the front, at most [`Terminal::capacity`]; the rest is to be offered again.
    pub fn send(&mut self, items: Vec<Outgoing>, now: Timestamp) -> usize {
        self.send_items(items, Batching::ByAge, now)
    }

    /// As [`Terminal::send`], but every message is a 0x0704 of the type the caller wants: `backlog` for type 1, kept
    /// while there was no link, otherwise type 0, gathered to save traffic.
    pub fn send_batch(&mut self, items: Vec<Outgoing>, backlog: bool, now: Timestamp) -> usize {
        self.send_items(items, Batching::Always { backlog }, now)
    }

    fn send_items(&mut self, items: Vec<Outgoing>, batching: Batching, now: Timestamp) -> usize {
        let taken = items.len().min(self.capacity());
        let mut packet: Vec<Outgoing> = Vec::new();
        let mut packet_bytes = BATCH_HEAD_BYTES;
        for item in items.into_iter().take(taken) {
            let bytes = encoded_bytes(&item.location).map(|bytes| bytes + ITEM_HEAD_BYTES);
            let fits = bytes.as_ref().is_ok_and(|bytes| packet_bytes + bytes <= BODY_BYTES_MAX);
            if !fits || packet.len() >= self.config.batch_max.max(1) {
                self.send_packet(std::mem::take(&mut packet), batching, now);
                packet_bytes = BATCH_HEAD_BYTES;
            }
            packet_bytes += bytes.unwrap_or(BODY_BYTES_MAX);
            packet.push(item);
        }
        self.send_packet(packet, batching, now);
        self.tell_settled();
        taken
    }

    /// Sends another report (0x0702, 0x0801, 0x0900, 0x0004 …), in parts when it is longer than one packet, and gives its
    /// serial. It is sent again until [`TerminalEvent::Answered`] or [`TerminalEvent::Time`] tells of its answer.
    ///
    /// # Errors
    /// [`TerminalSendError`]; nothing is sent then.
    pub fn send_report(&mut self, report: &Message, now: Timestamp) -> Result<u16, TerminalSendError> {
        if !matches!(self.phase, Phase::Ready) {
            return Err(TerminalSendError::NotReady);
        }
        if self.reports.len() >= REPORTS_MAX {
            return Err(TerminalSendError::Busy);
        }
        let waiting = self.send_message(report, now)?;
        let serial = waiting.serial;
        self.reports.push(waiting);
        Ok(serial)
    }

    /// Takes a general answer to a report; whether there was one. One to a part before the last says nothing yet, unless
    /// it is a refusal.
    pub(super) fn settle_report(&mut self, serial: u16, id: u16, result: AnswerResult) -> bool {
        let Some(at) = self.reports.iter().position(|report| report.concerns(serial, id)) else {
            return false;
        };
        if result == AnswerResult::Fail {
            self.reports[at].put_off();
        } else if !result.is_ok() || self.reports[at].is_last(serial) {
            let serial = self.reports.remove(at).serial;
            self.events.push_back(TerminalEvent::Answered { serial, id, result });
        }
        true
    }

    /// Takes the oldest report of an id whose answer does not name its serial, and gives its serial.
    pub(super) fn take_report(&mut self, id: u16) -> Option<u16> {
        let at = self.reports.iter().position(|report| report.message_id == id)?;
        Some(self.reports.remove(at).serial)
    }

    /// Sends `packet` as one message. One that cannot be written is refused, and passed over in its turn.
    fn send_packet(&mut self, packet: Vec<Outgoing>, batching: Batching, now: Timestamp) {
        let cursors: Vec<u64> = packet.iter().map(|item| item.cursor).collect();
        let mut locations: Vec<Location> = packet.into_iter().map(|item| item.location).collect();
        let Some(oldest) = locations.iter().map(|location| location.time.timestamp()).min() else { return };
        let message = match batching {
            Batching::ByAge if locations.len() == 1 => Message::Location(locations.remove(0)),
            Batching::ByAge => {
                let backlog = oldest.plus_seconds(BACKLOG_AGE_S) < now;
                Message::LocationBatch { backlog, locations, malformed: 0 }
            }
            Batching::Always { backlog } => Message::LocationBatch { backlog, locations, malformed: 0 },
        };
        match self.send_message(&message, now) {
            Ok(waiting) => self.in_flight.push(waiting, cursors),
            Err(_unwritable) => {
                self.refuse(&cursors, AnswerResult::Bad);
                self.in_flight.push_settled(cursors);
            }
        }
    }
}

fn encoded_bytes(location: &Location) -> Result<usize, ExtraTooLong> {
    let mut bytes = Vec::new();
    location.encode(&mut bytes)?;
    Ok(bytes.len())
}
