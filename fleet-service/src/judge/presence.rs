//! Which places a truck is held to be in: a change counts when two fixes say so, or one that stands uncontradicted for
//! `inside_s`. A single stray fix across a border changes nothing.
//!
//! The first fix of a change waits for what confirms it, so a confirmed change has the time of its first fix.

use std::collections::VecDeque;
use std::sync::Arc;

use super::sample::Sample;
use super::thresholds::{Thresholds, millis};
use super::view::{PlaceSet, Places};

#[derive(Debug, Clone, Default)]
pub(super) struct Presence {
    here: Places,
    /// A fix whose change is undecided, and the samples without a place behind it.
    waiting: VecDeque<Sample>,
}

/// Most samples that wait behind an undecided fix; then the change is refused.
const WAITING_MAX: usize = 256;

/// What has been seen of an undecided change.
enum Seen<'a> {
    Next(&'a Places),
    Stood,
    Nothing,
}

impl Presence {
    /// Takes a sample with the grounds it is on and puts those that are settled into `out`.
    pub(super) fn push(&mut self, sample: Sample, limits: &Thresholds, out: &mut Vec<Sample>) {
        if let Some(first) = self.waiting.front() {
            if sample.placed.is_some() {
                let next = sample.places.clone();
                self.settle(&Seen::Next(&next), out);
            } else if sample.time.millis_since(first.time) >= millis(limits.inside_s) {
                self.settle(&Seen::Stood, out);
            } else if self.waiting.len() >= WAITING_MAX {
                self.settle(&Seen::Nothing, out);
            }
        }
        let undecided = sample.placed.is_some() && sample.places != self.here;
        if undecided || !self.waiting.is_empty() {
            self.waiting.push_back(sample);
        } else {
            out.push(Sample { places: self.here.clone(), ..sample });
        }
    }

    /// Ends the stream: an undecided change does not count.
    pub(super) fn finish(&mut self, out: &mut Vec<Sample>) {
        self.settle(&Seen::Nothing, out);
    }

    fn settle(&mut self, seen: &Seen<'_>, out: &mut Vec<Sample>) {
        if let Some(first) = self.waiting.front() {
            self.here = Places::of(PlaceSet {
                sites: decide(&self.here.sites, &first.places.sites, seen, |p| &p.sites),
                zones: decide(&self.here.zones, &first.places.zones, seen, |p| &p.zones),
                no_go: decide(&self.here.no_go, &first.places.no_go, seen, |p| &p.no_go),
            });
        }
        let here = &self.here;
        out.extend(self.waiting.drain(..).map(|sample| Sample { places: here.clone(), ..sample }));
    }
}

fn decide<M: Ord>(
    before: &[Arc<M>],
    now: &[Arc<M>],
    seen: &Seen<'_>,
    part: impl Fn(&PlaceSet) -> &Vec<Arc<M>>,
) -> Vec<Arc<M>> {
    let confirmed = |place: &Arc<M>, inside: bool| match seen {
        Seen::Next(next) => part(next).contains(place) == inside,
        Seen::Stood => true,
        Seen::Nothing => false,
    };
    let entered = now.iter().filter(|place| before.contains(place) || confirmed(place, true));
    let not_left = before.iter().filter(|place| !now.contains(place) && !confirmed(place, false));
    let mut places: Vec<Arc<M>> = entered.chain(not_left).cloned().collect();
    places.sort();
    places
}
