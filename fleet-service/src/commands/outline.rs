//! A ring as a terminal can hold it: on the protocol's grid of 1e-6 degree, of few corners, and never smaller than the ring
//! itself. Pure.
//!
//! Corners go one by one, the one first that adds least ground: a notch is filled, or an edge gives way to the corner where
//! its neighbours meet. What comes out is pushed outward by [`MARGIN_M`], rounded, and then checked exactly: where it fails,
//! fewer corners are tried, then the convex hull, and at last the rectangle around it all, which cannot fail.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use domain::geometry::Ring;
use domain::position::metres_per_degree;
use domain::{Area, Position};

/// How far every outline is pushed outward, so that rounding to 1e-6 degree (0.06 m) takes nothing away.
pub const MARGIN_M: f64 = 0.25;
/// Below this many corners a ring is not cut further.
const CORNERS_MIN: usize = 8;
/// One step of the protocol's grid, in 1e-7 degree.
const GRID_E7: i32 = 10;

/// A ring's outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Its corners in order, on the grid, not repeated at the end.
    pub corners: Vec<Position>,
    /// Ground added, m².
    pub added_m2: f64,
}

type Point = [f64; 2];

/// The outline of a ring with at most `corners_max` corners, at least [`CORNERS_MIN`] being granted.
pub fn around(ring: &Ring, corners_max: usize) -> Outline {
    let corners_max = corners_max.max(CORNERS_MIN);
    let plane = Plane::at(ring.points()[0]);
    let mut points: Vec<Point> = ring.points().iter().map(|p| plane.metres(*p)).collect();
    if signed_area(&points) < 0.0 {
        points.reverse();
    }
    let ground_m2 = signed_area(&points);
    let mut wanted = points.len().min(corners_max);
    let mut tries = Vec::new();
    while wanted >= CORNERS_MIN.min(points.len()) {
        tries.push((points.as_slice(), wanted));
        wanted /= 2;
    }
    let hull = convex_hull(&points);
    tries.push((hull.as_slice(), corners_max));
    let found = tries.into_iter().find_map(|(of, wanted)| {
        let corners = plane.on_grid(&grown(&reduced(of, wanted)?, MARGIN_M)?)?;
        covers(&corners, ring).then_some(corners)
    });
    let corners = found.unwrap_or_else(|| rectangle_around(ring));
    let outline: Vec<Point> = corners.iter().map(|p| plane.metres(*p)).collect();
    Outline { added_m2: (signed_area(&outline).abs() - ground_m2).max(0.0), corners }
}

/// Whether the outline holds the ring, border and all: their borders do not meet, and a vertex of the ring is inside.
fn covers(outline: &[Position], ring: &Ring) -> bool {
    let Ok(outline) = Ring::from_points(outline.to_vec()) else { return false };
    let apart = outline.edges().all(|(a, b)| ring.edges().all(|(c, d)| !segments_meet(a, b, c, d)));
    apart && Area::from_ring(outline).contains(ring.points()[0])
}

/// Exact: whether two segments share a point.
fn segments_meet(a: Position, b: Position, c: Position, d: Position) -> bool {
    let reach = |p: i32, q: i32, r: i32, s: i32| p.max(q) >= r.min(s) && r.max(s) >= p.min(q);
    reach(a.lon_e7(), b.lon_e7(), c.lon_e7(), d.lon_e7())
        && reach(a.lat_e7(), b.lat_e7(), c.lat_e7(), d.lat_e7())
        && side(a, b, c) * side(a, b, d) <= 0
        && side(c, d, a) * side(c, d, b) <= 0
}

/// 1 when c lies left of a→b, -1 when right, 0 on the line.
fn side(a: Position, b: Position, c: Position) -> i128 {
    let x = |p: Position| i128::from(p.lon_e7());
    let y = |p: Position| i128::from(p.lat_e7());
    ((x(b) - x(a)) * (y(c) - y(a)) - (y(b) - y(a)) * (x(c) - x(a))).signum()
}

/// Two grid steps outside the outermost vertices.
fn rectangle_around(ring: &Ring) -> Vec<Position> {
    let ends = |of: fn(Position) -> i32| {
        let values = || ring.points().iter().map(|p| of(*p));
        let low = values().min().unwrap_or(0).div_euclid(GRID_E7) - 2;
        let high = values().max().unwrap_or(0).div_euclid(GRID_E7) + 2;
        (low * GRID_E7, high * GRID_E7)
    };
    let ((south, north), (west, east)) = (ends(Position::lat_e7), ends(Position::lon_e7));
    let corner = |lat, lon| Position::from_e7(lat, lon).ok();
    [corner(south, west), corner(south, east), corner(north, east), corner(north, west)]
        .into_iter()
        .flatten()
        .collect()
}

/// Metres east and north of a place, straight lines staying straight.
struct Plane {
    origin: Position,
    per_lat_m: f64,
    per_lon_m: f64,
}

impl Plane {
    fn at(origin: Position) -> Self {
        let (per_lat_m, per_lon_m) = metres_per_degree(origin.lat());
        Self { origin, per_lat_m, per_lon_m: per_lon_m.max(1.0) }
    }

    fn metres(&self, at: Position) -> Point {
        [(at.lon() - self.origin.lon()) * self.per_lon_m, (at.lat() - self.origin.lat()) * self.per_lat_m]
    }

    /// `None` for what lies off the globe.
    fn on_grid(&self, points: &[Point]) -> Option<Vec<Position>> {
        let grid = f64::from(GRID_E7) / 1e7;
        let snap = |degrees: f64| (degrees / grid).round() * grid;
        let place = |[x, y]: &Point| {
            let lat = snap(self.origin.lat() + y / self.per_lat_m);
            Position::from_degrees(lat, snap(self.origin.lon() + x / self.per_lon_m)).ok()
        };
        points.iter().map(place).collect()
    }
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

/// Positive when c lies left of a→b.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    cross(minus(b, a), minus(c, b))
}

/// Positive when the points run counter-clockwise.
fn signed_area(points: &[Point]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| cross(*a, *b)).sum::<f64>() / 2.0
}

/// Every edge moved outward; `None` where an edge turns back on itself.
fn grown(points: &[Point], by_m: f64) -> Option<Vec<Point>> {
    let count = points.len();
    let outward = |a: Point, b: Point| {
        let d = minus(b, a);
        let length = d[0].hypot(d[1]);
        (length > 0.0).then(|| [d[1] / length, -d[0] / length])
    };
    (0..count)
        .map(|i| {
            let (before, here, after) = (points[(i + count - 1) % count], points[i], points[(i + 1) % count]);
            let (m, n) = (outward(before, here)?, outward(here, after)?);
            let open = 1.0 + m[0] * n[0] + m[1] * n[1];
            (open > 1e-6).then(|| [0, 1].map(|axis| here[axis] + by_m * (m[axis] + n[axis]) / open))
        })
        .collect()
}

/// Counter-clockwise, without points on its edges.
fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while chain.len() >= 2 && turn(chain[chain.len() - 2], chain[chain.len() - 1], point) <= 0.0 {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut sorted.iter().copied());
    hull.extend(half(&mut sorted.iter().rev().copied()));
    hull
}

/// The counter-clockwise ring with at most `wanted` corners that hold all of it; `None` when it cannot be cut so far.
fn reduced(points: &[Point], wanted: usize) -> Option<Vec<Point>> {
    let mut chain = Chain::new(points);
    while chain.count > wanted {
        let cut = chain.cuts.pop()?;
        if chain.is_current(&cut) && chain.is_free(&cut) {
            chain.apply(&cut);
        }
    }
    Some(chain.points())
}

/// A way to lose one corner.
#[derive(Clone, Copy, PartialEq)]
struct Cut {
    /// Ground added, m².
    cost: f64,
    kind: CutKind,
    /// The corner filled over, or the beginning of the edge that goes.
    at: usize,
    stamp: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum CutKind {
    Notch,
    /// The edge's ends become this corner.
    Edge(Point),
}

impl Eq for Cut {}

/// The cheapest first out of a heap that gives its greatest.
impl Ord for Cut {
    fn cmp(&self, other: &Self) -> Ordering {
        other.cost.total_cmp(&self.cost).then(other.at.cmp(&self.at))
    }
}

impl PartialOrd for Cut {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A ring as linked corners, and the cuts known of it.
struct Chain {
    at: Vec<Point>,
    next: Vec<usize>,
    before: Vec<usize>,
    alive: Vec<bool>,
    /// Grows when a cut at this corner must be reckoned anew.
    stamps: Vec<u32>,
    cuts: BinaryHeap<Cut>,
    count: usize,
}

impl Chain {
    fn new(points: &[Point]) -> Self {
        let count = points.len();
        let mut chain = Self {
            at: points.to_vec(),
            next: (0..count).map(|i| (i + 1) % count).collect(),
            before: (0..count).map(|i| (i + count - 1) % count).collect(),
            alive: vec![true; count],
            stamps: vec![0; count],
            cuts: BinaryHeap::with_capacity(2 * count),
            count,
        };
        (0..count).for_each(|i| chain.reckon(i));
        chain
    }

    fn points(&self) -> Vec<Point> {
        self.living().map(|i| self.at[i]).collect()
    }

    fn living(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.at.len()).filter(|i| self.alive[*i])
    }

    fn is_current(&self, cut: &Cut) -> bool {
        self.alive[cut.at] && self.stamps[cut.at] == cut.stamp
    }

    /// Notes the cuts at a corner.
    fn reckon(&mut self, at: usize) {
        let stamp = self.stamps[at];
        let (before, next) = (self.before[at], self.next[at]);
        let bend = turn(self.at[before], self.at[at], self.at[next]);
        if bend <= 0.0 {
            self.cuts.push(Cut { cost: -bend / 2.0, kind: CutKind::Notch, at, stamp });
            return;
        }
        let after = self.next[next];
        if turn(self.at[at], self.at[next], self.at[after]) <= 0.0 {
            return;
        }
        if let Some(corner) = meeting(self.at[before], self.at[at], self.at[next], self.at[after]) {
            let cost = turn(self.at[at], corner, self.at[next]).abs() / 2.0;
            self.cuts.push(Cut { cost, kind: CutKind::Edge(corner), at, stamp });
        }
    }

    /// Whether nothing else of the ring lies in the ground the cut adds.
    fn is_free(&self, cut: &Cut) -> bool {
        let (a, b) = match cut.kind {
            CutKind::Notch => (self.before[cut.at], self.next[cut.at]),
            CutKind::Edge(_) => (cut.at, self.next[cut.at]),
        };
        let top = match cut.kind {
            CutKind::Notch => self.at[cut.at],
            CutKind::Edge(corner) => corner,
        };
        let triangle = [self.at[a], top, self.at[b]];
        let is_part = |i: usize| i == a || i == b || (cut.kind == CutKind::Notch && i == cut.at);
        self.living().all(|i| {
            let apart = is_part(i) || !in_triangle(self.at[i], triangle);
            let j = self.next[i];
            let edge_apart = is_part(i)
                || is_part(j)
                || !(crosses(self.at[i], self.at[j], triangle[0], top)
                    || crosses(self.at[i], self.at[j], top, triangle[2]));
            apart && edge_apart
        })
    }

    fn apply(&mut self, cut: &Cut) {
        let gone = match cut.kind {
            CutKind::Notch => cut.at,
            CutKind::Edge(corner) => {
                self.at[cut.at] = corner;
                self.next[cut.at]
            }
        };
        let (before, next) = (self.before[gone], self.next[gone]);
        self.alive[gone] = false;
        self.next[before] = next;
        self.before[next] = before;
        self.count -= 1;
        // A cut looks at one corner behind and two ahead of its own.
        let mut at = self.before[self.before[before]];
        for _ in 0..6.min(self.count) {
            self.stamps[at] += 1;
            self.reckon(at);
            at = self.next[at];
        }
    }
}

/// Where before→a and after→b meet beyond a and b.
fn meeting(before: Point, a: Point, b: Point, after: Point) -> Option<Point> {
    let (d, e) = (minus(a, before), minus(b, after));
    let parallel = cross(d, e);
    let gap = minus(b, a);
    let (t, s) = (cross(gap, e) / parallel, cross(gap, d) / parallel);
    let is_beyond = t.is_finite() && s.is_finite() && t > 0.0 && s > 0.0;
    is_beyond.then(|| [a[0] + t * d[0], a[1] + t * d[1]])
}

fn in_triangle(p: Point, [a, b, c]: [Point; 3]) -> bool {
    let (ab, bc, ca) = (turn(a, b, p), turn(b, c, p), turn(c, a, p));
    (ab >= 0.0 && bc >= 0.0 && ca >= 0.0) || (ab <= 0.0 && bc <= 0.0 && ca <= 0.0)
}

fn crosses(a: Point, b: Point, c: Point, d: Point) -> bool {
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> Position {
        Position::from_degrees(34.5394, 113.3905).unwrap()
    }

    fn ring(points: &[(f64, f64)]) -> Option<Ring> {
        Ring::from_points(points.iter().map(|(x, y)| origin().offset_m(*x, *y)).collect()).ok()
    }

    /// Checks what every outline promises, by other means than the code that makes it.
    #[track_caller]
    fn check(ring: &Ring, corners_max: usize) -> Outline {
        let outline = around(ring, corners_max);
        assert!(outline.corners.len() <= corners_max, "{} corners", outline.corners.len());
        assert!(outline.corners.iter().all(|p| p.lat_e7() % 10 == 0 && p.lon_e7() % 10 == 0));
        let area = Area::from_ring(Ring::from_points(outline.corners.clone()).unwrap());
        for (a, b) in ring.edges() {
            for step in 0..=16 {
                let along =
                    |from: i32, to: i32| from + ((i64::from(to) - i64::from(from)) * step / 16) as i32;
                let at =
                    Position::from_e7(along(a.lat_e7(), b.lat_e7()), along(a.lon_e7(), b.lon_e7())).unwrap();
                assert!(area.contains(at), "{at:?} is outside {:?}", outline.corners);
            }
        }
        outline
    }

    #[test]
    fn a_rectangle_stays_one_and_grows_by_its_margin() {
        let yard = ring(&[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)]).unwrap();
        let outline = check(&yard, 120);
        assert_eq!(outline.corners.len(), 4);
        let lats: std::collections::BTreeSet<_> = outline.corners.iter().map(|p| p.lat_e7()).collect();
        assert_eq!(lats.len(), 2);
        assert!((100.0..250.0).contains(&outline.added_m2), "{}", outline.added_m2);
    }

    #[test]
    fn a_round_outline_of_many_corners_keeps_its_shape() {
        let round: Vec<_> = (0..5_000)
            .map(|i| {
                let (sin, cos) = (f64::from(i) / 5_000.0 * std::f64::consts::TAU).sin_cos();
                (1_000.0 * cos, 1_000.0 * sin)
            })
            .collect();
        let outline = check(&ring(&round).unwrap(), 120);
        let ground_m2 = std::f64::consts::PI * 1e6;
        assert!(outline.added_m2 < 0.003 * ground_m2, "{} m² added", outline.added_m2);
    }

    #[test]
    fn a_comb_and_a_spiral_are_held_whole() {
        let comb: Vec<(f64, f64)> = (0..100)
            .flat_map(|i| {
                let x = f64::from(i) * 2.0;
                [(x, 0.0), (x + 0.5, -500.0), (x + 1.0, -500.0), (x + 1.5, 0.0)]
            })
            .chain([(200.0, 10.0), (0.0, 10.0)])
            .collect();
        check(&ring(&comb).unwrap(), 60);
        let arm = |i: i32, inset: f64| {
            let angle = f64::from(i) / 40.0 * std::f64::consts::TAU;
            let radius = 50.0 + 10.0 * f64::from(i) / 4.0 - inset;
            (radius * angle.cos(), radius * angle.sin())
        };
        let spiral: Vec<_> =
            (0..160).map(|i| arm(i, 0.0)).chain((0..160).rev().map(|i| arm(i, 8.0))).collect();
        check(&ring(&spiral).unwrap(), 40);
    }

    proptest! {
        /// Radii vary freely: notches, spikes and slivers of all sizes.
        #[test]
        fn no_outline_is_smaller_than_its_ring(
            radii in prop::collection::vec(0.3..3000.0f64, 3..260),
            corners_max in 8..130usize,
        ) {
            let count = radii.len() as f64;
            let star: Vec<_> = radii.iter().enumerate().map(|(i, r)| {
                let (sin, cos) = (i as f64 / count * std::f64::consts::TAU).sin_cos();
                (r * cos, r * sin)
            }).collect();
            let Some(ring) = ring(&star) else { return Ok(()) };
            check(&ring, corners_max);
        }
    }
}
