//! A truck as the live map shows it.

use domain::{FixReport, Report};
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
