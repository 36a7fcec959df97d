//! Simple trackers: a receiver's NMEA 0183 sent as it is, by TCP or UDP, behind one sentence that says who sends it:
//!
//! ```text
//! $MTID,<terminal>,<code>*hh
//! ```
//!
//! The code is given when a registrar admits the terminal (`terminal admit --code`). Over TCP the sentence comes once, first;
//! over UDP at the beginning of every datagram. What is not behind a good introduction is counted and dropped. Nothing is
//! answered: NMEA has no acknowledgement, so what is on its way when the service dies is lost, unlike with JT/T 808.
//!
//! - [`session`]: bytes to reports, without sockets
//! - `stream` and `datagram`: the two kinds of line

mod datagram;
mod session;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use domain::TerminalId;
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::limits::{TRACKER_DATAGRAMS_WAITING_MAX, TRACKERS_MAX};
use super::listener;
use super::places::Places;
use super::visit::Desk;
pub(super) use session::Counts as TrackerCounts;
use session::Introduced;

/// Where simple trackers send.
pub struct TrackerDoors {
    /// By connection.
    pub tcp: TcpListener,
    /// By datagram, on the same port.
    pub udp: UdpSocket,
}

impl TrackerDoors {
    /// Takes both ports.
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let tcp = listener::listen(address)?;
        // With port 0 the system chose it.
        let udp = listener::listen_for_datagrams(tcp.local_addr()?).await?;
        Ok(Self { tcp, udp })
    }

    /// Takes what is sent until told to stop.
    pub(super) fn spawn(self, desk: &Arc<Desk>, tasks: &TaskTracker, stop: &CancellationToken) {
        let places = Places::new(TRACKERS_MAX, desk.limits.connections_per_address);
        tasks.spawn(stream::accept(self.tcp, Arc::clone(desk), places, tasks.clone(), stop.clone()));
        tasks.spawn(datagram::run(self.udp, Arc::clone(desk), TRACKER_DATAGRAMS_WAITING_MAX, stop.clone()));
    }
}

/// Who an introduction is of, if the code is the terminal's.
fn admit(desk: &Desk, peer: SocketAddr, terminal: &TerminalId, code: &str) -> Option<Introduced> {
    let phone = wire::Phone::from_terminal(terminal).ok()?;
    let address = peer.ip().to_canonical();
    let admitted = desk.admission.authenticate(terminal, &phone, code, address, desk.steady.now())?;
    Some(Introduced { terminal: terminal.clone(), plate: admitted.plate })
}
