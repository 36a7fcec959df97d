//! A frame as one line of JSON, in the units of the wire.

use serde_json::{Map, Value, json};
use wire::Profile;

use super::explained::Explained;
use super::location::Record;
use super::reading;
use super::walk::number;

/// One object. Members that do not belong to the message are left out; `error` is `null` for a frame without a fault.
pub(super) fn object(explained: &Explained, profile: &Profile) -> Value {
    let mut members = Map::new();
    if let Some(header) = &explained.header {
        let phone = header.phone.to_string();
        let phone = phone.trim_start_matches('0');
        members.insert("message_id".into(), json!(format!("0x{:04X}", header.message_id)));
        members.insert("phone".into(), json!(if phone.is_empty() { "0" } else { phone }));
        members.insert("serial".into(), json!(header.serial));
        members.insert("protocol_version".into(), json!(header.protocol_version));
        if let Some(part) = header.part {
            members.insert("packet_total".into(), json!(part.total));
            members.insert("packet_no".into(), json!(part.index));
        }
    }
    if let Some(reply) = explained.reply {
        members.insert("reply_serial".into(), json!(reply.serial));
        members.extend(reply.id.map(|id| ("reply_id".into(), json!(id))));
        members.extend(reply.result.map(|result| ("result".into(), json!(result))));
    }
    match (explained.batch_type, explained.records.as_slice()) {
        (None, [record]) => members.extend(record_members(record)),
        (None, _) => {}
        (Some(kind), records) => {
            members.insert("count".into(), json!(records.len()));
            members.insert("type".into(), json!(kind));
            let items = records.iter().map(|record| Value::Object(record_members(record)));
            members.insert("items".into(), items.collect());
        }
    }
    let mut read = json!({"name": profile.name()});
    if let Some(read) = read.as_object_mut() {
        match explained.readings.as_slice() {
            [] => {}
            [one] if explained.batch_type.is_none() => {
                read.insert("reading".into(), reading::json(one));
            }
            several => {
                read.insert("readings".into(), several.iter().map(reading::json).collect());
            }
        }
    }
    members.insert("profile".into(), read);
    members.insert("error".into(), fault(&explained.faults));
    Value::Object(members)
}

/// The object of a line that holds no frame.
pub(super) fn unreadable(fault: &str) -> Value {
    json!({"error": fault})
}

fn fault(faults: &[String]) -> Value {
    if faults.is_empty() { Value::Null } else { json!(faults.join("; ")) }
}

fn record_members(record: &Record) -> Map<String, Value> {
    let mut extras = Map::new();
    let mut repeated = Vec::new();
    for (id, value) in &record.extras {
        let (key, value) = (format!("0x{id:02X}"), extra(*id, value));
        if extras.contains_key(&key) {
            repeated.push(json!({"id": key, "value": value}));
        } else {
            extras.insert(key, value);
        }
    }
    let mut members = Map::new();
    members.insert("alarm".into(), json!(record.alarm));
    members.insert("status".into(), json!(record.status));
    members.insert("lat_raw".into(), json!(record.lat_raw));
    members.insert("lon_raw".into(), json!(record.lon_raw));
    members.insert("altitude_m".into(), json!(record.altitude_m));
    members.insert("speed_raw".into(), json!(record.speed_raw));
    members.insert("direction".into(), json!(record.direction));
    members.insert("time".into(), json!(record.time));
    members.insert("extras".into(), Value::Object(extras));
    if !repeated.is_empty() {
        members.insert("extras_repeated".into(), Value::Array(repeated));
    }
    members.insert("extras_malformed".into(), json!(record.extras_malformed));
    members
}

/// A number where the standard has one, named numbers where it has several, else the bytes.
fn extra(id: u8, value: &[u8]) -> Value {
    match (id, value) {
        (0x01 | 0x25 | 0x2B, [_, _, _, _]) | (0x02..=0x04 | 0x06 | 0x2A, [_, _]) | (0x30 | 0x31, [_]) => {
            json!(number(value))
        }
        (0x11, &[kind]) => json!({"areaType": kind, "areaId": null}),
        (0x11, &[kind, ref area @ ..]) if area.len() == 4 => {
            json!({"areaType": kind, "areaId": number(area)})
        }
        (0x12, &[kind, ref area @ .., direction]) if area.len() == 4 => {
            json!({"areaType": kind, "areaId": number(area), "direction": direction})
        }
        (0x13, &[ref segment @ .., high, low, result]) if segment.len() == 4 => {
            let time_s = u16::from_be_bytes([high, low]);
            json!({"areaId": number(segment), "driveTime": time_s, "result": result})
        }
        _ => json!({"value": value}),
    }
}
