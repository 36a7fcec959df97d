//! Reports as JSON Lines, the public form of the replay contract. One line is one report; unknown members are ignored,
//! a missing or malformed one is an error that names it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measure::{Course, Hdop, Speed};
use crate::position::Position;
use crate::report::{Content, FixReport, ReaderSighting, Report, TruckSighting, WeighTicket};
use crate::signal::{Antenna, FixKind, Lid, Lift, Load, Power};
use crate::time::Timestamp;

/// Longest line read, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// Why a line is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportLineError {
    /// Longer than [`LINE_BYTES_MAX`].
    #[error("the line has {bytes} bytes, at most {LINE_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not a JSON object.
    #[error("not a JSON object: {reason}")]
    NotJson {
        /// What the reader met.
        reason: String,
    },
    /// A required member is not there.
    #[error("member {member:?} is missing")]
    Missing {
        /// Which.
        member: &'static str,
    },
    /// A member holds something else than it must.
    #[error("member {member:?}: {reason}")]
    Malformed {
        /// Which.
        member: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl ReportLineError {
    /// The member the error is about, if it is about one.
    pub fn member(&self) -> Option<&'static str> {
        match self {
            Self::Missing { member } | Self::Malformed { member, .. } => Some(member),
            Self::TooLong { .. } | Self::NotJson { .. } => None,
        }
    }

    /// A short word for counting.
    pub fn reason_code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "line_too_long",
            Self::NotJson { .. } => "not_json",
            Self::Missing { .. } => "missing_member",
            Self::Malformed { .. } => "malformed_member",
        }
    }
}

/// Text of a line, borrowed from it unless an escape is in it. (An optional `Cow` would always be a copy.)
#[derive(Serialize)]
#[serde(transparent)]
struct Text<'a>(Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(text.into())
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(text.to_owned().into())
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}

/// The members of a line, in the order they are written.
#[derive(Serialize, Deserialize, Default)]
struct Members<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    plate: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    site: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reader: Option<Text<'a>>,
    #[serde(borrow)]
    time: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lon: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_kmh: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    course_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hdop: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    satellites: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignition: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lift: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    antenna: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<&'a str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    epc: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rssi_dbm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gross_t: Option<f64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    source: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    received: Option<Text<'a>>,
}

/// Reads one line.
pub fn parse_line(line: &str) -> Result<Report, ReportLineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(ReportLineError::TooLong { bytes: line.len() });
    }
    let members: Members<'_> = serde_json::from_str(line).map_err(|error| name_the_member(line, &error))?;
    match required("type", members.kind)? {
        "fix" => fix(&members),
        "rfid" if members.reader.is_some() => at_reader(&members),
        "rfid" => at_truck(&members),
        "weigh" => weigh(&members),
        other => Err(malformed("type", format!("{other:?} is none of fix, rfid, weigh"))),
    }
}

fn fix(m: &Members<'_>) -> Result<Report, ReportLineError> {
    let fix = FixReport {
        plate: parsed("plate", required("plate", m.plate.as_deref())?)?,
        source: m.source.as_deref().map(|text| parsed("source", text)).transpose()?,
        fix: parsed::<FixKind>("fix", required("fix", m.fix)?)?,
        position: Position::from_degrees(required("lat", m.lat)?, required("lon", m.lon)?)
            .map_err(|error| malformed("lat", error.to_string()))?,
        speed: measured("speed_kmh", m.speed_kmh, Speed::from_kmh)?,
        course: measured("course_deg", m.course_deg, Course::from_deg)?,
        hdop: measured("hdop", m.hdop, Hdop::from_ratio)?,
        satellites: m
            .satellites
            .map(|n| u8::try_from(n).map_err(|_over| malformed("satellites", format!("{n} is above 255"))))
            .transpose()?,
        ignition: m.ignition,
        load: word("load", m.load, Load::Unknown)?,
        lid: word("lid", m.lid, Lid::Unknown)?,
        lift: word("lift", m.lift, Lift::Unknown)?,
        antenna: word("antenna", m.antenna, Antenna::Unknown)?,
        power: word("power", m.power, Power::Unknown)?,
    };
    report(m, Content::Fix(fix))
}

fn at_reader(m: &Members<'_>) -> Result<Report, ReportLineError> {
    let sighting = ReaderSighting {
        reader: parsed("reader", required("reader", m.reader.as_deref())?)?,
        epc: parsed("epc", required("epc", m.epc.as_deref())?)?,
        rssi_dbm: rssi(m)?,
    };
    report(m, Content::AtReader(sighting))
}

fn at_truck(m: &Members<'_>) -> Result<Report, ReportLineError> {
    let sighting = TruckSighting {
        plate: parsed("plate", required("plate", m.plate.as_deref())?)?,
        epc: parsed("epc", required("epc", m.epc.as_deref())?)?,
        rssi_dbm: rssi(m)?,
    };
    report(m, Content::AtTruck(sighting))
}

/// Heaviest gross mass believed, in tonnes.
pub const GROSS_T_MAX: f64 = 1000.0;
/// Signal strengths believed, in dBm.
pub const RSSI_DBM: std::ops::RangeInclusive<i16> = -200..=100;

/// A gross mass in kilograms, if it is one a truck can have.
pub fn gross_kg(gross_t: f64) -> Result<u32, ReportLineError> {
    if (0.0..=GROSS_T_MAX).contains(&gross_t) {
        Ok((gross_t * 1000.0).round() as u32)
    } else {
        Err(malformed("gross_t", format!("{gross_t} is no mass of a truck in tonnes")))
    }
}

fn weigh(m: &Members<'_>) -> Result<Report, ReportLineError> {
    let gross_t = required("gross_t", m.gross_t)?;
    let gross_kg = gross_kg(gross_t)?;
    let ticket = WeighTicket {
        site: parsed("site", required("site", m.site.as_deref())?)?,
        plate: parsed("plate", required("plate", m.plate.as_deref())?)?,
        gross_kg,
    };
    report(m, Content::Weigh(ticket))
}

fn report(m: &Members<'_>, content: Content) -> Result<Report, ReportLineError> {
    Ok(Report {
        time: parsed("time", required("time", m.time.as_deref())?)?,
        content,
        received: m.received.as_deref().map(|text| parsed("received", text)).transpose()?,
    })
}

fn rssi(m: &Members<'_>) -> Result<Option<i16>, ReportLineError> {
    measured("rssi_dbm", m.rssi_dbm, rssi_in_range)
}

/// A signal strength in whole dBm, if a reader can have measured it.
pub fn rssi_in_range(dbm: f64) -> Option<i16> {
    // A number beyond i16 is held at its ends, which are not believed either.
    Some(dbm.round() as i16).filter(|dbm| RSSI_DBM.contains(dbm))
}

fn required<T>(member: &'static str, value: Option<T>) -> Result<T, ReportLineError> {
    value.ok_or(ReportLineError::Missing { member })
}

fn parsed<T: std::str::FromStr>(member: &'static str, text: &str) -> Result<T, ReportLineError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| malformed(member, error.to_string()))
}

fn word<T: std::str::FromStr>(
    member: &'static str,
    text: Option<&str>,
    absent: T,
) -> Result<T, ReportLineError>
where
    T::Err: std::fmt::Display,
{
    text.map_or(Ok(absent), |text| parsed(member, text))
}

fn measured<T>(
    member: &'static str,
    value: Option<f64>,
    read: impl Fn(f64) -> Option<T>,
) -> Result<Option<T>, ReportLineError> {
    value.map(|v| read(v).ok_or_else(|| malformed(member, format!("{v} is out of range")))).transpose()
}

fn malformed(member: &'static str, reason: String) -> ReportLineError {
    ReportLineError::Malformed { member, reason }
}

/// The typed reader says where in the line it failed, not in which member: look the members through for the one of the
/// wrong type.
fn name_the_member(line: &str, error: &serde_json::Error) -> ReportLineError {
    let not_json = || ReportLineError::NotJson { reason: error.to_string() };
    let Ok(Value::Object(members)) = serde_json::from_str(line) else {
        return not_json();
    };
    let is_text = |v: &Value| v.is_string() || v.is_null();
    let is_number = |v: &Value| v.is_number() || v.is_null();
    type Fits<'a> = &'a dyn Fn(&Value) -> bool;
    let is_flag = |v: &Value| v.is_boolean() || v.is_null();
    let is_count = |v: &Value| v.is_u64() || v.is_null();
    // A short word written with an escape is not borrowed by the typed reader; none of the known words needs one.
    let is_word = |v: &Value| v.is_null();
    let table: [(&[&'static str], &str, Fits<'_>); 5] = [
        (&["plate", "site", "reader", "time", "epc", "source", "received"], "text", &is_text),
        (&["lat", "lon", "speed_kmh", "course_deg", "hdop", "rssi_dbm", "gross_t"], "a number", &is_number),
        (&["satellites"], "a whole number", &is_count),
        (&["ignition"], "true or false", &is_flag),
        (&["type", "fix", "load", "lid", "lift", "antenna", "power"], "a plain word", &is_word),
    ];
    for (names, wanted, fits) in table {
        for name in names {
            let value = members.get(*name);
            let plain_word =
                wanted == "a plain word" && value.is_some_and(Value::is_string) && !line.contains('\\');
            if let Some(value) = value
                && !fits(value)
                && !plain_word
            {
                return malformed(name, format!("{value} is not {wanted}"));
            }
        }
    }
    not_json()
}

/// Writes a report as its line, without a line break.
pub fn to_line(report: &Report) -> String {
    line(report, report.received)
}

/// The line without `received`: what a report is identified by. Members are in one fixed order, absent ones left out,
/// numbers in the shortest decimal form, the time in milliseconds at +08:00.
pub fn canonical_line(report: &Report) -> String {
    line(report, None)
}

fn line(report: &Report, received: Option<Timestamp>) -> String {
    let mut m = Members {
        time: Some(report.time.to_string().into()),
        received: received.map(|time| time.to_string().into()),
        ..Members::default()
    };
    match &report.content {
        Content::Fix(fix) => {
            m.kind = Some("fix");
            m.plate = Some(fix.plate.as_str().into());
            m.source = fix.source.as_ref().map(|s| s.as_str().into());
            m.lat = Some(fix.position.lat());
            m.lon = Some(fix.position.lon());
            m.speed_kmh = fix.speed.map(Speed::kmh);
            m.course_deg = fix.course.map(Course::deg);
            m.fix = Some(fix.fix.word());
            m.hdop = fix.hdop.map(Hdop::ratio);
            m.satellites = fix.satellites.map(u64::from);
            m.ignition = fix.ignition;
            m.load = (fix.load != Load::Unknown).then(|| fix.load.word());
            m.lid = (fix.lid != Lid::Unknown).then(|| fix.lid.word());
            m.lift = (fix.lift != Lift::Unknown).then(|| fix.lift.word());
            m.antenna = (fix.antenna != Antenna::Unknown).then(|| fix.antenna.word());
            m.power = (fix.power != Power::Unknown).then(|| fix.power.word());
        }
        Content::AtReader(sighting) => {
            m.kind = Some("rfid");
            m.reader = Some(sighting.reader.as_str().into());
            m.epc = Some(sighting.epc.as_str().into());
            m.rssi_dbm = sighting.rssi_dbm.map(f64::from);
        }
        Content::AtTruck(sighting) => {
            m.kind = Some("rfid");
            m.plate = Some(sighting.plate.as_str().into());
            m.epc = Some(sighting.epc.as_str().into());
            m.rssi_dbm = sighting.rssi_dbm.map(f64::from);
        }
        Content::Weigh(ticket) => {
            m.kind = Some("weigh");
            m.plate = Some(ticket.plate.as_str().into());
            m.site = Some(ticket.site.as_str().into());
            m.gross_t = Some(f64::from(ticket.gross_kg) / 1000.0);
        }
    }
    // Plain text and finite numbers always have a JSON form.
    serde_json::to_string(&m).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check_error(line: &str, expected: &str) {
        assert_eq!(parse_line(line).unwrap_err().to_string(), expected, "{line}");
    }

    const BARE: &str = r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T08:00:00Z","lat":34.5,"lon":113.4,"fix":"3d"}"#;

    #[test]
    fn what_is_absent_is_unknown_and_what_is_unknown_is_ignored() {
        let report = parse_line(BARE).unwrap();
        assert_eq!(report.fix().unwrap().load, Load::Unknown);
        let with_more =
            BARE.replace("\"fix\":\"3d\"", "\"fix\":\"3d\",\"colour_of_sky\":\"blue\",\"load\":null");
        assert_eq!(parse_line(&with_more).unwrap(), report);
    }

    #[test]
    fn the_same_report_received_twice_is_one_report() {
        let first = parse_line(&BARE.replace('}', ",\"received\":\"2026-11-23T08:00:01Z\"}")).unwrap();
        let second = parse_line(&BARE.replace('}', ",\"received\":\"2026-11-23T09:00:01Z\"}")).unwrap();
        assert_eq!(first.id(), second.id());
        assert_ne!(first.id(), parse_line(&BARE.replace("34.5", "34.6")).unwrap().id());
    }

    #[test]
    fn an_error_names_the_member() {
        check_error("nonsense", "not a JSON object: expected ident at line 1 column 2");
        check_error("{}", "member \"type\" is missing");
        check_error(&BARE.replace("\"lat\":34.5,", ""), "member \"lat\" is missing");
        check_error(&BARE.replace("34.5", "\"34.5\""), "member \"lat\": \"34.5\" is not a number");
        check_error(
            &BARE.replace("34.5", "134.5"),
            "member \"lat\": latitude 134.5, longitude 113.4 is no position: degrees in -90..=90 and -180..=180 are \
             expected",
        );
        check_error(&BARE.replace("3d", "4d"), "member \"fix\": \"4d\" is no fix; known: 3d, 2d, none");
        check_error(&BARE.replace("\"fix\":\"3d\"", "\"fix\":3"), "member \"fix\": 3 is not a plain word");
        check_error(
            &BARE.replace("\"type\":\"fix\"", "\"type\":\"photo\""),
            "member \"type\": \"photo\" is none of fix, rfid, weigh",
        );
    }

    #[test]
    fn every_kind_is_written_as_it_is_read() {
        for line in [
            BARE,
            r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB705C5904E3D50D70","rssi_dbm":-55}"#,
            r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","plate":"豫A12345","epc":"30751FEB","rssi_dbm":-55}"#,
            r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#,
        ] {
            let report = parse_line(line).unwrap();
            assert_eq!(parse_line(&to_line(&report)).unwrap(), report, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in ".{0,300}") {
            let _ = parse_line(&text);
        }

        #[test]
        fn a_fix_survives_its_line_and_its_compact_form(
            lat_e7 in -900_000_000..=900_000_000i32,
            lon_e7 in -1_800_000_000..=1_800_000_000i32,
            millis in 1_577_836_800_000..4_000_000_000_000i64,
            kmh in prop::option::of(0.0..200.0f64),
            deg in prop::option::of(0.0..=360.0f64),
            load in 0..Load::ALL.len(),
        ) {
            let position = Position::from_e7(lat_e7, lon_e7).unwrap();
            let mut fix = FixReport::bare("豫A12345D".parse().unwrap(), position, FixKind::D2);
            fix.speed = kmh.and_then(Speed::from_kmh);
            fix.course = deg.and_then(Course::from_deg);
            fix.load = Load::ALL[load];
            let report = Report { time: Timestamp::from_millis(millis), content: Content::Fix(fix), received: None };
            prop_assert_eq!(&parse_line(&to_line(&report)).unwrap(), &report);
            let compact = postcard::to_stdvec(&report).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<Report>(&compact).unwrap(), &report);
        }
    }
}
