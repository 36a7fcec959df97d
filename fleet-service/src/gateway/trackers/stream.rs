//! A simple tracker's connection.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admit;
use super::session::{Refused, Tracker};
use crate::clock;
use crate::gateway::counters::GatewayTotals;
use crate::gateway::limits::TRACKER_READ_BYTES;
use crate::gateway::places::{Place, Places};
use crate::gateway::visit::Desk;

/// Pause after a failed accept, as when the process may open no more files.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);

pub(super) async fn accept(
    listener: TcpListener,
    desk: Arc<Desk>,
    places: Places,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let totals = desk.sessions.totals();
        let Ok((socket, peer)) = accepted else {
            GatewayTotals::count(&totals.accept_failures);
            sleep(ACCEPT_RETRY).await;
            continue;
        };
        match places.take(peer.ip().to_canonical()) {
            Ok(place) => {
                GatewayTotals::count(&totals.tracker_connections);
                tasks.spawn(serve(socket, peer, Arc::clone(&desk), place));
            }
            Err(_full) => GatewayTotals::count(&totals.tracker_connections_refused),
        }
    }
}

/// Serves a connection to its end; what its epochs still hold then is reported too.
async fn serve(mut socket: TcpStream, peer: SocketAddr, desk: Arc<Desk>, place: Place) {
    let handle = desk.sessions.enter();
    let mut tracker = Tracker::new();
    let mut buffer = [0; TRACKER_READ_BYTES];
    let mut heard = desk.steady.now();
    loop {
        let wait = sleep(until_due(&desk, &tracker, heard));
        let reports = {
            let wait = pin!(wait);
            tokio::select! {
                () = handle.called() => {
                    if handle.is_cut() {
                        break;
                    }
                    continue;
                }
                () = wait => {
                    if is_too_quiet(&desk, &tracker, heard) {
                        GatewayTotals::count(&desk.sessions.totals().connections_timed_out);
                        break;
                    }
                    tracker.handle_timeout(clock::now())
                }
                read = socket.read(&mut buffer) => {
                    let Ok(count @ 1..) = read else { break };
                    let was = tracker.who().is_some();
                    let taken = tracker.handle_bytes(&buffer[..count], clock::now(), |terminal, code| {
                        admit(&desk, peer, terminal, code)
                    });
                    let Ok(reports) = taken else {
                        note_refusal(&desk, taken);
                        break;
                    };
                    if let Some(who) = tracker.who().filter(|_| !was) {
                        GatewayTotals::count(&desk.sessions.totals().trackers_introduced);
                        desk.sessions.put(who.terminal.clone(), who.plate.clone(), &handle);
                    }
                    heard = desk.steady.now();
                    reports
                }
            }
        };
        desk.sessions.totals().add_tracker(tracker.take_counts());
        // The next bytes are read when these are stored: a tracker that floods slows itself.
        if !reports.is_empty() {
            GatewayTotals::count_many(&desk.sessions.totals().tracker_reports, reports.len());
            if desk.log.append(reports).await.is_err() {
                break;
            }
        }
        yield_now().await;
    }
    let rest = tracker.finish(clock::now());
    desk.sessions.totals().add_tracker(tracker.take_counts());
    if !rest.is_empty() && desk.log.append(rest).await.is_err() {
        GatewayTotals::count(&desk.sessions.totals().tracker_reports_lost);
    }
    if let Some(who) = tracker.who() {
        desk.sessions.remove(&who.terminal, &handle);
    }
    desk.sessions.leave(&handle);
    drop(place);
}

fn note_refusal<T>(desk: &Desk, taken: Result<T, Refused>) {
    if taken.is_err() {
        GatewayTotals::count(&desk.sessions.totals().trackers_refused);
    }
}

/// How long a tracker may be silent: less before it has introduced itself.
fn patience_s(desk: &Desk, tracker: &Tracker) -> i64 {
    let limits = &desk.limits;
    i64::from(if tracker.who().is_some() { limits.idle_timeout } else { limits.authenticate_within })
}

fn is_too_quiet(desk: &Desk, tracker: &Tracker, heard: Timestamp) -> bool {
    heard.plus_seconds(patience_s(desk, tracker)) <= desk.steady.now()
}

fn until_due(desk: &Desk, tracker: &Tracker, heard: Timestamp) -> Duration {
    let quiet = heard.plus_seconds(patience_s(desk, tracker)).millis_since(desk.steady.now());
    // The epoch's timeout goes by the clock its sentences were stamped with.
    let epoch = tracker.poll_timeout().map_or(i64::MAX, |due| due.millis_since(clock::now()));
    Duration::from_millis(u64::try_from(quiet.min(epoch)).unwrap_or(0) + 1)
}
