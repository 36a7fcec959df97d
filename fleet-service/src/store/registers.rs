//! Versions of the registers: the texts that were imported, and single records that were changed.

use std::collections::BTreeMap;

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, signed, unsigned};

/// One version of the registers: a whole set of texts, or records that say something else from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterVersion {
    /// Its number, from 1.
    pub version: u64,
    /// From when reports are judged by it.
    pub in_force: Timestamp,
    /// When it was stored.
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// Why, in that person's words; may be empty.
    pub reason: String,
    /// File name to content; empty when it is made of records.
    pub files: BTreeMap<String, String>,
    /// The records; empty when it is made of files.
    pub records: Vec<StoredRecord>,
}

/// What a record says from a version on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The register's word.
    pub register: String,
    /// The record's key.
    pub id: String,
    /// Its JSON; `None` when it is taken out.
    pub body: Option<String>,
}

/// Where a version of records comes from.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    /// From when it is in force.
    pub in_force: Timestamp,
    /// When it is made.
    pub now: Timestamp,
    /// Who makes it.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
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

    /// Stores a further version made of records and returns its number.
    pub async fn add_register_records(
        &mut self,
        making: Making<'_>,
        records: &[StoredRecord],
    ) -> Result<u64, StoreError> {
        let what = "storing records of the registers";
        let result = sqlx::query(
            "INSERT INTO register_version (version, in_force_ms, imported_ms, made_by, reason) \
             SELECT COALESCE(MAX(version), 0) + 1, $1, $2, $3, $4 FROM register_version RETURNING version",
        )
        .bind(making.in_force.millis())
        .bind(making.now.millis())
        .bind(making.by)
        .bind(making.reason)
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        let version = result.map_err(|e| self.failed(what, e))?;
        for record in records {
            let result = sqlx::query(
                "INSERT INTO register_record (version, register, id, body) VALUES ($1, $2, $3, $4)",
            )
            .bind(version)
            .bind(&record.register)
            .bind(&record.id)
            .bind(&record.body)
            .execute(self.connection())
            .await;
            result.map_err(|e| self.failed(what, e))?;
        }
        Ok(unsigned(version))
    }

    /// Number of the newest version, this transaction's own included.
    pub async fn newest_registers(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM register_version")
            .fetch_one(self.connection())
            .await
            .and_then(|row| row.try_get::<i64, _>(0));
        row.map(unsigned).map_err(|e| self.failed("reading the registers", e))
    }

    /// Notes that an upload was committed, and what was answered.
    pub async fn add_register_import(
        &mut self,
        token: &str,
        version: Option<u64>,
        outcome: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO register_import (token, version, at_ms, by_whom, outcome) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token)
        .bind(version.map(signed))
        .bind(now.millis())
        .bind(by)
        .bind(outcome)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting an import", e))
    }
}

impl Store {
    /// What was answered when an upload was committed; `None` when it was not.
    pub async fn register_import(&self, token: &str) -> Result<Option<String>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT outcome FROM register_import WHERE token = $1")
            .bind(token)
            .fetch_optional(&mut *reader)
            .await;
        let row = row.and_then(|row| row.map(|row| row.try_get::<String, _>(0)).transpose());
        row.map_err(|e| self.failed("reading imports", e))
    }

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

    /// Every version after a number, in the order they were made.
    pub async fn registers_after(&self, version: u64) -> Result<Vec<RegisterVersion>, StoreError> {
        let what = "reading the registers";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT version, in_force_ms, imported_ms, made_by, reason FROM register_version \
             WHERE version > $1 ORDER BY version",
        )
        .bind(signed(version))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        let read = |row: &Row| -> Result<RegisterVersion, sqlx::Error> {
            Ok(RegisterVersion {
                version: unsigned(row.try_get(0)?),
                in_force: Timestamp::from_millis(row.try_get(1)?),
                made: Timestamp::from_millis(row.try_get(2)?),
                made_by: row.try_get(3)?,
                reason: row.try_get(4)?,
                files: BTreeMap::new(),
                records: Vec::new(),
            })
        };
        let versions: Result<Vec<RegisterVersion>, _> = rows.iter().map(read).collect();
        let mut versions = versions.map_err(|e| self.failed(what, e))?;
        let rows = sqlx::query("SELECT version, name, text FROM register_file WHERE version > $1")
            .bind(signed(version))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        for row in &rows {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            let (number, name, text): (i64, String, String) = read().map_err(|e| self.failed(what, e))?;
            if let Some(of) = versions.iter_mut().find(|of| of.version == unsigned(number)) {
                of.files.insert(name, text);
            }
        }
        let rows = sqlx::query(
            "SELECT version, register, id, body FROM register_record WHERE version > $1 ORDER BY version, register, id",
        )
        .bind(signed(version))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        for row in &rows {
            let read = || -> Result<(i64, StoredRecord), sqlx::Error> {
                let record =
                    StoredRecord { register: row.try_get(1)?, id: row.try_get(2)?, body: row.try_get(3)? };
                Ok((row.try_get(0)?, record))
            };
            let (number, record) = read().map_err(|e| self.failed(what, e))?;
            let at = versions.binary_search_by_key(&unsigned(number), |of| of.version);
            if let Some(of) = at.ok().and_then(|at| versions.get_mut(at)) {
                of.records.push(record);
            }
        }
        Ok(versions)
    }
}
