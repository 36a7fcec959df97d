//! Shapes: GeoJSON features, and coordinates written into a cell of a table.

use serde_json::{Value, json};

use super::{Candidate, FILE};
use crate::registry::RegistryError;
use crate::registry::error::{At, Place};

/// Corners of a round ground.
const CIRCLE_CORNERS: u32 = 24;
/// Widest round ground, in metres.
const RADIUS_MAX_M: f64 = 5_000.0;
/// Metres of a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// The features of a collection, or a single feature.
pub(super) fn features(text: &str) -> Result<Vec<Candidate>, RegistryError> {
    let whole = At { file: FILE, place: Place::Whole };
    let document: Value =
        serde_json::from_str(text).map_err(|error| whole.form(format!("not JSON: {error}")))?;
    let list = match (document.get("features").and_then(Value::as_array), &document) {
        (Some(list), _) => list.clone(),
        (None, Value::Array(list)) => list.clone(),
        (None, Value::Object(feature)) if feature.contains_key("geometry") => vec![document.clone()],
        _ => return Err(whole.form("a FeatureCollection is expected")),
    };
    Ok((1..).zip(list).map(|(place, body)| Candidate { place, body: Ok(body) }).collect())
}

/// A polygon of `lon lat; lon lat; …`.
pub(super) fn outline(text: &str, at: &At) -> Result<Value, RegistryError> {
    Ok(json!({ "type": "Polygon", "coordinates": [closed(points(text, "geometry", at)?)] }))
}

/// A line of `lon lat; lon lat; …`.
pub(super) fn line(text: &str, at: &At) -> Result<Value, RegistryError> {
    Ok(json!({ "type": "LineString", "coordinates": points(text, "geometry", at)? }))
}

fn closed(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if points.first() != points.last() {
        points.extend(points.first().copied());
    }
    points
}

fn points(text: &str, member: &str, at: &At) -> Result<Vec<[f64; 2]>, RegistryError> {
    let parts = text.split([';', '；', '|', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let point = |part: &str| {
        let numbers: Vec<f64> = part
            .split([' ', ',', '，', '\t'])
            .filter(|number| !number.is_empty())
            .map_while(|number| number.parse().ok())
            .collect();
        match numbers.as_slice() {
            [lon, lat, ..] => Ok([*lon, *lat]),
            _ => Err(at.member(member, format!("{part:?} is no point: write `lon lat; lon lat; …`"))),
        }
    };
    parts.map(point).collect()
}

/// A round ground as a polygon.
pub(super) fn circle(lon: f64, lat: f64, radius_m: f64, at: &At) -> Result<Value, RegistryError> {
    if !(radius_m > 0.0 && radius_m <= RADIUS_MAX_M) {
        return Err(at.member("radius_m", format!("{radius_m} is out of range: above 0 to {RADIUS_MAX_M} m")));
    }
    if !(lat.abs() < 85.0 && lon.abs() <= 180.0) {
        return Err(at.member("lat", format!("{lat}, {lon} is out of range: degrees are expected")));
    }
    let corner = |n: u32| {
        let turn = f64::from(n) / f64::from(CIRCLE_CORNERS) * std::f64::consts::TAU;
        let north = radius_m * turn.sin() / METRES_PER_DEGREE;
        let east = radius_m * turn.cos() / (METRES_PER_DEGREE * lat.to_radians().cos());
        [lon + east, lat + north]
    };
    Ok(json!({ "type": "Polygon", "coordinates": [closed((0..CIRCLE_CORNERS).map(corner).collect())] }))
}
