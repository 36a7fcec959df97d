//! The compact form of reports, byte by byte in `docs/report-handover.md`: [`MAGIC`], then records, each its length in two
//! bytes, low byte first, and a report as postcard, which is how it lies in the log as well. The length lets a reader go on
//! behind a record it cannot read.

use domain::Report;
use domain::report::Content;
use domain::report_line::{GROSS_T_MAX, RSSI_DBM};

use super::reading::{BodyError, Handed, Rejection, RejectionCode};

/// The content type.
pub const CONTENT_TYPE: &str = "application/vnd.mucktrail.reports";
/// What a body begins with: the name and the version of the form.
pub const MAGIC: [u8; 4] = *b"MTR1";
/// The same as text.
pub const MAGIC_TEXT: &str = "MTR1";
/// Longest record, in bytes. The longest report there can be is shorter.
pub const RECORD_BYTES_MAX: usize = 1_024;

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Handed, BodyError> {
    let mut rest = body.strip_prefix(&MAGIC).ok_or(BodyError::Magic)?;
    let mut handed = Handed::default();
    for line in 1.. {
        if rest.is_empty() {
            break;
        }
        if handed.is_full() {
            return Err(BodyError::TooManyReports);
        }
        let reject = |code, member, detail: String| Rejection { line, code, member, detail };
        let record = match split_record(rest) {
            Ok((record, behind)) => {
                rest = behind;
                record
            }
            Err((code, detail)) => {
                // Where the next record begins is not known any more.
                handed.rejections.push(reject(code, None, detail));
                break;
            }
        };
        match postcard::take_from_bytes::<Report>(record) {
            Ok((report, [])) => match out_of_range(&report) {
                None => handed.reports.push(report),
                Some(member) => {
                    let detail = format!("member {member:?} is out of range");
                    handed.rejections.push(reject(RejectionCode::MalformedMember, Some(member), detail));
                }
            },
            Ok((_, more)) => {
                let detail = format!("{} bytes follow the report inside its record", more.len());
                handed.rejections.push(reject(RejectionCode::MalformedRecord, None, detail));
            }
            Err(error) => {
                handed.rejections.push(reject(RejectionCode::MalformedRecord, None, error.to_string()));
            }
        }
    }
    Ok(handed)
}

/// Why no record can be taken from what is left, in a word and in a sentence.
type Unsplit = (RejectionCode, String);

fn split_record(rest: &[u8]) -> Result<(&[u8], &[u8]), Unsplit> {
    let cut_short = |missing: usize| {
        (RejectionCode::CutShort, format!("the body ends {missing} bytes before the record does"))
    };
    let (length, behind) = rest.split_first_chunk::<2>().ok_or_else(|| cut_short(2 - rest.len()))?;
    let length = usize::from(u16::from_le_bytes(*length));
    if length > RECORD_BYTES_MAX {
        let detail = format!(
            "the record has {length} bytes, at most {RECORD_BYTES_MAX} are read; nothing after it was read"
        );
        return Err((RejectionCode::TooLong, detail));
    }
    behind.split_at_checked(length).ok_or_else(|| cut_short(length - behind.len()))
}

/// Measures and places check themselves when they are read; these two are plain numbers.
fn out_of_range(report: &Report) -> Option<&'static str> {
    let rssi_dbm = match &report.content {
        Content::AtReader(sighting) => sighting.rssi_dbm,
        Content::AtTruck(sighting) => sighting.rssi_dbm,
        Content::Weigh(ticket) => {
            return (f64::from(ticket.gross_kg) > GROSS_T_MAX * 1000.0).then_some("gross_t");
        }
        Content::Fix(_) => None,
    };
    rssi_dbm.filter(|dbm| !RSSI_DBM.contains(dbm)).map(|_| "rssi_dbm")
}

/// Writes a body.
///
/// # Errors
/// When a report cannot be encoded; those there are can.
pub fn write(reports: &[Report]) -> Result<Vec<u8>, postcard::Error> {
    let mut body = MAGIC.to_vec();
    for report in reports {
        let record = postcard::to_stdvec(report)?;
        let length = u16::try_from(record.len()).map_err(|_longer| postcard::Error::SerializeBufferFull)?;
        body.extend_from_slice(&length.to_le_bytes());
        body.extend_from_slice(&record);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report_line::parse_line;

    /// The example of the documentation.
    const DOCUMENTED: &str = "4d5452312800\
                              8090daf6c068\
                              0009e8b1ab413132333435000280a182c90280debbb908\
                              0000000000\
                              0402020303\
                              00";

    #[test]
    fn what_the_documentation_shows_is_what_is_written() {
        let line = r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T16:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#;
        let body = write(&[parse_line(line).unwrap()]).unwrap();
        assert_eq!(hex::encode(body), DOCUMENTED);
    }

    #[track_caller]
    fn check(tail: &[u8], stored: usize, expected: &[(usize, &str)]) {
        let good = parse_line(
            r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB","rssi_dbm":-55}"#,
        );
        let mut body = write(&[good.unwrap()]).unwrap();
        body.extend_from_slice(tail);
        let handed = read(&body).unwrap();
        let rejected: Vec<_> = handed.rejections.iter().map(|r| (r.line, r.code.word())).collect();
        assert_eq!((handed.reports.len(), &rejected[..]), (stored, expected), "{tail:?}");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_named_and_costs_no_other() {
        check(&[], 1, &[]);
        check(&[1, 0, 9, 0, 0], 1, &[(2, "malformed_record"), (3, "malformed_record")]);
        check(&[9], 1, &[(2, "cut_short")]);
        check(&[9, 0, 1], 1, &[(2, "cut_short")]);
        check(&[1, 0, 9, 0xFF, 0xFF, 1, 2], 1, &[(2, "malformed_record"), (3, "too_long")]);
        let mut loud = parse_line(
            r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB","rssi_dbm":-55}"#,
        )
        .unwrap();
        if let Content::AtReader(sighting) = &mut loud.content {
            sighting.rssi_dbm = Some(3_000);
        }
        check(&write(&[loud]).unwrap()[MAGIC.len()..], 1, &[(2, "malformed_member")]);
        assert_eq!(read(b"MTR2"), Err(BodyError::Magic));
    }
}
