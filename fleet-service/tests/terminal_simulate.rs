//! `terminal simulate` against a platform: the session of `wire` behind a real socket, and the real service.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helper fails by panicking, as the test itself does"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener as StdListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::Parser as _;
use domain::{FixReport, Lid, Lift, Load, Timestamp};
use fleet_service::terminal_simulate::{SimulateArgs, SimulateError, Tally, run};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use wire::{
    AnswerResult, Gateway, GatewayConfig, GatewayEvent, Location, Message, Parameter, Profile,
    RegistrationRefusal, Version,
};

const PHONE: &str = "13800000001";
const PLATE: &str = "豫A12345";
/// About 1.1 km at 40 km/h, a report each 10 s: ten reports and the end.
const LINE: &str = "34.50,113.40;34.51,113.40";
const STEPS: usize = 11;

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    simulate: SimulateArgs,
}

fn args(platform: &str, more: &[&str]) -> SimulateArgs {
    let fixed = ["simulate", "--platform", platform, "--phone", PHONE, "--plate", PLATE, "--fast"];
    Cli::try_parse_from(fixed.iter().chain(more)).unwrap().simulate
}

/// A platform that admits everyone, takes everything and sends `commands` once to whoever authenticates.
struct Platform {
    gateway: Gateway,
    commands: Vec<Message>,
    refusal: Option<RegistrationRefusal>,
    met: Met,
}

/// What a platform met.
#[derive(Default)]
struct Met {
    registrations: Vec<wire::Registration>,
    codes: Vec<String>,
    live: Vec<Location>,
    backlog: Vec<Location>,
    raw: Vec<(u16, Vec<u8>)>,
    answers: Vec<(u16, AnswerResult)>,
    parameters: Vec<Parameter>,
    attributes: usize,
    asked_locations: usize,
    version: Option<Version>,
    logged_out: bool,
}

fn now() -> Timestamp {
    fleet_service::clock::now()
}

impl Platform {
    fn new(commands: Vec<Message>) -> Self {
        Self {
            gateway: Gateway::new(GatewayConfig::default(), now()),
            commands,
            refusal: None,
            met: Met::default(),
        }
    }

    /// Takes bytes and gives the bytes to send.
    fn handle(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.gateway.handle_bytes(bytes, now());
        while let Some(event) = self.gateway.poll_event() {
            self.handle_event(event);
        }
        std::iter::from_fn(|| self.gateway.poll_transmit()).collect()
    }

    fn handle_event(&mut self, event: GatewayEvent) {
        match event {
            GatewayEvent::Registration { ask, registration, .. } => {
                self.met.registrations.push(registration);
                let answer = self.refusal.map_or_else(|| Ok("code-1".to_owned()), Err);
                self.gateway.answer_registration(ask, answer);
            }
            GatewayEvent::Authentication { ask, code, .. } => {
                self.met.codes.push(code);
                self.gateway.answer_authentication(ask, true);
                self.met.version = self.gateway.version();
                for command in std::mem::take(&mut self.commands) {
                    self.gateway.send(&command, now()).unwrap();
                }
            }
            GatewayEvent::Locations { ask, locations, backlog } => {
                let to = if backlog { &mut self.met.backlog } else { &mut self.met.live };
                to.extend(locations);
                self.gateway.acknowledge(ask, AnswerResult::Ok);
            }
            GatewayEvent::LocationAnswer { ask, .. } => {
                self.met.asked_locations += 1;
                self.gateway.acknowledge(ask, AnswerResult::Ok);
            }
            GatewayEvent::Raw { ask, id, body, .. } => {
                self.met.raw.push((id, body));
                self.gateway.acknowledge_raw(ask, true);
            }
            GatewayEvent::Answered { id, result, .. } => self.met.answers.push((id, result)),
            GatewayEvent::Parameters { parameters, .. } => self.met.parameters = parameters,
            GatewayEvent::Attributes(_) => self.met.attributes += 1,
            GatewayEvent::LoggedOut => self.met.logged_out = true,
            GatewayEvent::Unanswered { id, .. } => panic!("no answer to {id:#06x}"),
            GatewayEvent::TimedOut => panic!("the terminal was silent"),
        }
    }

    /// Serves connections one after another until a terminal says goodbye or is refused.
    async fn serve(mut self, listener: TcpListener) -> Met {
        let mut buffer = vec![0; 4096];
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            self.gateway = Gateway::new(GatewayConfig::default(), now());
            loop {
                let count = socket.read(&mut buffer).await.unwrap_or(0);
                if count == 0 {
                    break;
                }
                for frame in self.handle(&buffer[..count]) {
                    if socket.write_all(&frame).await.is_err() {
                        break;
                    }
                }
            }
            if self.met.logged_out || self.refusal.is_some() {
                return self.met;
            }
        }
    }

    async fn serve_datagrams(mut self, socket: UdpSocket) -> Met {
        let mut buffer = vec![0; 4096];
        while !self.met.logged_out {
            let (count, from) = socket.recv_from(&mut buffer).await.unwrap();
            for frame in self.handle(&buffer[..count]) {
                socket.send_to(&frame, from).await.unwrap();
            }
        }
        self.met
    }
}

/// Plays a terminal against `platform`; what both met and what was said.
async fn play(platform: Platform, more: &[&str]) -> (Result<Tally, SimulateError>, Met, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = tokio::spawn(platform.serve(listener));
    let mut said = Vec::new();
    let tally = run(&args(&address, more), &mut said).await;
    (tally, served.await.unwrap(), String::from_utf8(said).unwrap())
}

fn fix_by(profile: &Profile, location: &Location) -> FixReport {
    let reports =
        location.to_reports_with(profile, &PLATE.parse().unwrap(), &PHONE.parse().unwrap(), now()).unwrap();
    reports[0].fix().unwrap().clone()
}

#[tokio::test]
async fn a_line_is_driven_registered_and_acknowledged_in_every_revision() {
    for (version, layout, maker_bytes, model_bytes) in
        [("2011", Version::V2013, 5, 8), ("2013", Version::V2013, 5, 20), ("2019", Version::V2019, 11, 30)]
    {
        let (tally, met, said) = play(
            Platform::new(Vec::new()),
            &["--line", LINE, "--version", version, "--profile", "lh16bx", "--load", "full", "--lid", "open"],
        )
        .await;
        assert_eq!(tally.unwrap(), Tally { acknowledged: STEPS, links: 1, ..Tally::default() }, "{said}");
        assert_eq!((met.version, met.live.len(), met.backlog.len()), (Some(layout), STEPS, 0));
        let registration = &met.registrations[0];
        assert_eq!((registration.model.text(), registration.plate.as_str()), ("LH-16BX".to_owned(), PLATE));
        assert_eq!(
            (registration.maker.raw().len(), registration.model.raw().len()),
            (maker_bytes, model_bytes)
        );
        assert!(met.logged_out && said.contains("接受注册") && said.contains("11/11"), "{said}");
        let lh16bx = Profile::for_model("", &registration.model.text()).unwrap();
        for location in &met.live {
            let fix = fix_by(lh16bx, location);
            assert_eq!((fix.load, fix.lid, fix.lift), (Load::Full, Lid::Open, Lift::Flat));
        }
        let times: Vec<_> = met.live.iter().map(|location| location.time).collect();
        assert!(times.is_sorted() && times.last().unwrap().timestamp() <= now());
    }
}

#[tokio::test]
async fn a_lost_link_is_made_again_and_the_rest_comes_as_backlog() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("code");
    let line = ["--line", LINE, "--interval-s", "1", "--drop-after", "3", "--state", state.to_str().unwrap()];
    let (tally, met, said) = play(Platform::new(Vec::new()), &line).await;
    let tally = tally.unwrap();
    assert_eq!((tally.links, tally.acknowledged), (2, 101), "{said}");
    assert!(tally.backlog > 0 && tally.backlog == met.backlog.len(), "{tally:?} {said}");
    // Registered once; the second link shows the code kept.
    assert_eq!(
        (met.registrations.len(), met.codes.as_slice()),
        (1, ["code-1".to_owned(), "code-1".to_owned()].as_slice())
    );
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "code-1");
    let mut times: Vec<_> = met.live.iter().chain(&met.backlog).map(|location| location.time).collect();
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 101);
    let (tally, met, _) =
        play(Platform::new(Vec::new()), &["--line", LINE, "--state", state.to_str().unwrap()]).await;
    assert_eq!((tally.unwrap().acknowledged, met.registrations.len()), (STEPS, 0));
}

#[tokio::test]
async fn commands_are_answered_and_told_in_words() {
    let commands = vec![
        Message::SetParameters(vec![Parameter::DefaultIntervalS(15), Parameter::MaxSpeedKmh(60)]),
        Message::QueryParameters,
        Message::QueryAttributes,
        Message::Text { flags: 1, kind: None, text: "请密闭运输".into() },
        Message::Track { interval_s: 5, validity_s: 60 },
        Message::DeleteAreas { shape: wire::area::AreaShape::Circle, ids: vec![] },
    ];
    let (tally, met, said) = play(Platform::new(commands), &["--line", LINE, "--stay-s", "1"]).await;
    assert_eq!(tally.unwrap().commands, 6, "{said}");
    assert_eq!(met.parameters, [Parameter::DefaultIntervalS(15), Parameter::MaxSpeedKmh(60)]);
    assert_eq!(met.attributes, 1);
    let answered: Vec<u16> =
        met.answers.iter().filter(|(_, result)| result.is_ok()).map(|(id, _)| *id).collect();
    assert_eq!(answered, [0x8103, 0x8300, 0x8202, 0x8601]);
    for words in ["设置参数", "查询全部参数", "查询终端属性", "“请密闭运输”", "临时跟踪", "删除全部区域"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn a_profile_with_a_message_of_its_own_sends_it_when_the_body_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reports.jsonl");
    let line = |second: u32, lid: &str| {
        format!(
            r#"{{"type":"fix","plate":"{PLATE}","time":"2026-11-23T08:00:{second:02}+08:00","lat":34.5,"lon":113.4,"fix":"3d","lid":"{lid}","lift":"flat"}}"#
        )
    };
    let lines = [line(0, "closed"), line(10, "closed"), line(20, "open"), line(30, "closed")];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let play_file = ["--reports", file.to_str().unwrap(), "--profile", "cmsv6"];
    let (tally, met, said) = play(Platform::new(Vec::new()), &play_file).await;
    assert_eq!((tally.unwrap().acknowledged, met.live.len()), (4, 4));
    let cmsv6 = Profile::named("cmsv6").unwrap();
    let lids = met.raw.iter().map(|(id, body)| {
        let mut fix = fix_by(cmsv6, &met.live[0]);
        cmsv6.read_message(*id, body).unwrap().apply_to(&mut fix);
        fix.lid
    });
    assert_eq!(lids.collect::<Vec<_>>(), [Lid::Closed, Lid::Open, Lid::Closed]);
    assert!(said.contains("0x0F01") && said.contains("不支持"), "{said}");
}

#[tokio::test]
async fn a_refusal_is_told_in_words() {
    let refusing =
        Platform { refusal: Some(RegistrationRefusal::NoSuchTerminal), ..Platform::new(Vec::new()) };
    let (tally, met, said) = play(refusing, &["--line", LINE]).await;
    assert!(matches!(tally, Err(SimulateError::Session(_))), "{tally:?}");
    assert!(said.contains("平台拒绝注册：数据库中无该终端"), "{said}");
    assert_eq!(met.live.len(), 0);
}

#[tokio::test]
async fn datagrams_serve_as_well() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let served = tokio::spawn(Platform::new(Vec::new()).serve_datagrams(socket));
    let tally = run(&args(&address, &["--line", LINE, "--udp"]), &mut Vec::new()).await.unwrap();
    assert_eq!((tally.acknowledged, served.await.unwrap().live.len()), (STEPS, STEPS));
}

/// A service that ends with its test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleet-service"));
    command.args(arguments).env("RUST_LOG", "info").stdin(Stdio::null());
    command
}

fn registry(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let none = r#"{"datum":"WGS84","features":[]}"#;
    let trucks = format!(
        "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n{PLATE},yellow,,91350100M000100Y43,{PHONE},,,16\n"
    );
    for (name, text) in [
        ("carriers.csv", "uscc,name,status\n91350100M000100Y43,甲,active\n"),
        ("trucks.csv", trucks.as_str()),
        ("sites.geojson", none),
        ("zones.geojson", none),
        ("routes.geojson", none),
        ("permits.json", "[]"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

fn free_address() -> String {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Starts the service and waits until it says that it is ready.
fn serve(data: &str, gateway: &str) -> Served {
    let mut child = program(&["serve", "--data", data, "--http", &free_address(), "--gateway", gateway])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let served = Served(child);
    assert!(said.any(|line| line.unwrap().contains("the service is ready")), "the service did not start");
    // What it says later must not fill the pipe.
    std::thread::spawn(move || said.for_each(drop));
    served
}

#[test]
fn the_real_service_stores_what_a_simulated_terminal_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, gateway) = (path("data"), free_address());
    registry(&folder.path().join("registry"));
    assert!(
        program(&["import", "--data", &data, "--registry", &path("registry")]).status().unwrap().success()
    );
    let served = serve(&data, &gateway);
    let simulate = |more: &[&str]| {
        let fixed =
            ["terminal", "simulate", "--platform", &gateway, "--plate", PLATE, "--fast", "--line", LINE];
        let arguments: Vec<&str> = fixed.iter().chain(more).copied().collect();
        let output = program(&arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) =
        simulate(&["--phone", PHONE, "--version", "2013", "--profile", "standard-2013", "--load", "full"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("完成 done：已确认 11"), "{said}");
    let (code, said) = simulate(&["--phone", PHONE, "--lid", "open", "--speed-kmh", "80"]);
    assert_eq!(code, Some(0), "{said}");
    drop(served);
    assert!(program(&["export", "--data", &data, "--out", &path("out")]).status().unwrap().success());
    let reports = std::fs::read_to_string(folder.path().join("out/reports.jsonl")).unwrap();
    let fixes: Vec<FixReport> = reports
        .lines()
        .map(|line| domain::report_line::parse_line(line).unwrap().fix().unwrap().clone())
        .collect();
    assert_eq!(fixes.iter().filter(|fix| fix.load == Load::Full && fix.lid == Lid::Unknown).count(), STEPS);
    assert_eq!(
        fixes.iter().filter(|fix| fix.load == Load::Empty && fix.lid == Lid::Open).count(),
        fixes.len() - STEPS
    );
    assert!(fixes.len() > STEPS);
}

#[test]
fn a_terminal_the_service_does_not_admit_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, gateway) = (path("data"), free_address());
    registry(&folder.path().join("registry"));
    assert!(
        program(&["import", "--data", &data, "--registry", &path("registry")]).status().unwrap().success()
    );
    let _served = serve(&data, &gateway);
    let output = program(&[
        "terminal",
        "simulate",
        "--platform",
        &gateway,
        "--phone",
        "13800009999",
        "--plate",
        PLATE,
        "--line",
        LINE,
    ])
    .output()
    .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("平台拒绝注册"), "{said}");
}
