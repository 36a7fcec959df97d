//! Peers that are many, slow, silent or loud, beside one that behaves.

use std::time::Duration;

use fleet_service::gateway::limits::GatewayLimits;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::{AnswerResult, Message};

use crate::house::{House, PATIENCE, until};
use crate::peer::{Peer, location, registration};

const A: &str = "豫A12345";
const B: &str = "豫A54321";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_drips_bytes_is_cut_in_time_and_one_that_reports_stays() {
    let limits = GatewayLimits { authenticate_within: 1, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut good = Peer::online(&house, "138", A).await;
    let mut dripping = TcpStream::connect(house.gateway).await.unwrap();
    let silent = Peer::connect(&house, "999").await;
    // A frame that never ends, a byte at a time, for as long as the platform lets it.
    let drip = async {
        dripping.write_all(&[0x7E]).await.unwrap();
        while dripping.write_all(&[0x01]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, drip).await.expect("the dripping peer is cut");
    until("both to be counted", || house.count("connections_unauthenticated") == 2).await;
    assert_eq!(good.report(1).await, AnswerResult::Ok);
    drop(silent);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_whose_network_went_without_a_word_gives_its_place_back() {
    let limits = GatewayLimits { idle_timeout: 1, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut half_open = Peer::online(&house, "138", A).await;
    assert_eq!(house.sessions.terminals(), 1);
    // Bytes that make no frame are no sign of life.
    half_open.stream.write_all(&[0x7E, 0x02]).await.unwrap();
    assert_eq!(half_open.answer().await, None);
    assert_eq!(house.count("connections_timed_out"), 1);
    until("its place to be free", || house.sessions.terminals() == 0 && house.sessions.open() == 0).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_slowed_down_and_does_not_keep_another_from_its_acknowledgements() {
    let limits = GatewayLimits { frames_per_second: 50, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138"), (B, "139")], limits).await;
    let mut good = Peer::online(&house, "138", A).await;
    let mut loud = Peer::online(&house, "139", B).await;
    let heartbeats: Vec<u8> = (0..200).flat_map(|_| loud.voice.write(&Message::Heartbeat)).collect();
    let flood = tokio::spawn(async move {
        // It writes as fast as it can and reads none of its answers.
        while loud.stream.write_all(&heartbeats).await.is_ok() {}
    });
    until("the flood to be slowed down", || house.count("reads_paused_for_rate") > 0).await;
    let frames = house.count("frames");
    for second in 0..40 {
        assert_eq!(good.report(second).await, AnswerResult::Ok);
    }
    assert!(house.count("turns_yielded") > 0);
    // Forty reports, and of the flood no more than its rate gives in the time they took, with what one turn holds.
    let flooded = house.count("frames") - frames - 40;
    assert!(flooded < 50 * PATIENCE.as_secs() + 1_000, "{flooded} frames of the flood");
    flood.abort();
    assert_eq!(house.reports().await.len(), 40);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_sends_its_whole_memory_at_once_has_every_report_acknowledged() {
    let house =
        House::open(&[(A, "138")], GatewayLimits { frames_per_second: 100_000, ..GatewayLimits::default() })
            .await;
    let mut peer = Peer::online(&house, "138", A).await;
    let reports: Vec<u8> = (0..2_000).flat_map(|second| peer.voice.write(&location(second))).collect();
    let (mut reading, mut writing) = tokio::io::split(peer.stream);
    let written = tokio::spawn(async move { writing.write_all(&reports).await.unwrap() });
    let mut answers = 0;
    let mut buffer = [0; 4096];
    while answers < 2_000 {
        let count = timeout(PATIENCE, tokio::io::AsyncReadExt::read(&mut reading, &mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert!(count > 0, "the platform closed after {answers} answers");
        peer.voice.push(&buffer[..count]);
        while let Some(message) = peer.voice.next() {
            let Message::PlatformAnswer { result, .. } = message else { panic!("{message:?}") };
            assert_eq!(result, AnswerResult::Ok);
            answers += 1;
        }
    }
    written.await.unwrap();
    assert_eq!(house.count("refused_busy"), 0);
    assert!(house.count("reads_paused_for_log") > 0);
    assert_eq!(house.reports().await.len(), 2_000);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_most_are_closed_and_counted_and_room_comes_back() {
    let limits = GatewayLimits { connections_max: 3, connections_per_address: 2, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut good = Peer::online(&house, "138", A).await;
    let second = Peer::connect(&house, "2").await;
    assert_eq!(Peer::connect(&house, "3").await.answer().await, None);
    assert_eq!(house.count("connections_refused_of_address"), 1);
    assert_eq!(good.report(1).await, AnswerResult::Ok);
    drop(second);
    until("room to come back", || house.sessions.open() == 1).await;
    let mut third = Peer::connect(&house, "3").await;
    assert!(third.register(A).await.is_err());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_beyond_a_minutes_share_of_their_address_stay_unanswered_and_harm_nothing_else() {
    let limits = GatewayLimits { registrations_per_minute: 3, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut peer = Peer::online(&house, "138", A).await;
    let mut stranger = Peer::connect(&house, "999").await;
    // Ten at once: were a minute to end among them, at most six would be answered, one of them the peer's.
    for _ in 0..10 {
        stranger.send(&registration(A)).await;
    }
    until("the others to be counted", || {
        house.count("registrations_over_rate") + house.count("registrations_refused") == 10
    })
    .await;
    assert!(house.count("registrations_over_rate") >= 4);
    assert_eq!(peer.report(1).await, AnswerResult::Ok);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_register_at_once_share_the_commits() {
    let plates: Vec<(String, String)> = (0..1_000)
        .map(|n| (format!("豫A{:05}", 10_000 + n), format!("{}", 13_800_000_000_u64 + n)))
        .collect();
    let trucks: Vec<(&str, &str)> = plates.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let limits = GatewayLimits { registrations_per_minute: 10_000, ..GatewayLimits::default() };
    let house = House::open(&trucks, limits).await;
    let mut peers = Vec::new();
    for (_, terminal) in &plates {
        peers.push(Peer::connect(&house, terminal).await);
    }
    for (peer, (plate, _)) in peers.iter_mut().zip(&plates) {
        peer.send(&registration(plate)).await;
    }
    let mut codes = Vec::new();
    for peer in &mut peers {
        let Some(Message::RegisterAnswer { auth_code: Some(code), .. }) = peer.answer().await else {
            panic!()
        };
        codes.push(code);
    }
    let commits = house.count("commits");
    assert!(commits < 200, "{commits} commits for 1,000 registrations");
    for (peer, code) in peers.iter_mut().zip(&codes) {
        assert_eq!(peer.authenticate(code).await, AnswerResult::Ok);
    }
    assert_eq!((house.sessions.terminals(), house.count("commits")), (1_000, commits));
    house.close().await;
}
