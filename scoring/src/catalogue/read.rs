//! A table's text to rules: every member by name, nothing missing, nothing unknown, every value within its range.

use domain::{Authority, LocalDate, RuleCode};
use serde::Deserialize;

use super::{BASE_CP_MAX, CatalogueError, TABLE_BYTES_MAX};
use crate::rule::{Circumstance, Class, CountsOn, Detector, HardTrigger, OncePer, Repeat, Rule, Severity};

/// Most officers a rule may ask for.
const OFFICERS_MAX: u32 = 2;

/// Every member a `[[rule]]` may have.
pub(super) const MEMBERS: &[&str] = &[
    "code",
    "name_zh",
    "name_en",
    "authority",
    "joint",
    "legal_basis",
    "evidence",
    "evidence_zh",
    "detectors",
    "class",
    "severity",
    "base_cp",
    "circumstances",
    "counts_on",
    "officers",
    "repeat",
    "once_per",
    "added_to",
    "highest_of",
    "hard_trigger",
    "valid_from",
    "valid_to",
    "source",
    "note",
    "note_zh",
];

#[derive(Deserialize)]
struct RuleRow {
    code: RuleCode,
    name_zh: String,
    name_en: String,
    authority: Authority,
    joint: Vec<Authority>,
    legal_basis: Vec<String>,
    evidence: Vec<String>,
    evidence_zh: Vec<String>,
    detectors: Vec<Detector>,
    class: Class,
    severity: Severity,
    base_cp: i64,
    #[serde(default)]
    circumstances: Vec<CircumstanceRow>,
    counts_on: CountsOn,
    officers: u32,
    repeat: Repeat,
    once_per: Option<OncePer>,
    #[serde(default)]
    added_to: Vec<RuleCode>,
    #[serde(default)]
    highest_of: Vec<RuleCode>,
    hard_trigger: HardTrigger,
    valid_from: LocalDate,
    valid_to: Option<LocalDate>,
    source: String,
    note: String,
    note_zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CircumstanceRow {
    word: Circumstance,
    base_cp: i64,
}

pub(super) fn read_table(table: &str, text: &str) -> Result<Vec<Rule>, CatalogueError> {
    if text.len() > TABLE_BYTES_MAX {
        return Err(CatalogueError::TooLong { table: table.to_owned(), bytes: text.len() });
    }
    let head = |member: &str, problem| CatalogueError::Head {
        table: table.to_owned(),
        member: member.to_owned(),
        problem,
    };
    let mut members: toml::Table = text
        .parse()
        .map_err(|source| CatalogueError::Syntax { table: table.to_owned(), source: Box::new(source) })?;
    let Some(toml::Value::String(version)) = members.remove("version") else {
        return Err(head("version", "a text is expected, as \"2026-01\""));
    };
    if version.trim().is_empty() {
        return Err(head("version", "it is empty"));
    }
    let Some(toml::Value::Array(rows)) = members.remove("rule") else {
        return Err(head("rule", "at least one [[rule]] is expected"));
    };
    if let Some(member) = members.keys().next() {
        return Err(head(member, "unknown; a table has `version` and `[[rule]]` only"));
    }
    rows.into_iter().enumerate().map(|(index, row)| read_rule(table, &version, index, row)).collect()
}

fn read_rule(table: &str, version: &str, index: usize, row: toml::Value) -> Result<Rule, CatalogueError> {
    let code = match row.get("code") {
        Some(toml::Value::String(code)) => code.clone(),
        _ => format!("number {} in the table", index + 1),
    };
    let unknown = row.as_table().and_then(|row| row.keys().find(|key| !MEMBERS.contains(&key.as_str())));
    if let Some(member) = unknown {
        let member = member.clone();
        return Err(CatalogueError::UnknownMember { table: table.to_owned(), code, member });
    }
    let row: RuleRow = row.try_into().map_err(|source| CatalogueError::Member {
        table: table.to_owned(),
        code,
        source: Box::new(source),
    })?;
    check_values(table, &row)?;
    Ok(Rule {
        code: row.code,
        name_zh: row.name_zh,
        name_en: row.name_en,
        authority: row.authority,
        joint: row.joint,
        legal_basis: row.legal_basis,
        evidence: row.evidence,
        evidence_zh: row.evidence_zh,
        detectors: row.detectors,
        class: row.class,
        severity: row.severity,
        base_cp: row.base_cp,
        vehicle_cp: crate::rule::vehicle_cp(row.authority, row.base_cp),
        circumstances: row.circumstances.into_iter().map(|row| (row.word, row.base_cp)).collect(),
        counts_on: row.counts_on,
        officers: row.officers,
        repeat: row.repeat,
        once_per: row.once_per,
        added_to: row.added_to,
        highest_of: row.highest_of,
        hard_trigger: row.hard_trigger,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        source: row.source,
        note: row.note,
        note_zh: row.note_zh,
        table_version: version.to_owned(),
    })
}

fn check_values(table: &str, row: &RuleRow) -> Result<(), CatalogueError> {
    let refuse = |member: &'static str, problem: String| {
        Err(CatalogueError::Value { table: table.to_owned(), code: row.code.clone(), member, problem })
    };
    for (member, text) in [("name_zh", &row.name_zh), ("name_en", &row.name_en), ("source", &row.source)] {
        if text.trim().is_empty() {
            return refuse(member, "it is empty".to_owned());
        }
    }
    for (member, empty) in [
        ("legal_basis", row.legal_basis.iter().all(|item| item.trim().is_empty())),
        ("evidence", row.evidence.iter().all(|item| item.trim().is_empty())),
        ("evidence_zh", row.evidence_zh.iter().all(|item| item.trim().is_empty())),
        ("detectors", row.detectors.is_empty()),
    ] {
        if empty {
            return refuse(member, "at least one is expected".to_owned());
        }
    }
    if row.joint.contains(&row.authority) {
        return refuse("joint", format!("{} is the authority already", row.authority));
    }
    if !(1..=BASE_CP_MAX).contains(&row.base_cp) {
        return refuse("base_cp", format!("{} is not within 1 to {BASE_CP_MAX}", row.base_cp));
    }
    for (at, circumstance) in row.circumstances.iter().enumerate() {
        if !(1..=BASE_CP_MAX).contains(&circumstance.base_cp) {
            let problem = format!("{} is not within 1 to {BASE_CP_MAX}", circumstance.base_cp);
            return refuse("circumstances", problem);
        }
        if row.circumstances[..at].iter().any(|earlier| earlier.word == circumstance.word) {
            return refuse("circumstances", format!("{} stands twice", circumstance.word));
        }
    }
    if !(1..=OFFICERS_MAX).contains(&row.officers) {
        return refuse("officers", format!("{} is not within 1 to {OFFICERS_MAX}", row.officers));
    }
    if row.note.trim().is_empty() != row.note_zh.trim().is_empty() {
        return refuse("note_zh", "a note is written in both languages or in none".to_owned());
    }
    match row.valid_to {
        Some(last) if last < row.valid_from => {
            refuse("valid_to", format!("{last} is before valid_from {}", row.valid_from))
        }
        _ => Ok(()),
    }
}
