//! The present black list, and events, as CSV for spreadsheets: UTF-8 with a byte-order mark, without which Excel reads Chinese as
//! its local code page.

use crate::store::StoredListing;

const BYTE_ORDER_MARK: &str = "\u{FEFF}";
const HEADING: [&str; 7] = ["uscc", "name", "score", "since", "rules", "cases", "feed_seq"];

const EVENT_HEADING: [&str; 11] =
    ["seq", "action", "at", "uscc", "name", "score", "document_no", "key", "hash", "signature", "line"];

/// Writes events: what tells them apart, and last the signed line itself, by which a row is checked.
pub fn events_csv(lines: &[(u64, String)]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(EVENT_HEADING)?;
    for (seq, line) in lines {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let text = |member: &str| cell(event[member].as_str().unwrap_or_default());
        let score = event["score_centi"].as_i64().map(scoring::points_text).unwrap_or_default();
        let document = ["decision_no", "permit_no"].into_iter().find(|member| event[*member].is_string());
        writer.write_record([
            seq.to_string(),
            text("action"),
            text("at"),
            text("uscc"),
            text("name"),
            score,
            document.map(text).unwrap_or_default(),
            text("key"),
            text("hash"),
            text("signature"),
            line.clone(),
        ])?;
    }
    finished(writer)
}

/// Writes the list.
pub fn csv(listings: &[StoredListing]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADING)?;
    for listing in listings {
        let join = |texts: Vec<&str>| texts.join(" ");
        writer.write_record([
            cell(listing.uscc.as_str()),
            cell(&listing.name),
            scoring::points_text(listing.score_centi),
            listing.since.to_string(),
            cell(&join(listing.cause.iter().map(|c| c.rule.as_str()).collect())),
            cell(&join(listing.cause.iter().map(|c| c.case_no.as_str()).collect())),
            listing.feed_seq.to_string(),
        ])?;
    }
    finished(writer)
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(format!("{BYTE_ORDER_MARK}{}", String::from_utf8_lossy(&bytes)))
}

/// A spreadsheet runs a cell that begins like a formula; a quote before it makes it text.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn a_name_that_looks_like_a_formula_stays_text() {
        let listing = StoredListing {
            uscc: "91350100M000100Y43".parse().unwrap(),
            name: "=1+1,\"甲\"".into(),
            since: Timestamp::from_seconds(0),
            score_centi: 5995,
            cause: vec![],
            feed_seq: 3,
        };
        let text = csv(&[listing]).unwrap();
        assert!(text.starts_with("\u{FEFF}uscc,name,"));
        assert!(text.contains("\"'=1+1,\"\"甲\"\"\",59.95,1970-01-01T08:00:00+08:00"), "{text}");
    }
}
