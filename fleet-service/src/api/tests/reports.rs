//! Reports handed over by other platforms, down to the report log.

use domain::Report;

use super::*;
use crate::handover::{REQUEST_BYTES_MAX, REQUEST_REPORTS_MAX, REQUESTS_AT_ONCE_MAX, binary, tokens};

const FIX: &str = r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T16:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#;
const TICKET: &str =
    r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#;
const NDJSON: &str = "application/x-ndjson";

struct Office {
    house: House,
    id: u64,
    token: String,
}

impl Office {
    async fn build() -> Self {
        let house = House::build().await;
        let (id, token) = tokens::add(&house.api.store, "旧平台", "test", clock::now()).await.unwrap();
        Self { house, id, token }
    }

    async fn send(&self, kind: &str, body: impl Into<Body>) -> Response {
        let request = Request::post("/api/v1/reports")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, kind)
            .body(body.into())
            .unwrap();
        self.house.router.clone().oneshot(request).await.unwrap()
    }

    /// What is answered: stored, duplicate, rejected.
    async fn counts(&self, kind: &str, body: impl Into<Body>) -> [u64; 3] {
        let response = self.send(kind, body).await;
        assert_eq!(response.status(), StatusCode::OK);
        let answer: Value = serde_json::from_str(&text(response).await).unwrap();
        ["stored", "duplicate", "rejected"].map(|member| answer[member].as_u64().unwrap())
    }

    async fn logged(&self) -> Vec<Report> {
        let batches = self.house.api.log.read_from(0).await.unwrap();
        batches.into_iter().flat_map(|(_, reports)| reports).collect()
    }
}

#[tokio::test]
async fn what_a_platform_hands_over_is_in_the_log_once_when_it_is_answered() {
    let office = Office::build().await;
    let response = office.send(NDJSON, format!("{FIX}\n{TICKET}\nnonsense\n{FIX}\n")).await;
    let answer: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        (&answer["stored"], &answer["duplicate"], &answer["rejected"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let rejection = &answer["rejections"][0];
    assert_eq!((&rejection["line"], &rejection["code"]), (&json!(3), &json!("not_json")));
    assert!(rejection["detail_zh"].as_str().unwrap().contains("JSON"));
    let logged = office.logged().await;
    assert_eq!(logged.len(), 2);
    assert!(logged.iter().all(|report| report.received.is_some()));
    // The whole again in the compact form, with one more.
    let mut reports: Vec<Report> =
        [FIX, TICKET].iter().map(|line| domain::report_line::parse_line(line).unwrap()).collect();
    reports.push(domain::report_line::parse_line(&FIX.replace("34.5", "34.6")).unwrap());
    let body = binary::write(&reports).unwrap();
    assert_eq!(office.counts(binary::CONTENT_TYPE, body).await, [1, 2, 0]);
    assert_eq!(office.logged().await.len(), 3);
    let metrics = text(office.house.ask("GET", "/metrics", None, None).await).await;
    for line in [
        "mucktrail_handover_total{what=\"requests\"} 2",
        "mucktrail_handover_total{what=\"reports_stored\"} 3",
        "mucktrail_handover_total{what=\"reports_duplicate\"} 3",
        "mucktrail_handover_total{what=\"reports_rejected\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn a_receipt_time_of_the_other_platform_is_kept_unless_it_is_still_to_come() {
    let office = Office::build().await;
    let received = |at: &str| FIX.replace('}', &format!(",\"received\":\"{at}\"}}"));
    office.counts(NDJSON, received("2026-01-01T00:00:00+08:00")).await;
    office.counts(NDJSON, received("2999-01-01T00:00:00+08:00").replace("34.5", "34.6")).await;
    let logged = office.logged().await;
    assert_eq!(logged[0].received.unwrap().to_string(), "2026-01-01T00:00:00+08:00");
    assert!(logged[1].received.unwrap() <= clock::now());
}

#[tokio::test]
async fn only_a_platform_token_that_holds_is_let_in_and_it_opens_nothing_else() {
    let mut office = Office::build().await;
    let held = std::mem::take(&mut office.token);
    for token in [String::new(), "A".repeat(43), office.house.city.clone()] {
        office.token = token;
        let response = office.send(NDJSON, FIX).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    office.token = held;
    assert_eq!(office.counts(NDJSON, FIX).await, [1, 0, 0]);
    assert_eq!(office.house.json("GET", "/api/v1/clues", Some(&office.token), None).await.0, 401);
    assert_eq!(office.house.json("POST", "/api/v1/site-reports", Some(&office.token), None).await.0, 401);
    let store = office.house.api.store.clone();
    tokens::revoke(&store, office.id, "test", clock::now()).await.unwrap();
    assert_eq!(office.send(NDJSON, FIX).await.status(), StatusCode::UNAUTHORIZED);
    let error = tokens::revoke(&store, office.id, "test", clock::now()).await.unwrap_err();
    assert!(error.to_string().contains("no platform token 1 holds"), "{error}");
    assert!(tokens::add(&store, " ", "test", clock::now()).await.is_err());
    let acts: Vec<_> = store.audit_after(3, 100).await.unwrap().into_iter().map(|e| e.what).collect();
    assert_eq!(acts, ["add platform token", "revoke platform token"]);
    let listed = store.platform_tokens().await.unwrap();
    assert!(listed[0].revoked.is_some() && listed[0].name == "旧平台", "{listed:?}");
}

#[tokio::test]
async fn every_limit_of_a_handover_is_answered_as_a_problem_and_counted() {
    let office = Office::build().await;
    let long = " ".repeat(REQUEST_BYTES_MAX + 1);
    let many = "{}\n".repeat(REQUEST_REPORTS_MAX + 1);
    for (kind, body, status) in [
        (NDJSON, long.as_str(), 413),
        (NDJSON, &many, 413),
        (binary::CONTENT_TYPE, "MTR9", 400),
        ("application/json", FIX, 415),
    ] {
        let response = office.send(kind, body.to_owned()).await;
        assert_eq!(response.status().as_u16(), status);
        let problem: Value = serde_json::from_str(&text(response).await).unwrap();
        assert!(problem["detail_zh"].as_str().is_some_and(|t| !t.is_empty()), "{problem}");
    }
    assert_eq!(office.logged().await.len(), 0);
    assert_eq!(office.counts(NDJSON, long[1..].to_owned()).await, [0, 0, 0]);
    let places: Vec<_> =
        (0..REQUESTS_AT_ONCE_MAX).map(|_| office.house.api.handover.admit().unwrap()).collect();
    let busy = office.send(NDJSON, FIX).await;
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
    drop(places);
    assert_eq!(office.counts(NDJSON, FIX).await, [1, 0, 0]);
    let metrics = text(office.house.ask("GET", "/metrics", None, None).await).await;
    for (what, count) in [("requests_too_large", 2), ("requests_unreadable", 2), ("requests_busy", 1)] {
        let line = format!("mucktrail_handover_total{{what=\"{what}\"}} {count}");
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
}
