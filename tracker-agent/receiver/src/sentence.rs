//! One framed sentence to one value. The only file that knows the `nmea` crate.
//!
//! The eight types a fix is made of are read here, field by field ([`crate::fields`]): `nmea` takes `52nan` for a latitude
//! and 75 minutes for minutes, rounds some times down by a millisecond, and refuses whole families of sentences real
//! receivers send (`sentence_tests.rs` holds each). It is their judge in the tests: what both read must be the same. Of the
//! other types `nmea` reads those of use here, TXT and GST, behind the same guards.

use domain::time::LocalDate;
use domain::{Antenna, Course, Hdop, Position, Speed};
use nmea::{ParseResult, parse_str};

use crate::fields::{self, Axis, Fields, Malformed, coordinate_e7, time_of_day_ms};

const KMH_PER_KNOT: f64 = 1.852;
/// A position said to be off by more than this, in metres, is no better known than one without an estimate.
const ERROR_M_MAX: f64 = 100_000.0;

/// What a position rests on, before dimensions are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Basis {
    /// Nothing: the receiver has no fix.
    #[default]
    Nothing,
    /// Dead reckoning, manual input or a simulator: no evidence.
    Estimated,
    /// Satellites.
    Satellites,
}

/// Talker and type: the five characters after `$`, or the first five of a proprietary address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Address(pub [u8; 5]);

/// A sentence, read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sentence {
    /// Who says what.
    pub address: Address,
    /// What it says.
    pub content: Content,
}

/// What a sentence says. Empty fields are `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content {
    /// Position, speed, course, date.
    Rmc(Rmc),
    /// Position, altitude, quality.
    Gga(Gga),
    /// As GGA, for several constellations.
    Gns(Gga),
    /// Position.
    Gll(Gll),
    /// Time and date.
    Zda(Zda),
    /// Course and speed.
    Vtg(Motion),
    /// Dimensions of the fix.
    Gsa(Gsa),
    /// Satellites in view; only where in its group it stands matters here.
    Gsv {
        /// Whether it is the last of its group.
        last_of_group: bool,
    },
    /// The antenna state in a TXT.
    Antenna(Antenna),
    /// How far the position may be off, by the receiver's own estimate.
    Gst(Gst),
    /// Well framed, but of no use here.
    Other,
}

/// A position and how finely it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub position: Position,
    /// Decimals of the minutes of latitude.
    pub decimals: u8,
}

/// RMC: recommended minimum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rmc {
    /// Milliseconds since midnight UTC.
    pub time_ms: Option<u32>,
    /// Day UTC. Meaningless without a fix.
    pub date: Option<LocalDate>,
    /// Status A (or D) and the mode: a valid position and what it rests on.
    pub basis: Basis,
    /// Where.
    pub place: Option<Place>,
    /// How it moves.
    pub motion: Motion,
}

/// Course and speed over ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Motion {
    /// Speed.
    pub speed: Option<Speed>,
    /// Course.
    pub course: Option<Course>,
}

/// GGA and GNS: fix data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gga {
    /// Milliseconds since midnight UTC.
    pub time_ms: Option<u32>,
    /// From the quality digit or the mode letters.
    pub basis: Basis,
    /// Where.
    pub place: Option<Place>,
    /// Satellites used.
    pub satellites: Option<u8>,
    /// Horizontal dilution of precision.
    pub hdop: Option<Hdop>,
    /// Metres above mean sea level.
    pub altitude_m: Option<i32>,
}

/// GLL: geographic position.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gll {
    /// Milliseconds since midnight UTC.
    pub time_ms: Option<u32>,
    /// Status and mode.
    pub basis: Basis,
    /// Where.
    pub place: Option<Place>,
}

/// ZDA: time and date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Zda {
    /// Milliseconds since midnight UTC.
    pub time_ms: Option<u32>,
    /// Day UTC. Meaningless without a fix.
    pub date: Option<LocalDate>,
}

/// GSA: dimensions and dilution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gsa {
    /// 1 no fix, 2 or 3 dimensions.
    pub dimensions: u8,
    /// Horizontal dilution of precision.
    pub hdop: Option<Hdop>,
}

/// GST: the receiver's estimate of its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gst {
    /// Milliseconds since midnight UTC.
    pub time_ms: Option<u32>,
    /// Standard deviation of the horizontal position, centimetres.
    pub horizontal_error_cm: Option<u32>,
}

/// Fields looked at of a GSV: where in its group it stands.
const GSV_FIELDS: usize = 3;
/// A GSA has 18 fields with the address, with a system id or a fourth dilution 19. Behind more satellites than the
/// standard's twelve the dilutions are the last three.
const GSA_FIELDS_MAX: usize = 19;
/// Fields looked at of the others: at most as far as the mode of an RMC.
const FIX_FIELDS: usize = 13;

/// Reads a framed sentence, `$` to checksum, whose checksum was verified.
pub fn parse(sentence: &str) -> Result<Sentence, Malformed> {
    let address = address(sentence);
    let fields = |wanted| Fields::first(sentence, wanted);
    let content = match &address.0 {
        // Makers' own addresses begin with P and have any length; the Japanese talker PQ is none of them.
        [b'P', second, ..] if *second != b'Q' => Content::Other,
        [_, _, kind @ ..] if sentence.as_bytes().get(6).is_none_or(|byte| matches!(byte, b',' | b'*')) => {
            match kind {
                b"GSV" => gsv(&fields(GSV_FIELDS))?,
                b"GSA" => Content::Gsa(gsa(&fields(fields::FIELDS_MAX))?),
                b"RMC" => Content::Rmc(rmc(&fields(FIX_FIELDS))?),
                b"GGA" => Content::Gga(gga(&fields(FIX_FIELDS))?),
                b"GNS" => Content::Gns(gns(&fields(FIX_FIELDS))?),
                b"GLL" => Content::Gll(gll(&fields(FIX_FIELDS))?),
                b"VTG" => Content::Vtg(vtg(&fields(FIX_FIELDS))?),
                b"ZDA" => Content::Zda(zda(&fields(FIX_FIELDS))?),
                b"TXT" => antenna(sentence).map_or(Content::Other, Content::Antenna),
                b"GST" => Content::Gst(gst(sentence)?),
                _ => Content::Other,
            }
        }
        _ => Content::Other,
    };
    Ok(Sentence { address, content })
}

fn address(sentence: &str) -> Address {
    let mut address = Address::default();
    let bytes = sentence.bytes().skip(1).take_while(|byte| !matches!(byte, b',' | b'*'));
    for (slot, byte) in address.0.iter_mut().zip(bytes) {
        *slot = byte;
    }
    address
}

fn rmc(f: &Fields<'_>) -> Result<Rmc, Malformed> {
    let basis = match f.get(2) {
        "A" | "D" => basis_of_mode_letters(f.get(12)),
        "V" | "" => Basis::Nothing,
        _ => return Err(Malformed { field: "status" }),
    };
    Ok(Rmc {
        time_ms: time_of_day_ms(f.get(1))?,
        // A date that is none is no reason to refuse the position.
        date: fields::date(f.get(9)).ok().flatten(),
        basis,
        place: place(f, 3, !matches!(f.get(2), "A" | "D"))?,
        motion: Motion { speed: knots(f.get(7)), course: course(f.get(8)) },
    })
}

fn gga(f: &Fields<'_>) -> Result<Gga, Malformed> {
    let basis = match f.get(6) {
        "" | "0" => Basis::Nothing,
        "1" | "2" | "3" | "4" | "5" | "9" => Basis::Satellites,
        "6" | "7" | "8" => Basis::Estimated,
        _ => return Err(Malformed { field: "quality" }),
    };
    let place = place(f, 2, matches!(f.get(6), "0" | ""))?;
    Ok(Gga { time_ms: time_of_day_ms(f.get(1))?, basis, place, ..quality(f) })
}

fn gns(f: &Fields<'_>) -> Result<Gga, Malformed> {
    let modes = f.get(6);
    if !modes.bytes().all(|mode| mode.is_ascii_uppercase()) {
        return Err(Malformed { field: "mode" });
    }
    // Without any mode letter nothing is claimed, unlike the FAA mode that RMC and GLL of old receivers lack.
    let basis = if modes.is_empty() { Basis::Nothing } else { basis_of_mode_letters(modes) };
    let place = place(f, 2, modes.bytes().all(|mode| mode == b'N'))?;
    Ok(Gga { time_ms: time_of_day_ms(f.get(1))?, basis, place, ..quality(f) })
}

/// Satellites, HDOP and altitude, which stand in the same fields of GGA and GNS.
fn quality(f: &Fields<'_>) -> Gga {
    Gga {
        satellites: fields::count("satellites", f.get(7)).ok().flatten().and_then(|n| n.try_into().ok()),
        hdop: hdop(f.get(8)),
        altitude_m: metres(f.get(9)),
        ..Gga::default()
    }
}

fn gll(f: &Fields<'_>) -> Result<Gll, Malformed> {
    let basis = match f.get(6) {
        "A" => basis_of_mode_letters(f.get(7)),
        "V" | "" => Basis::Nothing,
        _ => return Err(Malformed { field: "status" }),
    };
    let place = place(f, 1, f.get(6) != "A")?;
    Ok(Gll { time_ms: time_of_day_ms(f.get(5))?, basis, place })
}

fn zda(f: &Fields<'_>) -> Result<Zda, Malformed> {
    let part = |index| fields::count("date", f.get(index));
    let date = match (part(2)?, part(3)?, part(4)?) {
        (Some(day), Some(month), Some(year)) => fields::calendar_date(year, month, day),
        _ => None,
    };
    Ok(Zda { time_ms: time_of_day_ms(f.get(1))?, date })
}

fn vtg(f: &Fields<'_>) -> Result<Motion, Malformed> {
    for (index, letter) in [(2, "T"), (4, "M"), (6, "N"), (8, "K")] {
        if !matches!(f.get(index), "") && f.get(index) != letter {
            return Err(Malformed { field: "course or speed" });
        }
    }
    let kmh = || Speed::from_kmh(plain(f.get(7))?);
    Ok(Motion { speed: knots(f.get(5)).or_else(kmh), course: course(f.get(1)) })
}

fn gsa(f: &Fields<'_>) -> Result<Gsa, Malformed> {
    let dimensions = match f.get(2) {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        _ => return Err(Malformed { field: "fix mode" }),
    };
    let hdop_at = if f.count() > GSA_FIELDS_MAX { f.count() - 2 } else { 16 };
    Ok(Gsa { dimensions, hdop: hdop(f.get(hdop_at)) })
}

/// The satellites themselves are of no use.
fn gsv(f: &Fields<'_>) -> Result<Content, Malformed> {
    let field = "number in its group";
    let (total, number) = (fields::count(field, f.get(1))?, fields::count(field, f.get(2))?);
    match (total, number) {
        (Some(total), Some(number)) if number >= 1 => Ok(Content::Gsv { last_of_group: number >= total }),
        _ => Err(Malformed { field }),
    }
}

/// `nmea` takes `nan` and `inf` for deviations and drops a leap second, so both are guarded.
fn gst(sentence: &str) -> Result<Gst, Malformed> {
    let Ok(ParseResult::GST(read)) = parse_str(sentence) else {
        return Err(Malformed { field: "error estimate" });
    };
    let time_ms = time_of_day_ms(Fields::first(sentence, 2).get(1))?;
    let cm = |lat: f32, lon: f32| {
        let metres = f64::from(lat).hypot(f64::from(lon));
        (0.0..=ERROR_M_MAX).contains(&metres).then(|| (metres * 100.0).round() as u32)
    };
    Ok(Gst {
        time_ms,
        horizontal_error_cm: read.lat_sd.zip(read.long_sd).and_then(|(lat, lon)| cm(lat, lon)),
    })
}

/// The antenna state in a TXT, if it tells one.
fn antenna(sentence: &str) -> Option<Antenna> {
    match parse_str(sentence) {
        Ok(ParseResult::TXT(read)) => antenna_in_text(&read.text),
        // Some leave out a number before the text; the text is what counts.
        _ => antenna_in_text(Fields::of(sentence).get(4)),
    }
}

/// The antenna state in the text of a TXT sentence (`ANTENNA OK`, `ANTENNA OPEN`, `ANTENNA SHORT`), if it is one.
pub fn antenna_in_text(text: &str) -> Option<Antenna> {
    let (_before, state) = text.split_once("ANTENNA ")?;
    match state.split(|c: char| !c.is_ascii_alphanumeric()).next()? {
        "OK" => Some(Antenna::Ok),
        "OPEN" => Some(Antenna::Open),
        "SHORT" => Some(Antenna::Short),
        _ => None,
    }
}

/// Latitude and longitude with their hemispheres, from field `first` on. Receivers without a fix fill them with places off
/// the globe (`8960.0000,N`): a `void` sentence has none then, and says that there is no fix.
fn place(f: &Fields<'_>, first: usize, void: bool) -> Result<Option<Place>, Malformed> {
    let lat = coordinate_e7(Axis::Latitude, f.get(first), f.get(first + 1));
    let lon = coordinate_e7(Axis::Longitude, f.get(first + 2), f.get(first + 3));
    match (lat, lon) {
        (Ok(Some(lat)), Ok(Some(lon))) => {
            let decimals = f.get(first).bytes().rev().position(|byte| byte == b'.').unwrap_or(0);
            let decimals = u8::try_from(decimals).unwrap_or(u8::MAX);
            Ok(Position::from_e7(lat, lon).ok().map(|position| Place { position, decimals }))
        }
        (Ok(_), Ok(_)) => Ok(None),
        _ if void => Ok(None),
        (Err(malformed), _) | (_, Err(malformed)) => Err(malformed),
    }
}

/// A number, or nothing: a reading beside the position that is malformed (`0NaN`) does not cost the position.
fn plain(text: &str) -> Option<f64> {
    fields::number("", text).ok().flatten()
}

fn knots(text: &str) -> Option<Speed> {
    Speed::from_kmh(plain(text)? * KMH_PER_KNOT)
}

fn course(text: &str) -> Option<Course> {
    Course::from_deg(plain(text)?)
}

fn hdop(text: &str) -> Option<Hdop> {
    Hdop::from_ratio(plain(text)?)
}

fn metres(text: &str) -> Option<i32> {
    let metres = plain(text)?;
    // The bounds of any place on the ground with a wide margin for bad vertical fixes.
    (-10_000.0..=50_000.0).contains(&metres).then(|| metres.round() as i32)
}

/// The best of the mode letters, one for each constellation; receivers before NMEA 2.3 send none and mean satellites.
fn basis_of_mode_letters(letters: &str) -> Basis {
    let of_letter = |letter| match letter {
        b'A' | b'D' | b'P' | b'R' | b'F' => Basis::Satellites,
        b'E' | b'M' | b'S' => Basis::Estimated,
        _ => Basis::Nothing,
    };
    if letters.is_empty() {
        return Basis::Satellites;
    }
    letters.bytes().map(of_letter).max().unwrap_or_default()
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
