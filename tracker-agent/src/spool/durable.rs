//! Small files and directories that are on disk when the call returns.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::SpoolError;

/// Longest small file read, in bytes.
const SMALL_BYTES_MAX: u64 = 4096;

pub(super) fn write_error(path: &Path) -> impl Fn(std::io::Error) -> SpoolError {
    move |source| SpoolError::Write { path: path.to_owned(), source }
}

pub(super) fn read_error(path: &Path) -> impl Fn(std::io::Error) -> SpoolError {
    move |source| SpoolError::Read { path: path.to_owned(), source }
}

/// Makes a directory and those above it.
pub(super) fn make_directory(path: &Path) -> Result<(), SpoolError> {
    fs::create_dir_all(path).map_err(write_error(path))
}

/// Makes what happened to the names in the directory of `path` durable.
pub(super) fn sync_directory_of(path: &Path) -> Result<(), SpoolError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(write_error(directory))
}

/// Replaces a file whole: readers see the old bytes or the new, never a mixture, after a crash too.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), SpoolError> {
    let temporary = path.with_extension("new");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(write_error(path))?;
    sync_directory_of(path)
}

/// The text of a small file; `None` when there is none, or when it is no text.
pub fn read_small(path: &Path) -> Result<Option<String>, SpoolError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read_error(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(SMALL_BYTES_MAX).read_to_end(&mut bytes).map_err(read_error(path))?;
    Ok(String::from_utf8(bytes).ok())
}

/// Deletes a file that may be gone already.
pub fn remove(path: &Path) -> Result<(), SpoolError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(write_error(path)(error)),
        _ => Ok(()),
    }
}
