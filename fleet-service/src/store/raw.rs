//! Messages kept as they came: bounded by terminal and in all, the oldest go.

use std::collections::BTreeMap;

use domain::{TerminalId, Timestamp};
use sqlx::Row as _;

use super::{Change, Store, StoreError, corrupt, signed, unsigned};

/// Rows looked at to free room, at once.
const LOOKED_AT_ONCE: i64 = 256;

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// Who sent it.
    pub terminal: TerminalId,
    /// When it came.
    pub received: Timestamp,
    /// Its id.
    pub message_id: u16,
    /// Its body.
    pub payload: Vec<u8>,
}

/// How many messages and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RawUsage {
    /// Messages.
    pub messages: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl RawUsage {
    fn fits(self, max: Self) -> bool {
        self.messages <= max.messages && self.bytes <= max.bytes
    }

    fn plus(self, other: Self) -> Self {
        Self { messages: self.messages + other.messages, bytes: self.bytes + other.bytes }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Change {
    /// Adds messages, then drops the oldest of each of their senders beyond `each_max` and of all beyond `all_max`;
    /// what was dropped.
    pub async fn add_raw(
        &mut self,
        messages: &[&RawMessage],
        each_max: RawUsage,
        all_max: RawUsage,
    ) -> Result<RawUsage, StoreError> {
        let what = "storing raw messages";
        let mut added: BTreeMap<&TerminalId, RawUsage> = BTreeMap::new();
        for message in messages {
            let one = RawUsage { messages: 1, bytes: message.payload.len() as u64 };
            let sum = added.entry(&message.terminal).or_default();
            *sum = sum.plus(one);
            let result = sqlx::query(
                "INSERT INTO raw_message (terminal, received_ms, message_id, payload) VALUES ($1, $2, $3, $4)",
            )
            .bind(message.terminal.as_str())
            .bind(message.received.millis())
            .bind(i64::from(message.message_id))
            .bind(&message.payload)
            .execute(self.connection())
            .await;
            result.map_err(|e| self.failed(what, e))?;
        }
        let mut dropped = RawUsage::default();
        for (terminal, more) in added {
            let used = self.raw_usage_grows(terminal.as_str(), more).await?;
            if !used.fits(each_max) {
                dropped = dropped.plus(self.drop_raw(Some(terminal.as_str()), used, each_max).await?);
            }
        }
        let used = self.raw_usage_in_all().await?;
        if !used.fits(all_max) {
            dropped = dropped.plus(self.drop_raw(None, used, all_max).await?);
        }
        Ok(dropped)
    }

    async fn raw_usage_grows(&mut self, terminal: &str, more: RawUsage) -> Result<RawUsage, StoreError> {
        let result = sqlx::query(
            "INSERT INTO raw_usage (terminal, messages, bytes) VALUES ($1, $2, $3) \
             ON CONFLICT (terminal) DO UPDATE SET messages = raw_usage.messages + excluded.messages, \
             bytes = raw_usage.bytes + excluded.bytes RETURNING messages, bytes",
        )
        .bind(terminal)
        .bind(signed(more.messages))
        .bind(signed(more.bytes))
        .fetch_one(self.connection())
        .await
        .and_then(|row| {
            Ok(RawUsage { messages: unsigned(row.try_get(0)?), bytes: unsigned(row.try_get(1)?) })
        });
        result.map_err(|e| self.failed("measuring raw messages", e))
    }

    async fn raw_usage_in_all(&mut self) -> Result<RawUsage, StoreError> {
        let result = sqlx::query("SELECT COALESCE(SUM(messages), 0), COALESCE(SUM(bytes), 0) FROM raw_usage")
            .fetch_one(self.connection())
            .await
            .and_then(|row| {
                Ok(RawUsage { messages: unsigned(row.try_get(0)?), bytes: unsigned(row.try_get(1)?) })
            });
        result.map_err(|e| self.failed("measuring raw messages", e))
    }

    /// Drops the oldest, of one terminal or of all, until `used` fits `max`.
    async fn drop_raw(
        &mut self,
        terminal: Option<&str>,
        mut used: RawUsage,
        max: RawUsage,
    ) -> Result<RawUsage, StoreError> {
        let what = "dropping raw messages";
        let mut dropped = RawUsage::default();
        while !used.fits(max) {
            let query = match terminal {
                Some(terminal) => sqlx::query(
                    "SELECT seq, terminal, LENGTH(payload) FROM raw_message WHERE terminal = $2 ORDER BY seq LIMIT $1",
                )
                .bind(LOOKED_AT_ONCE)
                .bind(terminal),
                None => sqlx::query(
                    "SELECT seq, terminal, LENGTH(payload) FROM raw_message ORDER BY seq LIMIT $1",
                )
                .bind(LOOKED_AT_ONCE),
            };
            let rows = query.fetch_all(self.connection()).await.map_err(|e| self.failed(what, e))?;
            let mut last = None;
            let mut by_terminal: BTreeMap<String, RawUsage> = BTreeMap::new();
            for row in rows {
                if used.fits(max) {
                    break;
                }
                let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
                let (seq, sender, bytes): (i64, String, i64) = read().map_err(|e| self.failed(what, e))?;
                let one = RawUsage { messages: 1, bytes: unsigned(bytes) };
                used = used.minus(one);
                dropped = dropped.plus(one);
                let sum = by_terminal.entry(sender).or_default();
                *sum = sum.plus(one);
                last = Some(seq);
            }
            // Without rows the count kept beside them is wrong; there is nothing to drop.
            let Some(last) = last else { break };
            let query = match terminal {
                Some(terminal) => sqlx::query("DELETE FROM raw_message WHERE seq <= $1 AND terminal = $2")
                    .bind(last)
                    .bind(terminal),
                None => sqlx::query("DELETE FROM raw_message WHERE seq <= $1").bind(last),
            };
            query.execute(self.connection()).await.map_err(|e| self.failed(what, e))?;
            for (sender, gone) in by_terminal {
                let result = sqlx::query(
                    "UPDATE raw_usage SET messages = messages - $2, bytes = bytes - $3 WHERE terminal = $1",
                )
                .bind(sender)
                .bind(signed(gone.messages))
                .bind(signed(gone.bytes))
                .execute(self.connection())
                .await;
                result.map_err(|e| self.failed(what, e))?;
            }
        }
        Ok(dropped)
    }
}

impl Store {
    /// Raw messages of a terminal, the newest first.
    pub async fn raw_messages(
        &self,
        terminal: &TerminalId,
        limit: u32,
    ) -> Result<Vec<RawMessage>, StoreError> {
        let what = "reading raw messages";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT received_ms, message_id, payload FROM raw_message WHERE terminal = $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(terminal.as_str())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await
        .map_err(|e| self.failed(what, e))?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            let (received_ms, id, payload): (i64, i64, Vec<u8>) = read().map_err(|e| self.failed(what, e))?;
            messages.push(RawMessage {
                terminal: terminal.clone(),
                received: Timestamp::from_millis(received_ms),
                message_id: u16::try_from(id).map_err(|e| corrupt("raw message of", terminal, e))?,
                payload,
            });
        }
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_go_by_terminal_and_in_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let message = |terminal: &str, id: u16, bytes: usize| RawMessage {
            terminal: terminal.parse().unwrap(),
            received: Timestamp::from_seconds(i64::from(id)),
            message_id: id,
            payload: vec![0x55; bytes],
        };
        let max = |messages, bytes| RawUsage { messages, bytes };
        let sent: Vec<_> = [("1", 1, 10), ("1", 2, 10), ("2", 3, 30), ("1", 4, 10), ("1", 5, 25)]
            .map(|(t, i, b)| message(t, i, b))
            .into();
        let mut change = store.change().await.unwrap();
        let all: Vec<&RawMessage> = sent.iter().collect();
        // Of terminal 1: four messages of 55 bytes; three and 45 bytes are allowed.
        assert_eq!(change.add_raw(&all, max(3, 45), max(99, 999)).await.unwrap(), max(1, 10));
        change.commit().await.unwrap();
        let ids = async |terminal: &str| -> Vec<u16> {
            let found = store.raw_messages(&terminal.parse().unwrap(), 9).await.unwrap();
            found.into_iter().map(|m| m.message_id).collect()
        };
        assert_eq!((ids("1").await, ids("2").await), (vec![5, 4, 2], vec![3]));
        let mut change = store.change().await.unwrap();
        let sixth = message("2", 6, 5);
        // In all: 80 bytes; 50 are allowed: 2 and 3 go.
        assert_eq!(change.add_raw(&[&sixth], max(3, 45), max(99, 50)).await.unwrap(), max(2, 40));
        change.commit().await.unwrap();
        assert_eq!((ids("1").await, ids("2").await), (vec![5, 4], vec![6]));
    }
}
