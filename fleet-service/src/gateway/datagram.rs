//! Sessions over UDP, on the port of the TCP side: a datagram holds one or more whole frames, a session is a phone at an
//! address, and answers go to that address. A terminal that comes from another address authenticates again.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Deframer, Header, Phone};

use super::connection::Alarm;
use super::counters::GatewayTotals;
use super::limits::{DATAGRAM_BYTES_MAX, DATAGRAMS_WAITING_MAX};
use super::places::{NoPlace, Places};
use super::visit::{Desk, End, Turn, Visit};

type Key = (SocketAddr, Phone);
type Open = Arc<Mutex<HashMap<Key, mpsc::Sender<Vec<u8>>>>>;

fn lock(open: &Open) -> MutexGuard<'_, HashMap<Key, mpsc::Sender<Vec<u8>>>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes datagrams until told to stop, then waits for the sessions to end.
pub(super) async fn run(socket: UdpSocket, desk: Arc<Desk>, stop: CancellationToken) {
    let socket = Arc::new(socket);
    let open: Open = Arc::default();
    let limits = &desk.limits;
    let places = Places::new(limits.datagram_sessions_max, limits.connections_per_address);
    let tasks = TaskTracker::new();
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            () = stop.cancelled() => break,
            received = socket.recv_from(&mut buffer) => received,
        };
        // An error is a peer's that an answer did not reach; the socket itself is sound.
        let Ok((count, peer)) = received else { continue };
        let bytes = &buffer[..count];
        let totals = desk.sessions.totals();
        GatewayTotals::count(&totals.datagrams);
        let Some(phone) = sender_of(bytes) else {
            GatewayTotals::count(&totals.datagrams_unreadable);
            continue;
        };
        let key = (peer, phone);
        let mut sessions = lock(&open);
        let queue = match sessions.get(&key) {
            Some(queue) => queue.clone(),
            None => {
                let place = match places.take(peer.ip().to_canonical()) {
                    Ok(place) => place,
                    Err(NoPlace::InAll | NoPlace::OfAddress) => {
                        GatewayTotals::count(&totals.datagram_sessions_refused);
                        continue;
                    }
                };
                let (queue, datagrams) = mpsc::channel(DATAGRAMS_WAITING_MAX);
                sessions.insert(key, queue.clone());
                let mut visit = Visit::new(Arc::clone(&desk), peer.ip().to_canonical());
                let (socket, open) = (Arc::clone(&socket), Arc::clone(&open));
                tasks.spawn(async move {
                    let end = serve(&mut visit, datagrams, &socket, peer).await;
                    lock(&open).remove(&key);
                    tracing::debug!(?end, "a terminal's session over UDP ended");
                    drop(place);
                });
                queue
            }
        };
        drop(sessions);
        if queue.try_send(bytes.to_vec()).is_err() {
            GatewayTotals::count(&totals.datagrams_dropped);
        }
    }
    desk.sessions.close();
    tasks.close();
    tasks.wait().await;
}

/// Who sent a datagram, by its first frame that can be read.
fn sender_of(bytes: &[u8]) -> Option<Phone> {
    let mut deframer = Deframer::new();
    deframer.push(bytes);
    deframer.flatten().find_map(|payload| Header::decode(&payload).ok().map(|(header, _)| header.phone))
}

/// Serves a session to its end.
async fn serve(
    visit: &mut Visit,
    mut datagrams: mpsc::Receiver<Vec<u8>>,
    socket: &UdpSocket,
    peer: SocketAddr,
) -> End {
    let (mut alarm, sleep) = Alarm::set(visit);
    let mut sleep = pin!(sleep);
    let handle = Arc::clone(&visit.handle);
    loop {
        let may_read = visit.may_read(visit.now());
        alarm.move_to(visit, sleep.as_mut());
        let turn = tokio::select! {
            () = handle.called() => visit.take_calls(visit.now()),
            () = &mut sleep => visit.come_due(visit.now()),
            turn = poll_fn(|context| poll_turn(visit, &mut datagrams, may_read, context)) => turn,
        };
        while let Some(frame) = visit.take_frame() {
            if socket.send_to(&frame, peer).await.is_err() {
                GatewayTotals::count(&visit.totals().datagrams_unsent);
            }
        }
        match turn {
            Turn::GoOn => {}
            Turn::Yield => yield_now().await,
            Turn::End(end) => return end,
        }
    }
}

fn poll_turn(
    visit: &mut Visit,
    datagrams: &mut mpsc::Receiver<Vec<u8>>,
    may_read: bool,
    context: &mut Context<'_>,
) -> Poll<Turn> {
    if let Poll::Ready(turn) = visit.poll_work(context) {
        return Poll::Ready(turn);
    }
    if !may_read {
        return Poll::Pending;
    }
    Poll::Ready(match ready!(datagrams.poll_recv(context)) {
        Some(bytes) => visit.take_bytes(&bytes, visit.now()),
        None => Turn::End(End::Closed),
    })
}
