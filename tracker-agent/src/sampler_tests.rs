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
        assert_eq!(sampler.offer(time, &fix(*row), Beside::default()), *expected, "{row:?}");
    }
}

const E: Load = Load::Empty;

#[test]
fn a_truck_hauling_straight_reports_every_thirty_seconds() {
    check(&[
        ((0, 0.0, 60.0, Some(90.0), E), Some(Reason::First)),
        ((1, 17.0, 60.0, Some(90.0), E), None),
        ((29, 483.0, 60.0, Some(91.0), E), None),
        ((30, 500.0, 60.0, Some(91.0), E), Some(Reason::Interval)),
        ((59, 983.0, 60.0, Some(91.0), E), None),
        ((60, 1000.0, 60.0, Some(91.0), E), Some(Reason::Interval)),
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
        ((0, 0.0, 140.0, Some(90.0), E), Some(Reason::First)),
        ((25, 972.0, 140.0, Some(90.0), E), None),
        ((26, 1011.0, 140.0, Some(90.0), E), Some(Reason::Distance)),
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
        ((60, 1.0, 0.0, None, E), Some(Reason::Stop)),
        ((65, 5.0, 20.0, Some(90.0), E), Some(Reason::Start)),
        ((66, 9.0, 20.0, Some(130.0), E), Some(Reason::Turn)),
    ]);
}

#[test]
fn a_stop_and_a_start_are_reported_at_once_and_drift_is_neither() {
    check(&[
        ((0, 0.0, 20.0, Some(0.0), E), Some(Reason::First)),
        ((1, 5.0, 4.0, Some(0.0), E), None),
        ((2, 6.0, 3.0, None, E), Some(Reason::Stop)),
        ((3, 6.0, 0.0, None, E), None),
        ((4, 6.0, 4.9, None, E), None),
        ((5, 6.0, 5.1, Some(0.0), E), Some(Reason::Start)),
        ((6, 7.0, 4.0, None, E), None),
    ]);
}

#[test]
fn too_much_speed_is_reported_after_its_hold_and_when_it_is_over() {
    let limit = SpeedLimit { max_kmh: 60, hold_s: 3 };
    let mut sampler = Sampler::new(SamplerConfig { speed_limit: Some(limit), ..SamplerConfig::default() });
    let rows = [(0, 55.0), (1, 61.0), (2, 59.0), (3, 62.0), (5, 65.0), (6, 66.0), (7, 66.0), (8, 60.0)];
    let reasons = rows.map(|(s, kmh)| {
        let time = Timestamp::from_seconds(1_795_000_000 + s);
        sampler.offer(time, &fix((s, s as f64 * 17.0, kmh, Some(90.0), E)), Beside::default())
    });
    let over = Some(Reason::Overspeed);
    assert_eq!(reasons, [Some(Reason::First), None, None, None, None, over, None, over]);
}

#[test]
fn a_crossed_edge_is_reported_at_once_and_no_report_of_its_kind_waits() {
    let mut sampler = Sampler::new(SamplerConfig::default());
    let at = |s: i64| Timestamp::from_seconds(1_795_000_000 + s);
    let row = (0, 0.0, 20.0, None, E);
    let crossed = Beside { area_crossed: true, ..Beside::default() };
    assert_eq!(sampler.offer(at(0), &fix(row), Beside::default()), Some(Reason::First));
    assert_eq!(sampler.offer(at(1), &fix(row), crossed), Some(Reason::Area));
    assert!(Reason::Area.is_urgent() && Reason::Stop.is_urgent() && !Reason::Turn.is_urgent());
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
        ((133, 30.0, 20.0, Some(90.0), E), Some(Reason::Interval)),
    ]);
}

#[test]
fn a_tag_is_reported_at_once() {
    let mut sampler = Sampler::new(SamplerConfig::default());
    let row = (0, 0.0, 0.0, None, E);
    let at = |s: i64| Timestamp::from_seconds(1_795_000_000 + s);
    let reasons = [(0, true), (1, false), (2, true)]
        .map(|(s, tag)| sampler.offer(at(s), &fix(row), Beside { tag_read: tag, ..Beside::default() }));
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
            if sampler.offer(Timestamp::from_seconds(second), &fix(row), Beside::default()).is_some() {
                last = second;
            }
            prop_assert!(second - last < 60);
        }
    }
}
