//! Putting together a message that came in parts (header bit 13).
//!
//! One message at a time: the parts of another one drop what is held. Nothing is asked for again; a sender that gets
//! no answer sends its parts again by itself, and parts that come twice count once.

use crate::header::{Header, Part};

/// Most packets of one message; a batch of that many carries about 1,500 locations.
pub const PARTS_MAX: u16 = 64;

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
    /// It was the last one missing.
    Whole(Whole),
    /// Its place or total makes no sense, or the total is over [`PARTS_MAX`].
    Refused,
}

/// The parts of one message.
#[derive(Debug, Default)]
pub struct Parts {
    held: Option<Held>,
    dropped: u64,
}

#[derive(Debug)]
struct Held {
    message_id: u16,
    /// Serial and body of each part, by place.
    parts: Vec<Option<(u16, Vec<u8>)>>,
    /// Serial the first part has, if the sender counts as the standard asks.
    first_serial: u16,
    /// Place of the part taken last.
    last_index: u16,
}

impl Held {
    fn new(header: &Header, part: Part) -> Self {
        Self {
            message_id: header.message_id,
            parts: vec![None; usize::from(part.total)],
            first_serial: header.serial.wrapping_sub(part.index - 1),
            last_index: 0,
        }
    }

    /// Whether a packet is a part of this message. The standard has the serials of a message's parts follow each other,
    /// but not every terminal does: the next part in order is taken with any serial, and a known one again.
    fn owns(&self, header: &Header, part: Part) -> bool {
        let known = self.parts.get(usize::from(part.index - 1)).and_then(Option::as_ref);
        header.message_id == self.message_id
            && usize::from(part.total) == self.parts.len()
            && (header.serial == self.first_serial.wrapping_add(part.index - 1)
                || known.is_some_and(|(serial, _)| *serial == header.serial)
                || (known.is_none() && part.index == self.last_index + 1))
    }
}

impl Parts {
    /// Takes one packet of a message in parts.
    pub fn take(&mut self, header: &Header, part: Part, body: &[u8]) -> PartOutcome {
        if part.total == 0 || part.total > PARTS_MAX || part.index == 0 || part.index > part.total {
            return PartOutcome::Refused;
        }
        let mut held = match self.held.take() {
            Some(held) if held.owns(header, part) => held,
            other => {
                self.dropped += other.map_or(0, |held| held.parts.iter().flatten().count() as u64);
                Held::new(header, part)
            }
        };
        if let Some(place) = held.parts.get_mut(usize::from(part.index - 1)) {
            *place = Some((header.serial, body.to_vec()));
        }
        held.last_index = part.index;
        if held.parts.iter().any(Option::is_none) {
            self.held = Some(held);
            return PartOutcome::Kept;
        }
        let (serials, bodies): (Vec<u16>, Vec<Vec<u8>>) = held.parts.into_iter().flatten().unzip();
        PartOutcome::Whole(Whole { body: bodies.concat(), serials })
    }

    /// Parts dropped because another message began before theirs was whole.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Phone, Version};

    /// Takes parts given as (serial, total, index) with a body of one byte, the index.
    #[track_caller]
    fn check(taken: &[(u16, u16, u16)], last: PartOutcome, dropped: u64) {
        let mut parts = Parts::default();
        let mut outcome = PartOutcome::Refused;
        for &(serial, total, index) in taken {
            let part = Part { total, index };
            let header = Header {
                message_id: 0x0704,
                version: Version::V2013,
                protocol_version: 0,
                phone: Phone::from_bytes(&[1; 6]),
                serial,
                body_length: 1,
                encryption: 0,
                part: Some(part),
            };
            outcome = parts.take(&header, part, &[index as u8]);
        }
        assert_eq!((outcome, parts.dropped()), (last, dropped));
    }

    #[test]
    fn parts_are_joined_in_their_order_whatever_order_they_came_in() {
        let whole = || PartOutcome::Whole(Whole { body: vec![1, 2, 3], serials: vec![65535, 0, 1] });
        check(&[(65535, 3, 1), (0, 3, 2), (1, 3, 3)], whole(), 0);
        check(&[(1, 3, 3), (65535, 3, 1), (1, 3, 3), (0, 3, 2)], whole(), 0);
        check(&[(1, 3, 3), (0, 3, 2)], PartOutcome::Kept, 0);
    }

    #[test]
    fn parts_in_order_are_joined_although_their_serials_have_a_gap() {
        let whole = PartOutcome::Whole(Whole { body: vec![1, 2], serials: vec![0x04D1, 0x04E2] });
        check(&[(0x04D1, 2, 1), (0x04E2, 2, 2)], whole, 0);
        check(&[(0x04D1, 3, 1), (0x04F0, 3, 3)], PartOutcome::Kept, 1);
    }

    #[test]
    fn another_message_drops_the_unfinished_one_and_counts_its_parts() {
        let whole = PartOutcome::Whole(Whole { body: vec![1, 2], serials: vec![8, 9] });
        check(&[(1, 3, 1), (2, 3, 2), (8, 2, 1), (9, 2, 2)], whole, 2);
    }

    #[test]
    fn places_that_make_no_sense_are_refused() {
        for part in [(1, 0, 1), (1, 2, 0), (1, 2, 3), (1, PARTS_MAX + 1, 1)] {
            check(&[part], PartOutcome::Refused, 0);
        }
    }
}
