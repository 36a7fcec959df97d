//! Accepts connections, at most [`CONNECTIONS_MAX`]; a terminal that connects again replaces its old connection, whose
//! network may be gone without either end having noticed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TerminalId;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;
use super::connection::{Connection, Desk};
use super::counters::GatewayTotals;
use crate::log::ReportLog;

/// Most connections open at once.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Pause after a failed accept, as when the system has no file handles left.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);

/// Which connection is whose. Cheap to clone.
#[derive(Clone, Default)]
pub struct Sessions {
    open: Arc<Mutex<HashMap<TerminalId, (u64, CancellationToken)>>>,
    totals: Arc<GatewayTotals>,
}

impl Sessions {
    /// Totals over all connections.
    pub fn totals(&self) -> &GatewayTotals {
        &self.totals
    }

    /// How many terminals are authenticated.
    pub fn terminals(&self) -> usize {
        self.open().len()
    }

    pub(super) fn put(&self, terminal: TerminalId, number: u64, stop: CancellationToken) {
        let before = self.open().insert(terminal, (number, stop));
        if let Some((_, old)) = before.filter(|(old, _)| *old != number) {
            GatewayTotals::count(&self.totals.connections_replaced);
            old.cancel();
        }
    }

    pub(super) fn remove(&self, terminal: &TerminalId, number: u64) {
        let mut open = self.open();
        if open.get(terminal).is_some_and(|(current, _)| *current == number) {
            open.remove(terminal);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TerminalId, (u64, CancellationToken)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts until told to stop, then waits for the connections to end.
pub async fn run(
    listener: TcpListener,
    admission: Admission,
    log: ReportLog,
    sessions: Sessions,
    stop: CancellationToken,
) {
    let desk = Desk { admission, log, sessions: sessions.clone() };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let number = AtomicU64::new(0);
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            GatewayTotals::count(&sessions.totals().connections_refused);
            continue;
        };
        GatewayTotals::count(&sessions.totals().connections);
        let connection =
            Connection::new(desk.clone(), number.fetch_add(1, Ordering::Relaxed), stop.child_token());
        tasks.spawn(async move {
            let end = connection.serve(socket).await;
            tracing::debug!(?end, "a terminal's connection ended");
            drop(place);
        });
    }
    tasks.close();
    tasks.wait().await;
}
