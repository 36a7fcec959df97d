//! Cases from end to end: finality, hand-over, entry and import, and what a company's person may see.

use super::due_process::*;
use super::*;
use crate::cases::case_file::{CaseState, Decision, Reconsideration};
use crate::cases::entry::NewCase;
use crate::cases::{ActError, AnswerHandOver, NewDecision};

#[tokio::test]
async fn a_rule_that_needs_a_final_decision_counts_only_then() {
    let mut settings = settings(0);
    settings.cases.final_decision_rules = vec!["UW-01".parse().unwrap()];
    let house = house(settings).await;
    let (cases, city) = (&house.api.cases, city_officer());
    let barred = cases.enter_case(act("UW-01", "2026-01-03"), &city, day("2028-01-04")).await;
    assert!(matches!(barred.unwrap_err(), ActError::Unfit { .. }), "two years have passed");
    let (case, _) = house.enter("UW-01", "2026-01-03", "2026-01-05").await;
    assert_eq!((case.state, case.ledger_seq), (CaseState::Confirmed, None));
    let decision = Decision {
        number: "新密城管罚〔2026〕3号".into(),
        date: local("2026-01-10"),
        served: local("2026-01-12"),
        content: "罚款20000元".into(),
        fine_fen: None,
    };
    let new = NewDecision { decision, officers: vec![] };
    let alone = cases.decide_case(case.number.as_str(), new.clone(), &city, day("2026-01-12")).await;
    assert!(matches!(alone.unwrap_err(), ActError::Unfit { .. }), "two officers have to be named");
    let new = NewDecision { officers: vec!["城管己".into()], ..new };
    let number = case.number.as_str();
    let (case, _) = cases.decide_case(number, new, &city, day("2026-01-12")).await.unwrap();
    assert_eq!(case.contestable_until(&cases.calendar), Some(local("2026-03-13")));
    assert!(is_state(&cases.finalise_case(number, &city, day("2026-03-13")).await.unwrap_err()));
    let (case, _) = cases.finalise_case(number, &city, day("2026-03-14")).await.unwrap();
    assert_eq!((case.state, case.ledger_seq, case.points_centi), (CaseState::Final, Some(1), Some(2_000)));
    let entry = &house.ledger().await[0];
    assert_eq!(entry.decision_no.as_ref().unwrap().as_str(), "新密城管罚〔2026〕3号");
    assert_eq!(entry.final_date, Some(local("2026-03-13")));
    let (case, _) = cases
        .reconsider_case(number, Reconsideration::Revoked, "法院撤销", &city, day("2026-04-01"))
        .await
        .unwrap();
    assert_eq!(case.state, CaseState::Revoked);
    assert_eq!((house.score_cp().await, house.kinds().await), (10_000, vec!["deduct", "reverse"]));
}

#[tokio::test]
async fn a_case_is_handed_over_taken_decided_and_answered() {
    let mut settings = settings(0);
    settings.cases.final_decision_rules = vec!["UW-01".parse().unwrap()];
    let house = house(settings).await;
    let cases = &house.api.cases;
    let (city, police) = (city_officer(), police_officer());
    let (case, _) = house.enter("UW-01", "2026-01-03", "2026-01-05").await;
    let number = case.number.as_str();
    cases.hand_over_case(number, Authority::Police, "属交警管辖", &city, day("2026-02-13")).await.unwrap();
    let hand_over = ("hand_over".to_owned(), "2026-02-25".to_owned(), true);
    assert!(house.clocks("2026-02-26").await.contains(&hand_over));
    assert!(matches!(
        cases.receive_case(number, &city, day("2026-02-24")).await.unwrap_err(),
        ActError::NotYours { .. }
    ));
    let case = cases.receive_case(number, &police, day("2026-02-24")).await.unwrap();
    assert_eq!((case.state, case.authority), (CaseState::UnderReview, Authority::Police));
    let (case, _) = cases.review_case(number, true, "属实", &police, day("2026-02-25")).await.unwrap();
    assert_eq!(case.state, CaseState::Confirmed);
    let answer = AnswerHandOver { executed: local("2026-02-27"), answer: None };
    cases.answer_case(number, answer, &police, day("2026-02-27")).await.unwrap();
    let owed = ("answer_hand_over".to_owned(), "2026-03-09".to_owned(), false);
    assert!(house.clocks("2026-03-01").await.contains(&owed), "{:?}", house.clocks("2026-03-01").await);
    let answer = AnswerHandOver { executed: local("2026-02-27"), answer: Some("已执行".into()) };
    cases.answer_case(number, answer, &police, day("2026-03-02")).await.unwrap();
    assert!(!house.clocks("2026-03-03").await.iter().any(|clock| clock.0 == "answer_hand_over"));
}

#[tokio::test]
async fn decided_violations_are_imported_once_and_refused_rows_say_why() {
    let house = House::build().await;
    // Days of the present: the service takes its own clock here.
    let ago = |days: i64| domain::time::date_plus_days(clock::now().local_date(), -days);
    let (act, decided, last) = (format!("{}T08:15:00+08:00", ago(20)), ago(15), ago(2));
    let csv = format!(
        "decision_no,decision_date,served,rule,band,plate,uscc,occurred_at,officers,content,final_date\n\
        J-1,{decided},{decided},TR-01,,豫A12345,,{act},王一,罚款200元,{last}\n\
        J-2,{decided},,TR-03,,豫A12345,,{act},王一,罚款200元,\n\
        J-3,{decided},,TR-03,,豫A12345,,{act},王一;李二,罚款200元,\n\
        J-4,02.11.2026,,TR-01,,豫A12345,,{act},王一,x,\n\
        J-5,{decided},,TR-02,,豫A12345,,{act},王一,x,\n\
        J-6,{decided},,DP-01,,豫A12345,,{act},王一;李二,x,\n\
        J-7,{decided},,TR-01,,豫A99999,,{act},王一,x,\n\
        J-1,{decided},{decided},TR-01,,豫A12345,,{act},王一,罚款200元,\n"
    );
    let send = async |path: &str| {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", house.police))
            .header(header::CONTENT_TYPE, "text/csv")
            .body(Body::from(csv.clone()))
            .unwrap();
        let response = house.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str::<Value>(&text(response).await).unwrap())
    };
    let (status, tried) = send("/api/v1/cases/import?dry_run=true").await;
    assert_eq!((status, &tried["stored"], &tried["rejected"]), (200, &json!(2), &json!(5)), "{tried}");
    assert!(house.api.store.ledger().await.unwrap().is_empty(), "a trial stores nothing");
    let (_, done) = send("/api/v1/cases/import").await;
    let rows = done["rows"].as_array().unwrap();
    let outcomes: Vec<&str> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(
        outcomes,
        ["stored", "rejected", "stored", "rejected", "rejected", "rejected", "rejected", "duplicate"]
    );
    for (row, part) in [
        (1, "2 officers"),
        (3, "decision_date"),
        (4, "graded"),
        (5, "city_management"),
        (6, "no registered company"),
    ] {
        let reason = rows[row]["reason"].as_str().unwrap();
        assert!(reason.contains(part), "{part}: {reason}");
        assert!(rows[row]["reason_zh"].as_str().is_some_and(|zh| !zh.is_empty()));
    }
    let (_, again) = send("/api/v1/cases/import").await;
    assert_eq!(
        (&again["stored"], &again["duplicate"]),
        (&json!(0), &json!(3)),
        "sent again it changes nothing"
    );
    assert_eq!(
        house.api.store.ledger().await.unwrap().len(),
        1,
        "red lights count when the decision is final"
    );
    let (_, list) = house.json("GET", "/api/v1/cases?authority=police", Some(&house.city), None).await;
    assert_eq!(list["cases"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn one_incident_on_one_haul_counts_once_also_when_an_officer_enters_it() {
    let house = house(settings(0)).await;
    let trip = Some(domain::HaulId::of_facts(&[b"haul"]));
    for rule in ["UW-01", "UW-05"] {
        let new = NewCase { trip, ..act(rule, "2026-11-02") };
        house.api.cases.enter_case(new, &city_officer(), day("2026-11-03")).await.unwrap();
    }
    assert_eq!((house.kinds().await, house.score_cp().await), (vec!["deduct", "deduct"], 8_000));
}

#[tokio::test]
async fn a_companys_person_sees_and_does_what_concerns_the_own_company_alone() {
    let house = House::build().await;
    let other: domain::Uscc = "91410183MA40000010".parse().unwrap();
    let add = async |name: &str, company: &domain::Uscc| {
        let officer = Officer { name: name.into(), company: Some(company.clone()), ..company_person() };
        officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap()
    };
    let (own, stranger) = (add("企业丁", &uscc()).await, add("企业戊", &other).await);
    let id = house.clue("UW-01", 10, Some(USCC), json!({})).await;
    house.decide(id, "confirm", &house.city, "r").await;
    for path in ["clues", "carriers", "map", "trucks", "events", "clocks", "terminals"] {
        let (status, _) = house.json("GET", &format!("/api/v1/{path}"), Some(&own), None).await;
        assert_eq!(status, 403, "{path}");
    }
    let (_, session) = house.json("GET", "/api/v1/session", Some(&own), None).await;
    assert_eq!(session["role"], "carrier");
    let (_, cases) = house.json("GET", "/api/v1/cases", Some(&own), None).await;
    let number = cases["cases"][0]["number"].as_str().unwrap().to_owned();
    let (_, none) = house.json("GET", &format!("/api/v1/cases?uscc={USCC}"), Some(&stranger), None).await;
    assert_eq!(none["cases"], json!([]), "asking for another company shows the own");
    for (path, token, expected) in [
        (format!("cases/{number}"), &own, 200),
        (format!("cases/{number}"), &stranger, 404),
        (format!("carriers/{USCC}"), &own, 200),
        (format!("carriers/{USCC}"), &stranger, 404),
        (format!("carriers/{USCC}/contested"), &stranger, 404),
    ] {
        let (status, said) = house.json("GET", &format!("/api/v1/{path}"), Some(token), None).await;
        assert_eq!(status, expected, "{path}: {said}");
    }
    let objection = json!({ "kind": "objection", "entry": 1, "grounds": "当日停运" });
    let for_other = json!({ "kind": "objection", "uscc": USCC, "entry": 1, "grounds": "x" });
    for (token, body, expected) in [
        (&stranger, &for_other, 403),
        (&own, &json!({ "kind": "objection", "entry": 9, "grounds": "x" }), 404),
        (&own, &json!({ "kind": "objection", "entry": 1, "grounds": " " }), 422),
        (&own, &objection, 201),
        (&own, &objection, 409),
    ] {
        let (status, said) = house.json("POST", "/api/v1/appeals", Some(token), Some(body.clone())).await;
        assert_eq!(status, expected, "{body}: {said}");
        if expected > 201 {
            assert!(said["detail_zh"].as_str().is_some_and(|zh| !zh.is_empty()), "{said}");
        }
    }
    let (_, appeals) = house.json("GET", "/api/v1/appeals", Some(&own), None).await;
    let number = appeals["appeals"][0]["number"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/api/v1/appeals/{number}/{act}");
    let reason = json!({ "reason": "核查属实" });
    let colleague = house.person("城管乙", Authority::CityManagement, Role::Enforcer, None).await;
    for (token, expected) in
        [(&own, 403), (&house.auditor, 403), (&house.police, 403), (&house.city, 403), (&colleague, 200)]
    {
        let (status, said) = house.json("POST", &path("uphold"), Some(token), Some(reason.clone())).await;
        assert_eq!(status, expected, "{said}");
    }
    let (_, carrier) = house.json("GET", &format!("/api/v1/carriers/{USCC}"), Some(&own), None).await;
    assert_eq!(carrier["score_centi"], json!(10_000));
    let (_, view) = house.json("GET", &format!("/api/v1/appeals/{number}"), Some(&own), None).await;
    let acts: Vec<&str> =
        view["trail"].as_array().unwrap().iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(acts, ["lodge", "uphold"]);
}
