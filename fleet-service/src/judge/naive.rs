//! A second, naive implementation of four stream rules judges the first: plain loops over a whole day's sorted reports.
//!
//! Days are made so that places are beyond doubt (the truck steps between the middles of cells whose edges carry every
//! border, with two fixes or more in each), and loads, lids, ignition, silences and reports without a fix are not.

use std::collections::BTreeSet;

use domain::report::Content;
use domain::{FixKind, Lid, Load, Position, Registers, Registry, Report, Speed, Timestamp, ZoneKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::situations::{ON_PERMIT, gated_city};
use super::{Change, Judge, judge_all};

/// Metres between the middles of two cells.
const CELL_M: f64 = 200.0;

/// A part of a day: where to (in cells east and north), how the body is, how long it rests there and how it tells.
#[derive(Debug, Clone)]
struct Part {
    to: (i32, i32),
    load: Load,
    lid: Lid,
    /// Seconds a step takes, and how many reports tell of it.
    step: (i64, usize),
    /// Minutes it rests at the end, with the ignition off or on, reporting every so many seconds.
    rest: (i64, Option<bool>, i64),
    /// Seconds of silence after the rest, in which an even `odd` moves on unseen.
    silence_s: i64,
    odd: usize,
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = (
        (0..28i32, 0..8i32),
        prop::sample::select(vec![Load::Empty, Load::Full, Load::Full, Load::Half, Load::Unknown]),
        prop::sample::select(vec![Lid::Open, Lid::Open, Lid::Closed, Lid::Unknown]),
        (8..40i64, 2..4usize),
        (
            prop::sample::select(vec![0i64, 0, 1, 2, 30, 200, 300, 420]),
            prop::sample::select(vec![Some(false), Some(false), Some(true), None]),
            prop::sample::select(vec![10i64, 60, 290, 1_200]),
        ),
        prop::sample::select(vec![0i64, 0, 0, 290, 310, 900]),
        0..40usize,
    );
    prop::collection::vec(
        part.prop_map(|(to, load, lid, step, rest, silence_s, odd)| Part {
            to,
            load,
            lid,
            step,
            rest,
            silence_s,
            odd,
        }),
        2..9,
    )
}

fn middle(cell: (i32, i32)) -> Position {
    let half = CELL_M / 2.0;
    Position::from_degrees(34.5, 113.4)
        .unwrap()
        .offset_m(f64::from(cell.0) * CELL_M + half, f64::from(cell.1) * CELL_M + half)
}

/// A day of reports, in order.
fn day(parts: &[Part], start_h: i64) -> Vec<Report> {
    let midnight: Timestamp = "2026-11-23T00:00:00+08:00".parse().unwrap();
    let mut now = midnight.plus_seconds(start_h * 3_600);
    let mut cell = (0, 0);
    let mut reports = Vec::new();
    for part in parts {
        let mut tell = |now: Timestamp, cell: (i32, i32), ignition: Option<bool>, speed_kmh: f64| {
            let n = reports.len() + part.odd;
            let mut fix = domain::FixReport::bare(ON_PERMIT.parse().unwrap(), middle(cell), FixKind::D3);
            // Some noise, far from any edge.
            fix.position = fix.position.offset_m((n % 7) as f64, (n % 5) as f64);
            fix.speed = Speed::from_kmh(speed_kmh);
            fix.ignition = ignition;
            fix.load = if n.is_multiple_of(11) { Load::Unknown } else { part.load };
            fix.lid = if n.is_multiple_of(13) { Lid::Unknown } else { part.lid };
            let received = Some(now.plus_seconds(2));
            if n.is_multiple_of(17) {
                let blind = domain::FixReport { fix: FixKind::None, ..fix.clone() };
                let time = now.plus_seconds(1);
                reports.push(Report { time, content: Content::Fix(blind), received });
            }
            reports.push(Report { time: now, content: Content::Fix(fix), received });
        };
        while cell != part.to {
            let towards = |from: i32, to: i32| (to - from).signum();
            cell = (cell.0 + towards(cell.0, part.to.0), cell.1 + towards(cell.1, part.to.1));
            for _ in 0..part.step.1 {
                now = now.plus_seconds(part.step.0);
                let crawls = (part.odd + reports_of(now)).is_multiple_of(9);
                let speed = if crawls { 4.0 } else { 30.0 };
                tell(now, cell, Some(true), speed);
            }
        }
        let (minutes, ignition, every_s) = part.rest;
        for _ in 0..(minutes * 60 / every_s) {
            now = now.plus_seconds(every_s);
            tell(now, cell, ignition, 0.0);
        }
        now = now.plus_seconds(part.silence_s);
        if part.silence_s > 0 && part.odd.is_multiple_of(2) {
            cell.0 = (cell.0 + 14) % 28;
        }
    }
    reports.sort();
    reports
}

/// A number that changes from report to report.
fn reports_of(now: Timestamp) -> usize {
    usize::try_from(now.seconds() / 8 % 1_000).unwrap()
}

/// The city with every border on the edge of a cell.
fn cells() -> Registry {
    let mut city = gated_city();
    // Reports lost by the way are judged elsewhere: the plain loops know of none.
    city.limits.insert("offline_chance".to_owned(), 1.0.into());
    let corner = |east: f64, north: f64| Position::from_degrees(34.5, 113.4).unwrap().offset_m(east, north);
    let corners = [(3_600.0, 400.0), (4_400.0, 400.0), (4_400.0, 1_000.0), (3_600.0, 1_000.0)];
    let ring = domain::Ring::from_points(corners.iter().map(|(e, n)| corner(*e, *n)).collect()).unwrap();
    let zone = city.zones.values_mut().find(|zone| zone.kind == ZoneKind::NoGo).unwrap();
    zone.area = domain::Area::from_ring(ring);
    zone.windows =
        domain::HaulWindows(vec![domain::HaulWindow::parse(&["mon", "tue"], "06:00", "23:00").unwrap()]);
    city
}

/// A fix as the naive rules see it.
struct Seen {
    time: Timestamp,
    position: Option<Position>,
    speed_kmh: f64,
    outside: bool,
    loaded: Option<bool>,
    lid: Lid,
    ignition: Option<bool>,
}

fn seen(city: &Registry, reports: &[Report]) -> Vec<Seen> {
    let fixes: Vec<(Timestamp, &domain::FixReport)> =
        reports.iter().filter_map(|report| Some((report.time, report.fix()?))).collect();
    let mut held = true;
    let mut loaded = None;
    let mut out = Vec::new();
    for (i, (time, fix)) in fixes.iter().enumerate() {
        if fix.fix != FixKind::None {
            held = city.sites.values().all(|site| !site.area.contains(fix.position));
        }
        // A reading counts when the next known one says the same, or when it has stood for 20 s by then; one read at speed,
        // when none contradicted it for 180 s.
        if let Some(reading) = fix.load.is_loaded().filter(|reading| Some(*reading) != loaded) {
            let drives =
                loaded.is_some() && fix.fix != FixKind::None && fix.speed.is_some_and(|v| v.kmh() > 10.0);
            let confirmed = fixes[i + 1..].iter().find_map(|(later, next)| {
                let stood_ms = later.millis_since(*time);
                match next.load.is_loaded() {
                    Some(next) if next != reading => Some(false),
                    _ if drives => (stood_ms >= 180_000).then_some(true),
                    Some(_) => Some(true),
                    None => (stood_ms >= 20_000).then_some(true),
                }
            });
            if confirmed == Some(true) {
                loaded = Some(reading);
            }
        }
        out.push(Seen {
            time: *time,
            position: (fix.fix != FixKind::None).then_some(fix.position),
            speed_kmh: fix.speed.map_or(0.0, Speed::kmh),
            outside: held,
            loaded,
            lid: fix.lid,
            ignition: fix.ignition,
        });
    }
    out
}

type Told = (&'static str, Timestamp, Timestamp);

/// Joins spans in order that are less than 180 s apart, adding up how long they held: as long as the fixes known not to hold
/// tell, and the ways to the first and from the last of them no longer.
fn join(spans: Vec<(Timestamp, Timestamp)>, not: &[Timestamp]) -> Vec<(Timestamp, Timestamp, f64)> {
    let mut joined: Vec<(Timestamp, Timestamp, f64)> = Vec::new();
    for (first, last) in spans {
        let is_near = |end: Timestamp| {
            let between: Vec<_> = not.iter().filter(|time| end < **time && **time < first).collect();
            let parts = match (between.first(), between.last()) {
                (Some(a), Some(b)) => vec![a.millis_since(end), b.millis_since(**a), first.millis_since(**b)],
                _ => vec![first.millis_since(end)],
            };
            parts.into_iter().all(|part| part < 180_000)
        };
        match joined.last_mut() {
            Some(before) if is_near(before.1) => {
                before.1 = last;
                before.2 += last.seconds_since(first);
            }
            _ => joined.push((first, last, last.seconds_since(first))),
        }
    }
    joined
}

fn unsealed(seen: &[Seen]) -> Vec<Told> {
    let mut runs: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut not = Vec::new();
    let mut goes_on = false;
    for fix in seen.iter().filter(|fix| fix.position.is_some()) {
        let never =
            fix.loaded != Some(true) || !fix.outside || fix.speed_kmh <= 5.0 || fix.lid == Lid::Closed;
        if never {
            not.push(fix.time);
            goes_on = false;
        } else if fix.lid == Lid::Open {
            match runs.last_mut() {
                Some(run) if goes_on && fix.time.millis_since(run.1) < 180_000 => run.1 = fix.time,
                _ => runs.push((fix.time, fix.time)),
            }
            goes_on = true;
        }
    }
    runs.retain(|(first, last)| first < last);
    join(runs, &not).into_iter().filter(|run| run.2 >= 60.0).map(|run| ("SE-01", run.0, run.1)).collect()
}

fn no_go(city: &Registry, seen: &[Seen]) -> Vec<Told> {
    let zone = city.zones.values().find(|zone| zone.kind == ZoneKind::NoGo).unwrap();
    let placed: Vec<(Timestamp, Position)> =
        seen.iter().filter_map(|fix| Some((fix.time, fix.position?))).collect();
    let inside = |(time, at): &(Timestamp, Position)| zone.area.contains(*at) && zone.windows.hold_at(*time);
    let mut stays: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut i = 0;
    while i < placed.len() {
        let mut j = i;
        if inside(&placed[i]) {
            let seen = |a: &(Timestamp, Position), b: &(Timestamp, Position)| {
                b.0.millis_since(a.0) < 300_000 || a.1.distance_m(b.1) < 500.0
            };
            while j + 1 < placed.len() && inside(&placed[j + 1]) && seen(&placed[j], &placed[j + 1]) {
                j += 1;
            }
            if j > i && placed[j].0.millis_since(placed[i].0) >= 30_000 {
                stays.push((placed[i].0, placed[j].0));
            }
        }
        i = j + 1;
    }
    let not: Vec<_> = placed.iter().filter(|fix| !inside(fix)).map(|fix| fix.0).collect();
    join(stays, &not).into_iter().map(|stay| ("RT-03", stay.0, stay.1)).collect()
}

fn offline(seen: &[Seen]) -> Vec<Told> {
    let mut gaps = Vec::new();
    for i in 1..seen.len() {
        let (first, last) = (seen[i - 1].time, seen[i].time);
        let placed = |fix: &Seen| Some((fix.time, fix.position?));
        let before = seen[..i].iter().rev().find_map(placed);
        let after = seen[i..].iter().find_map(placed);
        let moved = before.zip(after).is_some_and(|(before, after)| {
            let reporting_s = first.seconds_since(before.0) + after.0.seconds_since(last);
            before.1.distance_m(after.1) - reporting_s * 25.0 >= 500.0
        });
        if last.millis_since(first) >= 300_000 && moved {
            gaps.push((first, last));
        }
    }
    join(gaps, &[]).into_iter().map(|gap| ("TM-01", gap.0, gap.1)).collect()
}

fn parked(seen: &[Seen]) -> Vec<Told> {
    let mut rests: Vec<(Timestamp, Timestamp)> = Vec::new();
    let place = |upto: usize| seen[..=upto].iter().rev().find_map(|fix| fix.position);
    let mut i = 0;
    while i < seen.len() {
        let Some(from) = place(i).filter(|_| seen[i].ignition == Some(false) && seen[i].outside) else {
            i += 1;
            continue;
        };
        let there = |fix: &Seen| fix.outside && fix.position.is_none_or(|at| from.distance_m(at) <= 200.0);
        let mut end = seen[i].time;
        let mut j = i + 1;
        while j < seen.len() && there(&seen[j]) && seen[j].ignition != Some(true) {
            if seen[j].ignition == Some(false) {
                end = seen[j].time;
            }
            j += 1;
        }
        let is_seen = seen[i..j].iter().any(|fix| fix.position.is_some() && fix.ignition == Some(false));
        if let Some(next) = seen.get(j)
            && there(next)
            && next.position.is_some()
            && next.time.millis_since(end) >= 300_000
        {
            end = next.time;
        }
        if is_seen {
            rests.push((seen[i].time, end));
        }
        i = j;
    }
    let mut told = Vec::new();
    let midnight: Timestamp = "2026-11-22T00:00:00+08:00".parse().unwrap();
    for night in 0..6 {
        let from = midnight.plus_seconds((night * 24 + 22) * 3_600);
        let to = from.plus_seconds(7 * 3_600);
        for (first, last) in &rests {
            let (first, last) = ((*first).max(from), (*last).min(to));
            if last.millis_since(first) >= 4 * 3_600_000 {
                told.push(("PK-01", first, last));
            }
        }
    }
    told
}

const RULES: [&str; 4] = ["SE-01", "RT-03", "TM-01", "PK-01"];

fn naively(city: &Registry, reports: &[Report]) -> BTreeSet<Told> {
    let seen = seen(city, reports);
    let all = [unsealed(&seen), no_go(city, &seen), offline(&seen), parked(&seen)];
    all.into_iter().flatten().collect()
}

fn of(violations: impl IntoIterator<Item = domain::Violation>) -> BTreeSet<Told> {
    let told = |v: domain::Violation| {
        let rule = RULES.into_iter().find(|rule| *rule == v.rule.as_str())?;
        Some((rule, v.start, v.end))
    };
    violations.into_iter().filter_map(told).collect()
}

#[test]
fn the_made_up_days_are_guilty_of_every_rule_and_not_always() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let city = cells();
    let mut told = Vec::new();
    for n in 0..200 {
        let parts = parts().new_tree(&mut runner).unwrap().current();
        told.push(naively(&city, &day(&parts, 4 + n % 20)));
    }
    for rule in RULES {
        let guilty = told.iter().filter(|day| day.iter().any(|(told, ..)| *told == rule)).count();
        assert!((10..190).contains(&guilty), "{rule}: {guilty} of 200 days");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_streaming_rules_say_what_plain_loops_say(parts in parts(), start_h in 4..24i64) {
        let city = cells();
        let reports = day(&parts, start_h);
        let expected = naively(&city, &reports);
        let judgement = judge_all(&Registers::always(city), reports, None).unwrap();
        prop_assert_eq!(of(judgement.violations), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn fed_live_late_and_backwards_they_say_the_same(
        parts in parts(),
        start_h in 4..24i64,
        late_every in 2..40usize,
        drain_every in 1..200usize,
    ) {
        let city = cells();
        let mut sent = day(&parts, start_h);
        // Tags read at gates and a second serial, now and then.
        let extra = other_tellers(&sent);
        sent.extend(extra);
        sent.sort();
        let registers = Registers::always(city);
        let expected = judge_all(&registers, sent.clone(), None).unwrap().violations;
        let (late, in_order): (Vec<_>, Vec<_>) =
            sent.iter().cloned().enumerate().partition(|(i, _)| i % late_every == 0);
        let mut judge = Judge::new(registers).unwrap();
        let mut standing = std::collections::BTreeMap::new();
        let order = in_order.into_iter().chain(late.into_iter().rev());
        for (n, (_, report)) in order.enumerate() {
            judge.handle(report);
            if n % drain_every == 0 {
                drain(&mut judge, &mut standing);
            }
        }
        drain(&mut judge, &mut standing);
        let expected: std::collections::BTreeMap<_, _> = expected.into_iter().map(|v| (v.id, v)).collect();
        prop_assert_eq!(standing, expected);
    }
}

fn drain(
    judge: &mut Judge,
    standing: &mut std::collections::BTreeMap<domain::ViolationId, domain::Violation>,
) {
    while let Some(change) = judge.poll() {
        match change {
            Change::Opened(violation) | Change::Amended(violation) => {
                standing.insert(violation.id, violation);
            }
            Change::Withdrawn(id) => {
                standing.remove(&id);
            }
            Change::Haul(_) | Change::HaulWithdrawn(_) => {}
        }
    }
}

/// Readings of the truck's tag and fixes of a second serial, some of them where the truck cannot be.
fn other_tellers(day: &[Report]) -> Vec<Report> {
    let mut out = Vec::new();
    for (i, report) in day.iter().enumerate() {
        let Some(fix) = report.fix() else { continue };
        let time = report.time.plus_seconds(3);
        let received = Some(time.plus_seconds(2));
        let tag = domain::ReaderSighting {
            reader: ["W1", "G9", "G2"][i / 50 % 3].parse().unwrap(),
            epc: "E2000001".parse().unwrap(),
            rssi_dbm: None,
        };
        match i % 50 {
            10..=14 => out.push(Report { time, content: Content::AtReader(tag), received }),
            30..=33 => {
                let mut other = fix.clone();
                other.source = Some("SERIAL2".parse().unwrap());
                other.position = middle((40, (i % 30) as i32));
                out.push(Report { time, content: Content::Fix(other), received });
            }
            _ => {}
        }
    }
    out
}
