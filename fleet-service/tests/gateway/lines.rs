//! The same session over UDP and over TLS.

use std::sync::Arc;

use fleet_service::gateway::limits::GatewayLimits;
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use wire::{AnswerResult, Message};

use crate::house::{House, PATIENCE, until};
use crate::peer::{Peer, Voice, authentication, location, registration};

const A: &str = "豫A12345";
const B: &str = "豫A54321";

/// A terminal that sends datagrams.
struct Caller {
    socket: UdpSocket,
    voice: Voice,
}

impl Caller {
    async fn new(house: &House, terminal: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(house.gateway).await.unwrap();
        Self { socket, voice: Voice::new(terminal) }
    }

    async fn ask(&mut self, message: &Message) -> Message {
        let frame = self.voice.write(message);
        self.socket.send(&frame).await.unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> Message {
        let mut buffer = [0; 2048];
        loop {
            if let Some(message) = self.voice.next() {
                return message;
            }
            let count = timeout(PATIENCE, self.socket.recv(&mut buffer)).await.unwrap().unwrap();
            self.voice.push(&buffer[..count]);
        }
    }

    async fn online(&mut self, plate: &str) {
        let Message::RegisterAnswer { auth_code: Some(code), .. } = self.ask(&registration(plate)).await
        else {
            panic!("not registered")
        };
        assert_eq!(result(self.ask(&authentication(&code)).await), AnswerResult::Ok);
    }
}

fn result(message: Message) -> AnswerResult {
    match message {
        Message::PlatformAnswer { result, .. } => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminals_report_by_udp_on_the_same_port() {
    let house = House::open(&[(A, "138"), (B, "139")], GatewayLimits::default()).await;
    let mut caller = Caller::new(&house, "138").await;
    caller.online(A).await;
    let mut stream = Peer::online(&house, "139", B).await;
    assert_eq!(result(caller.ask(&location(1)).await), AnswerResult::Ok);
    // Three frames in one datagram, behind junk.
    let mut datagram = vec![0x24, 0x24];
    datagram.extend((2..5).flat_map(|second| caller.voice.write(&location(second))));
    caller.socket.send(&datagram).await.unwrap();
    for _ in 0..3 {
        assert_eq!(result(caller.answer().await), AnswerResult::Ok);
    }
    assert_eq!(stream.report(5).await, AnswerResult::Ok);
    assert_eq!(house.reports().await.len(), 5);
    assert_eq!(house.sessions.terminals(), 2);

    // The same identity from another address is a stranger until it authenticates.
    let mut moved = Caller::new(&house, "138").await;
    assert_eq!(result(moved.ask(&location(6)).await), AnswerResult::Fail);
    moved.online(A).await;
    assert_eq!(result(moved.ask(&location(6)).await), AnswerResult::Ok);
    until("the session before it to end", || house.count("connections_replaced") == 1).await;

    moved.socket.send(b"no frame at all").await.unwrap();
    until("the junk to be counted", || house.count("datagrams_unreadable") == 1).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_over_udp_are_bounded_and_end_when_nothing_comes() {
    let limits =
        GatewayLimits { datagram_sessions_max: 2, authenticate_within: 1, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut callers = Vec::new();
    for terminal in ["1", "2", "3"] {
        let mut caller = Caller::new(&house, terminal).await;
        let frame = caller.voice.write(&Message::Heartbeat);
        caller.socket.send(&frame).await.unwrap();
        callers.push(caller);
    }
    until("one to be refused", || house.count("datagram_sessions_refused") == 1).await;
    until("the others to end", || house.count("connections_unauthenticated") == 2).await;
    until("room for another", || house.sessions.open() == 0).await;
    callers[2].online_when_there_is_room().await;
    house.close().await;
}

impl Caller {
    /// The place of an ended session is given back a moment after it is gone from the count.
    async fn online_when_there_is_room(&mut self) {
        let frame = self.voice.write(&Message::Heartbeat);
        let mut buffer = [0; 2048];
        let asked = async {
            loop {
                self.socket.send(&frame).await.unwrap();
                let patience = std::time::Duration::from_millis(100);
                if timeout(patience, self.socket.recv(&mut buffer)).await.is_ok() {
                    return;
                }
            }
        };
        timeout(PATIENCE, asked).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminals_report_over_tls_and_what_speaks_none_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["gateway.test".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let files = Some((certificate, key));
    let house = House::open_in(folder, &[(A, "138")], GatewayLimits::default(), files).await;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(made.cert.der().to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let socket = TcpStream::connect(house.tls.unwrap()).await.unwrap();
    let stream = connector.connect("gateway.test".try_into().unwrap(), socket).await.unwrap();
    let mut peer = Peer::over(stream, "138");
    let code = peer.register(A).await.unwrap();
    assert_eq!(peer.authenticate(&code).await, AnswerResult::Ok);
    for second in 0..5 {
        assert_eq!(peer.report(second).await, AnswerResult::Ok);
    }
    assert_eq!(house.reports().await.len(), 5);

    let plain = TcpStream::connect(house.tls.unwrap()).await.unwrap();
    let mut plain = Peer::over(plain, "139");
    plain.send(&Message::Heartbeat).await;
    until("the plain peer to be counted", || house.count("tls_failures") == 1).await;
    assert_eq!(peer.report(6).await, AnswerResult::Ok);
    house.close().await;
}
