//! Couriers against platforms that fail, stand still, break off after taking, reject rows, and speak TLS.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets what it does not expect fails there"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, Timestamp, Violation, ViolationId};
use fleet_service::feed::event::Reader;
use fleet_service::feed::publish::Press;
use fleet_service::feed::push::courier::{Courier, Round};
use fleet_service::feed::push::couriers;
use fleet_service::feed::push::http::{Parcel, Sender, signature};
use fleet_service::feed::push::plan::{self, Answer, REFUSALS_MAX};
use fleet_service::feed::push::target::{Target, TargetKind, TargetOptions};
use fleet_service::feed::record::{Action, BlackListRecord, LIST_CODE, Particulars};
use fleet_service::store::{ClueEvent, ClueState, Store, StoredClue};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// What a played platform does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    /// Answers with a status and a body.
    Say(u16, &'static str),
    /// Reads the request and closes without an answer.
    BreakOff,
    /// Reads the request and never answers.
    Stall,
}

/// A request as it came.
#[derive(Debug)]
struct Got {
    head: String,
    body: String,
}

impl Got {
    fn seqs(&self) -> Vec<u64> {
        let seq =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap();
        self.body.lines().map(seq).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A platform that plays its acts in order, then says 204 to everything.
struct Platform {
    port: u16,
    got: mpsc::UnboundedReceiver<Got>,
}

impl Platform {
    async fn play(acts: Vec<Act>) -> Self {
        Self::play_over(acts, None).await
    }

    async fn play_over(acts: Vec<Act>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, got) = mpsc::unbounded_channel();
        let acts = Arc::new(tokio::sync::Mutex::new(acts.into_iter()));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acts, tell, tls) = (acts.clone(), tell.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        // A client that does not trust us ends the handshake.
                        Some(tls) => match tls.accept(socket).await {
                            Ok(socket) => serve(socket, acts, tell).await,
                            Err(_distrust) => {}
                        },
                        None => serve(socket, acts, tell).await,
                    }
                });
            }
        });
        Self { port, got }
    }

    fn address(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/credit", self.port)
    }
}

type Acts = Arc<tokio::sync::Mutex<std::vec::IntoIter<Act>>>;

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: S,
    acts: Acts,
    tell: mpsc::UnboundedSender<Got>,
) {
    let mut bytes = Vec::new();
    while let Some(got) = request(&mut socket, &mut bytes).await {
        let act = acts.lock().await.next().unwrap_or(Act::Say(204, ""));
        let _ = tell.send(got);
        match act {
            Act::Say(status, body) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                if socket.write_all(head.as_bytes()).await.is_err() {
                    return;
                }
            }
            Act::BreakOff => return,
            Act::Stall => std::future::pending().await,
        }
    }
}

async fn request<S: AsyncRead + Unpin>(socket: &mut S, bytes: &mut Vec<u8>) -> Option<Got> {
    loop {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let got = Got { head: head.to_owned(), body: rest.to_owned() };
            let length: usize = got.header("content-length").map_or(0, |n| n.parse().unwrap());
            if rest.len() >= length {
                bytes.drain(..head.len() + 4 + length);
                return Some(Got { body: rest[..length].to_owned(), ..got });
            }
        }
        if socket.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}

struct House {
    folder: tempfile::TempDir,
    store: Store,
    press: Press,
}

impl House {
    async fn with_events(count: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let house = Self { press: Press::open(folder.path()).unwrap(), store, folder };
        house.publish(count).await;
        house
    }

    async fn publish(&self, count: u64) {
        let mut change = self.store.change().await.unwrap();
        for n in 0..count {
            let record = BlackListRecord {
                list: Some(LIST_CODE.to_owned()),
                uscc: "91350100M000100Y43".parse().unwrap(),
                name: format!("清运{n}"),
                score_centi: 5_000,
                cause: vec![],
                particulars: Particulars::default(),
            };
            self.press.publish(&mut change, Action::List.record(record), at(0)).await.unwrap();
        }
        change.commit().await.unwrap();
    }

    async fn target(&self, kind: TargetKind, address: &str, options: TargetOptions) -> Courier {
        let target = Target::checked(address, kind, address, options).unwrap();
        let mut change = self.store.change().await.unwrap();
        change.put_push_target(&target, (0, 0), at(0)).await.unwrap();
        change.commit().await.unwrap();
        Courier::new(self.store.clone(), target).unwrap()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + seconds)
}

fn batch(batch: u32) -> TargetOptions {
    TargetOptions { batch, ..TargetOptions::default() }
}

/// Runs rounds an hour apart until nothing is due.
async fn run_dry(courier: &mut Courier) {
    for hour in 1..100 {
        if matches!(courier.round(at(hour * 3_600), 0.5).await.unwrap(), Round::Idle(_)) {
            return;
        }
    }
    panic!("the courier never comes to rest");
}

fn told(platform: &mut Platform) -> Vec<Vec<u64>> {
    std::iter::from_fn(|| platform.got.try_recv().ok()).map(|got| got.seqs()).collect()
}

/// What a platform that plays `acts` is sent, and the dead letters after it.
#[track_caller]
fn check(
    events: u64,
    size: u32,
    acts: Vec<Act>,
    sent: &[&[u64]],
    dead: &[(u64, &str)],
) -> impl Future<Output = ()> {
    let (sent, dead) = (sent.iter().map(|s| s.to_vec()).collect::<Vec<_>>(), dead.to_vec());
    let dead: Vec<(u64, String)> = dead.into_iter().map(|(seq, text)| (seq, text.to_owned())).collect();
    async move {
        let house = House::with_events(events).await;
        let mut platform = Platform::play(acts).await;
        let mut courier = house.target(TargetKind::Https, &platform.address("http"), batch(size)).await;
        run_dry(&mut courier).await;
        assert_eq!(told(&mut platform), sent);
        let letters = house.store.dead_letters(None, 0, 100).await.unwrap();
        let letters: Vec<(u64, String)> = letters.into_iter().map(|l| (l.seq, l.reason)).collect();
        assert_eq!(letters, dead);
    }
}

#[tokio::test]
async fn a_platform_that_fails_is_sent_the_same_again_and_nothing_else_before_it() {
    check(3, 1, vec![Act::Say(503, ""), Act::BreakOff], &[&[1], &[1], &[1], &[2], &[3]], &[]).await;
    check(5, 2, vec![Act::Say(204, ""), Act::Say(500, "")], &[&[1, 2], &[3, 4], &[3, 4], &[5]], &[]).await;
}

#[tokio::test]
async fn rows_rejected_in_a_taken_request_become_dead_letters_with_the_platforms_words() {
    let rejecting = Act::Say(200, r#"{"rejected":[{"seq":2,"reason":"主体不存在"},{"seq":9,"reason":"?"}]}"#);
    check(4, 3, vec![rejecting], &[&[1, 2, 3], &[4]], &[(2, "主体不存在")]).await;
}

#[tokio::test]
async fn a_request_refused_for_what_it_holds_is_halved_until_the_event_is_found() {
    let no = || Act::Say(422, "bad row");
    let acts = vec![no(), Act::Say(204, ""), no(), no(), no(), no()];
    // 1-4 refused, 1-2 taken, 3-4 refused, then 3 alone until it is given up; 4 goes on.
    let sent: &[&[u64]] = &[&[1, 2, 3, 4], &[1, 2], &[3, 4], &[3], &[3], &[3], &[4]];
    assert_eq!(REFUSALS_MAX, 3);
    check(4, 4, acts, sent, &[(3, "answered 422 Unprocessable Entity: bad row")]).await;
}

#[tokio::test]
async fn a_dead_letter_sent_again_is_settled_when_it_is_taken_and_waits_with_new_words_when_not() {
    let house = House::with_events(1).await;
    let no = |text| Act::Say(200, text);
    let acts = vec![
        no(r#"{"rejected":[{"seq":1,"reason":"a"}]}"#),
        no(r#"{"rejected":[{"seq":1,"reason":"b"}]}"#),
        Act::Say(503, ""),
    ];
    let mut platform = Platform::play(acts).await;
    let mut courier = house.target(TargetKind::Https, &platform.address("http"), batch(1)).await;
    run_dry(&mut courier).await;
    for expected in [Some("b"), None] {
        let mut change = house.store.change().await.unwrap();
        assert_eq!(change.resend_dead_letters(None, None, at(0)).await.unwrap(), 1);
        change.commit().await.unwrap();
        run_dry(&mut courier).await;
        let waiting = house.store.dead_letters(None, 0, 10).await.unwrap();
        assert_eq!(waiting.first().map(|letter| letter.reason.as_str()), expected);
    }
    assert_eq!(told(&mut platform), [[1], [1], [1], [1]]);
}

#[tokio::test]
async fn after_a_failure_nothing_is_sent_before_the_pause_is_over_not_even_by_a_new_process() {
    let house = House::with_events(1).await;
    let platform = Platform::play(vec![Act::Say(503, "")]).await;
    let mut courier = house.target(TargetKind::Https, &platform.address("http"), batch(1)).await;
    let now = at(10);
    assert_eq!(courier.round(now, 1.0).await.unwrap(), Round::Failed(plan::pause_ms(0, 1.0)));
    let target = house.store.push_targets().await.unwrap().remove(0).target;
    let mut anew = Courier::new(house.store.clone(), target).unwrap();
    assert!(matches!(anew.round(now, 1.0).await.unwrap(), Round::Idle(_)));
    assert_eq!(anew.round(now.plus_seconds(60), 1.0).await.unwrap(), Round::Delivered);
}

#[tokio::test]
async fn the_lines_pushed_are_the_feed_and_carry_key_token_and_signature() {
    let house = House::with_events(3).await;
    let mut platform = Platform::play(vec![]).await;
    let put = |name: &str, text: &str| {
        let path = house.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let options = TargetOptions {
        token_file: put("token", "abc\n"),
        secret_file: put("secret", "s3cret"),
        ..batch(10)
    };
    let mut courier = house.target(TargetKind::Https, &platform.address("http"), options).await;
    assert_eq!(courier.round(at(5), 0.0).await.unwrap(), Round::Delivered);
    let got = platform.got.recv().await.unwrap();
    let mut reader = Reader::new(house.press.key().public());
    got.body.lines().for_each(|line| drop(reader.take(line).unwrap()));
    assert_eq!(got.header("authorization"), Some("Bearer abc"));
    assert_eq!(got.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(got.header("mucktrail-events"), Some("1-3"));
    assert!(got.header("idempotency-key").unwrap().starts_with("feed-1-3-"));
    let expected = signature(b"s3cret", at(5).seconds(), got.body.as_bytes());
    assert_eq!(got.header("mucktrail-signature"), Some(expected.as_str()));
}

fn tls() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.try_into().unwrap())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

#[tokio::test]
async fn https_is_spoken_with_platforms_whose_authority_is_trusted_and_no_others() {
    let house = House::with_events(2).await;
    let (acceptor, certificate) = tls();
    let write = |name: &str, text: &str| {
        let path = house.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (trusted, stranger) = (write("ca.pem", &certificate), write("other.pem", &tls().1));
    let mut platform = Platform::play_over(vec![], Some(acceptor)).await;
    let with = |ca: &Path| TargetOptions { ca_file: Some(ca.to_owned()), ..batch(10) };
    let address = platform.address("https");
    let mut distrusting = house.target(TargetKind::Https, &address, with(&stranger)).await;
    assert!(matches!(distrusting.round(at(1), 0.0).await.unwrap(), Round::Failed(_)));
    let stored = house.store.push_target(&address).await.unwrap().unwrap();
    assert!(stored.last_error.unwrap().contains("certificate"), "the log says what is wrong");
    let mut trusting = house.target(TargetKind::Https, &address, with(&trusted)).await;
    run_dry(&mut trusting).await;
    assert_eq!(told(&mut platform), [[1, 2]]);
    let none = Target::checked("a", TargetKind::Https, &address, with(Path::new("/nowhere"))).unwrap();
    assert!(Sender::new(&none).is_err());
}

#[tokio::test]
async fn a_platform_that_never_answers_is_given_up_when_the_time_is_over() {
    let platform = Platform::play(vec![Act::Stall]).await;
    let target =
        Target::checked("a", TargetKind::Https, &platform.address("http"), TargetOptions::default()).unwrap();
    let parcel = Parcel { source: "feed", seqs: vec![1], body: "{\"seq\":1}".into(), is_lines: false };
    let sender = Sender::new(&target).unwrap().waiting_at_most(Duration::from_millis(200));
    assert_eq!(sender.send(&parcel, at(0)).await, Answer::Unreached("no answer within 0.2 s".into()));
}

#[tokio::test]
async fn a_platform_that_stands_still_holds_back_no_other() {
    let house = House::with_events(4).await;
    let mut stalled = Platform::play(vec![Act::Stall]).await;
    let mut other = Platform::play(vec![]).await;
    house.target(TargetKind::Https, &stalled.address("http"), batch(1)).await;
    house.target(TargetKind::Https, &other.address("http"), batch(1)).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(couriers::run(house.store.clone(), stop.clone()));
    assert_eq!(stalled.got.recv().await.unwrap().seqs(), [1]);
    for seq in 1..=4 {
        assert_eq!(other.got.recv().await.unwrap().seqs(), [seq]);
    }
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_folder_gets_files_in_order_and_a_webhook_only_what_it_asked_for() {
    let house = House::with_events(5).await;
    let drop = house.folder.path().join("drop");
    std::fs::create_dir(&drop).unwrap();
    let mut courier = house.target(TargetKind::Folder, drop.to_str().unwrap(), batch(2)).await;
    run_dry(&mut courier).await;
    let mut names: Vec<_> =
        std::fs::read_dir(&drop).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let lines: String = names
        .iter()
        .filter(|name| name.ends_with(".jsonl"))
        .map(|name| std::fs::read_to_string(drop.join(name)).unwrap())
        .collect();
    let mut reader = Reader::new(house.press.key().public());
    assert_eq!(lines.lines().map(|line| reader.take(line).unwrap().seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(names.len(), 6, "each file has its manifest: {names:?}");

    let secret = house.folder.path().join("secret");
    std::fs::write(&secret, "x").unwrap();
    let mut platform = Platform::play(vec![]).await;
    for (listings, expected) in [(false, 0), (true, 5)] {
        let options = TargetOptions { secret_file: Some(secret.clone()), listings, ..batch(1) };
        let mut courier = house.target(TargetKind::Webhook, &platform.address("http"), options).await;
        run_dry(&mut courier).await;
        let got: Vec<Got> = std::iter::from_fn(|| platform.got.try_recv().ok()).collect();
        assert_eq!(got.len(), expected);
        assert!(got.iter().all(|got| got.body.contains("\"kind\":\"listing\"")), "{got:?}");
        assert!(got.iter().all(|got| got.header("mucktrail-signature").is_some()));
    }
}

/// Stores a clue that was just found, as the judge's findings are stored.
async fn find_clue(store: &Store, rule: &str, seconds: i64) {
    let facts = [rule.as_bytes(), &seconds.to_be_bytes()];
    let violation = Violation {
        id: ViolationId::of_facts(&facts),
        rule: rule.parse().unwrap(),
        plate: "豫A12345".parse().unwrap(),
        carrier_uscc: Some("91350100M000100Y43".parse().unwrap()),
        permit: None,
        trip: None,
        start: at(seconds),
        end: at(seconds + 60),
        position: Position::from_degrees(34.5, 113.4).unwrap(),
        facts: Default::default(),
    };
    let id = violation.id;
    let clue = StoredClue {
        violation,
        state: ClueState::Pending,
        disproved: false,
        opened: at(seconds),
        decision: None,
    };
    let mut change = store.change().await.unwrap();
    change.put_clue(&clue).await.unwrap();
    let event = ClueEvent { at: at(seconds), what: "opened".into(), by: "judge".into() };
    change.add_clue_event(id, &event).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn a_clue_reaches_the_webhook_that_asked_for_its_rule_signed_and_again_after_a_failure() {
    let house = House::with_events(0).await;
    let secret = house.folder.path().join("secret");
    std::fs::write(&secret, "geheim").unwrap();
    let mut platform = Platform::play(vec![Act::Say(503, ""), Act::BreakOff]).await;
    let options =
        TargetOptions { secret_file: Some(secret.clone()), rules: vec!["UW-01".into()], ..batch(1) };
    let mut courier = house.target(TargetKind::Webhook, &platform.address("http"), options).await;
    for (rule, seconds) in [("UW-01", 10), ("TM-01", 20), ("UW-01", 30)] {
        find_clue(&house.store, rule, seconds).await;
    }
    run_dry(&mut courier).await;
    let got: Vec<Got> = std::iter::from_fn(|| platform.got.try_recv().ok()).collect();
    let alerts: Vec<serde_json::Value> =
        got.iter().map(|got| serde_json::from_str(&got.body).unwrap()).collect();
    let ids: Vec<&str> = alerts.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["clue-1", "clue-1", "clue-1", "clue-3"],
        "a failure and a cut are sent again, TM-01 was not asked for"
    );
    let alert = &alerts[0];
    assert_eq!(
        (&alert["kind"], &alert["rule"], &alert["plate"]),
        (&"clue".into(), &"UW-01".into(), &"豫A12345".into())
    );
    for got in &got {
        let given = got.header("mucktrail-signature").unwrap();
        let seconds: i64 = given.split_once(',').unwrap().0.strip_prefix("t=").unwrap().parse().unwrap();
        assert_eq!(given, signature(b"geheim", seconds, got.body.as_bytes()));
    }
    let stored = house.store.push_target(&platform.address("http")).await.unwrap().unwrap();
    assert_eq!((stored.clue_seq, stored.taken, stored.failures), (3, 2, 2));
}
