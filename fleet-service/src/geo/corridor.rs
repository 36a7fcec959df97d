//! Distance of positions to routes.

use std::sync::Arc;

use domain::{Line, Position};

use super::line_store::LineStore;

/// Many routes in one piece of memory, known by the order they were given in.
#[derive(Debug)]
pub struct RouteIndex {
    lines: LineStore,
}

impl RouteIndex {
    /// Indexes routes.
    pub fn build<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let mut store = LineStore::new();
        for line in lines {
            store.add(line.points());
        }
        Self { lines: store }
    }

    /// Least distance in metres from a position to a route.
    pub fn distance_m(&self, route: u32, at: Position) -> f64 {
        self.lines.distance_m(route, at)
    }

    /// As [`RouteIndex::distance_m`] for many routes and positions, put in place of what `into` held. Faster than one by
    /// one where the routes are many: while one read of memory waits, others are under way.
    pub fn distances_m(&self, asked: &[(u32, Position)], into: &mut Vec<f64>) {
        into.clear();
        self.lines.distances_m(asked, |distance_m| into.push(distance_m));
    }
}

/// One route of an index, and how far a truck may be from it.
#[derive(Debug, Clone)]
pub struct Corridor {
    routes: Arc<RouteIndex>,
    route: u32,
    half_width_m: f64,
}

impl Corridor {
    /// A route of an index.
    pub fn of(routes: Arc<RouteIndex>, route: u32, half_width_m: f64) -> Self {
        Self { routes, route, half_width_m }
    }

    /// Indexes a single route's line.
    pub fn build(line: &Line, half_width_m: f64) -> Self {
        Self::of(Arc::new(RouteIndex::build([line])), 0, half_width_m)
    }

    /// How far a truck may be from the line, in metres.
    pub fn half_width_m(&self) -> f64 {
        self.half_width_m
    }

    /// Least distance in metres from a position to the line.
    pub fn distance_m(&self, at: Position) -> f64 {
        self.routes.distance_m(self.route, at)
    }
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
                    prop_assert!((plain - quick).abs() < (2e-5 * plain).max(0.005), "{plain} {quick} at {at:?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Routes of few and of a thousand segments, short and long ones, here and over the date line; asked about one by
        /// one and all at once.
        #[test]
        fn routes_of_any_length_are_measured_as_the_plain_loop_measures(
            routes in prop::collection::vec(
                (prop::sample::select(vec![3usize, 40, 700, 1200]), 1.0..3.4f64, any::<u32>()),
                1..6,
            ),
            over_the_date_line in any::<bool>(),
            away in prop::collection::vec((any::<prop::sample::Index>(), -1.0..1.0f64, -1.0..1.0f64, 0..5u32), 30),
        ) {
            let middle = Position::from_degrees(34.5, if over_the_date_line { 179.99 } else { 113.4 }).unwrap();
            let lines: Vec<Line> = routes.iter().map(|(count, size, seed)| walk(middle, *count, *size, *seed)).collect();
            let index = RouteIndex::build(&lines);
            let mut asked = Vec::new();
            for (at, east, north, size) in away {
                for (number, line) in lines.iter().enumerate() {
                    let reach_m = 3.0 * 10f64.powi(size as i32);
                    let beside = line.points()[at.index(line.points().len())];
                    asked.push((number as u32, beside.offset_m(east * reach_m, north * reach_m)));
                }
            }
            let mut distances_m = Vec::new();
            index.distances_m(&asked, &mut distances_m);
            for ((route, at), many_m) in asked.iter().zip(&distances_m) {
                let plain_m = lines[*route as usize].distance_m(*at);
                let one_m = index.distance_m(*route, *at);
                let allowed_m = (2e-5 * plain_m).max(0.01);
                prop_assert!((plain_m - one_m).abs() <= allowed_m, "{plain_m} {one_m} at {at:?}");
                prop_assert!((one_m - many_m).abs() < 1e-9, "{one_m} {many_m}");
            }
        }
    }

    /// A walk of so many steps, each as long as a power of ten of metres or a part of it.
    fn walk(from: Position, count: usize, size: f64, seed: u32) -> Line {
        let mut state = u64::from(seed) | 1;
        let mut part = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut at, mut course) = (from, part() * std::f64::consts::TAU);
        let mut points = vec![at];
        for _ in 0..count {
            course += part() - 0.5;
            // Long walks take short steps: a route is not farther across than a province.
            let step_m = (10f64.powf(size) * part()).min(200_000.0 / count as f64);
            at = at.offset_m(step_m * course.cos(), step_m * course.sin());
            points.push(at);
        }
        Line::from_points(points).unwrap()
    }
}
