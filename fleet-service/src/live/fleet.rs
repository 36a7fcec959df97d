//! Every truck's newest state, for the map. Pure: reports, clues and the present moment in, rows out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Plate, Registry, Report, RuleCode, Timestamp, ViolationId};

use super::sight::{self, Kind, STREAMED_TRUCKS_MAX, Seen, SightView, Window};
use crate::store::{ClueState, StoredClue};
use crate::view::truck::{LastFix, Move, TruckRow};

/// A truck without a report for this long is offline.
pub const OFFLINE_AFTER_S: i64 = 5 * 60;
/// A pending clue marks its truck for this long after its end.
pub const CLUE_FRESH_S: i64 = 10 * 60;
/// A report dated this long after its receipt is no truck's newest state: its clock is wrong.
pub const CLOCK_AHEAD_MAX_S: i64 = 10 * 60;
/// Most trucks kept that no register knows.
pub const UNKNOWN_TRUCKS_MAX: usize = 10_000;

/// What is to be told of trucks.
#[derive(Debug, Default)]
pub struct Changed {
    /// Rows that differ in more than place and time.
    pub rows: Vec<TruckRow>,
    /// Trucks that only drove on.
    pub moves: Vec<Move>,
}

/// Every truck's newest state.
#[derive(Debug, Default)]
pub struct Fleet {
    trucks: HashMap<Plate, Newest>,
    clues: BTreeMap<Plate, BTreeMap<ViolationId, (RuleCode, Timestamp)>>,
    /// Rows as last published, to tell what changed.
    published: BTreeMap<Plate, TruckRow>,
    /// Trucks that reported since.
    touched: BTreeSet<Plate>,
}

#[derive(Debug)]
struct Newest {
    reported: Timestamp,
    /// The report with its newest fix.
    fix: Option<Report>,
    /// Whether the truck is among those that reported since.
    is_touched: bool,
}

impl Fleet {
    /// Notes a report. Only the newest by event time counts; a late one changes nothing here.
    pub fn note_report(&mut self, report: &Report, registry: &Registry) {
        let Some(plate) = report.plate() else { return };
        if report.received.is_some_and(|received| received.plus_seconds(CLOCK_AHEAD_MAX_S) < report.time) {
            return;
        }
        // Every report comes by here: no text is made and no plate copied for a truck already known.
        if !self.trucks.contains_key(plate) {
            if !registry.trucks.contains_key(plate) && self.trucks.len() >= UNKNOWN_TRUCKS_MAX {
                return;
            }
            let newest = Newest { reported: report.time, fix: None, is_touched: false };
            self.trucks.insert(plate.clone(), newest);
        }
        let Some(newest) = self.trucks.get_mut(plate) else { return };
        newest.reported = newest.reported.max(report.time);
        if report.fix().is_some() && newest.fix.as_ref().is_none_or(|fix| fix.time <= report.time) {
            newest.fix = Some(report.clone());
        }
        if !newest.is_touched {
            newest.is_touched = true;
            self.touched.insert(plate.clone());
        }
    }

    /// Notes how a clue stands.
    pub fn note_clue(&mut self, clue: &StoredClue) {
        let violation = &clue.violation;
        let clues = self.clues.entry(violation.plate.clone()).or_default();
        if clue.state == ClueState::Pending {
            clues.insert(violation.id, (violation.rule.clone(), violation.end));
        } else {
            clues.remove(&violation.id);
        }
        if clues.is_empty() {
            self.clues.remove(&violation.plate);
        }
        self.touched.insert(violation.plate.clone());
    }

    /// Every truck, registered or seen, by plate.
    pub fn rows(&self, registry: &Registry, now: Timestamp) -> Vec<TruckRow> {
        let plates: BTreeSet<&Plate> = registry.trucks.keys().chain(self.trucks.keys()).collect();
        plates.into_iter().map(|plate| self.row(plate, registry, now)).collect()
    }

    /// How many trucks there are, registered or seen.
    pub fn count(&self, registry: &Registry) -> usize {
        registry.trucks.len()
            + self.trucks.keys().filter(|plate| !registry.trucks.contains_key(*plate)).count()
    }

    /// What a page looks at: only the rows that are shown are made.
    pub fn sight(
        &self,
        registry: &Registry,
        now: Timestamp,
        window: Option<Window>,
        wanted: Option<Kind>,
        plate_part: &str,
    ) -> SightView {
        let unknown = self.trucks.keys().filter(|plate| !registry.trucks.contains_key(*plate));
        let seen = registry.trucks.keys().chain(unknown).map(|plate| Seen {
            plate,
            kind: self.kind(plate, now),
            at: self.trucks.get(plate).and_then(|n| Some(n.fix.as_ref()?.fix()?.position)),
        });
        let sight = sight::look(seen, window, wanted, |plate| plate.as_str().contains(plate_part));
        let rows =
            |plates: Vec<&Plate>| plates.into_iter().map(|plate| self.row(plate, registry, now)).collect();
        SightView {
            as_of: now.to_string(),
            total: sight.total,
            streamed: sight.total <= STREAMED_TRUCKS_MAX,
            counts: sight.counts,
            listed: rows(sight.listed),
            fitting: sight.fitting,
            trucks: rows(sight.window),
            cells: sight.cells,
        }
    }

    fn kind(&self, plate: &Plate, now: Timestamp) -> Kind {
        let since = now.plus_seconds(-CLUE_FRESH_S);
        let clues = self.clues.get(plate).into_iter().flat_map(BTreeMap::values);
        let rules = clues.filter(|(_, end)| since <= *end).map(|(rule, _)| rule.as_str());
        match self.trucks.get(plate) {
            None => Kind::Silent,
            Some(newest) if newest.reported < now.plus_seconds(-OFFLINE_AFTER_S) => {
                Kind::of("offline", rules)
            }
            Some(_) => Kind::of("normal", rules),
        }
    }

    /// Trucks to be looked at: those that reported or have a clue since this was asked last. With `whole` all, for time
    /// alone may change a row too (a truck that fell silent).
    pub fn take_touched(&mut self, registry: &Registry, whole: bool) -> Vec<Plate> {
        let touched = std::mem::take(&mut self.touched);
        for plate in &touched {
            if let Some(newest) = self.trucks.get_mut(plate) {
                newest.is_touched = false;
            }
        }
        if !whole {
            return touched.into_iter().collect();
        }
        let all: BTreeSet<Plate> = registry.trucks.keys().chain(self.trucks.keys()).cloned().collect();
        all.into_iter().collect()
    }

    /// Adds what of the trucks is not as it was published last, and counts it as published.
    pub fn changed_of(
        &mut self,
        plates: &[Plate],
        registry: &Registry,
        now: Timestamp,
        changed: &mut Changed,
    ) {
        for plate in plates {
            let row = self.row(plate, registry, now);
            let before = self.published.get(plate);
            if before == Some(&row) {
                continue;
            }
            match before.and_then(|before| Move::from(before, &row)) {
                Some(moved) => changed.moves.push(moved),
                None => changed.rows.push(row.clone()),
            }
            self.published.insert(plate.clone(), row);
        }
    }

    fn row(&self, plate: &Plate, registry: &Registry, now: Timestamp) -> TruckRow {
        let truck = registry.trucks.get(plate);
        let carrier = truck.and_then(|truck| registry.carriers.get(&truck.carrier));
        let newest = self.trucks.get(plate);
        let rules = self.fresh_rules(plate, now);
        let state = match newest {
            None => "silent",
            Some(_) if !rules.is_empty() => "clue",
            Some(newest) if newest.reported < now.plus_seconds(-OFFLINE_AFTER_S) => "offline",
            Some(_) => "normal",
        };
        TruckRow {
            plate: plate.to_string(),
            plate_colour: truck.map(|t| t.colour.name().to_owned()),
            carrier_uscc: truck.map(|t| t.carrier.to_string()),
            carrier_name: carrier.map(|c| c.name.clone()),
            state: state.to_owned(),
            rules,
            last: newest
                .and_then(|newest| newest.fix.as_ref())
                .and_then(|report| Some(LastFix::of(report, report.fix()?))),
        }
    }

    fn fresh_rules(&self, plate: &Plate, now: Timestamp) -> Vec<String> {
        let since = now.plus_seconds(-CLUE_FRESH_S);
        let fresh =
            self.clues.get(plate).into_iter().flat_map(BTreeMap::values).filter(|(_, end)| since <= *end);
        let rules: BTreeSet<String> = fresh.map(|(rule, _)| rule.to_string()).collect();
        rules.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report::Content;
    use domain::{FixKind, FixReport, Position};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + second)
    }

    fn report(second: i64, lat: f64) -> Report {
        let position = Position::from_degrees(lat, 113.4).unwrap();
        let fix = FixReport::bare("豫A12345".parse().unwrap(), position, FixKind::D3);
        Report { time: at(second), content: Content::Fix(fix), received: Some(at(second)) }
    }

    fn take_all(fleet: &mut Fleet, registry: &Registry, now: Timestamp, whole: bool) -> Changed {
        let mut changed = Changed::default();
        let plates = fleet.take_touched(registry, whole);
        fleet.changed_of(&plates, registry, now, &mut changed);
        changed
    }

    fn take_changed(fleet: &mut Fleet, registry: &Registry, now: Timestamp, whole: bool) -> Vec<TruckRow> {
        take_all(fleet, registry, now, whole).rows
    }

    #[test]
    fn a_truck_that_only_drives_on_is_told_in_short_and_one_whose_load_changed_in_full() {
        let registry = Registry::default();
        let mut fleet = Fleet::default();
        let mut tell = |report: &Report, second: i64| {
            fleet.note_report(report, &registry);
            let Changed { rows, moves } = take_all(&mut fleet, &registry, at(second), false);
            (rows.len(), moves.iter().map(|moved| (moved.0.as_str().to_owned(), moved.3)).collect::<Vec<_>>())
        };
        assert_eq!(tell(&report(0, 34.5), 0), (1, vec![]));
        assert_eq!(tell(&report(1, 34.6), 1), (0, vec![("豫A12345".to_owned(), 34.6)]));
        let mut full = report(2, 34.7);
        if let Content::Fix(fix) = &mut full.content {
            fix.load = domain::Load::Full;
        }
        assert_eq!(tell(&full, 2), (1, vec![]));
    }

    #[test]
    fn a_truck_falls_silent_by_time_alone_and_says_so_once() {
        let registry = Registry::default();
        let mut fleet = Fleet::default();
        fleet.note_report(&report(0, 34.5), &registry);
        assert_eq!(take_changed(&mut fleet, &registry, at(1), false)[0].state, "normal");
        assert!(take_changed(&mut fleet, &registry, at(2), true).is_empty());
        assert_eq!(take_changed(&mut fleet, &registry, at(OFFLINE_AFTER_S + 1), true)[0].state, "offline");
        assert!(take_changed(&mut fleet, &registry, at(OFFLINE_AFTER_S + 2), true).is_empty());
    }

    #[test]
    fn a_late_report_does_not_move_the_truck_back_and_a_wrong_clock_not_forward() {
        let registry = Registry::default();
        let mut fleet = Fleet::default();
        fleet.note_report(&report(100, 34.6), &registry);
        fleet.note_report(&report(50, 34.5), &registry);
        let mut wrong = report(99_999, 34.9);
        wrong.received = Some(at(100));
        fleet.note_report(&wrong, &registry);
        let row = &fleet.rows(&registry, at(101))[0];
        assert_eq!(row.last.as_ref().unwrap().lat, 34.6);
    }
}
