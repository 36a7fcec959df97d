//! Bytes a fix over a simulated shift, all headers included, beside a plain terminal that sends each of the same fixes as a
//! 0x0200. Both talk to a `wire::Gateway` over a real loopback connection; time is the shift's own, except that each
//! exchange is given its real pause, so that acknowledgements of TCP travel as they would. Segments and bytes are the
//! kernel's own counts (TCP_INFO, as `ss` shows it). Fails when the bar is missed or a fix is lost.
//!
//! Run with `cargo bench -p tracker-agent --bench traffic`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement ends at its first failure and prints"
)]

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use domain::report_line::to_line;
use domain::{Plate, PlateColour, Report, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tracker_agent::date::DatePolicy;
use tracker_agent::frame::with_checksum;
use tracker_agent::gather::{Decision, Gather, Progress};
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::record::Record;
use tracker_agent::sampler::SamplerConfig;
use tracker_agent::spool::{Spool, SpoolConfig};
use wire::message::AnswerResult;
use wire::{
    Gateway, GatewayConfig, GatewayEvent, Outgoing, Revision, Terminal, TerminalConfig, TerminalEvent,
};

const SEED: u64 = 20_190_287;
const BAR: f64 = 0.5;
/// The defaults of `[platform]`.
const GATHER_S: u32 = 90;
const GATHER_MAX: u32 = 8;
const HEARTBEAT_S: u32 = 120;
/// Longer than TCP holds an acknowledgement back (40 ms on Linux).
const PAUSE: Duration = Duration::from_millis(50);
/// IPv4 and TCP without options, and the option of timestamps, which every segment carries.
const HEADER_BYTES: u64 = 20 + 20 + 12;
const PLATE: &str = "豫A12345D";
const TERMINAL: &str = "13800000001";

/// One second of the shift.
struct Second {
    kmh: f64,
    course: f64,
    /// A body sentence, when something changed.
    body: Option<&'static str>,
}

/// Eight hours: loading, a drive through town, dumping, the drive back, and again; a break at noon.
fn shift(random: &mut ChaCha8Rng) -> Vec<Second> {
    let mut seconds = Vec::new();
    let mut course = 0.0;
    while seconds.len() < 8 * 3600 {
        stand(&mut seconds, course, 600, Some("empty,open,flat,ok,ok,on"));
        stand(&mut seconds, course, 120, Some("full,open,flat,ok,ok,on"));
        stand(&mut seconds, course, 30, Some("full,closed,flat,ok,ok,on"));
        drive(&mut seconds, &mut course, 1800, random);
        stand(&mut seconds, course, 60, Some("full,open,flat,ok,ok,on"));
        stand(&mut seconds, course, 40, Some("full,open,raised,ok,ok,on"));
        stand(&mut seconds, course, 20, Some("empty,open,raised,ok,ok,on"));
        stand(&mut seconds, course, 120, Some("empty,closed,flat,ok,ok,on"));
        drive(&mut seconds, &mut course, 1500, random);
    }
    seconds.truncate(8 * 3600);
    seconds
}

fn stand(seconds: &mut Vec<Second>, course: f64, count: usize, body: Option<&'static str>) {
    seconds.extend((0..count).map(|n| Second { kmh: 0.0, course, body: body.filter(|_| n == 0) }));
}

/// Straights of some hundred metres to some kilometres, bends and corners between them, and now and then a red light.
fn drive(seconds: &mut Vec<Second>, course: &mut f64, count: usize, random: &mut ChaCha8Rng) {
    let end = seconds.len() + count;
    while seconds.len() < end {
        let straight = random.random_range(30..240);
        let cruise: f64 = random.random_range(35.0..60.0);
        for _ in 0..straight {
            let kmh = (cruise + random.random_range(-3.0..3.0f64)).max(0.0);
            seconds.push(Second { kmh, course: *course + random.random_range(-2.0..2.0), body: None });
        }
        let turn: f64 = if random.random_bool(0.5) { 90.0 } else { random.random_range(20.0..60.0) };
        let turn = if random.random_bool(0.5) { turn } else { -turn };
        for _ in 0..6 {
            *course += turn / 6.0;
            seconds.push(Second { kmh: 18.0, course: *course, body: None });
        }
        if random.random_bool(0.4) {
            stand(seconds, *course, random.random_range(20..70), None);
        }
    }
    seconds.truncate(end);
}

/// The sentences of every second through the agent's pipeline; what its sampler chose, and when.
fn chosen(seconds: &[Second]) -> Vec<(Timestamp, Record)> {
    let mut pipeline = Pipeline::new(PipelineConfig {
        plate: PLATE.parse().unwrap(),
        terminal: TERMINAL.parse().unwrap(),
        dates: DatePolicy::AsRecorded,
        sampler: SamplerConfig::default(),
        reader: tracker_agent::rfid::Family::Bb7e,
        tags: Default::default(),
        body: Default::default(),
        live: true,
    });
    let start: Timestamp = "2026-11-20T08:00:00+08:00".parse().unwrap();
    let (mut lat, mut lon) = (34.5394f64, 113.3905f64);
    let mut chosen = Vec::new();
    for (second, state) in (0..).zip(seconds) {
        let now = start.plus_seconds(second);
        let course = state.course.rem_euclid(360.0);
        lat += state.kmh / 3.6 * course.to_radians().cos() / 111_320.0;
        lon += state.kmh / 3.6 * course.to_radians().sin() / (111_320.0 * lat.to_radians().cos());
        let utc = now.local().naive_utc();
        let (clock, date) = (utc.format("%H%M%S"), utc.format("%d%m%y"));
        let place = format!("{},N,{},E", degrees_minutes(lat, 2), degrees_minutes(lon, 3));
        let knots = state.kmh / 1.852;
        let mut sentences = vec![
            format!("GNRMC,{clock}.00,A,{place},{knots:.2},{course:.1},{date},,,A"),
            format!("GNGGA,{clock}.00,{place},1,12,0.8,110.0,M,-20.0,M,,"),
        ];
        sentences.extend(state.body.map(|body| format!("PMUCK,{body}")));
        for sentence in sentences {
            pipeline.handle_nmea(format!("{}\r\n", with_checksum(&sentence)).as_bytes(), now);
        }
        while let Some(record) = pipeline.poll_record() {
            chosen.push((now, record));
        }
    }
    chosen
}

fn degrees_minutes(degrees: f64, width: usize) -> String {
    let minutes = degrees.fract() * 60.0;
    format!("{:0width$}{minutes:08.5}", degrees.trunc())
}

/// The platform's end: stores, answers, until the terminal goes. Its clock stands still: nobody is idle here.
fn platform(listener: &TcpListener) -> BTreeSet<String> {
    let plate: Plate = PLATE.parse().unwrap();
    let now = Timestamp::from_seconds(1_795_000_000);
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_nodelay(true).unwrap();
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    let mut stored = BTreeSet::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        gateway.handle_bytes(&buffer[..count], now);
        while let Some(event) = gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, .. } => gateway.answer_registration(ask, Ok("code".into())),
                GatewayEvent::Authentication { ask, .. } => gateway.answer_authentication(ask, true),
                GatewayEvent::Locations { ask, locations, .. } => {
                    let terminal = gateway.terminal().unwrap().clone();
                    for location in locations {
                        stored.extend(lines(location.to_reports(&plate, &terminal, now).unwrap()));
                    }
                    gateway.acknowledge(ask, AnswerResult::Ok);
                }
                _ => {}
            }
        }
        let answers: Vec<u8> = std::iter::from_fn(|| gateway.poll_transmit()).flatten().collect();
        stream.write_all(&answers).unwrap();
    }
    stored
}

fn lines(reports: Vec<Report>) -> impl Iterator<Item = String> {
    reports.into_iter().map(|report| to_line(&Report { received: None, ..report }))
}

/// A terminal on a connection, driven by the shift's time.
struct Link {
    terminal: Terminal,
    stream: TcpStream,
    acknowledged: u64,
}

impl Link {
    fn new(address: SocketAddr, now: Timestamp) -> Self {
        let config = TerminalConfig {
            revision: Revision::V2019,
            terminal: TERMINAL.parse().unwrap(),
            plate: PLATE.parse().unwrap(),
            colour: PlateColour::YellowGreen,
            province: 0,
            city: 0,
            maker: "MUCKTRAIL".into(),
            model: "tracker-agent".into(),
            software: "tracker-agent".into(),
            heartbeat_s: HEARTBEAT_S,
            answer_timeout_s: 10,
            retries_max: 2,
            in_flight_max: 200,
            batch_max: 20,
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PAUSE)).unwrap();
        let mut link = Self { terminal: Terminal::new(config, None), stream, acknowledged: 0 };
        link.terminal.handle_connected(now);
        while link.terminal.capacity() == 0 {
            link.exchange(now);
        }
        link
    }

    /// Writes what waits in one go and takes what comes back within the pause.
    fn exchange(&mut self, now: Timestamp) {
        let bytes: Vec<u8> = std::iter::from_fn(|| self.terminal.poll_transmit()).flatten().collect();
        if bytes.is_empty() {
            return;
        }
        self.stream.write_all(&bytes).unwrap();
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(count @ 1..) => self.terminal.handle_bytes(&buffer[..count], now),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                other => panic!("the platform is gone: {other:?}"),
            }
        }
        while let Some(event) = self.terminal.poll_event() {
            match event {
                TerminalEvent::Acknowledged { cursor } => self.acknowledged = cursor,
                TerminalEvent::Refused { .. } | TerminalEvent::Fatal(_) => panic!("{event:?}"),
                _ => {}
            }
        }
    }

    /// Lets the shift's time pass up to `now`: heartbeats that fall due on the way are sent.
    fn pass(&mut self, now: Timestamp) {
        while let Some(due) = self.terminal.poll_timeout().filter(|due| *due < now) {
            self.terminal.handle_timeout(due);
            self.exchange(due);
        }
    }

    fn end(self) -> Traffic {
        Traffic::of(&self.stream)
    }
}

/// What the kernel counted on a connection, both ways.
#[derive(Debug, Clone, Copy, Default)]
struct Traffic {
    payload: u64,
    segments: u64,
}

impl Traffic {
    fn of(stream: &TcpStream) -> Self {
        let (own, peer) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
        let filter = format!("sport = :{} and dport = :{}", own.port(), peer.port());
        let shown = Command::new("ss").args(["-tinH", &filter]).output();
        let shown = shown.expect("ss (iproute2) shows the kernel's counts; install it to measure");
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        let count = |name: &str| -> u64 {
            let value = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'));
            value.map_or(0, |value| value.parse().unwrap())
        };
        let traffic = Self {
            payload: count("bytes_sent") + count("bytes_received"),
            segments: count("segs_out") + count("segs_in"),
        };
        assert!(traffic.payload > 0 && traffic.segments > 0, "ss told nothing: {text}");
        traffic
    }

    fn bytes(self) -> u64 {
        self.payload + self.segments * HEADER_BYTES
    }
}

/// Each fix as a 0x0200, the moment it is made.
fn plain(chosen: &[(Timestamp, Record)], address: SocketAddr) -> Traffic {
    let mut link = Link::new(address, chosen[0].0);
    for (cursor, (now, record)) in (1..).zip(chosen) {
        link.pass(*now);
        let location = record.location(&mut Vec::new());
        assert_eq!(link.terminal.send(vec![Outgoing { cursor, location }], *now), 1);
        link.exchange(*now);
    }
    link.end()
}

/// As the agent does: through the spool, gathered.
fn gathered(chosen: &[(Timestamp, Record)], address: SocketAddr) -> Traffic {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), SpoolConfig::default()).unwrap();
    let mut link = Link::new(address, chosen[0].0);
    let mut gather = Gather::new(GATHER_S, GATHER_MAX);
    let mut offered = 0;
    let last = chosen.last().unwrap().0;
    let mut events = chosen.iter().peekable();
    let mut now = chosen[0].0;
    while now <= last.plus_seconds(i64::from(GATHER_S)) {
        while let Some((_, record)) = events.next_if(|(at, _)| *at <= now) {
            spool.append(record.time, record.urgent, &record.to_bytes(), now).unwrap();
        }
        spool.maintain(now).unwrap();
        let progress = Progress { offered, committed: spool.committed(), last_urgent: spool.last_urgent() };
        if gather.decide(progress, false, now) == Decision::Send {
            let stored = spool.read_after(offered, link.terminal.capacity()).unwrap();
            let outgoing: Vec<Outgoing> = stored
                .iter()
                .map(|stored| {
                    let record = Record::from_bytes(&stored.payload).unwrap();
                    Outgoing { cursor: stored.number, location: record.location(&mut Vec::new()) }
                })
                .collect();
            offered = stored.last().unwrap().number;
            match outgoing.len() {
                1 => assert_eq!(link.terminal.send(outgoing, now), 1),
                count => assert_eq!(link.terminal.send_batch(outgoing, false, now), count),
            }
        }
        link.pass(now);
        link.exchange(now);
        spool.acknowledge(link.acknowledged, now).unwrap();
        now = now.plus_seconds(1);
    }
    assert!(spool.is_drained());
    link.end()
}

fn main() -> ExitCode {
    let seconds = shift(&mut ChaCha8Rng::seed_from_u64(SEED));
    let chosen = chosen(&seconds);
    let expected: BTreeSet<String> = chosen.iter().flat_map(|(_, record)| lines(record.reports())).collect();
    let run = |send: fn(&[(Timestamp, Record)], SocketAddr) -> Traffic| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            let platform = scope.spawn(|| platform(&listener));
            let traffic = scope.spawn(|| send(&chosen, address)).join().unwrap();
            (traffic, platform.join().unwrap())
        })
    };
    let ((plain, plain_stored), (ours, ours_stored)) = thread::scope(|scope| {
        let plain = scope.spawn(|| run(plain));
        let ours = scope.spawn(|| run(gathered));
        (plain.join().unwrap(), ours.join().unwrap())
    });
    let fixes = chosen.len() as u64;
    let urgent = chosen.iter().filter(|(_, record)| record.urgent).count();
    println!("a shift of 8 h, seed {SEED}: {fixes} fixes, {urgent} of them urgent");
    let a_fix = |traffic: Traffic| traffic.bytes() as f64 / fixes as f64;
    for (name, traffic) in [("plain 0x0200", plain), ("tracker-agent", ours)] {
        println!(
            "{name:14} {:7.1} bytes a fix (payload {}, segments {}, {HEADER_BYTES} bytes of headers each)",
            a_fix(traffic),
            traffic.payload,
            traffic.segments
        );
    }
    let ratio = a_fix(ours) / a_fix(plain);
    let lost = expected.difference(&ours_stored).count() + expected.difference(&plain_stored).count();
    println!("ratio {ratio:.3} (bar {BAR}), lost {lost}");
    if ratio <= BAR && lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
