//! A truck's history as programs ask for it.

use axum::http::header;
use domain::report::Content;
use domain::{FixKind, FixReport, Load, Position, ReaderSighting, Report, Speed, Timestamp, WeighTicket};
use serde_json::{Value, json};

use super::{House, registry, text};

const PLATE: &str = "豫A12345";
const PATH: &str = "/api/v1/trucks/%E8%B1%ABA12345/history";
const DAY: &str = "from=2026-11-20T00:00:00%2B08:00&to=2026-11-20T23:59:59%2B08:00";

fn at(second: i64) -> Timestamp {
    "2026-11-20T08:00:00+08:00".parse::<Timestamp>().unwrap().plus_seconds(second)
}

/// A straight road east, a fix each 10 s; loaded from the 20th on.
fn fix(i: i64) -> Report {
    let place = Position::from_degrees(34.5, 113.4).unwrap().offset_m(i as f64 * 100.0, 0.0);
    let mut fix = FixReport::bare(PLATE.parse().unwrap(), place, FixKind::D3);
    fix.speed = Speed::from_kmh(36.0);
    fix.load = if i < 20 { Load::Empty } else { Load::Full };
    Report { time: at(i * 10), content: Content::Fix(fix), received: None }
}

async fn house() -> House {
    let mut registry = registry();
    for truck in registry.trucks.values_mut() {
        truck.epc = Some("30751FEB705C5904E3D50D70".parse().unwrap());
    }
    let house = House::build_with(registry).await;
    let mut reports: Vec<Report> = (0..40).map(fix).collect();
    let ticket = WeighTicket { site: "S1".parse().unwrap(), plate: PLATE.parse().unwrap(), gross_kg: 31_250 };
    reports.push(Report { time: at(5), content: Content::Weigh(ticket), received: None });
    let seen = ReaderSighting {
        reader: "R1".parse().unwrap(),
        epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
        rssi_dbm: Some(-50),
    };
    reports.push(Report { time: at(2), content: Content::AtReader(seen), received: None });
    house.api.log.append(reports).await.unwrap();
    house
}

#[tokio::test]
async fn a_truck_day_is_given_whole_thinned_and_in_three_forms() {
    let house = house().await;
    let ask = async |question: &str| {
        house.json("GET", &format!("{PATH}?{DAY}{question}"), Some(&house.city), None).await
    };
    let (status, whole) = ask("").await;
    assert_eq!(status, 200, "{whole}");
    assert_eq!((whole["points"].as_array().unwrap().len(), &whole["truncated"]), (40, &json!(false)));
    assert_eq!(whole["points"][0]["speed_kmh"], json!(36));
    assert_eq!(whole["events"], Value::Null);

    // The two ends and both sides of the change of load.
    let (_, thinned) = ask("&simplify_m=5&fields=load,events").await;
    let loads: Vec<&str> =
        thinned["points"].as_array().unwrap().iter().map(|p| p["load"].as_str().unwrap()).collect();
    assert_eq!(loads, ["empty", "empty", "full", "full"]);
    assert_eq!((&thinned["fixes"], &thinned["points"][0]["speed_kmh"]), (&json!(40), &Value::Null));
    let events = thinned["events"].as_array().unwrap();
    assert_eq!(events.len(), 2, "the tag at a fixed reader and the ticket: {thinned}");
    assert_eq!((&events[0]["reader"], &events[1]["gross_t"]), (&json!("R1"), &json!(31.25)));

    let (_, line) = ask("&format=geojson&simplify_m=5").await;
    assert_eq!(line["features"][0]["geometry"]["coordinates"].as_array().unwrap().len(), 4);

    let path = format!("{PATH}?{DAY}&format=csv&fields=load");
    let response = house.ask("GET", &path, Some(&house.auditor), None).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let csv = text(response).await;
    assert_eq!(csv.lines().count(), 41);
    assert!(csv.starts_with("time,lat,lon,load\r\n2026-11-20T08:00:00+08:00,34.5,113.4,empty\r\n"), "{csv}");
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_a_sentence() {
    let house = house().await;
    for (path, token, expected) in [
        (format!("{PATH}?{DAY}"), None, 401),
        (format!("/api/v1/trucks/nobody/history?{DAY}"), Some(&house.city), 404),
        (format!("{PATH}?from=yesterday"), Some(&house.city), 400),
        (format!("{PATH}?simplify_m=wide"), Some(&house.city), 400),
        (format!("{PATH}?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z"), Some(&house.city), 422),
        (format!("{PATH}?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z"), Some(&house.city), 422),
        (format!("{PATH}?{DAY}&fields=colour"), Some(&house.city), 422),
        (format!("{PATH}?{DAY}&format=gpx"), Some(&house.city), 422),
        (format!("{PATH}?{DAY}&format=csv&fields=events"), Some(&house.city), 422),
        (format!("{PATH}?{DAY}&simplify_m=0"), Some(&house.city), 422),
        (format!("{PATH}?{DAY}&simplify_m=NaN"), Some(&house.city), 422),
    ] {
        let (status, answer) = house.json("GET", &path, token.map(String::as_str), None).await;
        assert_eq!(status, expected, "{path}: {answer}");
        assert!(answer["detail_zh"].as_str().is_some_and(|detail| !detail.is_empty()), "{answer}");
    }
    // A truck nobody heard of has an empty history.
    let (status, answer) = house
        .json("GET", &format!("/api/v1/trucks/%E8%B1%ABA99999/history?{DAY}"), Some(&house.city), None)
        .await;
    assert_eq!((status, &answer["points"]), (200, &json!([])));
}
