//! Passages of gates, wash bays and weighbridges: many readings of one tag, seconds apart, are one passage.

use domain::report::Content;
use domain::{Plate, ReaderRole, Registry, Report, SiteId, Timestamp};
use serde::{Deserialize, Serialize};

/// Readings of one truck at one place not farther apart than this are one passage, seconds.
const JOIN_S: i64 = 120;
/// Readings are kept by spans of this length: the first and the last of each, milliseconds.
const SPAN_MS: i64 = 60_000;

/// What was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A gate on the way in.
    GateIn,
    /// A gate on the way out.
    GateOut,
    /// A wash bay.
    Wash,
    /// A weighbridge, with the gross mass read.
    Weighbridge {
        /// Kilograms.
        gross_kg: u32,
    },
}

impl Mark {
    /// The word stored: a mass stands beside it.
    pub fn word(self) -> &'static str {
        match self {
            Self::GateIn => "gate_in",
            Self::GateOut => "gate_out",
            Self::Wash => "wash",
            Self::Weighbridge { .. } => "weighbridge",
        }
    }

    /// From the word stored and the mass beside it.
    pub fn from_word(word: &str, gross_kg: u32) -> Option<Self> {
        match word {
            "gate_in" => Some(Self::GateIn),
            "gate_out" => Some(Self::GateOut),
            "wash" => Some(Self::Wash),
            "weighbridge" => Some(Self::Weighbridge { gross_kg }),
            _ => None,
        }
    }
}

impl From<ReaderRole> for Mark {
    fn from(role: ReaderRole) -> Self {
        match role {
            ReaderRole::GateIn => Self::GateIn,
            ReaderRole::GateOut => Self::GateOut,
            ReaderRole::Wash => Self::Wash,
        }
    }
}

/// The first and last reading of a truck at a place within one minute of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteReading {
    /// The truck.
    pub plate: Plate,
    /// The site.
    pub site: SiteId,
    /// What was passed.
    pub mark: Mark,
    /// First reading.
    pub first: Timestamp,
    /// Last reading.
    pub last: Timestamp,
}

impl SiteReading {
    /// The minute it belongs to, in milliseconds since 1970.
    pub fn minute_ms(&self) -> i64 {
        self.first.millis().div_euclid(SPAN_MS) * SPAN_MS
    }
}

/// A truck at a place of a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// The truck.
    pub plate: Plate,
    /// The site.
    pub site: SiteId,
    /// What was passed.
    pub mark: Mark,
    /// From when.
    pub first: Timestamp,
    /// To when.
    pub last: Timestamp,
}

/// What a report says of a truck at a site, by the registers in force; `None` for a position, for a tag or reader no
/// register knows, and for a driver's card.
pub fn reading_of(report: &Report, registry: &Registry) -> Option<SiteReading> {
    let (plate, site, mark) = match &report.content {
        Content::Fix(_) => return None,
        Content::AtReader(sighting) => {
            let reader = registry.readers.get(&sighting.reader)?;
            (&registry.truck_of_tag(&sighting.epc)?.plate, &reader.site, reader.role.into())
        }
        Content::AtTruck(sighting) => {
            let beacon = registry.beacons.get(&sighting.epc)?;
            (&sighting.plate, &beacon.site, beacon.role.into())
        }
        Content::Weigh(ticket) => {
            (&ticket.plate, &ticket.site, Mark::Weighbridge { gross_kg: ticket.gross_kg })
        }
    };
    let (plate, site) = (plate.clone(), site.clone());
    Some(SiteReading { plate, site, mark, first: report.time, last: report.time })
}

/// Readings joined to passages, by truck, site, mark and time. The order of the readings does not matter.
pub fn passages(mut readings: Vec<SiteReading>) -> Vec<Passage> {
    readings.sort();
    let mut passages: Vec<Passage> = Vec::new();
    for SiteReading { plate, site, mark, first, last } in readings {
        let joins = |p: &&mut Passage| {
            p.plate == plate
                && p.site == site
                && p.mark == mark
                && first.millis_since(p.last) <= JOIN_S * 1000
        };
        match passages.last_mut().filter(joins) {
            Some(passage) => passage.last = passage.last.max(last),
            None => passages.push(Passage { plate, site, mark, first, last }),
        }
    }
    passages.sort_by(|a, b| (&a.plate, a.first, a).cmp(&(&b.plate, b.first, b)));
    passages
}
