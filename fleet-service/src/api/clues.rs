//! Clues and the decisions on them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{Timestamp, ViolationId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::problem::Problem;
use crate::cases::Outcome;
use crate::cases::circumstances;
use crate::cases::ruling::Said;
use crate::clock;
use crate::store::{ClueState, Officer, StoredClue};
use crate::view::clue::{ClueView, ClueWithHistory, CountsView, HistoryView};

/// Most clues in one answer.
const CLUES_MAX: u32 = 1_000;
const CLUES_DEFAULT: u32 = 200;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(clues))
        .routes(routes!(clue))
        .routes(routes!(confirm))
        .routes(routes!(reject))
}

/// Which clues.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `pending`, `confirmed`, `rejected`, `withdrawn` or `all`; `pending` when absent.
    state: Option<String>,
    /// At most so many, up to 1,000; 200 when absent.
    limit: Option<u32>,
}

/// Clues and how many there are in all.
#[derive(Serialize, ToSchema)]
struct Clues {
    /// Newest first.
    clues: Vec<ClueView>,
    /// Of all clues, not only those listed.
    counts: CountsView,
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

/// Clues of one state or of all, newest first.
#[utoipa::path(get, path = "/api/v1/clues", tag = "clues", params(Wanted),
    responses((status = 200, body = Clues), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn clues(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Clues>, Problem> {
    let state = match wanted.state.as_deref().unwrap_or("pending") {
        "all" => None,
        word => Some(
            word.parse::<ClueState>()
                .map_err(|reason| Problem::bad_request(StatusCode::BAD_REQUEST, &reason))?,
        ),
    };
    let limit = wanted.limit.unwrap_or(CLUES_DEFAULT).clamp(1, CLUES_MAX);
    let stored = api.store.clues(state, Timestamp::from_millis(i64::MAX), limit).await?;
    let counts = api.store.clue_counts().await?.into();
    let registry = api.live.registry();
    let clues = stored.iter().map(|clue| ClueView::of(clue, &api.live.catalogue, &registry)).collect();
    Ok(Json(Clues { clues, counts }))
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
