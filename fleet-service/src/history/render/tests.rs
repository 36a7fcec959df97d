use super::*;
use crate::history::chunk::Rows;
use crate::history::reading::Reading;
use crate::history::sorted::Sorted;
use domain::report_line::parse_line;
use serde_json::{Value, json};

const LINES: &str = r#"
{"type":"fix","plate":"豫A12345","time":"2026-11-20T08:00:00+08:00","lat":34.5,"lon":113.4,"speed_kmh":41.5,"course_deg":90,"fix":"3d","hdop":0.8,"satellites":17,"ignition":true,"load":"full","lid":"closed","lift":"flat","antenna":"ok","power":"ok","source":"13800000001","received":"2026-11-20T08:00:01.25+08:00"}
{"type":"fix","plate":"豫A12345","time":"2026-11-20T08:00:10.5+08:00","lat":34.5000001,"lon":113.41,"fix":"2d"}
{"type":"fix","plate":"豫A12345","time":"2026-11-20T08:00:20+08:00","lat":0,"lon":0,"fix":"none","power":"lost"}
{"type":"fix","plate":"豫A12345","time":"2026-11-20T08:00:30+08:00","lat":34.5,"lon":113.42,"fix":"3d"}
{"type":"weigh","plate":"豫A12345","site":"S1","time":"2026-11-20T08:00:40+08:00","gross_t":31.25}
"#;

fn track(stretch: &RangeInclusive<Timestamp>) -> Track {
    let reports = Sorted::of(LINES.trim().lines().map(|line| parse_line(line).unwrap()).collect());
    let reading = Reading { stretches: vec![Rows::of(reports.as_slice())], ..Reading::default() };
    Track::of(reading, stretch, None)
}

fn whole() -> RangeInclusive<Timestamp> {
    "2026-11-20T00:00:00+08:00".parse().unwrap()..="2026-11-20T23:59:59+08:00".parse().unwrap()
}

#[test]
fn json_gives_every_reading_as_the_report_line_does() {
    let plate: Plate = "豫A12345".parse().unwrap();
    let heading = Heading { plate: &plate, stretch: whole(), tolerance_m: None };
    let text = json(&heading, &track(&whole()), &Fields::parse("all").unwrap());
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&answer["fixes"], &answer["truncated"]), (&json!(4), &json!(false)));
    let points = answer["points"].as_array().unwrap();
    for (point, line) in points.iter().zip(LINES.trim().lines()) {
        let said: Value =
            serde_json::from_str(&domain::report_line::to_line(&parse_line(line).unwrap())).unwrap();
        for (member, value) in said.as_object().unwrap() {
            if member == "type" || member == "plate" {
                continue;
            }
            let same = match (value.as_f64(), point[member].as_f64()) {
                (Some(said), Some(given)) => said == given,
                _ => *value == point[member],
            };
            assert!(same, "{member}: {value} and {}", point[member]);
        }
    }
    assert_eq!(answer["events"][0]["gross_t"], json!(31.25));
}

#[test]
fn geojson_breaks_the_line_where_there_is_no_place() {
    let plate: Plate = "豫A12345".parse().unwrap();
    let heading = Heading { plate: &plate, stretch: whole(), tolerance_m: Some(5.0) };
    let text = geojson(&heading, &track(&whole()), &Fields::parse("speed_kmh,load").unwrap());
    let answer: Value = serde_json::from_str(&text).unwrap();
    let features = answer["features"].as_array().unwrap();
    assert_eq!(features.len(), 2);
    assert_eq!(
        features[0],
        json!({"type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[113.4, 34.5], [113.41, 34.5000001]]},
            "properties": {"times": ["2026-11-20T08:00:00+08:00", "2026-11-20T08:00:10.500+08:00"],
                "speed_kmh": [41.5, null], "load": ["full", "unknown"]}})
    );
    assert_eq!(features[1]["geometry"], json!({"type": "Point", "coordinates": [113.42, 34.5]}));
    assert_eq!(answer["simplify_m"].as_f64(), Some(5.0));
}

#[test]
fn csv_has_a_line_a_fix_and_empty_cells_for_what_is_absent() {
    let to: Timestamp = "2026-11-20T08:00:10.5+08:00".parse().unwrap();
    let text = csv(&track(&(*whole().start()..=to)), &Fields::default());
    let expected = "time,lat,lon,speed_kmh,course_deg,fix,load\r\n\
        2026-11-20T08:00:00+08:00,34.5,113.4,41.5,90,3d,full\r\n\
        2026-11-20T08:00:10.500+08:00,34.5000001,113.41,,,2d,unknown\r\n";
    assert_eq!(text, expected);
}
