use domain::{Carrier, CarrierStatus, SiteKind};
use serde_json::json;

use super::*;

fn registry() -> Registry {
    let carrier = Carrier {
        uscc: "91350100M000100Y43".parse().unwrap(),
        name: "甲清运".into(),
        status: CarrierStatus::Active,
    };
    let mut registry =
        Registry { carriers: BTreeMap::from([(carrier.uscc.clone(), carrier)]), ..Registry::default() };
    for (id, kind) in [("S1", SiteKind::Source), ("S2", SiteKind::Disposal)] {
        let body = json!({
            "type": "Feature",
            "properties": { "id": id, "name": id, "kind": kind },
            "geometry": { "type": "Polygon", "coordinates": [[[113.4, 34.5], [113.41, 34.5], [113.4, 34.51], [113.4, 34.5]]] },
        });
        record::put(&mut registry, Register::Sites, &body, Datum::Wgs84).unwrap();
    }
    registry
}

/// Plans a text as it is guessed to be meant.
fn planned(register: Register, text: &str, datum: Datum) -> Plan {
    let form = FileForm::of(text, register);
    let columns = match form {
        FileForm::Csv => suggest(register, &headings(text).unwrap()),
        _ => BTreeMap::new(),
    };
    plan(&registry(), register, candidates(register, form, text, &columns).unwrap(), datum)
}

/// `place outcome key` of every row.
#[track_caller]
fn check(register: Register, text: &str, expected: &[&str]) -> Plan {
    let plan = planned(register, text, Datum::Wgs84);
    let rows: Vec<String> = plan
        .rows
        .iter()
        .map(|row| {
            let why = match &row.outcome {
                Outcome::Refused { member, reason_zh, .. } => {
                    assert!(!reason_zh.is_empty());
                    format!(" {}", member.as_deref().unwrap_or("-"))
                }
                _ => String::new(),
            };
            format!("{} {}{why}", row.place, row.outcome.word())
        })
        .collect();
    assert_eq!(rows, expected, "{:#?}", plan.rows);
    plan
}

#[test]
fn a_chinese_table_of_trucks_is_read_row_by_row() {
    let text = "车牌,车牌颜色,信用代码,终端手机号,燃料种类,载重(吨)\n\
                豫A·12345,黄色,91350100M000100Y43,13800000001,纯电动,16\n\
                豫A1234,黄,91350100M000100Y43,,,\n\
                \n\
                豫A22222,黄,91350100M000100Y43,13800000001,,\n\
                豫A33333,紫,91350100M000100Y43,,,\n\
                豫A12345,黄,91350100M000100Y43,,,\n\
                豫A44444,黄绿,91350100M000100Y43,,柴油,重\n";
    let plan = check(
        Register::Trucks,
        text,
        &[
            "2 new",
            "3 refused plate",
            "5 refused terminal_id",
            "6 refused plate_colour",
            "7 refused plate",
            "8 refused rated_load_t",
        ],
    );
    assert_eq!(plan.changes.len(), 1);
    let body = plan.changes[0].body.as_ref().unwrap();
    assert_eq!(
        (&body["plate"], &body["energy"], &body["rated_load_t"]),
        (&json!("豫A12345"), &json!("battery"), &json!(16))
    );
}

#[test]
fn a_row_that_says_what_is_known_is_the_same() {
    check(Register::Carriers, "uscc;name;status\n91350100M000100Y43;甲清运;正常\n", &["2 same"]);
    check(Register::Carriers, "uscc;name;status\n91350100M000100Y43;乙清运;\n", &["2 changed"]);
}

#[test]
fn rows_of_one_permit_are_its_legs() {
    let text = "证号,统一社会信用代码,车辆,工地,消纳场,线路,渣土类别,方量,开始日期,结束日期,时段\n\
                XM-1,91350100M000100Y43,豫A12345、豫A22222,S1,S2,,工程渣土,\"5,000\",2026/11/1,2026年12月31日,周一至周五 22:00-5:00；周六 20:00-06:00\n\
                XM-1,91350100M000100Y43,豫A33333,S2,S1,,工程渣土,5000,2026-11-01,2026-12-31,\n\
                XM-2,91350100M000100Y43,,S1,S9,,工程渣土,5000,2026-11-01,2026-12-31,\n\
                XM-3,91350100M000100Y43,,S1,S2,,工程渣土,5000,2026-11-01,2026-12-31,夜间\n";
    let plan = check(Register::Permits, text, &["2 new", "4 refused legs.sink", "5 refused windows"]);
    let body = plan.changes[0].body.as_ref().unwrap();
    assert_eq!((body["legs"].as_array().unwrap().len(), body["trucks"].as_array().unwrap().len()), (2, 3));
    assert_eq!(body["windows"][0]["days"], json!(["mon", "tue", "wed", "thu", "fri"]));
    assert_eq!((&body["windows"][0]["to"], &body["valid_to"]), (&json!("05:00"), &json!("2026-12-31")));
}

#[test]
fn sites_come_as_circles_outlines_geojson_and_kml() {
    let text = "编号,名称,类型,经度,纬度,半径,边界坐标,出场冲洗\n\
                A,甲工地,工地,113.39,34.54,80,,是\n\
                B,乙场,消纳场,,,,\"113.39 34.54; 113.40 34.54; 113.40 34.55\",否\n\
                C,丙,工地,113.39,,80,,\n\
                D,丁,工地,,,,\"113.3 34.5; 113.4 34.6; 113.4 34.5; 113.3 34.6\",\n";
    let plan = check(Register::Sites, text, &["2 new", "3 new", "4 refused radius_m", "5 refused geometry"]);
    assert_eq!(plan.changes[0].body.as_ref().unwrap()["properties"]["wash_required"], json!(true));
    let kml = r#"<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
        <Placemark id="Z1"><name>学校 &amp; 医院</name><ExtendedData><Data name="类型"><value>限速</value></Data>
        <Data name="限速"><value>30</value></Data></ExtendedData>
        <Polygon><outerBoundaryIs><LinearRing><coordinates>113.4,34.5,0 113.41,34.5,0 113.41,34.51,0 113.4,34.5,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
        <Placemark><name>点</name><Point><coordinates>113.4,34.5</coordinates></Point></Placemark>
        </Folder></Document></kml>"#;
    let plan = check(Register::Zones, kml, &["1 new", "2 refused geometry"]);
    let body = plan.changes[0].body.as_ref().unwrap();
    assert_eq!(
        (&body["properties"]["name"], &body["properties"]["limit_kmh"]),
        (&json!("学校 & 医院"), &json!(30))
    );
}

#[test]
fn coordinates_of_another_datum_are_shifted() {
    let feature = json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature",
        "properties": { "id": "Z1", "name": "区", "kind": "no_go" },
        "geometry": { "type": "Polygon", "coordinates": [[[113.4, 34.5], [113.41, 34.5], [113.41, 34.51], [113.4, 34.5]]] },
    }] })
    .to_string();
    let first = |datum| {
        let plan = planned(Register::Zones, &feature, datum);
        plan.changes[0].body.as_ref().unwrap()["geometry"]["coordinates"][0][0][0].as_f64().unwrap()
    };
    assert_eq!(first(Datum::Wgs84), 113.4);
    let shift = first(Datum::Gcj02) - 113.4;
    assert!((-0.008..-0.004).contains(&shift), "{shift}");
}

#[test]
fn encodings_are_told_apart() {
    let gb = encoding_rs::GB18030.encode("车牌号,统一社会信用代码\n").0;
    assert_eq!(TextEncoding::guess(&gb), TextEncoding::Gb18030);
    assert_eq!(TextEncoding::Gb18030.decode(&gb).unwrap(), "车牌号,统一社会信用代码\n");
    assert_eq!(TextEncoding::Utf8.decode(&gb), None);
    assert_eq!(TextEncoding::Utf8.decode("\u{FEFF}车".as_bytes()).unwrap(), "车");
}

#[test]
fn every_template_is_understood_by_its_own_headings() {
    for register in Register::ALL {
        let text = template(register).trim_start_matches('\u{FEFF}').to_owned();
        let found = suggest(register, &headings(&text).unwrap());
        assert_eq!(found.len(), columns(register).len(), "{register:?}: {found:?}");
        let rows = candidates(register, FileForm::Csv, &text, &found).unwrap();
        assert!(rows.iter().all(|row| row.body.is_ok()), "{register:?} {rows:?}");
    }
}

#[test]
fn what_is_no_file_of_a_register_is_refused_whole() {
    let columns = BTreeMap::new();
    for (register, form, text) in [
        (Register::Trucks, FileForm::Csv, "a,b\n1,2\n"),
        (Register::Trucks, FileForm::Json, "{"),
        (Register::Trucks, FileForm::Json, "[]"),
        (Register::Zones, FileForm::Kml, "<kml><Placemark>"),
        (Register::Zones, FileForm::Kml, "<kml></nothing>"),
        (Register::Zones, FileForm::GeoJson, "{\"type\":\"x\"}"),
    ] {
        assert!(candidates(register, form, text, &columns).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reading_panic(text in ".{0,200}", which in 0usize..7) {
        let register = Register::ALL[which];
        for form in [FileForm::Csv, FileForm::Json, FileForm::GeoJson, FileForm::Kml] {
            if let Ok(rows) = candidates(register, form, &text, &BTreeMap::new()) {
                plan(&registry(), register, rows, Datum::Wgs84);
            }
        }
    }
}
