//! Writes the verdicts. Every file is complete under another name before the first takes its place.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use domain::{
    Haul, HaulId, HaulState, PermitNumber, Plate, RuleCode, SiteId, Timestamp, Uscc, Violation, ViolationId,
};
use serde::Serialize;

use super::{Rejected, ReplayError, Summary};
use crate::judge::Judgement;

/// What a file's name ends with until it is complete.
const UNFINISHED: &str = ".unfinished";

/// One line of `violations.jsonl`, members in the contract's order.
#[derive(Serialize)]
struct ViolationLine<'a> {
    id: ViolationId,
    rule: &'a RuleCode,
    plate: &'a Plate,
    carrier_uscc: Option<&'a Uscc>,
    permit: Option<&'a PermitNumber>,
    trip: Option<HaulId>,
    start: Timestamp,
    end: Timestamp,
    lat: f64,
    lon: f64,
    facts: &'a std::collections::BTreeMap<String, serde_json::Value>,
}

/// One line of `trips.jsonl`.
#[derive(Serialize)]
struct HaulLine<'a> {
    id: HaulId,
    plate: &'a Plate,
    source: Option<&'a SiteId>,
    departed: Timestamp,
    sink: Option<&'a SiteId>,
    unloaded: Option<Timestamp>,
    permit: Option<&'a PermitNumber>,
    leg: Option<u32>,
    distance_km: f64,
    state: HaulState,
}

impl<'a> From<&'a Violation> for ViolationLine<'a> {
    fn from(v: &'a Violation) -> Self {
        Self {
            id: v.id,
            rule: &v.rule,
            plate: &v.plate,
            carrier_uscc: v.carrier_uscc.as_ref(),
            permit: v.permit.as_ref(),
            trip: v.trip,
            start: v.start,
            end: v.end,
            lat: v.position.lat(),
            lon: v.position.lon(),
            facts: &v.facts,
        }
    }
}

impl<'a> From<&'a Haul> for HaulLine<'a> {
    fn from(h: &'a Haul) -> Self {
        Self {
            id: h.id,
            plate: &h.plate,
            source: h.source.as_ref(),
            departed: h.departed,
            sink: h.sink.as_ref(),
            unloaded: h.unloaded,
            permit: h.permit.as_ref(),
            leg: h.leg,
            distance_km: h.distance_km,
            state: h.state,
        }
    }
}

/// A violation as its line of `violations.jsonl`, without a line break.
pub fn violation_line(violation: &Violation) -> Result<String, serde_json::Error> {
    serde_json::to_string(&ViolationLine::from(violation))
}

/// A haul as its line of `trips.jsonl`, without a line break.
pub fn haul_line(haul: &Haul) -> Result<String, serde_json::Error> {
    serde_json::to_string(&HaulLine::from(haul))
}

pub(super) fn write(
    out: &Path,
    judgement: &Judgement,
    rejected: &[Rejected],
    summary: &Summary,
) -> Result<(), ReplayError> {
    let failed = |source| ReplayError::Output { path: out.to_owned(), source };
    std::fs::create_dir_all(out).map_err(failed)?;
    let lines = |count: usize| -> Vec<String> { Vec::with_capacity(count) };
    let mut violations = lines(judgement.violations.len());
    for violation in &judgement.violations {
        violations.push(violation_line(violation).map_err(|error| failed(error.into()))?);
    }
    let mut trips = lines(judgement.hauls.len());
    for haul in &judgement.hauls {
        trips.push(haul_line(haul).map_err(|error| failed(error.into()))?);
    }
    let mut refused = lines(rejected.len());
    for line in rejected {
        refused.push(serde_json::to_string(line).map_err(|error| failed(error.into()))?);
    }
    let whole = serde_json::to_string_pretty(summary).map_err(|error| failed(error.into()))?;
    let files = [
        ("violations.jsonl", violations),
        ("trips.jsonl", trips),
        ("rejected.jsonl", refused),
        ("summary.json", vec![whole]),
    ];
    for (name, lines) in &files {
        let path = out.join(format!("{name}{UNFINISHED}"));
        complete(&path, lines).map_err(|source| ReplayError::Output { path, source })?;
    }
    for (name, _) in &files {
        let (from, path) = (out.join(format!("{name}{UNFINISHED}")), out.join(name));
        std::fs::rename(from, &path).map_err(|source| ReplayError::Output { path, source })?;
    }
    Ok(())
}

fn complete(path: &Path, lines: &[String]) -> std::io::Result<()> {
    let mut writer = BufWriter::new(File::create(path)?);
    for line in lines {
        writer.write_all(line.as_bytes())?;
        writer.write_all(b"\n")?;
    }
    writer.flush()?;
    writer.get_ref().sync_all()
}
