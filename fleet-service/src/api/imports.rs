//! Uploads of registers: a file is kept, tried row by row as often as wanted, and committed once.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use domain::Datum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::problem::Problem;
use super::registers::{known, may, moment, terms};
use crate::clock;
use crate::registrar::uploads::{Settings, UPLOAD_BYTES_MAX};
use crate::registry::intake::{self, FileForm, Outcome, PlannedRow, TextEncoding};

/// Most rows told of one by one; those that are refused first.
const ROWS_SHOWN_MAX: usize = 500;
/// What a file may be sent as. A form on a foreign page could send none of these.
const CONTENT_TYPES: [&str; 5] = [
    "text/csv",
    "application/json",
    "application/geo+json",
    "application/vnd.google-earth.kml+xml",
    "application/octet-stream",
];

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .routes(routes!(check))
        .routes(routes!(commit))
        .routes(routes!(template))
}

/// What is uploaded.
#[derive(Deserialize, IntoParams)]
struct File {
    /// The register it is for.
    register: String,
    /// The file's name.
    #[serde(default)]
    name: String,
}

/// A column of a register's table.
#[derive(Serialize, ToSchema)]
struct ColumnView {
    /// The member it fills.
    member: &'static str,
    /// Its usual heading.
    heading_zh: &'static str,
    /// Whether every row needs it.
    required: bool,
}

/// An upload and how it seems to be meant.
#[derive(Serialize, ToSchema)]
struct UploadView {
    /// Names it for an hour.
    token: String,
    /// The register.
    register: &'static str,
    /// `csv`, `json`, `geojson` or `kml`.
    form: &'static str,
    /// How its text seems to be written: `utf-8` or `gb18030`.
    encoding: &'static str,
    /// Whether its datum must be said.
    needs_datum: bool,
    /// Headings of a table.
    headings: Vec<String>,
    /// For each member the heading it seems to stand under.
    suggested: BTreeMap<String, String>,
    /// The columns a table of this register has.
    columns: Vec<ColumnView>,
}

/// How an upload is to be read.
#[derive(Deserialize, ToSchema)]
struct Reading {
    /// `utf-8` or `gb18030`.
    #[schema(value_type = String)]
    encoding: TextEncoding,
    /// `WGS84`, `CGCS2000`, `GCJ02` or `BD09`; must be said where there are geometries.
    datum: Option<String>,
    /// For each member the heading it stands under; of a table.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// A date or an RFC 3339 time; now when absent.
    valid_from: Option<String>,
}

/// What becomes of a row.
#[derive(Serialize, ToSchema)]
struct RowView {
    /// The line of a table, else the place in the list from 1.
    place: u64,
    /// The record's key.
    id: Option<String>,
    /// `new`, `changed`, `same` or `refused`.
    outcome: &'static str,
    /// The member that is wrong.
    member: Option<String>,
    /// What is wrong and what to do.
    reason: Option<String>,
    /// The same in Chinese.
    reason_zh: Option<String>,
    /// What a person should look at.
    warnings: Vec<String>,
}

/// What an upload would do.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportCheck)]
struct Checked {
    /// Records that are not in the register yet.
    new: usize,
    /// Records that say something else.
    changed: usize,
    /// Records that say just this.
    same: usize,
    /// Rows that cannot be taken.
    refused: usize,
    /// Row by row, those refused first, at most 500.
    rows: Vec<RowView>,
    /// Rows not told of one by one.
    rows_left_out: usize,
}

/// How an upload is committed.
#[derive(Deserialize, ToSchema)]
struct Commit {
    /// Leave out the rows that are refused.
    #[serde(default)]
    skip_refused: bool,
    /// Why; the file's name when empty.
    #[serde(default)]
    reason: String,
}

/// Keeps a file and says how it seems to be meant.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", params(File),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = UploadView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)))]
async fn upload(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Asked(file): Asked<File>,
    headers: HeaderMap,
    bytes: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<impl IntoResponse, Problem> {
    may(&officer)?;
    let register = known(&file.register)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !CONTENT_TYPES.contains(&kind.split(';').next().unwrap_or_default().trim()) {
        let detail = format!("send the file as one of: {}", CONTENT_TYPES.join(", "));
        return Err(Problem::bad_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail));
    }
    let bytes = bytes.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(
            &format!("at most {UPLOAD_BYTES_MAX} bytes are taken: split the file"),
            "文件超过 16 MB，请拆分后上传",
        ),
        status => Problem::bad_request(status, &error.body_text()),
    })?;
    let encoding = TextEncoding::guess(&bytes);
    let text = encoding.decode(&bytes).ok_or_else(|| {
        Problem::unprocessable((
            "the file is no text in UTF-8 or GB18030",
            "文件不是 UTF-8 或 GB18030 文本，请另存后上传",
        ))
    })?;
    let form = FileForm::of(&text, register);
    let headings = if form == FileForm::Csv { intake::headings(&text)? } else { Vec::new() };
    let token = api.register_desk.uploads.keep(register, &file.name, &bytes, &officer.name, clock::now())?;
    let column = |column: &intake::Column| ColumnView {
        member: column.member,
        heading_zh: column.heading_zh,
        required: column.is_required,
    };
    let view = UploadView {
        token,
        register: register.word(),
        form: form.word(),
        encoding: if encoding == TextEncoding::Utf8 { "utf-8" } else { "gb18030" },
        needs_datum: register.has_geometry(),
        suggested: intake::suggest(register, &headings),
        headings,
        columns: intake::columns(register).iter().map(column).collect(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Tries an upload: nothing is stored.
#[utoipa::path(post, path = "/api/v1/imports/{token}/check", tag = "imports", request_body = Reading,
    params(("token" = String, Path, description = "Of the upload")),
    responses((status = 200, body = Checked), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn check(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(token): Path<String>,
    Sent(reading): Sent<Reading>,
) -> Result<Json<Checked>, Problem> {
    may(&officer)?;
    let datum = reading.datum.as_deref().filter(|datum| !datum.is_empty()).map(datum).transpose()?;
    let from = reading.valid_from.as_deref().filter(|text| !text.is_empty()).map(moment).transpose()?;
    let settings = Settings { encoding: reading.encoding, datum, columns: reading.columns, from };
    let plan = api.register_desk.check_upload(&token, settings, &terms(&officer, None, "")?).await?;
    let (new, changed, same, refused) =
        (plan.count("new"), plan.count("changed"), plan.count("same"), plan.count("refused"));
    let total = plan.rows.len();
    let (first, rest): (Vec<PlannedRow>, Vec<PlannedRow>) =
        plan.rows.into_iter().partition(|row| row.outcome.word() == "refused");
    let rows: Vec<RowView> = first.into_iter().chain(rest).take(ROWS_SHOWN_MAX).map(row_view).collect();
    Ok(Json(Checked { new, changed, same, refused, rows_left_out: total - rows.len(), rows }))
}

/// Commits an upload as it was checked last. Sent again, it answers the same and changes nothing.
#[utoipa::path(post, path = "/api/v1/imports/{token}/commit", tag = "imports", request_body = Commit,
    params(("token" = String, Path, description = "Of the upload")),
    responses((status = 200, body = Object), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn commit(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(token): Path<String>,
    Sent(commit): Sent<Commit>,
) -> Result<Json<Value>, Problem> {
    may(&officer)?;
    let terms = terms(&officer, None, &commit.reason)?;
    Ok(Json(api.register_desk.commit_upload(&token, commit.skip_refused, &terms).await?.answer))
}

/// A table to fill in, with headings and an example row.
#[utoipa::path(get, path = "/api/v1/imports/templates/{file}", tag = "imports",
    params(("file" = String, Path, description = "A register and `.csv`, as trucks.csv")),
    responses((status = 200, content_type = "text/csv", body = String), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn template(_officer: SignedIn, Path(file): Path<String>) -> Result<impl IntoResponse, Problem> {
    let register = known(file.strip_suffix(".csv").unwrap_or_default())?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", register.word())),
    ];
    Ok((headers, intake::template(register)))
}

fn datum(text: &str) -> Result<Datum, Problem> {
    text.parse().map_err(|error: domain::signal::UnknownWord| {
        let zh = "坐标系不在可用取值之内：WGS84、CGCS2000、GCJ02、BD09";
        Problem::unprocessable((&error.to_string(), zh)).of_member("datum")
    })
}

fn row_view(row: PlannedRow) -> RowView {
    let outcome = row.outcome.word();
    let (member, reason, reason_zh) = match row.outcome {
        Outcome::Refused { member, reason, reason_zh } => (member, Some(reason), Some(reason_zh)),
        _ => (None, None, None),
    };
    RowView { place: row.place, id: row.key, outcome, member, reason, reason_zh, warnings: row.warnings }
}
