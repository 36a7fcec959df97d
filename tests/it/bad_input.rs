//! What is broken is refused with a sentence and counted; what was stored before stays; nothing panics.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use domain::{Position, Timestamp};
use end_to_end::city::{Service, json_lines};
use end_to_end::drive::{PLATE, TERMINAL, agent_config, signal_sentence, write_registry};
use end_to_end::program::{Running, free_address, run};
use end_to_end::receiver::{epoch, loaded_departure};
use end_to_end::wait;
use serde_json::{Value, json};

fn start() -> Timestamp {
    "2026-11-20T10:00:00+08:00".parse().unwrap()
}

fn source() -> Position {
    Position::from_degrees(34.5394, 113.3905).unwrap()
}

fn good_registry(folder: &Path) {
    let route = [source(), source().offset_m(10_000.0, 0.0)];
    write_registry(folder, &[(start(), source())], &route);
}

fn edit_json(path: &Path, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    edit(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

/// Breaks a good registry in one place; the import must be refused with exit code 2 and a sentence that names `said`.
#[track_caller]
fn check_refused(what: &str, break_it: impl FnOnce(&Path), said: &[&str]) {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    break_it(&registry);
    let (registry, data) = (registry.to_string_lossy(), data.to_string_lossy());
    let output = run("fleet-service", &["import", "--data", &data, "--registry", &registry]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{what}: {text}");
    assert!(!text.contains("panicked"), "{what}: {text}");
    for word in said {
        assert!(text.contains(word), "{what}: {word:?} is not in: {text}");
    }
}

fn append(path: &Path, line: &str) {
    let mut text = fs::read_to_string(path).unwrap();
    text.push_str(line);
    fs::write(path, text).unwrap();
}

#[test]
fn a_broken_register_is_refused_by_file_and_place() {
    check_refused(
        "a ring that crosses itself",
        |folder| {
            edit_json(&folder.join("sites.geojson"), |v| {
                v["features"][1]["geometry"]["coordinates"] =
                    json!([[[113.0, 34.0], [113.1, 34.1], [113.1, 34.0], [113.0, 34.1], [113.0, 34.0]]]);
            });
        },
        &["sites.geojson", "1", "cross"],
    );
    check_refused(
        "no datum",
        |folder| {
            edit_json(&folder.join("routes.geojson"), |v| drop(v.as_object_mut().unwrap().remove("datum")))
        },
        &["routes.geojson", "datum"],
    );
    check_refused(
        "an unknown carrier",
        |folder| append(&folder.join("trucks.csv"), "豫A99999,yellow,,91410183MA0000000B,139,,diesel,16\n"),
        &["trucks.csv", "3", "91410183MA0000000B"],
    );
    check_refused(
        "a plate twice",
        |folder| {
            append(
                &folder.join("trucks.csv"),
                &format!("{PLATE},yellow,,91410183MA0000000A,139,,diesel,16\n"),
            )
        },
        &["trucks.csv", "3", PLATE],
    );
    check_refused(
        "a permit that ends before it starts",
        |folder| edit_json(&folder.join("permits.json"), |v| v[0]["valid_to"] = json!("1999-01-01")),
        &["permits.json", "0", "valid_to"],
    );
    check_refused(
        "no file",
        |folder| fs::remove_file(folder.join("permits.json")).unwrap(),
        &["permits.json"],
    );
    check_refused(
        "no JSON",
        |folder| fs::write(folder.join("permits.json"), "[{").unwrap(),
        &["permits.json"],
    );
}

#[test]
fn a_refused_import_leaves_the_registers_in_force_as_they_were() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    fs::create_dir(&data).unwrap();
    let mut service = Service::start(&data, &registry);
    service.kill();
    fs::write(registry.join("permits.json"), "{}").unwrap();
    let output = run(
        "fleet-service",
        &["import", "--data", &data.to_string_lossy(), "--registry", &registry.to_string_lossy()],
    );
    assert_eq!(output.status.code(), Some(2));
    service.kill_and_restart();
    let officer = service.officer("示范城管员", "city_management", "enforcer");
    let trucks = service.ask("GET", "/api/v1/trucks", Some(&officer), None).json();
    assert_eq!(trucks["trucks"][0]["plate"], PLATE);
}

#[test]
fn a_database_from_a_newer_version_is_refused_and_left_as_it_was() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    let (folder, registry) = (data.to_string_lossy(), registry.to_string_lossy());
    assert!(run("fleet-service", &["import", "--data", &folder, "--registry", &registry]).status.success());
    let file = data.join("mucktrail.sqlite3");
    let mut bytes = fs::read(&file).unwrap();
    // The user version is the big-endian number at offset 60 of the file (SQLite file format, 1.3).
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&file, &bytes).unwrap();
    let output = run("fleet-service", &["serve", "--data", &folder]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    for word in ["mucktrail.sqlite3", "99", "newer"] {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    assert_eq!(fs::read(&file).unwrap(), bytes, "nothing was changed");
}

#[test]
fn a_port_in_use_is_one_sentence_with_the_address() {
    let work = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = work.path().to_string_lossy().into_owned();
    for (http, gateway) in [(address.clone(), free_address()), (free_address(), address.clone())] {
        let output =
            run("fleet-service", &["serve", "--data", &data, "--http", &http, "--gateway", &gateway]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&address) && !text.contains("panicked"), "{text}");
    }
}

#[test]
fn junk_on_the_gateway_is_counted_and_other_trucks_go_on() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    fs::create_dir(&data).unwrap();
    let service = Service::start(&data, &registry);

    let mut junk: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    junk.extend([0x7E, 0x01, 0x02, 0x7E, 0x7E, 0x7D, 0x05, 0x7E]);
    // A heartbeat of a 2013 header with a wrong checksum, then an unknown message, then a truncated one.
    junk.extend([0x7E, 0, 2, 0, 0, 1, 0x39, 0, 0, 0, 1, 0, 1, 0x55, 0x7E]);
    junk.extend([
        0x7E, 0x0F, 0x77, 0, 0, 1, 0x39, 0, 0, 0, 1, 0, 2, 0x43, 0x7E, 0x7E, 0x02, 0x00, 0x00, 0x1C,
    ]);
    let mut stream = TcpStream::connect(&service.gateway).unwrap();
    stream.write_all(&junk).unwrap();
    wait::until("the bad frames to be counted", 20, || {
        (service.metric("mucktrail_gateway_total{what=\"bad_checksum\"}") > 0.0).then_some(())
    });

    let mut bytes = b"\x00\xFF$GNRMC,garbage*00\r\n$GPGGA,\xB5\x62".to_vec();
    bytes.extend(loaded_departure(start(), source(), 30, 60, 36.0).bytes());
    let recording = work.path().join("drive.nmea");
    fs::write(&recording, bytes).unwrap();
    let config = agent_config(work.path(), &recording, &service.gateway, 0.0);
    let log = work.path().join("agent.log");
    let mut agent = Running::start("tracker-agent", &["run", "--config", &config.to_string_lossy()], &log);
    assert!(agent.wait(60).success(), "{}", agent.said());
    assert!(service.metric("mucktrail_log_reports") > 0.0);
    assert!(!service.said().contains("panicked"), "{}", service.said());
    drop(stream);
}

#[test]
fn a_terminal_no_register_knows_is_refused_and_counted() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    fs::create_dir(&data).unwrap();
    let service = Service::start(&data, &registry);
    let recording = work.path().join("drive.nmea");
    fs::write(&recording, loaded_departure(start(), source(), 5, 5, 36.0)).unwrap();
    let config = agent_config(work.path(), &recording, &service.gateway, 0.0);
    let stranger = fs::read_to_string(&config).unwrap().replace(TERMINAL, "13999999999");
    fs::write(&config, stranger).unwrap();
    let log = work.path().join("agent.log");
    let mut agent = Running::start("tracker-agent", &["run", "--config", &config.to_string_lossy()], &log);
    wait::until("the refusal to be counted", 30, || {
        (service.metric("mucktrail_gateway_total{what=\"registrations_refused\"}") > 0.0).then_some(())
    });
    assert!(agent.is_running(), "the agent keeps its spool and tries again: {}", agent.said());
    assert_eq!(service.metric("mucktrail_log_reports"), 0.0);
}

/// What the agent's sampler chooses of some bytes.
#[track_caller]
fn sampled(bytes: &[u8], as_recorded: bool) -> (Vec<Value>, String) {
    let work = tempfile::tempdir().unwrap();
    let recording = work.path().join("drive.nmea");
    fs::write(&recording, bytes).unwrap();
    let config = agent_config(work.path(), &recording, "127.0.0.1:9", 0.0);
    let text = fs::read_to_string(&config).unwrap();
    let flag = format!("as_recorded = {as_recorded}");
    fs::write(&config, text.replace("as_recorded = true", &flag)).unwrap();
    let output = run("tracker-agent", &["sample", "--config", &config.to_string_lossy()]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !stderr.contains("panicked"), "{stderr}");
    let lines =
        String::from_utf8_lossy(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    (lines, stderr)
}

#[test]
fn a_fix_from_1980_is_not_reported_and_is_counted() {
    let old = signal_sentence("GPRMC,000010.00,A,3432.364,N,11323.430,E,020.0,090.0,060180,,,A")
        + &signal_sentence("GPGGA,000010.00,3432.364,N,11323.430,E,1,08,1.0,100.0,M,,M,,");
    let (reports, said) = sampled((old.clone() + &old).as_bytes(), false);
    assert!(reports.is_empty(), "{reports:?}");
    assert!(said.contains("date"), "the refusal is counted by its reason: {said}");
}

#[test]
fn noise_between_good_sentences_costs_no_good_fix() {
    let good: Vec<String> = (0..20)
        .map(|s| epoch(start().plus_seconds(s * 15), source().offset_m(100.0 * s as f64, 0.0), 24.0, 90.0))
        .collect();
    let clean = sampled(good.concat().as_bytes(), false).0;
    let mut noisy = Vec::new();
    for (n, sentences) in good.iter().enumerate() {
        noisy.extend(sentences.as_bytes());
        noisy.extend([0x00, 0xB5, 0x62, 0xFF, b'$', b'$']);
        noisy.extend(format!("$GNRMC,truncated{n}\r\n$GNGLL,1*FF\r\n").as_bytes());
    }
    let noisy = sampled(&noisy, false).0;
    assert!(clean.len() >= 19, "{} reports of 20 fixes", clean.len());
    assert_eq!(noisy, clean);
}

/// A file system of a few megabytes, unmounted at the end. `None` where mounting is not allowed.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status();
        if status.is_ok_and(|s| s.success()) {
            Some(Self(folder))
        } else {
            eprintln!("no small disk can be mounted here (it needs root): the full-disk test is left out");
            None
        }
    }

    /// Writes until nothing more fits; the file that does it.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.0.path().join("filler");
        let mut file = fs::File::create(&path).unwrap();
        while file.write_all(&[0x55; 4096]).is_ok() {}
        while file.write_all(&[0x55]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn on_a_full_disk_nothing_is_acknowledged_and_nothing_stored_is_lost() {
    let Some(disk) = SmallDisk::new(16) else { return };
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), disk.0.path().join("data"));
    good_registry(&registry);
    fs::create_dir(&data).unwrap();
    let mut service = Service::start(&data, &registry);
    let recording = work.path().join("drive.nmea");
    let log = work.path().join("agent.log");
    let run_agent = |bytes: String| {
        fs::write(&recording, bytes).unwrap();
        let config = agent_config(work.path(), &recording, &service.gateway, 0.0);
        Running::start("tracker-agent", &["run", "--config", &config.to_string_lossy()], &log)
    };
    assert!(run_agent(loaded_departure(start(), source(), 30, 60, 36.0)).wait(60).success());
    let before = service.metric("mucktrail_log_reports");
    assert!(before > 0.0);

    let filler = disk.fill();
    let mut agent = run_agent(loaded_departure(start().plus_seconds(3600), source(), 30, 3000, 36.0));
    wait::until("the service to say that it cannot store", 60, || {
        let answer = end_to_end::http::ask(&service.http, "GET", "/readyz", None, None)?;
        (answer.status == 503).then_some(())
    });
    assert!(agent.is_running(), "nothing was acknowledged, so the agent waits: {}", agent.said());
    fs::remove_file(filler).unwrap();
    assert!(agent.wait(120).success(), "with room again everything is stored: {}", agent.said());
    service.kill();

    let exported = work.path().join("exported");
    service.export(&exported);
    let stored = json_lines(&exported.join("reports.jsonl"));
    assert!(stored.len() as f64 > before, "{} stored, {before} before the disk was full", stored.len());
    let late = |r: &Value| r["time"].as_str().unwrap() >= "2026-11-20T11:00:00+08:00";
    assert_eq!(
        stored.iter().filter(|r| !late(r)).count() as f64,
        before,
        "what was stored before is still there"
    );
}

#[test]
fn a_peer_that_says_nothing_and_a_peer_that_hangs_up_harm_nobody() {
    let work = tempfile::tempdir().unwrap();
    let (registry, data) = (work.path().join("registry"), work.path().join("data"));
    good_registry(&registry);
    fs::create_dir(&data).unwrap();
    let service = Service::start(&data, &registry);
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&service.gateway).unwrap()).collect();
    for _ in 0..50 {
        TcpStream::connect(&service.gateway).unwrap().write_all(&[0x7E, 0x01]).unwrap();
    }
    let mut request = TcpStream::connect(&service.http).unwrap();
    request.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    request.write_all(b"\x16\x03\x01 not http\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = request.read_to_end(&mut answer);
    assert_eq!(service.ask("GET", "/healthz", None, None).status, 200);
    drop(silent);
}
