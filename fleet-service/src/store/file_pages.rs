//! Appeals and listing files a page at a time, the newest first, each with its place.

use domain::{Authority, Uscc};
use serde::de::DeserializeOwned;
use sqlx::{QueryBuilder, Row as _};

use super::sqlite::Database;
use super::{Store, StoreError, corrupt, signed, unsigned};
use crate::cases::appeal::{Appeal, AppealState};
use crate::cases::listing_file::{FileState, ListingFile};

/// Which of them; what is absent asks nothing.
#[derive(Debug, Clone)]
pub struct FileQuery<S> {
    /// Where they stand.
    pub state: Option<S>,
    /// Answered by this authority; of appeals only.
    pub authority: Option<Authority>,
    /// Of this company.
    pub uscc: Option<Uscc>,
    /// Before this place.
    pub before: Option<u64>,
}

impl Store {
    /// Appeals.
    pub async fn appeal_page(
        &self,
        query: &FileQuery<AppealState>,
        limit: u32,
    ) -> Result<Vec<(u64, Appeal)>, StoreError> {
        self.file_page("appeal", query, query.state.map(AppealState::word), limit).await
    }

    /// Files of listings and exits.
    pub async fn listing_file_page(
        &self,
        query: &FileQuery<FileState>,
        limit: u32,
    ) -> Result<Vec<(u64, ListingFile)>, StoreError> {
        self.file_page("listing_file", query, query.state.map(FileState::word), limit).await
    }

    async fn file_page<S, T: DeserializeOwned>(
        &self,
        table: &'static str,
        query: &FileQuery<S>,
        state: Option<&'static str>,
        limit: u32,
    ) -> Result<Vec<(u64, T)>, StoreError> {
        let mut sql = QueryBuilder::<Database>::new(format!("SELECT seq, record FROM {table} WHERE 1 = 1"));
        if let Some(state) = state {
            sql.push(" AND state = ").push_bind(state);
        }
        if let Some(authority) = query.authority {
            sql.push(" AND authority = ").push_bind(authority.word());
        }
        if let Some(uscc) = &query.uscc {
            sql.push(" AND uscc = ").push_bind(uscc.as_str().to_owned());
        }
        if let Some(before) = query.before {
            sql.push(" AND seq < ").push_bind(signed(before));
        }
        sql.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(limit));
        let mut reader = self.reader().await?;
        let rows = sql.build().fetch_all(&mut *reader).await;
        let rows = rows.map_err(|e| self.failed("reading files", e))?;
        let read = |row: &super::sqlite::Row| -> Result<(u64, T), StoreError> {
            let columns = row.try_get::<i64, _>(0).and_then(|seq| Ok((seq, row.try_get::<String, _>(1)?)));
            let (seq, text) = columns.map_err(|e| corrupt(table, "?", e))?;
            Ok((unsigned(seq), serde_json::from_str(&text).map_err(|e| corrupt(table, seq, e))?))
        };
        rows.iter().map(read).collect()
    }
}
