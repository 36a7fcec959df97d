//! Two receivers on one truck, through the program: a receiver's bytes over TCP, and a gpsd. The first is followed until it
//! falls silent, then the second, and no report mixes them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use domain::Timestamp;
use tracker_agent::clock;
use tracker_agent::frame::with_checksum;

/// The pause between what a receiver says, and how often it is made before the test gives up: two minutes.
const PAUSE: Duration = Duration::from_millis(200);
const PAUSES_MAX: usize = 600;

/// The program ends with the test, however that ends.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn utc(time: Timestamp, form: &str) -> String {
    time.local().naive_utc().format(form).to_string()
}

/// An epoch at 34.5 degrees, with a count of satellites that the other never tells.
fn burst(time: Timestamp) -> String {
    let (clock, day) = (utc(time, "%H%M%S%.3f"), utc(time, "%d%m%y"));
    [
        format!("GNRMC,{clock},A,3430.0000,N,11324.0000,E,36.0,90.0,{day},,,A"),
        format!("GNGGA,{clock},3430.0000,N,11324.0000,E,1,17,0.9,110.0,M,,M,,"),
    ]
    .map(|body| with_checksum(&body) + "\r\n")
    .concat()
}

fn tpv(time: Timestamp) -> String {
    let time = utc(time, "%Y-%m-%dT%H:%M:%S%.3fZ");
    format!(
        "{{\"class\":\"TPV\",\"mode\":2,\"time\":\"{time}\",\"lat\":34.6,\"lon\":113.4,\"speed\":10.0,\"track\":90.0}}\r\n"
    )
}

#[test]
fn gpsd_takes_over_from_a_receiver_that_falls_silent() {
    let (receiver, gpsd) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("agent.toml");
    let text = format!(
        "[terminal]\nid = \"13800000001\"\nplate = \"豫A12345D\"\nplate_colour = \"yellow_green\"\n\
         [platform]\naddress = \"127.0.0.1:1\"\n\
         [[source]]\ncarries = \"nmea\"\nkind = \"tcp\"\naddress = \"{}\"\n\
         [[source]]\nkind = \"gpsd\"\naddress = \"{}\"\n\
         [sampler]\ninterval_moving_s = 1\n",
        receiver.local_addr().unwrap(),
        gpsd.local_addr().unwrap()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracker-agent"));
    command.args(["sample", "--config"]).arg(&config).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut agent = Agent(command.spawn().unwrap());
    let (lines, reports) = mpsc::channel();
    let output = BufReader::new(agent.0.stdout.take().unwrap());
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));

    let (mut first, _) = receiver.accept().unwrap();
    let (mut second, _) = gpsd.accept().unwrap();
    let mut asked = [0; 35];
    second.read_exact(&mut asked).unwrap();
    assert!(asked.starts_with(b"?WATCH="));

    let (mut by_first, mut by_second) = (0, 0);
    for _ in 0..PAUSES_MAX {
        let now = clock::now();
        if by_first < 3 {
            first.write_all(burst(now).as_bytes()).unwrap();
        }
        // Whoever is heard first is followed first.
        if by_first > 0 {
            second.write_all(tpv(now).as_bytes()).unwrap();
        }
        let Ok(line) = reports.recv_timeout(PAUSE) else { continue };
        let report: serde_json::Value = serde_json::from_str(&line).unwrap();
        match report["lat"].as_f64() {
            Some(34.5) => {
                assert_eq!((&report["satellites"], by_second), (&17.into(), 0), "{line}");
                by_first += 1;
            }
            Some(34.6) => {
                assert!(report["satellites"].is_null(), "{line}");
                by_second += 1;
            }
            _ => panic!("{line}"),
        }
        if by_second == 3 {
            break;
        }
    }
    assert!(by_first >= 3 && by_second == 3, "{by_first} reports by the first, {by_second} by the second");
}
