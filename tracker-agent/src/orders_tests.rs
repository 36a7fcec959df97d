use super::*;
use domain::Position;
use wire::area::Circle;

fn circle(id: u32) -> Circle {
    let centre = WirePoint::at(Position::from_degrees(34.5, 113.4).unwrap());
    let rules = AreaRules { enter_to_platform: true, ..AreaRules::default() };
    Circle { id, rules, centre, radius_m: 100, name: String::new() }
}

fn circles(action: AreaAction, ids: &[u32]) -> AreaChange {
    AreaChange::Circles { action, circles: ids.iter().map(|id| circle(*id)).collect() }
}

fn open(folder: &Path) -> Orders {
    Orders::open(folder, SamplerConfig::default(), 120)
}

fn ids(orders: &Orders) -> Vec<u32> {
    orders.wishes().areas.iter().map(|area| area.id).collect()
}

#[test]
fn parameters_and_areas_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = open(folder.path());
    let parameters = [Parameter::DefaultIntervalS(15), Parameter::HeartbeatS(60)];
    assert_eq!(orders.set_parameters(&parameters).unwrap(), AnswerResult::Ok);
    assert_eq!(orders.change_areas(&circles(AreaAction::Append, &[1, 2])).unwrap(), AnswerResult::Ok);
    let orders = open(folder.path());
    assert_eq!((orders.wishes().sampler.interval_moving_s, orders.heartbeat_s()), (15, 60));
    assert_eq!(ids(&orders), [1, 2]);
    let area = orders.wishes().areas.iter().next().cloned().unwrap();
    assert!(area.tell_entering && !area.tell_leaving);
    assert_eq!((area.points[0].lat_e7, area.widths_m[0]), (345_000_000, 100));
}

#[test]
fn a_value_out_of_range_sets_none_and_an_unknown_one_is_said_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = open(folder.path());
    let bad = [Parameter::DefaultIntervalS(15), Parameter::TurnAngleDeg(1)];
    assert_eq!(orders.set_parameters(&bad).unwrap(), AnswerResult::Bad);
    assert_eq!(orders.wishes().sampler, SamplerConfig::default());
    let unknown = [Parameter::Plate("豫A1".into()), Parameter::DefaultIntervalS(15)];
    assert_eq!(orders.set_parameters(&unknown).unwrap(), AnswerResult::Unsupported);
    assert_eq!(orders.wishes().sampler.interval_moving_s, 15);
    assert_eq!(orders.parameters(Some(&[0x29, 0x80])), [Parameter::DefaultIntervalS(15)]);
    assert_eq!(orders.parameters(None).len(), 8);
}

#[test]
fn areas_are_replaced_added_and_deleted_as_the_standard_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = open(folder.path());
    let steps: [(AreaChange, &[u32]); 5] = [
        (circles(AreaAction::Append, &[1, 2]), &[1, 2]),
        (circles(AreaAction::Modify, &[2, 3]), &[1, 2, 3]),
        (circles(AreaAction::Update, &[9]), &[9]),
        (AreaChange::Delete { shape: AreaShape::Polygon, ids: vec![] }, &[9]),
        (AreaChange::Delete { shape: AreaShape::Circle, ids: vec![9] }, &[]),
    ];
    for (change, expected) in steps {
        assert_eq!(orders.change_areas(&change).unwrap(), AnswerResult::Ok);
        assert_eq!(ids(&orders), expected, "{change:?}");
    }
    assert_eq!(orders.change_areas(&circles(AreaAction::Other(9), &[1])).unwrap(), AnswerResult::Bad);
}

#[test]
fn areas_that_are_too_many_leave_those_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = open(folder.path());
    let many: Vec<u32> = (0..250).collect();
    assert_eq!(orders.change_areas(&circles(AreaAction::Append, &many)).unwrap(), AnswerResult::Ok);
    let more: Vec<u32> = (250..300).collect();
    assert_eq!(orders.change_areas(&circles(AreaAction::Append, &more)).unwrap(), AnswerResult::Fail);
    assert_eq!(ids(&orders).len(), 250);
}

#[test]
fn closer_reports_end_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = open(folder.path());
    let now = Timestamp::from_seconds(1000);
    orders.track(5, 60, now);
    assert!(orders.is_tracking());
    let sampler = orders.wishes().sampler;
    assert_eq!((sampler.interval_moving_s, sampler.interval_parked_s), (5, 5));
    assert!(!orders.handle_timeout(now.plus_seconds(59)));
    assert!(orders.handle_timeout(now.plus_seconds(60)));
    assert_eq!(orders.wishes().sampler, SamplerConfig::default());
    orders.track(5, 60, now);
    orders.track(0, 0, now);
    assert!(!orders.is_tracking());
}
