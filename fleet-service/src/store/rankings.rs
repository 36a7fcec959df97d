//! Counts by truck over long stretches of time, for rankings and the triage index.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Plate, Timestamp};
use sqlx::Row as _;

use super::sqlite;
use super::{Store, StoreError, corrupt, unsigned};

impl Store {
    /// The trucks of which a haul departed in a stretch of time.
    pub async fn trucks_that_hauled(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<BTreeSet<Plate>, StoreError> {
        let what = "reading which trucks hauled";
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query("SELECT DISTINCT plate FROM haul WHERE departed_ms >= $1 AND departed_ms < $2")
                .bind(from.millis())
                .bind(before.millis())
                .fetch_all(&mut *reader)
                .await
                .map_err(|e| self.failed(what, e))?;
        let plate = |row: &sqlite::Row| -> Result<Plate, StoreError> {
            let text: String = row.try_get(0).map_err(|e| self.failed(what, e))?;
            text.parse().map_err(|e| corrupt("plate", &text, e))
        };
        rows.iter().map(plate).collect()
    }

    /// How many hauls of one truck departed in a stretch of time.
    pub async fn count_hauls_of_truck(
        &self,
        plate: &Plate,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT COUNT(*) FROM haul WHERE plate = $1 AND departed_ms >= $2 AND departed_ms < $3",
        )
        .bind(plate.as_str())
        .bind(from.millis())
        .bind(before.millis())
        .fetch_one(&mut *reader)
        .await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("counting hauls", e))
    }

    /// How many hauls of each truck departed in a stretch of time.
    pub async fn hauls_by_truck(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<BTreeMap<Plate, u64>, StoreError> {
        let select =
            "SELECT plate, COUNT(*) FROM haul WHERE departed_ms >= $1 AND departed_ms < $2 GROUP BY plate";
        self.count_by_truck(select, from, before, "counting hauls").await
    }

    /// How often each truck passed a gate in a stretch of time, by minutes in which one saw it.
    pub async fn gate_passages_by_truck(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<BTreeMap<Plate, u64>, StoreError> {
        let select = "SELECT plate, COUNT(*) FROM site_reading WHERE minute_ms >= $1 AND minute_ms < $2 \
             AND mark IN ('gate_in', 'gate_out') GROUP BY plate";
        self.count_by_truck(select, from, before, "counting passages of gates").await
    }

    async fn count_by_truck(
        &self,
        select: &'static str,
        from: Timestamp,
        before: Timestamp,
        what: &'static str,
    ) -> Result<BTreeMap<Plate, u64>, StoreError> {
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query(select).bind(from.millis()).bind(before.millis()).fetch_all(&mut *reader).await;
        let rows = rows.map_err(|e| self.failed(what, e))?;
        let mut counts = BTreeMap::new();
        for row in &rows {
            let plate: String = row.try_get(0).map_err(|e| self.failed(what, e))?;
            let count: i64 = row.try_get(1).map_err(|e| self.failed(what, e))?;
            counts.insert(plate.parse().map_err(|e| corrupt("plate", &plate, e))?, unsigned(count));
        }
        Ok(counts)
    }
}
