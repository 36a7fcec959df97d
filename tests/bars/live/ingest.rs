//! Hands reports over in batches of 1,000 on several connections, a truck always on the same one, and waits for each
//! acknowledgement; the clock stops when the judge has caught up and its clues are stored. It can also kill the service in
//! the middle, after so many batches, and write down what was acknowledged until then.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use domain::Report;
use domain::report_line::parse_line;
use end_to_end::clock;
use fleet_service::handover::binary;
use serde_json::{Value, json};

use super::connection::{Connection, metric, metrics};
use super::{Arguments, Failure};

/// Reports of a batch.
const BATCH: usize = 1_000;
/// Between two looks whether the judge has caught up.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// A batch of which parts do not add up.
const ODD: &str = "the service tells of another number of reports than it was sent";

/// A batch, ready to be sent, and which lines of the file it holds.
struct Batch {
    request: Vec<u8>,
    lines: Vec<usize>,
}

/// Of `/proc/…/stat`, a second.
const TICKS: f64 = 100.0;

/// User and system time a process has used, in seconds, that of its ended threads included.
fn cpu_s(process: &str) -> Result<f64, Failure> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may hold anything.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((ticks(11) + ticks(12)) / TICKS)
}

fn deal(text: &str, connections: usize) -> Result<Vec<Vec<(usize, Report)>>, Failure> {
    let mut dealt: Vec<Vec<(usize, Report)>> = (0..connections).map(|_| Vec::new()).collect();
    for (number, line) in text.lines().enumerate() {
        let report = parse_line(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        let mut hasher = DefaultHasher::new();
        report.plate().hash(&mut hasher);
        dealt[(hasher.finish() % connections as u64) as usize].push((number, report));
    }
    Ok(dealt)
}

fn batches(
    connection: &Connection,
    lines: &[&str],
    dealt: &[(usize, Report)],
    form: &str,
) -> Result<Vec<Batch>, Failure> {
    let mut batches = Vec::new();
    for chunk in dealt.chunks(BATCH) {
        let body = if form == "binary" {
            binary::write(&chunk.iter().map(|(_, report)| report.clone()).collect::<Vec<_>>())?
        } else {
            chunk.iter().flat_map(|(number, _)| [lines[*number].as_bytes(), b"\n"].concat()).collect()
        };
        batches.push(Batch {
            request: connection.request(&body),
            lines: chunk.iter().map(|(number, _)| *number).collect(),
        });
    }
    Ok(batches)
}

/// What came of it. When the service goes away in the middle, what was acknowledged until then is kept.
#[derive(Default)]
struct Tally {
    acknowledged: Vec<usize>,
    stored: u64,
    duplicate: u64,
    latencies_ms: Vec<f64>,
    /// Why a connection ended before all was sent.
    failure: Option<String>,
    /// Why the measurement itself is worth nothing.
    broken: Option<String>,
}

impl Tally {
    /// Writes down which lines were acknowledged until the service was killed, and prints how many; fails when it was not.
    fn tell_of_the_kill(&self, path: &str) -> Result<bool, Failure> {
        let mut file = std::io::BufWriter::new(fs::File::create(path)?);
        self.acknowledged.iter().try_for_each(|line| writeln!(file, "{line}"))?;
        file.flush()?;
        println!(
            "{}",
            json!({ "acknowledged": self.acknowledged.len(), "stored": self.stored, "duplicate": self.duplicate,
                "batches": self.latencies_ms.len(), "ended_by": self.failure })
        );
        if self.failure.is_none() {
            return Err("the service outlived all that was sent: it was to be killed before".into());
        }
        Ok(true)
    }
}

/// A process to be killed when so many batches are acknowledged: a moment measured by progress is the same on any machine.
struct Killing<'a> {
    process: &'a str,
    after: usize,
}

impl Killing<'_> {
    /// Kills when this is the moment, with the signal no program can catch.
    fn look(&self, acknowledged_batches: usize) -> Result<(), Failure> {
        if acknowledged_batches != self.after {
            return Ok(());
        }
        let status = Command::new("kill").args(["-KILL", self.process]).status()?;
        if status.success() { Ok(()) } else { Err(format!("{} cannot be killed", self.process).into()) }
    }
}

fn send_all(
    mut connection: Connection,
    batches: &[Batch],
    tally: &Mutex<Tally>,
    killing: Option<&Killing<'_>>,
) {
    for batch in batches {
        let began = clock::steady();
        let answer = connection.send(&batch.request).and_then(|answer| {
            let answer: Value = serde_json::from_str(answer)?;
            let count = |member: &str| answer[member].as_u64().unwrap_or(0);
            if count("stored") + count("duplicate") != batch.lines.len() as u64 {
                return Err(ODD.into());
            }
            Ok((count("stored"), count("duplicate")))
        });
        let mut tally = tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match answer {
            Ok((stored, duplicate)) => {
                tally.latencies_ms.push(began.elapsed().as_secs_f64() * 1e3);
                tally.acknowledged.extend(&batch.lines);
                tally.stored += stored;
                tally.duplicate += duplicate;
                let acknowledged = tally.latencies_ms.len();
                if let Some(Err(error)) = killing.map(|killing| killing.look(acknowledged)) {
                    tally.broken = Some(error.to_string());
                    return;
                }
            }
            Err(error) => {
                tally.failure = Some(error.to_string());
                return;
            }
        }
    }
}

fn wait_for_judge(http: &str) -> Result<(), Failure> {
    loop {
        let text = metrics(http)?;
        let judged = metric(&text, "mucktrail_judged_position");
        if judged.is_some() && judged == metric(&text, "mucktrail_log_position") {
            return Ok(());
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Prints one line of JSON. With `--kill-after N --acknowledged FILE` the service is killed when N batches are
/// acknowledged, and the lines acknowledged are written to FILE.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let (http, token, form) =
        (arguments.option("http")?, arguments.option("token")?, arguments.option("form")?);
    let process = arguments.option("pid")?;
    let text = fs::read_to_string(arguments.option("reports")?)?;
    let lines: Vec<&str> = text.lines().collect();
    let kind = if form == "binary" { binary::CONTENT_TYPE } else { "application/x-ndjson" };
    let mut ready = Vec::new();
    for dealt in deal(&text, arguments.number("connections")?.max(1))? {
        let connection = Connection::open(http, "/api/v1/reports", token, kind)?;
        let batches = batches(&connection, &lines, &dealt, form)?;
        ready.push((connection, batches));
    }
    let killing = match arguments.option("kill-after") {
        Ok(after) => Some(Killing { process, after: after.parse()? }),
        Err(_absent) => None,
    };
    let tally = Mutex::new(Tally::default());
    let (own, service) = (cpu_s("self")?, cpu_s(process)?);
    let began = clock::steady();
    thread::scope(|scope| {
        for (connection, batches) in ready {
            let (tally, killing) = (&tally, killing.as_ref());
            scope.spawn(move || send_all(connection, &batches, tally, killing));
        }
    });
    let acknowledged_s = began.elapsed().as_secs_f64();
    let mut tally = tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(broken) = tally.broken {
        return Err(broken.into());
    }
    if killing.is_some() {
        return tally.tell_of_the_kill(arguments.option("acknowledged")?);
    }
    if let Some(failure) = tally.failure {
        return Err(failure.into());
    }
    wait_for_judge(http)?;
    let wall_s = began.elapsed().as_secs_f64();
    let (own_s, service_s) = (cpu_s("self")? - own, cpu_s(process)? - service);
    tally.latencies_ms.sort_by(f64::total_cmp);
    let quantile = |q: f64| tally.latencies_ms.get((tally.latencies_ms.len() as f64 * q) as usize).copied();
    let reports = tally.acknowledged.len();
    println!(
        "{}",
        json!({ "form": form, "reports": reports, "stored": tally.stored, "duplicate": tally.duplicate,
            "wall_s": wall_s, "acknowledged_s": acknowledged_s, "per_s": reports as f64 / wall_s,
            "client_cpu_s": own_s, "service_cpu_s": service_s, "per_cpu_s": reports as f64 / (own_s + service_s),
            "batch_p50_ms": quantile(0.5), "batch_p99_ms": quantile(0.99) })
    );
    Ok(true)
}
