//! A request's body to reports, line by line. Pure: the registers, the token's site and the moment of receipt are given.

use domain::report::Content;
use domain::report_line::{LINE_BYTES_MAX, ReportLineError, parse_line};
use domain::{Registry, Report, SiteId, Timestamp};
use serde::Serialize;

use super::REQUEST_LINES_MAX;

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForm {
    /// One JSON object a line.
    Lines,
    /// One JSON array of objects, or one object.
    Array,
}

impl BodyForm {
    /// By content type; parameters such as a character set are ignored.
    pub fn of_content_type(text: &str) -> Option<Self> {
        let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(Self::Lines),
            "application/json" => Some(Self::Array),
            _ => None,
        }
    }
}

/// Why a body is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// More lines than are taken.
    #[error("more than {REQUEST_LINES_MAX} lines: send them in several requests; nothing was stored")]
    TooManyLines,
    /// Not JSON, or neither an array nor an object.
    #[error("the body is no JSON array of reports: {reason}; nothing was stored")]
    NotAnArray {
        /// What the reader met.
        reason: String,
    },
}

/// Why a line is not taken, as a word for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Longer than a line may be.
    LineTooLong,
    /// No JSON object.
    NotJson,
    /// A required member is not there.
    MissingMember,
    /// A member holds something else than it must.
    MalformedMember,
    /// A report that is neither a fixed reader's sighting nor a weighbridge ticket.
    NotASiteReport,
    /// A reader no register knows.
    UnknownReader,
    /// A reader or weighbridge of another site than the token's.
    OtherSite,
    /// The token's site is not in the registers any more.
    UnknownSite,
}

impl RefusalCode {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::LineTooLong => "line_too_long",
            Self::NotJson => "not_json",
            Self::MissingMember => "missing_member",
            Self::MalformedMember => "malformed_member",
            Self::NotASiteReport => "not_a_site_report",
            Self::UnknownReader => "unknown_reader",
            Self::OtherSite => "other_site",
            Self::UnknownSite => "unknown_site",
        }
    }

    /// What it means, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::LineTooLong => "该行过长",
            Self::NotJson => "不是 JSON 对象",
            Self::MissingMember => "缺少必需的成员",
            Self::MalformedMember => "成员内容有误",
            Self::NotASiteReport => "场所令牌只能上报固定读写器的标签读数和地磅单",
            Self::UnknownReader => "登记册中没有该读写器",
            Self::OtherSite => "该设备不属于本令牌的场所",
            Self::UnknownSite => "登记册中已没有该场所",
        }
    }
}

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// The member it is about, if it is about one.
    pub member: Option<&'static str>,
    /// For people.
    pub detail: String,
}

impl From<ReportLineError> for Refusal {
    fn from(error: ReportLineError) -> Self {
        let code = match &error {
            ReportLineError::TooLong { .. } => RefusalCode::LineTooLong,
            ReportLineError::Missing { .. } => RefusalCode::MissingMember,
            ReportLineError::Malformed { .. } => RefusalCode::MalformedMember,
            _ => RefusalCode::NotJson,
        };
        Self { code, member: error.member(), detail: error.to_string() }
    }
}

/// Lines by number from 1: what each reports, or why it is not taken.
pub type Numbered = Vec<(usize, Result<Report, Refusal>)>;

/// Reads a body. Every line that is not blank gives one entry, with its number from 1; of an array, every element.
///
/// # Errors
/// [`BodyError`] when nothing of it is read.
pub fn read(
    body: &[u8],
    form: BodyForm,
    site: &SiteId,
    registry: &Registry,
    received: Timestamp,
) -> Result<Numbered, BodyError> {
    let parsed = match form {
        BodyForm::Lines => lines(body)?,
        BodyForm::Array => elements(body)?,
    };
    let admitted = |line: Result<Report, Refusal>| {
        line.and_then(|report| admit(report, site, registry))
            .map(|report| Report { received: Some(received), ..report })
    };
    Ok(parsed.into_iter().map(|(number, line)| (number, admitted(line))).collect())
}

fn lines(body: &[u8]) -> Result<Numbered, BodyError> {
    let mut read = Vec::new();
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if read.len() == REQUEST_LINES_MAX {
            return Err(BodyError::TooManyLines);
        }
        let report = match std::str::from_utf8(line) {
            _ if line.len() > LINE_BYTES_MAX => Err(ReportLineError::TooLong { bytes: line.len() }),
            Ok(text) => parse_line(text),
            Err(error) => Err(ReportLineError::NotJson { reason: error.to_string() }),
        };
        read.push((index + 1, report.map_err(Refusal::from)));
    }
    Ok(read)
}

fn elements(body: &[u8]) -> Result<Numbered, BodyError> {
    let not_an_array = |reason: String| BodyError::NotAnArray { reason };
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| not_an_array(error.to_string()))?;
    let elements = match value {
        serde_json::Value::Array(elements) => elements,
        object @ serde_json::Value::Object(_) => vec![object],
        _ => return Err(not_an_array("it is neither an array nor an object".to_owned())),
    };
    if elements.len() > REQUEST_LINES_MAX {
        return Err(BodyError::TooManyLines);
    }
    let read = |element: serde_json::Value| parse_line(&element.to_string()).map_err(Refusal::from);
    Ok(elements.into_iter().map(read).enumerate().map(|(index, line)| (index + 1, line)).collect())
}

/// Whether a token of this site may say this.
fn admit(report: Report, site: &SiteId, registry: &Registry) -> Result<Report, Refusal> {
    let refuse = |code, member, detail: String| Err(Refusal { code, member: Some(member), detail });
    if !registry.sites.contains_key(site) {
        let detail = format!("site {site} is not in the registers any more");
        return Err(Refusal { code: RefusalCode::UnknownSite, member: None, detail });
    }
    match &report.content {
        Content::AtReader(sighting) => match registry.readers.get(&sighting.reader) {
            Some(reader) if reader.site == *site => Ok(report),
            Some(reader) => refuse(
                RefusalCode::OtherSite,
                "reader",
                format!("reader {} stands at site {}, the token is of {site}", reader.id, reader.site),
            ),
            None => refuse(
                RefusalCode::UnknownReader,
                "reader",
                format!("reader {} is not in the registers: have it entered in readers.csv", sighting.reader),
            ),
        },
        Content::Weigh(ticket) if ticket.site == *site => Ok(report),
        Content::Weigh(ticket) => refuse(
            RefusalCode::OtherSite,
            "site",
            format!("the ticket is of site {}, the token is of {site}", ticket.site),
        ),
        Content::Fix(_) | Content::AtTruck(_) => refuse(
            RefusalCode::NotASiteReport,
            "type",
            "a site device reports what a fixed reader saw (rfid with reader) or a weighbridge ticket (weigh)"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Area, Position, Reader, ReaderRole, Ring, Site, SiteKind};
    use proptest::prelude::*;

    const READ: &str = r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB"}"#;
    const TICKET: &str = r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#;

    fn registry() -> Registry {
        let corner = |lat, lon| Position::from_degrees(lat, lon).unwrap();
        let ring =
            Ring::from_points(vec![corner(34.5, 113.4), corner(34.5, 113.41), corner(34.51, 113.4)]).unwrap();
        let site = |id: &str| Site {
            id: id.parse().unwrap(),
            name: id.into(),
            kind: SiteKind::Source,
            area: Area::from_ring(ring.clone()),
            wash_required: false,
            open_from: None,
            open_to: None,
            carrier: None,
        };
        let reader = |id: &str, site: &str| Reader {
            id: id.parse().unwrap(),
            site: site.parse().unwrap(),
            role: ReaderRole::GateIn,
            position: corner(34.5, 113.4),
        };
        Registry {
            sites: [site("S1"), site("S2")].map(|s| (s.id.clone(), s)).into(),
            readers: [reader("R1", "S1"), reader("R2", "S2")].map(|r| (r.id.clone(), r)).into(),
            ..Registry::default()
        }
    }

    fn outcome(body: &[u8], form: BodyForm) -> Result<Vec<(usize, &'static str)>, BodyError> {
        let received = "2026-11-23T16:00:05+08:00".parse().unwrap();
        let read = read(body, form, &"S1".parse().unwrap(), &registry(), received)?;
        Ok(read
            .into_iter()
            .map(|(number, line)| match line {
                Ok(report) => {
                    assert_eq!(report.received, Some(received), "the service sets the receipt");
                    (number, "taken")
                }
                Err(refusal) => (number, refusal.code.word()),
            })
            .collect())
    }

    #[test]
    fn a_token_speaks_for_the_devices_of_its_site_and_no_bad_line_costs_another() {
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(LINE_BYTES_MAX));
        let lines = [
            (READ, "taken"),
            (TICKET, "taken"),
            ("", ""),
            (&READ.replace("}", ",\"received\":\"2020-01-01T00:00:00Z\"}"), "taken"),
            (&READ.replace("R1", "R2"), "other_site"),
            (&READ.replace("R1", "R9"), "unknown_reader"),
            (&TICKET.replace("S1", "S2"), "other_site"),
            (&READ.replace("\"reader\":\"R1\"", "\"plate\":\"豫A12345\""), "not_a_site_report"),
            (
                r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T08:00:00Z","lat":34.5,"lon":113.4,"fix":"3d"}"#,
                "not_a_site_report",
            ),
            ("{\"type\":\"rfid\"", "not_json"),
            (&READ.replace("\"epc\":\"30751FEB\"", "\"x\":1"), "missing_member"),
            (&READ.replace("30751FEB", "tag"), "malformed_member"),
            (&long, "line_too_long"),
            (READ, "taken"),
        ];
        let body = lines.iter().map(|(line, _)| *line).collect::<Vec<_>>().join("\r\n");
        let expected: Vec<_> = lines
            .iter()
            .enumerate()
            .filter(|(_, (line, _))| !line.is_empty())
            .map(|(index, (_, word))| (index + 1, *word))
            .collect();
        assert_eq!(outcome(body.as_bytes(), BodyForm::Lines).unwrap(), expected);
        let array = format!("[{READ},{TICKET},{{}},3]");
        assert_eq!(
            outcome(array.as_bytes(), BodyForm::Array).unwrap(),
            [(1, "taken"), (2, "taken"), (3, "missing_member"), (4, "not_json")]
        );
        assert_eq!(outcome(READ.as_bytes(), BodyForm::Array).unwrap(), [(1, "taken")]);
    }

    #[test]
    fn an_array_and_lines_that_say_the_same_are_the_same_reports() {
        let registry = registry();
        let (site, now) = ("S1".parse().unwrap(), Timestamp::from_seconds(0));
        let by = |body: String, form| read(body.as_bytes(), form, &site, &registry, now).unwrap();
        assert_eq!(
            by(format!("{READ}\n{TICKET}"), BodyForm::Lines),
            by(format!("[{READ},\n{TICKET}]"), BodyForm::Array)
        );
    }

    #[test]
    fn a_body_that_is_too_much_or_no_array_is_refused_whole() {
        let many = format!("{READ}\n").repeat(REQUEST_LINES_MAX + 1);
        assert_eq!(outcome(many.as_bytes(), BodyForm::Lines), Err(BodyError::TooManyLines));
        assert!(outcome(&many.as_bytes()[..READ.len()], BodyForm::Lines).is_ok());
        for body in ["", "[", "7", "[{}] x"] {
            assert!(matches!(outcome(body.as_bytes(), BodyForm::Array), Err(BodyError::NotAnArray { .. })));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = outcome(&body, BodyForm::Lines);
            let _ = outcome(&body, BodyForm::Array);
        }
    }
}
