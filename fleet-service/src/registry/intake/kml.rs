//! KML: each placemark with a polygon or a line is a record; its data (`ExtendedData`) are members, its name the name.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value, json};

use super::{Candidate, FILE, columns};
use crate::registry::error::{At, Place};
use crate::registry::{Register, RegistryError};

/// Deepest nesting looked into.
const DEPTH_MAX: usize = 64;

/// A placemark under way.
#[derive(Default)]
struct Placemark {
    name: String,
    id: Option<String>,
    data: Map<String, Value>,
    polygons: Vec<Vec<Vec<[f64; 2]>>>,
    line: Option<Vec<[f64; 2]>>,
    /// Name of the datum that is being read.
    datum: Option<String>,
    problem: Option<String>,
}

/// The placemarks of a document.
pub(super) fn placemarks(register: Register, text: &str) -> Result<Vec<Candidate>, RegistryError> {
    let whole = At { file: FILE, place: Place::Whole };
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut current: Option<Placemark> = None;
    let mut found: Vec<Candidate> = Vec::new();
    let mut said = String::new();
    loop {
        let event = reader.read_event().map_err(|error| whole.form(format!("not XML: {error}")))?;
        match event {
            Event::Start(start) => {
                let name = local_name(&start);
                if path.len() >= DEPTH_MAX {
                    return Err(whole.form(format!("nested more than {DEPTH_MAX} deep: this is no KML")));
                }
                match (name.as_str(), &mut current) {
                    ("Placemark", _) => {
                        current = Some(Placemark { id: attribute(&start, "id"), ..Placemark::default() });
                    }
                    ("Polygon", Some(placemark)) => placemark.polygons.push(Vec::new()),
                    ("Data" | "SimpleData", Some(placemark)) => placemark.datum = attribute(&start, "name"),
                    _ => {}
                }
                said.clear();
                path.push(name);
            }
            Event::Text(text) => said.push_str(&String::from_utf8_lossy(&text)),
            Event::CData(text) => said.push_str(&String::from_utf8_lossy(&text)),
            Event::GeneralRef(entity) => said.push_str(&entity_text(&entity)),
            Event::End(_) => {
                let Some(name) = path.pop() else { break };
                if let Some(placemark) = &mut current {
                    placemark.take(&name, &path, &said);
                }
                if name == "Placemark"
                    && let Some(placemark) = current.take()
                {
                    let place = found.len() as u64 + 1;
                    found.push(Candidate { place, body: placemark.body(register, place) });
                }
                said.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if path.is_empty() { Ok(found) } else { Err(whole.form("the file ends in the middle: upload it whole")) }
}

fn local_name(start: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(start.local_name().as_ref()).into_owned()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    Some(String::from_utf8_lossy(&attribute.value).into_owned())
}

fn entity_text(name: &[u8]) -> String {
    match name {
        b"amp" => "&",
        b"lt" => "<",
        b"gt" => ">",
        b"quot" => "\"",
        b"apos" => "'",
        _ => "",
    }
    .to_owned()
}

impl Placemark {
    fn take(&mut self, name: &str, path: &[String], said: &str) {
        let parent = path.last().map(String::as_str);
        match (name, parent) {
            ("name", Some("Placemark")) => self.name = said.trim().to_owned(),
            ("value", Some("Data")) | ("SimpleData", _) => {
                if let Some(name) = self.datum.take() {
                    self.data.insert(name, json!(said.trim()));
                }
            }
            ("coordinates", Some("LineString")) => self.line = self.points(said),
            ("coordinates", Some("LinearRing")) => {
                let points = self.points(said);
                if let (Some(polygon), Some(points)) = (self.polygons.last_mut(), points) {
                    // The outer ring comes first, wherever the file has it.
                    if path.iter().any(|name| name == "outerBoundaryIs") {
                        polygon.insert(0, points);
                    } else {
                        polygon.push(points);
                    }
                }
            }
            _ => {}
        }
    }

    fn points(&mut self, text: &str) -> Option<Vec<[f64; 2]>> {
        let point = |tuple: &str| {
            let mut numbers = tuple.split(',').map(|number| number.trim().parse::<f64>().ok());
            Some([numbers.next()??, numbers.next()??])
        };
        let points: Option<Vec<[f64; 2]>> = text.split_whitespace().map(point).collect();
        if points.is_none() {
            self.problem = Some("its coordinates cannot be read: `lon,lat lon,lat …` is expected".to_owned());
        }
        points
    }

    fn body(self, register: Register, place: u64) -> Result<Value, RegistryError> {
        let at = At { file: FILE, place: Place::Entry(usize::try_from(place).unwrap_or(usize::MAX)) };
        if let Some(problem) = self.problem {
            return Err(at.member("geometry", problem));
        }
        let geometry = match (self.line, self.polygons.as_slice()) {
            (Some(line), []) => json!({ "type": "LineString", "coordinates": line }),
            (None, [polygon]) => json!({ "type": "Polygon", "coordinates": polygon }),
            (None, [_, ..]) => json!({ "type": "MultiPolygon", "coordinates": self.polygons }),
            _ => return Err(at.member("geometry", "it is missing: the placemark has no polygon and no line")),
        };
        let mut properties = members(register, self.data);
        if !self.name.is_empty() {
            properties.entry("name").or_insert(json!(self.name));
        }
        let id = self.id.filter(|id| !id.is_empty()).or((!self.name.is_empty()).then_some(self.name));
        if let Some(id) = id {
            properties.entry("id").or_insert(json!(id));
        }
        Ok(json!({ "type": "Feature", "properties": properties, "geometry": geometry }))
    }
}

/// Data under the names of members, where headings known for tables are used; numbers as numbers.
fn members(register: Register, data: Map<String, Value>) -> Map<String, Value> {
    let names: Vec<String> = data.keys().cloned().collect();
    let known = columns::suggest(register, &names);
    let mut properties = Map::new();
    for (member, name) in known {
        let Some(text) = data.get(&name).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            continue;
        };
        let value = match member.as_str() {
            "limit_kmh" | "half_width_m" | "capacity_m3" | "filled_m3" => {
                text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number))
            }
            "wash_required" => json!(matches!(text, "是" | "true" | "1" | "yes")),
            "windows" => super::windows::read(text).unwrap_or_else(|| json!(text)),
            _ => json!(columns::word(register, &member, text)),
        };
        properties.insert(member, value);
    }
    properties
}
