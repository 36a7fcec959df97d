//! Files that prove something: photographs and papers of appeals, cases, street checks and public reports.
//!
//! What a file is, its bytes tell ([`picture`]), not its name and not what its sender says. It is kept under its SHA-256 in
//! the folder `attachments` of the data folder, unchanged, because evidence is what was sent; whoever is no officer gets a
//! copy without what the camera wrote beside the pixels. The file is on disk before its row is: a crash between leaves a
//! file nobody refers to, never a row without its file.

pub mod picture;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::store::{AuditDraft, Store, StoreError};

use picture::{Media, PictureError};

/// Most bytes of a file: a phone's photograph with room to spare.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most files of a person a day.
pub const FILES_PER_PERSON_DAY_MAX: u64 = 200;
/// Most files of one sender without an account a day.
pub const FILES_PER_PUBLIC_DAY_MAX: u64 = 10;
/// Most bytes of all files together.
pub const TOTAL_BYTES_MAX: u64 = 50 * 1024 * 1024 * 1024;
/// Longest name of a file that is kept, characters.
pub const NAME_CHARS_MAX: usize = 120;
/// Most files about one thing.
pub const FILES_PER_SUBJECT_MAX: u64 = 20;

/// Folder in the data folder.
pub const FOLDER: &str = "attachments";
/// What a file is called while it is written.
const UNFINISHED: &str = "unfinished-";

static STORED: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// Files taken and refused since the program began, for `/metrics`.
pub fn counts() -> (u64, u64) {
    (STORED.load(Ordering::Relaxed), REFUSED.load(Ordering::Relaxed))
}

/// Who sends a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A person with an account, by name.
    Person(String),
    /// Someone without: a key that tells senders apart and nobody who they are, such as a hash of the address.
    Public(String),
}

impl Sender {
    /// How it stands in the records.
    pub fn word(&self) -> String {
        match self {
            Self::Person(name) => name.clone(),
            // A person's name has no line break: nobody can be called that.
            Self::Public(key) => format!("public\n{key}"),
        }
    }

    fn files_per_day_max(&self) -> u64 {
        match self {
            Self::Person(_) => FILES_PER_PERSON_DAY_MAX,
            Self::Public(_) => FILES_PER_PUBLIC_DAY_MAX,
        }
    }
}

/// What a file is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An objection or a request for repair, by its number.
    Appeal(String),
    /// A case.
    Case(String),
    /// An officer's check on the street.
    Check(String),
    /// A report by the public.
    PublicReport(String),
}

impl Subject {
    /// Kind and number, as stored and asked: `appeal/A2026-000001`.
    pub fn key(&self) -> String {
        let (kind, number) = match self {
            Self::Appeal(number) => ("appeal", number),
            Self::Case(number) => ("case", number),
            Self::Check(number) => ("check", number),
            Self::PublicReport(number) => ("public-report", number),
        };
        format!("{kind}/{number}")
    }

    /// Reads what [`Subject::key`] writes.
    pub fn parse(key: &str) -> Option<Self> {
        let (kind, number) = key.split_once('/')?;
        let number =
            Some(number).filter(|n| !n.is_empty() && n.chars().count() <= NAME_CHARS_MAX)?.to_owned();
        match kind {
            "appeal" => Some(Self::Appeal(number)),
            "case" => Some(Self::Case(number)),
            "check" => Some(Self::Check(number)),
            "public-report" => Some(Self::PublicReport(number)),
            _ => None,
        }
    }
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// 128 random bits, hexadecimal.
    pub id: String,
    /// SHA-256 of the bytes as they were sent, hexadecimal.
    pub sha256: String,
    /// What it is.
    pub media: Media,
    /// How long it is.
    pub bytes: u64,
    /// Width and height in pixels, of a picture.
    pub size: Option<(u32, u32)>,
    /// What its sender called it, cleaned; only shown.
    pub name: String,
    /// Who sent it: see [`Sender::word`].
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What is to be kept.
#[derive(Debug, Clone)]
pub struct NewFile<'a> {
    /// What its sender calls it.
    pub name: &'a str,
    /// Who sends it.
    pub by: &'a Sender,
    /// What it is about, when that is known already.
    pub about: Option<&'a Subject>,
}

/// Why a file was not taken, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// It is longer than taken.
    #[error("the file has {bytes} bytes, at most {FILE_BYTES_MAX} (10 MiB) are taken: send a smaller one")]
    Long {
        /// Its length.
        bytes: usize,
    },
    /// It is nothing that may be attached.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The sender has sent as many as may be a day.
    #[error("{max} files were sent today, more are taken tomorrow")]
    Daily {
        /// The limit.
        max: u64,
    },
    /// The thing has as many as it may have.
    #[error("at most {FILES_PER_SUBJECT_MAX} files are taken about one thing")]
    Subject,
    /// All files together fill the room given to them.
    #[error("the room for files ({TOTAL_BYTES_MAX} bytes) is used up: the operator has to make room")]
    Full,
    /// There is no such file, or somebody else's.
    #[error("there is no file {0}")]
    Missing(String),
    /// The disk took or gave nothing.
    #[error("the file {} cannot be written or read: check the disk of the data folder", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What lies on the disk is not what was sent.
    #[error("the file {} is not what was stored there: restore it from a backup", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a file's id")]
    Random(#[source] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every file of the service. Cheap to clone.
#[derive(Clone)]
pub struct Attachments {
    store: Store,
    folder: PathBuf,
}

/// Keeps a file: see [`Attachments::store`].
///
/// # Errors
/// [`AttachError`]; nothing is kept then.
pub async fn store(
    store: &Store,
    bytes: Vec<u8>,
    by: &Sender,
    now: Timestamp,
) -> Result<Attachment, AttachError> {
    Attachments::beside(store).store(bytes, NewFile { name: "", by, about: None }, now).await
}

impl Attachments {
    /// Those that lie beside a database.
    pub fn beside(store: &Store) -> Self {
        let folder = store.path().parent().unwrap_or(Path::new(".")).join(FOLDER);
        Self { store: store.clone(), folder }
    }

    /// Removes what a crash left unfinished. To be called before anything is stored.
    ///
    /// # Errors
    /// [`AttachError::Disk`] when the folder cannot be read.
    pub fn tidy(&self) -> Result<usize, AttachError> {
        let failed = |source| AttachError::Disk { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(error)),
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(failed)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Keeps a file: when this returns, its bytes and its row are on disk.
    ///
    /// # Errors
    /// [`AttachError`] when it is too long, nothing that may be attached, or a limit is reached; no row is kept then.
    pub async fn store(
        &self,
        bytes: Vec<u8>,
        new: NewFile<'_>,
        now: Timestamp,
    ) -> Result<Attachment, AttachError> {
        let kept = self.keep(bytes, new, now).await;
        let counter = if kept.is_ok() { &STORED } else { &REFUSED };
        counter.fetch_add(1, Ordering::Relaxed);
        kept
    }

    async fn keep(
        &self,
        bytes: Vec<u8>,
        new: NewFile<'_>,
        now: Timestamp,
    ) -> Result<Attachment, AttachError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(AttachError::Long { bytes: bytes.len() });
        }
        let told = picture::sniff(&bytes)?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(AttachError::Random)?;
        let attachment = Attachment {
            id: hex::encode(id),
            sha256: hex::encode(Sha256::digest(&bytes)),
            media: told.media,
            bytes: bytes.len() as u64,
            size: told.size,
            name: clean_name(new.name, told.media),
            by: new.by.word(),
            at: now,
        };
        // Looked at before the disk is touched, and again where it counts.
        let midnight = Timestamp::start_of_local_day(now.local_date());
        let used = self.store.attachment_usage(&attachment.by, midnight).await?;
        refuse_beyond(used, &attachment, new.by)?;
        let path = self.path(&attachment.sha256);
        let folder = self.folder.clone();
        let writing = tokio::task::spawn_blocking(move || write(&folder, &path, &bytes));
        writing
            .await
            .map_err(|error| AttachError::Disk { path: self.folder.clone(), source: error.into() })??;
        let mut change = self.store.change().await?;
        refuse_beyond(change.attachment_usage(&attachment.by, midnight).await?, &attachment, new.by)?;
        change.add_attachment(&attachment).await?;
        if let Some(about) = new.about {
            if change.attachments_about(&about.key()).await? >= FILES_PER_SUBJECT_MAX {
                return Err(AttachError::Subject);
            }
            change.link_attachment(&attachment.id, &about.key(), &attachment.by, now).await?;
        }
        let about = new.about.map_or_else(String::new, |about| format!(" about {}", about.key()));
        let detail =
            format!("{} {} {} bytes{about}", attachment.media.name(), attachment.sha256, attachment.bytes);
        let who = attachment.by.lines().next().unwrap_or_default().to_owned();
        let audit = AuditDraft { at: now, who, what: "attach", subject: attachment.id.clone(), detail };
        change.add_audit(audit).await?;
        change.commit().await?;
        Ok(attachment)
    }

    /// The bytes of a file as they were sent, checked against its hash.
    ///
    /// # Errors
    /// [`AttachError::Disk`] or [`AttachError::Altered`].
    pub async fn read(&self, attachment: &Attachment) -> Result<Vec<u8>, AttachError> {
        let path = self.path(&attachment.sha256);
        let sha256 = attachment.sha256.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = fs::read(&path).map_err(|source| AttachError::Disk { path: path.clone(), source })?;
            let is_it = hex::encode(Sha256::digest(&bytes)) == sha256;
            if is_it { Ok(bytes) } else { Err(AttachError::Altered { path }) }
        });
        reading
            .await
            .map_err(|error| AttachError::Disk { path: self.folder.clone(), source: error.into() })?
    }

    /// A copy for people who are no officers: a picture without its metadata, a PDF as it is.
    ///
    /// # Errors
    /// As [`Attachments::read`].
    pub async fn read_bare(&self, attachment: &Attachment) -> Result<Vec<u8>, AttachError> {
        let bytes = self.read(attachment).await?;
        Ok(picture::without_metadata(attachment.media, &bytes).unwrap_or(bytes))
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256.get(..2).unwrap_or_default()).join(sha256)
    }
}

/// What is used already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files of the sender this day.
    pub files_today: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
}

fn refuse_beyond(used: Usage, attachment: &Attachment, by: &Sender) -> Result<(), AttachError> {
    let max = by.files_per_day_max();
    if used.files_today >= max {
        return Err(AttachError::Daily { max });
    }
    if used.total_bytes.saturating_add(attachment.bytes) > TOTAL_BYTES_MAX {
        return Err(AttachError::Full);
    }
    Ok(())
}

/// A name that can be shown and saved anywhere: its last part, without what steers a terminal, a path or a header.
fn clean_name(name: &str, media: Media) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: &char| !c.is_control() && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*' | ';');
    // Marks that turn the direction of writing can make `gpj.exe` of a name.
    let turns =
        |c: &char| matches!(*c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let stem: String = last.chars().filter(kept).filter(|c| !turns(c)).take(NAME_CHARS_MAX).collect();
    let stem = stem.trim().trim_matches('.').to_owned();
    if stem.is_empty() { format!("file.{}", media.ending()) } else { stem }
}

/// Writes a file under its final name, synced, its folder too. Written twice it stays.
fn write(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), AttachError> {
    let failed = |source| AttachError::Disk { path: path.to_owned(), source };
    let shelf = path.parent().unwrap_or(folder);
    fs::create_dir_all(shelf).map_err(failed)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    for folder in [shelf, folder] {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
