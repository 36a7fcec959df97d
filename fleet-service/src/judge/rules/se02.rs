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
//! A wash stands on its site, so while its readers see the tag the truck has not left, whatever its position says: a bay
//! beside the gate is within the error of a position. Readings after the last fix inside count too, till the truck is
//! farther than `wash_left_m` from there, and only then is it judged: the departure is the last fix inside, or the last such
//! reading where that is later. A departure before that from the same site was none.
//!
//! A wash counts for every departure within its 15 minutes: a truck that tipped nearby and is back at once is still clean.
//!
//! Example: the last fix inside is at 08:38:28 on the way to the bay, the next ones lie some metres beyond the fence, the
//! wash reader sees the tag from 08:38:28 to 08:39:27: washed for 60 s, clean.

use std::sync::Arc;

use domain::{HaulId, Position, ReaderRole, Timestamp};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::gates::Gate;
use crate::judge::haul::Begun;
use crate::judge::sample::Moment;
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::{SiteMark, View};

/// Most separate runs of readings remembered; the oldest go first.
const RUNS_MAX: usize = 512;

/// Seconds in which a wash saw the truck, of late.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Washes {
    runs: Vec<WashRun>,
    leaving: Option<Leaving>,
    /// Runs forgotten because too many were remembered.
    pub(in crate::judge) forgotten: u64,
}

/// A departure from a site that must wash, until the truck is well away.
#[derive(Debug, Clone)]
struct Leaving {
    site: Arc<SiteMark>,
    haul: HaulId,
    departed: Timestamp,
    position: Position,
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
                    self.forgotten += 1;
                }
                self.runs.push(WashRun { gate: Arc::clone(gate), first_s: second, last_s: second });
            }
        }
    }

    /// A fix: forgets, while the truck is still inside, what no departure can count any more, and judges one it has left
    /// behind.
    pub(in crate::judge) fn follow(&mut self, moment: &Moment, limits: &Thresholds, out: &mut Vec<Finding>) {
        let Some(placed) = moment.sample.placed else { return };
        let now = moment.sample.time;
        let is_away = |leaving: &mut Leaving| {
            let away = leaving.position.distance_m(placed.position) > limits.wash_left_m;
            (away && placed.uncertainty_m < limits.weak_fix_m)
                || now.millis_since(leaving.departed) >= millis(limits.wash_window_s)
        };
        let left = self.leaving.take_if(is_away);
        out.extend(left.and_then(|leaving| self.judge(&leaving, limits)));
        if self.runs.is_empty() {
            return;
        }
        let oldest_s = window_start_s(now, limits);
        let sites = &moment.sample.places.sites;
        self.runs.retain(|run| run.last_s >= oldest_s || sites.iter().all(|site| site.id != run.gate.site));
    }

    /// A haul that begins, by the registers of its departure.
    pub(in crate::judge) fn depart(&mut self, begun: &Begun, view: &View, out: &mut Vec<Finding>) {
        let Some(source) = &begun.source else { return };
        let required = view.registry.sites.get(&source.id).is_some_and(|site| site.wash_required);
        let same = |leaving: &mut Leaving| leaving.site.id != source.id;
        let other = self.leaving.take_if(same);
        out.extend(other.and_then(|leaving| self.judge(&leaving, &view.thresholds)));
        let (haul, departed, position) = (begun.haul, begun.departed, begun.position);
        let leaving = Leaving { site: Arc::clone(source), haul, departed, position };
        self.leaving = (required && view.gates.has_wash(&source.id)).then_some(leaving);
    }

    /// What stands if no further report comes.
    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        let left = self.leaving.take();
        out.extend(left.and_then(|leaving| self.judge(&leaving, limits)));
    }

    fn judge(&self, leaving: &Leaving, limits: &Thresholds) -> Option<Finding> {
        let site = &leaving.site.id;
        let oldest_s = window_start_s(leaving.departed, limits);
        let washed_s: i64 = self
            .runs
            .iter()
            .filter(|run| run.gate.site == *site)
            .map(|run| (run.last_s - run.first_s.max(oldest_s) + 1).max(0))
            .sum();
        // A truck heard of once a minute passed the bay after its last fix inside.
        let read = self.runs.iter().filter(|run| run.gate.site == *site).map(|run| run.last_s).max();
        let left = read.map_or(leaving.departed, |read| leaving.departed.max(Timestamp::from_seconds(read)));
        ((washed_s as f64) < limits.wash_s).then(|| Finding {
            rule: "SE-02",
            carrier: None,
            permit: None,
            trip: Some(leaving.haul),
            start: left,
            end: left,
            position: leaving.position,
            facts: facts([
                ("source", site.as_str().into()),
                ("wanted_s", tenth(limits.wash_s)),
                ("washed_s", washed_s.into()),
            ]),
        })
    }
}

fn window_start_s(departed: Timestamp, limits: &Thresholds) -> i64 {
    departed.plus_millis(-millis(limits.wash_window_s)).millis().div_euclid(1000)
}
