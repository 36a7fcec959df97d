//! What tickets follow from besides hauls: readings at sites and what people did; and sums of hauls by where they went.

use std::collections::BTreeMap;

use domain::{Plate, SiteId, Timestamp};
use sqlx::Row as _;

use super::sqlite::{Connection, Database, Row};
use super::{Change, Store, StoreError, corrupt, unsigned};
use crate::waybill::{Act, ActKind, Flow, KG_PER_M3, Mark, Record, SiteReading};

/// Readings written by one statement.
const READINGS_PER_STATEMENT: usize = 100;

/// A haul's ticket that a sink refused or that is void moved nothing.
const MOVED: &str = "id NOT IN (SELECT number FROM waybill_act WHERE kind IN ('reject', 'void'))";

impl Change {
    /// Keeps the first and last reading of each minute. Given again they change nothing.
    pub async fn put_site_readings(&mut self, readings: &[SiteReading]) -> Result<(), StoreError> {
        for chunk in joined(readings).chunks(READINGS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(
                "INSERT INTO site_reading (minute_ms, plate, site, mark, gross_kg, first_ms, last_ms) ",
            );
            query.push_values(chunk, |mut row, reading| {
                row.push_bind(reading.minute_ms())
                    .push_bind(reading.plate.as_str())
                    .push_bind(reading.site.as_str())
                    .push_bind(reading.mark.word())
                    .push_bind(i64::from(gross_kg(reading.mark)))
                    .push_bind(reading.first.millis())
                    .push_bind(reading.last.millis());
            });
            query.push(
                " ON CONFLICT (minute_ms, plate, site, mark, gross_kg) DO UPDATE SET \
                 first_ms = CASE WHEN excluded.first_ms < site_reading.first_ms THEN excluded.first_ms \
                 ELSE site_reading.first_ms END, \
                 last_ms = CASE WHEN excluded.last_ms > site_reading.last_ms THEN excluded.last_ms \
                 ELSE site_reading.last_ms END",
            );
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("storing readings at sites", e))?;
        }
        Ok(())
    }

    /// How many acts a ticket has, read inside the change.
    pub async fn waybill_acts(&mut self, number: &str) -> Result<u64, StoreError> {
        let result = count_acts(self.connection(), number).await;
        result.map_err(|e| self.failed("reading what was done to a ticket", e))
    }

    /// Adds an act; of a draft, with its truck and source.
    pub async fn add_waybill_act(
        &mut self,
        number: &str,
        act: &Act,
        draft: Option<(&Plate, &SiteId)>,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO waybill_act (number, kind, at_ms, by_whom, reason, plate, site) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(number)
        .bind(act.kind.word())
        .bind(act.at.millis())
        .bind(&act.by)
        .bind(&act.reason)
        .bind(draft.map(|d| d.0.as_str()))
        .bind(draft.map(|d| d.1.as_str()))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing what was done to a ticket", e))
    }
}

/// A statement must not meet the same row twice.
fn joined(readings: &[SiteReading]) -> Vec<SiteReading> {
    let mut by_minute: BTreeMap<(i64, &Plate, &SiteId, Mark), SiteReading> = BTreeMap::new();
    for reading in readings {
        let key = (reading.minute_ms(), &reading.plate, &reading.site, reading.mark);
        let kept = by_minute.entry(key).or_insert_with(|| reading.clone());
        kept.first = kept.first.min(reading.first);
        kept.last = kept.last.max(reading.last);
    }
    by_minute.into_values().collect()
}

fn gross_kg(mark: Mark) -> u32 {
    match mark {
        Mark::Weighbridge { gross_kg } => gross_kg,
        Mark::GateIn | Mark::GateOut | Mark::Wash => 0,
    }
}

async fn count_acts(connection: &mut Connection, number: &str) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT COUNT(*) FROM waybill_act WHERE number = $1")
        .bind(number)
        .fetch_one(connection)
        .await?;
    row.try_get(0).map(unsigned)
}

/// Acts gathered by ticket.
fn records(rows: &[Row]) -> Result<Vec<Record>, StoreError> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for row in rows {
        let (number, act, draft) = act(row).map_err(|reason| corrupt("ticket act", "?", reason))?;
        let record =
            records.entry(number.clone()).or_insert_with(|| Record { number, draft: None, acts: vec![] });
        record.draft = record.draft.take().or(draft);
        record.acts.push(act);
    }
    Ok(records.into_values().collect())
}

impl Store {
    /// How many acts a ticket has.
    pub async fn waybill_acts(&self, number: &str) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let result = count_acts(&mut reader, number).await;
        result.map_err(|e| self.failed("reading what was done to a ticket", e))
    }

    /// When a draft was opened; `None` when there is none of that number.
    pub async fn waybill_drafted(&self, number: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT at_ms FROM waybill_act WHERE number = $1 AND kind = 'draft'")
            .bind(number)
            .fetch_optional(&mut *reader)
            .await;
        row.and_then(|row| row.map(|row| row.try_get(0).map(Timestamp::from_millis)).transpose())
            .map_err(|e| self.failed("reading a draft", e))
    }

    /// Readings of minutes that begin in a stretch of time.
    pub async fn site_readings(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<SiteReading>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT plate, site, mark, gross_kg, first_ms, last_ms FROM site_reading \
             WHERE minute_ms >= $1 AND minute_ms < $2 ORDER BY minute_ms, plate",
        )
        .bind(from.millis())
        .bind(before.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading what was seen at sites", e))?;
        rows.iter().map(|row| reading(row).map_err(|reason| corrupt("site reading", "?", reason))).collect()
    }

    /// What was done to the tickets of hauls that departed in a stretch of time, and to drafts opened in it.
    pub async fn waybill_records(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT number, kind, at_ms, by_whom, reason, plate, site FROM waybill_act \
             WHERE number IN (SELECT id FROM haul WHERE departed_ms >= $1 AND departed_ms < $2) \
             OR number IN (SELECT number FROM waybill_act WHERE kind = 'draft' AND at_ms >= $1 AND at_ms < $2) \
             ORDER BY seq",
        )
        .bind(from.millis())
        .bind(before.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading what was done to tickets", e))?;
        records(&rows)
    }

    /// Readings of one truck of minutes that begin in a stretch of time, in order of time.
    pub async fn site_readings_of_truck(
        &self,
        plate: &Plate,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<SiteReading>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT plate, site, mark, gross_kg, first_ms, last_ms FROM site_reading \
             WHERE plate = $1 AND minute_ms >= $2 AND minute_ms < $3 ORDER BY minute_ms, first_ms",
        )
        .bind(plate.as_str())
        .bind(from.millis())
        .bind(before.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading what was seen at sites", e))?;
        rows.iter().map(|row| reading(row).map_err(|reason| corrupt("site reading", "?", reason))).collect()
    }

    /// What was done to the tickets of one truck's hauls that departed in a stretch of time, and to its drafts opened in it.
    pub async fn waybill_records_of_truck(
        &self,
        plate: &Plate,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT number, kind, at_ms, by_whom, reason, plate, site FROM waybill_act \
             WHERE number IN (SELECT id FROM haul WHERE plate = $1 AND departed_ms >= $2 AND departed_ms < $3) \
             OR number IN (SELECT number FROM waybill_act WHERE plate = $1 AND at_ms >= $2 AND at_ms < $3) \
             ORDER BY seq",
        )
        .bind(plate.as_str())
        .bind(from.millis())
        .bind(before.millis())
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("reading what was done to tickets", e))?;
        records(&rows)
    }

    /// Loads and volume by source and sink, of hauls that departed in a stretch of time.
    pub async fn flows(&self, from: Timestamp, before: Timestamp) -> Result<Vec<Flow>, StoreError> {
        let what = "summing hauls";
        let mut reader = self.reader().await?;
        let query = format!(
            "SELECT source, sink, COUNT(*), CAST(COALESCE(SUM(load_kg), 0) AS BIGINT) FROM haul \
             WHERE departed_ms >= $1 AND departed_ms < $2 AND {MOVED} GROUP BY source, sink ORDER BY source, sink"
        );
        // The text is put together from constants alone.
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(from.millis())
            .bind(before.millis())
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let site = |text: Option<String>| text.map(|t| t.parse::<SiteId>()).transpose();
        let flow = |row: &Row| -> Result<Flow, String> {
            let words = |e: sqlx::Error| e.to_string();
            Ok(Flow {
                source: site(row.try_get(0).map_err(words)?).map_err(|e| e.to_string())?,
                sink: site(row.try_get(1).map_err(words)?).map_err(|e| e.to_string())?,
                loads: unsigned(row.try_get(2).map_err(words)?),
                volume_l: unsigned(row.try_get(3).map_err(words)?) * 1_000 / KG_PER_M3,
            })
        };
        rows.iter().map(|row| flow(row).map_err(|reason| corrupt("haul sum", "?", reason))).collect()
    }
}

fn reading(row: &Row) -> Result<SiteReading, String> {
    let words = |e: sqlx::Error| e.to_string();
    let text = |column: usize| row.try_get::<String, _>(column).map_err(words);
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(words);
    let mark = text(2)?;
    let kg = u32::try_from(number(3)?).map_err(|e| e.to_string())?;
    Ok(SiteReading {
        plate: text(0)?.parse().map_err(|e: domain::plate::PlateError| e.to_string())?,
        site: text(1)?.parse().map_err(|e: domain::id::KeyError| e.to_string())?,
        mark: Mark::from_word(&mark, kg).ok_or_else(|| format!("{mark:?} is no mark"))?,
        first: Timestamp::from_millis(number(4)?),
        last: Timestamp::from_millis(number(5)?),
    })
}

type NumberedAct = (String, Act, Option<(Plate, SiteId)>);

fn act(row: &Row) -> Result<NumberedAct, String> {
    let words = |e: sqlx::Error| e.to_string();
    let text = |column: usize| row.try_get::<String, _>(column).map_err(words);
    let maybe = |column: usize| row.try_get::<Option<String>, _>(column).map_err(words);
    let kind = text(1)?;
    let act = Act {
        kind: ActKind::from_word(&kind).ok_or_else(|| format!("{kind:?} is no act"))?,
        at: Timestamp::from_millis(row.try_get(2).map_err(words)?),
        by: text(3)?,
        reason: text(4)?,
    };
    let draft = match (maybe(5)?, maybe(6)?) {
        (Some(plate), Some(site)) => Some((
            plate.parse().map_err(|e: domain::plate::PlateError| e.to_string())?,
            site.parse().map_err(|e: domain::id::KeyError| e.to_string())?,
        )),
        _ => None,
    };
    Ok((text(0)?, act, draft))
}
