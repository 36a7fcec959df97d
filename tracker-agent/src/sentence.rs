//! One framed sentence to one value. The only file that knows the `nmea` crate.
//!
//! `nmea` reads what it reads well, but takes `52nan` for a latitude and 75 minutes for minutes, rounds some times down by
//! a millisecond, and refuses whole families of sentences real receivers send. So every field it will read is checked before ([`crate::fields`]), and
//! what it refuses is read again here: GNS with three or more constellations, GLL without mode, GSA of a 2D fix with
//! empty dilutions or with a fourth one, ZDA with a signed zone, RMC with a variation without direction, a leap second
//! or a day that is none.

use domain::time::LocalDate;
use domain::{Antenna, Course, Hdop, Position, Speed};
use nmea::sentences::{FaaMode, FixType, gsa::GsaMode2, rmc::RmcStatusOfFix};
use nmea::{ParseResult, parse_str};

use crate::fields::{self, Axis, Fields, Malformed, degrees, time_of_day_ms};
use crate::signals::{self, BodyState};

const KMH_PER_KNOT: f64 = 1.852;

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
    /// The body unit's `$PMUCK`.
    Body(BodyState),
    /// Well framed, but of no use here.
    Other,
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
    pub position: Option<Position>,
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
    pub position: Option<Position>,
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
    pub position: Option<Position>,
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

/// Reads a framed sentence, `$` to checksum, whose checksum was verified.
pub fn parse(sentence: &str) -> Result<Sentence, Malformed> {
    let fields = Fields::of(sentence);
    let address = address(&fields);
    let content = match (address.0[0], &address.0[2..]) {
        _ if fields.get(0) == signals::BODY_ADDRESS => Content::Body(BodyState::parse(&fields)?),
        _ if fields.get(0).len() != 5 || address.0[0] == b'P' && address.0[1] != b'Q' => Content::Other,
        (_, b"RMC") => Content::Rmc(rmc(sentence, &fields)?),
        (_, b"GGA") => Content::Gga(gga(sentence, &fields)?),
        (_, b"GNS") => Content::Gns(gns(sentence, &fields)?),
        (_, b"GLL") => Content::Gll(gll(sentence, &fields)?),
        (_, b"ZDA") => Content::Zda(zda(sentence, &fields)?),
        (_, b"VTG") => Content::Vtg(vtg(sentence, &fields)?),
        (_, b"GSA") => Content::Gsa(gsa(sentence, &fields)?),
        (_, b"GSV") => gsv(&fields)?,
        (_, b"TXT") => signals::antenna_in_text(fields.get(4)).map_or(Content::Other, Content::Antenna),
        _ => Content::Other,
    };
    Ok(Sentence { address, content })
}

fn address(fields: &Fields<'_>) -> Address {
    let mut address = Address::default();
    for (slot, byte) in address.0.iter_mut().zip(fields.get(0).bytes()) {
        *slot = byte;
    }
    address
}

fn rmc(sentence: &str, f: &Fields<'_>) -> Result<Rmc, Malformed> {
    let (lat, lon) = coordinates(f, 3, !matches!(f.get(2), "A" | "D"))?;
    let time_ms = time_of_day_ms(f.get(1))?;
    // `nmea` takes the year 80 for 2080, and a date that is none for a reason to refuse the position.
    let date = fields::date(f.get(9)).ok().flatten();
    if let Ok(ParseResult::RMC(read)) = parse_str(sentence) {
        let basis = match read.status_of_fix {
            RmcStatusOfFix::Invalid => Basis::Nothing,
            _ => read.faa_mode.map_or(Basis::Satellites, basis_of_mode),
        };
        return Ok(Rmc {
            time_ms,
            date,
            basis,
            position: lat.and(lon).and(place(read.lat, read.lon)),
            motion: Motion {
                speed: plain(f.get(7)).and(knots(read.speed_over_ground)),
                course: plain(f.get(8)).and(course(read.true_course)),
            },
        });
    }
    let basis = match f.get(2) {
        "A" | "D" => basis_of_mode_letters(f.get(12)),
        "V" | "" => Basis::Nothing,
        _ => return Err(Malformed { field: "status" }),
    };
    Ok(Rmc {
        time_ms,
        date,
        basis,
        position: place(lat, lon),
        motion: Motion { speed: knots(plain(f.get(7))), course: course(plain(f.get(8))) },
    })
}

fn gga(sentence: &str, f: &Fields<'_>) -> Result<Gga, Malformed> {
    let (lat, lon) = coordinates(f, 2, matches!(f.get(6), "0" | ""))?;
    let time_ms = time_of_day_ms(f.get(1))?;
    if let Ok(ParseResult::GGA(read)) = parse_str(sentence) {
        return Ok(Gga {
            time_ms,
            basis: read.fix_type.map_or(Basis::Nothing, basis_of_fix_type),
            position: lat.and(lon).and(place(read.latitude, read.longitude)),
            satellites: read.fix_satellites.and_then(|n| u8::try_from(n).ok()),
            hdop: plain(f.get(8)).and(hdop(read.hdop)),
            altitude_m: plain(f.get(9)).and(metres(read.altitude)),
        });
    }
    let basis = match f.get(6) {
        "" => Basis::Nothing,
        digit if digit.len() == 1 => {
            digit.chars().next().map_or(Basis::Nothing, |d| basis_of_fix_type(d.into()))
        }
        _ => return Err(Malformed { field: "quality" }),
    };
    Ok(Gga { time_ms, basis, position: place(lat, lon), ..quality(f, 7) })
}

fn gns(sentence: &str, f: &Fields<'_>) -> Result<Gga, Malformed> {
    let (lat, lon) = coordinates(f, 2, f.get(6).bytes().all(|mode| mode == b'N'))?;
    let time_ms = time_of_day_ms(f.get(1))?;
    if let Ok(ParseResult::GNS(read)) = parse_str(sentence) {
        return Ok(Gga {
            time_ms,
            basis: basis_of_mode_letters(f.get(6)),
            position: lat.and(lon).and(place(read.lat, read.lon)),
            satellites: u8::try_from(read.nsattelites).ok(),
            hdop: plain(f.get(8)).and(hdop(read.hdop)),
            altitude_m: plain(f.get(9)).and(metres(read.alt)),
        });
    }
    if !f.get(6).bytes().all(|mode| mode.is_ascii_uppercase()) {
        return Err(Malformed { field: "mode" });
    }
    // Without any mode letter nothing is claimed, unlike the FAA mode that RMC and GLL of old receivers lack.
    let basis = if f.get(6).is_empty() { Basis::Nothing } else { basis_of_mode_letters(f.get(6)) };
    Ok(Gga { time_ms, basis, position: place(lat, lon), ..quality(f, 7) })
}

/// Satellites, HDOP and altitude, which stand in this order in GGA and GNS.
fn quality(f: &Fields<'_>, first: usize) -> Gga {
    Gga {
        satellites: fields::count("satellites", f.get(first)).ok().flatten().and_then(|n| n.try_into().ok()),
        hdop: hdop(plain(f.get(first + 1))),
        altitude_m: metres(plain(f.get(first + 2))),
        ..Gga::default()
    }
}

fn gll(sentence: &str, f: &Fields<'_>) -> Result<Gll, Malformed> {
    let (lat, lon) = coordinates(f, 1, f.get(6) != "A")?;
    let time_ms = time_of_day_ms(f.get(5))?;
    if let Ok(ParseResult::GLL(read)) = parse_str(sentence) {
        let by_mode = read.faa_mode.map_or(Basis::Satellites, basis_of_mode);
        return Ok(Gll {
            time_ms,
            basis: if read.valid { by_mode } else { Basis::Nothing },
            position: lat.and(lon).and(place(read.latitude, read.longitude)),
        });
    }
    let basis = match f.get(6) {
        "A" => basis_of_mode_letters(f.get(7)),
        "V" | "" => Basis::Nothing,
        _ => return Err(Malformed { field: "status" }),
    };
    Ok(Gll { time_ms, basis, position: place(lat, lon) })
}

fn zda(sentence: &str, f: &Fields<'_>) -> Result<Zda, Malformed> {
    let from_parts =
        |day: Option<u32>, month: Option<u32>, year: Option<u32>| fields::calendar_date(year?, month?, day?);
    let time_ms = time_of_day_ms(f.get(1))?;
    if let Ok(ParseResult::ZDA(read)) = parse_str(sentence) {
        let date = from_parts(read.day.map(u32::from), read.month.map(u32::from), read.year.map(u32::from));
        return Ok(Zda { time_ms, date });
    }
    let part = |index| fields::count("date", f.get(index));
    Ok(Zda { time_ms, date: from_parts(part(2)?, part(3)?, part(4)?) })
}

fn vtg(sentence: &str, f: &Fields<'_>) -> Result<Motion, Malformed> {
    let Ok(ParseResult::VTG(read)) = parse_str(sentence) else {
        return Err(Malformed { field: "course or speed" });
    };
    // The speed is read from the knots or, where they are empty, from the km/h; it is given in knots.
    let speed = plain(f.get(5)).or(plain(f.get(7))).and(knots(read.speed_over_ground));
    Ok(Motion { speed, course: plain(f.get(1)).and(course(read.true_course)) })
}

fn gsa(sentence: &str, f: &Fields<'_>) -> Result<Gsa, Malformed> {
    if let Ok(ParseResult::GSA(read)) = parse_str(sentence) {
        let dimensions = match read.mode2 {
            GsaMode2::NoFix => 1,
            GsaMode2::Fix2D => 2,
            GsaMode2::Fix3D => 3,
        };
        return Ok(Gsa { dimensions, hdop: plain(f.get(16)).and(hdop(read.hdop)) });
    }
    let dimensions = match f.get(2) {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        _ => return Err(Malformed { field: "fix mode" }),
    };
    Ok(Gsa { dimensions, hdop: hdop(plain(f.get(16))) })
}

/// Read here alone: `nmea` refuses a group without satellites, and the satellites are of no use.
fn gsv(f: &Fields<'_>) -> Result<Content, Malformed> {
    let field = "number in its group";
    let (total, number) = (fields::count(field, f.get(1))?, fields::count(field, f.get(2))?);
    match (total, number) {
        (Some(total), Some(number)) if number >= 1 => Ok(Content::Gsv { last_of_group: number >= total }),
        _ => Err(Malformed { field }),
    }
}

/// Latitude and longitude with their hemispheres, from field `first` on. Receivers without a fix fill them with places off
/// the globe (`8960.0000,N`): a `void` sentence has none then, and says that there is no fix.
fn coordinates(f: &Fields<'_>, first: usize, void: bool) -> Result<(Option<f64>, Option<f64>), Malformed> {
    let lat = degrees(Axis::Latitude, f.get(first), f.get(first + 1));
    let lon = degrees(Axis::Longitude, f.get(first + 2), f.get(first + 3));
    match (lat, lon) {
        (Ok(lat), Ok(lon)) => Ok((lat, lon)),
        _ if void => Ok((None, None)),
        (Err(malformed), _) | (_, Err(malformed)) => Err(malformed),
    }
}

fn place(lat: Option<f64>, lon: Option<f64>) -> Option<Position> {
    Position::from_degrees(lat?, lon?).ok()
}

/// A number, or nothing: a reading beside the position that is malformed (`0NaN`) does not cost the position.
fn plain(text: &str) -> Option<f64> {
    fields::number("", text).ok().flatten()
}

fn knots<T: Into<f64>>(knots: Option<T>) -> Option<Speed> {
    Speed::from_kmh(knots?.into() * KMH_PER_KNOT)
}

fn course<T: Into<f64>>(degrees: Option<T>) -> Option<Course> {
    Course::from_deg(degrees?.into())
}

fn hdop<T: Into<f64>>(ratio: Option<T>) -> Option<Hdop> {
    Hdop::from_ratio(ratio?.into())
}

fn metres<T: Into<f64>>(metres: Option<T>) -> Option<i32> {
    let metres = metres?.into();
    // The bounds of any place on the ground with a wide margin for bad vertical fixes.
    (-10_000.0..=50_000.0).contains(&metres).then(|| metres.round() as i32)
}

fn basis_of_fix_type(fix: FixType) -> Basis {
    match fix {
        FixType::Invalid => Basis::Nothing,
        FixType::Estimated | FixType::Manual | FixType::Simulation => Basis::Estimated,
        _ => Basis::Satellites,
    }
}

fn basis_of_mode(mode: FaaMode) -> Basis {
    basis_of_fix_type(mode.into())
}

/// The best of the mode letters, one for each constellation; receivers before NMEA 2.3 send none and mean satellites.
fn basis_of_mode_letters(letters: &str) -> Basis {
    let of_letter = |letter| match letter {
        'A' | 'D' | 'P' | 'R' | 'F' => Basis::Satellites,
        'E' | 'M' | 'S' => Basis::Estimated,
        _ => Basis::Nothing,
    };
    if letters.is_empty() {
        return Basis::Satellites;
    }
    letters.chars().map(of_letter).max().unwrap_or_default()
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
