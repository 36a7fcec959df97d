//! A message that was sent and waits for its answer, at either end.

use domain::Timestamp;

/// One message that waits for its answer.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Serial of the message, or of its first part.
    pub(crate) serial: u16,
    pub(crate) message_id: u16,
    /// One frame, or one for each part. Sent again as they are: same serials, same bytes.
    frames: Vec<Vec<u8>>,
    /// How often it was sent.
    tries: u8,
    /// It was answered as not to be taken now.
    put_off: bool,
    deadline: Timestamp,
    /// Wait after the first sending, s.
    timeout_s: u32,
}

/// What a passed deadline asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The frames are to be sent again.
    SendAgain(Vec<Vec<u8>>),
    /// They were sent as often as allowed.
    GivenUp {
        /// It was answered, but each time as not to be taken now.
        put_off: bool,
    },
}

impl Waiting {
    /// A message sent at `now` for the first time.
    pub(crate) fn new(
        serial: u16,
        message_id: u16,
        frames: Vec<Vec<u8>>,
        timeout_s: u32,
        now: Timestamp,
    ) -> Self {
        let deadline = now.plus_seconds(i64::from(timeout_s));
        Self { serial, message_id, frames, tries: 1, put_off: false, deadline, timeout_s }
    }

    pub(crate) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Whether an answer is to this message or to one of its parts.
    pub(crate) fn concerns(&self, serial: u16, message_id: u16) -> bool {
        message_id == self.message_id && usize::from(serial.wrapping_sub(self.serial)) < self.frames.len()
    }

    /// Whether a serial is that of the message's last part: parts before it may be answered as they come, so only this
    /// answer is one to the message.
    pub(crate) fn is_last(&self, serial: u16) -> bool {
        usize::from(serial.wrapping_sub(self.serial)) + 1 == self.frames.len()
    }

    /// The frames of some parts, by their places from 1; places there are none of are passed over.
    pub(crate) fn parts<'a>(&'a self, indices: &'a [u16]) -> impl Iterator<Item = &'a Vec<u8>> {
        indices.iter().filter_map(|index| self.frames.get(usize::from(index.checked_sub(1)?)))
    }

    pub(crate) fn put_off(&mut self) {
        self.put_off = true;
    }

    /// The standard's growing wait: T(n+1) = T(n) x (n+1), so T, 2T, 6T … with T the wait after the first sending
    /// (JT/T 808-2013 §5.1.2.1 and parameters 0x0002, 0x0003).
    pub(crate) fn handle_timeout(&mut self, now: Timestamp, retries_max: u8) -> Option<Overdue> {
        if now < self.deadline {
            return None;
        }
        if self.tries > retries_max {
            return Some(Overdue::GivenUp { put_off: self.put_off });
        }
        self.tries += 1;
        let factor: i64 = (1..=i64::from(self.tries)).product::<i64>().min(WAIT_FACTOR_MAX);
        self.deadline = now.plus_seconds(i64::from(self.timeout_s).saturating_mul(factor));
        Some(Overdue::SendAgain(self.frames.clone()))
    }
}

/// The wait stops growing at this many times the first one.
const WAIT_FACTOR_MAX: i64 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_as_the_standard_says_and_ends() {
        let mut now = Timestamp::from_seconds(0);
        let mut waiting = Waiting::new(1, 2, vec![vec![7]], 10, now);
        let mut waits = Vec::new();
        loop {
            let deadline = waiting.deadline();
            waits.push(deadline.millis_since(now) / 1000);
            assert_eq!(waiting.handle_timeout(deadline.plus_millis(-1), 3), None);
            now = deadline;
            if waiting.handle_timeout(now, 3) == Some(Overdue::GivenUp { put_off: false }) {
                break;
            }
        }
        assert_eq!(waits, [10, 20, 60, 240]);
    }
}
