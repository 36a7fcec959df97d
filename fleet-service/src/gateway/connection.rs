//! A session over a stream, TCP or TLS. Nothing is kept for reading: a connection that waits holds no buffer.

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use domain::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::counters::GatewayTotals;
use super::limits::{TURN_BYTES_MAX, WRITE_TIMEOUT_S};
use super::visit::{End, Turn, Visit};

/// The one timer of a session. It is moved only when something comes due sooner: a terminal that reports puts its
/// timeout off with every message, and most settings would be in vain.
pub(super) struct Alarm {
    due: Timestamp,
}

impl Alarm {
    pub(super) fn set(visit: &Visit) -> (Self, Sleep) {
        let due = visit.due();
        (Self { due }, sleep(until(due, visit.now())))
    }

    pub(super) fn move_to(&mut self, visit: &Visit, sleep: Pin<&mut Sleep>) {
        let due = visit.due();
        if due < self.due || sleep.is_elapsed() {
            self.due = due;
            sleep.reset(Instant::now() + until(due, visit.now()));
        }
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(due.millis_since(now)).unwrap_or(0))
}

/// Serves a session to its end.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(visit: &mut Visit, mut stream: S) -> End {
    let (mut alarm, sleep) = Alarm::set(visit);
    let mut sleep = pin!(sleep);
    let handle = Arc::clone(&visit.handle);
    loop {
        let may_read = visit.may_read(visit.now());
        alarm.move_to(visit, sleep.as_mut());
        let turn = tokio::select! {
            () = handle.called() => visit.take_calls(visit.now()),
            () = &mut sleep => visit.come_due(visit.now()),
            turn = poll_fn(|context| poll_turn(visit, &mut stream, may_read, context)) => turn,
        };
        if let Err(end) = transmit(visit, &mut stream).await {
            return end;
        }
        match turn {
            Turn::GoOn => {}
            Turn::Yield => yield_now().await,
            Turn::End(end) => return end,
        }
    }
}

/// What waits to be answered first, then one read of at most [`TURN_BYTES_MAX`].
fn poll_turn<S: AsyncRead + Unpin>(
    visit: &mut Visit,
    stream: &mut S,
    may_read: bool,
    context: &mut Context<'_>,
) -> Poll<Turn> {
    if let Poll::Ready(turn) = visit.poll_work(context) {
        return Poll::Ready(turn);
    }
    if !may_read {
        return Poll::Pending;
    }
    // On the stack and only while something is there to read.
    let mut room = [MaybeUninit::<u8>::uninit(); TURN_BYTES_MAX];
    let mut buffer = ReadBuf::uninit(&mut room);
    let read = ready!(Pin::new(stream).poll_read(context, &mut buffer));
    Poll::Ready(match read {
        Ok(()) if !buffer.filled().is_empty() => visit.take_bytes(buffer.filled(), visit.now()),
        Ok(()) | Err(_) => Turn::End(End::Closed),
    })
}

/// Everything that waits to be sent, in one write.
async fn transmit<S: AsyncWrite + Unpin>(visit: &mut Visit, stream: &mut S) -> Result<(), End> {
    let frames = visit.take_frames();
    if frames.is_empty() {
        return Ok(());
    }
    let written = timeout(Duration::from_secs(WRITE_TIMEOUT_S), async {
        stream.write_all(&frames).await?;
        stream.flush().await
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_broken)) => Err(End::Closed),
        Err(_elapsed) => {
            GatewayTotals::count(&visit.totals().connections_stuck);
            Err(End::Stuck)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::size_of;
    use tokio::net::TcpStream;

    #[test]
    fn a_session_that_waits_takes_less_than_two_kilobytes_beside_its_socket() {
        fn future_bytes<F: Future>(_: impl FnOnce(&'static mut Visit, TcpStream) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size_of::<Visit>() + future_bytes(serve::<TcpStream>);
        assert!(bytes < 2048, "{bytes} bytes");
    }
}
