//! Waybills over HTTP: from stored hauls and readings to tickets, sums and balances.

use super::*;
use crate::waybill::{Mark, SiteReading};
use domain::{Area, Haul, HaulId, HaulState, Ring, Site, SiteKind, SiteTerms};

const PLATE: &str = "豫A12345";

/// A source and a sink in 东街, the sink with room for 20 m³; the truck carries 10 m³.
fn city() -> Registry {
    let mut city = registry();
    let at = |e: f64, n: f64| Position::from_degrees(34.5, 113.4).unwrap().offset_m(e, n);
    for (id, kind, capacity_l) in [("A", SiteKind::Source, None), ("S", SiteKind::Disposal, Some(20_000))] {
        let ring = Ring::from_points(vec![at(0.0, 0.0), at(100.0, 0.0), at(100.0, 100.0)]).unwrap();
        let site = Site {
            id: id.parse().unwrap(),
            name: id.into(),
            kind,
            area: Area::from_ring(ring),
            wash_required: false,
            open_from: None,
            open_to: None,
            carrier: None,
        };
        let district = Some("东街".parse().unwrap());
        city.site_terms.insert(site.id.clone(), SiteTerms { district, capacity_l, filled_before_l: 0 });
        city.sites.insert(site.id.clone(), site);
    }
    city.trucks.values_mut().for_each(|truck| truck.rated_load_kg = Some(16_000));
    city
}

fn haul(departed: Timestamp, state: HaulState) -> Haul {
    let arrived = state == HaulState::Delivered;
    Haul {
        id: HaulId::of_facts(&[&departed.millis().to_be_bytes()]),
        plate: PLATE.parse().unwrap(),
        source: Some("A".parse().unwrap()),
        departed,
        sink: arrived.then(|| "S".parse().unwrap()),
        unloaded: (state != HaulState::Open).then(|| departed.plus_seconds(1_800)),
        permit: None,
        leg: None,
        distance_km: 5.0,
        state,
    }
}

/// Noon of today: tickets of the day the tests run on.
fn noon() -> Timestamp {
    Timestamp::start_of_local_day(clock::now().local_date()).plus_seconds(12 * 3600)
}

async fn store(house: &House, hauls: &[Haul], readings: &[SiteReading]) {
    let mut change = house.api.store.change().await.unwrap();
    for haul in hauls {
        change.put_haul(haul, 16_000).await.unwrap();
    }
    change.put_site_readings(readings).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn a_days_tickets_are_paired_summed_and_balanced() {
    let house = House::build_with(city()).await;
    let reading = |after_s: i64, mark| SiteReading {
        plate: PLATE.parse().unwrap(),
        site: "S".parse().unwrap(),
        mark,
        first: noon().plus_seconds(after_s),
        last: noon().plus_seconds(after_s),
    };
    let hauls = [haul(noon(), HaulState::Delivered), haul(noon().plus_seconds(7_200), HaulState::Dumped)];
    let readings =
        [reading(1_500, Mark::GateIn), reading(20_000, Mark::GateIn), reading(1_501, Mark::GateIn)];
    store(&house, &hauls, &readings).await;
    store(&house, &hauls, &readings).await;
    let (_, tickets) = house.json("GET", "/api/v1/waybills", Some(&house.auditor), None).await;
    let rows = tickets["tickets"].as_array().unwrap();
    let states: Vec<_> = rows.iter().map(|row| (&row["state"], &row["exceptions"])).collect();
    assert_eq!(
        states,
        [(&json!("closed"), &json!([])), (&json!("in_transit"), &json!(["unpaired_out"]))],
        "{tickets}"
    );
    assert_eq!((&rows[0]["declared_m3"], &rows[0]["accepted_by"]), (&json!(10.0), &json!("unloading")));
    let (_, sums) = house.json("GET", "/api/v1/reconciliation", Some(&house.auditor), None).await;
    assert_eq!((&sums["all"]["out"], &sums["all"]["taken_m3"]), (&json!(2), &json!(10.0)), "{sums}");
    assert_eq!(sums["unpaired_out"].as_array().unwrap().len(), 1);
    assert_eq!(sums["unpaired_in"].as_array().unwrap().len(), 1);
    let (_, sinks) = house.json("GET", "/api/v1/sinks", Some(&house.auditor), None).await;
    assert_eq!(
        (&sinks["sinks"][0]["filled_m3"], &sinks["sinks"][0]["room_m3"]),
        (&json!(10.0), &json!(10.0))
    );
    let (_, areas) = house.json("GET", "/api/v1/areas/balance", Some(&house.auditor), None).await;
    let area = &areas["areas"][0];
    assert_eq!(
        (&area["district"], &area["kept_m3"], &area["astray_m3"]),
        (&json!("东街"), &json!(10.0), &json!(10.0))
    );
    for (path, total) in
        [("exception=any", 1), ("state=closed", 1), ("site=S", 1), ("plate=%E8%B1%ABA12345", 2)]
    {
        let (_, found) =
            house.json("GET", &format!("/api/v1/waybills?{path}"), Some(&house.city), None).await;
        assert_eq!(found["total"], total, "{path}");
    }
}

#[tokio::test]
async fn tickets_are_drafted_accepted_rejected_and_voided_by_the_right_roles_and_never_edited() {
    let house = House::build_with(city()).await;
    // Of yesterday: a draft opened now is for a truck that leaves later.
    let yesterday = noon().plus_seconds(-86_400);
    let open = haul(yesterday, HaulState::Open);
    let delivered = haul(yesterday.plus_seconds(60), HaulState::Delivered);
    store(&house, &[open.clone(), delivered.clone()], &[]).await;
    let path = |id: HaulId, act: &str| format!("/api/v1/waybills/{id}/{act}");
    let reason = |text: &str| json!({ "reason": text });
    for (path, token, body, expected) in [
        (path(delivered.id, "void"), &house.auditor, reason("r"), 403),
        (path(open.id, "accept"), &house.city, reason(""), 409),
        (path(delivered.id, "void"), &house.city, reason(""), 422),
        (path(delivered.id, "void"), &house.city, reason("重复登记"), 200),
        (path(delivered.id, "void"), &house.city, reason("again"), 409),
        ("/api/v1/waybills/none/void".to_owned(), &house.city, reason("r"), 404),
        ("/api/v1/waybills".to_owned(), &house.city, json!({ "plate": "豫A99999", "source": "A" }), 422),
        ("/api/v1/waybills".to_owned(), &house.city, json!({ "plate": PLATE, "source": "S" }), 422),
        ("/api/v1/waybills".to_owned(), &house.city, json!({ "plate": PLATE, "source": "A" }), 201),
    ] {
        let (status, answer) = house.json("POST", &path, Some(token), Some(body.clone())).await;
        assert_eq!(status, expected, "{path} {body}: {answer}");
        if status >= 400 {
            assert!(answer["detail_zh"].as_str().is_some_and(|t| !t.is_empty()), "{answer}");
        }
    }
    let one = format!("/api/v1/waybills/{}", delivered.id);
    let (_, ticket) = house.json("GET", &one, Some(&house.auditor), None).await;
    assert_eq!((&ticket["state"], &ticket["acts"][0]["by"]), (&json!("void"), &json!("城管甲")), "{ticket}");
    // What is void moved nothing.
    let (_, sinks) = house.json("GET", "/api/v1/sinks", Some(&house.auditor), None).await;
    assert_eq!(sinks["sinks"][0]["filled_m3"], json!(0.0));
    let trail = house.api.store.audit_after(3, 100).await.unwrap();
    let said: Vec<_> = trail.iter().map(|entry| (entry.what.as_str(), entry.who.as_str())).collect();
    assert_eq!(said, [("waybill", "城管甲"), ("waybill", "城管甲")]);
}
