//! One frame taken apart.

use domain::Timestamp;
use wire::location::LocationDecodeError;
use wire::{DeviceTime, Header, Location, Profile, Reading, Version};

use super::body::{Found, Reply, body};
use super::ids;
use super::input::Run;
use super::location::Record;
use super::walk::{Field, Walk, number};

/// A frame taken apart; what could not be read is in `faults`, what came before it stands.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The header, where there is one.
    pub header: Option<Header>,
    /// Every field, header first.
    pub fields: Vec<Field>,
    /// The location records in it.
    pub records: Vec<Record>,
    /// Type of a 0x0704.
    pub batch_type: Option<u64>,
    /// To what it answers.
    pub reply: Option<Reply>,
    /// What the profile reads, one for each record, or one for a message of the maker's own.
    pub readings: Vec<Reading>,
    /// What is wrong, a sentence each.
    pub faults: Vec<String>,
}

/// Takes one frame apart and reads it by `profile`.
pub fn explain(run: Run, profile: &Profile) -> Explained {
    let mut explained = Explained {
        header: None,
        fields: Vec::new(),
        records: Vec::new(),
        batch_type: None,
        reply: None,
        readings: Vec::new(),
        faults: run.faults,
    };
    if run.payload.is_empty() {
        return explained;
    }
    let (header, length_fault) = match Header::decode(&run.payload) {
        Ok((header, _)) => (Some(header), None),
        Err(error) => (header_alone(&run.payload), Some(crate::sentence(&error))),
    };
    explained.faults.extend(length_fault.map(|error| format!("消息头与正文不符 / {error}")));
    let mut walk = Walk::new(&run.payload, 0);
    let version = header.as_ref().map_or_else(|| stated_version(&run.payload), |header| header.version);
    if walk_header(&mut walk, version).is_some()
        && let Some(header) = &header
    {
        explain_body(&mut walk, header, profile, &mut explained);
    }
    explained.faults.extend(walk.fault.take());
    explained.fields = walk.fields;
    explained.header = header;
    explained
}

/// The header of a payload whose body has another length than it states.
fn header_alone(payload: &[u8]) -> Option<Header> {
    let mut mended = payload.to_vec();
    let version = stated_version(payload);
    let in_parts = payload.get(2)? & 0x20 != 0;
    let header_bytes = if version == Version::V2019 { 17 } else { 12 } + if in_parts { 4 } else { 0 };
    mended.truncate(header_bytes);
    let attributes = u16::from_be_bytes([*mended.get(2)?, *mended.get(3)?]);
    mended.get_mut(2..4)?.copy_from_slice(&(attributes & !0x03FF).to_be_bytes());
    let (header, _) = Header::decode(&mended).ok()?;
    Some(Header { body_length: attributes & 0x03FF, ..header })
}

fn stated_version(payload: &[u8]) -> Version {
    let is_2019 = payload.get(2).is_some_and(|high| high & 0x40 != 0);
    if is_2019 { Version::V2019 } else { Version::V2013 }
}

fn walk_header(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    let id = walk.take(2, ("消息 ID", "message id")).map(number)?;
    let (zh, en) = ids::name(id as u16);
    walk.say(format!("0x{id:04X} {zh} {en}"));
    let attributes = walk.take(2, ("消息体属性", "attributes")).map(number)?;
    let encryption = match attributes >> 10 & 0b111 {
        0 => "不加密 plain",
        1 => "RSA 加密 RSA",
        _ => "未定义加密 undefined encryption",
    };
    let stated_2019 = attributes & 1 << 14 != 0;
    walk.say(format!("正文 {} 字节 body bytes，{encryption}", attributes & 0x3FF));
    if stated_2019 != (version == Version::V2019) {
        walk.detail([
            "版本标志与实际格式不符，按长度判断 the version flag is wrong; told by the length".to_owned()
        ]);
    }
    if version == Version::V2019 {
        walk.number(1, ("协议版本号", "protocol version"))?;
    }
    let phone = walk.take(if version == Version::V2019 { 10 } else { 6 }, ("终端手机号", "phone"))?;
    let digits: String = phone.iter().map(|byte| format!("{byte:02X}")).collect();
    walk.say(digits);
    walk.number(2, ("消息流水号", "serial"))?;
    if attributes & 1 << 13 != 0 {
        walk.number(2, ("消息总包数", "parts"))?;
        walk.number(2, ("包序号", "part"))?;
    }
    Some(())
}

fn explain_body(walk: &mut Walk<'_>, header: &Header, profile: &Profile, explained: &mut Explained) {
    if header.encryption != 0 {
        walk.rest_as(("密文", "encrypted body"));
        return;
    }
    if header.part.is_some() {
        walk.rest_as(("分包内容", "part of a body"));
        return;
    }
    let bytes = walk.rest();
    let mut found = Found::default();
    // A walk that ended early left its reason in the walk.
    let _ended_early = body(walk, header.message_id, header.version, &mut found);
    if walk.fault.is_none() {
        walk.rest_as(("其余内容", "rest of the body"));
    }
    for record in &found.records {
        match location_of(record) {
            Ok(location) => explained.readings.push(profile.read(&location)),
            Err(fault) => explained.faults.push(fault),
        }
        if let Err(LocationDecodeError::Time(error)) = Location::decode(&record.bytes) {
            explained.faults.push(format!("时间无效：{} / the time is none: {error}", record.time));
        }
    }
    if found.records.is_empty() {
        explained.readings.extend(profile.read_message(header.message_id, bytes));
    }
    explained.records = found.records;
    explained.batch_type = found.batch_type;
    explained.reply = found.reply;
}

/// The record as the session reads it, with some time where its own is none: the profile does not look at it.
fn location_of(record: &Record) -> Result<Location, String> {
    let mut bytes = record.bytes.clone();
    Location::decode(&bytes)
        .or_else(|error| {
            let some_time = DeviceTime::at(Timestamp::default()).to_bcd();
            let Some(time) = bytes.get_mut(22..28) else { return Err(error) };
            time.copy_from_slice(&some_time);
            Location::decode(&bytes)
        })
        .map_err(|error| format!("位置记录无法读取 / {}", crate::sentence(&error)))
}
