//! The way to the platform: a TCP connection that drives [`wire::Terminal`] and is made again whenever it breaks.
//!
//! Sends what the spool has on disk, in order, and moves the spool's cursor on the platform's acknowledgement alone. What
//! is not urgent waits a little for others, so that several reports share one message, one answer and their headers.
//! The authentication code the platform gives is kept beside the spool.

mod commands;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{TerminalId, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use wire::{Gap, Outgoing, Terminal, TerminalConfig, TerminalEvent, TerminalFault};

use crate::clock::SteadyClock;
use crate::config::{Config, LinkConfig};
use crate::desk::Live;
use crate::gather::{Decision, Gather, Progress};
use crate::orders::{Orders, Wishes};
use crate::record::Record;
use crate::spool::{SharedSpool, SpoolError, read_small, remove, write_durably};
use crate::tls::{Tls, TlsError};

/// Locations sent and not yet answered.
pub const IN_FLIGHT_MAX: usize = 200;
/// Locations in one 0x0704.
pub const BATCH_MAX: usize = 20;

const MAKER: &str = "MUCKTRAIL";
const MODEL: &str = "tracker-agent";
const SOFTWARE: &str = concat!("tracker-agent ", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
const READ_BYTES: usize = 4096;
const ANSWER_TIMEOUT_S: u32 = 10;
const RETRIES_MAX: u8 = 2;
const BACKOFF_FIRST_MS: u64 = 1_000;
const BACKOFF_LONGEST_MS: u64 = 60_000;
/// Records looked at one after another that cannot be read before the uplink lets others run.
const UNREADABLE_MAX: usize = 1_000;

/// What the uplink met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
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
    /// Messages sent.
    pub frames_sent: u64,
    /// Bytes sent, without TLS and below.
    pub bytes_sent: u64,
    /// Bytes received, without TLS and below.
    pub bytes_received: u64,
    /// Texts of the platform; they are in the log.
    pub texts: u64,
    /// Whether the platform has authenticated this terminal on a connection that stands.
    pub ready: bool,
}

/// Why there can be no uplink.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UplinkError {
    /// The kept authentication code cannot be read.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// TLS cannot be used as configured.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("cannot connect to the platform")]
    Connect(#[source] std::io::Error),
    #[error("the platform does not answer")]
    ConnectTimeout,
    #[error("the platform does not prove who it is; check [platform] ca and server_name")]
    Tls(#[source] std::io::Error),
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
    link: LinkConfig,
    tls: Option<Tls>,
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
    gather: Gather,
    /// What waits is sent without waiting longer: a link stands again.
    send_now: bool,
    /// Number of the last record that was on disk before this connection stood.
    backlog_end: u64,
    orders: Orders,
    wishes: watch::Sender<Wishes>,
    live: watch::Receiver<Live>,
    /// What was lost and did not fit the records before.
    gaps: Vec<Gap>,
    counters: Arc<std::sync::Mutex<UplinkCounters>>,
}

impl Uplink {
    /// An uplink without a connection. Reads the kept authentication code and what the platform set before. `live` is
    /// what the platform is told when it asks where the truck is.
    pub fn new(
        config: &Config,
        spool: Arc<SharedSpool>,
        clock: SteadyClock,
        live: watch::Receiver<Live>,
    ) -> Result<Self, UplinkError> {
        let orders = Orders::open(&config.spool_directory, config.sampler, config.link.heartbeat_s);
        let auth_code_path = auth_code_path(config);
        let auth_code = read_small(&auth_code_path)?.filter(|code| !code.is_empty());
        Ok(Self {
            link: config.link.clone(),
            tls: config.link.tls.as_ref().map(Tls::new).transpose()?,
            terminal_id: config.terminal.clone(),
            terminal: Terminal::new(terminal_config(config, orders.heartbeat_s()), auth_code),
            spool,
            auth_code_path,
            clock,
            offered: 0,
            passed_over: BTreeSet::new(),
            ready: false,
            gather: Gather::new(config.link.gather_s, config.link.gather_max),
            send_now: true,
            backlog_end: 0,
            wishes: watch::Sender::new(orders.wishes()),
            orders,
            live,
            gaps: Vec::new(),
            counters: Arc::default(),
        })
    }

    /// What it met, to be read while it runs.
    pub fn counters(&self) -> Arc<std::sync::Mutex<UplinkCounters>> {
        Arc::clone(&self.counters)
    }

    /// What the platform wishes the pipeline to do.
    pub fn wishes(&self) -> watch::Receiver<Wishes> {
        self.wishes.subscribe()
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
            self.count(|counters| counters.ready = false);
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
            tracing::warn!(platform = %self.link.address, %error, reason, again_in_ms = pause_ms, "no way to the platform; reports wait in the spool");
            tokio::select! {
                () = sleep(Duration::from_millis(pause_ms)) => {}
                () = until_stopped(&mut stop) => return,
            }
        }
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, LinkError> {
        let made = match timeout(CONNECT_TIMEOUT, self.connect_unbounded()).await {
            Ok(made) => made,
            Err(_elapsed) => Err(LinkError::ConnectTimeout),
        };
        self.count(|counters| match &made {
            Ok(_) => counters.connections += 1,
            Err(_) => counters.failed_connections += 1,
        });
        made
    }

    async fn connect_unbounded(&self) -> Result<Box<dyn Stream>, LinkError> {
        let stream = TcpStream::connect(&self.link.address).await.map_err(LinkError::Connect)?;
        // What is written is whole already; where that cannot be set it leaves a little later.
        let _set = stream.set_nodelay(true);
        Ok(match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(stream).await.map_err(LinkError::Tls)?),
        })
    }

    /// Drives the terminal over a connection. Ends well only when told to stop.
    async fn session(
        &mut self,
        stream: Box<dyn Stream>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), LinkError> {
        let (mut reader, mut writer) = tokio::io::split(stream);
        self.terminal.handle_connected(self.clock.now());
        let mut buffer = vec![0; READ_BYTES];
        let spool = Arc::clone(&self.spool);
        loop {
            self.handle_events()?;
            if self.orders.handle_timeout(self.clock.now()) {
                self.wishes_changed();
            }
            let gathered = self.offer()?;
            self.transmit(&mut writer).await?;
            let due = [self.terminal.poll_timeout(), gathered, self.orders.poll_timeout()]
                .into_iter()
                .flatten()
                .min();
            tokio::select! {
                read = reader.read(&mut buffer) => match read.map_err(LinkError::Link)? {
                    0 => return Err(LinkError::Closed),
                    count => {
                        self.count(|counters| counters.bytes_received += count as u64);
                        self.terminal.handle_bytes(buffer.get(..count).unwrap_or_default(), self.clock.now());
                    }
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

    /// Writes everything that waits in one go, so that it shares segments.
    async fn transmit(&mut self, writer: &mut (impl AsyncWrite + Unpin)) -> Result<(), LinkError> {
        let mut bytes = Vec::new();
        let mut frames = 0;
        while let Some(frame) = self.terminal.poll_transmit() {
            bytes.extend_from_slice(&frame);
            frames += 1;
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let write = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        let written = timeout(WRITE_TIMEOUT, write).await;
        written.map_err(|_elapsed| LinkError::WriteTimeout)?.map_err(LinkError::Link)?;
        self.count(|counters| {
            counters.frames_sent += frames;
            counters.bytes_sent += bytes.len() as u64;
        });
        Ok(())
    }

    fn handle_events(&mut self) -> Result<(), LinkError> {
        while let Some(event) = self.terminal.poll_event() {
            match event {
                TerminalEvent::Ready => {
                    tracing::info!(platform = %self.link.address, tls = self.tls.is_some(), "connected and authenticated");
                    self.ready = true;
                    self.send_now = true;
                    self.gaps.clear();
                    self.backlog_end = self.spool.lock().committed();
                    self.count(|counters| counters.ready = true);
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
                command => self.handle_command(command),
            }
        }
        Ok(())
    }

    /// Offers what the terminal has room for, if it is not to wait; else says until when it waits.
    fn offer(&mut self) -> Result<Option<Timestamp>, LinkError> {
        if self.terminal.capacity() == 0 {
            return Ok(None);
        }
        let progress = {
            let spool = self.spool.lock();
            Progress { offered: self.offered, committed: spool.committed(), last_urgent: spool.last_urgent() }
        };
        let at_once = self.send_now || self.orders.is_tracking();
        match self.gather.decide(progress, at_once, self.clock.now()) {
            Decision::Nothing => return Ok(None),
            Decision::Wait(until) => return Ok(Some(until)),
            Decision::Send => {}
        }
        self.send_now = false;
        self.offer_all()?;
        Ok(None)
    }

    fn offer_all(&mut self) -> Result<(), LinkError> {
        for _ in 0..UNREADABLE_MAX {
            let capacity = self.terminal.capacity();
            if capacity == 0 {
                // The rest goes as soon as there is room.
                self.send_now = true;
                return Ok(());
            }
            let records = self.spool.lock().read_after(self.offered, capacity).map_err(LinkError::Spool)?;
            if records.is_empty() {
                return Ok(());
            }
            let mut outgoing = Vec::with_capacity(records.len());
            for stored in records {
                let number = stored.number;
                self.offered = number;
                self.gaps.extend(stored.gaps);
                match Record::from_bytes(&stored.payload) {
                    Ok(record) => {
                        outgoing.push(Outgoing { cursor: number, location: record.location(&mut self.gaps) });
                    }
                    Err(error) => {
                        self.count(|counters| counters.unreadable += 1);
                        tracing::error!(record = number, %error, "a record of the spool is passed over");
                        self.passed_over.insert(number);
                    }
                }
            }
            self.count(|counters| counters.offered += outgoing.len() as u64);
            self.send(outgoing);
            let acknowledged = self.spool.lock().acknowledged();
            self.acknowledge(acknowledged)?;
        }
        self.send_now = true;
        Ok(())
    }

    /// One alone as a report; several as a batch, which is backlog when it was kept while there was no link.
    fn send(&mut self, mut outgoing: Vec<Outgoing>) {
        let now = self.clock.now();
        let fresh = outgoing.split_off(outgoing.partition_point(|item| item.cursor <= self.backlog_end));
        for (items, backlog) in [(outgoing, true), (fresh, false)] {
            match items.len() {
                0 => {}
                1 => _ = self.terminal.send(items, now),
                _ => _ = self.terminal.send_batch(items, backlog, now),
            }
        }
    }

    /// Moves the cursor to `number`, and on over what was passed over behind it.
    fn acknowledge(&mut self, number: u64) -> Result<(), LinkError> {
        let mut number = number;
        while self.passed_over.remove(&(number + 1)) {
            number += 1;
        }
        self.passed_over = self.passed_over.split_off(&number);
        self.spool.acknowledge(number, self.clock.now()).map_err(LinkError::Spool)
    }

    fn count(&self, change: impl FnOnce(&mut UplinkCounters)) {
        change(&mut self.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

/// A plain connection, or one under TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where the platform's code is kept.
pub(crate) fn auth_code_path(config: &Config) -> PathBuf {
    config.spool_directory.join("auth_code")
}

/// How this truck's end of a session behaves; `heartbeat_s` is the platform's wish, or the configuration's.
pub(crate) fn terminal_config(config: &Config, heartbeat_s: u32) -> TerminalConfig {
    TerminalConfig {
        revision: wire::Revision::V2019,
        terminal: config.terminal.clone(),
        plate: config.plate.clone(),
        colour: config.plate_colour,
        province: 0,
        city: 0,
        maker: MAKER.into(),
        model: MODEL.into(),
        software: SOFTWARE.into(),
        heartbeat_s,
        answer_timeout_s: ANSWER_TIMEOUT_S,
        retries_max: RETRIES_MAX,
        in_flight_max: IN_FLIGHT_MAX,
        batch_max: BATCH_MAX,
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
