//! Gate readers and weighbridges over HTTP, down to the report log.

use std::collections::BTreeMap;

use domain::report::Content;
use domain::{Area, Reader, ReaderRole, Report, Ring, Site, SiteKind};

use super::*;
use crate::registry::RegistryFiles;
use crate::site_devices::{REQUEST_BYTES_MAX, REQUEST_LINES_MAX, REQUESTS_PER_MINUTE, tokens};

const READ: &str = r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB"}"#;
const TICKET: &str =
    r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#;

fn with_a_site() -> Registry {
    let corner = |lat, lon| Position::from_degrees(lat, lon).unwrap();
    let ring = vec![corner(34.5, 113.4), corner(34.5, 113.41), corner(34.51, 113.4)];
    let site = Site {
        id: "S1".parse().unwrap(),
        name: "工地一".into(),
        kind: SiteKind::Source,
        area: Area::from_ring(Ring::from_points(ring).unwrap()),
        wash_required: false,
        open_from: None,
        open_to: None,
        carrier: None,
    };
    let reader = Reader {
        id: "R1".parse().unwrap(),
        site: site.id.clone(),
        role: ReaderRole::GateOut,
        position: corner(34.5, 113.4),
    };
    Registry {
        sites: BTreeMap::from([(site.id.clone(), site)]),
        readers: BTreeMap::from([(reader.id.clone(), reader)]),
        ..registry()
    }
}

/// The registers as `import` stores them: giving out a token asks the store, not the running service.
async fn import(house: &House) {
    let collection = |features: Value| {
        json!({ "type": "FeatureCollection", "datum": "WGS84", "features": features }).to_string()
    };
    let ring = json!([[[113.4, 34.5], [113.41, 34.5], [113.4, 34.51], [113.4, 34.5]]]);
    let site = json!({
        "type": "Feature",
        "properties": { "id": "S1", "name": "工地一", "kind": "source" },
        "geometry": { "type": "Polygon", "coordinates": ring },
    });
    let files = BTreeMap::from(
        [
            ("carriers.csv", "uscc,name,status\n".to_owned()),
            (
                "trucks.csv",
                "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n".to_owned(),
            ),
            ("sites.geojson", collection(json!([site]))),
            ("zones.geojson", collection(json!([]))),
            ("routes.geojson", collection(json!([]))),
            ("permits.json", "[]".to_owned()),
            ("readers.csv", "id,site_id,role,lat,lon\nR1,S1,gate_out,34.5,113.4\n".to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text)),
    );
    crate::registry::read(&RegistryFiles(files.clone())).unwrap();
    let mut change = house.api.store.change().await.unwrap();
    change.add_registers(clock::now(), clock::now(), &files).await.unwrap();
    change.commit().await.unwrap();
}

struct Gate {
    house: House,
    id: u64,
    token: String,
}

impl Gate {
    async fn build() -> Self {
        let house = House::build_with(with_a_site()).await;
        import(&house).await;
        let site = "S1".parse().unwrap();
        let (id, token) = tokens::add(&house.api.store, &site, "北门", "test", clock::now()).await.unwrap();
        Self { house, id, token }
    }

    async fn send(&self, kind: &str, body: &str) -> Response {
        let request = Request::post("/api/v1/site-reports")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.house.router.clone().oneshot(request).await.unwrap()
    }

    async fn lines(&self, body: &str) -> Value {
        let response = self.send("application/x-ndjson", body).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_str(&text(response).await).unwrap()
    }

    async fn metrics(&self) -> String {
        text(self.house.ask("GET", "/metrics", None, None).await).await
    }

    async fn logged(&self) -> Vec<Report> {
        let batches = self.house.api.log.read_from(0).await.unwrap();
        batches.into_iter().flat_map(|(_, reports)| reports).collect()
    }
}

fn verdicts(answer: &Value) -> Vec<(u64, &str, &str)> {
    let lines = answer["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let word = |member: &str| line[member].as_str().unwrap_or_default();
            (line["line"].as_u64().unwrap(), word("verdict"), word("code"))
        })
        .collect()
}

#[tokio::test]
async fn what_a_site_device_sends_is_in_the_log_once_when_it_is_answered() {
    let gate = Gate::build().await;
    let stranger = READ.replace("R1", "R2");
    let answer = gate.lines(&format!("{READ}\n{TICKET}\nnonsense\n{stranger}\n{READ}\n")).await;
    assert_eq!(
        verdicts(&answer),
        [
            (1, "stored", ""),
            (2, "stored", ""),
            (3, "refused", "not_json"),
            (4, "refused", "unknown_reader"),
            (5, "known", ""),
        ]
    );
    assert_eq!((&answer["stored"], &answer["known"], &answer["refused"]), (&json!(2), &json!(1), &json!(2)));
    assert!(answer["lines"][3]["detail_zh"].as_str().unwrap().contains("读写器"));
    // As the judge reads it.
    let logged = gate.logged().await;
    assert!(matches!(&logged[0].content, Content::AtReader(read) if read.reader.as_str() == "R1"));
    assert!(matches!(&logged[1].content, Content::Weigh(ticket) if ticket.gross_kg == 31_250));
    assert_eq!(logged[0].received.unwrap().to_string(), answer["received"].as_str().unwrap());
    // The whole again, in the other form.
    let response = gate.send("application/json; charset=utf-8", &format!("[{READ},{TICKET}]")).await;
    let again: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(verdicts(&again), [(1, "known", ""), (2, "known", "")]);
    assert_eq!(gate.logged().await.len(), 2);
    let metrics = gate.metrics().await;
    for line in [
        "mucktrail_site_devices_total{what=\"requests\"} 2",
        "mucktrail_site_devices_total{what=\"lines_stored\"} 2",
        "mucktrail_site_devices_total{what=\"lines_known\"} 3",
        "mucktrail_site_lines_refused_total{reason=\"not_json\"} 1",
        "mucktrail_site_lines_refused_total{reason=\"unknown_reader\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn a_clock_that_runs_ahead_is_told_and_nothing_is_lost() {
    let gate = Gate::build().await;
    let ahead = clock::now().plus_seconds(3600).to_string();
    let answer = gate.lines(&READ.replace("2026-11-23T16:00:00+08:00", &ahead)).await;
    assert_eq!(verdicts(&answer), [(1, "stored", "clock_ahead")]);
    assert_eq!(gate.logged().await.len(), 1);
}

#[tokio::test]
async fn only_a_token_that_holds_is_let_in_and_its_life_is_in_the_audit_trail() {
    let mut gate = Gate::build().await;
    let held = std::mem::take(&mut gate.token);
    for token in [String::new(), "A".repeat(43), gate.house.city.clone()] {
        gate.token = token;
        let response = gate.send("application/x-ndjson", READ).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    gate.token = held;
    gate.lines(READ).await;
    // A site token opens nothing else.
    assert_eq!(gate.house.json("GET", "/api/v1/clues", Some(&gate.token), None).await.0, 401);
    let store = gate.house.api.store.clone();
    tokens::revoke(&store, gate.id, "test", clock::now()).await.unwrap();
    assert_eq!(gate.send("application/x-ndjson", READ).await.status(), StatusCode::UNAUTHORIZED);
    let error = tokens::revoke(&store, gate.id, "test", clock::now()).await.unwrap_err();
    assert!(error.to_string().contains("no site token 1 holds"), "{error}");
    let elsewhere = "S9".parse().unwrap();
    assert!(tokens::add(&store, &elsewhere, "", "test", clock::now()).await.is_err());
    let acts: Vec<_> = store.audit_after(3, 100).await.unwrap().into_iter().map(|e| e.what).collect();
    assert_eq!(acts, ["add site token", "revoke site token"]);
    let listed = store.site_tokens().await.unwrap();
    assert!(listed[0].revoked.is_some() && listed[0].name == "北门", "{listed:?}");
}

#[tokio::test]
async fn every_limit_of_a_request_is_answered_as_a_problem_and_counted() {
    let gate = Gate::build().await;
    let long = " ".repeat(REQUEST_BYTES_MAX + 1);
    let many = "{}\n".repeat(REQUEST_LINES_MAX + 1);
    for (kind, body, status) in [
        ("application/x-ndjson", long.as_str(), 413),
        ("application/x-ndjson", &many, 413),
        ("application/json", "[", 400),
        ("text/plain", READ, 415),
    ] {
        let response = gate.send(kind, body).await;
        assert_eq!(response.status().as_u16(), status);
        let problem: Value = serde_json::from_str(&text(response).await).unwrap();
        assert!(problem["detail_zh"].as_str().is_some_and(|t| !t.is_empty()), "{problem}");
    }
    assert_eq!(gate.logged().await.len(), 0);
    // Other routes take less; this one up to its own limit.
    assert_eq!(gate.lines(&" ".repeat(REQUEST_BYTES_MAX)).await["lines"], json!([]));
    for _ in 5..REQUESTS_PER_MINUTE {
        gate.lines("").await;
    }
    // The bucket refills while the test runs: a slow machine needs some more.
    let mut limited = gate.send("application/x-ndjson", READ).await;
    while limited.status() == StatusCode::OK {
        limited = gate.send("application/x-ndjson", READ).await;
    }
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers()[header::RETRY_AFTER], "1");
    let metrics = gate.metrics().await;
    for (what, count) in [("requests_too_large", 2), ("requests_unreadable", 2), ("requests_limited", 1)] {
        let line = format!("mucktrail_site_devices_total{{what=\"{what}\"}} {count}");
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
}
