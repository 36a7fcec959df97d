//! The registers' geometry for the map, as GeoJSON in WGS-84.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use domain::{Area, Position, Registry, Ring, ZoneKind};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(map))
}

/// Sites, zones and routes in force. Properties: `layer` (`site`, `zone`, `route`), `id`, `name`, `kind`,
/// `half_width_m`, `limit_kmh`; what a layer does not have is null.
#[utoipa::path(get, path = "/api/v1/map", tag = "map",
    responses((status = 200, description = "GeoJSON FeatureCollection", content_type = "application/geo+json", body = Object), (status = 401, body = Problem)))]
async fn map(_officer: SignedIn, State(api): State<Api>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/geo+json")], features(&api.live.registry()).to_string())
}

fn features(registry: &Registry) -> Value {
    let sites = registry.sites.values().map(|site| {
        let properties = properties("site", site.id.as_str(), &site.name, Some(site.kind.word()), None, None);
        feature(area(&site.area), properties)
    });
    let zones = registry.zones.values().map(|zone| {
        let (kind, limit_kmh) = match zone.kind {
            ZoneKind::NoGo => ("no_go", None),
            ZoneKind::SpeedLimit(limit) => ("speed_limit", Some(limit.kmh())),
        };
        feature(
            area(&zone.area),
            properties("zone", zone.id.as_str(), &zone.name, Some(kind), None, limit_kmh),
        )
    });
    let routes = registry.routes.values().map(|route| {
        let coordinates: Vec<[f64; 2]> = route.line.points().iter().map(|p| lon_lat(*p)).collect();
        let properties =
            properties("route", route.id.as_str(), &route.name, None, Some(route.half_width_m), None);
        feature(json!({ "type": "LineString", "coordinates": coordinates }), properties)
    });
    let features: Vec<Value> = sites.chain(zones).chain(routes).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn properties(
    layer: &str,
    id: &str,
    name: &str,
    kind: Option<&str>,
    half_width_m: Option<u32>,
    limit_kmh: Option<f64>,
) -> Value {
    json!({ "layer": layer, "id": id, "name": name, "kind": kind, "half_width_m": half_width_m, "limit_kmh": limit_kmh })
}

fn area(area: &Area) -> Value {
    let polygons: Vec<Vec<Vec<[f64; 2]>>> =
        area.polygons().iter().map(|polygon| polygon.rings().map(closed).collect()).collect();
    match polygons.as_slice() {
        [polygon] => json!({ "type": "Polygon", "coordinates": polygon }),
        _ => json!({ "type": "MultiPolygon", "coordinates": polygons }),
    }
}

fn closed(ring: &Ring) -> Vec<[f64; 2]> {
    let points = ring.points();
    points.iter().chain(points.first()).map(|p| lon_lat(*p)).collect()
}

fn lon_lat(at: Position) -> [f64; 2] {
    [at.lon(), at.lat()]
}
