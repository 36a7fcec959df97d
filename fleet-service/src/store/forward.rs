//! How far superior platforms have received the report log.

use domain::Timestamp;
use sqlx::Row as _;

use super::{Change, Store, StoreError, signed, unsigned};

impl Change {
    /// Notes how far a platform has received the log. It never moves back.
    pub async fn set_forwarded(
        &mut self,
        target: &str,
        position: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO forward_cursor (target, position, moved_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (target) DO UPDATE SET position = excluded.position, moved_ms = excluded.moved_ms \
             WHERE excluded.position > forward_cursor.position",
        )
        .bind(target)
        .bind(signed(position))
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting what was forwarded", e))
    }
}

impl Store {
    /// How far a platform has received the log; `None` when nothing was noted for it yet.
    pub async fn forwarded(&self, target: &str) -> Result<Option<u64>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT position FROM forward_cursor WHERE target = $1")
            .bind(target)
            .fetch_optional(&mut *reader)
            .await;
        row.and_then(|row| row.map(|row| row.try_get::<i64, _>(0).map(unsigned)).transpose())
            .map_err(|e| self.failed("reading what was forwarded", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cursor_survives_a_restart_and_never_moves_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(store.forwarded("省平台").await.unwrap(), None);
        for position in [3, 7, 5] {
            let mut change = store.change().await.unwrap();
            change.set_forwarded("省平台", position, Timestamp::from_seconds(1)).await.unwrap();
            change.commit().await.unwrap();
        }
        store.close().await;
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(store.forwarded("省平台").await.unwrap(), Some(7));
        assert_eq!(store.forwarded("other").await.unwrap(), None);
    }
}
