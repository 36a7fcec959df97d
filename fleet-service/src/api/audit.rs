//! The audit trail, for auditors and administrators: who did what to what, when; checked on demand. It is kept for ever.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::Known;
use super::problem::Problem;
use crate::people::trail::{self, Checked};
use crate::store::{AuditEntry, AuditQuery};

/// Entries of a page when nothing else is said.
const PAGE_DEFAULT: u32 = 100;
/// Most entries of a page.
const PAGE_MAX: u32 = 1_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page)).routes(routes!(csv)).routes(routes!(check))
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// Who acted, the whole name.
    who: Option<String>,
    /// The act, as `confirm` or `sign in`.
    what: Option<String>,
    /// What was acted on, the whole id or name.
    subject: Option<String>,
    /// Not before this moment (RFC 3339).
    from: Option<String>,
    /// Before this moment (RFC 3339).
    until: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of a page, 1 to 1000.
    limit: Option<u32>,
}

impl Wanted {
    fn read(self) -> Result<(AuditQuery, u32), Problem> {
        let bad = |detail: &str| Problem::bad_request(axum::http::StatusCode::BAD_REQUEST, detail);
        let moment = |text: Option<String>| -> Result<Option<Timestamp>, Problem> {
            text.filter(|text| !text.is_empty())
                .map(|text| text.parse::<Timestamp>().map_err(|e| bad(&e.to_string())))
                .transpose()
        };
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let cursor = given(self.cursor);
        let query = AuditQuery {
            who: given(self.who),
            what: given(self.what),
            subject: given(self.subject),
            from: moment(self.from)?,
            until: moment(self.until)?,
            before: cursor
                .map(|text| {
                    text.parse()
                        .map_err(|_no_number| bad("cursor: take it from `next_cursor` of the page before"))
                })
                .transpose()?,
        };
        Ok((query, self.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)))
    }
}

/// An entry.
#[derive(Serialize, ToSchema)]
struct Entry {
    /// Its number, from 1.
    seq: u64,
    /// When.
    #[schema(value_type = String)]
    at: Timestamp,
    /// Who acted.
    who: String,
    /// The act.
    what: String,
    /// What was acted on.
    subject: String,
    /// Anything else.
    detail: String,
    /// SHA-256 that chains it to the one before.
    hash: String,
}

impl From<AuditEntry> for Entry {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { seq, at, who, what, subject, detail, hash, .. } = entry;
        Self { seq, at, who, what, subject, detail, hash }
    }
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
struct Page {
    /// The newest first.
    entries: Vec<Entry>,
    /// The cursor of the next page; absent at the end.
    next_cursor: Option<String>,
    /// Every act there is in the trail, for choosing.
    acts: Vec<String>,
}

/// Reads the audit trail, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "people", params(Wanted),
    responses((status = 200, body = Page), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn page(
    _supervisor: Known,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page>, Problem> {
    let (query, limit) = wanted.read()?;
    let mut found = api.store.audit_where(&query, limit + 1).await?;
    let goes_on = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| goes_on).map(|last| last.seq.to_string());
    let acts = api.store.audit_acts().await?;
    Ok(Json(Page { entries: found.into_iter().map(Entry::from).collect(), next_cursor, acts }))
}

/// The entries that fit as CSV, the newest first, at most 100,000: those beyond are reached by `until`.
#[utoipa::path(get, path = "/api/v1/audit.csv", tag = "people", params(Wanted),
    responses((status = 200, description = "CSV, UTF-8 with a byte-order mark", content_type = "text/csv"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn csv(
    Known(who): Known,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<impl IntoResponse, Problem> {
    let (query, _) = wanted.read()?;
    let entries = api.store.audit_where(&query, trail::CSV_ROWS_MAX).await?;
    let text = trail::csv(&entries).map_err(|e| Problem::internal(&e))?;
    tracing::info!(who = who.name(), entries = entries.len(), "the audit trail was taken as CSV");
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
        ],
        text,
    ))
}

/// Checks every entry's hash and that it follows the one before.
#[utoipa::path(get, path = "/api/v1/audit/check", tag = "people",
    responses((status = 200, body = Checked), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn check(_supervisor: Known, State(api): State<Api>) -> Result<Json<Checked>, Problem> {
    Ok(Json(trail::check(&api.store).await?))
}
