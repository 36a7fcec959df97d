//! Areas with a rule of their own: no-go and speed limits.

use crate::geometry::Area;
use crate::measure::Speed;
use crate::window::HaulWindows;
use serde::{Deserialize, Serialize};

crate::text::register_key!(
    /// A zone's key.
    ZoneId, "zone id"
);

/// What a zone forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneKind {
    /// Trucks may not enter (禁行).
    NoGo,
    /// Trucks may not go faster (限速).
    SpeedLimit(Speed),
}

/// One feature of `zones.geojson`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// The key.
    pub id: ZoneId,
    /// Name shown to people.
    pub name: String,
    /// What it forbids.
    pub kind: ZoneKind,
    /// Its ground.
    pub area: Area,
    /// When it is in force; empty is always.
    pub windows: HaulWindows,
}
