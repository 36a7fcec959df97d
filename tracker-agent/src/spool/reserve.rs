//! Space kept for a full disk: a file of zeros that is given up when a write finds no room, and made again when there is.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::{SpoolError, remove};

/// Size of the reserve, in bytes: about 2,500 records, a shift.
pub const RESERVE_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    held: bool,
}

impl Reserve {
    /// Finds the reserve; [`Reserve::take_back`] makes it.
    pub(super) fn open(path: PathBuf) -> Self {
        let held = path.metadata().is_ok_and(|metadata| metadata.len() == RESERVE_BYTES as u64);
        Self { path, held }
    }

    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// Makes the reserve if there is room; on a disk without room nothing is left behind.
    pub(super) fn take_back(&mut self) {
        let make = || {
            let mut file = File::create(&self.path)?;
            // Zeros in pieces: the block must be allocated, not only the length said.
            let zeros = [0; 16 * 1024];
            for _ in 0..RESERVE_BYTES / zeros.len() {
                file.write_all(&zeros)?;
            }
            file.sync_all()
        };
        self.held = make().is_ok();
        if !self.held {
            // If it cannot be removed either, it is found short at the next opening and begun again.
            let _removed = remove(&self.path);
        }
    }

    /// Gives the space up if `error` says that there was none. Whether a new try is worth it.
    pub(super) fn give_up(&mut self, error: &SpoolError) -> bool {
        let SpoolError::Write { source, .. } = error else { return false };
        let no_room = matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let given = no_room && self.held && remove(&self.path).is_ok();
        if given {
            self.held = false;
        }
        given
    }
}
