//! A registry in texts, and what is said when one thing in it is wrong.

use super::*;
use domain::{Position, Timestamp, ZoneKind};

const SQUARE: &str = "[[[113.40,34.50],[113.41,34.50],[113.41,34.51],[113.40,34.51],[113.40,34.50]]]";

fn good() -> RegistryFiles {
    let feature = |properties: &str, kind: &str, coordinates: &str| {
        format!(
            r#"{{"datum":"WGS84","type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},
               "geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}]}}"#
        )
    };
    let texts = [
        ("carriers.csv", "uscc,name,status\n91350100M000100Y43,甲,active\n".to_owned()),
        (
            "trucks.csv",
            "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n\
             豫A12345D,yellow_green,1M8GDM9AXKP042788,91350100M000100Y43,13800000001,30751FEB,battery,16\n"
                .to_owned(),
        ),
        ("sites.geojson", feature(r#""id":"A","name":"工地","kind":"source","wash_required":true"#, "Polygon", SQUARE)),
        (
            "zones.geojson",
            feature(r#""id":"Z","name":"城区","kind":"speed_limit","limit_kmh":40"#, "MultiPolygon", &format!("[{SQUARE}]")),
        ),
        ("routes.geojson", feature(r#""id":"R","name":"一号线""#, "LineString", "[[113.40,34.50],[113.45,34.52]]")),
        (
            "permits.json",
            r#"[{"number":"P1","carrier_uscc":"91350100M000100Y43","trucks":["豫A12345D"],
                "legs":[{"source":"A","sink":"A","route":"R"}],"waste_class":"工程渣土","volume_m3":1000.5,
                "valid_from":"2026-11-01","valid_to":"2026-11-30","windows":[{"days":["mon"],"from":"22:00","to":"05:00"}],
                "zone_passes":["Z"]}]"#
                .to_owned(),
        ),
        ("readers.csv", "id,site_id,role,lat,lon\nG1,A,gate_out,34.505,113.405\n".to_owned()),
        ("beacons.csv", "epc,site_id,role,lat,lon\nE200AA,A,wash,34.505,113.405\n".to_owned()),
        ("limits.json", r#"{"default_limit_kmh":50}"#.to_owned()),
    ];
    RegistryFiles(texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

/// Replaces one text in one file and expects an error with these words.
#[track_caller]
fn check(file: &str, from: &str, to: &str, words: &[&str]) {
    let mut files = good();
    let text = files.0.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    *text = text.replacen(from, to, 1);
    let error = read(&files).unwrap_err().to_string();
    for word in words.iter().chain([&file]) {
        assert!(error.contains(word), "{error:?} does not say {word:?}");
    }
}

#[test]
fn a_whole_registry_is_read() {
    let (registry, warnings) = read(&good()).unwrap();
    assert_eq!(warnings, []);
    let permit = registry.permits.values().next().unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(permit.valid_from, at("2026-11-01T00:00:00+08:00"));
    assert_eq!(permit.valid_until, at("2026-12-01T00:00:00+08:00"), "the last day is included");
    assert_eq!((permit.volume_l, permit.used_l), (1_000_500, 0));
    assert_eq!(registry.routes.values().next().unwrap().half_width_m, 50);
    assert!(
        matches!(registry.zones.values().next().unwrap().kind, ZoneKind::SpeedLimit(v) if v.kmh() == 40.0)
    );
    assert!(registry.sites.values().next().unwrap().wash_required);
    assert_eq!((registry.readers.len(), registry.beacons.len(), registry.limits.len()), (1, 1, 1));
}

#[test]
fn an_exact_end_of_validity_is_taken_as_written() {
    let mut files = good();
    let text = files.0.get_mut("permits.json").unwrap();
    *text = text.replace("\"2026-11-30\"", "\"2026-11-30T12:00:00+08:00\"");
    let (registry, _) = read(&files).unwrap();
    let until = registry.permits.values().next().unwrap().valid_until;
    assert_eq!(until, "2026-11-30T12:00:00+08:00".parse().unwrap());
}

#[test]
fn another_datum_is_turned_into_wgs_84() {
    let mut files = good();
    let text = files.0.get_mut("sites.geojson").unwrap();
    *text = text.replace("WGS84", "GCJ02");
    let (registry, _) = read(&files).unwrap();
    let corner = registry.sites.values().next().unwrap().area.rings().next().unwrap().points()[0];
    let shifted_m = corner.distance_m(Position::from_degrees(34.50, 113.40).unwrap());
    assert!((500.0..800.0).contains(&shifted_m), "{shifted_m}");
}

#[test]
fn what_fails_its_check_digit_is_a_warning() {
    let mut files = good();
    for text in files.0.values_mut() {
        *text = text
            .replace("91350100M000100Y43", "91350100M000100Y44")
            .replace("1M8GDM9AXKP042788", "1M8GDM9AXKP042789");
    }
    let (_, warnings) = read(&files).unwrap();
    let seen: Vec<_> = warnings.iter().map(|w| (w.file, w.member)).collect();
    assert_eq!(seen, [("carriers.csv", "uscc"), ("trucks.csv", "vin"), ("permits.json", "carrier_uscc")]);
}

#[test]
fn geometry_that_cannot_be_is_refused_by_file_feature_and_member() {
    check("sites.geojson", "\"datum\":\"WGS84\",", "", &["datum", "CGCS2000"]);
    check("zones.geojson", "WGS84", "WGS72", &["datum", "GCJ02"]);
    check(
        "sites.geojson",
        "[113.41,34.50],[113.41,34.51]",
        "[113.41,34.51],[113.41,34.50]",
        &["feature 0", "crosses itself", "redraw"],
    );
    check("sites.geojson", "34.51", "134.51", &["feature 0", "geometry", "latitude"]);
    check("sites.geojson", "\"Polygon\"", "\"Point\"", &["feature 0", "Point", "MultiPolygon"]);
    check("routes.geojson", ",[113.45,34.52]", "", &["feature 0", "at least 2"]);
    check("routes.geojson", "\"name\"", "\"half_width_m\":-5,\"name\"", &["feature 0", "half_width_m", "-5"]);
    check("zones.geojson", "\"limit_kmh\":40", "\"limit_kmh\":0", &["feature 0", "limit_kmh"]);
    check("zones.geojson", "speed_limit", "speedlimit", &["feature 0", "kind", "no_go"]);
    check("sites.geojson", "\"source\"", "\"quarry\"", &["feature 0", "kind", "disposal"]);
    check("sites.geojson", "\"features\"", "\"feature\"", &["features"]);
}

#[test]
fn rows_that_cannot_be_are_refused_by_file_line_and_member() {
    check(
        "trucks.csv",
        "91350100M000100Y43",
        "91350200MA2YJ1XR9G",
        &["line 2", "carrier_uscc", "carriers.csv"],
    );
    check("trucks.csv", "豫A12345D", "A12345", &["line 2", "plate"]);
    check("trucks.csv", ",16\n", ",16\n豫A12345D,,,91350100M000100Y43,,,,\n", &["line 3", "plate", "twice"]);
    check(
        "trucks.csv",
        ",16\n",
        ",16\n豫A22345D,,,91350100M000100Y43,13800000001,,,\n",
        &["line 3", "terminal_id", "豫A12345D"],
    );
    check("trucks.csv", ",16\n", ",-3\n", &["line 2", "rated_load_t", "-3"]);
    check("trucks.csv", "rated_load_t", "load", &["line 1", "rated_load_t"]);
    check("carriers.csv", "active", "activ", &["line 2", "status", "suspended"]);
    check("carriers.csv", "active\n", "active\n91350100M000100Y43,乙,active\n", &["line 3", "uscc", "twice"]);
    check("readers.csv", "G1,A", "G1,B", &["line 2", "site_id", "sites.geojson"]);
    check("beacons.csv", "wash", "washing", &["line 2", "role", "gate_in"]);
}

#[test]
fn permits_that_cannot_be_are_refused_by_entry_and_member() {
    check("permits.json", "\"2026-11-30\"", "\"2026-10-30\"", &["entry 0", "valid_to", "before it starts"]);
    check("permits.json", "\"2026-11-01\"", "\"1 November\"", &["entry 0", "valid_from", "YYYY-MM-DD"]);
    check(
        "permits.json",
        "\"source\":\"A\"",
        "\"source\":\"B\"",
        &["entry 0", "legs.source", "sites.geojson"],
    );
    check("permits.json", "\"route\":\"R\"", "\"route\":\"Q\"", &["entry 0", "legs.route", "routes.geojson"]);
    check("permits.json", "[\"Z\"]", "[\"Y\"]", &["entry 0", "zone_passes", "zones.geojson"]);
    check(
        "permits.json",
        "91350100M000100Y43",
        "91350200MA2YJ1XR9G",
        &["entry 0", "carrier_uscc", "carriers.csv"],
    );
    check("permits.json", "1000.5", "\"much\"", &["entry 0", "volume_m3"]);
    check("permits.json", "\"mon\"", "\"Monday\"", &["entry 0", "windows", "Monday"]);
    check("permits.json", "\"number\":\"P1\",", "", &["entry 0", "number", "missing"]);
    check("permits.json", "}]", "", &["JSON"]);
    check("limits.json", "default_limit_kmh", "default_limit", &["default_limit_kmh"]);
}

#[test]
fn a_folder_without_a_needed_file_is_refused_and_one_with_all_is_read() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in &good().0 {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    assert_eq!(read_folder(dir.path()).unwrap().0, read(&good()).unwrap().0);
    std::fs::remove_file(dir.path().join("zones.geojson")).unwrap();
    let error = read_folder(dir.path()).unwrap_err().to_string();
    assert!(error.contains("zones.geojson is missing"), "{error}");
}
