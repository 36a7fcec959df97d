//! The table of who may do what, held against what the service does: every route of the OpenAPI document, as every role and
//! as nobody; and what a company's person is shown of another company.

use super::*;
use crate::cases::NewFile;
use crate::cases::appeal::AppealKind;
use crate::cases::listing_file::Measure;
use crate::people::access::{LINES, Verdict, Who, line};

const OTHER_USCC: &str = "91410183MA40000010";

/// Every route of the document.
async fn routes(house: &House) -> Vec<(String, String)> {
    let (_, document) = house.json("GET", "/api/v1/openapi.json", None, None).await;
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A path with something in its places that can be read and is not there.
fn filled(path: &str) -> String {
    let part = |part: &str| match part {
        "{uscc}" => USCC.to_owned(),
        "{plate}" => "%E8%B1%AB%41%31%32%33%34%35".to_owned(),
        "{terminal}" => "13800000009".to_owned(),
        _ if part.starts_with('{') => "999999".to_owned(),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn token_of(house: &House, role: Role) -> String {
    let company = (role == Role::Carrier).then(|| USCC.parse().unwrap());
    let officer = Officer {
        name: format!("walker {}", role.word()),
        authority: Authority::CityManagement,
        role,
        company,
    };
    officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap()
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let house = House::build().await;
    let mut wrong = Vec::new();
    let mut walked = 0;
    let mut tokens = vec![(None, None)];
    for role in Role::ALL {
        tokens.push((Some(role), Some(token_of(&house, role).await)));
    }
    for (method, path) in routes(&house).await {
        let Some(line) = line(&method, &path) else {
            wrong.push(format!(
                "{method} {path} has no line in the table of who may do what: add one to LINES in \
                 fleet-service/src/people/access.rs"
            ));
            continue;
        };
        for (role, token) in &tokens {
            let body = (method != "GET").then(|| json!({}));
            let status = house.ask(&method, &filled(&path), token.as_deref(), body).await.status().as_u16();
            walked += 1;
            let fits = match (line.who, role) {
                (Who::Device, _) => status == 401,
                (Who::Anyone, _) => !matches!(status, 401 | 403),
                (_, None) => status == 401,
                (_, Some(role)) if line.verdict(*role) == Verdict::Refused => status == 403,
                _ => !matches!(status, 401 | 403),
            };
            // Nothing follows the log here, so the service is not ready, and says so.
            let failed = status >= 500 && path != "/readyz";
            if !fits || failed {
                let whom = role.map_or("nobody", Role::word);
                wrong.push(format!("{method} {path} as {whom}: {status}, the table says {:?}", line.who));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(walked >= 7 * LINES.len(), "{walked}");
}

#[tokio::test]
async fn the_table_names_no_route_that_is_gone() {
    let house = House::build().await;
    let there = routes(&house).await;
    let gone: Vec<String> = LINES
        .iter()
        .filter(|line| !there.iter().any(|(method, path)| method == line.method && path == line.path))
        .map(|line| format!("{} {}", line.method, line.path))
        .collect();
    assert!(gone.is_empty(), "take these lines out of fleet-service/src/people/access.rs: {gone:?}");
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_say_and_no_more() {
    let house = House::build().await;
    let admin = token_of(&house, Role::Admin).await;
    for (scopes, opened, closed) in [
        (json!(["read"]), ("GET", "/api/v1/trucks"), ("POST", "/api/v1/terminals/13800000009/revoke")),
        (json!(["registers"]), ("POST", "/api/v1/terminals/13800000009/revoke"), ("GET", "/api/v1/trucks")),
        (json!(["admin"]), ("GET", "/api/v1/people"), ("GET", "/api/v1/account")),
    ] {
        let order = json!({ "name": "program", "scopes": scopes, "days": 30 });
        let (status, given) = house.json("POST", "/api/v1/account/tokens", Some(&admin), Some(order)).await;
        assert_eq!(status, 201, "{given}");
        let token = given["token"].as_str().unwrap();
        let body = |method: &str| (method == "POST").then(|| json!({ "reason": "r" }));
        let (status, _) = house.json(opened.0, opened.1, Some(token), body(opened.0)).await;
        assert!(!matches!(status, 401 | 403), "{scopes} {opened:?}: {status}");
        let (status, answer) = house.json(closed.0, closed.1, Some(token), body(closed.0)).await;
        assert_eq!(
            (status, &answer["type"]),
            (403, &json!("/problems/scope")),
            "{scopes} {closed:?}: {answer}"
        );
        let taken_back = format!("/api/v1/account/tokens/{}", given["id"]);
        assert_eq!(house.json("DELETE", &taken_back, Some(&admin), None).await.0, 204);
        assert_eq!(house.json(opened.0, opened.1, Some(token), body(opened.0)).await.0, 401);
    }
    let never = json!({ "name": "program", "scopes": ["account"], "days": 30 });
    assert_eq!(house.json("POST", "/api/v1/account/tokens", Some(&admin), Some(never)).await.0, 422);
}

#[tokio::test]
async fn every_act_asked_for_by_another_sites_page_is_refused() {
    let house = House::build().await;
    let admin = token_of(&house, Role::Admin).await;
    for (method, path) in routes(&house).await.into_iter().filter(|(method, _)| method != "GET") {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let request = Request::builder()
                .method(method.as_str())
                .uri(filled(&path))
                .header(header::HOST, "muck.example")
                .header(header::AUTHORIZATION, format!("Bearer {admin}"))
                .header(header::CONTENT_TYPE, "application/json")
                .header(name, value)
                .body(Body::from("{}"))
                .unwrap();
            let response = house.router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path} {name}");
            assert!(text(response).await.contains("/problems/other-site"), "{method} {path}");
        }
    }
}

/// Two companies, each with a truck, a case, an objection and a listing file, the first with a permit; returns the numbers
/// of the first one's.
async fn two_companies() -> (House, [(&'static str, String); 4]) {
    let mut registry = registry();
    let mut other = registry.carriers.values().next().unwrap().clone();
    other.uscc = OTHER_USCC.parse().unwrap();
    other.name = "乙清运".into();
    let mut truck = registry.trucks.values().next().unwrap().clone();
    truck.plate = "豫A99999".parse().unwrap();
    truck.carrier = other.uscc.clone();
    truck.terminal = None;
    registry.trucks.insert(truck.plate.clone(), truck);
    registry.carriers.insert(other.uscc.clone(), other);
    let house = House::build_under(registry, due_process::settings(10)).await;
    let now = clock::now();
    let officer = due_process::city_officer();
    let mut numbers = Vec::new();
    for (plate, uscc) in [("豫A12345", USCC), ("豫A99999", OTHER_USCC)] {
        let mut act = due_process::act("UW-01", "2026-11-01");
        act.plate = plate.parse().unwrap();
        let (case, _) = house.api.cases.enter_case(act, &officer, now).await.unwrap();
        let entry = house.api.store.ledger().await.unwrap().last().unwrap().seq;
        let person = Officer { company: Some(uscc.parse().unwrap()), ..due_process::company_person() };
        let objection = crate::cases::NewAppeal {
            kind: AppealKind::Objection,
            entry_seq: Some(entry),
            file: None,
            grounds: "车辆当日停运".into(),
        };
        let company = uscc.parse().unwrap();
        let appeal = house.api.cases.lodge_appeal(&company, objection, &person, now).await.unwrap();
        let file =
            NewFile {
                uscc: company, measure: Measure::Exit, trigger: "12个月内3次以上未密闭处罚".into()
            };
        let file = house.api.cases.propose(file, &officer, now).await.unwrap();
        numbers.push([
            ("/api/v1/cases/", case.number.to_string()),
            ("/api/v1/appeals/", appeal.number.to_string()),
            ("/api/v1/listings/", file.number.to_string()),
        ]);
    }
    let [case, appeal, file] = numbers.remove(0);
    let (house, permit) = registers::Desk::with_a_permit(house).await;
    (house, [case, appeal, file, ("/api/v1/permits/", permit)])
}

#[tokio::test]
async fn a_companys_person_is_shown_nothing_of_another_company() {
    let (house, numbers) = two_companies().await;
    let other = Officer {
        name: "企业戊".into(),
        company: Some(OTHER_USCC.parse().unwrap()),
        ..due_process::company_person()
    };
    let stranger = officers::add(&house.api.store, other, "test", clock::now()).await.unwrap();
    let own =
        officers::add(&house.api.store, due_process::company_person(), "test", clock::now()).await.unwrap();
    let mut seen_by_own = 0;
    for line in
        LINES.iter().filter(|line| line.method == "GET" && line.verdict(Role::Carrier) == Verdict::OwnCompany)
    {
        let number =
            numbers.iter().find(|(prefix, _)| line.path.starts_with(prefix)).map(|(_, number)| number);
        let path = line.path.replace("{uscc}", USCC).replace("{plate}", "%E8%B1%AB%41%31%32%33%34%35");
        let path = number.map_or(path.clone(), |number| path.replace("{number}", number));
        assert!(!path.contains('{'), "{}: say in this test what stands in its places", line.path);
        for query in ["", "?uscc=91350100M000100Y43"] {
            let response = house.ask("GET", &format!("{path}{query}"), Some(&stranger), None).await;
            let (status, body) = (response.status().as_u16(), text(response).await);
            for theirs in
                [USCC, "<甲>清运", "豫A12345", "XM/2026-1", &numbers[0].1, &numbers[1].1, &numbers[2].1]
            {
                assert!(status == 404 || !body.contains(theirs), "{path}{query} shows {theirs}: {body}");
            }
            if line.path.contains('{') {
                assert!(matches!(status, 403 | 404), "{path}{query}: {status} {body}");
            }
        }
        let response = house.ask("GET", &path, Some(&own), None).await;
        let status = response.status().as_u16();
        let body = text(response).await;
        assert!(status == 200 || line.path.ends_with("notice"), "{path}: {status} {body}");
        seen_by_own += usize::from(body.contains(USCC) || body.contains("豫A12345"));
    }
    assert!(seen_by_own >= 5, "{seen_by_own} routes show a company its own");
}
