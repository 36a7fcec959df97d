//! Simple trackers: NMEA over TCP and UDP from a device that a registrar gave a code.

use domain::Timestamp;
use fleet_service::gateway::limits::GatewayLimits;
use fleet_service::terminals::{AdmitArgs, RevokeArgs, TerminalAction};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::house::{House, until};

const PLATE: &str = "豫A12345";

fn line(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${body}*{sum:02X}\r\n")
}

/// RMC of a second of the present day: dates before the program was built are not believed.
fn rmc(time: Timestamp) -> String {
    let utc = time.plus_seconds(-8 * 3600).local();
    let (clock, date) = (utc.format("%H%M%S.00"), utc.format("%d%m%y"));
    line(&format!("GNRMC,{clock},A,3432.3640,N,11323.4300,E,020.0,090.0,{date},,,A"))
}

/// Admits a tracker and gives its code.
async fn admitted(house: &House, terminal: &str) -> String {
    let said = house
        .command(TerminalAction::Admit(AdmitArgs {
            data: house.data(),
            terminal: terminal.into(),
            plate: PLATE.into(),
            profile: None,
            profiles: None,
            code: true,
            by: "登记员".into(),
        }))
        .await;
    said.split_whitespace().last().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracker_with_its_code_reports_by_connection_until_its_right_is_taken() {
    let house = House::open(&[(PLATE, "")], GatewayLimits::default()).await;
    let now = fleet_service::clock::now();
    let code = admitted(&house, "700").await;
    // The service finds the decision by itself; until then the introduction is refused and the line ends.
    let mut socket = loop {
        let words = || house.count("trackers_introduced") + house.count("trackers_refused");
        let before = words();
        let mut socket = TcpStream::connect(house.nmea).await.unwrap();
        socket.write_all(line(&format!("MTID,700,{code}")).as_bytes()).await.unwrap();
        until("a word on the introduction", || words() > before).await;
        if house.count("trackers_introduced") > 0 {
            break socket;
        }
    };
    for second in 0..3 {
        socket.write_all(rmc(now.plus_seconds(second)).as_bytes()).await.unwrap();
    }
    until("three reports", || house.count("tracker_reports") == 3).await;
    house
        .command(TerminalAction::Revoke(RevokeArgs {
            data: house.data(),
            terminal: "700".into(),
            by: "登记员".into(),
        }))
        .await;
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap_or(0), 0, "its line is ended");
    let reports = house.reports().await;
    assert_eq!(reports.len(), 3);
    assert!(reports.iter().all(|report| report.plate().unwrap().as_str() == PLATE));
    assert_eq!(reports[0].fix().unwrap().source.as_ref().unwrap().as_str(), "700");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_datagram_is_introduced_by_itself_and_a_stranger_is_shown_to_the_registrar() {
    let house = House::open(&[(PLATE, "")], GatewayLimits::default()).await;
    let now = fleet_service::clock::now();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(house.nmea).await.unwrap();
    let stranger = line("MTID,701,guess") + &rmc(now);
    socket.send(stranger.as_bytes()).await.unwrap();
    until("the stranger to be refused", || house.count("trackers_refused") == 1).await;
    let store = house.store().await;
    while store
        .pending_terminals(9)
        .await
        .unwrap()
        .first()
        .is_none_or(|waiting| waiting.terminal.as_str() != "701")
    {
        tokio::task::yield_now().await;
    }
    let code = admitted(&house, "701").await;
    let mut second = 0;
    while house.count("tracker_reports") == 0 {
        second += 1;
        let datagram = line(&format!("MTID,701,{code}")) + &rmc(now.plus_seconds(second));
        socket.send(datagram.as_bytes()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    socket.send(rmc(now.plus_seconds(900)).as_bytes()).await.unwrap();
    until("the sentence without an introduction", || house.count("tracker_sentences_unintroduced") == 1)
        .await;
    house.close().await;
}
