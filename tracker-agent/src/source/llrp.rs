//! An LLRP reader as a source: its session is kept here, where its keepalives can be answered, and tags are handed on.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};
use wire::llrp::{Client, ClientConfig, ClientEvent, TagReport};

use super::{CHUNK_BYTES_MAX, Chunk, Retry};
use crate::clock::SteadyClock;
use crate::rfid::TagRead;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls the reader, again and again, until nobody takes its tags.
pub(super) async fn run(address: String, sender: Sender<Chunk>) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
            Ok(Ok(stream)) => {
                tracing::info!(%address, "RFID reader connected");
                match listen(stream, &sender, &mut retry).await {
                    Some(problem) => tracing::warn!(%address, "{problem}; it is called again"),
                    None => return,
                }
                if sender.send(Chunk::Interrupted).await.is_err() {
                    return;
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%address, %error, "cannot connect to the RFID reader; trying again")
            }
            Err(_elapsed) => tracing::warn!(%address, "the RFID reader does not answer; trying again"),
        }
        sleep(retry.pause()).await;
    }
}

/// Listens until the session ends, with the reason. `None`: nobody takes the tags any more.
async fn listen(mut stream: TcpStream, sender: &Sender<Chunk>, retry: &mut Retry) -> Option<String> {
    let clock = SteadyClock::start();
    let mut client = Client::new(ClientConfig::default(), clock.now());
    let mut buffer = vec![0; CHUNK_BYTES_MAX];
    loop {
        let due = client.poll_timeout();
        let until_due = async {
            match due {
                Some(due) => sleep(clock.until(due)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) => return Some("the RFID reader closed the connection".into()),
                Ok(count) => client.handle_bytes(buffer.get(..count).unwrap_or_default(), clock.now()),
                Err(error) => return Some(format!("the connection to the RFID reader broke off: {error}")),
            },
            () = until_due => client.handle_timeout(clock.now()),
        }
        while let Some(message) = client.poll_transmit() {
            match timeout(WRITE_TIMEOUT, stream.write_all(&message)).await {
                Ok(Ok(())) => {}
                _ => return Some("the RFID reader takes no bytes".into()),
            }
        }
        let mut tags = Vec::new();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Tag(tag) => tags.push(read_of(tag)),
                ClientEvent::Reading => {
                    *retry = Retry::new();
                    // No tag yet, and yet a word: the reader is well.
                    sender.send(Chunk::Tags(Vec::new())).await.ok()?;
                }
                ClientEvent::Ended(end) => return Some(end.to_string()),
                ClientEvent::Exception(words) => tracing::warn!(words, "the RFID reader tells of a fault"),
                ClientEvent::Antenna { antenna, connected } => {
                    tracing::warn!(antenna, connected, "an antenna of the RFID reader changed");
                }
                _ => {}
            }
        }
        if !tags.is_empty() {
            sender.send(Chunk::Tags(tags)).await.ok()?;
        }
    }
}

/// The reader's own times are left out: its clock is nobody's, and the tag is here within moments.
fn read_of(tag: TagReport) -> TagRead {
    let antenna = tag.antenna.map_or(0, |port| u8::try_from(port).unwrap_or(u8::MAX));
    TagRead { antenna, rssi_dbm: tag.peak_rssi_dbm.map(i16::from), ..TagRead::of(tag.epc) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use wire::llrp::{Reader, ReaderConfig};

    /// Plays a reader until it reads, then plays it a tag and breaks off.
    async fn play(mut stream: TcpStream) {
        let clock = SteadyClock::start();
        let mut reader = Reader::new(ReaderConfig::default(), clock.now());
        let mut buffer = [0; 4096];
        let mut played = false;
        loop {
            while let Some(message) = reader.poll_transmit() {
                stream.write_all(&message).await.unwrap();
            }
            if played {
                return;
            }
            let count = stream.read(&mut buffer).await.unwrap();
            reader.handle_bytes(&buffer[..count], clock.now());
            if reader.is_reading() {
                played = reader.play(&"30751FEB705C5904E3D50D70".parse().unwrap(), 2, -48, clock.now());
            }
        }
    }

    #[tokio::test]
    async fn a_reader_is_taken_into_service_heard_and_called_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, mut chunks) = tokio::sync::mpsc::channel(8);
        let source = tokio::spawn(run(address, sender));
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            play(stream).await;
            assert!(matches!(chunks.recv().await, Some(Chunk::Tags(tags)) if tags.is_empty()));
            let Some(Chunk::Tags(tags)) = chunks.recv().await else { panic!("no tag") };
            let epc = "30751FEB705C5904E3D50D70".parse().unwrap();
            assert_eq!(tags, [TagRead { epc, tid: None, antenna: 2, rssi_dbm: Some(-48) }]);
            assert!(matches!(chunks.recv().await, Some(Chunk::Interrupted)));
        }
        source.abort();
    }
}
