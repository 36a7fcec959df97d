//! What trucks say of their own reports: records they lost, tags that may be copies. Bounded by terminal.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Epc, Plate, TerminalId, Tid, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, unsigned};

/// Why records are lost, or what EPC and TID of a tag contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeCause {
    /// The truck's store was full: the oldest records went.
    Full,
    /// They waited longer than they may.
    Old,
    /// The truck's disk damaged them.
    Damaged,
    /// The truck's disk took nothing for too long.
    Unwritten,
    /// The terminal's configuration names another TID for this EPC.
    OtherThanPinned,
    /// The terminal saw this EPC with another TID before.
    OtherTidSeen,
    /// The terminal saw this TID with another EPC before, or its configuration names another for it.
    OtherEpcSeen,
}

impl NoticeCause {
    /// Every cause.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::Old,
        Self::Damaged,
        Self::Unwritten,
        Self::OtherThanPinned,
        Self::OtherTidSeen,
        Self::OtherEpcSeen,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Old => "old",
            Self::Damaged => "damaged",
            Self::Unwritten => "unwritten",
            Self::OtherThanPinned => "other_than_pinned",
            Self::OtherTidSeen => "other_tid_seen",
            Self::OtherEpcSeen => "other_epc_seen",
        }
    }

    /// Whether records are lost by it; else it is about a tag.
    pub fn is_gap(self) -> bool {
        matches!(self, Self::Full | Self::Old | Self::Damaged | Self::Unwritten)
    }

    /// `gap` or `tag_conflict`.
    pub fn kind(self) -> &'static str {
        if self.is_gap() { "gap" } else { "tag_conflict" }
    }
}

/// A tag's two codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagCodes {
    /// What its chip's maker wrote.
    pub tid: Tid,
    /// What anyone may rewrite.
    pub epc: Epc,
}

/// One such word of a truck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruckNotice {
    /// Who told it.
    pub terminal: TerminalId,
    /// The truck it reports for.
    pub plate: Plate,
    /// Why.
    pub cause: NoticeCause,
    /// First lost record, where known; when the tag was read.
    pub first: Option<Timestamp>,
    /// Last lost record, where known; when the tag was read.
    pub last: Option<Timestamp>,
    /// Time of the record that carried it: what is lost belongs before it.
    pub before: Timestamp,
    /// Records lost; 1 of a tag.
    pub count: u32,
    /// The tag it is about.
    pub tag: Option<TagCodes>,
    /// When it came first.
    pub received: Timestamp,
}

/// What was new in notices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticesAdded {
    /// Gaps not told before.
    pub gaps: u64,
    /// Tag conflicts not told before.
    pub tag_conflicts: u64,
    /// Records lost that were not told before.
    pub lost: BTreeMap<NoticeCause, u64>,
    /// Notices dropped because the most of their terminal were kept.
    pub dropped: u64,
}

/// As stored: `{}` of a gap.
#[derive(Serialize, Deserialize)]
struct Detail {
    #[serde(flatten)]
    tag: Option<TagCodes>,
}

const WHAT: &str = "storing notices of trucks";

impl Change {
    /// Adds notices, then drops the oldest of each of their terminals beyond `of_terminal_max`. One told before changes
    /// nothing, save that a gap that grew meanwhile grows here.
    pub async fn add_notices(
        &mut self,
        notices: &[&TruckNotice],
        of_terminal_max: u32,
    ) -> Result<NoticesAdded, StoreError> {
        let mut added = NoticesAdded::default();
        let mut terminals = BTreeSet::new();
        for notice in notices {
            let told = self.put_notice(notice).await?;
            if notice.cause.is_gap() {
                let lost = u64::from(notice.count).saturating_sub(told.unwrap_or(0));
                if lost > 0 {
                    *added.lost.entry(notice.cause).or_default() += lost;
                }
            }
            if told.is_none() {
                *(if notice.cause.is_gap() { &mut added.gaps } else { &mut added.tag_conflicts }) += 1;
                terminals.insert(&notice.terminal);
            }
        }
        for terminal in terminals {
            added.dropped += self.trim_notices(terminal, of_terminal_max).await?;
        }
        Ok(added)
    }

    /// Stores one; the count it was told with before, if it was.
    async fn put_notice(&mut self, notice: &TruckNotice) -> Result<Option<u64>, StoreError> {
        let detail = serde_json::to_string(&Detail { tag: notice.tag.clone() })
            .map_err(|e| corrupt("notice of", &notice.terminal, e))?;
        let at = notice.first.unwrap_or(notice.before);
        let known = sqlx::query(
            "SELECT seq, count FROM truck_notice \
             WHERE terminal = $1 AND plate = $2 AND cause = $3 AND at_ms = $4 AND detail = $5",
        )
        .bind(notice.terminal.as_str())
        .bind(notice.plate.as_str())
        .bind(notice.cause.word())
        .bind(at.millis())
        .bind(&detail)
        .fetch_optional(self.connection())
        .await
        .and_then(|row| row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose());
        let known: Option<(i64, i64)> = known.map_err(|e| self.failed(WHAT, e))?;
        let query = match known {
            Some((_, count)) if i64::from(notice.count) <= count => return Ok(Some(unsigned(count))),
            Some((seq, _)) => sqlx::query(
                "UPDATE truck_notice SET count = $2, to_ms = $3, before_ms = $4, received_ms = $5 WHERE seq = $1",
            )
            .bind(seq)
            .bind(i64::from(notice.count))
            .bind(notice.last.map(Timestamp::millis))
            .bind(notice.before.millis())
            .bind(notice.received.millis()),
            None => sqlx::query(
                "INSERT INTO truck_notice (terminal, plate, kind, cause, at_ms, from_ms, to_ms, before_ms, count, \
                 detail, received_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(notice.terminal.as_str())
            .bind(notice.plate.as_str())
            .bind(notice.cause.kind())
            .bind(notice.cause.word())
            .bind(at.millis())
            .bind(notice.first.map(Timestamp::millis))
            .bind(notice.last.map(Timestamp::millis))
            .bind(notice.before.millis())
            .bind(i64::from(notice.count))
            .bind(detail)
            .bind(notice.received.millis()),
        };
        query.execute(self.connection()).await.map_err(|e| self.failed(WHAT, e))?;
        Ok(known.map(|(_, count)| unsigned(count)))
    }

    /// Drops a terminal's oldest beyond `max`; how many.
    async fn trim_notices(&mut self, terminal: &TerminalId, max: u32) -> Result<u64, StoreError> {
        // The newest one too many and all before it.
        let result = sqlx::query(
            "DELETE FROM truck_notice WHERE terminal = $1 AND seq <= \
             (SELECT seq FROM truck_notice WHERE terminal = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2)",
        )
        .bind(terminal.as_str())
        .bind(i64::from(max))
        .execute(self.connection())
        .await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("dropping notices of trucks", e))
    }
}

impl Store {
    /// What was told of a truck, the newest first.
    pub async fn notices_of(&self, plate: &Plate, limit: u32) -> Result<Vec<TruckNotice>, StoreError> {
        let what = "reading notices of trucks";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, terminal, cause, detail, from_ms, to_ms, before_ms, count, received_ms \
             FROM truck_notice WHERE plate = $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(plate.as_str())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| self.read_notice(row, plate, what)).collect()
    }

    fn read_notice(&self, row: &Row, plate: &Plate, what: &'static str) -> Result<TruckNotice, StoreError> {
        let seq: i64 = row.try_get(0).map_err(|e| self.failed(what, e))?;
        let text = |column: usize| row.try_get::<String, _>(column).map_err(|e| self.failed(what, e));
        let time = |column: usize| {
            let read = row.try_get::<Option<i64>, _>(column);
            read.map(|ms| ms.map(Timestamp::from_millis)).map_err(|e| self.failed(what, e))
        };
        let number = |column: usize| row.try_get::<i64, _>(column).map_err(|e| self.failed(what, e));
        let (terminal, cause, detail) = (text(1)?, text(2)?, text(3)?);
        let broken = |reason: &dyn ToString| corrupt("truck notice", seq, reason.to_string());
        let detail: Detail = serde_json::from_str(&detail).map_err(|e| broken(&e))?;
        Ok(TruckNotice {
            terminal: terminal.parse().map_err(|e| broken(&e))?,
            plate: plate.clone(),
            cause: NoticeCause::ALL
                .into_iter()
                .find(|known| known.word() == cause)
                .ok_or_else(|| broken(&"its cause is none"))?,
            first: time(4)?,
            last: time(5)?,
            before: Timestamp::from_millis(number(6)?),
            count: u32::try_from(number(7)?).map_err(|e| broken(&e))?,
            tag: detail.tag,
            received: Timestamp::from_millis(number(8)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_413_600 + second)
    }

    /// A gap from its second to ten seconds later.
    fn gap(second: i64, count: u32) -> TruckNotice {
        TruckNotice {
            terminal: "138".parse().unwrap(),
            plate: "豫A12345".parse().unwrap(),
            cause: NoticeCause::Full,
            first: Some(at(second)),
            last: Some(at(second + 10)),
            before: at(second + 11),
            count,
            tag: None,
            received: at(second + 12),
        }
    }

    fn conflict(epc: &str) -> TruckNotice {
        let tag = TagCodes { tid: "E280689400004001".parse().unwrap(), epc: epc.parse().unwrap() };
        TruckNotice { cause: NoticeCause::OtherEpcSeen, tag: Some(tag), ..gap(5, 1) }
    }

    async fn add(store: &Store, notices: &[&TruckNotice]) -> NoticesAdded {
        let mut change = store.change().await.unwrap();
        let added = change.add_notices(notices, 4).await.unwrap();
        change.commit().await.unwrap();
        added
    }

    #[tokio::test]
    async fn what_is_told_again_changes_nothing_a_gap_that_grew_grows_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let plate: Plate = "豫A12345".parse().unwrap();
        let unknown = |second: i64| TruckNotice { first: None, last: None, ..gap(second, 3) };
        let lost = |count: u64| BTreeMap::from([(NoticeCause::Full, count)]);
        let first = [gap(0, 7), conflict("30751FEB"), unknown(20)];
        let told: Vec<&TruckNotice> = first.iter().collect();
        let expected = NoticesAdded { gaps: 2, tag_conflicts: 1, lost: lost(10), dropped: 0 };
        assert_eq!(add(&store, &told).await, expected);
        let before = store.notices_of(&plate, 99).await.unwrap();
        assert_eq!(before, [unknown(20), conflict("30751FEB"), gap(0, 7)]);

        let again: Vec<TruckNotice> =
            first.iter().map(|notice| TruckNotice { received: at(99), ..notice.clone() }).collect();
        let again: Vec<&TruckNotice> = again.iter().collect();
        assert_eq!(add(&store, &again).await, NoticesAdded::default());
        assert_eq!(store.notices_of(&plate, 99).await.unwrap(), before);

        let grown = TruckNotice { last: Some(at(15)), ..gap(0, 9) };
        assert_eq!(add(&store, &[&grown]).await, NoticesAdded { lost: lost(2), ..NoticesAdded::default() });
        assert_eq!(store.notices_of(&plate, 99).await.unwrap()[2], grown);

        // One whose times are unknown is known by the record that carried it.
        let more = [unknown(21), conflict("30751FEC")];
        let more: Vec<&TruckNotice> = more.iter().collect();
        let expected = NoticesAdded { gaps: 1, tag_conflicts: 1, lost: lost(3), dropped: 1 };
        assert_eq!(add(&store, &more).await, expected);
        let left = store.notices_of(&plate, 99).await.unwrap();
        assert_eq!(left, [conflict("30751FEC"), unknown(21), unknown(20), conflict("30751FEB")]);
        assert_eq!(store.notices_of(&plate, 1).await.unwrap().len(), 1);
    }
}
