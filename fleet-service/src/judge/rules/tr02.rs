//! TR-02, speeding (超速行驶).
//!
//! Contract: "the union of windows of ≥ 3 consecutive fixes spanning ≥ 10 s (at most 400 s) whose median of speed ÷ limit
//! is above 1.1; `facts.band` by the stretch's median: `a` 10–20 %, `b` 20–50 %, `c` ≥ 50 %. Limit: the lowest of the
//! zones in force there, the default only outside all of them"; from the first to the last fix over.
//!
//! Why: a single Doppler reading may be wrong, a median of several is not; ten seconds is longer than overtaking.
//!
//! Example: limit 40; fixes every 10 s read 38, 47, 52, 49, 39. The windows over (47, 52, 49) and those that hold them
//! qualify: one violation from the first 47 to the 49, median 49 ÷ 40 = 1.225, band `b`. Seen once (38, 90, 39): none.
//!
//! A position is off by some metres, so within its uncertainty of where a truck was first seen in a zone, and of the zone's
//! border, the milder of the limits on both sides holds: a driver who brakes to the limit at the border is not accused of the metres before it. A fix
//! that states itself uncertain by `weak_fix_m` is held to the default limit, should the zone's be lower.
//!
//! A fix leaves the look-back once it is `speeding_span_max_s` old: by then it is known whether any window covers it.
//! Stretches nearer than `stretch_gap_s` are one if the same zone, or none, sets their limit.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::{Position, Speed, Timestamp, ZoneId};
use serde_json::Value;

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::sample::{Placed, Sample};
use crate::judge::stretch::{Joined, Stretch};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::View;

/// Speed ÷ limit in thousandths.
type RatioE3 = u64;

/// Most fixes in the look-back: 400 s at four fixes a second. The oldest leave early beyond that.
const LOOK_BACK_FIXES_MAX: usize = 1_600;

/// A truck's speed against the limit, followed over all its fixes.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Speeding {
    look_back: VecDeque<SpeedFix>,
    /// How many fixes of the look-back are over.
    over: usize,
    /// Where the limit last became lower, with the limit before, until the truck is surely past it.
    border: Option<Border>,
    last_limit: Option<(f64, Option<Arc<ZoneId>>)>,
    run: Option<Fast>,
    joined: Joined<Fast>,
}

#[derive(Debug, Clone)]
struct SpeedFix {
    time: Timestamp,
    position: Position,
    speed: Speed,
    ratio: RatioE3,
    over: bool,
    limit_kmh: f64,
    zone: Option<Arc<ZoneId>>,
    /// A window over the ratio holds this fix.
    covered: bool,
}

#[derive(Debug, Clone)]
struct Border {
    at: Position,
    limit_kmh: f64,
    zone: Option<Arc<ZoneId>>,
}

/// Covered fixes, from the first over to the last over.
#[derive(Debug, Clone)]
struct Fast {
    start: Timestamp,
    position: Position,
    zone: Option<Arc<ZoneId>>,
    end: Timestamp,
    /// How many fixes have a ratio, for the median.
    ratios: BTreeMap<RatioE3, u32>,
    /// Fixes after the last over; they count when another over follows.
    trailing: Vec<(Timestamp, RatioE3)>,
    fastest: Speed,
    lowest_limit_kmh: f64,
}

impl Speeding {
    /// Follows a sample. Stretches that nothing can change any more go into `out`.
    pub(in crate::judge) fn follow(&mut self, sample: &Sample, view: &View, out: &mut Vec<Finding>) {
        let limits = &view.thresholds;
        let Some((placed, speed)) = sample.placed.and_then(|p| Some((p, p.speed?))) else {
            return;
        };
        let (limit_kmh, zone) = view.limit_in(&sample.places.zones, sample.time);
        let (limit_kmh, zone) = self.milder_at_border(placed, limit_kmh, zone, view);
        // Which zone an echo is in is anybody's guess.
        let is_weak = placed.uncertainty_m >= limits.weak_fix_m && limit_kmh < limits.default_limit_kmh;
        let (limit_kmh, zone) = if is_weak { (limits.default_limit_kmh, None) } else { (limit_kmh, zone) };
        let ratio = (speed.kmh() / limit_kmh * 1000.0).round() as RatioE3;
        let over = ratio > threshold(limits);
        self.over += usize::from(over);
        self.look_back.push_back(SpeedFix {
            time: sample.time,
            position: placed.position,
            speed,
            ratio,
            over,
            limit_kmh,
            zone,
            covered: false,
        });
        let oldest = sample.time.plus_millis(-millis(limits.speeding_span_max_s));
        let beyond = |fix: &SpeedFix| fix.time < oldest;
        while self.look_back.front().is_some_and(beyond) || self.look_back.len() > LOOK_BACK_FIXES_MAX {
            if let Some(fix) = self.look_back.pop_front() {
                self.leave(fix, limits, out);
            }
        }
        self.cover(limits);
    }

    /// The limit at a position, or the one before the border it may not have crossed yet.
    fn milder_at_border(
        &mut self,
        placed: Placed,
        limit_kmh: f64,
        zone: Option<&Arc<ZoneId>>,
        view: &View,
    ) -> (f64, Option<Arc<ZoneId>>) {
        let before = self.last_limit.replace((limit_kmh, zone.cloned()));
        if let Some((before_kmh, before_zone)) = before
            && before_zone.as_ref() != zone
        {
            let at = placed.position;
            let border = Border { at, limit_kmh: before_kmh, zone: before_zone };
            self.border = (before_kmh > limit_kmh).then_some(border);
        }
        let (at, off_m) = (placed.position, placed.uncertainty_m);
        let is_inside = || zone.is_some_and(|zone| view.deep_inside_zone(zone, at, off_m));
        let may_be_before = |border: &Border| border.at.distance_m(at) <= off_m && !is_inside();
        if self.border.as_ref().is_some_and(|border| !may_be_before(border)) {
            self.border = None;
        }
        let milder = self.border.as_ref().map(|border| (border.limit_kmh, border.zone.clone()));
        milder.unwrap_or((limit_kmh, zone.cloned()))
    }

    /// Ends the stream: every fix leaves.
    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        while let Some(fix) = self.look_back.pop_front() {
            self.leave(fix, limits, out);
        }
        self.end_run(limits, out);
        out.extend(self.joined.finish().map(|fast| fast.finding(limits)));
    }

    /// Marks the longest window that ends with the newest fix and is over; it holds every shorter one.
    ///
    /// The median is over when more than half of the fixes are. With half of them, it is the mean of the fastest that is
    /// not over and the slowest that is.
    fn cover(&mut self, limits: &Thresholds) {
        let Some(newest) = self.look_back.back().map(|fix| fix.time).filter(|_| self.over > 0) else {
            return;
        };
        let (mut over, mut under) = (0, 0);
        let (mut slowest_over, mut fastest_under) = (RatioE3::MAX, 0);
        let mut earliest = None;
        for (i, fix) in self.look_back.iter().enumerate().rev() {
            if fix.over {
                over += 1;
                slowest_over = slowest_over.min(fix.ratio);
            } else {
                under += 1;
                fastest_under = fastest_under.max(fix.ratio);
            }
            let above = over > under
                || (over == under && slowest_over.saturating_add(fastest_under) > 2 * threshold(limits));
            let spans = newest.millis_since(fix.time) >= millis(limits.speeding_span_s);
            if above && spans && (over + under) as f64 >= limits.speeding_fixes {
                earliest = Some(i);
            }
        }
        if let Some(earliest) = earliest {
            self.look_back.range_mut(earliest..).for_each(|fix| fix.covered = true);
        }
    }

    /// A fix that no further window can reach.
    fn leave(&mut self, fix: SpeedFix, limits: &Thresholds, out: &mut Vec<Finding>) {
        self.over -= usize::from(fix.over);
        if !fix.covered {
            self.end_run(limits, out);
            if !fix.over {
                self.joined.part(fix.time);
            }
            out.extend(self.joined.pass(fix.time, limits).map(|fast| fast.finding(limits)));
            return;
        }
        match &mut self.run {
            Some(run) => run.extend(&fix),
            // A window may begin with fixes that are not over: the stretch does not.
            None if fix.over => self.run = Some(Fast::starting(&fix)),
            None => self.joined.part(fix.time),
        }
    }

    fn end_run(&mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        let Some(run) = self.run.take() else { return };
        let slower = (run.trailing.first().copied(), run.trailing.last().copied());
        out.extend(self.joined.add(run, limits).map(|fast| fast.finding(limits)));
        for (time, _) in [slower.0, slower.1].into_iter().flatten() {
            self.joined.part(time);
        }
    }
}

fn threshold(limits: &Thresholds) -> RatioE3 {
    (limits.speeding_ratio * 1000.0).round() as RatioE3
}

impl Fast {
    fn starting(fix: &SpeedFix) -> Self {
        Self {
            start: fix.time,
            position: fix.position,
            zone: fix.zone.clone(),
            end: fix.time,
            ratios: BTreeMap::from([(fix.ratio, 1)]),
            trailing: Vec::new(),
            fastest: fix.speed,
            lowest_limit_kmh: fix.limit_kmh,
        }
    }

    fn extend(&mut self, fix: &SpeedFix) {
        self.trailing.push((fix.time, fix.ratio));
        if fix.over {
            self.end = fix.time;
            self.fastest = self.fastest.max(fix.speed);
            self.lowest_limit_kmh = self.lowest_limit_kmh.min(fix.limit_kmh);
            for (_, ratio) in self.trailing.drain(..) {
                *self.ratios.entry(ratio).or_default() += 1;
            }
        }
    }

    fn count(&self) -> u64 {
        self.ratios.values().map(|n| u64::from(*n)).sum()
    }

    /// The median ratio, in thousandths.
    fn median_e3(&self) -> f64 {
        let count = self.count();
        let nth = |wanted: u64| {
            let mut seen = 0;
            let reached = |(ratio, n): (&RatioE3, &u32)| {
                seen += u64::from(*n);
                (seen > wanted).then_some(*ratio)
            };
            self.ratios.iter().find_map(reached).unwrap_or(0)
        };
        (nth(count.saturating_sub(1) / 2) + nth(count / 2)) as f64 / 2.0
    }

    fn finding(self, limits: &Thresholds) -> Finding {
        let ratio = self.median_e3() / 1000.0;
        let band = if ratio >= limits.speeding_band_c_ratio {
            "c"
        } else if ratio >= limits.speeding_band_b_ratio {
            "b"
        } else {
            "a"
        };
        Finding {
            rule: "TR-02",
            carrier: None,
            permit: None,
            trip: None,
            start: self.start,
            end: self.end,
            position: self.position,
            facts: facts([
                ("band", band.into()),
                ("fastest_kmh", tenth(self.fastest.kmh())),
                ("fixes", self.count().into()),
                ("limit_kmh", tenth(self.lowest_limit_kmh)),
                ("median_over_percent", tenth((ratio - 1.0) * 100.0)),
                ("seconds", tenth(self.end.seconds_since(self.start))),
                ("zone", self.zone.map_or(Value::Null, |zone| Value::from(zone.as_str()))),
            ]),
        }
    }
}

impl Stretch for Fast {
    fn start(&self) -> Timestamp {
        self.start
    }

    fn end(&self) -> Timestamp {
        self.end
    }

    fn same_place(&self, later: &Self) -> bool {
        self.zone == later.zone
    }

    fn join(&mut self, later: Self) {
        self.end = later.end;
        self.fastest = self.fastest.max(later.fastest);
        self.lowest_limit_kmh = self.lowest_limit_kmh.min(later.lowest_limit_kmh);
        for (ratio, count) in later.ratios {
            *self.ratios.entry(ratio).or_default() += count;
        }
    }
}
