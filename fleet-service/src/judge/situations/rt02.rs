//! RT-02 and its look-alikes. P1 may haul to 08:10 of this Monday.

use super::*;

fn until(windows: &[(&str, &str, &str)]) -> Registry {
    let mut city = city();
    let windows = windows.iter().map(|(day, from, to)| domain::HaulWindow::parse(&[day], from, to).unwrap());
    city.permits.values_mut().next().unwrap().windows = HaulWindows(windows.collect());
    city
}

const SLOW_HAUL: &str = "
    08:00:00  100,100  empty flat
    08:05:00  100,100  full  flat
    08:06:00  150,100  full  flat
    08:10:00  2500,100 full  flat
    08:24:00  2500,100 full  flat
    08:28:00  5050,100 full  flat
    08:40:00  5100,100 full  flat
    08:41:00  5100,100 empty flat
    08:44:00  5100,100 empty flat
";

#[test]
fn rt02_a_truck_on_the_road_after_hours_is_told_moving_or_not() {
    let city = until(&[("mon", "06:00", "08:10")]);
    let judgement =
        check_in(city, ON_PERMIT, SLOW_HAUL, &["08:06:00 A>S delivered", "RT-02 08:10:00-08:27:50"]);
    let facts = &judgement.violations[0].facts;
    // 08:10:00 to 08:27:50, but for 50 s that it passed the ground of source B.
    assert_eq!(facts["outside_hours_s"], serde_json::json!(1020.0));
    assert_eq!(facts["windows"], serde_json::json!([{"days": ["mon"], "from": "06:00", "to": "08:10"}]));
}

#[test]
fn rt02_ten_minutes_late_and_a_wait_in_the_sink_are_nothing() {
    check_in(until(&[("mon", "06:00", "08:20")]), ON_PERMIT, SLOW_HAUL, &["08:06:00 A>S delivered"]);
    check_in(until(&[("sun", "22:00", "08:30")]), ON_PERMIT, SLOW_HAUL, &["08:06:00 A>S delivered"]);
    check_in(until(&[("mon", "00:00", "24:00")]), ON_PERMIT, SLOW_HAUL, &["08:06:00 A>S delivered"]);
    check_in(
        until(&[("mon", "09:00", "09:00")]),
        ON_PERMIT,
        SLOW_HAUL,
        &["08:06:00 A>S delivered", "RT-02 08:06:10-08:27:50"],
    );
}

#[test]
fn rt02_is_not_judged_where_the_truck_is_not_on_the_permit() {
    let expected = ["08:06:00 A>S delivered", "UW-02 08:06:00-08:41:00 truck_not_on_permit"];
    check_in(until(&[("mon", "06:00", "08:10")]), NOT_ON_PERMIT, SLOW_HAUL, &expected);
}

#[test]
fn rt02_a_hole_counts_where_the_truck_stood_and_not_where_it_moved_on() {
    let city = || until(&[("mon", "06:00", "08:10")]);
    let asleep = SLOW_HAUL.replace("08:24:00  2500", "gap 08:24:00  2500");
    check_in(city(), ON_PERMIT, &asleep, &["08:06:00 A>S delivered", "RT-02 08:10:00-08:27:50"]);
    let moved = SLOW_HAUL.replace("08:24:00  2500", "gap 08:24:00  2600");
    check_in(city(), ON_PERMIT, &moved, &["08:06:00 A>S delivered"]);
}
