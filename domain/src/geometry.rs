//! Ground and lines of the registers, in integers of 1e-7 degree. Containment is decided without rounding; a point on
//! the border is inside.
//!
//! What is here is the plain definition. The index that answers many positions quickly lives in the service and is
//! judged by this.

use serde::{Deserialize, Serialize};

use crate::position::{Position, metres_of, metres_per_degree};

/// Most vertices a ring or line may have.
pub const VERTICES_MAX: usize = 20_000;

/// Why points make no geometry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// A ring of fewer than three different points, or a line of fewer than two.
    #[error("it has {count} different points in a row, at least {least} are needed")]
    TooFewPoints {
        /// How many there are.
        count: usize,
        /// How many are needed.
        least: usize,
    },
    /// More than [`VERTICES_MAX`].
    #[error("it has {count} points, at most {VERTICES_MAX} are taken: simplify it")]
    TooManyPoints {
        /// How many there are.
        count: usize,
    },
    /// Two edges of a ring cross or lie on each other.
    #[error("the ring crosses itself: its edge {first} meets its edge {second} (counted from 0) near {near}")]
    SelfCrossing {
        /// Index of one edge.
        first: usize,
        /// Index of the other.
        second: usize,
        /// `lat,lon` of the first edge's start.
        near: String,
    },
    /// An area without polygons.
    #[error("it has no polygon")]
    Empty,
}

/// A closed ring without its repeated last point; at least three vertices, no edge crossing another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring(Vec<Position>);

/// A shell and its holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polygon {
    /// The outer ring.
    pub shell: Ring,
    /// Rings cut out of it.
    pub holes: Vec<Ring>,
}

/// One or more polygons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area(Vec<Polygon>);

/// A line of at least two different points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line(Vec<Position>);

impl Ring {
    /// Builds a ring from its vertices, with or without the first repeated at the end; repeats in a row are dropped.
    pub fn from_points(mut points: Vec<Position>) -> Result<Self, GeometryError> {
        points.dedup();
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        check_count(points.len(), 3)?;
        refuse_self_crossing(&points)?;
        Ok(Self(points))
    }

    /// The vertices, the first not repeated.
    pub fn points(&self) -> &[Position] {
        &self.0
    }

    /// The edges in order, the last one closing the ring.
    pub fn edges(&self) -> impl Iterator<Item = (Position, Position)> + '_ {
        let next = self.0.iter().cycle().skip(1);
        self.0.iter().zip(next).map(|(a, b)| (*a, *b))
    }

    /// The vertices unrolled: longitudes run on past 180 degrees where the ring crosses the date line.
    pub fn unrolled(&self) -> impl Iterator<Item = Unrolled> + '_ {
        unrolled(&self.0)
    }

    fn locate(&self, at: Position) -> Where {
        let west = self.unrolled().map(|p| p.lon_e7).min().unwrap_or(0);
        let at = Unrolled::east_of(west, at);
        let next = self.unrolled().skip(1).chain(self.unrolled().take(1));
        let mut inside = false;
        for (a, b) in self.unrolled().zip(next) {
            if on_segment(a, b, at) {
                return Where::Border;
            }
            if (a.lat_e7 > at.lat_e7) != (b.lat_e7 > at.lat_e7) {
                let turn = cross(a, b, at);
                if (turn > 0) == (b.lat_e7 > a.lat_e7) {
                    inside = !inside;
                }
            }
        }
        if inside { Where::Inside } else { Where::Outside }
    }
}

/// A point of an outline in 1e-7 degree, in a plane without a date line: the longitude may run past 180 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrolled {
    /// Latitude.
    pub lat_e7: i64,
    /// Longitude, never farther than half a turn from the outline's point before.
    pub lon_e7: i64,
}

/// The way round the globe, in 1e-7 degree.
const TURN_E7: i64 = 3_600_000_000;

impl Unrolled {
    /// A position with its longitude from `west_e7` on, less than a turn east of it.
    pub fn east_of(west_e7: i64, at: Position) -> Self {
        let lon_e7 = west_e7 + (i64::from(at.lon_e7()) - west_e7).rem_euclid(TURN_E7);
        Self { lat_e7: i64::from(at.lat_e7()), lon_e7 }
    }
}

fn unrolled(points: &[Position]) -> impl Iterator<Item = Unrolled> + '_ {
    let mut before: Option<(Position, i64)> = None;
    points.iter().map(move |point| {
        let lon_e7 =
            before.map_or(i64::from(point.lon_e7()), |(other, lon_e7)| lon_e7 + other.lon_e7_to(*point));
        before = Some((*point, lon_e7));
        Unrolled { lat_e7: i64::from(point.lat_e7()), lon_e7 }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Inside,
    Border,
    Outside,
}

impl Polygon {
    /// Whether a position is on the polygon's ground or border. A hole's border belongs to the ground.
    pub fn contains(&self, at: Position) -> bool {
        self.shell.locate(at) != Where::Outside
            && self.holes.iter().all(|hole| hole.locate(at) != Where::Inside)
    }

    /// Shell and holes.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.shell).chain(&self.holes)
    }
}

impl Area {
    /// Builds an area of at least one polygon.
    pub fn from_polygons(polygons: Vec<Polygon>) -> Result<Self, GeometryError> {
        if polygons.is_empty() { Err(GeometryError::Empty) } else { Ok(Self(polygons)) }
    }

    /// An area of one ring without holes.
    pub fn from_ring(shell: Ring) -> Self {
        Self(vec![Polygon { shell, holes: Vec::new() }])
    }

    /// Whether a position is on its ground or border.
    pub fn contains(&self, at: Position) -> bool {
        self.0.iter().any(|polygon| polygon.contains(at))
    }

    /// Its polygons.
    pub fn polygons(&self) -> &[Polygon] {
        &self.0
    }

    /// Every ring of every polygon.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        self.0.iter().flat_map(Polygon::rings)
    }

    /// Least distance in metres from a position to any border, whichever side it is on.
    pub fn border_distance_m(&self, at: Position) -> f64 {
        self.rings()
            .flat_map(Ring::edges)
            .map(|(a, b)| segment_distance_m(a, b, at))
            .fold(f64::INFINITY, f64::min)
    }

    /// Distance in metres to the ground: 0 inside.
    pub fn distance_m(&self, at: Position) -> f64 {
        if self.contains(at) { 0.0 } else { self.border_distance_m(at) }
    }
}

impl Line {
    /// Builds a line; repeats in a row are dropped.
    pub fn from_points(mut points: Vec<Position>) -> Result<Self, GeometryError> {
        points.dedup();
        check_count(points.len(), 2)?;
        Ok(Self(points))
    }

    /// The vertices.
    pub fn points(&self) -> &[Position] {
        &self.0
    }

    /// Least distance in metres from a position to the line.
    pub fn distance_m(&self, at: Position) -> f64 {
        self.0.windows(2).map(|s| segment_distance_m(s[0], s[1], at)).fold(f64::INFINITY, f64::min)
    }

    /// Length in metres.
    pub fn length_m(&self) -> f64 {
        self.0.windows(2).map(|s| s[0].distance_m(s[1])).sum()
    }
}

fn check_count(count: usize, least: usize) -> Result<(), GeometryError> {
    if count < least {
        Err(GeometryError::TooFewPoints { count, least })
    } else if count > VERTICES_MAX {
        Err(GeometryError::TooManyPoints { count })
    } else {
        Ok(())
    }
}

/// Least distance in metres from a position to a segment that is straight in longitude and latitude.
///
/// The foot of the perpendicular is sought in the plane tangent at the mean latitude of position and foot, so that long
/// segments, which bend in any one plane, are measured like short ones.
pub fn segment_distance_m(a: Position, b: Position, at: Position) -> f64 {
    let start = (at.lon_e7_to(a) as f64 / E7, a.lat() - at.lat());
    let way = (a.lon_e7_to(b) as f64 / E7, b.lat() - a.lat());
    let mut along = 0.5;
    for _ in 0..FOOT_STEPS {
        let (lon, lat) = (start.0 + along * way.0, start.1 + along * way.1);
        let mean_lat = at.lat() + lat / 2.0;
        let (per_lat, per_lon) = metres_per_degree(mean_lat);
        // A degree of longitude shrinks to the north; that of latitude hardly changes.
        let per_lon_change = -per_lat * mean_lat.to_radians().sin() * 1f64.to_radians();
        let (east, north) = (lon * per_lon, lat * per_lat);
        let (east_change, north_change) =
            (way.0 * per_lon + lon * per_lon_change * way.1 / 2.0, way.1 * per_lat);
        let steepness = east_change * east_change + north_change * north_change;
        let step =
            if steepness > 0.0 { (east * east_change + north * north_change) / steepness } else { 0.0 };
        along = (along - step).clamp(0.0, 1.0);
    }
    let (east, north) = metres_of(at.lat(), start.1 + along * way.1, start.0 + along * way.0);
    east.hypot(north)
}

/// Steps to the foot of a perpendicular; each leaves a thousandth of the error or less, on segments a route has.
const FOOT_STEPS: usize = 3;
const E7: f64 = 1e7;

/// Twice the signed area of the triangle a, b, c: positive when c lies left of a→b (east right, north up).
fn cross(a: Unrolled, b: Unrolled, c: Unrolled) -> i128 {
    let x = |p: Unrolled| i128::from(p.lon_e7);
    let y = |p: Unrolled| i128::from(p.lat_e7);
    (x(b) - x(a)) * (y(c) - y(a)) - (y(b) - y(a)) * (x(c) - x(a))
}

fn on_segment(a: Unrolled, b: Unrolled, at: Unrolled) -> bool {
    let between = |p: i64, q: i64, v: i64| p.min(q) <= v && v <= p.max(q);
    between(a.lon_e7, b.lon_e7, at.lon_e7) && between(a.lat_e7, b.lat_e7, at.lat_e7) && cross(a, b, at) == 0
}

/// Looks at pairs of edges whose longitudes overlap, by sweeping over edges sorted by their western end.
fn refuse_self_crossing(points: &[Position]) -> Result<(), GeometryError> {
    let count = points.len();
    let plane: Vec<Unrolled> = unrolled(points).collect();
    let edge = |i: usize| (plane[i], plane[(i + 1) % count]);
    let west = |i: usize| edge(i).0.lon_e7.min(edge(i).1.lon_e7);
    let east = |i: usize| edge(i).0.lon_e7.max(edge(i).1.lon_e7);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|i| west(*i));
    for (n, first) in order.iter().enumerate() {
        for second in order[n + 1..].iter().take_while(|s| west(**s) <= east(*first)) {
            if edges_cross(edge(*first), edge(*second)) {
                let (first, second) = (*first.min(second), *first.max(second));
                let near = format!("{:?}", points[first]);
                return Err(GeometryError::SelfCrossing { first, second, near });
            }
        }
    }
    Ok(())
}

/// Whether two edges cross or share more than a point. Touching in one point is no crossing: real outlines do it.
fn edges_cross((a, b): (Unrolled, Unrolled), (c, d): (Unrolled, Unrolled)) -> bool {
    let (c_side, d_side) = (cross(a, b, c).signum(), cross(a, b, d).signum());
    let (a_side, b_side) = (cross(c, d, a).signum(), cross(c, d, b).signum());
    if c_side * d_side < 0 && a_side * b_side < 0 {
        return true;
    }
    if (c_side, d_side) != (0, 0) {
        return false;
    }
    // All on one straight line: they overlap if more than one point is shared.
    let along = |p: Unrolled| if a.lon_e7 == b.lon_e7 { p.lat_e7 } else { p.lon_e7 };
    let (low, high) = (along(a).min(along(b)), along(a).max(along(b)));
    let (other_low, other_high) = (along(c).min(along(d)), along(c).max(along(d)));
    low.max(other_low) < high.min(other_high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(pairs: &[(i32, i32)]) -> Vec<Position> {
        pairs.iter().map(|(lon, lat)| Position::from_e7(*lat, *lon).unwrap()).collect()
    }

    fn square() -> Ring {
        Ring::from_points(points(&[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])).unwrap()
    }

    #[test]
    fn a_border_is_inside_and_one_unit_off_is_not() {
        let area = Area::from_ring(square());
        for (lon, lat, expected) in [
            (50, 50, true),
            (0, 0, true),
            (100, 50, true),
            (101, 50, false),
            (50, -1, false),
            (-1, 100, false),
        ] {
            assert_eq!(area.contains(Position::from_e7(lat, lon).unwrap()), expected, "{lon} {lat}");
        }
    }

    #[test]
    fn a_hole_is_outside_but_its_border_is_not() {
        let hole = Ring::from_points(points(&[(40, 40), (60, 40), (60, 60), (40, 60)])).unwrap();
        let area = Area::from_polygons(vec![Polygon { shell: square(), holes: vec![hole] }]).unwrap();
        assert!(!area.contains(Position::from_e7(50, 50).unwrap()));
        assert!(area.contains(Position::from_e7(40, 50).unwrap()));
        assert!(area.contains(Position::from_e7(20, 20).unwrap()));
    }

    #[test]
    fn a_bow_tie_a_spike_and_two_points_are_refused() {
        assert!(matches!(
            Ring::from_points(points(&[(0, 0), (100, 100), (100, 0), (0, 100)])),
            Err(GeometryError::SelfCrossing { .. })
        ));
        assert!(matches!(
            Ring::from_points(points(&[(0, 0), (100, 0), (50, 0), (50, 50)])),
            Err(GeometryError::SelfCrossing { .. })
        ));
        assert!(matches!(
            Ring::from_points(points(&[(0, 0), (1, 1), (0, 0)])),
            Err(GeometryError::TooFewPoints { .. })
        ));
    }

    #[test]
    fn distance_to_a_line_is_to_its_nearest_part() {
        let line = Line::from_points(vec![
            Position::from_degrees(34.5, 113.4).unwrap(),
            Position::from_degrees(34.5, 113.41).unwrap(),
        ])
        .unwrap();
        let north = Position::from_degrees(34.5, 113.405).unwrap().offset_m(0.0, 80.0);
        assert!((line.distance_m(north) - 80.0).abs() < 0.05, "{}", line.distance_m(north));
    }

    /// Reference distances: GeographicLib's inverse geodesic on WGS-84, least over the segment.
    #[test]
    fn the_distance_to_a_long_segment_agrees_with_the_geodesic() {
        let at = |(lat, lon)| Position::from_degrees(lat, lon).unwrap();
        for (a, b, p, geodesic_m) in [
            ((34.5, 113.4), (34.6, 113.55), (34.5499, 113.4755), 37.4319),
            ((34.5, 113.4), (34.8, 113.8), (34.6501, 113.6), 8.2147),
            ((34.5, 113.4), (34.5, 114.4), (34.5, 113.9), 0.0),
            ((34.5, 113.4), (34.5, 114.4), (34.45, 113.9), 5_546.549_7),
            ((34.4, 113.1), (34.65, 113.7), (34.7, 113.2), 25_592.474_3),
            ((34.0, 112.0), (35.5, 115.0), (34.2, 113.5), 52_242.299_6),
            ((60.0, 10.0), (60.5, 11.5), (60.2, 10.9), 9_254.762_9),
        ] {
            for (a, b) in [(a, b), (b, a)] {
                let measured_m = segment_distance_m(at(a), at(b), at(p));
                let off = (measured_m - geodesic_m).abs();
                assert!(off <= (2e-5 * geodesic_m).max(0.001), "{a:?} {b:?} {p:?}: {measured_m}");
            }
        }
    }

    #[test]
    fn a_ring_over_the_date_line_holds_what_lies_between_its_sides() {
        let corner = |lat, lon| Position::from_degrees(lat, lon).unwrap();
        for start in 0..4 {
            let mut corners =
                vec![corner(-10.0, 179.0), corner(-10.0, -179.0), corner(-9.0, -179.0), corner(-9.0, 179.0)];
            corners.rotate_left(start);
            let area = Area::from_ring(Ring::from_points(corners).unwrap());
            for (lat, lon, expected) in [
                (-9.5, 179.5, true),
                (-9.5, 180.0, true),
                (-9.5, -180.0, true),
                (-9.5, -179.5, true),
                (-9.5, -179.0, true),
                (-9.5, -178.9, false),
                (-9.5, 178.9, false),
                (-9.5, 0.0, false),
                (-8.9, 180.0, false),
            ] {
                assert_eq!(area.contains(corner(lat, lon)), expected, "{lat} {lon} from corner {start}");
            }
            let away_m = area.distance_m(corner(-9.5, 178.9));
            assert!((away_m - 10_980.0).abs() < 20.0, "{away_m}");
        }
    }

    proptest! {
        /// A star-shaped ring never crosses itself, whatever its radii.
        #[test]
        fn star_shaped_rings_are_taken_and_hold_their_middle(radii in prop::collection::vec(50..5000i32, 4..40)) {
            let count = radii.len() as f64;
            let ring = radii.iter().enumerate().map(|(i, r)| {
                let (sin, cos) = (i as f64 / count * std::f64::consts::TAU).sin_cos();
                Position::from_e7((f64::from(*r) * sin) as i32, (f64::from(*r) * cos) as i32).unwrap()
            }).collect();
            let ring = Ring::from_points(ring);
            prop_assert!(ring.is_ok());
            prop_assert!(Area::from_ring(ring.unwrap()).contains(Position::from_e7(0, 0).unwrap()));
        }
    }
}
