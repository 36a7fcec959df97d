//! Records as JSON, the way they are read: what is written here is read back as the same record.

use domain::time::date_plus_days;
use domain::{
    Area, Carrier, HaulWindows, Permit, Position, Ring, Route, Site, SiteTerms, Timestamp, Truck, Zone,
    ZoneKind,
};
use serde_json::{Map, Value, json};

pub(super) fn carrier(carrier: &Carrier) -> Value {
    json!({ "uscc": carrier.uscc, "name": carrier.name, "status": carrier.status })
}

pub(super) fn truck(truck: &Truck) -> Value {
    json!({
        "plate": truck.plate,
        "plate_colour": truck.colour.name(),
        "vin": truck.vin,
        "carrier_uscc": truck.carrier,
        "terminal_id": truck.terminal,
        "epc": truck.epc,
        "energy": truck.energy,
        "rated_load_t": truck.rated_load_kg.map(|kg| number(f64::from(kg) / 1000.0)),
        "kind": truck.kind,
    })
}

pub(super) fn site(site: &Site, terms: Option<&SiteTerms>) -> Value {
    let mut properties = Map::new();
    properties.insert("id".into(), json!(site.id));
    properties.insert("name".into(), json!(site.name));
    properties.insert("kind".into(), json!(site.kind));
    properties.insert("wash_required".into(), json!(site.wash_required));
    let mut optional = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            properties.insert(name.to_owned(), value);
        }
    };
    optional("open_from", site.open_from.map(|date| json!(date.to_string())));
    optional("open_to", site.open_to.map(|date| json!(date.to_string())));
    optional("carrier_uscc", site.carrier.as_ref().map(|uscc| json!(uscc)));
    if let Some(terms) = terms {
        optional("district", terms.district.as_ref().map(|district| json!(district)));
        optional("capacity_m3", terms.capacity_l.map(cubic_metres));
        optional("filled_m3", (terms.filled_before_l > 0).then(|| cubic_metres(terms.filled_before_l)));
    }
    feature(area(&site.area), properties)
}

pub(super) fn zone(zone: &Zone) -> Value {
    let mut properties = Map::new();
    properties.insert("id".into(), json!(zone.id));
    properties.insert("name".into(), json!(zone.name));
    match zone.kind {
        ZoneKind::NoGo => {
            properties.insert("kind".into(), json!("no_go"));
        }
        ZoneKind::SpeedLimit(limit) => {
            properties.insert("kind".into(), json!("speed_limit"));
            properties.insert("limit_kmh".into(), number(limit.kmh()));
        }
    }
    properties.insert("windows".into(), windows(&zone.windows));
    feature(area(&zone.area), properties)
}

pub(super) fn route(route: &Route) -> Value {
    let mut properties = Map::new();
    properties.insert("id".into(), json!(route.id));
    properties.insert("name".into(), json!(route.name));
    properties.insert("half_width_m".into(), json!(route.half_width_m));
    let coordinates: Vec<[f64; 2]> = route.line.points().iter().map(|at| lon_lat(*at)).collect();
    feature(json!({ "type": "LineString", "coordinates": coordinates }), properties)
}

pub(super) fn permit(permit: &Permit) -> Value {
    let legs: Vec<Value> = permit
        .legs
        .iter()
        .map(|leg| json!({ "source": leg.source, "sink": leg.sink, "route": leg.route }))
        .collect();
    let status: Vec<Value> = permit
        .status
        .iter()
        .map(|(from, value)| json!({ "from": from.to_string(), "value": value }))
        .collect();
    json!({
        "number": permit.number,
        "carrier_uscc": permit.carrier,
        "trucks": permit.trucks,
        "legs": legs,
        "waste_class": permit.waste_class,
        "volume_m3": cubic_metres(permit.volume_l),
        "used_m3": cubic_metres(permit.used_l),
        "valid_from": first_day(permit.valid_from),
        "valid_to": last_day(permit.valid_until),
        "windows": windows(&permit.windows),
        "status": status,
        "zone_passes": permit.zone_passes,
    })
}

/// Hours as they are read.
pub fn windows(windows: &HaulWindows) -> Value {
    let window = |window: &domain::HaulWindow| {
        let (from, to) = window.hours();
        json!({ "days": window.day_names(), "from": from, "to": to })
    };
    windows.0.iter().map(window).collect()
}

/// A date where the moment is the start of one, else the moment.
fn first_day(from: Timestamp) -> String {
    let date = from.local_date();
    if Timestamp::start_of_local_day(date) == from { date.to_string() } else { from.to_string() }
}

/// The last day where the moment after it is the start of one, else the moment.
fn last_day(until: Timestamp) -> String {
    let date = until.local_date();
    if Timestamp::start_of_local_day(date) == until {
        date_plus_days(date, -1).to_string()
    } else {
        until.to_string()
    }
}

/// Litres as cubic metres.
fn cubic_metres(litres: u64) -> Value {
    number(litres as f64 / 1000.0)
}

/// Whole numbers without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

fn feature(geometry: Value, properties: Map<String, Value>) -> Value {
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
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
    points.iter().chain(points.first()).map(|at| lon_lat(*at)).collect()
}

fn lon_lat(at: Position) -> [f64; 2] {
    [at.lon(), at.lat()]
}
