//! A truck as the live map shows it.

use domain::{FixReport, Report, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A truck, how it stands, and where it was last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TruckRow {
    /// The truck.
    pub plate: String,
    /// Plate colour, as `yellow`; absent for a plate no register knows.
    pub plate_colour: Option<String>,
    /// Its company, if registered.
    pub carrier_uscc: Option<String>,
    /// The company's name.
    pub carrier_name: Option<String>,
    /// `clue`: a pending clue ended less than 10 min ago; `offline`: no report for 5 min; `silent`: none ever; `normal`.
    pub state: String,
    /// Rules of its pending clues, when the state is `clue`.
    pub rules: Vec<String>,
    /// Its newest fix.
    pub last: Option<LastFix>,
}

/// A truck's newest fix.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LastFix {
    /// By the device's clock.
    pub time: String,
    /// When the platform got it.
    pub received: Option<String>,
    /// WGS-84 degrees.
    pub lat: f64,
    /// WGS-84 degrees.
    pub lon: f64,
    /// Ground speed.
    pub speed_kmh: Option<f64>,
    /// Degrees clockwise from north.
    pub course_deg: Option<f64>,
    /// `3d`, `2d` or `none`.
    pub fix: String,
    /// `empty`, `half`, `full`, `over` or `unknown`.
    pub load: String,
    /// `closed`, `open` or `unknown`.
    pub lid: String,
    /// `flat`, `raised` or `unknown`.
    pub lift: String,
}

/// A truck drove on and nothing else changed: plate, time in milliseconds since 1970, longitude, latitude, speed in km/h,
/// course in degrees. A list, not an object: of thousands a second a page reads the names alone would be most of the text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move(pub String, pub i64, pub f64, pub f64, pub Option<f64>, pub Option<f64>);

impl Move {
    /// The way from one row to the next, when it is all that changed.
    pub fn from(before: &TruckRow, now: &TruckRow) -> Option<Self> {
        let (old, new) = (before.last.as_ref()?, now.last.as_ref()?);
        let signals = |fix: &LastFix| [fix.fix.clone(), fix.load.clone(), fix.lid.clone(), fix.lift.clone()];
        let same = before.state == now.state
            && before.rules == now.rules
            && before.carrier_uscc == now.carrier_uscc
            && before.carrier_name == now.carrier_name
            && before.plate_colour == now.plate_colour
            && signals(old) == signals(new);
        let time: Timestamp = new.time.parse().ok()?;
        let short = |degrees: f64| (degrees * 1e6).round() / 1e6;
        same.then(|| {
            Self(
                now.plate.clone(),
                time.millis(),
                short(new.lon),
                short(new.lat),
                new.speed_kmh,
                new.course_deg,
            )
        })
    }
}

/// One point of a track.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackPoint {
    /// By the device's clock.
    pub time: String,
    /// WGS-84 degrees.
    pub lat: f64,
    /// WGS-84 degrees.
    pub lon: f64,
    /// Ground speed.
    pub speed_kmh: Option<f64>,
    /// Degrees clockwise from north.
    pub course_deg: Option<f64>,
    /// `3d`, `2d` or `none`.
    pub fix: String,
    /// `empty`, `half`, `full`, `over` or `unknown`.
    pub load: String,
}

impl LastFix {
    /// The fix a report carries.
    pub fn of(report: &Report, fix: &FixReport) -> Self {
        Self {
            time: report.time.to_string(),
            received: report.received.map(|at| at.to_string()),
            lat: fix.position.lat(),
            lon: fix.position.lon(),
            speed_kmh: fix.speed.map(|s| s.kmh()),
            course_deg: fix.course.map(|c| c.deg()),
            fix: fix.fix.to_string(),
            load: fix.load.to_string(),
            lid: fix.lid.to_string(),
            lift: fix.lift.to_string(),
        }
    }
}

impl TrackPoint {
    /// The point of a fix.
    pub fn of(report: &Report, fix: &FixReport) -> Self {
        Self {
            time: report.time.to_string(),
            lat: fix.position.lat(),
            lon: fix.position.lon(),
            speed_kmh: fix.speed.map(|s| s.kmh()),
            course_deg: fix.course.map(|c| c.deg()),
            fix: fix.fix.to_string(),
            load: fix.load.to_string(),
        }
    }
}
