//! What a truck says of reports it lost and of tags that may be copies: kept once, counted, shown.

use domain::rule::Authority;
use domain::{FixKind, FixReport, Position, Timestamp};
use fleet_service::gateway::limits::{GatewayLimits, NOTICES_OF_TERMINAL_MAX};
use fleet_service::store::{Officer, Role};
use fleet_service::{clock, officers};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::{AnswerResult, Extra, Gap, GapCause, Location, Message, TagConflict, TagConflictKind};

use crate::house::{House, PATIENCE};
use crate::peer::{Peer, START_S};

const PLATE: &str = "豫A12345";

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(START_S + second)
}

fn with(second: i64, extras: Vec<Extra>) -> Location {
    let position = Position::from_degrees(34.5394, 113.3905).unwrap();
    let fix = FixReport::bare(PLATE.parse().unwrap(), position, FixKind::D3);
    let mut location = Location::from_fix(at(second), &fix, None, &[]);
    location.extras.extend(extras);
    location
}

fn gap(records: u32) -> Extra {
    Extra::Gap(Gap { cause: GapCause::Full, records, first: Some(at(0)), last: Some(at(60)) })
}

fn conflict() -> Extra {
    Extra::TagConflict(TagConflict {
        kind: TagConflictKind::OtherTidSeen,
        time: at(90),
        tid: "E280689400004001".parse().unwrap(),
        epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
    })
}

async fn get(house: &House, path: &str, token: &str) -> String {
    let mut socket = TcpStream::connect(house.http).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losses_and_doubtful_tags_are_stored_once_counted_and_shown_beside_the_reports() {
    let house = House::open(&[(PLATE, "138")], GatewayLimits::default()).await;
    let officer = Officer {
        name: "执法".into(),
        authority: Authority::CityManagement,
        role: Role::Enforcer,
        company: None,
    };
    let token = officers::add(&house.store().await, officer, "test", clock::now()).await.unwrap();
    let mut peer = Peer::online(&house, "138", PLATE).await;
    // The second time as after an acknowledgement that was lost.
    for _ in 0..2 {
        peer.send(&Message::Location(with(100, vec![gap(7), conflict()]))).await;
        assert_eq!(peer.result().await, AnswerResult::Ok);
    }
    // A record no report can be made of still tells what was lost before it.
    let damaged = Gap { cause: GapCause::Damaged, records: 2, first: None, last: None };
    let nowhere = Location { lat_e6: 232_000_000, ..with(101, vec![Extra::Gap(damaged)]) };
    peer.send(&Message::Location(nowhere)).await;
    assert_eq!(peer.result().await, AnswerResult::Ok);

    let path = "/api/v1/trucks/%E8%B1%ABA12345/notices";
    let shown: Value = serde_json::from_str(&get(&house, path, &token).await).unwrap();
    let mut rows = shown["notices"].as_array().unwrap().clone();
    for row in &mut rows {
        assert!(row.as_object_mut().unwrap().remove("received").unwrap().is_string());
    }
    let time = |second| at(second).to_string();
    let expected = json!([
        { "kind": "gap", "cause": "damaged", "from": null, "to": null, "before": time(101), "count": 2,
          "tid": null, "epc": null, "terminal": "138" },
        { "kind": "tag_conflict", "cause": "other_tid_seen", "from": time(90), "to": time(90),
          "before": time(100), "count": 1, "tid": "E280689400004001", "epc": "30751FEB705C5904E3D50D70",
          "terminal": "138" },
        { "kind": "gap", "cause": "full", "from": time(0), "to": time(60), "before": time(100), "count": 7,
          "tid": null, "epc": null, "terminal": "138" },
    ]);
    assert_eq!(Value::from(rows), expected);
    let newest: Value = serde_json::from_str(&get(&house, &format!("{path}?limit=1"), &token).await).unwrap();
    assert_eq!(newest["notices"].as_array().unwrap().len(), 1);

    assert_eq!((house.count("gaps_told"), house.count("tag_conflicts_told")), (2, 1));
    assert_eq!(house.count("locations_unusable"), 1);
    let metrics = get(&house, "/metrics", &token).await;
    for line in [
        "mucktrail_gateway_total{what=\"gaps_told\"} 2",
        "mucktrail_gateway_total{what=\"tag_conflicts_told\"} 1",
        "mucktrail_truck_reports_lost_total{cause=\"full\"} 7",
        "mucktrail_truck_reports_lost_total{cause=\"damaged\"} 2",
        "mucktrail_truck_reports_lost_total{cause=\"old\"} 0",
        "mucktrail_truck_reports_lost_total{cause=\"unwritten\"} 0",
    ] {
        assert!(metrics.lines().any(|have| have == line), "{line} is not in\n{metrics}");
    }
    let reports = house.reports().await;
    assert_eq!(reports.iter().map(|report| report.time).collect::<Vec<_>>(), [at(100)]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_tells_losses_without_end_loses_the_oldest_notices() {
    let limits = GatewayLimits { frames_per_second: 100_000, ..GatewayLimits::default() };
    let house = House::open(&[(PLATE, "138")], limits).await;
    let mut peer = Peer::online(&house, "138", PLATE).await;
    const OF_LOCATION: u32 = 40;
    let messages = NOTICES_OF_TERMINAL_MAX / OF_LOCATION + 2;
    for message in 0..messages {
        let gap = |n: u32| {
            let first = Some(at(i64::from(message * OF_LOCATION + n)));
            Extra::Gap(Gap { cause: GapCause::Old, records: 1, first, last: first })
        };
        let location = with(i64::from(messages * OF_LOCATION + message), (0..OF_LOCATION).map(gap).collect());
        peer.send(&Message::Location(location)).await;
        assert_eq!(peer.result().await, AnswerResult::Ok);
    }
    let told = u64::from(messages * OF_LOCATION);
    let dropped = told - u64::from(NOTICES_OF_TERMINAL_MAX);
    assert_eq!((house.count("gaps_told"), house.count("notices_dropped")), (told, dropped));
    let kept = house.store().await.notices_of(&PLATE.parse().unwrap(), u32::MAX).await.unwrap();
    assert_eq!(kept.len() as u64, u64::from(NOTICES_OF_TERMINAL_MAX));
    assert_eq!(kept.last().unwrap().first, Some(at(i64::try_from(dropped).unwrap())));
    house.close().await;
}
