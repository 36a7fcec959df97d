//! Files that registrars upload, turned into records row by row: CSV with headings in Chinese or English, JSON, GeoJSON, KML.
//!
//! Pure: bytes in, a [`Plan`] out that says of every row whether it is new, changed, the same, or refused and why.

mod columns;
mod kml;
mod shapes;
mod table;
mod windows;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use domain::{Datum, Registry};
use serde_json::Value;

pub use columns::{Column, columns, suggest, template};
pub use table::headings;

use super::error::{At, Place};
use super::timeline::RecordChange;
use super::{Record, Register, RegistryError, record, wording};

/// Most rows or features of one upload.
pub const ROWS_MAX: usize = 20_000;

/// Name that errors give to an uploaded file.
const FILE: &str = "the upload";

/// The form of an uploaded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// A table with a heading.
    Csv,
    /// An array of records.
    Json,
    /// A feature collection.
    GeoJson,
    /// Placemarks.
    Kml,
}

impl FileForm {
    /// By the first character of what it says; a table is anything else.
    pub fn of(text: &str, register: Register) -> Self {
        match text.trim_start().chars().next() {
            Some('<') => Self::Kml,
            Some('{' | '[') if register.has_geometry() => Self::GeoJson,
            Some('{' | '[') => Self::Json,
            _ => Self::Csv,
        }
    }

    /// The word used in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::GeoJson => "geojson",
            Self::Kml => "kml",
        }
    }
}

/// How an uploaded file's text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TextEncoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, which holds GBK and GB2312.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl TextEncoding {
    /// UTF-8 where the bytes can be it: Chinese text in GB18030 hardly ever can.
    pub fn guess(bytes: &[u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() { Self::Utf8 } else { Self::Gb18030 }
    }

    /// The text; `None` when the bytes are not written so.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => {
                std::str::from_utf8(bytes).ok().map(|text| text.trim_start_matches('\u{FEFF}').to_owned())
            }
            Self::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(std::borrow::Cow::into_owned),
        }
    }
}

/// A row or feature as far as it could be read.
#[derive(Debug)]
pub struct Candidate {
    /// The line in a table, else the place in the list from 1.
    pub place: u64,
    /// The record as JSON.
    pub body: Result<Value, RegistryError>,
}

/// Reads a text into candidates. `columns` tells for each member the heading it stands under.
///
/// # Errors
/// The text is not of its form at all, or holds more than [`ROWS_MAX`].
pub fn candidates(
    register: Register,
    form: FileForm,
    text: &str,
    columns: &BTreeMap<String, String>,
) -> Result<Vec<Candidate>, RegistryError> {
    let read = match form {
        FileForm::Csv => table::read(register, text, columns)?,
        FileForm::Json => listed(text)?,
        FileForm::GeoJson => shapes::features(text)?,
        FileForm::Kml => kml::placemarks(register, text)?,
    };
    let whole = At { file: FILE, place: Place::Whole };
    match read.len() {
        0 => Err(whole.form("it holds no row: fill at least one in")),
        ROWS_MAX.. => Err(whole.form(format!("more than {ROWS_MAX} rows: split the file"))),
        _ => Ok(read),
    }
}

/// An array of records, or an object whose only list is one.
fn listed(text: &str) -> Result<Vec<Candidate>, RegistryError> {
    let whole = At { file: FILE, place: Place::Whole };
    let document: Value =
        serde_json::from_str(text).map_err(|error| whole.form(format!("not JSON: {error}")))?;
    let list = match &document {
        Value::Array(list) => list.clone(),
        Value::Object(members) => {
            let list = members.values().find_map(Value::as_array);
            list.cloned().ok_or_else(|| whole.form("a list of records is expected"))?
        }
        _ => return Err(whole.form("a list of records is expected")),
    };
    Ok((1..).zip(list).map(|(place, body)| Candidate { place, body: Ok(body) }).collect())
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The register has no record of that key.
    New,
    /// It has one that says something else.
    Changed,
    /// It has just this one.
    Same,
    /// It cannot be taken.
    Refused {
        /// The member that is wrong, when it is one.
        member: Option<String>,
        /// What is wrong and what to do.
        reason: String,
        /// The same in Chinese.
        reason_zh: String,
    },
}

impl Outcome {
    /// The word used in answers.
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Refused { .. } => "refused",
        }
    }

    fn refused(error: &RegistryError) -> Self {
        let (member, reason) = match error {
            RegistryError::Member { member, reason, .. } => (Some(member.clone()), reason.clone()),
            RegistryError::Form { reason, .. } => (None, reason.clone()),
            other => (None, other.to_string()),
        };
        Self::Refused { member, reason, reason_zh: wording::in_chinese(error) }
    }
}

/// A row and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRow {
    /// The line in a table, else the place in the list from 1.
    pub place: u64,
    /// The record's key, when the row could be read.
    pub key: Option<String>,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// What an upload would do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Every row in the order of the file.
    pub rows: Vec<PlannedRow>,
    /// The changes of the rows that are new or changed.
    pub changes: Vec<RecordChange>,
}

impl Plan {
    /// How many rows have an outcome of that word.
    pub fn count(&self, word: &str) -> usize {
        self.rows.iter().filter(|row| row.outcome.word() == word).count()
    }
}

/// Tries every row on the registers as they stand, each after those before it.
pub fn plan(registry: &Registry, register: Register, rows: Vec<Candidate>, datum: Datum) -> Plan {
    let mut tried = registry.clone();
    let mut plan = Plan::default();
    let mut seen = BTreeSet::new();
    for Candidate { place, body } in rows {
        let mut warnings = Vec::new();
        let mut key = None;
        let mut take = |body: &Value| -> Result<Outcome, RegistryError> {
            let stated = record::key(register, body)?;
            key = Some(stated.clone());
            if !seen.insert(stated.clone()) {
                let at = At { file: FILE, place: Place::Line(place) };
                return Err(
                    at.member(register.key_member(), format!("{stated} stands here twice: keep one row"))
                );
            }
            let (record, found) = record::put(&mut tried, register, body, datum)?;
            warnings
                .extend(found.into_iter().map(|warning| format!("{}: {}", warning.member, warning.reason)));
            let before = Record::of(registry, register, record.key());
            let outcome = match &before {
                None => Outcome::New,
                Some(before) if *before == record => return Ok(Outcome::Same),
                Some(_) => Outcome::Changed,
            };
            plan.changes.push(RecordChange {
                register,
                key: record.key().to_owned(),
                body: Some(record.body()),
            });
            Ok(outcome)
        };
        let taken = body.and_then(|body| take(&body));
        let outcome = taken.unwrap_or_else(|error| Outcome::refused(&error));
        plan.rows.push(PlannedRow { place, key, outcome, warnings });
    }
    plan
}
