//! The Ed25519 key the feed is signed with, made at the first start and kept in the data folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Name of the key file inside the data folder: the 32-byte seed in hexadecimal, readable by its owner alone.
pub const KEY_FILE: &str = "feed.key";

/// Name of the file a new key waits in until the event that announces it is stored.
pub const NEXT_KEY_FILE: &str = "feed.key.next";

/// What a key is called in events: the first 16 hexadecimal characters of the SHA-256 of its 32 bytes.
pub fn key_id(key: &VerifyingKey) -> String {
    hex::encode(Sha256::digest(key.as_bytes())).chars().take(16).collect()
}

/// The public key of 64 hexadecimal characters.
pub fn public_key(text: &str) -> Option<VerifyingKey> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

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
    /// The feed goes on under a key that is not here.
    #[error(
        "the feed is signed by the key {public_key}, which is in none of the files {KEY_FILE} and {NEXT_KEY_FILE} of {}; restore it from a backup: with another key, readers refuse the feed",
        folder.display()
    )]
    Lost {
        /// The data folder.
        folder: PathBuf,
        /// Its public half, in hexadecimal.
        public_key: String,
    },
    /// A key waits to take over already.
    #[error("a change of keys is under way: let it end, then change the key again")]
    UnderWay,
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
        match Self::read(&path)? {
            Some(key) => Ok(key),
            None => Self::create(&path),
        }
    }

    /// The data folder's key whose public half is this one, be it in use or waiting to take over.
    pub fn find(data: &Path, public_hex: &str) -> Result<Self, KeyError> {
        // The waiting one first: it may take over between the two readings, and is in the other file then.
        for name in [NEXT_KEY_FILE, KEY_FILE] {
            if let Some(key) = Self::read(&data.join(name))?.filter(|key| key.public_hex() == public_hex) {
                return Ok(key);
            }
        }
        Err(KeyError::Lost { folder: data.to_owned(), public_key: public_hex.to_owned() })
    }

    /// Whether the key whose public half is this one still waits to take over.
    pub fn is_waiting(data: &Path, public_hex: &str) -> Result<bool, KeyError> {
        let waiting = Self::read(&data.join(NEXT_KEY_FILE))?;
        Ok(waiting.is_some_and(|key| key.public_hex() == public_hex))
    }

    /// Lets the key whose public half is this one take the old one's place, if it still waits. Only for a key whose
    /// announcement is committed: the old seed is gone after.
    pub fn take_over(data: &Path, public_hex: &str) -> Result<(), KeyError> {
        if !Self::is_waiting(data, public_hex)? {
            return Ok(());
        }
        let path = data.join(KEY_FILE);
        let error = |source| KeyError::File { path: path.clone(), source };
        fs::rename(data.join(NEXT_KEY_FILE), &path).map_err(error)?;
        fs::File::open(data).and_then(|folder| folder.sync_all()).map_err(error)
    }

    /// A new key that waits to take over; one that waited before and never did is thrown away.
    pub fn create_next(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(NEXT_KEY_FILE);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(KeyError::File { path, source });
            }
            _ => {}
        }
        Self::create(&path)
    }

    fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let mut seed = [0; 32];
                hex::decode_to_slice(text.trim(), &mut seed)
                    .map_err(|_source| KeyError::Content { path: path.to_owned() })?;
                Ok(Some(Self::from_seed(seed)))
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::File { path: path.to_owned(), source }),
        }
    }

    fn create(path: &Path) -> Result<Self, KeyError> {
        let error = |source| KeyError::File { path: path.to_owned(), source };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(KeyError::Random)?;
        let mut file =
            fs::File::options().write(true).create_new(true).mode(0o600).open(path).map_err(error)?;
        writeln!(file, "{}", hex::encode(seed)).and_then(|()| file.sync_all()).map_err(error)?;
        // The name must last as the seed does.
        if let Some(folder) = path.parent() {
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(error)?;
        }
        Ok(Self::from_seed(seed))
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    /// The half everyone may have.
    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// What it is called in events.
    pub fn id(&self) -> String {
        key_id(&self.public())
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
    fn a_key_that_was_announced_takes_over_even_after_a_cut_of_power() {
        let folder = tempfile::tempdir().unwrap();
        let old = FeedKey::load_or_create(folder.path()).unwrap();
        let never_announced = FeedKey::create_next(folder.path()).unwrap();
        let next = FeedKey::create_next(folder.path()).unwrap();
        assert_ne!(never_announced.public(), next.public());
        assert_eq!(FeedKey::find(folder.path(), &old.public_hex()).unwrap().public(), old.public());
        assert_eq!(FeedKey::find(folder.path(), &next.public_hex()).unwrap().public(), next.public());
        FeedKey::take_over(folder.path(), &old.public_hex()).unwrap();
        assert_eq!(FeedKey::load_or_create(folder.path()).unwrap().public(), old.public(), "it waits");
        FeedKey::take_over(folder.path(), &next.public_hex()).unwrap();
        assert_eq!(FeedKey::load_or_create(folder.path()).unwrap().public(), next.public());
        assert!(matches!(FeedKey::find(folder.path(), &old.public_hex()), Err(KeyError::Lost { .. })));
    }

    #[test]
    fn a_damaged_key_is_refused_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(KEY_FILE), "zz").unwrap();
        assert!(matches!(FeedKey::load_or_create(folder.path()), Err(KeyError::Content { .. })));
        assert_eq!(fs::read_to_string(folder.path().join(KEY_FILE)).unwrap(), "zz");
    }
}
