//! One fix from the antenna to the black list: two trucks of a company without a permit, one on a serial line, one on
//! TCP; an officer confirms; the company falls below 60 and is on the public list and in the feed.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use domain::Position;
use end_to_end::city::{Service, json_lines};
use end_to_end::clock;
use end_to_end::program::Running;
use end_to_end::receiver::{epoch, loaded_departure, tag_notice};
use end_to_end::wait;
use serde_json::{Value, json};
use serialport::{SerialPort, TTYPort};

const COMPANY: &str = "新密市示范渣土清运有限公司";
const USCC: &str = "91410183MA0000000A";
const EPC: [u8; 12] = *b"MUCKTRAIL-01";

struct Truck {
    plate: &'static str,
    terminal: &'static str,
}

const ON_SERIAL: Truck = Truck { plate: "豫A11111D", terminal: "13900000011" };
const ON_TCP: Truck = Truck { plate: "豫A22222D", terminal: "13900000022" };

fn source() -> Position {
    Position::from_degrees(34.5394, 113.3905).unwrap()
}

fn write_registry(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let corners = [(-100.0, -100.0), (100.0, -100.0), (100.0, 100.0), (-100.0, 100.0), (-100.0, -100.0)];
    let ring: Vec<Value> = corners
        .iter()
        .map(|(east, north)| source().offset_m(*east, *north))
        .map(|p| json!([p.lon(), p.lat()]))
        .collect();
    let site = json!({"type": "Feature", "properties": {"id": "S1", "name": "示范工地", "kind": "source"},
                      "geometry": {"type": "Polygon", "coordinates": [ring]}});
    let collection = |features: Value| {
        json!({"type": "FeatureCollection", "datum": "WGS84", "features": features}).to_string()
    };
    write("carriers.csv", &format!("uscc,name,status\n{USCC},{COMPANY},active\n"));
    let rows: Vec<String> = [ON_SERIAL, ON_TCP]
        .iter()
        .map(|t| format!("{},yellow_green,,{USCC},{},,battery,16", t.plate, t.terminal))
        .collect();
    write(
        "trucks.csv",
        &format!(
            "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n{}\n",
            rows.join("\n")
        ),
    );
    write("sites.geojson", &collection(json!([site])));
    write("zones.geojson", &collection(json!([])));
    write("routes.geojson", &collection(json!([])));
    write("permits.json", "[]");
    write("readers.csv", "id,site_id,role,lat,lon\n");
}

fn agent(work: &Path, truck: &Truck, platform: &str, sources: &str) -> Running {
    let folder = work.join(truck.terminal);
    std::fs::create_dir_all(&folder).unwrap();
    let config: PathBuf = folder.join("agent.toml");
    let text = format!(
        "[terminal]\nid = {:?}\nplate = {:?}\nplate_colour = \"yellow_green\"\n[platform]\naddress = {platform:?}\ngather_s = 0\n\
         [sampler]\ninterval_moving_s = 10\ndistance_m = 200\n\
         {sources}\n[spool]\ndirectory = \"spool\"\n",
        truck.terminal, truck.plate
    );
    std::fs::write(&config, text).unwrap();
    Running::start(
        "tracker-agent",
        &["run", "--config", &config.to_string_lossy()],
        &folder.join("agent.log"),
    )
}

fn clues(service: &Service, token: &str) -> Vec<Value> {
    let answer = service.ask("GET", "/api/v1/clues?state=all", Some(token), None).json();
    answer["clues"].as_array().cloned().unwrap_or_default()
}

#[test]
fn two_unpermitted_departures_end_on_the_black_list() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    write_registry(&registry);
    std::fs::create_dir(&data).unwrap();
    let service = Service::start(&data, &registry);
    let officer = service.officer("示范城管员", "city_management", "enforcer");
    let auditor = service.officer("示范审计员", "city_management", "auditor");

    let empty = service.ask("GET", "/api/v1/blacklist", None, None).json();
    assert_eq!(empty["listed"], json!([]), "nobody is listed at first");
    assert_eq!(service.ask("GET", "/api/v1/trucks", None, None).status, 401, "positions are not public");

    // A receiver on a serial line.
    let (mut receiver, line) = TTYPort::pair().unwrap();
    let device = line.name().unwrap();
    let serial =
        format!("[[source]]\ncarries = \"nmea\"\nkind = \"serial\"\ndevice = {device:?}\nbaud = 9600");
    let agent_on_serial = agent(work.path(), &ON_SERIAL, &service.gateway, &serial);
    // Opening a line drops what came before, as on a real truck.
    wait::until("the agent to open the serial line", 20, || {
        agent_on_serial.said().contains("serial port opened").then_some(())
    });
    // Ten minutes ago: a tag read is dated by the agent's own clock, so the fixes must be of the same day.
    let start = clock::now().plus_seconds(-600);
    let bytes = loaded_departure(start, source(), 60, 240, 36.0);
    let serial_line = std::thread::spawn(move || {
        receiver.write_all(bytes.as_bytes()).unwrap();
        receiver
    });

    // A receiver and a tag reader on TCP.
    let (nmea, rfid) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let tcp = |listener: &TcpListener, carries: &str| {
        let address = listener.local_addr().unwrap();
        format!("[[source]]\ncarries = {carries:?}\nkind = \"tcp\"\naddress = \"{address}\"\n")
    };
    let sources = tcp(&nmea, "nmea") + &tcp(&rfid, "rfid");
    let _agent_on_tcp = agent(work.path(), &ON_TCP, &service.gateway, &sources);
    let (mut receiver, mut reader) = (nmea.accept().unwrap().0, rfid.accept().unwrap().0);
    receiver.write_all(loaded_departure(start, source(), 60, 240, 36.0).as_bytes()).unwrap();

    wait::until("both departures to be clues", 60, || {
        let open = clues(&service, &officer);
        (open.iter().filter(|c| c["rule"] == "UW-01").count() == 2).then_some(())
    });
    // A tag read travels with the next fix that is reported.
    reader.write_all(&tag_notice(&EPC, -55)).unwrap();
    let (mut second, exported) = (300, work.path().join("exported"));
    wait::until("the tag read to be stored", 30, || {
        let at = source().offset_m(10.0 * second as f64, 0.0);
        receiver.write_all(epoch(start.plus_seconds(second), at, 36.0, 90.0).as_bytes()).unwrap();
        second += 1;
        service.export(&exported);
        (!tag_reads(&exported).is_empty()).then_some(())
    });
    let _line_stays_open = (serial_line.join().unwrap(), line);

    let mut score = 10_000;
    for (n, clue) in clues(&service, &officer).iter().filter(|c| c["rule"] == "UW-01").enumerate() {
        let path = format!("/api/v1/clues/{}/confirm", clue["id"].as_str().unwrap());
        let reason = json!({"reason": "现场核查属实"});
        assert_eq!(
            service.ask("POST", &path, Some(&auditor), Some(&reason)).status,
            403,
            "an auditor decides nothing"
        );
        assert_eq!(service.ask("POST", &path, Some(&officer), Some(&json!({"reason": " "}))).status, 422);
        let confirmed = service.ask("POST", &path, Some(&officer), Some(&reason));
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        assert_eq!(service.ask("POST", &path, Some(&officer), Some(&reason)).status, 409, "decided once");
        let carriers = service.ask("GET", "/api/v1/carriers", Some(&officer), None).json();
        let now = carriers["carriers"][0]["score_centi"].as_i64().unwrap();
        assert!(now < score, "confirmation {n} lowers the score: {score} to {now}");
        score = now;
    }
    // 20.00, then 20.00 x 1.5 for the second of its class in the cycle; fewer than 10 trucks dilute nothing.
    assert_eq!(score, 5_000);

    let listed = service.ask("GET", "/api/v1/blacklist", None, None).json();
    assert_eq!(listed["listed"][0]["uscc"], USCC);
    assert_eq!(listed["listed"][0]["score_centi"], 5_000);
    assert_eq!(listed["listed"][0]["cause"].as_array().unwrap().len(), 2);
    let page = service.ask("GET", "/blacklist", None, None);
    assert!(page.body.contains(COMPANY), "the public page names the company");
    check_feed(&service);

    let tags = tag_reads(&exported);
    assert_eq!(tags.len(), 1, "the tag read on the truck arrived: {tags:?}");
    assert_eq!(tags[0]["epc"], hex::encode_upper(EPC));
    assert_eq!(tags[0]["plate"], ON_TCP.plate);
}

fn tag_reads(exported: &Path) -> Vec<Value> {
    json_lines(&exported.join("reports.jsonl")).into_iter().filter(|r| r["type"] == "rfid").collect()
}

/// Anyone with the public key can check the feed as FEED.md says: numbered without gaps, chained, signed.
fn check_feed(service: &Service) {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    use sha2::{Digest, Sha256};
    let key = service.ask("GET", "/feed/key", None, None).json();
    let key: [u8; 32] = hex::decode(key["public_key"].as_str().unwrap()).unwrap().try_into().unwrap();
    let key = VerifyingKey::from_bytes(&key).unwrap();
    let feed = service.ask("GET", "/feed/blacklist.jsonl?after=0", None, None).body;
    let first: Value = serde_json::from_str(feed.lines().next().unwrap()).unwrap();
    assert_eq!((&first["action"], &first["uscc"]), (&json!("list"), &json!(USCC)));
    let mut before = "0".repeat(64);
    for (n, line) in feed.lines().enumerate() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["seq"], n as u64 + 1);
        assert_eq!(event["prev_hash"], before);
        let body = format!("{}}}", line.split(",\"hash\":\"").next().unwrap());
        before = hex::encode(Sha256::digest(&body));
        assert_eq!(event["hash"], before);
        let signature = hex::decode(event["signature"].as_str().unwrap()).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        key.verify(body.as_bytes(), &signature).expect("the line is signed by the service's key");
    }
    let csv = service.ask("GET", "/feed/blacklist.csv", None, None).body;
    assert!(csv.contains(COMPANY) && csv.contains(USCC));
}
