//! Which fixes are reported: after a time, a distance or a turn, and at once when anything changes state.

use domain::{Course, FixKind, FixReport, Timestamp};

use crate::signals::BodyState;

/// Below this speed a course is drift of the position, and is dropped.
pub const COURSE_SPEED_KMH_MIN: f64 = 1.0;
/// Below this speed a change of course is no turn.
pub const TURN_SPEED_KMH_MIN: f64 = 5.0;

/// When to report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplerConfig {
    /// Longest time between reports while moving, in seconds.
    pub interval_moving_s: u32,
    /// Longest time between reports while standing, in seconds.
    pub interval_parked_s: u32,
    /// Longest way between reports, in metres.
    pub distance_m: u32,
    /// Change of course since the last report that is reported, in degrees.
    pub turn_deg: u32,
    /// At or below this speed the truck stands, in km/h.
    pub parked_speed_kmh: u32,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            interval_moving_s: 10,
            interval_parked_s: 60,
            distance_m: 200,
            turn_deg: 30,
            parked_speed_kmh: 3,
        }
    }
}

/// Why a fix is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The first.
    First,
    /// The clock stepped back: a new sequence begins.
    SteppedBack,
    /// Load, cover, tipping body, antenna, power, ignition or kind of fix changed.
    State,
    /// A tag was read.
    Tag,
    /// The interval is over.
    Interval,
    /// The way is long enough.
    Distance,
    /// The truck turned.
    Turn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reported {
    time: Timestamp,
    fix: FixReport,
    /// The last course reported while moving: a stop has none, and the turn is measured across it.
    course: Option<Course>,
}

/// Decides fix by fix.
#[derive(Debug, Clone)]
pub struct Sampler {
    config: SamplerConfig,
    /// Time of the last fix offered, reported or not.
    newest: Option<Timestamp>,
    reported: Option<Reported>,
}

impl Sampler {
    /// A sampler that has reported nothing.
    pub fn new(config: SamplerConfig) -> Self {
        Self { config, newest: None, reported: None }
    }

    /// Offers a fix; why it is to be reported, or `None`. `tag_read`: a tag waits for a report to travel with.
    pub fn offer(&mut self, time: Timestamp, fix: &FixReport, tag_read: bool) -> Option<Reason> {
        let stepped_back = self.newest.is_some_and(|newest| time < newest);
        self.newest = Some(time);
        let reason = match &self.reported {
            None => Some(Reason::First),
            Some(_) if stepped_back => Some(Reason::SteppedBack),
            Some(last) => self.reason(last, time, fix, tag_read),
        };
        if reason.is_some() {
            let earlier = self.reported.take().and_then(|last| last.course);
            self.reported = Some(Reported { time, fix: fix.clone(), course: fix.course.or(earlier) });
        }
        reason
    }

    fn reason(&self, last: &Reported, time: Timestamp, fix: &FixReport, tag_read: bool) -> Option<Reason> {
        let config = &self.config;
        if state(fix) != state(&last.fix) {
            return Some(Reason::State);
        }
        if tag_read {
            return Some(Reason::Tag);
        }
        let placed = fix.fix != FixKind::None;
        let speed_kmh = fix.speed.map(|speed| speed.kmh());
        let standing = speed_kmh.is_none_or(|kmh| kmh <= f64::from(config.parked_speed_kmh));
        let moved = placed && last.fix.position.distance_m(fix.position) >= f64::from(config.distance_m);
        let interval_s = if standing && !moved { config.interval_parked_s } else { config.interval_moving_s };
        if time.millis_since(last.time) >= i64::from(interval_s) * 1000 {
            return Some(Reason::Interval);
        }
        if moved {
            return Some(Reason::Distance);
        }
        let fast = speed_kmh.is_some_and(|kmh| kmh >= TURN_SPEED_KMH_MIN);
        let turned =
            last.course.zip(fix.course).is_some_and(|(a, b)| turn_deg(a, b) >= f64::from(config.turn_deg));
        (placed && fast && turned).then_some(Reason::Turn)
    }
}

/// The course a fix is reported with: none where the truck hardly moves or its speed is not known.
pub fn steady_course(speed_kmh: Option<f64>, course: Option<Course>) -> Option<Course> {
    course.filter(|_| speed_kmh.is_some_and(|kmh| kmh > COURSE_SPEED_KMH_MIN))
}

/// Degrees between two courses, the short way: 0 to 180.
fn turn_deg(a: Course, b: Course) -> f64 {
    ((b.deg() - a.deg() + 540.0).rem_euclid(360.0) - 180.0).abs()
}

fn state(fix: &FixReport) -> (FixKind, BodyState) {
    let body = BodyState {
        load: fix.load,
        lid: fix.lid,
        lift: fix.lift,
        antenna: fix.antenna,
        power: fix.power,
        ignition: fix.ignition,
    };
    (fix.fix, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Load, Position, Speed};
    use proptest::prelude::*;

    /// A second, metres east of the start, km/h, degrees, load.
    type Row = (i64, f64, f64, Option<f64>, Load);

    fn fix((_, east_m, kmh, course, load): Row) -> FixReport {
        let start = Position::from_degrees(34.5, 113.4).unwrap();
        let bare = FixReport::bare("豫A12345".parse().unwrap(), start.offset_m(east_m, 0.0), FixKind::D3);
        let speed = Speed::from_kmh(kmh);
        FixReport { speed, course: course.and_then(Course::from_deg), load, ..bare }
    }

    #[track_caller]
    fn check(rows: &[(Row, Option<Reason>)]) {
        let mut sampler = Sampler::new(SamplerConfig::default());
        for (row, expected) in rows {
            let time = Timestamp::from_seconds(1_795_000_000 + row.0);
            assert_eq!(sampler.offer(time, &fix(*row), false), *expected, "{row:?}");
        }
    }

    const E: Load = Load::Empty;

    #[test]
    fn a_moving_truck_reports_every_ten_seconds() {
        check(&[
            ((0, 0.0, 20.0, Some(90.0), E), Some(Reason::First)),
            ((1, 5.0, 20.0, Some(90.0), E), None),
            ((9, 50.0, 20.0, Some(91.0), E), None),
            ((10, 55.0, 20.0, Some(91.0), E), Some(Reason::Interval)),
            ((19, 100.0, 20.0, Some(91.0), E), None),
            ((20, 105.0, 20.0, Some(91.0), E), Some(Reason::Interval)),
        ]);
    }

    #[test]
    fn a_parked_truck_reports_every_minute_however_its_position_drifts() {
        check(&[
            ((0, 0.0, 0.0, None, E), Some(Reason::First)),
            ((30, 8.0, 0.4, None, E), None),
            ((59, -6.0, 0.0, None, E), None),
            ((60, 2.0, 0.0, None, E), Some(Reason::Interval)),
        ]);
    }

    #[test]
    fn a_long_way_is_reported_before_the_interval() {
        check(&[
            ((0, 0.0, 90.0, Some(90.0), E), Some(Reason::First)),
            ((7, 175.0, 90.0, Some(90.0), E), None),
            ((8, 201.0, 90.0, Some(90.0), E), Some(Reason::Distance)),
        ]);
    }

    #[test]
    fn a_turn_is_reported_the_short_way_round_and_only_while_moving() {
        check(&[
            ((0, 0.0, 20.0, Some(350.0), E), Some(Reason::First)),
            ((1, 5.0, 20.0, Some(10.0), E), None),
            ((2, 10.0, 20.0, Some(20.0), E), Some(Reason::Turn)),
            ((3, 12.0, 4.0, Some(200.0), E), None),
            ((4, 15.0, 20.0, Some(200.0), E), Some(Reason::Turn)),
        ]);
    }

    #[test]
    fn a_turn_is_seen_across_a_stop() {
        check(&[
            ((0, 0.0, 20.0, Some(0.0), E), Some(Reason::First)),
            ((60, 1.0, 0.0, None, E), Some(Reason::Interval)),
            ((65, 5.0, 20.0, Some(90.0), E), Some(Reason::Turn)),
        ]);
    }

    #[test]
    fn a_change_of_state_is_reported_at_once() {
        check(&[
            ((0, 0.0, 0.0, None, E), Some(Reason::First)),
            ((1, 0.0, 0.0, None, Load::Full), Some(Reason::State)),
            ((2, 0.0, 0.0, None, Load::Full), None),
            ((3, 0.0, 0.0, None, Load::Unknown), Some(Reason::State)),
        ]);
    }

    #[test]
    fn a_clock_that_steps_back_begins_a_new_sequence() {
        check(&[
            ((100, 0.0, 20.0, Some(90.0), E), Some(Reason::First)),
            ((105, 5.0, 20.0, Some(90.0), E), None),
            ((103, 9.0, 20.0, Some(90.0), E), Some(Reason::SteppedBack)),
            ((104, 14.0, 20.0, Some(90.0), E), None),
            ((113, 30.0, 20.0, Some(90.0), E), Some(Reason::Interval)),
        ]);
    }

    #[test]
    fn a_tag_is_reported_at_once() {
        let mut sampler = Sampler::new(SamplerConfig::default());
        let row = (0, 0.0, 0.0, None, E);
        let at = |s: i64| Timestamp::from_seconds(1_795_000_000 + s);
        let reasons = [(0, true), (1, false), (2, true)].map(|(s, tag)| sampler.offer(at(s), &fix(row), tag));
        assert_eq!(reasons, [Some(Reason::First), None, Some(Reason::Tag)]);
    }

    #[test]
    fn a_course_is_kept_only_above_walking_drift() {
        let course = Course::from_deg(90.0);
        assert_eq!(steady_course(Some(1.0), course), None);
        assert_eq!(steady_course(None, course), None);
        assert_eq!(steady_course(Some(1.1), course), course);
    }

    proptest! {
        #[test]
        fn no_gap_between_reports_is_longer_than_the_longest_interval(
            rows in proptest::collection::vec((-40.0..40.0f64, 0.0..90.0f64, 0.0..360.0f64), 1..300),
        ) {
            let mut sampler = Sampler::new(SamplerConfig::default());
            let (mut last, mut east_m) = (0, 0.0);
            for (second, (step_m, kmh, course)) in (0..).zip(rows) {
                east_m += step_m;
                let row = (second, east_m, kmh, Some(course), E);
                if sampler.offer(Timestamp::from_seconds(second), &fix(row), false).is_some() {
                    last = second;
                }
                prop_assert!(second - last < 60);
            }
        }
    }
}
