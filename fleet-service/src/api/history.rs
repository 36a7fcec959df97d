//! A truck's history: its fixes of any kept stretch of time, as JSON, GeoJSON or CSV, thinned for the map when asked.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Plate, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::history::HistoryError;
use crate::history::chunk::Wanted;
use crate::history::fields::Fields;
use crate::history::render::{self, Heading};
use crate::history::subject::Subject;
use crate::history::track::Track;

/// Longest stretch of one answer.
const SPAN_MAX_S: i64 = 31 * 86_400;
/// Stretch when none is asked for.
const SPAN_DEFAULT_S: i64 = 86_400;
/// Coarsest thinning, metres.
const SIMPLIFY_M_MAX: f64 = 1_000.0;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(history))
}

/// What of a truck's history.
#[derive(Deserialize, IntoParams)]
struct Question {
    /// RFC 3339; a day before `to` when absent.
    from: Option<String>,
    /// RFC 3339; now when absent. At most 31 days after `from`.
    to: Option<String>,
    /// Leave out fixes that lie within so many metres (up to 1000) of the line between those given. Changes of a signal,
    /// stops and gaps are always given.
    simplify_m: Option<f64>,
    /// Members of a fix beside time and place, with commas: speed_kmh, course_deg, fix, hdop, satellites, ignition, load,
    /// lid, lift, antenna, power, source, received, events (tags and weighbridge tickets), all. Without it:
    /// speed_kmh,course_deg,fix,load.
    fields: Option<String>,
    /// `json`, `geojson` or `csv`.
    format: Option<String>,
}

/// A truck's fixes and, when asked for, what else was reported of it. The members of a fix are those asked for; readings
/// that are absent are left out.
#[derive(Serialize, ToSchema)]
struct History {
    /// The truck.
    plate: String,
    /// First moment asked for.
    from: String,
    /// Last moment asked for.
    to: String,
    /// Fixes in the stretch before any was left out.
    fixes: u64,
    /// As asked for.
    simplify_m: Option<f64>,
    /// There is more than fits (100,000 points, 20,000 events): the earliest are given.
    truncated: bool,
    /// Newer reports may be missing: the report log is still being read through.
    behind: bool,
    /// By time.
    points: Vec<HistoryPoint>,
    /// Tags and weighbridge tickets by time, as report lines; with `fields=events` only.
    events: Option<Vec<serde_json::Value>>,
}

/// A fix.
#[derive(Serialize, ToSchema)]
struct HistoryPoint {
    /// By the device's clock.
    time: String,
    /// WGS-84 degrees.
    lat: f64,
    /// WGS-84 degrees.
    lon: f64,
    /// Ground speed.
    speed_kmh: Option<f64>,
    /// Degrees clockwise from north.
    course_deg: Option<f64>,
    /// `3d`, `2d` or `none`.
    fix: Option<String>,
    /// Dilution of precision.
    hdop: Option<f64>,
    /// Satellites used.
    satellites: Option<u8>,
    /// Ignition on.
    ignition: Option<bool>,
    /// `empty`, `half`, `full`, `over` or `unknown`.
    load: Option<String>,
    /// `closed`, `open` or `unknown`.
    lid: Option<String>,
    /// `flat`, `raised` or `unknown`.
    lift: Option<String>,
    /// `ok`, `open`, `short` or `unknown`.
    antenna: Option<String>,
    /// `ok`, `low`, `lost` or `unknown`.
    power: Option<String>,
    /// The device that reported.
    source: Option<String>,
    /// When the platform got it.
    received: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Json,
    GeoJson,
    Csv,
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GeoJson => "application/geo+json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// A question that was understood.
struct Understood {
    plate: Plate,
    from: Timestamp,
    to: Timestamp,
    simplify_m: Option<f64>,
    fields: Fields,
    format: Format,
}

/// A truck's fixes in a stretch of at most 31 days, by time, both ends included; at most 100,000 after thinning. Kept as
/// long as `--history-days` says.
#[utoipa::path(get, path = "/api/v1/trucks/{plate}/history", tag = "trucks",
    params(("plate" = String, Path, description = "Plate"), Question),
    responses(
        (status = 200, content((History = "application/json"), (String = "application/geo+json"), (String = "text/csv"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn history(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(plate): Path<String>,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let asked = understand(&plate, &question, clock::now())?;
    let stretch = asked.from..=asked.to;
    let mut wanted = asked.fields.wanted();
    // Stops are found by speed.
    wanted.speed |= asked.simplify_m.is_some();
    let subject = Subject::Truck(asked.plate.clone());
    let reading = api.history.read(&subject, &stretch, wanted).await?;
    let mut seen_at_readers = Vec::new();
    if asked.fields.events {
        let tag = api.live.registry().trucks.get(&asked.plate).and_then(|truck| truck.epc.clone());
        if let Some(tag) = tag {
            let of_tag = api.history.read(&Subject::Tag(tag), &stretch, Wanted::ALL).await?;
            let events = of_tag.stretches.into_iter().flat_map(|rows| rows.events);
            seen_at_readers.extend(events.filter(|event| stretch.contains(&event.time)));
        }
    }
    let format = asked.format;
    let body = tokio::task::spawn_blocking(move || {
        let mut track = Track::of(reading, &stretch, asked.simplify_m);
        track.add_events(seen_at_readers);
        let heading = Heading { plate: &asked.plate, stretch, tolerance_m: asked.simplify_m };
        match format {
            Format::Json => render::json(&heading, &track, &asked.fields),
            Format::GeoJson => render::geojson(&heading, &track, &asked.fields),
            Format::Csv => render::csv(&track, &asked.fields),
        }
    })
    .await
    .map_err(HistoryError::Background)?;
    Ok(([(header::CONTENT_TYPE, format.content_type())], body).into_response())
}

fn understand(plate: &str, question: &Question, now: Timestamp) -> Result<Understood, Problem> {
    let plate = plate.parse().map_err(|_source| Problem::not_found("truck", "车辆"))?;
    let to = moment(question.to.as_deref())?.unwrap_or(now);
    let from = moment(question.from.as_deref())?.unwrap_or_else(|| to.plus_seconds(-SPAN_DEFAULT_S));
    if from > to || to.millis_since(from) > SPAN_MAX_S * 1000 {
        return Err(Problem::unprocessable((
            "history is given for at most 31 days at once, and ends after it begins: ask for a shorter stretch",
            "历史轨迹一次最多查询31天且起点须早于终点，请缩短时段",
        )));
    }
    let fields = match question.fields.as_deref().map(Fields::parse) {
        None => Fields::default(),
        Some(Ok(fields)) => fields,
        Some(Err(error)) => {
            return Err(Problem::unprocessable((&error.to_string(), &format!("字段无法识别：{error}"))));
        }
    };
    let format = match question.format.as_deref() {
        None | Some("json") => Format::Json,
        Some("geojson") => Format::GeoJson,
        Some("csv") => Format::Csv,
        Some(_) => {
            return Err(Problem::unprocessable((
                "the formats are json, geojson and csv",
                "格式仅支持 json、geojson 和 csv",
            )));
        }
    };
    if format == Format::Csv && fields.events {
        return Err(Problem::unprocessable((
            "CSV has a line a fix and no room for tags and tickets: leave events out, or ask for json",
            "CSV 每行一个定位点，无法包含标签与过磅记录，请去掉 events 或改用 json",
        )));
    }
    if question.simplify_m.is_some_and(|m| !(m > 0.0 && m <= SIMPLIFY_M_MAX)) {
        return Err(Problem::unprocessable((
            "simplify_m is a distance above 0 and up to 1000 metres",
            "simplify_m 须大于0且不超过1000米",
        )));
    }
    Ok(Understood { plate, from, to, simplify_m: question.simplify_m, fields, format })
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        // A `+` that was not percent-encoded arrives as a blank.
        text.replace(' ', "+")
            .parse::<Timestamp>()
            .map_err(|error| Problem::bad_request(StatusCode::BAD_REQUEST, &error.to_string()))
    };
    text.map(parse).transpose()
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        Self::internal(&error)
    }
}
