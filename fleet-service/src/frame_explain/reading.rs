//! What a profile reads, in words and as JSON.

use serde_json::{Map, Value, json};
use wire::Reading;
use wire::profile::{
    AntennaState, LidState, LiftState, LoadState, Origin, PowerState, Sensed, SpeedLimit, State, Switch,
};

use super::walk::Name;

/// One state of a reading: its key, its name, its word in English and Chinese.
struct Said {
    key: &'static str,
    name: Name,
    word: String,
    zh: &'static str,
    code: u64,
    origin: Origin,
    speed_kmh: Option<f64>,
}

/// A line for every state that is told.
pub(super) fn lines(reading: &Reading) -> Vec<String> {
    let line = |said: Said| {
        let (zh, en) = said.name;
        let (zh_word, word, code, origin) = (said.zh, said.word, said.code, origin(said.origin));
        format!("{zh} {en}：{zh_word} {word}（代码 code {code}，{origin}）")
    };
    said(reading).into_iter().map(line).collect()
}

/// An object with a member for every state that is told.
pub(super) fn json(reading: &Reading) -> Value {
    let member = |said: Said| {
        let mut object = json!({"state": said.word, "code": said.code, "from": origin(said.origin)});
        if let (Some(speed_kmh), Some(members)) = (said.speed_kmh, object.as_object_mut()) {
            members.insert("speed_kmh".into(), json!(speed_kmh));
        }
        (said.key.to_owned(), object)
    };
    Value::Object(said(reading).into_iter().map(member).collect::<Map<_, _>>())
}

fn origin(origin: Origin) -> String {
    match origin {
        Origin::Status { mask } => format!("status bits {}", bits(mask)),
        Origin::Alarm { mask } => format!("alarm bits {}", bits(mask)),
        Origin::Extra(id) => format!("extra 0x{id:02X}"),
        Origin::Message(id) => format!("message 0x{id:04X}"),
        Origin::Nowhere => "nowhere".to_owned(),
    }
}

fn bits(mask: u32) -> String {
    let set = (0..32).filter(|bit| mask >> bit & 1 == 1).map(|bit: u32| bit.to_string());
    set.collect::<Vec<_>>().join(",")
}

fn said(reading: &Reading) -> Vec<Said> {
    let mut told = Vec::new();
    tell(&mut told, "load", ("载重", "load"), reading.load, |state| {
        let zh = match state {
            LoadState::Empty => "空车",
            LoadState::Half => "半载",
            LoadState::Full => "满载",
            LoadState::Over => "超载",
        };
        (state.word().into(), zh)
    });
    tell(&mut told, "lid", ("顶盖", "lid"), reading.lid, |state| {
        let zh = match state {
            LidState::Closed => "密闭",
            LidState::Open => "敞开",
            LidState::PartlyOpen => "未完全打开",
            LidState::PartlyClosed => "未完全密闭",
        };
        (state.word().into(), zh)
    });
    tell(&mut told, "lift", ("举升", "lift"), reading.lift, |state| {
        let zh = match state {
            LiftState::Flat => "平放",
            LiftState::Raised => "举升",
            LiftState::FullyRaised => "完全举升",
        };
        (state.word().into(), zh)
    });
    tell(&mut told, "antenna", ("天线", "antenna"), reading.antenna, |state| {
        let zh = match state {
            AntennaState::Ok => "正常",
            AntennaState::Open => "开路",
            AntennaState::Short => "短路",
        };
        (state.word().into(), zh)
    });
    tell(&mut told, "power", ("主电源", "power"), reading.power, |state| {
        let zh = match state {
            PowerState::Ok => "正常",
            PowerState::Low => "欠压",
            PowerState::Lost => "掉电",
        };
        (state.word().into(), zh)
    });
    let switches = [
        ("ignition", ("点火", "ignition"), reading.ignition),
        ("locked", ("锁车", "locked"), reading.locked),
        ("lift_limited", ("限举", "lift limited"), reading.lift_limited),
        ("maintenance", ("维修模式", "maintenance"), reading.maintenance),
    ];
    for (key, name, sensed) in switches {
        tell(&mut told, key, name, sensed, |state: Switch| {
            (state.word().into(), if state == Switch::Yes { "是" } else { "否" })
        });
    }
    let is_at = told.len();
    tell(&mut told, "speed_limit", ("限速", "speed limit"), reading.speed_limit, |limit| match limit {
        SpeedLimit::None => ("none".into(), "无"),
        SpeedLimit::At { speed_dkmh } => (format!("{} km/h", kmh(speed_dkmh)), "限速"),
    });
    if let (Some(said), Some(SpeedLimit::At { speed_dkmh })) =
        (told.get_mut(is_at), reading.speed_limit.and_then(|limit| limit.state.known()))
    {
        said.speed_kmh = Some(kmh(speed_dkmh));
    }
    told
}

fn kmh(speed_dkmh: u16) -> f64 {
    f64::from(speed_dkmh) / 10.0
}

fn tell<T: Copy>(
    told: &mut Vec<Said>,
    key: &'static str,
    name: Name,
    sensed: Option<Sensed<T>>,
    words: impl Fn(T) -> (String, &'static str),
) {
    let Some(Sensed { state, code, origin }) = sensed else { return };
    let (word, zh) = match state {
        State::Is(state) => words(state),
        State::Unknown => ("unknown".to_owned(), "未知"),
        State::Fault => ("fault".to_owned(), "故障"),
    };
    told.push(Said { key, name, word, zh, code, origin, speed_kmh: None });
}
