//! Bytes of the truck's devices to the records that are reported: framer, sentences, epochs, signals, tags, sampler in
//! one. No clock, no file, no socket: the caller brings bytes and the time, and takes records out.

use std::collections::VecDeque;

use domain::{FixKind, FixReport, Plate, Position, TerminalId, Timestamp};

use crate::areas::{Areas, Crossed};
use crate::bb7e::{TagCounters, TagReader};
use crate::date::DatePolicy;
use crate::epoch::{Assembler, Epoch, EpochCounters};
use crate::frame::{FrameCounters, Framer};
use crate::record::{CROSSINGS_MAX, Record, TAGS_MAX, Told};
use crate::sampler::{Beside, Sampler, SamplerConfig, steady_course};
use crate::sentence::{self, Content};
use crate::signals::Signals;
use wire::TagRead;

/// A truck at work is told to have no fix when its receiver says nothing for this long.
pub const SILENCE_MS: i64 = 5_000;
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
    /// Of the RFID reader.
    pub tags: TagCounters,
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
    /// Records made.
    pub records: u64,
}

/// Drives the stages. Calling order: one `handle_*`, then [`Pipeline::poll_record`] until it is empty.
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: PipelineConfig,
    framer: Framer,
    assembler: Assembler,
    signals: Signals,
    tag_reader: TagReader,
    sampler: Sampler,
    areas: Areas,
    tags: VecDeque<TagRead>,
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

impl Pipeline {
    /// A pipeline that has seen nothing.
    pub fn new(config: PipelineConfig) -> Self {
        Self {
            framer: Framer::new(),
            assembler: Assembler::new(config.dates),
            signals: Signals::default(),
            tag_reader: TagReader::default(),
            sampler: Sampler::new(config.sampler),
            areas: Areas::default(),
            tags: VecDeque::new(),
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

    /// The last fix that can be reported: moment and place.
    pub fn last_placed(&self) -> Option<(Timestamp, Position)> {
        self.last_placed.and_then(|placed| Some((placed.time, placed.epoch.position?)))
    }

    /// Bytes of the receiver and body unit.
    pub fn handle_nmea(&mut self, mut bytes: &[u8], now: Timestamp) {
        while let Some(sentence) = self.framer.next_sentence(&mut bytes) {
            let read = sentence::parse(sentence);
            take_sentence(read, &mut self.assembler, &mut self.signals, &mut self.counters, now);
            self.drain_epochs(now);
        }
    }

    /// The receiver's stream broke off or ended.
    pub fn handle_nmea_end(&mut self, now: Timestamp) {
        if let Some(sentence) = self.framer.finish() {
            let read = sentence::parse(sentence);
            take_sentence(read, &mut self.assembler, &mut self.signals, &mut self.counters, now);
        }
        self.assembler.finish(now);
        self.drain_epochs(now);
    }

    /// Bytes of the RFID reader.
    pub fn handle_rfid(&mut self, bytes: &[u8], now: Timestamp) {
        let time = self.truck_time(now);
        for notice in self.tag_reader.handle_bytes(bytes, now) {
            if self.tags.len() >= TAGS_WAITING_MAX {
                self.tags.pop_front();
                self.counters.tags_dropped += 1;
            }
            // The wire's byte keeps -128 for an unknown strength.
            let rssi_dbm = Some(i16::from(notice.rssi_dbm.max(-127)));
            self.tags.push_back(TagRead { time, epc: notice.epc, rssi_dbm });
        }
    }

    /// The time [`Pipeline::poll_timeout`] asked for has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if !self.config.live {
            return;
        }
        self.assembler.handle_timeout(now);
        self.drain_epochs(now);
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
        [self.assembler.poll_timeout(), self.silent_at].into_iter().flatten().min()
    }

    /// What became of everything that came in.
    pub fn counters(&self) -> PipelineCounters {
        PipelineCounters {
            frames: *self.framer.counters(),
            epochs: *self.assembler.counters(),
            tags: *self.tag_reader.counters(),
            ..self.counters
        }
    }

    fn drain_epochs(&mut self, now: Timestamp) {
        while let Some(epoch) = self.assembler.poll_epoch() {
            self.silent_at = Some(now.plus_millis(SILENCE_MS));
            self.handle_epoch(epoch, now);
        }
    }

    fn handle_epoch(&mut self, epoch: Epoch, now: Timestamp) {
        let last = self.last_placed;
        let position = epoch.position.or(last.map(|placed| placed.epoch.position).unwrap_or_default());
        // Without a fix a receiver's clock is worth no more than its date; a recording has no other clock.
        let time = match epoch.fix {
            FixKind::None if self.config.live => Some(self.truck_time(now)),
            _ => epoch.time,
        };
        let (Some(position), Some(time)) = (position, time) else {
            self.counters.unplaced += 1;
            return;
        };
        if epoch.fix != FixKind::None {
            self.last_placed = Some(Placed { epoch, time, seen_at: now });
        }
        self.offer(Epoch { position: Some(position), ..epoch }, time);
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
            self.offer(nothing, self.truck_time(now));
        }
    }

    fn offer(&mut self, epoch: Epoch, time: Timestamp) {
        let Some(position) = epoch.position else {
            return;
        };
        let body = self.signals.state();
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
        let beside = Beside { tag_read: !self.tags.is_empty(), area_crossed: crossed.any };
        if let Some(reason) = self.sampler.offer(time, &fix, beside) {
            let waiting = self.tags.make_contiguous();
            let fitting = wire::report::tags_that_fit(waiting).min(TAGS_MAX);
            let tags = self.tags.drain(..fitting).collect();
            self.counters.records += 1;
            let mut crossings = crossed.told;
            crossings.truncate(CROSSINGS_MAX);
            let told = Told { overspeed: self.sampler.is_overspeed(), crossings };
            let urgent = reason.is_urgent();
            self.ready.push_back(Record { time, fix, altitude_m: epoch.altitude_m, tags, told, urgent });
        }
    }

    /// The satellites' time now: the last valid fix's, carried on by the agent's clock, which may be wrong as a whole.
    fn truck_time(&self, now: Timestamp) -> Timestamp {
        self.last_placed.map_or(now, |placed| placed.time.plus_millis(now.millis_since(placed.seen_at)))
    }
}

fn take_sentence(
    read: Result<sentence::Sentence, crate::fields::Malformed>,
    assembler: &mut Assembler,
    signals: &mut Signals,
    counters: &mut PipelineCounters,
    now: Timestamp,
) {
    let sentence = match read {
        Ok(sentence) => sentence,
        Err(_malformed) => {
            counters.malformed_sentences += 1;
            return;
        }
    };
    match sentence.content {
        Content::Body(body) => signals.handle_body(body),
        Content::Antenna(antenna) => signals.handle_antenna(antenna),
        Content::Other => counters.other_sentences += 1,
        _ => {}
    }
    assembler.handle_sentence(&sentence, now);
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
