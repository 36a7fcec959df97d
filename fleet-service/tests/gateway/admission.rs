//! Who is let in: by the registers, by a registrar, and until when.

use domain::{Lift, Load};
use fleet_service::gateway::limits::GatewayLimits;
use fleet_service::terminals::{AdmitArgs, ListArgs, RevokeArgs, TerminalAction};
use wire::registration::RegistrationRefusal;
use wire::{AnswerResult, Message};

use crate::house::{House, until};
use crate::peer::{Peer, location};

const A: &str = "豫A12345";
const B: &str = "豫A54321";

fn admit(house: &House, terminal: &str, plate: &str) -> TerminalAction {
    TerminalAction::Admit(AdmitArgs {
        data: house.data(),
        terminal: terminal.into(),
        plate: plate.into(),
        profile: Some("lh16bx".into()),
        profiles: None,
        by: "登记员".into(),
    })
}

fn revoke(house: &House, terminal: &str) -> TerminalAction {
    TerminalAction::Revoke(RevokeArgs {
        data: house.data(), terminal: terminal.into(), by: "登记员".into()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_refused_shown_to_the_registrar_admitted_and_its_right_can_be_taken() {
    let house = House::open(&[(A, ""), (B, "139")], GatewayLimits::default()).await;
    let mut peer = Peer::connect(&house, "1064").await;
    assert_eq!(peer.register("未上牌").await, Err(RegistrationRefusal::NoSuchTerminal));
    assert_eq!(peer.register("未上牌").await, Err(RegistrationRefusal::NoSuchTerminal));
    assert_eq!(peer.authenticate("1064").await, AnswerResult::Fail);

    let store = house.store().await;
    let look = async || store.pending_terminals(9).await.unwrap();
    while look().await.first().is_none_or(|waiting| waiting.attempts < 3) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let waiting = look().await;
    assert_eq!(waiting.len(), 1);
    let seen = &waiting[0];
    assert_eq!(
        (seen.terminal.as_str(), seen.phone.as_str(), seen.revision.as_str(), seen.attempts),
        ("1064", "00000000000000001064", "2019", 3)
    );
    assert_eq!(
        (seen.maker.as_str(), seen.model.as_str(), seen.device_id.as_str(), seen.plate.as_str(), seen.colour),
        ("MAKER", "MODEL-7", "T0001", "未上牌", Some(2))
    );
    assert_eq!(seen.address, "127.0.0.1");
    let listed = house.command(TerminalAction::Pending(ListArgs { data: house.data() })).await;
    assert!(listed.contains("1064\t未上牌"), "{listed}");

    let said = house.command(admit(&house, "0001064", A)).await;
    assert!(said.contains("1064") && said.contains(A), "{said}");
    // The service finds the decision by itself; until then it goes on refusing.
    let code = loop {
        match peer.register("未上牌").await {
            Ok(code) => break code,
            Err(refusal) => assert_eq!(refusal, RegistrationRefusal::NoSuchTerminal),
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(peer.authenticate("0").await, AnswerResult::Fail);
    assert_eq!(peer.authenticate(&code).await, AnswerResult::Ok);
    assert_eq!(peer.report(1).await, AnswerResult::Ok);
    // What the profile chosen at its admission reads in the reserved status bits: 28 loaded, 30 raised.
    let Message::Location(mut loaded) = location(2) else { panic!() };
    loaded.status |= 1 << 28 | 1 << 30;
    loaded.extras.clear();
    peer.send(&Message::Location(loaded)).await;
    assert_eq!(peer.result().await, AnswerResult::Ok);
    let reports = house.reports().await;
    let fix = reports[1].fix().unwrap();
    assert_eq!((fix.load, fix.lift, fix.plate.as_str()), (Load::Full, Lift::Raised, A));
    let listed = house.command(TerminalAction::List(ListArgs { data: house.data() })).await;
    assert!(listed.contains("1064\tadmitted\t豫A12345\tlh16bx\tMAKER\tMODEL-7"), "{listed}");
    assert!(listed.contains("139\tregister\t豫A54321"), "{listed}");

    house.command(revoke(&house, "1064")).await;
    assert_eq!(peer.answer().await, None, "its session is ended");
    until("the cut to be counted", || house.count("connections_cut") == 1).await;
    let mut again = Peer::connect(&house, "1064").await;
    assert_eq!(again.authenticate(&code).await, AnswerResult::Fail);
    assert_eq!(again.register(A).await, Err(RegistrationRefusal::NoSuchTerminal));

    let audit = store.audit_after(0, 99).await.unwrap();
    let acts: Vec<_> = audit.iter().map(|e| (e.who.as_str(), e.what.as_str(), e.subject.as_str())).collect();
    assert!(acts.contains(&("登记员", "admit terminal", "1064")), "{acts:?}");
    assert!(acts.contains(&("登记员", "revoke terminal", "1064")), "{acts:?}");
    assert!(audit.windows(2).all(|pair| pair[1].follows(Some(&pair[0]))));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_terminal_in_the_registers_ends_the_right_and_the_session_of_the_old_one() {
    let house = House::open(&[(A, "138"), (B, "139")], GatewayLimits::default()).await;
    let mut old = Peer::online(&house, "138", A).await;
    let mut other = Peer::online(&house, "139", B).await;
    house.import(&[(A, "777"), (B, "139")]).await;
    assert_eq!(old.answer().await, None, "its session is ended");
    assert_eq!(other.report(1).await, AnswerResult::Ok);
    let mut new = Peer::online(&house, "777", A).await;
    assert_eq!(new.report(2).await, AnswerResult::Ok);
    let mut late = Peer::connect(&house, "138").await;
    assert_eq!(late.register(A).await, Err(RegistrationRefusal::NoSuchTerminal));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_its_terminals_alone_and_outlives_a_restart() {
    let house = House::open(&[(A, "138"), (B, "139")], GatewayLimits::default()).await;
    let mut first = Peer::connect(&house, "138").await;
    let code = first.register(A).await.unwrap();
    let mut second = Peer::connect(&house, "139").await;
    second.register(B).await.unwrap();
    assert_eq!(second.authenticate(&code).await, AnswerResult::Fail);
    assert_eq!(first.authenticate(&code).await, AnswerResult::Ok);
    // A repeated registration makes the code before it good for nothing.
    let newer = Peer::connect(&house, "138").await.register(A).await.unwrap();
    assert_eq!(Peer::connect(&house, "138").await.authenticate(&code).await, AnswerResult::Fail);
    assert_eq!(Peer::connect(&house, "138").await.authenticate(&newer).await, AnswerResult::Ok);
    assert_eq!(first.answer().await, None, "a newer connection takes the place of the older");
    house.close().await;
}
