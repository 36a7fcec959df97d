//! The way to the platform: a TCP connection that drives [`wire::Terminal`] and is made again whenever it breaks.
//!
//! Sends what the spool has committed, in order, and moves the spool's cursor on the platform's acknowledgement alone.
//! The authentication code the platform gives is kept beside the spool.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{TerminalId, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::WriteHalf;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use wire::{Outgoing, Terminal, TerminalConfig, TerminalEvent, TerminalFault};

use crate::clock::SteadyClock;
use crate::config::Config;
use crate::record::Record;
use crate::spool::{SharedSpool, SpoolError, read_small, remove, write_durably};

/// Locations sent and not yet answered.
pub const IN_FLIGHT_MAX: usize = 200;
/// Locations in one 0x0704.
pub const BATCH_MAX: usize = 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
const READ_BYTES: usize = 4096;
const HEARTBEAT_S: u32 = 30;
const ANSWER_TIMEOUT_S: u32 = 10;
const RETRIES_MAX: u8 = 2;
const BACKOFF_FIRST_MS: u64 = 1_000;
const BACKOFF_LONGEST_MS: u64 = 60_000;
/// Records looked at one after another that cannot be read before the uplink lets others run.
const UNREADABLE_MAX: usize = 1_000;

/// What the uplink met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UplinkCounters {
    /// Connections made.
    pub connections: u64,
    /// Connections that could not be made.
    pub failed_connections: u64,
    /// Records offered to the platform, those offered again among them.
    pub offered: u64,
    /// Records the platform will not take; they are passed over.
    pub refused: u64,
    /// Records of the spool that could not be read; they are passed over.
    pub unreadable: u64,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("cannot connect to the platform")]
    Connect(#[source] std::io::Error),
    #[error("the platform does not answer")]
    ConnectTimeout,
    #[error("the connection to the platform broke off")]
    Link(#[source] std::io::Error),
    #[error("the platform closed the connection")]
    Closed,
    #[error("the platform takes no more bytes")]
    WriteTimeout,
    #[error("the session with the platform ended")]
    Session(#[source] TerminalFault),
    #[error("the spool failed")]
    Spool(#[source] SpoolError),
}

/// The uplink of one truck.
#[derive(Debug)]
pub struct Uplink {
    platform: String,
    terminal_id: TerminalId,
    terminal: Terminal,
    spool: Arc<SharedSpool>,
    auth_code_path: PathBuf,
    clock: SteadyClock,
    /// Number of the last record offered on this connection.
    offered: u64,
    /// Records passed over that no acknowledgement has covered yet.
    passed_over: BTreeSet<u64>,
    ready: bool,
    counters: Arc<std::sync::Mutex<UplinkCounters>>,
}

impl Uplink {
    /// An uplink without a connection. Reads the kept authentication code.
    pub fn new(config: &Config, spool: Arc<SharedSpool>) -> Result<Self, SpoolError> {
        let auth_code_path = config.spool_directory.join("auth_code");
        let auth_code = read_small(&auth_code_path)?.filter(|code| !code.is_empty());
        let terminal = TerminalConfig {
            revision: wire::Revision::V2019,
            terminal: config.terminal.clone(),
            plate: config.plate.clone(),
            colour: config.plate_colour,
            province: 0,
            city: 0,
            maker: "MUCKTRAIL".into(),
            model: "tracker-agent".into(),
            software: concat!("tracker-agent ", env!("CARGO_PKG_VERSION")).into(),
            heartbeat_s: HEARTBEAT_S,
            answer_timeout_s: ANSWER_TIMEOUT_S,
            retries_max: RETRIES_MAX,
            in_flight_max: IN_FLIGHT_MAX,
            batch_max: BATCH_MAX,
        };
        Ok(Self {
            platform: config.platform.clone(),
            terminal_id: config.terminal.clone(),
            terminal: Terminal::new(terminal, auth_code),
            spool,
            auth_code_path,
            clock: SteadyClock::start(),
            offered: 0,
            passed_over: BTreeSet::new(),
            ready: false,
            counters: Arc::default(),
        })
    }

    /// What it met, to be read while it runs.
    pub fn counters(&self) -> Arc<std::sync::Mutex<UplinkCounters>> {
        Arc::clone(&self.counters)
    }

    /// Connects and sends, again and again, until `stop` holds true; then says goodbye.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut attempt = 0;
        loop {
            let connected = tokio::select! {
                connected = self.connect() => connected,
                () = until_stopped(&mut stop) => return,
            };
            let ended = match connected {
                Ok(stream) => self.session(stream, &mut stop).await,
                Err(error) => Err(error),
            };
            let was_ready = std::mem::take(&mut self.ready);
            self.terminal.handle_disconnected();
            attempt = if was_ready { 0 } else { attempt + 1 };
            let pause_ms = backoff_ms(&self.terminal_id, attempt);
            let error = match ended {
                Ok(()) => return,
                Err(error) => error,
            };
            let reason =
                std::error::Error::source(&error).map(|source| source.to_string()).unwrap_or_default();
            tracing::warn!(platform = %self.platform, %error, reason, again_in_ms = pause_ms, "no way to the platform; reports wait in the spool");
            tokio::select! {
                () = sleep(Duration::from_millis(pause_ms)) => {}
                () = until_stopped(&mut stop) => return,
            }
        }
    }

    async fn connect(&self) -> Result<TcpStream, LinkError> {
        let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.platform)).await;
        let made = connected
            .map_err(|_elapsed| LinkError::ConnectTimeout)
            .and_then(|c| c.map_err(LinkError::Connect));
        match &made {
            Ok(stream) => {
                // Small frames are to leave at once; where that cannot be set they leave a little later.
                let _set = stream.set_nodelay(true);
                self.count(|counters| counters.connections += 1);
            }
            Err(_) => self.count(|counters| counters.failed_connections += 1),
        }
        made
    }

    /// Drives the terminal over a connection. Ends well only when told to stop.
    async fn session(
        &mut self,
        mut stream: TcpStream,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), LinkError> {
        let (mut reader, mut writer) = stream.split();
        self.terminal.handle_connected(self.clock.now());
        let mut buffer = vec![0; READ_BYTES];
        let spool = Arc::clone(&self.spool);
        loop {
            self.handle_events()?;
            self.offer()?;
            self.transmit(&mut writer).await?;
            let due = self.terminal.poll_timeout();
            tokio::select! {
                read = reader.read(&mut buffer) => match read.map_err(LinkError::Link)? {
                    0 => return Err(LinkError::Closed),
                    count => self.terminal.handle_bytes(buffer.get(..count).unwrap_or_default(), self.clock.now()),
                },
                () = spool.until_committed() => {}
                () = until(&self.clock, due) => self.terminal.handle_timeout(self.clock.now()),
                () = until_stopped(stop) => {
                    self.terminal.log_out(self.clock.now());
                    return self.transmit(&mut writer).await;
                }
            }
        }
    }

    async fn transmit(&mut self, writer: &mut WriteHalf<'_>) -> Result<(), LinkError> {
        while let Some(frame) = self.terminal.poll_transmit() {
            let written = timeout(WRITE_TIMEOUT, writer.write_all(&frame)).await;
            written.map_err(|_elapsed| LinkError::WriteTimeout)?.map_err(LinkError::Link)?;
        }
        Ok(())
    }

    fn handle_events(&mut self) -> Result<(), LinkError> {
        while let Some(event) = self.terminal.poll_event() {
            match event {
                TerminalEvent::Ready => {
                    tracing::info!(platform = %self.platform, "connected and authenticated");
                    self.ready = true;
                    self.offered = self.spool.lock().acknowledged();
                    self.passed_over.clear();
                }
                TerminalEvent::NewAuthCode(code) => {
                    write_durably(&self.auth_code_path, code.as_bytes()).map_err(LinkError::Spool)?;
                }
                TerminalEvent::Acknowledged { cursor } => self.acknowledge(cursor)?,
                TerminalEvent::Refused { cursor, result } => {
                    self.count(|counters| counters.refused += 1);
                    tracing::error!(
                        record = cursor,
                        ?result,
                        "the platform will not take a record; it is passed over"
                    );
                }
                TerminalEvent::Fatal(fault) => {
                    if fault == TerminalFault::CodeRefused {
                        remove(&self.auth_code_path).map_err(LinkError::Spool)?;
                    }
                    return Err(LinkError::Session(fault));
                }
                command => {
                    if let Some(ask) = command.ask() {
                        self.terminal.answer(ask, wire::AnswerResult::Unsupported, self.clock.now());
                    }
                }
            }
        }
        Ok(())
    }

    /// Offers what the terminal has room for.
    fn offer(&mut self) -> Result<(), LinkError> {
        for _ in 0..UNREADABLE_MAX {
            let capacity = self.terminal.capacity();
            if capacity == 0 {
                return Ok(());
            }
            let records = self.spool.lock().read_after(self.offered, capacity).map_err(LinkError::Spool)?;
            if records.is_empty() {
                return Ok(());
            }
            let mut outgoing = Vec::with_capacity(records.len());
            for (number, bytes) in records {
                self.offered = number;
                match Record::from_bytes(&bytes) {
                    Ok(record) => outgoing.push(Outgoing { cursor: number, location: record.location() }),
                    Err(error) => {
                        self.count(|counters| counters.unreadable += 1);
                        tracing::error!(record = number, %error, "a record of the spool is passed over");
                        self.passed_over.insert(number);
                    }
                }
            }
            self.count(|counters| counters.offered += outgoing.len() as u64);
            self.terminal.send(outgoing, self.clock.now());
            let acknowledged = self.spool.lock().acknowledged();
            self.acknowledge(acknowledged)?;
        }
        Ok(())
    }

    /// Moves the cursor to `number`, and on over what was passed over behind it.
    fn acknowledge(&mut self, number: u64) -> Result<(), LinkError> {
        let mut number = number;
        while self.passed_over.remove(&(number + 1)) {
            number += 1;
        }
        self.passed_over = self.passed_over.split_off(&number);
        self.spool.acknowledge(number).map_err(LinkError::Spool)
    }

    fn count(&self, change: impl FnOnce(&mut UplinkCounters)) {
        change(&mut self.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

/// Waits for the word to stop; the sender dropped is as good.
async fn until_stopped(stop: &mut watch::Receiver<bool>) {
    let _word = stop.wait_for(|stop| *stop).await;
}

async fn until(clock: &SteadyClock, due: Option<Timestamp>) {
    match due {
        Some(due) => sleep(clock.until(due)).await,
        None => std::future::pending().await,
    }
}

/// The pause before connection attempt `attempt`, in milliseconds: doubling to a minute, less up to a third by a hash of
/// the terminal's id, so that a fleet does not come back as one.
fn backoff_ms(terminal: &TerminalId, attempt: u32) -> u64 {
    let whole = BACKOFF_FIRST_MS.saturating_mul(1 << attempt.min(16)).min(BACKOFF_LONGEST_MS);
    let hash = crc32fast::hash(format!("{terminal} {attempt}").as_bytes());
    whole - u64::from(hash) % (whole / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_minute_and_differ_from_truck_to_truck() {
        let pauses = |id: &str| (0..9).map(|n| backoff_ms(&id.parse().unwrap(), n)).collect::<Vec<_>>();
        let (one, other) = (pauses("13800000001"), pauses("13800000002"));
        for (n, pause) in one.iter().enumerate() {
            let whole = (BACKOFF_FIRST_MS << n).min(BACKOFF_LONGEST_MS);
            assert!((whole * 2 / 3..=whole).contains(pause), "{n}: {pause}");
        }
        assert_ne!(one, other);
        assert_eq!(one, pauses("13800000001"));
    }
}
