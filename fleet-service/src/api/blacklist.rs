//! The black list and its feed. Public: no one has to sign in.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::problem::Problem;
use crate::clock;
use crate::feed::table;
use crate::view::listing::BlackList;

/// Most feed lines in one answer; a reader asks again after the last.
const FEED_LINES_MAX: u32 = 10_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(blacklist))
        .routes(routes!(jsonl))
        .routes(routes!(csv))
        .routes(routes!(key))
}

/// The list now.
#[utoipa::path(get, path = "/api/v1/blacklist", tag = "public", responses((status = 200, body = BlackList)))]
async fn blacklist(State(api): State<Api>) -> Result<Json<BlackList>, Problem> {
    Ok(Json(BlackList::of(&api.store.listings().await?, clock::now())))
}

/// From where.
#[derive(Deserialize, IntoParams)]
struct After {
    /// Number of the last event the reader has; 0 when absent.
    after: Option<u64>,
}

/// Signed events after a number, one JSON object a line, at most 10,000. FEED.md tells how to check them.
#[utoipa::path(get, path = "/feed/blacklist.jsonl", tag = "public", params(After),
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
async fn jsonl(State(api): State<Api>, Asked(after): Asked<After>) -> Result<impl IntoResponse, Problem> {
    let lines = api.store.feed_after(after.after.unwrap_or(0), FEED_LINES_MAX).await?;
    let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")], text))
}

/// The list now as CSV for spreadsheets.
#[utoipa::path(get, path = "/feed/blacklist.csv", tag = "public",
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn csv(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let text = table::csv(&api.store.listings().await?).map_err(|e| Problem::internal(&e))?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"blacklist.csv\""),
        ],
        text,
    ))
}

/// The key the feed is signed with.
#[derive(Serialize, ToSchema)]
struct PublicKey {
    /// `ed25519`.
    algorithm: &'static str,
    /// 32 bytes in hexadecimal.
    public_key: String,
}

/// The public key that checks the feed.
#[utoipa::path(get, path = "/feed/key", tag = "public", responses((status = 200, body = PublicKey)))]
async fn key(State(api): State<Api>) -> Result<Json<PublicKey>, Problem> {
    let key = api.cases.press.signing_key(&api.store).await.map_err(|e| Problem::internal(&e))?;
    Ok(Json(PublicKey { algorithm: "ed25519", public_key: key.public_hex() }))
}
