//! The system's service manager (sd_notify): told that the agent is ready, alive and stopping, by datagrams to the socket
//! it names in the environment. Without such a socket nothing is sent.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The way to the service manager.
#[derive(Debug, Default)]
pub struct Service {
    socket: Option<UnixDatagram>,
}

impl Service {
    /// Finds it in the environment.
    pub fn from_environment() -> Self {
        Self::at(&std::env::var("NOTIFY_SOCKET").unwrap_or_default())
    }

    /// The socket of this name: a path, or `@` and a name without a file.
    pub fn at(name: &str) -> Self {
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name),
            None if name.starts_with('/') => SocketAddr::from_pathname(name),
            None => return Self::default(),
        };
        let connect = || {
            let socket = UnixDatagram::unbound()?;
            socket.connect_addr(&address?)?;
            socket.set_nonblocking(true)?;
            Ok::<_, std::io::Error>(socket)
        };
        match connect() {
            Ok(socket) => Self { socket: Some(socket) },
            Err(error) => {
                tracing::warn!(name, %error, "the service manager's socket cannot be used");
                Self::default()
            }
        }
    }

    /// The sources are read.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The loop that reads the sources goes round.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// Asked to stop.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, state: &str) {
        if let Some(socket) = &self.socket {
            // A service manager that does not take it restarts the agent, which is what it is for.
            let _sent = socket.send(state.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, bound: &UnixDatagram) {
        let service = Service::at(name);
        service.ready();
        service.alive();
        let mut buffer = [0; 64];
        for expected in ["READY=1", "WATCHDOG=1"] {
            let count = bound.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..count], expected.as_bytes());
        }
    }

    #[test]
    fn the_service_manager_is_told_by_path_or_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        check(path.to_str().unwrap(), &UnixDatagram::bind(&path).unwrap());
        let name = format!("mucktrail-{}", std::process::id());
        let bound = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        check(&format!("@{name}"), &bound);
    }

    #[test]
    fn without_a_service_manager_nothing_happens() {
        for name in ["", "relative", "/no/such/socket"] {
            Service::at(name).alive();
        }
    }
}
