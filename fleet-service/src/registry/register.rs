//! The registers by name, and what is said of one record of them.

use std::str::FromStr;

/// A word that names no register.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no register; known: carriers, trucks, sites, zones, routes, permits, limits")]
pub struct UnknownRegister(pub String);

/// A register that is kept record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Register {
    /// Companies, by unified social credit code.
    Carriers,
    /// Trucks, by plate.
    Trucks,
    /// Sites, by id.
    Sites,
    /// Zones, by id.
    Zones,
    /// Routes, by id.
    Routes,
    /// Permits, by number.
    Permits,
    /// Thresholds set over the defaults, by name.
    Limits,
}

impl Register {
    /// Every register, each after those its records refer to.
    pub const ALL: [Self; 7] =
        [Self::Carriers, Self::Trucks, Self::Sites, Self::Zones, Self::Routes, Self::Permits, Self::Limits];

    /// The word used in addresses and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Carriers => "carriers",
            Self::Trucks => "trucks",
            Self::Sites => "sites",
            Self::Zones => "zones",
            Self::Routes => "routes",
            Self::Permits => "permits",
            Self::Limits => "limits",
        }
    }

    /// Its name in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Carriers => "清运企业",
            Self::Trucks => "车辆",
            Self::Sites => "场所",
            Self::Zones => "围栏",
            Self::Routes => "线路",
            Self::Permits => "准运证",
            Self::Limits => "判定参数",
        }
    }

    /// The member that is the key.
    pub fn key_member(self) -> &'static str {
        match self {
            Self::Carriers => "uscc",
            Self::Trucks => "plate",
            Self::Sites | Self::Zones | Self::Routes => "id",
            Self::Permits => "number",
            Self::Limits => "name",
        }
    }

    /// Whether its records are GeoJSON features.
    pub fn has_geometry(self) -> bool {
        matches!(self, Self::Sites | Self::Zones | Self::Routes)
    }
}

impl FromStr for Register {
    type Err = UnknownRegister;

    fn from_str(text: &str) -> Result<Self, UnknownRegister> {
        let found = Self::ALL.into_iter().find(|register| register.word() == text);
        found.ok_or_else(|| UnknownRegister(text.chars().take(40).collect()))
    }
}
