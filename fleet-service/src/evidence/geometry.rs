//! Track, grounds and routes of a case as GeoJSON in WGS-84. Pure.

use std::collections::BTreeSet;

use domain::{Area, Position, Ring, Route, Site, Zone, ZoneKind};
use serde_json::{Value, json};

use super::{Evidence, NEAR_M};

/// What belongs into the picture.
#[derive(Debug, Clone, Default)]
pub struct Scene<'a> {
    /// Sites near the track, and those of the permit.
    pub sites: Vec<&'a Site>,
    /// Zones near the track.
    pub zones: Vec<&'a Zone>,
    /// Routes of the permit.
    pub routes: Vec<&'a Route>,
}

impl<'a> Scene<'a> {
    /// What belongs into the picture of some evidence.
    pub fn of(evidence: &'a Evidence) -> Self {
        let registry = &evidence.registry;
        // Every tenth fix is enough to tell what is near: trucks drive some 150 m in ten seconds.
        let track: Vec<Position> =
            evidence.points().iter().step_by(10).map(|point| point.at).chain(evidence.place()).collect();
        let is_near = |area: &Area| track.iter().any(|at| area.distance_m(*at) <= NEAR_M);
        let legs = || evidence.permit().into_iter().flat_map(|permit| &permit.legs);
        let named: BTreeSet<_> = legs().flat_map(|leg| [&leg.source, &leg.sink]).collect();
        let routes: BTreeSet<_> = legs().filter_map(|leg| leg.route.as_ref()).collect();
        Self {
            sites: registry
                .sites
                .values()
                .filter(|site| named.contains(&site.id) || is_near(&site.area))
                .collect(),
            zones: registry.zones.values().filter(|zone| is_near(&zone.area)).collect(),
            routes: routes.into_iter().filter_map(|id| registry.routes.get(id)).collect(),
        }
    }
}

/// A FeatureCollection: `layer` tells `track`, `fix`, `place`, `site`, `zone` and `route` apart.
pub fn geojson(evidence: &Evidence) -> Value {
    let scene = Scene::of(evidence);
    let points = evidence.points();
    let line: Vec<[f64; 2]> = points.iter().map(|point| lon_lat(point.at)).collect();
    let mut features = Vec::new();
    if line.len() > 1 {
        features
            .push(feature(json!({ "type": "LineString", "coordinates": line }), json!({ "layer": "track" })));
    }
    for point in &points {
        let properties =
            json!({ "layer": "fix", "time": point.time.to_string(), "speed_kmh": point.speed_kmh });
        features.push(feature(json!({ "type": "Point", "coordinates": lon_lat(point.at) }), properties));
    }
    if let Some(place) = evidence.place() {
        features.push(feature(
            json!({ "type": "Point", "coordinates": lon_lat(place) }),
            json!({ "layer": "place" }),
        ));
    }
    for site in &scene.sites {
        let properties =
            json!({ "layer": "site", "id": site.id, "name": site.name, "kind": site.kind.word() });
        features.push(feature(area(&site.area), properties));
    }
    for zone in &scene.zones {
        let (kind, limit_kmh) = match zone.kind {
            ZoneKind::NoGo => ("no_go", None),
            ZoneKind::SpeedLimit(limit) => ("speed_limit", Some(limit.kmh())),
        };
        let properties = json!({ "layer": "zone", "id": zone.id, "name": zone.name, "kind": kind, "limit_kmh": limit_kmh });
        features.push(feature(area(&zone.area), properties));
    }
    for route in &scene.routes {
        let line: Vec<[f64; 2]> = route.line.points().iter().map(|at| lon_lat(*at)).collect();
        let properties = json!({ "layer": "route", "id": route.id, "name": route.name, "half_width_m": route.half_width_m });
        features.push(feature(json!({ "type": "LineString", "coordinates": line }), properties));
    }
    json!({ "type": "FeatureCollection", "features": features })
}

fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn area(area: &Area) -> Value {
    let closed = |ring: &Ring| -> Vec<[f64; 2]> {
        let points = ring.points();
        points.iter().chain(points.first()).map(|at| lon_lat(*at)).collect()
    };
    let polygons: Vec<Vec<Vec<[f64; 2]>>> =
        area.polygons().iter().map(|polygon| polygon.rings().map(closed).collect()).collect();
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}

fn lon_lat(at: Position) -> [f64; 2] {
    [at.lon(), at.lat()]
}
