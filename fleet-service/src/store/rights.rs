//! A registrar's word on terminals, and the terminals that wait for it.

use domain::{Plate, TerminalId, Timestamp};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// What a registrar decided about a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRight {
    /// Grows with every decision; set when it is stored.
    pub seq: u64,
    /// About whom.
    pub terminal: TerminalId,
    /// The truck it is admitted for; `None` when its right is revoked.
    pub plate: Option<Plate>,
    /// The vendor profile its reports are read by; `None` leaves it to maker and model.
    pub profile: Option<String>,
    /// The terminal the registers named for the truck when this was decided.
    pub register_terminal: Option<TerminalId>,
    /// When.
    pub decided: Timestamp,
    /// By whom.
    pub decided_by: String,
}

/// A terminal that asked and was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingTerminal {
    /// Its identity without padding.
    pub terminal: TerminalId,
    /// Its identity as sent.
    pub phone: String,
    /// Who made it, as it says; empty when it did not register.
    pub maker: String,
    /// What its maker calls it, as it says.
    pub model: String,
    /// Its maker's number, as it says.
    pub device_id: String,
    /// The plate, as it says.
    pub plate: String,
    /// The plate's colour code, as it says.
    pub colour: Option<u8>,
    /// Of JT/T 808: `2011`, `2013` or `2019`; `2013` for either of the first two when it only authenticated.
    pub revision: String,
    /// Why it was refused last.
    pub refusal: String,
    /// From where it came last.
    pub address: String,
    /// First refusal.
    pub first: Timestamp,
    /// Last refusal.
    pub last: Timestamp,
    /// Refusals.
    pub attempts: u64,
}

impl Change {
    /// Stores a decision, in place of an earlier one on the terminal. Its number is given anew.
    pub async fn put_right(&mut self, right: &StoredRight) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO terminal_right (seq, terminal, plate, profile, register_terminal, decided_ms, decided_by) \
             SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5, $6 FROM terminal_right WHERE true \
             ON CONFLICT (terminal) DO UPDATE SET seq = excluded.seq, plate = excluded.plate, \
             profile = excluded.profile, register_terminal = excluded.register_terminal, \
             decided_ms = excluded.decided_ms, decided_by = excluded.decided_by",
        )
        .bind(right.terminal.as_str())
        .bind(right.plate.as_ref().map(Plate::as_str))
        .bind(right.profile.as_deref())
        .bind(right.register_terminal.as_ref().map(TerminalId::as_str))
        .bind(right.decided.millis())
        .bind(&right.decided_by)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a decision on a terminal", e))
    }

    /// Notes that a terminal was refused; of one known already, the attempts grow.
    pub async fn note_pending(&mut self, pending: &PendingTerminal) -> Result<(), StoreError> {
        // A terminal that only authenticates says nothing of itself: what its registration said stays.
        let result = sqlx::query(
            "INSERT INTO pending_terminal (terminal, phone, maker, model, device_id, plate, colour, revision, \
             refusal, address, first_ms, last_ms, attempts) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (terminal) DO UPDATE SET phone = excluded.phone, revision = excluded.revision, \
             refusal = excluded.refusal, address = excluded.address, last_ms = excluded.last_ms, \
             attempts = pending_terminal.attempts + excluded.attempts, \
             maker = CASE WHEN excluded.colour IS NULL THEN pending_terminal.maker ELSE excluded.maker END, \
             model = CASE WHEN excluded.colour IS NULL THEN pending_terminal.model ELSE excluded.model END, \
             device_id = CASE WHEN excluded.colour IS NULL THEN pending_terminal.device_id ELSE excluded.device_id END, \
             plate = CASE WHEN excluded.colour IS NULL THEN pending_terminal.plate ELSE excluded.plate END, \
             colour = COALESCE(excluded.colour, pending_terminal.colour)",
        )
        .bind(pending.terminal.as_str())
        .bind(&pending.phone)
        .bind(&pending.maker)
        .bind(&pending.model)
        .bind(&pending.device_id)
        .bind(&pending.plate)
        .bind(pending.colour.map(i64::from))
        .bind(&pending.revision)
        .bind(&pending.refusal)
        .bind(&pending.address)
        .bind(pending.first.millis())
        .bind(pending.last.millis())
        .bind(signed(pending.attempts))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a refused terminal", e))
    }

    /// Drops those unseen longest beyond `max`; how many.
    pub async fn trim_pending(&mut self, max: u32) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "DELETE FROM pending_terminal WHERE terminal IN (SELECT terminal FROM pending_terminal \
             ORDER BY last_ms LIMIT (SELECT CASE WHEN COUNT(*) > $1 THEN COUNT(*) - $1 ELSE 0 END \
             FROM pending_terminal))",
        )
        .bind(i64::from(max))
        .execute(self.connection())
        .await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("dropping refused terminals", e))
    }

    /// Takes a terminal off the list of those that wait.
    pub async fn remove_pending(&mut self, terminal: &TerminalId) -> Result<(), StoreError> {
        let result = sqlx::query("DELETE FROM pending_terminal WHERE terminal = $1")
            .bind(terminal.as_str())
            .execute(self.connection())
            .await;
        result.map(drop).map_err(|e| self.failed("dropping a refused terminal", e))
    }
}

impl Store {
    /// Decisions after a number, in order.
    pub async fn rights_after(&self, seq: u64) -> Result<Vec<StoredRight>, StoreError> {
        let what = "reading decisions on terminals";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT seq, terminal, plate, profile, register_terminal, decided_ms, decided_by \
             FROM terminal_right WHERE seq > $1 ORDER BY seq",
        )
        .bind(signed(seq))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| read_right(row).map_err(|e| self.failed(what, e))?).collect()
    }

    /// Terminals that wait for a registrar, the last seen first.
    pub async fn pending_terminals(&self, limit: u32) -> Result<Vec<PendingTerminal>, StoreError> {
        let what = "reading refused terminals";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT terminal, phone, maker, model, device_id, plate, colour, revision, refusal, address, \
             first_ms, last_ms, attempts FROM pending_terminal ORDER BY last_ms DESC, terminal LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| read_pending(row).map_err(|e| self.failed(what, e))?).collect()
    }
}

type Parsed<T> = Result<Result<T, StoreError>, sqlx::Error>;

fn read_right(row: &Row) -> Parsed<StoredRight> {
    let terminal: String = row.try_get(1)?;
    let plate: Option<String> = row.try_get(2)?;
    let register_terminal: Option<String> = row.try_get(4)?;
    let (seq, profile, decided_ms, decided_by): (i64, _, _, _) =
        (row.try_get(0)?, row.try_get(3)?, row.try_get(5)?, row.try_get(6)?);
    Ok((|| {
        let broken = |reason: &dyn ToString| corrupt("decision on terminal", &terminal, reason.to_string());
        Ok(StoredRight {
            seq: unsigned(seq),
            terminal: terminal.parse().map_err(|e| broken(&e))?,
            plate: plate.map(|plate| plate.parse()).transpose().map_err(|e| broken(&e))?,
            profile,
            register_terminal: register_terminal.map(|id| id.parse()).transpose().map_err(|e| broken(&e))?,
            decided: Timestamp::from_millis(decided_ms),
            decided_by,
        })
    })())
}

fn read_pending(row: &Row) -> Parsed<PendingTerminal> {
    let terminal: String = row.try_get(0)?;
    let id = terminal.parse().map_err(|e| corrupt("refused terminal", &terminal, e));
    let terminal = match id {
        Ok(terminal) => terminal,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(PendingTerminal {
        terminal,
        phone: row.try_get(1)?,
        maker: row.try_get(2)?,
        model: row.try_get(3)?,
        device_id: row.try_get(4)?,
        plate: row.try_get(5)?,
        colour: row.try_get::<Option<i64>, _>(6)?.and_then(|code| u8::try_from(code).ok()),
        revision: row.try_get(7)?,
        refusal: row.try_get(8)?,
        address: row.try_get(9)?,
        first: Timestamp::from_millis(row.try_get(10)?),
        last: Timestamp::from_millis(row.try_get(11)?),
        attempts: unsigned(row.try_get(12)?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(terminal: &str, second: i64, colour: Option<u8>) -> PendingTerminal {
        let said = if colour.is_some() { "said" } else { "" }.to_owned();
        PendingTerminal {
            terminal: terminal.parse().unwrap(),
            phone: format!("0{terminal}"),
            maker: said.clone(),
            model: said.clone(),
            device_id: said.clone(),
            plate: said,
            colour,
            revision: "2013".into(),
            refusal: "r".into(),
            address: "127.0.0.1".into(),
            first: Timestamp::from_seconds(second),
            last: Timestamp::from_seconds(second),
            attempts: 1,
        }
    }

    #[tokio::test]
    async fn refused_terminals_are_counted_together_and_the_longest_unseen_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut change = store.change().await.unwrap();
        for (terminal, second, colour) in
            [("1", 10, Some(2)), ("2", 20, None), ("3", 30, None), ("1", 40, None)]
        {
            change.note_pending(&pending(terminal, second, colour)).await.unwrap();
        }
        assert_eq!(change.trim_pending(2).await.unwrap(), 1);
        assert_eq!(change.trim_pending(2).await.unwrap(), 0);
        change.commit().await.unwrap();
        let found = store.pending_terminals(9).await.unwrap();
        let expected =
            PendingTerminal { first: Timestamp::from_seconds(10), attempts: 2, ..pending("1", 40, Some(2)) };
        assert_eq!(found, vec![expected, pending("3", 30, None)]);
    }

    #[tokio::test]
    async fn a_later_decision_stands_in_place_of_the_earlier_and_is_read_as_new() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let right = |plate: Option<&str>| StoredRight {
            seq: 0,
            terminal: "139".parse().unwrap(),
            plate: plate.map(|p| p.parse().unwrap()),
            profile: plate.map(|_| "lh16bx".to_owned()),
            register_terminal: None,
            decided: Timestamp::from_seconds(1),
            decided_by: "t".into(),
        };
        let mut change = store.change().await.unwrap();
        change.put_right(&right(Some("豫A12345"))).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(
            store.rights_after(0).await.unwrap(),
            vec![StoredRight { seq: 1, ..right(Some("豫A12345")) }]
        );
        let mut change = store.change().await.unwrap();
        change.put_right(&right(None)).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(store.rights_after(1).await.unwrap(), vec![StoredRight { seq: 2, ..right(None) }]);
        assert_eq!(store.rights_after(0).await.unwrap().len(), 1);
    }
}
