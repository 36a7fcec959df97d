//! The GeoJSON files: sites, zones, routes. The datum each file states is turned into WGS-84 here.

use domain::geometry::GeometryError;
use domain::route::HALF_WIDTH_DEFAULT_M;
use domain::{
    Area, Datum, HaulWindows, Line, LocalDate, Polygon, Position, Registry, Ring, Route, Site, SiteKind,
    SiteTerms, Speed, Uscc, Zone, ZoneKind,
};
use serde_json::{Map, Value};

use super::error::{At, Place, RegistryError};
use super::permits::windows;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Widest half corridor taken, in metres.
const HALF_WIDTH_MAX_M: f64 = 10_000.0;
/// Largest sink, in m³.
const VOLUME_MAX_M3: f64 = 1e9;

struct Feature<'a> {
    at: At,
    datum: Datum,
    properties: &'a Map<String, Value>,
    kind: &'a str,
    coordinates: &'a Value,
}

impl Feature<'_> {
    fn text(&self, member: &str) -> Result<Option<&str>, RegistryError> {
        match self.properties.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.at.member(member, format!("{other} is not text"))),
        }
    }

    fn required(&self, member: &str) -> Result<&str, RegistryError> {
        self.text(member)?.ok_or_else(|| self.at.member(member, "it is missing among the properties"))
    }

    fn parse<T: std::str::FromStr>(&self, member: &str) -> Result<T, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        self.at.parse(member, self.required(member)?)
    }

    fn parse_optional<T: std::str::FromStr>(&self, member: &str) -> Result<Option<T>, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        self.text(member)?.map(|text| self.at.parse(member, text)).transpose()
    }

    fn number(&self, member: &str) -> Result<Option<f64>, RegistryError> {
        match self.properties.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_f64()
                .map(Some)
                .ok_or_else(|| self.at.member(member, format!("{value} is not a number"))),
        }
    }

    /// Cubic metres as litres.
    fn litres(&self, member: &str) -> Result<Option<u64>, RegistryError> {
        let in_range = |m3: f64| (0.0..=VOLUME_MAX_M3).contains(&m3).then(|| (m3 * 1000.0).round() as u64);
        let reason = |m3| format!("{m3} is no volume in m³: 0 to {VOLUME_MAX_M3}");
        let of = |m3| in_range(m3).ok_or_else(|| self.at.member(member, reason(m3)));
        self.number(member)?.map(of).transpose()
    }

    fn name(&self) -> Result<String, RegistryError> {
        let name = self.required("name")?;
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(self
                .at
                .member("name", format!("longer than {NAME_CHARS_MAX} characters: shorten it")));
        }
        Ok(name.to_owned())
    }

    fn date(&self, member: &str) -> Result<Option<LocalDate>, RegistryError> {
        let read = |text: &str| {
            let expected = |_| self.at.member(member, format!("{text:?} is no date: YYYY-MM-DD is expected"));
            text.trim().parse::<LocalDate>().map_err(expected)
        };
        self.text(member)?.map(read).transpose()
    }

    fn twice(&self, id: &str) -> RegistryError {
        self.at.member("id", format!("{id:?} stands here twice: ids are keys"))
    }

    fn area(&self) -> Result<Area, RegistryError> {
        let bad = |error: GeometryError| self.at.member("geometry", format!("{error}; redraw the outline"));
        let polygons = match self.kind {
            "Polygon" => vec![self.polygon(self.coordinates)?],
            "MultiPolygon" => {
                self.list(self.coordinates)?.iter().map(|p| self.polygon(p)).collect::<Result<_, _>>()?
            }
            other => {
                return Err(self
                    .at
                    .member("geometry", format!("a {other}, but a Polygon or MultiPolygon is expected")));
            }
        };
        Area::from_polygons(polygons).map_err(bad)
    }

    fn polygon(&self, rings: &Value) -> Result<Polygon, RegistryError> {
        let mut rings = self.list(rings)?.iter().map(|ring| {
            let bad =
                |error: GeometryError| self.at.member("geometry", format!("{error}; redraw the outline"));
            Ring::from_points(self.points(ring)?).map_err(bad)
        });
        let shell = rings.next().ok_or_else(|| self.at.member("geometry", "a polygon without a ring"))??;
        Ok(Polygon { shell, holes: rings.collect::<Result<_, _>>()? })
    }

    fn line(&self) -> Result<Line, RegistryError> {
        if self.kind != "LineString" {
            return Err(self.at.member("geometry", format!("a {}, but a LineString is expected", self.kind)));
        }
        let bad = |error: GeometryError| self.at.member("geometry", error);
        Line::from_points(self.points(self.coordinates)?).map_err(bad)
    }

    fn list<'v>(&self, value: &'v Value) -> Result<&'v Vec<Value>, RegistryError> {
        value
            .as_array()
            .ok_or_else(|| self.at.member("geometry", "coordinates are not nested as the type asks"))
    }

    fn points(&self, points: &Value) -> Result<Vec<Position>, RegistryError> {
        let point = |value: &Value| {
            let numbers = value
                .as_array()
                .map(|pair| (pair.first().and_then(Value::as_f64), pair.get(1).and_then(Value::as_f64)));
            let Some((Some(lon), Some(lat))) = numbers else {
                return Err(self
                    .at
                    .member("geometry", format!("{value} is no point: [longitude, latitude] is expected")));
            };
            self.datum.position(lat, lon).map_err(|error| self.at.member("geometry", error))
        };
        self.list(points)?.iter().map(point).collect()
    }
}

fn features(
    file: &'static str,
    text: &str,
    mut take: impl FnMut(&Feature<'_>) -> Result<(), RegistryError>,
) -> Result<(), RegistryError> {
    let whole = At { file, place: Place::Whole };
    let document: Value =
        serde_json::from_str(text).map_err(|error| whole.form(format!("not JSON: {error}")))?;
    let datum = match document.get("datum") {
        Some(Value::String(datum)) => whole.parse::<Datum>("datum", datum)?,
        _ => {
            let reason = "the file does not say in which datum its coordinates are: add \"datum\": \"WGS84\", \
                          \"CGCS2000\", \"GCJ02\" or \"BD09\" beside \"features\"";
            return Err(whole.member("datum", reason));
        }
    };
    let list = document.get("features").and_then(Value::as_array);
    let list =
        list.ok_or_else(|| whole.member("features", "it is missing: a FeatureCollection is expected"))?;
    let nothing = Map::new();
    for (index, feature) in list.iter().enumerate() {
        let at = At { file, place: Place::Feature(index) };
        let geometry = feature.get("geometry").unwrap_or(&Value::Null);
        let kind = geometry.get("type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| at.member("geometry", "it is missing"))?;
        take(&Feature {
            datum,
            properties: feature.get("properties").and_then(Value::as_object).unwrap_or(&nothing),
            kind,
            coordinates: geometry.get("coordinates").unwrap_or(&Value::Null),
            at,
        })?;
    }
    Ok(())
}

pub(super) fn sites(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    features("sites.geojson", text, |feature| {
        let carrier: Option<Uscc> = feature.parse_optional("carrier_uscc")?;
        if let Some(unknown) = carrier.as_ref().filter(|uscc| !registry.carriers.contains_key(uscc)) {
            let reason = format!("{unknown} is not in carriers.csv: add the carrier or correct the code");
            return Err(feature.at.member("carrier_uscc", reason));
        }
        let wash_required = match feature.properties.get("wash_required") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(wash)) => *wash,
            Some(other) => {
                return Err(feature.at.member("wash_required", format!("{other} is neither true nor false")));
            }
        };
        let (open_from, open_to) = (feature.date("open_from")?, feature.date("open_to")?);
        if let (Some(from), Some(to)) = (open_from, open_to)
            && to < from
        {
            return Err(feature
                .at
                .member("open_to", format!("the site closes on {to}, before it opens on {from}")));
        }
        let site = Site {
            id: feature.parse("id")?,
            name: feature.name()?,
            kind: feature.parse::<SiteKind>("kind")?,
            area: feature.area()?,
            wash_required,
            open_from,
            open_to,
            carrier,
        };
        let terms = SiteTerms {
            district: feature.parse_optional("district")?,
            capacity_l: feature.litres("capacity_m3")?,
            filled_before_l: feature.litres("filled_m3")?.unwrap_or(0),
        };
        if terms != SiteTerms::default() {
            registry.site_terms.insert(site.id.clone(), terms);
        }
        match registry.sites.insert(site.id.clone(), site) {
            Some(twice) => Err(feature.twice(twice.id.as_str())),
            None => Ok(()),
        }
    })
}

pub(super) fn zones(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    features("zones.geojson", text, |feature| {
        let kind = match feature.required("kind")? {
            "no_go" => ZoneKind::NoGo,
            "speed_limit" => {
                let kmh = feature.number("limit_kmh")?;
                let limit = kmh.filter(|kmh| *kmh >= 1.0).and_then(Speed::from_kmh);
                let reason = "a speed_limit zone needs a limit of 1 km/h or more here";
                ZoneKind::SpeedLimit(limit.ok_or_else(|| feature.at.member("limit_kmh", reason))?)
            }
            other => {
                return Err(feature
                    .at
                    .member("kind", format!("{other:?} is no zone kind; known: no_go, speed_limit")));
            }
        };
        let hours = feature
            .properties
            .get("windows")
            .map_or(Ok(HaulWindows::default()), |w| windows(&feature.at, w))?;
        let zone = Zone {
            id: feature.parse("id")?,
            name: feature.name()?,
            kind,
            area: feature.area()?,
            windows: hours,
        };
        match registry.zones.insert(zone.id.clone(), zone) {
            Some(twice) => Err(feature.twice(twice.id.as_str())),
            None => Ok(()),
        }
    })
}

pub(super) fn routes(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    features("routes.geojson", text, |feature| {
        let half_width_m = match feature.number("half_width_m")? {
            None => HALF_WIDTH_DEFAULT_M,
            Some(width) if width > 0.0 && width <= HALF_WIDTH_MAX_M => width.round() as u32,
            Some(width) => {
                let reason = format!("{width} is no half width in metres, above 0 to {HALF_WIDTH_MAX_M}");
                return Err(feature.at.member("half_width_m", reason));
            }
        };
        let route =
            Route { id: feature.parse("id")?, name: feature.name()?, line: feature.line()?, half_width_m };
        match registry.routes.insert(route.id.clone(), route) {
            Some(twice) => Err(feature.twice(twice.id.as_str())),
            None => Ok(()),
        }
    })
}
