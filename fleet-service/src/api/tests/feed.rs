//! The feed as readers and platforms meet it: every kind of event, the documents, the keys, and what is pushed where.

use crate::cases::company::Ground;
use crate::cases::publicity;
use crate::cases::settings::Settings;
use axum::http::{StatusCode, header};
use domain::time::date_plus_days;
use domain::{Permit, Registry, Timestamp};
use scoring::ledger::append;
use serde_json::{Value, json};

use super::{House, USCC, list_the_company, registry, text};
use crate::clock;
use crate::feed::event::Reader;
use crate::feed::key::public_key;
use crate::feed::publish::Press;
use crate::feed::push::target::{Target, TargetKind, TargetOptions};
use crate::feed::record::{self, Action, BlackListRecord, Particulars, Record, ResponsiblePerson};
use crate::store::{Role, Source};
use domain::rule::Authority;

fn permit(number: &str, volume_l: u64) -> Permit {
    Permit {
        number: number.parse().unwrap(),
        carrier: USCC.parse().unwrap(),
        trucks: ["豫A12345".parse().unwrap()].into(),
        legs: vec![],
        waste_class: "工程渣土".into(),
        volume_l,
        used_l: 0,
        valid_from: Timestamp::from_seconds(1_790_000_000),
        valid_until: Timestamp::from_seconds(1_800_000_000),
        windows: Default::default(),
        status: vec![(Timestamp::from_seconds(1_795_000_000), domain::PermitStatus::Suspended)],
        zone_passes: Default::default(),
    }
}

fn with_permits(permits: &[Permit]) -> Registry {
    let permits = permits.iter().map(|permit| (permit.number.clone(), permit.clone())).collect();
    Registry { permits, ..registry() }
}

/// A black-list record with every member there is.
fn everything() -> BlackListRecord {
    let day = Some(clock::now().local_date());
    let text = |text: &str| Some(text.to_owned());
    BlackListRecord {
        list: text(record::LIST_CODE),
        uscc: USCC.parse().unwrap(),
        name: "甲".into(),
        score_centi: -180,
        cause: vec![],
        particulars: Particulars {
            legal_representative: text("王某"),
            responsible_persons: vec![ResponsiblePerson { name: "李某".into(), post: text("安全员") }],
            cycle: text("2026"),
            table_versions: vec!["1".into()],
            ledger_seq: Some(1),
            ledger_hash: Some("0".repeat(64)),
            basis: vec!["郑政办〔2018〕58号".into()],
            authority: text("新密市城市管理局"),
            authority_uscc: text("91350100M000100Y43"),
            notice_no: text("告〔2026〕1号"),
            notice_served_on: day,
            objection_result: text("未提出异议"),
            decision_no: text("决〔2026〕1号"),
            listed_on: day,
            measures: vec!["more_inspections".into()],
            publicity_class: text("serious"),
            publicity_end: day,
            repair_conditions: vec!["整改完毕".into()],
            removed_on: day,
            removal_reason: text("修复"),
            removal_authority: text("新密市城市管理局"),
        },
    }
}

/// Publishes one event of every kind, a change of keys in the middle.
async fn publish_every_kind(house: &House) {
    list_the_company(house).await;
    let press = &house.api.cases.press;
    let (store, now) = (&house.api.store, clock::now());
    let mut change = store.change().await.unwrap();
    press.publish_permits(&mut change, None, &with_permits(&[permit("XM-1", 1)]), now).await.unwrap();
    press.rotate(&mut change, now).await.unwrap();
    for action in [Action::Correct, Action::Delist] {
        press.publish(&mut change, action.record(everything()), now).await.unwrap();
    }
    let mut draft = change.last_ledger_entry().await.unwrap().unwrap().body;
    draft.kind = scoring::EntryKind::Deduct;
    draft.decision_no = Some("新密罚〔2026〕7号".parse().unwrap());
    let (settings, registry) = (Settings::default(), registry());
    let ground = Ground { catalogue: &house.api.cases.catalogue, registry: &registry, settings: &settings };
    let penalty = publicity::penalty(&append(None, draft), None, true, &ground).unwrap();
    press.publish(&mut change, Record::Penalty(Box::new(penalty)), now).await.unwrap();
    // The day turns: the head comes before the next event.
    press.publish(&mut change, Action::List.record(everything()), now.plus_seconds(86_400)).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn every_kind_of_event_and_document_is_what_the_schema_says_and_verifies_through_a_change_of_keys() {
    let house = House::build().await;
    publish_every_kind(&house).await;
    let schema: Value =
        serde_json::from_str(&text(house.ask("GET", "/api/v1/feed/schema", None, None).await).await).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let (_, manifest) = house.json("GET", "/api/v1/feed/manifest", None, None).await;
    let first_key = public_key(manifest["keys"][0]["public_key"].as_str().unwrap()).unwrap();
    let mut reader = Reader::new(first_key);
    let mut kinds = vec![];
    for line in text(house.ask("GET", "/api/v1/feed", None, None).await).await.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let errors: Vec<String> = schema.iter_errors(&event).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{event}: {errors:?}");
        kinds.push(reader.take(line).unwrap().record.word());
    }
    assert_eq!(kinds, ["list", "permit", "rotate", "correct", "delist", "penalty", "head", "list"]);
    for path in ["/api/v1/feed/manifest", "/api/v1/feed/snapshot"] {
        let (_, document) = house.json("GET", path, None, None).await;
        assert!(schema.is_valid(&document), "{path}: {document}");
        assert_eq!(document["key"], manifest["keys"][1]["key"], "the newest key signs {path}");
    }
    assert_eq!((&manifest["newest_seq"], &manifest["keys"][0]["until_seq"]), (&json!(8), &json!(3)));
    let wrong = json!({ "seq": 1, "action": "list" });
    assert!(!schema.is_valid(&wrong), "the schema refuses what is no event");
}

#[tokio::test]
async fn another_process_changes_the_key_and_the_next_event_is_signed_by_it() {
    let house = House::build().await;
    let (store, now) = (&house.api.store, clock::now());
    let publish = async |press: &Press| {
        let mut change = store.change().await.unwrap();
        press.publish(&mut change, Action::List.record(everything()), now).await.unwrap();
        change.commit().await.unwrap();
    };
    publish(&house.api.cases.press).await;
    let other = Press::open(house.folder.path()).unwrap();
    let mut change = store.change().await.unwrap();
    other.rotate(&mut change, now).await.unwrap();
    // A change that is not committed announces nothing, and the old key goes on.
    drop(change);
    publish(&house.api.cases.press).await;
    let mut change = store.change().await.unwrap();
    let next = other.rotate(&mut change, now).await.unwrap();
    let again = other.rotate(&mut change, now).await;
    assert!(again.is_err(), "a key that nobody has used yet is not thrown away");
    change.commit().await.unwrap();
    publish(&house.api.cases.press).await;
    // Whoever asks for the key after the commit ends the change of keys; then another may begin.
    assert_eq!(other.signing_key(store).await.unwrap().public(), next.public());
    assert_eq!(Press::open(house.folder.path()).unwrap().key().public(), next.public());
    let keys = store.feed_keys().await.unwrap();
    assert_eq!((keys.len(), keys[1].from_seq, keys[1].public_key.clone()), (2, 4, next.public_hex()));
    let mut reader = Reader::new(public_key(&keys[0].public_key).unwrap());
    for line in house.feed().await {
        reader.take(&line).unwrap();
    }
    assert_eq!(house.api.cases.press.key().public(), next.public());
}

#[tokio::test]
async fn the_ledgers_head_is_told_once_a_day_and_only_of_days_that_are_over() {
    let house = House::build().await;
    list_the_company(&house).await;
    let (store, press) = (&house.api.store, &house.api.cases.press);
    let today = clock::now().local_date();
    let noon = |days| Timestamp::start_of_local_day(date_plus_days(today, days)).plus_seconds(43_200);
    for (days, expected) in [(0, 0), (1, 1), (1, 1), (2, 2), (9, 3), (3, 3)] {
        crate::feed::days::turn(press, store, noon(days)).await.unwrap();
        let heads = house.feed().await.iter().filter(|line| line.contains("\"action\":\"head\"")).count();
        assert_eq!(heads, expected, "on day {days}");
    }
    let last = store.ledger().await.unwrap().pop().unwrap();
    let head: Value = serde_json::from_str(&house.feed().await[1]).unwrap();
    assert_eq!((&head["day"], &head["ledger_hash"]), (&json!(today), &json!(last.hash.to_string())));
}

#[tokio::test]
async fn only_permits_that_say_something_new_are_published_again() {
    let house = House::build().await;
    let (store, press) = (&house.api.store, &house.api.cases.press);
    let before = with_permits(&[permit("XM-1", 1), permit("XM-2", 1)]);
    let used = Permit { used_l: 7, ..permit("XM-1", 1) };
    let after = with_permits(&[used, permit("XM-2", 2), permit("XM-3", 1)]);
    let mut change = store.change().await.unwrap();
    assert_eq!(press.publish_permits(&mut change, None, &before, clock::now()).await.unwrap(), 2);
    assert_eq!(press.publish_permits(&mut change, Some(&before), &after, clock::now()).await.unwrap(), 2);
    change.commit().await.unwrap();
    let numbers: Vec<Value> = house
        .feed()
        .await
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["permit_no"].clone())
        .collect();
    assert_eq!(numbers, ["XM-1", "XM-2", "XM-2", "XM-3"]);
}

#[tokio::test]
async fn a_reader_asks_since_a_number_in_either_form_and_is_told_when_nothing_is_new() {
    let house = House::build().await;
    publish_every_kind(&house).await;
    let part = house.ask("GET", "/api/v1/feed?since=2&limit=3", None, None).await;
    let tag = part.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(part.headers()["mucktrail-next-since"], "5");
    let lines = text(part).await;
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.starts_with("{\"form\":2,\"seq\":3,"));
    let csv = text(house.ask("GET", "/api/v1/feed?format=csv&since=0", None, None).await).await;
    let mut rows = csv::Reader::from_reader(csv.trim_start_matches('\u{FEFF}').as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 8);
    assert_eq!(&rows[5][6], "新密罚〔2026〕7号");
    assert_eq!(rows[2][10], house.feed().await[2], "the last column is the signed line");
    let ask_again = async |path: &str, tag: &str| {
        let request = axum::http::Request::get(path).header(header::IF_NONE_MATCH, tag);
        let request = request.body(axum::body::Body::empty()).unwrap();
        tower::ServiceExt::oneshot(house.router.clone(), request).await.unwrap().status()
    };
    assert_eq!(ask_again("/api/v1/feed?since=2&limit=3", &tag).await, StatusCode::NOT_MODIFIED);
    assert_eq!(ask_again("/api/v1/feed?since=2&limit=4", &tag).await, StatusCode::OK);
    for path in ["/api/v1/feed/snapshot", "/api/v1/feed/manifest"] {
        let first = house.ask("GET", path, None, None).await;
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(ask_again(path, &tag).await, StatusCode::NOT_MODIFIED, "{path}");
    }
    let (status, _) = house.json("GET", "/api/v1/feed?format=xml", None, None).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_snapshot_names_who_is_listed_and_the_event_up_to_which_that_holds() {
    let house = House::build().await;
    let (_, empty) = house.json("GET", "/api/v1/feed/snapshot", None, None).await;
    assert_eq!((&empty["as_of_seq"], &empty["listed"]), (&json!(0), &json!([])));
    list_the_company(&house).await;
    let mut change = house.api.store.change().await.unwrap();
    let head = Record::Head(record::HeadRecord {
        day: clock::now().local_date(),
        ledger_seq: 1,
        ledger_hash: "0".repeat(64),
    });
    house.api.cases.press.publish(&mut change, head, clock::now()).await.unwrap();
    change.commit().await.unwrap();
    let snapshot = text(house.ask("GET", "/api/v1/feed/snapshot", None, None).await).await;
    let value: Value = serde_json::from_str(&snapshot).unwrap();
    assert_eq!((&value["as_of_seq"], &value["listed"][0]["uscc"]), (&json!(2), &json!(USCC)));
    assert!(snapshot.contains(&house.feed().await[0]), "the listing's line is in it byte for byte");
}

#[tokio::test]
async fn dead_letters_are_seen_by_officers_and_sent_again_by_admins() {
    let house = House::build().await;
    list_the_company(&house).await;
    let folder = house.folder.path().join("drop");
    std::fs::create_dir(&folder).unwrap();
    let target =
        Target::checked("信用平台", TargetKind::Folder, folder.to_str().unwrap(), TargetOptions::default())
            .unwrap();
    let store = &house.api.store;
    let mut change = store.change().await.unwrap();
    change.put_push_target(&target, (0, 0), clock::now()).await.unwrap();
    change
        .add_dead_letter("信用平台", Source::Feed, (1, "统一社会信用代码不存在"), clock::now())
        .await
        .unwrap();
    change.commit().await.unwrap();
    let officer = crate::store::Officer {
        name: "管理员".into(),
        authority: Authority::CityManagement,
        role: Role::Admin,
        company: None,
    };
    let admin = crate::officers::add(store, officer, "test", clock::now()).await.unwrap();
    let (_, letters) = house.json("GET", "/api/v1/feed/push/dead", Some(&house.city), None).await;
    let letter = &letters["dead_letters"][0];
    assert_eq!((&letter["reason"], &letter["resent"]), (&json!("统一社会信用代码不存在"), &json!(false)));
    let path = format!("/api/v1/feed/push/dead/{}/resend", letter["id"]);
    for (token, expected) in [(None, 401), (Some(&house.city), 403), (Some(&admin), 200)] {
        let (status, answer) = house.json("POST", &path, token.map(String::as_str), None).await;
        assert_eq!(status, expected, "{answer}");
    }
    let (_, letters) = house.json("GET", "/api/v1/feed/push/dead", Some(&house.city), None).await;
    assert_eq!(letters["dead_letters"][0]["resent"], true);
    let write_off = format!("/api/v1/feed/push/dead/{}/write-off", letter["id"]);
    let why = |reason: &str| Some(json!({ "reason": reason }));
    for (token, reason, expected) in
        [(&house.city, "平台已停用", 403), (&admin, " ", 422), (&admin, "平台已停用", 200)]
    {
        assert_eq!(house.json("POST", &write_off, Some(token), why(reason)).await.0, expected, "{reason}");
    }
    assert_eq!(house.json("POST", &write_off, Some(&admin), why("再次")).await.0, 404, "it waits no longer");
    let (_, letters) = house.json("GET", "/api/v1/feed/push/dead", Some(&house.city), None).await;
    assert_eq!(letters["dead_letters"], json!([]));
    let id = letter["id"].to_string();
    let trail = house.api.store.audit_of(&format!("dead letter {id}"), 9).await.unwrap();
    let last = trail.last().unwrap();
    assert_eq!((last.what.as_str(), last.detail.as_str()), ("write off", "1 of them: 平台已停用"));
    let mut change = house.api.store.change().await.unwrap();
    change.add_dead_letter("信用平台", Source::Feed, (1, "再次拒收"), clock::now()).await.unwrap();
    change.commit().await.unwrap();
    let (status, _) = house.json("POST", "/api/v1/feed/push/dead/99/resend", Some(&admin), None).await;
    assert_eq!(status, 404);
    let (_, targets) = house.json("GET", "/api/v1/feed/push", Some(&house.city), None).await;
    assert_eq!(
        (&targets["targets"][0]["waiting"], &targets["targets"][0]["dead_letters"]),
        (&json!(1), &json!(1))
    );
    let metrics = text(house.ask("GET", "/metrics", None, None).await).await;
    assert!(metrics.contains("mucktrail_push_dead_letters{target=\"信用平台\"} 1"), "{metrics}");
}
