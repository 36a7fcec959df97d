//! Bytes of the truck's devices to the records that are reported: framer, sentences, epochs, signals, tags, sampler in
//! one. No clock, no file, no socket: the caller brings bytes and the time, and takes records out.

use std::collections::VecDeque;

use domain::{FixKind, FixReport, Plate, TerminalId, Timestamp};

use crate::areas::{Areas, Crossed};
use crate::chooser::ChooserCounters;
use crate::date::DatePolicy;
use crate::epoch::{Epoch, EpochCounters};
use crate::frame::FrameCounters;
use crate::gpsd::GpsdCounters;
use crate::receivers::{Heard, ReceiverCounters, ReceiverKind, Receivers};
use crate::record::{CONFLICTS_MAX, CROSSINGS_MAX, Record, TAGS_MAX, Told, conflict_bytes};
use crate::rfid::{self, Conflict, DecodeCounters, Decoder, Family, TagRules, TagWatch, WatchCounters};
use crate::sampler::{Beside, Sampler, SamplerConfig, steady_course};
use crate::signals::config::BodyConfig;
use crate::signals::signal::{SignalCounters, SignalInput};
use crate::signals::{BodyState, Merger};
use wire::{TagConflict, TagRead};

/// A truck at work is told to have no fix when its receiver says nothing for this long.
pub const SILENCE_MS: i64 = 5_000;
/// A tag waits no longer than this for a record to travel with, once the truck has a place. Not less, or a reader full of
/// tags would make a record, and a write to the disk, of each.
pub const TAG_WAIT_MS: i64 = 1_000;
/// Hints at copied tags that wait for a record to travel with; beyond it the oldest is dropped and counted.
pub const CONFLICTS_WAITING_MAX: usize = 64;
/// The receiver and the vehicle bus disagree on the speed when they are further apart than this, km/h.
pub const SPEED_GAP_KMH: f64 = 20.0;
/// Tags that wait for a record to travel with; beyond it the oldest is dropped and counted.
pub const TAGS_WAITING_MAX: usize = 256;

/// How a pipeline works.
#[derive(Debug, Clone)]
pub struct PipelineConfig {
    /// The truck.
    pub plate: Plate,
    /// The device.
    pub terminal: TerminalId,
    /// Which dates are believed.
    pub dates: DatePolicy,
    /// When to report.
    pub sampler: SamplerConfig,
    /// Whose frames the RFID reader speaks.
    pub reader: Family,
    /// How tags are treated.
    pub tags: TagRules,
    /// Whose words on the body are believed.
    pub body: BodyConfig,
    /// Whether the bytes come as they arise. A recording is read as fast as it is given, so the time between its bytes
    /// means nothing: there neither quiet nor silence is looked for, and the same file gives the same records always.
    pub live: bool,
}

/// What became of everything that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PipelineCounters {
    /// Of the framer.
    pub frames: FrameCounters,
    /// Of the assembler.
    pub epochs: EpochCounters,
    /// Of gpsd.
    pub gpsd: GpsdCounters,
    /// Of the choice among receivers.
    pub chooser: ChooserCounters,
    /// Bytes of a receiver beyond the most there can be.
    pub strayed: u64,
    /// Of the RFID reader's frames.
    pub reader: DecodeCounters,
    /// Of its tags.
    pub tags: WatchCounters,
    /// `$PMUCK` sentences.
    pub body_sentences: u64,
    /// Of the body's signals.
    pub signals: SignalCounters,
    /// Sentences with a malformed or impossible field.
    pub malformed_sentences: u64,
    /// Sentences of no use here.
    pub other_sentences: u64,
    /// Epochs without a position or moment to report.
    pub unplaced: u64,
    /// Times the receiver was silent for [`SILENCE_MS`].
    pub silences: u64,
    /// Tags dropped because more than [`TAGS_WAITING_MAX`] waited.
    pub tags_dropped: u64,
    /// Hints at copied tags dropped because more than [`CONFLICTS_WAITING_MAX`] waited.
    pub conflicts_dropped: u64,
    /// Fixes whose speed the vehicle bus contradicts by more than [`SPEED_GAP_KMH`].
    pub speed_disagreements: u64,
    /// Records made.
    pub records: u64,
}

/// Drives the stages. Calling order: one `handle_*`, then [`Pipeline::poll_record`] until it is empty.
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: PipelineConfig,
    receivers: Receivers,
    body: Merger,
    tag_decoder: Decoder,
    tag_watch: TagWatch,
    sampler: Sampler,
    areas: Areas,
    tags: VecDeque<TagRead>,
    conflicts: VecDeque<TagConflict>,
    /// When waiting tags are reported without a new fix, and when that last happened or a fix took them.
    tags_due: Option<Timestamp>,
    tags_reported: Option<Timestamp>,
    /// What the sampler was offered last, as the wire can carry it.
    last_offered: Option<Offered>,
    /// The last epoch with a place, and when it was closed by the agent's clock.
    last_placed: Option<Placed>,
    silent_at: Option<Timestamp>,
    ready: VecDeque<Record>,
    counters: PipelineCounters,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    epoch: Epoch,
    time: Timestamp,
    seen_at: Timestamp,
}

#[derive(Debug, Clone)]
struct Offered {
    time: Timestamp,
    fix: FixReport,
    altitude_m: Option<i32>,
}

impl Pipeline {
    /// A pipeline of one NMEA receiver that has seen nothing.
    pub fn new(config: PipelineConfig) -> Self {
        Self::with_receivers(config, &[ReceiverKind::Nmea])
    }

    /// A pipeline of these receivers that has seen nothing.
    pub fn with_receivers(config: PipelineConfig, kinds: &[ReceiverKind]) -> Self {
        Self {
            receivers: Receivers::new(kinds, config.dates, config.live),
            body: config.body.merger(),
            tag_decoder: Decoder::new(config.reader),
            tag_watch: TagWatch::new(config.tags.clone()),
            sampler: Sampler::new(config.sampler),
            areas: Areas::default(),
            tags: VecDeque::new(),
            conflicts: VecDeque::new(),
            tags_due: None,
            tags_reported: None,
            last_offered: None,
            last_placed: None,
            silent_at: None,
            ready: VecDeque::new(),
            counters: PipelineCounters::default(),
            config,
        }
    }

    /// Reports by another configuration from the next fix on.
    pub fn set_sampler(&mut self, config: SamplerConfig) {
        self.sampler.set_config(config);
    }

    /// Watches these areas instead of those before.
    pub fn set_areas(&mut self, areas: Areas) {
        self.areas = areas;
    }

    /// The last fix offered, reported or not, as it would be reported.
    pub fn latest(&self) -> Option<Record> {
        self.last_offered.as_ref().map(|offered| Record {
            time: offered.time,
            fix: offered.fix.clone(),
            altitude_m: offered.altitude_m,
            tags: Vec::new(),
            conflicts: Vec::new(),
            told: Told { overspeed: self.sampler.is_overspeed(), crossings: Vec::new() },
            urgent: false,
        })
    }

    /// Bytes of the first receiver and body unit.
    pub fn handle_nmea(&mut self, bytes: &[u8], now: Timestamp) {
        self.handle_receiver(0, bytes, now);
    }

    /// The first receiver's stream broke off or ended.
    pub fn handle_nmea_end(&mut self, now: Timestamp) {
        self.handle_receiver_end(0, now);
    }

    /// Bytes of the receiver `index`, counted from 0.
    pub fn handle_receiver(&mut self, index: usize, bytes: &[u8], now: Timestamp) {
        self.receivers.handle_bytes(index, bytes, now);
        self.drain_heard(now);
    }

    /// The stream of the receiver `index` broke off or ended.
    pub fn handle_receiver_end(&mut self, index: usize, now: Timestamp) {
        self.receivers.handle_end(index, now);
        self.drain_heard(now);
    }

    /// Bytes of the RFID reader. What it read is reported at once, or within [`TAG_WAIT_MS`] of the tags before it.
    pub fn handle_rfid(&mut self, bytes: &[u8], now: Timestamp) {
        let reads = self.tag_decoder.handle_bytes(bytes, now);
        self.handle_tags(reads, now);
    }

    /// Tags of a reader whose session is kept elsewhere; as [`Pipeline::handle_rfid`].
    pub fn handle_tags(&mut self, reads: Vec<rfid::TagRead>, now: Timestamp) {
        for read in reads {
            let (is_new, conflict) = self.tag_watch.handle(&read, now);
            if let Some(conflict) = conflict {
                self.take_conflict(conflict, now);
            }
            if is_new {
                self.take_tag(read, now);
            }
        }
        self.report_tags(now);
    }

    /// The RFID reader's stream broke off.
    pub fn handle_rfid_end(&mut self) {
        self.tag_decoder.handle_interruption();
    }

    /// What the device of a configured signal says, by its place in the configuration.
    pub fn handle_signal(&mut self, index: usize, input: SignalInput, now: Timestamp) {
        self.body.handle_signal(index, input, now);
    }

    /// The time [`Pipeline::poll_timeout`] asked for has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if !self.config.live {
            return;
        }
        self.body.settle(now);
        self.receivers.handle_timeout(now);
        self.drain_heard(now);
        self.report_tags(now);
        if self.silent_at.is_some_and(|at| at <= now) {
            self.counters.silences += 1;
            self.silent_at = Some(now.plus_millis(SILENCE_MS));
            self.report_silence(now);
        }
    }

    /// The next record to report.
    pub fn poll_record(&mut self) -> Option<Record> {
        self.ready.pop_front()
    }

    /// When [`Pipeline::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        if !self.config.live {
            return None;
        }
        [self.receivers.poll_timeout(), self.silent_at, self.tags_due, self.body.due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is known of the body.
    pub fn body(&self) -> BodyState {
        self.body.state()
    }

    /// What became of everything that came in.
    pub fn counters(&self) -> PipelineCounters {
        let ReceiverCounters { frames, epochs, gpsd, chooser, malformed_sentences, other_sentences, strayed } =
            self.receivers.counters();
        PipelineCounters {
            frames,
            epochs,
            gpsd,
            chooser,
            malformed_sentences,
            other_sentences,
            strayed,
            reader: *self.tag_decoder.counters(),
            tags: *self.tag_watch.counters(),
            signals: self.body.counters(),
            ..self.counters
        }
    }

    fn drain_heard(&mut self, now: Timestamp) {
        while let Some(heard) = self.receivers.poll_heard() {
            // In a recording only its own times pass.
            let at =
                if self.config.live { Some(now) } else { self.last_offered.as_ref().map(|last| last.time) };
            match heard {
                Heard::Body(body) => {
                    self.counters.body_sentences += 1;
                    self.body.handle_sentence(body, at);
                }
                Heard::Antenna(antenna) => self.body.handle_antenna(antenna, at),
                Heard::Epoch(_) | Heard::OtherEpoch if self.config.live => {
                    self.body.handle_receiver_alive(now)
                }
                _ => {}
            }
            if let Heard::Epoch(epoch) = heard {
                self.silent_at = Some(now.plus_millis(SILENCE_MS));
                self.handle_epoch(epoch, now);
            }
        }
    }

    fn handle_epoch(&mut self, epoch: Epoch, now: Timestamp) {
        let last = self.last_placed;
        let position = epoch.position.or(last.map(|placed| placed.epoch.position).unwrap_or_default());
        // Without a fix the satellites' time is carried on from the last one; before the first there is none, and the
        // machine's own is no substitute. A recording has no other clock than its own.
        let time = match epoch.fix {
            FixKind::None if self.config.live => self.satellite_time(now).or(epoch.time),
            _ => epoch.time,
        };
        let (Some(position), Some(time)) = (position, time) else {
            self.counters.unplaced += 1;
            return;
        };
        if epoch.fix != FixKind::None {
            self.date_what_waited(time, now);
            self.last_placed = Some(Placed { epoch, time, seen_at: now });
        }
        self.offer(Epoch { position: Some(position), ..epoch }, time, now);
    }

    /// The receiver says nothing: the last place is told, as a place that proves nothing, with what is known else.
    fn report_silence(&mut self, now: Timestamp) {
        if let Some(placed) = self.last_placed {
            let nothing = Epoch {
                time: None,
                fix: FixKind::None,
                altitude_m: None,
                speed: None,
                course: None,
                hdop: None,
                satellites: None,
                ..placed.epoch
            };
            self.offer(nothing, self.truck_time(now), now);
        }
    }

    fn take_tag(&mut self, read: rfid::TagRead, now: Timestamp) {
        if self.tags.len() >= TAGS_WAITING_MAX {
            self.tags.pop_front();
            self.counters.tags_dropped += 1;
        }
        // The wire's byte keeps -128 for an unknown strength.
        let rssi_dbm = read.rssi_dbm.map(|dbm| dbm.clamp(-127, 127));
        self.tags.push_back(TagRead { time: self.truck_time(now), epc: read.epc, rssi_dbm });
    }

    fn take_conflict(&mut self, conflict: Conflict, now: Timestamp) {
        tracing::warn!(epc = %conflict.epc, tid = %conflict.tid, kind = ?conflict.kind, "EPC and TID of a tag do not belong together: it may be a copy");
        if self.conflicts.len() >= CONFLICTS_WAITING_MAX {
            self.conflicts.pop_front();
            self.counters.conflicts_dropped += 1;
        }
        let Conflict { kind, epc, tid } = conflict;
        self.conflicts.push_back(TagConflict { kind, time: self.truck_time(now), tid, epc });
    }

    /// Lets waiting tags travel with the last fix once more, as it was: the platform knows a fix sent twice for one, and
    /// the tags have their own times. A recording has no time to wait in; there they go with its next fix.
    fn report_tags(&mut self, now: Timestamp) {
        self.tags_due = None;
        let Some(last) = self.last_offered.clone().filter(|_| self.config.live && self.has_tags()) else {
            return;
        };
        let due = self.tags_reported.map_or(now, |reported| reported.plus_millis(TAG_WAIT_MS));
        // A clock set back must not hold tags up.
        if (1..=TAG_WAIT_MS).contains(&due.millis_since(now)) {
            self.tags_due = Some(due);
        } else {
            self.sample(last, Crossed::default(), now);
        }
    }

    fn has_tags(&self) -> bool {
        !self.tags.is_empty() || !self.conflicts.is_empty()
    }

    fn offer(&mut self, epoch: Epoch, time: Timestamp, now: Timestamp) {
        let Some(position) = epoch.position else {
            return;
        };
        let heard_until = if self.config.live { now } else { time };
        self.body.settle(heard_until);
        let body = self.body.state();
        if let (Some(speed), Some(wheels_kmh)) = (epoch.speed, self.body.speed_kmh())
            && (speed.kmh() - wheels_kmh).abs() > SPEED_GAP_KMH
        {
            self.counters.speed_disagreements += 1;
        }
        let fix = FixReport {
            plate: self.config.plate.clone(),
            source: Some(self.config.terminal.clone()),
            fix: epoch.fix,
            position,
            speed: epoch.speed,
            course: steady_course(epoch.speed.map(|speed| speed.kmh()), epoch.course),
            hdop: epoch.hdop,
            satellites: epoch.satellites,
            ignition: body.ignition,
            load: body.load,
            lid: body.lid,
            lift: body.lift,
            antenna: body.antenna,
            power: body.power,
        };
        // What is spooled must be what the platform will store.
        let (time, fix) = wire::quantise(time, &fix);
        let crossed = match fix.fix {
            FixKind::None => Crossed::default(),
            _ => self.areas.observe(fix.position),
        };
        let offered = Offered { time, fix, altitude_m: epoch.altitude_m };
        self.last_offered = Some(offered.clone());
        self.sample(offered, crossed, now);
    }

    fn sample(&mut self, offered: Offered, crossed: Crossed, now: Timestamp) {
        let Offered { time, fix, altitude_m } = offered;
        let beside = Beside { tag_read: self.has_tags(), area_crossed: crossed.any };
        let Some(reason) = self.sampler.offer(time, &fix, beside) else {
            return;
        };
        let conflicts: Vec<_> = self.conflicts.drain(..self.conflicts.len().min(CONFLICTS_MAX)).collect();
        let waiting = self.tags.make_contiguous();
        let mut crossings = crossed.told;
        crossings.truncate(CROSSINGS_MAX);
        let told = Told { overspeed: self.sampler.is_overspeed(), crossings };
        let fitting =
            wire::report::tags_that_fit_beside(waiting, conflict_bytes(&conflicts) + told.extra_bytes())
                .min(TAGS_MAX);
        let tags: Vec<_> = self.tags.drain(..fitting).collect();
        if !tags.is_empty() || !conflicts.is_empty() {
            self.tags_reported = Some(now);
        }
        self.tags_due = (self.config.live && self.has_tags()).then(|| now.plus_millis(TAG_WAIT_MS));
        self.counters.records += 1;
        self.ready.push_back(Record {
            time,
            fix,
            altitude_m,
            tags,
            conflicts,
            told,
            urgent: reason.is_urgent(),
        });
    }

    /// The satellites' time now: the last valid fix's, carried on by the agent's clock, which may be wrong as a whole.
    /// `None` before the first fix.
    fn satellite_time(&self, now: Timestamp) -> Option<Timestamp> {
        self.last_placed.map(|placed| placed.time.plus_millis(now.millis_since(placed.seen_at)))
    }

    /// The satellites' time, or before the first fix the agent's, which [`Self::date_what_waited`] corrects.
    fn truck_time(&self, now: Timestamp) -> Timestamp {
        self.satellite_time(now).unwrap_or(now)
    }

    /// At the first fix: what was read before it was stamped by the agent's clock, which now is known to be wrong by so
    /// much. Nothing of it has left yet, as it needs a place to travel with.
    fn date_what_waited(&mut self, time: Timestamp, now: Timestamp) {
        if self.last_placed.is_some() || !self.config.live {
            return;
        }
        let wrong_by_ms = time.millis_since(now);
        for tag in &mut self.tags {
            tag.time = tag.time.plus_millis(wrong_by_ms);
        }
        for conflict in &mut self.conflicts {
            conflict.time = conflict.time.plus_millis(wrong_by_ms);
        }
    }
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
