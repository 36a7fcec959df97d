//! A TCP server that streams bytes, as a source; gpsd is one that wants to be asked first.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use super::health::Health;
use super::{CHUNK_BYTES_MAX, Chunk, Retry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A peer that says nothing for this long may be gone without a word; it is connected to anew.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Connects, says `greeting` and reads, again and again, until nobody takes the bytes.
pub(super) async fn run(address: String, greeting: &'static [u8], sender: Sender<Chunk>, mut health: Health) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
            Ok(Ok(stream)) => {
                health.opened(&address);
                if read(stream, greeting, &address, &sender, &mut retry, &mut health).await.is_none() {
                    return;
                }
            }
            Ok(Err(error)) => health.failed(&address, &error),
            Err(_elapsed) => health.failed(&address, &"it does not answer"),
        }
        sleep(retry.pause()).await;
    }
}

/// Reads until the stream breaks off. `None`: nobody takes the bytes any more.
async fn read(
    mut stream: TcpStream,
    greeting: &[u8],
    address: &str,
    sender: &Sender<Chunk>,
    retry: &mut Retry,
    health: &mut Health,
) -> Option<()> {
    if let Err(error) = stream.write_all(greeting).await {
        health.broken(address, &error);
        return Some(());
    }
    loop {
        let mut bytes = vec![0; CHUNK_BYTES_MAX];
        let received = tokio::select! {
            received = timeout(SILENCE_MAX, stream.read(&mut bytes)) => received,
            () = sender.closed() => return None,
        };
        match received {
            Ok(Ok(count)) if count > 0 => {
                *retry = Retry::new();
                health.heard(count);
                bytes.truncate(count);
                sender.send(Chunk::Bytes(bytes)).await.ok()?;
                continue;
            }
            Ok(Ok(_)) => health.broken(address, &"the peer closed the connection"),
            Ok(Err(error)) => health.broken(address, &error),
            Err(_elapsed) => health.broken(address, &"nothing came for a minute"),
        }
        return sender.send(Chunk::Interrupted).await.ok();
    }
}
