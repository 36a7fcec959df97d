//! Whether a truck may haul now: the permits that name it, how each stands at this moment and why.

use axum::Json;
use axum::extract::{Path, State};
use domain::permit::PermitStatus;
use domain::{Permit, Plate, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;

/// Permits of a truck whose term is over are shown for this long after it.
const ENDED_SHOWN_S: i64 = 90 * 86_400;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(permits))
}

/// A truck's permits.
#[derive(Serialize, ToSchema)]
struct TruckPermits {
    /// Those in force first.
    permits: Vec<TruckPermit>,
    /// As of when.
    as_of: String,
}

/// A permit that names the truck.
#[derive(Serialize, ToSchema)]
struct TruckPermit {
    /// Its number.
    number: String,
    /// `valid`, `expired`, `not_yet`, `suspended` (or cancelled or revoked) or `hours` (in force, but not at this hour).
    standing: &'static str,
    /// First moment of validity.
    valid_from: String,
    /// First moment after it.
    valid_until: String,
    /// Ids of its sites and routes, as on the map.
    places: Vec<String>,
}

/// The permits that name a truck and how each stands at this moment. Those that ended more than 90 days ago are left out.
#[utoipa::path(get, path = "/api/v1/trucks/{plate}/permits", tag = "trucks",
    params(("plate" = String, Path, description = "Plate")),
    responses((status = 200, body = TruckPermits), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn permits(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(plate): Path<String>,
) -> Result<Json<TruckPermits>, Problem> {
    let plate: Plate = plate.parse().map_err(|_source| Problem::not_found("truck", "车辆"))?;
    let now = clock::now();
    let registry = api.live.registry();
    let named = registry.permits.values().filter(|permit| permit.trucks.contains(&plate));
    let recent = named.filter(|permit| now < permit.valid_until.plus_seconds(ENDED_SHOWN_S));
    let mut permits: Vec<TruckPermit> = recent.map(|permit| row(permit, now)).collect();
    permits.sort_by_key(|permit| permit.standing != "valid");
    Ok(Json(TruckPermits { permits, as_of: now.to_string() }))
}

fn row(permit: &Permit, now: Timestamp) -> TruckPermit {
    let standing = if permit.valid_until <= now {
        "expired"
    } else if permit.status_at(now) != PermitStatus::Valid {
        "suspended"
    } else if now < permit.valid_from {
        "not_yet"
    } else if permit.windows.hold_at(now) {
        "valid"
    } else {
        "hours"
    };
    let places = permit.legs.iter().flat_map(|leg| {
        [
            Some(leg.source.to_string()),
            Some(leg.sink.to_string()),
            leg.route.as_ref().map(ToString::to_string),
        ]
    });
    TruckPermit {
        number: permit.number.to_string(),
        standing,
        valid_from: permit.valid_from.to_string(),
        valid_until: permit.valid_until.to_string(),
        places: places.flatten().collect(),
    }
}
