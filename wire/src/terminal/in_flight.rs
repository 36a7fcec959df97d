//! What a terminal has sent and not yet got an answer for, in the order it was sent.

use std::collections::VecDeque;

use domain::Timestamp;

use crate::message::AnswerResult;
use crate::waiting::{Overdue, Waiting};

/// Locations under way.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    sent: VecDeque<Sent>,
}

#[derive(Debug)]
struct Sent {
    waiting: Waiting,
    /// Cursors of its items, in order.
    cursors: Vec<u64>,
    settled: bool,
}

/// What an answer settled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// No frame under way has this serial: a late or doubled answer.
    Nothing,
    /// The platform could not take it; it stays under way and is sent again when its time is up.
    NotYet,
    /// Taken.
    Taken,
    /// It will never be taken; these items are passed over.
    Refused(Vec<u64>),
}

impl InFlight {
    pub(crate) fn clear(&mut self) {
        self.sent.clear();
    }

    /// Items under way, settled ones behind an unsettled one included.
    pub(crate) fn item_count(&self) -> usize {
        self.sent.iter().map(|sent| sent.cursors.len()).sum()
    }

    pub(crate) fn push(&mut self, waiting: Waiting, cursors: Vec<u64>) {
        self.sent.push_back(Sent { waiting, cursors, settled: false });
    }

    /// Items that were never sent and never will be: they settle in their turn.
    pub(crate) fn push_settled(&mut self, cursors: Vec<u64>) {
        let waiting = Waiting::new(0, 0, Vec::new(), 0, Timestamp::default());
        self.sent.push_back(Sent { waiting, cursors, settled: true });
    }

    /// Takes the answer to the frame of `serial` and `message_id`.
    pub(crate) fn answer(&mut self, serial: u16, message_id: u16, result: AnswerResult) -> Settled {
        let is_meant = |sent: &&mut Sent| sent.waiting.concerns(serial, message_id) && !sent.settled;
        let Some(sent) = self.sent.iter_mut().find(is_meant) else { return Settled::Nothing };
        match result {
            AnswerResult::Ok | AnswerResult::AlarmConfirmed => {
                sent.settled = sent.waiting.is_last(serial);
                if sent.settled { Settled::Taken } else { Settled::NotYet }
            }
            AnswerResult::Fail => {
                sent.waiting.put_off();
                Settled::NotYet
            }
            AnswerResult::Bad | AnswerResult::Unsupported | AnswerResult::Other(_) => {
                sent.settled = true;
                Settled::Refused(sent.cursors.clone())
            }
        }
    }

    /// Forgets the settled frames at the front; the last cursor of them, up to which nothing is under way any more.
    pub(crate) fn take_settled(&mut self) -> Option<u64> {
        let mut up_to = None;
        while let Some(sent) = self.sent.pop_front_if(|sent| sent.settled) {
            up_to = sent.cursors.last().copied().or(up_to);
        }
        up_to
    }

    /// Every frame whose time is up.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp, retries_max: u8) -> Vec<Overdue> {
        let unsettled = self.sent.iter_mut().filter(|sent| !sent.settled);
        unsettled.filter_map(|sent| sent.waiting.handle_timeout(now, retries_max)).collect()
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.sent.iter().filter(|sent| !sent.settled).map(|sent| sent.waiting.deadline()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_out_of_order_move_the_cursor_only_over_a_whole_prefix() {
        let mut in_flight = InFlight::default();
        for serial in 0..3u16 {
            let waiting = Waiting::new(serial, 0x0200, vec![vec![]], 10, Timestamp::from_seconds(0));
            in_flight.push(waiting, vec![u64::from(serial) * 10, u64::from(serial) * 10 + 1]);
        }
        assert_eq!(in_flight.answer(1, 0x0200, AnswerResult::Ok), Settled::Taken);
        assert_eq!((in_flight.take_settled(), in_flight.item_count()), (None, 6));
        assert_eq!(in_flight.answer(1, 0x0200, AnswerResult::Ok), Settled::Nothing);
        assert_eq!(in_flight.answer(0, 0x0704, AnswerResult::Ok), Settled::Nothing);
        assert_eq!(in_flight.answer(0, 0x0200, AnswerResult::Fail), Settled::NotYet);
        assert_eq!(in_flight.answer(0, 0x0200, AnswerResult::Bad), Settled::Refused(vec![0, 1]));
        assert_eq!((in_flight.take_settled(), in_flight.item_count()), (Some(11), 2));
    }
}
