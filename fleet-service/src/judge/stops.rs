//! Where a truck stood longest outside every site: of a truck without body sensors, the likeliest place of an unloading.

use domain::{Position, Timestamp};

use super::thresholds::Thresholds;

/// A truck standing at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stop {
    /// Where it was first seen standing.
    pub(super) position: Position,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// Follows the stops of one haul.
#[derive(Debug, Clone, Default)]
pub(super) struct Stops {
    current: Option<Stop>,
    longest: Option<Stop>,
}

impl Stop {
    pub(super) fn seconds(self) -> f64 {
        self.last.seconds_since(self.first)
    }
}

impl Stops {
    /// Follows a position. A stop goes on while the truck is slow and stays within `stop_radius_m` of where it began, as a
    /// truck does that backs up to tip.
    pub(super) fn follow(
        &mut self,
        time: Timestamp,
        position: Position,
        slow: Option<bool>,
        outside_sites: bool,
        limits: &Thresholds,
    ) {
        let here = |stop: &Stop| stop.position.distance_m(position) <= limits.stop_radius_m;
        if !outside_sites || slow == Some(false) {
            self.current = None;
            return;
        }
        let stop = self.current.filter(here).unwrap_or(Stop { position, first: time, last: time });
        let stop = Stop { last: time, ..stop };
        self.current = Some(stop);
        if self.longest.is_none_or(|longest| longest.seconds() < stop.seconds()) {
            self.longest = Some(stop);
        }
    }

    pub(super) fn longest(&self) -> Option<Stop> {
        self.longest
    }
}
