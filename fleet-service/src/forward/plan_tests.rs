//! Which messages reports become.

use super::*;
use domain::report::{Content, ReaderSighting};
use domain::{Carrier, CarrierStatus, FixKind, FixReport, PlateColour, Timestamp, TruckKind};

const USCC: &str = "91350100M000100Y43";

fn registry() -> Registry {
    let truck = |plate: &str| Truck {
        plate: plate.parse().unwrap(),
        colour: PlateColour::YellowGreen,
        vin: None,
        carrier: USCC.parse().unwrap(),
        terminal: Some("13800000001".parse().unwrap()),
        epc: None,
        energy: None,
        rated_load_kg: None,
        kind: TruckKind::Muck,
    };
    let carrier =
        Carrier { uscc: USCC.parse().unwrap(), name: "甲;清运".into(), status: CarrierStatus::Active };
    let trucks = ["豫A00001D", "豫A00002D"].map(|plate| (plate.parse().unwrap(), truck(plate)));
    Registry {
        trucks: trucks.into(),
        carriers: [(carrier.uscc.clone(), carrier)].into(),
        ..Registry::default()
    }
}

fn profile() -> Profile {
    Profile {
        edition: Edition::V2011,
        platform: Padded::from_text("41018300001", 11).unwrap(),
        maker: "MT".into(),
        model: "agent".into(),
        adcode: "410183".into(),
    }
}

fn fix(plate: &str, second: i64) -> Report {
    let at = domain::Position::from_degrees(34.5, 113.4).unwrap();
    let fix = FixReport::bare(plate.parse().unwrap(), at, FixKind::D3);
    Report {
        time: Timestamp::from_seconds(1_795_413_600 + second),
        content: Content::Fix(fix),
        received: None,
    }
}

/// A plan as lines: plate's last digit, then `register`, `live 3` or `backlog 1 2`.
fn lines(plan: &Plan) -> Vec<String> {
    let second = |position: &Position| (position.time().unwrap().seconds() - 1_795_413_600).to_string();
    let line = |message: &VehicleMessage| {
        let what = match &message.payload {
            Payload::Register(_) => "register".to_owned(),
            Payload::Live(position) => format!("live {}", second(position)),
            Payload::Backlog(positions) => {
                format!("backlog {}", positions.iter().map(second).collect::<Vec<_>>().join(" "))
            }
            other => format!("{other:?}"),
        };
        format!("{} {what}", &message.plate[message.plate.len() - 2..message.plate.len() - 1])
    };
    plan.messages.iter().map(line).collect()
}

#[track_caller]
fn check(reports: &[Report], live_from: i64, expected: &[&str]) -> Plan {
    let is_live = |report: &Report| report.time.seconds() - 1_795_413_600 >= live_from;
    let plan = plan(reports, &registry(), &mut HashSet::new(), &profile(), is_live);
    assert_eq!(lines(&plan), expected);
    plan
}

#[test]
fn a_vehicle_is_registered_once_before_its_first_position() {
    let reports = [fix("豫A00001D", 1), fix("豫A00002D", 1), fix("豫A00001D", 2)];
    let plan = check(&reports, 0, &["1 register", "1 live 1", "2 register", "2 live 1", "1 live 2"]);
    assert_eq!((plan.registered, plan.live, plan.backlog), (2, 3, 0));
}

#[test]
fn old_positions_are_bundled_by_five_and_go_before_the_vehicles_next_live_one() {
    let mut reports: Vec<_> = (1..=7).map(|second| fix("豫A00001D", second)).collect();
    reports.push(fix("豫A00002D", 3));
    reports.push(fix("豫A00001D", 10));
    check(
        &reports,
        10,
        &["1 register", "1 backlog 1 2 3 4 5", "2 register", "1 backlog 6 7", "1 live 10", "2 backlog 3"],
    );
}

#[test]
fn what_has_no_message_or_no_colour_is_counted() {
    let sighting = ReaderSighting {
        reader: "G1".parse().unwrap(),
        epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
        rssi_dbm: None,
    };
    let seen =
        Report { time: Timestamp::from_seconds(1), content: Content::AtReader(sighting), received: None };
    let plan = check(&[seen, fix("豫A99999", 1)], 0, &[]);
    assert_eq!((plan.not_positions, plan.unregistered), (1, 1));
}

#[test]
fn what_is_registered_is_told_as_keys_and_values() {
    let registry = registry();
    let truck = registry.trucks.values().next().unwrap();
    assert_eq!(
        static_info(truck, &registry, &profile()),
        format!(
            "VIN:=豫A00001D;VEHICLE_COLOR:=93;VEHICLE_NATIONALITY:=410183;OWERS_ID:={USCC};OWERS_NAME:=甲清运"
        )
    );
}
