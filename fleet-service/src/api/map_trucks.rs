//! The trucks a map page looks at: counts of all, the worst of all, and what lies in its window.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::live::sight::{Kind, SightView, Window};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(map_trucks))
}

/// What a page looks at.
#[derive(Deserialize, IntoParams)]
struct Looking {
    /// West, south, east, north in degrees, with commas. Without it no window is given.
    bbox: Option<String>,
    /// The map's zoom; below 10 the window is given as cells. 12 when absent.
    zoom: Option<f64>,
    /// Only trucks of this kind: `no_permit`, `off_route`, `speeding`, `uncovered`, `other`, `offline`, `silent`, `normal`.
    kind: Option<String>,
    /// Only plates that contain this.
    plate: Option<String>,
}

/// What a map page looks at: how many trucks there are of each kind, the 200 worst, and those in its window (from far out
/// as cells). Above 5,000 trucks the stream of events tells no positions, and pages ask here every few seconds.
#[utoipa::path(get, path = "/api/v1/map/trucks", tag = "map", params(Looking),
    responses((status = 200, body = SightView), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn map_trucks(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(asked): Asked<Looking>,
) -> Result<Json<SightView>, Problem> {
    let bad = |detail: &str| Problem::bad_request(StatusCode::BAD_REQUEST, detail);
    let window = asked.bbox.as_deref().map(|bbox| window(bbox, asked.zoom)).transpose();
    let window =
        window.map_err(|()| bad("bbox is west,south,east,north in degrees, as 113.3,34.4,113.6,34.7"))?;
    let known = || Kind::ALL.map(Kind::word).join(", ");
    let kind = asked.kind.as_deref().map(|word| {
        let found = Kind::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| bad(&format!("{word:?} is no kind; known: {}", known())))
    });
    let plate = asked.plate.unwrap_or_default().to_uppercase();
    let registry = api.live.registry();
    let sight = api.live.fleet().sight(&registry, clock::now(), window, kind.transpose()?, &plate);
    Ok(Json(sight))
}

fn window(bbox: &str, zoom: Option<f64>) -> Result<Window, ()> {
    let numbers: Vec<f64> =
        bbox.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map_err(|_source| ())?;
    match numbers[..] {
        [west, south, east, north]
            if numbers.iter().all(|n| n.is_finite()) && west <= east && south <= north =>
        {
            Ok(Window { west, south, east, north, zoom: zoom.filter(|z| z.is_finite()).unwrap_or(12.0) })
        }
        _ => Err(()),
    }
}
