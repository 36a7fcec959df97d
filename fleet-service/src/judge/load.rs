//! Whether a truck is held to be loaded: a change counts when two readings say so, or one that stands uncontradicted for
//! `load_s`. `unknown` keeps the last value; half, full and over are all loaded.
//!
//! The first reading of a change waits for what confirms it, so a confirmed change has that reading's time.

use std::collections::VecDeque;

use super::sample::{Moment, Sample};
use super::thresholds::{Thresholds, millis};

#[derive(Debug, Clone, Default)]
pub(super) struct LoadState {
    loaded: Option<bool>,
    /// A reading that would change the load, and the samples behind it.
    waiting: VecDeque<Sample>,
}

/// Most samples that wait behind an undecided reading; then the change is refused.
const WAITING_MAX: usize = 256;

impl LoadState {
    /// Takes a sample and puts those whose load is settled into `out`.
    pub(super) fn push(&mut self, sample: Sample, limits: &Thresholds, out: &mut Vec<Moment>) {
        let reading = sample.load.is_loaded();
        let Some(first) = self.waiting.front() else {
            if reading.is_some() && reading != self.loaded {
                self.waiting.push_back(sample);
            } else {
                out.push(Moment { sample, loaded: self.loaded });
            }
            return;
        };
        let claimed = first.load.is_loaded();
        let stood = sample.time.millis_since(first.time) >= millis(limits.load_s);
        if reading == claimed || (reading.is_none() && stood) {
            self.loaded = claimed;
            self.waiting.push_back(sample);
            self.release(out);
        } else if reading.is_some() || self.waiting.len() >= WAITING_MAX {
            self.release(out);
            self.push(sample, limits, out);
        } else {
            self.waiting.push_back(sample);
        }
    }

    /// Ends the stream: an undecided change does not count.
    pub(super) fn finish(&mut self, out: &mut Vec<Moment>) {
        self.release(out);
    }

    fn release(&mut self, out: &mut Vec<Moment>) {
        let loaded = self.loaded;
        out.extend(self.waiting.drain(..).map(|sample| Moment { sample, loaded }));
    }
}
