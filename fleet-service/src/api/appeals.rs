//! Objections and requests for repair: a company's person brings them for the own company, the authority answers.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{Authority, Uscc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::cases::{TrailView, trail, word};
use super::officer::{Party, SignedIn};
use super::paging::{self, Page};
use super::problem::Problem;
use crate::cases::appeal::{Appeal, AppealKind, AppealState};
use crate::cases::company::Book;
use crate::cases::{AnswerAppeal, NewAppeal};
use crate::clock;
use crate::store::{FileQuery, Officer, contested};

/// Most appeals in one answer.
const APPEALS_MAX: u32 = 500;
/// Name of this list's cursors.
const LIST: &str = "appeals";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(appeals, lodge))
        .routes(routes!(appeal))
        .routes(routes!(ask_source))
        .routes(routes!(uphold))
        .routes(routes!(reject))
        .routes(routes!(withdraw))
        .routes(routes!(contested_score))
}

/// Which appeals.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `open`, `upheld`, `rejected` or `withdrawn`; all when absent.
    state: Option<String>,
    /// Only those this authority answers.
    authority: Option<String>,
    /// Only of this company; a company's person sees the own company whatever is asked.
    uscc: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 500, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Appeals.
#[derive(Serialize, ToSchema)]
struct Appeals {
    /// The newest first, at most 500.
    #[schema(value_type = Vec<Object>)]
    appeals: Vec<Appeal>,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// One appeal with its trail.
#[derive(Serialize, ToSchema)]
struct AppealView {
    /// The appeal.
    #[schema(value_type = Object)]
    appeal: Appeal,
    /// What was done, oldest first.
    trail: Vec<TrailView>,
}

async fn view(api: &Api, appeal: Appeal) -> Result<Json<AppealView>, Problem> {
    let trail = trail(api, &appeal.number).await?;
    Ok(Json(AppealView { appeal, trail }))
}

/// Objections and requests for repair, the newest first.
#[utoipa::path(get, path = "/api/v1/appeals", tag = "appeals", params(Wanted),
    responses((status = 200, body = Appeals), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn appeals(
    party: Party,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Page<Appeals>, Problem> {
    const STATES: [AppealState; 4] =
        [AppealState::Open, AppealState::Upheld, AppealState::Rejected, AppealState::Withdrawn];
    let unknown = || {
        let said = "no such state; known: open, upheld, rejected, withdrawn";
        Problem::bad_request(StatusCode::BAD_REQUEST, said)
    };
    let state =
        wanted.state.as_deref().map(|text| STATES.into_iter().find(|s| s.word() == text).ok_or_else(unknown));
    let authority = word::<Authority, _>(wanted.authority.as_deref())?;
    let query = FileQuery {
        state: state.transpose()?,
        authority,
        uscc: party.company_or(word::<Uscc, _>(wanted.uscc.as_deref())?),
        before: paging::after(LIST, wanted.cursor.as_deref())?,
    };
    let limit = paging::limit(wanted.limit, APPEALS_MAX, APPEALS_MAX);
    let mut found = api.store.appeal_page(&query, limit + 1).await?;
    let next = paging::cut(LIST, &mut found, limit, |(seq, _)| *seq);
    let appeals = found.into_iter().map(|(_, appeal)| appeal).collect();
    Ok(Page { answer: Appeals { appeals, next_cursor: next.clone() }, next })
}

/// One objection or request for repair.
#[utoipa::path(get, path = "/api/v1/appeals/{number}", tag = "appeals",
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, body = AppealView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn appeal(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<AppealView>, Problem> {
    let found = api.store.appeal(&number).await?.filter(|appeal| party.may_see(&appeal.uscc));
    view(&api, found.ok_or_else(|| Problem::not_found("objection or request for repair", "异议或修复申请"))?)
        .await
}

/// What a company asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lodging {
    /// `objection` (the record is wrong) or `repair` (it is right and has been cured).
    #[schema(value_type = String)]
    kind: AppealKind,
    /// The company; a company's person may leave it out.
    uscc: Option<String>,
    /// Number of the deduction in the ledger.
    entry: Option<u64>,
    /// Or number of the listing file whose notice is objected to.
    listing: Option<String>,
    /// Grounds; of a repair what was put right and the proof of it. 1 to 1,000 characters.
    grounds: String,
    /// Ids of files that prove it, sent before by the same person to `/api/v1/attachments`.
    #[serde(default)]
    files: Vec<String>,
}

/// Brings an objection or a request for repair. Its clock begins; a deduction under objection blocks a listing.
#[utoipa::path(post, path = "/api/v1/appeals", tag = "appeals", request_body = Lodging,
    responses((status = 201, body = AppealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn lodge(
    party: Party,
    State(api): State<Api>,
    Sent(sent): Sent<Lodging>,
) -> Result<(StatusCode, Json<AppealView>), Problem> {
    let named = word::<Uscc, _>(sent.uscc.as_deref())?;
    let missing = || Problem::unprocessable(("uscc: name the company", "请填写企业统一社会信用代码"));
    let uscc = named.or_else(|| party.0.company.clone()).ok_or_else(missing)?;
    let new = NewAppeal { kind: sent.kind, entry_seq: sent.entry, file: sent.listing, grounds: sent.grounds };
    let lodging = api.cases.lodge_appeal_with(&uscc, new, &sent.files, &party.0, clock::now());
    let lodged = lodging.await?;
    Ok((StatusCode::CREATED, view(&api, lodged).await?))
}

/// Who is asked.
#[derive(Deserialize, ToSchema)]
struct Source {
    /// The office the record comes from.
    source: String,
}

/// Asks the source of the record: seven working days instead of three hold, counted from the beginning.
#[utoipa::path(post, path = "/api/v1/appeals/{number}/ask-source", tag = "appeals", request_body = Source,
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, body = AppealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn ask_source(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Source>,
) -> Result<Json<AppealView>, Problem> {
    let asked = api.cases.ask_source(&number, &sent.source, &officer, clock::now()).await?;
    view(&api, asked).await
}

/// An answer.
#[derive(Deserialize, ToSchema)]
struct Answer {
    /// Number of the document, when it has one.
    number: Option<String>,
    /// Why. 1 to 1,000 characters.
    reason: String,
}

impl From<Answer> for AnswerAppeal {
    fn from(answer: Answer) -> Self {
        Self { number: answer.number, reason: answer.reason }
    }
}

/// Grants it: an objection reverses the deduction exactly, a repair gives points back where the rules allow it; a company
/// whose score is back at 60.00 comes off the list, and the public is told, all at once.
#[utoipa::path(post, path = "/api/v1/appeals/{number}/uphold", tag = "appeals", request_body = Answer,
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, body = AppealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn uphold(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Answer>,
) -> Result<Json<AppealView>, Problem> {
    api.cases.must_not_have_decided(&number, &officer).await?;
    let (upheld, followed) = api.cases.uphold_appeal(&number, sent.into(), &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    view(&api, upheld).await
}

/// Refuses it.
#[utoipa::path(post, path = "/api/v1/appeals/{number}/reject", tag = "appeals", request_body = Answer,
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, body = AppealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn reject(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Answer>,
) -> Result<Json<AppealView>, Problem> {
    api.cases.must_not_have_decided(&number, &officer).await?;
    let (rejected, followed) = api.cases.reject_appeal(&number, sent.into(), &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    view(&api, rejected).await
}

/// The company takes it back.
#[utoipa::path(post, path = "/api/v1/appeals/{number}/withdraw", tag = "appeals", request_body = Answer,
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, body = AppealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn withdraw(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Answer>,
) -> Result<Json<AppealView>, Problem> {
    let by: &Officer = &party.0;
    let (taken_back, followed) = api.cases.withdraw_appeal(&number, &sent.reason, by, clock::now()).await?;
    api.live.announce_followed(&followed);
    view(&api, taken_back).await
}

/// A score with and without what is contested.
#[derive(Serialize, ToSchema)]
struct ContestedScore {
    /// The score of the year, in hundredths.
    score_centi: i64,
    /// The same without the deductions under objection.
    score_without_contested_centi: i64,
    /// Those deductions, by their number in the ledger.
    contested: Vec<u64>,
    /// Whether a listing is blocked by them.
    blocked: bool,
}

/// A company's score of this year, with and without the deductions under objection.
#[utoipa::path(get, path = "/api/v1/carriers/{uscc}/contested", tag = "appeals",
    params(("uscc" = String, Path, description = "Unified social credit code")),
    responses((status = 200, body = ContestedScore), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn contested_score(
    party: Party,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<ContestedScore>, Problem> {
    let missing = || Problem::not_found("company", "企业");
    let uscc: Uscc = text.parse().map_err(|_source| missing())?;
    if !party.may_see(&uscc) || !api.live.registry().carriers.contains_key(&uscc) {
        return Err(missing());
    }
    let open = contested(&api.store.open_objections(&uscc).await?);
    let book = Book::new(api.store.ledger_of(&uscc).await?, None);
    let cycle = scoring::Cycle::of(clock::now());
    let score = book.score(&uscc, cycle).score_cp;
    let without = book.score_without(&uscc, cycle, &open).score_cp;
    let limit = scoring::band::INTERVIEW_FROM_CP;
    Ok(Json(ContestedScore {
        score_centi: score,
        score_without_contested_centi: without,
        contested: book
            .entries()
            .iter()
            .filter(|entry| open.contains(&entry.id))
            .map(|entry| entry.seq)
            .collect(),
        blocked: score < limit && without >= limit,
    }))
}
