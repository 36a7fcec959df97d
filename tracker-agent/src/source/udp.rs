//! Datagrams as a source. Some receivers and phones send their sentences so.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep};

use super::health::Health;
use super::{Chunk, Retry};

/// Largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_536;
/// A sender that said nothing for this long makes room for another: two at a time would be mixed.
const SENDER_KEPT: Duration = Duration::from_secs(5);

/// Listens until nobody takes the bytes.
pub(super) async fn run(address: String, sender: Sender<Chunk>, mut health: Health) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match UdpSocket::bind(&address).await {
            Ok(socket) => {
                health.opened(&address);
                if read(&socket, &address, &sender, &mut health).await.is_none() {
                    return;
                }
                retry = Retry::new();
            }
            Err(error) => health.failed(&address, &error),
        }
        sleep(retry.pause()).await;
    }
}

/// Reads until the socket breaks. `None`: nobody takes the bytes any more.
async fn read(socket: &UdpSocket, address: &str, sender: &Sender<Chunk>, health: &mut Health) -> Option<()> {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let mut heard: Option<(SocketAddr, Instant)> = None;
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            () = sender.closed() => return None,
        };
        match received {
            Ok((count, from)) => {
                let now = Instant::now();
                match heard {
                    Some((kept, at)) if kept != from && now.duration_since(at) <= SENDER_KEPT => {
                        health.stranger(address, &from);
                        continue;
                    }
                    Some((kept, _)) if kept != from => sender.send(Chunk::Interrupted).await.ok()?,
                    _ => {}
                }
                heard = Some((from, now));
                health.heard(count);
                let mut bytes = buffer.get(..count).unwrap_or_default().to_vec();
                // No sentence goes on in the next datagram.
                bytes.push(b'\n');
                sender.send(Chunk::Bytes(bytes)).await.ok()?;
            }
            Err(error) => {
                health.broken(address, &error);
                return sender.send(Chunk::Interrupted).await.ok();
            }
        }
    }
}
