//! Which places a truck is held to be in: a change counts when two fixes say so, or one that stands uncontradicted for
//! `inside_s`. A single stray fix across a border changes nothing.
//!
//! Reports may be so far apart that a stay has one fix only. It counts when the straight ways there and away, timed by
//! the fixes before and after, are inside the place for `inside_s` together.
//!
//! A fix that states itself so uncertain that it could be anywhere near (`weak_fix_m`: the first fixes of a cold start,
//! echoes between houses) neither changes a place nor confirms or contradicts a change, as long as a better one is not
//! too long ago (`weak_fix_s`).
//!
//! The first fix of a change waits for what confirms it, so a confirmed change has the time of its first fix.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{Position, Timestamp};

use super::sample::Sample;
use super::thresholds::{Thresholds, millis};
use super::view::{PlaceSet, Places, View};

#[derive(Debug, Clone, Default)]
pub(super) struct Presence {
    here: Places,
    /// A fix whose change is undecided, and the samples without a place behind it.
    waiting: VecDeque<Sample>,
    /// The last fix that is no weak one; while one waits, the last before it.
    before: Option<Fix>,
}

/// Most samples that wait behind an undecided fix; then the change is refused.
const WAITING_MAX: usize = 256;

/// Halvings by which the moment a border is crossed is found on the way between two fixes: to a second in a minute.
const HALVINGS: u32 = 6;

/// What has been seen of an undecided change.
enum Seen<'a> {
    Next {
        places: &'a Places,
        /// Places the undecided fix alone is in for long enough.
        passed: &'a PlaceSet,
    },
    Stood,
    Nothing,
}

/// A fix: when and where.
type Fix = (Timestamp, Position);

impl Presence {
    /// Takes a sample with the grounds it is on and puts those that are settled into `out`.
    pub(super) fn push(&mut self, sample: Sample, view: &View, out: &mut Vec<Sample>) {
        let limits = &view.thresholds;
        let told = self.told(&sample, limits);
        if let Some(first) = self.waiting.front() {
            if let Some(next) = told {
                let places = sample.places.clone();
                let passed = self.passed(first, &places, next, view);
                self.settle(&Seen::Next { places: &places, passed: &passed }, out);
            } else if sample.time.millis_since(first.time) >= millis(limits.inside_s) {
                self.settle(&Seen::Stood, out);
            } else if self.waiting.len() >= WAITING_MAX {
                self.settle(&Seen::Nothing, out);
            }
        }
        let undecided = told.is_some() && sample.places != self.here;
        if undecided || !self.waiting.is_empty() {
            self.waiting.push_back(sample);
        } else {
            self.before = told.or(self.before);
            out.push(Sample { places: self.here.clone(), ..sample });
        }
    }

    /// Ends the stream: an undecided change does not count.
    pub(super) fn finish(&mut self, out: &mut Vec<Sample>) {
        self.settle(&Seen::Nothing, out);
    }

    /// When and where a sample says the truck is, if that is to be believed.
    fn told(&self, sample: &Sample, limits: &Thresholds) -> Option<Fix> {
        let placed = sample.placed?;
        let better = self.waiting.front().map(|first| first.time).or(self.before.map(|(time, _)| time));
        let recent = better.is_some_and(|time| sample.time.millis_since(time) < millis(limits.weak_fix_s));
        let weak = placed.uncertainty_m >= limits.weak_fix_m && recent;
        (!weak).then_some((sample.time, placed.position))
    }

    /// Places that hold the undecided fix but not the next, in which the ways to it and from it last long enough.
    fn passed(&self, first: &Sample, next_places: &Places, next: Fix, view: &View) -> PlaceSet {
        let (Some(before), Some(placed)) = (self.before, first.placed) else {
            return PlaceSet::default();
        };
        let here = (first.time, placed.position);
        let needed_s = view.thresholds.inside_s;
        let stays = |area: Option<u32>| {
            let Some(area) = area else { return 0.0 >= needed_s };
            let before_s = inside_s(here, before, view, area);
            before_s >= needed_s || before_s + inside_s(here, next, view, area) >= needed_s
        };
        let (sites, zones, no_go) = (&first.places.sites, &first.places.zones, &first.places.no_go);
        PlaceSet {
            sites: passed_of(sites, &next_places.sites, |site| stays(view.area_of_site(site))),
            zones: passed_of(zones, &next_places.zones, |zone| stays(view.area_of_zone(zone))),
            no_go: passed_of(no_go, &next_places.no_go, |zone| stays(view.area_of_no_go(zone))),
        }
    }

    fn settle(&mut self, seen: &Seen<'_>, out: &mut Vec<Sample>) {
        if let Some(first) = self.waiting.front() {
            self.here = Places::of(PlaceSet {
                sites: decide(&self.here.sites, &first.places.sites, seen, |p| &p.sites),
                zones: decide(&self.here.zones, &first.places.zones, seen, |p| &p.zones),
                no_go: decide(&self.here.no_go, &first.places.no_go, seen, |p| &p.no_go),
            });
            self.before = first.placed.map(|p| (first.time, p.position)).or(self.before);
        }
        let here = &self.here;
        out.extend(self.waiting.drain(..).map(|sample| Sample { places: here.clone(), ..sample }));
    }
}

/// How long, in seconds, the straight way between a fix in an area and another fix is inside it; 0 when nobody can
/// say, because the other fix is too long ago or too far in the future.
fn inside_s(inside: Fix, other: Fix, view: &View, area: u32) -> f64 {
    let span_s = other.0.seconds_since(inside.0).abs();
    if span_s > view.thresholds.sparse_s {
        return 0.0;
    }
    let (east, north) = inside.1.metres_to(other.1);
    let (mut within, mut beyond) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let part = (within + beyond) / 2.0;
        if view.areas().is_in(area, inside.1.offset_m(east * part, north * part)) {
            within = part;
        } else {
            beyond = part;
        }
    }
    within * span_s
}

/// Places that are not among those of the next fix and were passed through for long enough.
fn passed_of<M: Eq>(first: &[Arc<M>], next: &[Arc<M>], stays: impl Fn(&M) -> bool) -> Vec<Arc<M>> {
    first.iter().filter(|place| !next.contains(place) && stays(place)).cloned().collect()
}

fn decide<M: Ord>(
    before: &[Arc<M>],
    now: &[Arc<M>],
    seen: &Seen<'_>,
    part: impl Fn(&PlaceSet) -> &Vec<Arc<M>>,
) -> Vec<Arc<M>> {
    if before == now {
        return before.to_vec();
    }
    let confirmed = |place: &Arc<M>, inside: bool| match seen {
        Seen::Next { places, passed } => {
            part(places).contains(place) == inside || (inside && part(passed).contains(place))
        }
        Seen::Stood => true,
        Seen::Nothing => false,
    };
    let entered = now.iter().filter(|place| before.contains(place) || confirmed(place, true));
    let not_left = before.iter().filter(|place| !now.contains(place) && !confirmed(place, false));
    let mut places: Vec<Arc<M>> = entered.chain(not_left).cloned().collect();
    places.sort();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample::{Placed, Signals};
    use crate::judge::situations::city;
    use crate::judge::view::Views;
    use domain::{Antenna, Lid, Lift, Load, Power, Registers};
    use proptest::prelude::*;

    fn view() -> Arc<View> {
        Arc::clone(Views::of(&Registers::always(city())).unwrap().at(Timestamp::default()))
    }

    /// A fix `second` seconds in, metres from the city's corner; uncertain by `off_m`, or without a place.
    fn sample(view: &View, second: i64, (east, north): (f64, f64), off_m: Option<f64>) -> Sample {
        let position = Position::from_degrees(34.5, 113.4).unwrap().offset_m(east, north);
        let placed = off_m.map(|uncertainty_m| Placed { position, speed: None, uncertainty_m });
        let places = placed.map_or_else(Places::default, |p| view.places_at(p.position, &mut Vec::new()));
        let signals =
            Signals { ignition: None, lid: Lid::Unknown, antenna: Antenna::Unknown, power: Power::Unknown };
        let time = Timestamp::from_seconds(1_800_000_000 + second);
        Sample { time, placed, places, load: Load::Unknown, lift: Lift::Unknown, signals }
    }

    /// Rows: second, east,north, `nofix` or the uncertainty in metres, the sites and zones expected to hold the truck.
    #[track_caller]
    fn check(table: &str) {
        let view = view();
        let (mut presence, mut out) = (Presence::default(), Vec::new());
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|row| row.split_whitespace().collect())
            .filter(|row: &Vec<_>| !row.is_empty())
            .collect();
        for row in &rows {
            let (east, north) = row[1].split_once(',').unwrap();
            let place = (east.parse().unwrap(), north.parse().unwrap());
            presence.push(
                sample(&view, row[0].parse().unwrap(), place, row[2].parse().ok()),
                &view,
                &mut out,
            );
        }
        presence.finish(&mut out);
        let told: Vec<String> = out
            .iter()
            .map(|sample| {
                let sites = sample.places.sites.iter().map(|site| site.id.as_str());
                let zones = sample.places.zones.iter().map(|zone| zone.as_str());
                let names = sites.chain(zones).collect::<Vec<_>>().join("+");
                if names.is_empty() { "-".to_owned() } else { names }
            })
            .collect();
        let expected: Vec<&str> = rows.iter().map(|row| row[3]).collect();
        assert_eq!(told, expected, "{table}");
    }

    #[test]
    fn two_fixes_are_a_stay_from_the_first_and_one_stray_fix_is_none() {
        check(
            "
             0  -50,100 15 -
            10   20,100 15 A
            20   60,100 15 A
            30  -90,100 15 A
            40   60,100 15 A
            50  -10,100 15 -
            60  -80,100 15 -
            70   20,100 15 -
            80  -80,100 15 -
            ",
        );
    }

    #[test]
    fn one_fix_that_nothing_contradicts_for_half_a_minute_is_a_stay() {
        check(
            "
             0  -50,100 15    -
            10   20,100 15    A
            20    0,0   nofix A
            40    0,0   nofix A
            50   90,100 15    A
            ",
        );
        check(
            "
             0  -50,100 15    -
            10   20,100 15    -
            20    0,0   nofix -
            30  -60,100 15    -
            ",
        );
    }

    #[test]
    fn a_fix_a_minute_is_a_stay_where_the_ways_there_and_away_are_inside_for_long_enough() {
        check(
            "
              0 3150,100 15 -
             60 3400,100 15 B
            120 3650,100 15 -
            180 3900,100 15 -
            ",
        );
        // In at the corner and out again.
        check(
            "
              0 3100,900 15 -
             60 3210,190 15 -
            120 3300,900 15 -
            ",
        );
        // Nobody knows what was done in ten minutes.
        check(
            "
              0 3150,100 15 -
            600 3400,100 15 -
           1200 3650,100 15 -
            ",
        );
    }

    #[test]
    fn echoes_that_say_how_uncertain_they_are_move_nobody() {
        check(
            "
              0  100,100 15 A
             10  100,100 15 A
             20 2500,0   80 A
             30 2500,0   80 A
             40 2510,0   80 A
             50  100,100 15 A
            ",
        );
    }

    #[test]
    fn a_receiver_that_is_never_better_is_believed_in_the_end() {
        check(
            "
              0 2500,0   80 Z
             10 2500,0   80 Z
             20  100,100 80 Z
             90  100,100 80 Z
            140  100,100 80 A
            150  100,100 80 A
            175  100,100 80 A
            ",
        );
    }

    proptest! {
        /// Whatever is told, every sample comes out once, in order, and stands where two fixes in a row agree.
        #[test]
        fn every_sample_comes_out_once_and_in_order(
            steps in prop::collection::vec((1..70i64, 0..4usize, prop::option::weighted(0.8, 5.0..100.0f64)), 1..80),
        ) {
            let view = view();
            let (mut presence, mut out, mut second) = (Presence::default(), Vec::new(), 0);
            let places = [(100.0, 100.0), (-50.0, 100.0), (3400.0, 100.0), (2500.0, 0.0)];
            let mut given = Vec::new();
            for (pause, place, off_m) in steps {
                second += pause;
                let sample = sample(&view, second, places[place], off_m);
                given.push(sample.clone());
                presence.push(sample, &view, &mut out);
            }
            presence.finish(&mut out);
            prop_assert!(given.iter().map(|s| s.time).eq(out.iter().map(|s| s.time)));
            for i in 1..given.len() {
                let sure = |s: &Sample| s.placed.is_some_and(|p| p.uncertainty_m < 50.0);
                if sure(&given[i - 1]) && sure(&given[i]) && given[i - 1].places == given[i].places {
                    prop_assert_eq!(&out[i].places, &given[i].places, "sample {}", i);
                }
            }
        }
    }
}
