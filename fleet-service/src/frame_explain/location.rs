//! The location record: 28 bytes of base, then extras, field by field (JT/T 808-2013 table 23, JT/T 808-2019 table 23).

use wire::Version;
use wire::vendor::{AbsentReadings, BodyState, FixQuality, TagRead};

use super::bits;
use super::walk::{Name, Walk, gbk, number, tenths};

/// What a record's base and extras say, in the units of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Alarm bits.
    pub alarm: u32,
    /// Status bits.
    pub status: u32,
    /// Latitude without sign, 1e-6 degree.
    pub lat_raw: u32,
    /// Longitude without sign, 1e-6 degree.
    pub lon_raw: u32,
    /// Height, m.
    pub altitude_m: u16,
    /// Speed, 0.1 km/h.
    pub speed_raw: u16,
    /// Course, degrees.
    pub direction: u16,
    /// `YYYY-MM-DD hh:mm:ss` in GMT+8, as the digits stand there.
    pub time: String,
    /// Ids and values, in the order sent.
    pub extras: Vec<(u8, Vec<u8>)>,
    /// The extras end in something that is none.
    pub extras_malformed: bool,
    /// The whole record.
    pub bytes: Vec<u8>,
}

/// Walks a record that fills the rest of `walk`.
pub(super) fn record(walk: &mut Walk<'_>, version: Version) -> Option<Record> {
    let mut record = Record { bytes: walk.rest().to_vec(), ..Record::default() };
    record.alarm = double_word(walk, ("报警标志", "alarm bits"))?;
    walk.detail(bits::alarms(record.alarm, version));
    record.status = double_word(walk, ("状态位", "status bits"))?;
    walk.detail(bits::states(record.status, version));
    record.lat_raw = degrees(walk, ("纬度", "latitude"))?;
    record.lon_raw = degrees(walk, ("经度", "longitude"))?;
    record.altitude_m = walk.measure(2, ("高程", "altitude"), "m")? as u16;
    record.speed_raw = walk.number(2, ("速度", "speed"))? as u16;
    walk.say(format!("{} km/h", tenths(u64::from(record.speed_raw))));
    record.direction = walk.measure(2, ("方向", "direction"), "°")? as u16;
    let time = walk.take(6, ("时间", "time (GMT+8)"))?;
    record.time = match time {
        [y, mo, d, h, m, s] => format!("20{y:02X}-{mo:02X}-{d:02X} {h:02X}:{m:02X}:{s:02X}"),
        _ => String::new(),
    };
    walk.say(record.time.clone());
    extras(walk, &mut record);
    Some(record)
}

fn double_word(walk: &mut Walk<'_>, name: Name) -> Option<u32> {
    let value = walk.take(4, name).map(number)? as u32;
    walk.say(format!("0x{value:08X}"));
    Some(value)
}

fn degrees(walk: &mut Walk<'_>, name: Name) -> Option<u32> {
    let value = walk.take(4, name).map(number)? as u32;
    walk.say(format!("{}.{:06}°", value / 1_000_000, value % 1_000_000));
    Some(value)
}

fn extras(walk: &mut Walk<'_>, record: &mut Record) {
    while let &[id, length, ..] = walk.rest() {
        let at = walk.offset();
        let Some(item) = walk.rest().get(..2 + usize::from(length)) else {
            record.extras_malformed = true;
            break;
        };
        walk.skip(item.len());
        let value = item.get(2..).unwrap_or_default();
        walk.put(at, item, name(id, value));
        walk.say(format!("[0x{id:02X}] {}", meaning(id, value)));
        if id == 0x25 && value.len() == 4 {
            walk.detail(bits::signals(number(value)));
        }
        record.extras.push((id, value.to_vec()));
    }
    let rest = walk.rest();
    if !rest.is_empty() {
        record.extras_malformed = true;
        let at = walk.offset();
        walk.skip(rest.len());
        walk.put(at, rest, ("附加信息残缺", "malformed extra"));
        walk.say("长度超出正文，之前的内容有效 runs past the body; what came before it stands");
    }
}

fn name(id: u8, value: &[u8]) -> Name {
    match id {
        0xE1..=0xE4 if !is_own(id, value) => ("附加信息", "extra"),
        0x01 => ("里程", "odometer"),
        0x02 => ("油量", "fuel"),
        0x03 => ("行驶记录仪速度", "recorder speed"),
        0x04 => ("需人工确认报警事件 ID", "alarm to confirm"),
        0x05 => ("胎压", "tyre pressure"),
        0x06 => ("车厢温度", "carriage temperature"),
        0x11 => ("超速报警附加信息", "overspeed"),
        0x12 => ("进出区域/路线附加信息", "area crossing"),
        0x13 => ("路段行驶时间附加信息", "segment time"),
        0x25 => ("扩展车辆信号", "vehicle signals"),
        0x2A => ("IO 状态", "inputs and outputs"),
        0x2B => ("模拟量", "analogue inputs"),
        0x30 => ("无线通信信号强度", "radio signal"),
        0x31 => ("卫星数", "satellites"),
        0x64 => ("高级驾驶辅助报警", "driver assistance alarm"),
        0x65 => ("驾驶员状态监测报警", "driver state alarm"),
        0x66 => ("胎压监测报警", "tyre alarm"),
        0x67 => ("盲区监测报警", "blind spot alarm"),
        0xE1 => ("本系统：车身状态", "own: body state"),
        0xE2 => ("本系统：定位质量", "own: fix quality"),
        0xE3 => ("本系统：读到标签", "own: tag read"),
        0xE4 => ("本系统：未测量项", "own: absent readings"),
        _ => ("附加信息", "extra"),
    }
}

/// What an extra says; one of another length than its table's is bytes.
fn meaning(id: u8, value: &[u8]) -> String {
    let whole = number(value.get(..value.len().min(8)).unwrap_or_default());
    match (id, value) {
        (0x01, [_, _, _, _]) => format!("{} km", tenths(whole)),
        (0x02, [_, _]) => format!("{} L", tenths(whole)),
        (0x03, [_, _]) => format!("{} km/h", tenths(whole)),
        (0x06, &[high, low]) => format!("{} °C", i16::from_be_bytes([high, low])),
        (0x04 | 0x2A, [_, _]) | (0x25, [_, _, _, _]) => format!("{whole} (0x{whole:X})"),
        (0x30 | 0x31, [_]) => whole.to_string(),
        (0x2B, [_, _, _, _]) => format!("AD0 {}, AD1 {}", whole & 0xFFFF, whole >> 16),
        (0x11, &[kind]) => area_kind(kind).to_owned(),
        (0x11, &[kind, ref rest @ ..]) if rest.len() == 4 => format!("{} {}", area_kind(kind), number(rest)),
        (0x12, &[kind, ref rest @ .., direction]) if rest.len() == 4 => {
            let direction = if direction == 0 { "进 in" } else { "出 out" };
            format!("{} {} {direction}", area_kind(kind), number(rest))
        }
        (0x13, &[a, b, c, d, high, low, result]) => {
            let result = if result == 0 { "不足 too short" } else { "过长 too long" };
            format!("{} {} s {result}", u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([high, low]))
        }
        _ => own(id, value).or_else(|| readable(value)).unwrap_or_else(|| spaced(value)),
    }
}

fn is_own(id: u8, value: &[u8]) -> bool {
    own(id, value).is_some()
}

/// Bytes that are a text, as some makers send.
fn readable(value: &[u8]) -> Option<String> {
    let text = gbk(value);
    let is_text =
        value.len() > 3 && !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    is_text.then(|| format!("{} {text:?}", spaced(value)))
}

/// This project's own extras; another maker's of the same id are bytes.
fn own(id: u8, value: &[u8]) -> Option<String> {
    match id {
        wire::vendor::BODY_STATE => BodyState::decode(value).map(|state| {
            let BodyState { load, lid, lift, antenna, power, ignition_known } = state;
            format!("load {load}, lid {lid}, lift {lift}, antenna {antenna}, power {power}, ignition known {ignition_known}")
        }),
        wire::vendor::FIX_QUALITY => FixQuality::decode(value).map(|quality| {
            let hdop = quality.hdop_centi.map_or("unknown".to_owned(), |hdop| format!("{:.2}", f64::from(hdop) / 100.0));
            format!("{}, HDOP {hdop}, +{} ms", quality.kind, quality.millis)
        }),
        wire::vendor::TAG_READ => TagRead::decode(value).map(|read| {
            let rssi = read.rssi_dbm.map_or(String::new(), |dbm| format!(", {dbm} dBm"));
            format!("{} {}{rssi}", read.epc.as_str(), read.time)
        }),
        wire::vendor::ABSENT_READINGS => AbsentReadings::decode(value)
            .map(|absent| format!("speed absent {}, course absent {}", absent.speed, absent.course)),
        _ => None,
    }
}

fn area_kind(kind: u8) -> &'static str {
    match kind {
        0 => "无特定位置 no area",
        1 => "圆形区域 circle",
        2 => "矩形区域 rectangle",
        3 => "多边形区域 polygon",
        4 => "路段/路线 segment or route",
        _ => "未定义 undefined",
    }
}

/// Bytes as digits.
pub(super) fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}
