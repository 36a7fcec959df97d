//! Number of the last record the platform has: a file of two slots, written in turn.
//!
//! ```text
//! slot     number u64, checksum u32 over it (little endian), 4 bytes of zero
//! ```
//!
//! A torn write costs one slot, and the other still says the number before it. An old number only makes records be
//! offered again, which the platform recognises: so it is written at every acknowledgement and synced now and then.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::durable::write_error;
use super::{NUMBER_MAX, SpoolError};

const SLOT_BYTES: usize = 16;

/// The cursor's file.
#[derive(Debug)]
pub(super) struct CursorFile {
    path: PathBuf,
    file: File,
    /// Which slot is written next.
    next_slot: u64,
}

impl CursorFile {
    /// Opens or makes it; the number is 0 when neither slot can be read.
    pub(super) fn open(path: PathBuf) -> Result<(Self, u64), SpoolError> {
        let mut options = File::options();
        let file = options.create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(write_error(&path))?;
        let slots = [0, 1].map(|slot| {
            let mut bytes = [0; SLOT_BYTES];
            // A short file is one whose slot was never written.
            file.read_exact_at(&mut bytes, slot * SLOT_BYTES as u64).ok().and_then(|()| parse_slot(&bytes))
        });
        let kept = slots.iter().flatten().max().copied();
        let number = match kept {
            Some(number) => number,
            None => read_text_form(&path).unwrap_or(0),
        };
        let next_slot = u64::from(kept.is_some() && slots[0] == kept);
        Ok((Self { path, file, next_slot }, number))
    }

    /// Writes a number; durable after [`CursorFile::sync`].
    pub(super) fn write(&mut self, number: u64) -> Result<(), SpoolError> {
        let mut slot = [0; SLOT_BYTES];
        slot[..8].copy_from_slice(&number.to_le_bytes());
        slot[8..12].copy_from_slice(&crc32fast::hash(&number.to_le_bytes()).to_le_bytes());
        let written = self.file.write_all_at(&slot, self.next_slot * SLOT_BYTES as u64);
        written.map_err(write_error(&self.path))?;
        self.next_slot ^= 1;
        Ok(())
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> Result<(), SpoolError> {
        self.file.sync_data().map_err(write_error(&self.path))
    }
}

fn parse_slot(bytes: &[u8; SLOT_BYTES]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let sound = crc32fast::hash(number) == u32::from_le_bytes(*sum) && rest == [0; 4];
    sound.then_some(u64::from_le_bytes(*number)).filter(|number| *number <= NUMBER_MAX)
}

/// The form of the first release: the number and its checksum in hexadecimal, one line.
fn read_text_form(path: &Path) -> Option<u64> {
    let text = super::read_small(path).ok().flatten()?;
    let number: u64 = text.split(' ').next()?.parse().ok()?;
    let expected = format!("{number} {:08x}\n", crc32fast::hash(&number.to_le_bytes()));
    (text == expected && number <= NUMBER_MAX).then_some(number)
}
