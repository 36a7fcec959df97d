//! What the truck's body and devices say about themselves: load, cover, tipping body, antenna, power, ignition.
//!
//! Every source is optional and may know nothing. [`sentence`] reads the body unit's sentence,
//! [`j1939`] the vehicle bus, [`levels`] and [`debounce`] make steady words of wires and numbers, and [`merge`] decides one
//! [`BodyState`] from all of them. [`config`] is what an installer writes; [`watch`] opens the devices.

pub mod config;
pub mod debounce;
pub mod j1939;
pub mod levels;
pub mod merge;
pub mod sentence;
pub mod signal;
pub mod watch;

use domain::{Antenna, Lid, Lift, Load, Power};

pub use merge::{Merger, Precedence, Source};
pub use sentence::BODY_ADDRESS;

/// What is known of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BodyState {
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
    /// Ignition on; `None` when unknown.
    pub ignition: Option<bool>,
}

impl BodyState {
    /// What is known here, and where nothing is, what `other` knows.
    pub fn or(self, other: Self) -> Self {
        Self {
            load: if self.load == Load::Unknown { other.load } else { self.load },
            lid: if self.lid == Lid::Unknown { other.lid } else { self.lid },
            lift: if self.lift == Lift::Unknown { other.lift } else { self.lift },
            antenna: if self.antenna == Antenna::Unknown { other.antenna } else { self.antenna },
            power: if self.power == Power::Unknown { other.power } else { self.power },
            ignition: self.ignition.or(other.ignition),
        }
    }
}
