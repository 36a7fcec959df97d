//! Clues a page at a time, by what officers look for.

use domain::{Plate, SiteId, Timestamp, Uscc, ViolationId};
use sqlx::QueryBuilder;

use super::clues::{COLUMNS, read};
use super::sqlite::Database;
use super::{ClueState, Store, StoreError, StoredClue};

/// A rule as clues carry it: detectors note a grade apart from the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFilter {
    /// The code without its grade, as `TR-02`.
    pub family: String,
    /// The grade, as `b`; every grade when absent.
    pub band: Option<String>,
}

/// Which clues; what is absent asks nothing.
#[derive(Debug, Clone, Default)]
pub struct ClueQuery {
    /// Where they stand.
    pub state: Option<ClueState>,
    /// Under one of these rules.
    pub rules: Option<Vec<RuleFilter>>,
    /// Of this truck.
    pub plate: Option<Plate>,
    /// Of this company.
    pub uscc: Option<Uscc>,
    /// Begun at or after.
    pub from: Option<Timestamp>,
    /// Begun before.
    pub before: Option<Timestamp>,
    /// On a haul from one of these sources.
    pub sources: Option<Vec<SiteId>>,
    /// After this one in the order: newest first, then by id.
    pub after: Option<(Timestamp, ViolationId)>,
}

impl Store {
    /// Clues, the newest first.
    pub async fn clue_page(&self, query: &ClueQuery, limit: u32) -> Result<Vec<StoredClue>, StoreError> {
        let mut sql = statement(query);
        sql.push(" ORDER BY start_ms DESC, id LIMIT ").push_bind(i64::from(limit));
        let mut reader = self.reader().await?;
        let rows = sql.build().fetch_all(&mut *reader).await.map_err(|e| self.failed("reading clues", e))?;
        rows.iter().map(read).collect()
    }
}

fn statement(query: &ClueQuery) -> QueryBuilder<Database> {
    let mut sql = QueryBuilder::<Database>::new(format!("SELECT {COLUMNS} FROM clue WHERE 1 = 1"));
    if let Some(state) = query.state {
        sql.push(" AND state = ").push_bind(state.word());
    }
    if let Some(rules) = &query.rules {
        // An empty list finds nothing: no rule is of such an authority.
        sql.push(" AND (1 = 0");
        for RuleFilter { family, band } in rules {
            sql.push(" OR (rule = ").push_bind(family.clone());
            if let Some(band) = band {
                sql.push(" AND json_extract(violation, '$.facts.band') = ").push_bind(band.clone());
                sql.push(") OR (rule = ").push_bind(format!("{family}{band}"));
            }
            sql.push(")");
        }
        sql.push(")");
    }
    if let Some(plate) = &query.plate {
        sql.push(" AND plate = ").push_bind(plate.as_str().to_owned());
    }
    if let Some(uscc) = &query.uscc {
        sql.push(" AND uscc = ").push_bind(uscc.as_str().to_owned());
    }
    if let Some(from) = query.from {
        sql.push(" AND start_ms >= ").push_bind(from.millis());
    }
    if let Some(before) = query.before {
        sql.push(" AND start_ms < ").push_bind(before.millis());
    }
    if let Some(sources) = &query.sources {
        sql.push(
            " AND json_extract(violation, '$.trip') IN \
             (SELECT id FROM haul WHERE json_extract(haul, '$.source') IN (NULL",
        );
        for source in sources {
            sql.push(", ").push_bind(source.as_str().to_owned());
        }
        sql.push("))");
    }
    if let Some((start, id)) = query.after {
        sql.push(" AND (start_ms < ").push_bind(start.millis());
        sql.push(" OR (start_ms = ").push_bind(start.millis());
        sql.push(" AND id > ").push_bind(id.to_string()).push("))");
    }
    sql
}
