//! What stands depends on the set of reports alone: fed live in any order, with repeats and drains at any moment, the judge
//! says what [`judge_all`] says of the set.

use std::collections::BTreeMap;

use domain::report::Content;
use domain::{FixKind, HaulId, Registers, Report, ViolationId};
use proptest::prelude::*;

use super::situations::gates::gated_city;
use super::situations::{CLEAN_HAUL, NOT_ON_PERMIT, ON_PERMIT, WITHOUT_PERMIT, city, reports};
use super::{Change, Judge, JudgeCounters, judge_all};

/// Everything the changes taken so far leave standing.
#[derive(Debug, Default, PartialEq)]
struct Standing {
    hauls: BTreeMap<HaulId, domain::Haul>,
    violations: BTreeMap<ViolationId, domain::Violation>,
}

impl Standing {
    fn drain(&mut self, judge: &mut Judge) {
        while let Some(change) = judge.poll() {
            match change {
                Change::Opened(violation) => {
                    let id = violation.id;
                    assert!(self.violations.insert(id, violation).is_none(), "{id} opened twice");
                }
                Change::Amended(violation) => {
                    let id = violation.id;
                    assert!(
                        self.violations.insert(id, violation).is_some(),
                        "{id} amended before it was opened"
                    );
                }
                Change::Withdrawn(id) => {
                    assert!(self.violations.remove(&id).is_some(), "{id} withdrawn before it was opened");
                }
                Change::Haul(haul) => {
                    self.hauls.insert(haul.id, haul);
                }
                Change::HaulWithdrawn(id) => assert!(self.hauls.remove(&id).is_some(), "{id} was not there"),
            }
        }
    }
}

fn of_batch(registers: &Registers, set: &[Report]) -> Standing {
    let judgement = judge_all(registers, set.iter().cloned(), None).unwrap();
    Standing {
        hauls: judgement.hauls.into_iter().map(|haul| (haul.id, haul)).collect(),
        violations: judgement.violations.into_iter().map(|violation| (violation.id, violation)).collect(),
    }
}

/// One leg of a made-up day: where to, for how long, how loaded, and what else is odd about it.
type DayLeg = ((i32, i32), u32, usize, usize, u8);

const PLACES: [(i32, i32); 7] =
    [(100, 100), (3300, 100), (5100, 100), (5100, 3100), (100, 2100), (2500, 100), (2500, 1500)];

fn day(plate: &str, legs: &[DayLeg]) -> Vec<Report> {
    let mut table = String::new();
    let mut second = 7 * 3600;
    for ((east, north), seconds, load, lift, odd) in legs {
        second += seconds;
        let load = ["empty", "full", "half", "unknown"][load % 4];
        let lift = ["flat", "raised", "unknown"][lift % 3];
        let gap = if *odd == 1 { "gap " } else { "" };
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        table.push_str(&format!("{gap}{hour:02}:{minute:02}:{second:02} {east},{north} {load} {lift}\n"));
    }
    let mut day = reports(plate, &table);
    for (i, report) in day.iter_mut().enumerate() {
        let odd = usize::from(legs[0].4) + i;
        if let Content::Fix(fix) = &mut report.content {
            match odd % 23 {
                0 => fix.fix = FixKind::None,
                1 => fix.position = fix.position.offset_m(8_000.0, 9_000.0),
                2 => fix.load = domain::Load::Empty,
                3 => fix.source = Some("SERIAL1".parse().unwrap()),
                4 | 5 => fix.source = Some("SERIAL2".parse().unwrap()),
                _ => {}
            }
        }
        if odd % 5 == 0 {
            report.received = None;
        }
    }
    day
}

fn legs() -> impl Strategy<Value = Vec<DayLeg>> {
    let place = prop_oneof![
        4 => prop::sample::select(PLACES.to_vec()),
        1 => (-500..6000i32, -500..3500i32),
    ];
    prop::collection::vec((place, 10..900u32, 0..4usize, 0..3usize, 0..23u8), 2..14)
}

fn shuffled(set: &[Report], seed: u64) -> Vec<Report> {
    // A fixed permutation of the seed; the quality of the shuffle does not matter, that it repeats does.
    let mut state = seed | 1;
    let mut order: Vec<(u64, Report)> = set
        .iter()
        .cloned()
        .map(|report| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 20, report)
        })
        .collect();
    order.sort_by_key(|(key, _)| *key);
    order.into_iter().map(|(_, report)| report).collect()
}

const SHARING: [&str; 4] = [ON_PERMIT, NOT_ON_PERMIT, "豫A00005D", "豫A00006D"];

/// Four trucks of one company with two permits of so many loads each: the first lists two trucks, the second three, and
/// it is suspended from 08:30 on. From 09:00 on a truck has gone to another company.
fn sharing(loads: u64, loads_of_second: u64) -> Registers {
    let mut city = city();
    let like = city.trucks[&ON_PERMIT.parse::<domain::Plate>().unwrap()].clone();
    for plate in &SHARING[2..] {
        let truck = domain::Truck { plate: plate.parse().unwrap(), ..like.clone() };
        city.trucks.insert(truck.plate.clone(), truck);
    }
    let plates = |range: std::ops::Range<usize>| SHARING[range].iter().map(|p| p.parse().unwrap()).collect();
    let first = city.permits.values_mut().next().unwrap();
    (first.trucks, first.volume_l) = (plates(0..2), loads * 10_000);
    let mut second = first.clone();
    (second.number, second.trucks) = ("P2".parse().unwrap(), plates(1..4));
    second.volume_l = loads_of_second * 10_000;
    second.legs.iter_mut().for_each(|leg| leg.sink = "T".parse().unwrap());
    let suspended = "2026-11-23T08:30:00+08:00".parse().unwrap();
    second.status = vec![(suspended, domain::PermitStatus::Suspended)];
    city.permits.insert(second.number.clone(), second);
    let mut after = city.clone();
    let other = after.trucks[&WITHOUT_PERMIT.parse::<domain::Plate>().unwrap()].carrier.clone();
    after.trucks.get_mut(&SHARING[1].parse::<domain::Plate>().unwrap()).unwrap().carrier = other;
    let mut registers = Registers::always(city);
    registers.put_in_force("2026-11-23T09:00:00+08:00".parse().unwrap(), std::sync::Arc::new(after));
    registers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn live_in_any_order_says_what_the_batch_says(
        first in legs(),
        second in legs(),
        seed in any::<u64>(),
        again in 0..3u64,
        drain_every in 1..400usize,
    ) {
        let registers = Registers::always(city());
        let mut set = day(WITHOUT_PERMIT, &first);
        set.extend(day(ON_PERMIT, &second));
        let expected = of_batch(&registers, &set);

        let mut sent = set.clone();
        for round in 0..again {
            sent.extend(shuffled(&set, seed.wrapping_add(round)).into_iter().take(set.len() / 2));
        }
        let sent = shuffled(&sent, seed);
        prop_assert_eq!(&of_batch(&registers, &sent), &expected, "the batch itself depends on order or repeats");

        let mut judge = Judge::new(registers).unwrap();
        let mut standing = Standing::default();
        for (i, report) in sent.into_iter().enumerate() {
            judge.handle(report);
            if i % drain_every == 0 {
                standing.drain(&mut judge);
            }
        }
        standing.drain(&mut judge);
        prop_assert_eq!(&standing, &expected);
    }

    #[test]
    fn trucks_that_share_a_nearly_used_up_permit_are_settled_the_same_in_any_order(
        days in prop::collection::vec(legs(), 2..5),
        (loads, loads_of_second) in (0..4u64, 0..3u64),
        seed in any::<u64>(),
        drain_every in 1..600usize,
        together in any::<bool>(),
    ) {
        let registers = sharing(loads, loads_of_second);
        let mut set = Vec::new();
        for (i, legs) in days.iter().enumerate() {
            // Some trucks do the very same, so that they depart in the same moment.
            let legs = if together && i == 1 { &days[0] } else { legs };
            set.extend(day(SHARING[i], legs));
        }
        let expected = of_batch(&registers, &set);
        let sent = shuffled(&set, seed);
        let mut judge = Judge::new(registers).unwrap();
        let mut standing = Standing::default();
        for (i, report) in sent.into_iter().enumerate() {
            judge.handle(report);
            if i % drain_every == 0 {
                standing.drain(&mut judge);
            }
        }
        standing.drain(&mut judge);
        prop_assert_eq!(&standing, &expected);
        prop_assert_eq!(judge.poll(), None, "a drained judge has nothing more to say");
    }

    #[test]
    fn registers_changed_midway_leave_what_they_would_have_said_from_the_start(
        legs in legs(),
        cut in 0..100usize,
        from_second in 7 * 3600..10 * 3600i64,
    ) {
        let before = Registers::always(city());
        let mut other = city();
        other.permits.clear();
        other.limits.insert("default_limit_kmh".to_owned(), 40.into());
        let mut after = before.clone();
        let midnight: domain::Timestamp = "2026-11-23T00:00:00+08:00".parse().unwrap();
        after.put_in_force(midnight.plus_seconds(from_second), std::sync::Arc::new(other));

        let set = day(ON_PERMIT, &legs);
        let mut judge = Judge::new(before).unwrap();
        let mut standing = Standing::default();
        for (i, report) in set.iter().enumerate() {
            if i == cut * set.len() / 100 {
                standing.drain(&mut judge);
                judge.set_registers(after.clone()).unwrap();
            }
            judge.handle(report.clone());
        }
        standing.drain(&mut judge);
        prop_assert_eq!(standing, of_batch(&after, &set));
    }
}

#[test]
fn what_was_seen_of_a_tag_goes_with_the_tag_when_registers_give_it_to_another_truck() {
    // The second truck hauls unwashed; the first one's tag was at the wash then.
    let haul = "08:00:00 100,100 empty flat\n08:05:00 100,100 full flat\n08:06:00 150,100 full flat\n\
                08:07:00 1000,100 full flat\n08:11:00 3400,100 full flat";
    let mut set = reports(ON_PERMIT, "08:00:00 100,100 empty flat\nread 08:04:00 08:04:29 W1");
    set.extend(reports(NOT_ON_PERMIT, haul));
    let first = Registers::always(gated_city());
    let mut other = gated_city();
    let (from, to) = (ON_PERMIT.parse().unwrap(), NOT_ON_PERMIT.parse().unwrap());
    let tag = other.trucks.get_mut(&from).and_then(|truck| truck.epc.take());
    other.trucks.get_mut(&to).unwrap().epc = tag;
    let mut moved = first.clone();
    let midnight: domain::Timestamp = "2026-11-23T00:00:00+08:00".parse().unwrap();
    moved.put_in_force(midnight, std::sync::Arc::new(other));
    assert_ne!(of_batch(&first, &set), of_batch(&moved, &set), "the tag makes a difference");

    let mut judge = Judge::new(first.clone()).unwrap();
    let mut standing = Standing::default();
    set.iter().cloned().for_each(|report| judge.handle(report));
    standing.drain(&mut judge);
    for registers in [&moved, &first, &moved] {
        judge.set_registers(registers.clone()).unwrap();
        standing.drain(&mut judge);
        assert_eq!(standing, of_batch(registers, &set));
    }
}

#[test]
fn a_late_batch_withdraws_what_it_disproves_and_is_counted() {
    let registers = Registers::always(city());
    let all = reports(NOT_ON_PERMIT, &CLEAN_HAUL.replace("5100,100 empty", "5100,100 full"));
    // The readings that tell of the unloading come last.
    let told_late = reports(NOT_ON_PERMIT, "08:16:05 5100,100 empty flat\n08:16:15 5100,100 empty flat");
    let mut judge = Judge::new(registers.clone()).unwrap();
    let mut standing = Standing::default();
    for report in all.iter().chain(&all).cloned() {
        judge.handle(report);
        standing.drain(&mut judge);
    }
    assert_eq!(judge.counters().duplicates, all.len() as u64);
    assert_eq!(judge.counters().rewinds, 0, "a duplicate changes nothing");
    told_late.iter().cloned().for_each(|report| judge.handle(report));
    standing.drain(&mut judge);
    assert_eq!((judge.counters().late, judge.counters().rewinds), (2, 1));
    let set: Vec<Report> = all.into_iter().chain(told_late).collect();
    assert_eq!(standing, of_batch(&registers, &set));
}

#[test]
fn a_report_beyond_the_horizon_is_counted_and_changes_nothing() {
    let mut judge = Judge::with_horizon(Registers::always(city()), 3600).unwrap();
    let mut standing = Standing::default();
    for report in reports(WITHOUT_PERMIT, CLEAN_HAUL) {
        judge.handle(report);
    }
    let much_later = reports(WITHOUT_PERMIT, "10:00:00 100,100 empty flat\n20:00:00 100,100 empty flat");
    much_later.iter().cloned().for_each(|report| judge.handle(report));
    standing.drain(&mut judge);
    let before = JudgeCounters { reports: judge.counters().reports + 1, ..judge.counters().clone() };
    assert_eq!(standing.violations.len(), 1);
    judge.handle(reports(WITHOUT_PERMIT, "08:10:03 4000,4000 empty flat").remove(0));
    assert_eq!(judge.poll(), None);
    let mut expected = before;
    expected.set_aside.insert(super::SetAside::BeyondHorizon, 1);
    assert_eq!(*judge.counters(), expected);
    assert_eq!(judge.latest(&WITHOUT_PERMIT.parse().unwrap()), much_later.last());
}

/// A truck's hauls at 08, 10 and 12 h, and its last reports at 14 h.
fn three_hauls() -> Vec<Report> {
    let empty_later = reports(ON_PERMIT, "14:00:00 100,100 empty flat\n14:30:00 100,100 empty flat");
    let hauls =
        ["08", "10", "12"].map(|hour| reports(ON_PERMIT, &CLEAN_HAUL.replace("08:", &format!("{hour}:"))));
    hauls.into_iter().flatten().chain(empty_later).collect()
}

#[test]
fn hauls_that_were_forgotten_still_use_up_the_permit() {
    let registers = sharing(2, 0);
    let expected = of_batch(&registers, &three_hauls());
    let used_up = expected.violations.values().filter(|violation| violation.rule.as_str() == "UW-02");
    assert_eq!(used_up.count(), 1, "the third haul finds the permit used up");
    let mut judge = Judge::with_horizon(registers, 3600).unwrap();
    let mut standing = Standing::default();
    for report in three_hauls() {
        judge.handle(report);
        standing.drain(&mut judge);
    }
    assert_eq!(standing, expected);
    assert!(judge.hauls_held() < 3, "{} hauls are held", judge.hauls_held());
}

#[test]
fn what_was_hauled_before_the_fold_began_uses_up_the_permit_too() {
    let registers = sharing(2, 0);
    let kg = [("P1".parse().unwrap(), 16_000)].into();
    let from = Some("2026-11-23T09:00:00+08:00".parse().unwrap());
    let mut judge = Judge::new(registers.clone()).unwrap();
    judge.set_hauled_before(super::HauledBefore { from, kg });
    let mut standing = Standing::default();
    // The haul of 08 h is what was hauled before; it is folded again, and does not count twice.
    three_hauls().into_iter().for_each(|report| judge.handle(report));
    standing.drain(&mut judge);
    assert_eq!(standing, of_batch(&registers, &three_hauls()));
}
