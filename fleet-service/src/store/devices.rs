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
    pub code_hash: [u8; 32],
    /// Who made it, as it says.
    pub maker: String,
    /// What its maker calls it, as it says.
    pub model: String,
    /// Its last registration.
    pub registered: Timestamp,
}

impl Change {
    /// Stores a registration; a repeated one replaces the code.
    pub async fn put_device(
        &mut self,
        terminal: &TerminalId,
        device: &StoredDevice,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO device (terminal, plate, code_hash, registered_ms, maker, model) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (terminal) DO UPDATE SET plate = excluded.plate, code_hash = excluded.code_hash, \
             registered_ms = excluded.registered_ms, maker = excluded.maker, model = excluded.model",
        )
        .bind(terminal.as_str())
        .bind(device.plate.as_str())
        .bind(&device.code_hash[..])
        .bind(device.registered.millis())
        .bind(&device.maker)
        .bind(&device.model)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a registration", e))
    }
}

impl Store {
    /// Every registration, by terminal.
    pub async fn devices(&self) -> Result<Vec<(TerminalId, StoredDevice)>, StoreError> {
        let what = "reading registrations";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT terminal, plate, code_hash, registered_ms, maker, model FROM device ORDER BY terminal",
        )
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        let mut devices = Vec::with_capacity(rows.len());
        for row in rows {
            let read = || {
                let text = |column: usize| row.try_get::<String, _>(column);
                let hash: Vec<u8> = row.try_get(2)?;
                Ok((text(0)?, text(1)?, hash, row.try_get::<i64, _>(3)?, text(4)?, text(5)?))
            };
            let (terminal, plate, hash, registered_ms, maker, model) =
                read().map_err(|e| self.failed(what, e))?;
            let broken = |reason: &dyn ToString| corrupt("terminal", &terminal, reason.to_string());
            let device = StoredDevice {
                plate: plate.parse().map_err(|e| broken(&e))?,
                code_hash: hash.try_into().map_err(|_long| broken(&"its code's hash is not 32 bytes"))?,
                maker,
                model,
                registered: Timestamp::from_millis(registered_ms),
            };
            devices.push((terminal.parse().map_err(|e| broken(&e))?, device));
        }
        Ok(devices)
    }
}
