//! Position checks per second on a made-up city, beside the plain definitions on the same positions in the same run.
//!
//! One check asks which of 2,000 fences (20 to 200 vertices) hold a position and how far it is from its truck's own route
//! (one of 1,500, 50 to 500 vertices). Consecutive positions belong to different trucks, as they arrive in a city. Then the
//! whole fold: reports judged per second.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use domain::report::Content;
use domain::{
    Area, FixKind, FixReport, Line, Load, Position, Registers, Registry, Report, Ring, Site, SiteKind, Speed,
};
use fleet_service::geo::{AreaIndex, RouteIndex};
use fleet_service::judge::judge_all;

const SEED: u64 = 20_190_287;
const FENCES: usize = 2_000;
const ROUTES: usize = 1_500;
const POSITIONS: usize = 4_096;
/// The plain definitions are so much slower that they get fewer positions a round.
const PLAIN_POSITIONS: usize = 64;
/// Side of the city, in metres.
const SIDE_M: f64 = 60_000.0;

/// A linear congruential generator: the city is the same in every run.
struct Dice(u64);

impl Dice {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.part()
    }
}

struct City {
    fences: Vec<Area>,
    routes: Vec<Line>,
    /// Each with the number of its truck's route.
    positions: Vec<(Position, usize)>,
}

fn city() -> City {
    let mut dice = Dice(SEED);
    let origin = Position::from_degrees(34.3, 113.1).expect("on the globe");
    let fences = (0..FENCES).map(|_| fence(&mut dice, origin)).collect();
    let routes: Vec<Line> = (0..ROUTES).map(|_| route(&mut dice, origin)).collect();
    let positions = (0..POSITIONS)
        .map(|i| {
            let own = i * 7 % ROUTES;
            let points = routes[own].points();
            let beside = points[(dice.part() * points.len() as f64) as usize % points.len()];
            (beside.offset_m(dice.between(-40.0, 40.0), dice.between(-40.0, 40.0)), own)
        })
        .collect();
    City { fences, routes, positions }
}

fn fence(dice: &mut Dice, origin: Position) -> Area {
    let centre = origin.offset_m(dice.between(0.0, SIDE_M), dice.between(0.0, SIDE_M));
    let vertices = dice.between(20.0, 200.0) as usize;
    let radius_m = dice.between(80.0, 800.0);
    let points = (0..vertices).map(|i| {
        let (sin, cos) = (i as f64 / vertices as f64 * std::f64::consts::TAU).sin_cos();
        let reach_m = radius_m * dice.between(0.7, 1.0);
        centre.offset_m(reach_m * cos, reach_m * sin)
    });
    Area::from_ring(Ring::from_points(points.collect()).expect("a star does not cross itself"))
}

fn route(dice: &mut Dice, origin: Position) -> Line {
    let mut at = origin.offset_m(dice.between(0.0, SIDE_M), dice.between(0.0, SIDE_M));
    let (mut course, mut points) = (dice.between(0.0, std::f64::consts::TAU), vec![at]);
    for _ in 0..dice.between(50.0, 500.0) as usize {
        course += dice.between(-0.3, 0.3);
        at = at.offset_m(60.0 * course.cos(), 60.0 * course.sin());
        points.push(at);
    }
    Line::from_points(points).expect("steps of 60 m")
}

#[divan::bench]
fn indexed(bencher: Bencher<'_, '_>) {
    let city = city();
    let (index, routes) = (AreaIndex::build(city.fences), RouteIndex::build(&city.routes));
    let mut found = Vec::new();
    bencher.counter(ItemsCount::new(POSITIONS)).bench_local(|| {
        let mut sum = 0.0;
        for (at, own) in &city.positions {
            index.containing(*at, &mut found);
            sum += found.len() as f64 + routes.distance_m(*own as u32, *at);
        }
        black_box(sum)
    });
}

/// The same, all positions asked about at once.
#[divan::bench]
fn indexed_at_once(bencher: Bencher<'_, '_>) {
    let city = city();
    let (index, routes) = (AreaIndex::build(city.fences), RouteIndex::build(&city.routes));
    let positions: Vec<Position> = city.positions.iter().map(|(at, _)| *at).collect();
    let on_routes: Vec<(u32, Position)> = city.positions.iter().map(|(at, own)| (*own as u32, *at)).collect();
    let mut distances_m = Vec::new();
    bencher.counter(ItemsCount::new(POSITIONS)).bench_local(|| {
        let mut count = 0;
        index.containing_each(&positions, |_, _| count += 1);
        routes.distances_m(&on_routes, &mut distances_m);
        black_box(f64::from(count) + distances_m.iter().sum::<f64>())
    });
}

#[divan::bench]
fn plain_definitions(bencher: Bencher<'_, '_>) {
    let city = city();
    bencher.counter(ItemsCount::new(PLAIN_POSITIONS)).bench_local(|| {
        let mut sum = 0.0;
        for (at, own) in &city.positions[..PLAIN_POSITIONS] {
            let inside = city.fences.iter().filter(|area| area.contains(*at)).count();
            sum += inside as f64 + city.routes[*own].distance_m(*at);
        }
        black_box(sum)
    });
}

/// 100 trucks that drive their routes for an hour, a report every 10 s, in a city of all fences as sites.
#[divan::bench(sample_count = 10)]
fn reports_judged(bencher: Bencher<'_, '_>) {
    let city = city();
    let mut registry = Registry::default();
    for (i, area) in city.fences.iter().enumerate() {
        let site = Site {
            id: format!("F{i}").parse().expect("a key"),
            name: String::new(),
            kind: if i % 2 == 0 { SiteKind::Source } else { SiteKind::Disposal },
            area: area.clone(),
            wash_required: false,
            open_from: None,
            open_to: None,
            carrier: None,
        };
        registry.sites.insert(site.id.clone(), site);
    }
    let registers = Registers::always(registry);
    let start: domain::Timestamp = "2026-11-23T08:00:00+08:00".parse().expect("a time");
    let mut reports = Vec::new();
    for step in 0..360 {
        for truck in 0..100 {
            let points = city.routes[truck].points();
            let plate = format!("豫A{truck:05}").parse().expect("a plate");
            let mut fix = FixReport::bare(plate, points[step % points.len()], FixKind::D3);
            fix.speed = Speed::from_kmh(21.6);
            fix.load = if step / 60 % 2 == 0 { Load::Empty } else { Load::Full };
            let time = start.plus_seconds(step as i64 * 10);
            reports.push(Report { time, content: Content::Fix(fix), received: Some(time) });
        }
    }
    bencher
        .counter(ItemsCount::new(reports.len()))
        .with_inputs(|| reports.clone())
        .bench_local_values(|reports| judge_all(&registers, reports, None).map(|j| j.hauls.len()));
}

fn main() {
    divan::main();
}
