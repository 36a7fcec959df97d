//! Which trucks may pass which no-go zones, by the permits of one register version.

use std::collections::HashMap;

use domain::{PermitNumber, Plate, Registry, Timestamp, ZoneId};

/// The permits that name passes, by truck.
#[derive(Debug, Default)]
pub(super) struct Passes(HashMap<Plate, Vec<PermitNumber>>);

impl Passes {
    pub(super) fn of(registry: &Registry) -> Self {
        let mut passes: HashMap<Plate, Vec<PermitNumber>> = HashMap::new();
        for permit in registry.permits.values().filter(|permit| !permit.zone_passes.is_empty()) {
            for plate in &permit.trucks {
                passes.entry(plate.clone()).or_default().push(permit.number.clone());
            }
        }
        Self(passes)
    }

    /// Whether a permit valid at a moment lists the truck and has the zone among its passes.
    pub(super) fn allow(&self, registry: &Registry, plate: &Plate, zone: &ZoneId, time: Timestamp) -> bool {
        let permits = self.0.get(plate).map_or(&[][..], Vec::as_slice);
        permits
            .iter()
            .filter_map(|number| registry.permits.get(number))
            .any(|permit| permit.zone_passes.contains(zone) && permit.is_in_force_at(time))
    }
}
