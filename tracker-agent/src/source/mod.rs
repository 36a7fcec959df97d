//! Where bytes come from: a serial port, a TCP server, a recording. Each runs on its own and hands chunks over a bounded
//! channel; a live source that breaks off is opened again for as long as the agent runs.

mod llrp;
mod pacing;
mod polled;
mod replay;
mod serial;
mod tcp;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::config::SourceConfig;
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
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    match config {
        SourceConfig::Replay { path, speed } => {
            let file = replay::open(path.clone()).await?;
            tokio::spawn(replay::run(file, path, speed, sender));
        }
        SourceConfig::Tcp { address } => {
            tokio::spawn(tcp::run(address, sender));
        }
        SourceConfig::Serial { device, baud } => {
            // A serial port has no readiness to wait for everywhere: a thread blocks on it. It ends when the receiver does.
            std::thread::spawn(move || serial::run(&device, baud, &sender));
        }
    }
    Ok(receiver)
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
