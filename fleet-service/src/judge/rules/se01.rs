//! SE-01, not sealed (密闭不严).
//!
//! Contract: one violation per stretch: "loaded, lid open, > 5 km/h, outside sites, for ≥ 60 s"; from the first to the
//! last such fix. Stretches less than 180 s apart, by the fixes between that are none (`stretch`), are one, and together
//! they last the minute or not.
//!
//! Why: an open load blows and spills over the road. The minute gives a driver who leaves a gate time to close the cover;
//! the speed keeps a truck that waits, or tips, out of it.
//!
//! Example: a loaded truck drives from 08:07:00 to 08:12:00 with the lid read open, waits 90 s at a light, and drives on
//! with it open till 08:16:00. One violation from 08:07:00 to 08:16:00.
//!
//! A reading of the lid that is unknown, and a fix that places nothing, neither end a stretch nor lengthen it. One fix
//! alone is none: a sensor may flicker. Nor are two `stretch_gap_s` or more apart, for nobody knows what the lid was
//! between them.

use domain::{HaulId, Lid, Position, Timestamp};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::stretch::{Joined, Stretch};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::watch::Here;

/// Driving loaded with an open lid, followed over all fixes.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Unsealed {
    run: Option<OpenRun>,
    joined: Joined<OpenRun>,
}

/// Fixes in a row at which it held.
#[derive(Debug, Clone)]
struct OpenRun {
    first: Timestamp,
    position: Position,
    trip: Option<HaulId>,
    last: Timestamp,
    fixes: u32,
    /// How long it was seen to hold, the waits between left out.
    open_s: f64,
    fastest_kmh: f64,
}

impl Unsealed {
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let limits = here.limits();
        let now = here.time();
        let Some((position, holds)) = holds(here) else {
            return;
        };
        if !holds || self.run.as_ref().is_some_and(|run| now.millis_since(run.last) >= gap(limits)) {
            self.end_run(limits, out);
        }
        if !holds {
            self.joined.part(now);
            let over = self.joined.pass(now, limits);
            out.extend(over.and_then(|run| run.finding(limits)));
            return;
        }
        let speed_kmh = here.speed_kmh.unwrap_or(0.0);
        let run = self.run.get_or_insert(OpenRun {
            first: now,
            position,
            trip: here.trip,
            last: now,
            fixes: 0,
            open_s: 0.0,
            fastest_kmh: speed_kmh,
        });
        run.last = now;
        run.open_s = now.seconds_since(run.first);
        run.fixes += 1;
        run.fastest_kmh = run.fastest_kmh.max(speed_kmh);
    }

    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        self.end_run(limits, out);
        out.extend(self.joined.finish().and_then(|run| run.finding(limits)));
    }

    fn end_run(&mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        let Some(run) = self.run.take() else { return };
        if run.last > run.first {
            let apart = self.joined.add(run, limits);
            out.extend(apart.and_then(|run| run.finding(limits)));
        }
    }
}

fn gap(limits: &Thresholds) -> i64 {
    millis(limits.stretch_gap_s)
}

/// Where it is and whether the rule's terms hold there; `None` when the moment does not tell.
fn holds(here: &Here<'_>) -> Option<(Position, bool)> {
    let sample = &here.moment.sample;
    let placed = sample.placed?;
    let moving = here.speed_kmh.map(|speed| speed > here.limits().unsealed_kmh);
    let open = match sample.signals.lid {
        Lid::Open => Some(true),
        Lid::Closed => Some(false),
        Lid::Unknown => None,
    };
    let terms = [here.moment.loaded.or(Some(false)), Some(sample.places.sites.is_empty()), moving, open];
    if terms.contains(&Some(false)) {
        return Some((placed.position, false));
    }
    (!terms.contains(&None)).then_some((placed.position, true))
}

impl OpenRun {
    fn finding(self, limits: &Thresholds) -> Option<Finding> {
        (self.open_s >= limits.unsealed_s).then(|| Finding {
            rule: "SE-01",
            carrier: None,
            permit: None,
            trip: self.trip,
            start: self.first,
            end: self.last,
            position: self.position,
            facts: facts([
                ("fastest_kmh", tenth(self.fastest_kmh)),
                ("fixes", self.fixes.into()),
                ("open_s", tenth(self.open_s)),
                ("seconds", tenth(self.last.seconds_since(self.first))),
            ]),
        })
    }
}

impl Stretch for OpenRun {
    fn start(&self) -> Timestamp {
        self.first
    }

    fn end(&self) -> Timestamp {
        self.last
    }

    fn join(&mut self, later: Self) {
        self.last = later.last;
        self.fixes += later.fixes;
        self.open_s += later.open_s;
        self.fastest_kmh = self.fastest_kmh.max(later.fastest_kmh);
    }
}
