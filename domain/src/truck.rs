//! Trucks.

use crate::epc::Epc;
use crate::plate::{Plate, PlateColour};
use crate::signal::words;
use crate::terminal::TerminalId;
use crate::uscc::Uscc;
use crate::vin::Vin;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

words!(
    /// What drives a truck.
    Energy, "energy", "battery, hydrogen, hybrid, diesel, gas", {
        /// Battery.
        Battery = "battery",
        /// Fuel cell.
        Hydrogen = "hydrogen",
        /// Hybrid.
        Hybrid = "hybrid",
        /// Diesel.
        Diesel = "diesel",
        /// Natural gas.
        Gas = "gas",
    }
);
words!(
    /// What a truck carries.
    TruckKind, "truck kind", "muck, mixer", {
        /// Construction waste: every rule applies.
        Muck = "muck",
        /// Concrete: hauls no waste, so only the traffic, terminal and parking rules apply.
        Mixer = "mixer",
    }
);

/// One row of `trucks.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truck {
    /// The key.
    pub plate: Plate,
    /// Plate colour.
    pub colour: PlateColour,
    /// Vehicle identification number.
    pub vin: Option<Vin>,
    /// The company it is registered with.
    pub carrier: Uscc,
    /// The device fitted to it.
    pub terminal: Option<TerminalId>,
    /// The tag on its windscreen.
    pub epc: Option<Epc>,
    /// What drives it.
    pub energy: Option<Energy>,
    /// Rated load in kilograms.
    pub rated_load_kg: Option<u32>,
    /// What it carries.
    pub kind: TruckKind,
}

/// Density of construction waste by which a load becomes a volume, kg/m³ (contract: 1.6 t/m³).
pub const WASTE_KG_PER_M3: u32 = 1600;

impl Truck {
    /// Volume of a rated load in litres; `None` when no load is registered.
    pub fn rated_volume_l(&self) -> Option<u64> {
        self.rated_load_kg.map(|kg| u64::from(kg) * 1000 / u64::from(WASTE_KG_PER_M3))
    }
}
