//! Trucks on the map and their tracks.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use domain::{Plate, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::paging::{self, Page};
use super::problem::Problem;
use super::tables::{self, Form, TABLE_ROWS_MAX};
use super::truck_table;
use crate::clock;
use crate::log::encoding;
use crate::view::truck::{TrackPoint, TruckRow};

/// Most trucks in one answer.
const TRUCKS_MAX: u32 = 50_000;
/// Name of this list's cursors.
const LIST: &str = "trucks";
/// Most points of a track.
const TRACK_POINTS_MAX: usize = 20_000;
/// Longest stretch of a track: what lies in the log by time, not by truck, is read through.
const TRACK_SPAN_MAX_S: i64 = 48 * 3600;
/// Stretch of a track when none is asked for.
const TRACK_SPAN_DEFAULT_S: i64 = 3600;
/// Log rows read at once.
const READ_BATCHES: u32 = 256;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(trucks)).routes(routes!(track))
}

/// Which trucks.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `clue`, `offline`, `silent` or `normal`; all when absent.
    state: Option<String>,
    /// Only of this company.
    uscc: Option<String>,
    /// Only those whose plate has this in it.
    plate: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 50,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `json`, `csv`, `xlsx` or `geojson`; when absent, `Accept` decides.
    format: Option<String>,
}

/// Every truck.
#[derive(Serialize, ToSchema)]
struct Trucks {
    /// By plate.
    trucks: Vec<TruckRow>,
    /// As of when.
    as_of: String,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Every truck, registered or seen, with its newest fix.
#[utoipa::path(get, path = "/api/v1/trucks", tag = "trucks", params(Wanted),
    responses((status = 200, content((Trucks = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Object = "application/geo+json"))),
        (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn trucks(
    _officer: SignedIn,
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let form = Form::asked(wanted.format.as_deref(), &headers, Form::PLACES)?;
    let now = clock::now();
    let registry = api.live.registry();
    let mut rows = api.live.fleet().rows(&registry, now);
    let is = |asked: &Option<String>, found: Option<&str>| asked.is_none() || asked.as_deref() == found;
    rows.retain(|row| {
        is(&wanted.state, Some(&row.state))
            && is(&wanted.uscc, row.carrier_uscc.as_deref())
            && wanted.plate.as_ref().is_none_or(|part| row.plate.contains(part.as_str()))
    });
    let limit = match form {
        Form::Csv | Form::Xlsx => paging::limit(wanted.limit, TABLE_ROWS_MAX, TABLE_ROWS_MAX),
        _ => paging::limit(wanted.limit, TRUCKS_MAX, TRUCKS_MAX),
    };
    let after: Option<String> = paging::after(LIST, wanted.cursor.as_deref())?;
    let (trucks, next) = paging::of_ordered(LIST, rows, after.as_ref(), limit, |row| row.plate.clone());
    let response = match form {
        Form::Json => {
            let answer = Trucks { trucks, as_of: now.to_string(), next_cursor: next.clone() };
            return Ok(Page { answer, next }.into_response());
        }
        Form::GeoJson => truck_table::features(&trucks),
        _ => tables::file(form, &truck_table::sheet(&trucks), "trucks", now)?,
    };
    Ok(paging::with_next(response, next))
}

/// Which stretch of time.
#[derive(Deserialize, IntoParams)]
struct Stretch {
    /// RFC 3339; an hour before `to` when absent.
    from: Option<String>,
    /// RFC 3339; now when absent.
    to: Option<String>,
}

/// Where a truck was.
#[derive(Serialize, ToSchema)]
struct Track {
    /// By time.
    points: Vec<TrackPoint>,
    /// There were more than 20,000; the earliest are given.
    truncated: bool,
}

/// A truck's fixes in a stretch of at most 48 hours, by time; at most 20,000.
#[utoipa::path(get, path = "/api/v1/trucks/{plate}/track", tag = "trucks",
    params(("plate" = String, Path, description = "Plate"), Stretch),
    responses((status = 200, body = Track), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn track(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(plate): Path<String>,
    Asked(stretch): Asked<Stretch>,
) -> Result<Json<Track>, Problem> {
    let plate: Plate = plate.parse().map_err(|_source| Problem::not_found("truck", "车辆"))?;
    let to = moment(stretch.to.as_deref())?.unwrap_or_else(clock::now);
    let from = moment(stretch.from.as_deref())?.unwrap_or_else(|| to.plus_seconds(-TRACK_SPAN_DEFAULT_S));
    if from > to || to.millis_since(from) > TRACK_SPAN_MAX_S * 1000 {
        return Err(Problem::unprocessable((
            "a track spans at most 48 hours and ends after it begins: ask for a shorter stretch",
            "轨迹时段最长48小时且起点须早于终点，请缩短时段",
        )));
    }
    let mut points: Vec<(Timestamp, TrackPoint)> = Vec::new();
    let mut after = 0;
    loop {
        let batches = api.store.batches_between(after, from, to, READ_BATCHES).await?;
        let Some(last) = batches.last().map(|batch| batch.position) else { break };
        for batch in &batches {
            for report in encoding::decode(batch).map_err(|e| Problem::internal(&e))? {
                let is_inside = from <= report.time && report.time <= to;
                if let Some(fix) = report.fix().filter(|fix| is_inside && fix.plate == plate) {
                    points.push((report.time, TrackPoint::of(&report, fix)));
                }
            }
        }
        after = last;
    }
    points.sort_by_key(|(time, _)| *time);
    let truncated = points.len() > TRACK_POINTS_MAX;
    points.truncate(TRACK_POINTS_MAX);
    Ok(Json(Track { points: points.into_iter().map(|(_, point)| point).collect(), truncated }))
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        // A `+` that was not percent-encoded arrives as a blank.
        text.replace(' ', "+")
            .parse::<Timestamp>()
            .map_err(|error| Problem::bad_request(axum::http::StatusCode::BAD_REQUEST, &error.to_string()))
    };
    text.map(parse).transpose()
}
