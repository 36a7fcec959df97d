//! Terminal parameters by name and unit, as programs and people set and read them. Pure.
//!
//! A parameter without a name here is written as `0x` and eight or fewer hexadecimal digits of its id, its value as
//! hexadecimal bytes: whatever a maker adds can be set and is shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wire::parameter::{ForbiddenHours, PARAMETER_BYTES_MAX, Parameter};

/// Most parameters set or asked for at once.
pub const PARAMETERS_MAX: usize = 64;

/// Why a parameter cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter {name:?}: {reason}")]
pub struct ParameterError {
    /// As it was asked.
    pub name: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// One named parameter.
struct Named {
    name: &'static str,
    id: u32,
    read: fn(&Parameter) -> Option<Value>,
    write: fn(&Value) -> Result<Parameter, String>,
}

macro_rules! number {
    ($name:literal, $id:literal, $variant:ident, $kind:ty, $range:expr) => {
        Named {
            name: $name,
            id: $id,
            read: |parameter| match parameter {
                Parameter::$variant(value) => Some(json!(value)),
                _ => None,
            },
            write: |value| whole(value, $range).map(Parameter::$variant),
        }
    };
}

macro_rules! text {
    ($name:literal, $id:literal, $variant:ident) => {
        Named {
            name: $name,
            id: $id,
            read: |parameter| match parameter {
                Parameter::$variant(value) => Some(json!(value)),
                _ => None,
            },
            write: |value| words(value).map(Parameter::$variant),
        }
    };
}

/// Names end in their unit. Ranges are those of the standard, or where it gives none, those that make sense of a truck.
const NAMED: &[Named] = &[
    number!("heartbeat_s", 0x0001, HeartbeatS, u32, 10..=3_600),
    number!("tcp_answer_timeout_s", 0x0002, TcpAnswerTimeoutS, u32, 1..=600),
    number!("tcp_retries", 0x0003, TcpRetries, u32, 0..=100),
    number!("udp_answer_timeout_s", 0x0004, UdpAnswerTimeoutS, u32, 1..=600),
    number!("udp_retries", 0x0005, UdpRetries, u32, 0..=100),
    text!("main_server", 0x0013, MainServer),
    text!("backup_server", 0x0017, BackupServer),
    number!("tcp_port", 0x0018, TcpPort, u32, 1..=65_535),
    number!("udp_port", 0x0019, UdpPort, u32, 1..=65_535),
    number!("report_strategy", 0x0020, ReportStrategy, u32, 0..=2),
    number!("sleep_interval_s", 0x0027, SleepIntervalS, u32, 1..=86_400),
    number!("sos_interval_s", 0x0028, SosIntervalS, u32, 1..=3_600),
    number!("default_interval_s", 0x0029, DefaultIntervalS, u32, 1..=3_600),
    number!("default_distance_m", 0x002C, DefaultDistanceM, u32, 10..=100_000),
    number!("turn_angle_deg", 0x0030, TurnAngleDeg, u32, 1..=179),
    number!("fence_radius_m", 0x0031, FenceRadiusM, u16, 1..=65_535),
    Named {
        name: "forbidden_hours",
        id: 0x0032,
        read: |parameter| match parameter {
            Parameter::ForbiddenHours(h) => Some(json!(format!(
                "{:02}:{:02}-{:02}:{:02}",
                h.from_hour, h.from_minute, h.to_hour, h.to_minute
            ))),
            _ => None,
        },
        write: |value| forbidden_hours(value).map(Parameter::ForbiddenHours),
    },
    number!("max_speed_kmh", 0x0055, MaxSpeedKmh, u32, 1..=255),
    number!("overspeed_hold_s", 0x0056, OverspeedHoldS, u32, 1..=3_600),
    number!("driving_max_s", 0x0057, DrivingMaxS, u32, 60..=86_400),
    number!("day_driving_max_s", 0x0058, DayDrivingMaxS, u32, 60..=86_400),
    number!("rest_min_s", 0x0059, RestMinS, u32, 60..=86_400),
    number!("parking_max_s", 0x005A, ParkingMaxS, u32, 60..=8_640_000),
    Named {
        name: "odometer_km",
        id: 0x0080,
        read: |parameter| match parameter {
            Parameter::OdometerHm(hm) => Some(json!(f64::from(*hm) / 10.0)),
            _ => None,
        },
        write: |value| odometer_hm(value).map(Parameter::OdometerHm),
    },
    number!("province", 0x0081, Province, u16, 0..=99),
    number!("city", 0x0082, City, u16, 0..=9_999),
    text!("plate", 0x0083, Plate),
    number!("plate_colour", 0x0084, PlateColour, u8, 0..=255),
];

/// The parameters asked to be set.
pub fn read(asked: &BTreeMap<String, Value>) -> Result<Vec<Parameter>, ParameterError> {
    check_count(asked.len())?;
    asked
        .iter()
        .map(|(name, value)| {
            let error = |reason| ParameterError { name: name.clone(), reason };
            match NAMED.iter().find(|named| named.name == name) {
                Some(named) => (named.write)(value).map_err(error),
                None => {
                    let id = numeric_id(name).ok_or_else(|| error(unknown()))?;
                    let bytes = value.as_str().and_then(|text| hex::decode(text).ok());
                    let bytes = bytes.filter(|bytes| bytes.len() <= PARAMETER_BYTES_MAX);
                    let bytes = bytes.ok_or_else(|| {
                        error(format!("up to {PARAMETER_BYTES_MAX} bytes in hexadecimal are expected"))
                    })?;
                    Ok(Parameter::decode(id, &bytes))
                }
            }
        })
        .collect()
}

/// The ids of the parameters asked for.
pub fn ids(names: &[String]) -> Result<Vec<u32>, ParameterError> {
    check_count(names.len())?;
    names
        .iter()
        .map(|name| {
            let named = NAMED.iter().find(|named| named.name == name).map(|named| named.id);
            named
                .or_else(|| numeric_id(name))
                .ok_or_else(|| ParameterError { name: name.clone(), reason: unknown() })
        })
        .collect()
}

/// What a terminal has, by name.
pub fn show(parameters: &[Parameter]) -> BTreeMap<String, Value> {
    parameters
        .iter()
        .map(|parameter| {
            let named = NAMED.iter().find_map(|named| Some((named.name, (named.read)(parameter)?)));
            match named {
                Some((name, value)) => (name.to_owned(), value),
                None => (format!("0x{:04X}", parameter.id()), json!(hex::encode(parameter.value_bytes()))),
            }
        })
        .collect()
}

fn check_count(count: usize) -> Result<(), ParameterError> {
    if count <= PARAMETERS_MAX {
        return Ok(());
    }
    let reason = format!("{count} parameters at once, at most {PARAMETERS_MAX} are taken");
    Err(ParameterError { name: String::new(), reason })
}

fn unknown() -> String {
    let known: Vec<&str> = NAMED.iter().map(|named| named.name).collect();
    format!("not known; known are {}, and any id as 0x with hexadecimal digits", known.join(", "))
}

fn numeric_id(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("0x")?;
    let is_plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_plain.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn whole<T: TryFrom<u64>>(value: &Value, range: std::ops::RangeInclusive<u64>) -> Result<T, String> {
    let number = value.as_u64().filter(|number| range.contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("{value} is no whole number from {} to {}", range.start(), range.end()))
}

fn words(value: &Value) -> Result<String, String> {
    let text = value.as_str().filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
    let text = text.filter(|text| 2 * text.chars().count() <= PARAMETER_BYTES_MAX);
    match text {
        Some(text) if super::areas::is_writable(text) => Ok(text.to_owned()),
        _ => Err(format!("{value} is no text of 1 to 127 characters of GBK")),
    }
}

fn odometer_hm(value: &Value) -> Result<u32, String> {
    let km = value.as_f64().filter(|km| (0.0..=10_000_000.0).contains(km));
    km.map(|km| (km * 10.0).round() as u32).ok_or_else(|| format!("{value} is no distance in km"))
}

fn forbidden_hours(value: &Value) -> Result<ForbiddenHours, String> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
        (hour < 24 && minute < 60 && text.len() == 5).then_some((hour, minute))
    };
    let ends = value.as_str().and_then(|text| {
        let (from, to) = text.split_once('-')?;
        Some((minute(from)?, minute(to)?))
    });
    let ((from_hour, from_minute), (to_hour, to_minute)) =
        ends.ok_or_else(|| format!("{value} is no stretch of the day: HH:MM-HH:MM is expected"))?;
    Ok(ForbiddenHours { from_hour, from_minute, to_hour, to_minute })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: Value, expected: Result<Parameter, &str>) {
        let asked: BTreeMap<String, Value> = serde_json::from_value(asked).unwrap();
        match (read(&asked), expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, [expected]),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_parameter_is_set_by_name_in_its_unit_or_by_id_in_bytes() {
        check(json!({ "default_interval_s": 30 }), Ok(Parameter::DefaultIntervalS(30)));
        check(json!({ "odometer_km": 12.34 }), Ok(Parameter::OdometerHm(123)));
        check(json!({ "main_server": "a.b:8808" }), Ok(Parameter::MainServer("a.b:8808".into())));
        let night = ForbiddenHours { from_hour: 6, from_minute: 0, to_hour: 20, to_minute: 30 };
        check(json!({ "forbidden_hours": "06:00-20:30" }), Ok(Parameter::ForbiddenHours(night)));
        check(json!({ "0xF364": "ff01" }), Ok(Parameter::Other { id: 0xF364, bytes: vec![255, 1] }));
        check(json!({ "0x0029": "0000001e" }), Ok(Parameter::DefaultIntervalS(30)));
    }

    #[test]
    fn what_no_truck_could_use_is_refused_by_name() {
        check(json!({ "default_interval_s": 0 }), Err("from 1 to 3600"));
        check(json!({ "default_interval_s": "30" }), Err("default_interval_s"));
        check(json!({ "speed": 3 }), Err("not known; known are heartbeat_s"));
        check(json!({ "forbidden_hours": "6:00-20:30" }), Err("HH:MM-HH:MM"));
        check(json!({ "plate": "😀" }), Err("GBK"));
        check(json!({ "0xF364": 7 }), Err("hexadecimal"));
        check(json!({ "0x": "00" }), Err("not known"));
        let many: BTreeMap<String, Value> = (0..65).map(|i| (format!("0x{i:x}"), json!("00"))).collect();
        assert!(read(&many).unwrap_err().to_string().contains("at most 64"));
    }

    #[test]
    fn what_is_shown_can_be_set_again() {
        for named in NAMED {
            let shown = [json!(1), json!(60), json!(100), json!("06:00-20:30"), json!("文")]
                .iter()
                .filter_map(|value| (named.write)(value).ok())
                .map(|parameter| {
                    assert_eq!(parameter.id(), named.id, "{}", named.name);
                    show(&[parameter])
                })
                .next()
                .unwrap_or_else(|| panic!("{} takes none of the samples", named.name));
            assert_eq!(shown.keys().collect::<Vec<_>>(), [named.name]);
            assert_eq!(show(&read(&shown).unwrap()), shown);
            assert_eq!(ids(&[named.name.to_owned()]), Ok(vec![named.id]));
        }
        let odd = Parameter::Other { id: 0x29, bytes: vec![1] };
        assert_eq!(show(&[odd]), BTreeMap::from([("0x0029".to_owned(), json!("01"))]));
    }
}
