//! Attached files through the whole router: what is taken, how it is given out, who may read.

use super::due_process::*;
use super::*;
use crate::attachments::FILE_BYTES_MAX;
use crate::cases::NewAppeal;
use crate::cases::appeal::AppealKind;

const PATH: &str = "/api/v1/attachments";

/// One dark pixel, as a browser's canvas writes it.
fn png() -> Vec<u8> {
    use base64::Engine as _;
    let text =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

impl House {
    async fn attach(&self, token: Option<&str>, query: &str, kind: &str, body: Vec<u8>) -> (u16, Value) {
        let mut request = Request::post(format!("{PATH}?{query}")).header(header::CONTENT_TYPE, kind);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(super) async fn person(
        &self,
        name: &str,
        authority: Authority,
        role: Role,
        company: Option<&str>,
    ) -> String {
        let company = company.map(|uscc| uscc.parse().unwrap());
        let officer = Officer { name: name.into(), authority, role, company };
        officers::add(&self.api.store, officer, "test", clock::now()).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_it_is_called() {
    let house = House::build().await;
    let token = Some(house.city.as_str());
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();
    for (query, kind, body, expected) in [
        ("name=a.png", "image/png", html.clone(), 415),
        ("name=a.html", "text/html", html, 415),
        ("name=a.png", "text/plain", png(), 415),
        ("name=a.png", "image/png", png()[..50].to_vec(), 422),
        ("name=a.png", "image/png", Vec::new(), 422),
        ("name=a.png", "application/octet-stream", vec![0; FILE_BYTES_MAX + 1], 413),
        ("name=a.png&about=truck/1", "image/png", png(), 404),
        ("name=a.png&about=case/none", "image/png", png(), 404),
        ("name=a.png", "image/png", png(), 201),
        ("name=a.html", "application/octet-stream", png(), 201),
    ] {
        let (status, answer) = house.attach(token, query, kind, body).await;
        assert_eq!(status, expected, "{query} {kind}: {answer}");
        if status >= 400 {
            assert!(answer["detail_zh"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
        } else {
            assert_eq!((&answer["media"], &answer["width"]), (&json!("image/png"), &json!(1)));
        }
    }
    assert_eq!(house.attach(None, "name=a.png", "image/png", png()).await.0, 401);
}

#[tokio::test]
async fn a_file_is_given_out_to_be_saved_and_never_as_a_page() {
    let house = House::build().await;
    let (_, kept) = house.attach(Some(&house.city), "name=x.html", "image/png", png()).await;
    let path = format!("{PATH}/{}", kept["id"].as_str().unwrap());
    let response = house.ask("GET", &path, Some(&house.city), None).await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(
        header("content-disposition").starts_with("attachment; filename=\""),
        "{}",
        header("content-disposition")
    );
    assert!(header("content-disposition").ends_with(".png\""));
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().to_vec(), png());
}

#[tokio::test]
async fn files_of_a_case_are_for_its_authority_and_its_company() {
    let house = House::build().await;
    let (case, _) = house.enter("UW-01", "2026-11-03", "2026-11-05").await;
    let about = format!("case/{}", case.number);
    let (status, kept) =
        house.attach(Some(&house.city), &format!("name=a.png&about={about}"), "image/png", png()).await;
    assert_eq!(status, 201, "{kept}");
    let own = house.person("企业丁", Authority::CityManagement, Role::Carrier, Some(USCC)).await;
    let other =
        house.person("企业戊", Authority::CityManagement, Role::Carrier, Some("91410183MA40000029")).await;
    let registrar = house.person("登记庚", Authority::CityManagement, Role::Registrar, None).await;
    let file = format!("{PATH}/{}", kept["id"].as_str().unwrap());
    let list = format!("{PATH}?about={about}");
    for (who, token, expected) in [
        ("nobody", None, 401),
        ("city", Some(&house.city), 200),
        ("police", Some(&house.police), 404),
        ("registrar", Some(&registrar), 404),
        ("auditor", Some(&house.auditor), 200),
        ("own company", Some(&own), 200),
        ("other company", Some(&other), 404),
    ] {
        let token = token.map(String::as_str);
        for path in [&file, &list, &format!("{file}/facts")] {
            assert_eq!(house.ask("GET", path, token, None).await.status().as_u16(), expected, "{who} {path}");
        }
    }
    // Those who may only see add nothing.
    for (token, expected) in [(&house.auditor, 403), (&own, 409)] {
        let sent = house.attach(Some(token), &format!("about={about}"), "image/png", png()).await;
        assert_eq!(sent.0, expected, "{}", sent.1);
    }
}

#[tokio::test]
async fn an_appeal_carries_the_files_of_who_lodges_it_and_another_officer_answers() {
    let house = House::build().await;
    house.enter("UW-01", "2026-11-03", "2026-11-05").await;
    let own = house.person("企业丁", Authority::CityManagement, Role::Carrier, Some(USCC)).await;
    let (_, kept) = house.attach(Some(&own), "name=维修单.png", "image/png", png()).await;
    let (_, foreign) = house.attach(Some(&house.city), "name=b.png", "image/png", png()).await;
    let lodge = async |files: Value| {
        let body = json!({ "kind": "objection", "entry": 1, "grounds": "停运", "files": files });
        house.json("POST", "/api/v1/appeals", Some(&own), Some(body)).await
    };
    assert_eq!(lodge(json!([foreign["id"]])).await.0, 422);
    let (status, lodged) = lodge(json!([kept["id"]])).await;
    assert_eq!(status, 201, "{lodged}");
    let number = lodged["appeal"]["number"].as_str().unwrap().to_owned();
    let (_, list) =
        house.json("GET", &format!("{PATH}?about=appeal/{number}"), Some(&house.city), None).await;
    assert_eq!(list["attachments"][0]["id"], kept["id"]);
    let path = format!("/api/v1/appeals/{number}/reject");
    let answer = json!({ "reason": "证据不足" });
    assert_eq!(house.json("POST", &path, Some(&house.city), Some(answer.clone())).await.0, 403);
    let other = house.person("城管辛", Authority::CityManagement, Role::Enforcer, None).await;
    assert_eq!(house.json("POST", &path, Some(&other), Some(answer)).await.0, 200);
    // Closed: no more files.
    let sent = house.attach(Some(&own), &format!("about=appeal/{number}"), "image/png", png()).await;
    assert_eq!(sent.0, 409);
}

#[tokio::test]
async fn a_draft_is_kept_by_the_service_for_one_person() {
    let house = House::build().await;
    let own = house.person("企业丁", Authority::CityManagement, Role::Carrier, Some(USCC)).await;
    let path = "/api/v1/appeal-draft";
    assert_eq!(house.json("GET", path, Some(&own), None).await.1, json!({ "draft": null, "saved": null }));
    let draft = json!({ "kind": "repair", "entry": 3, "listing": null, "grounds": "已整改", "files": [] });
    assert_eq!(house.json("PUT", path, Some(&own), Some(draft.clone())).await.0, 200);
    assert_eq!(house.json("GET", path, Some(&own), None).await.1["draft"], draft);
    assert_eq!(house.json("GET", path, Some(&house.city), None).await.1["draft"], Value::Null);
    let mut long = draft.clone();
    long["grounds"] = json!("长".repeat(5_001));
    assert_eq!(house.json("PUT", path, Some(&own), Some(long)).await.0, 422);
    assert_eq!(house.json("DELETE", path, Some(&own), None).await.0, 204);
    assert_eq!(house.json("GET", path, Some(&own), None).await.1["draft"], Value::Null);
}

#[tokio::test]
async fn the_library_takes_an_appeal_without_files_as_before() {
    let house = house(settings(0)).await;
    house.enter("UW-01", "2026-11-03", "2026-11-05").await;
    let new =
        NewAppeal { kind: AppealKind::Objection, entry_seq: Some(1), file: None, grounds: "停运".into() };
    let lodged =
        house.api.cases.lodge_appeal(&uscc(), new, &company_person(), day("2026-11-06")).await.unwrap();
    assert_eq!(house.api.store.attachments_of(&format!("appeal/{}", lodged.number)).await.unwrap(), []);
}
