//! `summary.json`: what a replay read, set aside and found.

use std::collections::BTreeMap;

use domain::Registers;
use serde::Serialize;

use crate::judge::volume::{PermitVolume, by_permit};
use crate::judge::{JudgeCounters, Judgement};
use crate::registry::RegistryWarning;

/// `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Version of the output's form.
    pub format: u32,
    /// Lines and rows read as reports.
    pub reports_read: u64,
    /// Of these, equal to another.
    pub duplicates: u64,
    /// Of the set of reports judged, without repeats: two replays of the same set have the same.
    pub reports_fingerprint: String,
    /// Lines and rows that are no reports, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// What was counted while judging.
    pub judged: JudgeCounters,
    /// Trucks that reported.
    pub trucks: u64,
    /// Hauls, all and by state.
    pub hauls: u64,
    /// Hauls by state.
    pub hauls_by_state: BTreeMap<&'static str, u64>,
    /// Violations, all.
    pub violations: u64,
    /// Violations by rule.
    pub violations_by_rule: BTreeMap<String, u64>,
    /// Volume hauled per permit.
    pub permit_volumes: BTreeMap<String, PermitVolume>,
    /// What a person should look at in the registry.
    pub registry_warnings: Vec<String>,
    /// What a person should know of the reports.
    pub notes: Vec<String>,
    /// Threads used.
    pub threads: usize,
    /// Bytes of reports that were kept on disk between reading and judging.
    pub bytes_on_disk: u64,
    /// Most memory the program held, as the system tells it; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_peak_bytes: Option<u64>,
    /// Wall time of each stage.
    pub stage_seconds: BTreeMap<&'static str, f64>,
    /// Wall time of the whole run but the last writing of this file.
    pub seconds: f64,
    /// Reports read per second of it.
    pub reports_per_second: f64,
}

/// Version of the files written.
const OUTPUT_FORMAT: u32 = 1;

impl Summary {
    /// What the verdicts say; what the run took is added by whoever ran it.
    pub(super) fn of(
        judgement: &Judgement,
        registers: &Registers,
        rejected: BTreeMap<&'static str, u64>,
        warnings: &[RegistryWarning],
    ) -> Self {
        let mut summary = Self {
            format: OUTPUT_FORMAT,
            reports_read: judgement.counters.reports,
            duplicates: judgement.counters.duplicates,
            reports_fingerprint: String::new(),
            rejected,
            judged: judgement.counters.clone(),
            trucks: judgement.trucks,
            hauls: judgement.hauls.len() as u64,
            hauls_by_state: BTreeMap::new(),
            violations: judgement.violations.len() as u64,
            violations_by_rule: BTreeMap::new(),
            permit_volumes: by_permit(&judgement.hauls, registers)
                .into_iter()
                .map(|(number, volume)| (number.to_string(), volume))
                .collect(),
            registry_warnings: warnings.iter().map(ToString::to_string).collect(),
            notes: Vec::new(),
            threads: 0,
            bytes_on_disk: 0,
            memory_peak_bytes: None,
            stage_seconds: BTreeMap::new(),
            seconds: 0.0,
            reports_per_second: 0.0,
        };
        for haul in &judgement.hauls {
            *summary.hauls_by_state.entry(haul.state.word()).or_default() += 1;
        }
        for violation in &judgement.violations {
            *summary.violations_by_rule.entry(violation.rule.to_string()).or_default() += 1;
        }
        summary
    }

    pub(super) fn took(&mut self, seconds: f64) {
        self.seconds = rounded(seconds);
        self.reports_per_second = (self.reports_read as f64 / seconds.max(1e-9)).round();
    }
}

/// The most memory this program held so far, where `/proc` tells it.
pub(super) fn memory_peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// To milliseconds.
pub(super) fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
