//! Every maximum of the gateway: those an operator sets, and those that are fixed. `docs/limits.md` lists what happens
//! beyond each.

use crate::store::RawUsage;

/// Connections waiting to be accepted, as asked of the system; it may allow fewer (`net.core.somaxconn`).
pub const LISTEN_BACKLOG: u32 = 4_096;
/// Open files the service needs beside its connections: database, log, pages, listeners.
pub const FILES_BESIDE_CONNECTIONS: u64 = 256;
/// Bytes taken from a connection in one turn.
pub const TURN_BYTES_MAX: usize = 8 * 1024;
/// Frames of one turn after which the others come first.
pub const TURN_FRAMES_MAX: u64 = 64;
/// Messages of one terminal that may wait to be stored; its connection is not read meanwhile.
pub const MESSAGES_WAITING_MAX: usize = 64;
/// Reports of one terminal that may wait to be stored; its connection is not read meanwhile.
pub const REPORTS_WAITING_MAX: usize = 4_096;
/// Messages that may wait for an answer: those of [`MESSAGES_WAITING_MAX`] and what one more turn of the shortest
/// messages (15 bytes) can bring, so that none is refused for want of room.
pub const UNANSWERED_MAX: usize = MESSAGES_WAITING_MAX + TURN_BYTES_MAX / 15 + 2;
/// Seconds' worth of frames a terminal may send at once, as after a silence.
pub const BURST_S: u32 = 10;
/// A terminal that does not take its answers for this long is gone, s.
pub const WRITE_TIMEOUT_S: u64 = 20;
/// Silence before the system asks whether the other end is still there, s.
pub const KEEPALIVE_AFTER_S: u64 = 60;
/// Pause between such questions, s.
pub const KEEPALIVE_EVERY_S: u64 = 20;
/// Such questions unanswered before the connection is given up.
pub const KEEPALIVE_PROBES: u32 = 3;
/// Addresses whose registrations are counted at once; with more, the count begins anew.
pub const ADDRESSES_COUNTED_MAX: usize = 65_536;
/// Longest datagram: what UDP carries.
pub const DATAGRAM_BYTES_MAX: usize = 65_535;
/// Datagrams of one session that may wait to be read.
pub const DATAGRAMS_WAITING_MAX: usize = 32;
/// Bytes the system is asked to hold for datagrams not read yet.
pub const DATAGRAM_BUFFER_BYTES: usize = 4 << 20;
/// Errands for one terminal that may wait until its connection comes round to them.
pub const ERRANDS_WAITING_MAX: usize = 64;
/// Connections of simple trackers open at once; further ones are closed, counted.
pub const TRACKERS_MAX: usize = 20_000;
/// Bytes taken from a simple tracker at once; more is read when what these say is stored.
pub const TRACKER_READ_BYTES: usize = 1_024;
/// Datagrams of simple trackers that may wait to be stored; further ones are dropped, counted.
pub const TRACKER_DATAGRAMS_WAITING_MAX: usize = 1_024;
/// Registrations, refusals and raw messages that may wait for their commit.
pub const CLERK_QUEUE_MAX: usize = 4_096;
/// Most of them in one commit.
pub const CLERK_COMMIT_MAX: usize = 2_000;
/// Bytes of raw messages and notices in one commit after which no more are gathered.
pub const CLERK_COMMIT_BYTES_MAX: usize = 4 << 20;
/// Terminals kept for a registrar to admit.
pub const PENDING_MAX: u32 = 10_000;
/// Longest raw message: as many parts as a message may have; a longer one is kept to here.
pub const RAW_BYTES_MAX: usize = wire::parts::PARTS_MAX as usize * wire::header::BODY_BYTES_MAX;
/// Raw messages kept of one terminal.
pub const RAW_OF_TERMINAL_MAX: RawUsage = RawUsage { messages: 4_096, bytes: 8 << 20 };
/// Raw messages kept in all.
pub const RAW_IN_ALL_MAX: RawUsage = RawUsage { messages: 1_000_000, bytes: 1 << 30 };

/// Notices of lost records and doubtful tags kept of one terminal, and taken out of one message.
pub const NOTICES_OF_TERMINAL_MAX: u32 = 1_000;

const CONNECTIONS_MAX: usize = 60_000;
const CONNECTIONS_PER_ADDRESS: usize = 20_000;
const DATAGRAM_SESSIONS_MAX: usize = 60_000;
const REGISTRATIONS_PER_MINUTE: u32 = 600;
const AUTHENTICATE_WITHIN_S: u32 = 60;
const IDLE_TIMEOUT_S: u32 = 180;
const FRAMES_PER_SECOND: u32 = 200;

/// The maxima an operator may set.
#[derive(Debug, Clone, clap::Args)]
pub struct GatewayLimits {
    /// Most connections open at once; further ones are closed.
    #[arg(long, value_name = "N", default_value_t = CONNECTIONS_MAX, value_parser = positive::<usize>)]
    pub connections_max: usize,
    /// Most connections of one address (behind one address of a mobile network are many terminals).
    #[arg(long, value_name = "N", default_value_t = CONNECTIONS_PER_ADDRESS, value_parser = positive::<usize>)]
    pub connections_per_address: usize,
    /// Most terminals that report by UDP at once.
    #[arg(long, value_name = "N", default_value_t = DATAGRAM_SESSIONS_MAX, value_parser = positive::<usize>)]
    pub datagram_sessions_max: usize,
    /// Most registrations a minute from one address; further ones are not answered.
    #[arg(long, value_name = "N", default_value_t = REGISTRATIONS_PER_MINUTE, value_parser = positive::<u32>)]
    pub registrations_per_minute: u32,
    /// Seconds a peer has to authenticate in.
    #[arg(long, value_name = "S", default_value_t = AUTHENTICATE_WITHIN_S, value_parser = positive::<u32>)]
    pub authenticate_within: u32,
    /// Seconds without a whole frame after which a terminal is gone.
    #[arg(long, value_name = "S", default_value_t = IDLE_TIMEOUT_S, value_parser = positive::<u32>)]
    pub idle_timeout: u32,
    /// Frames a second of one terminal, over ten seconds, past which it is read no faster.
    #[arg(long, value_name = "N", default_value_t = FRAMES_PER_SECOND, value_parser = positive::<u32>)]
    pub frames_per_second: u32,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address: CONNECTIONS_PER_ADDRESS,
            datagram_sessions_max: DATAGRAM_SESSIONS_MAX,
            registrations_per_minute: REGISTRATIONS_PER_MINUTE,
            authenticate_within: AUTHENTICATE_WITHIN_S,
            idle_timeout: IDLE_TIMEOUT_S,
            frames_per_second: FRAMES_PER_SECOND,
        }
    }
}

fn positive<T: std::str::FromStr + Default + PartialOrd>(text: &str) -> Result<T, String> {
    text.parse()
        .ok()
        .filter(|number| *number > T::default())
        .ok_or_else(|| "a number above 0 is expected".to_owned())
}

/// Raises the process's limit of open files as far as it may and warns when connections will still not fit.
pub fn raise_open_files(connections_max: usize) {
    let wanted = connections_max as u64 + FILES_BESIDE_CONNECTIONS;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) if allowed < wanted => tracing::warn!(
            "this process may open {allowed} files, {connections_max} connections need {wanted}: connections beyond \
             about {} will be refused; raise the limit (LimitNOFILE= of the unit, or `ulimit -n`) or give a lower \
             --connections-max",
            allowed.saturating_sub(FILES_BESIDE_CONNECTIONS)
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(
            %error,
            "the limit of open files cannot be raised: {connections_max} connections may not fit"
        ),
    }
}
