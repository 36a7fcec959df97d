//! The Ed25519 key the feed is signed with, made at the first start and kept in the data folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

/// Name of the key file inside the data folder: the 32-byte seed in hexadecimal, readable by its owner alone.
pub const KEY_FILE: &str = "feed.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the feed's key file {} cannot be read or written; check its owner and rights", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "the feed's key file {} does not hold 64 hexadecimal characters; restore it from a backup: with another key, readers refuse the feed",
        path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a new key")]
    Random(#[source] getrandom::Error),
}

/// The signing key.
#[derive(Clone)]
pub struct FeedKey(SigningKey);

impl FeedKey {
    /// The key of a seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The data folder's key; made when there is none.
    pub fn load_or_create(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(KEY_FILE);
        let error = |source| KeyError::File { path: path.clone(), source };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut seed = [0; 32];
                hex::decode_to_slice(text.trim(), &mut seed)
                    .map_err(|_source| KeyError::Content { path: path.clone() })?;
                Ok(Self::from_seed(seed))
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(KeyError::Random)?;
                let mut file = fs::File::options()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(error)?;
                writeln!(file, "{}", hex::encode(seed)).and_then(|()| file.sync_all()).map_err(error)?;
                Ok(Self::from_seed(seed))
            }
            Err(source) => Err(error(source)),
        }
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    /// The half everyone may have.
    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// The public half in hexadecimal.
    pub fn public_hex(&self) -> String {
        hex::encode(self.public().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = FeedKey::load_or_create(folder.path()).unwrap();
        assert_eq!(FeedKey::load_or_create(folder.path()).unwrap().public(), made.public());
        let mode = fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_refused_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(KEY_FILE), "zz").unwrap();
        assert!(matches!(FeedKey::load_or_create(folder.path()), Err(KeyError::Content { .. })));
        assert_eq!(fs::read_to_string(folder.path().join(KEY_FILE)).unwrap(), "zz");
    }
}
