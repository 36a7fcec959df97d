//! The page for who sits at the machine: what is connected, where the truck is, what waits. HTML and JSON over HTTP/1.1 on
//! a loopback address, one question a connection.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::FixKind;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::clock::SteadyClock;
use crate::desk::{Live, counted};
use crate::disk::Disk;
use crate::record::Record;
use crate::spool::{SharedSpool, SpoolCounters};
use crate::uplink::UplinkCounters;

/// Longest head of a question, in bytes.
const QUESTION_BYTES_MAX: usize = 4096;
/// Questions at a time; further ones wait.
const QUESTIONS_MAX: usize = 4;
/// How long one question and its answer may take.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause after a connection that could not be taken, as when too many files are open.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Where everything is read from.
#[derive(Debug)]
pub struct Sources {
    /// What never changes: truck, terminal, sources and platform, in words.
    pub facts: Vec<Fact>,
    /// Of the pipeline.
    pub live: watch::Receiver<Live>,
    /// The spool.
    pub spool: Arc<SharedSpool>,
    /// Its writing end.
    pub disk: Arc<Disk>,
    /// Of the uplink.
    pub uplink: Arc<Mutex<UplinkCounters>>,
    /// Since the start.
    pub clock: SteadyClock,
}

/// A line of what never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What.
    pub name: String,
    /// How it is.
    pub text: String,
}

/// Everything the page says.
#[derive(Debug, Clone, Serialize)]
struct Status {
    version: &'static str,
    running_s: u64,
    facts: Vec<Fact>,
    fix: Option<Fix>,
    records: u64,
    silences: u64,
    malformed_sentences: u64,
    unplaced: u64,
    spool: Spool,
    platform: Platform,
}

#[derive(Debug, Clone, Serialize)]
struct Fix {
    time: String,
    kind: &'static str,
    lat: f64,
    lon: f64,
    speed_kmh: Option<f64>,
    course_deg: Option<f64>,
    satellites: Option<u8>,
    load: String,
    lid: String,
    lift: String,
    antenna: String,
    power: String,
    ignition: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
struct Spool {
    waiting: u64,
    bytes: u64,
    disk_failing: bool,
    #[serde(flatten)]
    counters: SpoolCounters,
}

#[derive(Debug, Clone, Serialize)]
struct Platform {
    #[serde(flatten)]
    counters: UplinkCounters,
}

impl Sources {
    fn read(&self) -> Status {
        let live = self.live.borrow().clone();
        let (waiting, bytes) = self.spool.lock().waiting();
        let spool_counters = *self.spool.lock().counters();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            running_s: self.clock.running().as_secs(),
            facts: self.facts.clone(),
            fix: live.latest.as_ref().map(fix),
            records: live.counters.records,
            silences: live.counters.silences,
            malformed_sentences: live.counters.malformed_sentences,
            unplaced: live.counters.unplaced,
            spool: Spool { waiting, bytes, disk_failing: self.disk.is_failing(), counters: spool_counters },
            platform: Platform { counters: counted(&self.uplink) },
        }
    }
}

fn fix(record: &Record) -> Fix {
    let fix = &record.fix;
    let word = |debug: String| debug.to_lowercase();
    Fix {
        time: record.time.to_string(),
        kind: match fix.fix {
            FixKind::None => "none",
            FixKind::D2 => "2d",
            FixKind::D3 => "3d",
        },
        lat: f64::from(fix.position.lat_e7()) / 1e7,
        lon: f64::from(fix.position.lon_e7()) / 1e7,
        speed_kmh: fix.speed.map(|speed| speed.kmh()),
        course_deg: fix.course.map(|course| course.deg()),
        satellites: fix.satellites,
        load: word(format!("{:?}", fix.load)),
        lid: word(format!("{:?}", fix.lid)),
        lift: word(format!("{:?}", fix.lift)),
        antenna: word(format!("{:?}", fix.antenna)),
        power: word(format!("{:?}", fix.power)),
        ignition: fix.ignition,
    }
}

/// Answers questions until it is dropped.
pub async fn serve(listener: TcpListener, sources: Sources) {
    let sources = Arc::new(sources);
    let places = Arc::new(Semaphore::new(QUESTIONS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let sources = Arc::clone(&sources);
                tokio::spawn(async move {
                    // One that breaks off or takes too long has itself to blame.
                    let _answered = timeout(QUESTION_TIMEOUT, converse(stream, &sources)).await;
                    drop(place);
                });
            }
            Err(_exhausted) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
}

async fn converse(mut stream: TcpStream, sources: &Sources) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < QUESTION_BYTES_MAX {
        match stream.read(&mut buffer).await? {
            0 => break,
            count => head.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
    let answer = answer(&String::from_utf8_lossy(&head), || sources.read());
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// The answer to the head of a question.
fn answer(head: &str, read: impl FnOnce() -> Status) -> String {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    });
    // A page elsewhere whose name leads to this machine must not read where the truck is.
    if !host.is_some_and(is_loopback) {
        return response(
            "403 Forbidden",
            "text/plain",
            "this page answers to 127.0.0.1, [::1] and localhost only\n",
        );
    }
    match (method, path) {
        ("GET", "/") => response("200 OK", "text/html", &html(&read())),
        ("GET", "/status.json") => match serde_json::to_string_pretty(&read()) {
            Ok(json) => response("200 OK", "application/json", &json),
            Err(error) => response("500 Internal Server Error", "text/plain", &error.to_string()),
        },
        ("GET", _) => response("404 Not Found", "text/plain", "there is / and /status.json\n"),
        _ => response("405 Method Not Allowed", "text/plain", "only GET is answered\n"),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.parse::<SocketAddr>().map(|address| address.ip().to_string());
    let name = name.unwrap_or_else(|_no_address| {
        host.rsplit_once(':').map_or(host, |(name, _port)| name).trim_matches(['[', ']']).to_owned()
    });
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn response(status: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn html(status: &Status) -> String {
    let mut rows = String::new();
    let mut row = |name: &str, text: &str| {
        // A string takes everything.
        let _written = write!(rows, "<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(text));
    };
    let yes = |yes: bool| if yes { "是 yes" } else { "否 no" };
    for fact in &status.facts {
        row(&fact.name, &fact.text);
    }
    match &status.fix {
        None => row("定位 fix", "尚无 none yet"),
        Some(fix) => {
            row("定位 fix", &format!("{} {} {:.6}, {:.6}", fix.time, fix.kind, fix.lat, fix.lon));
            row("速度 km/h", &fix.speed_kmh.map_or_else(|| "—".into(), |kmh| format!("{kmh:.1}")));
            row("卫星 satellites", &fix.satellites.map_or_else(|| "—".into(), |count| count.to_string()));
            row("载重 load", &fix.load);
            row("篷盖 lid", &fix.lid);
            row("举升 lift", &fix.lift);
            row("天线 antenna", &fix.antenna);
            row("电源 power", &fix.power);
        }
    }
    let (spool, platform) = (&status.spool, &status.platform.counters);
    row("平台已连接 connected", yes(platform.ready));
    row("待发送 waiting", &spool.waiting.to_string());
    row("缓存字节 spool bytes", &spool.bytes.to_string());
    row("磁盘写入失败 disk failing", yes(spool.disk_failing));
    let lost = spool.counters.dropped_full + spool.counters.dropped_old + spool.counters.dropped_unwritten;
    row("已丢失 lost", &(lost + spool.counters.damaged).to_string());
    row("已确认 acknowledged", &spool.counters.acknowledged.to_string());
    row("已发送字节 bytes sent", &platform.bytes_sent.to_string());
    row("定位中断 silences", &status.silences.to_string());
    row("运行秒数 running s", &status.running_s.to_string());
    format!(
        "<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>车载终端状态</title><style>body{{font:16px sans-serif;\
         margin:1em}}th{{text-align:left;padding:.2em 1em .2em 0;font-weight:normal;color:#555}}</style></head><body>\
         <h1>车载终端状态 tracker-agent {}</h1><table>{rows}</table><p><a href=\"/status.json\">status.json</a></p></body></html>",
        status.version
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
