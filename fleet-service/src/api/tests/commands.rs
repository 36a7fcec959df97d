//! Commands to terminals over HTTP, as far as the store: what becomes of them on the line is tested on real sockets.

use super::*;
use crate::commands::asking::OPEN_COMMANDS_MAX;

const PATH: &str = "/api/v1/terminals/13800000001/commands";

async fn registrar(house: &House) -> String {
    let authority = Authority::CityManagement;
    let officer = Officer { name: "登记丁".into(), authority, role: Role::Registrar, company: None };
    officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap()
}

#[tokio::test]
async fn a_command_is_taken_from_the_right_role_and_kept_until_its_terminal_comes() {
    let house = House::build().await;
    let registrar = registrar(&house).await;
    let set = json!({ "kind": "set_parameters", "parameters": { "default_interval_s": 15 } });
    let text = json!({ "kind": "text", "text": "请走核准路线" });
    for (token, path, asked, expected) in [
        (&house.city, PATH, &set, 403),
        (&registrar, PATH, &text, 403),
        (&house.auditor, PATH, &text, 403),
        (&registrar, "/api/v1/terminals/13800000009/commands", &set, 404),
        (&registrar, "/api/v1/terminals/没有/commands", &set, 404),
        (&registrar, PATH, &json!({ "kind": "set_parameters", "parameters": { "tempo": 1 } }), 422),
        (&registrar, PATH, &json!({ "kind": "explode" }), 422),
        (&registrar, "/api/v1/terminals/13800000001/commands?expires_in_s=0", &set, 422),
        (&registrar, PATH, &set, 201),
        (&house.police, PATH, &text, 201),
    ] {
        let (status, answer) = house.json("POST", path, Some(token), Some(asked.clone())).await;
        assert_eq!(status, expected, "{asked}: {answer}");
        if status >= 400 {
            assert!(answer["detail_zh"].as_str().is_some_and(|t| !t.is_empty()), "{answer}");
        }
    }
    let (_, listed) = house.json("GET", PATH, Some(&house.auditor), None).await;
    let rows: Vec<_> = listed["commands"].as_array().unwrap().iter().collect();
    assert_eq!(listed["online"], false);
    assert_eq!(
        (&rows[1]["asked"], &rows[1]["state"], &rows[1]["by"]),
        (&set, &json!("queued"), &json!("登记丁"))
    );
    assert_eq!((&rows[0]["kind"], &rows[0]["outcome"]), (&json!("text"), &Value::Null));
    let trail = house.api.store.audit_after(4, 100).await.unwrap();
    let said: Vec<_> = trail.iter().map(|e| (e.what.as_str(), e.who.as_str(), e.subject.as_str())).collect();
    assert_eq!(said, [("command", "登记丁", "13800000001"), ("command", "交警乙", "13800000001")]);
    assert!(trail[0].detail.contains("default_interval_s"), "{:?}", trail[0]);
    let metrics = super::text(house.ask("GET", "/metrics", None, None).await).await;
    assert!(metrics.contains("mucktrail_commands{state=\"queued\"} 2"), "{metrics}");
}

#[tokio::test]
async fn no_more_commands_wait_for_a_terminal_than_allowed() {
    let house = House::build().await;
    let asked = json!({ "kind": "query_location" });
    for count in 0..=OPEN_COMMANDS_MAX {
        let (status, answer) = house.json("POST", PATH, Some(&house.city), Some(asked.clone())).await;
        assert_eq!(status, if count < OPEN_COMMANDS_MAX { 201 } else { 409 }, "{answer}");
    }
    let mut change = house.api.store.change().await.unwrap();
    assert_eq!(change.expire_commands(clock::now().plus_seconds(601)).await.unwrap(), OPEN_COMMANDS_MAX);
    change.commit().await.unwrap();
    let (status, _) = house.json("POST", PATH, Some(&house.city), Some(asked)).await;
    assert_eq!(status, 201);
}
