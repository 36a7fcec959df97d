//! What the gateway counts over all connections since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use wire::GatewayCounters as OneConnection;

use super::trackers::TrackerCounts;
use crate::store::{NoticeCause, NoticesAdded};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Totals over all connections.
        #[derive(Debug, Default)]
        pub struct GatewayTotals {
            $($(#[$doc])* pub $name: AtomicU64,)+
            /// Records trucks made and lost, as they tell.
            pub records_lost: RecordsLost,
        }

        impl GatewayTotals {
            /// Every counter by name.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed))),+]
            }
        }
    };
}

/// Records lost on trucks by cause.
#[derive(Debug, Default)]
pub struct RecordsLost([AtomicU64; NoticeCause::ALL.len()]);

impl RecordsLost {
    fn add(&self, cause: NoticeCause, records: u64) {
        for (known, total) in NoticeCause::ALL.iter().zip(&self.0) {
            if *known == cause {
                GatewayTotals::add_to(total, records);
            }
        }
    }

    /// Every cause a record is lost by, with how many.
    pub fn all(&self) -> impl Iterator<Item = (NoticeCause, u64)> {
        let read = |(cause, total): (_, &AtomicU64)| (cause, total.load(Ordering::Relaxed));
        NoticeCause::ALL.into_iter().zip(&self.0).map(read).filter(|(cause, _)| cause.is_gap())
    }
}

counters!(
    /// Connections accepted.
    connections,
    /// Connections closed at once because the most were open.
    connections_refused,
    /// Connections closed at once because the most of their address were open.
    connections_refused_of_address,
    /// Connections that could not be accepted, as when the process may open no more files.
    accept_failures,
    /// Connections that gave way to a newer one of the same terminal.
    connections_replaced,
    /// Connections ended because their terminal lost its right, or was given another.
    connections_cut,
    /// Connections that ended for not authenticating in time.
    connections_unauthenticated,
    /// Connections whose terminal did not take its answers.
    connections_stuck,
    /// TLS connections that failed before the first message.
    tls_failures,
    /// Errands not given to a terminal because too many waited.
    errands_refused,
    /// News of sessions not told because too much waited to be heard.
    news_dropped,
    /// Connections that ended for silence.
    connections_timed_out,
    /// Registrations accepted.
    registrations,
    /// Registrations refused.
    registrations_refused,
    /// Registrations left unanswered because their address sent too many within a minute.
    registrations_over_rate,
    /// Authentications accepted.
    authentications,
    /// Authentications refused.
    authentications_refused,
    /// Location records that became reports.
    locations,
    /// Location records that no report can be made of.
    locations_unusable,
    /// Reading was paused because reports or messages of the terminal waited for the log.
    reads_paused_for_log,
    /// Reading was paused because the terminal sent frames too fast.
    reads_paused_for_rate,
    /// Turns that ended early so that others come first.
    turns_yielded,
    /// Commits of registrations, refusals and raw messages.
    commits,
    /// Such commits that failed and were tried again.
    commit_failures,
    /// Notes of refused terminals dropped because too much waited.
    pending_notes_dropped,
    /// Refused terminals dropped because the most were kept.
    pending_dropped,
    /// Connections of simple trackers.
    tracker_connections,
    /// Such connections closed at once because the most were open.
    tracker_connections_refused,
    /// Datagrams of simple trackers.
    tracker_datagrams,
    /// Datagrams dropped because too many waited to be stored.
    tracker_datagrams_dropped,
    /// Trackers whose introduction was good.
    trackers_introduced,
    /// Introductions refused.
    trackers_refused,
    /// Sentences of trackers.
    tracker_sentences,
    /// Sentences before an introduction.
    tracker_sentences_unintroduced,
    /// Positions of trackers without a moment or place.
    tracker_epochs_unplaced,
    /// Positions of trackers left out because one was reported less than a second before.
    tracker_epochs_thinned,
    /// Reports of trackers handed to the log.
    tracker_reports,
    /// Batches of such reports lost because the log had closed.
    tracker_reports_lost,
    /// Raw messages kept.
    raw_stored,
    /// Raw messages cut to the longest kept.
    raw_cut,
    /// Raw messages dropped, the oldest first, because the most were kept.
    raw_dropped,
    /// Gaps in their reports that trucks told of, each counted once.
    gaps_told,
    /// Tags that may be copies that trucks told of, each counted once.
    tag_conflicts_told,
    /// Such notices dropped, the oldest first, because the most of their terminal were kept.
    notices_dropped,
    /// Datagrams taken.
    datagrams,
    /// Datagrams without a frame that names its sender.
    datagrams_unreadable,
    /// Datagrams dropped because too many of their session waited.
    datagrams_dropped,
    /// Sessions not opened because the most were open, in all or of the address.
    datagram_sessions_refused,
    /// Answers by UDP the system did not take.
    datagrams_unsent,
    /// Whole frames.
    frames,
    /// Frames with a wrong check byte.
    bad_checksum,
    /// Frames with a broken escape.
    bad_escape,
    /// Runs of bytes dropped for their length.
    oversize,
    /// Bytes outside frames.
    junk_bytes,
    /// Frames with a header that cannot be read.
    bad_header,
    /// Messages with a body that cannot be read.
    malformed_messages,
    /// Records dropped out of batches.
    malformed_locations,
    /// Records taken without their extras.
    extras_malformed,
    /// Messages nothing here reads.
    unknown_messages,
    /// Messages refused before authentication.
    unauthenticated,
    /// Messages under another terminal's identity.
    foreign_phone,
    /// Messages refused because too many waited.
    refused_busy,
    /// Answers dropped because too many waited.
    answers_dropped,
    /// Connections whose version flag contradicts the layout of their headers.
    version_flag_wrong,
    /// Messages under RSA.
    encrypted,
    /// Answers of terminals to nothing under way.
    stray_answers,
    /// Commands sent once more for want of an answer.
    commands_sent_again,
    /// Commands given up for want of an answer.
    commands_unanswered,
    /// Events of a connection dropped because too many waited.
    events_dropped,
    /// Parts dropped because their message did not become whole.
    parts_dropped,
    /// Times parts were asked for again.
    parts_asked_for,
    /// Parts that came again.
    parts_repeated,
);

impl GatewayTotals {
    /// Adds one to a counter.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds a number to a counter.
    pub fn add_to(counter: &AtomicU64, number: u64) {
        counter.fetch_add(number, Ordering::Relaxed);
    }

    /// Adds many to a counter.
    pub fn count_many(counter: &AtomicU64, how_many: usize) {
        counter.fetch_add(how_many as u64, Ordering::Relaxed);
    }

    /// Adds what was new in the notices of trucks.
    pub(super) fn add_notices(&self, added: &NoticesAdded) {
        Self::add_to(&self.gaps_told, added.gaps);
        Self::add_to(&self.tag_conflicts_told, added.tag_conflicts);
        Self::add_to(&self.notices_dropped, added.dropped);
        for (cause, records) in &added.lost {
            self.records_lost.add(*cause, *records);
        }
    }

    /// Adds what a simple tracker's line counted.
    pub(super) fn add_tracker(&self, counts: TrackerCounts) {
        let pairs = [
            (&self.tracker_sentences, counts.sentences),
            (&self.tracker_sentences_unintroduced, counts.unintroduced),
            (&self.tracker_epochs_unplaced, counts.unplaced),
            (&self.tracker_epochs_thinned, counts.thinned),
        ];
        for (total, count) in pairs {
            total.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Adds what a connection counted since it was asked last.
    pub fn add(&self, before: &OneConnection, now: &OneConnection) {
        let pairs = [
            (&self.frames, before.frames, now.frames),
            (&self.bad_checksum, before.bad_checksum, now.bad_checksum),
            (&self.bad_escape, before.bad_escape, now.bad_escape),
            (&self.oversize, before.oversize, now.oversize),
            (&self.junk_bytes, before.junk_bytes, now.junk_bytes),
            (&self.bad_header, before.bad_header, now.bad_header),
            (&self.malformed_messages, before.malformed_messages, now.malformed_messages),
            (&self.malformed_locations, before.malformed_locations, now.malformed_locations),
            (&self.extras_malformed, before.extras_malformed, now.extras_malformed),
            (&self.unknown_messages, before.unknown_messages, now.unknown_messages),
            (&self.unauthenticated, before.unauthenticated, now.unauthenticated),
            (&self.foreign_phone, before.foreign_phone, now.foreign_phone),
            (&self.refused_busy, before.refused_busy, now.refused_busy),
            (&self.answers_dropped, before.answers_dropped, now.answers_dropped),
            (&self.version_flag_wrong, before.version_flag_wrong, now.version_flag_wrong),
            (&self.encrypted, before.encrypted, now.encrypted),
            (&self.stray_answers, before.stray_answers, now.stray_answers),
            (&self.commands_sent_again, before.commands_sent_again, now.commands_sent_again),
            (&self.commands_unanswered, before.commands_unanswered, now.commands_unanswered),
            (&self.events_dropped, before.events_dropped, now.events_dropped),
            (&self.parts_dropped, before.parts_dropped, now.parts_dropped),
            (&self.parts_asked_for, before.parts_asked_for, now.parts_asked_for),
            (&self.parts_repeated, before.parts_repeated, now.parts_repeated),
        ];
        for (total, before, now) in pairs {
            if now > before {
                total.fetch_add(now - before, Ordering::Relaxed);
            }
        }
    }
}
