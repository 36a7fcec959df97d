//! Files of listings and exits.

use domain::{LocalDate, Uscc};
use sqlx::Row as _;

use crate::cases::listing_file::{FileState, ListingFile, Measure};
use crate::cases::reentry::Ban;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, unsigned};

impl Change {
    /// The place the next file will have.
    pub async fn next_file_seq(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(seq), 0) + 1 FROM listing_file")
            .fetch_one(self.connection())
            .await;
        row.and_then(|row| row.try_get(0)).map(unsigned).map_err(|e| self.failed("numbering a file", e))
    }

    /// Stores a file whole, replacing what was there under its number.
    pub async fn put_listing_file(&mut self, file: &ListingFile) -> Result<(), StoreError> {
        let record = serde_json::to_string(file).map_err(|e| corrupt("listing file", &file.number, e))?;
        let result = sqlx::query(
            "INSERT INTO listing_file (number, uscc, measure, state, opened_ms, record) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (number) DO UPDATE SET state = excluded.state, record = excluded.record",
        )
        .bind(&file.number)
        .bind(file.uscc.as_str())
        .bind(match file.measure {
            Measure::List => "list",
            Measure::Exit => "exit",
        })
        .bind(file.state.word())
        .bind(file.opened.millis())
        .bind(record)
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("storing a listing file", e))
    }

    /// One file.
    pub async fn listing_file(&mut self, number: &str) -> Result<Option<ListingFile>, StoreError> {
        let row = sqlx::query("SELECT record FROM listing_file WHERE number = $1")
            .bind(number)
            .fetch_optional(self.connection())
            .await;
        row.map_err(|e| self.failed("reading a listing file", e))?.map(|row| read(&row)).transpose()
    }

    /// Exit files of a company, oldest first.
    pub async fn exit_files(&mut self, uscc: &Uscc) -> Result<Vec<ListingFile>, StoreError> {
        let rows =
            sqlx::query("SELECT record FROM listing_file WHERE uscc = $1 AND measure = 'exit' ORDER BY seq")
                .bind(uscc.as_str())
                .fetch_all(self.connection())
                .await;
        rows.map_err(|e| self.failed("reading listing files", e))?.iter().map(read).collect()
    }

    /// The bans on coming back into the directory that run on a day.
    pub async fn bans(&mut self, day: LocalDate) -> Result<Vec<Ban>, StoreError> {
        let rows = sqlx::query("SELECT record FROM listing_file WHERE state = 'exited' ORDER BY seq")
            .fetch_all(self.connection())
            .await
            .map_err(|e| self.failed("reading listing files", e))?;
        let files = rows.iter().map(read).collect::<Result<Vec<ListingFile>, _>>()?;
        Ok(files.iter().filter_map(|file| file.ban_on(day)).collect())
    }

    /// The file of a company's listing that is open or in force; the newest where there are several.
    pub async fn standing_file(&mut self, uscc: &Uscc) -> Result<Option<ListingFile>, StoreError> {
        let row = sqlx::query(
            "SELECT record FROM listing_file WHERE uscc = $1 AND measure = 'list' \
             AND state IN ('proposed', 'noticed', 'served', 'listed') ORDER BY state = 'listed' DESC, seq DESC LIMIT 1",
        )
        .bind(uscc.as_str())
        .fetch_optional(self.connection())
        .await;
        row.map_err(|e| self.failed("reading a listing file", e))?.map(|row| read(&row)).transpose()
    }
}

impl Store {
    /// One file.
    pub async fn listing_file(&self, number: &str) -> Result<Option<ListingFile>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT record FROM listing_file WHERE number = $1")
            .bind(number)
            .fetch_optional(&mut *reader)
            .await;
        row.map_err(|e| self.failed("reading a listing file", e))?.map(|row| read(&row)).transpose()
    }

    /// Files of one state or of all, of one company or of all, the newest first.
    pub async fn listing_files(
        &self,
        state: Option<FileState>,
        uscc: Option<&Uscc>,
        limit: u32,
    ) -> Result<Vec<ListingFile>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT record FROM listing_file WHERE ($1 = '' OR state = $1) AND ($2 = '' OR uscc = $2) \
             ORDER BY seq DESC LIMIT $3",
        )
        .bind(state.map_or("", FileState::word))
        .bind(uscc.map_or("", |uscc| uscc.as_str()).to_owned())
        .bind(i64::from(limit))
        .fetch_all(&mut *reader)
        .await;
        rows.map_err(|e| self.failed("reading listing files", e))?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<ListingFile, StoreError> {
    let text: String = row.try_get(0).map_err(|e| corrupt("listing file", "?", e))?;
    serde_json::from_str(&text).map_err(|e| corrupt("listing file", &text, e))
}
