//! One TCP connection with what waits to be written, so that reading and writing never wait for each other.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes read from a socket at once.
const READ_BYTES_MAX: usize = 16 * 1024;

/// A connection and what waits to be written to it.
pub(super) struct Line {
    socket: TcpStream,
    out: Vec<u8>,
    /// Of `out`, what is written already.
    written: usize,
    buffer: Vec<u8>,
}

/// What moved.
pub(super) enum Moved {
    /// So many bytes came in: [`Line::read`].
    Read(usize),
    /// Some of what waited was written.
    Wrote,
    /// The peer closed.
    Closed,
}

impl Line {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { socket, out: Vec::new(), written: 0, buffer: vec![0; READ_BYTES_MAX] }
    }

    /// Queues bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.out.drain(..self.written);
        self.written = 0;
        self.out.extend_from_slice(bytes);
    }

    /// Bytes that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.out.len() - self.written
    }

    /// Reads or writes, whichever is possible first. Dropped midway it loses nothing.
    pub(super) async fn exchange(&mut self) -> io::Result<Moved> {
        let (mut reader, mut writer) = self.socket.split();
        let out = self.out.get(self.written..).unwrap_or_default();
        tokio::select! {
            read = reader.read(&mut self.buffer) => Ok(match read? {
                0 => Moved::Closed,
                count => Moved::Read(count),
            }),
            written = writer.write(out), if !out.is_empty() => {
                self.written += written?;
                Ok(Moved::Wrote)
            }
        }
    }

    /// The bytes that came in.
    pub(super) fn read(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
    }
}

/// [`Line::exchange`] of a line that may not be there: then it waits for ever.
pub(super) async fn exchange(line: &mut Option<Line>) -> io::Result<Moved> {
    match line {
        Some(line) => line.exchange().await,
        None => std::future::pending().await,
    }
}
