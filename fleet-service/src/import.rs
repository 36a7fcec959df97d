//! `fleet-service import`: checks a registry folder and stores its texts as the version in force from a moment on;
//! permits that are new or say something else are published in the feed.

use std::path::PathBuf;
use std::sync::Arc;

use domain::{Registry, Timestamp};

use crate::feed::key::KeyError;
use crate::feed::publish::{Press, PublishError};
use crate::judge::{Judge, ThresholdError};
use crate::live::registers::RegisterBook;
use crate::registry::{self, RegistryError, RegistryWarning};
use crate::store::{AuditDraft, Store, StoreError};

/// What is imported.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Registry folder.
    #[arg(long)]
    pub registry: PathBuf,
    /// From when it is in force, RFC 3339; now when absent. The first version holds for everything before as well.
    #[arg(long)]
    pub from: Option<Timestamp>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The folder cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It sets a threshold that does not exist.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// The permits cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The feed has no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was imported.
#[derive(Debug)]
pub struct Imported {
    /// Number of the version.
    pub version: u64,
    /// From when it is in force.
    pub from: Timestamp,
    /// How many companies, trucks and permits it holds.
    pub carriers: usize,
    /// Trucks.
    pub trucks: usize,
    /// Permits.
    pub permits: usize,
    /// What a person should look at.
    pub warnings: Vec<RegistryWarning>,
}

/// Checks and stores a folder. On an error nothing is stored.
pub async fn run(args: &ImportArgs, now: Timestamp) -> Result<Imported, ImportError> {
    // Checked before the database is opened: a wrong folder leaves no trace.
    let files = registry::read_files(&args.registry)?;
    let (registry, warnings) = registry::read(&files)?;
    let (carriers, trucks, permits) =
        (registry.carriers.len(), registry.trucks.len(), registry.permits.len());
    Judge::new(domain::Registers::always(registry.clone()))?;
    let from = args.from.unwrap_or(now);
    let store = Store::open(&args.data).await?;
    let press = Press::open(&args.data)?;
    let before = newest(&store).await;
    let mut change = store.change().await?;
    let version = change.add_registers(from, now, &files.0).await?;
    press.publish_permits(&mut change, before.as_deref(), &registry, now).await?;
    change
        .add_audit(AuditDraft {
            at: now,
            who: "command line".to_owned(),
            what: "import",
            subject: format!("registers {version}"),
            detail: format!("in force from {from}"),
        })
        .await?;
    change.commit().await?;
    store.close().await;
    Ok(Imported { version, from, carriers, trucks, permits, warnings })
}

/// The registers as they stand last; none when there are none or they are not read by today's rules any more.
async fn newest(store: &Store) -> Option<Arc<Registry>> {
    let book = RegisterBook::read(store).await.ok()?;
    (book.version() > 0).then(|| Arc::clone(book.registers().newest()))
}
