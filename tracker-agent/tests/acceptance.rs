//! Bar: of all sentences of the eight position types with a fitting checksum in real logs, at least 99.95 % are read right,
//! and the rest is listed one by one. What is right is decided by a plain reader below, written for that alone from the
//! definition of the fields; `nmea` is the second judge of what it reads.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

mod logs;

use std::collections::BTreeMap;

use nmea::ParseResult;
use tracker_agent::sentence::{Content, Gga, Motion, Place, parse};

const TYPES: [&str; 8] = ["RMC", "GGA", "GLL", "GNS", "VTG", "GSA", "GSV", "ZDA"];
/// `nmea` keeps speeds, courses and altitudes in single precision.
const SINGLE: f64 = 2e-6;

/// The plain framer: from each `$` to the next `$` or line end, without what is not printable, if `*HH` fits.
fn plainly_framed(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'$') {
        let rest = &bytes[at + 1..];
        let end = rest.iter().position(|byte| b"$\r\n".contains(byte)).unwrap_or(rest.len());
        let body: String =
            rest[..end].iter().filter(|b| (0x20..0x7F).contains(*b)).map(|b| char::from(*b)).collect();
        let Some((text, sum)) = body.rsplit_once('*') else { continue };
        let fits = u8::from_str_radix(sum, 16) == Ok(text.bytes().fold(0, |sum, byte| sum ^ byte));
        if sum.len() == 2 && fits && body.len() < 256 {
            found.push(format!("${body}"));
        }
    }
    found
}

fn is_of_the_eight(sentence: &str) -> bool {
    let address = sentence[1..].split([',', '*']).next().unwrap();
    let proprietary = address.starts_with('P') && !address.starts_with("PQ");
    address.len() == 5 && !proprietary && TYPES.contains(&&address[2..])
}

/// A field as a plain number, if it is one.
fn decimal(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || "+-.".contains(c));
    plain.then(|| text.parse().ok()).flatten()
}

/// Degrees by their definition: all but the last two digits before the point are degrees, the rest is minutes, below 60.
fn angle(text: &str, hemisphere: &str) -> Option<f64> {
    let value = decimal(text)?;
    let (degrees, minutes) = ((value / 100.0).trunc(), value % 100.0);
    let sign = match hemisphere {
        "N" | "E" => 1.0,
        "S" | "W" => -1.0,
        _ => return None,
    };
    (minutes < 60.0).then_some(sign * (degrees + minutes / 60.0))
}

fn on_globe(lat: &str, n: &str, lon: &str, e: &str) -> Option<(f64, f64)> {
    let place = (angle(lat, n)?, angle(lon, e)?);
    (place.0.abs() <= 90.0 && place.1.abs() <= 180.0).then_some(place)
}

fn clock_ms(text: &str) -> Option<u32> {
    let value = decimal(text)?;
    let hms = value.trunc() as u32;
    // The decimals by themselves: those of a number with six digits before the point are rounded elsewhere.
    let millis =
        text.split_once('.').map_or(0.0, |(_, f)| decimal(&format!("0.{f}")).unwrap_or(0.0) * 1000.0);
    Some((hms / 10000 * 3600 + hms / 100 % 100 * 60 + hms % 100) * 1000 + (millis + 1e-9) as u32)
}

/// What differs between the reading and the fields, by the plain reader.
struct Differences(Vec<&'static str>);

impl Differences {
    fn check(&mut self, name: &'static str, right: bool) {
        if !right {
            self.0.push(name);
        }
    }

    fn number(&mut self, name: &'static str, read: Option<f64>, field: Option<f64>, within: f64) {
        let right = match (read, field) {
            (Some(read), Some(field)) => (read - field).abs() <= within,
            (None, None) => true,
            // Values no truck can have are dropped, which is reading them right.
            (None, Some(field)) => !(0.0..=360.0).contains(&field),
            (Some(_), None) => false,
        };
        self.check(name, right);
    }

    fn place(&mut self, read: Option<Place>, expected: Option<(f64, f64)>) {
        let right = match (read, expected) {
            (Some(read), Some((lat, lon))) => {
                (read.position.lat() - lat).abs() < 1.1e-7 && (read.position.lon() - lon).abs() < 1.1e-7
            }
            (None, None) => true,
            _ => false,
        };
        self.check("position", right);
    }

    fn motion(&mut self, read: &Motion, knots: &str, kmh: &str, course: &str) {
        let speed = decimal(knots).map(|knots| knots * 1.852).or_else(|| decimal(kmh));
        self.number("speed", read.speed.map(|speed| speed.kmh()), speed, 0.000_51);
        self.number("course", read.course.map(|course| course.deg()), decimal(course), 0.005_1);
    }

    fn quality(&mut self, read: &Gga, f: &[&str]) {
        self.check("time", read.time_ms == clock_ms(f[1]));
        self.place(read.place, on_globe(f[2], f[3], f[4], f[5]));
        self.number("satellites", read.satellites.map(f64::from), decimal(f[7]), 0.0);
        self.number(
            "HDOP",
            read.hdop.map(|hdop| hdop.ratio()),
            decimal(f[8]).filter(|h| *h <= 100.0),
            0.005_1,
        );
        let altitude = decimal(f[9]).map(f64::round);
        self.check("altitude", read.altitude_m.map(f64::from) == altitude);
    }
}

fn differences(sentence: &str, content: &Content) -> Vec<&'static str> {
    let mut f: Vec<&str> = sentence[1..].rsplit_once('*').unwrap().0.split(',').map(str::trim).collect();
    let hdop_of_gsa = if f.len() > 19 { f.len() - 2 } else { 16 };
    f.resize(f.len().max(20), "");
    let mut found = Differences(Vec::new());
    match content {
        Content::Rmc(rmc) => {
            found.check("time", rmc.time_ms == clock_ms(f[1]));
            found.place(rmc.place, on_globe(f[3], f[4], f[5], f[6]));
            found.motion(&rmc.motion, f[7], "", f[8]);
            let date = rmc.date.map(|date| date.format("%d%m%y").to_string());
            found.check("date", date.as_deref().unwrap_or("") == f[9]);
        }
        Content::Gga(gga) | Content::Gns(gga) => found.quality(gga, &f),
        Content::Gll(gll) => {
            found.check("time", gll.time_ms == clock_ms(f[5]));
            found.place(gll.place, on_globe(f[1], f[2], f[3], f[4]));
        }
        Content::Zda(zda) => {
            found.check("time", zda.time_ms == clock_ms(f[1]));
            let date = zda.date.map_or(String::new(), |date| date.format("%d%m%Y").to_string());
            found.check("date", date == format!("{}{}{}", f[2], f[3], f[4]));
        }
        Content::Vtg(motion) => found.motion(motion, f[5], f[7], f[1]),
        Content::Gsa(gsa) => {
            found.check("dimensions", gsa.dimensions.to_string() == f[2]);
            found.number(
                "HDOP",
                gsa.hdop.map(|h| h.ratio()),
                decimal(f[hdop_of_gsa]).filter(|h| *h <= 100.0),
                0.005_1,
            );
        }
        Content::Gsv { last_of_group } => {
            found.check("group", *last_of_group == (decimal(f[2]) >= decimal(f[1])));
        }
        _ => found.check("type", false),
    }
    found.0
}

/// Where `nmea` reads a place, a speed or a time otherwise than we do.
fn differs_from_nmea(sentence: &str, content: &Content) -> Option<bool> {
    let near = |a: Option<f64>, b: Option<f64>, within: f64| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= within * b.abs().max(1.0),
        (a, b) => a.is_none() && b.is_none(),
    };
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-7,
        (a, b) => a.is_none() && b.is_none(),
    };
    let same_place = |place: Option<Place>, lat: Option<f64>, lon: Option<f64>| {
        close(place.map(|p| p.position.lat()), lat) && close(place.map(|p| p.position.lon()), lon)
    };
    let kmh = |knots: Option<f32>| knots.map(|knots| f64::from(knots) * 1.852);
    let same_motion = |motion: &Motion, speed: Option<f32>, course: Option<f32>| {
        near(motion.speed.map(|s| s.kmh()), kmh(speed), SINGLE.max(0.001))
            && near(motion.course.map(|c| c.deg()), course.map(f64::from), SINGLE.max(0.006))
    };
    let same = match (nmea::parse_str(sentence).ok()?, content) {
        (ParseResult::RMC(other), Content::Rmc(rmc)) => {
            same_place(rmc.place, other.lat, other.lon)
                && same_motion(&rmc.motion, other.speed_over_ground, other.true_course)
        }
        (ParseResult::GGA(other), Content::Gga(gga)) => {
            same_place(gga.place, other.latitude, other.longitude)
                && gga.satellites.map(u32::from) == other.fix_satellites
        }
        (ParseResult::GNS(other), Content::Gns(gns)) => same_place(gns.place, other.lat, other.lon),
        (ParseResult::GLL(other), Content::Gll(gll)) => {
            same_place(gll.place, other.latitude, other.longitude)
        }
        (ParseResult::VTG(other), Content::Vtg(motion)) => {
            same_motion(motion, other.speed_over_ground, other.true_course)
        }
        (ParseResult::GSA(other), Content::Gsa(gsa)) => {
            near(gsa.hdop.map(|h| h.ratio()), other.hdop.map(f64::from).filter(|h| *h <= 100.0), 0.006)
        }
        (ParseResult::ZDA(other), Content::Zda(zda)) => {
            zda.date.map(|d| d.format("%d%m%Y").to_string())
                == other.day.zip(other.month).zip(other.year).map(|((d, m), y)| format!("{d:02}{m:02}{y:04}"))
        }
        (ParseResult::GSV(other), Content::Gsv { last_of_group }) => {
            *last_of_group == (other.sentence_num >= other.number_of_sentences)
        }
        _ => false,
    };
    Some(!same)
}

#[test]
fn nearly_all_sentences_of_the_eight_types_are_read_right_and_the_rest_is_listed() {
    let Some(corpus) = logs::corpus() else { return };
    let (mut all, mut right, mut by_nmea, mut against_nmea) = (0u32, 0u32, 0u32, Vec::new());
    let mut wrong: BTreeMap<String, u32> = BTreeMap::new();
    for log in logs::all_logs(&corpus) {
        let name = log.file_stem().unwrap().to_string_lossy().into_owned();
        for sentence in plainly_framed(&std::fs::read(&log).unwrap()) {
            if !is_of_the_eight(&sentence) {
                continue;
            }
            all += 1;
            by_nmea += u32::from(nmea::parse_str(&sentence).is_ok());
            let reason = match parse(&sentence) {
                Err(error) => error.to_string(),
                Ok(read) => {
                    if differs_from_nmea(&sentence, &read.content) == Some(true) {
                        against_nmea.push(format!("{name}: {sentence}"));
                    }
                    let differing = differences(&sentence, &read.content);
                    if differing.is_empty() {
                        right += 1;
                        continue;
                    }
                    format!("read otherwise: {}", differing.join(", "))
                }
            };
            *wrong.entry(format!("{name}: {reason}: {sentence}")).or_default() += 1;
        }
    }
    let percent = |n: u32| 100.0 * f64::from(n) / f64::from(all);
    for (line, times) in &wrong {
        println!("not read right, {times} times: {line}");
    }
    for line in &against_nmea {
        println!("nmea reads otherwise: {line}");
    }
    println!(
        "acceptance: {right} of {all} sentences read right, {:.3} % (bar 99.95 %); nmea alone takes {by_nmea}, {:.3} %; \
         nmea reads {} otherwise",
        percent(right),
        percent(by_nmea),
        against_nmea.len()
    );
    assert!(percent(right) >= 99.95);
    // `nmea` gives 90 degrees for 89 degrees and 60 minutes, which receivers without a fix send.
    assert!(against_nmea.iter().all(|line| line.contains(",8960.00")), "{against_nmea:#?}");
}

#[test]
fn the_framer_finds_what_a_plain_framer_finds() {
    let Some(corpus) = logs::corpus() else { return };
    let mut count = 0;
    for log in logs::all_logs(&corpus) {
        let bytes = std::fs::read(&log).unwrap();
        let mut framer = tracker_agent::frame::Framer::new();
        let (mut input, mut found) = (bytes.as_slice(), Vec::new());
        while let Some(sentence) = framer.next_sentence(&mut input) {
            found.push(sentence.to_owned());
        }
        found.extend(framer.finish().map(str::to_owned));
        assert_eq!(found, plainly_framed(&bytes), "{}", log.display());
        count += found.len();
    }
    println!("framing: {count} sentences with a fitting checksum, all found, none else");
}
