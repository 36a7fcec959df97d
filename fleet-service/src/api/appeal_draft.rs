//! What a person has typed of an appeal and not sent yet. Kept by the service, so that no browser has to.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::Party;
use super::problem::Problem;
use crate::clock;

/// Longest grounds a draft keeps, characters: more than an appeal takes, so that a text too long is not lost.
const GROUNDS_CHARS_MAX: usize = 5_000;
/// Most files a draft names.
const FILES_MAX: usize = 20;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(draft, save, forget))
}

/// A draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// `objection` or `repair`.
    kind: String,
    /// The deduction's number in the ledger.
    entry: Option<u64>,
    /// Or the listing file's number.
    listing: Option<String>,
    /// What has been typed.
    grounds: String,
    /// Ids of files sent already.
    #[serde(default)]
    files: Vec<String>,
}

/// A draft, if there is one.
#[derive(Serialize, ToSchema)]
struct Kept {
    /// The draft; null when nothing is kept.
    draft: Option<Draft>,
    /// When it was saved.
    saved: Option<String>,
}

/// The asker's draft of an appeal.
#[utoipa::path(get, path = "/api/v1/appeal-draft", tag = "appeals",
    responses((status = 200, body = Kept), (status = 401, body = Problem)))]
async fn draft(party: Party, State(api): State<Api>) -> Result<Json<Kept>, Problem> {
    let kept = api.store.appeal_draft(&party.0.name).await?;
    let saved = kept.as_ref().map(|(_, at)| at.to_string());
    // A draft of another version that cannot be read any more is none.
    let draft = kept.and_then(|(text, _)| serde_json::from_str(&text).ok());
    Ok(Json(Kept { saved: saved.filter(|_| draft.is_some()), draft }))
}

/// Keeps a draft in place of the one before. It is no appeal: no clock begins.
#[utoipa::path(put, path = "/api/v1/appeal-draft", tag = "appeals", request_body = Draft,
    responses((status = 200, body = Kept), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem)))]
async fn save(party: Party, State(api): State<Api>, Sent(draft): Sent<Draft>) -> Result<Json<Kept>, Problem> {
    let is_long = draft.grounds.chars().count() > GROUNDS_CHARS_MAX;
    if is_long || draft.files.len() > FILES_MAX {
        return Err(Problem::unprocessable((
            "a draft keeps 5,000 characters and 20 files",
            "草稿最多保存 5000 字和 20 个文件",
        )));
    }
    let now = clock::now();
    let text = serde_json::to_string(&draft).map_err(|error| Problem::internal(&error))?;
    let mut change = api.store.change().await?;
    change.put_appeal_draft(&party.0.name, Some(&text), now).await?;
    change.commit().await?;
    Ok(Json(Kept { draft: Some(draft), saved: Some(now.to_string()) }))
}

/// Forgets the draft.
#[utoipa::path(delete, path = "/api/v1/appeal-draft", tag = "appeals",
    responses((status = 204), (status = 401, body = Problem)))]
async fn forget(party: Party, State(api): State<Api>) -> Result<StatusCode, Problem> {
    let mut change = api.store.change().await?;
    change.put_appeal_draft(&party.0.name, None, clock::now()).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
