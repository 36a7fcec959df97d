//! Statements over HTTP, in every form.

use super::*;

async fn bytes(response: Response) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn a_statement_is_given_as_json_page_lines_and_workbook() {
    let house = House::build().await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    house.decide(id, "confirm", &house.city, "核对无误").await;
    let path = format!("/api/v1/carriers/{USCC}/statement");
    let (status, statement) = house.json("GET", &path, Some(&house.auditor), None).await;
    assert_eq!(status, 200);
    assert_eq!(statement["rating"], json!({ "not_rated": { "because": "trips" } }), "no haul was seen");
    assert_eq!(
        (&statement["basis"]["trips"], &statement["basis"]["quality"]),
        (&json!(0), &json!({ "online_permille": 0, "paired_tickets_permille": null }))
    );
    let line = &statement["lines"][0];
    assert_eq!((&statement["score_cp"], &line["rule"]), (&json!(8_000), &json!("UW-01")));
    assert_eq!((&line["with_cp"], &line["without_cp"]), (&json!(8_000), &json!(10_000)));
    let year = clock::now().local().format("%Y").to_string();
    let ask = async |query: &str| house.ask("GET", &format!("{path}?{query}"), Some(&house.city), None).await;
    let page = ask("format=html").await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let page = text(page).await;
    assert!(page.contains("&lt;甲&gt;清运") && page.contains("未经核准运输建筑垃圾"), "{page}");
    let lines = ask("format=csv").await;
    let expected = format!("attachment; filename=\"statement-{USCC}-{year}.csv\"");
    assert_eq!(lines.headers()[header::CONTENT_DISPOSITION], expected);
    assert!(text(lines).await.contains(",80.00,100.00\r\n"));
    let book = ask("format=xlsx").await;
    assert!(book.headers()[header::CONTENT_TYPE].to_str().unwrap().ends_with("spreadsheetml.sheet"));
    assert_eq!(&bytes(book).await[..2], b"PK");
    let (_, before) = house.json("GET", &format!("{path}?cycle=2020"), Some(&house.city), None).await;
    assert_eq!((&before["score_cp"], &before["lines"]), (&json!(10_000), &json!([])));
    let (_, plain) = house.json("GET", &format!("{path}?profile=zz92_plain"), Some(&house.city), None).await;
    assert_eq!(plain["profile"], "zz92_plain");
}

#[tokio::test]
async fn a_statement_that_cannot_be_given_is_refused_in_words() {
    let house = House::build().await;
    let of = |uscc: &str, query: &str| format!("/api/v1/carriers/{uscc}/statement{query}");
    for (path, token, expected) in [
        (of(USCC, ""), None, 401),
        (of("x", ""), Some(&house.city), 404),
        (of("91410183MA40000010", ""), Some(&house.city), 404),
        (of(USCC, "?format=pdf"), Some(&house.city), 400),
        (of(USCC, "?cycle=26"), Some(&house.city), 422),
        (of(USCC, "?profile=best"), Some(&house.city), 422),
        (of(USCC, "?format=json"), Some(&house.city), 200),
    ] {
        let (status, answer) = house.json("GET", &path, token.map(String::as_str), None).await;
        assert_eq!(status, expected, "{path}: {answer}");
        if expected >= 400 {
            assert!(answer["detail_zh"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_companys_person_sees_the_own_statement_and_no_ranking() {
    let house = House::build_with(registry()).await;
    let person = |uscc: &str| Officer {
        name: format!("企业{uscc}"),
        authority: Authority::CityManagement,
        role: Role::Carrier,
        company: Some(uscc.parse().unwrap()),
    };
    let path = format!("/api/v1/carriers/{USCC}/statement");
    for (uscc, path, expected) in [
        (USCC, path.as_str(), 200),
        ("91410183MA40000010", path.as_str(), 404),
        ("91410183MA40000029", "/api/v1/rankings", 403),
    ] {
        let token = officers::add(&house.api.store, person(uscc), "test", clock::now()).await.unwrap();
        let (status, answer) = house.json("GET", path, Some(&token), None).await;
        assert_eq!(status, expected, "{uscc} {path}: {answer}");
    }
}
