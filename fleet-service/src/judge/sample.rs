//! What the fold sees of a report: as its truck's history keeps it, and as a sample whose place and load get settled.

use std::hash::Hash;
use std::sync::Arc;

use domain::report::Content;
use domain::{Antenna, Course, Epc, FixReport, Hdop, Lid, Power, ReaderId, Report, SiteId};
use domain::{FixKind, Lift, Load, Position, Speed, TerminalId, Timestamp};
use foldhash::HashSet;

use super::view::Places;

/// A report as a truck's history keeps it: without the plate, the names it cites shared. Order is time, then content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) time: Timestamp,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Body {
    Fix(FixEntry),
    /// A fixed reader saw the truck's tag.
    AtReader {
        reader: Arc<ReaderId>,
        tag: Arc<Epc>,
        rssi_dbm: Option<i16>,
    },
    /// The truck's own reader saw a tag.
    AtTruck {
        tag: Arc<Epc>,
        rssi_dbm: Option<i16>,
    },
    Weigh {
        site: Arc<SiteId>,
        gross_kg: u32,
    },
}

/// Every member of a fix report but its plate: two entries that differ are two reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FixEntry {
    pub(super) source: Option<Arc<TerminalId>>,
    pub(super) fix: FixKind,
    pub(super) position: Position,
    pub(super) speed: Option<Speed>,
    pub(super) course: Option<Course>,
    pub(super) hdop: Option<Hdop>,
    pub(super) satellites: Option<u8>,
    pub(super) ignition: Option<bool>,
    pub(super) load: Load,
    pub(super) lid: Lid,
    pub(super) lift: Lift,
    pub(super) antenna: Antenna,
    pub(super) power: Power,
}

impl FixEntry {
    fn of(fix: &FixReport, source: Option<Arc<TerminalId>>) -> Self {
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
    /// A report as a history keeps it.
    pub(super) fn of(report: &Report, names: &mut Names) -> Self {
        let body = match &report.content {
            Content::Fix(fix) => Body::Fix(FixEntry::of(
                fix,
                fix.source.as_ref().map(|serial| share(&mut names.serials, serial)),
            )),
            Content::AtReader(sighting) => Body::AtReader {
                reader: share(&mut names.readers, &sighting.reader),
                tag: share(&mut names.tags, &sighting.epc),
                rssi_dbm: sighting.rssi_dbm,
            },
            Content::AtTruck(sighting) => {
                Body::AtTruck { tag: share(&mut names.tags, &sighting.epc), rssi_dbm: sighting.rssi_dbm }
            }
            Content::Weigh(ticket) => {
                Body::Weigh { site: share(&mut names.sites, &ticket.site), gross_kg: ticket.gross_kg }
            }
        };
        Self { time: report.time, body }
    }

    pub(super) fn source(&self) -> Option<&Arc<TerminalId>> {
        match &self.body {
            Body::Fix(fix) => fix.source.as_ref(),
            _ => None,
        }
    }
}

/// Names of one kind of which a truck's history keeps one copy; a copy of each further one.
const SHARED_NAMES_MAX: usize = 256;

/// The names a truck's reports cite, each held once.
#[derive(Debug, Default)]
pub(super) struct Names {
    serials: HashSet<Arc<TerminalId>>,
    readers: HashSet<Arc<ReaderId>>,
    tags: HashSet<Arc<Epc>>,
    sites: HashSet<Arc<SiteId>>,
}

fn share<T: Clone + Eq + Hash>(known: &mut HashSet<Arc<T>>, name: &T) -> Arc<T> {
    if let Some(shared) = known.get(name) {
        return Arc::clone(shared);
    }
    let new = Arc::new(name.clone());
    if known.len() < SHARED_NAMES_MAX {
        known.insert(Arc::clone(&new));
    }
    new
}

/// A position that places the truck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) position: Position,
    pub(super) speed: Option<Speed>,
    pub(super) uncertainty_m: f64,
}

/// What body and device say of themselves, beside load and lift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signals {
    pub(super) ignition: Option<bool>,
    pub(super) lid: Lid,
    pub(super) antenna: Antenna,
    pub(super) power: Power,
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
    pub(super) signals: Signals,
}

/// A sample whose load is settled too.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) sample: Sample,
    /// `None` while no load was ever read.
    pub(super) loaded: Option<bool>,
}
