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
                    // The middle is kept to see whether the truck stays; its circle holds no more.
                    self.square_m2 = 0.0;
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
    limit_m: f64,
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
        if self.limit_m == limit_m && self.standing.holds(at) {
            return self.beyond;
        }
        let distance_m = distance_m();
        self.beyond = distance_m > limit_m;
        self.limit_m = limit_m;
        let radius_m = ((distance_m - limit_m).abs() - EDGE_SLACK_M).clamp(0.0, RADIUS_MAX_M);
        self.standing.renew(at, radius_m * (1.0 - RADIUS_CUT));
        self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Corridor;
    use domain::{Area, Line, Ring};
    use proptest::prelude::*;

    fn origin() -> Position {
        Position::from_degrees(34.5, 113.4).unwrap()
    }

    fn square(west: f64, south: f64, side: f64) -> Area {
        let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
        let points = corners.iter().map(|(e, n)| origin().offset_m(west + e, south + n)).collect();
        Area::from_ring(Ring::from_points(points).unwrap())
    }

    proptest! {
        /// A walk among areas and along a line, in steps from a standing receiver's noise to a jump.
        #[test]
        fn in_the_circle_the_exact_way_says_the_same(
            areas in prop::collection::vec((-3000.0..3000.0f64, -3000.0..3000.0f64, 20.0..900.0f64), 1..12),
            steps in prop::collection::vec((-1.0..1.0f64, -1.0..1.0f64, 0..4u32), 1..300),
            limit_m in 20.0..200.0f64,
        ) {
            let areas: Vec<Area> = areas.iter().map(|(w, s, side)| square(*w, *s, *side)).collect();
            let index = AreaIndex::build(areas);
            let line = Line::from_points(vec![origin().offset_m(-2000.0, 0.0), origin(), origin().offset_m(1500.0, 1500.0)]);
            let corridor = Corridor::build(&line.unwrap(), 50.0);
            let (mut standing, mut side) = (Standing::default(), CorridorSide::default());
            let (mut held, mut now, mut place) = (Vec::new(), Vec::new(), (0.0, 0.0));
            for (east, north, size) in steps {
                let length_m = 4.0 * 10f64.powi(size as i32);
                place = (place.0 + east * length_m, place.1 + north * length_m);
                let at = origin().offset_m(place.0, place.1);
                index.containing(at, &mut now);
                if standing.holds(at) {
                    prop_assert_eq!(&held, &now, "{:?}", place);
                } else {
                    standing.renew_by_areas(&index, at);
                    held.clone_from(&now);
                }
                let plain = corridor.distance_m(at) > limit_m;
                prop_assert_eq!(side.is_beyond(at, limit_m, || corridor.distance_m(at)), plain, "{:?}", place);
            }
        }
    }

    #[test]
    fn a_truck_that_stands_beside_a_border_is_not_looked_up_for_long() {
        let index = AreaIndex::build(vec![square(0.0, 0.0, 100.0)]);
        let mut standing = Standing::default();
        let mut looked_up = 0;
        for step in 0..100 {
            let at = origin().offset_m(f64::from(step % 7), 50.0 + f64::from(step % 5));
            if !standing.holds(at.offset_m(20.0, 0.0)) {
                looked_up += 1;
                standing.renew_by_areas(&index, at.offset_m(20.0, 0.0));
            }
        }
        assert!(looked_up <= 8, "{looked_up} of 100");
    }
}
