//! One reader unit's task: calls it, drives [`wire::llrp::Client`], and calls again when it is lost.

use std::sync::Arc;
use std::time::Duration;

use domain::report::{Content, ReaderSighting};
use domain::{Report, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use wire::llrp::{Client, ClientConfig, ClientCounters, ClientEnd, ClientEvent, TagReport};

use super::config::ReadClock;
use super::debounce::Debounce;
use super::state::{Link, ReaderUnit, UnitCounters};
use crate::clock;
use crate::peer::Backoff;

/// How long a reader may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reader may take to take a message.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest pause between two calls, s.
const PAUSE_MAX_S: u64 = 60;
/// Bytes read from a socket at once.
const READ_BYTES_MAX: usize = 16 * 1024;

/// Why a call or session ended.
#[derive(Debug, thiserror::Error)]
enum UnitError {
    #[error("the reader cannot be reached")]
    Connect(#[source] std::io::Error),
    #[error("the reader did not accept the connection within {} s", CONNECT_TIMEOUT.as_secs())]
    ConnectTimeout,
    #[error("the connection to the reader broke")]
    Broken(#[source] std::io::Error),
    #[error("the reader closed the connection")]
    Closed,
    #[error("the reader took no bytes for {} s", WRITE_TIMEOUT.as_secs())]
    WriteTimeout,
    #[error(transparent)]
    Ended(ClientEnd),
}

/// Listens to a unit until told to stop.
pub(super) async fn run(unit: Arc<ReaderUnit>, queue: mpsc::Sender<Report>, stop: CancellationToken) {
    let mut listener =
        Listener { unit, queue, debounce: Debounce::default(), backoff: Backoff::up_to_s(PAUSE_MAX_S) };
    loop {
        listener.unit.change(|state| state.link = Link::Calling);
        let ended = listener.call(&stop).await;
        if stop.is_cancelled() {
            break;
        }
        if let Err(error) = ended {
            listener.note_error(&error);
        }
        let pause = listener.backoff.pause();
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(pause) => {}
        }
    }
    listener.unit.change(|state| {
        state.link = Link::Stopped;
        state.connected_since = None;
    });
}

struct Listener {
    unit: Arc<ReaderUnit>,
    queue: mpsc::Sender<Report>,
    debounce: Debounce,
    backoff: Backoff,
}

impl Listener {
    async fn call(&mut self, stop: &CancellationToken) -> Result<(), UnitError> {
        let connecting = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.unit.config.address.as_str()));
        let socket = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            connected = connecting => connected,
        };
        let mut socket = socket.map_err(|_elapsed| UnitError::ConnectTimeout)?.map_err(UnitError::Connect)?;
        let config = ClientConfig { antennas: self.unit.config.antennas.ports(), ..ClientConfig::default() };
        let mut client = Client::new(config, clock::now());
        let mut counted = ClientCounters::default();
        let mut buffer = vec![0; READ_BYTES_MAX];
        loop {
            let due = client.poll_timeout().map_or(0, |due| due.millis_since(clock::now()));
            tokio::select! {
                // A second stop signal must not spin: `close` is asked once, then the session's own end is waited for.
                () = stop.cancelled(), if !is_closing(&client) => client.close(clock::now()),
                read = socket.read(&mut buffer) => match read {
                    Ok(0) => return Err(UnitError::Closed),
                    Ok(count) => client.handle_bytes(&buffer[..count], clock::now()),
                    Err(error) => return Err(UnitError::Broken(error)),
                },
                () = sleep(Duration::from_millis(u64::try_from(due).unwrap_or(0))) => client.handle_timeout(clock::now()),
            }
            self.note_counters(&mut counted, *client.counters());
            while let Some(message) = client.poll_transmit() {
                write(&mut socket, &message).await?;
            }
            while let Some(event) = client.poll_event() {
                if let ClientEvent::Ended(end) = event {
                    return if end == ClientEnd::Closed { Ok(()) } else { Err(UnitError::Ended(end)) };
                }
                self.handle_event(event, clock::now());
            }
        }
    }

    fn handle_event(&mut self, event: ClientEvent, now: Timestamp) {
        match event {
            ClientEvent::Greeted { reader_time } => self.unit.change(|state| {
                state.link = Link::Preparing;
                state.unplugged.clear();
                state.clock_ahead_ms = reader_time.map(|time| time.millis_since(now));
            }),
            ClientEvent::Capabilities(capabilities) => self.unit.change(|state| {
                state.firmware = Some(capabilities.firmware);
                state.antennas_max = Some(capabilities.antennas_max);
            }),
            ClientEvent::Reading => {
                tracing::info!(reader = %self.unit.config.name, "a fixed reader reads");
                self.backoff.succeeded();
                UnitCounters::add(&self.unit.counters.sessions, 1);
                self.unit.change(|state| {
                    state.link = Link::Reading;
                    state.connected_since = Some(now);
                });
            }
            ClientEvent::Tag(tag) => self.handle_tag(tag, now),
            ClientEvent::Antenna { antenna, connected } => {
                tracing::warn!(reader = %self.unit.config.name, antenna, connected, "an antenna changed");
                self.unit.change(|state| {
                    state.unplugged.retain(|port| *port != antenna);
                    if !connected {
                        state.unplugged.push(antenna);
                    }
                });
            }
            ClientEvent::Exception(words) => {
                tracing::warn!(reader = %self.unit.config.name, words, "a fixed reader tells of a fault");
                self.unit.change(|state| state.last_error = Some((now, words)));
            }
            // Taken by the caller.
            ClientEvent::Ended(_) => {}
        }
    }

    fn handle_tag(&mut self, tag: TagReport, now: Timestamp) {
        let counters = &self.unit.counters;
        UnitCounters::add(&counters.reads, 1);
        self.unit.change(|state| state.last_read = Some(now));
        let Some(reader) = self.unit.config.antennas.reader(tag.antenna) else {
            UnitCounters::add(&counters.unknown_antenna, 1);
            return;
        };
        let time = match self.unit.config.clock {
            ReadClock::Service => now,
            ReadClock::Reader => tag.last_seen.or(tag.first_seen).unwrap_or(now),
        };
        if !self.debounce.is_first_of_second(reader, &tag.epc, time) {
            UnitCounters::add(&counters.debounced, 1);
            return;
        }
        let sighting = ReaderSighting {
            reader: reader.clone(),
            epc: tag.epc,
            rssi_dbm: tag.peak_rssi_dbm.map(i16::from),
        };
        let report = Report { time, content: Content::AtReader(sighting), received: Some(now) };
        match self.queue.try_send(report) {
            Ok(()) => UnitCounters::add(&counters.reports, 1),
            Err(_full) => UnitCounters::add(&counters.dropped, 1),
        }
    }

    fn note_counters(&self, before: &mut ClientCounters, now: ClientCounters) {
        let malformed = |c: &ClientCounters| c.malformed_messages + c.malformed_tags;
        UnitCounters::add(&self.unit.counters.malformed, malformed(&now) - malformed(before));
        UnitCounters::add(&self.unit.counters.dropped, now.tags_dropped - before.tags_dropped);
        *before = now;
    }

    fn note_error(&self, error: &UnitError) {
        let words = crate::sentence(error);
        tracing::warn!(reader = %self.unit.config.name, error = %words, "a fixed reader is not heard; it is called again");
        UnitCounters::add(&self.unit.counters.errors, 1);
        self.unit.change(|state| {
            state.link = Link::Waiting;
            state.connected_since = None;
            state.last_error = Some((clock::now(), words));
        });
    }
}

fn is_closing(client: &Client) -> bool {
    matches!(client.step(), wire::llrp::Step::Closing | wire::llrp::Step::Ended)
}

async fn write(socket: &mut TcpStream, bytes: &[u8]) -> Result<(), UnitError> {
    timeout(WRITE_TIMEOUT, socket.write_all(bytes))
        .await
        .map_err(|_elapsed| UnitError::WriteTimeout)?
        .map_err(UnitError::Broken)
}
