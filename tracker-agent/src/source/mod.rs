//! Where bytes come from: a serial port, a TCP server, datagrams, gpsd, a recording. Each runs on its own and hands chunks
//! over a bounded channel; a live source that breaks off is opened again for as long as the agent runs.

mod baud;
mod health;
mod llrp;
mod pacing;
mod polled;
mod replay;
mod serial;
mod tcp;
mod udp;

use std::path::PathBuf;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use self::health::Health;
pub use self::health::SourceCounters;
use self::serial::Speed;
use crate::config::SourceConfig;
use crate::gpsd;
use crate::rfid::{Family, RfidConfig, TagRead};

/// Chunks waiting to be read by the pipeline. A live source waits then, and what its device cannot hold is lost there.
pub const CHUNKS_MAX: usize = 64;
/// Largest chunk, in bytes.
pub const CHUNK_BYTES_MAX: usize = 4096;

/// First pause before a broken source is opened again; it doubles each time.
const RETRY_FIRST: Duration = Duration::from_millis(500);
/// Longest pause.
const RETRY_LONGEST: Duration = Duration::from_secs(30);

/// What a source hands over.
#[derive(Debug)]
pub enum Chunk {
    /// Bytes as they came.
    Bytes(Vec<u8>),
    /// Tags of a reader whose session is kept by the source.
    Tags(Vec<TagRead>),
    /// The stream broke off; what comes next is not its continuation.
    Interrupted,
    /// A recording is at its end: nothing more comes.
    Ended,
}

/// Why a source ends for good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The recording cannot be read.
    #[error("cannot read the recording {}: give an existing file as path of the [[source]]", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Starts a source on the current runtime.
pub async fn start(config: SourceConfig) -> Result<mpsc::Receiver<Chunk>, SourceError> {
    begin(config, Health::default()).await
}

async fn begin(config: SourceConfig, health: Health) -> Result<mpsc::Receiver<Chunk>, SourceError> {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    match config {
        SourceConfig::Replay { path, speed } => {
            let file = replay::open(path.clone()).await?;
            tokio::spawn(replay::run(file, path, speed, sender));
        }
        SourceConfig::Tcp { address } => {
            tokio::spawn(tcp::run(address, b"", sender, health));
        }
        SourceConfig::Gpsd { address } => {
            tokio::spawn(tcp::run(address, gpsd::WATCH, sender, health));
        }
        SourceConfig::Udp { address } => {
            tokio::spawn(udp::run(address, sender, health));
        }
        SourceConfig::Serial { device, baud } => {
            tokio::spawn(serial::run(device, Speed::Told(baud), sender, health));
        }
        SourceConfig::SerialAuto { device } => {
            tokio::spawn(serial::run(device, Speed::Searched, sender, health));
        }
    }
    Ok(receiver)
}

/// Several sources, each by its place.
#[derive(Debug)]
pub struct Sources {
    receivers: Vec<mpsc::Receiver<Chunk>>,
    healths: Vec<Health>,
    /// Whose turn it is to be looked at first: a source that never pauses must not hide the others.
    turn: usize,
}

impl Sources {
    /// Starts them on the current runtime.
    pub async fn start(configs: &[SourceConfig]) -> Result<Self, SourceError> {
        let mut sources = Self { receivers: Vec::new(), healths: Vec::new(), turn: 0 };
        for config in configs {
            let health = Health::default();
            sources.receivers.push(begin(config.clone(), health.clone()).await?);
            sources.healths.push(health);
        }
        Ok(sources)
    }

    /// The next chunk of any of them. A source that is gone is at its end.
    pub async fn next(&mut self) -> (usize, Chunk) {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// A chunk that is there already.
    pub fn try_next(&mut self) -> Option<(usize, Chunk)> {
        let count = self.receivers.len();
        let places = (0..count).map(|step| (self.turn + step) % count);
        let found = places.into_iter().find_map(|index| {
            let chunk = self.receivers.get_mut(index)?.try_recv();
            match chunk {
                Ok(chunk) => Some((index, chunk)),
                Err(TryRecvError::Disconnected) => Some((index, Chunk::Ended)),
                Err(TryRecvError::Empty) => None,
            }
        })?;
        self.turn = (found.0 + 1) % count;
        Some(found)
    }

    /// How each fares.
    pub fn counters(&self) -> Vec<SourceCounters> {
        self.healths.iter().map(Health::counters).collect()
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<(usize, Chunk)> {
        let count = self.receivers.len();
        for step in 0..count {
            let index = (self.turn + step) % count;
            if let Some(receiver) = self.receivers.get_mut(index)
                && let Poll::Ready(chunk) = receiver.poll_recv(context)
            {
                self.turn = (index + 1) % count;
                return Poll::Ready((index, chunk.unwrap_or(Chunk::Ended)));
            }
        }
        Poll::Pending
    }
}

/// Starts an RFID reader, written to where its family and configuration ask for it.
pub async fn start_reader(
    config: SourceConfig,
    reader: &RfidConfig,
) -> Result<mpsc::Receiver<Chunk>, SourceError> {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    match (config, reader.polling.clone()) {
        (SourceConfig::Tcp { address }, _) if reader.family == Family::Llrp => {
            tokio::spawn(llrp::run(address, sender));
        }
        (SourceConfig::Tcp { address }, Some(polling)) => {
            tokio::spawn(polled::run_tcp(address, polling, sender));
        }
        (SourceConfig::Serial { device, baud }, Some(polling)) => {
            std::thread::spawn(move || polled::run_serial(&device, baud, &polling, &sender));
        }
        (config, _) => return start(config).await,
    }
    Ok(receiver)
}

/// Pauses between attempts.
#[derive(Debug)]
pub(crate) struct Retry {
    next: Duration,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self { next: RETRY_FIRST }
    }

    /// The pause before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(RETRY_LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests;
