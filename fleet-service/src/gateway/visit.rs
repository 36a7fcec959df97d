//! One terminal's session between its line and the rest of the service, whatever the line is: frames in, events to
//! admission, log and raw store, answers out. A report is acknowledged when the log has it on disk, not before.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use domain::report::Content;
use domain::{Report, TerminalId, Timestamp};
use futures::stream::{FuturesUnordered, StreamExt as _};
use wire::{
    AnswerResult, AskId, Gateway, GatewayConfig, GatewayCounters, GatewayEvent, Location, Phone, Reading,
    Registration, RegistrationRefusal,
};

use super::admission::{Admission, AdmissionError, Admitted};
use super::clerk::ClerkGone;
use super::counters::GatewayTotals;
use super::limits::{
    GatewayLimits, MESSAGES_WAITING_MAX, NOTICES_OF_TERMINAL_MAX, RAW_BYTES_MAX, REPORTS_WAITING_MAX,
    TURN_FRAMES_MAX, UNANSWERED_MAX,
};
use super::news::{CommandAnswer, News};
use super::notices::notices_of;
use super::pace::Pace;
use super::places::RegistrationRate;
use super::sessions::{Handle, Sessions};
use crate::clock::{self, Steady};
use crate::log::ReportLog;
use crate::store::{RawMessage, TruckNotice};

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The terminal closed it, or the network broke.
    Closed,
    /// The terminal was silent too long, or did not authenticate in time.
    TimedOut,
    /// The terminal does not take its answers.
    Stuck,
    /// A newer session of the same terminal took its place, its right ended, or the service is ending.
    Told,
    /// Nothing more is stored.
    StoreClosed,
}

/// What every session works with.
pub(super) struct Desk {
    pub(super) admission: Admission,
    pub(super) log: ReportLog,
    pub(super) sessions: Sessions,
    pub(super) limits: GatewayLimits,
    pub(super) registration_rate: RegistrationRate,
    /// Timeouts go by it: the machine's clock may be set while sessions are open.
    pub(super) steady: Steady,
}

/// Work that was given away and whose outcome the terminal waits for.
enum Done {
    Registered(AskId, Result<Result<String, RegistrationRefusal>, AdmissionError>),
    Logged { ask: AskId, reports: usize, is_stored: bool },
    Kept(AskId, Result<(), ClerkGone>),
}

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What follows one turn of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Go on.
    GoOn,
    /// Let others come first.
    Yield,
    /// It is over; what waits to be sent is sent first.
    End(End),
}

pub(super) struct Visit {
    desk: Arc<Desk>,
    gateway: Gateway,
    counted: GatewayCounters,
    pub(super) handle: Arc<Handle>,
    address: IpAddr,
    /// Who it is, once authenticated.
    who: Option<(TerminalId, Box<Admitted>)>,
    unauthenticated_since: Timestamp,
    pace: Pace,
    paused_until: Option<Timestamp>,
    is_log_behind: bool,
    work: FuturesUnordered<Work>,
    reports_waiting: usize,
    /// What it said of its body in messages other than locations, in this session.
    stated: Option<Box<Reading>>,
}

impl Visit {
    pub(super) fn new(desk: Arc<Desk>, address: IpAddr) -> Self {
        let now = desk.steady.now();
        let config = GatewayConfig {
            idle_timeout_s: desk.limits.idle_timeout,
            unanswered_max: UNANSWERED_MAX,
            ..GatewayConfig::default()
        };
        Self {
            gateway: Gateway::new(config, now),
            counted: GatewayCounters::default(),
            handle: desk.sessions.enter(),
            address,
            who: None,
            unauthenticated_since: now,
            pace: Pace::new(desk.limits.frames_per_second, now),
            paused_until: None,
            is_log_behind: false,
            work: FuturesUnordered::new(),
            reports_waiting: 0,
            stated: None,
            desk,
        }
    }

    pub(super) fn totals(&self) -> &GatewayTotals {
        self.desk.sessions.totals()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.desk.steady.now()
    }

    /// Whether more may be read now: not while too much waits to be stored, nor while it sent too fast.
    pub(super) fn may_read(&mut self, now: Timestamp) -> bool {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        let is_behind =
            self.work.len() >= MESSAGES_WAITING_MAX || self.reports_waiting >= REPORTS_WAITING_MAX;
        if is_behind && !self.is_log_behind {
            GatewayTotals::count(&self.totals().reads_paused_for_log);
        }
        self.is_log_behind = is_behind;
        !is_behind && self.paused_until.is_none()
    }

    /// When [`Visit::come_due`] is to be called at the latest.
    pub(super) fn due(&self) -> Timestamp {
        let authenticate_within = i64::from(self.desk.limits.authenticate_within);
        let unauthenticated = self.unauthenticated_since.plus_seconds(authenticate_within);
        let dues =
            [self.gateway.poll_timeout(), self.who.is_none().then_some(unauthenticated), self.paused_until];
        dues.into_iter().flatten().min().unwrap_or(unauthenticated)
    }

    /// A moment came that [`Visit::due`] named.
    pub(super) fn come_due(&mut self, now: Timestamp) -> Turn {
        let within = i64::from(self.desk.limits.authenticate_within);
        if self.who.is_none() && self.unauthenticated_since.plus_seconds(within) <= now {
            GatewayTotals::count(&self.totals().connections_unauthenticated);
            return Turn::End(End::TimedOut);
        }
        self.gateway.handle_timeout(now);
        self.take_events(now)
    }

    /// Bytes came.
    pub(super) fn take_bytes(&mut self, bytes: &[u8], now: Timestamp) -> Turn {
        let frames_before = self.counted.frames;
        self.gateway.handle_bytes(bytes, now);
        let turn = self.take_events(now);
        let frames = self.counted.frames - frames_before;
        self.paused_until = self.pace.take(frames, now);
        if self.paused_until.is_some() {
            GatewayTotals::count(&self.totals().reads_paused_for_rate);
        }
        if turn == Turn::GoOn && frames > TURN_FRAMES_MAX {
            GatewayTotals::count(&self.totals().turns_yielded);
            return Turn::Yield;
        }
        turn
    }

    /// Waits for work to be done. Outcomes that are there together are taken together, so that one write answers them.
    pub(super) fn poll_work(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let mut is_any = false;
        while let Poll::Ready(Some(done)) = self.work.poll_next_unpin(context) {
            is_any = true;
            if let Some(end) = self.settle(done) {
                return Poll::Ready(Turn::End(end));
            }
        }
        if is_any { Poll::Ready(Turn::GoOn) } else { Poll::Pending }
    }

    fn settle(&mut self, done: Done) -> Option<End> {
        match done {
            Done::Registered(ask, Ok(answer)) => {
                let totals = self.totals();
                GatewayTotals::count(match &answer {
                    Ok(_) => &totals.registrations,
                    Err(_) => &totals.registrations_refused,
                });
                self.gateway.answer_registration(ask, answer);
            }
            Done::Registered(_, Err(AdmissionError::Gone(ClerkGone))) => return Some(End::StoreClosed),
            // Unanswered, the terminal asks again.
            Done::Registered(ask, Err(error @ AdmissionError::Random(_))) => {
                tracing::error!(error = %crate::sentence(&error), "a registration cannot be answered");
                self.gateway.leave_unanswered(ask);
            }
            Done::Logged { ask, reports, is_stored } => {
                self.reports_waiting -= reports;
                if !is_stored {
                    return Some(End::StoreClosed);
                }
                self.gateway.acknowledge(ask, AnswerResult::Ok);
            }
            Done::Kept(ask, outcome) => {
                if outcome.is_err() {
                    return Some(End::StoreClosed);
                }
                self.gateway.acknowledge_raw(ask, true);
            }
        }
        None
    }

    /// Called from outside: does its errands; tells when the session is to end.
    pub(super) fn take_calls(&mut self, now: Timestamp) -> Turn {
        if self.handle.is_cut() {
            return Turn::End(End::Told);
        }
        while let Some(errand) = self.handle.errand() {
            errand(&mut self.gateway, now);
        }
        self.take_events(now)
    }

    /// Every frame that waits to be sent, one after another.
    pub(super) fn take_frames(&mut self) -> Vec<u8> {
        let mut bytes = self.gateway.poll_transmit().unwrap_or_default();
        while let Some(frame) = self.gateway.poll_transmit() {
            bytes.extend(frame);
        }
        bytes
    }

    /// The next frame that waits to be sent.
    pub(super) fn take_frame(&mut self) -> Option<Vec<u8>> {
        self.gateway.poll_transmit()
    }

    fn take_events(&mut self, now: Timestamp) -> Turn {
        while let Some(event) = self.gateway.poll_event() {
            match event {
                GatewayEvent::Registration { ask, phone, registration } => {
                    self.register(ask, phone, registration, now);
                }
                GatewayEvent::Authentication { ask, phone, code } => {
                    self.authenticate(ask, &phone, &code, now);
                }
                GatewayEvent::Locations { ask, locations, backlog } => self.store(ask, &locations, !backlog),
                GatewayEvent::LocationAnswer { ask, serial, location } => {
                    self.store(ask, std::slice::from_ref(&location), true);
                    self.tell_answer(serial, CommandAnswer::Location(Box::new(location)));
                }
                GatewayEvent::Raw { ask, id, body, .. } => self.keep_raw(ask, id, body),
                GatewayEvent::Answered { serial, result, .. } => {
                    self.tell_answer(serial, CommandAnswer::General(result));
                }
                GatewayEvent::Unanswered { serial, .. } => self.tell_answer(serial, CommandAnswer::Missing),
                GatewayEvent::Parameters { serial, parameters } => {
                    self.tell_answer(serial, CommandAnswer::Parameters(parameters));
                }
                GatewayEvent::Attributes(_) => {}
                GatewayEvent::LoggedOut => self.forget_terminal(now),
                GatewayEvent::TimedOut => {
                    GatewayTotals::count(&self.totals().connections_timed_out);
                    return Turn::End(End::TimedOut);
                }
            }
        }
        let counted = *self.gateway.counters();
        self.desk.sessions.totals().add(&self.counted, &counted);
        self.counted = counted;
        Turn::GoOn
    }

    fn tell_answer(&self, serial: u16, answer: CommandAnswer) {
        if let Some((terminal, _)) = &self.who {
            self.desk.sessions.tell(News::Answer { terminal: terminal.clone(), serial, answer });
        }
    }

    fn register(&mut self, ask: AskId, phone: Phone, registration: Registration, now: Timestamp) {
        if !self.desk.registration_rate.allows(self.address, now) {
            GatewayTotals::count(&self.totals().registrations_over_rate);
            self.gateway.leave_unanswered(ask);
            return;
        }
        let (admission, address) = (self.desk.admission.clone(), self.address);
        self.work.push(Box::pin(async move {
            Done::Registered(ask, admission.register(phone, registration, address, clock::now()).await)
        }));
    }

    fn authenticate(&mut self, ask: AskId, phone: &Phone, code: &str, now: Timestamp) {
        let admission = &self.desk.admission;
        let admitted = phone.to_terminal_id().ok().and_then(|terminal| {
            let admitted = admission.authenticate(&terminal, phone, code, self.address, clock::now())?;
            self.desk.sessions.put(terminal.clone(), admitted.plate.clone(), &self.handle);
            // Only now would a revocation find this session: one that came just before is looked for here.
            if admission.still_holds(&terminal, &admitted.plate) {
                return Some((terminal, admitted));
            }
            self.desk.sessions.remove(&terminal, &self.handle);
            None
        });
        match admitted {
            Some((terminal, admitted)) => {
                GatewayTotals::count(&self.totals().authentications);
                if self.who.as_ref().is_some_and(|(before, _)| *before != terminal) {
                    self.forget_terminal(now);
                }
                self.who = Some((terminal.clone(), Box::new(admitted)));
                self.gateway.answer_authentication(ask, true);
                self.desk.sessions.tell(News::Online(terminal));
            }
            None => {
                GatewayTotals::count(&self.totals().authentications_refused);
                self.gateway.answer_authentication(ask, false);
            }
        }
    }

    fn forget_terminal(&mut self, now: Timestamp) {
        if let Some((terminal, _)) = self.who.take() {
            self.desk.sessions.remove(&terminal, &self.handle);
            self.desk.sessions.tell(News::Offline(terminal));
            self.unauthenticated_since = now;
            self.stated = None;
        }
    }

    fn keep_raw(&mut self, ask: AskId, message_id: u16, mut payload: Vec<u8>) {
        let Some((terminal, admitted)) = &self.who else {
            self.gateway.acknowledge_raw(ask, false);
            return;
        };
        if let Some(reading) = admitted.profile.read_message(message_id, &payload) {
            let earlier = self.stated.take().map(|stated| *stated).unwrap_or_default();
            self.stated = Some(Box::new(reading.or(earlier)));
        }
        if payload.len() > RAW_BYTES_MAX {
            GatewayTotals::count(&self.totals().raw_cut);
            payload.truncate(RAW_BYTES_MAX);
        }
        let message = RawMessage { terminal: terminal.clone(), received: clock::now(), message_id, payload };
        let admission = self.desk.admission.clone();
        self.work.push(Box::pin(async move { Done::Kept(ask, admission.keep_raw(message).await) }));
    }

    fn store(&mut self, ask: AskId, locations: &[Location], is_live: bool) {
        let Some((terminal, admitted)) = &self.who else {
            self.gateway.acknowledge(ask, AnswerResult::Fail);
            return;
        };
        // What a terminal said in a message of its own holds now, not for what it kept from before.
        let stated = self.stated.as_deref().filter(|_stated| is_live);
        let reports = reports_of(locations, terminal, admitted, stated, self.desk.sessions.totals());
        let notices = self.notices_of(locations, terminal, admitted);
        if reports.is_empty() && notices.is_empty() {
            self.gateway.acknowledge(ask, AnswerResult::Ok);
            return;
        }
        self.reports_waiting += reports.len();
        let (log, admission) = (self.desk.log.clone(), self.desk.admission.clone());
        self.work.push(Box::pin(async move {
            let count = reports.len();
            // Both before the acknowledgement: what is lost is told once, with the record after it.
            let is_stored = (notices.is_empty() || admission.keep_notices(notices).await.is_ok())
                && (reports.is_empty() || log.append(reports).await.is_ok());
            Done::Logged { ask, reports: count, is_stored }
        }));
    }

    /// What a message says of the truck's own reports, the last of it where that is too much.
    fn notices_of(
        &self,
        locations: &[Location],
        terminal: &TerminalId,
        admitted: &Admitted,
    ) -> Vec<TruckNotice> {
        let mut notices = notices_of(locations, terminal, &admitted.plate, clock::now());
        let surplus = notices.len().saturating_sub(NOTICES_OF_TERMINAL_MAX as usize);
        GatewayTotals::count_many(&self.totals().notices_dropped, surplus);
        notices.drain(..surplus);
        notices
    }
}

/// What locations say about a truck, read by its terminal's profile. One that makes no report is counted, and
/// acknowledged with the others: sent again it would be no better.
fn reports_of(
    locations: &[Location],
    terminal: &TerminalId,
    admitted: &Admitted,
    stated: Option<&Reading>,
    totals: &GatewayTotals,
) -> Vec<Report> {
    let received = clock::now();
    let profile = &admitted.profile;
    let mut reports: Vec<Report> = Vec::with_capacity(locations.len());
    for location in locations {
        match location.to_reports_with(profile, &admitted.plate, terminal, received) {
            Ok(mut more) => {
                GatewayTotals::count(&totals.locations);
                if let Some(stated) = stated {
                    let reading = profile.read(location).or(*stated);
                    more.iter_mut().for_each(|report| complete(report, &reading));
                }
                reports.extend(more);
            }
            Err(error) => {
                GatewayTotals::count(&totals.locations_unusable);
                tracing::debug!(%error, "a location record makes no report");
            }
        }
    }
    reports
}

fn complete(report: &mut Report, reading: &Reading) {
    if let Content::Fix(fix) = &mut report.content {
        reading.apply_to(fix);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some((terminal, _)) = self.who.take() {
            self.desk.sessions.remove(&terminal, &self.handle);
            self.desk.sessions.tell(News::Offline(terminal));
        }
        self.desk.sessions.leave(&self.handle);
    }
}
