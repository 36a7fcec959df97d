//! The same truck-days over HTTP: the real program on a loopback port, the body read to its end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::clock;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A running service that ends with its handle.
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
    token: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        // Started by this program; nothing is pending that the log does not hold.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Service {
    pub(crate) fn start(program: &Path, data: &Path) -> Outcome<Self> {
        let name = format!("bench-{}", std::process::id());
        let added = Command::new(program)
            .args(["officer", "add", "--name", &name, "--authority", "city_management", "--role", "auditor"])
            .arg("--data")
            .arg(data)
            .output()?;
        let token = String::from_utf8(added.stdout)?.trim().to_owned();
        let (http, gateway) = (free_port()?, free_port()?);
        let child = Command::new(program)
            .args(["serve", "--http", &http.to_string(), "--gateway", &gateway.to_string()])
            .args(["--history-days", "3653"])
            .arg("--data")
            .arg(data)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()?;
        let service = Self { child, address: http, token };
        let deadline = clock::instant() + Duration::from_secs(60);
        while TcpStream::connect(service.address).is_err() {
            if clock::instant() > deadline {
                return Err("the service does not listen after a minute".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(service)
    }

    /// One connection, kept open from answer to answer.
    pub(crate) fn connect(&self) -> Outcome<Connection<'_>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        Ok(Connection { service: self, stream: BufReader::with_capacity(1 << 20, stream) })
    }
}

pub(crate) struct Connection<'s> {
    service: &'s Service,
    stream: BufReader<TcpStream>,
}

impl Connection<'_> {
    /// The body of an answer with its length in the heading.
    pub(crate) fn get(&mut self, path: &str) -> Outcome<Vec<u8>> {
        let token = &self.service.token;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut length, mut status) = (0, String::new());
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if status.contains(" 200 ") { Ok(body) } else { Err(status.into()) }
    }
}
