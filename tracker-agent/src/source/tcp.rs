//! A TCP server that streams bytes, as a source.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use super::{CHUNK_BYTES_MAX, Chunk, Retry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects and reads, again and again, until nobody takes the bytes.
pub(super) async fn run(address: String, sender: Sender<Chunk>) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
            Ok(Ok(stream)) => {
                tracing::info!(%address, "source connected");
                if read(stream, &address, &sender, &mut retry).await.is_none() {
                    return;
                }
            }
            Ok(Err(error)) => tracing::warn!(%address, %error, "cannot connect to the source; trying again"),
            Err(_elapsed) => tracing::warn!(%address, "the source does not answer; trying again"),
        }
        sleep(retry.pause()).await;
    }
}

/// Reads until the stream breaks off. `None`: nobody takes the bytes any more.
async fn read(mut stream: TcpStream, address: &str, sender: &Sender<Chunk>, retry: &mut Retry) -> Option<()> {
    loop {
        let mut bytes = vec![0; CHUNK_BYTES_MAX];
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => {
                *retry = Retry::new();
                bytes.truncate(count);
                sender.send(Chunk::Bytes(bytes)).await.ok()?;
            }
            Ok(_) => {
                tracing::warn!(%address, "the source closed the connection; trying again");
                return sender.send(Chunk::Interrupted).await.ok();
            }
            Err(error) => {
                tracing::warn!(%address, %error, "the source broke off; trying again");
                return sender.send(Chunk::Interrupted).await.ok();
            }
        }
    }
}
