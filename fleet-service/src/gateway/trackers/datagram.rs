//! Simple trackers by datagram: each is introduced and read by itself, so that no session has to be kept.

use std::sync::Arc;

use domain::Report;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::admit;
use super::session::Tracker;
use crate::clock;
use crate::gateway::counters::GatewayTotals;
use crate::gateway::limits::DATAGRAM_BYTES_MAX;
use crate::gateway::visit::Desk;

/// Takes datagrams until told to stop. At most `waiting_max` of them wait to be stored; further ones are dropped, counted.
pub(super) async fn run(socket: UdpSocket, desk: Arc<Desk>, waiting_max: usize, stop: CancellationToken) {
    let (queue, waiting) = mpsc::channel(waiting_max);
    let writer = tokio::spawn(store(waiting, Arc::clone(&desk)));
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            () = stop.cancelled() => break,
            received = socket.recv_from(&mut buffer) => received,
        };
        let Ok((count, peer)) = received else { continue };
        let totals = desk.sessions.totals();
        GatewayTotals::count(&totals.tracker_datagrams);
        let (mut tracker, now) = (Tracker::new(), clock::now());
        let taken = tracker
            .handle_bytes(&buffer[..count], now, |terminal, code| admit(&desk, peer, terminal, code))
            .map(|mut reports| {
                reports.extend(tracker.finish(now));
                reports
            });
        totals.add_tracker(tracker.take_counts());
        match taken {
            Err(_refused) => GatewayTotals::count(&totals.trackers_refused),
            Ok(reports) if reports.is_empty() => {}
            Ok(reports) => {
                if queue.try_send(reports).is_err() {
                    GatewayTotals::count(&totals.tracker_datagrams_dropped);
                }
            }
        }
    }
    drop(queue);
    // It ends when the queue is empty; only a panic could keep it from that.
    let _ = writer.await;
}

async fn store(mut waiting: mpsc::Receiver<Vec<Report>>, desk: Arc<Desk>) {
    while let Some(mut reports) = waiting.recv().await {
        while let Ok(more) = waiting.try_recv() {
            reports.extend(more);
        }
        let totals = desk.sessions.totals();
        GatewayTotals::count_many(&totals.tracker_reports, reports.len());
        if desk.log.append(reports).await.is_err() {
            GatewayTotals::count(&totals.tracker_reports_lost);
        }
    }
}
