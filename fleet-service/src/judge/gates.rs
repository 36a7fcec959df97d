//! Fixed readers and beacons of one register version: what a tag reading proves a truck passed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{Epc, Position, ReaderId, ReaderRole, Registry, SiteId};

/// A reader or beacon: where it is and what it watches.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gate {
    /// The reader's id, or the beacon's tag.
    pub(super) name: String,
    pub(super) site: SiteId,
    pub(super) role: ReaderRole,
    pub(super) position: Position,
}

/// Every reader and beacon of a version.
#[derive(Debug, Default)]
pub(super) struct Gates {
    readers: HashMap<ReaderId, Arc<Gate>>,
    beacons: HashMap<Epc, Arc<Gate>>,
    washes: HashSet<SiteId>,
}

impl Gates {
    pub(super) fn of(registry: &Registry) -> Self {
        let reader = |reader: &domain::Reader| Gate {
            name: reader.id.to_string(),
            site: reader.site.clone(),
            role: reader.role,
            position: reader.position,
        };
        let beacon = |beacon: &domain::Beacon| Gate {
            name: beacon.epc.to_string(),
            site: beacon.site.clone(),
            role: beacon.role,
            position: beacon.position,
        };
        let readers: HashMap<_, _> =
            registry.readers.iter().map(|(id, r)| (id.clone(), Arc::new(reader(r)))).collect();
        let beacons: HashMap<_, _> =
            registry.beacons.iter().map(|(tag, b)| (tag.clone(), Arc::new(beacon(b)))).collect();
        let washes = readers.values().chain(beacons.values()).filter(|gate| gate.role == ReaderRole::Wash);
        let washes = washes.map(|gate| gate.site.clone()).collect();
        Self { readers, beacons, washes }
    }

    pub(super) fn reader(&self, id: &ReaderId) -> Option<&Arc<Gate>> {
        self.readers.get(id)
    }

    pub(super) fn beacon(&self, tag: &Epc) -> Option<&Arc<Gate>> {
        self.beacons.get(tag)
    }

    /// Whether a site has a wash that can be seen: a reader or a beacon.
    pub(super) fn has_wash(&self, site: &SiteId) -> bool {
        self.washes.contains(site)
    }
}
