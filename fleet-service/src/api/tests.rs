//! The API as programs meet it: whole requests through the whole router, on a real database.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use domain::rule::Authority;
use domain::{
    Carrier, CarrierStatus, PlateColour, Position, Registers, Registry, Timestamp, Truck, TruckKind,
    Violation, ViolationId,
};
use ed25519_dalek::VerifyingKey;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use scoring::Catalogue;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Api, router};
use crate::basemaps::Basemaps;
use crate::cases::Cases;
use crate::cases::settings::Settings;
use crate::clock;
use crate::commands::dispatch::CommandDesk;
use crate::feed::event::{FIRST_PREV_HASH, hash_of_line, verify_line};
use crate::feed::publish::Press;
use crate::gateway::admission::Admission;
use crate::gateway::profiles::Shelf;
use crate::gateway::sessions::Sessions;
use crate::handover::HandoverDesk;
use crate::history::History;
use crate::live::{Live, findings};
use crate::log::ReportLog;
use crate::officers;
use crate::people::People;
use crate::readers::Readers;
use crate::registrar::RegisterDesk;
use crate::site_devices::SiteDesk;
use crate::store::{HistoryStore, Officer, Role, Store};
use crate::street::desk::Street;

mod access;
mod attachments;
mod cases;
mod clue_work;
mod commands;
mod contract;
mod document;
mod due_process;
mod feed;
mod history;
mod office;
mod people;
mod rankings;
mod registers;
mod reports;
mod site_reports;
mod statements;
mod street;
mod terminals;
mod turning;
mod waybills;

const USCC: &str = "91350100M000100Y43";

/// A service without sockets: one company with one truck, three officers.
struct House {
    folder: tempfile::TempDir,
    api: Api,
    router: Router,
    city: String,
    police: String,
    auditor: String,
}

impl House {
    async fn build() -> Self {
        Self::build_with(registry()).await
    }

    async fn build_with(registry: Registry) -> Self {
        Self::build_under(registry, Settings::default()).await
    }

    async fn build_under(registry: Registry, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        // The sender may go: readers keep the last value.
        let (_, registers) = watch::channel(Arc::new(Registers::always(registry)));
        let catalogue = Arc::new(Catalogue::embedded().unwrap());
        let street = Street::open(Basemaps::open(&settings.map, folder.path()).unwrap()).unwrap();
        let cases = Cases {
            store: store.clone(),
            catalogue: Arc::clone(&catalogue),
            press: Press::open(folder.path()).unwrap(),
            registers: registers.clone(),
            settings: Arc::new(settings.clone()),
            calendar: Arc::new(scoring::Calendar::embedded().unwrap()),
            ledgers: Default::default(),
        };
        let sessions = Sessions::default();
        let log = ReportLog::start(store.clone()).await.unwrap();
        let chunks = HistoryStore::open(folder.path()).await.unwrap();
        let api = Api {
            history: History::open(chunks, store.clone(), &log).await.unwrap(),
            log,
            admission: Admission::start(store.clone(), registers.clone(), sessions.clone(), Shelf::default())
                .await
                .unwrap(),
            register_desk: RegisterDesk::new(store.clone(), cases.press.clone(), Arc::default()),
            live: Live::new(registers, catalogue, clock::now()),
            cases,
            commands: CommandDesk::default(),
            site_desk: SiteDesk::default(),
            handover: HandoverDesk::default(),
            people: People::new(store.clone(), settings.people.clone()),
            sessions,
            readers: Readers::default(),
            #[cfg(feature = "jt809")]
            forwarding: Default::default(),
            door: Default::default(),
            street,
            stop: CancellationToken::new(),
            store: store.clone(),
        };
        let add = async |name: &str, authority, role| {
            let officer = Officer { name: name.into(), authority, role, company: None };
            officers::add(&store, officer, "test", clock::now()).await.unwrap()
        };
        Self {
            city: add("城管甲", Authority::CityManagement, Role::Enforcer).await,
            police: add("交警乙", Authority::Police, Role::Police).await,
            auditor: add("审计丙", Authority::CityManagement, Role::Auditor).await,
            router: router(api.clone()),
            folder,
            api,
        }
    }

    /// Stores a pending clue that began `minutes` ago and returns its id.
    async fn clue(&self, rule: &str, minutes: i64, uscc: Option<&str>, facts: Value) -> ViolationId {
        let start = clock::now().plus_seconds(-60 * minutes);
        let facts: BTreeMap<String, Value> = serde_json::from_value(facts).unwrap();
        let violation = Violation {
            id: ViolationId::of_facts(&[rule.as_bytes(), &minutes.to_be_bytes()]),
            rule: rule.parse().unwrap(),
            plate: "豫A12345".parse().unwrap(),
            carrier_uscc: uscc.map(|u| u.parse().unwrap()),
            permit: None,
            trip: None,
            start,
            end: start.plus_seconds(30),
            position: Position::from_degrees(34.5, 113.4).unwrap(),
            facts,
        };
        let update = findings::holds(None, &violation, clock::now()).unwrap();
        let mut change = self.api.store.change().await.unwrap();
        change.put_clue(&update.clue).await.unwrap();
        change.add_clue_event(violation.id, &update.event.unwrap()).await.unwrap();
        change.commit().await.unwrap();
        violation.id
    }

    async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    async fn json(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> (u16, Value) {
        let response = self.ask(method, path, token, body).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn decide(&self, id: ViolationId, act: &str, token: &str, reason: &str) -> (u16, Value) {
        let path = format!("/api/v1/clues/{id}/{act}");
        self.json("POST", &path, Some(token), Some(json!({ "reason": reason }))).await
    }

    async fn feed(&self) -> Vec<String> {
        self.api.store.feed_after(0, 100).await.unwrap()
    }
}

fn registry() -> Registry {
    let carrier =
        Carrier { uscc: USCC.parse().unwrap(), name: "<甲>清运".into(), status: CarrierStatus::Active };
    let truck = Truck {
        plate: "豫A12345".parse().unwrap(),
        colour: PlateColour::Yellow,
        vin: None,
        carrier: carrier.uscc.clone(),
        terminal: Some("13800000001".parse().unwrap()),
        epc: None,
        energy: None,
        rated_load_kg: None,
        kind: TruckKind::Muck,
    };
    Registry {
        carriers: BTreeMap::from([(carrier.uscc.clone(), carrier)]),
        trucks: BTreeMap::from([(truck.plate.clone(), truck)]),
        ..Registry::default()
    }
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn decisions_are_taken_by_the_right_officer_once_and_with_a_reason() {
    let house = House::build().await;
    let (city, police, auditor) = (&house.city, &house.police, &house.auditor);
    let haulage = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let speeding = house.clue("TR-02", 11, Some(USCC), json!({ "band": "b" })).await;
    let stranger = house.clue("DP-01", 12, None, json!({})).await;
    let missing = ViolationId::of_facts(&[b"none"]);
    // clue, act, officer, reason → status
    for (id, act, token, reason, expected) in [
        (missing, "confirm", city, "r", 404),
        (haulage, "confirm", city, " ", 422),
        (haulage, "confirm", auditor, "r", 403),
        (haulage, "confirm", city, "核对无误", 200),
        (haulage, "confirm", city, "again", 409),
        (haulage, "reject", city, "again", 409),
        (speeding, "reject", city, "r", 403),
        (speeding, "reject", police, "雷达误差", 200),
        (stranger, "confirm", city, "无主车辆", 200),
    ] {
        let (status, answer) = house.decide(id, act, token, reason).await;
        assert_eq!(status, expected, "{act} {id}: {answer}");
        if expected >= 400 {
            assert!(answer["detail_zh"].as_str().is_some_and(|t| !t.is_empty()), "{answer}");
        }
    }
    let (_, confirmed) = house.json("GET", &format!("/api/v1/clues/{haulage}"), Some(city), None).await;
    assert_eq!((&confirmed["state"], &confirmed["decision"]["ledger_seq"]), (&json!("confirmed"), &json!(1)));
    assert_eq!(confirmed["history"].as_array().unwrap().len(), 2);
    let (_, rejected) = house.json("GET", &format!("/api/v1/clues/{speeding}"), Some(city), None).await;
    assert_eq!((&rejected["rule"], &rejected["decision"]["points_centi"]), (&json!("TR-02b"), &Value::Null));
    let (_, unowned) = house.json("GET", &format!("/api/v1/clues/{stranger}"), Some(city), None).await;
    assert_eq!((&unowned["state"], &unowned["decision"]["ledger_seq"]), (&json!("confirmed"), &Value::Null));
    assert!(unowned["history"][1]["what"].as_str().unwrap().contains("without a deduction"));
    let ledger = house.api.store.ledger().await.unwrap();
    scoring::ledger::verify(&ledger).unwrap();
    assert_eq!(ledger.iter().filter(|entry| entry.kind == scoring::EntryKind::Deduct).count(), 1);
}

#[tokio::test]
async fn every_decision_is_in_an_unbroken_audit_trail() {
    let house = House::build().await;
    let first = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let second = house.clue("UW-01", 20, Some(USCC), json!({})).await;
    house.decide(first, "confirm", &house.city, "r").await;
    house.decide(second, "reject", &house.city, "r").await;
    let trail = house.api.store.audit_after(0, 100).await.unwrap();
    let mut before = None;
    for entry in &trail {
        assert!(entry.follows(before), "{entry:?}");
        before = Some(entry);
    }
    let acts: Vec<&str> = trail.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(acts, ["add officer", "add officer", "add officer", "confirm", "reject"]);
}

/// Confirms haulage without approval until the company is listed; returns how often that took.
async fn list_the_company(house: &House) -> usize {
    for count in 1..20 {
        let id = house.clue("UW-01", 60 * count as i64, Some(USCC), json!({})).await;
        let (status, answer) = house.decide(id, "confirm", &house.city, "r").await;
        assert_eq!(status, 200, "{answer}");
        if !house.feed().await.is_empty() {
            return count;
        }
    }
    panic!("twenty confirmed cases do not list a company");
}

#[tokio::test]
async fn a_score_below_60_lists_the_company_at_once_in_a_feed_anyone_can_check() {
    let house = House::build().await;
    let cases = list_the_company(&house).await;
    let (_, carriers) = house.json("GET", "/api/v1/carriers", Some(&house.city), None).await;
    let row = &carriers["carriers"][0];
    assert!(row["score_centi"].as_i64().unwrap() < 6000, "{row}");
    assert_eq!(row["band"], "black");
    let (_, list) = house.json("GET", "/api/v1/blacklist", None, None).await;
    let listed = &list["listed"][0];
    assert_eq!((&listed["uscc"], &listed["feed_seq"]), (&json!(USCC), &json!(1)));
    assert_eq!(listed["cause"].as_array().unwrap().len(), cases);

    let (_, key) = house.json("GET", "/feed/key", None, None).await;
    let bytes: [u8; 32] = hex::decode(key["public_key"].as_str().unwrap()).unwrap().try_into().unwrap();
    let key = VerifyingKey::from_bytes(&bytes).unwrap();
    let feed = text(house.ask("GET", "/feed/blacklist.jsonl?after=0", None, None).await).await;
    let event = verify_line(feed.lines().next().unwrap(), &key, FIRST_PREV_HASH).unwrap();
    assert_eq!(event.record.black_list().unwrap().score_centi, listed["score_centi"].as_i64().unwrap());

    // A further case neither lists it twice nor takes it off.
    let id = house.clue("UW-01", 5, Some(USCC), json!({})).await;
    house.decide(id, "confirm", &house.city, "r").await;
    assert_eq!(house.feed().await.len(), 1);
    assert!(hash_of_line(&house.feed().await[0]).is_ok());
    scoring::ledger::verify(&house.api.store.ledger().await.unwrap()).unwrap();

    let page = text(house.ask("GET", "/blacklist", None, None).await).await;
    assert!(page.contains("&lt;甲&gt;清运") && !page.contains("<甲>"), "{page}");
}

#[tokio::test]
async fn officers_sign_in_by_token_and_the_public_sees_only_what_is_public() {
    let house = House::build().await;
    let officer_only = ["map", "trucks", "trucks/1/notices", "clues", "carriers", "events", "session"];
    for path in officer_only {
        let response = house.ask("GET", &format!("/api/v1/{path}"), None, None).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    for path in [
        "/api/v1/blacklist",
        "/blacklist",
        "/feed/blacklist.jsonl",
        "/feed/blacklist.csv",
        "/feed/key",
        "/healthz",
        "/metrics",
        "/",
        "/app",
        "/app/review/1?clues=all",
    ] {
        assert_eq!(house.ask("GET", path, None, None).await.status(), StatusCode::OK, "{path}");
    }
    let wrong = json!({ "token": "A".repeat(43) });
    assert_eq!(house.json("POST", "/api/v1/session", None, Some(wrong)).await.0, 401);
    let response = house.ask("POST", "/api/v1/session", None, Some(json!({ "token": house.police }))).await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let request = Request::get("/api/v1/session").header(header::COOKIE, cookie.split(';').next().unwrap());
    let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let session: Value = serde_json::from_str(&text(response).await).unwrap();
    for (member, expected) in [("name", "交警乙"), ("role", "police"), ("authority", "police")] {
        assert_eq!(session[member], expected, "{session}");
    }
}

#[tokio::test]
async fn a_decision_sent_as_a_form_is_refused() {
    let house = House::build().await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let request = Request::post(format!("/api/v1/clues/{id}/confirm"))
        .header(header::AUTHORIZATION, format!("Bearer {}", house.city))
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("{\"reason\":\"r\"}"))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn live_events_are_framed_with_id_and_kind_and_go_on_after_the_last_seen() {
    let house = House::build().await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    house.decide(id, "confirm", &house.city, "r").await;
    let first = house.api.live.bulletin.subscribe(Some("0-0")).missed[0].id.clone();
    let run = first.split('-').next().unwrap();
    let request = Request::get("/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", house.city))
        .header("last-event-id", format!("{run}-0"))
        .body(Body::empty())
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut frames = response.into_body().into_data_stream();
    let mut body = String::new();
    while body.matches("\n\n").count() < 2 {
        body.push_str(&String::from_utf8_lossy(&frames.next().await.unwrap().unwrap()));
    }
    let kinds: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(kinds, ["clue", "carrier"]);
    assert!(body.contains(&format!("id: {run}-2")), "{body}");
}

#[tokio::test]
async fn every_answer_carries_its_security_headers() {
    let house = House::build().await;
    for path in ["/", "/blacklist", "/api/v1/trucks", "/nowhere"] {
        let response = house.ask("GET", path, None, None).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
    assert!(house.folder.path().exists());
}
