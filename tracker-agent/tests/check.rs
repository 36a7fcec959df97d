//! `tracker-agent check` against a played truck and a played platform over loopback: what an installer is told.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

use std::path::Path;

use domain::Epc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, interval};
use tracker_agent::check::check;
use tracker_agent::clock;
use tracker_agent::frame::with_checksum;
use tracker_agent::rfid::bb7e;
use wire::{Gateway, GatewayConfig, GatewayEvent, RegistrationRefusal};

const SECONDS: u32 = 3;

/// A receiver that stands still in the open, with a body unit, ten times a second.
async fn receiver(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut beat = interval(Duration::from_millis(100));
    loop {
        beat.tick().await;
        let time = clock::now().local().naive_utc();
        let (clock, date) = (time.format("%H%M%S%.3f"), time.format("%d%m%y"));
        let text = [
            format!("GNRMC,{clock},A,3430.0000,N,11324.0000,E,0.0,,{date},,,A"),
            format!("GNGGA,{clock},3430.0000,N,11324.0000,E,1,12,0.8,110.0,M,-20.0,M,,"),
            "GNGSA,A,3,01,02,03,04,05,06,,,,,,,1.5,0.8,1.2".into(),
            "GNTXT,01,01,01,ANTENNA OK".into(),
            "PMUCK,empty,closed,flat,unknown,ok,on".into(),
        ]
        .map(|body| with_checksum(&body) + "\r\n")
        .concat();
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A `bb7e` module that answers each poll with a tag.
async fn module(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let epc: Epc = "30751FEB705C5904E3D50D70".parse().unwrap();
    let mut buffer = [0; 64];
    while let Ok(1..) = stream.read(&mut buffer).await {
        if stream.write_all(&bb7e::inventory_notice(&epc, -50)).await.is_err() {
            return;
        }
    }
}

async fn platform(listener: TcpListener, refusal: Option<RegistrationRefusal>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut gateway = Gateway::new(GatewayConfig::default(), clock::now());
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        gateway.handle_bytes(&buffer[..count], clock::now());
        while let Some(event) = gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, .. } => {
                    gateway.answer_registration(ask, refusal.map_or(Ok("code-7".into()), Err));
                }
                GatewayEvent::Authentication { ask, code, .. } => {
                    gateway.answer_authentication(ask, code == "code-7");
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

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Whether nothing is missing, and what is told.
async fn told(folder: &Path, platform: &str, receiver: &str, rest: &str) -> (bool, String) {
    let text = format!(
        "[terminal]\nid = \"13800000001\"\nplate = \"豫A12345D\"\nplate_colour = \"yellow_green\"\n\
         [platform]\naddress = \"{platform}\"\n[spool]\nbytes_max = 1048576\n\
         [[source]]\ncarries = \"nmea\"\nkind = \"tcp\"\naddress = \"{receiver}\"\n{rest}"
    );
    let path = folder.join("agent.toml");
    std::fs::write(&path, text).unwrap();
    let mut out = Vec::new();
    let nothing_missing = check(&path, SECONDS, &mut out).await.unwrap();
    (nothing_missing, String::from_utf8(out).unwrap())
}

#[track_caller]
fn assert_told(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "{words:?} is not told:\n{text}");
    }
}

#[tokio::test]
async fn a_truck_with_everything_connected_has_nothing_missing() {
    let folder = tempfile::tempdir().unwrap();
    let ((nmea, nmea_address), (rfid, rfid_address), (gate, gate_address)) =
        (listen().await, listen().await, listen().await);
    tokio::spawn(receiver(nmea));
    tokio::spawn(module(rfid));
    tokio::spawn(platform(gate, None));
    let reader = format!(
        "[[source]]\ncarries = \"rfid\"\nkind = \"tcp\"\naddress = \"{rfid_address}\"\n[rfid]\npoll_ms = 100\n"
    );
    let (nothing_missing, text) = told(folder.path(), &gate_address, &nmea_address, &reader).await;
    assert_told(
        &text,
        &[
            "by 12 satellites",
            "定位天线正常",
            "车身控制器已连接",
            "tipping body flat",
            "1 tags were read",
            "registered just now and authenticated",
            "本机时钟与卫星时间一致",
            "全部正常",
        ],
    );
    assert!(nothing_missing, "{text}");
    let code = std::fs::read_to_string(folder.path().join("spool/auth_code")).unwrap();
    assert_eq!(code, "code-7", "the code is kept for the agent");
}

#[tokio::test]
async fn what_is_missing_is_told_and_makes_the_check_fail() {
    let folder = tempfile::tempdir().unwrap();
    // A port nobody listens at: bound, and closed again.
    let (nobody, silent_address) = listen().await;
    drop(nobody);
    let (gate, gate_address) = listen().await;
    tokio::spawn(platform(gate, Some(RegistrationRefusal::NoSuchVehicle)));
    let signals = "[[signal]]\nkind = \"gpio\"\nchip = \"/nonexistent/gpiochip0\"\nline = 17\nmeans = \"lid_open\"\n\
         [[signal]]\nkind = \"can\"\ninterface = \"nocan0\"\npgn = 65265\nstart_byte = 2\nbits = 16\n\
         means = \"speed_kmh\"\nscale = 0.00390625\n";
    let (nothing_missing, text) = told(folder.path(), &gate_address, &silent_address, signals).await;
    assert_told(
        &text,
        &[
            "定位接收机没有任何数据",
            "lid_open (GPIO /nonexistent/gpiochip0 line 17) cannot be read",
            "speed_kmh (CAN nocan0 PGN 65265) cannot be read",
            "平台没有这辆车",
            "没有配置车载 RFID",
            "4 things are missing",
        ],
    );
    assert!(!nothing_missing);
}

#[tokio::test]
async fn a_port_that_is_no_gateway_is_told_apart_from_one_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let (gate, gate_address) = listen().await;
    tokio::spawn(async move {
        let (stream, _): (TcpStream, _) = gate.accept().await.unwrap();
        drop(stream);
    });
    let (_, closes) = told(folder.path(), &gate_address, "127.0.0.1:9", "").await;
    assert_told(&closes, &["no JT/T 808 gateway"]);
    // The listener is gone by now.
    let (_, gone) = told(folder.path(), &gate_address, "127.0.0.1:9", "").await;
    assert_told(&gone, &["连不上平台", "cannot be reached"]);
}
