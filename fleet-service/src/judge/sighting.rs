//! What else says where a truck is: readings of tags at gates and wash bays, and fixes of a second serial under its plate.
//!
//! These have a place by themselves, while a fix waits until its own place and load are settled. A [`Aside`] lets them
//! wait with it, so that the rules see everything in order of time.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{Position, TerminalId, Timestamp};

use super::gates::Gate;

#[derive(Debug, Clone)]
pub(super) enum Sighting {
    /// The truck's tag was read at a gate or wash bay, or the truck read a beacon there.
    AtGate(Arc<Gate>),
    /// A fix of a serial that does not feed the rules.
    OtherSerial { serial: Arc<TerminalId>, position: Position, speed_kmh: Option<f64> },
}

/// Most sightings that wait; beyond that the oldest are seen before the fixes that wait.
const WAITING_MAX: usize = 4_096;

/// Sightings that wait for the fixes before them.
#[derive(Debug, Clone, Default)]
pub(super) struct Aside {
    waiting: VecDeque<(Timestamp, Sighting)>,
    /// Fixes handed to despiking, and moments come out behind load: equal but for the fixes set aside when none waits.
    pub(super) fixes: u64,
    pub(super) moments: u64,
}

impl Aside {
    pub(super) fn push(&mut self, time: Timestamp, sighting: Sighting) {
        self.waiting.push_back((time, sighting));
    }

    /// The next sighting there is nothing left to wait for: `before` is the moment about to be seen, `set_aside` how
    /// many fixes despiking dropped.
    pub(super) fn pop(&mut self, before: Option<Timestamp>, set_aside: u64) -> Option<(Timestamp, Sighting)> {
        let (time, _) = self.waiting.front()?;
        let due = match before {
            Some(moment) => *time < moment,
            None => self.fixes == self.moments + set_aside || self.waiting.len() > WAITING_MAX,
        };
        if due { self.waiting.pop_front() } else { None }
    }

    /// Ends the stream: no fix is waited for.
    pub(super) fn pop_last(&mut self) -> Option<(Timestamp, Sighting)> {
        self.waiting.pop_front()
    }
}
