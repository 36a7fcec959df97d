//! Accepts connections, plain and TLS, as many as there are places for, and ends them in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;
use super::connection;
use super::counters::GatewayTotals;
use super::datagram;
use super::limits::{
    DATAGRAM_BUFFER_BYTES, GatewayLimits, KEEPALIVE_AFTER_S, KEEPALIVE_EVERY_S, KEEPALIVE_PROBES,
    LISTEN_BACKLOG,
};
use super::places::{NoPlace, Place, Places, RegistrationRate};
use super::sessions::Sessions;
use super::visit::{Desk, Visit};
use crate::clock::Steady;
use crate::log::ReportLog;

/// Pause after a failed accept, as when the process may open no more files.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);

/// Where trucks connect.
pub struct Doors {
    /// JT/T 808 over TCP.
    pub tcp: TcpListener,
    /// JT/T 808 over UDP, on the same port.
    pub udp: UdpSocket,
    /// JT/T 808 over TLS.
    pub tls: Option<(TcpListener, TlsAcceptor)>,
}

/// Listens for connections, many of which may come at once.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(LISTEN_BACKLOG)
}

/// Takes datagrams.
pub async fn listen_for_datagrams(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address).await?;
    // As much as the system allows; with less, more of a burst is lost on the way and sent again.
    let _ = SockRef::from(&socket).set_recv_buffer_size(DATAGRAM_BUFFER_BYTES);
    Ok(socket)
}

/// Accepts until told to stop, then waits for the sessions to end.
pub async fn run(
    doors: Doors,
    admission: Admission,
    log: ReportLog,
    sessions: Sessions,
    limits: GatewayLimits,
    stop: CancellationToken,
) {
    let desk = Arc::new(Desk {
        admission: admission.clone(),
        log,
        sessions: sessions.clone(),
        registration_rate: RegistrationRate::new(limits.registrations_per_minute),
        steady: Steady::begin(),
        limits,
    });
    let places = Places::new(desk.limits.connections_max, desk.limits.connections_per_address);
    let tasks = TaskTracker::new();
    tasks.spawn(admission.keep_in_step(stop.clone()));
    tasks.spawn(datagram::run(doors.udp, Arc::clone(&desk), stop.clone()));
    if let Some((listener, acceptor)) = doors.tls {
        let door = Door { listener, acceptor: Some(acceptor), places: places.clone() };
        tasks.spawn(door.accept(Arc::clone(&desk), tasks.clone(), stop.clone()));
    }
    let door = Door { listener: doors.tcp, acceptor: None, places };
    door.accept(desk, tasks.clone(), stop).await;
    sessions.close();
    tasks.close();
    tasks.wait().await;
}

struct Door {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    places: Places,
}

impl Door {
    async fn accept(self, desk: Arc<Desk>, tasks: TaskTracker, stop: CancellationToken) {
        let totals = desk.sessions.shared_totals();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    GatewayTotals::count(&totals.accept_failures);
                    tracing::warn!(%error, "a connection cannot be accepted");
                    sleep(ACCEPT_RETRY).await;
                    continue;
                }
            };
            match self.places.take(peer.ip().to_canonical()) {
                Ok(place) => {
                    GatewayTotals::count(&totals.connections);
                    let acceptor = self.acceptor.clone();
                    tasks.spawn(serve(socket, peer, acceptor, Arc::clone(&desk), place));
                }
                Err(NoPlace::InAll) => GatewayTotals::count(&totals.connections_refused),
                Err(NoPlace::OfAddress) => GatewayTotals::count(&totals.connections_refused_of_address),
            }
        }
    }
}

async fn serve(
    socket: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    desk: Arc<Desk>,
    place: Place,
) {
    prepare(&socket);
    let within = Duration::from_secs(u64::from(desk.limits.authenticate_within));
    let totals = desk.sessions.shared_totals();
    let mut visit = Visit::new(desk, peer.ip().to_canonical());
    let end = match acceptor {
        None => connection::serve(&mut visit, socket).await,
        // Boxed: a TLS connection is several kilobytes, and every connection's task would be as large.
        Some(acceptor) => match timeout(within, Box::pin(acceptor.accept(socket))).await {
            Ok(Ok(stream)) => Box::pin(connection::serve(&mut visit, stream)).await,
            Ok(Err(_)) | Err(_) => {
                GatewayTotals::count(&totals.tls_failures);
                return;
            }
        },
    };
    tracing::debug!(?end, "a terminal's connection ended");
    drop(place);
}

/// Answers leave at once, and a terminal whose network went without a word is noticed. A system that does not know an
/// option serves the connection without it.
fn prepare(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(KEEPALIVE_AFTER_S))
        .with_interval(Duration::from_secs(KEEPALIVE_EVERY_S))
        .with_retries(KEEPALIVE_PROBES);
    let _ = SockRef::from(socket).set_tcp_keepalive(&keepalive);
}
