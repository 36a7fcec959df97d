//! Terminal parameters (0x8103, 0x8106, 0x0104) by id.

use super::location::spaced;
use super::walk::{Walk, gbk, number};

/// Id, name, unit.
const NAMES: [(u32, &str, &str); 32] = [
    (0x0001, "心跳间隔 heartbeat", "s"),
    (0x0002, "TCP 应答超时 answer timeout", "s"),
    (0x0003, "TCP 重传次数 retries", ""),
    (0x0004, "UDP 应答超时 answer timeout by UDP", "s"),
    (0x0005, "UDP 重传次数 retries by UDP", ""),
    (0x0010, "主服务器 APN access point", ""),
    (0x0013, "主服务器地址 server", ""),
    (0x0017, "备份服务器地址 backup server", ""),
    (0x0018, "服务器 TCP 端口 TCP port", ""),
    (0x0019, "服务器 UDP 端口 UDP port", ""),
    (0x0020, "汇报策略 reporting by (0 time 1 distance 2 both)", ""),
    (0x0022, "未登录汇报间隔 interval without driver", "s"),
    (0x0027, "休眠汇报间隔 interval asleep", "s"),
    (0x0028, "紧急报警汇报间隔 interval at SOS", "s"),
    (0x0029, "缺省汇报间隔 default interval", "s"),
    (0x002C, "缺省汇报距离 default distance", "m"),
    (0x0030, "拐点补传角度 turn angle", "°"),
    (0x0031, "电子围栏半径 fence radius", "m"),
    (0x0032, "违规行驶时段 forbidden hours (hh mm hh mm)", ""),
    (0x0048, "监听电话 monitoring number", ""),
    (0x0055, "最高速度 top speed", "km/h"),
    (0x0056, "超速持续时间 overspeed hold", "s"),
    (0x0057, "连续驾驶时间门限 longest drive", "s"),
    (0x0058, "当天累计驾驶时间门限 longest day", "s"),
    (0x0059, "最小休息时间 shortest rest", "s"),
    (0x005A, "最长停车时间 longest stop", "s"),
    (0x0080, "里程表读数 odometer", "0.1 km"),
    (0x0081, "省域 ID province", ""),
    (0x0082, "市域 ID city", ""),
    (0x0083, "车牌 plate", ""),
    (0x0084, "车牌颜色 plate colour", ""),
    (0x0090, "GNSS 定位模式 positioning systems", ""),
];

pub(super) fn set(walk: &mut Walk<'_>) -> Option<()> {
    let count = walk.number(1, ("参数总数", "parameters"))?;
    for _ in 0..count {
        let at = walk.offset();
        let &[a, b, c, d, length, ..] = walk.rest() else {
            return walk.take(5, ("参数 ID 与长度", "parameter id and length")).map(drop);
        };
        let id = u32::from_be_bytes([a, b, c, d]);
        let bytes = 5 + usize::from(length);
        if walk.rest().len() < bytes {
            return walk.take(bytes, ("参数值", "parameter value")).map(drop);
        }
        let item = walk.skip(bytes);
        walk.put(at, item, ("参数", "parameter"));
        walk.say(format!("[0x{id:04X}] {}", meaning(id, item.get(5..).unwrap_or_default())));
    }
    Some(())
}

pub(super) fn query(walk: &mut Walk<'_>) -> Option<()> {
    let count = walk.number(1, ("参数总数", "parameters"))?;
    for _ in 0..count {
        let id = walk.take(4, ("参数 ID", "parameter id")).map(number)?;
        walk.say(format!("0x{id:04X} {}", name(id as u32).map_or("", |(name, _)| name)));
    }
    Some(())
}

fn name(id: u32) -> Option<(&'static str, &'static str)> {
    NAMES.iter().find(|(number, ..)| *number == id).map(|(_, name, unit)| (*name, *unit))
}

/// The standard's texts lie in three runs of ids; other values of 1, 2 or 4 bytes are numbers.
fn meaning(id: u32, value: &[u8]) -> String {
    let (name, unit) = name(id).unwrap_or(("未知或厂商自定义 unknown, or the maker's own", ""));
    let is_text = matches!(id, 0x0010..=0x0017 | 0x001A | 0x001D | 0x0023..=0x0026 | 0x0040..=0x0044 | 0x0048 | 0x0049 | 0x0083);
    match value {
        _ if is_text => format!("{name} {:?}", gbk(value)),
        [_] | [_, _] | [_, _, _, _] if id != 0x0032 => {
            format!("{name} {} {unit}", number(value)).trim_end().to_owned()
        }
        _ => format!("{name} {}", spaced(value)),
    }
}
