//! Bar: `tracker-agent decode` against what gpsd reports of the same logs, line by line: at most 7 positions differ in
//! the corpus, each explained. Time, date and speed are those of one epoch.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

mod logs;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const DEGREES_OFF_MAX: f64 = 1e-5;
const POSITIONS_DIFFER_MAX: usize = 7;
/// gpsd writes metres a second with three decimals, we km/h with three.
const KMH_OFF_MAX: f64 = 0.005;

/// Logs whose date gpsd moved by 1,024 weeks by its own guess; the RMC says another.
const GPSD_GUESSES_THE_ERA: [&str; 2] = ["neo-m8n", "rst39"];

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn decoded(log: &Path) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracker-agent"));
    let output = command.args(["decode", "--as-recorded"]).arg(log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    json_lines(&String::from_utf8(output.stdout).unwrap())
}

fn line_of(value: &Value) -> u64 {
    value["line"].as_u64().unwrap()
}

fn near(a: &Value, b: &Value, within: f64) -> bool {
    a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() <= within)
}

fn same_place(epoch: &Value, report: &Value) -> bool {
    near(&epoch["lat"], &report["lat"], DEGREES_OFF_MAX)
        && near(&epoch["lon"], &report["lon"], DEGREES_OFF_MAX)
}

#[derive(Debug, Default)]
struct Figures {
    reports: usize,
    at_the_last_line: usize,
    times: usize,
    speeds: usize,
    positions_differ: Vec<String>,
    times_differ: Vec<String>,
    speeds_differ: Vec<String>,
    fix_without: Vec<String>,
    moved_within_epoch: Vec<String>,
}

impl Figures {
    fn compare(&mut self, name: &str, lines: &[&str], epochs: &[Value], report: &Value) {
        let line = line_of(report);
        // The epoch whose last line is this one or comes next, and the one before: in the middle of a burst, or behind
        // it, gpsd still speaks of that.
        let at = epochs.partition_point(|epoch| line_of(epoch) < line);
        let covering = epochs.get(at);
        let at_the_end = covering.filter(|epoch| line_of(epoch) == line);
        let before = at.checked_sub(1).and_then(|before| epochs.get(before));
        let speaks_of: Vec<&Value> = match at_the_end {
            Some(epoch) => vec![epoch],
            None => [covering, before].into_iter().flatten().collect(),
        };
        self.reports += 1;
        self.at_the_last_line += usize::from(at_the_end.is_some());
        if !speaks_of.iter().any(|epoch| same_place(epoch, report)) {
            self.positions_differ.push(format!("{name} line {line}: {report} against {speaks_of:?}"));
        }
        if at_the_end.is_some_and(|epoch| epoch["fix"] == "none") {
            self.fix_without.push(format!("{name} line {line}: {report} against {speaks_of:?}"));
        }
        if report["time"].is_string() && !GPSD_GUESSES_THE_ERA.contains(&name) {
            self.times += 1;
            let all = [covering, before];
            if !all.into_iter().flatten().any(|epoch| epoch["time"] == report["time"]) {
                self.times_differ
                    .push(format!("{name} line {line}: {} against {speaks_of:?}", report["time"]));
            }
        }
        // Stricter: the epoch of gpsd's own time. In the middle of a burst gpsd may tell a place that a later sentence of
        // the same second replaces.
        let of_its_time =
            [covering, before].into_iter().flatten().find(|epoch| epoch["time"] == report["time"]);
        if report["time"].is_string() && of_its_time.is_some_and(|epoch| !same_place(epoch, report)) {
            self.moved_within_epoch.push(name.to_owned());
        }
        let fields: Vec<&str> = lines[(line as usize).saturating_sub(1)].split(',').collect();
        let valid_rmc = fields[0].ends_with("RMC") && fields.get(2) == Some(&"A") && !fields[7].is_empty();
        if valid_rmc && report["speed"].is_number() {
            self.speeds += 1;
            let kmh = Value::from(report["speed"].as_f64().unwrap() * 3.6);
            if !covering.is_some_and(|epoch| near(&epoch["speed_kmh"], &kmh, KMH_OFF_MAX)) {
                self.speeds_differ.push(format!("{name} line {line}: {kmh} against {covering:?}"));
            }
        }
    }
}

#[test]
fn every_position_is_where_gpsd_has_it_after_the_same_line() {
    let Some(corpus) = logs::corpus() else { return };
    let mut figures = Figures::default();
    for log in logs::logs(&corpus.join("gpsd")) {
        if logs::is_mixed_binary(&corpus, &log) {
            continue;
        }
        let name = log.file_stem().unwrap().to_string_lossy().into_owned();
        let reports = json_lines(&std::fs::read_to_string(log.with_extension("expect.jsonl")).unwrap());
        let (text, epochs) = (std::fs::read(&log).unwrap(), decoded(&log));
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.split('\n').collect();
        let placed = |report: &&Value| report["mode"].as_u64() >= Some(2) && report["lat"].is_number();
        for report in reports.iter().filter(placed) {
            figures.compare(&name, &lines, &epochs, report);
        }
    }
    let Figures { positions_differ, times_differ, speeds_differ, fix_without, .. } = &figures;
    for (what, list) in [
        ("position differs", positions_differ),
        ("time differs", times_differ),
        ("speed differs", speeds_differ),
        ("gpsd has a fix where we have none", fix_without),
    ] {
        list.iter().for_each(|line| println!("{what}: {line}"));
    }
    println!(
        "agreement with gpsd: {} of {} positions differ (bar {POSITIONS_DIFFER_MAX}), {} of them at the last line of an \
         epoch; times: {} of {} differ; speeds after a valid RMC: {} of {} differ; gpsd has a fix where we have none: {}; \
         the place moves within a second: {}",
        positions_differ.len(),
        figures.reports,
        figures.at_the_last_line,
        times_differ.len(),
        figures.times,
        speeds_differ.len(),
        figures.speeds,
        fix_without.len(),
        figures.moved_within_epoch.len()
    );
    // One plotter puts the place of the second before into its RMC and GLL, and the new one into its GGA.
    assert!(figures.moved_within_epoch.iter().all(|name| name == "bundg_zeus_9"));
    assert!(figures.reports > 4000 && figures.at_the_last_line > 1000 && figures.speeds > 500);
    assert!(positions_differ.len() <= POSITIONS_DIFFER_MAX);
    // One receiver stamps its RMC and GGA 3 to 5 milliseconds apart.
    assert!(times_differ.len() <= 3 && times_differ.iter().all(|line| line.starts_with("eXplorist210")));
    assert!(speeds_differ.is_empty());
}
