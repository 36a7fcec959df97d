//! One report a second per tag and reader: a reader in front of a truck reads its tag dozens of times a second, and the
//! rules count distinct seconds.

use std::collections::HashMap;

use domain::{Epc, ReaderId, Timestamp};

/// Tags remembered at once, over all readers of a unit; beyond it those not seen longest are forgotten.
pub const TAGS_MAX: usize = 4_096;

/// Remembers in which second each tag was reported last.
#[derive(Debug, Default)]
pub struct Debounce {
    last: HashMap<(ReaderId, Epc), i64>,
}

impl Debounce {
    /// Whether a read is to be reported: the first of its second. A clock set back silences no tag.
    pub fn is_first_of_second(&mut self, reader: &ReaderId, epc: &Epc, time: Timestamp) -> bool {
        let key = (reader.clone(), epc.clone());
        let second = time.seconds();
        if self.last.len() >= TAGS_MAX && !self.last.contains_key(&key) {
            self.forget_older_half();
        }
        self.last.insert(key, second) != Some(second)
    }

    /// Forgetting costs at most one further report of a tag.
    fn forget_older_half(&mut self) {
        let mut seconds: Vec<i64> = self.last.values().copied().collect();
        let middle = seconds.len() / 2;
        let (_, median, _) = seconds.select_nth_unstable(middle);
        let median = *median;
        self.last.retain(|_, second| *second > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_reported_once_a_second_at_each_reader() {
        let mut debounce = Debounce::default();
        let (gate, wash): (ReaderId, ReaderId) = ("G1".parse().unwrap(), "W1".parse().unwrap());
        let epc: Epc = "30751FEB705C5904E3D50D70".parse().unwrap();
        let mut reported = |reader: &ReaderId, millis| {
            debounce.is_first_of_second(reader, &epc, Timestamp::from_millis(millis))
        };
        let gate_reads = [0, 40, 999, 1000, 1999, 2000, 500].map(|millis| reported(&gate, millis));
        assert_eq!(gate_reads, [true, false, false, true, false, true, true]);
        assert!(reported(&wash, 500));
    }

    #[test]
    fn more_tags_than_are_remembered_are_all_reported_and_memory_stays_bounded() {
        let mut debounce = Debounce::default();
        let gate: ReaderId = "G1".parse().unwrap();
        for number in 0..3 * TAGS_MAX as u32 {
            let epc = Epc::from_bytes(&number.to_be_bytes()).unwrap();
            assert!(debounce.is_first_of_second(
                &gate,
                &epc,
                Timestamp::from_seconds(i64::from(number) / 100)
            ));
            assert!(debounce.last.len() <= TAGS_MAX);
        }
    }
}
