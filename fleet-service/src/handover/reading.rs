//! A request's body to reports. Pure.

use domain::Report;
use domain::report_line::{LINE_BYTES_MAX, ReportLineError, parse_line};

use super::{REQUEST_REPORTS_MAX, binary};

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForm {
    /// One JSON object a line, as in the replay contract.
    Lines,
    /// The compact form, see [`binary`].
    Binary,
}

impl BodyForm {
    /// By content type; parameters such as a character set are ignored.
    pub fn of_content_type(text: &str) -> Option<Self> {
        let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(Self::Lines),
            binary::CONTENT_TYPE => Some(Self::Binary),
            _ => None,
        }
    }
}

/// Why a body is not read at all; nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// More reports than are taken.
    #[error("more than {REQUEST_REPORTS_MAX} reports: send them in several requests; nothing was stored")]
    TooManyReports,
    /// Not the compact form, or one this program does not know.
    #[error(
        "the body does not begin with {:?}: it is not the compact form, or one of a newer version; nothing was stored",
        binary::MAGIC_TEXT
    )]
    Magic,
}

/// Why a report is not taken, as a word for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionCode {
    /// Longer than a line or a record may be; of the compact form, nothing after it is read.
    TooLong,
    /// No JSON object.
    NotJson,
    /// A required member is not there.
    MissingMember,
    /// A member holds something else than it must.
    MalformedMember,
    /// A record of the compact form that is no report.
    MalformedRecord,
    /// The body ends inside a record.
    CutShort,
}

impl RejectionCode {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotJson => "not_json",
            Self::MissingMember => "missing_member",
            Self::MalformedMember => "malformed_member",
            Self::MalformedRecord => "malformed_record",
            Self::CutShort => "cut_short",
        }
    }

    /// What it means, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::TooLong => "过长",
            Self::NotJson => "不是 JSON 对象",
            Self::MissingMember => "缺少必需的成员",
            Self::MalformedMember => "成员内容有误",
            Self::MalformedRecord => "记录无法解码",
            Self::CutShort => "内容在记录中间中断",
        }
    }
}

/// A report that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Its line, or its place among the records, from 1.
    pub line: usize,
    /// For programs.
    pub code: RejectionCode,
    /// The member it is about, if it is about one.
    pub member: Option<&'static str>,
    /// For people.
    pub detail: String,
}

impl Rejection {
    fn of_line(line: usize, error: &ReportLineError) -> Self {
        let code = match error {
            ReportLineError::TooLong { .. } => RejectionCode::TooLong,
            ReportLineError::Missing { .. } => RejectionCode::MissingMember,
            ReportLineError::Malformed { .. } => RejectionCode::MalformedMember,
            _ => RejectionCode::NotJson,
        };
        Self { line, code, member: error.member(), detail: error.to_string() }
    }
}

/// What a body holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// What can be read, in order.
    pub reports: Vec<Report>,
    /// The rest.
    pub rejections: Vec<Rejection>,
}

impl Handed {
    pub(super) fn is_full(&self) -> bool {
        self.reports.len() + self.rejections.len() >= REQUEST_REPORTS_MAX
    }
}

/// Reads a body.
///
/// # Errors
/// [`BodyError`] when nothing of it is read.
pub fn read(body: &[u8], form: BodyForm) -> Result<Handed, BodyError> {
    match form {
        BodyForm::Lines => lines(body),
        BodyForm::Binary => binary::read(body),
    }
}

fn lines(body: &[u8]) -> Result<Handed, BodyError> {
    let mut handed = Handed::default();
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if handed.is_full() {
            return Err(BodyError::TooManyReports);
        }
        let report = match std::str::from_utf8(line) {
            _ if line.len() > LINE_BYTES_MAX => Err(ReportLineError::TooLong { bytes: line.len() }),
            Ok(text) => parse_line(text),
            Err(error) => Err(ReportLineError::NotJson { reason: error.to_string() }),
        };
        match report {
            Ok(report) => handed.reports.push(report),
            Err(error) => handed.rejections.push(Rejection::of_line(index + 1, &error)),
        }
    }
    Ok(handed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report_line::to_line;
    use proptest::prelude::*;

    const LINES: &str = concat!(
        r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T16:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#,
        "\n\nnonsense\n",
        r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#,
        "\r\n",
        r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T16:00:00+08:00","lat":134.5,"lon":113.4,"fix":"3d"}"#,
    );

    fn rejected(handed: &Handed) -> Vec<(usize, &'static str, Option<&'static str>)> {
        handed.rejections.iter().map(|r| (r.line, r.code.word(), r.member)).collect()
    }

    #[test]
    fn a_line_that_cannot_be_read_costs_no_other_and_is_named_by_its_number() {
        let handed = read(LINES.as_bytes(), BodyForm::Lines).unwrap();
        assert_eq!(handed.reports.len(), 2);
        assert_eq!(rejected(&handed), [(3, "not_json", None), (5, "malformed_member", Some("lat"))]);
    }

    #[test]
    fn more_reports_than_are_taken_are_refused_whole() {
        let many = "{}\n".repeat(REQUEST_REPORTS_MAX);
        assert_eq!(read(many.as_bytes(), BodyForm::Lines).unwrap().rejections.len(), REQUEST_REPORTS_MAX);
        assert_eq!(read((many + "{}").as_bytes(), BodyForm::Lines), Err(BodyError::TooManyReports));
    }

    #[test]
    fn both_forms_say_the_same() {
        let lines = read(LINES.as_bytes(), BodyForm::Lines).unwrap().reports;
        let body = binary::write(&lines).unwrap();
        assert_eq!(read(&body, BodyForm::Binary).unwrap(), Handed { reports: lines, rejections: vec![] });
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            begins_well: bool,
        ) {
            let mut body = if begins_well { binary::MAGIC.to_vec() } else { Vec::new() };
            body.extend(bytes);
            for form in [BodyForm::Lines, BodyForm::Binary] {
                let Ok(handed) = read(&body, form) else { continue };
                // What was read can be written as a line and read again: nothing out of range came in.
                for report in handed.reports {
                    prop_assert_eq!(parse_line(&to_line(&report)), Ok(report));
                }
            }
        }

        #[test]
        fn a_compact_body_with_a_byte_changed_gives_reports_or_reasons(place: prop::sample::Index, to: u8) {
            let lines = read(LINES.as_bytes(), BodyForm::Lines).unwrap().reports;
            let mut body = binary::write(&lines).unwrap();
            let place = place.index(body.len());
            body[place] = to;
            let Ok(handed) = read(&body, BodyForm::Binary) else { return Ok(()) };
            prop_assert!(!handed.reports.is_empty() || !handed.rejections.is_empty());
            for report in handed.reports {
                prop_assert_eq!(parse_line(&to_line(&report)), Ok(report));
            }
        }
    }
}
