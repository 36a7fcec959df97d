//! The registers' versions, read from the texts that were imported.

use std::sync::Arc;

use domain::{Registers, Registry};

use crate::registry::{self, RegistryError, RegistryFiles};
use crate::store::{Store, StoreError};

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
}

/// The registers as far as they are read.
#[derive(Debug, Clone)]
pub struct RegisterBook {
    registers: Option<Registers>,
    version: u64,
}

impl RegisterBook {
    /// Reads every version stored.
    pub async fn read(store: &Store) -> Result<Self, RegistersError> {
        let mut book = Self { registers: None, version: 0 };
        book.refresh(store).await?;
        Ok(book)
    }

    /// Reads versions imported since; `true` when there were any.
    pub async fn refresh(&mut self, store: &Store) -> Result<bool, RegistersError> {
        if store.newest_registers().await? <= self.version {
            return Ok(false);
        }
        for stored in store.registers_after(self.version).await? {
            let (registry, _warnings) = registry::read(&RegistryFiles(stored.files)).map_err(|source| {
                RegistersError::Version { version: stored.version, source: Box::new(source) }
            })?;
            match &mut self.registers {
                // The first version holds for everything before it as well: a report is always judged by some register.
                None => self.registers = Some(Registers::always(registry)),
                Some(registers) => registers.put_in_force(stored.in_force, Arc::new(registry)),
            }
            self.version = stored.version;
        }
        Ok(true)
    }

    /// What is in force when; empty registers while nothing was imported.
    pub fn registers(&self) -> Registers {
        self.registers.clone().unwrap_or_else(|| Registers::always(Registry::default()))
    }

    /// Number of the newest version read; 0 when nothing was imported.
    pub fn version(&self) -> u64 {
        self.version
    }
}
