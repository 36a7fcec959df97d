//! A recorded file as a source, paced by its own times.

use std::path::PathBuf;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::pacing::Pacer;
use super::{CHUNK_BYTES_MAX, Chunk, SourceError};

pub(super) async fn open(path: PathBuf) -> Result<File, SourceError> {
    let file = File::open(&path).await;
    let file = match file {
        Ok(file) if file.metadata().await.is_ok_and(|meta| meta.is_dir()) => {
            Err(std::io::Error::from(std::io::ErrorKind::IsADirectory))
        }
        other => other,
    };
    file.map_err(|source| SourceError::Recording { path, source })
}

/// Reads the file once. A speed of 0 does not wait.
pub(super) async fn run(file: File, path: PathBuf, speed: f64, sender: Sender<Chunk>) {
    let mut reader = BufReader::new(file);
    let mut pacer = Pacer::default();
    let started = Instant::now();
    let mut spoken_ms = 0;
    loop {
        let mut line = Vec::new();
        let read = (&mut reader).take(CHUNK_BYTES_MAX as u64).read_until(b'\n', &mut line).await;
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "the recording cannot be read further and ends here");
                break;
            }
        }
        if speed > 0.0 {
            let step_ms = pacer.before_line_ms(&line);
            spoken_ms += step_ms;
            if step_ms > 0 {
                tokio::time::sleep_until(
                    started + Duration::from_secs_f64(spoken_ms as f64 / 1000.0 / speed),
                )
                .await;
            }
        }
        if sender.send(Chunk::Bytes(line)).await.is_err() {
            return;
        }
    }
    // Nobody left to tell is no error.
    let _sent = sender.send(Chunk::Ended).await;
}
