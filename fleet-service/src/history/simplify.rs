//! Fewer points for the map, with a bound on the error: Douglas and Peucker's line, held fast wherever something happens.
//! Pure.
//!
//! A point is always kept at the ends, on both sides of a change of any signal, on both sides of a gap, and where a stop
//! begins and ends. Every point left out lies within the tolerance of the line between its kept neighbours; fixes without a
//! place are kept where their run begins and ends.

use domain::FixKind;
use domain::position::metres_per_degree;

use super::fixes::Fixes;

/// Two fixes farther apart in time are not joined by a line.
pub const GAP_S: i64 = 300;
/// A truck slower than this stands.
const STOP_KMH: f64 = 3.0;
/// A stand this long is a stop.
const STOP_S: i64 = 60;
/// Points looked at together at most: bounds the work on a line made to be slow, and costs one more kept point each.
const WINDOW: usize = 512;

/// One point of a track: a row of columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When, ms since 1970-01-01 UTC.
    pub time_ms: i64,
    /// Latitude in 1e-7 degree.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degree.
    pub lon_e7: i32,
    /// Whether the position places the truck.
    pub is_placed: bool,
    /// Signals packed: what a change of means that something happened.
    pub signals: u32,
    /// Ground speed, if told.
    pub speed_kmh: Option<f64>,
}

impl Point {
    /// The point of a row.
    pub fn of(fixes: &Fixes, row: usize) -> Option<Self> {
        let marks = *fixes.marks.get(row)?;
        let is_placed = marks.fix() != FixKind::None;
        Some(Self {
            time_ms: *fixes.time_ms.get(row)?,
            lat_e7: *fixes.lat_e7.get(row)?,
            lon_e7: *fixes.lon_e7.get(row)?,
            is_placed,
            // 2d and 3d take turns under trees: only with or without a fix is something that happened.
            signals: marks.signals() & !0b11 | u32::from(is_placed),
            speed_kmh: fixes.speed(row).map(|speed| speed.kmh()),
        })
    }
}

/// Whether two points following each other are too far apart in time to be joined.
pub fn is_gap(a: &Point, b: &Point) -> bool {
    b.time_ms - a.time_ms > GAP_S * 1000
}

/// Which points are kept, in order of `points`, which are in order of time. `tolerance_m` in metres.
pub fn keep(points: &[Point], tolerance_m: f64) -> Vec<bool> {
    let mut kept = anchors(points);
    let fixed: Vec<usize> = kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(i, _)| i).collect();
    for pair in fixed.windows(2) {
        if let [from, to] = *pair {
            thin(points, from, to, tolerance_m, &mut kept);
        }
    }
    kept
}

/// Points that are kept whatever the line does.
fn anchors(points: &[Point]) -> Vec<bool> {
    let mut kept = vec![false; points.len()];
    if let Some(first) = kept.first_mut() {
        *first = true;
    }
    if let Some(last) = kept.last_mut() {
        *last = true;
    }
    for (i, pair) in points.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        if a.signals != b.signals || is_gap(a, b) {
            kept[i] = true;
            kept[i + 1] = true;
        }
    }
    for (from, to) in stops(points) {
        kept[from] = true;
        kept[to] = true;
    }
    let mut last = 0;
    for (i, kept) in kept.iter_mut().enumerate() {
        *kept |= i - last >= WINDOW;
        if *kept {
            last = i;
        }
    }
    kept
}

/// First and last point of every stop.
fn stops(points: &[Point]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begun: Option<usize> = None;
    for (i, point) in points.iter().enumerate() {
        let stands = point.speed_kmh.is_some_and(|kmh| kmh < STOP_KMH);
        match (stands, begun) {
            (true, None) => begun = Some(i),
            (false, Some(from)) => {
                found.push((from, i - 1));
                begun = None;
            }
            _ => {}
        }
    }
    found.extend(begun.map(|from| (from, points.len() - 1)));
    found.retain(|(from, to)| points[*to].time_ms - points[*from].time_ms >= STOP_S * 1000);
    found
}

/// Keeps what lies farther from the line than the tolerance, between two kept points.
fn thin(points: &[Point], from: usize, to: usize, tolerance_m: f64, kept: &mut [bool]) {
    let mut open = vec![(from, to)];
    while let Some((from, to)) = open.pop() {
        let line = Segment::between(&points[from], &points[to]);
        let mut farthest: Option<(usize, f64)> = None;
        for i in (from + 1..to).filter(|i| points[*i].is_placed) {
            let away_m = line.distance_m(&points[i]);
            if away_m > farthest.map_or(tolerance_m, |(_, most)| most) {
                farthest = Some((i, away_m));
            }
        }
        if let Some((at, _)) = farthest {
            kept[at] = true;
            open.push((from, at));
            open.push((at, to));
        }
    }
}

/// A line between two points in the plane around its beginning, metres.
struct Segment {
    origin: (i32, i32),
    per_lat_m: f64,
    per_lon_m: f64,
    end: (f64, f64),
}

const E7: f64 = 1e-7;
const TURN_E7: i64 = 3_600_000_000;

impl Segment {
    fn between(from: &Point, to: &Point) -> Self {
        let middle = (f64::from(from.lat_e7) + f64::from(to.lat_e7)) / 2.0 * E7;
        let (per_lat_m, per_lon_m) = metres_per_degree(middle);
        let mut line = Self { origin: (from.lat_e7, from.lon_e7), per_lat_m, per_lon_m, end: (0.0, 0.0) };
        line.end = line.place(to);
        line
    }

    /// Metres east and north of the origin, the short way over the date line.
    fn place(&self, point: &Point) -> (f64, f64) {
        let mut east = i64::from(point.lon_e7) - i64::from(self.origin.1);
        if east > TURN_E7 / 2 {
            east -= TURN_E7;
        } else if east < -TURN_E7 / 2 {
            east += TURN_E7;
        }
        let north = i64::from(point.lat_e7) - i64::from(self.origin.0);
        (east as f64 * E7 * self.per_lon_m, north as f64 * E7 * self.per_lat_m)
    }

    fn distance_m(&self, point: &Point) -> f64 {
        let (x, y) = self.place(point);
        let (dx, dy) = self.end;
        let length2 = dx * dx + dy * dy;
        let along = if length2 > 0.0 { ((x * dx + y * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
        (x - along * dx).hypot(y - along * dy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Position;
    use proptest::prelude::*;

    /// A point `east`, `north` metres from a place near the city, `second` seconds in.
    fn point(second: i64, east: f64, north: f64) -> Point {
        let at = Position::from_degrees(34.5, 113.4).unwrap().offset_m(east, north);
        Point {
            time_ms: second * 1000,
            lat_e7: at.lat_e7(),
            lon_e7: at.lon_e7(),
            is_placed: true,
            signals: 1,
            speed_kmh: Some(40.0),
        }
    }

    #[track_caller]
    fn check(points: &[Point], tolerance_m: f64, expected: &[usize]) {
        let kept = keep(points, tolerance_m);
        let kept: Vec<usize> = kept.iter().enumerate().filter(|(_, k)| **k).map(|(i, _)| i).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_straight_road_is_two_points_and_a_bend_is_one_more() {
        let straight: Vec<Point> = (0..100).map(|i| point(i * 10, i as f64 * 100.0, 0.5)).collect();
        check(&straight, 5.0, &[0, 99]);
        let bent: Vec<Point> = (0..=20i64)
            .map(|i| point(i * 10, i.min(10) as f64 * 100.0, (i - 10).max(0) as f64 * 100.0))
            .collect();
        check(&bent, 5.0, &[0, 10, 20]);
    }

    #[test]
    fn changes_gaps_and_stops_are_kept_on_both_sides() {
        let mut line: Vec<Point> = (0..30).map(|i| point(i * 10, i as f64 * 100.0, 0.0)).collect();
        line[10..].iter_mut().for_each(|point| point.signals = 9);
        line[20..].iter_mut().for_each(|point| point.time_ms += GAP_S * 1000);
        check(&line, 50.0, &[0, 9, 10, 19, 20, 29]);
        let mut line: Vec<Point> = (0..30).map(|i| point(i * 10, i as f64 * 100.0, 0.0)).collect();
        line[5..13].iter_mut().for_each(|point| point.speed_kmh = Some(0.0));
        line[20..22].iter_mut().for_each(|point| point.speed_kmh = Some(0.0));
        check(&line, 50.0, &[0, 5, 12, 29]);
    }

    #[test]
    fn nothing_and_one_point_are_kept_as_they_are() {
        check(&[], 1.0, &[]);
        check(&[point(0, 0.0, 0.0)], 1.0, &[0]);
    }

    #[test]
    fn a_line_over_the_date_line_stays_short() {
        let at = |lon: f64| Point { lat_e7: 0, lon_e7: (lon * 1e7) as i32, ..point(0, 0.0, 0.0) };
        check(&[at(179.999), at(179.9995), at(-179.9999), at(-179.999)], 1.0, &[0, 3]);
    }

    proptest! {
        /// The plain definition: every point left out is within the tolerance of the line between its kept neighbours.
        #[test]
        fn no_point_left_out_is_farther_from_the_line_than_said(
            steps in prop::collection::vec((-200.0..200.0f64, -200.0..200.0f64, 0..40i64, 0..10u32), 2..1_500),
            tolerance_m in 0.5..100.0f64,
        ) {
            let (mut x, mut y, mut t) = (0.0, 0.0, 0);
            let mut points = Vec::new();
            for (east, north, seconds, signals) in steps {
                (x, y, t) = (x + east, y + north, t + seconds);
                points.push(Point { signals: u32::from(signals == 0), ..point(t, x, y) });
            }
            let kept = keep(&points, tolerance_m);
            let at = |p: &Point| Position::from_e7(p.lat_e7, p.lon_e7).unwrap();
            let mut before = 0;
            for i in 1..points.len() {
                if kept[i] {
                    let (ex, ey) = at(&points[before]).metres_to(at(&points[i]));
                    for left_out in &points[before + 1..i] {
                        let (px, py) = at(&points[before]).metres_to(at(left_out));
                        let steps = 2_000;
                        let nearest = (0..=steps)
                            .map(|n| f64::from(n) / f64::from(steps))
                            .map(|f| (px - f * ex).hypot(py - f * ey))
                            .fold(f64::INFINITY, f64::min);
                        // The walk along the line is in steps, the two planes differ by far less.
                        let slack = ex.hypot(ey) / f64::from(steps) + 0.05;
                        prop_assert!(nearest <= tolerance_m + slack, "{nearest} m from the line");
                        prop_assert_eq!(left_out.signals, points[before].signals);
                    }
                    before = i;
                }
            }
            prop_assert_eq!(before, points.len() - 1);
        }
    }
}
