//! Exit and the ban on coming back; what time alone decides; circumstances; what is published of decisions.

use super::due_process::*;
use super::*;
use crate::cases::case_file::{CaseState, Decision, Reconsideration};
use crate::cases::listing_file::{FileState, Measure};
use crate::cases::reentry::{Held, ReentryError};
use crate::cases::{DecideFile, NewDecision, NewFile};
use crate::feed::publish::PublishError;
use domain::publicity::{CompanyPersons, NamedPerson};

fn persons() -> CompanyPersons {
    CompanyPersons {
        legal_representative: Some("赵六".into()),
        responsible: vec![NamedPerson { name: "钱小七".into(), post: Some("车队长".into()) }],
    }
}

fn named_registry() -> Registry {
    let mut registry = registry();
    registry.persons.insert(uscc(), persons());
    registry
}

fn decision(number: &str, on: &str) -> NewDecision {
    let decision = Decision {
        number: number.into(),
        date: local(on),
        served: local(on),
        content: "对驾驶员（身份证410183199001010012）所属企业罚款20000元".into(),
        fine_fen: Some(2_000_000),
    };
    NewDecision { decision, officers: vec!["城管己".into()] }
}

impl House {
    async fn events(&self, action: &str) -> Vec<Value> {
        let schema: Value = serde_json::from_str(include_str!("../../../feed.schema.json")).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let events = self.feed().await.into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        let checked = events.inspect(|event| {
            let errors: Vec<String> = schema.iter_errors(event).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{event}: {errors:?}");
        });
        checked.filter(|event| event["action"] == action).collect()
    }

    /// Proposes, serves and decides an exit.
    async fn put_out(&self) -> crate::cases::listing_file::ListingFile {
        let (cases, city) = (&self.api.cases, city_officer());
        let new =
            NewFile {
                uscc: uscc(), measure: Measure::Exit, trigger: "12个月内3次以上未密闭处罚".into()
            };
        let file = cases.propose(new, &city, day("2026-11-02")).await.unwrap();
        cases.write_notice(&file.number, &city, day("2026-11-02")).await.unwrap();
        cases.serve_notice(&file.number, local("2026-11-02"), &city, day("2026-11-02")).await.unwrap();
        let decide =
            DecideFile {
                is_taken: true, number: "清退〔2026〕1号".into(), reason: "多次违法".into()
            };
        cases.decide_file(&file.number, decide, &city, day("2026-11-17")).await.unwrap().0
    }

    /// Puts registers in force as every importer does; what refuses them.
    async fn register(&self, registry: &Registry, now: &str) -> Result<(), ReentryError> {
        let mut change = self.api.store.change().await.unwrap();
        let before = super::registry();
        match self.api.cases.press.publish_permits(&mut change, Some(&before), registry, day(now)).await {
            Ok(_) => Ok(()),
            Err(PublishError::Reentry(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn an_exit_is_an_entry_of_the_ledger_and_an_event_of_the_feed_and_bans_the_company_until_it_is_lifted()
{
    let house = House::build_under(named_registry(), settings(0)).await;
    let file = house.put_out().await;
    assert_eq!(house.kinds().await, ["list_notice", "exit"]);
    let entry = house.ledger().await.pop().unwrap();
    assert_eq!((entry.publicity_end, entry.amount_cp), (Some(local("2029-11-17")), 0));
    let event = house.events("exit").await.pop().unwrap();
    assert_eq!(
        (&event["decision_no"], &event["ban_until"], &event["ledger_hash"], &event["legal_representative"]),
        (&json!("清退〔2026〕1号"), &json!("2029-11-17"), &json!(entry.hash.to_string()), &json!("赵六"))
    );
    let active = super::registry();
    let refused = house.register(&active, "2029-11-17").await.unwrap_err();
    assert_eq!((refused.held.clone(), &refused.ban.file), (Held::Company, &file.number));
    assert!(refused.to_string().contains("清退〔2026〕1号") && refused.to_string().contains("2029-11-17"));
    assert_eq!(house.register(&active, "2029-11-18").await, Ok(()), "the ban is over");
    let mut left = active.clone();
    left.carriers.get_mut(&uscc()).unwrap().status = CarrierStatus::Exited;
    assert_eq!(house.register(&left, "2026-11-18").await, Ok(()));
    let path = format!("/api/v1/listings/{}/readmit", file.number);
    let body = json!({ "number": "撤〔2026〕1号", "reason": "法院判决撤销" });
    let (status, _) = house.json("POST", &path, Some(&house.police), Some(body.clone())).await;
    assert_eq!(status, 403);
    let (status, answer) = house.json("POST", &path, Some(&house.city), Some(body.clone())).await;
    assert_eq!((status, &answer["file"]["state"]), (200, &json!("readmitted")));
    assert_eq!(house.json("POST", &path, Some(&house.city), Some(body)).await.0, 409, "once");
    assert_eq!(house.register(&active, "2026-11-18").await, Ok(()), "lifted");
    assert_eq!(house.kinds().await, ["list_notice", "exit", "readmit"]);
    let event = house.events("readmit").await.pop().unwrap();
    assert_eq!(event["exit_decision_no"], "清退〔2026〕1号");
}

#[tokio::test]
async fn importing_registers_publishes_permits_and_refuses_a_company_that_may_not_come_back() {
    let house = House::build_under(registry(), settings(0)).await;
    house.put_out().await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for name in ["sites.geojson", "zones.geojson", "routes.geojson"] {
        put(name, r#"{"datum":"WGS84","type":"FeatureCollection","features":[]}"#);
    }
    put("trucks.csv", "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n");
    put("permits.json", "[]");
    put("carriers.csv", &format!("uscc,name,status\n{USCC},甲,active\n"));
    let args = crate::import::ImportArgs {
        data: house.folder.path().to_owned(),
        registry: folder.path().to_owned(),
        from: None,
    };
    let refused = crate::import::run(&args, day("2026-12-01")).await.unwrap_err();
    assert!(refused.to_string().contains("may not come back until 2029-11-17"), "{refused}");
    assert_eq!(house.api.store.newest_registers().await.unwrap(), 0, "nothing is stored");
    let other = "91350100M000100X44";
    let source = r#"{"type":"Feature","properties":{"id":"S1","name":"工地","kind":"source"},"geometry":{"type":"Polygon","coordinates":[[[113.4,34.5],[113.41,34.5],[113.41,34.51],[113.4,34.51],[113.4,34.5]]]}}"#;
    let sink = source.replace("S1", "K1").replace("\"source\"", "\"disposal\"").replace("34.5", "34.6");
    put(
        "sites.geojson",
        &format!(r#"{{"datum":"WGS84","type":"FeatureCollection","features":[{source},{sink}]}}"#),
    );
    put(
        "carriers.csv",
        &format!("uscc,name,status,legal_representative\n{USCC},甲,exited,\n{other},乙,active,孙八\n"),
    );
    put(
        "permits.json",
        &json!([{ "number": "XM-7", "carrier_uscc": other, "trucks": [], "legs": [{ "source": "S1", "sink": "K1" }],
            "waste_class": "工程渣土", "volume_m3": 10, "valid_from": "2026-12-01", "valid_to": "2026-12-31",
            "status": [], "zone_passes": [], "decided_on": "2026-11-28", "document_no": "新密城许〔2026〕7号",
            "authority": "新密市城市管理局", "authority_uscc": "11410183005123456X" }])
        .to_string(),
    );
    crate::import::run(&args, day("2026-12-01")).await.unwrap();
    let event = house.events("permit").await.pop().unwrap();
    assert_eq!(
        [&event["permit_no"], &event["name"], &event["legal_representative"], &event["decided_on"]],
        [&json!("XM-7"), &json!("乙"), &json!("孙八"), &json!("2026-11-28")]
    );
    assert_eq!(event["authority_uscc"], "11410183005123456X");
}

#[tokio::test]
async fn a_decision_nobody_contested_becomes_final_by_itself_after_sixty_days() {
    let mut settings = settings(0);
    settings.cases.final_decision_rules = vec!["UW-01".parse().unwrap()];
    let house = house(settings).await;
    let (cases, city) = (&house.api.cases, city_officer());
    let (quiet, _) = house.enter("UW-01", "2026-01-03", "2026-01-05").await;
    let (contested, _) = house.enter("UW-01", "2026-01-04", "2026-01-05").await;
    for (case, number) in [(&quiet, "罚1号"), (&contested, "罚2号")] {
        let new = decision(number, "2026-01-12");
        cases.decide_case(case.number.as_str(), new, &city, day("2026-01-12")).await.unwrap();
    }
    let number = contested.number.as_str();
    cases.reconsider_case(number, Reconsideration::Lodged, "复议", &city, day("2026-02-01")).await.unwrap();
    let turned = cases.turn(day("2026-03-13")).await.unwrap();
    assert!(turned.finals.is_empty() && turned.failures.is_empty(), "the last day belongs to the party");
    let turned = cases.turn(day("2026-03-14")).await.unwrap();
    assert_eq!(turned.finals, [quiet.number.to_string()]);
    assert_eq!((house.kinds().await, house.score_cp().await), (vec!["deduct"], 8_000));
    assert_eq!(turned.followed[0].carrier.as_ref().unwrap().score_centi, 8_000);
    let entry = &house.ledger().await[0];
    assert_eq!((entry.posted_by.as_str(), entry.final_date), ("system", Some(local("2026-03-13"))));
    let trail = house.api.store.audit_of(quiet.number.as_str(), 9).await.unwrap();
    let last = trail.last().unwrap();
    assert_eq!((last.who.as_str(), last.what.as_str()), ("system", "decision final"));
    assert!(cases.turn(day("2026-03-15")).await.unwrap().finals.is_empty(), "once");
    let stands = house.api.store.case(number).await.unwrap().unwrap();
    assert_eq!(stands.state, CaseState::Reconsidered);
}

#[tokio::test]
async fn a_trigger_that_rests_on_a_year_falls_away_when_the_year_turns() {
    let house = house(settings(0)).await;
    house.enter("UW-04", "2026-12-20", "2026-12-20").await;
    let state = async || house.api.store.listing_files(None, None, 9).await.unwrap()[0].state;
    let cases = &house.api.cases;
    assert!(cases.turn(day("2026-12-31")).await.unwrap().exits.is_empty());
    assert_eq!(state().await, FileState::Proposed);
    let turned = cases.turn(day("2027-01-01")).await.unwrap();
    assert_eq!((turned.exits.len(), state().await), (1, FileState::Withdrawn));
    let trail = house.api.store.audit_of(&turned.exits[0], 9).await.unwrap();
    assert_eq!((trail[0].who.as_str(), trail[0].what.as_str()), ("system", "withdraw exit"));
    assert!(cases.turn(day("2027-01-01")).await.unwrap().exits.is_empty(), "once");
}

#[tokio::test]
async fn circumstances_are_given_with_a_confirmation_an_entry_or_a_row_and_refused_where_the_rule_knows_none()
{
    let house = house(settings(0)).await;
    let clue = house.clue("TR-02", 11, Some(USCC), json!({ "band": "b" })).await;
    let path = format!("/api/v1/clues/{clue}/confirm");
    for (circumstances, expected, part) in [
        (json!(["by_night"]), 422, "known: cleaned_at_once, expressway"),
        (json!(["cleaned_at_once"]), 422, "it takes one of: expressway"),
        (json!(["expressway"]), 200, ""),
    ] {
        let body = json!({ "reason": "核对无误", "circumstances": circumstances });
        let (status, answer) = house.json("POST", &path, Some(&house.police), Some(body)).await;
        assert_eq!(status, expected, "{answer}");
        assert!(answer["detail"].as_str().unwrap_or_default().contains(part), "{answer}");
    }
    let case = house.api.store.case_of_clue(clue).await.unwrap().unwrap();
    assert_eq!(case.circumstances, [scoring::Circumstance::Expressway], "counts when its decision is final");
    let today = clock::now().local_date().to_string();
    let body = json!({ "rule": "DP-03", "plate": "豫A12345", "occurred_at": clock::now().plus_seconds(-60).to_string(),
        "fact": "沿途遗撒，当场清扫", "officers": ["城管己"], "circumstances": ["cleaned_at_once"],
        "decision": { "number": "罚9号", "date": today, "content": "罚款200元" }, "final_date": today });
    let (status, answer) = house.json("POST", "/api/v1/cases", Some(&house.city), Some(body)).await;
    assert_eq!((status, &answer["case"]["circumstances"]), (201, &json!(["cleaned_at_once"])), "{answer}");
    assert_eq!(house.ledger().await[0].base_cp, 250);
    let (_, carrier) = house.json("GET", &format!("/api/v1/carriers/{USCC}"), Some(&house.city), None).await;
    let said = carrier["explanation"].to_string();
    assert!(said.contains("情节：当场清理"), "{said}");
    let csv = "decision_no,decision_date,rule,plate,occurred_at,officers,circumstances,fine_yuan\n\
        J-1,2026-11-02,TR-02b,豫A12345,2026-11-01T08:00:00+08:00,王一;李二,expressway,200.50\n\
        J-2,2026-11-02,TR-01,豫A12345,2026-11-01T09:00:00+08:00,王一;李二,expressway,\n\
        J-3,2026-11-02,TR-02b,豫A12345,2026-11-01T10:00:00+08:00,王一;李二,cleaned,1.005\n";
    let rows =
        house.api.cases.import_cases(csv.as_bytes(), &police_officer(), false, day("2026-11-20")).await;
    let (rows, _) = rows.unwrap();
    let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, ["stored", "rejected", "rejected"], "{rows:?}");
    assert!(rows[1].reason.as_ref().unwrap().contains("takes no circumstances"), "{rows:?}");
    let case = house.api.store.case(rows[0].case_no.as_ref().unwrap()).await.unwrap().unwrap();
    assert_eq!(case.decision.unwrap().fine_fen, Some(20_050));
}

#[tokio::test]
async fn a_penalty_is_published_with_its_decision_and_taken_back_when_that_falls() {
    let mut settings = settings(0);
    settings.authorities.city_management.name = Some("新密市城市管理局".into());
    settings.authorities.city_management.uscc = Some("11410183005123456X".parse().unwrap());
    settings.publication.region_code = Some("410183".into());
    let house = House::build_under(named_registry(), settings).await;
    let (cases, city) = (&house.api.cases, city_officer());
    // Counted at confirmation: what is published waits for the decision.
    let (case, _) = house.enter("UW-01", "2026-03-02", "2026-03-02").await;
    assert!(case.ledger_seq.is_some() && house.events("penalty").await.is_empty());
    let number = case.number.as_str();
    cases.decide_case(number, decision("罚3号", "2026-03-09"), &city, day("2026-03-09")).await.unwrap();
    let penalty = house.events("penalty").await.pop().unwrap();
    assert_eq!(
        [&penalty["decision_no"], &penalty["decided_on"], &penalty["fine_fen"], &penalty["status"]],
        [&json!("罚3号"), &json!("2026-03-09"), &json!(2_000_000), &json!("effective")]
    );
    assert_eq!(
        [&penalty["authority_name"], &penalty["authority_uscc"], &penalty["region_code"]],
        [&json!("新密市城市管理局"), &json!("11410183005123456X"), &json!("410183")]
    );
    assert_eq!(penalty["legal_representative"], "赵六");
    assert!(penalty["content"].as_str().unwrap().contains("410183********0012"), "{penalty}");
    cases
        .reconsider_case(number, Reconsideration::Revoked, "复议撤销", &city, day("2026-04-01"))
        .await
        .unwrap();
    let statuses: Vec<Value> =
        house.events("penalty").await.iter().map(|event| event["status"].clone()).collect();
    assert_eq!(statuses, ["effective", "revoked"]);
}

#[tokio::test]
async fn a_listing_names_who_answers_for_the_company_as_the_law_lets_them_be_named() {
    let house = House::build_under(named_registry(), settings(0)).await;
    for at in ["2026-03-02", "2026-04-02"] {
        house.enter("UW-01", at, at).await;
    }
    let listed = house.events("list").await.pop().unwrap();
    assert_eq!(listed["legal_representative"], "赵六");
    assert_eq!(listed["responsible_persons"], json!([{ "name": "钱某某", "post": "车队长" }]));
}

#[tokio::test]
async fn clocks_are_listed_by_authority_and_those_that_are_over_alone() {
    let house = house(settings(0)).await;
    let cases = &house.api.cases;
    let (case, _) = house.enter("UW-01", "2026-01-05", "2026-01-05").await;
    house.clue("TR-02", 11, Some(USCC), json!({ "band": "b" })).await;
    let steps = async |query: &str| {
        let (status, answer) =
            house.json("GET", &format!("/api/v1/clocks{query}"), Some(&house.auditor), None).await;
        let clocks = answer["clocks"].as_array().cloned().unwrap_or_default();
        let steps: Vec<String> =
            clocks.iter().map(|clock| clock["step"].as_str().unwrap().to_owned()).collect();
        (status, steps, answer["overdue"].clone())
    };
    let (status, steps_now, _) = steps("").await;
    assert_eq!(status, 200);
    for step in ["decide", "time_bar", "review_traffic"] {
        assert!(steps_now.iter().any(|one| one == step), "{steps_now:?}");
    }
    assert_eq!(steps("?authority=police").await.1, ["review_traffic"]);
    assert!(steps("?authority=transport").await.1.is_empty());
    let overdue = steps("?overdue=true").await;
    assert!(!overdue.1.iter().any(|step| step == "review_traffic"), "filed just now");
    assert_eq!(overdue.2, json!(overdue.1.len()));
    assert_eq!(steps("?authority=mayor").await.0, 400);
    assert_eq!(house.ask("GET", "/api/v1/clocks", None, None).await.status(), StatusCode::UNAUTHORIZED);
    // A decision changes which clock runs: not the authority's time to decide, the party's to contest.
    let number = case.number.as_str();
    cases
        .decide_case(number, decision("罚4号", "2026-01-12"), &city_officer(), day("2026-01-12"))
        .await
        .unwrap();
    let running = house.clocks("2026-01-12").await;
    assert_eq!(running, [("apply_reconsideration".to_owned(), "2026-03-13".to_owned(), false)]);
    assert!(house.clocks("2026-03-14").await[0].2, "over, until time makes it final");
    cases.turn(day("2026-03-14")).await.unwrap();
    assert!(house.clocks("2026-03-14").await.is_empty());
}
