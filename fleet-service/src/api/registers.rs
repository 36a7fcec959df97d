//! The registers record by record: lists, one with its versions, created, changed or taken out from a moment on.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use domain::{LocalDate, Registers, Registry, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::problem::Problem;
use super::register_problem::no_if_match;
use crate::clock;
use crate::live::registers::{RegisterBook, VersionNote};
use crate::registrar::{Done, Expected, Terms, tag};
use crate::registry::{Record, Register, timeline};
use crate::store::Officer;

/// Largest record sent: an outline of as many corners as are taken.
const RECORD_BYTES_MAX: usize = 2 << 20;
/// Most records in one answer.
const RECORDS_MAX: u32 = 200;
const RECORDS_DEFAULT: u32 = 50;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(list, create))
        .routes(routes!(one, change, withdraw))
        .layer(DefaultBodyLimit::max(RECORD_BYTES_MAX))
}

/// A register and how much is in it.
#[derive(Serialize, ToSchema)]
struct RegisterCount {
    /// Its word.
    register: &'static str,
    /// Its name.
    name_zh: &'static str,
    /// Records in force now.
    records: usize,
}

/// Every register.
#[derive(Serialize, ToSchema)]
struct Overview {
    /// In order of reference.
    registers: Vec<RegisterCount>,
    /// Number of the newest version; 0 when nothing was ever registered.
    version: u64,
    /// Sites where waste is loaded.
    sources: usize,
    /// Sites where waste is unloaded.
    sinks: usize,
}

/// Which records.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// Text that stands in the key, the name or anywhere else in the record.
    search: Option<String>,
    /// Only those of this company.
    carrier: Option<String>,
    /// Only those of this kind (sites, zones, trucks).
    kind: Option<String>,
    /// Only carriers of this status.
    status: Option<String>,
    /// The `next` of the answer before.
    cursor: Option<String>,
    /// At most so many, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// A record and how it stands.
#[derive(Serialize, ToSchema)]
struct RecordRow {
    /// Its key.
    id: String,
    /// What people call it.
    name: String,
    /// Name of the company it belongs to.
    carrier_name: Option<String>,
    /// `in_force`, `upcoming`, or `withdrawn`.
    state: &'static str,
    /// Since when it says this; none: from the beginning.
    since: Option<String>,
    /// When it will say something else, if that is known.
    changes: Option<String>,
    /// Its tag, for `If-Match`.
    tag: String,
    /// The record: for sites, zones and routes a GeoJSON feature in WGS-84.
    #[schema(value_type = Object)]
    record: Value,
}

/// Records of a register.
#[derive(Serialize, ToSchema)]
struct Records {
    /// By key.
    records: Vec<RecordRow>,
    /// The `cursor` of the next page; none on the last.
    next: Option<String>,
    /// How many there are in all pages.
    total: usize,
}

/// A version of a record.
#[derive(Serialize, ToSchema)]
struct RecordVersion {
    /// From when; none: from the beginning.
    from: Option<String>,
    /// What it said; none where it was not in the register.
    #[schema(value_type = Option<Object>)]
    record: Option<Value>,
    /// When that was stored.
    made: Option<String>,
    /// Who stored it.
    by: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// A record with its versions.
#[derive(Serialize, ToSchema)]
struct RecordDetail {
    /// As it stands.
    #[serde(flatten)]
    row: RecordRow,
    /// Its versions, the newest first.
    versions: Vec<RecordVersion>,
}

/// A record to create or change.
#[derive(Deserialize, ToSchema)]
struct RecordSent {
    /// The record as the lists give it; geometries in WGS-84.
    #[schema(value_type = Object)]
    record: Value,
    /// From when it holds: a date (its start, in Asia/Shanghai) or an RFC 3339 time; now when absent.
    valid_from: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// From when a record is taken out, and why.
#[derive(Deserialize, IntoParams)]
struct Withdrawal {
    /// A date or an RFC 3339 time; now when absent.
    valid_from: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Stored {
    /// Number of the version made; none when everything said so already.
    version: Option<u64>,
    /// From when it is in force.
    in_force: String,
    /// Key of the record.
    id: String,
    /// Its tag now.
    tag: Option<String>,
    /// What a person should look at.
    warnings: Vec<String>,
}

/// What the registers hold.
#[utoipa::path(get, path = "/api/v1/registers", tag = "registers",
    responses((status = 200, body = Overview), (status = 401, body = Problem)))]
async fn overview(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Overview>, Problem> {
    let book = api.register_desk.book().await?;
    let registers = book.registers();
    let now = registers.at(clock::now());
    let count = |register| RegisterCount {
        register: Register::word(register),
        name_zh: register.name_zh(),
        records: keys(now, register).len(),
    };
    let kinds = || now.sites.values().map(|site| site.kind);
    Ok(Json(Overview {
        registers: Register::ALL.into_iter().map(count).collect(),
        version: book.version(),
        sources: kinds().filter(|kind| *kind == domain::SiteKind::Source).count(),
        sinks: kinds().filter(|kind| kind.is_sink()).count(),
    }))
}

/// Records of a register: those in force, and those that will be.
#[utoipa::path(get, path = "/api/v1/registers/{register}", tag = "registers",
    params(("register" = String, Path, description = "carriers, trucks, sites, zones, routes, permits or limits"), Wanted),
    responses((status = 200, body = Records), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn list(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(register): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Records>, Problem> {
    let register = known(&register)?;
    let registers = api.register_desk.book().await?.registers();
    let now = clock::now();
    let mut all = keys(registers.at(now), register);
    all.extend(keys(registers.newest(), register));
    let limit = wanted.limit.unwrap_or(RECORDS_DEFAULT).clamp(1, RECORDS_MAX) as usize;
    let fits = |key: &String| {
        let record = standing(&registers, register, key, now).1;
        record.is_some_and(|record| matches(&record, &wanted))
    };
    let matching: Vec<String> = all.into_iter().filter(fits).collect();
    let total = matching.len();
    let after = |key: &&String| wanted.cursor.as_ref().is_none_or(|cursor| *key > cursor);
    let mut page: Vec<&String> = matching.iter().filter(after).take(limit + 1).collect();
    let next = (page.len() > limit).then(|| page.get(limit - 1).map(|key| (*key).clone())).flatten();
    page.truncate(limit);
    let records = page.into_iter().filter_map(|key| row(&registers, register, key, now)).collect();
    Ok(Json(Records { records, next, total }))
}

/// A record with its versions. Its tag is the `ETag`.
#[utoipa::path(get, path = "/api/v1/registers/{register}/{id}", tag = "registers",
    params(("register" = String, Path, description = "The register"), ("id" = String, Path, description = "The record's key")),
    responses((status = 200, body = RecordDetail), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn one(
    _officer: SignedIn,
    State(api): State<Api>,
    Path((register, id)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let register = known(&register)?;
    let book = api.register_desk.book().await?;
    let registers = book.registers();
    let key = normal_key(&registers, register, &id);
    let row = row(&registers, register, &key, clock::now())
        .ok_or_else(|| Problem::not_found("record of that key", register.name_zh()))?;
    let etag = [(header::ETAG, format!("\"{}\"", row.tag))];
    Ok((etag, Json(RecordDetail { row, versions: versions(&book, register, &key) })))
}

/// Creates a record.
#[utoipa::path(post, path = "/api/v1/registers/{register}", tag = "registers", request_body = RecordSent,
    params(("register" = String, Path, description = "The register")),
    responses((status = 201, body = Stored), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(register): Path<String>,
    Sent(sent): Sent<RecordSent>,
) -> Result<impl IntoResponse, Problem> {
    may(&officer)?;
    let register = known(&register)?;
    let terms = terms(&officer, sent.valid_from.as_deref(), &sent.reason)?;
    let done = api.register_desk.put(register, None, &sent.record, &Expected::Absent, &terms).await?;
    Ok((StatusCode::CREATED, Json(stored(&api, register, done).await?)))
}

/// Changes a record from a moment on. `If-Match` carries the tag it had when it was read.
#[utoipa::path(put, path = "/api/v1/registers/{register}/{id}", tag = "registers", request_body = RecordSent,
    params(("register" = String, Path, description = "The register"), ("id" = String, Path, description = "The record's key"),
        ("If-Match" = String, Header, description = "The tag it had when it was read")),
    responses((status = 200, body = Stored), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem),
        (status = 428, body = Problem)))]
async fn change(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path((register, id)): Path<(String, String)>,
    headers: HeaderMap,
    Sent(sent): Sent<RecordSent>,
) -> Result<Json<Stored>, Problem> {
    may(&officer)?;
    let register = known(&register)?;
    let expected = if_match(&headers)?;
    let key = normal_key(&api.register_desk.book().await?.registers(), register, &id);
    let terms = terms(&officer, sent.valid_from.as_deref(), &sent.reason)?;
    let done = api.register_desk.put(register, Some(&key), &sent.record, &expected, &terms).await?;
    Ok(Json(stored(&api, register, done).await?))
}

/// Takes a record out of its register from a moment on. Its past stays.
#[utoipa::path(delete, path = "/api/v1/registers/{register}/{id}", tag = "registers",
    params(("register" = String, Path, description = "The register"), ("id" = String, Path, description = "The record's key"),
        ("If-Match" = String, Header, description = "The tag it had when it was read"), Withdrawal),
    responses((status = 200, body = Stored), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem),
        (status = 428, body = Problem)))]
async fn withdraw(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path((register, id)): Path<(String, String)>,
    headers: HeaderMap,
    Asked(asked): Asked<Withdrawal>,
) -> Result<Json<Stored>, Problem> {
    may(&officer)?;
    let register = known(&register)?;
    let expected = if_match(&headers)?;
    let key = normal_key(&api.register_desk.book().await?.registers(), register, &id);
    let terms = terms(&officer, asked.valid_from.as_deref(), &asked.reason)?;
    let done = api.register_desk.withdraw(register, &key, &expected, &terms).await?;
    Ok(Json(stored(&api, register, done).await?))
}

/// Who may change registers.
pub(super) fn may(officer: &Officer) -> Result<(), Problem> {
    if officer.role.looks_after_terminals() { Ok(()) } else { Err(Problem::not_registrar()) }
}

/// A register by its word.
pub(super) fn known(word: &str) -> Result<Register, Problem> {
    word.parse().map_err(|_error: crate::registry::UnknownRegister| Problem::not_found("register", "登记册"))
}

/// The tag an act expects.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Expected, Problem> {
    let tag = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let tag = tag.map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned());
    tag.filter(|tag| !tag.is_empty()).map(Expected::Tag).ok_or_else(no_if_match)
}

/// Who acts, from when, and why.
pub(super) fn terms(officer: &Officer, valid_from: Option<&str>, reason: &str) -> Result<Terms, Problem> {
    let from = valid_from.map(moment).transpose()?;
    Ok(Terms { from, by: officer.name.clone(), reason: reason.trim().to_owned(), now: clock::now() })
}

/// A date, which is its start, or a moment.
pub(super) fn moment(text: &str) -> Result<Timestamp, Problem> {
    if let Ok(date) = text.trim().parse::<LocalDate>() {
        return Ok(Timestamp::start_of_local_day(date));
    }
    text.trim().parse().map_err(|_error: domain::time::TimestampError| {
        let en = format!("{text:?} is neither a date YYYY-MM-DD nor an RFC 3339 time");
        Problem::unprocessable((&en, "生效时间无法识别，请填写日期（如 2026-11-24）或带时区的时间"))
            .of_member("valid_from")
    })
}

/// The answer to an act, with the record's tag as it is now.
pub(super) async fn stored(api: &Api, register: Register, done: Done) -> Result<Stored, Problem> {
    let registers = api.register_desk.book().await?.registers();
    Ok(Stored {
        version: done.version,
        in_force: done.from.to_string(),
        tag: tag(&registers, register, &done.key),
        id: done.key,
        warnings: done.warnings,
    })
}

/// Plates and codes may be asked for as people write them.
fn normal_key(registers: &Registers, register: Register, id: &str) -> String {
    let versions = registers.versions().iter().rev();
    let found = versions.filter_map(|(_, registry)| Record::of(registry, register, id)).next();
    found.map_or_else(|| id.to_owned(), |record| record.key().to_owned())
}

fn keys(registry: &Registry, register: Register) -> BTreeSet<String> {
    match register {
        Register::Carriers => registry.carriers.keys().map(ToString::to_string).collect(),
        Register::Trucks => registry.trucks.keys().map(ToString::to_string).collect(),
        Register::Sites => registry.sites.keys().map(ToString::to_string).collect(),
        Register::Zones => registry.zones.keys().map(ToString::to_string).collect(),
        Register::Routes => registry.routes.keys().map(ToString::to_string).collect(),
        Register::Permits => registry.permits.keys().map(ToString::to_string).collect(),
        Register::Limits => registry.limits.keys().cloned().collect(),
    }
}

/// How a record stands: the one in force now, else the one to come, else the last there was.
fn standing(
    registers: &Registers,
    register: Register,
    key: &str,
    now: Timestamp,
) -> (&'static str, Option<Record>) {
    if let Some(record) = Record::of(registers.at(now), register, key) {
        return ("in_force", Some(record));
    }
    if let Some(record) = Record::of(registers.newest(), register, key) {
        return ("upcoming", Some(record));
    }
    let versions = timeline::history(registers, register, key);
    ("withdrawn", versions.into_iter().rev().find_map(|(_, record)| record))
}

fn row(registers: &Registers, register: Register, key: &str, now: Timestamp) -> Option<RecordRow> {
    let (state, record) = standing(registers, register, key, now);
    let record = record?;
    let versions = timeline::history(registers, register, key);
    let began = |(from, _): &&(Option<Timestamp>, Option<Record>)| from.is_none_or(|from| from <= now);
    let since = versions.iter().rev().find(began).and_then(|(from, _)| *from);
    let changes = versions.iter().find(|version| !began(version)).and_then(|(from, _)| *from);
    let carriers = &registers.newest().carriers;
    Some(RecordRow {
        id: record.key().to_owned(),
        name: record.name().to_owned(),
        carrier_name: record.carrier().and_then(|uscc| Some(carriers.get(uscc)?.name.clone())),
        state,
        since: since.map(|at| at.to_string()),
        changes: changes.map(|at| at.to_string()),
        tag: tag(registers, register, key)?,
        record: record.body(),
    })
}

fn versions(book: &RegisterBook, register: Register, key: &str) -> Vec<RecordVersion> {
    let note = |from: Option<Timestamp>| -> Option<&VersionNote> {
        from.map_or_else(|| book.first_note(), |from| book.note_of(from))
    };
    let version = |(from, record): (Option<Timestamp>, Option<Record>)| {
        let note = note(from);
        RecordVersion {
            from: from.map(|at| at.to_string()),
            record: record.map(|record| record.body()),
            made: note.map(|note| note.made.to_string()),
            by: note.map(|note| note.made_by.clone()),
            reason: note.map(|note| note.reason.clone()).filter(|reason| !reason.is_empty()),
        }
    };
    timeline::history(&book.registers(), register, key).into_iter().rev().map(version).collect()
}

fn matches(record: &Record, wanted: &Wanted) -> bool {
    let is = |wanted: &Option<String>, value: Option<&str>| {
        wanted.as_deref().filter(|wanted| !wanted.is_empty()).is_none_or(|wanted| value == Some(wanted))
    };
    let body = record.body();
    let holder = body.get("properties").unwrap_or(&body);
    let text = |member: &str| holder.get(member).and_then(Value::as_str);
    let contains =
        wanted.search.as_deref().map(str::trim).filter(|search| !search.is_empty()).is_none_or(|search| {
            // Plates are searched for as people write them.
            let search = search.replace('·', "").to_lowercase();
            holder.to_string().to_lowercase().contains(&search)
        });
    contains
        && is(&wanted.kind, text("kind"))
        && is(&wanted.status, text("status"))
        && is(&wanted.carrier, record.carrier().map(domain::Uscc::as_str))
}
