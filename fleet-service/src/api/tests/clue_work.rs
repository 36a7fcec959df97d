//! Working on clues: claims, hand-over, two officers at once, withdrawing a decision, what is shown to decide by.

use super::*;
use crate::cases::ruling::Said;

impl House {
    async fn officer(&self, name: &str, authority: Authority, role: Role) -> String {
        let officer = Officer { name: name.into(), authority, role, company: None };
        officers::add(&self.api.store, officer, "test", clock::now()).await.unwrap()
    }

    async fn act(&self, id: ViolationId, act: &str, token: &str, body: Value) -> (u16, Value) {
        self.json("POST", &format!("/api/v1/clues/{id}/{act}"), Some(token), Some(body)).await
    }

    async fn state(&self, id: ViolationId) -> Value {
        self.json("GET", &format!("/api/v1/clues/{id}"), Some(&self.city), None).await.1["state"].clone()
    }
}

#[tokio::test]
async fn a_claimed_clue_is_decided_by_who_has_it_and_the_other_is_told_who_that_is() {
    let house = House::build().await;
    let second = house.officer("城管丁", Authority::CityManagement, Role::Enforcer).await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    assert_eq!(house.act(id, "claim", &house.auditor, json!({})).await.0, 403);
    let (status, claim) = house.act(id, "claim", &house.city, json!({})).await;
    assert_eq!((status, &claim["by"]), (200, &json!("城管甲")));
    for act in ["claim", "confirm", "reject", "hand-over"] {
        let (status, answer) = house.act(id, act, &second, json!({ "reason": "r", "to": "城管丁" })).await;
        assert_eq!(status, 409, "{act}: {answer}");
        assert!(answer["detail_zh"].as_str().unwrap().contains("城管甲"), "{answer}");
    }
    let (_, claims) = house.json("GET", "/api/v1/claims", Some(&second), None).await;
    assert_eq!(claims["claims"][0]["by"], "城管甲");
    let (_, colleagues) = house.json("GET", "/api/v1/colleagues", Some(&house.city), None).await;
    assert_eq!(colleagues["names"], json!(["城管丁"]));

    assert_eq!(house.act(id, "hand-over", &house.city, json!({ "to": "交警乙" })).await.0, 422);
    assert_eq!(house.act(id, "hand-over", &house.city, json!({ "to": "城管丁" })).await.1["by"], "城管丁");
    assert_eq!(house.act(id, "confirm", &house.city, json!({ "reason": "r" })).await.0, 409);
    let path = format!("/api/v1/clues/{id}/claim");
    assert_eq!(house.json("DELETE", &path, Some(&house.city), None).await.0, 409);
    assert_eq!(house.json("DELETE", &path, Some(&second), None).await.0, 204);
    assert_eq!(house.act(id, "confirm", &house.city, json!({ "reason": "r" })).await.0, 200);
    let (_, claims) = house.json("GET", "/api/v1/claims", Some(&second), None).await;
    assert_eq!(claims["claims"], json!([]));
}

#[tokio::test]
async fn two_officers_who_decide_at_once_decide_once_and_the_second_is_told_who_did() {
    let house = House::build().await;
    let second = house.officer("城管丁", Authority::CityManagement, Role::Enforcer).await;
    for minute in 1..=8 {
        let id = house.clue("UW-01", 60 * minute, Some(USCC), json!({})).await;
        let (a, b) = tokio::join!(
            house.decide(id, "confirm", &house.city, "甲认定"),
            house.decide(id, "reject", &second, "丁驳回"),
        );
        let (won, lost) = if a.0 == 200 { (&a, &b) } else { (&b, &a) };
        assert_eq!((won.0, lost.0), (200, 409), "{a:?} {b:?}");
        let winner = won.1["decision"]["by"].as_str().unwrap();
        assert!(lost.1["detail_zh"].as_str().unwrap().contains(winner), "{lost:?}");
    }
    let decisions = house.api.store.audit_after(0, 100).await.unwrap();
    assert_eq!(decisions.iter().filter(|e| ["confirm", "reject"].contains(&e.what.as_str())).count(), 8);
}

#[tokio::test]
async fn a_decision_is_withdrawn_by_who_took_it_its_deduction_reversed_and_the_clue_decided_anew() {
    let house = House::build().await;
    let second = house.officer("城管丁", Authority::CityManagement, Role::Enforcer).await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let reason = json!({ "reason": "误按" });
    assert_eq!(
        house.act(id, "withdraw-decision", &house.city, reason.clone()).await.0,
        409,
        "nothing decided"
    );
    house.decide(id, "confirm", &house.city, "属实").await;
    assert_eq!(house.act(id, "withdraw-decision", &second, reason.clone()).await.0, 403);
    assert_eq!(house.act(id, "withdraw-decision", &house.city, json!({ "reason": " " })).await.0, 422);
    let (status, clue) = house.act(id, "withdraw-decision", &house.city, reason.clone()).await;
    assert_eq!((status, &clue["state"], &clue["decision"]), (200, &json!("pending"), &Value::Null));
    assert_eq!(house.kinds().await, ["deduct", "reverse"]);
    let (_, carriers) = house.json("GET", "/api/v1/carriers", Some(&house.city), None).await;
    assert_eq!(carriers["carriers"][0]["score_centi"], 10_000);
    assert_eq!(house.act(id, "withdraw-decision", &house.city, reason.clone()).await.0, 409, "once");

    house.decide(id, "reject", &second, "证据不足").await;
    assert_eq!(house.act(id, "withdraw-decision", &second, reason).await.0, 200);
    assert_eq!(house.state(id).await, "pending");
    let (status, clue) = house.decide(id, "confirm", &second, "复核属实").await;
    assert_eq!((status, &clue["decision"]["ledger_seq"]), (200, &json!(3)), "{clue}");
    assert_eq!(house.kinds().await, ["deduct", "reverse", "deduct"]);
    scoring::ledger::verify(&house.api.store.ledger().await.unwrap()).unwrap();
    let (_, cases) = house.json("GET", "/api/v1/cases", Some(&house.city), None).await;
    let states: Vec<&str> =
        cases["cases"].as_array().unwrap().iter().map(|case| case["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["confirmed", "revoked"], "{cases}");
    let trail = house.api.store.audit_after(0, 100).await.unwrap();
    let acts: Vec<&str> = trail.iter().skip(4).map(|entry| entry.what.as_str()).collect();
    assert_eq!(acts, ["confirm", "withdraw decision", "reject", "withdraw decision", "confirm"]);
}

#[tokio::test]
async fn a_decision_older_than_ten_minutes_stays() {
    let house = House::build().await;
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    let officer = Officer {
        name: "城管甲".into(),
        authority: Authority::CityManagement,
        role: Role::Enforcer,
        company: None,
    };
    let (cases, now) = (&house.api.cases, clock::now());
    let said = Said { reason: "r".into(), circumstances: vec![] };
    cases.decide(id, &officer, crate::cases::Outcome::Confirm, &said, now).await.unwrap();
    let late = now.plus_seconds(crate::cases::WITHDRAW_WITHIN_S + 1);
    let refused = cases.withdraw_decision(id, "晚了", &officer, late).await.unwrap_err();
    assert!(refused.to_string().contains("within 10 minutes"), "{refused}");
    let in_time = now.plus_seconds(crate::cases::WITHDRAW_WITHIN_S);
    cases.withdraw_decision(id, "及时", &officer, in_time).await.unwrap();
}

#[tokio::test]
async fn a_withdrawn_decision_that_had_listed_the_company_takes_it_off_the_list() {
    let house = House::build().await;
    super::list_the_company(&house).await;
    let (_, clues) = house.json("GET", "/api/v1/clues?state=confirmed", Some(&house.city), None).await;
    let clues = clues["clues"].as_array().unwrap();
    let last =
        clues.iter().max_by_key(|c| c["decision"]["ledger_seq"].as_u64()).unwrap()["id"].as_str().unwrap();
    let id: ViolationId = last.parse().unwrap();
    assert_eq!(house.act(id, "withdraw-decision", &house.city, json!({ "reason": "误按" })).await.0, 200);
    let (_, list) = house.json("GET", "/api/v1/blacklist", None, None).await;
    assert_eq!(list["listed"], json!([]));
    assert_eq!(house.feed().await.len(), 2, "a listing and its end, both published");
}

#[tokio::test]
async fn a_review_shows_the_rule_with_its_version_beside_the_clue() {
    let house = House::build().await;
    let id = house.clue("TR-02", 11, Some(USCC), json!({ "band": "b", "limit_kmh": 40 })).await;
    let (status, review) =
        house.json("GET", &format!("/api/v1/clues/{id}/review"), Some(&house.city), None).await;
    assert_eq!((status, &review["rule"]["code"]), (200, &json!("TR-02b")));
    assert!(!review["rule"]["version"].as_str().unwrap().is_empty());
    assert!(!review["rule"]["legal_basis"].as_array().unwrap().is_empty());
    assert_eq!((&review["clue"]["id"], &review["permit"]), (&json!(id.to_string()), &Value::Null));
    assert_eq!(house.json("GET", "/api/v1/clues/00/review", Some(&house.city), None).await.0, 404);
}

#[tokio::test]
async fn a_map_page_is_told_counts_and_its_window_and_what_it_asked_wrongly() {
    let house = House::build().await;
    let (status, sight) = house.json("GET", "/api/v1/map/trucks", Some(&house.city), None).await;
    assert_eq!((status, &sight["total"], &sight["counts"]["silent"]), (200, &json!(1), &json!(1)));
    assert_eq!((&sight["streamed"], &sight["listed"][0]["plate"]), (&json!(true), &json!("豫A12345")));
    for (query, expected) in
        [("bbox=1,2,3", 400), ("bbox=113,34,114,35&zoom=9&kind=silent&plate=a123", 200), ("kind=moon", 400)]
    {
        let (status, answer) =
            house.json("GET", &format!("/api/v1/map/trucks?{query}"), Some(&house.city), None).await;
        assert_eq!(status, expected, "{query}: {answer}");
    }
    assert_eq!(house.json("GET", "/api/v1/map/trucks", None, None).await.0, 401);
}
