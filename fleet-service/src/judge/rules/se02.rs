//! SE-02, mud on the road: left unwashed (带泥上路, 未冲洗).
//!
//! Contract: one violation per haul when the "source has `wash_required` and a wash reader or beacon, and in the 15 min
//! before the last fix inside, its wash readers saw the tag (or the truck saw its wash beacons) for < 30 s in all (distinct
//! seconds, holes ≤ 3 s filled)"; the departure, a point.
//!
//! Why: a truck that leaves a building site with clean wheels and body leaves no mud behind; half a minute is what a wash
//! bay needs.
//!
//! Example: the wash reader sees the tag from 08:04:00 to 08:04:31 with holes of a second or two, the last fix inside is
//! at 08:06:00: washed for 32 s, clean. Seen for 12 s only, or not at all: one violation at 08:06:00.
//!
//! Readings between the last fix inside and the first outside count too: a wash stands on its site, so the truck was
//! still there, and a sparse sampler must not turn a wash at the gate into an accusation.

use std::sync::Arc;

use domain::{ReaderRole, Timestamp};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::gates::Gate;
use crate::judge::haul::Begun;
use crate::judge::sample::Moment;
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::View;

/// Most separate runs of readings remembered; the oldest go first.
const RUNS_MAX: usize = 512;

/// Seconds in which a wash saw the truck, of late.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Washes {
    runs: Vec<WashRun>,
}

/// Whole seconds in a row, with both ends, holes filled.
#[derive(Debug, Clone)]
struct WashRun {
    gate: Arc<Gate>,
    first_s: i64,
    last_s: i64,
}

impl Washes {
    /// A reading at a gate or wash bay.
    pub(in crate::judge) fn read(&mut self, time: Timestamp, gate: &Arc<Gate>, limits: &Thresholds) {
        if gate.role != ReaderRole::Wash {
            return;
        }
        let second = time.millis().div_euclid(1000);
        let filled = second - 1 - limits.wash_hole_s as i64;
        // Readers and beacons of one bay take turns: their runs are told apart by site, not by device.
        let open = self.runs.iter_mut().rev().find(|run| run.gate.site == gate.site);
        match open {
            Some(run) if run.last_s >= filled => run.last_s = second,
            _ => {
                if self.runs.len() == RUNS_MAX {
                    self.runs.remove(0);
                }
                self.runs.push(WashRun { gate: Arc::clone(gate), first_s: second, last_s: second });
            }
        }
    }

    /// Forgets, while the truck is still inside, what no departure can count any more.
    pub(in crate::judge) fn follow(&mut self, moment: &Moment, limits: &Thresholds) {
        if self.runs.is_empty() || moment.sample.placed.is_none() {
            return;
        }
        let oldest_s = window_start_s(moment.sample.time, limits);
        let sites = &moment.sample.places.sites;
        self.runs.retain(|run| run.last_s >= oldest_s || sites.iter().all(|site| site.id != run.gate.site));
    }

    /// Judges a haul that begins, by the registers of its departure.
    pub(in crate::judge) fn judge(&mut self, begun: &Begun, view: &View) -> Option<Finding> {
        let source = begun.source.as_ref()?;
        let limits = &view.thresholds;
        let oldest_s = window_start_s(begun.departed, limits);
        let washed_s: i64 = self
            .runs
            .iter()
            .filter(|run| run.gate.site == source.id)
            .map(|run| (run.last_s - run.first_s.max(oldest_s) + 1).max(0))
            .sum();
        self.runs.retain(|run| run.gate.site != source.id);
        let required = view.registry.sites.get(&source.id).is_some_and(|site| site.wash_required);
        let missing = required && view.gates.has_wash(&source.id) && (washed_s as f64) < limits.wash_s;
        missing.then(|| Finding {
            rule: "SE-02",
            carrier: None,
            permit: None,
            trip: Some(begun.haul),
            start: begun.departed,
            end: begun.departed,
            position: begun.position,
            facts: facts([
                ("source", source.id.as_str().into()),
                ("wanted_s", tenth(limits.wash_s)),
                ("washed_s", washed_s.into()),
            ]),
        })
    }
}

fn window_start_s(departed: Timestamp, limits: &Thresholds) -> i64 {
    departed.plus_millis(-millis(limits.wash_window_s)).millis().div_euclid(1000)
}
