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
use crate::sentence::{Basis, Content, Gga, Gll, Gsa, Gst, Motion, Place, Rmc, Sentence, Zda};

/// An epoch closes when nothing came for this long.
pub const QUIET_MS: i64 = 400;

/// The dimensions of a fix (GSA) are kept for this many epochs that have none.
const GSA_EPOCHS_MAX: u32 = 10;

/// A receiver that says the same time for so many epochs in a row stands still: what it says is old.
const REPEATS_MAX: u32 = 3;

/// Epochs that can be closed by one sentence.
const READY_MAX: usize = 2;

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
    /// Standard deviation of the horizontal position by the receiver's own estimate, centimetres.
    pub horizontal_error_cm: Option<u32>,
    /// What the date of `time` rests on.
    pub date: DateState,
    /// Line of the last sentence that belongs to it, as told by [`Assembler::at_line`]; 0 where nobody counts lines.
    pub line: u64,
}

/// What a date rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateState {
    /// No date is known.
    #[default]
    Unknown,
    /// The receiver states it, in this epoch or a little before.
    Stated,
    /// The receiver's was moved by whole eras of 1,024 weeks.
    Mended,
    /// The receiver's is not believed, and the epoch has no time.
    Refused,
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
    /// Epochs of a receiver whose time stood still, which are no fix.
    pub stale: u64,
}

impl std::ops::AddAssign for EpochCounters {
    fn add_assign(&mut self, other: Self) {
        self.epochs += other.epochs;
        self.late += other.late;
        self.dates_mended += other.dates_mended;
        self.dates_refused += other.dates_refused;
        self.undated += other.undated;
        self.stale += other.stale;
    }
}

/// The sentences of the open epoch.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    /// Time of day of the first sentence that had one.
    key_ms: Option<u32>,
    /// Bit set of the timed types seen.
    seen: u8,
    /// The timed type of the last sentence, if it is of one.
    last_kind: Option<u8>,
    rmc: Option<Rmc>,
    gga: Option<Gga>,
    gns: Option<Gga>,
    gll: Option<Gll>,
    zda: Option<Zda>,
    vtg: Option<Motion>,
    gsa: Option<Gsa>,
    gst: Option<Gst>,
    /// The place told last, of those told most finely.
    place: Option<Place>,
    line: u64,
}

/// What is remembered of the epoch closed last, to know what belongs to it still.
#[derive(Debug, Clone, Copy)]
struct Closed {
    key_ms: Option<u32>,
    seen: u8,
    /// The timed type it ended with.
    last_kind: Option<u8>,
}

/// Puts epochs together. Calling order: a `handle_*`, then [`Assembler::poll_epoch`] until it is empty.
#[derive(Debug, Clone)]
pub struct Assembler {
    policy: DatePolicy,
    open: Option<Open>,
    closed: Option<Closed>,
    burst: BurstEnd,
    /// The last moment with a trusted date and what that rests on: undated times of day are placed by it.
    anchor: Option<(Timestamp, DateState)>,
    /// Dimensions last told and for how many epochs ago.
    dimensions: Option<(u8, u32)>,
    quiet_at: Option<Timestamp>,
    /// Epochs in a row with the time of the one before.
    repeats: u32,
    line: u64,
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
            repeats: 0,
            line: 0,
            ready: VecDeque::with_capacity(READY_MAX),
            counters: EpochCounters::default(),
        }
    }

    /// The sentences handed over next stand on this line of a recording.
    pub fn at_line(&mut self, line: u64) {
        self.line = line;
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

    /// Whether a sentence belongs to the epoch closed last: of a type it lacks, or its last sentence sent twice.
    fn is_late(&self, kind: u8, time_ms: Option<u32>) -> bool {
        let belongs = |closed: Closed| {
            time_ms.is_some()
                && closed.key_ms == time_ms
                && (closed.seen & 1 << kind == 0 || closed.last_kind == Some(kind))
        };
        self.open.is_none() && self.closed.is_some_and(belongs)
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
        open.line = self.line;
        open.last_kind = time_kind(content);
        open.handle_place(content);
        match *content {
            Content::Rmc(rmc) => _ = open.rmc.get_or_insert(rmc),
            Content::Gga(gga) => _ = open.gga.get_or_insert(gga),
            Content::Gns(gns) => _ = open.gns.get_or_insert(gns),
            Content::Gll(gll) => _ = open.gll.get_or_insert(gll),
            Content::Zda(zda) => _ = open.zda.get_or_insert(zda),
            Content::Vtg(vtg) => _ = open.vtg.get_or_insert(vtg),
            Content::Gsa(gsa) => _ = open.gsa.get_or_insert(gsa),
            // An estimate made for another moment says nothing of this one.
            Content::Gst(gst) if gst.time_ms.is_none() || gst.time_ms == open.key_ms => {
                _ = open.gst.get_or_insert(gst);
            }
            Content::Gst(_) | Content::Gsv { .. } | Content::Antenna(_) | Content::Other => {}
        }
    }

    fn close(&mut self, now: Timestamp) {
        self.quiet_at = None;
        let Some(open) = self.open.take() else {
            return;
        };
        let same_time =
            open.key_ms.is_some() && self.closed.is_some_and(|closed| closed.key_ms == open.key_ms);
        self.repeats = if same_time { self.repeats.saturating_add(1) } else { 0 };
        self.closed = Some(Closed { key_ms: open.key_ms, seen: open.seen, last_kind: open.last_kind });
        self.burst.handle_close();
        self.counters.epochs += 1;
        let basis = open.basis();
        let (time, date) = self.time_of(&open, basis, now);
        let position = open.position();
        let dimensions = self.dimensions.map(|(dimensions, _age)| dimensions);
        // A sentence may claim a fix and leave the place empty.
        let claimed = basis == Basis::Satellites && position.is_some();
        let stale = claimed && self.repeats >= REPEATS_MAX;
        self.counters.stale += u64::from(stale);
        let placed = claimed && !stale;
        let fix = if placed { open.fix_kind(dimensions) } else { FixKind::None };
        self.dimensions =
            self.dimensions.map(|(d, age)| (d, age + 1)).filter(|(_, age)| *age <= GSA_EPOCHS_MAX);
        let gga = open.gga.or(open.gns).unwrap_or_default();
        let rmc = open.rmc.unwrap_or_default();
        let vtg = open.vtg.unwrap_or_default();
        self.ready.push_back(Epoch {
            time,
            fix,
            position,
            altitude_m: gga.altitude_m,
            speed: rmc.motion.speed.or(vtg.speed),
            course: rmc.motion.course.or(vtg.course),
            hdop: gga.hdop.or(open.gsa.and_then(|gsa| gsa.hdop)),
            satellites: gga.satellites,
            horizontal_error_cm: open.gst.and_then(|gst| gst.horizontal_error_cm),
            date,
            line: open.line,
        });
    }

    /// The epoch's moment. A date counts only in a valid epoch; without one the last trusted date places the time.
    fn time_of(&mut self, open: &Open, basis: Basis, now: Timestamp) -> (Option<Timestamp>, DateState) {
        let Some(key_ms) = open.time_ms() else {
            return (None, DateState::Unknown);
        };
        let carried = self.anchor.map(|(anchor, state)| (nearest(anchor, key_ms), state));
        if basis != Basis::Nothing {
            let of_rmc = open.rmc.and_then(|rmc| rmc.date.zip(rmc.time_ms));
            let of_zda = open.zda.and_then(|zda| zda.date.zip(zda.time_ms));
            self.anchor = match of_rmc.or(of_zda) {
                Some((date, time_ms)) => match self.policy.judge(date, time_ms, now) {
                    Dated::Trusted(at) => Some((nearest(at, key_ms), DateState::Stated)),
                    Dated::Mended(at) => {
                        self.counters.dates_mended += 1;
                        Some((nearest(at, key_ms), DateState::Mended))
                    }
                    Dated::Refused => {
                        self.counters.dates_refused += 1;
                        self.anchor = None;
                        return (None, DateState::Refused);
                    }
                },
                None => {
                    self.counters.undated += u64::from(self.anchor.is_none());
                    carried
                }
            };
            return self.anchor.map_or((None, DateState::Unknown), |(at, state)| (Some(at), state));
        }
        carried.map_or((None, DateState::Unknown), |(at, state)| (Some(at), state))
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

    /// Some receivers put the place of the second before into the RMC that opens a burst, so the last place counts. It
    /// must be told as finely, as some GLL are not, and a void sentence does not replace what a valid one told.
    fn handle_place(&mut self, content: &Content) {
        let (basis, place) = match content {
            Content::Rmc(rmc) => (rmc.basis, rmc.place),
            Content::Gga(gga) | Content::Gns(gga) => (gga.basis, gga.place),
            Content::Gll(gll) => (gll.basis, gll.place),
            _ => return,
        };
        let Some(place) = place else { return };
        let finer = self.place.is_none_or(|known| place.decimals >= known.decimals);
        if self.place.is_none() || finer && basis != Basis::Nothing {
            self.place = Some(place);
        }
    }

    fn position(&self) -> Option<Position> {
        self.place.map(|place| place.position)
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
    !matches!(content, Content::Antenna(_) | Content::Other)
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
