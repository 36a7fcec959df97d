//! The agent's `run` against the platform's end of the protocol over loopback: a recording through a link that breaks.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domain::report::{Content, Report};
use domain::report_line::{parse_line, to_line};
use domain::{Plate, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracker_agent::clock;
use tracker_agent::frame::with_checksum;
use tracker_agent::run::{RunOptions, run, sample};
use wire::message::AnswerResult;
use wire::{Gateway, GatewayConfig, GatewayEvent};

const PLATE: &str = "豫A12345D";
const CODE: &str = "code-1";

/// A drive of some minutes with turns and body signals, on today's clock.
fn drive(seconds: i64) -> String {
    let start = clock::now().plus_seconds(-seconds);
    let mut text = String::new();
    for second in 0..seconds {
        let time = start.plus_seconds(second).local().naive_utc();
        let lat_minutes = 30.0 + second as f64 * 0.005;
        let course = second / 40 * 45 % 360;
        let (clock, date) = (time.format("%H%M%S"), time.format("%d%m%y"));
        let rmc =
            format!("GNRMC,{clock}.00,A,34{lat_minutes:07.4},N,11324.0000,E,18.0,{course}.0,{date},,,A");
        let gga = format!("GNGGA,{clock}.00,34{lat_minutes:07.4},N,11324.0000,E,1,12,0.8,110.0,M,-20.0,M,,");
        text += &format!("{}\r\n{}\r\n", with_checksum(&rmc), with_checksum(&gga));
        if second % 97 == 0 {
            let load = if second % 2 == 0 { "full" } else { "empty" };
            text += &format!("{}\r\n", with_checksum(&format!("PMUCK,{load},closed,flat,ok,ok,on")));
        }
    }
    text
}

fn write_config(folder: &Path, address: &str) -> std::path::PathBuf {
    let path = folder.join("agent.toml");
    let text = format!(
        "[terminal]\nid = \"13800000001\"\nplate = \"{PLATE}\"\nplate_colour = \"yellow_green\"\n\
         [platform]\naddress = \"{address}\"\n\
         [[source]]\ncarries = \"nmea\"\nkind = \"replay\"\npath = \"drive.nmea\"\nspeed = 0.0\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// What a platform does with one connection.
#[derive(Clone, Copy)]
enum Conduct {
    /// Closes the connection when it has stored this many messages of locations, the last of them unacknowledged.
    BreakAfter(usize),
    /// Says the code is wrong.
    RefuseCode,
    /// Keeps to the protocol.
    Good,
}

/// Stores what comes, by its identity: a report that came twice is one.
#[derive(Default)]
struct Stored {
    reports: BTreeMap<String, usize>,
    registrations: usize,
}

impl Stored {
    fn store(&mut self, reports: Vec<Report>) {
        for report in reports {
            *self.reports.entry(to_line(&Report { received: None, ..report })).or_default() += 1;
        }
    }
}

async fn serve(mut stream: TcpStream, conduct: Conduct, stored: &mut Stored) {
    let plate: Plate = PLATE.parse().unwrap();
    let mut gateway = Gateway::new(GatewayConfig::default(), clock::now());
    let mut messages = 0;
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return };
        gateway.handle_bytes(&buffer[..count], clock::now());
        while let Some(event) = gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, registration, .. } => {
                    assert_eq!(registration.plate, PLATE);
                    stored.registrations += 1;
                    gateway.answer_registration(ask, Ok(CODE.into()));
                }
                GatewayEvent::Authentication { ask, code, .. } => {
                    gateway
                        .answer_authentication(ask, code == CODE && !matches!(conduct, Conduct::RefuseCode));
                }
                GatewayEvent::Locations { ask, locations, .. } => {
                    let terminal = gateway.terminal().unwrap().clone();
                    for location in locations {
                        stored.store(location.to_reports(&plate, &terminal, clock::now()).unwrap());
                    }
                    messages += 1;
                    if matches!(conduct, Conduct::BreakAfter(after) if messages >= after) {
                        return;
                    }
                    gateway.acknowledge(ask, AnswerResult::Ok);
                }
                _ => {}
            }
        }
        while let Some(frame) = gateway.poll_transmit() {
            if stream.write_all(&frame).await.is_err() {
                return;
            }
        }
    }
}

/// Plays one connection after another, until the last conduct's connection is closed by the agent.
async fn platform(listener: TcpListener, conducts: Vec<Conduct>) -> Stored {
    let mut stored = Stored::default();
    for conduct in conducts {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, conduct, &mut stored).await;
    }
    stored
}

async fn sampled(config: &Path) -> Vec<String> {
    let mut out = Vec::new();
    sample(config, &mut out).await.unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// Runs the agent over a drive against these conducts; gives what the sampler chose and what the platform has.
async fn check(conducts: Vec<Conduct>) -> (Vec<String>, Stored) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("drive.nmea"), drive(1200)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = write_config(folder.path(), &listener.local_addr().unwrap().to_string());
    let mut chosen = sampled(&config).await;
    let serving = tokio::spawn(platform(listener, conducts));
    tokio::time::timeout(Duration::from_secs(60), run(&config, RunOptions::default()))
        .await
        .expect("the agent ends")
        .unwrap();
    let stored = serving.await.unwrap();
    chosen.sort();
    let lines: Vec<String> = stored.reports.keys().cloned().collect();
    assert_eq!(lines, chosen, "what the platform has is what the sampler chose");
    (chosen, stored)
}

#[tokio::test]
async fn everything_the_sampler_chose_reaches_the_platform_once() {
    let (chosen, stored) = check(vec![Conduct::Good]).await;
    assert!(chosen.len() > 60, "{}", chosen.len());
    assert!(stored.reports.values().all(|times| *times == 1));
    assert_eq!(stored.registrations, 1);
}

#[tokio::test]
async fn a_link_that_breaks_loses_nothing() {
    let (_, stored) = check(vec![Conduct::BreakAfter(1), Conduct::BreakAfter(3), Conduct::Good]).await;
    assert!(stored.reports.values().any(|times| *times > 1), "the unacknowledged ones came again");
    assert_eq!(stored.registrations, 1, "the code was kept");
}

#[tokio::test]
async fn a_refused_code_is_forgotten_and_the_truck_registers_again() {
    let (_, stored) = check(vec![Conduct::BreakAfter(1), Conduct::RefuseCode, Conduct::Good]).await;
    assert_eq!(stored.registrations, 2);
}

#[tokio::test]
async fn a_second_run_over_the_same_recording_changes_nothing_on_the_platform() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("drive.nmea"), drive(300)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = write_config(folder.path(), &listener.local_addr().unwrap().to_string());
    let serving = tokio::spawn(platform(listener, vec![Conduct::Good, Conduct::Good]));
    run(&config, RunOptions::default()).await.unwrap();
    run(&config, RunOptions::default()).await.unwrap();
    let stored = serving.await.unwrap();
    assert!(!stored.reports.is_empty() && stored.reports.values().all(|times| *times == 2));
}

#[tokio::test]
async fn sampled_lines_are_contract_lines_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("drive.nmea"), drive(300)).unwrap();
    let config = write_config(folder.path(), "127.0.0.1:1");
    let reports: Vec<Report> = sampled(&config).await.iter().map(|line| parse_line(line).unwrap()).collect();
    let times: Vec<Timestamp> = reports.iter().map(|report| report.time).collect();
    assert!(times.is_sorted() && times.len() >= 15, "{}", times.len());
    assert!(
        reports.iter().all(|report| matches!(&report.content, Content::Fix(fix) if fix.source.is_some()))
    );
}

#[tokio::test]
async fn a_missing_recording_is_told_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "127.0.0.1:1");
    let error = sample(&config, Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("drive.nmea"), "{error}");
}
