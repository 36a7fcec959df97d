//! Watches the configured sources for a while and counts what comes.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{FixKind, Timestamp};
use tokio::time::{Instant, sleep, sleep_until};

use super::{ReaderSeen, ReceiverSeen, SignalSeen};
use crate::clock::SteadyClock;
use crate::config::{Config, SourceConfig};
use crate::pipeline::{Pipeline, PipelineConfig};
use crate::record::Record;
use crate::rfid::{Decoder, Family, TagRead};
use crate::sampler::SamplerConfig;
use crate::signals::config::SignalConfig;
use crate::signals::signal::Signal;
use crate::signals::watch::SignalEvent;
use crate::source::{self, Chunk, SourceError, Sources};

/// Tags told apart; an installer holds up one or two.
const TAGS_MAX: usize = 1_000;

/// What the sources gave.
#[derive(Debug)]
pub struct Watched {
    /// The receivers.
    pub receivers: Vec<ReceiverSeen>,
    /// The RFID reader.
    pub rfid: Option<ReaderSeen>,
    /// The configured signals.
    pub signals: Vec<SignalSeen>,
}

/// Watches for `period`. A recording is watched to its end, if that comes sooner.
pub async fn watch(config: &Config, period: Duration) -> Result<Watched, SourceError> {
    let clock = SteadyClock::start();
    let mut sources = Sources::start(&config.receivers).await?;
    let mut rfid = match &config.rfid {
        Some(reader) => Some(source::start_reader(reader.clone(), &config.rfid_reader).await?),
        None => None,
    };
    let mut events = crate::signals::watch::start(&config.body.signals);
    let mut receivers: Vec<_> = config.receivers.iter().map(|source| Receiver::new(config, source)).collect();
    let mut reader = config.rfid.as_ref().map(|device| Reader::new(config, device));
    let mut signals: Vec<_> = config.body.signals.iter().map(WatchedSignal::new).collect();
    let end = Instant::now() + period;
    loop {
        let due = receivers.iter().filter_map(|receiver| receiver.pipeline.poll_timeout()).min();
        let until_due = async {
            match due {
                Some(due) => sleep(clock.until(due)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep_until(end) => break,
            () = until_due => receivers.iter_mut().for_each(|one| one.pipeline.handle_timeout(clock.now())),
            (index, chunk) = sources.next() => {
                let Some(receiver) = receivers.get_mut(index) else { continue };
                match chunk {
                    Chunk::Bytes(bytes) => receiver.handle_bytes(&bytes, clock.now()),
                    Chunk::Interrupted => receiver.pipeline.handle_nmea_end(clock.now()),
                    // Of RFID readers only.
                    Chunk::Tags(_) => {}
                    Chunk::Ended => break,
                }
            }
            Some(chunk) = receive(&mut rfid) => {
                match (chunk, &mut reader) {
                    (Chunk::Bytes(bytes), Some(reader)) => reader.handle_bytes(&bytes, clock.now()),
                    (Chunk::Tags(tags), Some(reader)) => reader.handle_tags(tags),
                    _ => {}
                }
            }
            Some(event) = events.recv() => {
                if let Some(signal) = signals.get_mut(event.index) {
                    signal.handle(event, clock.now());
                }
            }
        }
        receivers.iter_mut().for_each(|receiver| receiver.take_records(clock.now()));
    }
    let (now, counters) = (clock.now(), sources.counters());
    let bauds = counters.into_iter().map(|source| Some(source.baud).filter(|baud| *baud > 0));
    Ok(Watched {
        receivers: receivers
            .into_iter()
            .zip(bauds)
            .map(|(receiver, baud)| receiver.seen(baud, now))
            .collect(),
        rfid: reader.map(Reader::seen),
        signals: signals.into_iter().map(|signal| signal.seen(now)).collect(),
    })
}

/// `None` only without a reader or at its end, and then the branch that waits for it is switched off.
async fn receive(source: &mut Option<tokio::sync::mpsc::Receiver<Chunk>>) -> Option<Chunk> {
    match source {
        Some(receiver) => receiver.recv().await,
        None => None,
    }
}

struct Receiver {
    device: String,
    bytes: u64,
    pipeline: Pipeline,
    /// The last record, and when it was made.
    last: Option<(Record, Timestamp)>,
}

impl Receiver {
    fn new(config: &Config, source: &SourceConfig) -> Self {
        // Everything is reported once a second, so that the last record is what is so now.
        let sampler =
            SamplerConfig { interval_moving_s: 1, interval_parked_s: 1, ..SamplerConfig::default() };
        let pipeline = PipelineConfig { sampler, ..config.pipeline() };
        let pipeline = Pipeline::with_receivers(pipeline, &[source.receiver_kind()]);
        Self { device: source.to_string(), bytes: 0, pipeline, last: None }
    }

    fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        self.bytes += bytes.len() as u64;
        self.pipeline.handle_nmea(bytes, now);
    }

    fn take_records(&mut self, now: Timestamp) {
        while let Some(record) = self.pipeline.poll_record() {
            self.last = Some((record, now));
        }
    }

    fn seen(mut self, baud: Option<u32>, now: Timestamp) -> ReceiverSeen {
        self.pipeline.handle_nmea_end(now);
        self.take_records(now);
        let counters = self.pipeline.counters();
        let frames = &counters.frames;
        let damaged =
            frames.bad_checksum + frames.missing_checksum + frames.oversize + counters.malformed_sentences;
        let fixed = self.last.as_ref().filter(|(record, _)| record.fix.fix != FixKind::None);
        ReceiverSeen {
            device: self.device,
            bytes: self.bytes,
            baud,
            sentences: counters.frames.sentences + counters.gpsd.fixes,
            damaged,
            body_sentences: counters.body_sentences,
            body: self.pipeline.body(),
            fix: self.last.as_ref().map(|(record, _)| (record.fix.fix, record.fix.satellites)),
            antenna: self.pipeline.body().antenna,
            ahead_ms: fixed.map(|(record, made)| record.time.millis_since(*made)),
        }
    }
}

struct Reader {
    device: String,
    family: Family,
    polled: bool,
    bytes: u64,
    /// Every family reads the same bytes: which one understands them is the reader's.
    decoders: Vec<(Decoder, u64)>,
    session_words: u64,
    tags: BTreeSet<domain::Epc>,
}

impl Reader {
    fn new(config: &Config, device: &SourceConfig) -> Self {
        Self {
            device: device.to_string(),
            family: config.rfid_reader.family,
            // A session is answered, tag or none.
            polled: config.rfid_reader.polling.is_some() || config.rfid_reader.family == Family::Llrp,
            bytes: 0,
            decoders: Family::ALL.map(|family| (Decoder::new(family), 0)).to_vec(),
            session_words: 0,
            tags: BTreeSet::new(),
        }
    }

    fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        self.bytes += bytes.len() as u64;
        for (decoder, reads) in &mut self.decoders {
            let tags = decoder.handle_bytes(bytes, now);
            *reads += tags.len() as u64;
            if decoder.family() == self.family && self.tags.len() < TAGS_MAX {
                self.tags.extend(tags.into_iter().map(|tag| tag.epc));
            }
        }
    }

    /// A word of a session, with tags or without any: bytes and frames of it are counted where it is kept.
    fn handle_tags(&mut self, tags: Vec<TagRead>) {
        self.bytes += 1;
        self.session_words += 1;
        if self.tags.len() < TAGS_MAX {
            self.tags.extend(tags.into_iter().map(|tag| tag.epc));
        }
    }

    fn seen(self) -> ReaderSeen {
        // A line of text has no checksum, so it counts as one only where it told a tag.
        let frames = |decoder: &Decoder, reads: u64| match decoder.family() {
            Family::LineHex => reads,
            Family::Llrp => self.session_words,
            _ => decoder.counters().frames,
        };
        ReaderSeen {
            device: self.device,
            family: self.family,
            polled: self.polled,
            bytes: self.bytes,
            by_family: self
                .decoders
                .iter()
                .map(|(decoder, reads)| (decoder.family(), frames(decoder, *reads), *reads))
                .collect(),
            tags: self.tags.len() as u64,
        }
    }
}

struct WatchedSignal {
    label: String,
    signal: Signal,
    problem: Option<String>,
}

impl WatchedSignal {
    fn new(config: &SignalConfig) -> Self {
        let signal = Signal::new(config.origin.clone(), config.hold_ms, config.stale_ms);
        Self { label: config.to_string(), signal, problem: None }
    }

    fn handle(&mut self, event: SignalEvent, now: Timestamp) {
        self.signal.handle(event.input, now);
        self.problem = event.problem;
    }

    fn seen(mut self, now: Timestamp) -> SignalSeen {
        self.signal.settle(now);
        let counters = *self.signal.counters();
        SignalSeen {
            label: self.label,
            readings: counters.readings,
            faults: counters.faults + counters.not_available,
            state: self.signal.state(),
            problem: self.problem,
        }
    }
}
