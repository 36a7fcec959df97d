//! Rankings over HTTP: companies and areas of the present month, with exposure and data quality.

use super::*;
use crate::waybill::{Mark, SiteReading};
use domain::{Area, Energy, Haul, HaulId, HaulState, Ring, Site, SiteKind, SiteTerms};

const OTHER: &str = "91410183MA40000010";

/// The company's battery truck hauls from a source in 东街; another company has no truck; 西街 has a source without hauls.
fn city() -> Registry {
    let mut city = registry();
    let other: domain::Uscc = OTHER.parse().unwrap();
    let carrier = Carrier { uscc: other.clone(), name: "=乙".into(), status: CarrierStatus::Active };
    city.carriers.insert(other, carrier);
    let at = |e: f64, n: f64| Position::from_degrees(34.5, 113.4).unwrap().offset_m(e, n);
    for (id, kind, district) in
        [("A", SiteKind::Source, "东街"), ("B", SiteKind::Source, "西街"), ("S", SiteKind::Disposal, "东街")]
    {
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
        let terms =
            SiteTerms { district: Some(district.parse().unwrap()), capacity_l: None, filled_before_l: 0 };
        city.site_terms.insert(site.id.clone(), terms);
        city.sites.insert(site.id.clone(), site);
    }
    city.trucks.values_mut().for_each(|truck| truck.energy = Some(Energy::Battery));
    city
}

/// `count` hauls of today, a minute apart from midnight on, the first of them seen at both gates.
async fn haul(house: &House, count: i64) -> Vec<Haul> {
    let midnight = Timestamp::start_of_local_day(clock::now().local_date());
    let hauls: Vec<Haul> = (0..count)
        .map(|minute| {
            let departed = midnight.plus_seconds(60 * minute);
            Haul {
                id: HaulId::of_facts(&[&departed.millis().to_be_bytes()]),
                plate: "豫A12345".parse().unwrap(),
                source: Some("A".parse().unwrap()),
                departed,
                sink: Some("S".parse().unwrap()),
                unloaded: Some(departed.plus_seconds(30)),
                permit: None,
                leg: None,
                distance_km: 5.125,
                state: HaulState::Delivered,
            }
        })
        .collect();
    let reading = |site: &str, mark, after_s| SiteReading {
        plate: "豫A12345".parse().unwrap(),
        site: site.parse().unwrap(),
        mark,
        first: midnight.plus_seconds(after_s),
        last: midnight.plus_seconds(after_s),
    };
    let mut change = house.api.store.change().await.unwrap();
    for haul in &hauls {
        change.put_hauls(&[(haul, 16_000)]).await.unwrap();
    }
    let readings = [reading("A", Mark::GateOut, 0), reading("S", Mark::GateIn, 25)];
    change.put_site_readings(&readings).await.unwrap();
    change.commit().await.unwrap();
    hauls
}

#[tokio::test]
async fn companies_are_ranked_with_what_they_did_and_thin_ones_stand_apart() {
    let house = House::build_with(city()).await;
    haul(&house, 20).await;
    let (status, ranking) = house.json("GET", "/api/v1/rankings", Some(&house.auditor), None).await;
    assert_eq!(status, 200, "{ranking}");
    let row = &ranking["ranked"][0];
    assert_eq!((&row["rank"], &row["key"], &row["value_cp"]), (&json!(1), &json!(USCC), &json!(10_000)));
    assert_eq!(
        (&row["hauls"], &row["metres"], &row["clean_e4"]),
        (&json!(20), &json!(102_500), &json!(10_000))
    );
    assert_eq!((&row["trucks"], &row["online_e4"]), (&json!(1), &json!(0)), "{ranking}");
    assert!(row["paired_e4"].as_u64().is_some_and(|share| share > 0), "{ranking}");
    assert_eq!(row["risk"]["thin"], "few_trips");
    let thin = &ranking["not_rated"][0];
    assert_eq!(
        (&thin["key"], &thin["rank"], &thin["not_rated"]),
        (&json!(OTHER), &Value::Null, &json!("trips"))
    );
    assert_eq!(ranking["is_over"], false);
    let lines = house.ask("GET", "/api/v1/rankings?format=csv", Some(&house.city), None).await;
    assert!(text(lines).await.contains(",'=乙,"));
    let book = house.ask("GET", "/api/v1/rankings?format=xlsx", Some(&house.city), None).await;
    let bytes = book.into_body().collect().await.unwrap().to_bytes();
    assert!(bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn a_statement_rests_on_the_hauls_of_the_year_and_the_data_of_the_last_days() {
    let house = House::build_with(city()).await;
    haul(&house, 20).await;
    let path = format!("/api/v1/carriers/{USCC}/statement");
    let (_, statement) = house.json("GET", &path, Some(&house.auditor), None).await;
    // The hauls are of today: one that is still to depart by the clock is not of the year so far.
    let trips = statement["basis"]["trips"].as_u64().unwrap();
    let minutes =
        clock::now().millis_since(Timestamp::start_of_local_day(clock::now().local_date())) / 60_000;
    assert!(trips == 20 || (minutes < 20 && trips < 20), "{statement}");
    assert!(statement["basis"]["quality"]["paired_tickets_permille"].as_u64().is_some_and(|share| share > 0));
}

#[tokio::test]
async fn areas_are_ranked_by_what_was_decided_about_hauls_from_them() {
    let house = House::build_with(city()).await;
    let hauls = haul(&house, 25).await;
    let start = hauls[3].departed;
    let violation = Violation {
        id: ViolationId::of_facts(&[b"area"]),
        rule: "UW-01".parse().unwrap(),
        plate: "豫A12345".parse().unwrap(),
        carrier_uscc: Some(USCC.parse().unwrap()),
        permit: None,
        trip: Some(hauls[3].id),
        start,
        end: start.plus_seconds(30),
        position: Position::from_degrees(34.5, 113.4).unwrap(),
        facts: BTreeMap::new(),
    };
    let update = findings::holds(None, &violation, clock::now()).unwrap();
    let mut change = house.api.store.change().await.unwrap();
    change.put_clue(&update.clue).await.unwrap();
    change.add_clue_event(violation.id, &update.event.unwrap()).await.unwrap();
    change.commit().await.unwrap();
    let (status, answer) = house.decide(violation.id, "confirm", &house.city, "核对无误").await;
    assert_eq!(status, 200, "{answer}");
    let (_, ranking) = house.json("GET", "/api/v1/rankings?by=area", Some(&house.auditor), None).await;
    let row = &ranking["ranked"][0];
    // 20.00 over 25 hauls are 80.00 a hundred.
    assert_eq!(
        (&row["key"], &row["value_cp"], &row["hauls"]),
        (&json!("东街"), &json!(8_000), &json!(25)),
        "{ranking}"
    );
    assert_eq!((&row["deductions"], &row["trucks"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&ranking["not_rated"][0]["key"], ranking["ranked"].as_array().unwrap().len()),
        (&json!("西街"), 1)
    );
}

#[tokio::test]
async fn a_ranking_that_cannot_be_given_is_refused_in_words() {
    let house = House::build().await;
    for (query, token, expected) in [
        ("", None, 401),
        ("?by=street", Some(&house.city), 400),
        ("?format=pdf", Some(&house.city), 400),
        ("?period=2026", Some(&house.city), 422),
        ("?period=2026-W54", Some(&house.city), 422),
        ("?period=9000-01", Some(&house.city), 422),
        ("?period=2020-02", Some(&house.city), 200),
    ] {
        let path = format!("/api/v1/rankings{query}");
        let (status, answer) = house.json("GET", &path, token.map(String::as_str), None).await;
        assert_eq!(status, expected, "{query}: {answer}");
    }
}
