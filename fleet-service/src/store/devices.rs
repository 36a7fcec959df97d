//! Terminals that have registered, with a hash of their authentication code.

use domain::{Plate, TerminalId, Timestamp};
use sqlx::Row as _;

use super::{Change, Store, StoreError, corrupt};

/// A registered terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDevice {
    /// The truck it registered for.
    pub plate: Plate,
    /// SHA-256 of its authentication code.
    pub code_hash: Vec<u8>,
}

impl Change {
    /// Stores a registration; a repeated one replaces the code.
    pub async fn put_device(
        &mut self,
        terminal: &TerminalId,
        device: &StoredDevice,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO device (terminal, plate, code_hash, registered_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (terminal) DO UPDATE SET plate = excluded.plate, code_hash = excluded.code_hash, \
             registered_ms = excluded.registered_ms",
        )
        .bind(terminal.as_str())
        .bind(device.plate.as_str())
        .bind(&device.code_hash)
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a registration", e))
    }
}

impl Store {
    /// The registration of a terminal.
    pub async fn device(&self, terminal: &TerminalId) -> Result<Option<StoredDevice>, StoreError> {
        let what = "reading a registration";
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT plate, code_hash FROM device WHERE terminal = $1")
            .bind(terminal.as_str())
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let Some(row) = row else { return Ok(None) };
        let plate: String = row.try_get(0).map_err(|e| self.failed(what, e))?;
        let code_hash = row.try_get(1).map_err(|e| self.failed(what, e))?;
        let plate = plate.parse().map_err(|e| corrupt("terminal", terminal, e))?;
        Ok(Some(StoredDevice { plate, code_hash }))
    }
}
