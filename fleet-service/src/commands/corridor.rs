//! A route as a terminal can hold it: few turning points, each segment as wide as the corridor. Pure.

use domain::geometry::segment_distance_m;
use domain::{Line, Position};

/// Bits of a segment's number below its route's.
pub const SEGMENT_BITS: u32 = 8;
/// Most turning points of a route sent: with times and name they then fit one packet of 1,023 bytes. Terminals that put
/// packets together are not all.
pub const ROUTE_POINTS_MAX: usize = 50;
/// Widest segment the protocol can say (a byte), m.
pub const WIDTH_MAX_M: u32 = 255;
/// A line moved by less than this needs no more points, m.
const MOVED_LEAST_M: f64 = 1.0;

/// A corridor as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    /// Turning points, the ends of the line among them.
    pub points: Vec<Position>,
    /// Full width sent, m.
    pub width_m: u8,
    /// Full width that holds all of the corridor, m.
    pub wanted_m: u32,
    /// How far the line lies from its turning points' at most, m; the width makes up for it.
    pub moved_m: u32,
}

/// Lays a corridor around a line. Where the width allows, all of the register's corridor is inside the terminal's.
pub fn lay(line: &Line, half_width_m: u32) -> Laid {
    let all = line.points();
    // Stretches between kept points, each with its farthest point between and that one's distance.
    let mut stretches = vec![farthest(all, 0, all.len() - 1)];
    let worst_of = |stretches: &[Stretch]| {
        let all = stretches.iter().copied().enumerate();
        all.max_by(|a, b| a.1.off_m.total_cmp(&b.1.off_m))
    };
    while let Some((at, worst)) = worst_of(&stretches) {
        if worst.off_m < MOVED_LEAST_M || stretches.len() + 1 >= ROUTE_POINTS_MAX {
            break;
        }
        let halves = [farthest(all, worst.from, worst.split), farthest(all, worst.split, worst.to)];
        stretches.splice(at..=at, halves);
    }
    let moved_m = stretches.iter().map(|s| s.off_m).fold(0.0, f64::max).ceil() as u32;
    let kept = stretches.iter().map(|s| s.from).chain([all.len() - 1]);
    let wanted_m = 2 * (half_width_m.saturating_add(moved_m)).min(u32::MAX / 2);
    Laid {
        points: kept.map(|index| all[index]).collect(),
        width_m: u8::try_from(wanted_m).unwrap_or(u8::MAX),
        wanted_m,
        moved_m,
    }
}

#[derive(Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    split: usize,
    off_m: f64,
}

fn farthest(all: &[Position], from: usize, to: usize) -> Stretch {
    let none = Stretch { from, to, split: from, off_m: 0.0 };
    (from + 1..to).fold(none, |far, index| {
        let off_m = segment_distance_m(all[from], all[to], all[index]);
        if off_m > far.off_m { Stretch { split: index, off_m, ..far } } else { far }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(steps: &[(f64, f64)]) -> Option<Line> {
        let mut points = vec![Position::from_degrees(34.5, 113.4).unwrap()];
        for (east, north) in steps {
            points.push(points[points.len() - 1].offset_m(*east, *north));
        }
        Line::from_points(points).ok()
    }

    #[test]
    fn a_short_route_is_sent_as_it_is_and_a_half_width_becomes_a_width() {
        let route = line(&[(100.0, 0.0), (0.0, 100.0), (100.0, 0.0)]).unwrap();
        let laid = lay(&route, 50);
        assert_eq!((laid.points.as_slice(), laid.width_m, laid.moved_m), (route.points(), 100, 0));
    }

    #[test]
    fn a_wide_corridor_is_held_at_what_a_byte_can_say() {
        let laid = lay(&line(&[(1000.0, 0.0)]).unwrap(), 200);
        assert_eq!((laid.width_m, laid.wanted_m), (255, 400));
        assert_eq!(lay(&line(&[(1000.0, 0.0)]).unwrap(), u32::MAX).width_m, 255);
    }

    proptest! {
        #[test]
        fn every_place_of_the_corridor_is_in_what_is_sent(
            steps in prop::collection::vec((-60.0..80.0f64, -60.0..80.0f64), 1..400),
        ) {
            let Some(route) = line(&steps) else { return Ok(()) };
            let laid = lay(&route, 30);
            prop_assert!(laid.points.len() <= ROUTE_POINTS_MAX);
            prop_assert_eq!(laid.points.first(), route.points().first());
            prop_assert_eq!(laid.points.last(), route.points().last());
            let sent = Line::from_points(laid.points.clone());
            let Ok(sent) = sent else { return Ok(()) };
            for point in route.points() {
                prop_assert!(sent.distance_m(*point) <= f64::from(laid.moved_m) + 0.01);
            }
        }
    }
}
