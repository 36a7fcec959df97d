//! 路面核查: may this truck be here now? For officers on the street, with a snapshot for where there is no network.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Plate, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::street::check::{self, Answer, Known, PermitShown};
use crate::view::truck::{LastFix, TruckRow};

/// How far around trucks are looked for, metres.
pub(super) const NEARBY_M: f64 = 1_000.0;
/// Most trucks nearby.
const NEARBY_MAX: usize = 20;
/// A truck that has not reported for this long is not nearby, seconds.
const NEARBY_S: i64 = 10 * 60;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(check)).routes(routes!(nearby)).routes(routes!(snapshot))
}

/// Which truck, and where the officer stands.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// The plate, however written.
    plate: String,
    /// WGS-84 degrees, with `lon`.
    lat: Option<f64>,
    /// WGS-84 degrees.
    lon: Option<f64>,
}

/// The answer with the truck's last report.
#[derive(Serialize, ToSchema)]
#[schema(as = RoadsideCheck)]
struct Checked {
    /// As normalised.
    plate: String,
    /// When it was answered.
    as_of: String,
    /// The answer.
    #[serde(flatten)]
    answer: Answer,
    /// Its newest fix.
    last: Option<LastFix>,
    /// Metres from the officer to it.
    last_m: Option<f64>,
}

fn here(lat: Option<f64>, lon: Option<f64>) -> Result<Option<Position>, Problem> {
    let wrong = || {
        Problem::unprocessable(("lat and lon are degrees, given together", "lat 与 lon 为度数，须同时填写"))
    };
    match (lat, lon) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon)) => Position::from_degrees(lat, lon).map(Some).map_err(|_source| wrong()),
        _ => Err(wrong()),
    }
}

/// Whether a truck may be here now: by registers, permits, zones, the black list, and what waits for an officer.
#[utoipa::path(get, path = "/api/v1/checks", tag = "checks", params(Wanted),
    responses((status = 200, body = Checked), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn check(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Checked>, Problem> {
    let plate: Plate = wanted.plate.parse().map_err(|error: <Plate as std::str::FromStr>::Err| {
        Problem::unprocessable((&error.to_string(), "车牌号有误，应如 豫A12345 或 豫A12345D"))
    })?;
    let here = here(wanted.lat, wanted.lon)?;
    let now = clock::now();
    let registry = api.live.registry();
    let row: Option<TruckRow> = api.live.fleet().row_of(&plate, &registry, now);
    let carrier = registry.trucks.get(&plate).map(|truck| &truck.carrier);
    let pending_rules = api.live.fleet().pending_rules(&plate);
    let listings = api.store.listings().await?;
    let last = row.as_ref().and_then(|row| row.last.clone());
    let known = Known {
        here,
        pending_rules,
        open_tips: usize::try_from(api.store.open_tips_of(&plate).await?).unwrap_or(usize::MAX),
        listed_since: listings.iter().find(|listed| Some(&listed.uscc) == carrier).map(|listed| listed.since),
        is_empty: last.as_ref().is_some_and(|last| last.load == "empty"),
    };
    let answer = check::answer(&plate, &registry, &known, now);
    let last_m = here.zip(last.as_ref().and_then(place)).map(|(here, there)| here.distance_m(there).round());
    Ok(Json(Checked { plate: plate.to_string(), as_of: now.to_string(), answer, last, last_m }))
}

fn place(last: &LastFix) -> Option<Position> {
    Position::from_degrees(last.lat, last.lon).ok()
}

/// Where the officer stands.
#[derive(Deserialize, IntoParams)]
struct Here {
    /// WGS-84 degrees.
    lat: f64,
    /// WGS-84 degrees.
    lon: f64,
}

/// A truck nearby.
#[derive(Serialize, ToSchema)]
struct Near {
    /// The truck.
    plate: String,
    /// Its company.
    carrier_name: Option<String>,
    /// As on the live map.
    state: String,
    /// Metres away.
    away_m: f64,
    /// When it reported last.
    time: String,
}

/// Trucks nearby.
#[derive(Serialize, ToSchema)]
struct Nearby {
    /// The nearest first.
    trucks: Vec<Near>,
}

/// Trucks that reported within 1 km in the last 10 minutes, the nearest first, at most 20.
#[utoipa::path(get, path = "/api/v1/checks/nearby", tag = "checks", params(Here),
    responses((status = 200, body = Nearby), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn nearby(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(asked): Asked<Here>,
) -> Result<Json<Nearby>, Problem> {
    let here = Position::from_degrees(asked.lat, asked.lon)
        .map_err(|error| Problem::bad_request(StatusCode::BAD_REQUEST, &error.to_string()))?;
    let now = clock::now();
    let registry = api.live.registry();
    let rows = api.live.fleet().rows(&registry, now);
    let near = |row: TruckRow| {
        let last = row.last?;
        let is_fresh = last.time.parse().is_ok_and(|time| now.millis_since(time) <= NEARBY_S * 1000);
        let away_m = here.distance_m(Position::from_degrees(last.lat, last.lon).ok()?).round();
        (is_fresh && away_m <= NEARBY_M).then_some(Near {
            plate: row.plate,
            carrier_name: row.carrier_name,
            state: row.state,
            away_m,
            time: last.time,
        })
    };
    let mut trucks: Vec<Near> = rows.into_iter().filter_map(near).collect();
    trucks.sort_by(|a, b| a.away_m.total_cmp(&b.away_m));
    trucks.truncate(NEARBY_MAX);
    Ok(Json(Nearby { trucks }))
}

/// A truck as the snapshot knows it.
#[derive(Serialize, ToSchema)]
struct SnapshotTruck {
    /// The truck.
    plate: String,
    /// `muck` or `mixer`.
    kind: String,
    /// Its company.
    carrier: Option<String>,
    /// Whether its company may haul.
    carrier_active: bool,
    /// Its permits that are not over.
    permits: Vec<PermitShown>,
}

/// Permits for where there is no network. No personal data.
#[derive(Serialize, ToSchema)]
struct Snapshot {
    /// When it was taken: shown beside every answer from it.
    as_of: String,
    /// By plate.
    trucks: Vec<SnapshotTruck>,
}

/// Every registered truck with its permits, to be kept on an officer's device for where there is no network.
#[utoipa::path(get, path = "/api/v1/checks/snapshot", tag = "checks",
    responses((status = 200, body = Snapshot), (status = 401, body = Problem)))]
async fn snapshot(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Snapshot>, Problem> {
    let now = clock::now();
    let registry = api.live.registry();
    let taken = tokio::task::spawn_blocking(move || {
        let truck = |truck: &domain::Truck| {
            let carrier = registry.carriers.get(&truck.carrier);
            SnapshotTruck {
                plate: truck.plate.to_string(),
                kind: truck.kind.to_string(),
                carrier: carrier.map(|carrier| carrier.name.clone()),
                carrier_active: carrier
                    .is_some_and(|carrier| carrier.status == domain::CarrierStatus::Active),
                permits: check::permits_of(truck, &registry, now),
            }
        };
        registry.trucks.values().map(truck).collect()
    });
    let trucks = taken.await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(Snapshot { as_of: now.to_string(), trucks }))
}
