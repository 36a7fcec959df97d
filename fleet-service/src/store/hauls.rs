//! Hauls as the judge sees them.

use domain::{Haul, HaulId, Timestamp};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed};

impl Change {
    /// Stores a haul whole, with its truck's rated volume, replacing what was there under its id.
    pub async fn put_haul(&mut self, haul: &Haul, volume_l: Option<u64>) -> Result<(), StoreError> {
        let text = serde_json::to_string(haul).map_err(|e| corrupt("haul", haul.id, e))?;
        let result = sqlx::query(
            "INSERT INTO haul (id, plate, departed_ms, haul, source, sink, volume_l) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (id) DO UPDATE SET plate = excluded.plate, departed_ms = excluded.departed_ms, \
             haul = excluded.haul, source = excluded.source, sink = excluded.sink, volume_l = excluded.volume_l",
        )
        .bind(haul.id.to_string())
        .bind(haul.plate.as_str())
        .bind(haul.departed.millis())
        .bind(text)
        .bind(haul.source.as_ref().map(|site| site.as_str()))
        .bind(haul.sink.as_ref().map(|site| site.as_str()))
        .bind(volume_l.map(signed))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a haul", e))
    }

    /// Removes a haul that later reports disproved: it is a reading of the report log, which still holds its grounds.
    pub async fn drop_haul(&mut self, id: HaulId) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM haul WHERE id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("withdrawing a haul", e))
    }

    /// Removes every haul that departed at or after a moment, for a refold that writes them again.
    pub async fn drop_hauls_from(&mut self, from: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM haul WHERE departed_ms >= $1")
            .bind(from.millis())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("withdrawing hauls", e))
    }
}

impl Store {
    /// Hauls that departed in a stretch of time, in order of departure and plate; at most `limit`.
    pub async fn hauls_between(
        &self,
        from: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Haul>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT haul FROM haul WHERE departed_ms >= $1 AND departed_ms < $2 \
             ORDER BY departed_ms, plate LIMIT $3",
        )
        .bind(from.millis())
        .bind(before.millis())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading hauls", e))?;
        rows.iter().map(read).collect()
    }

    /// One haul.
    pub async fn haul(&self, id: HaulId) -> Result<Option<Haul>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT haul FROM haul WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *reader)
            .await
            .map_err(|e| self.failed("reading a haul", e))?;
        row.as_ref().map(read).transpose()
    }

    /// Every haul in order of departure and plate, up to `limit` after a place in that order (departure, plate).
    pub async fn hauls_after(
        &self,
        after: Option<(Timestamp, &str)>,
        limit: u32,
    ) -> Result<Vec<Haul>, StoreError> {
        let (departed_ms, plate) = after.map_or((i64::MIN, ""), |(at, plate)| (at.millis(), plate));
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT haul FROM haul WHERE departed_ms > $1 OR (departed_ms = $1 AND plate > $2) \
             ORDER BY departed_ms, plate LIMIT $3",
        )
        .bind(departed_ms)
        .bind(plate)
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading hauls", e))?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Haul, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("haul", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("haul", &text, e))
}
