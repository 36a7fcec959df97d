//! Frames of other implementations and of real devices, with the values their sources assert.
//!
//! Read from `$CORPUS_DIR/jt808/vectors.jsonl`; where that is not there, the test says so and passes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helper fails by panicking, as the test itself does"
)]

mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use domain::Timestamp;
use serde_json::{Value, json};
use wire::frame::{escape, unescape};
use wire::header::{Header, Version};
use wire::message::Message;
use wire::parts::{PartOutcome, Parts};
use wire::{Deframer, FrameError, Parameter};

use crate::values::{header_value, message_value};

fn vectors() -> Option<Vec<Value>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    let directory = std::env::var_os("CORPUS_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = directory.join("jt808/vectors.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        say(&format!(
            "No JT/T 808 vectors checked: {} is not there. Set CORPUS_DIR to check them.",
            path.display()
        ));
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Tells a person who runs the test. The harness swallows what a passing test prints, but not what is written here.
fn say(sentence: &str) {
    std::io::stderr().write_all(format!("{sentence}\n").as_bytes()).unwrap();
}

#[test]
fn every_vector_reads_as_its_source_says() {
    let Some(vectors) = vectors() else { return };
    let mut checked: BTreeMap<String, usize> = BTreeMap::new();
    let mut parts = Parts::default();
    let mut not_read = BTreeSet::new();
    for vector in &vectors {
        let kind = vector["kind"].as_str().unwrap();
        let bytes = hex::decode(vector["hex"].as_str().unwrap()).unwrap();
        match kind {
            "message" => check_message(vector, &bytes, &mut not_read),
            "stream" | "negative" | "robustness" => check_stream(vector, &bytes),
            "framing" => check_framing(vector, &bytes),
            "subpackage" => check_part(vector, &bytes, &mut parts),
            other => panic!("vector {}: no check for kind {other:?}", vector["n"]),
        }
        *checked.entry(kind.to_owned()).or_default() += 1;
    }
    say(&format!("JT/T 808 vectors checked: {checked:?}"));
    not_read.iter().for_each(|message| say(&format!("kept as bytes, {message}")));
    assert_eq!(checked.values().sum::<usize>(), vectors.len());
}

/// The one payload among `bytes`.
fn payload_of(vector: &Value, bytes: &[u8]) -> Vec<u8> {
    let mut deframer = Deframer::new();
    deframer.push(bytes);
    let frames: Vec<_> = deframer.by_ref().collect();
    assert_eq!(frames.len(), 1, "vector {}", vector["n"]);
    match &frames[0] {
        Ok(payload) => payload.clone(),
        // One source checks a real frame without its check byte, which does not fit.
        Err(error @ FrameError::BadChecksum { .. }) if vector["derived_checks"]["bcc_ok"] == json!(false) => {
            say(&format!("vector {}: {error}; read without its check byte", vector["n"]));
            let mut payload = unescape(&bytes[1..bytes.len() - 1]).unwrap();
            payload.pop();
            payload
        }
        Err(error) => panic!("vector {}: {error}", vector["n"]),
    }
}

/// Messages this crate keeps as bytes; their headers are checked.
const NOT_READ: [(u16, &str); 6] = [
    (0x0108, "the result of an upgrade, which this platform does not order"),
    (0x0301, "an event report, dropped from the standard in 2019"),
    (0x0303, "an information request, dropped from the standard in 2019"),
    (0x8400, "a call back, which this platform does not order"),
    (0x8401, "a phone book, which this platform does not send"),
    (0x8500, "vehicle control, which this platform does not order"),
];

/// Glued frames, junk and damage: whatever is whole is read and nothing fails.
fn check_stream(vector: &Value, bytes: &[u8]) {
    let mut deframer = Deframer::new();
    deframer.push(bytes);
    let whole = deframer.by_ref().flatten().count();
    if let Some(expected) = vector["expected"]["frames"].as_u64() {
        assert_eq!(whole as u64, expected, "vector {}", vector["n"]);
    }
}

fn check_message(vector: &Value, bytes: &[u8], not_read: &mut BTreeSet<String>) {
    let payload = payload_of(vector, bytes);
    let (header, body) = Header::decode(&payload).unwrap_or_else(|e| panic!("vector {}: {e}", vector["n"]));
    if let Some(id) = vector["message_id"].as_str() {
        assert_eq!(format!("0x{:04X}", header.message_id), id, "vector {}", vector["n"]);
    }
    let is_2019 = vector["protocol"] == json!("2019");
    assert_eq!(header.version == Version::V2019, is_2019, "vector {}", vector["n"]);
    let message = Message::decode(&header, body).unwrap_or_else(|e| panic!("vector {}: {e}", vector["n"]));
    for (key, expected) in vector["expected"].as_object().unwrap() {
        match header_value(key, &header).or_else(|| message_value(key, expected, &message)) {
            Some(found) => assert_eq!(&found, expected, "vector {} {key}", vector["n"]),
            None => match NOT_READ.iter().find(|(id, _)| *id == header.message_id) {
                Some((id, reason)) => _ = not_read.insert(format!("{id:#06x}: {reason}")),
                None => panic!("vector {}: no check for {key:?}", vector["n"]),
            },
        }
    }
}

fn check_framing(vector: &Value, bytes: &[u8]) {
    let expected = vector["expected"].as_object().unwrap();
    let text = |key: &str| expected.get(key).and_then(Value::as_str);
    let start = bytes.iter().position(|byte| *byte == 0x7E).unwrap();
    let run = &bytes[start + 1..bytes.len() - 1];
    let mut known = 0;
    if let Some(unescaped) = text("unescaped_without_flags") {
        assert_eq!(hex::encode(unescape(run).unwrap()), unescaped, "vector {}", vector["n"]);
        known += 1;
    }
    if let Some(unescaped) = text("unescaped_with_flags") {
        assert_eq!(
            format!("7e{}7e", hex::encode(unescape(run).unwrap())),
            unescaped,
            "vector {}",
            vector["n"]
        );
        known += 1;
    }
    if let Some(input) = text("escape_input") {
        let mut escaped = Vec::new();
        escape(&hex::decode(input).unwrap(), &mut escaped);
        assert_eq!(escaped, run, "vector {}", vector["n"]);
        known += 1;
    }
    assert_eq!(known, expected.len(), "vector {}", vector["n"]);
    let mut deframer = Deframer::new();
    deframer.push(bytes);
    assert_eq!(deframer.by_ref().count(), 1, "vector {}: one run, whatever its check byte", vector["n"]);
    assert_eq!(deframer.counters().junk_bytes, start as u64);
}

fn check_part(vector: &Value, bytes: &[u8], parts: &mut Parts) {
    let payload = payload_of(vector, bytes);
    let (header, body) = Header::decode(&payload).unwrap();
    let part = header.part.expect("a part");
    let outcome = parts.take(&header, part, body, Timestamp::default());
    assert_eq!(
        json!(matches!(outcome, PartOutcome::Whole(_))),
        vector["expected"]["merged"],
        "vector {}",
        vector["n"]
    );
    if let PartOutcome::Whole(whole) = outcome {
        let message = Message::decode(&header, &whole.body).unwrap();
        let Message::Parameters { parameters, .. } = message else { panic!("{message:?}") };
        assert!(parameters.contains(&Parameter::MainServer("222.184.26.22".into())), "{parameters:?}");
        assert_eq!(parameters.len(), 107);
    }
}
