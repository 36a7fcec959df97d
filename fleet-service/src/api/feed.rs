//! The public feed for programs: events since a number, who is listed now, what there is to fetch, and its JSON Schema. No
//! one has to sign in. FEED.md tells how to check what is served.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::paging;
use super::problem::Problem;
use crate::feed::documents::{self, EVENTS_MAX, SCHEMA};
use crate::feed::event::{FIRST_PREV_HASH, hash_of_line};
use crate::feed::table;

/// Largest answer of events, bytes; a reader asks again after the last event it got.
const EVENTS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The number to ask from next, 0 when the answer holds nothing new.
const NEXT: HeaderName = HeaderName::from_static("mucktrail-next-since");

/// Name of this list's cursors.
const LIST: &str = "feed";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(events))
        .routes(routes!(snapshot))
        .routes(routes!(manifest))
        .routes(routes!(schema))
}

/// In what form.
#[derive(Deserialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// JSON Lines, as signed.
    Jsonl,
    /// CSV for spreadsheets; its last column is the signed line.
    Csv,
}

/// Which events.
#[derive(Deserialize, IntoParams)]
struct Since {
    /// Number of the last event the reader has; 0 when absent.
    since: Option<u64>,
    /// The cursor of the header `Link` of the answer before; the same as `since`.
    cursor: Option<String>,
    /// Most events in the answer; at most 10,000, which is what absence means.
    limit: Option<u32>,
    /// `jsonl` or `csv`; when absent, `Accept: text/csv` asks for CSV.
    #[param(inline)]
    format: Option<Form>,
}

/// Signed events after a number, in order. An `ETag` tells whether an answer is the same as before.
#[utoipa::path(get, path = "/api/v1/feed", tag = "public", params(Since),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))), (status = 304, description = "Nothing new")))]
async fn events(
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(asked): Asked<Since>,
) -> Result<Response, Problem> {
    let since = paging::after(LIST, asked.cursor.as_deref())?.or(asked.since).unwrap_or(0);
    let limit = asked.limit.unwrap_or(EVENTS_MAX).clamp(1, EVENTS_MAX);
    let mut rows = api.store.feed_rows_after(since, limit).await?;
    let mut bytes = 0;
    let fitting = rows.iter().take_while(|(_, line)| {
        bytes += line.len() + 1;
        bytes <= EVENTS_BYTES_MAX
    });
    rows.truncate(fitting.count().max(1));
    let (last, hash) = match rows.last() {
        Some((seq, line)) => (*seq, hash_of_line(line).map_err(|e| Problem::internal(&e))?),
        None => (since, FIRST_PREV_HASH.to_owned()),
    };
    let cursor = paging::cursor(LIST, &last).filter(|_| !rows.is_empty());
    let is_csv = asked.format.map_or_else(|| accepts_csv(&headers), |form| form == Form::Csv);
    // Events never change: first and last number with the last hash name the answer.
    let tag = format!("\"{}-{since}-{last}-{hash}\"", if is_csv { "csv" } else { "jsonl" });
    let next = HeaderValue::from(last);
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, tagged(&tag), [(NEXT, next)]).into_response());
    }
    let (form, text) = if is_csv {
        ("text/csv; charset=utf-8", table::events_csv(&rows).map_err(|e| Problem::internal(&e))?)
    } else {
        let text = rows.into_iter().flat_map(|(_, line)| [line, "\n".to_owned()]).collect();
        ("application/x-ndjson; charset=utf-8", text)
    };
    let answer = (tagged(&tag), [(header::CONTENT_TYPE, HeaderValue::from_static(form)), (NEXT, next)], text);
    Ok(paging::with_next(answer.into_response(), cursor))
}

/// Who is listed now: the signed line that listed each, and the event up to which that holds. Signed as events are.
#[utoipa::path(get, path = "/api/v1/feed/snapshot", tag = "public",
    responses((status = 200, content_type = "application/json", body = String), (status = 304, description = "Nothing new")))]
async fn snapshot(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let listed = api.store.listed_now().await?;
    let key = api.cases.press.signing_key(&api.store).await.map_err(|e| Problem::internal(&e))?;
    document(&headers, documents::snapshot(&listed, &key).map_err(|e| Problem::internal(&e))?)
}

/// What there is to fetch: the newest event, every key with the events it signs, the other documents with their hashes.
#[utoipa::path(get, path = "/api/v1/feed/manifest", tag = "public",
    responses((status = 200, content_type = "application/json", body = String), (status = 304, description = "Nothing new")))]
async fn manifest(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let internal = |e: &dyn std::error::Error| Problem::internal(e);
    let listed = api.store.listed_now().await?;
    let key = api.cases.press.signing_key(&api.store).await.map_err(|e| internal(&e))?;
    let snapshot = documents::snapshot(&listed, &key).map_err(|e| internal(&e))?;
    let files = [("/api/v1/feed/snapshot", snapshot.as_str()), ("/api/v1/feed/schema", SCHEMA)];
    let keys = api.store.feed_keys().await?;
    document(&headers, documents::manifest(&listed, &keys, &files, &key).map_err(|e| internal(&e))?)
}

/// The JSON Schema of every event, the snapshot and the manifest.
#[utoipa::path(get, path = "/api/v1/feed/schema", tag = "public",
    responses((status = 200, content_type = "application/schema+json", body = String)))]
async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], SCHEMA)
}

/// A sealed document; its own hash, which it ends with, is its tag.
fn document(headers: &HeaderMap, text: String) -> Result<Response, Problem> {
    let hash = hash_of_line(&text).map_err(|e| Problem::internal(&e))?;
    let tag = format!("\"{hash}\"");
    if is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, tagged(&tag)).into_response());
    }
    Ok((tagged(&tag), [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn tagged(tag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // Kept by whoever asked, and asked for again each time.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// Whether the asker has this answer. A compressed answer has a weak tag, which names the same thing.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    given
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

fn accepts_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').next().is_some_and(|first| first.trim().starts_with("text/csv"))
}
