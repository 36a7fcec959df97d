//! What a disk sync takes: 32 bytes appended to a file made long enough before, then synced, as a log with room would.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use end_to_end::clock;

use super::Failure;

const RECORD: [u8; 32] = [7; 32];

/// Milliseconds of `count` appends, each synced.
pub(crate) fn syncs_ms(folder: &Path, count: usize) -> Result<Vec<f64>, Failure> {
    let path = folder.join("sync-probe.bin");
    let mut file = File::create(&path)?;
    file.write_all(&vec![0; RECORD.len() * (count + 1)])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let began = clock::steady();
        file.write_all(&RECORD)?;
        file.sync_data()?;
        taken.push(began.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(&path)?;
    Ok(taken)
}
