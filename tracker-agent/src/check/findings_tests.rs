use super::*;
use crate::rfid::Family;
use domain::{Lid, Load};

/// A truck with everything connected.
fn well() -> Observations {
    Observations {
        seconds: 20,
        receivers: vec![ReceiverSeen {
            device: "/dev/ttyS1".into(),
            baud: Some(9_600),
            bytes: 9_000,
            sentences: 160,
            damaged: 1,
            body_sentences: 2,
            body: BodyState {
                load: Load::Full,
                lid: Lid::Closed,
                ignition: Some(true),
                ..BodyState::default()
            },
            fix: Some((FixKind::D3, Some(11))),
            antenna: Antenna::Ok,
            ahead_ms: Some(800),
        }],
        rfid: Some(ReaderSeen {
            device: "/dev/ttyS2 115200 baud".into(),
            family: Family::Bb7e,
            polled: true,
            bytes: 800,
            by_family: vec![(Family::Bb7e, 100, 20), (Family::A0, 0, 0)],
            tags: 2,
        }),
        signals: vec![SignalSeen {
            label: "lid_open (GPIO /dev/gpiochip0 line 17)".into(),
            readings: 10,
            faults: 0,
            state: BodyState { lid: Lid::Closed, ..BodyState::default() },
            problem: None,
        }],
        platform: PlatformSeen {
            address: "platform:8808".into(),
            tls: true,
            step: PlatformStep::Ready { newly_registered: false },
        },
        disk: DiskSeen {
            directory: "spool".into(),
            problem: None,
            free_bytes: Some(1 << 30),
            wanted_bytes: 64 << 20,
        },
    }
}

#[test]
fn a_truck_with_everything_connected_has_nothing_missing_and_nothing_to_note() {
    let told = findings(&well());
    assert!(told.iter().all(|finding| finding.verdict == Verdict::Good), "{told:#?}");
    assert_eq!(told.len(), 9);
    assert!(told[4].zh.contains("full") && told[4].en.contains("cover closed"), "{told:#?}");
}

/// One thing is not as in [`well`]: exactly one finding is of this verdict, and it has these words.
#[track_caller]
fn check(change: impl FnOnce(&mut Observations), verdict: Verdict, zh: &str, en: &str) {
    let mut seen = well();
    change(&mut seen);
    let told = findings(&seen);
    let other: Vec<_> = told.iter().filter(|finding| finding.verdict != Verdict::Good).collect();
    let [finding] = other[..] else { panic!("one finding expected: {told:#?}") };
    assert_eq!(finding.verdict, verdict, "{finding:?}");
    assert!(finding.zh.contains(zh) && finding.en.contains(en), "{finding:?}");
}

use Verdict::{Missing, Note};

#[test]
fn what_is_wrong_with_the_receiver_is_told() {
    check(|seen| seen.receivers[0].bytes = 0, Missing, "没有任何数据", "sends nothing");
    check(|seen| seen.receivers[0].sentences = 0, Missing, "波特率", "baud rate");
    check(|seen| seen.receivers[0].damaged = 500, Missing, "损坏 500", "500 damaged");
    check(|seen| seen.receivers[0].sentences = 3, Missing, "0.1 条", "0.1 sentences");
    check(|seen| seen.receivers[0].fix = None, Missing, "尚未定位", "no fix");
    check(|seen| seen.receivers[0].fix = Some((FixKind::None, Some(0))), Missing, "尚未定位", "no fix");
    check(|seen| seen.receivers[0].fix = Some((FixKind::D2, Some(3))), Note, "二维", "by 3 satellites");
    check(|seen| seen.receivers[0].antenna = Antenna::Open, Missing, "天线开路", "antenna is open");
    check(|seen| seen.receivers[0].antenna = Antenna::Short, Missing, "天线短路", "short-circuited");
    check(|seen| seen.receivers[0].antenna = Antenna::Unknown, Note, "不报告天线", "does not tell");
}

#[test]
fn each_of_several_receivers_is_told_of() {
    let second = |seen: &mut Observations| {
        let silent =
            ReceiverSeen { device: "gpsd at 127.0.0.1:2947".into(), bytes: 0, ..seen.receivers[0].clone() };
        seen.receivers.push(silent);
    };
    check(second, Missing, "gpsd at", "sends nothing (gpsd at 127.0.0.1:2947)");
    let told = findings(&well());
    assert!(told[0].zh.contains("波特率 9600") && told[0].en.contains("9600 baud"), "{told:#?}");
}

#[test]
fn a_clock_that_is_off_is_told_with_its_direction() {
    check(|seen| seen.receivers[0].ahead_ms = Some(90_000), Note, "慢 90 秒", "90 s behind");
    check(|seen| seen.receivers[0].ahead_ms = Some(-90_000), Note, "快 90 秒", "90 s ahead of");
}

#[test]
fn what_is_wrong_with_the_body_and_its_signals_is_told() {
    let bare = |seen: &mut Observations| {
        seen.receivers[0].body_sentences = 0;
        seen.signals.clear();
    };
    check(bare, Note, "没有车身信号", "no body signals");
    let problem = "cannot read the GPIO chip /dev/gpiochip0: not found";
    check(|seen| seen.signals[0].problem = Some(problem.into()), Missing, "读不到", problem);
    check(|seen| seen.signals[0].readings = 0, Missing, "没有数据", "says nothing");
    let faulty = |seen: &mut Observations| (seen.signals[0].readings, seen.signals[0].faults) = (0, 7);
    check(faulty, Missing, "7 次", "(7 times)");
}

#[test]
fn what_is_wrong_with_the_reader_is_told() {
    fn reader(change: impl FnOnce(&mut ReaderSeen)) -> impl FnOnce(&mut Observations) {
        |seen| change(seen.rfid.as_mut().unwrap())
    }
    check(|seen| seen.rfid = None, Note, "没有配置", "No RFID reader");
    check(reader(|seen| seen.bytes = 0), Missing, "没有任何数据", "sends nothing");
    check(reader(|seen| (seen.bytes, seen.polled) = (0, false)), Note, "没有任何数据", "sends nothing");
    check(reader(|seen| seen.tags = 0), Note, "放一张标签", "hold one to it");
    let other = vec![(Family::Bb7e, 0, 0), (Family::A0, 40, 3), (Family::UhfReader18, 1, 0)];
    check(reader(|seen| seen.by_family = other), Missing, "像 a0", "speaks like a0, not bb7e");
    let none = vec![(Family::Bb7e, 0, 0)];
    check(reader(|seen| seen.by_family = none), Missing, "不是已知的 RFID 帧", "no known RFID frames");
}

#[test]
fn what_is_wrong_with_the_platform_is_told_in_words() {
    fn step(step: PlatformStep) -> impl FnOnce(&mut Observations) {
        |seen| seen.platform.step = step
    }
    let refused = |refusal| step(PlatformStep::Refused(TerminalFault::RegistrationRefused(refusal)));
    check(step(PlatformStep::Unreachable("refused".into())), Missing, "SIM 卡", "refused. Check SIM card");
    check(step(PlatformStep::TlsFailed("unknown issuer".into())), Missing, "TLS 握手失败", "unknown issuer");
    check(step(PlatformStep::Closed), Missing, "断开了连接", "no JT/T 808 gateway");
    check(step(PlatformStep::Silent), Missing, "没有按时应答", "did not answer");
    check(refused(RegistrationRefusal::NoSuchVehicle), Missing, "没有这辆车", "does not know this vehicle");
    check(refused(RegistrationRefusal::Other(9)), Missing, "原因见英文", "code 9");
    check(step(PlatformStep::Refused(TerminalFault::CodeRefused)), Missing, "鉴权码", "authentication code");
}

#[test]
fn what_is_wrong_with_the_disk_is_told() {
    check(|seen| seen.disk.problem = Some("read-only".into()), Missing, "不可写", "read-only");
    check(|seen| seen.disk.free_bytes = Some(1 << 20), Missing, "剩余 1 MiB，还需 64", "1 MiB are free");
    check(|seen| seen.disk.free_bytes = None, Note, "剩余空间未知", "not told");
}

#[test]
fn a_finding_is_chinese_first_and_english_below() {
    let text = findings(&well())[0].to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("[正常] 定位接收机") && lines[1].trim_start().starts_with("[ok] The"),
        "{text}"
    );
}
