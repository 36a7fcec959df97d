//! Clues and the decisions on them.

use axum::Json;
use axum::extract::{Path, State};
use domain::ViolationId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::cases::Outcome;
use crate::cases::circumstances;
use crate::cases::ruling::Said;
use crate::clock;
use crate::store::{Officer, StoredClue};
use crate::view::clue::{ClueView, ClueWithHistory, HistoryView};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(clue)).routes(routes!(confirm)).routes(routes!(reject))
}

/// Why a clue is decided as it is.
#[derive(Deserialize, ToSchema)]
struct Decision {
    /// 1 to 1,000 characters.
    reason: String,
    /// What makes the act cost other points than its rule says, as `cleaned_at_once`; of a confirmation alone.
    #[serde(default)]
    circumstances: Vec<String>,
}

fn view(api: &Api, clue: &StoredClue) -> ClueView {
    ClueView::of(clue, &api.live.catalogue, &api.live.registry())
}

fn id(text: &str) -> Result<ViolationId, Problem> {
    text.parse().map_err(|_source| Problem::not_found("clue", "线索"))
}

/// One clue with its history.
#[utoipa::path(get, path = "/api/v1/clues/{id}", tag = "clues", params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClueWithHistory), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn clue(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<ClueWithHistory>, Problem> {
    let id = id(&text)?;
    let clue = api.store.clue(id).await?.ok_or_else(|| Problem::not_found("clue", "线索"))?;
    let history = api.store.clue_history(id).await?.iter().map(HistoryView::from).collect();
    Ok(Json(ClueWithHistory { clue: view(&api, &clue), history }))
}

/// Confirms a pending clue: the deduction is posted, and a score that falls below 60.00 lists the company.
#[utoipa::path(post, path = "/api/v1/clues/{id}/confirm", tag = "clues", request_body = Decision,
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClueView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn confirm(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(decision): Sent<Decision>,
) -> Result<Json<ClueView>, Problem> {
    decide(&api, &officer, &text, Outcome::Confirm, &decision).await
}

/// Rejects a pending clue.
#[utoipa::path(post, path = "/api/v1/clues/{id}/reject", tag = "clues", request_body = Decision,
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClueView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn reject(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(decision): Sent<Decision>,
) -> Result<Json<ClueView>, Problem> {
    decide(&api, &officer, &text, Outcome::Reject, &decision).await
}

async fn decide(
    api: &Api,
    officer: &Officer,
    text: &str,
    outcome: Outcome,
    decision: &Decision,
) -> Result<Json<ClueView>, Problem> {
    let words = decision.circumstances.iter().map(String::as_str);
    let circumstances = circumstances::read(words)
        .map_err(|error| Problem::unprocessable((&error.to_string(), &error.zh())))?;
    let said = Said { reason: decision.reason.clone(), circumstances };
    let decided = api.cases.decide(id(text)?, officer, outcome, &said, clock::now()).await?;
    api.live.announce_decision(&decided);
    Ok(Json(view(api, &decided.clue)))
}
