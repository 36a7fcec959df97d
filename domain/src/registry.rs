//! Registers as versions: what was in force at a moment is what a report of that moment is judged by.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::carrier::Carrier;
use crate::epc::Epc;
use crate::permit::{Permit, PermitNumber};
use crate::plate::Plate;
use crate::publicity::{CompanyPersons, PermitPapers};
use crate::reader::{Beacon, Reader, ReaderId};
use crate::route::{Route, RouteId};
use crate::site::{Site, SiteId, SiteTerms};
use crate::terminal::TerminalId;
use crate::time::Timestamp;
use crate::truck::Truck;
use crate::uscc::Uscc;
use crate::zone::{Zone, ZoneId};

/// Every register at one moment. References between them were checked when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    /// Companies.
    pub carriers: BTreeMap<Uscc, Carrier>,
    /// Trucks.
    pub trucks: BTreeMap<Plate, Truck>,
    /// Sites.
    pub sites: BTreeMap<SiteId, Site>,
    /// District and capacity of the sites that state them.
    pub site_terms: BTreeMap<SiteId, SiteTerms>,
    /// Zones.
    pub zones: BTreeMap<ZoneId, Zone>,
    /// Routes.
    pub routes: BTreeMap<RouteId, Route>,
    /// Permits.
    pub permits: BTreeMap<PermitNumber, Permit>,
    /// Fixed readers.
    pub readers: BTreeMap<ReaderId, Reader>,
    /// Who answers for a company, where its row says so.
    pub persons: BTreeMap<Uscc, CompanyPersons>,
    /// What the decision on a permit says of itself, where its entry tells.
    pub permit_papers: BTreeMap<PermitNumber, PermitPapers>,
    /// Beacon tags.
    pub beacons: BTreeMap<Epc, Beacon>,
    /// Thresholds set by name, over the defaults: numbers, and RFC 3339 text for `earliest_time`.
    pub limits: BTreeMap<String, serde_json::Value>,
}

impl Registry {
    /// The truck a device is fitted to.
    pub fn truck_of_terminal(&self, terminal: &TerminalId) -> Option<&Truck> {
        self.trucks.values().find(|truck| truck.terminal.as_ref() == Some(terminal))
    }

    /// The truck that carries a tag.
    pub fn truck_of_tag(&self, epc: &Epc) -> Option<&Truck> {
        self.trucks.values().find(|truck| truck.epc.as_ref() == Some(epc))
    }
}

/// The registers' versions in the order they came into force.
#[derive(Debug, Clone)]
pub struct Registers {
    versions: Vec<(Timestamp, Arc<Registry>)>,
}

impl Registers {
    /// One version, in force for all time.
    pub fn always(registry: Registry) -> Self {
        Self { versions: vec![(Timestamp::from_millis(i64::MIN), Arc::new(registry))] }
    }

    /// Puts a further version in force from a moment on. A version already there for that very moment is replaced.
    pub fn put_in_force(&mut self, from: Timestamp, registry: Arc<Registry>) {
        match self.versions.binary_search_by_key(&from, |(at, _)| *at) {
            Ok(at) => self.versions[at].1 = registry,
            Err(at) => self.versions.insert(at, (from, registry)),
        }
    }

    /// The version in force at a moment; before the first, the first.
    pub fn at(&self, time: Timestamp) -> &Arc<Registry> {
        let after = self.versions.partition_point(|(from, _)| *from <= time);
        &self.versions[after.saturating_sub(1)].1
    }

    /// The newest version.
    pub fn newest(&self) -> &Arc<Registry> {
        &self.versions[self.versions.len() - 1].1
    }

    /// The versions that are in force by a moment; those that come later are left out, the first stays.
    pub fn until(&self, time: Timestamp) -> Self {
        let count = self.versions.partition_point(|(from, _)| *from <= time).max(1);
        Self { versions: self.versions.iter().take(count).cloned().collect() }
    }

    /// Every version with the moment it came into force, oldest first. Never empty.
    pub fn versions(&self) -> &[(Timestamp, Arc<Registry>)] {
        &self.versions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_judged_by_the_version_in_force_then() {
        let mut registers = Registers::always(Registry::default());
        let mut second = Registry::default();
        second.limits.insert("default_limit_kmh".into(), 50.into());
        registers.put_in_force(Timestamp::from_seconds(100), Arc::new(second));
        assert!(registers.at(Timestamp::from_millis(99_999)).limits.is_empty());
        assert_eq!(registers.at(Timestamp::from_seconds(100)).limits.len(), 1);
        assert_eq!(registers.newest().limits.len(), 1);
        assert!(registers.until(Timestamp::from_seconds(99)).newest().limits.is_empty());
        assert_eq!(registers.until(Timestamp::from_seconds(100)).newest().limits.len(), 1);
    }
}
