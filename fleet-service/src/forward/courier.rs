//! One platform's task: calls it, takes its call back, drives [`wire::jt809::Lower`], and moves the durable cursor over what
//! has provably arrived.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Plate, Registers, Registry, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use wire::jt809::{Link, LinkLoss, LowerCounters, LowerEvent};

use super::line::{Line, Moved, exchange};
use super::plan::{Profile, plan, static_info};
use super::session::Session;
use super::state::{Target, add};
use crate::clock;
use crate::log::{ReadError, ReportLog};
use crate::peer::Backoff;
use crate::store::{Store, StoreError};

/// How long a platform may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest pause between two calls, s.
const PAUSE_MAX_S: u64 = 60;
/// Log rows read at once.
const READ_BATCHES: u32 = 8;
/// Bytes that may wait to be written before no more of the log is read; one log row comes on top.
pub const OUT_BYTES_MAX: usize = 256 * 1024;
/// Messages that may be under way unproven before no more of the log is read; one log row comes on top.
pub const UNDER_WAY_MAX: u64 = 4_000;
/// So many unproven messages are proven at once, without waiting for the target's `prove_s`.
const PROVE_MESSAGES: u64 = 1_000;
/// A position not older than this is sent as live.
pub const LIVE_WITHIN_S: i64 = 120;
/// The cursor is written at most this often while nothing has to be proven, ms.
const PERSIST_EVERY_MS: i64 = 1_000;

/// Why a call or session ended.
#[derive(Debug, thiserror::Error)]
enum CourierError {
    #[error("the superior platform cannot be reached")]
    Connect(#[source] std::io::Error),
    #[error("the superior platform did not accept the connection within {} s", CONNECT_TIMEOUT.as_secs())]
    ConnectTimeout,
    #[error("the main link broke")]
    Broken(#[source] std::io::Error),
    #[error("the superior platform closed the main link")]
    Closed,
    #[error("the main link ended")]
    Lost(#[source] LinkLoss),
    #[error(transparent)]
    Log(#[from] ReadError),
}

/// Forwards to one platform.
pub struct Courier {
    target: Arc<Target>,
    store: Store,
    log: ReportLog,
    registers: watch::Receiver<Arc<Registers>>,
    profile: Profile,
    backoff: Backoff,
    /// The cursor as it stands in the database, and when it was written.
    persisted: (u64, Timestamp),
}

impl Courier {
    /// A courier that has not called yet.
    pub fn new(
        target: Arc<Target>,
        store: Store,
        log: ReportLog,
        registers: watch::Receiver<Arc<Registers>>,
    ) -> Self {
        let config = &target.config;
        let profile = Profile {
            edition: config.edition,
            platform: config.platform.clone(),
            maker: config.maker.clone(),
            model: config.model.clone(),
            adcode: config.adcode.clone(),
        };
        let persisted = (target.cursor.load(Ordering::Relaxed), Timestamp::default());
        Self { target, store, log, registers, profile, backoff: Backoff::up_to_s(PAUSE_MAX_S), persisted }
    }

    /// Forwards until told to stop; then waits a moment for the proof of what is under way, and logs out.
    pub async fn run(mut self, listener: TcpListener, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let ended = self.call(&listener, &stop).await;
            self.target.main_up.store(false, Ordering::Relaxed);
            self.target.sub_up.store(false, Ordering::Relaxed);
            if let Err(error) = ended {
                let words = crate::sentence(&error);
                tracing::warn!(target = %self.target.config.name, error = %words, "a superior platform is not reached; it is called again");
                self.target.note_error(clock::now(), words);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(self.backoff.pause()) => {}
            }
        }
        self.persist().await;
    }

    async fn call(&mut self, listener: &TcpListener, stop: &CancellationToken) -> Result<(), CourierError> {
        let connecting = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.target.config.address.as_str()));
        let socket = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            connected = connecting => connected,
        };
        let socket =
            socket.map_err(|_elapsed| CourierError::ConnectTimeout)?.map_err(CourierError::Connect)?;
        let mut session = Session::new(&self.target, socket, clock::now());
        let mut counted = LowerCounters::default();
        let mut end = self.log.end();
        loop {
            self.handle_events(&mut session)?;
            self.pump(&mut session).await?;
            self.settle(&mut session).await;
            session.transmit();
            self.note_counters(&mut counted, *session.lower.counters());
            if session.is_done(clock::now()) {
                return Ok(());
            }
            let idle = self.idle_for(&session);
            tokio::select! {
                () = stop.cancelled(), if !session.is_stopping() => session.stop(clock::now()),
                moved = session.main.exchange() => match moved.map_err(CourierError::Broken)? {
                    Moved::Read(count) => session.main_read(count, clock::now()),
                    Moved::Wrote => {}
                    Moved::Closed if session.is_stopping() => return Ok(()),
                    Moved::Closed => return Err(CourierError::Closed),
                },
                moved = exchange(&mut session.sub) => match moved {
                    Ok(Moved::Read(count)) => session.sub_read(count, clock::now()),
                    Ok(Moved::Wrote) => {}
                    Ok(Moved::Closed) | Err(_) => self.close_sub(&mut session),
                },
                // Before the login is answered there is no code to compare with.
                accepted = listener.accept(), if session.lower.is_logged_in() => {
                    if let Ok((socket, _)) = accepted {
                        self.close_sub(&mut session);
                        session.sub = Some(Line::new(socket));
                        session.lower.sub_up(clock::now());
                    }
                },
                _ = end.changed(), if session.lower.is_logged_in() => {}
                () = sleep(idle) => session.lower.handle_timeout(clock::now()),
            }
        }
    }

    fn idle_for(&self, session: &Session) -> Duration {
        let now = clock::now();
        let due = session.due(self.target.config.prove_s);
        let unwritten = self.target.cursor.load(Ordering::Relaxed) > self.persisted.0;
        let write = unwritten.then(|| self.persisted.1.plus_millis(PERSIST_EVERY_MS));
        let first = due.into_iter().chain(write).min().map_or(PERSIST_EVERY_MS, |due| due.millis_since(now));
        // At least a millisecond, so that a failing disk is not asked without a pause.
        Duration::from_millis(u64::try_from(first).unwrap_or(0).max(1))
    }

    fn close_sub(&self, session: &mut Session) {
        session.sub = None;
        session.lower.sub_down();
        self.target.sub_up.store(false, Ordering::Relaxed);
    }

    fn handle_events(&mut self, session: &mut Session) -> Result<(), CourierError> {
        let counters = &self.target.counters;
        while let Some(event) = session.lower.poll_event() {
            match event {
                LowerEvent::LoggedIn => {
                    tracing::info!(target = %self.target.config.name, "logged in at a superior platform");
                    self.backoff.succeeded();
                    add(&counters.logins, 1);
                    self.target.main_up.store(true, Ordering::Relaxed);
                    session.logged_in(*self.log.end().borrow());
                }
                LowerEvent::SubLinked => {
                    add(&counters.sub_links, 1);
                    self.target.sub_up.store(true, Ordering::Relaxed);
                }
                LowerEvent::Lost(Link::Sub, why) => {
                    add(&counters.sub_links_refused, u64::from(why == LinkLoss::WrongCode));
                    self.close_sub(session);
                }
                LowerEvent::Lost(Link::Main, _) if session.is_stopping() => session.finish(),
                LowerEvent::Lost(Link::Main, why) => return Err(CourierError::Lost(why)),
                LowerEvent::Proven { messages } => add(&counters.proven, session.proven(messages)),
                LowerEvent::StaticInfoAsked { plate, colour, asked } => {
                    self.answer(session, plate, colour, asked);
                }
                LowerEvent::Raw { link, message_id } => {
                    add(&counters.unread, 1);
                    tracing::debug!(
                        ?link,
                        message = format!("{message_id:#06x}"),
                        "a message nothing here reads"
                    );
                }
            }
        }
        Ok(())
    }

    fn registry(&self) -> Arc<Registry> {
        Arc::clone(self.registers.borrow().newest())
    }

    fn answer(&self, session: &mut Session, plate: String, colour: u8, asked: (u16, u32)) {
        let registry = self.registry();
        let truck = plate.parse::<Plate>().ok().and_then(|plate| registry.trucks.get(&plate));
        match truck {
            Some(truck) => {
                let text = static_info(truck, &registry, &self.profile);
                session.lower.answer_static_info(plate, colour, asked, text, clock::now());
                add(&self.target.counters.static_info, 1);
            }
            None => add(&self.target.counters.static_info_unknown, 1),
        }
    }

    /// Sends what the log holds beyond what was sent, as far as there is room.
    async fn pump(&mut self, session: &mut Session) -> Result<(), CourierError> {
        while session.has_room() {
            let batches = self.log.read_some(session.read_to, READ_BATCHES).await?;
            if batches.is_empty() {
                return Ok(());
            }
            let registry = self.registry();
            for (position, reports) in batches {
                if !session.has_room() {
                    return Ok(());
                }
                let now = clock::now();
                let is_new = position > session.live_from;
                let plan = plan(&reports, &registry, &mut session.registered, &self.profile, |report| {
                    is_new && now.millis_since(report.time) <= LIVE_WITHIN_S * 1000
                });
                let counters = &self.target.counters;
                for (counter, count) in [
                    (&counters.live, plan.live),
                    (&counters.backlog, plan.backlog),
                    (&counters.registered, plan.registered),
                    (&counters.unregistered, plan.unregistered),
                    (&counters.not_positions, plan.not_positions),
                ] {
                    add(counter, count);
                }
                for message in plan.messages {
                    session.lower.send(message, now);
                }
                session.sent_batch(position);
                session.transmit();
            }
        }
        Ok(())
    }

    /// Asks for a proof when one is due, and moves the cursor over what has arrived.
    async fn settle(&mut self, session: &mut Session) {
        session.prove_when_due(self.target.config.prove_s, PROVE_MESSAGES, clock::now());
        if let Some(position) = session.window.take_arrived() {
            self.target.cursor.store(position, Ordering::Relaxed);
        }
        if clock::now().millis_since(self.persisted.1).abs() >= PERSIST_EVERY_MS {
            self.persist().await;
        }
    }

    async fn persist(&mut self) {
        let cursor = self.target.cursor.load(Ordering::Relaxed);
        if cursor <= self.persisted.0 {
            return;
        }
        let now = clock::now();
        match self.write(cursor, now).await {
            Ok(()) => self.persisted = (cursor, now),
            Err(error) => {
                self.persisted.1 = now;
                tracing::error!(target = %self.target.config.name, error = %crate::sentence(&error), "what was forwarded cannot be noted, trying again");
            }
        }
    }

    async fn write(&self, cursor: u64, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.set_forwarded(self.target.config.name.as_str(), cursor, now).await?;
        change.commit().await
    }

    fn note_counters(&self, before: &mut LowerCounters, now: LowerCounters) {
        let counters = &self.target.counters;
        add(&counters.bad_frames, now.bad_frames - before.bad_frames);
        add(&counters.malformed, now.malformed - before.malformed);
        add(&counters.unwritable, now.unwritable - before.unwritable);
        *before = now;
    }
}
