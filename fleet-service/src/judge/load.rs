//! Whether a truck is held to be loaded: a change counts when two readings say so, or one that stands uncontradicted for
//! `load_s`. `unknown` keeps the last value; half, full and over are all loaded.
//!
//! Nobody loads or tips at driving speed, but a bad road makes sensors flicker there: a change first read above
//! `driving_kmh` counts when it stands uncontradicted for `load_driving_s`, however many readings say so.
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
        let since = sample.time.millis_since(first.time);
        let is_confirmed = match reading {
            // The first reading of all contradicts nothing.
            _ if self.loaded.is_some() && is_driving(first, limits) => since >= millis(limits.load_driving_s),
            Some(_) => true,
            None => since >= millis(limits.load_s),
        };
        let is_contradicted = reading.is_some() && reading != claimed;
        self.waiting.push_back(sample);
        if is_contradicted || (!is_confirmed && self.waiting.len() > WAITING_MAX) {
            self.refuse(limits, out);
        } else if is_confirmed {
            self.loaded = claimed;
            let loaded = self.loaded;
            out.extend(self.waiting.drain(..).map(|sample| Moment { sample, loaded }));
        }
    }

    /// Ends the stream: an undecided change does not count.
    pub(super) fn finish(&mut self, limits: &Thresholds, out: &mut Vec<Moment>) {
        while !self.waiting.is_empty() {
            self.refuse(limits, out);
        }
    }

    /// Lets go of the reading that waits; what came behind it is looked at by itself.
    fn refuse(&mut self, limits: &Thresholds, out: &mut Vec<Moment>) {
        let mut behind = std::mem::take(&mut self.waiting).into_iter();
        out.extend(behind.next().map(|sample| Moment { sample, loaded: self.loaded }));
        for sample in behind {
            self.push(sample, limits, out);
        }
    }
}

/// Whether a reading was taken at driving speed.
fn is_driving(sample: &Sample, limits: &Thresholds) -> bool {
    sample.placed.and_then(|placed| placed.speed).is_some_and(|speed| speed.kmh() > limits.driving_kmh)
}
