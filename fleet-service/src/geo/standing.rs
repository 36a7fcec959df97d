//! Answers that stand while a truck stays near: no exact work is done until it may have crossed a border.

use domain::Position;

use super::area_index::AreaIndex;
use super::scale::Scales;

/// A circle around a position, and whether an answer given there stands elsewhere in it.
///
/// It is a short cut and nothing else: what stands in the circle is what the exact way says of every position in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    lon_e7: i32,
    lat_e7: i32,
    /// Metres in a unit at the middle.
    lon_m: f32,
    lat_m: f32,
    /// The square of the radius; 0 holds nothing.
    square_m2: f32,
    /// How often the cheap radius was 0 near this middle.
    tries: u8,
}

/// A truck asked about this often …
const TRIES: u8 = 4;
/// … within this many metres stands there: the exact distance to the borders around it pays.
const NEAR_M: f32 = 25.0;
/// Nearer a pole, circles would have to be cut by more than [`AreaIndex::safe_radius_m`] and this file cut them by.
const LAT_MAX_E7: i32 = 700_000_000;

impl Standing {
    /// Whether the answer stands at a position.
    pub fn holds(&self, at: Position) -> bool {
        self.square_to(at) < self.square_m2
    }

    /// Puts the circle around a position: as far as no area's border can be crossed.
    pub fn renew_by_areas(&mut self, areas: &AreaIndex, at: Position) {
        let mut radius_m = areas.safe_radius_m(at, false);
        let mut tries = 0;
        if radius_m == 0.0 {
            if self.tries > 0 && self.square_to(at) < NEAR_M * NEAR_M {
                self.tries = self.tries.saturating_add(1);
                if self.tries < TRIES {
                    return;
                }
                radius_m = areas.safe_radius_m(at, true);
            }
            tries = 1;
        }
        self.renew(at, radius_m);
        self.tries = tries;
    }

    /// Puts the circle around a position, with a radius in metres that is already cut by what a degree's length changes.
    pub fn renew(&mut self, at: Position, radius_m: f64) {
        let scale = Scales::get().at(at.lat_e7());
        let radius_m = if at.lat_e7().abs() > LAT_MAX_E7 { 0.0 } else { radius_m as f32 };
        *self = Self {
            lon_e7: at.lon_e7(),
            lat_e7: at.lat_e7(),
            lon_m: scale.lon_m,
            lat_m: scale.lat_m,
            square_m2: radius_m * radius_m,
            tries: 0,
        };
    }

    fn square_to(&self, at: Position) -> f32 {
        // Over the date line the difference wraps to something large: the answer is asked for again.
        let east = at.lon_e7().wrapping_sub(self.lon_e7) as f32 * self.lon_m;
        let north = at.lat_e7().wrapping_sub(self.lat_e7) as f32 * self.lat_m;
        east * east + north * north
    }
}

/// On which side of a corridor's edge a truck is, remembered while it cannot have crossed it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CorridorSide {
    standing: Standing,
    beyond: bool,
}

/// A corridor's edge is as good as reached this far before it, in metres: what distances may be off by.
const EDGE_SLACK_M: f64 = 0.05;
/// A circle is cut by this part, and is no longer than [`RADIUS_MAX_M`].
const RADIUS_CUT: f64 = 0.005;
const RADIUS_MAX_M: f64 = 10_000.0;

impl CorridorSide {
    /// Whether a position is farther from a route than `limit_m`; `distance_m` measures where it has to.
    pub fn is_beyond(&mut self, at: Position, limit_m: f64, distance_m: impl FnOnce() -> f64) -> bool {
        if self.standing.holds(at) {
            return self.beyond;
        }
        let distance_m = distance_m();
        self.beyond = distance_m > limit_m;
        let radius_m = ((distance_m - limit_m).abs() - EDGE_SLACK_M).clamp(0.0, RADIUS_MAX_M);
        self.standing.renew(at, radius_m * (1.0 - RADIUS_CUT));
        self.beyond
    }

    /// Forgets the side: another route, or another limit.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
