//! One kept HTTP connection to the service: requests in a row, each answered before the next.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Failure;

pub(crate) struct Connection {
    stream: TcpStream,
    head: String,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects for requests to one path.
    pub(crate) fn open(http: &str, path: &str, token: &str, content_type: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(http)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {http}\r\nAuthorization: Bearer {token}\r\nContent-Type: {content_type}\r\n"
        );
        Ok(Self { stream, head, answer: Vec::new() })
    }

    /// A whole request, to be sent as it is.
    pub(crate) fn request(&self, body: &[u8]) -> Vec<u8> {
        let mut request = format!("{}Content-Length: {}\r\n\r\n", self.head, body.len()).into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// Sends a request and returns the body of its answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<&str, Failure> {
        self.stream.write_all(request)?;
        self.answer.clear();
        let mut chunk = [0; 16 * 1024];
        loop {
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err("the service closed the connection".into());
            }
            self.answer.extend_from_slice(&chunk[..read]);
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.answer[..end])?;
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("content-length"))
                })
                .map_or(Ok(0), |(_, length)| length.trim().parse())?;
            if self.answer.len() < end + 4 + length {
                continue;
            }
            if head.split(' ').nth(1) != Some("200") {
                return Err(String::from_utf8_lossy(&self.answer).into_owned().into());
            }
            return Ok(std::str::from_utf8(&self.answer[end + 4..end + 4 + length])?);
        }
    }
}

/// Numbers of the service by name.
pub(crate) fn metrics(http: &str) -> Result<String, Failure> {
    let answer =
        end_to_end::http::ask(http, "GET", "/metrics", None, None).ok_or("nobody answers at /metrics")?;
    Ok(answer.body)
}

/// One number of them.
pub(crate) fn metric(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}
