//! Requests sent with an idempotency key: what was done, and what was answered.
//!
//! [`RequestMark::during`] lays a mark on everything a request does; the first audit entry written under it stores the
//! key in the same transaction. So a key is known exactly when what it asks for is done, whenever the service ends.

use std::future::Future;

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, unsigned};

/// How long a key is kept, seconds.
pub const REQUEST_KEY_KEPT_S: i64 = 24 * 3600;
/// Most keys of one person; the oldest beyond them go.
pub const REQUEST_KEYS_PER_PERSON_MAX: u32 = 10_000;

tokio::task_local! {
    static MARK: RequestMark;
}

/// A request that is to be done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMark {
    /// Who asks.
    pub person: String,
    /// The key they chose.
    pub key: String,
    /// Hash of what they ask.
    pub fingerprint: [u8; 32],
    /// When.
    pub made: Timestamp,
}

/// An answer as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers that belong to the body.
    pub headers: Vec<(String, String)>,
    /// The body; none where it was too large to keep.
    pub body: Option<Vec<u8>>,
}

/// A request that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// Hash of what was asked.
    pub fingerprint: [u8; 32],
    /// What something was done to.
    pub subject: Option<String>,
    /// What was answered; none when the service ended before it was.
    pub answer: Option<KeptAnswer>,
}

impl RequestMark {
    /// Runs what the request does under this mark.
    pub async fn during<F: Future>(self, what: F) -> F::Output {
        MARK.scope(self, what).await
    }
}

impl Change {
    /// Stores the key of the request under way, if it has one and this is the first thing it does.
    pub(super) async fn note_request(&mut self, subject: &str) -> Result<(), StoreError> {
        let Ok(mark) = MARK.try_with(RequestMark::clone) else { return Ok(()) };
        let what = "noting a request's key";
        let result = sqlx::query(
            "INSERT INTO request_key (person, key, fingerprint, made_ms, subject) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (person, key) DO NOTHING",
        )
        .bind(&mark.person)
        .bind(&mark.key)
        .bind(mark.fingerprint.as_slice())
        .bind(mark.made.millis())
        .bind(subject)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }

    /// Keeps what was answered, and lets go of what is too old or too much.
    pub async fn keep_answer(&mut self, mark: &RequestMark, answer: &KeptAnswer) -> Result<(), StoreError> {
        let what = "keeping an answer";
        let headers = serde_json::to_string(&answer.headers).unwrap_or_default();
        let result = sqlx::query(
            "INSERT INTO request_key (person, key, fingerprint, made_ms, status, headers, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, key) DO UPDATE SET \
             status = excluded.status, headers = excluded.headers, body = excluded.body",
        )
        .bind(&mark.person)
        .bind(&mark.key)
        .bind(mark.fingerprint.as_slice())
        .bind(mark.made.millis())
        .bind(i64::from(answer.status))
        .bind(headers)
        .bind(answer.body.as_deref())
        .execute(self.connection())
        .await;
        result.map_err(|e| self.failed(what, e))?;
        let oldest = mark.made.plus_seconds(-REQUEST_KEY_KEPT_S).millis();
        let result = sqlx::query("DELETE FROM request_key WHERE made_ms < $1")
            .bind(oldest)
            .execute(self.connection())
            .await;
        result.map_err(|e| self.failed(what, e))?;
        let result = sqlx::query(
            "DELETE FROM request_key WHERE person = $1 AND key IN (SELECT key FROM request_key WHERE person = $1 \
             ORDER BY made_ms DESC, key LIMIT -1 OFFSET $2)",
        )
        .bind(&mark.person)
        .bind(i64::from(REQUEST_KEYS_PER_PERSON_MAX))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed(what, e))
    }
}

impl Store {
    /// What is known of a person's key at a moment.
    pub async fn known_request(
        &self,
        person: &str,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<KnownRequest>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT fingerprint, subject, status, headers, body FROM request_key \
             WHERE person = $1 AND key = $2 AND made_ms >= $3",
        )
        .bind(person)
        .bind(key)
        .bind(now.plus_seconds(-REQUEST_KEY_KEPT_S).millis())
        .fetch_optional(&mut *reader)
        .await;
        row.and_then(|row| row.as_ref().map(read).transpose())
            .map_err(|e| self.failed("looking for a request's key", e))
    }
}

fn read(row: &Row) -> Result<KnownRequest, sqlx::Error> {
    let fingerprint: Vec<u8> = row.try_get(0)?;
    let status: Option<i64> = row.try_get(2)?;
    let headers: Option<String> = row.try_get(3)?;
    let body: Option<Vec<u8>> = row.try_get(4)?;
    let answer = status.map(|status| -> Result<_, sqlx::Error> {
        let headers = serde_json::from_str(headers.as_deref().unwrap_or("[]"));
        Ok(KeptAnswer {
            status: u16::try_from(unsigned(status)).unwrap_or(u16::MAX),
            headers: headers.map_err(|e| sqlx::Error::Decode(e.into()))?,
            body,
        })
    });
    Ok(KnownRequest {
        // A hash of another length is nobody's.
        fingerprint: fingerprint.try_into().unwrap_or_default(),
        subject: row.try_get(1)?,
        answer: answer.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::AuditDraft;

    fn mark(key: &str, made_s: i64) -> RequestMark {
        let made = Timestamp::from_millis(made_s * 1000);
        RequestMark { person: "甲".into(), key: key.into(), fingerprint: [7; 32], made }
    }

    fn audit(subject: &str) -> AuditDraft {
        AuditDraft {
            at: Timestamp::from_millis(0),
            who: "甲".into(),
            what: "test",
            subject: subject.into(),
            detail: String::new(),
        }
    }

    #[tokio::test]
    async fn a_key_is_known_exactly_when_what_it_asks_for_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let now = Timestamp::from_millis(5_000_000);
        let act = async |subject: &str, commits: bool| {
            let mut change = store.change().await.unwrap();
            change.add_audit(audit(subject)).await.unwrap();
            if commits {
                change.commit().await.unwrap();
            }
        };
        mark("a", 5_000).during(act("left", false)).await;
        assert_eq!(store.known_request("甲", "a", now).await.unwrap(), None);
        mark("a", 5_000).during(act("done", true)).await;
        let known = store.known_request("甲", "a", now).await.unwrap().unwrap();
        assert_eq!((known.subject.as_deref(), known.answer), (Some("done"), None));
        assert_eq!(store.known_request("乙", "a", now).await.unwrap(), None);
        // Without a mark nothing is noted.
        act("alone", true).await;
        let rows = sqlx::query("SELECT 1 FROM request_key").fetch_all(&store.readers).await.unwrap();
        assert_eq!(rows.len(), 1);
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let answer = KeptAnswer {
            status: 201,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Some(b"{}".to_vec()),
        };
        let keep = async |mark: RequestMark| {
            let mut change = store.change().await.unwrap();
            change.keep_answer(&mark, &answer).await.unwrap();
            change.commit().await.unwrap();
        };
        keep(mark("old", 0)).await;
        let day = Timestamp::from_millis(REQUEST_KEY_KEPT_S * 1000);
        let known = async |key: &str, now| store.known_request("甲", key, now).await.unwrap();
        assert_eq!(known("old", day).await.unwrap().answer, Some(answer.clone()));
        assert_eq!(known("old", day.plus_seconds(1)).await, None);
        keep(mark("new", REQUEST_KEY_KEPT_S + 1)).await;
        // The row itself is gone, not only hidden by its age.
        assert_eq!(known("old", Timestamp::from_millis(0)).await, None);
    }
}
