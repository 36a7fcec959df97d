//! Decided violations as CSV: what traffic police or city management decided in their own systems. Each row is a case or
//! is refused with its reason; the others are taken. Known by authority and decision number: sent again, it changes nothing.
//!
//! ```text
//! decision_no,decision_date,served,rule,band,plate,uscc,occurred_at,officers,content,final_date,circumstances,fine_yuan
//! 410183-2026-00017,2026-11-02,2026-11-03,TR-01,,豫A12345,,2026-10-30T08:15:00+08:00,王一;李二,罚款200元,,,200
//! ```

use std::collections::BTreeMap;

use domain::LocalDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::act_error::ActError;
use super::case_file::Decision;
use super::circumstances;
use super::entry::NewCase;

/// Most rows of one file.
pub const ROWS_MAX: usize = 10_000;
/// Largest file, bytes.
pub const CSV_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Greatest fine taken, fen: a thousand million yuan.
pub const FINE_FEN_MAX: u64 = 100_000_000_000;

/// Columns a file must have, in any order.
const NEEDED: [&str; 6] = ["decision_no", "decision_date", "rule", "plate", "occurred_at", "officers"];
/// Columns it may have.
const ALLOWED: [&str; 7] = ["served", "band", "uscc", "content", "final_date", "circumstances", "fine_yuan"];

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowOutcome {
    /// Its line in the file; the heading is line 1.
    pub line: u64,
    /// `stored`, `duplicate` or `rejected`.
    pub outcome: &'static str,
    /// The decision it carries, as far as it could be read.
    pub decision_no: String,
    /// The case it became or is already.
    pub case_no: Option<String>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The same in Chinese.
    pub reason_zh: Option<String>,
}

impl RowOutcome {
    /// A row that was refused.
    pub fn rejected(line: u64, decision_no: &str, reason: String, reason_zh: String) -> Self {
        Self {
            line,
            outcome: "rejected",
            decision_no: decision_no.to_owned(),
            case_no: None,
            reason: Some(reason),
            reason_zh: Some(reason_zh),
        }
    }

    /// A row that is a case, new or known.
    pub fn case(line: u64, outcome: &'static str, decision_no: &str, case_no: &str) -> Self {
        Self {
            line,
            outcome,
            decision_no: decision_no.to_owned(),
            case_no: Some(case_no.to_owned()),
            reason: None,
            reason_zh: None,
        }
    }
}

/// One row, read or refused.
pub type Row = (u64, String, Result<NewCase, (String, String)>);

/// Reads a file. Rows that cannot be read stay in their place with the reason; a file without its columns is refused whole.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, ActError> {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let unread = |error: &csv::Error| {
        ActError::unfit(format!("the file is no CSV in UTF-8: {error}"), "文件不是UTF-8编码的CSV")
    };
    let heading = reader.headers().map_err(|e| unread(&e))?.clone();
    let columns: BTreeMap<&str, usize> = heading.iter().enumerate().map(|(at, name)| (name, at)).collect();
    if let Some(missing) = NEEDED.iter().find(|name| !columns.contains_key(**name)) {
        return Err(ActError::unfit(
            format!("the column {missing} is missing; needed are {}", NEEDED.join(", ")),
            format!("缺少列{missing}，必需的列为{}", NEEDED.join("、")),
        ));
    }
    if let Some(unknown) = columns.keys().find(|name| !NEEDED.contains(name) && !ALLOWED.contains(name)) {
        return Err(ActError::unfit(
            format!(
                "the column {unknown:?} is not known; allowed beside the needed ones are {}",
                ALLOWED.join(", ")
            ),
            format!("未知的列{unknown}"),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == ROWS_MAX {
            return Err(ActError::unfit(
                format!("the file has more than {ROWS_MAX} rows: send it in parts"),
                format!("单个文件最多{ROWS_MAX}行，请分批导入"),
            ));
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let said = format!("the row cannot be read: {error}");
                rows.push((line, String::new(), Err((said, "该行无法识别".to_owned()))));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| columns.get(name).and_then(|at| record.get(*at)).unwrap_or("");
        rows.push((line, cell("decision_no").to_owned(), row(&cell)));
    }
    Ok(rows)
}

/// Yuan with at most two places as fen.
fn fen(text: &str) -> Option<u64> {
    let (yuan, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if yuan.is_empty() || part.len() > 2 || !is_number(yuan) || !is_number(part) {
        return None;
    }
    let fen: u64 = format!("{part:0<2}").parse().ok()?;
    yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(fen).filter(|fen| *fen <= FINE_FEN_MAX)
}

fn row<'a>(cell: &impl Fn(&str) -> &'a str) -> Result<NewCase, (String, String)> {
    let wrong = |name: &'static str, reason: String| {
        (format!("{name} {:?}: {reason}", cell(name)), format!("{name}列内容“{}”有误", cell(name)))
    };
    let date = |name: &'static str| -> Result<LocalDate, (String, String)> {
        cell(name).parse().map_err(|_source| wrong(name, "a day is written as 2026-11-23".to_owned()))
    };
    let given = |name: &str| Some(cell(name)).filter(|text| !text.is_empty());
    if cell("decision_no").is_empty() {
        return Err(wrong("decision_no", "it is missing".to_owned()));
    }
    let decided = date("decision_date")?;
    let served = if given("served").is_some() { date("served")? } else { decided };
    let final_date = if given("final_date").is_some() { Some(date("final_date")?) } else { None };
    let uscc = given("uscc").map(str::parse).transpose();
    let content = given("content").unwrap_or("（未载明）").to_owned();
    let given_circumstances = cell("circumstances").split([';', '；', '、']);
    let circumstances =
        circumstances::read(given_circumstances).map_err(|error| (error.to_string(), error.zh()))?;
    let fine = given("fine_yuan").map(|text| {
        fen(text).ok_or_else(|| wrong("fine_yuan", "a fine is written in yuan, as 200 or 200.50".to_owned()))
    });
    let fine_fen = fine.transpose()?;
    Ok(NewCase {
        circumstances,
        rule: cell("rule").parse().map_err(|e: domain::rule::RuleCodeError| wrong("rule", e.to_string()))?,
        band: given("band").map(str::to_owned),
        plate: cell("plate").parse().map_err(|e: domain::plate::PlateError| wrong("plate", e.to_string()))?,
        uscc: uscc.map_err(|e: domain::uscc::UsccError| wrong("uscc", e.to_string()))?,
        trip: None,
        occurred_at: cell("occurred_at")
            .parse()
            .map_err(|e: domain::time::TimestampError| wrong("occurred_at", e.to_string()))?,
        occurred_until: None,
        fact: content.clone(),
        officers: cell("officers").split([';', '；', '、']).map(str::to_owned).collect(),
        decision: Some(Decision {
            number: cell("decision_no").to_owned(),
            date: decided,
            served,
            content,
            fine_fen,
        }),
        final_date,
    })
}

#[cfg(test)]
mod tests {
    use super::fen;

    #[test]
    fn a_fine_is_read_in_yuan() {
        for (text, expected) in [
            ("200", Some(20_000)),
            ("200.5", Some(20_050)),
            ("0.05", Some(5)),
            ("", None),
            (".5", None),
            ("1.005", None),
            ("-1", None),
            ("1e3", None),
            ("99999999999999999999", None),
            ("1000000000.01", None),
        ] {
            assert_eq!(fen(text), expected, "{text}");
        }
    }
}
