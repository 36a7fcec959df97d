//! The judge as the service uses it: reports in, net changes out.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Haul, HaulId, Registers, Report, Timestamp, Violation, ViolationId};

use crate::judge::{Change, HauledBefore, Judge, JudgeCounters, ThresholdError};
use crate::waybill::SiteReading;

/// Everything that changed between two drains, each thing once.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Violations that hold, new or with other facts.
    pub hold: BTreeMap<ViolationId, Violation>,
    /// Violations that hold no more.
    pub gone: BTreeSet<ViolationId>,
    /// Hauls, new or standing differently.
    pub hauls: BTreeMap<HaulId, Haul>,
    /// Hauls that are none.
    pub hauls_gone: BTreeSet<HaulId>,
    /// What was seen of trucks at gates, wash bays and weighbridges.
    pub site_readings: Vec<SiteReading>,
}

impl Verdicts {
    /// Whether nothing changed and nothing was seen at a site.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.site_readings.is_empty()
    }

    /// How many things changed.
    pub fn len(&self) -> usize {
        self.hold.len() + self.gone.len() + self.hauls.len() + self.hauls_gone.len()
    }

    fn merge(&mut self, later: Change) {
        match later {
            Change::Opened(violation) | Change::Amended(violation) => {
                self.gone.remove(&violation.id);
                self.hold.insert(violation.id, violation);
            }
            Change::Withdrawn(id) => {
                self.hold.remove(&id);
                self.gone.insert(id);
            }
            Change::Haul(haul) => {
                self.hauls_gone.remove(&haul.id);
                self.hauls.insert(haul.id, haul);
            }
            Change::HaulWithdrawn(id) => {
                self.hauls.remove(&id);
                self.hauls_gone.insert(id);
            }
        }
    }

    /// Takes in all of a later drain.
    pub fn absorb(&mut self, later: Self) {
        let Self { hold, gone, hauls, hauls_gone, site_readings } = later;
        self.site_readings.extend(site_readings);
        gone.into_iter().map(Change::Withdrawn).for_each(|c| self.merge(c));
        hauls_gone.into_iter().map(Change::HaulWithdrawn).for_each(|c| self.merge(c));
        hold.into_values().map(Change::Amended).for_each(|c| self.merge(c));
        hauls.into_values().map(Change::Haul).for_each(|c| self.merge(c));
    }

    /// Leaves out what began before a moment: a fold that did not see the beginning cannot judge it.
    pub fn keep_from(&mut self, from: Timestamp) {
        self.hold.retain(|_, violation| from <= violation.start);
        self.hauls.retain(|_, haul| from <= haul.departed);
    }
}

/// The live judge.
pub struct Judging(Judge);

impl Judging {
    /// A judge that has seen nothing.
    pub fn new(registers: Registers) -> Result<Self, ThresholdError> {
        Judge::new(registers).map(Self)
    }

    /// Counts what was hauled before the stretch that is folded.
    pub fn set_hauled_before(&mut self, hauled: HauledBefore) {
        self.0.set_hauled_before(hauled);
    }

    /// Takes reports in. What they change is told by the next [`Judging::drain`]: asked once about many reports of a truck,
    /// the judge has less to do than asked about each.
    pub fn take(&mut self, reports: impl IntoIterator<Item = Report>) {
        for report in reports {
            self.0.handle(report);
        }
    }

    /// Puts other registers in force and returns what changed.
    pub fn set_registers(&mut self, registers: Registers) -> Result<Verdicts, ThresholdError> {
        self.0.set_registers(registers)?;
        Ok(self.drain())
    }

    /// What was counted.
    pub fn counters(&self) -> &JudgeCounters {
        self.0.counters()
    }

    /// What changed since this was asked last.
    pub fn drain(&mut self) -> Verdicts {
        let mut verdicts = Verdicts::default();
        while let Some(change) = self.0.poll() {
            verdicts.merge(change);
        }
        verdicts
    }
}
