//! Sentences to epochs: what a receiver says about one moment, put together.
//!
//! An epoch is keyed by the time of day its RMC, GGA, GNS, GLL or ZDA carry. VTG, GSA and GSV carry none and go to the
//! open epoch. It closes on a new time, on the sentence this receiver was seen to end its bursts with, or when
//! nothing came for [`QUIET_MS`]. Nothing of one epoch enters another but the dimensions of the fix, which some
//! receivers send less often.

use std::collections::VecDeque;

use domain::{Course, FixKind, Hdop, Position, Speed, Timestamp};

use crate::burst::{BurstEnd, time_kind};
use crate::date::{DatePolicy, Dated, nearest, time_step_ms};
use crate::sentence::{Basis, Content, Gga, Gll, Gsa, Motion, Rmc, Sentence, Zda};

/// An epoch closes when nothing came for this long.
pub const QUIET_MS: i64 = 400;

/// The dimensions of a fix (GSA) are kept for this many epochs that have none.
const GSA_EPOCHS_MAX: u32 = 10;

/// What a receiver said about one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// When; `None` when no trusted date is known yet or the date was refused.
    pub time: Option<Timestamp>,
    /// What the position rests on.
    pub fix: FixKind,
    /// Where; with [`FixKind::None`] a dead-reckoned or stale place, if any.
    pub position: Option<Position>,
    /// Metres above mean sea level.
    pub altitude_m: Option<i32>,
    /// Ground speed.
    pub speed: Option<Speed>,
    /// Course over ground.
    pub course: Option<Course>,
    /// Horizontal dilution of precision.
    pub hdop: Option<Hdop>,
    /// Satellites used.
    pub satellites: Option<u8>,
}

/// What the assembler met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EpochCounters {
    /// Epochs closed.
    pub epochs: u64,
    /// Sentences that came after their epoch was closed.
    pub late: u64,
    /// Epochs whose date was moved by 1,024 weeks.
    pub dates_mended: u64,
    /// Epochs whose date was not believed.
    pub dates_refused: u64,
    /// Valid epochs without any date so far.
    pub undated: u64,
}

/// The sentences of the open epoch.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    /// Time of day of the first sentence that had one.
    key_ms: Option<u32>,
    /// Bit set of the timed types seen.
    seen: u8,
    rmc: Option<Rmc>,
    gga: Option<Gga>,
    gns: Option<Gga>,
    gll: Option<Gll>,
    zda: Option<Zda>,
    vtg: Option<Motion>,
    gsa: Option<Gsa>,
}

/// Puts epochs together. Calling order: a `handle_*`, then [`Assembler::poll_epoch`] until it is empty.
#[derive(Debug, Clone)]
pub struct Assembler {
    policy: DatePolicy,
    open: Option<Open>,
    closed: Option<(Option<u32>, u8)>,
    burst: BurstEnd,
    /// The last moment with a trusted date: undated times of day are placed by it.
    anchor: Option<Timestamp>,
    /// Dimensions last told and for how many epochs ago.
    dimensions: Option<(u8, u32)>,
    quiet_at: Option<Timestamp>,
    ready: VecDeque<Epoch>,
    counters: EpochCounters,
}

impl Assembler {
    /// An assembler that has seen nothing.
    pub fn new(policy: DatePolicy) -> Self {
        Self {
            policy,
            open: None,
            closed: None,
            burst: BurstEnd::default(),
            anchor: None,
            dimensions: None,
            quiet_at: None,
            ready: VecDeque::new(),
            counters: EpochCounters::default(),
        }
    }

    /// Takes a sentence. `now` is the agent's clock: it places rolled-over dates and the quiet time.
    pub fn handle_sentence(&mut self, sentence: &Sentence, now: Timestamp) {
        if !counts_for_bursts(&sentence.content) {
            self.quiet_at = self.open.map(|_| now.plus_millis(QUIET_MS));
            return;
        }
        if let Some((kind, time_ms)) = timed(&sentence.content) {
            self.make_room(kind, time_ms, now);
            if self.is_late(kind, time_ms) {
                self.counters.late += 1;
                self.burst.unlearn();
                return;
            }
            let open = self.open.get_or_insert_default();
            open.key_ms = open.key_ms.or(time_ms);
            open.seen |= 1 << kind;
        } else if self.open.is_none() && self.burst.is_learned() {
            // The burst goes on behind what was taken for its end.
            self.counters.late += 1;
            self.burst.unlearn();
        }
        self.store(&sentence.content);
        if self.open.is_some() {
            self.quiet_at = Some(now.plus_millis(QUIET_MS));
            if self.burst.handle_sentence(sentence) {
                self.close(now);
            }
        }
    }

    /// Closes the open epoch when nothing came for [`QUIET_MS`].
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.quiet_at.is_some_and(|at| at <= now) {
            self.close(now);
        }
    }

    /// The source ended or broke off: what is open is all there is.
    pub fn finish(&mut self, now: Timestamp) {
        self.close(now);
    }

    /// The next closed epoch.
    pub fn poll_epoch(&mut self) -> Option<Epoch> {
        self.ready.pop_front()
    }

    /// When [`Assembler::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.quiet_at
    }

    /// What was met.
    pub fn counters(&self) -> &EpochCounters {
        &self.counters
    }

    /// Closes the open epoch when a timed sentence does not belong to it.
    fn make_room(&mut self, kind: u8, time_ms: Option<u32>, now: Timestamp) {
        let Some(open) = &self.open else {
            return self.burst.handle_time(kind, time_ms);
        };
        let seen = open.seen & 1 << kind != 0;
        let belongs = match (open.key_ms, time_ms) {
            // Two receivers on one line may both speak of the same moment.
            (Some(key), Some(time)) if key == time => true,
            (Some(key), Some(time)) => !seen && self.burst.is_same_burst(key, time),
            _ => !seen,
        };
        self.burst.handle_time(kind, time_ms);
        if !belongs {
            self.burst.handle_new_epoch();
            self.close(now);
        }
    }

    fn is_late(&self, kind: u8, time_ms: Option<u32>) -> bool {
        let same =
            |(key, seen): (Option<u32>, u8)| time_ms.is_some() && key == time_ms && seen & 1 << kind == 0;
        self.open.is_none() && self.closed.is_some_and(same)
    }

    fn store(&mut self, content: &Content) {
        if let Content::Gsa(gsa) = content
            && gsa.dimensions >= 2
        {
            // One GSA for each constellation: the best of the burst counts, and replaces that of an earlier one.
            let best = self.dimensions.filter(|(_, age)| *age == 0).map_or(0, |(dimensions, _)| dimensions);
            self.dimensions = Some((best.max(gsa.dimensions), 0));
        }
        let Some(open) = &mut self.open else {
            return;
        };
        match *content {
            Content::Rmc(rmc) => _ = open.rmc.get_or_insert(rmc),
            Content::Gga(gga) => _ = open.gga.get_or_insert(gga),
            Content::Gns(gns) => _ = open.gns.get_or_insert(gns),
            Content::Gll(gll) => _ = open.gll.get_or_insert(gll),
            Content::Zda(zda) => _ = open.zda.get_or_insert(zda),
            Content::Vtg(vtg) => _ = open.vtg.get_or_insert(vtg),
            Content::Gsa(gsa) => _ = open.gsa.get_or_insert(gsa),
            Content::Gsv { .. } | Content::Antenna(_) | Content::Gst(_) | Content::Other => {}
        }
    }

    fn close(&mut self, now: Timestamp) {
        self.quiet_at = None;
        let Some(open) = self.open.take() else {
            return;
        };
        self.closed = Some((open.key_ms, open.seen));
        self.burst.handle_close();
        self.counters.epochs += 1;
        let basis = open.basis();
        let time = self.time_of(&open, basis, now);
        let dimensions = self.dimensions.map(|(dimensions, _age)| dimensions);
        let fix = if basis == Basis::Satellites { open.fix_kind(dimensions) } else { FixKind::None };
        self.dimensions =
            self.dimensions.map(|(d, age)| (d, age + 1)).filter(|(_, age)| *age <= GSA_EPOCHS_MAX);
        let gga = open.gga.or(open.gns).unwrap_or_default();
        let rmc = open.rmc.unwrap_or_default();
        let vtg = open.vtg.unwrap_or_default();
        self.ready.push_back(Epoch {
            time,
            fix,
            position: open.position(),
            altitude_m: gga.altitude_m,
            speed: rmc.motion.speed.or(vtg.speed),
            course: rmc.motion.course.or(vtg.course),
            hdop: gga.hdop.or(open.gsa.and_then(|gsa| gsa.hdop)),
            satellites: gga.satellites,
        });
    }

    /// The epoch's moment. A date counts only in a valid epoch; without one the last trusted date places the time.
    fn time_of(&mut self, open: &Open, basis: Basis, now: Timestamp) -> Option<Timestamp> {
        let key_ms = open.time_ms()?;
        if basis == Basis::Nothing {
            return self.anchor.map(|anchor| nearest(anchor, key_ms));
        }
        let of_rmc = open.rmc.and_then(|rmc| rmc.date.zip(rmc.time_ms));
        let of_zda = open.zda.and_then(|zda| zda.date.zip(zda.time_ms));
        let time = match of_rmc.or(of_zda) {
            Some((date, time_ms)) => match self.policy.judge(date, time_ms, now) {
                Dated::Trusted(at) => Some(nearest(at, key_ms)),
                Dated::Mended(at) => {
                    self.counters.dates_mended += 1;
                    Some(nearest(at, key_ms))
                }
                Dated::Refused => {
                    self.counters.dates_refused += 1;
                    None
                }
            },
            None => {
                self.counters.undated += u64::from(self.anchor.is_none());
                self.anchor.map(|anchor| nearest(anchor, key_ms))
            }
        };
        self.anchor = time;
        time
    }
}

impl Open {
    /// RMC decides; GGA, GNS, GLL in this order where there is none. Whoever says "estimated" is believed.
    fn basis(&self) -> Basis {
        let positions = [
            self.rmc.map(|rmc| rmc.basis),
            self.gga.map(|gga| gga.basis),
            self.gns.map(|gns| gns.basis),
            self.gll.map(|gll| gll.basis),
        ];
        let estimated = positions.contains(&Some(Basis::Estimated));
        match positions.into_iter().flatten().next().unwrap_or_default() {
            Basis::Satellites if estimated => Basis::Estimated,
            basis => basis,
        }
    }

    /// The time of the sentence the position is taken from: in one burst others may be stamped a little apart.
    fn time_ms(&self) -> Option<u32> {
        let rmc = self.rmc.and_then(|rmc| rmc.time_ms);
        rmc.or(self.gga.and_then(|gga| gga.time_ms)).or(self.gns.and_then(|gns| gns.time_ms)).or(self.key_ms)
    }

    fn position(&self) -> Option<Position> {
        let rmc = self.rmc.and_then(|rmc| rmc.position);
        let gga = || self.gga.and_then(|gga| gga.position);
        let gns = || self.gns.and_then(|gns| gns.position);
        rmc.or_else(gga).or_else(gns).or_else(|| self.gll.and_then(|gll| gll.position))
    }

    /// 2D or 3D by GSA; without one, by the satellites used or by an altitude; without anything, the weaker.
    fn fix_kind(&self, dimensions: Option<u8>) -> FixKind {
        let gga = self.gga.or(self.gns).unwrap_or_default();
        match (dimensions, gga.satellites) {
            (Some(3), _) => FixKind::D3,
            (Some(_), _) => FixKind::D2,
            (None, Some(satellites)) if satellites >= 4 => FixKind::D3,
            (None, Some(_)) => FixKind::D2,
            (None, None) if gga.altitude_m.is_some() => FixKind::D3,
            (None, None) => FixKind::D2,
        }
    }
}

/// The body unit, TXT and makers' own sentences come when they like and belong to no burst.
fn counts_for_bursts(content: &Content) -> bool {
    !matches!(content, Content::Antenna(_) | Content::Gst(_) | Content::Other)
}

/// Number of the timed type and its time of day.
fn timed(content: &Content) -> Option<(u8, Option<u32>)> {
    let time_ms = match content {
        Content::Rmc(rmc) => rmc.time_ms,
        Content::Gga(gga) | Content::Gns(gga) => gga.time_ms,
        Content::Gll(gll) => gll.time_ms,
        Content::Zda(zda) => zda.time_ms,
        _ => return None,
    };
    Some((time_kind(content)?, time_ms))
}

/// Milliseconds between two times of day, either way round.
pub(crate) fn apart_ms(a_ms: u32, b_ms: u32) -> i64 {
    time_step_ms(a_ms, b_ms).abs()
}

#[cfg(test)]
#[path = "epoch_tests.rs"]
mod tests;
