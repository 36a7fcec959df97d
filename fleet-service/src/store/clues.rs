//! Clues: what the judge found, what was decided about it, and the history of both.

use domain::{Timestamp, Violation, ViolationId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use std::collections::HashMap;
use std::str::FromStr;

use super::sqlite::{Connection, Database, Row};
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// Where a clue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClueState {
    /// Waits for an officer.
    Pending,
    /// An officer found it proved.
    Confirmed,
    /// An officer found it not proved.
    Rejected,
    /// Later reports disproved it before anyone decided.
    Withdrawn,
}

impl ClueState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Confirmed, Self::Rejected, Self::Withdrawn];

    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for ClueState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.word() == text)
            .ok_or_else(|| format!("{text:?} is no state; known: pending, confirmed, rejected, withdrawn"))
    }
}

/// What an officer decided.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// When.
    pub at: Timestamp,
    /// The officer's name.
    pub by: String,
    /// The officer's reason.
    pub reason: String,
    /// The finding as it stood then: what the officer saw, whatever later reports add.
    pub on: Violation,
    /// The deduction posted for it, if one was.
    pub ledger_seq: Option<u64>,
    /// Its amount, in 0.01 points.
    pub points_centi: Option<i64>,
}

/// A clue as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredClue {
    /// The finding, as the judge sees it now.
    pub violation: Violation,
    /// Where it stands.
    pub state: ClueState,
    /// Decided, but the reports no longer show it.
    pub disproved: bool,
    /// When it was first found.
    pub opened: Timestamp,
    /// The decision, once confirmed or rejected.
    pub decision: Option<StoredDecision>,
}

/// One line of a clue's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClueEvent {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// Who did it: an officer's name, or `judge`.
    pub by: String,
}

/// How many clues stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClueCounts {
    /// Waiting.
    pub pending: u64,
    /// Proved.
    pub confirmed: u64,
    /// Not proved.
    pub rejected: u64,
    /// Disproved by reports.
    pub withdrawn: u64,
}

/// Rows of one statement: a row at a time costs a hop to the database's thread each.
const ROWS_PER_STATEMENT: usize = 200;

/// What of a clue is stored as JSON.
struct ClueTexts {
    violation: String,
    decided_on: Option<String>,
}

impl ClueTexts {
    fn of(clue: &StoredClue) -> Result<Self, StoreError> {
        let text = |violation: &Violation| {
            serde_json::to_string(violation).map_err(|e| corrupt("clue", violation.id, e))
        };
        let decided_on = clue.decision.as_ref().map(|decision| text(&decision.on)).transpose()?;
        Ok(Self { violation: text(&clue.violation)?, decided_on })
    }
}

impl Change {
    /// One clue, read inside the change.
    pub async fn clue(&mut self, id: ViolationId) -> Result<Option<StoredClue>, StoreError> {
        let result = one(self.connection(), id).await;
        result.map_err(|e| self.failed("reading a clue", e))?.map(|row| read(&row)).transpose()
    }

    /// Those of the clues that are stored, read inside the change.
    pub async fn clues_of(
        &mut self,
        ids: impl IntoIterator<Item = ViolationId>,
    ) -> Result<HashMap<ViolationId, StoredClue>, StoreError> {
        let result = many(self.connection(), ids).await;
        named(result.map_err(|e| self.failed("reading clues", e))?)
    }

    /// Stores a clue whole, replacing what was there under its id.
    pub async fn put_clue(&mut self, clue: &StoredClue) -> Result<(), StoreError> {
        self.put_clues(&[clue]).await
    }

    /// Stores clues whole, each once, replacing what was there under their ids.
    pub async fn put_clues(&mut self, clues: &[&StoredClue]) -> Result<(), StoreError> {
        for chunk in clues.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(
                "INSERT INTO clue (id, rule, plate, uscc, start_ms, end_ms, violation, state, disproved, opened_ms, \
                 decided_ms, decided_by, reason, ledger_seq, points_centi, decided_on) ",
            );
            let texts: Vec<ClueTexts> =
                chunk.iter().map(|clue| ClueTexts::of(clue)).collect::<Result<_, _>>()?;
            query.push_values(chunk.iter().zip(texts), |mut row, (clue, texts)| {
                let (violation, decision) = (&clue.violation, clue.decision.as_ref());
                row.push_bind(violation.id.to_string())
                    .push_bind(violation.rule.as_str())
                    .push_bind(violation.plate.as_str())
                    .push_bind(violation.carrier_uscc.as_ref().map(|u| u.as_str()))
                    .push_bind(violation.start.millis())
                    .push_bind(violation.end.millis())
                    .push_bind(texts.violation)
                    .push_bind(clue.state.word())
                    .push_bind(i64::from(clue.disproved))
                    .push_bind(clue.opened.millis())
                    .push_bind(decision.map(|d| d.at.millis()))
                    .push_bind(decision.map(|d| d.by.as_str()))
                    .push_bind(decision.map(|d| d.reason.as_str()))
                    .push_bind(decision.and_then(|d| d.ledger_seq).map(signed))
                    .push_bind(decision.and_then(|d| d.points_centi))
                    .push_bind(texts.decided_on);
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET uscc = excluded.uscc, start_ms = excluded.start_ms, \
                 end_ms = excluded.end_ms, violation = excluded.violation, state = excluded.state, \
                 disproved = excluded.disproved, decided_ms = excluded.decided_ms, decided_by = excluded.decided_by, \
                 reason = excluded.reason, ledger_seq = excluded.ledger_seq, points_centi = excluded.points_centi, \
                 decided_on = excluded.decided_on",
            );
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("storing clues", e))?;
        }
        Ok(())
    }

    /// Adds a line to a clue's history.
    pub async fn add_clue_event(&mut self, id: ViolationId, event: &ClueEvent) -> Result<(), StoreError> {
        self.add_clue_events(&[(id, event.clone())]).await
    }

    /// Adds lines to the histories of clues, in this order.
    pub async fn add_clue_events(&mut self, events: &[(ViolationId, ClueEvent)]) -> Result<(), StoreError> {
        for chunk in events.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Database>::new(
                "INSERT INTO clue_history (clue_id, at_ms, what, by_whom) ",
            );
            query.push_values(chunk, |mut row, (id, event)| {
                row.push_bind(id.to_string())
                    .push_bind(event.at.millis())
                    .push_bind(event.what.as_str())
                    .push_bind(event.by.as_str());
            });
            let result = query.build().execute(self.connection()).await;
            result.map_err(|e| self.failed("storing a clue's history", e))?;
        }
        Ok(())
    }

    /// Every clue not withdrawn that begins at or after a moment: what a refold has to account for.
    pub async fn standing_clues(&mut self, from: Timestamp) -> Result<Vec<StoredClue>, StoreError> {
        let result = sqlx::query(SELECT_STANDING).bind(from.millis()).fetch_all(self.connection()).await;
        result.map_err(|e| self.failed("reading clues", e))?.iter().map(read).collect()
    }
}

/// What [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "violation, state, disproved, opened_ms, decided_ms, decided_by, reason, ledger_seq, \
                                  points_centi, decided_on";
const SELECT_ONE: &str = "SELECT violation, state, disproved, opened_ms, decided_ms, decided_by, reason, ledger_seq, \
                          points_centi, decided_on FROM clue WHERE id = $1";
const SELECT_SOME: &str = "SELECT violation, state, disproved, opened_ms, decided_ms, decided_by, reason, ledger_seq, \
                           points_centi, decided_on FROM clue WHERE id IN (";
const SELECT_STANDING: &str = "SELECT violation, state, disproved, opened_ms, decided_ms, decided_by, reason, \
                               ledger_seq, points_centi, decided_on FROM clue WHERE state <> 'withdrawn' AND start_ms >= $1";
const SELECT_MANY: &str = "SELECT violation, state, disproved, opened_ms, decided_ms, decided_by, reason, ledger_seq, \
                           points_centi, decided_on FROM clue WHERE ($1 = 'all' OR state = $1) AND start_ms < $2 \
                           ORDER BY start_ms DESC, id LIMIT $3";

async fn one(connection: &mut Connection, id: ViolationId) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query(SELECT_ONE).bind(id.to_string()).fetch_optional(connection).await
}

async fn many(
    connection: &mut Connection,
    ids: impl IntoIterator<Item = ViolationId>,
) -> Result<Vec<Row>, sqlx::Error> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    let mut rows = Vec::new();
    for chunk in ids.chunks(ROWS_PER_STATEMENT) {
        let mut query = sqlx::QueryBuilder::<Database>::new(SELECT_SOME);
        let mut list = query.separated(", ");
        chunk.iter().for_each(|id| {
            list.push_bind(id.as_str());
        });
        list.push_unseparated(")");
        rows.extend(query.build().fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

fn named(rows: Vec<Row>) -> Result<HashMap<ViolationId, StoredClue>, StoreError> {
    rows.iter().map(|row| read(row).map(|clue| (clue.violation.id, clue))).collect()
}

pub(super) fn read(row: &Row) -> Result<StoredClue, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("clue", "?", e))?;
    let violation: Violation = serde_json::from_str(&text).map_err(|e| corrupt("clue", &text, e))?;
    let id = violation.id;
    let columns = || -> Result<_, sqlx::Error> {
        let state: String = row.try_get(1)?;
        let disproved: i64 = row.try_get(2)?;
        let opened_ms: i64 = row.try_get(3)?;
        let decided_ms: Option<i64> = row.try_get(4)?;
        let decision = match decided_ms {
            None => None,
            Some(at) => Some(StoredDecision {
                at: Timestamp::from_millis(at),
                by: row.try_get(5)?,
                reason: row.try_get(6)?,
                ledger_seq: row.try_get::<Option<i64>, _>(7)?.map(unsigned),
                points_centi: row.try_get(8)?,
                on: serde_json::from_str(&row.try_get::<String, _>(9)?)
                    .map_err(|e| sqlx::Error::Decode(e.into()))?,
            }),
        };
        Ok((state, disproved != 0, Timestamp::from_millis(opened_ms), decision))
    };
    let (state, disproved, opened, decision) = columns().map_err(|e| corrupt("clue", id, e))?;
    let state = state.parse().map_err(|e: String| corrupt("clue", id, e))?;
    Ok(StoredClue { violation, state, disproved, opened, decision })
}

impl Store {
    /// One clue.
    pub async fn clue(&self, id: ViolationId) -> Result<Option<StoredClue>, StoreError> {
        let mut reader = self.reader().await?;
        let row = one(&mut reader, id).await.map_err(|e| self.failed("reading a clue", e))?;
        row.map(|row| read(&row)).transpose()
    }

    /// Those of the clues that are stored.
    pub async fn clues_of(
        &self,
        ids: impl IntoIterator<Item = ViolationId>,
    ) -> Result<HashMap<ViolationId, StoredClue>, StoreError> {
        let mut reader = self.reader().await?;
        named(many(&mut reader, ids).await.map_err(|e| self.failed("reading clues", e))?)
    }

    /// A clue's history, oldest first.
    pub async fn clue_history(&self, id: ViolationId) -> Result<Vec<ClueEvent>, StoreError> {
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query("SELECT at_ms, what, by_whom FROM clue_history WHERE clue_id = $1 ORDER BY seq")
                .bind(id.to_string())
                .fetch_all(&mut *reader)
                .await;
        let event = |row: &Row| {
            Ok(ClueEvent {
                at: Timestamp::from_millis(row.try_get(0)?),
                what: row.try_get(1)?,
                by: row.try_get(2)?,
            })
        };
        rows.and_then(|rows| rows.iter().map(event).collect())
            .map_err(|e| self.failed("reading a clue's history", e))
    }

    /// Clues of one state, or of all, that begin before a moment; newest first.
    pub async fn clues(
        &self,
        state: Option<ClueState>,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredClue>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(SELECT_MANY)
            .bind(state.map_or("all", ClueState::word))
            .bind(before.millis())
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed("reading clues", e))?;
        rows.iter().map(read).collect()
    }

    /// How many clues stand where.
    pub async fn clue_counts(&self) -> Result<ClueCounts, StoreError> {
        let what = "counting clues";
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT state, COUNT(*) FROM clue GROUP BY state")
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        let mut counts = ClueCounts::default();
        for row in &rows {
            let (state, count): (String, i64) = row
                .try_get(0)
                .and_then(|state| Ok((state, row.try_get(1)?)))
                .map_err(|e| self.failed(what, e))?;
            let count = unsigned(count);
            match state.parse() {
                Ok(ClueState::Pending) => counts.pending = count,
                Ok(ClueState::Confirmed) => counts.confirmed = count,
                Ok(ClueState::Rejected) => counts.rejected = count,
                Ok(ClueState::Withdrawn) => counts.withdrawn = count,
                Err(reason) => return Err(corrupt("clue state", state, reason)),
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Position;
    use std::collections::BTreeMap;

    fn clue(number: usize, end_s: i64) -> StoredClue {
        let violation = Violation {
            id: ViolationId::of_facts(&[&number.to_be_bytes()]),
            rule: "UW-01".parse().unwrap(),
            plate: "豫A12345".parse().unwrap(),
            carrier_uscc: None,
            permit: None,
            trip: None,
            start: Timestamp::from_seconds(number as i64),
            end: Timestamp::from_seconds(end_s),
            position: Position::from_degrees(34.5, 113.4).unwrap(),
            facts: BTreeMap::new(),
        };
        StoredClue {
            violation,
            state: ClueState::Pending,
            disproved: false,
            opened: Timestamp::from_seconds(1),
            decision: None,
        }
    }

    #[tokio::test]
    async fn many_clues_are_stored_amended_and_read_as_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let count = 2 * ROWS_PER_STATEMENT + 7;
        for end_s in [1_000, 2_000] {
            let clues: Vec<StoredClue> = (0..count).map(|number| clue(number, end_s)).collect();
            let event = |clue: &StoredClue| {
                let what = format!("until {}", clue.violation.end.seconds());
                (clue.violation.id, ClueEvent { at: clue.violation.end, what, by: "judge".to_owned() })
            };
            let mut change = store.change().await.unwrap();
            change.put_clues(&clues.iter().collect::<Vec<_>>()).await.unwrap();
            change.add_clue_events(&clues.iter().map(event).collect::<Vec<_>>()).await.unwrap();
            let inside = change.clues_of(clues.iter().map(|clue| clue.violation.id)).await.unwrap();
            change.commit().await.unwrap();
            let unknown = clue(count, end_s).violation.id;
            let ids = clues.iter().map(|clue| clue.violation.id).chain([unknown]);
            let outside = store.clues_of(ids).await.unwrap();
            assert_eq!((inside.len(), outside.len()), (count, count));
            for clue in &clues {
                assert_eq!(inside.get(&clue.violation.id), Some(clue));
                assert_eq!(outside.get(&clue.violation.id), Some(clue));
            }
        }
        for number in [0, ROWS_PER_STATEMENT, count - 1] {
            let history = store.clue_history(clue(number, 0).violation.id).await.unwrap();
            let lines: Vec<&str> = history.iter().map(|event| event.what.as_str()).collect();
            assert_eq!(lines, ["until 1000", "until 2000"], "clue {number}");
        }
    }
}
