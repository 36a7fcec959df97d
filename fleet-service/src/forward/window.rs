//! What was sent and is not proven yet.

use std::collections::VecDeque;

/// Log batches sent over the present link, with how many messages had been sent when each was whole.
#[derive(Debug, Default)]
pub struct Window {
    /// Messages sent up to and with the batch, and the batch's log position.
    batches: VecDeque<(u64, u64)>,
    proven: u64,
}

impl Window {
    /// A batch was sent whole; `sent` counts all messages so far.
    pub fn sent(&mut self, sent: u64, position: u64) {
        self.batches.push_back((sent, position));
    }

    /// So many messages have arrived.
    pub fn proven(&mut self, messages: u64) {
        self.proven = self.proven.max(messages);
    }

    /// Messages under way, `sent` being all sent so far.
    pub fn under_way(&self, sent: u64) -> u64 {
        sent.saturating_sub(self.proven)
    }

    /// Takes the batches that have arrived whole and gives the position of the last. A batch without messages has
    /// arrived with those before it.
    pub fn take_arrived(&mut self) -> Option<u64> {
        let mut arrived = None;
        while let Some((_, position)) = self.batches.pop_front_if(|(sent, _)| *sent <= self.proven) {
            arrived = Some(position);
        }
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_moves_over_whole_batches_only() {
        let mut window = Window::default();
        window.sent(3, 1);
        window.sent(3, 2);
        window.sent(5, 3);
        assert_eq!((window.take_arrived(), window.under_way(5)), (None, 5));
        window.proven(2);
        assert_eq!(window.take_arrived(), None);
        window.proven(4);
        assert_eq!((window.take_arrived(), window.under_way(5)), (Some(2), 1));
        window.proven(5);
        assert_eq!((window.take_arrived(), window.take_arrived()), (Some(3), None));
    }

    #[test]
    fn batches_without_messages_arrive_at_once_when_nothing_is_under_way() {
        let mut window = Window::default();
        window.sent(0, 7);
        assert_eq!(window.take_arrived(), Some(7));
    }
}
