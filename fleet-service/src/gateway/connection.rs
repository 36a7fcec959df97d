//! One terminal's connection: bytes between the socket and [`wire::Gateway`], reports into the log. A report is
//! acknowledged when the log has it on disk, not before.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::{Plate, Report, TerminalId};
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use wire::{AnswerResult, AskId, Gateway, GatewayConfig, GatewayCounters, GatewayEvent, Location};

use super::admission::Admission;
use super::counters::GatewayTotals;
use super::listener::Sessions;
use crate::clock;
use crate::log::{Appended, LogClosed, ReportLog};

/// Bytes read from a socket at once.
pub const READ_BYTES_MAX: usize = 16 * 1024;
/// Messages of one connection that may wait to be stored.
pub const UNACKNOWLEDGED_MAX: usize = 64;
/// A terminal silent for this long is gone.
pub const IDLE_TIMEOUT_S: u32 = 180;
/// A terminal that does not take its answers for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The terminal closed it, or the network broke.
    Closed,
    /// The terminal was silent too long.
    TimedOut,
    /// A newer connection of the same terminal took its place, or the service is ending.
    Told,
    /// The log takes nothing more.
    LogClosed,
}

type Storing = Pin<Box<dyn Future<Output = (AskId, Result<Appended, LogClosed>)> + Send>>;

/// What a connection works with.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) admission: Admission,
    pub(super) log: ReportLog,
    pub(super) sessions: Sessions,
}

pub(super) struct Connection {
    desk: Desk,
    gateway: Gateway,
    counted: GatewayCounters,
    /// The truck, once authenticated.
    plate: Option<Plate>,
    terminal: Option<TerminalId>,
    number: u64,
    stop: CancellationToken,
    storing: FuturesUnordered<Storing>,
}

impl Connection {
    pub(super) fn new(desk: Desk, number: u64, stop: CancellationToken) -> Self {
        let config = GatewayConfig {
            idle_timeout_s: IDLE_TIMEOUT_S,
            unanswered_max: UNACKNOWLEDGED_MAX,
            ..GatewayConfig::default()
        };
        Self {
            desk,
            gateway: Gateway::new(config, clock::now()),
            counted: GatewayCounters::default(),
            plate: None,
            terminal: None,
            number,
            stop,
            storing: FuturesUnordered::new(),
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn serve(mut self, mut socket: TcpStream) -> End {
        let mut buffer = vec![0; READ_BYTES_MAX];
        let end = loop {
            let idle = self.idle_for();
            tokio::select! {
                () = self.stop.cancelled() => break End::Told,
                Some((ask, stored)) = self.storing.next() => match stored {
                    Ok(_) => self.gateway.acknowledge(ask, AnswerResult::Ok),
                    Err(LogClosed) => break End::LogClosed,
                },
                read = socket.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => break End::Closed,
                    Ok(count) => self.gateway.handle_bytes(&buffer[..count], clock::now()),
                },
                () = sleep(idle) => self.gateway.handle_timeout(clock::now()),
            }
            if let Some(end) = self.handle_events().await {
                break end;
            }
            if !self.transmit(&mut socket).await {
                break End::Closed;
            }
        };
        self.note_counters();
        if let Some(terminal) = &self.terminal {
            self.desk.sessions.remove(terminal, self.number);
        }
        end
    }

    fn idle_for(&self) -> Duration {
        let due = self.gateway.poll_timeout().map_or(0, |due| due.millis_since(clock::now()));
        Duration::from_millis(u64::try_from(due).unwrap_or(0))
    }

    async fn transmit(&mut self, socket: &mut TcpStream) -> bool {
        while let Some(frame) = self.gateway.poll_transmit() {
            match timeout(WRITE_TIMEOUT, socket.write_all(&frame)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return false,
            }
        }
        true
    }

    async fn handle_events(&mut self) -> Option<End> {
        while let Some(event) = self.gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, phone, registration } => {
                    match self.desk.admission.register(&phone, &registration, clock::now()).await {
                        Ok(answer) => {
                            let totals = self.desk.sessions.totals();
                            GatewayTotals::count(match &answer {
                                Ok(_) => &totals.registrations,
                                Err(_) => &totals.registrations_refused,
                            });
                            self.gateway.answer_registration(ask, answer);
                        }
                        // Unanswered, the terminal asks again.
                        Err(error) => {
                            tracing::error!(error = %crate::sentence(&error), "a registration cannot be stored")
                        }
                    }
                }
                GatewayEvent::Authentication { ask, phone, code } => {
                    self.authenticate(ask, &phone, &code).await
                }
                GatewayEvent::Locations { ask, locations, .. } => self.store(ask, &locations),
                GatewayEvent::LocationAnswer { ask, location, .. } => self.store(ask, &[location]),
                GatewayEvent::Raw { ask, id, body, .. } => {
                    tracing::debug!(
                        message = format!("{id:#06x}"),
                        bytes = body.len(),
                        "a message nothing here reads"
                    );
                    self.gateway.acknowledge_raw(ask, false);
                }
                GatewayEvent::Answered { .. }
                | GatewayEvent::Unanswered { .. }
                | GatewayEvent::Parameters { .. }
                | GatewayEvent::Attributes(_) => {}
                GatewayEvent::LoggedOut => {
                    self.plate = None;
                }
                GatewayEvent::TimedOut => {
                    GatewayTotals::count(&self.desk.sessions.totals().connections_timed_out);
                    return Some(End::TimedOut);
                }
            }
        }
        self.note_counters();
        None
    }

    async fn authenticate(&mut self, ask: AskId, phone: &wire::Phone, code: &str) {
        let Ok(terminal) = phone.to_terminal_id() else {
            self.gateway.answer_authentication(ask, false);
            return;
        };
        let totals = self.desk.sessions.totals();
        match self.desk.admission.authenticate(&terminal, code).await {
            Ok(Some(plate)) => {
                GatewayTotals::count(&totals.authentications);
                self.desk.sessions.put(terminal.clone(), self.number, self.stop.clone());
                self.terminal = Some(terminal);
                self.plate = Some(plate);
                self.gateway.answer_authentication(ask, true);
            }
            Ok(None) => {
                GatewayTotals::count(&totals.authentications_refused);
                self.gateway.answer_authentication(ask, false);
            }
            // Unanswered, the terminal asks again.
            Err(error) => {
                tracing::error!(error = %crate::sentence(&error), "an authentication cannot be looked up")
            }
        }
    }

    fn store(&mut self, ask: AskId, locations: &[Location]) {
        let (Some(plate), Some(terminal)) = (&self.plate, &self.terminal) else {
            self.gateway.acknowledge(ask, AnswerResult::Fail);
            return;
        };
        let totals = self.desk.sessions.totals();
        let received = clock::now();
        let mut reports: Vec<Report> = Vec::with_capacity(locations.len());
        for location in locations {
            match location.to_reports(plate, terminal, received) {
                Ok(more) => {
                    GatewayTotals::count(&totals.locations);
                    reports.extend(more);
                }
                // Acknowledged all the same: sent again it would be no better.
                Err(error) => {
                    GatewayTotals::count(&totals.locations_unusable);
                    tracing::debug!(%error, "a location record makes no report");
                }
            }
        }
        let log = self.desk.log.clone();
        self.storing.push(Box::pin(async move {
            if reports.is_empty() {
                return (ask, Ok(Appended { stored: 0, duplicates: 0 }));
            }
            (ask, log.append(reports).await)
        }));
    }

    fn note_counters(&mut self) {
        let now = *self.gateway.counters();
        self.desk.sessions.totals().add(&self.counted, &now);
        self.counted = now;
    }
}
