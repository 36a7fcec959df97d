//! Rows of attached files, what they are about, and drafts of appeals.

use domain::Timestamp;
use sqlx::Row as _;

use super::sqlite::{Connection, Row};
use super::{Change, Store, StoreError, corrupt, signed, unsigned};
use crate::attachments::picture::Media;
use crate::attachments::{Attachment, Usage};

const MEMBERS: &str = "id, sha256, media, bytes, width, height, name, by_whom, at_ms";

impl Change {
    /// What a sender and all have used.
    pub async fn attachment_usage(&mut self, by: &str, midnight: Timestamp) -> Result<Usage, StoreError> {
        let used = usage(self.connection(), by, midnight).await;
        used.map_err(|e| self.failed("counting attachments", e))
    }

    /// Keeps a file's row.
    pub async fn add_attachment(&mut self, attachment: &Attachment) -> Result<(), StoreError> {
        let size = |of: fn((u32, u32)) -> u32| attachment.size.map(of).map(i64::from);
        let result = sqlx::query(
            "INSERT INTO attachment (id, sha256, media, bytes, width, height, name, by_whom, at_ms, total_bytes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             $4 + COALESCE((SELECT total_bytes FROM attachment ORDER BY seq DESC LIMIT 1), 0))",
        )
        .bind(&attachment.id)
        .bind(&attachment.sha256)
        .bind(attachment.media.name())
        .bind(signed(attachment.bytes))
        .bind(size(|size| size.0))
        .bind(size(|size| size.1))
        .bind(&attachment.name)
        .bind(&attachment.by)
        .bind(attachment.at.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing an attachment", e))
    }

    /// A file's row.
    pub async fn attachment(&mut self, id: &str) -> Result<Option<Attachment>, StoreError> {
        let row = one(self.connection(), id).await;
        row.map_err(|e| self.failed("reading an attachment", e))?.map(|row| read(&row)).transpose()
    }

    /// How many files are about something.
    pub async fn attachments_about(&mut self, subject: &str) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM attachment_subject WHERE subject = $1")
            .bind(subject)
            .fetch_one(self.connection())
            .await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("counting attachments", e))
    }

    /// Says what a file is about. Said again it changes nothing.
    pub async fn link_attachment(
        &mut self,
        id: &str,
        subject: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO attachment_subject (subject, attachment, by_whom, at_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (subject, attachment) DO NOTHING",
        )
        .bind(subject)
        .bind(id)
        .bind(by)
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing what an attachment is about", e))
    }

    /// Keeps a person's draft of an appeal in place of the one before; none: forgets it.
    pub async fn put_appeal_draft(
        &mut self,
        by: &str,
        draft: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let query = match draft {
            Some(draft) => sqlx::query(
                "INSERT INTO appeal_draft (by_whom, draft, saved_ms) VALUES ($1, $2, $3) \
                 ON CONFLICT (by_whom) DO UPDATE SET draft = excluded.draft, saved_ms = excluded.saved_ms",
            )
            .bind(by)
            .bind(draft)
            .bind(now.millis()),
            None => sqlx::query("DELETE FROM appeal_draft WHERE by_whom = $1").bind(by),
        };
        let result = query.execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("storing a draft", e))
    }
}

impl Store {
    /// What a sender and all have used.
    pub async fn attachment_usage(&self, by: &str, midnight: Timestamp) -> Result<Usage, StoreError> {
        let mut reader = self.reader().await?;
        let used = usage(&mut reader, by, midnight).await;
        used.map_err(|e| self.failed("counting attachments", e))
    }

    /// A file's row.
    pub async fn attachment(&self, id: &str) -> Result<Option<Attachment>, StoreError> {
        let mut reader = self.reader().await?;
        let row = one(&mut reader, id).await;
        row.map_err(|e| self.failed("reading an attachment", e))?.map(|row| read(&row)).transpose()
    }

    /// Files about something, oldest first.
    pub async fn attachments_of(&self, subject: &str) -> Result<Vec<Attachment>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {MEMBERS} FROM attachment WHERE id IN \
             (SELECT attachment FROM attachment_subject WHERE subject = $1) ORDER BY seq"
        )))
        .bind(subject)
        .fetch_all(&mut *reader)
        .await;
        rows.map_err(|e| self.failed("reading attachments", e))?.iter().map(read).collect()
    }

    /// What a file is about.
    pub async fn attachment_subjects(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader().await?;
        let rows =
            sqlx::query("SELECT subject FROM attachment_subject WHERE attachment = $1 ORDER BY subject")
                .bind(id)
                .fetch_all(&mut *reader)
                .await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            .map_err(|e| self.failed("reading what an attachment is about", e))
    }

    /// A person's draft of an appeal, and when it was saved.
    pub async fn appeal_draft(&self, by: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT draft, saved_ms FROM appeal_draft WHERE by_whom = $1")
            .bind(by)
            .fetch_optional(&mut *reader)
            .await;
        row.and_then(|row| {
            row.map(|row| Ok((row.try_get(0)?, Timestamp::from_millis(row.try_get(1)?)))).transpose()
        })
        .map_err(|e| self.failed("reading a draft", e))
    }
}

async fn usage(connection: &mut Connection, by: &str, midnight: Timestamp) -> Result<Usage, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM attachment WHERE by_whom = $1 AND at_ms >= $2), \
         COALESCE((SELECT total_bytes FROM attachment ORDER BY seq DESC LIMIT 1), 0)",
    )
    .bind(by)
    .bind(midnight.millis())
    .fetch_one(connection)
    .await?;
    Ok(Usage { files_today: unsigned(row.try_get(0)?), total_bytes: unsigned(row.try_get(1)?) })
}

async fn one(connection: &mut Connection, id: &str) -> Result<Option<Row>, sqlx::Error> {
    let select = format!("SELECT {MEMBERS} FROM attachment WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(select)).bind(id).fetch_optional(connection).await
}

fn read(row: &Row) -> Result<Attachment, StoreError> {
    let of = || -> Result<Option<Attachment>, sqlx::Error> {
        let pixels =
            |column| row.try_get::<Option<i64>, _>(column).map(|n| n.and_then(|n| u32::try_from(n).ok()));
        let Some(media) = Media::of_name(row.try_get(2)?) else { return Ok(None) };
        Ok(Some(Attachment {
            id: row.try_get(0)?,
            sha256: row.try_get(1)?,
            media,
            bytes: unsigned(row.try_get(3)?),
            size: pixels(4)?.zip(pixels(5)?),
            name: row.try_get(6)?,
            by: row.try_get(7)?,
            at: Timestamp::from_millis(row.try_get(8)?),
        }))
    };
    of().map_err(|e| corrupt("attachment", "?", e))?
        .ok_or_else(|| corrupt("attachment", "?", "unknown media type"))
}
