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
}
