//! Statistics of a period.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::time::date_plus_days;
use domain::{LocalDate, Plate, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use super::statements::{csv_answer, xlsx_answer};
use crate::clock;
use crate::history::hour::Day;
use crate::history::subject::Subject;
use crate::view::statistics::{self, Counts, DaySeen, Dimension, Only, StatisticsRow};

/// Most days of a period.
const DAYS_MAX: i64 = 366;
/// Days when none are named.
const DAYS_DEFAULT: i64 = 30;
/// Most groups that are read: what a city of 3,000 trucks hauls in half a year. Beyond, a shorter period is asked for.
const GROUPS_MAX: u32 = 2_000_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(statistics))
}

/// How the table is given.
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

/// Which statistics.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// First day, as 2026-11-01; 29 days before the last when absent.
    #[param(value_type = Option<String>)]
    from: Option<LocalDate>,
    /// Last day; today when absent. At most 366 days.
    #[param(value_type = Option<String>)]
    to: Option<LocalDate>,
    /// carrier, area or rule; carrier when absent.
    #[param(inline)]
    by: Option<Dimension>,
    /// Whether days are told apart in the rows.
    #[serde(default)]
    daily: bool,
    /// Only of this company.
    carrier: Option<String>,
    /// Only hauls from this area, and clues on them.
    area: Option<String>,
    /// Only clues of this rule, without grade.
    rule: Option<String>,
    /// json, csv or xlsx; json when absent.
    #[param(inline)]
    format: Option<Form>,
}

/// Statistics of a period.
#[derive(Serialize, ToSchema)]
struct Statistics {
    /// First day.
    #[schema(value_type = String)]
    from: LocalDate,
    /// Last day.
    #[schema(value_type = String)]
    to: LocalDate,
    /// What the rows are about.
    by: Dimension,
    /// When it was counted.
    as_of: String,
    /// In all.
    total: Counts,
    /// Every day of the period that has begun, and how much was seen on it.
    days: Vec<DaySeen>,
    /// The rows, the most clues first; with `daily` by day.
    rows: Vec<StatisticsRow>,
}

/// Hauls, clues and what became of them over a period, by company, area or rule. Each day says how many trucks reported on
/// it, so that a quiet day is not taken for a blind one.
#[utoipa::path(get, path = "/api/v1/statistics", tag = "carriers", params(Wanted),
    responses(
        (status = 200, content((Statistics = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn statistics(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let today = now.local_date();
    let to = wanted.to.unwrap_or(today).min(today);
    let from = wanted.from.unwrap_or_else(|| date_plus_days(to, 1 - DAYS_DEFAULT));
    if from > to || (to - from).num_days() >= DAYS_MAX {
        return Err(Problem::unprocessable((
            "a period begins on or before its last day, not in the future, and has at most 366 days",
            "起始日期不得晚于截止日期或今天，期间最长 366 天",
        )));
    }
    let by = wanted.by.unwrap_or(Dimension::Carrier);
    let midnight = |day| Timestamp::start_of_local_day(day);
    let (start, end) = (midnight(from), midnight(date_plus_days(to, 1)));
    let hauls = api.store.count_hauls(start, end, GROUPS_MAX).await?;
    let clues = api.store.count_clues(start, end, GROUPS_MAX).await?;
    if hauls.len().max(clues.len()) >= GROUPS_MAX as usize {
        return Err(Problem::unprocessable((
            "too much to count: choose a shorter period",
            "数据过多，请缩短期间",
        )));
    }
    let registers = Arc::clone(&api.live.registers.borrow());
    let only = Only { carrier: wanted.carrier, area: wanted.area, rule: wanted.rule };
    let daily = wanted.daily;
    let counting =
        tokio::task::spawn_blocking(move || statistics::count(&hauls, &clues, &registers, by, &only, daily));
    let counted = counting.await.map_err(|error| Problem::internal(&error))?;
    let file = format!("statistics-{from}-{to}");
    match wanted.format.unwrap_or(Form::Json) {
        Form::Csv => return Ok(csv_answer(&statistics::sheet(&counted.rows, by, daily), &file)),
        Form::Xlsx => return xlsx_answer(&[statistics::sheet(&counted.rows, by, daily)], now, &file),
        Form::Json => {}
    }
    let days = days(&api, from, to, &counted.days).await?;
    let answer =
        Statistics { from, to, by, as_of: now.to_string(), total: counted.total, days, rows: counted.rows };
    let text = serde_json::to_string(&answer).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// How much was seen on each day: trucks that reported, of those registered.
async fn days(
    api: &Api,
    from: LocalDate,
    to: LocalDate,
    counts: &std::collections::BTreeMap<LocalDate, Counts>,
) -> Result<Vec<DaySeen>, Problem> {
    let history = api.history.store();
    let names = history.subjects().await?;
    let trucks: std::collections::HashMap<_, Plate> = names
        .into_iter()
        .filter_map(|(number, subject)| match subject {
            Subject::Truck(plate) => Some((number, plate)),
            Subject::Tag(_) => None,
        })
        .collect();
    let registers = Arc::clone(&api.live.registers.borrow());
    let mut days = Vec::new();
    let mut date = from;
    let mut is_kept = false;
    while date <= to {
        let day = Day::of_date(date);
        let mut numbers = history.subjects_of(day).await?;
        numbers.extend(history.hours_of(day).await?.into_iter().map(|(number, _)| number));
        let registry = registers.at(Timestamp::start_of_local_day(date_plus_days(date, 1)).plus_millis(-1));
        let online: BTreeSet<&Plate> = numbers
            .iter()
            .filter_map(|number| trucks.get(number))
            .filter(|plate| registry.trucks.contains_key(*plate))
            .collect();
        let (registered, online) = (registry.trucks.len() as u64, online.len() as u64);
        let counts = counts.get(&date).copied().unwrap_or_default();
        // Days before the first that history holds may have been deleted: hauls of them are known all the same.
        is_kept |= online > 0 || counts.hauls == 0;
        let data = statistics::data_word(registered, online, is_kept);
        days.push(DaySeen { day: date, trucks: registered, trucks_online: online, data, counts });
        date = date_plus_days(date, 1);
    }
    Ok(days)
}
