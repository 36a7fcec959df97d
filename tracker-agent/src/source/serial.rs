//! A serial port as a source: 8 data bits, no parity, 1 stop bit, no flow control.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::{CHUNK_BYTES_MAX, Chunk, Retry};

/// How long a read blocks before the thread looks whether it is still wanted.
const READ_TIMEOUT: Duration = Duration::from_millis(200);

/// Opens and reads, again and again, until nobody takes the bytes. Blocks.
pub(super) fn run(device: &Path, baud: u32, sender: &Sender<Chunk>) {
    let mut retry = Retry::new();
    while !sender.is_closed() {
        let name = device.to_string_lossy();
        match serialport::new(name, baud).timeout(READ_TIMEOUT).open() {
            Ok(port) => {
                tracing::info!(device = %device.display(), baud, "serial port opened");
                if read(port, device, sender, &mut retry).is_none() {
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

/// Reads until the port breaks off. `None`: nobody takes the bytes any more.
fn read(mut port: impl Read, device: &Path, sender: &Sender<Chunk>, retry: &mut Retry) -> Option<()> {
    let mut buffer = [0; CHUNK_BYTES_MAX];
    loop {
        match port.read(&mut buffer) {
            Ok(count) if count > 0 => {
                *retry = Retry::new();
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                sender.blocking_send(Chunk::Bytes(bytes)).ok()?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                if sender.is_closed() {
                    return None;
                }
            }
            Ok(_) => {
                tracing::warn!(device = %device.display(), "the serial port was unplugged; trying again");
                return sender.blocking_send(Chunk::Interrupted).ok();
            }
            Err(error) => {
                tracing::warn!(device = %device.display(), %error, "the serial port broke off; trying again");
                return sender.blocking_send(Chunk::Interrupted).ok();
            }
        }
    }
}
