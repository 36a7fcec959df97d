//! The city with readers at its gates and a no-go zone.

use domain::{Beacon, Reader, ReaderRole};

use super::*;

/// [`city`] with a wash reader W1 and a gate G1 at source A, where washing is required, a wash beacon BEAC there, a gate G2
/// at sink S and a gate G9 9 km north; the no-go zone N, 3.7 to 4.5 km east, 400 to 1,000 m north. Every truck has a tag.
pub(in crate::judge) fn gated_city() -> Registry {
    let mut city = city();
    let reader = |id: &str, site: &str, role, east, north| Reader {
        id: id.parse().unwrap(),
        site: site.parse().unwrap(),
        role,
        position: at(east, north),
    };
    city.sites
        .insert("F".parse().unwrap(), site("F", SiteKind::Recycling, square(0.0, 9_000.0, 200.0, 9_200.0)));
    for reader in [
        reader("W1", "A", ReaderRole::Wash, 180.0, 100.0),
        reader("G1", "A", ReaderRole::GateOut, 200.0, 100.0),
        reader("G2", "S", ReaderRole::GateIn, 5_000.0, 100.0),
        reader("G9", "F", ReaderRole::GateIn, 100.0, 9_000.0),
    ] {
        city.readers.insert(reader.id.clone(), reader);
    }
    let beacon = Beacon {
        epc: "BEAC".parse().unwrap(),
        site: "A".parse().unwrap(),
        role: ReaderRole::Wash,
        position: at(180.0, 100.0),
    };
    city.beacons.insert(beacon.epc.clone(), beacon);
    city.sites.values_mut().filter(|site| site.id.as_str() == "A").for_each(|site| site.wash_required = true);
    for truck in city.trucks.values_mut() {
        truck.epc = Some(tag(truck.plate.as_str()));
    }
    let zone = Zone {
        id: "N".parse().unwrap(),
        name: "N".to_owned(),
        kind: ZoneKind::NoGo,
        area: square(3_700.0, 400.0, 4_500.0, 1_000.0),
        windows: HaulWindows::default(),
    };
    city.zones.insert(zone.id.clone(), zone);
    city
}

#[track_caller]
pub(super) fn check_gated(plate: &str, table: &str, expected: &[&str]) -> Judgement {
    check_in(gated_city(), plate, table, expected)
}
