//! Deliveries of feed events that platforms have yet to acknowledge.

use domain::Timestamp;
use sqlx::Row as _;

use super::{Change, Store, StoreError, signed, unsigned};

/// One event due at one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The platform's address.
    pub target: String,
    /// The event's number.
    pub seq: u64,
    /// The line to send.
    pub line: String,
    /// How often it was tried.
    pub attempts: u32,
}

impl Change {
    /// Makes every feed event due at a platform that does not have it in its outbox yet: how a platform configured
    /// later still gets the whole list.
    pub async fn fill_outbox(&mut self, target: &str, now: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO outbox (target, seq, next_ms) SELECT $1, seq, $2 FROM feed \
             WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE target = $1) ON CONFLICT DO NOTHING",
        )
        .bind(target)
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("filling the outbox", e))
    }

    /// Notes that a platform acknowledged an event.
    pub async fn delivered(&mut self, target: &str, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE outbox SET delivered_ms = $3, attempts = attempts + 1, last_error = NULL \
             WHERE target = $1 AND seq = $2",
        )
        .bind(target)
        .bind(signed(seq))
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a delivery", e))
    }

    /// Notes that a delivery failed and when to try again.
    pub async fn not_delivered(
        &mut self,
        target: &str,
        seq: u64,
        next: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE outbox SET attempts = attempts + 1, next_ms = $3, last_error = $4 \
             WHERE target = $1 AND seq = $2",
        )
        .bind(target)
        .bind(signed(seq))
        .bind(next.millis())
        .bind(error)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a failed delivery", e))
    }
}

impl Store {
    /// The oldest event a platform has not acknowledged, due or not; events go out in order, so it holds back the rest.
    pub async fn next_delivery(&self, target: &str) -> Result<Option<(Delivery, Timestamp)>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT o.seq, f.line, o.attempts, o.next_ms FROM outbox o JOIN feed f ON f.seq = o.seq \
             WHERE o.target = $1 AND o.delivered_ms IS NULL ORDER BY o.seq LIMIT 1",
        )
        .bind(target)
        .fetch_optional(&mut *reader)
        .await;
        let read = |row: super::sqlite::Row| -> Result<_, sqlx::Error> {
            let delivery = Delivery {
                target: target.to_owned(),
                seq: unsigned(row.try_get(0)?),
                line: row.try_get(1)?,
                attempts: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX),
            };
            Ok((delivery, Timestamp::from_millis(row.try_get(3)?)))
        };
        row.and_then(|row| row.map(read).transpose()).map_err(|e| self.failed("reading the outbox", e))
    }

    /// How many deliveries wait for an acknowledgement.
    pub async fn outbox_waiting(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM outbox WHERE delivered_ms IS NULL")
            .fetch_one(&mut *reader)
            .await;
        row.and_then(|row| row.try_get::<i64, _>(0))
            .map(unsigned)
            .map_err(|e| self.failed("reading the outbox", e))
    }
}
