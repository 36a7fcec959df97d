//! How long a clue takes from its report to an open page, at 1,000 reports a second. Reports are sent when they are due,
//! whatever became of those before; sender and page are threads of this program and read the same clock. What a disk sync
//! takes is measured right before and after.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use domain::{Registers, Timestamp};
use end_to_end::clock;
use fleet_service::handover::binary;
use fleet_service::judge::{Change, Judge};
use fleet_service::registry;
use serde_json::{Value, json};

use super::connection::Connection;
use super::crowd::{GUILTY, HAUL_REPORTS, INNOCENT, guilty, innocent};
use super::{Arguments, Failure, city, disk};

/// Connections that send, each its share of the reports.
const CONNECTIONS: usize = 16;
/// Reports a second, one a request.
const RATE: usize = 1_000;
/// Of every so many reports of a connection, one is of a haul without a permit.
const GUILTY_EVERY: usize = 10;
/// The rule such a haul breaks.
const RULE: &str = "UW-01";
/// How long pages are waited for when all is sent.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// Disk syncs measured before, and as many after.
const SYNCS: usize = 400;
/// What the bar allows beyond a disk sync, milliseconds: at the median, and for 99 of 100.
const BEYOND_P50_MS: f64 = 2.0;
const BEYOND_P99_MS: f64 = 20.0;

type Moments = Mutex<HashMap<String, Instant>>;

/// Which report of a haul opens its clue: asked of the judge itself.
fn telling_step(folder: &Path, began: Timestamp) -> Result<usize, Failure> {
    let (registry, _warnings) = registry::read_folder(folder)?;
    let mut judge = Judge::new(Registers::always(registry))?;
    for step in 0..HAUL_REPORTS {
        judge.handle(guilty(0, step, began)?);
        while let Some(change) = judge.poll() {
            if matches!(&change, Change::Opened(violation) if violation.rule.as_str() == RULE) {
                return Ok(step);
            }
        }
    }
    Err("the haul without a permit opens no clue".into())
}

fn note(moments: &Moments, plate: String, at: Instant) {
    moments.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(plate).or_insert(at);
}

/// Reads live events as a page would and notes when each truck's clue came first. Ends when the stream does.
fn listen(stream: TcpStream, seen: &Moments) -> Result<(), Failure> {
    let mut kind = String::new();
    for line in BufReader::new(stream).lines() {
        // The stream is shut down when the measurement is over.
        let Ok(line) = line else { return Ok(()) };
        let at = clock::steady();
        if let Some(word) = line.strip_prefix("event: ") {
            kind = word.to_owned();
        } else if let Some(data) = line.strip_prefix("data: ").filter(|_| kind == "clue") {
            let clue: Value = serde_json::from_str(data)?;
            if clue["rule"] == RULE {
                note(seen, clue["plate"].as_str().unwrap_or_default().to_owned(), at);
            }
        }
    }
    Ok(())
}

fn open_page(http: &str, officer: &str) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(http)?;
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {http}\r\nAuthorization: Bearer {officer}\r\n\r\n")?;
    Ok(stream)
}

/// What one connection sends, and when each clue's report went out.
struct Sender<'a> {
    connection: Connection,
    number: usize,
    telling: usize,
    seconds: usize,
    began: Instant,
    sent: &'a Moments,
}

impl Sender<'_> {
    fn run(mut self) -> Result<usize, Failure> {
        let cycle = GUILTY_EVERY * HAUL_REPORTS;
        let mut haul_began = clock::precisely();
        let mut sent = 0;
        for place in 0.. {
            let due = Duration::from_micros(((place * CONNECTIONS + self.number) * 1_000_000 / RATE) as u64);
            if due.as_secs() as usize >= self.seconds {
                break;
            }
            let waits = (self.began + due).checked_duration_since(clock::steady());
            waits.into_iter().for_each(thread::sleep);
            let (haul, step) = (place / cycle * CONNECTIONS + self.number, place % cycle / GUILTY_EVERY);
            let is_guilty = place % GUILTY_EVERY == GUILTY_EVERY / 2 && (haul as i64) < GUILTY;
            let now = clock::precisely();
            let report = if is_guilty {
                if step == 0 {
                    haul_began = now.plus_seconds(-60);
                }
                guilty(haul as i64, step, haul_began)?
            } else {
                let trucks = INNOCENT / CONNECTIONS as i64;
                let (truck, round) = (place as i64 % trucks, place as i64 / trucks);
                innocent(truck * CONNECTIONS as i64 + self.number as i64, round, now)?
            };
            let request = self.connection.request(&binary::write(&[report])?);
            // One that is late because the answer before it was, counts from when it was due.
            let from = if waits.is_some() { clock::steady() } else { self.began + due };
            if is_guilty && step == self.telling {
                note(self.sent, city::plate(INNOCENT + haul as i64), from);
            }
            self.connection.send(&request)?;
            sent += 1;
        }
        Ok(sent)
    }
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted.get((sorted.len() as f64 * q) as usize).or(sorted.last()).copied().unwrap_or(f64::NAN)
}

/// Prints one line of JSON; succeeds when the bar is met.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let (http, folder) = (arguments.option("http")?, Path::new(arguments.option("folder")?));
    let seconds = arguments.number("seconds")?;
    let telling = telling_step(&folder.join("registry"), clock::precisely())?;
    let (sent, seen) = (Moments::default(), Moments::default());
    let page = open_page(http, arguments.option("officer")?)?;
    let mut syncs = disk::syncs_ms(folder, SYNCS)?;
    let reports = thread::scope(|scope| -> Result<usize, Failure> {
        let ear = page.try_clone()?;
        let listener = scope.spawn(|| listen(ear, &seen));
        let began = clock::steady();
        let mut senders = Vec::new();
        for number in 0..CONNECTIONS {
            let token = arguments.option("token")?;
            let connection = Connection::open(http, "/api/v1/reports", token, binary::CONTENT_TYPE)?;
            let sender = Sender { connection, number, telling, seconds, began, sent: &sent };
            senders.push(scope.spawn(|| sender.run()));
        }
        let mut reports = 0;
        for sender in senders {
            reports += sender.join().map_err(|_panicked| "a sender broke off")??;
        }
        let until = clock::steady() + LAST_WAIT;
        let count = |moments: &Moments| moments.lock().map_or(0, |moments| moments.len());
        while count(&seen) < count(&sent) && clock::steady() < until {
            thread::sleep(Duration::from_millis(10));
        }
        page.shutdown(std::net::Shutdown::Both)?;
        listener.join().map_err(|_panicked| "the page broke off")??;
        Ok(reports)
    })?;
    syncs.extend(disk::syncs_ms(folder, SYNCS)?);
    syncs.sort_by(f64::total_cmp);
    let sent = sent.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let seen = seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut latencies: Vec<f64> = sent
        .iter()
        .filter_map(|(plate, at)| Some(seen.get(plate)?.duration_since(*at).as_secs_f64() * 1e3))
        .collect();
    latencies.sort_by(f64::total_cmp);
    let (p50, p99) = (quantile(&latencies, 0.5), quantile(&latencies, 0.99));
    let (sync_p50, sync_p99) = (quantile(&syncs, 0.5), quantile(&syncs, 0.99));
    let missing = sent.len() - latencies.len();
    println!(
        "{}",
        json!({ "reports": reports, "seconds": seconds, "clues": latencies.len(), "missing": missing, "p50_ms": p50,
            "p99_ms": p99, "max_ms": latencies.last(), "sync_p50_ms": sync_p50, "sync_p99_ms": sync_p99 })
    );
    let in_time = p50 <= sync_p50 + BEYOND_P50_MS && p99 <= sync_p99 + BEYOND_P99_MS;
    Ok(in_time && missing == 0 && latencies.len() >= seconds && reports * 100 >= seconds * RATE * 99)
}
