//! What offices read: statistics of a period, how a company stands, the rules.

use super::*;

#[tokio::test]
async fn statistics_count_what_was_decided_by_company_area_and_rule() {
    let house = House::build().await;
    let haulage = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let second = house.clue("UW-01", 20, Some(USCC), json!({})).await;
    house.clue("TR-02", 30, None, json!({})).await;
    house.decide(haulage, "confirm", &house.city, "属实").await;
    house.decide(second, "reject", &house.city, "误报").await;
    // Acts of a few minutes ago may lie on yesterday.
    let yesterday = domain::time::date_plus_days(clock::now().local_date(), -1);
    let ask = async |query: &str| {
        let path = format!("/api/v1/statistics?from={yesterday}&{query}");
        house.json("GET", &path, Some(&house.auditor), None).await
    };
    let (status, by_rule) = ask("by=rule").await;
    assert_eq!(status, 200, "{by_rule}");
    let row = &by_rule["rows"][0];
    assert_eq!(
        (&row["key"], &row["clues"], &row["confirmed"], &row["rejected"], &row["pending"]),
        (&json!("UW-01"), &json!(2), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(row["points_centi"], json!(2_000));
    assert_eq!(by_rule["total"]["clues"], json!(3));
    assert_eq!(by_rule["days"].as_array().unwrap().len(), 2);
    assert_eq!(by_rule["days"][1]["data"], json!("none"), "no truck reported");
    let (_, by_carrier) = ask("by=carrier&rule=UW-01").await;
    assert_eq!(by_carrier["rows"][0]["name"], json!("<甲>清运"));
    assert_eq!(by_carrier["rows"].as_array().unwrap().len(), 1);
    let (_, nobody) = ask(&format!("by=area&carrier={USCC}&area=x")).await;
    assert_eq!((&nobody["rows"], &nobody["total"]["clues"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn statistics_are_given_as_tables_and_impossible_periods_refused() {
    let house = House::build().await;
    let path = "/api/v1/statistics?by=rule&daily=true&format=csv";
    let csv = text(house.ask("GET", path, Some(&house.city), None).await).await;
    assert!(csv.starts_with('\u{FEFF}') && csv.contains("day") && csv.contains("points"), "{csv}");
    let xlsx = house.ask("GET", "/api/v1/statistics?format=xlsx", Some(&house.city), None).await;
    assert!(xlsx.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().contains(".xlsx"));
    for (query, expected) in [
        ("from=2026-02-01&to=2026-01-01", 422),
        ("from=2025-01-01&to=2026-11-01", 422),
        ("from=2025-01-01&to=2026-01-01", 200),
        ("from=nonsense", 400),
        ("by=truck", 400),
    ] {
        let (status, answer) =
            house.json("GET", &format!("/api/v1/statistics?{query}"), Some(&house.city), None).await;
        assert_eq!(status, expected, "{query}: {answer}");
    }
    assert_eq!(house.ask("GET", "/api/v1/statistics", None, None).await.status(), 401);
}

#[tokio::test]
async fn a_company_sees_how_it_stands_and_no_other_does() {
    let house = House::build().await;
    let own = house.person("企业丁", Authority::CityManagement, Role::Carrier, Some(USCC)).await;
    let other =
        house.person("企业戊", Authority::CityManagement, Role::Carrier, Some("91410183MA40000029")).await;
    let path = format!("/api/v1/carriers/{USCC}/standing");
    let (status, standing) = house.json("GET", &path, Some(&own), None).await;
    assert_eq!(status, 200, "{standing}");
    // No haul was made: too little to rate, and no rank.
    assert_eq!(
        (&standing["rated"], &standing["not_rated_because"], &standing["rank"], &standing["rated_companies"]),
        (&json!(false), &json!("trips"), &Value::Null, &json!(0))
    );
    let trend = standing["trend"].as_array().unwrap();
    assert_eq!(trend[0]["score_centi"], json!(10_000));
    assert!(trend.len() >= 2);
    house.enter("UW-01", "2026-11-03", "2026-11-05").await;
    let (_, standing) = house.json("GET", &path, Some(&house.city), None).await;
    let last = standing["trend"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["score_centi"], json!(house.score_cp().await));
    assert_eq!(house.json("GET", &path, Some(&other), None).await.0, 404);
    assert_eq!(house.json("GET", &path, None, None).await.0, 401);
}

#[tokio::test]
async fn anyone_reads_every_rule_with_its_points_and_law() {
    let house = House::build().await;
    let (status, answer) = house.json("GET", "/api/v1/rules", None, None).await;
    assert_eq!(status, 200);
    let rules = answer["rules"].as_array().unwrap();
    assert_eq!(rules.len(), house.api.live.catalogue.rules().count());
    for rule in rules {
        for member in ["code", "name_zh", "name_en", "class", "severity", "repeat", "valid_from", "authority"]
        {
            assert!(rule[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {rule}");
        }
        assert!(!rule["legal_basis"].as_array().unwrap().is_empty(), "{rule}");
    }
    let haulage = rules.iter().find(|rule| rule["code"] == "UW-01").unwrap();
    assert_eq!(haulage["base_centi"], json!(2_000));
}
