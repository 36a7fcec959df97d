//! A port that answers: a serial port or TCP server that is written to at an interval, as RFID modules want it.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{CHUNK_BYTES_MAX, Chunk, Retry};
use crate::rfid::Polling;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A serial port that takes no bytes for this long is broken.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connects, polls and reads, again and again, until nobody takes the bytes.
pub(super) async fn run_tcp(address: String, polling: Polling, sender: Sender<Chunk>) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
            Ok(Ok(stream)) => {
                tracing::info!(%address, "source connected");
                if talk(stream, &address, &polling, &sender, &mut retry).await.is_none() {
                    return;
                }
            }
            Ok(Err(error)) => tracing::warn!(%address, %error, "cannot connect to the source; trying again"),
            Err(_elapsed) => tracing::warn!(%address, "the source does not answer; trying again"),
        }
        sleep(retry.pause()).await;
    }
}

/// Polls and reads until the stream breaks off. `None`: nobody takes the bytes any more.
async fn talk(
    mut stream: TcpStream,
    address: &str,
    polling: &Polling,
    sender: &Sender<Chunk>,
    retry: &mut Retry,
) -> Option<()> {
    let mut polls = polling.frames.iter().cycle();
    let mut due = interval(polling.every);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut buffer = vec![0; CHUNK_BYTES_MAX];
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(count) if count > 0 => {
                    *retry = Retry::new();
                    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                    sender.send(Chunk::Bytes(bytes)).await.ok()?;
                }
                ended => {
                    tracing::warn!(%address, error = ?ended.err(), "the source ended; trying again");
                    return sender.send(Chunk::Interrupted).await.ok();
                }
            },
            _ = due.tick() => {
                // A poll the peer has no room for is left out: the next one asks the same.
                if let Some(poll) = polls.next()
                    && let Err(error) = stream.try_write(poll)
                    && error.kind() != ErrorKind::WouldBlock
                {
                    tracing::warn!(%address, %error, "the source takes no polls; trying again");
                    return sender.send(Chunk::Interrupted).await.ok();
                }
            }
        }
    }
}

/// Opens, polls and reads, again and again, until nobody takes the bytes. Blocks.
pub(super) fn run_serial(device: &Path, baud: u32, polling: &Polling, sender: &Sender<Chunk>) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        match serialport::new(device.to_string_lossy(), baud).timeout(WRITE_TIMEOUT).open() {
            Ok(port) => {
                tracing::info!(device = %device.display(), baud, "serial port opened");
                if talk_serial(port, device, polling, sender, &mut retry).is_none() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(device = %device.display(), %error, "cannot open the serial port; trying again");
            }
        }
        std::thread::sleep(retry.pause());
    }
}

/// Polls and reads until the port breaks off. `None`: nobody takes the bytes any more.
fn talk_serial(
    mut port: Box<dyn serialport::SerialPort>,
    device: &Path,
    polling: &Polling,
    sender: &Sender<Chunk>,
    retry: &mut Retry,
) -> Option<()> {
    let mut buffer = [0; CHUNK_BYTES_MAX];
    let mut polls = polling.frames.iter().cycle();
    let mut due = tokio::time::Instant::now();
    let broken = |error: &dyn std::fmt::Display| {
        tracing::warn!(device = %device.display(), %error, "the serial port broke off; trying again");
        sender.blocking_send(Chunk::Interrupted).ok()
    };
    loop {
        let now = tokio::time::Instant::now();
        if now >= due {
            due = now + polling.every;
            let written = polls.next().map(|poll| {
                port.set_timeout(WRITE_TIMEOUT)?;
                port.write_all(poll)
            });
            if let Some(Err(error)) = written {
                return broken(&error);
            }
        }
        if let Err(error) = port.set_timeout(due.saturating_duration_since(now).max(Duration::from_millis(1)))
        {
            return broken(&error);
        }
        match port.read(&mut buffer) {
            Ok(0) => return broken(&"it was unplugged"),
            Ok(count) => {
                *retry = Retry::new();
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                sender.blocking_send(Chunk::Bytes(bytes)).ok()?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                if sender.is_closed() {
                    return None;
                }
            }
            Err(error) => return broken(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::{Family, bb7e};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    /// A module that speaks only when asked is asked, and asked again on a new connection.
    #[tokio::test]
    async fn a_module_behind_tcp_is_polled_on_every_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let polling = Polling { every: Duration::from_millis(50), frames: Family::Bb7e.polls(false) };
        let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
        let source = tokio::spawn(run_tcp(address, polling, sender));
        let notice = bb7e::inventory_notice(&"30751FEB".parse().unwrap(), -40);
        for _ in 0..2 {
            let (mut module, _) = listener.accept().await.unwrap();
            let mut poll = [0; 7];
            module.read_exact(&mut poll).await.unwrap();
            assert_eq!(poll.to_vec(), bb7e::single_poll());
            module.write_all(&notice).await.unwrap();
            let Some(Chunk::Bytes(bytes)) = receiver.recv().await else { panic!("no bytes") };
            assert_eq!(bytes, notice);
            drop(module);
            assert!(matches!(receiver.recv().await, Some(Chunk::Interrupted)));
        }
        drop(receiver);
        source.abort();
    }

    /// The same over a serial line, played by a pair of terminals.
    #[test]
    fn a_module_on_a_serial_port_is_polled_and_answers() {
        use serialport::{SerialPort, TTYPort};
        let (mut module, port) = TTYPort::pair().unwrap();
        let device = port.name().unwrap();
        // Held open otherwise: the port itself is the source's alone.
        let _held = std::fs::File::open(&device).unwrap();
        drop(port);
        module.set_timeout(WRITE_TIMEOUT).unwrap();
        let polling = Polling { every: Duration::from_millis(50), frames: Family::Bb7e.polls(true) };
        let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
        let source = std::thread::spawn(move || run_serial(Path::new(&device), 115_200, &polling, &sender));
        let mut polls = [0; 7 + 16];
        module.read_exact(&mut polls).unwrap();
        assert_eq!(polls.to_vec(), [bb7e::single_poll(), bb7e::tid_poll()].concat(), "in turn");
        let notice = bb7e::inventory_notice(&"30751FEB".parse().unwrap(), -40);
        module.write_all(&notice).unwrap();
        let Some(Chunk::Bytes(bytes)) = receiver.blocking_recv() else { panic!("no bytes") };
        assert!(notice.starts_with(&bytes), "a line may hand over a part: {bytes:02X?}");
        drop(receiver);
        source.join().unwrap();
    }
}
