//! History measured: bytes a position, processor time a report, and one truck's day out of very many.
//!
//! Without arguments: how fast chunks are written and read, on a few trucks. Else:
//! - `city DIR`: a city's day (3,000 trucks, a fix each 10 s) in a history file, its size by position
//! - `fill DIR POSITIONS`: so many positions of 3,000 trucks, a fix each 30 s
//! - `read DIR`: truck-days picked at random out of it, each a first time and again, in this process
//! - `http DIR PROGRAM`: the same truck-days from the service's program over HTTP on this machine
//! - `follow DIR`: reports from the log through the follower, processor time a report
//!
//! `HISTORY_TRUCKS` and `HISTORY_STEP_S` change the city; `HISTORY_POSITION_E7` the resolution of positions (1).

use std::path::{Path, PathBuf};

use domain::{Plate, TerminalId, Timestamp};
use fleet_service::history::chunk::{self, Wanted};
use fleet_service::history::follower::Follower;
use fleet_service::history::hour::Day;
use fleet_service::history::sorted::Sorted;
use fleet_service::history::subject::Subject;
use fleet_service::history::{HISTORY_DAYS_DEFAULT, History};
use fleet_service::log::ReportLog;
use fleet_service::store::{HISTORY_FILE, HistoryStore, Store, StoredChunk};
use tokio_util::sync::CancellationToken;

mod city;
mod clock;
mod service;

use city::{Dice, TrueDay};

const SEED: u64 = 20_190_287;
const TRUCKS: usize = 3_000;
/// True days that all trucks' days are made of, each with errors of its own.
const TRUE_DAYS: usize = 60;
/// Days written in one transaction.
const DAYS_AT_ONCE: usize = 100;
/// Truck-days read, each twice.
const PICKS: usize = 30;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    // Whatever cargo adds begins with a dash.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => chunks(),
        ["city", folder] => runtime.block_on(city(Path::new(folder))),
        ["fill", folder, positions] => runtime.block_on(fill(Path::new(folder), positions.parse()?)),
        ["read", folder] => runtime.block_on(read(Path::new(folder))),
        ["http", folder, program] => over_http(Path::new(folder), Path::new(program)),
        ["follow", folder] => runtime.block_on(follow(Path::new(folder))),
        other => Err(format!(
            "{other:?} is none of: city DIR, fill DIR POSITIONS, read DIR, http DIR PROGRAM, follow DIR"
        )
        .into()),
    }
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn first_day() -> Day {
    Day::of(Timestamp::from_seconds(1_795_363_200))
}

fn truck(number: usize) -> (Plate, TerminalId) {
    let plate = format!("豫A{number:05}D").parse().expect("a plate");
    (plate, format!("1390000{number:05}").parse().expect("a terminal"))
}

fn true_days(step_s: usize, count: usize) -> Vec<TrueDay> {
    (0..count).map(|n| TrueDay::made(&mut Dice::seeded(SEED + n as u64), step_s)).collect()
}

/// One truck's day, as reports.
fn reported(days: &[TrueDay], number: usize, day: Day) -> (Subject, Sorted) {
    let mut dice = Dice::seeded(SEED ^ (number as u64) << 20 ^ day.number() as u64);
    let (plate, terminal) = truck(number);
    let true_day = &days[dice.below(days.len())];
    let resolution = setting("HISTORY_POSITION_E7", 1) as i32;
    let reports = true_day.reported(&mut dice, &plate, &terminal, day.start(), resolution);
    (Subject::Truck(plate), Sorted::of(reports))
}

/// Processor seconds of this process, all threads.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn chunks() -> Outcome {
    let step_s = setting("HISTORY_STEP_S", 10);
    let days = true_days(step_s, 12);
    let reports: Vec<(Subject, Sorted)> = (0..24).map(|n| reported(&days, n, first_day())).collect();
    let count: usize = reports.iter().map(|(_, day)| day.as_slice().len()).sum();
    for (what, pieces) in [("an hour", 24), ("a day", 1)] {
        let parts: Vec<(&Subject, Sorted)> = reports
            .iter()
            .flat_map(|(subject, day)| {
                let size = day.as_slice().len().div_ceil(pieces);
                day.as_slice().chunks(size).map(move |part| (subject, Sorted::of(part.to_vec())))
            })
            .collect();
        let began = clock::instant();
        let encoded: Vec<Vec<u8>> =
            parts.iter().map(|(subject, part)| chunk::encode(subject, part)).collect::<Result<_, _>>()?;
        let encode = began.elapsed();
        let began = clock::instant();
        for ((subject, _), bytes) in parts.iter().zip(&encoded) {
            std::hint::black_box(chunk::decode(subject, bytes)?);
        }
        let decode = began.elapsed();
        let wanted = Wanted { speed: true, course: true, ..Wanted::default() };
        let began = clock::instant();
        for ((subject, _), bytes) in parts.iter().zip(&encoded) {
            std::hint::black_box(chunk::decode_rows(subject, bytes, wanted)?);
        }
        let columns = began.elapsed();
        let bytes: usize = encoded.iter().map(Vec::len).sum();
        let each = |time: std::time::Duration| time.as_secs_f64() * 1e9 / count as f64;
        say(&format!(
            "chunks of {what}: {:.2} B a position, {:.0} ns a report to encode, {:.0} ns to decode, {:.0} ns to read \
             time, place, speed and course",
            bytes as f64 / count as f64,
            each(encode),
            each(decode),
            each(columns)
        ));
    }
    Ok(())
}

async fn city(folder: &Path) -> Outcome {
    let (trucks, step_s) = (setting("HISTORY_TRUCKS", TRUCKS), setting("HISTORY_STEP_S", 10));
    let positions = write_days(folder, trucks, step_s, 1, usize::MAX).await?;
    let bytes = std::fs::metadata(folder.join(HISTORY_FILE))?.len();
    say(&format!(
        "{{\"what\": \"city day\", \"positions\": {positions}, \"file_bytes\": {bytes}, \"bytes_a_position\": {:.3}}}",
        bytes as f64 / positions as f64
    ));
    Ok(())
}

async fn fill(folder: &Path, positions: usize) -> Outcome {
    let (trucks, step_s) = (setting("HISTORY_TRUCKS", TRUCKS), setting("HISTORY_STEP_S", 30));
    let days = positions.div_ceil(trucks * (86_400 / step_s));
    let began = clock::instant();
    let written = write_days(folder, trucks, step_s, days, positions).await?;
    let bytes = std::fs::metadata(folder.join(HISTORY_FILE))?.len();
    say(&format!(
        "{{\"what\": \"fill\", \"positions\": {written}, \"days\": {days}, \"file_bytes\": {bytes}, \
         \"bytes_a_position\": {:.3}, \"wall_s\": {:.1}, \"cpu_s\": {:.1}}}",
        bytes as f64 / written as f64,
        began.elapsed().as_secs_f64(),
        cpu_s()
    ));
    Ok(())
}

/// Writes days of trucks straight through codec and store, until there are enough positions.
async fn write_days(
    folder: &Path,
    trucks: usize,
    step_s: usize,
    days: usize,
    enough: usize,
) -> Result<usize, Box<dyn std::error::Error>> {
    let store = HistoryStore::open(folder).await?;
    let true_days = std::sync::Arc::new(true_days(step_s, TRUE_DAYS));
    let mut written = 0;
    for day in (0..days).map(|n| first_day().plus_days(n as i64)) {
        for from in (0..trucks).step_by(DAYS_AT_ONCE) {
            if written >= enough {
                break;
            }
            let to = (from + DAYS_AT_ONCE).min(trucks);
            let half = (to - from).div_ceil(2);
            let work = |range: std::ops::Range<usize>| {
                let true_days = std::sync::Arc::clone(&true_days);
                tokio::task::spawn_blocking(move || {
                    range
                        .map(|number| {
                            let (subject, reports) = reported(&true_days, number, day);
                            let bytes = chunk::encode(&subject, &reports).expect("reports of one truck");
                            let reports = reports.as_slice().len() as u64;
                            (subject, StoredChunk { bytes, reports })
                        })
                        .collect::<Vec<_>>()
                })
            };
            let (left, right) = tokio::join!(work(from..from + half), work(from + half..to));
            let mut change = store.change().await?;
            let mut rows = Vec::new();
            for (subject, chunk) in left?.into_iter().chain(right?) {
                written += chunk.reports as usize;
                rows.push((day, change.number(&subject).await?, chunk));
            }
            change.put_days(&rows).await?;
            change.commit().await?;
        }
    }
    store.close().await;
    Ok(written)
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}

async fn read(folder: &Path) -> Outcome {
    let store = Store::open(folder).await?;
    let log = ReportLog::start(store.clone()).await?;
    let chunks = HistoryStore::open(folder).await?;
    let days = chunks.extent().await?.days;
    let history = History::open(chunks, store, &log).await?;
    let wanted = Wanted { speed: true, course: true, ..Wanted::default() };
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for (number, day) in picks(days) {
        let subject = Subject::Truck(truck(number).0);
        let stretch = day.start()..=day.end().plus_millis(-1);
        for times in [&mut first, &mut again] {
            let began = clock::instant();
            let reading = history.read(&subject, &stretch, wanted).await?;
            let rows: usize = reading.stretches.iter().map(|rows| rows.fixes.len()).sum();
            times.push(began.elapsed().as_secs_f64() * 1e3);
            assert!(rows >= 2_880, "{rows} fixes of {subject:?} on {}", day.date());
        }
    }
    say(&format!(
        "{{\"peer\": \"ours\", \"what\": \"one truck-day of {days}\", \"first\": {}, \"again\": {}}}",
        shown(&mut first),
        shown(&mut again)
    ));
    Ok(())
}

/// Truck-days picked at random: truck and day.
fn picks(days: u64) -> Vec<(usize, Day)> {
    let trucks = setting("HISTORY_TRUCKS", TRUCKS);
    let whole_days = (days as usize / trucks).max(1);
    let mut dice = Dice::seeded(7);
    (0..PICKS).map(|_| (dice.below(trucks), first_day().plus_days(dice.below(whole_days) as i64))).collect()
}

fn shown(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    format!("{{\"p50_ms\": {:.3}, \"max_ms\": {:.3}}}", percentile(times, 0.5), percentile(times, 1.0))
}

fn over_http(folder: &Path, program: &Path) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let days = runtime.block_on(async {
        let store = HistoryStore::open(folder).await?;
        let days = store.extent().await?.days;
        store.close().await;
        Ok::<u64, Box<dyn std::error::Error>>(days)
    })?;
    let service = service::Service::start(program, folder)?;
    let mut connection = service.connect()?;
    for (what, question) in [
        ("JSON", "&format=json"),
        ("CSV", "&format=csv"),
        ("GeoJSON within 10 m", "&format=geojson&simplify_m=10"),
    ] {
        let (mut first, mut again, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (number, day) in picks(days) {
            let plate = format!("%E8%B1%ABA{number:05}D");
            let moment = |time: Timestamp| time.to_string().replace('+', "%2B");
            let path = format!(
                "/api/v1/trucks/{plate}/history?from={}&to={}{question}",
                moment(day.start()),
                moment(day.end().plus_millis(-1))
            );
            for times in [&mut first, &mut again] {
                let began = clock::instant();
                bytes = connection.get(&path)?.len();
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
        say(&format!(
            "{{\"peer\": \"ours over HTTP\", \"what\": \"{what}\", \"bytes\": {bytes}, \"first\": {}, \"again\": {}}}",
            shown(&mut first),
            shown(&mut again)
        ));
    }
    Ok(())
}

/// Reports in order of arrival, in the log already, through the follower: reading the log, packing, storing, folding.
async fn follow(folder: &Path) -> Outcome {
    let (trucks, step_s) = (setting("HISTORY_TRUCKS", 300), setting("HISTORY_STEP_S", 10));
    let hours = setting("HISTORY_HOURS", 4);
    let days = true_days(step_s, 20);
    let store = Store::open(folder).await?;
    let log = ReportLog::start(store.clone()).await?;
    let rows = hours * 3_600 / step_s;
    let fleet: Vec<Vec<domain::Report>> = (0..trucks)
        .map(|number| {
            let all = reported(&days, number, first_day()).1.into_vec();
            // From the middle of the day: trucks on the road.
            let from = all.len() / 2;
            all[from..(from + rows).min(all.len())].to_vec()
        })
        .collect();
    let mut arrived: Vec<domain::Report> = fleet.into_iter().flatten().collect();
    arrived.sort_by_key(|report| report.received);
    let count = arrived.len();
    for batch in arrived.chunks(2_000) {
        log.append(batch.to_vec()).await?;
    }
    drop(arrived);
    let chunks = HistoryStore::open(folder).await?;
    let history = History::open(chunks, store, &log).await?;
    let stop = CancellationToken::new();
    let now = first_day().end();
    let mut follower = Follower::new(history.clone(), log.clone(), HISTORY_DAYS_DEFAULT, now);
    let (began, cpu) = (clock::instant(), cpu_s());
    follower.catch_up(now, &stop).await?;
    follower.flush(now).await?;
    let (wall_s, followed_s) = (began.elapsed().as_secs_f64(), cpu_s() - cpu);
    let cpu = cpu_s();
    follower.fold(now.plus_seconds(3 * 3_600), &stop).await?;
    let folded_s = cpu_s() - cpu;
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    say(&format!(
        "{{\"what\": \"follow\", \"reports\": {count}, \"trucks\": {trucks}, \"wall_s\": {wall_s:.2}, \
         \"cpu_us_a_report\": {:.2}, \"of_folding_us\": {:.2}, \"reports_a_cpu_s\": {:.0}, \"file\": \"{}\"}}",
        each(followed_s + folded_s),
        each(folded_s),
        count as f64 / (followed_s + folded_s),
        PathBuf::from(folder).join(HISTORY_FILE).display()
    ));
    Ok(())
}
