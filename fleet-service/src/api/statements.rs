//! A company's statement: its score line by line, to read, to print, to compute with.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Timestamp, Uscc};
use scoring::statement::{Heading, Statement, html, sheets};
use scoring::{Cycle, Profile, sheet};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::Party;
use super::problem::Problem;
use crate::clock;
use crate::exposure;

/// The years a statement can be asked for.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=9999;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(statement))
}

/// How a table is given.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// One object.
    Json,
    /// A page to read and print, without script.
    Html,
    /// Lines for spreadsheets and programs.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Which statement.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// json, html, csv or xlsx; json when absent.
    #[param(inline)]
    format: Option<Form>,
    /// The year; this one when absent.
    cycle: Option<i32>,
    /// The formula: fleet_fair (the one that counts), zz92_plain or rolling12.
    profile: Option<String>,
}

/// A company's score of a year line by line: every point with its case, decision, rule, version, factors, date and end of
/// publicity, and the score with and without it.
#[utoipa::path(get, path = "/api/v1/carriers/{uscc}/statement", tag = "carriers",
    params(("uscc" = String, Path, description = "Unified social credit code"), Wanted),
    responses(
        (status = 200, content((Object = "application/json"), (String = "text/html"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn statement(
    party: Party,
    State(api): State<Api>,
    Path(text): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("company", "企业");
    let uscc: Uscc = text.parse().map_err(|_source| missing())?;
    if !party.may_see(&uscc) {
        return Err(missing());
    }
    let name = api.live.registry().carriers.get(&uscc).ok_or_else(missing)?.name.clone();
    let now = clock::now();
    let cycle = match wanted.cycle {
        None => Cycle::of(now),
        Some(year) if YEARS.contains(&year) => Cycle::of_year(year),
        Some(_) => return Err(Problem::unprocessable(("a year is written as 2026", "年度格式应为 2026"))),
    };
    let profile = match wanted.profile.as_deref() {
        None => Profile::FleetFair,
        Some(word) => Profile::from_word(word).ok_or_else(|| {
            Problem::unprocessable((
                "known formulas are fleet_fair, zz92_plain and rolling12",
                "计分方案应为 fleet_fair、zz92_plain 或 rolling12",
            ))
        })?,
    };
    let entries = api.store.ledger_of(&uscc).await?;
    let registers = std::sync::Arc::clone(&api.live.registers.borrow());
    let year = (Timestamp::start_of_local_day(cycle.first_day()), now.min(cycle.last_moment()));
    let basis = if year.0 > now {
        None
    } else {
        Some(exposure::basis(&api.store, api.history.store(), &registers, &uscc, year).await?)
    };
    let file = format!("statement-{uscc}-{cycle}");
    let heading = Heading { uscc, name, cycle, profile, as_of: now, basis };
    let catalogue = std::sync::Arc::clone(&api.live.catalogue);
    let form = wanted.format.unwrap_or(Form::Json);
    // Every line of a large company is folded once more: longer than other requests should wait for.
    let drawn_up = move || rendered(&Statement::of(heading, &entries, &catalogue), form, &file);
    tokio::task::spawn_blocking(drawn_up).await.map_err(|error| Problem::internal(&error))?
}

fn rendered(statement: &Statement, form: Form, file: &str) -> Result<Response, Problem> {
    match form {
        Form::Json => {
            let text = serde_json::to_string(statement).map_err(|error| Problem::internal(&error))?;
            Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
        }
        Form::Html => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
                (header::CONTENT_SECURITY_POLICY, content_security_policy()),
            ];
            Ok((headers, html::write(statement)).into_response())
        }
        Form::Csv => Ok(csv_answer(&sheets::lines(statement), file)),
        Form::Xlsx => xlsx_answer(&sheets::all(statement), statement.as_of, file),
    }
}

/// Allows the page's own style by its hash, and nothing else.
fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(html::STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// A table as a file of comma separated values.
pub(super) fn csv_answer(table: &sheet::Sheet, file: &str) -> Response {
    let content_type = HeaderValue::from_static("text/csv; charset=utf-8");
    as_file(sheet::csv::write(table).into_bytes(), content_type, file, "csv")
}

/// Tables as a workbook.
pub(super) fn xlsx_answer(
    tables: &[sheet::Sheet],
    as_of: domain::Timestamp,
    file: &str,
) -> Result<Response, Problem> {
    let bytes = sheet::xlsx::write(tables, as_of).map_err(|error| Problem::internal(&error))?;
    let content_type =
        HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    Ok(as_file(bytes, content_type, file, "xlsx"))
}

fn as_file(bytes: Vec<u8>, content_type: HeaderValue, file: &str, ending: &str) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{file}.{ending}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    ([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}
