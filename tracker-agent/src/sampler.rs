//! Which fixes are reported: after a time, a distance or a turn, and at once when anything changes state, the truck stops
//! or starts, crosses the edge of an area the platform named, or goes faster than the platform allows.

use domain::{Course, FixKind, FixReport, Timestamp};

use crate::signals::BodyState;

/// Below this speed a course is drift of the position, and is dropped.
pub const COURSE_SPEED_KMH_MIN: f64 = 1.0;
/// Below this speed a change of course is no turn.
pub const TURN_SPEED_KMH_MIN: f64 = 5.0;
/// A standing truck has started when it is faster than its standing speed by this much: drift is no start.
pub const START_MARGIN_KMH: f64 = 2.0;

/// When to report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplerConfig {
    /// Longest time between reports while moving, in seconds.
    pub interval_moving_s: u32,
    /// Longest time between reports while standing, in seconds.
    pub interval_parked_s: u32,
    /// Longest way between reports, in metres; `None`: the way does not count.
    pub distance_m: Option<u32>,
    /// Change of course since the last report that is reported, in degrees.
    pub turn_deg: u32,
    /// At or below this speed the truck stands, in km/h.
    pub parked_speed_kmh: u32,
    /// What the platform wants to know at once.
    pub speed_limit: Option<SpeedLimit>,
}

/// A speed the platform named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeedLimit {
    /// Above it the truck is too fast, in km/h.
    pub max_kmh: u32,
    /// For so long, in seconds.
    pub hold_s: u32,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            interval_moving_s: 30,
            interval_parked_s: 60,
            distance_m: Some(1000),
            turn_deg: 30,
            parked_speed_kmh: 3,
            speed_limit: None,
        }
    }
}

/// Why a fix is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The first.
    First,
    /// The clock stepped back: a new sequence begins.
    SteppedBack,
    /// Load, cover, tipping body, antenna, power, ignition or kind of fix changed.
    State,
    /// A tag was read.
    Tag,
    /// The edge of an area of the platform was crossed.
    Area,
    /// The truck came to stand.
    Stop,
    /// The truck began to move.
    Start,
    /// The truck has been too fast for long enough, or is no longer.
    Overspeed,
    /// The interval is over.
    Interval,
    /// The way is long enough.
    Distance,
    /// The truck turned.
    Turn,
}

impl Reason {
    /// Whether the report is not to wait for others on its way. That a truck goes on after a red light can wait; that it
    /// stands cannot.
    pub fn is_urgent(self) -> bool {
        !matches!(self, Self::Interval | Self::Distance | Self::Turn | Self::Start)
    }
}

/// What is known beside the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// A tag waits for a report to travel with.
    pub tag_read: bool,
    /// The edge of an area was crossed.
    pub area_crossed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reported {
    time: Timestamp,
    fix: FixReport,
    /// The last course reported while moving: a stop has none, and the turn is measured across it.
    course: Option<Course>,
}

/// Decides fix by fix.
#[derive(Debug, Clone)]
pub struct Sampler {
    config: SamplerConfig,
    /// Time of the last fix offered, reported or not.
    newest: Option<Timestamp>,
    reported: Option<Reported>,
    /// Whether the truck stands; `None` until a speed is known.
    standing: Option<bool>,
    /// Since when it has been faster than the limit.
    fast_since: Option<Timestamp>,
    /// It has been so for long enough.
    overspeed: bool,
}

impl Sampler {
    /// A sampler that has reported nothing.
    pub fn new(config: SamplerConfig) -> Self {
        Self { config, newest: None, reported: None, standing: None, fast_since: None, overspeed: false }
    }

    /// Works by another configuration from the next fix on.
    pub fn set_config(&mut self, config: SamplerConfig) {
        self.config = config;
    }

    /// Whether the truck is too fast by [`SpeedLimit`].
    pub fn is_overspeed(&self) -> bool {
        self.overspeed
    }

    /// Offers a fix; why it is to be reported, or `None`.
    pub fn offer(&mut self, time: Timestamp, fix: &FixReport, beside: Beside) -> Option<Reason> {
        let stepped_back = self.newest.is_some_and(|newest| time < newest);
        self.newest = Some(time);
        let moving = self.observe_standing(fix);
        let speeding = self.observe_limit(time, fix, stepped_back);
        let reason = match &self.reported {
            None => Some(Reason::First),
            Some(_) if stepped_back => Some(Reason::SteppedBack),
            Some(last) => self.reason(last, time, fix, beside, moving.or(speeding)),
        };
        if reason.is_some() {
            let earlier = self.reported.take().and_then(|last| last.course);
            self.reported = Some(Reported { time, fix: fix.clone(), course: fix.course.or(earlier) });
        }
        reason
    }

    /// Whether this fix makes it stand or start.
    fn observe_standing(&mut self, fix: &FixReport) -> Option<Reason> {
        let kmh = fix.speed.filter(|_| fix.fix != FixKind::None)?.kmh();
        let standing_kmh = f64::from(self.config.parked_speed_kmh);
        let stands = if self.standing == Some(true) {
            kmh <= standing_kmh + START_MARGIN_KMH
        } else {
            kmh <= standing_kmh
        };
        let before = self.standing.replace(stands)?;
        match (before, stands) {
            (false, true) => Some(Reason::Stop),
            (true, false) => Some(Reason::Start),
            _ => None,
        }
    }

    /// Whether this fix makes it too fast, or no longer.
    fn observe_limit(&mut self, time: Timestamp, fix: &FixReport, stepped_back: bool) -> Option<Reason> {
        if stepped_back {
            self.fast_since = None;
        }
        let known = fix.speed.filter(|_| fix.fix != FixKind::None);
        let fast = self
            .config
            .speed_limit
            .zip(known)
            .is_some_and(|(limit, speed)| speed.kmh() > f64::from(limit.max_kmh));
        let since = if fast { Some(*self.fast_since.get_or_insert(time)) } else { None };
        self.fast_since = since;
        let hold_ms = self.config.speed_limit.map_or(0, |limit| i64::from(limit.hold_s) * 1000);
        let overspeed = since.is_some_and(|since| time.millis_since(since) >= hold_ms);
        let before = std::mem::replace(&mut self.overspeed, overspeed);
        (before != overspeed).then_some(Reason::Overspeed)
    }

    fn reason(
        &self,
        last: &Reported,
        time: Timestamp,
        fix: &FixReport,
        beside: Beside,
        change: Option<Reason>,
    ) -> Option<Reason> {
        let config = &self.config;
        if state(fix) != state(&last.fix) {
            return Some(Reason::State);
        }
        if beside.tag_read {
            return Some(Reason::Tag);
        }
        if beside.area_crossed {
            return Some(Reason::Area);
        }
        if change.is_some() {
            return change;
        }
        let placed = fix.fix != FixKind::None;
        let speed_kmh = fix.speed.map(|speed| speed.kmh());
        let standing = speed_kmh.is_none_or(|kmh| kmh <= f64::from(config.parked_speed_kmh));
        let way_m = || last.fix.position.distance_m(fix.position);
        let moved = placed && config.distance_m.is_some_and(|distance_m| way_m() >= f64::from(distance_m));
        let interval_s = if standing && !moved { config.interval_parked_s } else { config.interval_moving_s };
        if time.millis_since(last.time) >= i64::from(interval_s) * 1000 {
            return Some(Reason::Interval);
        }
        if moved {
            return Some(Reason::Distance);
        }
        let fast = speed_kmh.is_some_and(|kmh| kmh >= TURN_SPEED_KMH_MIN);
        let turned =
            last.course.zip(fix.course).is_some_and(|(a, b)| turn_deg(a, b) >= f64::from(config.turn_deg));
        (placed && fast && turned).then_some(Reason::Turn)
    }
}

/// The course a fix is reported with: none where the truck hardly moves or its speed is not known.
pub fn steady_course(speed_kmh: Option<f64>, course: Option<Course>) -> Option<Course> {
    course.filter(|_| speed_kmh.is_some_and(|kmh| kmh > COURSE_SPEED_KMH_MIN))
}

/// Degrees between two courses, the short way: 0 to 180.
fn turn_deg(a: Course, b: Course) -> f64 {
    ((b.deg() - a.deg() + 540.0).rem_euclid(360.0) - 180.0).abs()
}

fn state(fix: &FixReport) -> (FixKind, BodyState) {
    let body = BodyState {
        load: fix.load,
        lid: fix.lid,
        lift: fix.lift,
        antenna: fix.antenna,
        power: fix.power,
        ignition: fix.ignition,
    };
    (fix.fix, body)
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
