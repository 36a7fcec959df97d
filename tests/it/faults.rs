//! Both ends of the line killed at random under load, links that flap, clocks that jump: what was acknowledged is stored,
//! and what the agents chose is what the platform holds.
//!
//! `FAULT_KILLS` sets how often something is killed, `FAULT_SEED` when and what; the seed is printed.

use std::fs;
use std::path::{Path, PathBuf};

use domain::report_line::{canonical_line, parse_line};
use domain::{Position, Timestamp};
use end_to_end::city::Service;
use end_to_end::link::Link;
use end_to_end::place::program;
use end_to_end::program::{Running, run, run_well};
use end_to_end::receiver::epoch;
use end_to_end::{drive, wait};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Terminals of the load; the agents are the trucks after them.
const LOAD_TERMINALS: u32 = 200;
const AGENTS: u32 = 3;
const KILLS_DEFAULT: u32 = 3;
const SEED_DEFAULT: u64 = 20_190_287;
/// Recorded seconds a wall-clock second.
const REPLAY_SPEED: f64 = 40.0;
/// Seconds of load and of replay for each kill, on a slow machine.
const SECONDS_PER_KILL: u32 = 8;

fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A truck of the load's registers with an agent of its own.
struct Truck {
    plate: String,
    config: PathBuf,
    log: PathBuf,
    /// What its sampler chooses of its drive, undisturbed.
    chosen: Vec<String>,
    running: Option<Running>,
}

impl Truck {
    fn new(work: &Path, number: u32, platform: &str, seconds: u32, speed: f64) -> Self {
        let folder = work.join(format!("agent-{number}"));
        fs::create_dir(&folder).unwrap();
        let recording = folder.join("drive.nmea");
        fs::write(&recording, winding_drive(number, seconds)).unwrap();
        let config = drive::agent_config(&folder, &recording, platform, speed);
        let plate = format!("豫B{number:05}");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace(drive::PLATE, &plate).replace(drive::TERMINAL, &format!("145{number:08}"));
        fs::write(&config, text.replace("yellow_green", "yellow")).unwrap();
        let said = run_well("tracker-agent", &["sample", "--config", &config.to_string_lossy()]);
        let mut chosen: Vec<String> =
            said.lines().map(|line| canonical_line(&parse_line(line).unwrap())).collect();
        chosen.sort();
        Self { plate, config, log: folder.join("agent.log"), chosen, running: None }
    }

    fn start(&mut self, environment: &[(String, String)]) {
        let arguments = ["run", "--config", &self.config.to_string_lossy()];
        self.running = Some(Running::start_in("tracker-agent", &arguments, &self.log, environment));
    }

    fn kill_and_restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
        self.start(&[]);
    }

    /// Waits until it ends by itself, everything acknowledged, and compares with what the platform holds.
    #[track_caller]
    fn check_stored(&mut self, exported: &Path) {
        let mut stored: Vec<String> = fs::read_to_string(exported)
            .unwrap()
            .lines()
            .filter(|line| line.contains(&self.plate))
            .map(|line| canonical_line(&parse_line(line).unwrap()))
            .collect();
        stored.sort();
        assert!(self.chosen.len() > 50, "only {} fixes chosen", self.chosen.len());
        assert!(stored == self.chosen, "{}: chosen and stored differ", differences(&self.chosen, &stored));
    }

    #[track_caller]
    fn finish(&mut self, limit_s: u64) {
        let mut running = self.running.take().unwrap();
        assert!(running.wait(limit_s).success(), "{}", running.said());
        assert!(!running.said().contains("panicked"), "{}", running.said());
    }
}

fn differences(chosen: &[String], stored: &[String]) -> String {
    let missing: Vec<_> = chosen.iter().filter(|line| !stored.contains(line)).take(3).collect();
    let foreign: Vec<_> = stored.iter().filter(|line| !chosen.contains(line)).take(3).collect();
    format!("{} chosen, {} stored; missing {missing:?}; foreign {foreign:?}", chosen.len(), stored.len())
}

/// A drive in steps of ten seconds that turns again and again, so that much is worth reporting.
fn winding_drive(number: u32, seconds: u32) -> String {
    let start = Timestamp::from_seconds(1_795_000_000);
    let mut at = Position::from_degrees(34.40 + f64::from(number % 10) * 0.01, 113.10).unwrap();
    let mut bytes = drive::signal_sentence("PMUCK,empty,closed,flat,ok,ok,on");
    for second in 0..seconds {
        let course = if second / 60 % 2 == 0 { 80.0 } else { 100.0 };
        let north: f64 = if course < 90.0 { 1.7 } else { -1.7 };
        let east = if second / 3000 % 2 == 0 { 9.8 } else { -9.8 };
        at = at.offset_m(east, north);
        bytes += &epoch(
            start.plus_seconds(i64::from(second)),
            at,
            36.0,
            if east > 0.0 { course } else { 360.0 - course },
        );
    }
    bytes
}

/// Registers of the load, which hold the agents' trucks too.
fn registry(work: &Path) -> PathBuf {
    let trucks = (LOAD_TERMINALS + AGENTS).to_string();
    run_well("fixtures", &["load", "registry", "--terminals", &trucks, "--out", &work.to_string_lossy()]);
    work.join("registry")
}

#[test]
fn both_ends_killed_at_random_under_load_lose_nothing_acknowledged() {
    let kills: u32 = from_environment("FAULT_KILLS", KILLS_DEFAULT);
    let seed: u64 = from_environment("FAULT_SEED", SEED_DEFAULT);
    eprintln!("{kills} kills, seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    fs::create_dir(&data).unwrap();
    let mut service = Service::start(&data, &registry(work.path()));
    let seconds = kills * SECONDS_PER_KILL + 20;
    let link = Link::to(&service.gateway);
    let mut trucks: Vec<Truck> = (0..AGENTS)
        .map(|n| {
            // The first agent's link flaps all the while.
            let platform = if n == 0 { link.address().to_owned() } else { service.gateway.clone() };
            Truck::new(
                work.path(),
                LOAD_TERMINALS + n,
                &platform,
                (f64::from(seconds) * REPLAY_SPEED) as u32,
                REPLAY_SPEED,
            )
        })
        .collect();
    let tally = work.path().join("tally");
    let load_log = work.path().join("load.log");
    let (terminals, seconds) = (LOAD_TERMINALS.to_string(), seconds.to_string());
    let mut load = Running::start(
        "fixtures",
        &[
            "load",
            "run",
            "--platform",
            &service.gateway,
            "--terminals",
            &terminals,
            "--reports-per-s",
            "200",
            "--seconds",
            &seconds,
            "--out",
            &tally.to_string_lossy(),
        ],
        &load_log,
    );
    trucks.iter_mut().for_each(|truck| truck.start(&[]));

    let (mut services_killed, mut agents_killed) = (0, 0);
    for _ in 0..kills {
        let before = service.metric("mucktrail_log_reports");
        let more = f64::from(dice.random_range(20..400));
        wait::until("more reports in the log", 60, || {
            (service.metric("mucktrail_log_reports") >= before + more).then_some(())
        });
        if dice.random_range(0..2) == 0 {
            link.cut()
        } else {
            link.mend()
        }
        match dice.random_range(0..=AGENTS) {
            n if n < AGENTS => {
                trucks[n as usize].kill_and_restart();
                agents_killed += 1;
            }
            _ => {
                service.kill_and_restart();
                services_killed += 1;
            }
        }
    }
    // However the dice fell, each end is killed once at least.
    service.kill_and_restart();
    trucks[0].kill_and_restart();
    link.mend();
    assert!(load.wait(300).success(), "{}", load.said());
    trucks.iter_mut().for_each(|truck| truck.finish(300));
    service.kill();

    let exported = work.path().join("exported");
    service.export(&exported);
    let exported = exported.join("reports.jsonl");
    trucks.iter_mut().for_each(|truck| truck.check_stored(&exported));
    let proof = prove_load(&work, &tally, &exported, &trucks);
    eprintln!(
        "killed: {} services and {} agents; found: every chosen fix of {AGENTS} agents stored once; load {proof}",
        services_killed + 1,
        agents_killed + 1
    );
}

/// The load's tally against the export without the agents' reports.
#[track_caller]
fn prove_load(work: &tempfile::TempDir, tally: &Path, exported: &Path, trucks: &[Truck]) -> String {
    let text = fs::read_to_string(exported).unwrap();
    let of_load: String = text
        .lines()
        .filter(|line| !trucks.iter().any(|truck| line.contains(&truck.plate)))
        .flat_map(|line| [line, "\n"])
        .collect();
    let path = work.path().join("load.jsonl");
    fs::write(&path, of_load).unwrap();
    let arguments =
        ["load", "prove", "--tally", &tally.to_string_lossy(), "--export", &path.to_string_lossy()];
    let output = run("fixtures", &arguments);
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The library that shows programs another clock, where it is installed.
fn other_clock() -> Option<PathBuf> {
    let found = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map(|machine| PathBuf::from(format!("/usr/lib/{machine}/faketime/libfaketime.so.1")))
        .into_iter()
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!(
            "libfaketime is not installed (apt-get install faketime): the test of jumping clocks is left out"
        );
    }
    found
}

#[test]
fn clocks_that_jump_by_days_lose_nothing() {
    let Some(library) = other_clock() else { return };
    assert!(program("tracker-agent").exists());
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    fs::create_dir(&data).unwrap();
    let clock = |name: &str| {
        let file = work.path().join(name);
        fs::write(&file, "+0").unwrap();
        let environment = vec![
            ("LD_PRELOAD".to_owned(), library.to_string_lossy().into_owned()),
            ("FAKETIME_TIMESTAMP_FILE".to_owned(), file.to_string_lossy().into_owned()),
            ("FAKETIME_NO_CACHE".to_owned(), "1".to_owned()),
            ("DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()),
        ];
        (file, environment)
    };
    let (service_clock, service_environment) = clock("service.clock");
    let (agent_clock, agent_environment) = clock("agent.clock");
    let mut service = Service::start_in(&data, &registry(work.path()), service_environment);
    let mut truck = Truck::new(work.path(), LOAD_TERMINALS, &service.gateway, 2400, REPLAY_SPEED);
    truck.start(&agent_environment);
    for (file, jump) in
        [(&agent_clock, "+2d"), (&service_clock, "-3d"), (&agent_clock, "-40d"), (&service_clock, "+9d")]
    {
        let before = service.metric("mucktrail_log_reports");
        wait::until("more reports in the log", 60, || {
            (service.metric("mucktrail_log_reports") >= before + 5.0).then_some(())
        });
        // Renamed into place: a clock half written would be another jump.
        let new = file.with_extension("new");
        fs::write(&new, jump).unwrap();
        fs::rename(&new, file).unwrap();
    }
    truck.finish(180);
    service.kill();
    let exported = work.path().join("exported");
    service.export(&exported);
    truck.check_stored(&exported.join("reports.jsonl"));
    eprintln!(
        "clocks: four jumps by days; found: every one of {} chosen fixes stored once",
        truck.chosen.len()
    );
}
