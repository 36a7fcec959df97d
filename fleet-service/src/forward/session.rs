//! One session with a platform: its two connections, how far the log was sent over it, and what is not proven yet.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use domain::{Plate, Timestamp};
use tokio::net::TcpStream;
use wire::jt809::{Link, Lower, LowerConfig};

use super::courier::{OUT_BYTES_MAX, UNDER_WAY_MAX};
use super::line::Line;
use super::state::Target;
use super::window::Window;

/// Between two heartbeats, s (JT/T 809-2011 §4.4.1.2).
const HEARTBEAT_S: u32 = 60;
/// How long a platform may owe an answer or be silent, s: three heartbeats.
const PATIENCE_S: u32 = 180;
/// How long the end of the service waits for the proof of what is under way and for the goodbye, s.
const STOP_WITHIN_S: i64 = 3;

/// A session.
pub(super) struct Session {
    pub(super) lower: Lower,
    pub(super) main: Line,
    pub(super) sub: Option<Line>,
    /// What lies in the log up to here when logging in is backlog.
    pub(super) live_from: u64,
    /// The log was sent up to here.
    pub(super) read_to: u64,
    pub(super) registered: HashSet<Plate>,
    pub(super) window: Window,
    /// When a proof was asked for last, and whether its answer is out.
    proof: (Timestamp, bool),
    /// Until when the end is waited for, and whether the goodbye was said.
    stopping: Option<(Timestamp, bool)>,
    finished: bool,
}

impl Session {
    /// Calls over a fresh connection: the login is on its way.
    pub(super) fn new(target: &Target, socket: TcpStream, now: Timestamp) -> Self {
        let config = &target.config;
        let mut lower = Lower::new(LowerConfig {
            edition: config.edition,
            version: config.version,
            access_code: config.access_code,
            user: config.user,
            password: config.password.clone(),
            sub_host: config.sub_host.clone(),
            sub_port: config.sub_port,
            cipher: config.cipher,
            heartbeat_s: HEARTBEAT_S,
            patience_s: PATIENCE_S,
        });
        lower.main_up(now);
        let cursor = target.cursor.load(Ordering::Relaxed);
        let mut session = Self {
            lower,
            main: Line::new(socket),
            sub: None,
            live_from: u64::MAX,
            read_to: cursor,
            registered: HashSet::new(),
            window: Window::default(),
            proof: (Timestamp::default(), false),
            stopping: None,
            finished: false,
        };
        session.transmit();
        session
    }

    /// What was appended up to `log_end` is backlog.
    pub(super) fn logged_in(&mut self, log_end: u64) {
        self.live_from = log_end;
    }

    /// Moves what the session has to say to its connections.
    pub(super) fn transmit(&mut self) {
        while let Some((link, bytes)) = self.lower.poll_transmit() {
            match link {
                Link::Main => self.main.push(&bytes),
                Link::Sub => {
                    if let Some(sub) = &mut self.sub {
                        sub.push(&bytes);
                    }
                }
            }
        }
    }

    pub(super) fn main_read(&mut self, count: usize, now: Timestamp) {
        self.lower.handle_bytes(Link::Main, self.main.read(count), now);
    }

    pub(super) fn sub_read(&mut self, count: usize, now: Timestamp) {
        if let Some(sub) = &self.sub {
            self.lower.handle_bytes(Link::Sub, sub.read(count), now);
        }
    }

    /// Whether more of the log may be sent.
    pub(super) fn has_room(&self) -> bool {
        self.lower.is_logged_in()
            && self.stopping.is_none()
            && self.main.waiting() < OUT_BYTES_MAX
            && self.window.under_way(self.lower.sent()) < UNDER_WAY_MAX
    }

    /// A row of the log was sent whole.
    pub(super) fn sent_batch(&mut self, position: u64) {
        self.window.sent(self.lower.sent(), position);
        self.read_to = position;
    }

    /// So many messages have arrived; how many of them are news.
    pub(super) fn proven(&mut self, messages: u64) -> u64 {
        let before = self.window.under_way(self.lower.sent());
        self.window.proven(messages);
        self.proof.1 = false;
        before - self.window.under_way(self.lower.sent())
    }

    pub(super) fn prove_when_due(&mut self, prove_s: u32, messages: u64, now: Timestamp) {
        let under_way = self.window.under_way(self.lower.sent());
        let waited = now.millis_since(self.proof.0).abs() >= i64::from(prove_s) * 1000;
        let due = waited || under_way >= messages || self.stopping.is_some();
        if under_way > 0 && !self.proof.1 && due && self.lower.prove(now) {
            self.proof = (now, true);
        }
    }

    /// When something is to be done without anything having come.
    pub(super) fn due(&self, prove_s: u32) -> Option<Timestamp> {
        let wants_proof = self.window.under_way(self.lower.sent()) > 0 && !self.proof.1;
        let proof = wants_proof.then(|| self.proof.0.plus_seconds(i64::from(prove_s)));
        let stop = self.stopping.map(|(until, _)| until);
        [self.lower.poll_timeout(), proof, stop].into_iter().flatten().min()
    }

    /// The service ends: nothing more of the log is sent.
    pub(super) fn stop(&mut self, now: Timestamp) {
        self.stopping = Some((now.plus_seconds(STOP_WITHIN_S), false));
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// The goodbye was answered.
    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether the end of the service need not wait any longer. Says goodbye once everything is proven.
    pub(super) fn is_done(&mut self, now: Timestamp) -> bool {
        let Some((until, said)) = self.stopping else { return false };
        if self.finished || until <= now || !self.lower.is_logged_in() {
            return true;
        }
        if !said && self.window.under_way(self.lower.sent()) == 0 {
            self.lower.log_out(now);
            self.transmit();
            self.stopping = Some((until, true));
        }
        false
    }
}
