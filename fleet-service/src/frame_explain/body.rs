//! Message bodies, field by field.

use wire::{Registration, Version};

use super::area;
use super::bits;
use super::ids;
use super::location::{Record, record, spaced};
use super::parameters;
use super::reports;
use super::walk::{Name, Walk, number};

/// What was found in a body beside its fields.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) records: Vec<Record>,
    /// Type of a 0x0704.
    pub(super) batch_type: Option<u64>,
    /// Serial, and where it states them id and result, of the message answered.
    pub(super) reply: Option<Reply>,
}

/// To what a message answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// Serial of the message answered.
    pub serial: u64,
    /// Its id, where it is stated.
    pub id: Option<u64>,
    /// What became of it, where it is stated.
    pub result: Option<u64>,
}

const REPLY_SERIAL: Name = ("应答流水号", "serial answered");
const RESULTS: [(u64, &str); 5] = [
    (0, "成功 ok"),
    (1, "失败 failed"),
    (2, "消息有误 malformed"),
    (3, "不支持 unsupported"),
    (4, "报警处理确认 alarm confirmed"),
];
const REGISTRATION_RESULTS: [(u64, &str); 5] = [
    (0, "成功 accepted"),
    (1, "车辆已被注册 the vehicle is registered already"),
    (2, "数据库中无该车辆 no such vehicle"),
    (3, "终端已被注册 the terminal is registered already"),
    (4, "数据库中无该终端 no such terminal"),
];
const COLOURS: [(u64, &str); 10] = [
    (0, "未上牌 no plate yet"),
    (1, "蓝色 blue"),
    (2, "黄色 yellow"),
    (3, "黑色 black"),
    (4, "白色 white"),
    (5, "绿色 green"),
    (9, "其他 other"),
    (91, "农黄色 agricultural yellow"),
    (93, "黄绿色 yellow-green"),
    (94, "渐变绿色 gradient green"),
];

/// Walks the body of the message `id`; `None` when it ends early, the reason is in the walk.
pub(super) fn body(walk: &mut Walk<'_>, id: u16, version: Version, found: &mut Found) -> Option<()> {
    match id {
        0x0001 | 0x8001 => general_answer(walk, found),
        0x0003 | 0x0101 | 0x0004 | 0x8104 | 0x8107 | 0x8201 => Some(()),
        0x0005 | 0x8003 => missing_parts(walk),
        0x8004 => walk.time(("时间（UTC）", "time (UTC)")).map(drop),
        0x0107 => reports::attributes(walk, version),
        0x0702 => reports::driver_card(walk, version),
        0x0800 | 0x0801 => reports::media_head(walk),
        0x8800 => reports::media_answer(walk),
        0x0100 => registration(walk, version),
        0x8100 => registration_answer(walk, found),
        0x0102 => authentication(walk, version),
        0x8103 => parameters::set(walk),
        0x0104 => {
            reply_serial(walk, found)?;
            parameters::set(walk)
        }
        0x8106 => parameters::query(walk),
        0x0200 => record(walk, version).map(|record| found.records.push(record)),
        0x0201 | 0x0500 => {
            reply_serial(walk, found)?;
            record(walk, version).map(|record| found.records.push(record))
        }
        0x0704 => batch(walk, version, found),
        0x8202 => tracking(walk),
        0x8203 => alarm_confirmed(walk, version),
        0x8300 => text(walk, version),
        0x8600 => area::circles(walk, version),
        0x8602 => area::rectangles(walk, version),
        0x8604 => area::polygon(walk, version),
        0x8606 => area::route(walk, version),
        0x8601 | 0x8603 | 0x8605 | 0x8607 => area::delete(walk),
        0x0900 | 0x8900 => {
            walk.take(1, ("透传消息类型", "pass-through type")).map(spaced).map(|text| walk.say(text))
        }
        _ => Some(()),
    }
}

fn reply_serial(walk: &mut Walk<'_>, found: &mut Found) -> Option<()> {
    let serial = walk.number(2, REPLY_SERIAL)?;
    found.reply = Some(Reply { serial, id: None, result: None });
    Some(())
}

fn general_answer(walk: &mut Walk<'_>, found: &mut Found) -> Option<()> {
    let serial = walk.number(2, REPLY_SERIAL)?;
    let id = walk.take(2, ("应答 ID", "message answered")).map(number)?;
    let (zh, en) = ids::name(id as u16);
    walk.say(format!("0x{id:04X} {zh} {en}"));
    let result = walk.word(1, ("结果", "result"), &RESULTS)?;
    found.reply = Some(Reply { serial, id: Some(id), result: Some(result) });
    Some(())
}

fn missing_parts(walk: &mut Walk<'_>) -> Option<()> {
    walk.number(2, ("原始消息流水号", "serial of the first part"))?;
    // Two bytes count since 2019; which it is, the length tells.
    let counts_in_words = walk.rest().len().is_multiple_of(2);
    let count = walk.number(if counts_in_words { 2 } else { 1 }, ("重传包总数", "parts asked for"))?;
    for _ in 0..count {
        walk.number(2, ("重传包序号", "part"))?;
    }
    Some(())
}

fn registration(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    // The widths of 2011 and 2013 are told apart by the body's length, as the session does.
    let widths = Registration::decode(version, walk.rest())
        .map_or([5, 20, 7], |read| [&read.maker, &read.model, &read.terminal].map(|field| field.raw().len()));
    walk.number(2, ("省域 ID", "province"))?;
    walk.number(2, ("市县域 ID", "city or county"))?;
    let names = [("制造商 ID", "maker"), ("终端型号", "model"), ("终端 ID", "terminal id")];
    for (width, name) in widths.into_iter().zip(names) {
        walk.text(width, name)?;
    }
    let colour = walk.word(1, ("车牌颜色", "plate colour"), &COLOURS)?;
    let left = walk.rest().len();
    let name = if colour == 0 { ("车辆识别代号", "VIN") } else { ("车牌", "plate") };
    walk.text(left, name).map(drop)
}

fn registration_answer(walk: &mut Walk<'_>, found: &mut Found) -> Option<()> {
    let serial = walk.number(2, REPLY_SERIAL)?;
    let result = walk.word(1, ("结果", "result"), &REGISTRATION_RESULTS)?;
    found.reply = Some(Reply { serial, id: None, result: Some(result) });
    if result == 0 {
        let left = walk.rest().len();
        walk.text(left, ("鉴权码", "authentication code"))?;
    }
    Some(())
}

fn authentication(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    const CODE: Name = ("鉴权码", "authentication code");
    if version == Version::V2013 {
        let left = walk.rest().len();
        return walk.text(left, CODE).map(drop);
    }
    let length = walk.number(1, ("鉴权码长度", "length of the code"))?;
    walk.text(length as usize, CODE)?;
    if walk.rest().len() >= 15 {
        walk.text(15, ("终端 IMEI", "IMEI"))?;
        let left = walk.rest().len();
        walk.text(left, ("软件版本号", "software"))?;
    }
    Some(())
}

fn batch(walk: &mut Walk<'_>, version: Version, found: &mut Found) -> Option<()> {
    let count = walk.number(2, ("数据项个数", "records"))?;
    let words = [(0, "正常位置批量汇报 sent together"), (1, "盲区补报 backlog")];
    found.batch_type = walk.word(1, ("位置数据类型", "type"), &words);
    for place in 1..=count {
        let length = walk.measure(2, ("位置数据长度", "record length"), "字节 bytes")?;
        walk.detail([format!("第 {place} 条，共 {count} 条 record {place} of {count}")]);
        if walk.rest().len() < length as usize {
            return walk.take(length as usize, ("位置数据", "record")).map(drop);
        }
        let at = walk.offset();
        let mut inner = Walk::new(walk.skip(length as usize), at);
        let read = record(&mut inner, version);
        walk.fields.append(&mut inner.fields);
        match read {
            Some(record) => found.records.push(record),
            None => walk.fault = walk.fault.take().or(inner.fault),
        }
    }
    Some(())
}

fn tracking(walk: &mut Walk<'_>) -> Option<()> {
    let interval_s = walk.measure(2, ("时间间隔", "interval"), "s")?;
    if interval_s > 0 {
        walk.measure(4, ("跟踪有效期", "valid for"), "s")?;
    }
    Some(())
}

fn alarm_confirmed(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    walk.number(2, ("报警消息流水号", "serial of the alarm"))?;
    let alarm = walk.take(4, ("人工确认报警类型", "alarms confirmed")).map(number)?;
    walk.say(format!("0x{alarm:08X}"));
    walk.detail(bits::alarms(alarm as u32, version));
    Some(())
}

fn text(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    let flag = walk.take(1, ("标志", "flag")).map(number)?;
    walk.say(format!("{flag} (0x{flag:02X})"));
    let urgency = match (version, flag & 0b11) {
        (Version::V2013, bits) if bits & 1 == 1 => Some("位 0 bit 0：紧急 urgent"),
        (Version::V2013, _) | (Version::V2019, 0) => None,
        (Version::V2019, 1) => Some("位 0-1 bits 0-1：服务 service"),
        (Version::V2019, 2) => Some("位 0-1 bits 0-1：紧急 urgent"),
        (Version::V2019, _) => Some("位 0-1 bits 0-1：通知 notice"),
    };
    let shown =
        [(2, "终端显示器显示 display"), (3, "TTS 播读 read aloud"), (4, "广告屏显示 advertising screen")];
    let shown = shown.iter().filter(|(bit, _)| flag >> bit & 1 == 1);
    walk.detail(urgency.map(str::to_owned));
    walk.detail(shown.map(|(bit, word)| format!("位 {bit} bit {bit}：{word}")));
    if version == Version::V2019 {
        walk.word(1, ("文本类型", "type of text"), &[(1, "通知 notice"), (2, "服务 service")])?;
    }
    let left = walk.rest().len();
    walk.text(left, ("文本信息", "text")).map(drop)
}
