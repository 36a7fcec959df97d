//! Public pages, reports by anyone, the roadside check, evidence, basemaps.

use std::io::Read as _;

use super::*;
use domain::report::Content;
use domain::{FixKind, FixReport, Permit, Report, Speed};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

async fn html(house: &House, path: &str) -> (u16, String) {
    let response = house.ask("GET", path, None, None).await;
    (response.status().as_u16(), text(response).await)
}

/// Sends the form as a browser does; returns status, `Location` and page.
async fn send(
    house: &House,
    cookie: &str,
    fields: &[(&'static str, String)],
    photos: &[&[u8]],
) -> (u16, String, String) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for photo in photos {
        let head = "--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
        body.extend(head.bytes());
        body.extend_from_slice(photo);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let request = Request::post("/report")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .header(header::COOKIE, cookie)
        .body(Body::from(body))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned());
    (response.status().as_u16(), location.unwrap_or_default(), text(response).await)
}

/// A visitor's cookie and the token of the form shown to them.
async fn visitor(house: &House) -> (String, String) {
    let response = house.ask("GET", "/report", None, None).await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let page = text(response).await;
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (cookie.split(';').next().unwrap().to_owned(), token)
}

fn fields(token: &str) -> Vec<(&'static str, String)> {
    let seen = clock::now().plus_seconds(-3600).local();
    let fields = [
        ("token", token),
        ("plate", "豫A12345"),
        ("place", "长乐路口"),
        ("lat", "34.5"),
        ("lon", "113.4"),
        ("day", &seen.format("%Y-%m-%d").to_string()),
        ("time", &seen.format("%H:%M").to_string()),
        ("what", "uncovered"),
        ("text", "<b>未盖</b>"),
        ("contact", "13800000000"),
    ];
    fields.map(|(name, value)| (name, value.to_owned())).to_vec()
}

#[tokio::test]
async fn anyone_reports_without_script_and_looks_the_state_up_by_a_receipt_that_tells_nothing_else() {
    let house = House::build().await;
    let (cookie, token) = visitor(&house).await;
    let (status, receipt, _) = send(&house, &cookie, &fields(&token), &[PNG]).await;
    assert_eq!(status, 303);
    // The same form again is the same report.
    assert_eq!(send(&house, &cookie, &fields(&token), &[PNG]).await.1, receipt);
    let (status, page) = html(&house, &receipt).await;
    assert_eq!(status, 200);
    assert!(page.contains("已收到") && !page.contains("豫A12345") && !page.contains("13800000000"), "{page}");
    let typed = receipt.trim_start_matches("/report/").replace('-', "").to_lowercase();
    let response = house.ask("GET", &format!("/report/state?receipt={typed}"), None, None).await;
    assert_eq!(response.headers()[header::LOCATION].to_str().unwrap(), receipt);
    for unknown in ["/report/0000-0000-0000", "/report/nonsense", "/report/state?receipt="] {
        assert_eq!(html(&house, unknown).await.0, 404, "{unknown}");
    }
    let (status, tips) = house.json("GET", "/api/v1/public-reports", Some(&house.city), None).await;
    assert_eq!((status, tips["tips"].as_array().unwrap().len(), &tips["received"]), (200, 1, &json!(1)));
    let tip = &tips["tips"][0];
    assert_eq!(
        (&tip["plate"], &tip["rule"], &tip["carrier_name"]),
        (&json!("豫A12345"), &json!("SE-01"), &json!("<甲>清运"))
    );
    let number = tip["receipt"].as_str().unwrap();
    let photo =
        house.ask("GET", &format!("/api/v1/public-reports/{number}/photos/1"), Some(&house.city), None).await;
    assert_eq!(photo.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(photo.into_body().collect().await.unwrap().to_bytes(), PNG);
    let (_, seen) =
        house.json("GET", &format!("/api/v1/public-reports/{number}"), Some(&house.auditor), None).await;
    assert_eq!(seen["contact"], Value::Null, "only who decides calls the sender");
    assert_eq!(house.json("GET", "/api/v1/public-reports", None, None).await.0, 401);
}

#[tokio::test]
async fn a_form_of_another_page_is_refused_and_a_wrong_one_is_shown_again_with_what_was_typed() {
    let house = House::build().await;
    let (cookie, token) = visitor(&house).await;
    let (other, _) = visitor(&house).await;
    let refused = send(&house, &other, &fields(&token), &[]).await;
    assert_eq!((refused.0, refused.2.contains("长乐路口")), (403, true), "what was typed is kept");
    assert_eq!(send(&house, &cookie, &fields("1.x"), &[]).await.0, 403);
    let foreign = Request::post("/report")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .header(header::COOKIE, &cookie)
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(format!(
            "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n--b--\r\n"
        )))
        .unwrap();
    assert_eq!(house.router.clone().oneshot(foreign).await.unwrap().status(), StatusCode::FORBIDDEN);
    let wrong: Vec<(&str, String)> = fields(&token).into_iter().filter(|(name, _)| *name != "what").collect();
    let (status, _, page) = send(&house, &cookie, &wrong, &[]).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("href=\"#what\"") && page.contains("&lt;b&gt;未盖&lt;/b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    for bad in [&b"<svg onload=alert(1)>"[..], b"GIF89a"] {
        let (status, _, page) = send(&house, &cookie, &fields(&token), &[PNG, bad]).await;
        assert_eq!(status, 422);
        assert!(page.contains("第2个文件"), "{page}");
    }
    let (status, _, page) = send(&house, &cookie, &fields(&token), &[PNG; 4]).await;
    assert_eq!((status, page.contains("最多3张照片")), (422, true));
    assert_eq!(house.api.store.tip_counts().await.unwrap().received, 0);
    let request =
        Request::post("/report").header(header::CONTENT_TYPE, "text/plain").body(Body::from("x")).unwrap();
    assert_eq!(house.router.clone().oneshot(request).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

fn telling(key: Option<&str>) -> Value {
    json!({ "plate": "豫A12345", "place": "长乐路口", "occurred_at": clock::now().to_string(), "what": "spillage", "key": key })
}

#[tokio::test]
async fn an_address_has_its_share_of_a_day() {
    let house = House::build().await;
    let mut statuses = Vec::new();
    for _ in 0..=crate::street::desk::TIPS_PER_ADDRESS_DAY {
        statuses.push(house.json("POST", "/api/v1/public-reports", None, Some(telling(None))).await.0);
    }
    let spent = statuses.pop();
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(spent, Some(429));
}

#[tokio::test]
async fn a_tip_becomes_a_case_only_by_what_officers_found_and_once() {
    let house = House::build().await;
    let (status, told) = house.json("POST", "/api/v1/public-reports", None, Some(telling(Some("k1")))).await;
    assert_eq!((status, &told["state"]), (201, &json!("received")));
    let again = house.json("POST", "/api/v1/public-reports", None, Some(telling(Some("k1")))).await.1;
    assert_eq!(again["receipt"], told["receipt"]);
    let path = |act: &str| format!("/api/v1/public-reports/{}/{act}", told["receipt"].as_str().unwrap());
    let case = json!({ "rule": "DP-03", "plate": "豫A12345", "occurred_at": clock::now().plus_seconds(-60).to_string(),
        "fact": "现场查看路面遗撒", "officers": ["城管乙"] });
    for (act, token, body, expected) in [
        ("take", &house.auditor, None, 403),
        ("take", &house.city, None, 200),
        ("take", &house.police, None, 409),
        ("dismiss", &house.city, Some(json!({ "reason": " " })), 422),
        ("file", &house.police, Some(case.clone()), 409),
        (
            "file",
            &house.city,
            Some(json!({ "rule": "DP-03", "plate": "豫A12345", "occurred_at": "x", "fact": "f" })),
            422,
        ),
        ("file", &house.city, Some(case.clone()), 201),
        ("file", &house.city, Some(case), 409),
        ("dismiss", &house.city, Some(json!({ "reason": "r" })), 409),
    ] {
        let (status, answer) = house.json("POST", &path(act), Some(token), body).await;
        assert_eq!(status, expected, "{act}: {answer}");
    }
    let (_, cases) = house.json("GET", "/api/v1/cases", Some(&house.city), None).await;
    assert_eq!(cases["cases"].as_array().unwrap().len(), 1);
    let number = cases["cases"][0]["number"].as_str().unwrap();
    let tip = house.api.store.tip_of_case(number).await.unwrap().unwrap();
    assert_eq!(tip.receipt.to_string(), told["receipt"].as_str().unwrap());
    let page = html(&house, &format!("/report/{}", told["receipt"].as_str().unwrap())).await.1;
    assert!(page.contains("已办结") && !page.contains(number), "{page}");
}

#[tokio::test]
async fn an_officers_note_sent_twice_is_one_and_names_the_officer() {
    let house = House::build().await;
    let mut note = telling(Some("device-1-7"));
    note["photos"] = json!(["iVBORw0KGgo="]);
    let (first, told) =
        house.json("POST", "/api/v1/checks/notes", Some(&house.city), Some(note.clone())).await;
    let (second, again) =
        house.json("POST", "/api/v1/checks/notes", Some(&house.city), Some(note.clone())).await;
    assert_eq!((first, second, &told["receipt"]), (201, 201, &again["receipt"]));
    note["photos"] = json!(["PHN2Zz4="]);
    assert_eq!(house.json("POST", "/api/v1/checks/notes", Some(&house.city), Some(note)).await.0, 422);
    let (_, tips) = house.json("GET", "/api/v1/public-reports?state=received", Some(&house.city), None).await;
    assert_eq!((tips["tips"].as_array().unwrap().len(), &tips["tips"][0]["told_by"]), (1, &json!("城管甲")));
    assert_eq!(house.json("GET", "/api/v1/public-reports?state=lost", Some(&house.city), None).await.0, 400);
}

fn permit() -> Permit {
    Permit {
        number: "XM-1".parse().unwrap(),
        carrier: USCC.parse().unwrap(),
        trucks: ["豫A12345".parse().unwrap()].into(),
        legs: vec![],
        waste_class: "工程渣土".into(),
        volume_l: 1,
        used_l: 0,
        valid_from: clock::now().plus_seconds(-86_400),
        valid_until: clock::now().plus_seconds(86_400),
        windows: Default::default(),
        status: vec![],
        zone_passes: Default::default(),
    }
}

#[tokio::test]
async fn the_roadside_check_answers_with_one_word_and_what_waits() {
    let mut registry = registry();
    registry.permits.insert("XM-1".parse().unwrap(), permit());
    let house = House::build_with(registry).await;
    house.json("POST", "/api/v1/public-reports", None, Some(telling(None))).await;
    for (query, status, may) in [
        ("plate=%E8%B1%ABa%C2%B712345", 200, "yes"),
        ("plate=%E8%B1%ABA99999", 200, "unknown"),
        ("plate=%E8%B1%ABA12345&lat=34.5&lon=113.4", 200, "yes"),
        ("plate=%E8%B1%ABA12345&lat=34.5", 422, ""),
        ("plate=A12345", 422, ""),
    ] {
        let (found, answer) =
            house.json("GET", &format!("/api/v1/checks?{query}"), Some(&house.city), None).await;
        assert_eq!((found, answer["may"].as_str().unwrap_or_default()), (status, may), "{query}: {answer}");
    }
    let (_, answer) =
        house.json("GET", "/api/v1/checks?plate=%E8%B1%ABA12345", Some(&house.city), None).await;
    assert_eq!(
        (&answer["cautions"][0]["code"], &answer["permits"][0]["number"]),
        (&json!("tips"), &json!("XM-1"))
    );
    let (_, snapshot) = house.json("GET", "/api/v1/checks/snapshot", Some(&house.city), None).await;
    assert_eq!(snapshot["trucks"][0]["permits"][0]["holds_now"], json!(true));
    assert_eq!(
        house.json("GET", "/api/v1/checks/nearby?lat=34.5&lon=113.4", Some(&house.city), None).await.0,
        200
    );
    let (_, wall) = house.json("GET", "/api/v1/wall", Some(&house.auditor), None).await;
    assert_eq!(
        (&wall["tips"], &wall["trucks"], &wall["newest_report"]),
        (&json!(1), &json!(1), &Value::Null)
    );
    for path in
        ["checks?plate=%E8%B1%ABA12345", "checks/snapshot", "checks/nearby?lat=1&lon=1", "wall", "basemaps"]
    {
        assert_eq!(house.json("GET", &format!("/api/v1/{path}"), None, None).await.0, 401, "{path}");
    }
}

#[tokio::test]
async fn public_pages_stand_without_script_and_withdrawn_entries_are_gone() {
    let house = House::build().await;
    let (_, empty) = html(&house, "/blacklist").await;
    assert!(
        empty.contains("暂无公示信息") && empty.contains("lang=\"zh-CN\"") && empty.contains("当前位置"),
        "{empty}"
    );
    list_the_company(&house).await;
    let (_, list) = html(&house, "/blacklist?q=%E7%94%B2&sort=score").await;
    assert!(
        list.contains("&lt;甲&gt;清运") && list.contains("href=\"/blacklist/1\"") && list.contains("UW-01"),
        "{list}"
    );
    let (status, company) = html(&house, "/blacklist/1").await;
    assert_eq!(status, 200);
    assert!(company.contains("移出条件") && company.contains("河南省社会信用条例"), "{company}");
    let (_, csv) = html(&house, "/blacklist.csv").await;
    assert!(csv.starts_with('\u{FEFF}') && csv.contains("\r\n"), "{csv}");
    for (path, status, expected) in [
        ("/blacklist/2", 404, "移出名单"),
        ("/blacklist/x", 404, "移出名单"),
        ("/handbook", 200, "UW-01"),
        ("/rankings", 200, "企业名称"),
        ("/rankings?by=area&period=2026-W40", 200, "乡镇"),
        ("/rankings?period=1999-01", 404, "十二个月"),
        ("/rankings?by=driver", 404, "十二个月"),
    ] {
        let (found, page) = html(&house, path).await;
        assert_eq!((found, page.contains(expected)), (status, true), "{path}: {page}");
        assert!(page.contains("主办单位") && !page.contains("<script"), "{path}");
        assert!(!page.contains("风险"), "{path}: the triage index is for authorities");
    }
}

/// Reports of a truck that drives north at 60 km/h around a moment.
async fn drive(house: &House, around: Timestamp) {
    let report = |second: i64| {
        let position = Position::from_degrees(34.5 + 0.00015 * second as f64, 113.4).unwrap();
        let mut fix = FixReport::bare("豫A12345".parse().unwrap(), position, FixKind::D3);
        fix.speed = Speed::from_kmh(60.0);
        let time = around.plus_seconds(second);
        Report { time, content: Content::Fix(fix), received: Some(time.plus_seconds(1)) }
    };
    let reports: Vec<Report> = (-120..120).step_by(5).map(report).collect();
    house.api.log.append(reports).await.unwrap();
}

#[tokio::test]
async fn a_bundle_is_the_same_for_the_same_state_and_every_file_has_its_digest() {
    let house = House::build().await;
    let id = house.clue("UW-01", 30, Some(USCC), json!({ "seconds": 30, "limit_kmh": 50 })).await;
    let start = house.api.store.clue(id).await.unwrap().unwrap().violation.start;
    drive(&house, start).await;
    house.decide(id, "confirm", &house.city, "核对无误").await;
    let case = house.api.store.case_of_clue(id).await.unwrap().unwrap();
    let path = format!("/api/v1/cases/{}/evidence.zip", case.number);
    let zip = async |token: &str| {
        house.ask("GET", &path, Some(token), None).await.into_body().collect().await.unwrap().to_bytes()
    };
    let first = zip(&house.city).await;
    assert_eq!(first, zip(&house.city).await, "the same case in the same state");
    let second_reader = zip(&house.police).await;
    assert_ne!(first, second_reader, "who reads is part of the state");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(second_reader.to_vec())).unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().to_owned(), bytes);
    }
    let sums = String::from_utf8(files.remove("SHA256SUMS").unwrap()).unwrap();
    assert_eq!(sums.lines().count(), files.len());
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&files[name])), digest, "{name}");
    }
    let read = |name: &str| serde_json::from_slice::<Value>(&files[name]).unwrap();
    assert_eq!(read("manifest.json")["reports"], json!(48));
    assert_eq!(String::from_utf8(files["reports.jsonl"].clone()).unwrap().lines().count(), 48);
    let readers: Vec<Value> =
        read("read-by.json").as_array().unwrap().iter().map(|read| read["who"].clone()).collect();
    assert_eq!(readers, [json!("城管甲"), json!("交警乙")]);
    assert_eq!(read("rule.json")["code"], "UW-01");
    assert_eq!(read("clue.json")["finding"]["id"], json!(id));
    assert_eq!(read("decisions.json")[0]["what"], "confirm");
    assert_eq!(
        read("geometry.geojson")["features"][0]["geometry"]["coordinates"].as_array().unwrap().len(),
        48
    );
    assert!(read("ledger-entry.json")["hash"].is_string());
    let sheet = house.ask("GET", &format!("/evidence/{}", case.number), Some(&house.city), None).await;
    let page = text(sheet).await;
    for expected in [
        case.number.as_str(),
        "豫A12345",
        "未经核准运输建筑垃圾",
        "限速 50",
        "counter(pages)",
        "<svg",
        "核对无误",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("<script") && !page.contains(" style="), "the policy would refuse it");
    for (path, token, status) in [
        (path.as_str(), None, 401),
        ("/api/v1/cases/nothing/evidence.zip", Some(house.city.as_str()), 404),
        ("/evidence/nothing", Some(house.city.as_str()), 404),
    ] {
        assert_eq!(house.ask("GET", path, token, None).await.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_tip_is_compared_with_the_trucks_own_track() {
    let house = House::build().await;
    let now = clock::now().plus_seconds(-600);
    drive(&house, now).await;
    for (lat, verdict) in [(34.5, "near"), (34.9, "elsewhere")] {
        let mut sent = telling(None);
        (sent["lat"], sent["lon"], sent["occurred_at"]) = (json!(lat), json!(113.4), json!(now.to_string()));
        let (_, told) = house.json("POST", "/api/v1/public-reports", None, Some(sent)).await;
        let path = format!("/api/v1/public-reports/{}", told["receipt"].as_str().unwrap());
        let (_, tip) = house.json("GET", &path, Some(&house.city), None).await;
        assert_eq!(tip["sighting"]["verdict"], json!(verdict), "{tip}");
    }
}

/// A map server on a loopback port that counts what it is asked and gives a picture, or an error while it is told to.
async fn map_server() -> (u16, Arc<std::sync::Mutex<Vec<String>>>, Arc<std::sync::atomic::AtomicBool>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let is_down = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (noted, down) = (Arc::clone(&asked), Arc::clone(&is_down));
    let app = Router::new().fallback(move |request: Request<Body>| {
        let (noted, down) = (Arc::clone(&noted), Arc::clone(&down));
        async move {
            noted.lock().unwrap().push(request.uri().to_string());
            if down.load(std::sync::atomic::Ordering::Relaxed) {
                return (StatusCode::OK, b"<html>quota</html>".to_vec());
            }
            (StatusCode::OK, PNG.to_vec())
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (port, asked, is_down)
}

#[tokio::test]
async fn tiles_come_through_this_service_once_and_only_as_configured() {
    let (port, asked, is_down) = map_server().await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "geheim\n").unwrap();
    let archive = folder.path().join("city.pmtiles");
    std::fs::write(&archive, (0..=255).collect::<Vec<u8>>()).unwrap();
    let settings: Settings = toml::from_str(&format!(
        "[[map.basemaps]]\nid = \"tdt\"\nname_zh = \"天地图\"\nname_en = \"Tianditu\"\nattribution = \"GS\"\nkind = \"raster\"\nmax_zoom = 10\n\
         url = \"http://127.0.0.1:{port}/wmts?m={{z}}&r={{y}}&c={{x}}&tk={{key}}\"\nkey_file = \"{}\"\n\
         [[map.basemaps]]\nid = \"own\"\nname_zh = \"本地\"\nname_en = \"Own\"\nattribution = \"OSM\"\nkind = \"pmtiles\"\nfile = \"{}\"\n",
        key.display(),
        archive.display()
    ))
    .unwrap();
    let house = House::build_under(registry(), settings).await;
    let (_, maps) = house.json("GET", "/api/v1/basemaps", Some(&house.city), None).await;
    assert_eq!(maps["basemaps"][0]["path"], "/tiles/tdt/{z}/{x}/{y}");
    assert!(!maps.to_string().contains("geheim") && !maps.to_string().contains("127.0.0.1"), "{maps}");
    let status = async |path: &str| house.ask("GET", path, Some(&house.city), None).await.status().as_u16();
    for (path, expected) in [
        ("/tiles/tdt/5/3/4", 200),
        ("/tiles/tdt/5/3/4", 200),
        ("/tiles/tdt/5/32/4", 404),
        ("/tiles/tdt/11/0/0", 404),
        ("/tiles/tdt/5/3/4%2F..%2F..", 404),
        ("/tiles/tdt/5/-1/4", 404),
        ("/tiles/own/5/3/4", 404),
        ("/tiles/other/5/3/4", 404),
    ] {
        assert_eq!(status(path).await, expected, "{path}");
    }
    assert_eq!(*asked.lock().unwrap(), ["/wmts?m=5&r=4&c=3&tk=geheim"], "asked once, by numbers alone");
    is_down.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(status("/tiles/tdt/5/3/4").await, 200, "kept");
    assert_eq!(status("/tiles/tdt/5/3/5").await, 502, "an error page is no tile");
    assert_eq!(house.ask("GET", "/tiles/tdt/5/3/4", None, None).await.status(), StatusCode::UNAUTHORIZED);

    let stretch = async |range: &str, etag: &str| {
        let request = Request::get("/basemaps/own/archive")
            .header(header::AUTHORIZATION, format!("Bearer {}", house.city))
            .header(header::RANGE, range)
            .header(header::IF_NONE_MATCH, etag);
        house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let response = stretch("bytes=16-19", "\"x\"").await;
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(response.headers()[header::CONTENT_RANGE], "bytes 16-19/256");
    let etag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), [16, 17, 18, 19][..]);
    assert_eq!(stretch("bytes=16-19", &etag).await.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(stretch("bytes=256-", "\"x\"").await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
}
