//! Working on clues: who has which, handing over, and withdrawing a decision just taken.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::ViolationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::cases::WITHDRAW_WITHIN_S;
use crate::cases::claim::{CLAIM_S, Claim};
use crate::clock;
use crate::view::clue::ClueView;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(claims))
        .routes(routes!(colleagues))
        .routes(routes!(claim, release))
        .routes(routes!(hand_over))
        .routes(routes!(withdraw))
}

/// Who works on a clue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ClaimView {
    /// The clue.
    clue: String,
    /// The officer.
    by: String,
    /// Since when, RFC 3339.
    since: String,
    /// Until when it holds.
    until: String,
}

impl From<&Claim> for ClaimView {
    fn from(claim: &Claim) -> Self {
        Self {
            clue: claim.clue.to_string(),
            by: claim.by.clone(),
            since: claim.since.to_string(),
            until: claim.until.to_string(),
        }
    }
}

/// The claims that hold.
#[derive(Serialize, ToSchema)]
struct Claims {
    /// The oldest first.
    claims: Vec<ClaimView>,
    /// How long a claim holds, seconds.
    claim_s: i64,
    /// How long a decision may be withdrawn, seconds.
    withdraw_within_s: i64,
    /// As of when.
    as_of: String,
}

/// `event: claim`: a clue was claimed, handed over or given back.
#[derive(Serialize)]
struct ClaimNotice {
    clue: String,
    claim: Option<ClaimView>,
}

fn announce(api: &Api, id: ViolationId, claim: Option<&Claim>) {
    let notice = ClaimNotice { clue: id.to_string(), claim: claim.map(ClaimView::from) };
    api.live.bulletin.publish("claim", &notice);
}

fn id(text: &str) -> Result<ViolationId, Problem> {
    text.parse().map_err(|_source| Problem::not_found("clue", "线索"))
}

/// Who works on which clue.
#[utoipa::path(get, path = "/api/v1/claims", tag = "clues",
    responses((status = 200, body = Claims), (status = 401, body = Problem)))]
async fn claims(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Claims>, Problem> {
    let now = clock::now();
    let claims = api.store.claims(now).await?;
    Ok(Json(Claims {
        claims: claims.iter().map(ClaimView::from).collect(),
        claim_s: CLAIM_S,
        withdraw_within_s: WITHDRAW_WITHIN_S,
        as_of: now.to_string(),
    }))
}

/// Colleagues to whom a clue can be handed over.
#[derive(Serialize, ToSchema)]
struct Colleagues {
    /// Names, without one's own.
    names: Vec<String>,
}

/// Who else decides clues of the same authority.
#[utoipa::path(get, path = "/api/v1/colleagues", tag = "clues",
    responses((status = 200, body = Colleagues), (status = 401, body = Problem)))]
async fn colleagues(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
) -> Result<Json<Colleagues>, Problem> {
    let mut names = api.store.deciders(officer.authority).await?;
    names.retain(|name| *name != officer.name);
    Ok(Json(Colleagues { names }))
}

/// Takes a pending clue of one's authority to work on; again to keep it longer. Who comes second is told who has it.
#[utoipa::path(post, path = "/api/v1/clues/{id}/claim", tag = "clues",
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClaimView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn claim(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<ClaimView>, Problem> {
    let id = id(&text)?;
    let claim = api.cases.claim_clue(id, &officer, clock::now()).await?;
    announce(&api, id, Some(&claim));
    Ok(Json(ClaimView::from(&claim)))
}

/// Gives a clue back.
#[utoipa::path(delete, path = "/api/v1/clues/{id}/claim", tag = "clues",
    params(("id" = String, Path, description = "Clue")),
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem)))]
async fn release(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = id(&text)?;
    api.cases.release_clue(id, &officer, clock::now()).await?;
    announce(&api, id, None);
    Ok(StatusCode::NO_CONTENT)
}

/// To whom a clue goes.
#[derive(Deserialize, ToSchema)]
#[schema(as = ClueHandingOver)]
struct HandingOver {
    /// The colleague's name.
    to: String,
}

/// Hands a pending clue to a colleague of the same authority.
#[utoipa::path(post, path = "/api/v1/clues/{id}/hand-over", tag = "clues", request_body = HandingOver,
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClaimView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn hand_over(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(sent): Sent<HandingOver>,
) -> Result<Json<ClaimView>, Problem> {
    let id = id(&text)?;
    let claim = api.cases.hand_over_clue(id, &sent.to, &officer, clock::now()).await?;
    announce(&api, id, Some(&claim));
    Ok(Json(ClaimView::from(&claim)))
}

/// Why a decision is withdrawn.
#[derive(Deserialize, ToSchema)]
struct Withdrawing {
    /// 1 to 1,000 characters.
    reason: String,
}

/// Withdraws one's own decision within ten minutes: the clue waits again, and a deduction is reversed by an entry of its
/// own.
#[utoipa::path(post, path = "/api/v1/clues/{id}/withdraw-decision", tag = "clues", request_body = Withdrawing,
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = ClueView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn withdraw(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(sent): Sent<Withdrawing>,
) -> Result<Json<ClueView>, Problem> {
    let decided = api.cases.withdraw_decision(id(&text)?, &sent.reason, &officer, clock::now()).await?;
    api.live.announce_decision(&decided);
    Ok(Json(ClueView::of(&decided.clue, &api.live.catalogue, &api.live.registry())))
}
