//! What every address has in common: problems, limits, keys, tags, pages, forms.

use std::collections::BTreeSet;

use axum::http::HeaderMap;

use super::*;
use crate::api::{Door, DoorLimits};
use crate::cases::ruling::Said;
use crate::store::{KeptAnswer, RequestMark};

/// What a request got.
struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl House {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Got { status, headers, body: text(response).await }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.city)
    }
}

#[tokio::test]
async fn whatever_is_refused_is_a_problem_in_two_languages_that_has_a_page() {
    let house = House::build().await;
    let bearer = house.bearer();
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let confirm = format!("/api/v1/clues/{id}/confirm");
    let json = ("content-type", "application/json");
    let signed = ("authorization", bearer.as_str());
    let long = format!("{{\"reason\":\"{}\"}}", "x".repeat(crate::api::headers::BODY_BYTES_MAX));
    for (method, path, headers, body, status, kind) in [
        ("GET", "/api/v1/nothing", vec![], "", 404, "not-found"),
        ("POST", "/api/v1/nothing", vec![], "", 404, "not-found"),
        ("DELETE", "/api/v1/clues", vec![signed], "", 405, "method-not-allowed"),
        ("GET", "/api/v1/clues", vec![], "", 401, "unauthorized"),
        ("GET", "/api/v1/clues?limit=x", vec![signed], "", 400, "bad-request"),
        ("GET", "/api/v1/clues?cursor=x", vec![signed], "", 400, "bad-request"),
        ("GET", "/api/v1/clues?format=pdf", vec![signed], "", 400, "bad-request"),
        ("GET", "/api/v1/clues", vec![signed, ("accept", "image/png")], "", 406, "not-acceptable"),
        ("POST", &confirm, vec![signed], "{}", 415, "unsupported-media-type"),
        ("POST", &confirm, vec![signed, json], "{", 400, "bad-request"),
        ("POST", &confirm, vec![signed, json], "{}", 422, "unprocessable"),
        ("POST", &confirm, vec![signed, json], &long, 413, "too-large"),
        ("GET", "/api/v1/trucks/%FF/track", vec![signed], "", 400, "bad-request"),
        ("POST", "/api/v1/feed/push/dead/x/resend", vec![signed], "", 403, "not-yours"),
        ("POST", "/api/v1/clues/x/confirm", vec![signed, json], "{\"reason\":\"r\"}", 404, "not-found"),
        ("POST", &confirm, vec![signed, json, ("idempotency-key", "a b")], "{}", 400, "bad-request"),
    ] {
        let got = house.send(method, path, &headers, body).await;
        let problem = got.json();
        assert_eq!(
            (got.status, got.header("content-type")),
            (status, "application/problem+json"),
            "{method} {path}: {}",
            got.body
        );
        assert_eq!(
            (&problem["type"], &problem["status"]),
            (&json!(format!("/problems/{kind}")), &json!(status)),
            "{problem}"
        );
        for member in ["title", "detail", "title_zh", "detail_zh"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        let page = house.send("GET", problem["type"].as_str().unwrap(), &[], "").await;
        assert_eq!(page.status, 200, "{problem}");
        assert!(page.header("content-type").starts_with("text/html"), "{problem}");
        assert!(page.body.contains(problem["type"].as_str().unwrap()) && !page.body.contains("<script"));
    }
    let refused = house.send("DELETE", "/api/v1/clues", &[signed], "").await;
    assert!(refused.header("allow").contains("GET"), "{:?}", refused.headers);
    let missing = house.send("POST", &confirm, &[signed, json], "{}").await.json();
    assert_eq!(missing["errors"][0]["member"], "reason", "{missing}");
    assert_eq!(missing["errors"][0]["zh"], "缺少此项", "{missing}");
}

#[tokio::test]
async fn every_kind_of_problem_has_a_page_and_the_list_leads_to_each() {
    let house = House::build().await;
    let list = house.send("GET", "/problems", &[], "").await;
    for kind in crate::api::problem::kinds::KINDS {
        assert!(list.body.contains(&format!("href=\"{}\"", kind.path)), "{}", kind.path);
        let page = house.send("GET", kind.path, &[], "").await;
        assert_eq!(page.status, 200, "{}", kind.path);
        assert!(page.body.contains(kind.title.1) && page.body.contains("lang=\"zh-CN\""), "{}", page.body);
    }
    assert_eq!(house.send("GET", "/problems/nonsense", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_panic_is_answered_and_counted() {
    let house = House::build().await;
    let fails =
        Router::new().route("/panic", axum::routing::get(async || -> &'static str { panic!("unforeseen") }));
    let router = crate::api::layers(fails, &house.api).with_state(house.api.clone());
    let response = router.oneshot(Request::get("/panic").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let said = text(response).await;
    assert!(!said.contains("unforeseen"), "{said}");
    let metrics = house.send("GET", "/metrics", &[], "").await;
    assert!(metrics.body.contains("mucktrail_request_panics_total 1"), "{}", metrics.body);
}

#[tokio::test]
async fn too_many_requests_are_refused_with_the_time_to_come_again() {
    let house = House::build().await;
    let mut api = house.api.clone();
    api.door = Door::new(&DoorLimits { person_per_minute: 5, address_per_minute: 3 });
    let house = House { router: router(api.clone()), api, ..house };
    let bearer = house.bearer();
    let signed = ("authorization", bearer.as_str());
    let first = house.send("GET", "/api/v1/session", &[signed], "").await;
    assert_eq!(
        (first.status, first.header("ratelimit-limit")),
        (200, "3"),
        "the first counts for the address"
    );
    for left in (0..5).rev() {
        let got = house.send("GET", "/api/v1/session", &[signed], "").await;
        assert_eq!((got.status, got.header("ratelimit-remaining")), (200, left.to_string().as_str()));
    }
    let refused = house.send("GET", "/api/v1/session", &[signed], "").await;
    assert_eq!((refused.status, refused.json()["type"].clone()), (429, json!("/problems/too-many-requests")));
    assert_eq!(refused.header("retry-after"), "12");
    // Nobody's requests count for the address, made-up tokens as well.
    let other = ("authorization", "Bearer made-up");
    let statuses = [
        house.send("GET", "/api/v1/blacklist", &[], "").await.status,
        house.send("GET", "/api/v1/session", &[other], "").await.status,
        house.send("GET", "/api/v1/session", &[other], "").await.status,
    ];
    assert_eq!(statuses, [200, 401, 429]);
    // What devices report through and who watches the service are not counted.
    assert_eq!(house.send("POST", "/api/v1/reports", &[], "").await.status, 401);
    let metrics = house.send("GET", "/metrics", &[], "").await;
    assert!(metrics.body.contains("mucktrail_requests_refused_total{who=\"person\"} 1"), "{}", metrics.body);
}

#[tokio::test]
async fn a_request_sent_again_under_its_key_is_done_once_and_answered_as_before() {
    let house = House::build().await;
    let bearer = house.bearer();
    let headers = |key: &'static str| {
        vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ]
    };
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let confirm = format!("/api/v1/clues/{id}/confirm");
    let body = "{\"reason\":\"核对无误\"}";
    let first = house.send("POST", &confirm, &headers("k1"), body).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, ""), "{}", first.body);
    let again = house.send("POST", &confirm, &headers("\"k1\""), body).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!((&again.body, again.header("content-type")), (&first.body, "application/json"));
    assert_eq!(house.api.store.ledger().await.unwrap().len(), 1);
    // Without the key it is a second decision.
    let signed = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    assert_eq!(house.send("POST", &confirm, &signed, body).await.status, 409);
    // The key for another body, or another address.
    let reused = house.send("POST", &confirm, &headers("k1"), "{\"reason\":\"other\"}").await;
    assert_eq!(
        (reused.status, reused.json()["type"].clone()),
        (422, json!("/problems/idempotency-key-reused"))
    );
    // Another person's key is another key.
    let police = format!("Bearer {}", house.police);
    let theirs =
        [("authorization", police.as_str()), ("content-type", "application/json"), ("idempotency-key", "k1")];
    assert_eq!(house.send("POST", &confirm, &theirs, body).await.json()["type"], "/problems/decided");
    // A refusal did nothing: the same key is judged anew.
    let second = house.clue("UW-01", 20, Some(USCC), json!({})).await;
    let path = format!("/api/v1/clues/{second}/confirm");
    assert_eq!(house.send("POST", &path, &headers("k2"), "{\"reason\":\" \"}").await.status, 422);
    assert_eq!(house.send("POST", &path, &headers("k2"), body).await.status, 200);
    let metrics = house.send("GET", "/metrics", &[], "").await;
    assert!(metrics.body.contains("mucktrail_requests_repeated_total 1"), "{}", metrics.body);
}

/// The fingerprint the service made of a request, read back from what it kept.
async fn fingerprint(house: &House, key: &str) -> [u8; 32] {
    house.api.store.known_request("城管甲", key, clock::now()).await.unwrap().unwrap().fingerprint
}

#[tokio::test]
async fn a_service_killed_between_deed_and_answer_does_it_once_and_says_where_to_look() {
    let house = House::build().await;
    let bearer = house.bearer();
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", "k")];
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let confirm = format!("/api/v1/clues/{id}/confirm");
    let body = "{\"reason\":\"r\"}";
    // Killed before the commit: the change is dropped, and with it the key.
    {
        let mark = RequestMark {
            person: "城管甲".into(),
            key: "k".into(),
            fingerprint: [0; 32],
            made: clock::now(),
        };
        let store = house.api.store.clone();
        mark.during(async {
            let mut change = store.change().await.unwrap();
            let draft = crate::store::AuditDraft {
                at: clock::now(),
                who: "城管甲".into(),
                what: "confirm",
                subject: id.to_string(),
                detail: String::new(),
            };
            change.add_audit(draft).await.unwrap();
        })
        .await;
    }
    assert_eq!(house.api.store.known_request("城管甲", "k", clock::now()).await.unwrap(), None);
    assert_eq!(house.send("POST", &confirm, &headers, body).await.status, 200);
    // Killed between the commit and the answer: the key is there, its answer is not.
    let second = house.clue("UW-01", 20, Some(USCC), json!({})).await;
    let other = format!("/api/v1/clues/{second}/confirm");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "k-lost"),
    ];
    let mark = RequestMark {
        person: "城管甲".into(),
        key: "k-lost".into(),
        fingerprint: request_fingerprint(&other, body),
        made: clock::now(),
    };
    let officer = Officer {
        name: "城管甲".into(),
        authority: Authority::CityManagement,
        role: Role::Enforcer,
        company: None,
    };
    let said = Said { reason: "r".into(), circumstances: vec![] };
    let deed = house.api.cases.decide(second, &officer, crate::cases::Outcome::Confirm, &said, clock::now());
    mark.during(deed).await.unwrap();
    let again = house.send("POST", &other, &headers, body).await;
    let problem = again.json();
    assert_eq!((again.status, &problem["type"]), (409, &json!("/problems/request-carried-out")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(&second.to_string()), "{problem}");
    assert_eq!(house.api.store.ledger().await.unwrap().len(), 2);
    assert_eq!(fingerprint(&house, "k").await, request_fingerprint(&confirm, body));
}

fn request_fingerprint(path: &str, body: &str) -> [u8; 32] {
    let request = Request::post(path).header("content-type", "application/json").body(()).unwrap();
    crate::api::idempotency::fingerprint(&request.into_parts().0, body.as_bytes())
}

#[tokio::test]
async fn a_key_whose_request_is_under_way_is_told_to_wait_and_a_large_answer_is_not_kept() {
    let house = House::build().await;
    let bearer = house.bearer();
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let path = format!("/api/v1/clues/{id}/confirm");
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", "k")];
    let under_way = house.api.door.begin("城管甲", "k").unwrap();
    let got = house.send("POST", &path, &headers, "{\"reason\":\"r\"}").await;
    assert_eq!((got.status, got.header("retry-after")), (409, "1"));
    assert_eq!(got.json()["type"], "/problems/request-in-progress");
    drop(under_way);
    let mark = RequestMark {
        person: "城管甲".into(),
        key: "k".into(),
        fingerprint: request_fingerprint(&path, "{\"reason\":\"r\"}"),
        made: clock::now(),
    };
    let mut change = house.api.store.change().await.unwrap();
    change.keep_answer(&mark, &KeptAnswer { status: 200, headers: vec![], body: None }).await.unwrap();
    change.commit().await.unwrap();
    let got = house.send("POST", &path, &headers, "{\"reason\":\"r\"}").await;
    assert_eq!(got.json()["type"], "/problems/request-carried-out");
}

#[tokio::test]
async fn what_one_has_already_is_not_sent_again() {
    let house = House::build().await;
    let bearer = house.bearer();
    let signed = ("authorization", bearer.as_str());
    let first = house.send("GET", "/api/v1/clues", &[signed], "").await;
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() == 34, "{etag}");
    assert_eq!(first.header("cache-control"), "no-store", "what is seen signed in stays out of every store");
    let same = house.send("GET", "/api/v1/clues", &[signed, ("if-none-match", &etag)], "").await;
    assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", etag.as_str()));
    house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let changed = house.send("GET", "/api/v1/clues", &[signed, ("if-none-match", &etag)], "").await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), etag);
    let public = house.send("GET", "/api/v1/openapi.json", &[], "").await;
    assert_eq!((public.status, public.header("cache-control")), (200, "no-cache"));
}

#[tokio::test]
async fn a_list_is_gone_through_by_its_link_while_new_things_come_in() {
    let house = House::build().await;
    let bearer = house.bearer();
    let signed = ("authorization", bearer.as_str());
    let mut expected = BTreeSet::new();
    for minutes in 10..17 {
        expected.insert(house.clue("UW-01", minutes, Some(USCC), json!({})).await.to_string());
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/clues?limit=3&state=all".to_owned();
    for page in 0.. {
        assert!(page < 5, "the list has no end: {seen:?}");
        let got = house.send("GET", &path, &[signed], "").await;
        let answer = got.json();
        seen.extend(
            answer["clues"].as_array().unwrap().iter().map(|clue| clue["id"].as_str().unwrap().to_owned()),
        );
        // A newer one is on a page that was given already.
        house.clue("UW-01", page, Some(USCC), json!({})).await;
        let link = got.header("link");
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.split('>').next()) else {
            assert_eq!(answer["next_cursor"], Value::Null);
            break;
        };
        assert!(
            link.ends_with("rel=\"next\"") && next.contains(answer["next_cursor"].as_str().unwrap()),
            "{link}"
        );
        path = next.to_owned();
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn clues_are_found_by_everything_officers_look_for() {
    let house = House::build().await;
    let bearer = house.bearer();
    house.clue("UW-01", 10, Some(USCC), json!({})).await;
    house.clue("TR-02", 20, Some(USCC), json!({ "band": "b" })).await;
    house.clue("DP-01", 30, None, json!({})).await;
    let at = |minutes: i64| clock::now().plus_seconds(-60 * minutes).to_string().replace('+', "%2B");
    for (query, rules) in [
        (String::new(), vec!["UW-01", "TR-02b", "DP-01"]),
        ("rule=UW-01".into(), vec!["UW-01"]),
        ("rule=TR-02".into(), vec!["TR-02b"]),
        ("rule=TR-02b".into(), vec!["TR-02b"]),
        ("rule=TR-02a".into(), vec![]),
        ("authority=police".into(), vec!["TR-02b"]),
        ("authority=police&rule=UW-01".into(), vec![]),
        (format!("uscc={USCC}"), vec!["UW-01", "TR-02b"]),
        ("plate=%E8%B1%ABA12345".into(), vec!["UW-01", "TR-02b", "DP-01"]),
        ("plate=%E8%B1%ABA99999".into(), vec![]),
        (format!("from={}", at(15)), vec!["UW-01"]),
        (format!("to={}", at(15)), vec!["TR-02b", "DP-01"]),
        ("area=nowhere".into(), vec![]),
        ("state=confirmed".into(), vec![]),
    ] {
        let got =
            house.send("GET", &format!("/api/v1/clues?{query}"), &[("authorization", &bearer)], "").await;
        let answer = got.json();
        let found: Vec<&str> =
            answer["clues"].as_array().unwrap().iter().map(|clue| clue["rule"].as_str().unwrap()).collect();
        assert_eq!(found, rules, "{query}: {answer}");
    }
}

#[tokio::test]
async fn tables_come_as_csv_and_workbooks_and_places_as_geojson() {
    let house = House::build().await;
    let bearer = house.bearer();
    let signed = ("authorization", bearer.as_str());
    house.clue("UW-01", 10, Some(USCC), json!({})).await;
    for list in ["clues", "trucks", "carriers", "cases", "waybills"] {
        let csv = house.send("GET", &format!("/api/v1/{list}"), &[signed, ("accept", "text/csv")], "").await;
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"), "{list}");
        assert!(csv.body.starts_with('\u{feff}') && csv.body.contains("\r\n"), "{list}: {}", csv.body);
        assert!(csv.header("content-disposition").contains(list), "{:?}", csv.headers);
        let path = format!("/api/v1/{list}?format=xlsx");
        let book = house.ask("GET", &path, Some(&house.city), None).await;
        let bytes = book.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.starts_with(b"PK\x03\x04"), "{list} is no workbook");
    }
    let csv = house.send("GET", "/api/v1/carriers?format=csv", &[signed], "").await;
    assert!(csv.body.contains("<甲>清运"), "{}", csv.body);
    let map = house.send("GET", "/api/v1/clues?format=geojson", &[signed], "").await;
    assert_eq!(map.header("content-type"), "application/geo+json");
    assert_eq!(map.json()["features"][0]["geometry"]["coordinates"], json!([113.4, 34.5]));
    let trucks = house.send("GET", "/api/v1/trucks?format=geojson", &[signed], "").await.json();
    assert_eq!(trucks["type"], "FeatureCollection");
}

#[tokio::test]
async fn events_after_a_restart_begin_with_resync() {
    let house = House::build().await;
    let bearer = house.bearer();
    let ask = async |house: &House, last: &str| {
        let request = Request::get("/api/v1/events")
            .header("authorization", &bearer)
            .header("last-event-id", last)
            .body(Body::empty());
        let response = house.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut body = response.into_body().into_data_stream();
        String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap()
    };
    house.api.live.bulletin.publish("clue", &1);
    house.api.live.bulletin.publish("clue", &2);
    let missed = house.api.live.bulletin.subscribe(Some("1-1")).missed;
    assert_eq!(missed[0].kind, "resync", "an id of another run is not of this one");
    let first = missed[0].id.replace("-2", "-1");
    let resumed = ask(&house, &first).await;
    assert!(resumed.contains("event: clue") && resumed.contains("data: 2"), "{resumed}");
    // The service starts anew on the same data: its events are others, whatever their numbers.
    let registers = house.api.live.registers.clone();
    let catalogue = Arc::clone(&house.api.live.catalogue);
    let mut api = house.api.clone();
    api.live = Live::new(registers, catalogue, clock::now().plus_seconds(1));
    api.live.bulletin.publish("clue", &3);
    let restarted = House { router: router(api.clone()), api, ..house };
    let told = ask(&restarted, &first).await;
    assert!(told.contains("event: resync"), "{told}");
}
