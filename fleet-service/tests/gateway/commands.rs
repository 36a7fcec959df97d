//! Commands on their way: asked for over HTTP, received by a terminal on a real socket, their results read over HTTP.

use std::collections::BTreeSet;

use domain::rule::Authority;
use domain::{FixKind, FixReport, Position, Timestamp};
use fleet_service::clock;
use fleet_service::gateway::limits::GatewayLimits;
use fleet_service::officers;
use fleet_service::store::{Officer, Role};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::parameter::Parameter;
use wire::{AnswerResult, Location, Message, Revision};

use crate::device::Device;
use crate::house::{House, PATIENCE, Trucks};
use crate::peer::Peer;

const TERMINAL: &str = "13800000001";
const PLATE: &str = "豫A12345";
const TRUCKS: Trucks<'static> = &[(PLATE, TERMINAL)];

/// Officers who may give commands.
struct Desk {
    house: House,
    registrar: String,
    enforcer: String,
}

impl Desk {
    async fn open() -> Self {
        let house = House::open(TRUCKS, GatewayLimits::default()).await;
        let store = house.store().await;
        let add = async |name: &str, role| {
            let officer =
                Officer { name: name.into(), authority: Authority::CityManagement, role, company: None };
            officers::add(&store, officer, "test", clock::now()).await.unwrap()
        };
        let (registrar, enforcer) = (add("登记", Role::Registrar).await, add("执法", Role::Enforcer).await);
        store.close().await;
        Self { house, registrar, enforcer }
    }

    async fn http(&self, method: &str, path: &str, token: &str, body: &str) -> Value {
        let mut socket = TcpStream::connect(self.house.http).await.unwrap();
        let request = format!(
            "{method} /api/v1/terminals/{TERMINAL}/{path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(PATIENCE, socket.read_to_string(&mut answer)).await.unwrap().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Gives a command and returns its number.
    async fn ask(&self, token: &str, command: Value) -> u64 {
        self.http("POST", "commands", token, &command.to_string()).await["id"].as_u64().unwrap()
    }

    async fn command(&self, id: u64) -> Value {
        let listed = self.http("GET", "commands", &self.enforcer, "").await;
        let rows = listed["commands"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap().clone()
    }

    /// Looks until the command has come so far.
    async fn once(&self, id: u64, state: &str) -> Value {
        let look = async {
            loop {
                let command = self.command(id).await;
                if command["state"] == state {
                    return command;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("command {id} was never {state}"))
    }

    /// Gives a command, answers it as the terminal, and returns what was received and what the API then shows.
    async fn through(
        &self,
        peer: &mut Peer,
        token: &str,
        command: Value,
        answer: impl FnOnce(u16, &Message) -> Message,
    ) -> (Message, Value) {
        let id = self.ask(token, command).await;
        let (serial, received) = peer.message().await.unwrap();
        peer.send(&answer(serial, &received)).await;
        (received, self.once(id, "answered").await)
    }
}

fn general(result: AnswerResult) -> impl FnOnce(u16, &Message) -> Message {
    move |serial, message| Message::TerminalAnswer { serial, id: message.id(), result }
}

#[tokio::test]
async fn each_command_reaches_its_terminal_and_its_result_is_shown() {
    let desk = Desk::open().await;
    let mut peer = Peer::online(&desk.house, TERMINAL, PLATE).await;
    let (registrar, enforcer) = (desk.registrar.clone(), desk.enforcer.clone());

    let set = json!({ "kind": "set_parameters", "parameters": { "default_interval_s": 15 } });
    let (received, shown) = desk.through(&mut peer, &registrar, set, general(AnswerResult::Ok)).await;
    assert_eq!(received, Message::SetParameters(vec![Parameter::DefaultIntervalS(15)]));
    assert_eq!((&shown["outcome"], &shown["by"]), (&json!("ok"), &json!("登记")));

    let query = json!({ "kind": "query_parameters", "names": ["default_interval_s", "0xF364"] });
    let parameters = |serial, _: &Message| Message::Parameters {
        serial,
        parameters: vec![Parameter::DefaultIntervalS(15), Parameter::Other { id: 0xF364, bytes: vec![1, 2] }],
    };
    let (received, shown) = desk.through(&mut peer, &registrar, query, parameters).await;
    assert_eq!(received, Message::QueryParameterList(vec![0x29, 0xF364]));
    assert_eq!(shown["result"], json!({ "parameters": { "default_interval_s": 15, "0xF364": "0102" } }));

    let text = json!({ "kind": "text", "text": "请走核准路线", "read_aloud": true });
    let (received, shown) =
        desk.through(&mut peer, &enforcer, text, general(AnswerResult::Unsupported)).await;
    assert!(
        matches!(received, Message::Text { flags: 0b1101, ref text, .. } if text == "请走核准路线"),
        "{received:?}"
    );
    assert_eq!(shown["outcome"], "unsupported");
    assert_eq!(shown["result"]["not_done"], json!([{ "message": "0x8300", "result": "unsupported" }]));

    let track = json!({ "kind": "track", "interval_s": 5, "validity_s": 600 });
    let (received, _) = desk.through(&mut peer, &enforcer, track, general(AnswerResult::Ok)).await;
    assert_eq!(received, Message::Track { interval_s: 5, validity_s: 600 });

    let confirm = json!({ "kind": "confirm_alarm", "alarms": ["sos"] });
    let (received, shown) = desk.through(&mut peer, &enforcer, confirm, general(AnswerResult::Fail)).await;
    assert_eq!(received, Message::ConfirmAlarm { serial: 0, alarms: 1 });
    assert_eq!(shown["outcome"], "failed");
    desk.house.close().await;
}

/// The terminal's end of `wire` on the other side, in the layouts of every revision.
#[tokio::test]
async fn our_own_terminal_understands_every_command_in_every_revision() {
    for revision in [Revision::V2011, Revision::V2013, Revision::V2019] {
        let desk = Desk::open().await;
        desk.house.import_with(TRUCKS, &files(0.2)).await;
        let mut device = Device::online(&desk.house, TERMINAL, PLATE, revision).await;
        let (registrar, enforcer) = (&desk.registrar, &desk.enforcer);
        for (token, asked, messages) in [
            (registrar, json!({ "kind": "set_parameters", "parameters": { "default_interval_s": 15 } }), 1),
            (registrar, json!({ "kind": "query_parameters" }), 1),
            (registrar, json!({ "kind": "delete_areas" }), 4),
            (enforcer, json!({ "kind": "text", "text": "请走核准路线", "urgent": true }), 1),
            (enforcer, json!({ "kind": "query_location" }), 1),
            (enforcer, json!({ "kind": "track", "interval_s": 5, "validity_s": 60 }), 1),
            (enforcer, json!({ "kind": "confirm_alarm", "alarms": ["area_in_out"] }), 1),
        ] {
            let id = desk.ask(token, asked.clone()).await;
            for _ in 0..messages {
                device.obey().await;
            }
            let shown = desk.once(id, "answered").await;
            assert_eq!(shown["outcome"], "ok", "{revision:?} {asked}: {shown}");
        }
        // New registers are looked for every few seconds; once they are in force the download sets what it plans.
        let areas = loop {
            let id = desk.ask(registrar, json!({ "kind": "download_areas" })).await;
            let shown = tokio::select! {
                shown = desk.once(id, "answered") => shown,
                () = device.obey_for_ever() => continue,
            };
            assert_eq!(shown["outcome"], "ok", "{revision:?}: {shown}");
            if shown["result"]["areas_set"] == 4 {
                break ids(&desk.http("GET", "areas", enforcer, "").await);
            }
        };
        assert_eq!(device.areas(), areas, "{revision:?}");
        desk.house.close().await;
    }
}

#[tokio::test]
async fn a_location_asked_for_is_shown_and_stored_like_any_other() {
    let desk = Desk::open().await;
    let mut peer = Peer::online(&desk.house, TERMINAL, PLATE).await;
    let time = Timestamp::from_seconds(crate::peer::START_S);
    let position = Position::from_degrees(34.5394, 113.3905).unwrap();
    let fix = FixReport::bare(PLATE.parse().unwrap(), position, FixKind::D3);
    let location = Location::from_fix(time, &fix, None, &[]);
    let asked = json!({ "kind": "query_location" });
    let answer = |serial, _: &Message| Message::LocationAnswer { serial, location };
    let (received, shown) = desk.through(&mut peer, &desk.enforcer, asked, answer).await;
    assert_eq!(received, Message::QueryLocation);
    let found = &shown["result"]["location"];
    assert_eq!((&found["lat"], &found["plate"]), (&json!(34.5394), &json!(PLATE)));
    // Acknowledged as stored.
    assert_eq!(peer.result().await, AnswerResult::Ok);
    let stored: Vec<_> = desk.house.reports().await.iter().map(|report| report.time).collect();
    assert_eq!(stored, [time]);
    desk.house.close().await;
}

#[tokio::test]
async fn a_command_waits_for_its_terminal_and_goes_out_again_when_a_link_broke_before_the_answer() {
    let desk = Desk::open().await;
    let first = desk.ask(&desk.enforcer, json!({ "kind": "text", "text": "一" })).await;
    let second = desk.ask(&desk.enforcer, json!({ "kind": "text", "text": "二" })).await;
    assert_eq!(desk.command(first).await["state"], "queued");
    let mut peer = Peer::online(&desk.house, TERMINAL, PLATE).await;
    let (_, received) = peer.message().await.unwrap();
    assert!(matches!(&received, Message::Text { text, .. } if text == "一"));
    desk.once(first, "sent").await;
    drop(peer);
    let mut peer = Peer::online(&desk.house, TERMINAL, PLATE).await;
    for expected in ["一", "二"] {
        let (serial, received) = peer.message().await.unwrap();
        assert!(matches!(&received, Message::Text { text, .. } if text == expected), "{received:?}");
        peer.send(&general(AnswerResult::Ok)(serial, &received)).await;
    }
    for id in [first, second] {
        assert_eq!(desk.once(id, "answered").await["outcome"], "ok");
    }
    desk.house.close().await;
}

fn square(east: f64) -> Value {
    let (west, south) = (113.40 + east, 34.50);
    let corners = [(0.0, 0.0), (0.01, 0.0), (0.01, 0.005), (0.003, 0.01), (0.0, 0.0)];
    json!([corners.map(|(x, y)| json!([west + x, south + y]))])
}

fn features(all: &[(Value, &str, Value)]) -> String {
    let feature = |(properties, kind, coordinates): &(Value, &str, Value)| json!({ "type": "Feature", "properties": properties, "geometry": { "type": kind, "coordinates": coordinates } });
    let all: Vec<Value> = all.iter().map(feature).collect();
    json!({ "type": "FeatureCollection", "datum": "WGS84", "features": all }).to_string()
}

/// A permit with its places and route, and a no-go zone `east` of the city.
fn files(zone_east: f64) -> Vec<(&'static str, String)> {
    let site =
        |id: &str, kind: &str, east| (json!({ "id": id, "name": id, "kind": kind }), "Polygon", square(east));
    let zone = (json!({ "id": "Z1", "name": "禁行区", "kind": "no_go" }), "Polygon", square(zone_east));
    let line = json!([[113.401, 34.501], [113.45, 34.52], [113.501, 34.501]]);
    let permit = json!([{
        "number": "XM-1", "carrier_uscc": "91350100M000100Y43", "trucks": [PLATE],
        "legs": [{ "source": "S1", "sink": "D1", "route": "R1" }], "waste_class": "工程渣土", "volume_m3": 1000,
        "valid_from": "2020-01-01", "valid_to": "2099-12-31",
    }]);
    vec![
        ("sites.geojson", features(&[site("S1", "source", 0.0), site("D1", "disposal", 0.1)])),
        ("zones.geojson", features(&[zone])),
        ("routes.geojson", features(&[(json!({ "id": "R1", "name": "一号线" }), "LineString", line)])),
        ("permits.json", permit.to_string()),
    ]
}

/// Does as it is told until nothing more comes for a command; what it was told.
async fn obey(peer: &mut Peer, count: usize) -> Vec<Message> {
    let mut told = Vec::new();
    for _ in 0..count {
        let (serial, message) = peer.message().await.unwrap();
        peer.send(&general(AnswerResult::Ok)(serial, &message)).await;
        told.push(message);
    }
    told
}

fn ids(areas: &Value) -> BTreeSet<u64> {
    areas["areas"].as_array().unwrap().iter().map(|area| area["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_terminal_is_given_its_trucks_areas_and_then_what_differs_when_the_registers_change() {
    let desk = Desk::open().await;
    desk.house.import_with(TRUCKS, &files(0.2)).await;
    let mut peer = Peer::online(&desk.house, TERMINAL, PLATE).await;
    // The service looks for new registers every few seconds; the download is asked for until they are in force.
    let shown = loop {
        let id = desk.ask(&desk.registrar, json!({ "kind": "download_areas" })).await;
        let mut told = obey(&mut peer, 4).await;
        assert!(
            told.iter().all(|m| matches!(m, Message::DeleteAreas { ids, .. } if ids.is_empty())),
            "{told:?}"
        );
        let command = tokio::select! {
            command = desk.once(id, "answered") => command,
            more = obey(&mut peer, 4) => { told.extend(more); desk.once(id, "answered").await }
        };
        assert_eq!(command["outcome"], "ok");
        if command["result"]["areas_set"] == 4 {
            assert!(matches!(told[4], Message::SetRoute(_)), "{:?}", told[4]);
            assert_eq!(told[5..].iter().filter(|m| matches!(m, Message::SetPolygon(_))).count(), 3);
            break command;
        }
    };
    assert_eq!(shown["result"]["deletions"], 4);
    let before = desk.http("GET", "areas", &desk.enforcer, "").await;
    let of = |what: &str| {
        before["areas"].as_array().unwrap().iter().find(|a| a["means"]["what"] == what).unwrap().clone()
    };
    assert_eq!(of("corridor")["means"]["permit"], "XM-1");
    assert_eq!(of("no_go")["means"]["key"], "Z1");

    // The zone moves: it alone is taken back and set anew, by itself.
    desk.house.import_with(TRUCKS, &files(0.3)).await;
    let told = obey(&mut peer, 2).await;
    let old = of("no_go")["id"].as_u64().unwrap() as u32;
    assert!(matches!(&told[0], Message::DeleteAreas { ids, .. } if *ids == [old]), "{told:?}");
    let Message::SetPolygon(zone) = &told[1] else { panic!("{told:?}") };
    let update = shown["id"].as_u64().unwrap() + 1;
    let update = desk.once(update, "answered").await;
    assert_eq!((&update["kind"], &update["by"]), (&json!("update_areas"), &json!("registers")));
    let after = desk.http("GET", "areas", &desk.enforcer, "").await;
    let mut expected = ids(&before);
    expected.remove(&u64::from(old));
    expected.insert(u64::from(zone.id));
    assert_eq!(ids(&after), expected);

    // All deleted: they stay away until the next download.
    let (_, shown) = {
        let id = desk.ask(&desk.registrar, json!({ "kind": "delete_areas" })).await;
        (obey(&mut peer, 4).await, desk.once(id, "answered").await)
    };
    assert_eq!(shown["result"]["deletions"], 4);
    assert_eq!(ids(&desk.http("GET", "areas", &desk.enforcer, "").await), BTreeSet::new());
    desk.house.close().await;
}
