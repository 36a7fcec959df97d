//! The bits of the alarm and status double words by name (JT/T 808-2013 tables 24 and 25, JT/T 808-2019 tables 24 and 25).

use wire::Version;

use super::walk::Name;

/// The alarm bits of every revision.
const ALARMS: [(u8, Name); 29] = [
    (0, ("紧急报警", "SOS")),
    (1, ("超速报警", "overspeed")),
    (2, ("疲劳驾驶", "fatigue")),
    (3, ("危险预警", "danger warning")),
    (4, ("GNSS 模块故障", "GNSS fault")),
    (5, ("GNSS 天线未接或被剪断", "antenna open")),
    (6, ("GNSS 天线短路", "antenna short")),
    (7, ("主电源欠压", "main power low")),
    (8, ("主电源掉电", "main power lost")),
    (9, ("LCD 或显示器故障", "display fault")),
    (10, ("TTS 模块故障", "TTS fault")),
    (11, ("摄像头故障", "camera fault")),
    (12, ("道路运输证 IC 卡模块故障", "IC card module fault")),
    (13, ("超速预警", "overspeed pre-warning")),
    (14, ("疲劳驾驶预警", "fatigue pre-warning")),
    (18, ("当天累计驾驶超时", "driving too long today")),
    (19, ("超时停车", "parking overtime")),
    (20, ("进出区域", "area entered or left")),
    (21, ("进出路线", "route entered or left")),
    (22, ("路段行驶时间不足或过长", "segment time")),
    (23, ("路线偏离", "route deviation")),
    (24, ("车辆 VSS 故障", "speed sensor fault")),
    (25, ("车辆油量异常", "fuel abnormal")),
    (26, ("车辆被盗", "stolen")),
    (27, ("车辆非法点火", "illegal ignition")),
    (28, ("车辆非法位移", "illegal movement")),
    (29, ("碰撞预警", "collision")),
    (30, ("侧翻预警", "rollover")),
    (31, ("非法开门", "illegal door opening")),
];
const ALARMS_2019: [(u8, Name); 3] = [
    (15, ("违规行驶", "rule-breaking driving")),
    (16, ("胎压预警", "tyre pressure")),
    (17, ("右转盲区异常", "right-turn blind area")),
];
const STATES: [(u8, Name); 18] = [
    (0, ("ACC 开", "ignition on")),
    (1, ("已定位", "fixed")),
    (2, ("南纬", "south")),
    (3, ("西经", "west")),
    (4, ("停运状态", "out of service")),
    (5, ("经纬度已加密", "coordinates through the plug-in")),
    (10, ("油路断开", "fuel line cut")),
    (11, ("电路断开", "circuit cut")),
    (12, ("车门加锁", "doors locked")),
    (13, ("门 1（前门）开", "front door open")),
    (14, ("门 2（中门）开", "middle door open")),
    (15, ("门 3（后门）开", "rear door open")),
    (16, ("门 4（驾驶席门）开", "driver's door open")),
    (17, ("门 5（自定义）开", "custom door open")),
    (18, ("使用 GPS", "GPS used")),
    (19, ("使用北斗", "BeiDou used")),
    (20, ("使用 GLONASS", "GLONASS used")),
    (21, ("使用 Galileo", "Galileo used")),
];
const STATES_2019: [(u8, Name); 3] = [
    (6, ("紧急刹车系统采集的前撞预警", "forward collision")),
    (7, ("车道偏移预警", "lane departure")),
    (22, ("车辆行驶中", "vehicle moving")),
];
/// Extra 0x25.
const SIGNALS: [(u8, Name); 15] = [
    (0, ("近光灯", "low beam")),
    (1, ("远光灯", "high beam")),
    (2, ("右转向灯", "right indicator")),
    (3, ("左转向灯", "left indicator")),
    (4, ("制动", "brake")),
    (5, ("倒挡", "reverse")),
    (6, ("雾灯", "fog lamp")),
    (7, ("示廓灯", "outline lamp")),
    (8, ("喇叭", "horn")),
    (9, ("空调", "air conditioning")),
    (10, ("空挡", "neutral")),
    (11, ("缓速器", "retarder")),
    (12, ("ABS", "ABS")),
    (13, ("加热器", "heater")),
    (14, ("离合器", "clutch")),
];
/// Bits of an area's or route's attributes.
const AREA: [(u8, Name); 11] = [
    (0, ("按时间", "by time")),
    (1, ("限速", "speed limit")),
    (2, ("进报警给驾驶员", "entering tells the driver")),
    (3, ("进报警给平台", "entering tells the platform")),
    (4, ("出报警给驾驶员", "leaving tells the driver")),
    (5, ("出报警给平台", "leaving tells the platform")),
    (6, ("南纬", "south")),
    (7, ("西经", "west")),
    (8, ("禁止开门", "no door opening")),
    (14, ("进区域关闭通信", "radio off inside")),
    (15, ("进区域采集详细定位", "detailed positions inside")),
];

pub(super) fn alarms(alarm: u32, version: Version) -> Vec<String> {
    named(u64::from(alarm), 32, |bit| find(&ALARMS, bit).or_else(|| later(version, &ALARMS_2019, bit)))
}

/// Load first: it is two bits and means something at 00.
pub(super) fn states(status: u32, version: Version) -> Vec<String> {
    let load = ["空车 empty", "半载 half", "保留 reserved", "满载 full"];
    let code = (status >> 8 & 0b11) as usize;
    let mut lines =
        vec![format!("位 8-9 bits 8-9 = {code:02b}：{}", load.get(code).copied().unwrap_or_default())];
    let others = u64::from(status & !(0b11 << 8));
    lines.extend(named(others, 32, |bit| find(&STATES, bit).or_else(|| later(version, &STATES_2019, bit))));
    lines
}

pub(super) fn signals(bits: u64) -> Vec<String> {
    named(bits, 32, |bit| find(&SIGNALS, bit))
}

pub(super) fn area(bits: u64) -> Vec<String> {
    named(bits, 16, |bit| find(&AREA, bit))
}

fn find(table: &[(u8, Name)], bit: u8) -> Option<Name> {
    table.iter().find(|(number, _)| *number == bit).map(|(_, name)| *name)
}

fn later(version: Version, table: &[(u8, Name)], bit: u8) -> Option<Name> {
    if version == Version::V2019 { find(table, bit) } else { None }
}

/// A line for every bit that is set.
fn named(bits: u64, count: u8, name: impl Fn(u8) -> Option<Name>) -> Vec<String> {
    (0..count)
        .filter(|bit| bits >> bit & 1 == 1)
        .map(|bit| {
            let (zh, en) = name(bit).unwrap_or(("保留位或厂商自定义", "reserved, or the maker's own"));
            format!("位 {bit} bit {bit}：{zh} {en}")
        })
        .collect()
}
