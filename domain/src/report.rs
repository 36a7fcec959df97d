//! What trucks, readers and weighbridges report.

use serde::{Deserialize, Serialize};

use crate::epc::Epc;
use crate::id::ReportId;
use crate::measure::{Course, Hdop, Speed};
use crate::plate::Plate;
use crate::position::Position;
use crate::reader::ReaderId;
use crate::signal::{Antenna, FixKind, Lid, Lift, Load, Power};
use crate::site::SiteId;
use crate::terminal::TerminalId;
use crate::time::Timestamp;

/// One report. Two reports that say the same are one report: everything counts but `received`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Report {
    /// When it happened, by the device's clock.
    pub time: Timestamp,
    /// What was seen.
    pub content: Content,
    /// When the platform got it; no part of what makes the report.
    pub received: Option<Timestamp>,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Content {
    /// A truck's position and state.
    Fix(FixReport),
    /// A fixed reader saw a truck's tag.
    AtReader(ReaderSighting),
    /// A truck's own reader saw a tag.
    AtTruck(TruckSighting),
    /// A weighbridge weighed a truck.
    Weigh(WeighTicket),
}

/// A truck's position and state. Absent readings are `None` or `Unknown`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FixReport {
    /// The truck.
    pub plate: Plate,
    /// The device that reports.
    pub source: Option<TerminalId>,
    /// What the position rests on. With [`FixKind::None`] it places nothing.
    pub fix: FixKind,
    /// Where.
    pub position: Position,
    /// Ground speed by Doppler.
    pub speed: Option<Speed>,
    /// Direction of travel.
    pub course: Option<Course>,
    /// Horizontal dilution of precision.
    pub hdop: Option<Hdop>,
    /// Satellites used.
    pub satellites: Option<u8>,
    /// Ignition on.
    pub ignition: Option<bool>,
    /// Load.
    pub load: Load,
    /// Cover.
    pub lid: Lid,
    /// Tipping body.
    pub lift: Lift,
    /// Positioning antenna.
    pub antenna: Antenna,
    /// Main power.
    pub power: Power,
}

impl FixReport {
    /// A bare position: everything else unknown.
    pub fn bare(plate: Plate, position: Position, fix: FixKind) -> Self {
        Self {
            plate,
            source: None,
            fix,
            position,
            speed: None,
            course: None,
            hdop: None,
            satellites: None,
            ignition: None,
            load: Load::Unknown,
            lid: Lid::Unknown,
            lift: Lift::Unknown,
            antenna: Antenna::Unknown,
            power: Power::Unknown,
        }
    }
}

/// A fixed reader saw a truck's tag, once a second while it is in the field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReaderSighting {
    /// The reader.
    pub reader: ReaderId,
    /// The tag.
    pub epc: Epc,
    /// Signal strength.
    pub rssi_dbm: Option<i16>,
}

/// The truck's own reader saw a tag: a gate or wash beacon, or a driver's card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TruckSighting {
    /// The truck.
    pub plate: Plate,
    /// The tag.
    pub epc: Epc,
    /// Signal strength.
    pub rssi_dbm: Option<i16>,
}

/// A weighbridge ticket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeighTicket {
    /// Where.
    pub site: SiteId,
    /// The truck.
    pub plate: Plate,
    /// Gross mass in kilograms.
    pub gross_kg: u32,
}

impl Report {
    /// The truck a report names itself. A fixed reader names a tag, which the registers turn into a truck.
    pub fn plate(&self) -> Option<&Plate> {
        match &self.content {
            Content::Fix(fix) => Some(&fix.plate),
            Content::AtTruck(sighting) => Some(&sighting.plate),
            Content::Weigh(ticket) => Some(&ticket.plate),
            Content::AtReader(_) => None,
        }
    }

    /// The fix, if it is one.
    pub fn fix(&self) -> Option<&FixReport> {
        match &self.content {
            Content::Fix(fix) => Some(fix),
            _ => None,
        }
    }

    /// Its identity: a hash of its canonical line without `received`.
    pub fn id(&self) -> ReportId {
        ReportId::of_facts(&[crate::report_line::canonical_line(self).as_bytes()])
    }
}
