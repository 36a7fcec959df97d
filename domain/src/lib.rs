//! The nouns of muck-truck supervision: identifiers, positions, reports, registers, verdicts.
//!
//! Nothing here reads a file, a socket, a clock or a random source, and nothing knows SQL or HTTP. Values are built
//! only by parsing, so whoever holds a [`Plate`] or a [`Position`] holds a well-formed one.
//!
//! # Layout
//! - identifiers: [`plate`], [`uscc`], [`epc`], [`vin`], [`terminal`], [`id`]
//! - space and time: [`position`], [`datum`], [`geometry`], [`time`], [`window`]
//! - what is reported: [`signal`], [`measure`], [`report`], [`report_line`]
//! - what is registered: [`carrier`], [`truck`], [`site`], [`zone`], [`route`], [`permit`], [`reader`], [`registry`],
//!   [`publicity`]
//! - what is judged: [`rule`], [`haul`], [`violation`]
#![warn(missing_docs)]

pub mod carrier;
pub mod datum;
pub mod epc;
pub mod geometry;
pub mod haul;
pub mod id;
pub mod measure;
pub mod permit;
pub mod plate;
pub mod position;
pub mod publicity;
pub mod reader;
pub mod registry;
pub mod report;
pub mod report_line;
pub mod route;
pub mod rule;
pub mod signal;
pub mod site;
pub mod terminal;
mod text;
pub mod time;
pub mod truck;
pub mod uscc;
pub mod vin;
pub mod violation;
pub mod window;
pub mod zone;

pub use carrier::{Carrier, CarrierStatus};
pub use datum::{Bd09, Cgcs2000, Datum, Gcj02, Wgs84};
pub use epc::{Epc, Tid};
pub use geometry::{Area, GeometryError, Line, Polygon, Ring};
pub use haul::{Haul, HaulState};
pub use id::{HaulId, ReportId, ViolationId};
pub use measure::{Course, Hdop, Speed};
pub use permit::{Leg, Permit, PermitNumber, PermitStatus};
pub use plate::{Plate, PlateColour};
pub use position::Position;
pub use reader::{Beacon, Reader, ReaderId, ReaderRole};
pub use registry::{Registers, Registry};
pub use report::{FixReport, ReaderSighting, Report, TruckSighting, WeighTicket};
pub use route::{Route, RouteId};
pub use rule::{Authority, RuleCode};
pub use signal::{Antenna, FixKind, Lid, Lift, Load, Power};
pub use site::{District, Site, SiteId, SiteKind, SiteTerms};
pub use terminal::TerminalId;
pub use time::{LocalDate, Timestamp};
pub use truck::{Energy, Truck, TruckKind};
pub use uscc::{Uscc, UsccCheck};
pub use vin::{Vin, VinCheck};
pub use violation::Violation;
pub use window::{HaulWindow, HaulWindows};
pub use zone::{Zone, ZoneId, ZoneKind};
