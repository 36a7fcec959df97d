//! One CAN interface, by SocketCAN: the kernel passes on only the groups that are wanted.

use std::io::ErrorKind;
use std::time::Duration;

use socketcan::{CanFrame, CanSocket, EmbeddedFrame, Frame, Socket, SocketOptions};
use tokio::sync::mpsc::Sender;

use super::super::config::SignalConfig;
use super::super::j1939::{DATA_BYTES_MAX, pgn, pgn_mask};
use super::super::signal::{Origin, SignalInput};
use super::SignalEvent;

/// How long a read blocks before the thread looks whether it is still wanted.
const READ_TIMEOUT: Duration = Duration::from_millis(500);
/// The bit of an identifier word that marks one of 29 bits.
const EXTENDED: u32 = 0x8000_0000;

/// Watches until the interface breaks off; well when nobody listens any more.
pub(super) fn run(
    interface: &str,
    group: &[(usize, SignalConfig)],
    sender: &Sender<SignalEvent>,
) -> Result<(), String> {
    let plainly = |error: std::io::Error| format!("cannot read the CAN interface {interface}: {error}");
    let wanted = |signal: &SignalConfig| match signal.origin {
        Origin::Number { pgn, .. } => Some(pgn),
        Origin::Line { .. } => None,
    };
    let filter = |pgn: u32| (EXTENDED | (pgn << 8 & pgn_mask(pgn)), EXTENDED | pgn_mask(pgn));
    let filters: Vec<_> = group.iter().filter_map(|(_, signal)| wanted(signal)).map(filter).collect();
    let socket = CanSocket::open(interface).map_err(plainly)?;
    socket.set_filters(&filters).map_err(plainly)?;
    socket.set_read_timeout(READ_TIMEOUT).map_err(plainly)?;
    tracing::info!(interface, "CAN interface opened");
    while !sender.is_closed() {
        let frame = match socket.read_frame() {
            Ok(CanFrame::Data(frame)) if frame.is_extended() => frame,
            Ok(_) => continue,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                continue;
            }
            Err(error) => return Err(plainly(error)),
        };
        let can_id = frame.raw_id();
        let mut data = [0; DATA_BYTES_MAX];
        let taken = frame.data().len().min(DATA_BYTES_MAX);
        for (place, byte) in data.iter_mut().zip(frame.data()) {
            *place = *byte;
        }
        let input = SignalInput::Frame { can_id, data, length: taken as u8 };
        for (index, _) in group.iter().filter(|(_, signal)| wanted(signal) == Some(pgn(can_id))) {
            if sender.blocking_send(SignalEvent { index: *index, input, problem: None }).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
