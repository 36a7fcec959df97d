//! A track as JSON, GeoJSON and CSV (pure). Written by hand: a day is some 9,000 points, and numbers and times of this
//! resolution are written faster from their integers than through floats and calendars.

mod text;

use std::ops::RangeInclusive;

use domain::{FixKind, Plate, Timestamp};

use super::fields::{Field, Fields};
use super::fixes::Fixes;
use super::simplify::{Point, is_gap};
use super::track::Track;
use text::{Clock, put_decimal, put_text};

/// What an answer is about.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// The truck.
    pub plate: &'a Plate,
    /// The moments asked for.
    pub stretch: RangeInclusive<Timestamp>,
    /// Metres a point left out may be off the line.
    pub tolerance_m: Option<f64>,
}

impl Heading<'_> {
    fn put(&self, out: &mut String, track: &Track) {
        out.push_str("\"plate\":");
        put_text(out, self.plate.as_str());
        let simplify = self.tolerance_m.map_or("null".to_owned(), |m| m.to_string());
        out.push_str(&format!(
            ",\"from\":\"{}\",\"to\":\"{}\",\"fixes\":{},\"simplify_m\":{simplify},\"truncated\":{},\"behind\":{}",
            self.stretch.start(),
            self.stretch.end(),
            track.fixes_read,
            track.is_truncated,
            track.is_behind,
        ));
    }
}

/// Bytes a point takes in JSON, about.
const POINT_BYTES: usize = 140;

/// `{"plate", …, "points": [{"time", "lat", "lon", …}], "events": […]}`. A reading that is absent is left out.
pub fn json(heading: &Heading<'_>, track: &Track, fields: &Fields) -> String {
    let mut out = String::with_capacity(256 + track.len() * POINT_BYTES);
    let mut clock = Clock::default();
    out.push('{');
    heading.put(&mut out, track);
    out.push_str(",\"points\":[");
    for (i, (fixes, row)) in track.rows().enumerate() {
        out.push_str(if i == 0 { "{\"time\":\"" } else { ",{\"time\":\"" });
        clock.put(&mut out, fixes.time(row));
        out.push_str("\",\"lat\":");
        put_degrees(&mut out, fixes.lat_e7.get(row));
        out.push_str(",\"lon\":");
        put_degrees(&mut out, fixes.lon_e7.get(row));
        for field in fields.as_slice() {
            let before = out.len();
            out.push_str(",\"");
            out.push_str(field.name());
            out.push_str("\":");
            if !put_value(&mut out, fixes, row, *field, &mut clock, Quotes::Json) {
                out.truncate(before);
            }
        }
        out.push('}');
    }
    out.push(']');
    put_events(&mut out, track, fields);
    out.push('}');
    out
}

fn put_events(out: &mut String, track: &Track, fields: &Fields) {
    if !fields.events {
        return;
    }
    out.push_str(",\"events\":[");
    for (i, event) in track.events.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&domain::report_line::to_line(event));
    }
    out.push(']');
}

/// A FeatureCollection of lines, broken where fixes have no place or are too far apart in time. Each has `times` and an
/// array a field beside its coordinates; a single point is a Point.
pub fn geojson(heading: &Heading<'_>, track: &Track, fields: &Fields) -> String {
    let mut out = String::with_capacity(512 + track.len() * POINT_BYTES);
    let mut clock = Clock::default();
    out.push_str("{\"type\":\"FeatureCollection\",");
    heading.put(&mut out, track);
    out.push_str(",\"features\":[");
    for (i, line) in lines(track).iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        put_feature(&mut out, line, fields, &mut clock);
    }
    out.push(']');
    put_events(&mut out, track, fields);
    out.push('}');
    out
}

/// Rows in a row.
type Line<'a> = Vec<(&'a Fixes, usize)>;

fn lines(track: &Track) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut last: Option<Point> = None;
    for (fixes, row) in track.rows() {
        let point = Point::of(fixes, row).filter(|point| point.is_placed);
        match (point, last, lines.last_mut()) {
            (Some(point), Some(last), Some(line)) if !is_gap(&last, &point) => line.push((fixes, row)),
            (Some(_), _, _) => lines.push(vec![(fixes, row)]),
            (None, _, _) => {}
        }
        last = point;
    }
    lines
}

fn put_feature(out: &mut String, line: &Line<'_>, fields: &Fields, clock: &mut Clock) {
    let put_list = |out: &mut String, put: &mut dyn FnMut(&mut String, &Fixes, usize)| {
        for (i, (fixes, row)) in line.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            put(out, fixes, *row);
        }
    };
    let is_line = line.len() > 1;
    out.push_str("{\"type\":\"Feature\",\"geometry\":{\"type\":\"");
    out.push_str(if is_line { "LineString\",\"coordinates\":[" } else { "Point\",\"coordinates\":" });
    put_list(out, &mut |out, fixes, row| {
        out.push('[');
        put_degrees(out, fixes.lon_e7.get(row));
        out.push(',');
        put_degrees(out, fixes.lat_e7.get(row));
        out.push(']');
    });
    out.push_str(if is_line { "]},\"properties\":{\"times\":[" } else { "},\"properties\":{\"times\":[" });
    put_list(out, &mut |out, fixes, row| {
        out.push('"');
        clock.put(out, fixes.time(row));
        out.push('"');
    });
    out.push(']');
    for field in fields.as_slice() {
        out.push_str(",\"");
        out.push_str(field.name());
        out.push_str("\":[");
        put_list(out, &mut |out, fixes, row| {
            if !put_value(out, fixes, row, *field, clock, Quotes::Json) {
                out.push_str("null");
            }
        });
        out.push(']');
    }
    out.push_str("}}");
}

/// A heading line and a line a fix. A reading that is absent is an empty cell.
pub fn csv(track: &Track, fields: &Fields) -> String {
    let mut out = String::with_capacity(128 + track.len() * POINT_BYTES / 2);
    let mut clock = Clock::default();
    out.push_str("time,lat,lon");
    for field in fields.as_slice() {
        out.push(',');
        out.push_str(field.name());
    }
    out.push_str("\r\n");
    for (fixes, row) in track.rows() {
        clock.put(&mut out, fixes.time(row));
        out.push(',');
        put_degrees(&mut out, fixes.lat_e7.get(row));
        out.push(',');
        put_degrees(&mut out, fixes.lon_e7.get(row));
        for field in fields.as_slice() {
            out.push(',');
            put_value(&mut out, fixes, row, *field, &mut clock, Quotes::None);
        }
        out.push_str("\r\n");
    }
    out
}

/// Whether words stand in quotes. None of the words and ids needs any in CSV.
#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    Json,
    None,
}

/// Writes a reading; `false` when it is absent.
fn put_value(
    out: &mut String,
    fixes: &Fixes,
    row: usize,
    field: Field,
    clock: &mut Clock,
    quotes: Quotes,
) -> bool {
    let Some(marks) = fixes.marks.get(row).copied() else { return false };
    let quote = if quotes == Quotes::Json { "\"" } else { "" };
    let mut number = |value: Option<u32>, digits: u32| {
        value.map(|value| put_decimal(out, i64::from(value), digits)).is_some()
    };
    let word = match field {
        Field::Speed => return number(fixes.speed(row).map(domain::Speed::ticks), 3),
        Field::Course => return number(fixes.course(row).map(domain::Course::ticks), 2),
        Field::Hdop => return number(fixes.hdop(row).map(domain::Hdop::ticks), 2),
        Field::Satellites => return number(fixes.satellites(row).map(u32::from), 0),
        Field::Ignition => {
            let Some(on) = marks.ignition() else { return false };
            out.push_str(if on { "true" } else { "false" });
            return true;
        }
        Field::Received => {
            let Some(at) = fixes.received(row) else { return false };
            out.push_str(quote);
            clock.put(out, at);
            out.push_str(quote);
            return true;
        }
        Field::Source => match fixes.source(row) {
            Some(source) => source.as_str(),
            None => return false,
        },
        Field::Fix => FixKind::word(marks.fix()),
        Field::Load => marks.load().word(),
        Field::Lid => marks.lid().word(),
        Field::Lift => marks.lift().word(),
        Field::Antenna => marks.antenna().word(),
        Field::Power => marks.power().word(),
    };
    out.push_str(quote);
    out.push_str(word);
    out.push_str(quote);
    true
}

fn put_degrees(out: &mut String, e7: Option<&i32>) {
    put_decimal(out, e7.copied().map_or(0, i64::from), 7);
}

#[cfg(test)]
mod tests;
