//! Tables: one row a record; of permits one row a leg, rows of one number together make one permit.

use std::collections::BTreeMap;

use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::columns::{self, columns};
use super::{Candidate, FILE, shapes, windows};
use crate::registry::error::{At, Place};
use crate::registry::{Register, RegistryError};

/// The headings of a table.
///
/// # Errors
/// The first line cannot be read.
pub fn headings(text: &str) -> Result<Vec<String>, RegistryError> {
    let whole = At { file: FILE, place: Place::Line(1) };
    let mut reader = reader(text);
    let heading = reader.headers().map_err(|error| whole.form(error))?;
    Ok(heading.iter().map(|name| name.trim().to_owned()).collect())
}

/// By what most separates the cells of the heading.
fn reader(text: &str) -> csv::Reader<&[u8]> {
    let heading = text.lines().next().unwrap_or_default();
    let count = |mark: char| heading.matches(mark).count();
    let delimiter =
        [',', '\t', ';'].into_iter().max_by_key(|mark| (count(*mark), *mark == ',')).unwrap_or(',');
    csv::ReaderBuilder::new().flexible(true).delimiter(delimiter as u8).from_reader(text.as_bytes())
}

/// Reads the rows.
pub(super) fn read(
    register: Register,
    text: &str,
    chosen: &BTreeMap<String, String>,
) -> Result<Vec<Candidate>, RegistryError> {
    let headings = headings(text)?;
    let whole = At { file: FILE, place: Place::Line(1) };
    let mut places: BTreeMap<&'static str, usize> = BTreeMap::new();
    for column in columns(register) {
        match chosen.get(column.member).map(|name| headings.iter().position(|heading| heading == name.trim()))
        {
            Some(Some(at)) => drop(places.insert(column.member, at)),
            Some(None) => {
                return Err(whole.member(column.member, "there is no such heading: choose the column again"));
            }
            None if column.is_required => {
                let reason = "it is missing: choose the column it stands in";
                return Err(whole.member(column.member, reason));
            }
            None => {}
        }
    }
    let mut reader = reader(text);
    let mut record = StringRecord::new();
    let mut rows: Vec<Candidate> = Vec::new();
    loop {
        let more = reader.read_record(&mut record).map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            At { file: FILE, place: Place::Line(line) }.form(error)
        })?;
        if !more {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, |position| line_of(text, position));
        let row = Row { at: At { file: FILE, place: Place::Line(line) }, places: &places, record: &record };
        rows.push(Candidate { place: line, body: row.body(register) });
    }
    Ok(if register == Register::Permits { by_number(rows) } else { rows })
}

/// The line a row begins on: empty lines before it are passed over without being counted by the reader.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() + blank.count() as u64
}

struct Row<'a> {
    at: At,
    places: &'a BTreeMap<&'static str, usize>,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn cell(&self, member: &str) -> Option<&str> {
        let cell = self.record.get(*self.places.get(member)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn body(&self, register: Register) -> Result<Value, RegistryError> {
        let mut members = Map::new();
        for column in columns(register) {
            if let Some(text) = self.cell(column.member) {
                members.insert(column.member.to_owned(), self.value(register, column.member, text)?);
            }
        }
        match register {
            Register::Carriers => {
                members.entry("status").or_insert(json!("active"));
            }
            Register::Sites | Register::Zones => {
                let geometry = match (members.remove("outline"), self.circle(&mut members)?) {
                    (Some(outline), _) => outline,
                    (None, Some(circle)) => circle,
                    (None, None) => {
                        let reason = "it is missing: give an outline, or lon, lat and radius_m";
                        return Err(self.at.member("geometry", reason));
                    }
                };
                return Ok(json!({ "type": "Feature", "properties": members, "geometry": geometry }));
            }
            Register::Routes => {
                let geometry = members.remove("line");
                return Ok(json!({ "type": "Feature", "properties": members, "geometry": geometry }));
            }
            Register::Permits => {
                let part = |members: &mut Map<String, Value>, name: &str| {
                    members.remove(name).unwrap_or(Value::Null)
                };
                let leg = json!({
                    "source": part(&mut members, "source"),
                    "sink": part(&mut members, "sink"),
                    "route": part(&mut members, "route"),
                });
                members.insert("legs".to_owned(), json!([leg]));
            }
            Register::Trucks | Register::Limits => {}
        }
        Ok(Value::Object(members))
    }

    fn value(&self, register: Register, member: &str, text: &str) -> Result<Value, RegistryError> {
        let number = || -> Result<Value, RegistryError> {
            let plain = text.replace([',', '，'], "");
            let number = plain.parse::<f64>().ok().filter(|number| number.is_finite());
            number
                .map(|n| json!(n))
                .ok_or_else(|| self.at.member(member, format!("{text:?} is not a number")))
        };
        Ok(match member {
            "lon" | "lat" | "radius_m" | "limit_kmh" | "half_width_m" | "volume_m3" | "used_m3"
            | "capacity_m3" | "filled_m3" | "value" => number()?,
            "trucks" | "zone_passes" => {
                let parts = text.split(['、', ',', '，', ';', '；', ' ', '\n', '/']);
                parts.map(str::trim).filter(|part| !part.is_empty()).collect()
            }
            "windows" => windows::read(text).ok_or_else(|| {
                self.at.member(
                    member,
                    format!("{text:?} are no hours: write 22:00-05:00, or 周一至周五 22:00-05:00"),
                )
            })?,
            "wash_required" => match text.to_lowercase().as_str() {
                "是" | "有" | "需要" | "yes" | "y" | "true" | "1" => json!(true),
                "否" | "无" | "不需要" | "no" | "n" | "false" | "0" => json!(false),
                _ => return Err(self.at.member(member, format!("{text:?} is neither 是 nor 否"))),
            },
            "open_from" | "open_to" | "valid_from" | "valid_to" => json!(date(text)),
            "outline" => shapes::outline(text, &self.at)?,
            "line" => shapes::line(text, &self.at)?,
            _ => json!(columns::word(register, member, text)),
        })
    }

    /// A round ground, where a table gives its middle and radius.
    fn circle(&self, members: &mut Map<String, Value>) -> Result<Option<Value>, RegistryError> {
        let mut number = |name: &str| members.remove(name).and_then(|value| value.as_f64());
        match (number("lon"), number("lat"), number("radius_m")) {
            (Some(lon), Some(lat), Some(radius_m)) => shapes::circle(lon, lat, radius_m, &self.at).map(Some),
            (None, None, None) => Ok(None),
            _ => Err(self.at.member("radius_m", "it is missing: lon, lat and radius_m go together")),
        }
    }
}

/// `2026/1/2` and `2026年1月2日` as `2026-01-02`; anything else as it is.
fn date(text: &str) -> String {
    let plain = text.replace(['/', '年', '月', '.'], "-").replace('日', "");
    let parts: Vec<&str> = plain.split('-').map(str::trim).collect();
    match parts.as_slice() {
        [year, month, day] => match (year.parse::<u16>(), month.parse::<u8>(), day.parse::<u8>()) {
            (Ok(year), Ok(month), Ok(day)) => format!("{year:04}-{month:02}-{day:02}"),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// Rows of one permit put together: its legs and trucks are those of all of them, the rest is the first row's.
fn by_number(rows: Vec<Candidate>) -> Vec<Candidate> {
    let mut permits: Vec<Candidate> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let number = row.body.as_ref().ok().and_then(|body| Some(body.get("number")?.as_str()?.to_owned()));
        let first = number.as_ref().and_then(|number| places.get(number)).and_then(|at| permits.get_mut(*at));
        match (first, row.body) {
            (Some(Candidate { body: Ok(permit), .. }), Ok(more)) => {
                for list in ["legs", "trucks", "zone_passes"] {
                    add_missing(permit, &more, list);
                }
            }
            (_, body) => {
                if let Some(number) = number {
                    places.insert(number, permits.len());
                }
                permits.push(Candidate { place: row.place, body });
            }
        }
    }
    permits
}

fn add_missing(permit: &mut Value, more: &Value, list: &str) {
    let Some(more) = more.get(list).and_then(Value::as_array) else { return };
    if !permit[list].is_array() {
        permit[list] = json!([]);
    }
    if let Some(known) = permit[list].as_array_mut() {
        for item in more {
            if !known.contains(item) {
                known.push(item.clone());
            }
        }
    }
}
