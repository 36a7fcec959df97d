//! What was seen, as sentences for an installer: Chinese first, English below.

use domain::{Antenna, FixKind};
use wire::{RegistrationRefusal, TerminalFault};

use super::{DiskSeen, Observations, PlatformSeen, PlatformStep, ReaderSeen, ReceiverSeen, SignalSeen};
use crate::signals::BodyState;

/// This computer's clock is told of when it is off by more, ms.
pub const CLOCK_OFF_MS: i64 = 60_000;
/// A receiver on a truck speaks at least this often, sentences a second.
const SENTENCES_A_SECOND_MIN: f64 = 0.5;

/// How a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Connected and well.
    Good,
    /// To be known, no fault.
    Note,
    /// Missing or broken.
    Missing,
}

/// One sentence, twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it counts.
    pub verdict: Verdict,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Finding {
    fn new(verdict: Verdict, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { verdict, zh: zh.into(), en: en.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (zh, en) = match self.verdict {
            Verdict::Good => ("正常", "ok"),
            Verdict::Note => ("提示", "note"),
            Verdict::Missing => ("缺失", "MISSING"),
        };
        write!(f, "[{zh}] {}\n    [{en}] {}", self.zh, self.en)
    }
}

/// What an installer is told of what was seen.
pub fn findings(seen: &Observations) -> Vec<Finding> {
    let mut told: Vec<_> = seen.receivers.iter().flat_map(|one| receiver(one, seen.seconds)).collect();
    told.extend(clock(seen.receivers.iter().find_map(|one| one.ahead_ms)));
    told.extend(body(seen));
    told.extend(seen.signals.iter().map(|one| signal(one, seen.seconds)));
    told.push(seen.rfid.as_ref().map_or_else(no_reader, reader));
    told.push(platform(&seen.platform));
    told.extend(disk(&seen.disk));
    told
}

fn receiver(seen: &ReceiverSeen, seconds: u32) -> Vec<Finding> {
    let device = &seen.device;
    if seen.bytes == 0 {
        let zh = format!("定位接收机没有任何数据（{device}）：请检查电源、接线和端口名。");
        let en =
            format!("The receiver sends nothing ({device}): check its power, wiring and the port's name.");
        return vec![Finding::new(Verdict::Missing, zh, en)];
    }
    if seen.sentences == 0 {
        let zh = format!("{device} 有数据但没有完整的 NMEA 语句：多半是波特率不对，或接的不是接收机。");
        let en = format!(
            "{device} sends bytes but no whole NMEA sentence: mostly a wrong baud rate, or it is no receiver."
        );
        return vec![Finding::new(Verdict::Missing, zh, en)];
    }
    let a_second = seen.sentences as f64 / f64::from(seconds.max(1));
    let slow = a_second < SENTENCES_A_SECOND_MIN;
    let (baud_zh, baud_en) = seen
        .baud
        .map_or_else(Default::default, |baud| (format!("，波特率 {baud}"), format!(", {baud} baud")));
    let zh = format!(
        "定位接收机已连接（{device}{baud_zh}）：每秒 {a_second:.1} 条语句，损坏 {} 条。",
        seen.damaged
    );
    let en = format!(
        "The receiver is connected ({device}{baud_en}): {a_second:.1} sentences a second, {} damaged.",
        seen.damaged
    );
    let verdict = if slow || seen.damaged > seen.sentences { Verdict::Missing } else { Verdict::Good };
    let mut told = vec![Finding::new(verdict, zh, en)];
    told.push(fix(seen.fix));
    told.extend(antenna(seen.antenna));
    told
}

fn fix(fix: Option<(FixKind, Option<u8>)>) -> Finding {
    let satellites = |count: Option<u8>| count.map_or("?".to_owned(), |count| count.to_string());
    match fix {
        Some((FixKind::D3, count)) => Finding::new(
            Verdict::Good,
            format!("三维定位有效，使用 {} 颗卫星。", satellites(count)),
            format!("There is a three-dimensional fix by {} satellites.", satellites(count)),
        ),
        Some((FixKind::D2, count)) => Finding::new(
            Verdict::Note,
            format!("仅二维定位，使用 {} 颗卫星：请检查天线上方是否被遮挡。", satellites(count)),
            format!(
                "The fix is two-dimensional, by {} satellites: is the antenna covered?",
                satellites(count)
            ),
        ),
        Some((FixKind::None, _)) | None => Finding::new(
            Verdict::Missing,
            "尚未定位：请把车开到露天处等待几分钟，并检查天线。",
            "There is no fix: drive into the open, wait some minutes, and check the antenna.",
        ),
    }
}

fn antenna(antenna: Antenna) -> Option<Finding> {
    match antenna {
        Antenna::Ok => {
            Some(Finding::new(Verdict::Good, "定位天线正常。", "The positioning antenna is well."))
        }
        Antenna::Open => Some(Finding::new(
            Verdict::Missing,
            "定位天线开路：天线未接或线断。",
            "The positioning antenna is open: unplugged, or its cable is cut.",
        )),
        Antenna::Short => Some(Finding::new(
            Verdict::Missing,
            "定位天线短路：请更换天线或馈线。",
            "The positioning antenna is short-circuited: change it or its cable.",
        )),
        Antenna::Unknown => Some(Finding::new(
            Verdict::Note,
            "接收机不报告天线状态。",
            "The receiver does not tell its antenna's state.",
        )),
    }
}

fn clock(ahead_ms: Option<i64>) -> Option<Finding> {
    let ahead_ms = ahead_ms?;
    if ahead_ms.abs() <= CLOCK_OFF_MS {
        return Some(Finding::new(
            Verdict::Good,
            "本机时钟与卫星时间一致。",
            "This computer's clock agrees with the satellites.",
        ));
    }
    let (seconds, zh, en) = (
        ahead_ms.abs() / 1000,
        if ahead_ms > 0 { "慢" } else { "快" },
        if ahead_ms > 0 { "behind" } else { "ahead of" },
    );
    Some(Finding::new(
        Verdict::Note,
        format!("本机时钟比卫星时间{zh} {seconds} 秒；上报使用卫星时间，但 TLS 证书按本机时钟检查。"),
        format!(
            "This computer's clock is {seconds} s {en} the satellites; reports use theirs, but TLS certificates are checked by this one."
        ),
    ))
}

fn body(seen: &Observations) -> Option<Finding> {
    if let Some(unit) = seen.receivers.iter().find(|one| one.body_sentences > 0) {
        let (zh, en) = words(unit.body);
        return Some(Finding::new(
            Verdict::Good,
            format!("车身控制器已连接（$PMUCK）：{zh}。"),
            format!("The body controller is connected ($PMUCK): {en}."),
        ));
    }
    seen.signals.is_empty().then(|| {
        Finding::new(
            Verdict::Note,
            "没有车身信号：载重、顶盖、举升和点火都将显示为未知。",
            "There are no body signals: load, cover, tipping body and ignition will be unknown.",
        )
    })
}

fn signal(seen: &SignalSeen, seconds: u32) -> Finding {
    let label = &seen.label;
    if let Some(problem) = &seen.problem {
        let zh = format!("信号 {label} 读不到：{problem}");
        return Finding::new(Verdict::Missing, zh, format!("The signal {label} cannot be read: {problem}"));
    }
    if seen.readings == 0 && seen.faults > 0 {
        let zh = format!("信号 {label} 只报“故障”或“无数据”（{} 次）：传感器未接或损坏。", seen.faults);
        let en = format!(
            "The signal {label} tells only faults or \"not available\" ({} times): its sensor is missing or broken.",
            seen.faults
        );
        return Finding::new(Verdict::Missing, zh, en);
    }
    if seen.readings == 0 {
        let zh = format!("信号 {label} 没有数据：请检查接线和配置。");
        let en = format!("The signal {label} says nothing: check wiring and configuration.");
        return Finding::new(Verdict::Missing, zh, en);
    }
    let (zh, en) = words(seen.state);
    let a_second = seen.readings as f64 / f64::from(seconds.max(1));
    Finding::new(
        Verdict::Good,
        format!("信号 {label} 正常，每秒 {a_second:.1} 次：{zh}。"),
        format!("The signal {label} is read {a_second:.1} times a second: {en}."),
    )
}

/// What is known of the body, in both languages.
fn words(body: BodyState) -> (String, String) {
    let unknown = BodyState::default();
    let mut told: Vec<(String, String)> = Vec::new();
    let mut tell = |known: bool, zh: &str, en: &str, word: String| {
        if known {
            told.push((format!("{zh} {word}"), format!("{en} {word}")));
        }
    };
    tell(body.load != unknown.load, "载重", "load", body.load.to_string());
    tell(body.lid != unknown.lid, "顶盖", "cover", body.lid.to_string());
    tell(body.lift != unknown.lift, "举升", "tipping body", body.lift.to_string());
    tell(body.antenna != unknown.antenna, "天线", "antenna", body.antenna.to_string());
    tell(body.power != unknown.power, "电源", "power", body.power.to_string());
    let ignition = if body.ignition == Some(true) { "on" } else { "off" };
    tell(body.ignition.is_some(), "点火", "ignition", ignition.into());
    if told.is_empty() {
        return ("没有状态词".into(), "no state is told".into());
    }
    let (zh, en): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    (zh.join("，"), en.join(", "))
}

fn no_reader() -> Finding {
    Finding::new(Verdict::Note, "没有配置车载 RFID 读写器。", "No RFID reader is configured.")
}

fn reader(seen: &ReaderSeen) -> Finding {
    let (device, family) = (&seen.device, seen.family.name());
    if seen.bytes == 0 {
        // One that speaks by itself says nothing while no tag is near.
        let verdict = if seen.polled { Verdict::Missing } else { Verdict::Note };
        let zh = format!(
            "RFID 读写器没有任何数据（{device}）：请检查电源和接线；不轮询的读写器请放一张标签再试。"
        );
        let en = format!(
            "The RFID reader sends nothing ({device}): check power and wiring; hold a tag to one that is not polled, and try again."
        );
        return Finding::new(verdict, zh, en);
    }
    let frames_of =
        |wanted| seen.by_family.iter().find(|(one, ..)| *one == wanted).map_or(0, |(_, frames, _)| *frames);
    let frames = frames_of(seen.family);
    if frames == 0 {
        let other = seen
            .by_family
            .iter()
            .filter(|(_, frames, _)| *frames > 0)
            .max_by_key(|(_, frames, reads)| (*reads, *frames));
        return match other {
            Some((other, ..)) => Finding::new(
                Verdict::Missing,
                format!("RFID 读写器的数据像 {} 而不是 {family}：请改 [rfid] family。", other.name()),
                format!("The RFID reader speaks like {}, not {family}: change [rfid] family.", other.name()),
            ),
            None => Finding::new(
                Verdict::Missing,
                format!("{device} 有数据但不是已知的 RFID 帧：请检查波特率和型号。"),
                format!("{device} sends bytes but no known RFID frames: check the baud rate and the model."),
            ),
        };
    }
    let (verdict, zh, en) = if seen.tags > 0 {
        let tags = seen.tags;
        (Verdict::Good, format!("读到 {tags} 张标签。"), format!("{tags} tags were read."))
    } else {
        (
            Verdict::Note,
            "没有读到标签：请放一张标签再试。".into(),
            "No tag was read: hold one to it and try again.".into(),
        )
    };
    Finding::new(
        verdict,
        format!("RFID 读写器已连接（{device}，{family}，{frames} 帧）：{zh}"),
        format!("The RFID reader is connected ({device}, {family}, {frames} frames). {en}"),
    )
}

fn platform(seen: &PlatformSeen) -> Finding {
    let address = &seen.address;
    let missing = |zh: String, en: String| Finding::new(Verdict::Missing, zh, en);
    let (tls_zh, tls_en) =
        if seen.tls { ("，TLS 正常", ", TLS is well") } else { ("，未用 TLS", ", without TLS") };
    match &seen.step {
        PlatformStep::Unreachable(reason) => missing(
            format!("连不上平台 {address}：{reason}。请检查 SIM 卡、网络和地址。"),
            format!(
                "The platform {address} cannot be reached: {reason}. Check SIM card, network and address."
            ),
        ),
        PlatformStep::TlsFailed(reason) => missing(
            format!("平台 {address} 可达，但 TLS 握手失败：{reason}。请检查证书和本机时钟。"),
            format!(
                "The platform {address} is reached, but TLS fails: {reason}. Check certificates and this computer's clock."
            ),
        ),
        PlatformStep::Closed => missing(
            format!("平台 {address} 没有应答就断开了连接：端口可能不是 JT/T 808 网关。"),
            format!(
                "The platform {address} closed the connection without an answer: perhaps the port is no JT/T 808 gateway."
            ),
        ),
        PlatformStep::Silent => missing(
            format!("平台 {address} 可达，但没有按时应答注册或鉴权。"),
            format!(
                "The platform {address} is reached, but did not answer registration or authentication in time."
            ),
        ),
        PlatformStep::Refused(fault) => {
            let (zh, en) = refusal(fault);
            missing(format!("平台 {address} 拒绝：{zh}"), format!("The platform {address} refuses: {en}"))
        }
        PlatformStep::Ready { newly_registered } => {
            let (zh, en) = if *newly_registered {
                ("本次注册并鉴权", "registered just now and authenticated")
            } else {
                ("已鉴权", "authenticated")
            };
            Finding::new(
                Verdict::Good,
                format!("平台 {address} 已连接{tls_zh}，{zh}。"),
                format!("The platform {address} is connected{tls_en}: {en}."),
            )
        }
    }
}

fn refusal(fault: &TerminalFault) -> (String, String) {
    let zh = match fault {
        TerminalFault::RegistrationRefused(refusal) => match refusal {
            RegistrationRefusal::VehicleRegistered => "车辆已被注册：请核对车牌，或请平台解除旧终端。",
            RegistrationRefusal::NoSuchVehicle => "平台没有这辆车：请先在平台登记车牌。",
            RegistrationRefusal::TerminalRegistered => "终端号已被注册：请核对 [terminal] id。",
            RegistrationRefusal::NoSuchTerminal => "平台没有这台终端：请先在平台登记终端号。",
            RegistrationRefusal::Other(_) => "原因见英文。",
        },
        TerminalFault::CodeRefused => "鉴权码无效：再次运行将重新注册。",
        _ => "原因见英文。",
    };
    let reason = std::error::Error::source(fault).map_or(String::new(), |reason| format!(": {reason}"));
    (zh.into(), format!("{fault}{reason}."))
}

fn disk(seen: &DiskSeen) -> Vec<Finding> {
    let directory = &seen.directory;
    if let Some(problem) = &seen.problem {
        return vec![Finding::new(
            Verdict::Missing,
            format!("待发数据目录 {directory} 不可写：{problem}"),
            format!("The spool's folder {directory} cannot be written: {problem}"),
        )];
    }
    let mib = |bytes: u64| bytes / (1024 * 1024);
    let Some(free) = seen.free_bytes else {
        return vec![Finding::new(
            Verdict::Note,
            format!("待发数据目录 {directory} 可写，剩余空间未知。"),
            format!("The spool's folder {directory} can be written; its free space is not told."),
        )];
    };
    let (free_mib, wanted_mib) = (mib(free), mib(seen.wanted_bytes));
    vec![if free < seen.wanted_bytes {
        Finding::new(
            Verdict::Missing,
            format!("磁盘空间不足：{directory} 剩余 {free_mib} MiB，还需 {wanted_mib} MiB。"),
            format!(
                "The disk is too full: {free_mib} MiB are free in {directory}, {wanted_mib} MiB are still wanted."
            ),
        )
    } else {
        Finding::new(
            Verdict::Good,
            format!("待发数据目录 {directory} 可写，剩余 {free_mib} MiB。"),
            format!("The spool's folder {directory} can be written; {free_mib} MiB are free."),
        )
    }]
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
