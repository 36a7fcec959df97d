//! `frame explain` says of every frame what its source says, and goes on after a bad one.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking, as the test itself does")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fleet_service::frame_explain::{ExplainArgs, explain, parse_hex, run, runs};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::frame::encode_frame;
use wire::{Header, Location, Profile};

/// A location of a truck that is loaded, open and tipping by the LH-16BX's bits.
const TIPPING: &str = "7e0200002611223344556622b8000000017000000200ba7f0e07e4f11c0028003c000018071510101001040000006402020037277e";

fn vectors() -> Option<Vec<Value>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    let directory = std::env::var_os("CORPUS_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = directory.join("jt808/vectors.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        let sentence =
            format!("No JT/T 808 vectors explained: {} is not there. Set CORPUS_DIR.\n", path.display());
        std::io::stderr().write_all(sentence.as_bytes()).unwrap();
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn args(profile: Option<&str>) -> ExplainArgs {
    ExplainArgs { hex: None, profile: profile.map(str::to_owned), json: true }
}

/// The objects printed for lines of digits, and whether all were well.
fn explained(lines: &str, profile: Option<&str>) -> (Vec<Value>, bool) {
    let mut out = Vec::new();
    let all_well = run(&args(profile), lines.as_bytes(), &mut out).unwrap();
    let objects =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (objects, all_well)
}

const MEMBERS: [&str; 13] = [
    "phone",
    "serial",
    "protocol_version",
    "alarm",
    "status",
    "lat_raw",
    "lon_raw",
    "altitude_m",
    "speed_raw",
    "direction",
    "time",
    "reply_serial",
    "reply_id",
];

#[track_caller]
fn check_members(n: &Value, expected: &Value, found: &Value) -> usize {
    let mut checked = 0;
    for member in MEMBERS {
        if let Some(expected) = expected.get(member) {
            assert_eq!(found.get(member), Some(expected), "vector {n} {member}");
            checked += 1;
        }
    }
    for (id, expected) in expected.get("extras").and_then(Value::as_object).into_iter().flatten() {
        // Driver assistance: kept as bytes.
        if !["0x64", "0x65", "0x66", "0x67"].contains(&id.as_str()) {
            assert_eq!(&found["extras"][id], expected, "vector {n} extra {id}");
            checked += 1;
        }
    }
    if let Some(count) = expected.get("malformed_extra_count") {
        assert_eq!(found["extras_malformed"], json!(*count != json!(0)), "vector {n}");
    }
    checked
}

/// What the tool says as members: other messages use the same names for other things.
fn explained_part(vector: &Value) -> Value {
    let id = vector["message_id"].as_str().unwrap();
    let of_a_location = ["0x0200", "0x0201", "0x0500"].contains(&id);
    let of_an_answer = ["0x0001", "0x8001", "0x8100", "0x0104", "0x0201", "0x0500"].contains(&id);
    let members = vector["expected"].as_object().unwrap().iter().filter(|(name, _)| match name.as_str() {
        "reply_serial" | "reply_id" => of_an_answer,
        "phone" | "serial" | "protocol_version" => true,
        _ => of_a_location,
    });
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Messages shown as bytes; of every other no byte may be left over.
const NOT_WALKED: [&str; 7] = ["0x0108", "0x0301", "0x0303", "0x0801", "0x8400", "0x8401", "0x8500"];

#[track_caller]
fn check_walked(vector: &Value) {
    let bytes = parse_hex(vector["hex"].as_str().unwrap()).unwrap();
    let explained = explain(runs(&bytes).remove(0), Profile::unprofiled());
    let is_left_over = explained.fields.iter().any(|field| field.en == "rest of the body");
    let id = vector["message_id"].as_str().unwrap();
    assert_eq!(is_left_over, NOT_WALKED.contains(&id), "vector {}", vector["n"]);
}

#[test]
fn every_vector_is_explained_as_its_source_says() {
    let Some(vectors) = vectors() else { return };
    let (mut checked, mut with_fault) = (0, Vec::new());
    for vector in vectors.iter().filter(|vector| vector["kind"] != "framing") {
        let (n, expected) = (&vector["n"], &vector["expected"]);
        let (objects, all_well) = explained(vector["hex"].as_str().unwrap(), None);
        assert_eq!(objects.len(), 1, "vector {n}");
        let found = &objects[0];
        assert_eq!(found["message_id"], vector["message_id"], "vector {n}");
        assert_eq!(all_well, found["error"].is_null(), "vector {n}");
        if !all_well {
            with_fault.push(n.clone());
        }
        check_walked(vector);
        checked += check_members(n, &explained_part(vector), found);
        if vector["message_id"] == "0x0704" {
            assert_eq!(found["type"], expected["type"], "vector {n}");
            let items = expected["items"].as_array().unwrap();
            assert_eq!(found["items"].as_array().unwrap().len(), items.len(), "vector {n}");
            for (item, found) in items.iter().zip(found["items"].as_array().unwrap()) {
                checked += check_members(n, item, found);
            }
        }
    }
    // Its source reads the frame without its check byte, which does not fit.
    assert_eq!(with_fault, [json!(71)]);
    assert!(checked > 350, "{checked} members checked");
}

#[test]
fn a_profile_reads_in_the_explanation_what_it_reads_in_a_session() {
    let (objects, _) = explained(TIPPING, Some("lh16bx"));
    let reading = &objects[0]["profile"]["reading"];
    assert_eq!(objects[0]["profile"]["name"], "lh16bx");
    assert_eq!(reading["load"], json!({"state": "full", "code": 1, "from": "status bits 28"}));
    assert_eq!(reading["lid"], json!({"state": "open", "code": 1, "from": "status bits 22,29"}));
    assert_eq!(reading["lift"]["state"], "raised");
    let (objects, _) = explained(TIPPING, None);
    assert_eq!(objects[0]["profile"]["name"], "none");
    assert_eq!(objects[0]["profile"]["reading"].get("lid"), None);
    assert_eq!(objects[0]["profile"]["reading"]["load"]["state"], "empty");
}

/// Runs the program; its exit code and what it printed.
fn program(arguments: &[&str], input: &str) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fleet-service"))
        .args(["frame", "explain"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_bad_frame_is_told_and_the_next_one_explained() {
    let bad_check = TIPPING.replace("277e", "287e");
    let input = format!("{TIPPING}\n\n{bad_check}\nnonsense\n7e02\n{TIPPING}\n");
    let (code, printed) = program(&["--json", "--profile", "lh16bx"], &input);
    let errors: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["error"].take()).collect();
    assert_eq!(code, 2);
    assert_eq!(errors.len(), 5);
    assert_eq!((&errors[0], &errors[4]), (&Value::Null, &Value::Null));
    for (error, part) in
        errors[1..4].iter().zip(["the check byte is 28, the content gives 27", "character 1", "no flag 7E"])
    {
        assert!(error.as_str().unwrap().contains(part), "{error} {part}");
    }
    assert_eq!(program(&[TIPPING], "").0, 0);
    let (code, page) = program(&[&bad_check], "");
    assert_eq!(code, 2);
    assert!(
        page.contains("紧急报警") && page.contains("12.222222°") && page.contains("校验码为 28"),
        "{page}"
    );
    assert_eq!(program(&["--profile", "no such", TIPPING], "").0, 2);
}

#[test]
fn a_profile_may_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let text = "name = \"mine\"\nzh = \"我的\"\nen = \"mine\"\nprotocol = \"any\"\ncoordinates = \"wgs84\"\nload_bits = \"ignored\"\n\
                facts = [\"mine\"]\n[[lid]]\nextra = 0x02\nextra_length = 2\nat = 1\ncodes = { 0x37 = \"partly open\" }\n";
    std::fs::write(&path, text).unwrap();
    let (objects, _) = explained(TIPPING, path.to_str());
    assert_eq!(objects[0]["profile"]["reading"]["lid"]["state"], "partly open");
    std::fs::write(&path, text.replace("partly open", "ajar")).unwrap();
    let error = run(&args(path.to_str()), TIPPING.as_bytes(), &mut Vec::new()).unwrap_err();
    assert!(
        fleet_service::sentence(&error).contains("line 12: lid.codes.0x37: \"ajar\" is none of"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_explained_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 1..200), id in 0..8usize) {
        let ids = [0x0200u16, 0x0704, 0x0100, 0x8103, 0x8600, 0x8604, 0x8606, 0x0102];
        let mut payload = ids[id].to_be_bytes().to_vec();
        payload.extend_from_slice(&bytes);
        let mut frame = Vec::new();
        encode_frame(&payload, &mut frame);
        for bytes in [&bytes, &frame] {
            for run in runs(bytes) {
                let payload = run.payload.clone();
                let explained = explain(run, Profile::named("cmsv6").unwrap());
                // Fields follow one another without a hole, as far as they go.
                let mut at = 0;
                for field in &explained.fields {
                    prop_assert_eq!((field.at, field.bytes.as_slice()), (at, &payload[at..at + field.bytes.len()]));
                    at += field.bytes.len();
                }
                prop_assert!(!explained.faults.is_empty() || at == payload.len());
            }
        }
    }

    #[test]
    fn the_explanation_of_any_location_agrees_with_the_codec(body in prop::collection::vec(any::<u8>(), 28..120), phone: u32) {
        let mut payload = vec![0x02, 0x00, 0x00, body.len() as u8, 0, 0];
        payload.extend_from_slice(&phone.to_be_bytes());
        payload.extend_from_slice(&[0, 7]);
        payload.extend_from_slice(&body);
        let mut frame = Vec::new();
        encode_frame(&payload, &mut frame);
        let run = runs(&frame).remove(0);
        let explained = explain(run, Profile::unprofiled());
        let (header, body) = Header::decode(&payload).unwrap();
        prop_assert_eq!(explained.header, Some(header));
        let record = &explained.records[0];
        if let Ok(location) = Location::decode(body) {
            prop_assert_eq!(
                (record.alarm, record.status, record.lat_raw, record.lon_raw),
                (location.alarm, location.status, location.lat_e6, location.lon_e6)
            );
            prop_assert_eq!(
                (record.altitude_m, record.speed_raw, record.direction),
                (location.altitude_m, location.speed_dkmh, location.course_deg)
            );
            prop_assert_eq!(&record.time, &location.time.timestamp().local().format("%Y-%m-%d %H:%M:%S").to_string());
            let ids: Vec<u8> = record.extras.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(ids, location.extras.iter().map(wire::Extra::id).collect::<Vec<_>>());
            prop_assert_eq!(record.extras_malformed, location.extras_malformed);
            prop_assert!(explained.faults.is_empty(), "{:?}", explained.faults);
        }
    }
}
