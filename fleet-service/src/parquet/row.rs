//! A report that borrows its names: what reading hands out row by row, without an allocation a row.

use domain::report::Content;
use domain::{
    Antenna, Course, Epc, FixKind, FixReport, Hdop, Lid, Lift, Load, Plate, Position, Power, ReaderId,
    ReaderSighting, Report, SiteId, Speed, TerminalId, Timestamp, TruckSighting, WeighTicket,
};

/// A [`Report`] whose names belong to someone else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRef<'a> {
    /// When it happened.
    pub time: Timestamp,
    /// When the platform got it.
    pub received: Option<Timestamp>,
    /// What was seen.
    pub content: ContentRef<'a>,
}

/// [`Content`] with borrowed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentRef<'a> {
    /// A truck's position and state.
    Fix(FixRef<'a>),
    /// A fixed reader saw a truck's tag.
    AtReader {
        /// The reader.
        reader: &'a ReaderId,
        /// The tag.
        epc: &'a Epc,
        /// Signal strength.
        rssi_dbm: Option<i16>,
    },
    /// The truck's own reader saw a tag.
    AtTruck {
        /// The truck.
        plate: &'a Plate,
        /// The tag.
        epc: &'a Epc,
        /// Signal strength.
        rssi_dbm: Option<i16>,
    },
    /// A weighbridge weighed a truck.
    Weigh {
        /// Where.
        site: &'a SiteId,
        /// The truck.
        plate: &'a Plate,
        /// Gross mass in kilograms.
        gross_kg: u32,
    },
}

/// [`FixReport`] with borrowed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixRef<'a> {
    /// The truck.
    pub plate: &'a Plate,
    /// The device that reports.
    pub source: Option<&'a TerminalId>,
    /// Everything that is no name.
    pub readings: Readings,
}

/// What a fix report says beside who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readings {
    /// What the position rests on.
    pub fix: FixKind,
    /// Where.
    pub position: Position,
    /// Ground speed.
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

impl<'a> From<&'a Report> for ReportRef<'a> {
    fn from(report: &'a Report) -> Self {
        let content = match &report.content {
            Content::Fix(fix) => ContentRef::Fix(FixRef {
                plate: &fix.plate,
                source: fix.source.as_ref(),
                readings: Readings::of(fix),
            }),
            Content::AtReader(s) => {
                ContentRef::AtReader { reader: &s.reader, epc: &s.epc, rssi_dbm: s.rssi_dbm }
            }
            Content::AtTruck(s) => ContentRef::AtTruck { plate: &s.plate, epc: &s.epc, rssi_dbm: s.rssi_dbm },
            Content::Weigh(t) => ContentRef::Weigh { site: &t.site, plate: &t.plate, gross_kg: t.gross_kg },
        };
        Self { time: report.time, received: report.received, content }
    }
}

impl ReportRef<'_> {
    /// The report on its own.
    pub fn to_report(&self) -> Report {
        let content = match self.content {
            ContentRef::Fix(fix) => {
                Content::Fix(fix.readings.with_names(fix.plate.clone(), fix.source.cloned()))
            }
            ContentRef::AtReader { reader, epc, rssi_dbm } => {
                Content::AtReader(ReaderSighting { reader: reader.clone(), epc: epc.clone(), rssi_dbm })
            }
            ContentRef::AtTruck { plate, epc, rssi_dbm } => {
                Content::AtTruck(TruckSighting { plate: plate.clone(), epc: epc.clone(), rssi_dbm })
            }
            ContentRef::Weigh { site, plate, gross_kg } => {
                Content::Weigh(WeighTicket { site: site.clone(), plate: plate.clone(), gross_kg })
            }
        };
        Report { time: self.time, content, received: self.received }
    }
}

impl Readings {
    fn of(fix: &FixReport) -> Self {
        Self {
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

    /// The fix report of a truck and a device.
    pub fn with_names(self, plate: Plate, source: Option<TerminalId>) -> FixReport {
        FixReport {
            plate,
            source,
            fix: self.fix,
            position: self.position,
            speed: self.speed,
            course: self.course,
            hdop: self.hdop,
            satellites: self.satellites,
            ignition: self.ignition,
            load: self.load,
            lid: self.lid,
            lift: self.lift,
            antenna: self.antenna,
            power: self.power,
        }
    }
}
