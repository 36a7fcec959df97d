//! The output of a replay, read back.

use std::collections::BTreeMap;

use domain::{Plate, RuleCode, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What a replay found.
#[derive(Debug, Clone, Default)]
pub struct ReplayFound {
    /// Of `summary.json` what a comparison needs.
    pub summary: SummaryFound,
    /// `violations.jsonl`.
    pub violations: Vec<ViolationFound>,
    /// `trips.jsonl`.
    pub hauls: Vec<HaulFound>,
}

/// Of `summary.json` what a comparison needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SummaryFound {
    /// Reports read.
    pub reports_read: u64,
    /// Of these, equal to another.
    pub duplicates: u64,
    /// Trucks that reported.
    pub trucks: u64,
    /// Of the set of reports judged; absent in outputs of earlier versions.
    pub reports_fingerprint: Option<String>,
}

/// A line of `violations.jsonl`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ViolationFound {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: RuleCode,
    /// The truck.
    pub plate: Plate,
    /// The company, if one is known.
    pub carrier_uscc: Option<String>,
    /// The permit judged by.
    pub permit: Option<String>,
    /// The haul it belongs to.
    pub trip: Option<String>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// Where, degrees.
    pub lat: f64,
    /// Where, degrees.
    pub lon: f64,
    /// What proves it.
    pub facts: BTreeMap<String, Value>,
}

/// A line of `trips.jsonl`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HaulFound {
    /// Its id.
    pub id: String,
    /// The truck.
    pub plate: Plate,
    /// Where it was loaded.
    pub source: Option<String>,
    /// When it left.
    pub departed: Timestamp,
    /// Where it was unloaded.
    pub sink: Option<String>,
    /// When it was unloaded.
    pub unloaded: Option<Timestamp>,
    /// The permit judged by.
    pub permit: Option<String>,
    /// The permit's leg.
    pub leg: Option<u32>,
    /// Driven loaded, km.
    pub distance_km: f64,
    /// How it ended.
    pub state: String,
}
