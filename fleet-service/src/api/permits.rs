//! Permits as people read them: how they stand, their terms, their days; suspended, resumed, revoked, ended.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use domain::time::{date_plus_days, first_of_month};
use domain::{LocalDate, Permit, Registers, Timestamp};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::{Party, SignedIn};
use super::problem::Problem;
use super::registers::{Stored, if_match, may, stored, terms};
use crate::clock;
use crate::registrar::permit_act::PermitAct;
use crate::registrar::tag;
use crate::registry::{Record, Register};
use crate::view::permit::{PermitDay, PermitRow, days};

/// Most permits in one answer.
const PERMITS_MAX: u32 = 200;
const PERMITS_DEFAULT: u32 = 50;
/// Least width of a QR picture, in units of its own.
const QR_LEAST: u32 = 240;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(qr)).routes(routes!(act))
}

/// Which permits.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `in_force` (with those that end soon), `ends_soon`, `upcoming`, `expired`, `suspended` or `revoked`.
    state: Option<String>,
    /// Only of this company; a company's person sees the own company whatever is asked.
    carrier: Option<String>,
    /// Text in the number, a plate, or the name of the company, a site or a route.
    search: Option<String>,
    /// The `next` of the answer before.
    cursor: Option<String>,
    /// At most so many, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// Permits.
#[derive(Serialize, ToSchema)]
struct Permits {
    /// By number.
    permits: Vec<PermitRow>,
    /// The `cursor` of the next page.
    next: Option<String>,
    /// How many in all pages.
    total: usize,
}

/// Which month of its calendar.
#[derive(Deserialize, IntoParams)]
struct Month {
    /// As `2026-11`; the present one when absent.
    month: Option<String>,
}

/// A permit with all that is said of it.
#[derive(Serialize, ToSchema)]
struct PermitDetail {
    /// As in the list.
    #[serde(flatten)]
    row: PermitRow,
    /// Its terms in Chinese.
    terms_zh: String,
    /// Its terms in English.
    terms_en: String,
    /// The month its days are of.
    month: String,
    /// Its days.
    days: Vec<PermitDay>,
    /// Its tag, for `If-Match`.
    tag: Option<String>,
    /// The record as the registers have it.
    #[schema(value_type = Object)]
    record: Value,
    /// Sites and routes of its legs, as GeoJSON features.
    #[schema(value_type = Vec<Object>)]
    features: Vec<Value>,
    /// Where anyone may check it.
    check_path: String,
}

/// What is done to a permit.
#[derive(Deserialize, ToSchema)]
struct ActSent {
    /// From when: a date or an RFC 3339 time; now when absent.
    valid_from: Option<String>,
    /// Its last day, when it is ended.
    last_day: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Permits, by number.
#[utoipa::path(get, path = "/api/v1/permits", tag = "permits", params(Wanted),
    responses((status = 200, body = Permits), (status = 401, body = Problem)))]
async fn list(
    party: Party,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Permits>, Problem> {
    let registers = api.register_desk.book().await?.registers();
    let now = clock::now();
    let (registry, newest) = (registers.at(now), registers.newest());
    let to_come = newest.permits.values().filter(|permit| !registry.permits.contains_key(&permit.number));
    let mut known: Vec<&Permit> = registry.permits.values().chain(to_come).collect();
    known.sort_by(|a, b| a.number.cmp(&b.number));
    let rows: Vec<PermitRow> = known
        .into_iter()
        .filter(|permit| party.may_see(&permit.carrier))
        .map(|permit| PermitRow::of(permit, newest, now))
        .filter(|row| matches(row, &wanted))
        .collect();
    let total = rows.len();
    let limit = wanted.limit.unwrap_or(PERMITS_DEFAULT).clamp(1, PERMITS_MAX) as usize;
    let after = |row: &PermitRow| wanted.cursor.as_ref().is_none_or(|cursor| row.number > *cursor);
    let mut permits: Vec<PermitRow> = rows.into_iter().filter(after).take(limit + 1).collect();
    let more = permits.len() > limit;
    permits.truncate(limit);
    let next = more.then(|| permits.last().map(|row| row.number.clone())).flatten();
    Ok(Json(Permits { permits, next, total }))
}

/// A permit: terms, state, days of a month. Its tag is the `ETag`.
#[utoipa::path(get, path = "/api/v1/permits/{number}", tag = "permits",
    params(("number" = String, Path, description = "Its number"), Month),
    responses((status = 200, body = PermitDetail), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn one(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
    Asked(asked): Asked<Month>,
) -> Result<impl IntoResponse, Problem> {
    let registers = api.register_desk.book().await?.registers();
    let permit = find(&registers, &number, clock::now())
        .filter(|permit| party.may_see(&permit.carrier))
        .ok_or_else(missing)?;
    let registry = registers.newest();
    let now = clock::now();
    let first = asked.month.as_deref().map_or(Ok(first_of_month(now.local_date())), month)?;
    let last = date_plus_days(first_of_month(date_plus_days(first, 31)), -1);
    let row = PermitRow::of(&permit, registry, now);
    let mut features: Vec<Value> = Vec::new();
    for leg in &permit.legs {
        let sites = [&leg.source, &leg.sink].map(|site| (Register::Sites, site.as_str()));
        let route = leg.route.as_ref().map(|route| (Register::Routes, route.as_str()));
        for (register, key) in sites.into_iter().chain(route) {
            let feature = Record::of(registry, register, key).map(|record| record.body());
            features.extend(feature.filter(|feature| !features.contains(feature)));
        }
    }
    let tag = tag(&registers, Register::Permits, permit.number.as_str());
    let etag = [(header::ETAG, format!("\"{}\"", tag.as_deref().unwrap_or_default()))];
    let detail = PermitDetail {
        terms_zh: row.terms_zh(),
        terms_en: row.terms_en(),
        month: first.format("%Y-%m").to_string(),
        days: days(&permit, first, last),
        tag,
        check_path: check_path(&permit),
        record: Record::Permit(Box::new(permit)).body(),
        features,
        row,
    };
    Ok((etag, Json(detail)))
}

/// A picture that leads to the page where anyone may check the permit.
#[utoipa::path(get, path = "/api/v1/permits/{number}/qr.svg", tag = "permits",
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, content_type = "image/svg+xml", body = String), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn qr(
    party: Party,
    State(api): State<Api>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let registers = api.register_desk.book().await?.registers();
    let permit = find(&registers, &number, clock::now())
        .filter(|permit| party.may_see(&permit.carrier))
        .ok_or_else(missing)?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // As the page was asked for: behind a proxy it says how.
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    let host = text("host").unwrap_or("localhost");
    let code = QrCode::new(format!("{scheme}://{host}{}", check_path(&permit)))
        .map_err(|error| Problem::internal(&error))?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(QR_LEAST, QR_LEAST).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture))
}

/// Suspends, resumes, revokes or ends a permit. `If-Match` carries the tag it had when it was read.
#[utoipa::path(post, path = "/api/v1/permits/{number}/{act}", tag = "permits", request_body = ActSent,
    params(("number" = String, Path, description = "Its number"),
        ("act" = String, Path, description = "suspend, resume, revoke or end"),
        ("If-Match" = String, Header, description = "The tag it had when it was read")),
    responses((status = 200, body = Stored), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn act(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path((number, act)): Path<(String, String)>,
    headers: HeaderMap,
    Sent(sent): Sent<ActSent>,
) -> Result<Json<Stored>, Problem> {
    may(&officer)?;
    let expected = if_match(&headers)?;
    let act = match act.as_str() {
        "suspend" => PermitAct::Suspend,
        "resume" => PermitAct::Resume,
        "revoke" => PermitAct::Revoke,
        "end" => PermitAct::End(last_day(sent.last_day.as_deref())?),
        _ => return Err(Problem::not_found("act: suspend, resume, revoke or end", "操作")),
    };
    let terms = terms(&officer, sent.valid_from.as_deref(), &sent.reason)?;
    let done = api.register_desk.act_on_permit(&number, act, &expected, &terms).await?;
    Ok(Json(stored(&api, Register::Permits, done).await?))
}

fn missing() -> Problem {
    Problem::not_found("permit", "准运证")
}

/// The permit of a number as it stands now; one that is still to come as it will.
pub(super) fn find(registers: &Registers, number: &str, now: Timestamp) -> Option<Permit> {
    let number = number.parse().ok()?;
    let now = registers.at(now).permits.get(&number);
    now.or_else(|| registers.newest().permits.get(&number)).cloned()
}

/// Where anyone may check a permit.
fn check_path(permit: &Permit) -> String {
    let mut path = "/p/".to_owned();
    for byte in permit.number.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

fn month(text: &str) -> Result<LocalDate, Problem> {
    format!("{text}-01").parse().map_err(|error| {
        let en = format!("{text:?} is no month, YYYY-MM is expected: {error}");
        Problem::unprocessable((&en, "月份无法识别，请写成 2026-11 的形式")).of_member("month")
    })
}

fn last_day(text: Option<&str>) -> Result<LocalDate, Problem> {
    let date = text.and_then(|text| text.trim().parse::<LocalDate>().ok());
    date.ok_or_else(|| {
        let detail = ("give the last day as YYYY-MM-DD", "请填写截止日期，如 2026-11-24");
        Problem::unprocessable(detail).of_member("last_day")
    })
}

fn matches(row: &PermitRow, wanted: &Wanted) -> bool {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let state = given(&wanted.state)
        .is_none_or(|state| row.state == state || (state == "in_force" && row.state == "ends_soon"));
    let carrier = given(&wanted.carrier).is_none_or(|uscc| row.carrier_uscc == uscc);
    let search = given(&wanted.search).is_none_or(|search| {
        let search = search.trim().replace('·', "").to_lowercase();
        let legs = row.legs.iter().flat_map(|leg| {
            [Some(&leg.source_name), Some(&leg.sink_name), leg.route_name.as_ref()].into_iter().flatten()
        });
        let mut texts = [&row.number, &row.carrier_name].into_iter().chain(&row.trucks).chain(legs);
        texts.any(|text| text.to_lowercase().contains(&search))
    });
    state && carrier && search
}

/// How a permit stands now, for the page anyone may open.
pub(super) fn standing_now(
    registers: &Registers,
    number: &str,
    now: Timestamp,
) -> Option<(Permit, PermitRow)> {
    let permit = find(registers, number, now)?;
    let row = PermitRow::of(&permit, registers.newest(), now);
    Some((permit, row))
}
