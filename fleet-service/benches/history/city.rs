//! Truck-days as a city's trucks report them: parked nights with a wandering position, hauls with bends, lights and
//! loading, correlated errors of the receiver, delays of the network. Values have the resolution reports are kept in.

use domain::report::Content;
use domain::{
    Antenna, Course, FixKind, FixReport, Hdop, Lid, Lift, Load, Plate, Position, Power, Report, Speed,
    TerminalId, Timestamp,
};

/// A linear congruential generator: the same days in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut dice = Self(seed ^ 0x9E37_79B9_7F4A_7C15);
        for _ in 0..4 {
            dice.part();
        }
        dice
    }

    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.part()
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.part() * end as f64) as usize).min(end - 1)
    }

    /// Nearly normal: six parts added.
    fn normal(&mut self) -> f64 {
        ((0..6).map(|_| self.part()).sum::<f64>() - 3.0) * std::f64::consts::SQRT_2
    }
}

/// Where a truck truly is and what its body does.
#[derive(Clone, Copy)]
struct Second {
    east_m: f64,
    north_m: f64,
    kmh: f64,
    course_deg: f64,
    load: Load,
    lift: Lift,
    ignition: bool,
}

/// What a truck truly does in a day, at the reporting interval.
pub(crate) struct TrueDay {
    seconds: Vec<Second>,
    step_s: usize,
}

const DAY_S: usize = 86_400;
/// Spread of the receiver's wandering error, metres, and how long it takes to wander.
const WANDER_M: f64 = 1.6;
const WANDER_S: f64 = 120.0;
/// Spread of what differs from fix to fix, metres.
const JITTER_M: f64 = 0.35;

impl TrueDay {
    /// A day of hauls between dusk and dawn and some by day, sampled every `step_s`.
    pub(crate) fn made(dice: &mut Dice, step_s: usize) -> Self {
        let mut truck = Truck::parked(dice);
        let mut seconds = Vec::with_capacity(DAY_S / step_s);
        let (from, to) = (dice.between(3.0, 7.0) * 3600.0, dice.between(15.0, 22.0) * 3600.0);
        for s in 0..DAY_S {
            let works = (from..to).contains(&(s as f64));
            truck.step(dice, works);
            if s % step_s == 0 {
                seconds.push(truck.now);
            }
        }
        Self { seconds, step_s }
    }

    /// How many fixes it gives.
    pub(crate) fn len(&self) -> usize {
        self.seconds.len()
    }

    /// What is reported of it: another truck's, another day's, with errors of its own.
    pub(crate) fn reported(
        &self,
        dice: &mut Dice,
        plate: &Plate,
        source: &TerminalId,
        start: Timestamp,
        position_e7: i32,
    ) -> Vec<Report> {
        let origin = Position::from_degrees(34.3 + dice.between(0.0, 0.4), 113.1 + dice.between(0.0, 0.6))
            .expect("on the globe");
        let (per_lat, per_lon) = domain::position::metres_per_degree(34.5);
        let keep = (-(self.step_s as f64) / WANDER_S).exp();
        let fresh = WANDER_M * (1.0 - keep * keep).sqrt();
        let (mut wander_e, mut wander_n) = (WANDER_M * dice.normal(), WANDER_M * dice.normal());
        let (mut hdop, mut satellites) = (0.8, 17.0);
        let offset_ms = if dice.part() < 0.5 { 0 } else { dice.below(1_000) as i64 };
        let mut reports = Vec::with_capacity(self.len());
        for (i, truth) in self.seconds.iter().enumerate() {
            wander_e = keep * wander_e + fresh * dice.normal();
            wander_n = keep * wander_n + fresh * dice.normal();
            if dice.part() < 0.2 {
                satellites = (satellites + dice.normal()).clamp(9.0, 28.0);
                hdop = (0.8 + (17.0 - satellites) * 0.03 + 0.05 * dice.normal()).clamp(0.5, 3.0);
            }
            let rounded =
                |degrees: f64| ((degrees * 1e7 / f64::from(position_e7)).round() as i32) * position_e7;
            let lat = origin.lat() + (truth.north_m + wander_n + JITTER_M * dice.normal()) / per_lat;
            let lon = origin.lon() + (truth.east_m + wander_e + JITTER_M * dice.normal()) / per_lon;
            let kmh = (truth.kmh + 0.4 * dice.normal()).max(0.0);
            let time = start.plus_millis((i * self.step_s) as i64 * 1000 + offset_ms);
            let delay_ms = 250.0 - 350.0 * dice.part().max(1e-9).ln();
            let fix = FixReport {
                plate: plate.clone(),
                source: Some(source.clone()),
                fix: FixKind::D3,
                position: Position::from_e7(rounded(lat), rounded(lon)).expect("on the globe"),
                speed: Speed::from_kmh((kmh * 10.0).round() / 10.0),
                course: (kmh >= 3.0)
                    .then(|| (truth.course_deg + 1.5 * dice.normal()).rem_euclid(360.0))
                    .and_then(|deg| Course::from_deg(deg.round())),
                hdop: Hdop::from_ratio((hdop * 10.0).round() / 10.0),
                satellites: Some(satellites as u8),
                ignition: Some(truth.ignition),
                load: truth.load,
                lid: if truth.load == Load::Empty { Lid::Open } else { Lid::Closed },
                lift: truth.lift,
                antenna: Antenna::Ok,
                power: Power::Ok,
            };
            let received = Some(time.plus_millis(delay_ms as i64));
            reports.push(Report { time, content: Content::Fix(fix), received });
        }
        reports
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Parked,
    Loading,
    Laden,
    Unloading,
    Empty,
}

struct Truck {
    now: Second,
    phase: Phase,
    /// Seconds left of the phase, of the speed aimed at, of the bend.
    phase_s: f64,
    aim_s: f64,
    aim_kmh: f64,
    bend_s: f64,
    bend_deg_s: f64,
}

impl Truck {
    fn parked(dice: &mut Dice) -> Self {
        let now = Second {
            east_m: 0.0,
            north_m: 0.0,
            kmh: 0.0,
            course_deg: dice.between(0.0, 360.0),
            load: Load::Empty,
            lift: Lift::Flat,
            ignition: false,
        };
        Self {
            now,
            phase: Phase::Parked,
            phase_s: 0.0,
            aim_s: 0.0,
            aim_kmh: 0.0,
            bend_s: 0.0,
            bend_deg_s: 0.0,
        }
    }

    fn step(&mut self, dice: &mut Dice, works: bool) {
        self.phase_s -= 1.0;
        if self.phase_s <= 0.0 {
            self.next_phase(dice, works);
        }
        self.now.ignition = self.phase != Phase::Parked;
        self.now.lift = match self.phase {
            Phase::Unloading if self.phase_s < 90.0 => Lift::Raised,
            _ => Lift::Flat,
        };
        if !matches!(self.phase, Phase::Laden | Phase::Empty) {
            self.now.kmh = 0.0;
            return;
        }
        self.aim_s -= 1.0;
        if self.aim_s <= 0.0 {
            let stops = dice.part() < 0.2;
            self.aim_kmh = if stops { 0.0 } else { dice.between(20.0, 62.0) };
            self.aim_s = if stops { dice.between(8.0, 60.0) } else { dice.between(15.0, 90.0) };
        }
        let change = (self.aim_kmh - self.now.kmh).clamp(-7.0, 4.0);
        self.now.kmh = (self.now.kmh + change + 0.5 * dice.normal()).max(0.0);
        self.bend_s -= 1.0;
        if self.bend_s <= 0.0 {
            let (seconds, degrees) = match dice.below(4) {
                0 => (6.0, [-90.0, 90.0][dice.below(2)]),
                1 => (dice.between(10.0, 40.0), dice.between(-40.0, 40.0)),
                _ => (dice.between(10.0, 60.0), 0.0),
            };
            (self.bend_s, self.bend_deg_s) = (seconds, degrees / seconds);
        }
        if self.now.kmh > 5.0 {
            self.now.course_deg = (self.now.course_deg + self.bend_deg_s).rem_euclid(360.0);
        }
        let (sin, cos) = self.now.course_deg.to_radians().sin_cos();
        self.now.east_m += self.now.kmh / 3.6 * sin;
        self.now.north_m += self.now.kmh / 3.6 * cos;
    }

    fn next_phase(&mut self, dice: &mut Dice, works: bool) {
        let (phase, seconds) = match self.phase {
            Phase::Parked if works => (Phase::Empty, dice.between(300.0, 1200.0)),
            Phase::Parked => (Phase::Parked, 60.0),
            Phase::Empty if works => (Phase::Loading, dice.between(300.0, 900.0)),
            Phase::Empty => (Phase::Parked, 600.0),
            Phase::Loading => (Phase::Laden, dice.between(1200.0, 2700.0)),
            Phase::Laden => (Phase::Unloading, dice.between(150.0, 400.0)),
            Phase::Unloading => (Phase::Empty, dice.between(1000.0, 2400.0)),
        };
        if phase == Phase::Laden {
            self.now.load = Load::Full;
        }
        if phase == Phase::Empty {
            self.now.load = Load::Empty;
        }
        (self.phase, self.phase_s) = (phase, seconds);
    }
}
