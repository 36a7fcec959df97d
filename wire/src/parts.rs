//! Putting together messages that come in parts (header bit 13), at either end.
//!
//! A few unfinished messages are held at once, within limits. Parts that stay away are asked for again, a few times, and
//! then the message is dropped and counted. Parts that come twice count once, also after their message was whole: its
//! sender may have missed the answer.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use domain::Timestamp;

use crate::header::{Header, Part};
use crate::message::{Address, AnswerResult};

/// Most packets of one message: what the count of a request for missing ones can say.
pub const PARTS_MAX: u16 = 255;
/// Most messages of one connection that are unfinished at once; the one that waits longest gives way to another.
pub const UNFINISHED_MESSAGES_MAX: usize = 4;
/// Most bytes of bodies held for one connection; a message in the most and longest parts fits.
pub const UNFINISHED_BYTES_MAX: usize = 256 * 1024;
/// Parts are asked for when none came for this long, s.
pub const PARTS_WAIT_S: u32 = 10;
/// How often they are asked for before the message is dropped.
pub const RESENDS_MAX: u32 = 3;
/// How far the serials of two parts in order may be apart before they count as two messages' parts.
pub const SERIAL_GAP_MAX: u16 = 64;
/// Finished messages whose parts are known again.
pub const FINISHED_MAX: usize = 8;
/// How long they are known again, s.
pub const FINISHED_KEPT_S: i64 = 600;

/// A message put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Its body.
    pub body: Vec<u8>,
    /// Serials of its packets, first to last.
    pub serials: Vec<u16>,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOutcome {
    /// Kept; others are still missing.
    Kept,
    /// It was there already. When its message was answered since, this was the answer.
    Again(Option<AnswerResult>),
    /// It was the last one missing.
    Whole(Whole),
    /// Its place or total makes no sense, or the total is over [`PARTS_MAX`].
    Refused,
}

/// Parts to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Whom to ask.
    pub address: Address,
    /// Serial of the message's first part.
    pub first_serial: u16,
    /// Places of the parts, from 1.
    pub indices: Vec<u16>,
}

/// The unfinished messages of one connection.
#[derive(Debug, Default)]
pub struct Parts {
    /// The one that took a part last is the last.
    held: Vec<Held>,
    finished: VecDeque<Finished>,
    dropped: u64,
}

#[derive(Debug)]
struct Held {
    message_id: u16,
    address: Address,
    /// Serial and body of each part, by place.
    parts: Vec<Option<(u16, Vec<u8>)>>,
    /// Serial the first part has, if the sender counts as the standard asks.
    first_serial: u16,
    /// Place of the part taken last.
    last_index: u16,
    /// When a part was taken or asked for last.
    waits_since: Timestamp,
    asked: u32,
}

#[derive(Debug)]
struct Finished {
    message_id: u16,
    serials: Vec<u16>,
    hashes: Vec<u64>,
    answered: Option<AnswerResult>,
    at: Timestamp,
}

impl Held {
    fn new(header: &Header, part: Part, now: Timestamp) -> Self {
        Self {
            message_id: header.message_id,
            address: Address::from(header),
            parts: vec![None; usize::from(part.total)],
            first_serial: header.serial.wrapping_sub(part.index - 1),
            last_index: 0,
            waits_since: now,
            asked: 0,
        }
    }

    fn part(&self, index: u16) -> Option<&(u16, Vec<u8>)> {
        self.parts.get(usize::from(index.checked_sub(1)?))?.as_ref()
    }

    fn is_like(&self, header: &Header, part: Part) -> bool {
        header.message_id == self.message_id && usize::from(part.total) == self.parts.len()
    }

    /// Whether a packet is a part of this message by its serial: those of a message's parts follow each other.
    fn owns(&self, header: &Header, part: Part) -> bool {
        self.is_like(header, part)
            && (header.serial == self.first_serial.wrapping_add(part.index - 1)
                || self.part(part.index).is_some_and(|(serial, _)| *serial == header.serial))
    }

    /// Not every terminal counts as it should: the next part in order is taken with a serial a little further on.
    fn may_own(&self, header: &Header, part: Part) -> bool {
        self.is_like(header, part)
            && part.index == self.last_index + 1
            && self.part(part.index).is_none()
            && self
                .part(self.last_index)
                .is_some_and(|(last_serial, _)| header.serial.wrapping_sub(*last_serial) <= SERIAL_GAP_MAX)
    }

    fn bytes(&self) -> usize {
        self.parts.iter().flatten().map(|(_, body)| body.len()).sum()
    }

    fn count(&self) -> u64 {
        self.parts.iter().flatten().count() as u64
    }

    fn deadline(&self) -> Timestamp {
        self.waits_since.plus_seconds(i64::from(PARTS_WAIT_S))
    }

    fn missing(&self) -> Missing {
        let first_serial = self.part(1).map_or(self.first_serial, |(serial, _)| *serial);
        let places = (1..).zip(&self.parts);
        let indices = places.filter(|(_, part)| part.is_none()).map(|(index, _)| index).collect();
        Missing { address: self.address, first_serial, indices }
    }
}

fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

impl Parts {
    /// Takes one packet of a message in parts.
    pub fn take(&mut self, header: &Header, part: Part, body: &[u8], now: Timestamp) -> PartOutcome {
        if part.total == 0 || part.total > PARTS_MAX || part.index == 0 || part.index > part.total {
            return PartOutcome::Refused;
        }
        if let Some(finished) = self.finished(header, part, body, now) {
            return PartOutcome::Again(finished.answered);
        }
        let mut held = self.take_held(header, part, now);
        match held.part(part.index) {
            Some((_, known)) if known == body => {
                self.held.push(held);
                return PartOutcome::Again(None);
            }
            // Another message under the same serials.
            Some(_) => {
                self.dropped += held.count();
                held = Held::new(header, part, now);
            }
            None => {}
        }
        if let Some(place) = held.parts.get_mut(usize::from(part.index - 1)) {
            *place = Some((header.serial, body.to_vec()));
        }
        (held.last_index, held.waits_since, held.asked) = (part.index, now, 0);
        if held.parts.iter().any(Option::is_none) {
            self.held.push(held);
            self.drop_the_most();
            return PartOutcome::Kept;
        }
        self.finish(held, now)
    }

    /// Notes what the message of these packets was answered, for those of them that come again. One that was put off
    /// must be taken anew.
    pub fn note_answered(&mut self, message_id: u16, serials: &[u16], result: AnswerResult) {
        let is_meant = |finished: &Finished| finished.message_id == message_id && finished.serials == serials;
        if result == AnswerResult::Fail {
            self.finished.retain(|finished| !is_meant(finished));
        } else if let Some(finished) = self.finished.iter_mut().rev().find(|finished| is_meant(finished)) {
            finished.answered = Some(result);
        }
    }

    /// What is to be asked for now. Messages asked for often enough are dropped.
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<Missing> {
        let mut asked = Vec::new();
        let mut dropped = 0;
        self.held.retain_mut(|held| {
            if now < held.deadline() {
                return true;
            }
            if held.asked >= RESENDS_MAX {
                dropped += held.count();
                return false;
            }
            held.asked += 1;
            held.waits_since = now;
            asked.push(held.missing());
            true
        });
        self.dropped += dropped;
        asked
    }

    /// When [`Parts::handle_timeout`] is to be called next.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.held.iter().map(Held::deadline).min()
    }

    /// Parts dropped because their message did not become whole.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The message a packet belongs to, out of those held, or a new one.
    fn take_held(&mut self, header: &Header, part: Part, now: Timestamp) -> Held {
        let owner = self.held.iter().position(|held| held.owns(header, part));
        let owner = owner.or_else(|| self.held.iter().rposition(|held| held.may_own(header, part)));
        owner.map_or_else(|| Held::new(header, part, now), |at| self.held.remove(at))
    }

    /// Holds the limits: the message that took a part longest ago goes first.
    fn drop_the_most(&mut self) {
        let is_too_much = |held: &[Held]| {
            held.len() > UNFINISHED_MESSAGES_MAX
                || held.iter().map(Held::bytes).sum::<usize>() > UNFINISHED_BYTES_MAX
        };
        while self.held.len() > 1 && is_too_much(&self.held) {
            self.dropped += self.held.remove(0).count();
        }
    }

    fn finish(&mut self, held: Held, now: Timestamp) -> PartOutcome {
        let (serials, bodies): (Vec<u16>, Vec<Vec<u8>>) = held.parts.into_iter().flatten().unzip();
        if self.finished.len() >= FINISHED_MAX {
            self.finished.pop_front();
        }
        self.finished.push_back(Finished {
            message_id: held.message_id,
            serials: serials.clone(),
            hashes: bodies.iter().map(|body| hash(body)).collect(),
            answered: None,
            at: now,
        });
        PartOutcome::Whole(Whole { body: bodies.concat(), serials })
    }

    /// The finished message a packet is a part of, come again.
    fn finished(&mut self, header: &Header, part: Part, body: &[u8], now: Timestamp) -> Option<&Finished> {
        self.finished.retain(|finished| finished.at.plus_seconds(FINISHED_KEPT_S) > now);
        let place = usize::from(part.index - 1);
        self.finished.iter().rev().find(|finished| {
            finished.message_id == header.message_id
                && finished.serials.len() == usize::from(part.total)
                && finished.serials.get(place) == Some(&header.serial)
                && finished.hashes.get(place) == Some(&hash(body))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Phone, Version};

    fn packet(serial: u16, part: Part) -> Header {
        Header {
            message_id: 0x0704,
            version: Version::V2013,
            protocol_version: 0,
            phone: Phone::from_bytes(&[1; 6]),
            serial,
            body_length: 1,
            encryption: 0,
            part: Some(part),
        }
    }

    fn take(
        parts: &mut Parts,
        (serial, total, index): (u16, u16, u16),
        body: &[u8],
        at_s: i64,
    ) -> PartOutcome {
        let part = Part { total, index };
        parts.take(&packet(serial, part), part, body, Timestamp::from_seconds(at_s))
    }

    /// Takes parts given as (serial, total, index) with a body of one byte, the index.
    #[track_caller]
    fn check(taken: &[(u16, u16, u16)], last: PartOutcome, dropped: u64) {
        let mut parts = Parts::default();
        let mut outcome = PartOutcome::Refused;
        for &part in taken {
            outcome = take(&mut parts, part, &[part.2 as u8], 0);
        }
        assert_eq!((outcome, parts.dropped()), (last, dropped));
    }

    #[test]
    fn parts_are_joined_in_their_order_whatever_order_they_came_in() {
        let whole = || PartOutcome::Whole(Whole { body: vec![1, 2, 3], serials: vec![65535, 0, 1] });
        check(&[(65535, 3, 1), (0, 3, 2), (1, 3, 3)], whole(), 0);
        check(&[(1, 3, 3), (65535, 3, 1), (1, 3, 3), (0, 3, 2)], whole(), 0);
        check(&[(1, 3, 3), (0, 3, 2)], PartOutcome::Kept, 0);
        check(&[(1, 3, 3), (1, 3, 3)], PartOutcome::Again(None), 0);
    }

    #[test]
    fn parts_in_order_are_joined_although_their_serials_have_a_gap() {
        let whole = PartOutcome::Whole(Whole { body: vec![1, 2], serials: vec![0x04D1, 0x04E2] });
        check(&[(0x04D1, 2, 1), (0x04E2, 2, 2)], whole, 0);
        check(&[(0x04D1, 3, 1), (0x04F0, 3, 3)], PartOutcome::Kept, 0);
    }

    #[test]
    fn messages_mixed_with_each_other_are_both_put_together() {
        let whole = PartOutcome::Whole(Whole { body: vec![1, 2, 3], serials: vec![1, 2, 3] });
        check(&[(1, 3, 1), (2, 3, 2), (8, 2, 1), (9, 2, 2), (3, 3, 3)], whole, 0);
        let whole = PartOutcome::Whole(Whole { body: vec![1, 2], serials: vec![8, 9] });
        check(&[(1, 2, 1), (8, 2, 1), (9, 2, 2)], whole, 0);
    }

    #[test]
    fn more_unfinished_messages_than_allowed_drop_the_one_that_waits_longest() {
        let mut taken: Vec<_> = (0..=UNFINISHED_MESSAGES_MAX as u16).map(|n| (100 * n, 3, 1)).collect();
        check(&taken, PartOutcome::Kept, 1);
        taken.extend([(1, 3, 2), (2, 3, 3)]);
        check(&taken, PartOutcome::Kept, 2);
    }

    #[test]
    fn more_bytes_than_allowed_drop_the_message_that_waits_longest() {
        let mut parts = Parts::default();
        let body = vec![0; UNFINISHED_BYTES_MAX / 2];
        for serial in [0, 100, 200] {
            assert_eq!(take(&mut parts, (serial, 2, 1), &body, 0), PartOutcome::Kept);
        }
        assert_eq!(parts.dropped(), 1);
    }

    #[test]
    fn places_that_make_no_sense_are_refused() {
        for part in [(1, 0, 1), (1, 2, 0), (1, 2, 3), (1, PARTS_MAX + 1, 1)] {
            check(&[part], PartOutcome::Refused, 0);
        }
    }

    #[test]
    fn missing_parts_are_asked_for_a_few_times_and_then_the_message_is_dropped() {
        let mut parts = Parts::default();
        take(&mut parts, (65535, 4, 2), &[2], 0);
        take(&mut parts, (0, 4, 3), &[3], 5);
        assert_eq!(parts.deadline(), Some(Timestamp::from_seconds(5 + i64::from(PARTS_WAIT_S))));
        assert_eq!(parts.handle_timeout(Timestamp::from_seconds(14)), []);
        for time in 1..=i64::from(RESENDS_MAX) {
            let asked = parts.handle_timeout(parts.deadline().unwrap());
            assert_eq!(asked.len(), 1, "{time}");
            assert_eq!((asked[0].first_serial, asked[0].indices.as_slice()), (65534, [1, 4].as_slice()));
        }
        assert_eq!((parts.handle_timeout(parts.deadline().unwrap()), parts.dropped()), (vec![], 2));
        assert_eq!(parts.deadline(), None);
    }

    #[test]
    fn parts_of_a_finished_message_are_known_again_and_told_its_answer() {
        let mut parts = Parts::default();
        take(&mut parts, (1, 2, 1), &[1], 0);
        assert!(matches!(take(&mut parts, (2, 2, 2), &[2], 0), PartOutcome::Whole(_)));
        assert_eq!(take(&mut parts, (2, 2, 2), &[2], 1), PartOutcome::Again(None));
        parts.note_answered(0x0704, &[1, 2], AnswerResult::Ok);
        assert_eq!(take(&mut parts, (1, 2, 1), &[1], 2), PartOutcome::Again(Some(AnswerResult::Ok)));
        // The same serials with other bytes are another message, and so are they much later.
        assert_eq!(take(&mut parts, (1, 2, 1), &[9], 3), PartOutcome::Kept);
        assert_eq!(
            take(&mut parts, (2, 2, 2), &[2], FINISHED_KEPT_S).clone(),
            PartOutcome::Whole(Whole { body: vec![9, 2], serials: vec![1, 2] })
        );
    }

    #[test]
    fn a_message_that_was_put_off_is_taken_anew() {
        let mut parts = Parts::default();
        take(&mut parts, (1, 2, 1), &[1], 0);
        take(&mut parts, (2, 2, 2), &[2], 0);
        parts.note_answered(0x0704, &[1, 2], AnswerResult::Fail);
        assert_eq!(take(&mut parts, (1, 2, 1), &[1], 1), PartOutcome::Kept);
        assert!(matches!(take(&mut parts, (2, 2, 2), &[2], 1), PartOutcome::Whole(_)));
    }

    #[test]
    fn a_sender_that_never_counts_is_understood_as_long_as_its_parts_come_in_order() {
        let mut parts = Parts::default();
        for round in 0..2u8 {
            for index in 1..=2 {
                take(&mut parts, (0, 3, index), &[round, index as u8], 0);
            }
            let last = take(&mut parts, (0, 3, 3), &[round, 3], 0);
            let body = vec![round, 1, round, 2, round, 3];
            assert_eq!(last, PartOutcome::Whole(Whole { body, serials: vec![0, 0, 0] }));
            parts.note_answered(0x0704, &[0, 0, 0], AnswerResult::Ok);
        }
    }
}
