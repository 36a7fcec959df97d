//! Knocks at the platform as the agent would: connects, registers if it must, authenticates, logs out.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use wire::{Terminal, TerminalEvent, TerminalFault};

use super::{PlatformSeen, PlatformStep};
use crate::clock::SteadyClock;
use crate::config::Config;
use crate::spool::{SpoolError, read_small, remove, write_durably};
use crate::tls::Tls;
use crate::uplink::{auth_code_path, terminal_config};

const READ_BYTES: usize = 4096;
const GOODBYE: Duration = Duration::from_secs(2);

/// Tries for at most `patience`. A code the platform gives is kept, as the agent itself would keep it, for the platform
/// would not know the terminal by the old one any more.
pub async fn probe(config: &Config, patience: Duration) -> Result<PlatformSeen, SpoolError> {
    let path = auth_code_path(config);
    let auth_code = read_small(&path)?.filter(|code| !code.is_empty());
    let terminal = Terminal::new(terminal_config(config, config.link.heartbeat_s), auth_code);
    let seen =
        |step| PlatformSeen { address: config.link.address.clone(), tls: config.link.tls.is_some(), step };
    let step = match timeout(patience, connect_and_speak(config, terminal, &path)).await {
        Ok(step) => step?,
        Err(_elapsed) => PlatformStep::Silent,
    };
    Ok(seen(step))
}

async fn connect_and_speak(
    config: &Config,
    terminal: Terminal,
    auth_code_path: &Path,
) -> Result<PlatformStep, SpoolError> {
    let stream = match TcpStream::connect(&config.link.address).await {
        Ok(stream) => stream,
        Err(error) => return Ok(PlatformStep::Unreachable(error.to_string())),
    };
    let Some(tls) = &config.link.tls else {
        return speak(stream, terminal, auth_code_path).await;
    };
    let tls = match Tls::new(tls) {
        Ok(tls) => tls,
        Err(error) => return Ok(PlatformStep::TlsFailed(error.to_string())),
    };
    match tls.connect(stream).await {
        Ok(stream) => speak(stream, terminal, auth_code_path).await,
        Err(error) => Ok(PlatformStep::TlsFailed(error.to_string())),
    }
}

async fn speak(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut terminal: Terminal,
    auth_code_path: &Path,
) -> Result<PlatformStep, SpoolError> {
    let clock = SteadyClock::start();
    let mut newly_registered = false;
    let mut buffer = vec![0; READ_BYTES];
    terminal.handle_connected(clock.now());
    loop {
        while let Some(event) = terminal.poll_event() {
            match event {
                TerminalEvent::Ready => {
                    terminal.log_out(clock.now());
                    // A goodbye that does not arrive is none.
                    let _said = timeout(GOODBYE, transmit(&mut stream, &mut terminal)).await;
                    return Ok(PlatformStep::Ready { newly_registered });
                }
                TerminalEvent::NewAuthCode(code) => {
                    newly_registered = true;
                    write_durably(auth_code_path, code.as_bytes())?;
                }
                TerminalEvent::Fatal(TerminalFault::AnswersMissing) => return Ok(PlatformStep::Silent),
                TerminalEvent::Fatal(fault) => {
                    if fault == TerminalFault::CodeRefused {
                        remove(auth_code_path)?;
                    }
                    return Ok(PlatformStep::Refused(fault));
                }
                _ => {}
            }
        }
        if transmit(&mut stream, &mut terminal).await.is_err() {
            return Ok(PlatformStep::Closed);
        }
        let due = terminal.poll_timeout();
        let until = async {
            match due {
                Some(due) => sleep(clock.until(due)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(count) if count > 0 => {
                    terminal.handle_bytes(buffer.get(..count).unwrap_or_default(), clock.now());
                }
                _ => return Ok(PlatformStep::Closed),
            },
            () = until => terminal.handle_timeout(clock.now()),
        }
    }
}

async fn transmit(stream: &mut (impl AsyncWrite + Unpin), terminal: &mut Terminal) -> std::io::Result<()> {
    while let Some(frame) = terminal.poll_transmit() {
        stream.write_all(&frame).await?;
    }
    stream.flush().await
}
