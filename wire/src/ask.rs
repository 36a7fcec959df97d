//! Questions an end of a session puts to its caller, and waits for.

use std::collections::BTreeMap;

/// Names a message that waits for the caller's word, within its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(u64);

/// The questions that wait.
#[derive(Debug)]
pub(crate) struct Asks<T> {
    waiting: BTreeMap<AskId, T>,
    next: u64,
}

impl<T> Default for Asks<T> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), next: 0 }
    }
}

impl<T> Asks<T> {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Numbers go on, so that a word to a question of an earlier connection answers nothing.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.waiting.values()
    }

    pub(crate) fn put(&mut self, question: T) -> AskId {
        let ask = AskId(self.next);
        self.next += 1;
        self.waiting.insert(ask, question);
        ask
    }

    /// Takes the question, if it waits and is of the kind meant.
    pub(crate) fn take_if(&mut self, ask: AskId, is_meant: impl FnOnce(&T) -> bool) -> Option<T> {
        is_meant(self.waiting.get(&ask)?).then(|| self.waiting.remove(&ask)).flatten()
    }
}
