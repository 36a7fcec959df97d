//! A serial port as a source: 8 data bits, no parity, 1 stop bit, no flow control.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use serialport::{SerialPort as _, TTYPort};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use super::baud::BaudSearch;
use super::health::Health;
use super::{CHUNK_BYTES_MAX, Chunk, Retry};
use crate::clock::SteadyClock;

/// How long a line may be quiet before it is looked after: is the device still there, is another speed due?
const QUIET: Duration = Duration::from_millis(500);
/// A device that was pulled out is looked for this often at least: it costs nothing, and the driver waits for it.
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// The speed of a line: told, or searched.
pub(super) enum Speed {
    Told(u32),
    Searched,
}

/// Opens and reads, again and again, until nobody takes the bytes.
pub(super) async fn run(device: PathBuf, speed: Speed, sender: Sender<Chunk>, mut health: Health) {
    let name = device.to_string_lossy().into_owned();
    let clock = SteadyClock::start();
    let mut search = match speed {
        Speed::Told(_) => None,
        Speed::Searched => Some(BaudSearch::new(clock.now())),
    };
    let mut retry = Retry::new();
    while !sender.is_closed() {
        let baud = match (&speed, &search) {
            (Speed::Told(baud), _) => *baud,
            (Speed::Searched, search) => search.as_ref().map_or(super::baud::RATES[0], BaudSearch::rate),
        };
        match Port::open(&name, baud) {
            Ok(port) => {
                health.opened(&name);
                tracing::info!(device = name, baud, "serial port opened");
                match &mut search {
                    Some(search) => search.handle_opened(clock.now()),
                    None => health.speed(baud),
                }
                let mut line =
                    Line { device: &device, name: &name, sender: &sender, clock: &clock, retry: &mut retry };
                let Some(trouble) = line.read(port, search.as_mut(), &mut health).await else { return };
                health.broken(&name, &trouble);
                if sender.send(Chunk::Interrupted).await.is_err() {
                    return;
                }
            }
            Err(error) => health.failed(&name, &error),
        }
        sleep(retry.pause().min(RETRY_LONGEST)).await;
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
    async fn read(
        &mut self,
        mut port: Port,
        mut search: Option<&mut BaudSearch>,
        health: &mut Health,
    ) -> Option<String> {
        let mut buffer = [0; CHUNK_BYTES_MAX];
        loop {
            let count = match port.take(&mut buffer).await {
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
                    if let Err(error) = port.line.set_baud_rate(search.rate()) {
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
                self.sender.send(Chunk::Bytes(bytes.to_vec())).await.ok()?;
            }
        }
    }
}

/// A port twice: once to set its line, once to be read when the system says it is ready. One thread serves all sources
/// then; handing each burst over from a thread of its own would cost more than reading it.
struct Port {
    line: TTYPort,
    bytes: pipe::Receiver,
}

impl Port {
    fn open(name: &str, baud: u32) -> std::io::Result<Self> {
        let mut line = serialport::new(name, baud).open_native()?;
        line.set_exclusive(false)?;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let bytes = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(name)?;
        line.set_exclusive(true)?;
        // A terminal device, opened so, is waited for and read as a pipe is.
        Ok(Self { line, bytes: pipe::Receiver::from_file_unchecked(bytes)? })
    }

    /// The bytes that come next; [`ErrorKind::TimedOut`] when none come for [`QUIET`].
    async fn take(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        timeout(QUIET, self.bytes.read(buffer))
            .await
            .unwrap_or_else(|_elapsed| Err(ErrorKind::TimedOut.into()))
    }
}
