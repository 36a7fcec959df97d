//! `fleet-service import`: checks a registry folder and stores its texts as the version in force from a moment on.

use std::path::PathBuf;

use domain::Timestamp;

use crate::judge::{Judge, ThresholdError};
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
    Judge::new(domain::Registers::always(registry))?;
    let from = args.from.unwrap_or(now);
    let store = Store::open(&args.data).await?;
    let mut change = store.change().await?;
    let version = change.add_registers(from, now, &files.0).await?;
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
