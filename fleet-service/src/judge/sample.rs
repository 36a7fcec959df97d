//! What the fold sees of a fix report, before and after its place and load are settled.

use std::sync::Arc;

use domain::{Antenna, Course, FixReport, Hdop, Lid, Power};
use domain::{FixKind, Lift, Load, Position, Speed, TerminalId, Timestamp};

use super::view::Places;

/// A report as a truck's history keeps it: without the plate, the serial shared. Order is time, then content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) time: Timestamp,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Body {
    Fix(FixEntry),
    /// Anything else: no rule judged here reads more of it than its time. Its hash tells it from others.
    Other(domain::ReportId),
}

/// Every member of a fix report but its plate: two entries that differ are two reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FixEntry {
    source: Option<Arc<TerminalId>>,
    pub(super) fix: FixKind,
    pub(super) position: Position,
    pub(super) speed: Option<Speed>,
    course: Option<Course>,
    pub(super) hdop: Option<Hdop>,
    satellites: Option<u8>,
    ignition: Option<bool>,
    pub(super) load: Load,
    lid: Lid,
    pub(super) lift: Lift,
    antenna: Antenna,
    power: Power,
}

impl FixEntry {
    pub(super) fn of(fix: &FixReport, source: Option<Arc<TerminalId>>) -> Self {
        Self {
            source,
            fix: fix.fix,
            position: fix.position,
            speed: fix.speed,
            course: fix.course,
            hdop: fix.hdop,
            satellites: fix.satellites,
            ignition: fix.ignition,
            load: fix.load,
            lid: fix.lid,
            lift: fix.lift,
            antenna: fix.antenna,
            power: fix.power,
        }
    }
}

impl Entry {
    pub(super) fn source(&self) -> Option<&Arc<TerminalId>> {
        match &self.body {
            Body::Fix(fix) => fix.source.as_ref(),
            Body::Other(_) => None,
        }
    }
}

/// A position that places the truck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) position: Position,
    pub(super) speed: Option<Speed>,
    pub(super) uncertainty_m: f64,
}

/// A fix report with the grounds its position is on.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) time: Timestamp,
    /// `None` when the fix places nothing.
    pub(super) placed: Option<Placed>,
    /// The grounds as they are; from presence on, the places the truck is held to be in.
    pub(super) places: Places,
    pub(super) load: Load,
    pub(super) lift: Lift,
}

/// A sample whose load is settled too.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) sample: Sample,
    /// `None` while no load was ever read.
    pub(super) loaded: Option<bool>,
}
