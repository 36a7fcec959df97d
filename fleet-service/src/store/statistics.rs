//! Hauls and clues counted by local day, for statistics.

use domain::{Plate, SiteId, Timestamp, Uscc};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{ClueState, Store, StoreError, corrupt, unsigned};

/// Hauls of one truck from one source on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaulCount {
    /// Local days since 1970-01-01.
    pub day: i64,
    /// The truck.
    pub plate: Plate,
    /// Where it was loaded.
    pub source: Option<SiteId>,
    /// How many.
    pub hauls: u64,
}

/// Clues of one rule against one company on hauls from one source on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClueCount {
    /// Local days since 1970-01-01 on which the acts began.
    pub day: i64,
    /// The rule as it was detected, without grade.
    pub rule: String,
    /// The company.
    pub uscc: Option<Uscc>,
    /// Where the haul was loaded, when the act happened on one.
    pub source: Option<SiteId>,
    /// What became of them.
    pub state: ClueState,
    /// How many.
    pub clues: u64,
    /// What those confirmed took, in hundredths.
    pub points_centi: i64,
}

impl Store {
    /// Hauls that departed in a stretch of time, by day, truck and source; at most `limit` rows.
    pub async fn count_hauls(
        &self,
        from: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<HaulCount>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT (departed_ms + 28800000) / 86400000 AS day, plate, source, COUNT(*) FROM haul \
             WHERE departed_ms >= $1 AND departed_ms < $2 GROUP BY 1, plate, source LIMIT $3",
        )
        .bind(from.millis())
        .bind(before.millis())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("counting hauls", e))?;
        let read = |row: &Row| -> Result<HaulCount, StoreError> {
            let failed = |e| self.failed("counting hauls", e);
            let plate: String = row.try_get(1).map_err(failed)?;
            Ok(HaulCount {
                day: row.try_get(0).map_err(failed)?,
                plate: plate.parse().map_err(|e| corrupt("plate", &plate, e))?,
                source: site(row.try_get(2).map_err(failed)?)?,
                hauls: unsigned(row.try_get(3).map_err(failed)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Clues of acts that began in a stretch of time, by day, rule, company, source and state; at most `limit` rows.
    pub async fn count_clues(
        &self,
        from: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<ClueCount>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT (clue.start_ms + 28800000) / 86400000 AS day, clue.rule, clue.uscc, haul.source, clue.state, \
             COUNT(*), COALESCE(SUM(clue.points_centi), 0) FROM clue LEFT JOIN haul ON haul.id = clue.trip \
             WHERE clue.start_ms >= $1 AND clue.start_ms < $2 \
             GROUP BY 1, clue.rule, clue.uscc, haul.source, clue.state LIMIT $3",
        )
        .bind(from.millis())
        .bind(before.millis())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed("counting clues", e))?;
        let read = |row: &Row| -> Result<ClueCount, StoreError> {
            let failed = |e| self.failed("counting clues", e);
            let uscc: Option<String> = row.try_get(2).map_err(failed)?;
            let state: String = row.try_get(4).map_err(failed)?;
            Ok(ClueCount {
                day: row.try_get(0).map_err(failed)?,
                rule: row.try_get(1).map_err(failed)?,
                uscc: uscc.map(|text| text.parse().map_err(|e| corrupt("company", &text, e))).transpose()?,
                source: site(row.try_get(3).map_err(failed)?)?,
                state: state.parse().map_err(|e| corrupt("clue state", &state, e))?,
                clues: unsigned(row.try_get(5).map_err(failed)?),
                points_centi: row.try_get(6).map_err(failed)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn site(text: Option<String>) -> Result<Option<SiteId>, StoreError> {
    text.map(|text| text.parse().map_err(|e| corrupt("site", &text, e))).transpose()
}
