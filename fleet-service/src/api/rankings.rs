//! Weekly and monthly rankings of companies and areas.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use scoring::ranking::period::Period;
use scoring::ranking::{By, Ranking, sheets};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use super::statements::{csv_answer, xlsx_answer};
use crate::clock;
use crate::exposure;
use crate::view::ranking::{self, AreaActs, CompanyFacts, Seen};

/// How far the triage index looks back, months.
const RISK_MONTHS: u32 = 24;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(rankings))
}

/// What is ranked.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Subjects {
    /// Companies, by their score at the end of the period.
    Company,
    /// Townships and streets, by base points per 100 hauls.
    Area,
}

/// How the ranking is given.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// One object.
    Json,
    /// Lines for spreadsheets and programs.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Which ranking.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// company or area; company when absent.
    #[param(inline)]
    by: Option<Subjects>,
    /// A month, 2026-11, or a week, 2026-W47; this month when absent.
    period: Option<String>,
    /// json, csv or xlsx; json when absent.
    #[param(inline)]
    format: Option<Form>,
}

/// Companies or areas ranked over a month or a week, exposure and data quality beside the rank. Who has too little to rate
/// is listed apart. A period that is over gives the same ranks ever after. The triage index of companies is no score.
#[utoipa::path(get, path = "/api/v1/rankings", tag = "carriers", params(Wanted),
    responses(
        (status = 200, content((Object = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn rankings(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let period = period(wanted.period.as_deref(), now)?;
    let seen = seen(&api, period, now).await?;
    let (by, word, standings) = match wanted.by.unwrap_or(Subjects::Company) {
        Subjects::Company => (By::Company, "company", companies(&api, period, seen).await?),
        Subjects::Area => (By::Area, "area", areas(&api, period, &seen).await?),
    };
    let ranking = Ranking::of(by, period, standings, now);
    let file = format!("ranking-{word}-{period}");
    match wanted.format.unwrap_or(Form::Json) {
        Form::Json => {
            let text = serde_json::to_string(&ranking).map_err(|error| Problem::internal(&error))?;
            Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
        }
        Form::Csv => Ok(csv_answer(&sheets::table(&ranking), &file)),
        Form::Xlsx => xlsx_answer(&[sheets::table(&ranking)], now, &file),
    }
}

/// What was seen of trucks in a period, as far as it has gone.
async fn seen(api: &Api, period: Period, now: Timestamp) -> Result<Seen, Problem> {
    let days: Vec<_> = period.days().take_while(|date| *date <= now.local_date()).collect();
    let registers = Arc::clone(&api.live.registers.borrow());
    Ok(exposure::seen(&api.store, api.history.store(), &registers, &days, None, now).await?)
}

/// How long a public ranking is given as it was drawn up, seconds: the period's days are read through for each.
const PUBLIC_FRESH_S: i64 = 600;

/// A ranking as the public sees it: without the triage index, and not drawn up anew for each who asks.
pub(super) async fn for_public(
    api: &Api,
    by: By,
    period: Period,
    now: Timestamp,
) -> Result<Arc<Ranking>, Problem> {
    let mut drawn_up = api.street.rankings.lock().await;
    let key = (by, period.to_string());
    if let Some(known) = drawn_up.get(&key)
        && now.millis_since(known.as_of) < PUBLIC_FRESH_S * 1000
    {
        return Ok(Arc::clone(known));
    }
    drawn_up.retain(|_, known| now.millis_since(known.as_of) < PUBLIC_FRESH_S * 1000);
    let seen = seen(api, period, now).await?;
    let mut standings = match by {
        By::Company => companies(api, period, seen).await?,
        By::Area => areas(api, period, &seen).await?,
    };
    for standing in &mut standings {
        standing.risk = None;
    }
    let ranking = Arc::new(Ranking::of(by, period, standings, now));
    drawn_up.insert(key, Arc::clone(&ranking));
    Ok(ranking)
}

fn period(text: Option<&str>, now: Timestamp) -> Result<Period, Problem> {
    let unread = || {
        Problem::unprocessable((
            "a month is written as 2026-11, a week as 2026-W47",
            "期间格式应为 2026-11（月）或 2026-W47（周）",
        ))
    };
    let period = match text {
        None => Period::month_of(now.local_date()).ok_or_else(unread)?,
        Some(text) => text.parse().map_err(|_source| unread())?,
    };
    if period.start() > now {
        return Err(Problem::unprocessable(("the period has not begun", "该期间尚未开始")));
    }
    Ok(period)
}

async fn companies(
    api: &Api,
    period: Period,
    seen: Seen,
) -> Result<Vec<scoring::ranking::Standing>, Problem> {
    let end = period.end();
    let two_years = period.months_before_end(RISK_MONTHS);
    let hauls_of_year = api.store.hauls_by_truck(period.year_start(), end).await?;
    let hauls_of_two_years = api.store.hauls_by_truck(two_years, end).await?;
    let gate_passages = api.store.gate_passages_by_truck(two_years, end).await?;
    let ledger = api.store.ledger().await?;
    let registers = Arc::clone(&api.live.registers.borrow());
    let fold = move || {
        let facts = CompanyFacts {
            period,
            registers: &registers,
            ledger: &ledger,
            hauls_of_year: &hauls_of_year,
            hauls_of_two_years: &hauls_of_two_years,
            gate_passages: &gate_passages,
        };
        ranking::companies(&facts, &seen)
    };
    tokio::task::spawn_blocking(fold).await.map_err(|error| Problem::internal(&error))
}

async fn areas(api: &Api, period: Period, seen: &Seen) -> Result<Vec<scoring::ranking::Standing>, Problem> {
    let ledger = api.store.ledger().await?;
    let decided = tokio::task::spawn_blocking(move || ranking::hauls_decided(&ledger, period));
    let decided = decided.await.map_err(|error| Problem::internal(&error))?;
    let registers = Arc::clone(&api.live.registers.borrow());
    let mut acts = AreaActs::default();
    for (id, base_cp) in decided {
        let Some(haul) = api.store.haul(id).await? else { continue };
        if let Some(area) = ranking::area_of(registers.at(haul.departed), &haul) {
            acts.add(area, base_cp);
        }
    }
    Ok(ranking::areas(period, &registers, seen, &acts))
}
