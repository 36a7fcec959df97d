//! tracker-agent beside gpsd: both read a serial line (a pseudo-terminal) that gets the same bytes, ten epochs a second.
//! Prints resident memory and processor time of both, from /proc, and fails when the agent's are larger.
//!
//! The agent does all of its work meanwhile: it samples, spools to a disk and reports to a platform, which this program
//! plays. gpsd has no client and so has less to do.
//!
//! Usage: footprint AGENT GPSD SECONDS
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use domain::Timestamp;
use end_to_end::clock;
use serialport::{SerialPort, TTYPort};
use wire::message::AnswerResult;
use wire::{Gateway, GatewayConfig, GatewayEvent};

type Failure = Box<dyn std::error::Error>;

const EPOCH: Duration = Duration::from_millis(100);
/// Until gpsd has chosen its driver and both have opened their lines.
const SETTLE: Duration = Duration::from_secs(2);

/// What a process has used, by /proc.
#[derive(Debug, Clone, Copy)]
struct Use {
    resident_kib: u64,
    highest_kib: u64,
    proportional_kib: u64,
    cpu_ms: f64,
    threads: usize,
}

impl Use {
    fn of(process: u32) -> Result<Self, Failure> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let mut cpu_ns = 0;
        let mut threads = 0;
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            cpu_ns += schedstat.split(' ').next().unwrap_or_default().parse::<u64>()?;
            threads += 1;
        }
        Ok(Self {
            resident_kib: field(&status, "VmRSS:")?,
            highest_kib: field(&status, "VmHWM:")?,
            proportional_kib: field(&rollup, "Pss:")?,
            cpu_ms: cpu_ns as f64 / 1e6,
            threads,
        })
    }
}

fn field(text: &str, name: &str) -> Result<u64, Failure> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("a field of /proc is missing")?;
    Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
}

/// Ends with this program, whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended itself.
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn start(program: &str, arguments: &[&str], log: &Path) -> Result<Running, Failure> {
    let log = fs::File::create(log)?;
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))?;
    Ok(Running(child))
}

/// What a modern receiver of several constellations says each tenth of a second.
fn epoch(now: Timestamp, tenths: u64) -> String {
    let utc = now.local().naive_utc();
    let (time, date) = (utc.format("%H%M%S"), utc.format("%d%m%y"));
    let time = format!("{time}.{}0", now.millis().rem_euclid(1000) / 100);
    let place = format!("34{:08.5},N,113{:08.5},E", 30.0 + tenths as f64 * 0.0005, 24.0);
    let course = tenths / 200 * 40 % 360;
    let sentences = [
        format!("GNRMC,{time},A,{place},19.44,{course}.0,{date},,,A"),
        format!("GNGGA,{time},{place},1,14,0.8,110.0,M,-20.0,M,,"),
        "GNGSA,A,3,02,05,13,15,18,20,24,29,,,,,1.4,0.8,1.1,1".to_owned(),
        "GNGSA,A,3,06,09,16,22,31,36,,,,,,,1.4,0.8,1.1,4".to_owned(),
        "GPGSV,2,1,08,02,40,060,38,05,52,301,41,13,35,205,36,15,66,150,44,1".to_owned(),
        "GPGSV,2,2,08,18,22,090,33,20,18,310,31,24,44,250,39,29,60,020,43,1".to_owned(),
        "GBGSV,2,1,06,06,41,060,37,09,52,301,40,16,35,205,36,22,66,150,43,1".to_owned(),
        "GBGSV,2,2,06,31,22,090,33,36,18,310,31,1".to_owned(),
        format!("GNVTG,{course}.0,T,,M,19.44,N,36.00,K,A"),
    ];
    sentences.iter().map(|sentence| end_to_end::drive::signal_sentence(sentence)).collect()
}

/// The platform's end: takes everything.
fn platform(listener: &TcpListener) {
    while let Ok((stream, _)) = listener.accept() {
        // An agent that goes away ends its connection.
        let _ended = converse(stream);
    }
}

fn converse(mut stream: TcpStream) -> std::io::Result<()> {
    let mut gateway = Gateway::new(GatewayConfig::default(), clock::precisely());
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        gateway.handle_bytes(buffer.get(..count).unwrap_or_default(), clock::precisely());
        while let Some(event) = gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, .. } => gateway.answer_registration(ask, Ok("code".into())),
                GatewayEvent::Authentication { ask, .. } => gateway.answer_authentication(ask, true),
                GatewayEvent::Locations { ask, .. } => gateway.acknowledge(ask, AnswerResult::Ok),
                _ => {}
            }
        }
        while let Some(frame) = gateway.poll_transmit() {
            stream.write_all(&frame)?;
        }
    }
}

fn measure(agent: &str, gpsd: &str, seconds: u64) -> Result<bool, Failure> {
    let work = tempfile::tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let platform_address = listener.local_addr()?;
    thread::spawn(move || platform(&listener));
    let (mut agent_end, agent_line) = TTYPort::pair()?;
    let (mut gpsd_end, gpsd_line) = TTYPort::pair()?;
    let name = |line: &TTYPort| line.name().ok_or("a pseudo-terminal has no name");
    let config = work.path().join("agent.toml");
    fs::write(
        &config,
        format!(
            "[terminal]\nid = \"13800000001\"\nplate = \"豫A12345D\"\nplate_colour = \"yellow_green\"\n\
             [platform]\naddress = \"{platform_address}\"\n\
             [[source]]\ncarries = \"nmea\"\nkind = \"serial\"\ndevice = {:?}\nbaud = 115200\n",
            name(&agent_line)?
        ),
    )?;
    // gpsd gives its rights away after opening the line, and must find it readable after that too.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let (agent_log, gpsd_log) = (work.path().join("agent.log"), work.path().join("gpsd.log"));
    let config = config.to_string_lossy().into_owned();
    let agent = start(agent, &["run", "--config", &config], &agent_log)?;
    let gpsd = start(gpsd, &["-N", "-n", "-b", "-S", &port, &name(&gpsd_line)?], &gpsd_log)?;
    thread::sleep(SETTLE);
    let begun = clock::precisely();
    for tenths in 0..seconds * 10 {
        let due = begun.plus_millis(tenths as i64 * EPOCH.as_millis() as i64);
        let ahead = due.millis_since(clock::precisely());
        thread::sleep(Duration::from_millis(u64::try_from(ahead).unwrap_or(0)));
        let bytes = epoch(due, tenths);
        agent_end.write_all(bytes.as_bytes())?;
        gpsd_end.write_all(bytes.as_bytes())?;
    }
    let (agent_use, gpsd_use) = (Use::of(agent.0.id())?, Use::of(gpsd.0.id())?);
    for (name, used) in [("tracker-agent", agent_use), ("gpsd", gpsd_use)] {
        println!(
            "{name:13} resident {} KiB (highest {}, proportional {}), processor {:.0} ms in {seconds} s, {} threads",
            used.resident_kib, used.highest_kib, used.proportional_kib, used.cpu_ms, used.threads
        );
    }
    let records = fs::read_to_string(&agent_log)?;
    if !records.contains("connected and authenticated") {
        return Err(format!("the agent did not report:\n{records}").into());
    }
    drop((agent, gpsd));
    let lighter = agent_use.resident_kib <= gpsd_use.resident_kib && agent_use.cpu_ms <= gpsd_use.cpu_ms;
    println!("tracker-agent uses {} than gpsd", if lighter { "no more" } else { "more" });
    Ok(lighter)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [agent, gpsd, seconds] = arguments.as_slice() else {
        println!("usage: footprint AGENT GPSD SECONDS");
        return ExitCode::from(2);
    };
    let measured = seconds.parse().map_err(Into::into).and_then(|seconds| measure(agent, gpsd, seconds));
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("footprint: {error}");
            ExitCode::FAILURE
        }
    }
}
