//! What an area on a terminal stands for, and what a terminal is not told as the registers say it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an area on a terminal stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaUse {
    /// A permit's route.
    Corridor,
    /// A zone the truck may not enter.
    NoGo,
    /// A zone with a speed limit.
    SpeedLimit,
    /// A place a permit lets it load at.
    Source,
    /// A place a permit lets it unload at.
    Sink,
}

impl AreaUse {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Corridor => "corridor",
            Self::NoGo => "no_go",
            Self::SpeedLimit => "speed_limit",
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

/// What an area on a terminal means, to read a report about it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meaning {
    /// What it stands for.
    pub what: AreaUse,
    /// Key of the route, site or zone.
    pub key: String,
    /// Its name in the registers.
    pub name: String,
    /// The permit it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permit: Option<String>,
    /// Which of its polygons, from 1.
    pub part: usize,
    /// Hours of every day in which it holds, `HH:MM-HH:MM`; always without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Highest speed, km/h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_kmh: Option<u16>,
}

/// What a terminal is not told as the registers say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Note {
    /// Fewer corners around more ground.
    Simplified {
        /// Site or zone.
        key: String,
        /// Corners in the registers.
        corners: usize,
        /// Corners sent.
        sent: usize,
        /// Ground added, m².
        added_m2: u64,
    },
    /// Holes are covered: the terminal takes them for part of the area.
    HolesCovered {
        /// Site or zone.
        key: String,
        /// How many.
        holes: usize,
    },
    /// Several polygons went out as areas of their own.
    InParts {
        /// Site or zone.
        key: String,
        /// How many.
        parts: usize,
    },
    /// A corridor wider than a segment can be: the terminal alarms before the service does.
    WidthClamped {
        /// Route.
        key: String,
        /// Full width by the registers, m.
        wanted_m: u32,
        /// Full width sent, m.
        sent_m: u32,
    },
    /// Fewer turning points, and segments wider by twice what that moved the line.
    RouteSimplified {
        /// Route.
        key: String,
        /// Points in the registers.
        points: usize,
        /// Points sent.
        sent: usize,
        /// How far the line moved at most, m.
        moved_m: u32,
    },
    /// More areas than a terminal is given.
    TooMany {
        /// Left out.
        left_out: usize,
    },
}
