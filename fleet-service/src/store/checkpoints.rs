//! Folding the write-ahead log into the database file, beside everything else: a commit that had to do it would keep every
//! terminal waiting for its acknowledgement.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Store, sqlite};

/// Between two looks at the write-ahead log.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// It is left alone while it is shorter than this, and begins anew when it is longer; its file keeps its length.
const WAL_PAGES: u32 = 1_024;
const PAGE_BYTES: u64 = 4_096;

impl Store {
    /// Keeps the write-ahead log short until told to stop. A failure is told and tried again: until it works the log grows,
    /// and nothing is lost.
    pub async fn keep_wal_short(&self, stop: CancellationToken) {
        let wal = PathBuf::from(format!("{}-wal", self.path().display()));
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut connection = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let bytes = tokio::fs::metadata(&wal).await.map_or(0, |wal| wal.len());
            if bytes < u64::from(WAL_PAGES) * PAGE_BYTES {
                continue;
            }
            let folded = async {
                let open = match connection.as_mut() {
                    Some(open) => open,
                    None => connection.insert(sqlite::open_folding(self.path()).await?),
                };
                sqlite::fold_wal(open, WAL_PAGES).await
            };
            if let Err(error) = folded.await {
                tracing::warn!(%error, bytes, "the write-ahead log is not folded into the database, trying again");
            }
        }
    }
}
