//! Files of listings and exits: proposal, notice, service, decision, removal.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::{LocalDate, Uscc};
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
use crate::cases::listing_file::{FileState, ListingFile, Measure};
use crate::cases::{DecideFile, NewFile, notice};
use crate::clock;
use crate::store::FileQuery;

/// Most files in one answer.
const FILES_MAX: u32 = 500;
/// Name of this list's cursors.
const LIST: &str = "listings";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(files, propose))
        .routes(routes!(file))
        .routes(routes!(write_notice, read_notice))
        .routes(routes!(serve))
        .routes(routes!(decide))
        .routes(routes!(delist))
        .routes(routes!(readmit))
        .routes(routes!(removal))
}

/// Which files.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `proposed`, `noticed`, `served`, `listed`, `delisted`, `exited`, `readmitted`, `withdrawn` or `refused`; all when absent.
    state: Option<String>,
    /// Only of this company; a company's person sees the own company whatever is asked.
    uscc: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 500, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Files.
#[derive(Serialize, ToSchema)]
struct Files {
    /// The newest first, at most 500.
    #[schema(value_type = Vec<Object>)]
    files: Vec<ListingFile>,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// One file with its trail.
#[derive(Serialize, ToSchema)]
struct FileView {
    /// The file.
    #[schema(value_type = Object)]
    file: ListingFile,
    /// What was done, oldest first.
    trail: Vec<TrailView>,
}

async fn view(api: &Api, file: ListingFile) -> Result<Json<FileView>, Problem> {
    let trail = trail(api, &file.number).await?;
    Ok(Json(FileView { file, trail }))
}

async fn find(api: &Api, party: &Party, number: &str) -> Result<ListingFile, Problem> {
    let found = api.store.listing_file(number).await?.filter(|file| party.may_see(&file.uscc));
    found.ok_or_else(|| Problem::not_found("listing file", "列入案卷"))
}

/// Files of listings and exits, the newest first.
#[utoipa::path(get, path = "/api/v1/listings", tag = "listings", params(Wanted),
    responses((status = 200, body = Files), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn files(
    party: Party,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Page<Files>, Problem> {
    let unknown = || {
        let known = FileState::ALL.map(FileState::word).join(", ");
        Problem::bad_request(StatusCode::BAD_REQUEST, &format!("no such state; known: {known}"))
    };
    let state = wanted
        .state
        .as_deref()
        .map(|text| FileState::ALL.into_iter().find(|s| s.word() == text).ok_or_else(unknown))
        .transpose()?;
    let query = FileQuery {
        state,
        authority: None,
        uscc: party.company_or(word::<Uscc, _>(wanted.uscc.as_deref())?),
        before: paging::after(LIST, wanted.cursor.as_deref())?,
    };
    let limit = paging::limit(wanted.limit, FILES_MAX, FILES_MAX);
    let mut found = api.store.listing_file_page(&query, limit + 1).await?;
    let next = paging::cut(LIST, &mut found, limit, |(seq, _)| *seq);
    let files = found.into_iter().map(|(_, file)| file).collect();
    Ok(Page { answer: Files { files, next_cursor: next.clone() }, next })
}

/// One file.
#[utoipa::path(get, path = "/api/v1/listings/{number}", tag = "listings",
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn file(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<FileView>, Problem> {
    view(&api, find(&api, &party, &number).await?).await
}

/// A proposal made by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proposing {
    /// The company.
    uscc: String,
    /// `list` or `exit`.
    #[schema(value_type = String)]
    measure: Measure,
    /// The trigger in words, as it will stand in the notice.
    trigger: String,
}

/// Opens a file by hand, for a trigger that calls for a human decision whatever the score.
#[utoipa::path(post, path = "/api/v1/listings", tag = "listings", request_body = Proposing,
    responses((status = 201, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn propose(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Sent(sent): Sent<Proposing>,
) -> Result<(StatusCode, Json<FileView>), Problem> {
    let missing = || Problem::not_found("company", "企业");
    let uscc = sent.uscc.parse().map_err(|_source| missing())?;
    let new = NewFile { uscc, measure: sent.measure, trigger: sent.trigger };
    let file = api.cases.propose(new, &officer, clock::now()).await?;
    Ok((StatusCode::CREATED, view(&api, file).await?))
}

/// Writes the notice of a proposal: number, facts, basis, measures, right to object.
#[utoipa::path(post, path = "/api/v1/listings/{number}/notice", tag = "listings",
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn write_notice(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<FileView>, Problem> {
    let file = api.cases.write_notice(&number, &officer, clock::now()).await?;
    view(&api, file).await
}

fn markdown(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text)
}

/// The notice as Markdown.
#[utoipa::path(get, path = "/api/v1/listings/{number}/notice", tag = "listings",
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn read_notice(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let file = find(&api, &party, &number).await?;
    let notice = file.notice.ok_or_else(|| Problem::not_found("notice", "告知书"))?;
    Ok(markdown(notice.text))
}

/// The notice that the company is off the list, as Markdown.
#[utoipa::path(get, path = "/api/v1/listings/{number}/removal-notice", tag = "listings",
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn removal(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let file = find(&api, &party, &number).await?;
    let text = notice::of_removal(&file).ok_or_else(|| Problem::not_found("removal notice", "移出告知书"))?;
    Ok(markdown(text))
}

/// When a notice was served.
#[derive(Deserialize, ToSchema)]
struct Serving {
    /// The day, as 2026-11-23; the next day is the first of the window.
    #[schema(value_type = String)]
    served: LocalDate,
}

/// Notes that the notice was served; the window for objections begins.
#[utoipa::path(post, path = "/api/v1/listings/{number}/served", tag = "listings", request_body = Serving,
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn serve(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Serving>,
) -> Result<Json<FileView>, Problem> {
    let file = api.cases.serve_notice(&number, sent.served, &officer, clock::now()).await?;
    view(&api, file).await
}

/// A decision on a file.
#[derive(Deserialize, ToSchema)]
#[schema(as = ListingDeciding)]
struct Deciding {
    /// Whether the measure is taken.
    take: bool,
    /// Number of the decision.
    number: String,
    /// Why. 1 to 1,000 characters.
    reason: String,
}

/// Decides a file. It is refused while the window runs or an objection is open.
#[utoipa::path(post, path = "/api/v1/listings/{number}/decision", tag = "listings", request_body = Deciding,
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn decide(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Deciding>,
) -> Result<Json<FileView>, Problem> {
    let decide = DecideFile { is_taken: sent.take, number: sent.number, reason: sent.reason };
    let (file, followed) = api.cases.decide_file(&number, decide, &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    view(&api, file).await
}

/// Why a company comes off the list, or an exit is lifted.
#[derive(Deserialize, ToSchema)]
struct Delisting {
    /// Number of the decision.
    number: String,
    /// Why. 1 to 1,000 characters.
    reason: String,
}

/// Takes a company off the list by decision: its term is over, or the ground of a trigger is gone.
#[utoipa::path(post, path = "/api/v1/listings/{number}/delist", tag = "listings", request_body = Delisting,
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn delist(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Delisting>,
) -> Result<Json<FileView>, Problem> {
    let acting = api.cases.delist(&number, &sent.number, &sent.reason, &officer, clock::now());
    let (file, followed) = acting.await?;
    api.live.announce_followed(&followed);
    view(&api, file).await
}

/// Lifts an exit before its ban is over: the decision was set aside, or the authority takes it back. The company may be
/// registered again at once.
#[utoipa::path(post, path = "/api/v1/listings/{number}/readmit", tag = "listings", request_body = Delisting,
    params(("number" = String, Path, description = "File number")),
    responses((status = 200, body = FileView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn readmit(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Delisting>,
) -> Result<Json<FileView>, Problem> {
    let file = api.cases.readmit(&number, &sent.number, &sent.reason, &officer, clock::now()).await?;
    view(&api, file).await
}
