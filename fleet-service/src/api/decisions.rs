//! What becomes of a case: decision, reconsideration, finality, hand-over; and which clocks run.

use axum::Json;
use axum::extract::{Path, State};
use domain::{Authority, LocalDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::cases::{CaseView, SentDecision, word};
use super::officer::SignedIn;
use super::problem::Problem;
use crate::cases::case_file::Reconsideration;
use crate::cases::open_clocks::{OpenClock, Standing, open_clocks};
use crate::cases::{AnswerHandOver, NewDecision};
use crate::clock;
use crate::store::ClueState;
use crate::view::clue::rule_for;

/// Most things of a kind whose clocks are looked at.
const STANDING_MAX: u32 = 10_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(decide))
        .routes(routes!(reconsider))
        .routes(routes!(finalise))
        .routes(routes!(hand_over))
        .routes(routes!(receive))
        .routes(routes!(review))
        .routes(routes!(answer))
        .routes(routes!(clocks))
}

/// A decision with the officers who took it.
#[derive(Deserialize, ToSchema)]
struct Deciding {
    /// The decision.
    #[serde(flatten)]
    decision: SentDecision,
    /// The other officers who took it.
    #[serde(default)]
    officers: Vec<String>,
}

/// Notes the authority's decision on a confirmed case.
#[utoipa::path(post, path = "/api/v1/cases/{number}/decision", tag = "cases", request_body = Deciding,
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn decide(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Deciding>,
) -> Result<Json<CaseView>, Problem> {
    let new = NewDecision { decision: sent.decision.into(), officers: sent.officers };
    let (case, followed) = api.cases.decide_case(&number, new, &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    CaseView::of(&api, case).await
}

/// What happened to a decision.
#[derive(Deserialize, ToSchema)]
struct Reconsidering {
    /// `lodged`, `upheld` or `revoked`.
    #[schema(value_type = String)]
    outcome: Reconsideration,
    /// Why, with the document's number.
    reason: String,
}

/// Notes a reconsideration or suit and what became of it. A decision that falls takes its deduction with it.
#[utoipa::path(post, path = "/api/v1/cases/{number}/reconsideration", tag = "cases", request_body = Reconsidering,
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn reconsider(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Reconsidering>,
) -> Result<Json<CaseView>, Problem> {
    let acting = api.cases.reconsider_case(&number, sent.outcome, &sent.reason, &officer, clock::now());
    let (case, followed) = acting.await?;
    api.live.announce_followed(&followed);
    CaseView::of(&api, case).await
}

/// Declares a decision final that nobody contested within 60 days.
#[utoipa::path(post, path = "/api/v1/cases/{number}/final", tag = "cases",
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn finalise(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    let (case, followed) = api.cases.finalise_case(&number, &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    CaseView::of(&api, case).await
}

/// To whom a case goes.
#[derive(Deserialize, ToSchema)]
struct HandingOver {
    /// `city_management`, `police` or `transport`.
    #[schema(value_type = String)]
    to: Authority,
    /// Why.
    reason: String,
}

/// Hands an undecided case that does not count yet over to another authority.
#[utoipa::path(post, path = "/api/v1/cases/{number}/hand-over", tag = "cases", request_body = HandingOver,
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn hand_over(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<HandingOver>,
) -> Result<Json<CaseView>, Problem> {
    let case = api.cases.hand_over_case(&number, sent.to, &sent.reason, &officer, clock::now()).await?;
    CaseView::of(&api, case).await
}

/// Takes a case that was handed over.
#[utoipa::path(post, path = "/api/v1/cases/{number}/receive", tag = "cases",
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn receive(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    let case = api.cases.receive_case(&number, &officer, clock::now()).await?;
    CaseView::of(&api, case).await
}

/// What a review found.
#[derive(Deserialize, ToSchema)]
struct Reviewing {
    /// Whether the case is proved.
    proved: bool,
    /// Why.
    reason: String,
}

/// Confirms or rejects a case that was taken over.
#[utoipa::path(post, path = "/api/v1/cases/{number}/review", tag = "cases", request_body = Reviewing,
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn review(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Reviewing>,
) -> Result<Json<CaseView>, Problem> {
    let acting = api.cases.review_case(&number, sent.proved, &sent.reason, &officer, clock::now());
    let (case, followed) = acting.await?;
    api.live.announce_followed(&followed);
    CaseView::of(&api, case).await
}

/// What came of a case that was handed over.
#[derive(Deserialize, ToSchema)]
struct Answering {
    /// The day the decision was carried out.
    #[schema(value_type = String)]
    executed: LocalDate,
    /// What came of it; absent while it is only carried out.
    answer: Option<String>,
}

/// Tells the authority that handed a case over what came of it.
#[utoipa::path(post, path = "/api/v1/cases/{number}/answer", tag = "cases", request_body = Answering,
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn answer(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Answering>,
) -> Result<Json<CaseView>, Problem> {
    let answer = AnswerHandOver { executed: sent.executed, answer: sent.answer };
    let case = api.cases.answer_case(&number, answer, &officer, clock::now()).await?;
    CaseView::of(&api, case).await
}

/// Which clocks.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// Only of this authority.
    authority: Option<String>,
    /// Only those whose last day has passed.
    #[serde(default)]
    overdue: bool,
}

/// Clocks that run.
#[derive(Serialize, ToSchema)]
struct Clocks {
    /// The day they were read on.
    as_of: String,
    /// How many of them are over.
    overdue: usize,
    /// The earliest last day first.
    clocks: Vec<OpenClock>,
}

/// What has to be done until when: every clock that runs, with its law; those that are over are marked.
#[utoipa::path(get, path = "/api/v1/clocks", tag = "cases", params(Wanted),
    responses((status = 200, body = Clocks), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn clocks(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Clocks>, Problem> {
    let authority = word::<Authority, _>(wanted.authority.as_deref())?;
    let now = clock::now();
    let mut clues = api.store.clues(Some(ClueState::Pending), now, STANDING_MAX).await?;
    clues.retain(|clue| {
        rule_for(&api.live.catalogue, &clue.violation).is_some_and(|rule| rule.authority == Authority::Police)
    });
    let open = crate::cases::appeal::AppealState::Open;
    let served = crate::cases::listing_file::FileState::Served;
    let standing = Standing {
        cases: api.store.cases_with_clocks(STANDING_MAX).await?,
        appeals: api.store.appeals(Some(open), None, None, STANDING_MAX).await?,
        files: api.store.listing_files(Some(served), None, STANDING_MAX).await?,
        clues,
    };
    let mut clocks = open_clocks(&standing, now, &api.cases.calendar);
    clocks.retain(|clock| {
        authority.is_none_or(|authority| clock.authority == authority) && (!wanted.overdue || clock.overdue)
    });
    let overdue = clocks.iter().filter(|clock| clock.overdue).count();
    Ok(Json(Clocks { as_of: now.local_date().to_string(), overdue, clocks }))
}
