//! What one case rests on, gathered once and given in two forms: a bundle that anyone can check, and a sheet for paper.
//!
//! - [`gather`]: everything the case rests on, from the stores
//! - [`bundle`]: the same as a ZIP file with a manifest, the same bytes for the same state (pure)
//! - [`geometry`]: track, grounds and routes as GeoJSON (pure)
//! - [`sheet`], [`drawing`], [`plot`], [`sheet_words`]: the A4 sheet as HTML with drawings (pure)

pub mod bundle;
pub mod drawing;
pub mod gather;
pub mod geometry;
pub mod plot;
pub mod sheet;
mod sheet_words;

use std::sync::Arc;

use domain::{Carrier, Permit, Position, Registry, Report, Timestamp, Truck};
use scoring::{LedgerEntry, Rule};

use crate::cases::case_file::CaseFile;
use crate::store::{AuditEntry, CaseRead, ClueEvent, RawMessage, StoredClue};
use crate::street::photo::Photo;
use crate::street::tip::Tip;

/// Reports before and after the act that belong to it, seconds.
pub const AROUND_S: i64 = 10 * 60;
/// Longest stretch of reports, seconds: an act that lasted longer is shown by its first day.
pub const STRETCH_S_MAX: i64 = 24 * 3600;
/// How far from the track a ground still belongs to the picture, metres.
pub const NEAR_M: f64 = 800.0;

/// Everything a case rests on.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The case.
    pub case: CaseFile,
    /// The clue it was.
    pub clue: Option<StoredClue>,
    /// What happened to the clue.
    pub clue_history: Vec<ClueEvent>,
    /// The rule as it stood.
    pub rule: Option<Rule>,
    /// The deduction.
    pub entry: Option<LedgerEntry>,
    /// What was done to the case and its clue, oldest first.
    pub trail: Vec<AuditEntry>,
    /// The truck's reports and readings of its tag, by time.
    pub reports: Vec<Report>,
    /// There are more reports than are given.
    pub is_cut: bool,
    /// The stretch they were taken from.
    pub stretch: (Timestamp, Timestamp),
    /// Messages of its terminal kept as they came.
    pub raw: Vec<RawMessage>,
    /// The registers in force then.
    pub registry: Arc<Registry>,
    /// Number of that version, and since when it is in force.
    pub registers: Option<(u64, Timestamp)>,
    /// The tip it was entered from.
    pub tip: Option<Tip>,
    /// Pictures.
    pub photos: Vec<Photo>,
    /// Who read the case.
    pub reads: Vec<CaseRead>,
}

/// A fix to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub time: Timestamp,
    /// Where.
    pub at: Position,
    /// How fast.
    pub speed_kmh: Option<f64>,
}

impl Evidence {
    /// The truck as registered then.
    pub fn truck(&self) -> Option<&Truck> {
        self.registry.trucks.get(&self.case.plate)
    }

    /// The company as registered then.
    pub fn carrier(&self) -> Option<&Carrier> {
        self.registry.carriers.get(self.case.uscc.as_ref()?)
    }

    /// The permit it was judged by.
    pub fn permit(&self) -> Option<&Permit> {
        let clue = self.clue.as_ref()?;
        let violation = clue.decision.as_ref().map_or(&clue.violation, |decision| &decision.on);
        self.registry.permits.get(violation.permit.as_ref()?)
    }

    /// Where the act began.
    pub fn place(&self) -> Option<Position> {
        let of_clue = self.clue.as_ref().map(|clue| clue.violation.position);
        of_clue.or_else(|| self.tip.as_ref().and_then(|tip| tip.position))
    }

    /// The fixes that place the truck, by time.
    pub fn points(&self) -> Vec<Point> {
        let point = |report: &Report| {
            let fix = report.fix().filter(|fix| fix.fix != domain::FixKind::None)?;
            Some(Point { time: report.time, at: fix.position, speed_kmh: fix.speed.map(|speed| speed.kmh()) })
        };
        self.reports.iter().filter_map(point).collect()
    }

    /// The limit that was broken, where there is one.
    pub fn limit_kmh(&self) -> Option<f64> {
        self.clue.as_ref()?.violation.facts.get("limit_kmh")?.as_f64()
    }
}
