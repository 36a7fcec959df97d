use super::*;
use proptest::prelude::*;

fn start() -> Position {
    Position::from_degrees(34.5, 113.4).unwrap()
}

fn point(east_m: f64, north_m: f64) -> Point {
    let position = start().offset_m(east_m, north_m);
    Point { lat_e7: position.lat_e7(), lon_e7: position.lon_e7() }
}

fn area(kind: AreaKind, points: &[(f64, f64)], widths_m: &[u32]) -> Area {
    let points = points.iter().map(|(east, north)| point(*east, *north)).collect();
    Area { kind, id: 7, tell_entering: true, tell_leaving: true, points, widths_m: widths_m.to_vec() }
}

fn is_inside(area: &Area, east_m: f64, north_m: f64) -> bool {
    let cosine_e6 = (start().lat_e7() as f64 / 1e7).to_radians().cos() * 1e6;
    contains(area, cosine_e6 as i64, start().offset_m(east_m, north_m))
}

#[track_caller]
fn check_inside(area: &Area, inside: &[(f64, f64)], outside: &[(f64, f64)]) {
    for (east, north) in inside {
        assert!(is_inside(area, *east, *north), "{east} {north} is inside");
    }
    for (east, north) in outside {
        assert!(!is_inside(area, *east, *north), "{east} {north} is outside");
    }
}

#[test]
fn a_circle_reaches_as_far_as_its_radius() {
    let circle = area(AreaKind::Circle, &[(0.0, 0.0)], &[100]);
    check_inside(&circle, &[(0.0, 0.0), (99.0, 0.0), (-70.0, 70.0)], &[(101.0, 0.0), (-71.0, -71.5)]);
}

#[test]
fn a_rectangle_may_be_given_by_any_two_opposite_corners() {
    for corners in [[(-50.0, -20.0), (50.0, 20.0)], [(50.0, -20.0), (-50.0, 20.0)]] {
        let rectangle = area(AreaKind::Rectangle, &corners, &[]);
        check_inside(&rectangle, &[(0.0, 0.0), (49.0, 19.0)], &[(51.0, 0.0), (0.0, -21.0)]);
    }
}

#[test]
fn a_polygon_may_have_a_bay() {
    let corners = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 20.0), (0.0, 100.0)];
    let polygon = area(AreaKind::Polygon, &corners, &[]);
    check_inside(
        &polygon,
        &[(50.0, 10.0), (5.0, 80.0), (95.0, 80.0)],
        &[(50.0, 40.0), (-1.0, 1.0), (50.0, -1.0)],
    );
}

#[test]
fn a_route_is_as_wide_as_each_segment_says() {
    let route = area(AreaKind::Route, &[(0.0, 0.0), (1000.0, 0.0), (1000.0, 500.0)], &[40, 100, 0]);
    check_inside(
        &route,
        &[(500.0, 19.0), (500.0, -19.0), (1049.0, 250.0), (-15.0, 0.0), (1000.0, 545.0)],
        &[(500.0, 22.0), (1052.0, 250.0), (-22.0, 0.0), (1000.0, 552.0)],
    );
}

#[test]
fn an_edge_counts_as_crossed_when_two_fixes_agree() {
    let mut areas = Areas::default();
    areas.insert(area(AreaKind::Circle, &[(0.0, 0.0)], &[100])).unwrap();
    let mut at = |east_m: f64| areas.observe(start().offset_m(east_m, 0.0));
    let crossing = |entered| Crossing { kind: AreaKind::Circle, id: 7, entered };
    assert_eq!(at(200.0), Crossed::default());
    assert_eq!(at(90.0), Crossed::default());
    assert_eq!(at(110.0), Crossed::default(), "it was noise");
    assert_eq!(at(90.0), Crossed::default());
    assert_eq!(at(80.0), Crossed { any: true, told: vec![crossing(true)] });
    assert_eq!(at(70.0), Crossed::default());
    assert_eq!(at(120.0), Crossed::default());
    assert_eq!(at(130.0), Crossed { any: true, told: vec![crossing(false)] });
}

#[test]
fn an_area_that_arrives_around_the_truck_is_not_entered() {
    let mut areas = Areas::default();
    areas.insert(area(AreaKind::Circle, &[(0.0, 0.0)], &[100])).unwrap();
    for _ in 0..3 {
        assert_eq!(areas.observe(start()), Crossed::default());
    }
}

#[test]
fn areas_are_deleted_by_kind_and_id_and_no_more_are_taken_than_fit() {
    let mut areas = Areas::default();
    for id in 0..AREAS_MAX as u32 {
        areas.insert(Area { id, ..area(AreaKind::Circle, &[(0.0, 0.0)], &[100]) }).unwrap();
    }
    let one_more = area(AreaKind::Polygon, &[(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)], &[]);
    assert_eq!(areas.insert(one_more.clone()), Err(AreaError::TooMany));
    areas.remove(AreaKind::Circle, &[3, 4]);
    areas.insert(one_more).unwrap();
    areas.remove(AreaKind::Circle, &[]);
    assert_eq!(areas.iter().map(|area| area.kind).collect::<Vec<_>>(), [AreaKind::Polygon]);
    let crooked = area(AreaKind::Route, &[(0.0, 0.0)], &[40]);
    assert_eq!(areas.insert(crooked), Err(AreaError::Form { points: 1, widths: 1 }));
}

proptest! {
    #[test]
    fn any_numbers_are_inside_or_outside_and_never_overflow(
        kind in 1u8..5, points in prop::collection::vec((any::<i32>(), any::<i32>()), 0..6), width in any::<u32>(),
        lat in -900_000_000i32..=900_000_000, lon in -1_800_000_000i32..=1_800_000_000,
    ) {
        let kind = AreaKind::from_code(kind).unwrap();
        let widths_m = match kind {
            AreaKind::Circle => vec![width],
            AreaKind::Route => vec![width; points.len()],
            _ => Vec::new(),
        };
        let points = points.into_iter().map(|(lat_e7, lon_e7)| Point { lat_e7, lon_e7 }).collect();
        let area = Area { kind, id: 1, tell_entering: true, tell_leaving: true, points, widths_m };
        let mut areas = Areas::default();
        if areas.insert(area).is_ok() {
            areas.observe(Position::from_e7(lat, lon).unwrap());
        }
    }
}
