//! The agent's `run` over TLS, and under the platform's orders, against the platform's end of the protocol.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tracker_agent::clock;
use tracker_agent::frame::with_checksum;
use tracker_agent::run::{RunOptions, run};
use wire::area::{AreaAction, AreaRules, Circle, Point};
use wire::message::{AnswerResult, Message};
use wire::{Extra, Gateway, GatewayConfig, GatewayEvent, Parameter};

/// Half an hour on a straight road, 18 km/h, from half an hour ago.
fn drive() -> String {
    let start = clock::now().plus_seconds(-1800);
    let mut text = String::new();
    for second in 0..1800 {
        let time = start.plus_seconds(second).local().naive_utc();
        let (clock, date) = (time.format("%H%M%S"), time.format("%d%m%y"));
        let lat_minutes = 30.0 + second as f64 * 0.0027;
        let rmc = format!("GNRMC,{clock}.00,A,34{lat_minutes:07.4},N,11324.0000,E,9.7,0.0,{date},,,A");
        text += &format!("{}\r\n", with_checksum(&rmc));
    }
    text
}

fn write_config(folder: &Path, address: &str, platform: &str) -> PathBuf {
    std::fs::write(folder.join("drive.nmea"), drive()).unwrap();
    let path = folder.join("agent.toml");
    let text = format!(
        "[terminal]\nid = \"13800000001\"\nplate = \"豫A12345D\"\nplate_colour = \"yellow_green\"\n\
         [platform]\naddress = \"{address}\"\n{platform}\n\
         [[source]]\ncarries = \"nmea\"\nkind = \"replay\"\npath = \"drive.nmea\"\nspeed = 0.0\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// What came to the platform on one connection.
#[derive(Debug, Default)]
struct Seen {
    locations: usize,
    /// Message id and result of each general answer, in order.
    answers: Vec<(u16, AnswerResult)>,
    parameters: Vec<Parameter>,
    crossings: Vec<Extra>,
}

/// Serves one connection until the agent ends it. `orders` are given once it is authenticated, and the agent's reports are
/// acknowledged only when every order was answered, so that a recording does not end before.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, orders: Vec<Message>) -> Seen {
    let mut gateway = Gateway::new(GatewayConfig::default(), clock::now());
    let mut seen = Seen::default();
    let mut unanswered = orders.len();
    let mut orders = Some(orders);
    let mut held = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return seen };
        gateway.handle_bytes(&buffer[..count], clock::now());
        while let Some(event) = gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, .. } => gateway.answer_registration(ask, Ok("code".into())),
                GatewayEvent::Authentication { ask, .. } => {
                    gateway.answer_authentication(ask, true);
                    for order in orders.take().unwrap_or_default() {
                        gateway.send(&order, clock::now()).unwrap();
                    }
                }
                GatewayEvent::Locations { ask, locations, .. } => {
                    seen.locations += locations.len();
                    let extras = locations.into_iter().flat_map(|location| location.extras);
                    seen.crossings.extend(extras.filter(|extra| matches!(extra, Extra::AreaCrossing { .. })));
                    held.push(ask);
                }
                GatewayEvent::Answered { id, result, .. } => {
                    seen.answers.push((id, result));
                    unanswered -= 1;
                }
                GatewayEvent::Parameters { parameters, .. } => {
                    seen.parameters = parameters;
                    unanswered -= 1;
                }
                _ => {}
            }
        }
        if unanswered == 0 {
            for ask in held.drain(..) {
                gateway.acknowledge(ask, AnswerResult::Ok);
            }
        }
        while let Some(frame) = gateway.poll_transmit() {
            if stream.write_all(&frame).await.is_err() {
                return seen;
            }
        }
        if stream.flush().await.is_err() {
            return seen;
        }
    }
}

async fn run_agent(config: &Path) {
    let running = run(config, RunOptions::default());
    tokio::time::timeout(Duration::from_secs(60), running).await.expect("the agent ends").unwrap();
}

/// An authority made for this test, and a platform with a certificate of it for `name`.
fn platform_certificate(name: &str) -> (String, TlsAcceptor) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(server)))
}

#[tokio::test]
async fn reports_travel_under_tls_to_a_platform_that_proves_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, acceptor) = platform_certificate("platform.example");
    std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let tls = "tls = true\nca = \"ca.pem\"\nserver_name = \"platform.example\"";
    let config = write_config(folder.path(), &address, tls);
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(acceptor.accept(stream).await.unwrap(), Vec::new()).await
    });
    run_agent(&config).await;
    assert!(serving.await.unwrap().locations > 50);
}

#[tokio::test]
async fn a_platform_of_another_name_or_authority_gets_nothing() {
    let (authority, _) = platform_certificate("platform.example");
    for (name, own_authority) in [("other.example", true), ("platform.example", false)] {
        let folder = tempfile::tempdir().unwrap();
        let (others, acceptor) = platform_certificate(name);
        let trusted = if own_authority { &others } else { &authority };
        std::fs::write(folder.path().join("ca.pem"), trusted).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let tls = "tls = true\nca = \"ca.pem\"\nserver_name = \"platform.example\"";
        let config = write_config(folder.path(), &address, tls);
        let agent =
            tokio::spawn(async move { run(&config, RunOptions::default()).await.map(|()| drop(folder)) });
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err(), "the agent breaks the handshake off: {name}");
        agent.abort();
    }
}

#[tokio::test]
async fn tls_without_readable_certificates_is_told_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "127.0.0.1:1", "tls = true\nca = \"ca.pem\"");
    for text in
        [None, Some("no certificate"), Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    {
        if let Some(text) = text {
            std::fs::write(folder.path().join("ca.pem"), text).unwrap();
        }
        let error = run(&config, RunOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains("ca.pem"), "{error}");
    }
}

/// Serves one connection in the clear while the agent runs its recording.
async fn ordered(listener: &TcpListener, config: &Path, orders: Vec<Message>) -> Seen {
    let serving = async {
        let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
        serve(stream, orders).await
    };
    tokio::join!(serving, run_agent(config)).0
}

#[tokio::test]
async fn what_the_platform_sets_holds_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = write_config(folder.path(), &listener.local_addr().unwrap().to_string(), "");
    // Where the drive is in its tenth minute.
    let centre = Point { lat_e6: 34_527_000, lon_e6: 113_400_000 };
    let rules = AreaRules { enter_to_platform: true, ..AreaRules::default() };
    let circle = Circle { id: 7, rules, centre, radius_m: 200, name: String::new() };
    let orders = vec![
        Message::SetParameters(vec![Parameter::DefaultIntervalS(100), Parameter::HeartbeatS(60)]),
        Message::SetCircles { action: AreaAction::Append, circles: vec![circle] },
        Message::SetParameters(vec![Parameter::TurnAngleDeg(1)]),
        Message::QueryParameterList(vec![0x29, 0x01, 0x55]),
        Message::Track { interval_s: 0, validity_s: 0 },
        Message::PassThroughDown { kind: 0x41, data: vec![1] },
    ];
    let first = ordered(&listener, &config, orders).await;
    let expected = [
        (0x8103, AnswerResult::Ok),
        (0x8600, AnswerResult::Ok),
        (0x8103, AnswerResult::Bad),
        (0x8202, AnswerResult::Ok),
        (0x8900, AnswerResult::Unsupported),
    ];
    assert_eq!(first.answers, expected);
    let in_force = [Parameter::HeartbeatS(60), Parameter::DefaultIntervalS(100), Parameter::MaxSpeedKmh(0)];
    assert_eq!(first.parameters, in_force);
    assert!(
        folder.path().join("spool/platform.toml").exists() && folder.path().join("spool/areas.toml").exists()
    );

    // A new start, the same drive: a report each 100 s and at the circle's edge, which is told where it was asked for.
    let second = ordered(&listener, &config, Vec::new()).await;
    assert!((18..=21).contains(&second.locations), "{second:?}");
    let entered = Extra::AreaCrossing { area_kind: 1, area_id: 7, direction: 0 };
    assert_eq!(second.crossings, [entered]);
}
