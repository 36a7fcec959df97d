//! The audit trail as others take it: checked from its first entry to its last, and as a table.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{AuditEntry, Store, StoreError};

/// Most rows of one table.
pub const CSV_ROWS_MAX: u32 = 100_000;
/// Entries checked at a time.
const STRETCH: u32 = 2_000;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Checked {
    /// Entries looked at.
    pub entries: u64,
    /// Whether every one carries its own hash and follows the one before.
    pub whole: bool,
    /// Number of the first that does not.
    pub broken_at: Option<u64>,
    /// Hash of the last one: noted elsewhere, it proves later that nothing before it was changed.
    pub last_hash: Option<String>,
}

/// Goes over the whole trail.
pub async fn check(store: &Store) -> Result<Checked, StoreError> {
    let mut checked = Checked { entries: 0, whole: true, broken_at: None, last_hash: None };
    let mut before: Option<AuditEntry> = None;
    loop {
        let from = before.as_ref().map_or(0, |entry| entry.seq);
        let stretch = store.audit_after(from, STRETCH).await?;
        if stretch.is_empty() {
            checked.last_hash = before.map(|entry| entry.hash);
            return Ok(checked);
        }
        for entry in stretch {
            checked.entries += 1;
            if !entry.follows(before.as_ref()) {
                return Ok(Checked { whole: false, broken_at: Some(entry.seq), ..checked });
            }
            before = Some(entry);
        }
    }
}

/// Entries as CSV for spreadsheets: UTF-8 with a byte-order mark, CRLF, and no cell that a spreadsheet would run.
pub fn csv(entries: &[AuditEntry]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["seq", "at", "who", "what", "subject", "detail", "prev_hash", "hash"])?;
    for entry in entries {
        writer.write_record([
            entry.seq.to_string(),
            entry.at.to_string(),
            cell(&entry.who),
            cell(&entry.what),
            cell(&entry.subject),
            cell(&entry.detail),
            entry.prev_hash.clone(),
            entry.hash.clone(),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(format!("\u{FEFF}{}", String::from_utf8_lossy(&bytes)))
}

fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::AuditDraft;
    use domain::Timestamp;

    async fn store_with(entries: usize) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut change = store.change().await.unwrap();
        for number in 0..entries {
            let draft = AuditDraft {
                at: Timestamp::from_seconds(number as i64),
                who: "=cmd|' /C calc'!A0".into(),
                what: "confirm",
                subject: format!("clue {number}"),
                detail: "a, \"quoted\"".into(),
            };
            change.add_audit(draft).await.unwrap();
        }
        change.commit().await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn a_whole_trail_is_told_with_its_last_hash() {
        let (_folder, store) = store_with(STRETCH as usize + 3).await;
        let checked = check(&store).await.unwrap();
        let last = store.audit_after(u64::from(STRETCH) + 2, 1).await.unwrap().remove(0);
        assert_eq!(checked.last_hash, Some(last.hash));
        assert_eq!((checked.entries, checked.whole, checked.broken_at), (u64::from(STRETCH) + 3, true, None));
        let (_folder, empty) = store_with(0).await;
        assert!(check(&empty).await.unwrap().whole);
    }

    #[tokio::test]
    async fn a_table_runs_nothing_in_a_spreadsheet() {
        let (_folder, store) = store_with(2).await;
        let text = csv(&store.audit_after(0, 10).await.unwrap()).unwrap();
        assert!(text.starts_with("\u{FEFF}seq,at,who,"), "{text}");
        assert_eq!(text.matches("'=cmd|").count(), 2);
        assert!(text.contains("\"a, \"\"quoted\"\"\"") && text.contains("\r\n"), "{text}");
    }
}
