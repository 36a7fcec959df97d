//! Volume per permit, a second fold over its hauls.
//!
//! Each haul counts its truck's rated load, violating or not. The sums are shown beside the verdicts; they do not yet feed
//! UW-02's term that the approved volume is used up, which looks at `used_m3` of the register alone.

use std::collections::BTreeMap;

use domain::{Haul, PermitNumber, Registers};
use serde::Serialize;

/// What was hauled under a permit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PermitVolume {
    /// Hauls judged by it.
    pub hauls: u64,
    /// Their volume, litres: rated load ÷ 1.6 t/m³ each. A truck without a registered load adds nothing.
    pub hauled_l: u64,
    /// Volume hauled before the stretch judged, litres.
    pub used_before_l: u64,
    /// Volume approved, litres.
    pub approved_l: u64,
}

impl PermitVolume {
    /// Whether what was hauled before and since has reached what was approved.
    pub fn is_used_up(&self) -> bool {
        self.used_before_l.saturating_add(self.hauled_l) >= self.approved_l
    }
}

/// The volume of every permit that a haul is judged by, under the registers in force at each departure.
pub fn by_permit(hauls: &[Haul], registers: &Registers) -> BTreeMap<PermitNumber, PermitVolume> {
    let mut volumes: BTreeMap<PermitNumber, PermitVolume> = BTreeMap::new();
    for haul in hauls {
        let Some(number) = &haul.permit else { continue };
        let registry = registers.at(haul.departed);
        let volume = volumes.entry(number.clone()).or_default();
        if let Some(permit) = registry.permits.get(number) {
            volume.used_before_l = permit.used_l;
            volume.approved_l = permit.volume_l;
        }
        let litres = registry.trucks.get(&haul.plate).and_then(domain::Truck::rated_volume_l);
        volume.hauls += 1;
        volume.hauled_l = volume.hauled_l.saturating_add(litres.unwrap_or(0));
    }
    volumes
}
