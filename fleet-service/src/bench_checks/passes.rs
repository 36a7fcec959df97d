//! The engine over a workload, in the order of arrival: which fences hold a fix, how far it is from its truck's own route,
//! and which rules it breaks.

use domain::Timestamp;

use super::workload::{Approval, FenceKind, Workload};
use crate::geo::{AreaIndex, CorridorSide, RouteIndex, Standing};

pub(super) const OFF_ROUTE: u8 = 1;
pub(super) const NO_GO: u8 = 2;
pub(super) const OUT_OF_HOURS: u8 = 4;
pub(super) const WRONG_SITE: u8 = 8;
/// Not a violation: the fix is in a site its permit names.
const OWN_SITE: u8 = 128;

/// The engine's indexes.
pub(super) struct Engine {
    pub(super) areas: AreaIndex,
    pub(super) routes: RouteIndex,
}

/// What a pass answered, by fix.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Fix and fence, by fix, then fence.
    pub(super) pairs: Vec<(u32, u32)>,
    pub(super) distances_m: Vec<f32>,
    pub(super) violations: Vec<u8>,
}

/// A truck's hours: whether a window holds, and until when that stays so.
#[derive(Debug, Clone, Copy, Default)]
struct Hours {
    until: Timestamp,
    hold: bool,
}

/// What is remembered of a truck from fix to fix.
#[derive(Debug, Clone, Copy, Default)]
struct Watched {
    places: Standing,
    side: CorridorSide,
    hours: Hours,
    /// What the places it is in make of it.
    of_places: u8,
}

/// Reports taken at once, as a batch of reports is.
const BATCH: usize = 1_000;

pub(super) fn fences_only(work: &Workload, engine: &Engine) -> Answers {
    let mut answers = Answers::with_room(work);
    let mut positions = Vec::with_capacity(BATCH);
    for (batch, fixes) in work.fixes.chunks(BATCH).enumerate() {
        positions.clear();
        positions.extend(fixes.iter().map(|fix| fix.at));
        engine.areas.containing_each(&positions, |i, fence| {
            answers.pairs.push(((batch * BATCH + i) as u32, fence));
        });
    }
    answers
}

pub(super) fn fences_and_distance(work: &Workload, engine: &Engine) -> Answers {
    let mut answers = Answers::with_room(work);
    let mut hours = vec![Hours::default(); work.approvals.len()];
    let (mut positions, mut on_routes, mut distances_m) = (Vec::new(), Vec::new(), Vec::new());
    let mut places = vec![0u8; BATCH];
    for (batch, fixes) in work.fixes.chunks(BATCH).enumerate() {
        positions.clear();
        positions.extend(fixes.iter().map(|fix| fix.at));
        places.fill(0);
        engine.areas.containing_each(&positions, |i, fence| {
            answers.pairs.push(((batch * BATCH + i) as u32, fence));
            let approval = &work.approvals[fixes[i].truck as usize];
            places[i] |= of_places(&[fence], &work.kinds, approval);
        });
        on_routes.clear();
        on_routes.extend(fixes.iter().map(|fix| (work.approvals[fix.truck as usize].route, fix.at)));
        engine.routes.distances_m(&on_routes, &mut distances_m);
        for ((fix, distance_m), of_places) in fixes.iter().zip(&distances_m).zip(&places) {
            let approval = &work.approvals[fix.truck as usize];
            let hold = hours[fix.truck as usize].hold_at(fix.time, approval);
            answers.distances_m.push(*distance_m as f32);
            answers.violations.push(violations(*of_places, *distance_m > approval.buffer_m, hold));
        }
    }
    answers
}

/// Verdicts alone, with nothing asked of the indexes while the answer before must still stand.
pub(super) fn by_safe_radius(work: &Workload, engine: &Engine) -> Answers {
    let mut answers = Answers::with_room(work);
    let mut trucks = vec![Watched::default(); work.approvals.len()];
    let mut found = Vec::new();
    for fix in &work.fixes {
        let approval = &work.approvals[fix.truck as usize];
        let truck = &mut trucks[fix.truck as usize];
        if !truck.places.holds(fix.at) {
            engine.areas.containing(fix.at, &mut found);
            truck.of_places = of_places(&found, &work.kinds, approval);
            truck.places.renew_by_areas(&engine.areas, fix.at);
        }
        let measure = || engine.routes.distance_m(approval.route, fix.at);
        let beyond = truck.side.is_beyond(fix.at, approval.buffer_m, measure);
        let hold = truck.hours.hold_at(fix.time, approval);
        answers.violations.push(violations(truck.of_places, beyond, hold));
    }
    answers
}

fn of_places(fences: &[u32], kinds: &[FenceKind], approval: &Approval) -> u8 {
    fences.iter().fold(0, |bits, fence| {
        bits | match kinds[*fence as usize] {
            FenceKind::NoGo => NO_GO,
            FenceKind::Site if *fence == approval.load || *fence == approval.dump => OWN_SITE,
            FenceKind::Site => WRONG_SITE,
        }
    })
}

fn violations(of_places: u8, beyond: bool, hold: bool) -> u8 {
    let off_route = if beyond && of_places & OWN_SITE == 0 { OFF_ROUTE } else { 0 };
    let out_of_hours = if hold { 0 } else { OUT_OF_HOURS };
    of_places & (NO_GO | WRONG_SITE) | off_route | out_of_hours
}

impl Hours {
    fn hold_at(&mut self, time: Timestamp, approval: &Approval) -> bool {
        if time >= self.until {
            (self.hold, self.until) = approval.windows.hold_until(time);
        }
        self.hold
    }
}

impl Answers {
    fn with_room(work: &Workload) -> Self {
        let fixes = work.fixes.len();
        Self {
            pairs: Vec::with_capacity(fixes * 2),
            distances_m: Vec::with_capacity(fixes),
            violations: Vec::with_capacity(fixes),
        }
    }
}
