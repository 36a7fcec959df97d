//! A serial port as a source: 8 data bits, no parity, 1 stop bit, no flow control.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use serialport::SerialPort;
use tokio::sync::mpsc::Sender;

use super::baud::BaudSearch;
use super::health::Health;
use super::{CHUNK_BYTES_MAX, Chunk, Retry};
use crate::clock::SteadyClock;

/// How long a read blocks before the thread looks whether it is still wanted.
const READ_TIMEOUT: Duration = Duration::from_millis(200);
/// A device that was pulled out is looked for this often at least: it costs nothing, and the driver waits for it.
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// The speed of a line: told, or searched.
pub(super) enum Speed {
    Told(u32),
    Searched,
}

/// Opens and reads, again and again, until nobody takes the bytes. Blocks.
pub(super) fn run(device: &Path, speed: &Speed, sender: &Sender<Chunk>, mut health: Health) {
    let name = device.to_string_lossy().into_owned();
    let clock = SteadyClock::start();
    let mut search = match speed {
        Speed::Told(_) => None,
        Speed::Searched => Some(BaudSearch::new(clock.now())),
    };
    let mut retry = Retry::new();
    while !sender.is_closed() {
        let baud = match (speed, &search) {
            (Speed::Told(baud), _) => *baud,
            (Speed::Searched, search) => search.as_ref().map_or(super::baud::RATES[0], BaudSearch::rate),
        };
        match serialport::new(&name, baud).timeout(READ_TIMEOUT).open() {
            Ok(port) => {
                health.opened(&name);
                tracing::info!(device = name, baud, "serial port opened");
                match &mut search {
                    Some(search) => search.handle_opened(clock.now()),
                    None => health.speed(baud),
                }
                let mut line = Line { device, name: &name, sender, clock: &clock, retry: &mut retry };
                let Some(trouble) = line.read(port, search.as_mut(), &mut health) else { return };
                health.broken(&name, &trouble);
                if sender.blocking_send(Chunk::Interrupted).is_err() {
                    return;
                }
            }
            Err(error) => health.failed(&name, &error),
        }
        std::thread::sleep(retry.pause().min(RETRY_LONGEST));
    }
}

/// A port that is open.
struct Line<'a> {
    device: &'a Path,
    name: &'a str,
    sender: &'a Sender<Chunk>,
    clock: &'a SteadyClock,
    retry: &'a mut Retry,
}

impl Line<'_> {
    /// Reads until the port breaks off, and says why. `None`: nobody takes the bytes any more.
    fn read(
        &mut self,
        mut port: Box<dyn SerialPort>,
        mut search: Option<&mut BaudSearch>,
        health: &mut Health,
    ) -> Option<String> {
        let mut buffer = [0; CHUNK_BYTES_MAX];
        loop {
            let count = match port.read(&mut buffer) {
                Ok(0) => return Some("it was unplugged".into()),
                Ok(count) => count,
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                    if self.sender.is_closed() {
                        return None;
                    }
                    // Some drivers keep a port that is gone readable for ever.
                    if !self.device.exists() {
                        return Some("its device file is gone".into());
                    }
                    0
                }
                Err(error) => return Some(error.to_string()),
            };
            let bytes = buffer.get(..count).unwrap_or_default();
            if let Some(search) = &mut search {
                let was_locked = search.is_locked();
                if search.handle_bytes(bytes, self.clock.now()) {
                    tracing::debug!(device = self.name, baud = search.rate(), "trying another speed");
                    if let Err(error) = port.set_baud_rate(search.rate()) {
                        return Some(error.to_string());
                    }
                }
                if search.is_locked() && !was_locked {
                    tracing::info!(device = self.name, baud = search.rate(), "the speed is found");
                    health.speed(search.rate());
                }
                if !search.is_locked() {
                    continue;
                }
            }
            if count > 0 {
                *self.retry = Retry::new();
                health.heard(count);
                self.sender.blocking_send(Chunk::Bytes(bytes.to_vec())).ok()?;
            }
        }
    }
}
