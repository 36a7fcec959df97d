//! Versions of the registers, as the texts that were imported.

use std::collections::BTreeMap;

use domain::Timestamp;
use sqlx::Row as _;

use super::{Change, Store, StoreError, signed, unsigned};

/// One version of the registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterVersion {
    /// Its number, from 1.
    pub version: u64,
    /// From when reports are judged by it.
    pub in_force: Timestamp,
    /// File name to content.
    pub files: BTreeMap<String, String>,
}

impl Change {
    /// Stores a further version and returns its number.
    pub async fn add_registers(
        &mut self,
        in_force: Timestamp,
        now: Timestamp,
        files: &BTreeMap<String, String>,
    ) -> Result<u64, StoreError> {
        let what = "storing the registers";
        let result = sqlx::query(
            "INSERT INTO register_version (version, in_force_ms, imported_ms) \
             SELECT COALESCE(MAX(version), 0) + 1, $1, $2 FROM register_version RETURNING version",
        )
        .bind(in_force.millis())
        .bind(now.millis())
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        let version = result.map_err(|e| self.failed(what, e))?;
        for (name, text) in files {
            let result = sqlx::query("INSERT INTO register_file (version, name, text) VALUES ($1, $2, $3)")
                .bind(version)
                .bind(name)
                .bind(text)
                .execute(self.connection())
                .await;
            result.map_err(|e| self.failed(what, e))?;
        }
        Ok(unsigned(version))
    }
}

impl Store {
    /// Number of the newest version; 0 when nothing was imported.
    pub async fn newest_registers(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM register_version")
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("reading the registers", e))
    }

    /// Every version after a number, in the order of import.
    pub async fn registers_after(&self, version: u64) -> Result<Vec<RegisterVersion>, StoreError> {
        let what = "reading the registers";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT v.version, v.in_force_ms, f.name, f.text FROM register_version v \
             JOIN register_file f ON f.version = v.version WHERE v.version > $1 ORDER BY v.version, f.name",
        )
        .bind(signed(version))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        let mut versions: Vec<RegisterVersion> = Vec::new();
        for row in &rows {
            let read = || -> Result<(i64, i64, String, String), sqlx::Error> {
                Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
            };
            let (number, in_force_ms, name, text) = read().map_err(|e| self.failed(what, e))?;
            let number = unsigned(number);
            match versions.last_mut() {
                Some(last) if last.version == number => {
                    last.files.insert(name, text);
                }
                _ => versions.push(RegisterVersion {
                    version: number,
                    in_force: Timestamp::from_millis(in_force_ms),
                    files: BTreeMap::from([(name, text)]),
                }),
            }
        }
        Ok(versions)
    }
}
