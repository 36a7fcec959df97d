//! The benchmark's city in the forms of the replay contract: fences become sites and zones, its routes routes, its permits
//! permits, its fixes reports in their order of arrival.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use domain::{Timestamp, Uscc};
use serde_json::{Value, json};

use super::{Arguments, Failure};

/// Carriers; the trucks are dealt out among them.
const CARRIERS: i64 = 60;

/// Rows of a table of whole numbers, its head left out; text columns are 0.
fn rows(folder: &Path, name: &str) -> Result<Vec<Vec<i64>>, Failure> {
    let text = fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    Ok(text.lines().skip(1).map(|line| line.split(',').map(|n| n.parse().unwrap_or(0)).collect()).collect())
}

pub(crate) fn plate(truck: i64) -> String {
    format!("豫A{truck:05}")
}

pub(crate) fn terminal(truck: i64) -> String {
    format!("139{truck:08}")
}

pub(crate) fn uscc(carrier: i64) -> Result<String, Failure> {
    Ok(Uscc::with_check_digit(&format!("91410183{:09}", carrier + 1))?.to_string())
}

pub(crate) fn collection(features: Vec<Value>) -> String {
    json!({ "type": "FeatureCollection", "datum": "WGS84", "features": features }).to_string()
}

pub(crate) fn feature(properties: &Value, kind: &str, coordinates: Value) -> Value {
    json!({ "type": "Feature", "properties": properties,
        "geometry": { "type": kind, "coordinates": coordinates } })
}

pub(crate) const CARRIERS_HEAD: &str = "uscc,name,status\n";
pub(crate) const TRUCKS_HEAD: &str =
    "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n";
pub(crate) const READERS: &str = "id,site_id,role,lat,lon\n";

pub(crate) fn truck_row(truck: i64, carrier: i64) -> Result<String, Failure> {
    let (plate, carrier, terminal) = (plate(truck), uscc(carrier)?, terminal(truck));
    Ok(format!("{plate},yellow,,{carrier},{terminal},,diesel,16\n"))
}

/// Writes `OUT/registry` and `OUT/reports.jsonl`.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let (bench, out) = (Path::new(arguments.alone(0)?), Path::new(arguments.alone(1)?));
    let registry = out.join("registry");
    fs::create_dir_all(&registry)?;
    let permits = rows(bench, "permits.csv")?;
    write_people(&registry, &permits)?;
    write_places(bench, &registry)?;
    let used = write_permits(&registry, &permits)?;
    write_routes(bench, &registry, &used)?;
    write_reports(bench, out)?;
    Ok(true)
}

fn write_people(registry: &Path, permits: &[Vec<i64>]) -> Result<(), Failure> {
    let mut carriers = CARRIERS_HEAD.to_owned();
    for carrier in 0..CARRIERS {
        carriers.push_str(&format!("{},第{carrier}运输公司,active\n", uscc(carrier)?));
    }
    fs::write(registry.join("carriers.csv"), carriers)?;
    let trucks: BTreeSet<i64> = permits.iter().map(|permit| permit[1]).collect();
    let mut table = TRUCKS_HEAD.to_owned();
    for truck in trucks {
        table.push_str(&truck_row(truck, truck % CARRIERS)?);
    }
    fs::write(registry.join("trucks.csv"), table)?;
    fs::write(registry.join("readers.csv"), READERS)?;
    Ok(())
}

/// Points by the number in the first column, the two columns from `lon` on as degrees.
fn vertices(bench: &Path, name: &str, lon: usize) -> Result<BTreeMap<i64, Vec<Value>>, Failure> {
    let mut points: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for row in rows(bench, name)? {
        let point = json!([row[lon] as f64 / 1e7, row[lon + 1] as f64 / 1e7]);
        points.entry(row[0]).or_default().push(point);
    }
    Ok(points)
}

fn write_places(bench: &Path, registry: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(bench.join("fence_vertices.csv"))?;
    let kinds: BTreeMap<i64, &str> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split(',');
            Some((columns.next()?.parse().ok()?, columns.next()?))
        })
        .collect();
    let (mut sites, mut zones) = (Vec::new(), Vec::new());
    for (fence, mut ring) in vertices(bench, "fence_vertices.csv", 2)? {
        ring.extend(ring.first().cloned());
        let kind = kinds.get(&fence).copied().unwrap_or_default();
        let (kind, list) = match kind {
            "load" => ("source", &mut sites),
            "dump" => ("disposal", &mut sites),
            _ => ("no_go", &mut zones),
        };
        let properties = json!({ "id": format!("F{fence}"), "name": format!("{fence}"), "kind": kind });
        list.push(feature(&properties, "Polygon", json!([ring])));
    }
    fs::write(registry.join("sites.geojson"), collection(sites))?;
    fs::write(registry.join("zones.geojson"), collection(zones))?;
    Ok(())
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Writes the permits and returns which routes they use at which half width: the benchmark's width is the permit's.
fn write_permits(registry: &Path, permits: &[Vec<i64>]) -> Result<BTreeSet<(i64, i64)>, Failure> {
    let mut used = BTreeSet::new();
    let mut list = Vec::new();
    for permit in permits {
        let [number, truck, route, load, dump, from_ms, to_ms, start, end, buffer] = permit[..] else {
            return Err("permits.csv has other columns than expected".into());
        };
        used.insert((route, buffer));
        list.push(json!({
            "number": format!("P{number:06}"), "carrier_uscc": uscc(truck % CARRIERS)?, "trucks": [plate(truck)],
            "legs": [{ "source": format!("F{load}"), "sink": format!("F{dump}"), "route": format!("R{route}-{buffer}") }],
            "waste_class": "engineering", "volume_m3": 1_000_000,
            "valid_from": Timestamp::from_millis(from_ms).to_string(), "valid_to": Timestamp::from_millis(to_ms).to_string(),
            "windows": [{ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": clock(start), "to": clock(end) }],
            "zone_passes": [],
        }));
    }
    fs::write(registry.join("permits.json"), Value::from(list).to_string())?;
    Ok(used)
}

fn write_routes(bench: &Path, registry: &Path, used: &BTreeSet<(i64, i64)>) -> Result<(), Failure> {
    let lines = vertices(bench, "route_vertices.csv", 1)?;
    let features = used
        .iter()
        .filter_map(|(route, buffer)| {
            let properties =
                json!({ "id": format!("R{route}-{buffer}"), "name": format!("{route}"), "half_width_m": buffer });
            Some(feature(&properties, "LineString", json!(lines.get(route)?)))
        })
        .collect();
    fs::write(registry.join("routes.geojson"), collection(features))?;
    Ok(())
}

fn write_reports(bench: &Path, out: &Path) -> Result<(), Failure> {
    let mut file = std::io::BufWriter::new(fs::File::create(out.join("reports.jsonl"))?);
    for row in rows(bench, "fixes.csv")? {
        let [_, t_ms, truck, lon_e7, lat_e7, speed_cms, heading_cdeg, _] = row[..] else {
            return Err("fixes.csv has other columns than expected".into());
        };
        writeln!(
            file,
            "{}",
            json!({ "type": "fix", "plate": plate(truck), "time": Timestamp::from_millis(t_ms).to_string(),
                "lat": lat_e7 as f64 / 1e7, "lon": lon_e7 as f64 / 1e7,
                "speed_kmh": speed_cms as f64 * 36.0 / 1000.0, "course_deg": heading_cdeg as f64 / 100.0,
                "fix": "3d", "source": terminal(truck) })
        )?;
    }
    file.flush()?;
    Ok(())
}
