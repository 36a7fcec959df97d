//! Sets fixes aside that no truck could have made: a jump faster than `jump_kmh`, there and back.
//!
//! A fix that cannot be reached from the last one waits. When a later fix can be reached from the last one, what waited
//! was never true. When the truck stays over there for more than `jump_fixes` fixes and `jump_s` seconds, it is believed:
//! a burst of echoes once a second is shorter. What still waits at the end of the reports places nothing. The wait holds up
//! the samples behind it, so their order is kept.

use domain::{Position, Timestamp};

use super::sample::Sample;
use super::thresholds::Thresholds;

#[derive(Debug, Clone, Default)]
pub(super) struct Despike {
    last: Option<(Timestamp, Position)>,
    /// From the first fix that waits on; others between.
    waiting: Vec<Sample>,
    /// Fixes set aside so far.
    pub(super) set_aside: u64,
}

/// Most samples that wait; a receiver that jumps for longer without coming back is believed.
const WAITING_MAX: usize = 64;

/// Two fixes of the same second are compared as if one apart: their times are cut to whole seconds by many receivers.
const LEAST_SPAN_S: f64 = 1.0;

impl Despike {
    /// Takes a sample and puts those that are through into `out`.
    pub(super) fn push(&mut self, sample: Sample, limits: &Thresholds, out: &mut Vec<Sample>) {
        let Some(placed) = sample.placed else {
            if self.waiting.is_empty() {
                out.push(sample);
            } else {
                self.waiting.push(sample);
                self.believe_if_too_many(limits, out);
            }
            return;
        };
        let here = (sample.time, placed.position);
        if self.last.is_none_or(|last| possible(last, here, limits)) {
            // Back where it could be: what waited was never true.
            for waited in self.waiting.drain(..) {
                if waited.placed.is_some() {
                    self.set_aside += 1;
                } else {
                    out.push(waited);
                }
            }
            self.last = Some(here);
            out.push(sample);
            return;
        }
        let far_end = self.waiting.iter().rev().find_map(|w| w.placed.map(|p| (w.time, p.position)));
        if far_end.is_some_and(|end| !possible(end, here, limits)) {
            // A third place, reachable from neither: the second was not true.
            let before = self.waiting.len();
            self.waiting.retain(|waited| waited.placed.is_none());
            self.set_aside += (before - self.waiting.len()) as u64;
        }
        self.waiting.push(sample);
        self.believe_if_too_many(limits, out);
    }

    fn believe_if_too_many(&mut self, limits: &Thresholds, out: &mut Vec<Sample>) {
        let fixes = || self.waiting.iter().filter(|w| w.placed.is_some());
        let span_s =
            fixes().next_back().zip(fixes().next()).map_or(0.0, |(a, b)| a.time.seconds_since(b.time));
        let stays = fixes().count() as f64 > limits.jump_fixes && span_s >= limits.jump_s;
        if stays || self.waiting.len() >= WAITING_MAX {
            for waited in self.waiting.drain(..) {
                self.last = waited.placed.map(|p| (waited.time, p.position)).or(self.last);
                out.push(waited);
            }
        }
    }

    /// Ends the stream: what waits places nothing, but samples without a place go through.
    pub(super) fn finish(&mut self, out: &mut Vec<Sample>) {
        out.extend(self.waiting.drain(..).filter(|waited| waited.placed.is_none()));
    }
}

/// Whether a truck could get from one fix to a later one.
pub(super) fn possible(from: (Timestamp, Position), to: (Timestamp, Position), limits: &Thresholds) -> bool {
    let span_s = to.0.seconds_since(from.0).max(LEAST_SPAN_S);
    from.1.distance_m(to.1) <= limits.jump_kmh / 3.6 * span_s
}
