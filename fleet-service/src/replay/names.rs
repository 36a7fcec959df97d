//! Names as numbers while a replay runs: plates, devices, tags, readers and sites each get one when first met.
//!
//! The numbers depend on who meets a name first and mean nothing outside the run: nothing that is written hangs on them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use domain::{Epc, Plate, ReaderId, SiteId, TerminalId};

/// Every name met, shared by all threads.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) plates: Numbered<Plate>,
    pub(super) devices: Numbered<TerminalId>,
    pub(super) tags: Numbered<Epc>,
    pub(super) readers: Numbered<ReaderId>,
    pub(super) sites: Numbered<SiteId>,
}

/// Names of one kind.
#[derive(Debug)]
pub(super) struct Numbered<T>(RwLock<Table<T>>);

#[derive(Debug)]
struct Table<T> {
    numbers: HashMap<T, u32>,
    names: Vec<Arc<T>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(RwLock::new(Table { numbers: HashMap::new(), names: Vec::new() }))
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn number(&self, name: &T) -> u32 {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = table.numbers.get(name) {
            return *number;
        }
        // Four thousand million names do not fit into the memory of any machine this runs on.
        let number = u32::try_from(table.names.len()).unwrap_or(u32::MAX);
        table.names.push(Arc::new(name.clone()));
        table.numbers.insert(name.clone(), number);
        number
    }

    /// Every name by its number. Taken when all reading is done.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).names.clone()
    }
}

/// One thread's memory of the numbers of names of one kind, so that it seldom asks the others.
#[derive(Debug)]
pub(super) struct Remembered<'a, T> {
    shared: &'a Numbered<T>,
    numbers: HashMap<T, u32>,
}

/// Most names one thread remembers; past them it forgets and begins anew.
const REMEMBERED_MAX: usize = 200_000;

impl<'a, T: Clone + Eq + Hash> Remembered<'a, T> {
    pub(super) fn new(shared: &'a Numbered<T>) -> Self {
        Self { shared, numbers: HashMap::new() }
    }

    pub(super) fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.numbers.len() >= REMEMBERED_MAX {
            self.numbers.clear();
        }
        let number = self.shared.number(name);
        self.numbers.insert(name.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_whoever_asks() {
        let shared = Numbered::<String>::default();
        let names: Vec<String> = (0..500).map(|i| format!("n{}", i % 170)).collect();
        let ask = || {
            let mut remembered = Remembered::new(&shared);
            names.iter().map(|name| remembered.number(name)).collect::<Vec<_>>()
        };
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(ask);
            (ask(), other.join().unwrap())
        });
        assert_eq!(first, second);
        let all = shared.all();
        assert_eq!(all.len(), 170);
        assert!(names.iter().zip(first).all(|(name, number)| *all[number as usize] == *name));
    }
}
