//! Cases: what is filed, officer entry, import of decided violations.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{Authority, LocalDate, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::case_sheet;
use super::officer::{Party, SignedIn};
use super::paging::{self, Page};
use super::problem::Problem;
use super::tables::{self, Form, TABLE_ROWS_MAX};
use crate::cases::case_file::{CaseFile, CaseState, Decision};
use crate::cases::circumstances;
use crate::cases::entry::NewCase;
use crate::cases::import::{CSV_BYTES_MAX, RowOutcome};
use crate::clock;
use crate::store::{AuditEntry, CaseQuery};

/// Most cases in one answer.
const CASES_MAX: u32 = 500;
const CASES_DEFAULT: u32 = 100;
/// Name of this list's cursors.
const LIST: &str = "cases";
/// Most lines of one thing's trail.
const TRAIL_MAX: u32 = 1_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(cases, enter))
        .routes(routes!(case))
        .merge(OpenApiRouter::new().routes(routes!(import)).layer(DefaultBodyLimit::max(CSV_BYTES_MAX)))
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `under_review`, `confirmed`, `decided`, `reconsidered`, `final`, `rejected` or `revoked`; all when absent.
    state: Option<String>,
    /// Only those this authority answers for.
    authority: Option<String>,
    /// Only those of this company; a company's person sees the own company whatever is asked.
    uscc: Option<String>,
    /// Only of this truck.
    plate: Option<String>,
    /// Only under this rule, its grade included.
    rule: Option<String>,
    /// Only those filed before this place: `next` of the answer before. `cursor` does the same.
    before: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many: up to 500, 100 when absent; of a table up to 10,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `json`, `csv` or `xlsx`; when absent, `Accept` decides.
    format: Option<String>,
}

/// Cases.
#[derive(Serialize, ToSchema)]
struct CaseList {
    /// The newest first.
    #[schema(value_type = Vec<Object>)]
    cases: Vec<CaseFile>,
    /// Ask with `before` for the rest; null when these are the last.
    next: Option<u64>,
    /// Ask with it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// One line of a trail.
#[derive(Serialize, ToSchema)]
pub(super) struct TrailView {
    /// When.
    at: String,
    /// Who.
    who: String,
    /// What, in a word.
    what: String,
    /// What was said.
    detail: String,
}

impl From<&AuditEntry> for TrailView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            at: entry.at.to_string(),
            who: entry.who.clone(),
            what: entry.what.clone(),
            detail: entry.detail.clone(),
        }
    }
}

/// What was done to one thing.
pub(super) async fn trail(api: &Api, subject: &str) -> Result<Vec<TrailView>, Problem> {
    Ok(api.store.audit_of(subject, TRAIL_MAX).await?.iter().map(TrailView::from).collect())
}

/// One case with its trail.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseView {
    /// The case.
    #[schema(value_type = Object)]
    case: CaseFile,
    /// Last day on which the decision can be contested.
    contestable_until: Option<String>,
    /// What was done to it, oldest first.
    trail: Vec<TrailView>,
}

impl CaseView {
    pub(super) async fn of(api: &Api, case: CaseFile) -> Result<Json<Self>, Problem> {
        let contestable_until = case.contestable_until(&api.cases.calendar).map(|day| day.to_string());
        let trail = trail(api, case.number.as_str()).await?;
        Ok(Json(Self { case, contestable_until, trail }))
    }
}

/// A word of a query that has to be one of a set.
pub(super) fn word<T: std::str::FromStr<Err = E>, E: std::fmt::Display>(
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    let read = |text: &str| {
        text.parse().map_err(|error: E| Problem::bad_request(StatusCode::BAD_REQUEST, &error.to_string()))
    };
    text.map(read).transpose()
}

fn state(text: Option<&str>) -> Result<Option<CaseState>, Problem> {
    let known = || CaseState::ALL.map(CaseState::word).join(", ");
    let unknown = |text: &str| {
        Problem::bad_request(StatusCode::BAD_REQUEST, &format!("{text:?} is no state; known: {}", known()))
    };
    text.map(|text| CaseState::ALL.into_iter().find(|s| s.word() == text).ok_or_else(|| unknown(text)))
        .transpose()
}

/// Cases, the newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(Wanted),
    responses((status = 200, content((CaseList = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn cases(
    party: Party,
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let form = Form::asked(wanted.format.as_deref(), &headers, Form::TABLE)?;
    let limit = match form {
        Form::Json => paging::limit(wanted.limit, CASES_DEFAULT, CASES_MAX),
        _ => paging::limit(wanted.limit, TABLE_ROWS_MAX, TABLE_ROWS_MAX),
    };
    let query = CaseQuery {
        state: state(wanted.state.as_deref())?,
        authority: word::<Authority, _>(wanted.authority.as_deref())?,
        uscc: party.company_or(word(wanted.uscc.as_deref())?),
        plate: word(wanted.plate.as_deref())?,
        rule: word(wanted.rule.as_deref())?,
        before: paging::after(LIST, wanted.cursor.as_deref())?.or(wanted.before),
    };
    let mut found = api.store.cases(&query, limit + 1).await?;
    let next_cursor = paging::cut(LIST, &mut found, limit, |(seq, _)| *seq);
    let next = found.last().map(|(seq, _)| *seq).filter(|_| next_cursor.is_some());
    let cases: Vec<CaseFile> = found.into_iter().map(|(_, case)| case).collect();
    if form != Form::Json {
        let table = tables::file(form, &case_sheet::of(&cases), "cases", clock::now())?;
        return Ok(paging::with_next(table, next_cursor));
    }
    let answer = CaseList { cases, next, next_cursor: next_cursor.clone() };
    Ok(Page { answer, next: next_cursor }.into_response())
}

/// One case with what was done to it.
#[utoipa::path(get, path = "/api/v1/cases/{number}", tag = "cases",
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn case(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    let case = find(&api, &party, &number).await?;
    api.store.note_case_read(case.number.as_str(), &party.0.name, "case", clock::now()).await?;
    CaseView::of(&api, case).await
}

/// A case that someone may see.
pub(super) async fn find(api: &Api, party: &Party, number: &str) -> Result<CaseFile, Problem> {
    let missing = || Problem::not_found("case", "案件");
    let case = api.store.case(number).await?.ok_or_else(missing)?;
    // A company is not told that another company's case exists.
    if !case.uscc.as_ref().map_or(party.is_officer(), |uscc| party.may_see(uscc)) {
        return Err(missing());
    }
    Ok(case)
}

/// A decision as it is sent.
#[derive(Deserialize, ToSchema)]
pub(super) struct SentDecision {
    /// Its number, unique within the authority.
    pub(super) number: String,
    /// Its date, as 2026-11-23.
    #[schema(value_type = String)]
    pub(super) date: LocalDate,
    /// The day it was served; the clock of reconsideration begins. Its date when absent.
    #[schema(value_type = Option<String>)]
    pub(super) served: Option<LocalDate>,
    /// What was decided.
    pub(super) content: String,
    /// The fine in fen: 20000 is 200.00 yuan.
    #[serde(default)]
    pub(super) fine_fen: Option<u64>,
}

impl From<SentDecision> for Decision {
    fn from(sent: SentDecision) -> Self {
        let served = sent.served.unwrap_or(sent.date);
        Self { number: sent.number, date: sent.date, served, content: sent.content, fine_fen: sent.fine_fen }
    }
}

/// A case as an officer enters it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SentCase {
    /// Rule code, with its grade or with `band`.
    rule: String,
    /// The grade, as `b`.
    band: Option<String>,
    /// The truck.
    plate: String,
    /// The company's code; the one the truck is registered with when absent.
    uscc: Option<String>,
    /// The haul, when it is known.
    trip: Option<String>,
    /// When the act began, RFC 3339.
    occurred_at: String,
    /// When it ended; the beginning when absent.
    occurred_until: Option<String>,
    /// What was found.
    fact: String,
    /// What makes the act cost other points than its rule says: `cleaned_at_once`, `expressway`.
    #[serde(default)]
    circumstances: Vec<String>,
    /// The other officers who found it.
    #[serde(default)]
    officers: Vec<String>,
    /// The decision, when it was taken already.
    decision: Option<SentDecision>,
    /// The day on which it became final, when it did.
    #[schema(value_type = Option<String>)]
    final_date: Option<LocalDate>,
}

fn read<T: std::str::FromStr>(member: &str, text: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| Problem::member(member, &error.to_string(), &format!("“{text}”有误")))
}

impl SentCase {
    pub(super) fn read(self) -> Result<NewCase, Problem> {
        let maybe = |member: &str, text: &Option<String>| -> Result<Option<Timestamp>, Problem> {
            text.as_deref().map(|text| read(member, text)).transpose()
        };
        let words = self.circumstances.iter().map(String::as_str);
        let circumstances = circumstances::read(words)
            .map_err(|error| Problem::unprocessable((&error.to_string(), &error.zh())))?;
        Ok(NewCase {
            circumstances,
            rule: read("rule", &self.rule)?,
            plate: read("plate", &self.plate)?,
            uscc: self.uscc.as_deref().map(|text| read("uscc", text)).transpose()?,
            trip: self.trip.as_deref().map(|text| read("trip", text)).transpose()?,
            occurred_at: read("occurred_at", &self.occurred_at)?,
            occurred_until: maybe("occurred_until", &self.occurred_until)?,
            band: self.band,
            fact: self.fact,
            officers: self.officers,
            decision: self.decision.map(Decision::from),
            final_date: self.final_date,
        })
    }
}

/// Enters a case that no device saw. It counts at once or when its decision is final, as its rule says.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = SentCase,
    responses((status = 201, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn enter(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Sent(sent): Sent<SentCase>,
) -> Result<(StatusCode, Json<CaseView>), Problem> {
    let (case, followed) = api.cases.enter_case(sent.read()?, &officer, clock::now()).await?;
    api.live.announce_followed(&followed);
    Ok((StatusCode::CREATED, CaseView::of(&api, case).await?))
}

/// How to import.
#[derive(Deserialize, IntoParams)]
struct Importing {
    /// Only tell what would become of each row.
    #[serde(default)]
    dry_run: bool,
}

/// What became of a file.
#[derive(Serialize, ToSchema)]
struct Imported {
    /// Whether nothing was stored because only a trial was asked for.
    dry_run: bool,
    /// New cases.
    stored: usize,
    /// Known by authority and decision number: nothing changed.
    duplicate: usize,
    /// Refused, each with its reason.
    rejected: usize,
    /// Every row in its order.
    rows: Vec<RowOutcome>,
}

/// Imports decided violations as CSV in UTF-8, at most 10,000 rows. docs/due-process.md lists the columns.
#[utoipa::path(post, path = "/api/v1/cases/import", tag = "cases", params(Importing),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Imported), (status = 401, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn import(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Asked(importing): Asked<Importing>,
    body: Bytes,
) -> Result<Json<Imported>, Problem> {
    let (rows, followed) = api.cases.import_cases(&body, &officer, importing.dry_run, clock::now()).await?;
    for moved in &followed {
        api.live.announce_followed(moved);
    }
    let count = |word: &str| rows.iter().filter(|row| row.outcome == word).count();
    let (stored, duplicate, rejected) = (count("stored"), count("duplicate"), count("rejected"));
    Ok(Json(Imported { dry_run: importing.dry_run, stored, duplicate, rejected, rows }))
}
