//! Real recordings, as docs/real-drive.md shows them: read by the agent, judged by the service.

use std::path::{Path, PathBuf};

use domain::{Position, Timestamp};
use end_to_end::city::{Service, json_lines};
use end_to_end::drive::{
    Drive, TERMINAL, agent_config, excursions, leave_the_road, simplify, write_registry,
};
use end_to_end::link::Link;
use end_to_end::place::corpus;
use end_to_end::program::{Running, run_well};
use end_to_end::wait;
use serde_json::Value;

const MUNICH: &str = "genivi-munich-2009.nmea";
const SWITZERLAND: &str = "genivi-switzerland-z205-2010.nmea";
const NEVADA: &str = "nmeaparser-nevada-garmin-2005.nmea";
/// A permit's route is the drive's own line simplified to this.
const SIMPLIFIED_TO_M: f64 = 20.0;
/// Half width of the corridor and what the rule adds to it.
const CORRIDOR_M: f64 = 50.0 + 15.0;

fn recording(name: &str) -> Option<PathBuf> {
    corpus().map(|folder| folder.join("nmea/drives").join(name))
}

fn positions(track: &[(Timestamp, Position)]) -> Vec<Position> {
    track.iter().map(|(_, position)| *position).collect()
}

/// Judges a drive by `fleet-service replay` and gives its RT-01 violations as start times.
fn off_route(drive: &Drive, route: &[Position], work: &Path) -> Vec<Timestamp> {
    let (registry, out) = (work.join("registry"), work.join("out"));
    write_registry(&registry, &drive.track(), route);
    let reports = work.join("chosen.jsonl");
    let lines: Vec<String> = drive.chosen.iter().map(domain::report_line::to_line).collect();
    std::fs::write(&reports, lines.join("\n")).unwrap();
    run_well(
        "fleet-service",
        &[
            "replay",
            "--registry",
            &registry.to_string_lossy(),
            "--reports",
            &reports.to_string_lossy(),
            "--out",
            &out.to_string_lossy(),
        ],
    );
    let trips = json_lines(&out.join("trips.jsonl"));
    assert_eq!(trips.len(), 1, "the drive is one haul: {trips:?}");
    json_lines(&out.join("violations.jsonl"))
        .iter()
        .filter(|v| v["rule"] == "RT-01")
        .map(|v| v["start"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[track_caller]
fn check_no_excursion_on_the_own_line(name: &str) {
    let Some(recording) = recording(name) else { return };
    let work = tempfile::tempdir().unwrap();
    let drive = Drive::sample(&recording, work.path());
    assert!(drive.chosen.len() > 100, "{name}: only {} reports chosen", drive.chosen.len());
    let route = simplify(&positions(&drive.track()), SIMPLIFIED_TO_M);
    assert_eq!(off_route(&drive, &route, work.path()), vec![], "{name}");
}

#[test]
fn munich_on_its_own_line_is_never_off_route() {
    check_no_excursion_on_the_own_line(MUNICH);
}

#[test]
fn switzerland_on_its_own_line_is_never_off_route() {
    check_no_excursion_on_the_own_line(SWITZERLAND);
}

#[test]
fn nevada_on_its_own_line_is_never_off_route() {
    check_no_excursion_on_the_own_line(NEVADA);
}

#[track_caller]
fn check_exactly_the_excursions_made(name: &str, left: &[(f64, f64)]) {
    let Some(recording) = recording(name) else { return };
    let work = tempfile::tempdir().unwrap();
    let drive = Drive::sample(&recording, work.path());
    let track = drive.track();
    let mut route = simplify(&positions(&track), SIMPLIFIED_TO_M);
    for (from_m, to_m) in left {
        route = leave_the_road(&route, *from_m, *to_m, 400.0);
    }
    let expected = excursions(&track, &route, CORRIDOR_M);
    assert_eq!(
        expected.len(),
        left.len(),
        "{name}: the altered route makes the excursions it was altered for"
    );
    let found = off_route(&drive, &route, work.path());
    assert_eq!(found.len(), expected.len(), "{name}: found {found:?}, expected {expected:?}");
    for (found, (start, _)) in found.iter().zip(&expected) {
        let late_s = found.seconds_since(*start);
        assert!(late_s.abs() <= 120.0, "{name}: {found} instead of {start}");
        eprintln!("{name}: excursion at {start} found {late_s:+.0} s");
    }
}

#[test]
fn munich_leaves_an_altered_route_where_it_was_altered() {
    check_exactly_the_excursions_made(MUNICH, &[(3000.0, 5000.0), (8000.0, 9500.0)]);
}

#[test]
fn switzerland_leaves_an_altered_route_where_it_was_altered() {
    check_exactly_the_excursions_made(SWITZERLAND, &[(20_000.0, 26_000.0), (60_000.0, 68_000.0)]);
}

/// Recorded seconds a wall-clock second.
const REPLAY_SPEED: f64 = 60.0;
/// How long the link stays cut, in recorded seconds.
const LINK_CUT_S: f64 = 600.0;

#[test]
fn munich_survives_killed_agents_killed_services_and_a_cut_link() {
    let Some(recording) = recording(MUNICH) else { return };
    let work = tempfile::tempdir().unwrap();
    let drive = Drive::sample(&recording, work.path());
    let track = drive.track();
    let route = leave_the_road(&simplify(&positions(&track), SIMPLIFIED_TO_M), 3000.0, 5000.0, 400.0);

    // What is right: the sampler's choice, judged undisturbed.
    let undisturbed = work.path().join("undisturbed");
    std::fs::create_dir(&undisturbed).unwrap();
    assert_eq!(off_route(&drive, &route, &undisturbed).len(), 1);

    let data = work.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut service = Service::start(&data, &undisturbed.join("registry"));
    let link = Link::to(&service.gateway);
    let config = agent_config(work.path(), &drive.bytes, link.address(), 1.0);
    let agent_log = work.path().join("agent.log");
    let (speed, file) = (REPLAY_SPEED.to_string(), config.to_string_lossy());
    let start_agent =
        || Running::start("tracker-agent", &["run", "--config", &file, "--speed", &speed], &agent_log);
    let stored = |service: &Service, share: f64| {
        let wanted = (drive.chosen.len() as f64 * share) as usize;
        wait::until(&format!("{wanted} stored reports"), 120, || {
            (service.metric("mucktrail_reports_stored_total") as usize >= wanted).then_some(())
        });
    };

    let agent = start_agent();
    stored(&service, 0.10);
    agent.kill();
    let agent = start_agent();
    stored(&service, 0.20);
    service.kill_and_restart();
    let restarted = service.metric("mucktrail_log_reports");
    assert!(restarted >= drive.chosen.len() as f64 * 0.20, "only {restarted} reports after the restart");
    link.cut();
    // The clock that counts here is the recording's: the agent goes on reading while the link is down.
    let spool = work.path().join("spool");
    let cut_at = newest_spooled(&spool).unwrap();
    wait::until("ten recorded minutes without a link", 60, || {
        (newest_spooled(&spool)?.seconds_since(cut_at) >= LINK_CUT_S).then_some(())
    });
    agent.kill();
    let agent = start_agent();
    link.mend();
    in_log(&service, drive.chosen.len(), 0.5);
    agent.kill();
    let mut agent = start_agent();
    service.kill_and_restart();
    assert!(agent.wait(180).success(), "the agent ends when all is acknowledged: {}", agent.said());
    wait::until("every stored report to be judged", 60, || {
        let stored = service.metric("mucktrail_log_position");
        (stored > 0.0 && service.metric("mucktrail_judged_position") == stored).then_some(())
    });
    service.kill();

    let exported = work.path().join("exported");
    service.export(&exported);
    let mut expected: Vec<String> = drive.chosen.iter().map(domain::report_line::canonical_line).collect();
    let mut found: Vec<String> = json_lines(&exported.join("reports.jsonl"))
        .iter()
        .map(|line| {
            domain::report_line::canonical_line(&domain::report_line::parse_line(&line.to_string()).unwrap())
        })
        .collect();
    expected.sort();
    found.sort();
    expected.dedup();
    assert_eq!(found, expected, "every chosen fix is stored once, none twice (terminal {TERMINAL})");
    assert_eq!(
        verdicts(&exported.join("violations.jsonl")),
        verdicts(&undisturbed.join("out/violations.jsonl")),
        "the verdicts are those of an undisturbed drive"
    );
}

/// The time of the newest report in an agent's spool, read from its files as they lie there: records hold contract lines.
fn newest_spooled(spool: &Path) -> Option<Timestamp> {
    let segments = std::fs::read_dir(spool).ok()?.flatten().map(|entry| entry.path());
    let segments = segments.filter(|path| path.extension().is_some_and(|end| end == "seg"));
    let texts = segments.filter_map(|path| std::fs::read(path).ok());
    let times = texts.flat_map(|bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let quoted =
            text.split("\"time\":\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
        quoted.collect::<Vec<Timestamp>>()
    });
    times.max()
}

/// Waits on the log itself, which counts over restarts.
fn in_log(service: &Service, chosen: usize, share: f64) {
    let wanted = chosen as f64 * share;
    wait::until(&format!("{wanted} reports in the log"), 120, || {
        (service.metric("mucktrail_log_reports") >= wanted).then_some(())
    });
}

fn verdicts(path: &Path) -> Vec<Value> {
    let lines = json_lines(path);
    assert!(!lines.is_empty(), "{} holds verdicts", path.display());
    lines
}
