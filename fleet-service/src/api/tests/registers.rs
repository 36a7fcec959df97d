//! Registers, permits, uploads and trials over HTTP, and that the running judge takes a change up.

use super::*;
use crate::live::follower::Follower;
use crate::live::registers::RegisterBook;
use crate::registry::RegistryFiles;
use domain::report::Content;
use domain::{FixKind, FixReport, Report};

const YESTERDAY_S: i64 = -86_400;

pub(super) struct Desk {
    pub(super) house: House,
    registrar: String,
}

fn square(lon: f64, lat: f64, side: f64) -> Value {
    json!({ "type": "Polygon", "coordinates": [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]] })
}

fn zone(id: &str, geometry: Value) -> Value {
    json!({ "type": "Feature", "properties": { "id": id, "name": "学校", "kind": "no_go" }, "geometry": geometry })
}

fn site(id: &str, kind: &str, lon: f64) -> Value {
    json!({ "type": "Feature", "properties": { "id": id, "name": format!("{id}场"), "kind": kind }, "geometry": square(lon, 34.5, 0.002) })
}

fn permit() -> Value {
    json!({
        "number": "XM/2026-1", "carrier_uscc": USCC, "trucks": ["豫A12345"],
        "legs": [{ "source": "S1", "sink": "S2", "route": null }],
        "waste_class": "工程渣土", "volume_m3": 5000, "valid_from": "2026-01-01", "valid_to": "2035-12-31",
        "windows": [{ "days": ["mon"], "from": "22:00", "to": "05:00" }],
    })
}

impl Desk {
    async fn build() -> Self {
        Self::of(House::build().await).await
    }

    async fn of(house: House) -> Self {
        let officer = Officer {
            name: "登记员".into(),
            authority: Authority::CityManagement,
            role: Role::Registrar,
            company: None,
        };
        let registrar = officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap();
        Self { house, registrar }
    }

    /// With a company, a truck and two sites since the day before yesterday.
    async fn furnished() -> Self {
        let desk = Self::build().await;
        desk.furnish().await;
        desk
    }

    async fn furnish(&self) {
        let from = clock::now().plus_seconds(2 * YESTERDAY_S).to_string();
        for (register, record) in [
            ("carriers", json!({ "uscc": USCC, "name": "甲清运", "status": "active" })),
            ("trucks", json!({ "plate": "豫A·12345", "carrier_uscc": USCC, "terminal_id": "13800000001" })),
            ("sites", site("S1", "source", 113.4)),
            ("sites", site("S2", "disposal", 113.5)),
        ] {
            let body = json!({ "record": record, "valid_from": from });
            let (status, answer) = self.post(&format!("registers/{register}"), body).await;
            assert_eq!(status, 201, "{answer}");
        }
    }

    /// A house's registers with a permit, whose number is given as it stands in an address.
    pub(super) async fn with_a_permit(house: House) -> (House, String) {
        let desk = Self::of(house).await;
        desk.furnish().await;
        assert_eq!(desk.post("registers/permits", json!({ "record": permit() })).await.0, 201);
        (desk.house, "XM%2F2026-1".to_owned())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.house.json("POST", &format!("/api/v1/{path}"), Some(&self.registrar), Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) =
            self.house.json("GET", &format!("/api/v1/{path}"), Some(&self.registrar), None).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn with_tag(&self, method: &str, path: &str, tag: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.registrar))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, format!("\"{tag}\""));
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.house.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap_or(Value::Null))
    }

    async fn upload(&self, query: &str, kind: &str, bytes: Vec<u8>) -> (u16, Value) {
        let request = Request::post(format!("/api/v1/imports?{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.registrar))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(bytes))
            .unwrap();
        let response = self.house.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn a_record_is_created_changed_by_its_tag_and_taken_out_and_keeps_its_past() {
    let desk = Desk::furnished().await;
    let truck = desk.get("registers/trucks/%E8%B1%ABA%C2%B712345").await;
    assert_eq!((&truck["record"]["plate"], &truck["carrier_name"]), (&json!("豫A12345"), &json!("甲清运")));
    let mut record = truck["record"].clone();
    record["rated_load_t"] = json!(18.5);
    let path = "registers/trucks/%E8%B1%ABA12345";
    let sent = json!({ "record": record, "reason": "换证" });
    let tag = truck["tag"].as_str();
    assert_eq!(desk.with_tag("PUT", path, None, sent.clone()).await.0, 428);
    let (status, answer) = desk.with_tag("PUT", path, tag, sent.clone()).await;
    assert_eq!((status, answer["id"].as_str()), (200, Some("豫A12345")), "{answer}");
    let (status, answer) = desk.with_tag("PUT", path, tag, sent.clone()).await;
    assert_eq!(status, 412, "{answer}");
    assert!(answer["detail_zh"].as_str().unwrap().contains("重新读取"));
    let after = desk.get(path).await;
    assert_eq!(after["record"]["rated_load_t"], json!(18.5));
    assert_eq!(after["versions"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&after["versions"][0]["by"], &after["versions"][0]["reason"]),
        (&json!("登记员"), &json!("换证"))
    );
    assert_eq!(after["versions"][1]["record"]["rated_load_t"], Value::Null);
    // The same again makes no version.
    let (status, answer) = desk.with_tag("PUT", path, after["tag"].as_str(), sent).await;
    assert_eq!((status, &answer["version"]), (200, &Value::Null), "{answer}");
    let (status, _) = desk.with_tag("DELETE", path, after["tag"].as_str(), Value::Null).await;
    assert_eq!(status, 200);
    let gone = desk.get(path).await;
    assert_eq!((gone["state"].as_str(), gone["versions"].as_array().unwrap().len()), (Some("withdrawn"), 3));
    assert_eq!(desk.get("registers/trucks").await["total"], json!(0));
    let trail = desk.house.api.store.audit_after(0, 100).await.unwrap();
    let acts: Vec<&str> = trail.iter().map(|entry| entry.what.as_str()).skip(4).collect();
    assert_eq!(
        acts,
        [
            "create record",
            "create record",
            "create record",
            "create record",
            "change record",
            "withdraw record"
        ]
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_naming_the_member_and_what_to_do() {
    let desk = Desk::furnished().await;
    let bow = json!({ "type": "Polygon", "coordinates": [[[113.4, 34.5], [113.41, 34.51], [113.41, 34.5], [113.4, 34.51], [113.4, 34.5]]] });
    for (register, record, from, status, member) in [
        ("carriers", json!({ "uscc": USCC, "name": "乙", "status": "active" }), None, 409, None),
        (
            "carriers",
            json!({ "uscc": "91350100M000100Y4", "name": "乙", "status": "active" }),
            None,
            422,
            Some("uscc"),
        ),
        (
            "trucks",
            json!({ "plate": "豫A22222", "carrier_uscc": "911101087567890XYB" }),
            None,
            422,
            Some("carrier_uscc"),
        ),
        (
            "trucks",
            json!({ "plate": "豫A22222", "carrier_uscc": USCC, "terminal_id": "13800000001" }),
            None,
            422,
            Some("terminal_id"),
        ),
        (
            "trucks",
            json!({ "plate": "豫A22222", "carrier_uscc": USCC, "rated_load_t": [1] }),
            None,
            422,
            Some("rated_load_t"),
        ),
        (
            "trucks",
            json!({ "plate": "豫A22222", "carrier_uscc": USCC }),
            Some("tomorrow"),
            422,
            Some("valid_from"),
        ),
        (
            "trucks",
            json!({ "plate": "豫A22222", "carrier_uscc": USCC }),
            Some("2019-01-01"),
            422,
            Some("valid_from"),
        ),
        ("zones", zone("Z1", bow), None, 422, Some("geometry")),
        ("zones", json!(7), None, 422, Some("id")),
        ("permits", json!({ "number": "1" }), None, 422, Some("carrier_uscc")),
        ("limits", json!({ "name": "off_route_s", "value": -1 }), None, 422, Some("off_route_s")),
        ("nothing", json!({}), None, 404, None),
    ] {
        let body = json!({ "record": record, "valid_from": from });
        let (is, answer) = desk.post(&format!("registers/{register}"), body.clone()).await;
        assert_eq!(is, status, "{body} {answer}");
        assert_eq!(answer["errors"][0]["member"].as_str(), member, "{answer}");
        assert!(answer["detail_zh"].as_str().is_some_and(|text| !text.is_empty()));
    }
    // A site a permit names stays.
    assert_eq!(desk.post("registers/permits", json!({ "record": permit() })).await.0, 201);
    let site = desk.get("registers/sites/S1").await;
    let (status, answer) =
        desk.with_tag("DELETE", "registers/sites/S1", site["tag"].as_str(), Value::Null).await;
    assert_eq!(status, 422, "{answer}");
    assert!(answer["detail"].as_str().unwrap().contains("permit XM/2026-1"), "{answer}");
    // Who may.
    let house = &desk.house;
    for (token, status) in [(None, 401), (Some(&house.city), 403), (Some(&house.auditor), 403)] {
        let body = json!({ "record": zone("Z9", square(113.4, 34.5, 0.1)) });
        let token = token.map(String::as_str);
        assert_eq!(house.json("POST", "/api/v1/registers/zones", token, Some(body)).await.0, status);
    }
    assert_eq!(house.json("GET", "/api/v1/registers/zones", Some(&house.city), None).await.0, 200);
}

#[tokio::test]
async fn lists_are_searched_and_paged() {
    let desk = Desk::furnished().await;
    for n in 0..5 {
        let record = json!({ "plate": format!("豫A2222{n}"), "carrier_uscc": USCC, "kind": if n == 0 { "mixer" } else { "muck" } });
        assert_eq!(desk.post("registers/trucks", json!({ "record": record })).await.0, 201);
    }
    let first = desk.get("registers/trucks?limit=4").await;
    assert_eq!((first["records"].as_array().unwrap().len(), &first["total"]), (4, &json!(6)));
    let next: String = first["next"].as_str().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let second = desk.get(&format!("registers/trucks?limit=4&cursor={next}")).await;
    assert_eq!((second["records"].as_array().unwrap().len(), &second["next"]), (2, &Value::Null));
    assert_eq!(desk.get("registers/trucks?kind=mixer").await["total"], json!(1));
    assert_eq!(desk.get("registers/trucks?search=A%C2%B71234").await["total"], json!(1));
    let overview = desk.get("registers").await;
    assert_eq!(
        (&overview["sources"], &overview["sinks"], &overview["registers"][1]["records"]),
        (&json!(1), &json!(1), &json!(6))
    );
}

#[tokio::test]
async fn a_permit_is_read_suspended_and_shown_to_anyone_without_its_plates() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.post("registers/permits", json!({ "record": permit() })).await.0, 201);
    let path = "permits/XM%2F2026-1";
    let detail = desk.get(&format!("{path}?month=2027-02")).await;
    assert_eq!((&detail["state"], &detail["days"].as_array().unwrap().len()), (&json!("in_force"), &28));
    assert_eq!(detail["days"][0]["allowed"], json!([["22:00", "24:00"]]), "2027-02-01 is a Monday");
    assert!(detail["terms_zh"].as_str().unwrap().contains("由S1场（线路不限）运往S2场"), "{detail}");
    assert_eq!(detail["features"].as_array().unwrap().len(), 2);
    assert_eq!(detail["check_path"], "/p/XM%2F2026-1");
    let picture =
        text(desk.house.ask("GET", &format!("/api/v1/{path}/qr.svg"), Some(&desk.registrar), None).await)
            .await;
    assert!(picture.contains("<svg"));
    let page = |query: &str| {
        let path = format!("/p/XM%2F2026-1{query}");
        let house = &desk.house;
        async move { text(house.ask("GET", &path, None, None).await).await }
    };
    let shown = page("").await;
    assert!(shown.contains("✓ 有效") && !shown.contains("12345"), "{shown}");
    assert!(page("?plate=%E8%B1%ABA12345").await.contains("在本证车辆之列"));
    assert!(page("?plate=%3Cb%3E").await.contains("&lt;b&gt; 不是车牌号"));
    assert_eq!(desk.house.ask("GET", "/p/none", None, None).await.status(), StatusCode::NOT_FOUND);
    let tag = detail["tag"].as_str();
    let (status, answer) =
        desk.with_tag("POST", &format!("{path}/suspend"), tag, json!({ "reason": "整改" })).await;
    assert_eq!(status, 200, "{answer}");
    assert!(page("").await.contains("✕ 已暂停"));
    assert_eq!(desk.with_tag("POST", &format!("{path}/suspend"), tag, json!({})).await.0, 412);
    let tag = answer["tag"].as_str();
    assert_eq!(desk.with_tag("POST", &format!("{path}/suspend"), tag, json!({})).await.0, 409);
    let (status, answer) =
        desk.with_tag("POST", &format!("{path}/end"), tag, json!({ "last_day": "2026-03-01" })).await;
    assert_eq!(status, 422, "more than a year back, or the day is missing: {answer}");
    assert_eq!(desk.get("permits?state=suspended").await["total"], json!(1));
    // A company's person sees the own permits alone.
    for (uscc, seen) in [(USCC, 1), ("91110108MA01ABCD1K", 0)] {
        let Ok(company) = uscc.parse() else { continue };
        let officer = Officer {
            name: format!("企业{seen}"),
            authority: Authority::CityManagement,
            role: Role::Carrier,
            company: Some(company),
        };
        let token = officers::add(&desk.house.api.store, officer, "test", clock::now()).await.unwrap();
        let (_, list) = desk.house.json("GET", "/api/v1/permits", Some(&token), None).await;
        assert_eq!(list["total"], json!(seen), "{list}");
        assert_eq!(desk.house.json("GET", "/api/v1/registers/trucks", Some(&token), None).await.0, 403);
    }
    // It is published when it is issued, and again when it says something else.
    assert_eq!(desk.house.feed().await.len(), 2);
}

#[tokio::test]
async fn an_upload_is_tried_and_committed_once() {
    let desk = Desk::furnished().await;
    let table = "车牌号,信用代码,终端号\n豫A12345,91350100M000100Y43,13800000001\n豫A33333,91350100M000100Y43,\n豫A4,91350100M000100Y43,\n";
    let bytes = encoding_rs::GB18030.encode(table).0.into_owned();
    assert_eq!(desk.upload("register=trucks", "text/plain", bytes.clone()).await.0, 415);
    let (status, upload) = desk.upload("register=trucks&name=t.csv", "text/csv", bytes).await;
    assert_eq!(
        (status, &upload["encoding"], &upload["form"]),
        (201, &json!("gb18030"), &json!("csv")),
        "{upload}"
    );
    let token = upload["token"].as_str().unwrap();
    let commit = async |skip: bool| {
        desk.post(&format!("imports/{token}/commit"), json!({ "skip_refused": skip })).await
    };
    assert_eq!(commit(false).await.0, 409, "not checked yet");
    let reading = json!({ "encoding": "gb18030", "columns": upload["suggested"] });
    let (status, checked) = desk.post(&format!("imports/{token}/check"), reading).await;
    assert_eq!(
        (status, &checked["new"], &checked["changed"], &checked["refused"]),
        (200, &json!(1), &json!(0), &json!(1)),
        "{checked}"
    );
    assert_eq!((&checked["rows"][0]["place"], &checked["rows"][0]["member"]), (&json!(4), &json!("plate")));
    assert_eq!(desk.get("registers/trucks").await["total"], json!(1), "trying stores nothing");
    assert_eq!(commit(false).await.0, 409, "a row is refused");
    let (status, first) = commit(true).await;
    assert_eq!((status, &first["new"]), (200, &json!(1)), "{first}");
    let version = desk.get("registers").await["version"].clone();
    assert_eq!(commit(true).await, (200, first));
    assert_eq!(desk.get("registers").await["version"], version);
    assert_eq!(desk.get("registers/trucks").await["total"], json!(2));
    // Shapes say their datum.
    let shapes = json!({ "type": "FeatureCollection", "features": [zone("Z1", square(113.4, 34.5, 0.01))] });
    let (_, upload) =
        desk.upload("register=zones", "application/geo+json", shapes.to_string().into_bytes()).await;
    assert_eq!(upload["needs_datum"], json!(true));
    let check = format!("imports/{}/check", upload["token"].as_str().unwrap());
    let (status, answer) = desk.post(&check, json!({ "encoding": "utf-8" })).await;
    assert_eq!((status, &answer["errors"][0]["member"]), (422, &json!("datum")), "{answer}");
    assert_eq!(desk.post(&check, json!({ "encoding": "utf-8", "datum": "GCJ02" })).await.1["new"], json!(1));
    assert_eq!(desk.post("imports/none/check", json!({ "encoding": "utf-8" })).await.0, 404);
    let response =
        desk.house.ask("GET", "/api/v1/imports/templates/permits.csv", Some(&desk.registrar), None).await;
    assert!(text(response).await.contains("准运证编号"));
}

/// Reports of a truck that drives about inside a square, one every ten seconds, an hour ago.
fn drive() -> Vec<Report> {
    let start = clock::now().plus_seconds(-3600);
    (0..30)
        .map(|n| {
            let position = Position::from_degrees(34.505, 113.405 + f64::from(n) * 1e-5).unwrap();
            let fix = FixReport::bare("豫A12345".parse().unwrap(), position, FixKind::D3);
            let time = start.plus_seconds(i64::from(n) * 10);
            Report { time, content: Content::Fix(fix), received: Some(time) }
        })
        .collect()
}

#[tokio::test]
async fn a_trial_tells_what_a_zone_would_have_raised_and_stores_nothing() {
    let desk = Desk::furnished().await;
    desk.house.api.log.append(drive()).await.unwrap();
    let body =
        json!({ "changes": [{ "register": "zones", "record": zone("Z1", square(113.4, 34.5, 0.01)) }] });
    let (status, trial) = desk.post("trials", body).await;
    assert_eq!(status, 202, "{trial}");
    let path = format!("trials/{}", trial["id"].as_str().unwrap());
    let mut answer = desk.get(&path).await;
    while answer["state"] == "running" {
        tokio::task::yield_now().await;
        answer = desk.get(&path).await;
    }
    assert_eq!(
        (&answer["state"], &answer["raised"], &answer["withdrawn"]),
        (&json!("done"), &json!(1), &json!(0)),
        "{answer}"
    );
    assert_eq!(
        (&answer["rules"][0]["rule"], &answer["rules"][0]["examples_raised"][0]["plate"]),
        (&json!("RT-03"), &json!("豫A12345"))
    );
    assert_eq!(desk.get("registers/zones").await["total"], json!(0));
    for body in [json!({ "changes": [] }), json!({ "changes": [{ "register": "zones", "id": "none" }] })] {
        assert_eq!(desk.post("trials", body).await.0, 422);
    }
    assert_eq!(desk.house.json("GET", "/api/v1/trials/none", Some(&desk.registrar), None).await.0, 404);
}

#[tokio::test]
async fn the_running_judge_takes_a_change_up_back_to_its_moment_and_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let book = RegisterBook::read(&store).await.unwrap();
    let (in_force, registers) = watch::channel(Arc::new(book.registers()));
    let live = Live::new(registers, Arc::new(Catalogue::embedded().unwrap()), clock::now());
    let log = ReportLog::start(store.clone()).await.unwrap();
    let mut follower = Follower::new(store.clone(), log.clone(), live.clone(), book, in_force).unwrap();
    follower.refold(clock::now()).await.unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(follower.run(stop.clone()));
    log.append(drive()).await.unwrap();
    let press = Press::open(folder.path()).unwrap();
    let desk = RegisterDesk::new(store.clone(), press, Arc::clone(&live.registers_changed));
    let put = async |body: Value, expected: crate::registrar::Expected| {
        let from = Some(clock::now().plus_seconds(-2 * 3600));
        let terms =
            crate::registrar::Terms { from, by: "test".into(), reason: String::new(), now: clock::now() };
        desk.put(crate::registry::Register::Zones, None, &body, &expected, &terms).await.unwrap()
    };
    let done = put(zone("Z1", square(113.4, 34.5, 0.01)), crate::registrar::Expected::Absent).await;
    let standing = async |wanted: usize| {
        let far = Timestamp::from_millis(i64::MAX);
        loop {
            let pending = store.clues(Some(crate::store::ClueState::Pending), far, 10).await.unwrap();
            if pending.len() == wanted {
                return pending;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = standing(1).await;
    assert_eq!(found[0].violation.rule.to_string(), "RT-03");
    let registers = desk.book().await.unwrap().registers();
    let tag = crate::registrar::tag(&registers, crate::registry::Register::Zones, &done.key).unwrap();
    put(zone("Z1", square(113.6, 34.5, 0.01)), crate::registrar::Expected::Tag(tag)).await;
    standing(0).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_folder_imported_and_records_changed_since_stand_together() {
    let desk = Desk::furnished().await;
    let collection = json!({ "type": "FeatureCollection", "datum": "WGS84", "features": [] }).to_string();
    let files = BTreeMap::from(
        [
            ("carriers.csv", format!("uscc,name,status\n{USCC},乙清运,active\n")),
            (
                "trucks.csv",
                "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n".to_owned(),
            ),
            ("sites.geojson", collection.clone()),
            ("zones.geojson", collection.clone()),
            ("routes.geojson", collection),
            ("permits.json", "[]".to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text)),
    );
    crate::registry::read(&RegistryFiles(files.clone())).unwrap();
    let mut change = desk.house.api.store.change().await.unwrap();
    change.add_registers(clock::now(), clock::now(), &files).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(
        desk.get("registers/trucks").await["total"],
        json!(0),
        "a folder is the whole of the registers"
    );
    let carrier = desk.get(&format!("registers/carriers/{USCC}")).await;
    assert_eq!((&carrier["name"], &carrier["versions"][0]["by"]), (&json!("乙清运"), &json!("command line")));
    let read = RegisterBook::read(&desk.house.api.store).await.unwrap();
    assert_eq!(read.registers().newest().carriers.len(), 1);
}
