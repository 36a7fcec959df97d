//! The way to the platform: TCP, or UDP with one frame a datagram.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// A platform that does not accept for so long is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A platform that takes no bytes for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// A link to a platform.
pub(super) enum Link {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Link {
    pub(super) async fn connect(platform: &str, udp: bool) -> io::Result<Self> {
        if udp {
            let target = tokio::net::lookup_host(platform)
                .await?
                .next()
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address of this name"))?;
            let local = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(local).await?;
            socket.connect(target).await?;
            return Ok(Self::Udp(socket));
        }
        let stream = in_time(CONNECT_TIMEOUT, TcpStream::connect(platform)).await?;
        // Small frames are to leave at once; where that cannot be set they leave a little later.
        let _set = stream.set_nodelay(true);
        Ok(Self::Tcp(stream))
    }

    pub(super) async fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => in_time(WRITE_TIMEOUT, stream.write_all(frame)).await,
            Self::Udp(socket) => in_time(WRITE_TIMEOUT, socket.send(frame)).await.map(|_sent| ()),
        }
    }

    /// Reads some bytes; none when the platform closed the link.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer).await,
            Self::Udp(socket) => socket.recv(buffer).await,
        }
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.map_err(|_elapsed| io::Error::from(io::ErrorKind::TimedOut))?
}
