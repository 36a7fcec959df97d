//! What the platform set, kept beside the spool over restarts: small TOML files, replaced whole.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::spool::{SpoolError, write_durably};

/// Largest file read, in bytes: 256 areas of 1,000 points would not fit, and the platform is told so when it sends them.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Why something is not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// It cannot be written as TOML.
    #[error("what the platform set cannot be written as TOML")]
    Form(#[source] toml::ser::Error),
    /// Longer than [`FILE_BYTES_MAX`].
    #[error("what the platform set takes {bytes} bytes, at most {FILE_BYTES_MAX} are kept")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The disk does not take it.
    #[error(transparent)]
    Disk(#[from] SpoolError),
}

/// Writes a file, durably.
pub fn save<T: Serialize>(path: &Path, value: &T) -> Result<(), KeepError> {
    let text = toml::to_string(value).map_err(KeepError::Form)?;
    if text.len() > FILE_BYTES_MAX {
        return Err(KeepError::TooLong { bytes: text.len() });
    }
    Ok(write_durably(path, text.as_bytes())?)
}

/// Reads a file; the default when there is none. One that cannot be used is set aside under the name `….bad`, said in the
/// log, and the default holds: a truck that forgot its platform's wishes is better than one that does not start.
pub fn load<T: DeserializeOwned + Default>(path: &Path, check: impl FnOnce(&T) -> Result<(), String>) -> T {
    let problem = match read(path) {
        Ok(None) => return T::default(),
        Ok(Some(text)) => match toml::from_str(&text) {
            Ok(value) => match check(&value) {
                Ok(()) => return value,
                Err(problem) => problem,
            },
            Err(error) => error.message().to_owned(),
        },
        Err(problem) => problem,
    };
    let aside = set_aside(path);
    tracing::error!(file = %path.display(), aside = %aside.display(), problem, "what the platform set before cannot be used and is set aside; the configuration's own values hold until the platform sets them again");
    T::default()
}

fn read(path: &Path) -> Result<Option<String>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("it has more than {FILE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_not_text| "it is no text".to_owned())
}

fn set_aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".bad");
    let aside = PathBuf::from(name);
    // If it cannot be moved it is found again at the next start, and said again.
    let _moved = std::fs::rename(path, &aside);
    aside
}
