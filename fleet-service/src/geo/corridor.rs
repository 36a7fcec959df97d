//! Distance of a position to one route, by an R-tree of its segments.

use domain::geometry::segment_distance_m;
use domain::position::metres_per_degree;
use domain::{Line, Position};
use rstar::primitives::{GeomWithData, Line as Segment};
use rstar::{PointDistance, RTree};

/// A route's segments in a plane in metres, for finding candidates; the distance itself is measured as
/// [`Line::distance_m`] measures it.
#[derive(Debug)]
pub struct Corridor {
    tree: RTree<GeomWithData<Segment<[f64; 2]>, u32>>,
    points: Vec<Position>,
    origin: Position,
    per_lat_m: f64,
    per_lon_m: f64,
    half_width_m: f64,
    /// How far, relatively, a distance in the plane may be from the one measured: a degree of longitude shrinks with
    /// latitude along the route.
    distortion: f64,
}

/// Added to every search, in metres: below it relative errors mean nothing.
const SLACK_M: f64 = 1.0;

impl Corridor {
    /// Indexes a route's line.
    pub fn build(line: &Line, half_width_m: f64) -> Self {
        let points = line.points().to_vec();
        let origin = points[0];
        let lats = || points.iter().map(|p| p.lat());
        let (south, north) = (lats().fold(90.0, f64::min), lats().fold(-90.0, f64::max));
        let (per_lat_m, per_lon_m) = metres_per_degree((south + north) / 2.0);
        let mut corridor = Self {
            tree: RTree::new(),
            origin,
            per_lat_m,
            per_lon_m,
            half_width_m,
            distortion: relative_change(south, north),
            points: Vec::new(),
        };
        let segments = points.windows(2).enumerate().map(|(number, ends)| {
            let segment = Segment::new(corridor.plane(ends[0]), corridor.plane(ends[1]));
            GeomWithData::new(segment, number as u32)
        });
        corridor.tree = RTree::bulk_load(segments.collect());
        corridor.points = points;
        corridor
    }

    /// How far a truck may be from the line, in metres.
    pub fn half_width_m(&self) -> f64 {
        self.half_width_m
    }

    /// Least distance in metres from a position to the line.
    pub fn distance_m(&self, at: Position) -> f64 {
        let here = self.plane(at);
        let Some(nearest) = self.tree.nearest_neighbor(here) else {
            return f64::INFINITY;
        };
        let in_plane_m = nearest.distance_2(&here).sqrt();
        let measured_m = self.measure(nearest.data, at);
        // Whatever lies nearer by measure lies, in the plane, at most this far.
        let off = self.distortion + relative_change(at.lat(), self.origin.lat());
        let reach_m = in_plane_m.max(measured_m) * (1.0 + 2.0 * off) + SLACK_M;
        self.tree
            .locate_within_distance(here, reach_m * reach_m)
            .map(|segment| self.measure(segment.data, at))
            .fold(measured_m, f64::min)
    }

    fn measure(&self, segment: u32, at: Position) -> f64 {
        let first = segment as usize;
        segment_distance_m(self.points[first], self.points[first + 1], at)
    }

    fn plane(&self, at: Position) -> [f64; 2] {
        [(at.lon() - self.origin.lon()) * self.per_lon_m, (at.lat() - self.origin.lat()) * self.per_lat_m]
    }
}

/// How much, relatively, a degree's length differs between two latitudes.
fn relative_change(lat_a: f64, lat_b: f64) -> f64 {
    let ((north_a, east_a), (north_b, east_b)) = (metres_per_degree(lat_a), metres_per_degree(lat_b));
    let change = |a: f64, b: f64| (a - b).abs() / a.min(b).max(1.0);
    change(north_a, north_b).max(change(east_a, east_b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_plain_loop(
            steps in prop::collection::vec((-3000.0..3000.0f64, -3000.0..3000.0f64), 1..80),
            away in prop::collection::vec((-20_000.0..20_000.0f64, -20_000.0..20_000.0f64), 1..20),
        ) {
            let origin = Position::from_degrees(34.5, 113.4).unwrap();
            let mut points = vec![origin];
            for (east, north) in steps {
                points.push(points[points.len() - 1].offset_m(east, north));
            }
            let Ok(line) = Line::from_points(points.clone()) else { return Ok(()) };
            let corridor = Corridor::build(&line, 50.0);
            for (i, (east, north)) in away.iter().enumerate() {
                for at in [origin.offset_m(*east, *north), points[i % points.len()].offset_m(east / 300.0, north / 300.0)] {
                    let (plain, quick) = (line.distance_m(at), corridor.distance_m(at));
                    prop_assert!((plain - quick).abs() < 1e-6, "{plain} {quick} at {at:?}");
                }
            }
        }
    }
}
