//! The registers' versions, read from the texts that were imported and the records that were changed since.

use std::sync::Arc;

use domain::{Registers, Registry, Timestamp};

use crate::registry::timeline::{self, Reach, RecordChange, TimelineError};
use crate::registry::{self, RegistryError, RegistryFiles};
use crate::store::{RegisterVersion, Store, StoreError, StoredRecord};

/// Why stored registers cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistersError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored version cannot be read; it was checked when it was imported, so an older program wrote it.
    #[error("version {version} of the registers cannot be read any more: import it again")]
    Version {
        /// Its number.
        version: u64,
        /// What is wrong.
        #[source]
        source: Box<RegistryError>,
    },
    /// Stored records do not fit; they were checked when they were stored, so an older program wrote them.
    #[error("version {version} of the registers does not fit any more: import the registers again")]
    Records {
        /// Its number.
        version: u64,
        /// What is wrong.
        #[source]
        source: Box<TimelineError>,
    },
    /// A stored record cannot be read.
    #[error("version {version} of the registers holds a record that cannot be read: {detail}")]
    Record {
        /// Its number.
        version: u64,
        /// What is wrong.
        detail: String,
    },
}

/// Where a version comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNote {
    /// Its number.
    pub version: u64,
    /// From when it is in force.
    pub in_force: Timestamp,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// Why; may be empty.
    pub reason: String,
}

/// The registers as far as they are read.
#[derive(Debug, Clone, Default)]
pub struct RegisterBook {
    registers: Option<Registers>,
    version: u64,
    notes: Vec<VersionNote>,
}

impl RegisterBook {
    /// Reads every version stored.
    pub async fn read(store: &Store) -> Result<Self, RegistersError> {
        let mut book = Self::default();
        book.refresh(store).await?;
        Ok(book)
    }

    /// Reads versions imported since; `true` when there were any.
    pub async fn refresh(&mut self, store: &Store) -> Result<bool, RegistersError> {
        if store.newest_registers().await? <= self.version {
            return Ok(false);
        }
        for stored in store.registers_after(self.version).await? {
            self.take(stored)?;
        }
        Ok(true)
    }

    fn take(&mut self, stored: RegisterVersion) -> Result<(), RegistersError> {
        let RegisterVersion { version, in_force, made, made_by, reason, files, records } = stored;
        if files.is_empty() {
            let changes: Result<Vec<RecordChange>, String> = records.into_iter().map(change_of).collect();
            let changes = changes.map_err(|detail| RegistersError::Record { version, detail })?;
            let applied = timeline::apply(&self.registers(), in_force, &changes, Reach::ToNextChange);
            let (registers, _warnings) =
                applied.map_err(|source| RegistersError::Records { version, source: Box::new(source) })?;
            self.registers = Some(registers);
        } else {
            let (registry, _warnings) = registry::read(&RegistryFiles(files))
                .map_err(|source| RegistersError::Version { version, source: Box::new(source) })?;
            match &mut self.registers {
                // The first version holds for everything before it as well: a report is always judged by some register.
                None => self.registers = Some(Registers::always(registry)),
                Some(registers) => registers.put_in_force(in_force, Arc::new(registry)),
            }
        }
        self.version = version;
        self.notes.push(VersionNote { version, in_force, made, made_by, reason });
        Ok(())
    }

    /// What is in force when; empty registers while nothing was imported.
    pub fn registers(&self) -> Registers {
        self.registers.clone().unwrap_or_else(|| Registers::always(Registry::default()))
    }

    /// Number of the newest version read; 0 when nothing was imported.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Where the version that came into force at a moment comes from; of several the newest.
    pub fn note_of(&self, in_force: Timestamp) -> Option<&VersionNote> {
        self.notes.iter().rev().find(|note| note.in_force == in_force)
    }

    /// Where the first version comes from, which holds for all time before as well.
    pub fn first_note(&self) -> Option<&VersionNote> {
        self.notes.first()
    }
}

fn change_of(stored: StoredRecord) -> Result<RecordChange, String> {
    let register = stored.register.parse().map_err(|error: registry::UnknownRegister| error.to_string())?;
    let body = stored.body.map(|text| serde_json::from_str(&text)).transpose();
    let body = body.map_err(|error| format!("{} {}: {error}", stored.register, stored.id))?;
    Ok(RecordChange { register, key: stored.id, body })
}
