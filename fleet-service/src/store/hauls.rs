//! Hauls as the judge sees them, with what each adds to its permit.

use std::collections::HashMap;

use domain::{Haul, HaulId, PermitNumber, Plate, Timestamp};
use sqlx::Row as _;

use super::sqlite::{Database, Row};
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// Rows of one statement: a row at a time costs a hop to the database's thread each.
const ROWS_PER_STATEMENT: usize = 200;

impl Change {
    /// Stores hauls whole, each once, replacing what was there under their ids. Beside each stands its truck's rated load at
    /// departure in kilograms, 0 when none is registered.
    pub async fn put_hauls(&mut self, hauls: &[(&Haul, u64)]) -> Result<(), StoreError> {
        for chunk in hauls.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(
                "INSERT INTO haul (id, plate, departed_ms, haul, permit, load_kg, source, sink) ",
            );
            let text = |haul: &Haul| serde_json::to_string(haul).map_err(|e| corrupt("haul", haul.id, e));
            let texts: Vec<String> = chunk.iter().map(|(haul, _)| text(haul)).collect::<Result<_, _>>()?;
            query.push_values(chunk.iter().zip(texts), |mut row, ((haul, load_kg), text)| {
                row.push_bind(haul.id.to_string())
                    .push_bind(haul.plate.as_str())
                    .push_bind(haul.departed.millis())
                    .push_bind(text)
                    .push_bind(haul.permit.as_ref().map(|permit| permit.as_str()))
                    .push_bind(signed(*load_kg))
                    .push_bind(haul.source.as_ref().map(|site| site.as_str()))
                    .push_bind(haul.sink.as_ref().map(|site| site.as_str()));
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET plate = excluded.plate, departed_ms = excluded.departed_ms, \
                 haul = excluded.haul, permit = excluded.permit, load_kg = excluded.load_kg, \
                 source = excluded.source, sink = excluded.sink",
            );
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("storing hauls", e))?;
        }
        Ok(())
    }

    /// Removes hauls that later reports disproved, but those that departed before `from`: they are readings of the report
    /// log, which still holds their grounds.
    pub async fn drop_hauls(&mut self, ids: &[HaulId], from: Timestamp) -> Result<(), StoreError> {
        for chunk in ids.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new("DELETE FROM haul WHERE departed_ms >= ");
            query.push_bind(from.millis()).push(" AND id IN (");
            let mut list = query.separated(", ");
            chunk.iter().for_each(|id| {
                list.push_bind(id.to_string());
            });
            list.push_unseparated(")");
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("withdrawing hauls", e))?;
        }
        Ok(())
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

/// A haul whose load is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaulWithoutLoad {
    /// Its id.
    pub id: HaulId,
    /// The truck.
    pub plate: Plate,
    /// When it departed.
    pub departed: Timestamp,
}

impl Change {
    /// Stores the load of a haul that was stored before loads were.
    pub async fn set_haul_load(&mut self, id: HaulId, load_kg: u64) -> Result<(), StoreError> {
        let result = sqlx::query("UPDATE haul SET load_kg = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(signed(load_kg))
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("storing a haul's load", e))
    }
}

impl Store {
    /// Up to `limit` hauls whose load is not stored yet.
    pub async fn hauls_without_load(&self, limit: u32) -> Result<Vec<HaulWithoutLoad>, StoreError> {
        let what = "reading hauls without a load";
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT id, plate, departed_ms FROM haul WHERE load_kg IS NULL LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let columns = |row: &Row| -> Result<(String, String, i64), sqlx::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        };
        rows.iter()
            .map(|row| {
                let (id, plate, departed_ms) = columns(row).map_err(|e| self.failed(what, e))?;
                Ok(HaulWithoutLoad {
                    id: id.parse().map_err(|e| corrupt("haul", &id, e))?,
                    plate: plate.parse().map_err(|e| corrupt("haul", &id, e))?,
                    departed: Timestamp::from_millis(departed_ms),
                })
            })
            .collect()
    }

    /// Kilograms of rated load of the hauls judged by each permit that departed before a moment.
    pub async fn hauled_before(&self, before: Timestamp) -> Result<HashMap<PermitNumber, u64>, StoreError> {
        let what = "summing up what was hauled";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT permit, SUM(load_kg) FROM haul WHERE permit IS NOT NULL AND load_kg IS NOT NULL \
             AND departed_ms < $1 GROUP BY permit",
        )
        .bind(before.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        rows.iter()
            .map(|row| {
                let permit: String = row.try_get(0).map_err(|e| self.failed(what, e))?;
                let kg: i64 = row.try_get(1).map_err(|e| self.failed(what, e))?;
                Ok((permit.parse().map_err(|e| corrupt("haul", &permit, e))?, unsigned(kg)))
            })
            .collect()
    }

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

    /// Hauls of one truck that departed in a stretch of time, in order of departure.
    pub async fn hauls_of_truck(
        &self,
        plate: &Plate,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Haul>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT haul FROM haul WHERE plate = $1 AND departed_ms >= $2 AND departed_ms < $3 ORDER BY departed_ms",
        )
        .bind(plate.as_str())
        .bind(from.millis())
        .bind(before.millis())
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::HaulState;

    fn haul(departed_s: i64, permit: Option<&str>) -> Haul {
        Haul {
            id: HaulId::of_facts(&[&departed_s.to_be_bytes()]),
            plate: "豫A12345".parse().unwrap(),
            source: None,
            departed: Timestamp::from_seconds(departed_s),
            sink: None,
            unloaded: None,
            permit: permit.map(|permit| permit.parse().unwrap()),
            leg: None,
            distance_km: 1.0,
            state: HaulState::Open,
        }
    }

    #[tokio::test]
    async fn what_was_hauled_is_summed_up_by_permit_and_old_rows_get_their_load() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut change = store.change().await.unwrap();
        for (departed_s, permit) in
            [(10, Some("P1")), (20, Some("P1")), (30, None), (40, Some("P2")), (50, Some("P1"))]
        {
            change.put_hauls(&[(&haul(departed_s, permit), 16_000)]).await.unwrap();
        }
        // As a version before this one would have stored it.
        let put = sqlx::query("UPDATE haul SET load_kg = NULL WHERE departed_ms = 20000");
        put.execute(change.connection()).await.unwrap();
        change.commit().await.unwrap();
        let old = store.hauls_without_load(10).await.unwrap();
        assert_eq!(old.iter().map(|haul| haul.departed.seconds()).collect::<Vec<_>>(), [20]);
        let mut change = store.change().await.unwrap();
        change.set_haul_load(old[0].id, 8_000).await.unwrap();
        change.drop_hauls(&[haul(10, None).id], Timestamp::from_seconds(11)).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(store.hauls_without_load(10).await.unwrap(), []);
        let sums = store.hauled_before(Timestamp::from_seconds(50)).await.unwrap();
        let sum = |permit: &str| sums.get(&permit.parse::<PermitNumber>().unwrap()).copied();
        assert_eq!((sum("P1"), sum("P2"), sums.len()), (Some(24_000), Some(16_000), 2));
    }
}
