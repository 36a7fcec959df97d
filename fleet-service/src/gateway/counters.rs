//! What the gateway counts over all connections since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use wire::GatewayCounters as OneConnection;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Totals over all connections.
        #[derive(Debug, Default)]
        pub struct GatewayTotals {
            $($(#[$doc])* pub $name: AtomicU64),+
        }

        impl GatewayTotals {
            /// Every counter by name.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed))),+]
            }
        }
    };
}

counters!(
    /// Connections accepted.
    connections,
    /// Connections closed at once because the most were open.
    connections_refused,
    /// Connections that gave way to a newer one of the same terminal.
    connections_replaced,
    /// Connections that ended for silence.
    connections_timed_out,
    /// Registrations accepted.
    registrations,
    /// Registrations refused.
    registrations_refused,
    /// Authentications accepted.
    authentications,
    /// Authentications refused.
    authentications_refused,
    /// Location records that became reports.
    locations,
    /// Location records that no report can be made of.
    locations_unusable,
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
);

impl GatewayTotals {
    /// Adds one to a counter.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
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
        ];
        for (total, before, now) in pairs {
            total.fetch_add(now.saturating_sub(before), Ordering::Relaxed);
        }
    }
}
