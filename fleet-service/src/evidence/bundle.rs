//! The bundle of a case: a ZIP file with one file a thing, a manifest, and `SHA256SUMS`. The same state gives the same bytes:
//! nothing in it says when it was made or by whom. docs/evidence.md tells how to check it. Pure.

use std::io::{Cursor, Write as _};

use domain::report_line::canonical_line;
use domain::{Permit, Report};
use scoring::Rule;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Evidence, geometry, sheet};

/// Form of the manifest.
const MANIFEST_FORM: u32 = 1;
/// How text files in the bundle are checked.
const READ_ME: &str = "证据包：核对方法  sha256sum -c SHA256SUMS\n\
manifest.json 列出每个文件的 SHA-256、所用规则版本、登记册版本和软件版本；同一案件在同一状态下，证据包逐字节相同。\n\n\
An evidence bundle. Check it with: sha256sum -c SHA256SUMS\n\
manifest.json names every file with its SHA-256, the versions of rule and registers, and the program's version.\n\
The same case in the same state gives the same bytes.\n";

/// Why a bundle cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A record cannot be written as JSON.
    #[error("a record of the case cannot be written")]
    Json(#[from] serde_json::Error),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Zip(#[from] zip::result::ZipError),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Io(#[from] std::io::Error),
    /// A table cannot be written.
    #[error("the table of reports cannot be written")]
    Csv(#[from] csv::Error),
}

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Member {
    fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: text.into_bytes() }
    }

    fn json(name: &str, value: &impl Serialize) -> Result<Self, BundleError> {
        Ok(Self::text(name, format!("{}\n", serde_json::to_string_pretty(value)?)))
    }

    /// SHA-256 of its content, hexadecimal.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

/// The bundle.
pub fn zip(evidence: &Evidence) -> Result<Vec<u8>, BundleError> {
    let mut members = members(evidence)?;
    members.push(manifest(evidence, &members)?);
    let sums: String =
        members.iter().map(|member| format!("{}  {}\n", member.digest(), member.name)).collect();
    members.push(Member::text("SHA256SUMS", sums));
    // The least time a ZIP file can hold: when it was made is not part of it.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for member in &members {
        writer.start_file(&member.name, options)?;
        writer.write_all(&member.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// SHA-256 of the reports as they stand in the bundle: what the sheet prints.
pub fn reports_digest(evidence: &Evidence) -> String {
    hex::encode(Sha256::digest(lines(evidence.reports.iter()).as_bytes()))
}

fn members(evidence: &Evidence) -> Result<Vec<Member>, BundleError> {
    let mut members = vec![
        Member::text("README.txt", READ_ME.to_owned()),
        Member::json("case.json", &evidence.case)?,
        Member::json("decisions.json", &trail(evidence))?,
        Member::json("read-by.json", &evidence.reads)?,
        Member::json("registers.json", &registers(evidence))?,
        Member::json("geometry.geojson", &geometry::geojson(evidence))?,
        Member::text("reports.jsonl", lines(evidence.reports.iter())),
        Member::text("reports.csv", table(evidence)?),
        Member::text("rfid.jsonl", lines(evidence.reports.iter().filter(|report| report.fix().is_none()))),
        Member::text("raw-messages.jsonl", raw(evidence)),
        Member::text("sheet.html", sheet::html(evidence)),
    ];
    if let Some(rule) = &evidence.rule {
        members.push(Member::json("rule.json", &rule_view(rule))?);
    }
    if let Some(clue) = &evidence.clue {
        members.push(Member::json("clue.json", &clue_view(evidence, clue))?);
    }
    if let Some(entry) = &evidence.entry {
        members.push(Member::json("ledger-entry.json", entry)?);
    }
    if let Some(tip) = &evidence.tip {
        // Whoever told is not part of what proves the act.
        let mut tip = tip.clone();
        tip.contact = None;
        members.push(Member::json("tip.json", &tip)?);
    }
    for (at, photo) in evidence.photos.iter().enumerate() {
        let name = format!("attachments/{:02}.{}", at + 1, photo.kind.word());
        members.push(Member { name, bytes: photo.bytes.clone() });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

fn manifest(evidence: &Evidence, members: &[Member]) -> Result<Member, BundleError> {
    let file = |member: &Member| json!({ "name": member.name, "bytes": member.bytes.len(), "sha256": member.digest() });
    let (version, since) =
        evidence.registers.map_or((None, None), |(version, since)| (Some(version), Some(since)));
    let value = json!({
        "form": MANIFEST_FORM,
        "case": evidence.case.number,
        "plate": evidence.case.plate,
        "rule": evidence.case.rule,
        "rule_table": evidence.rule.as_ref().map(|rule| &rule.table_version),
        "registers_version": version,
        "registers_since": since,
        "reports_from": evidence.stretch.0,
        "reports_until": evidence.stretch.1,
        "reports": evidence.reports.len(),
        "reports_cut": evidence.is_cut,
        "program": format!("mucktrail {}", env!("CARGO_PKG_VERSION")),
        "files": members.iter().map(file).collect::<Vec<Value>>(),
    });
    Member::json("manifest.json", &value)
}

fn trail(evidence: &Evidence) -> Vec<Value> {
    let line = |entry: &crate::store::AuditEntry| {
        json!({ "seq": entry.seq, "at": entry.at, "who": entry.who, "what": entry.what, "subject": entry.subject,
            "detail": entry.detail, "prev_hash": entry.prev_hash, "hash": entry.hash })
    };
    evidence.trail.iter().map(line).collect()
}

fn clue_view(evidence: &Evidence, clue: &crate::store::StoredClue) -> Value {
    let history: Vec<Value> = evidence
        .clue_history
        .iter()
        .map(|event| json!({ "at": event.at, "what": event.what, "by": event.by }))
        .collect();
    let decision = clue.decision.as_ref().map(|decision| {
        json!({ "at": decision.at, "by": decision.by, "reason": decision.reason, "on": decision.on })
    });
    json!({ "finding": clue.violation, "state": clue.state, "disproved": clue.disproved, "opened": clue.opened,
        "decision": decision, "history": history })
}

fn rule_view(rule: &Rule) -> Value {
    json!({ "code": rule.code, "name_zh": rule.name_zh, "name_en": rule.name_en, "authority": rule.authority.word(),
        "legal_basis": rule.legal_basis, "evidence_zh": rule.evidence_zh, "evidence": rule.evidence,
        "severity": rule.severity, "class": rule.class, "base_cp": rule.base_cp, "counts_on": rule.counts_on,
        "officers": rule.officers, "valid_from": rule.valid_from, "valid_to": rule.valid_to,
        "table_version": rule.table_version, "source": rule.source, "note_zh": rule.note_zh, "note": rule.note })
}

/// The registers' words about this truck, its company, its permit and the grounds in the picture; nothing of others.
fn registers(evidence: &Evidence) -> Value {
    let scene = geometry::Scene::of(evidence);
    let only_own = |permit: &Permit| {
        let mut permit = permit.clone();
        permit.trucks.retain(|plate| *plate == evidence.case.plate);
        permit
    };
    let (version, since) =
        evidence.registers.map_or((None, None), |(version, since)| (Some(version), Some(since)));
    json!({ "version": version, "in_force_since": since, "truck": evidence.truck(), "carrier": evidence.carrier(),
        "permit": evidence.permit().map(only_own), "sites": scene.sites, "zones": scene.zones, "routes": scene.routes,
        "thresholds": evidence.registry.limits })
}

fn lines<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    reports.flat_map(|report| [canonical_line(report), "\n".to_owned()]).collect()
}

fn table(evidence: &Evidence) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record([
        "time",
        "received",
        "lat",
        "lon",
        "speed_kmh",
        "course_deg",
        "fix",
        "load",
        "lid",
        "lift",
        "source",
    ])?;
    for report in &evidence.reports {
        let Some(fix) = report.fix() else { continue };
        let maybe = |text: Option<String>| text.unwrap_or_default();
        writer.write_record([
            report.time.to_string(),
            maybe(report.received.map(|at| at.to_string())),
            format!("{:.7}", fix.position.lat()),
            format!("{:.7}", fix.position.lon()),
            maybe(fix.speed.map(|speed| speed.kmh().to_string())),
            maybe(fix.course.map(|course| course.deg().to_string())),
            fix.fix.to_string(),
            fix.load.to_string(),
            fix.lid.to_string(),
            fix.lift.to_string(),
            maybe(fix.source.as_ref().map(ToString::to_string)),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn raw(evidence: &Evidence) -> String {
    let line = |message: &crate::store::RawMessage| {
        let value = json!({ "terminal": message.terminal, "received": message.received,
            "message_id": format!("0x{:04X}", message.message_id), "payload": hex::encode(&message.payload) });
        format!("{value}\n")
    };
    evidence.raw.iter().map(line).collect()
}
