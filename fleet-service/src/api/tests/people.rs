//! People signing in, and what they and administrators do with accounts, through the whole router.

use super::*;
use crate::people::totp;

const GOOD: &str = "骑马过河看花去吧明天再来";
const BETTER: &str = "four words nobody connects";

/// A browser: keeps the cookie it was given.
#[derive(Default)]
struct Browser {
    cookie: Option<String>,
}

impl Browser {
    async fn ask(&mut self, house: &House, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("other=1; {cookie}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let response = house.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        if let Some(set) = response.headers().get(header::SET_COOKIE) {
            self.cookie = set.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap_or(Value::Null))
    }

    async fn is_in(&mut self, house: &House) -> bool {
        self.ask(house, "GET", "/api/v1/session", Value::Null).await.0 == 200
    }

    async fn sign_in(
        &mut self,
        house: &House,
        name: &str,
        password: &str,
        code: Option<&str>,
    ) -> (u16, Value) {
        let with = json!({ "name": name, "password": password, "code": code });
        self.ask(house, "POST", "/api/v1/session", with).await
    }
}

async fn admin(house: &House) -> String {
    let officer = Officer {
        name: "管理员".into(),
        authority: Authority::CityManagement,
        role: Role::Admin,
        company: None,
    };
    officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap()
}

/// Adds an enforcer and returns account and link.
async fn invited(house: &House, admin: &str, name: &str) -> (u64, String) {
    let person = json!({ "name": name, "role": "enforcer", "authority": "city_management" });
    let (status, link) = house.json("POST", "/api/v1/people", Some(admin), Some(person)).await;
    assert_eq!(status, 201, "{link}");
    assert!(link["link"].as_str().unwrap().starts_with("/app/sign-in#invitation="), "{link}");
    (link["id"].as_u64().unwrap(), link["token"].as_str().unwrap().to_owned())
}

async fn accept(house: &House, token: &str, password: &str) -> (Browser, u16) {
    let mut browser = Browser::default();
    let with = json!({ "token": token, "password": password });
    let (status, _) = browser.ask(house, "POST", "/api/v1/invitations/accept", with).await;
    (browser, status)
}

async fn acts(house: &House) -> Vec<String> {
    house.api.store.audit_after(0, 1000).await.unwrap().into_iter().map(|entry| entry.what).collect()
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_the_password_signs_in() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (_, token) = invited(&house, &admin, "执法张三").await;
    let (status, seen) =
        house.json("POST", "/api/v1/invitations/look", None, Some(json!({ "token": token }))).await;
    assert_eq!((status, &seen["name"], &seen["role"]), (200, &json!("执法张三"), &json!("enforcer")));
    assert_eq!(accept(&house, &token, "too short").await.1, 422);
    let (mut browser, status) = accept(&house, &token, GOOD).await;
    assert_eq!(status, 200);
    assert!(browser.is_in(&house).await);
    assert_eq!(accept(&house, &token, BETTER).await.1, 410, "a link is used once");
    let (status, _) = browser.ask(&house, "DELETE", "/api/v1/session", Value::Null).await;
    assert_eq!(status, 204);
    let mut again = Browser::default();
    assert_eq!(again.sign_in(&house, " 执法张三 ", GOOD, None).await.0, 200);
    assert!(again.is_in(&house).await);
    let acts = acts(&house).await;
    for act in ["accept invitation", "sign in", "sign out"] {
        assert!(acts.iter().any(|found| found == act), "{act} is not in {acts:?}");
    }
    let (_, checked) = house.json("GET", "/api/v1/audit/check", Some(&admin), None).await;
    assert_eq!((&checked["whole"], &checked["entries"]), (&json!(true), &json!(acts.len())));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_just_the_cookie() {
    let house = House::build().await;
    let mut browser = Browser::default();
    let (status, session) =
        browser.ask(&house, "POST", "/api/v1/session", json!({ "token": house.city })).await;
    assert_eq!((status, &session["name"]), (200, &json!("城管甲")));
    let cookie = browser.cookie.clone();
    assert!(!cookie.clone().unwrap().contains(&house.city), "the cookie is not the token");
    browser.ask(&house, "DELETE", "/api/v1/session", Value::Null).await;
    let mut thief = Browser { cookie };
    assert!(!thief.is_in(&house).await);
}

#[tokio::test]
async fn an_unknown_name_a_wrong_password_and_a_disabled_account_get_the_same_answer() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (id, token) = invited(&house, &admin, "执法张三").await;
    accept(&house, &token, GOOD).await;
    let mut answers = Vec::new();
    answers.push(Browser::default().sign_in(&house, "执法张三", BETTER, None).await);
    answers.push(Browser::default().sign_in(&house, "查无此人", BETTER, None).await);
    house.json("POST", &format!("/api/v1/people/{id}/disable"), Some(&admin), Some(json!({}))).await;
    answers.push(Browser::default().sign_in(&house, "执法张三", GOOD, None).await);
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let trail = house.api.store.audit_after(0, 100).await.unwrap();
    let refused: Vec<&str> =
        trail.iter().filter(|e| e.what == "refuse sign-in").map(|e| e.subject.as_str()).collect();
    assert_eq!(refused, ["执法张三", "(unknown name)", "执法张三"]);
}

#[tokio::test]
async fn five_failures_lock_a_name_known_or_not_for_the_right_password_too() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (_, token) = invited(&house, &admin, "执法张三").await;
    accept(&house, &token, GOOD).await;
    for name in ["执法张三", "查无此人"] {
        for _ in 0..5 {
            assert_eq!(Browser::default().sign_in(&house, name, BETTER, None).await.0, 401);
        }
        let (status, answer) = Browser::default().sign_in(&house, name, GOOD, None).await;
        assert_eq!((status, &answer["type"]), (429, &json!("/problems/locked")), "{answer}");
    }
    let trail = acts(&house).await;
    assert_eq!(trail.iter().filter(|act| *act == "lock out").count(), 2, "{trail:?}");
    let metrics = text(house.ask("GET", "/metrics", None, None).await).await;
    assert!(metrics.contains("mucktrail_sign_in_names_locked 2"), "{metrics}");
    assert!(metrics.contains("mucktrail_sign_ins_total{what=\"locked\"} 2"), "{metrics}");
}

#[tokio::test]
async fn an_address_that_tries_too_often_is_told_to_wait() {
    let house = House::build().await;
    let wrong = || json!({ "token": "A".repeat(43) });
    for _ in 0..crate::people::attempts::ATTEMPTS_PER_MINUTE {
        assert_eq!(house.json("POST", "/api/v1/session", None, Some(wrong())).await.0, 401);
    }
    let response = house.ask("POST", "/api/v1/session", None, Some(wrong())).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn a_changed_password_forces_the_other_sessions_out() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (_, token) = invited(&house, &admin, "执法张三").await;
    let (mut here, _) = accept(&house, &token, GOOD).await;
    let mut there = Browser::default();
    there.sign_in(&house, "执法张三", GOOD, None).await;
    let (_, listed) = here.ask(&house, "GET", "/api/v1/account/sessions", Value::Null).await;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2, "{listed}");
    let change = |present: &str, new: &str| json!({ "present": present, "new": new });
    let path = "/api/v1/account/password";
    assert_eq!(here.ask(&house, "POST", path, change(BETTER, BETTER)).await.0, 422);
    assert_eq!(here.ask(&house, "POST", path, change(GOOD, "password1234")).await.0, 422);
    assert_eq!(here.ask(&house, "POST", path, change(GOOD, BETTER)).await.0, 204);
    assert!(here.is_in(&house).await && !there.is_in(&house).await);
    assert_eq!(there.sign_in(&house, "执法张三", GOOD, None).await.0, 401);
    assert_eq!(there.sign_in(&house, "执法张三", BETTER, None).await.0, 200);
    let (_, ended) = here.ask(&house, "DELETE", "/api/v1/account/sessions", Value::Null).await;
    assert_eq!(ended, json!({ "ended": 1 }));
    assert!(!there.is_in(&house).await);
}

#[tokio::test]
async fn the_second_factor_is_asked_for_its_codes_count_once_and_recovery_codes_too() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (_, token) = invited(&house, &admin, "执法张三").await;
    let (mut browser, _) = accept(&house, &token, GOOD).await;
    let (_, shown) = browser.ask(&house, "POST", "/api/v1/account/second-factor", json!({})).await;
    assert!(shown["svg"].as_str().unwrap().starts_with("<svg "));
    let account = house.api.store.account_by_name("执法张三").await.unwrap().unwrap();
    let secret = account.totp_waiting.unwrap();
    assert_eq!(shown["secret"], json!(totp::base32(&secret)));
    let present = totp::step(clock::now());
    let code = |step: u64| totp::code_at(&secret, step);
    let prove = "/api/v1/account/second-factor/prove";
    let (status, _) = browser.ask(&house, "POST", prove, json!({ "code": code(present + 5) })).await;
    assert_eq!(status, 401);
    let (status, proved) = browser.ask(&house, "POST", prove, json!({ "code": code(present) })).await;
    assert_eq!(status, 200, "{proved}");
    let recovery = proved["recovery_codes"][0].as_str().unwrap().to_owned();

    let mut other = Browser::default();
    let (status, answer) = other.sign_in(&house, "执法张三", GOOD, None).await;
    assert_eq!((status, &answer["type"]), (401, &json!("/problems/code-needed")));
    let (status, answer) = other.sign_in(&house, "执法张三", GOOD, Some(&code(present))).await;
    assert_eq!(
        (status, &answer["type"]),
        (401, &json!("/problems/wrong-code")),
        "it proved the factor already"
    );
    assert_eq!(other.sign_in(&house, "执法张三", GOOD, Some(&code(present + 1))).await.0, 200);
    let (status, _) = other.sign_in(&house, "执法张三", GOOD, Some(&code(present + 1))).await;
    assert_eq!(status, 401, "a code counts once");
    assert_eq!(other.sign_in(&house, "执法张三", GOOD, Some(&recovery)).await.0, 200);
    assert_eq!(other.sign_in(&house, "执法张三", GOOD, Some(&recovery)).await.0, 401);
    let (_, own) = other.ask(&house, "GET", "/api/v1/account", Value::Null).await;
    assert_eq!((&own["second_factor"], &own["recovery_codes_left"]), (&json!(true), &json!(9)));
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_sets_it_up_before_anything_else() {
    let mut settings = Settings::default();
    settings.people.second_factor_roles = vec![Role::Enforcer];
    settings.people.behind_tls = true;
    let house = House::build_under(registry(), settings).await;
    let admin = admin(&house).await;
    let (_, token) = invited(&house, &admin, "执法张三").await;
    let (mut browser, _) = accept(&house, &token, GOOD).await;
    let (status, session) = browser.ask(&house, "GET", "/api/v1/session", Value::Null).await;
    assert_eq!((status, &session["must_enrol"]), (200, &json!(true)));
    let (status, answer) = browser.ask(&house, "GET", "/api/v1/trucks", Value::Null).await;
    assert_eq!((status, &answer["type"]), (403, &json!("/problems/second-factor-needed")));
    browser.ask(&house, "POST", "/api/v1/account/second-factor", json!({})).await;
    let account = house.api.store.account_by_name("执法张三").await.unwrap().unwrap();
    let code = totp::code_at(&account.totp_waiting.unwrap(), totp::step(clock::now()));
    let prove = "/api/v1/account/second-factor/prove";
    assert_eq!(browser.ask(&house, "POST", prove, json!({ "code": code })).await.0, 200);
    assert_eq!(browser.ask(&house, "GET", "/api/v1/trucks", Value::Null).await.0, 200);
    // A token of that role works for programs, and opens no session.
    let (status, answer) =
        house.json("POST", "/api/v1/session", None, Some(json!({ "token": house.city }))).await;
    assert_eq!((status, &answer["type"]), (403, &json!("/problems/second-factor-needed")));
    assert_eq!(house.json("GET", "/api/v1/trucks", Some(&house.city), None).await.0, 200);
    let response = house.ask("POST", "/api/v1/session", None, Some(json!({ "token": house.police }))).await;
    assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn administrators_change_disable_reset_and_link_and_one_of_them_always_remains() {
    let house = House::build().await;
    let admin = admin(&house).await;
    let (id, token) = invited(&house, &admin, "执法张三").await;
    let (mut browser, _) = accept(&house, &token, GOOD).await;
    let act = async |act: &str, body: Value| {
        house.json("POST", &format!("/api/v1/people/{id}/{act}"), Some(&admin), Some(body)).await
    };
    let police = json!({ "role": "police", "authority": "police" });
    assert_eq!(act("role", police).await.0, 204);
    let (_, session) = browser.ask(&house, "GET", "/api/v1/session", Value::Null).await;
    assert_eq!(session["role"], "police", "from the next request on");
    let company = json!({ "role": "police", "authority": "police", "company": USCC });
    assert_eq!(act("role", company).await.0, 422);
    assert_eq!(act("single-sign-on", json!({ "subject": "u-17" })).await.0, 204);
    assert_eq!(act("disable", json!({})).await.0, 204);
    assert!(!browser.is_in(&house).await);
    assert_eq!(act("reset", json!({})).await.0, 409);
    assert_eq!(act("enable", json!({})).await.0, 204);
    let (status, link) = act("reset", json!({ "second_factor_too": true })).await;
    assert_eq!(status, 200, "{link}");
    assert_eq!(browser.sign_in(&house, "执法张三", GOOD, None).await.0, 401);
    assert_eq!(accept(&house, link["token"].as_str().unwrap(), BETTER).await.1, 200);

    let (_, all) = house.json("GET", "/api/v1/people", Some(&admin), None).await;
    let find =
        |name: &str| all["people"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone();
    assert_eq!(find("执法张三")["single_sign_on"], "u-17");
    let last = find("管理员")["id"].as_u64().unwrap();
    for (path, body) in [
        (format!("/api/v1/people/{last}/disable"), json!({})),
        (format!("/api/v1/people/{last}/role"), json!({ "role": "auditor", "authority": "police" })),
    ] {
        let (status, answer) = house.json("POST", &path, Some(&admin), Some(body)).await;
        assert_eq!(status, 409, "{answer}");
        assert!(answer["detail_zh"].as_str().unwrap().contains("最后一名管理员"), "{answer}");
    }
    let taken = json!({ "name": "执法张三", "role": "auditor", "authority": "police" });
    assert_eq!(house.json("POST", "/api/v1/people", Some(&admin), Some(taken)).await.0, 409);
}

#[tokio::test]
async fn the_first_start_of_an_empty_system_gives_one_link_that_makes_one_administrator() {
    let house = House::build().await;
    assert!(crate::people::invitation::first_link(&house.api.store, clock::now()).await.unwrap().is_none());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let earlier = crate::people::invitation::first_link(&store, clock::now()).await.unwrap().unwrap();
    let link = crate::people::invitation::first_link(&store, clock::now()).await.unwrap().unwrap();
    let people = People::new(store.clone(), Settings::default().people);
    let with = |token: &str, name: Option<&str>| crate::people::invitation::Acceptance {
        token: token.into(),
        name: name.map(str::to_owned),
        password: GOOD.into(),
    };
    let from = crate::people::Caller::new("10.0.0.1".into(), "test");
    let now = clock::now();
    for (token, name) in [(&earlier, Some("局长")), (&link, None)] {
        assert!(people.accept(&with(token, name), &from, now).await.is_err());
    }
    let too_late = People::new(store.clone(), Settings::default().people);
    let a_day_later = now.plus_seconds(25 * 3600);
    assert!(too_late.accept(&with(&link, Some("局长")), &from, a_day_later).await.is_err());
    let opened = people.accept(&with(&link, Some("局长")), &from, now).await.unwrap().unwrap();
    assert_eq!(opened.account.officer.role, Role::Admin);
    assert!(people.accept(&with(&link, Some("副局长")), &from, now).await.is_err());
    assert!(crate::people::invitation::first_link(&store, now).await.unwrap().is_none());
    // The session ends when idle, and in any case after its hours.
    let is_in = async |later_s: i64| {
        people.of_cookie(&opened.secret, now.plus_seconds(later_s)).await.unwrap().is_some()
    };
    assert!(!is_in(4 * 3600).await);
    for hour in 1..=3 {
        assert!(is_in(3 * 3600 * hour + 60).await, "{hour}");
    }
    assert!(!is_in(12 * 3600).await);
}

#[tokio::test]
async fn the_trail_is_read_by_page_and_by_what_one_looks_for() {
    let house = House::build().await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    house.decide(id, "confirm", &house.city, "r").await;
    let of = async |query: &str| {
        house.json("GET", &format!("/api/v1/audit?{query}"), Some(&house.auditor), None).await
    };
    let (status, first) = of("limit=2").await;
    assert_eq!((status, &first["entries"][0]["what"]), (200, &json!("confirm")));
    let next = first["next_cursor"].as_str().unwrap();
    let (_, second) = of(&format!("limit=2&cursor={next}")).await;
    assert_eq!(second["entries"].as_array().unwrap().len(), 2);
    assert_eq!(second["next_cursor"], Value::Null);
    for (query, count) in [
        ("what=confirm", 1),
        ("who=test", 3),
        ("subject=%E5%9F%8E%E7%AE%A1%E7%94%B2", 1),
        ("until=2020-01-01T00:00:00%2B08:00", 0),
        ("what=confirm&who=test", 0),
    ] {
        assert_eq!(of(query).await.1["entries"].as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(of("from=yesterday").await.0, 400);
    assert_eq!(of("cursor=x").await.0, 400);
    let table = text(house.ask("GET", "/api/v1/audit.csv", Some(&house.auditor), None).await).await;
    assert_eq!(table.lines().count(), 5, "{table}");
    let (_, settings) = house.json("GET", "/api/v1/settings", Some(&house.auditor), None).await;
    assert!(settings["toml"].as_str().unwrap().contains("session_idle_minutes = 240"), "{settings}");
}
