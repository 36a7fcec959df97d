//! How a batch of reports lies in the log: one byte for the form, then the reports as postcard.
//!
//! A report is encoded once, by whoever hands it over: its bytes go to the log as they are, and what makes it the same
//! report as another is a hash over those before its receipt time.

use domain::report::Content;
use domain::{Report, Timestamp};
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::seen::{SHARDS, SeenId};
use crate::store::LoggedBatch;

/// The form written; forms are never reused for another layout.
const FORM_POSTCARD_1: u8 = 1;
/// How [`SeenId`]s are made. A change of it, or of the form the hash is over, has them made anew from the log.
pub const SEEN_FORM: i64 = 1;
/// Bytes a fix takes, about: how much room is made before.
const BYTES_A_REPORT: usize = 80;

/// A batch cannot be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Written in a form this program does not know.
    #[error(
        "report log position {position} is in form {form}, only form 1 is known: start the newer program that wrote it"
    )]
    Form {
        /// Where.
        position: u64,
        /// The form found; 0 when the batch is empty.
        form: u8,
    },
    /// The bytes are not what was written.
    #[error("report log position {position} is damaged: restore the database from a backup")]
    Damaged {
        /// Where.
        position: u64,
        /// What the decoder met.
        #[source]
        source: postcard::Error,
    },
    /// The reports cannot be encoded.
    #[error("reports cannot be encoded")]
    Encode {
        /// What the encoder met.
        #[source]
        source: postcard::Error,
    },
}

/// What the log has to know of a report to store it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The report's own time.
    pub time: Timestamp,
    /// What tells it from others.
    pub id: SeenId,
    /// Where its bytes end; they begin where those of the one before end.
    end: usize,
}

/// Reports in the form of the log.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

impl Encoded {
    /// Encodes reports.
    pub fn of(reports: &[Report]) -> Result<Self, BatchError> {
        let mut encoded = Self {
            bytes: Vec::with_capacity(reports.len() * BYTES_A_REPORT),
            marks: Vec::with_capacity(reports.len()),
        };
        reports.iter().try_for_each(|report| encoded.add(report))?;
        Ok(encoded)
    }

    /// A mark a report, in order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The bytes of one report.
    pub fn bytes_of(&self, index: usize) -> &[u8] {
        let from = index.checked_sub(1).map_or(0, |before| self.marks[before].end);
        &self.bytes[from..self.marks[index].end]
    }

    fn add(&mut self, report: &Report) -> Result<(), BatchError> {
        let from = self.bytes.len();
        write(&mut self.bytes, &report.time)?;
        write(&mut self.bytes, &report.content)?;
        let id = seen_id(&report.content, &self.bytes[from..]);
        write(&mut self.bytes, &report.received)?;
        self.marks.push(Mark { time: report.time, id, end: self.bytes.len() });
        Ok(())
    }
}

/// The bytes of a log row: the reports' own bytes, `count` of them, behind the form and the count.
pub fn row<'a>(count: usize, reports: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, BatchError> {
    let mut row = Vec::with_capacity(16 + count * BYTES_A_REPORT);
    row.push(FORM_POSTCARD_1);
    write(&mut row, &count)?;
    reports.for_each(|bytes| row.extend_from_slice(bytes));
    Ok(row)
}

/// Decodes a stored batch.
pub fn decode(batch: &LoggedBatch) -> Result<Vec<Report>, BatchError> {
    let position = batch.position;
    match batch.bytes.split_first() {
        Some((&FORM_POSTCARD_1, bytes)) => {
            postcard::from_bytes(bytes).map_err(|source| BatchError::Damaged { position, source })
        }
        Some((&form, _)) => Err(BatchError::Form { position, form }),
        None => Err(BatchError::Form { position, form: 0 }),
    }
}

/// Writes behind what is there already.
struct Behind<'a>(&'a mut Vec<u8>);

impl Flavor for Behind<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

fn write(bytes: &mut Vec<u8>, value: &impl Serialize) -> Result<(), BatchError> {
    postcard::serialize_with_flavor(value, Behind(bytes)).map_err(|source| BatchError::Encode { source })
}

fn seen_id(content: &Content, said: &[u8]) -> SeenId {
    let subject = match content {
        Content::Fix(fix) => fix.plate.as_str(),
        Content::AtTruck(sighting) => sighting.plate.as_str(),
        Content::Weigh(ticket) => ticket.plate.as_str(),
        Content::AtReader(sighting) => sighting.reader.as_str(),
    };
    SeenId::new(shard_of(subject), &Sha256::digest(said).into())
}

/// FNV-1a: what is stored by it must not change with a library.
fn shard_of(subject: &str) -> u16 {
    const BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let hash = subject.bytes().fold(BASIS, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    ((hash ^ (hash >> 16)) % u32::from(SHARDS)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report_line::parse_line;

    const LINES: [&str; 4] = [
        r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T16:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d","source":"13912345678"}"#,
        r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB705C5904E3D50D70","rssi_dbm":-55}"#,
        r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","plate":"豫A12345","epc":"30751FEB","received":"2026-11-23T16:00:01+08:00"}"#,
        r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#,
    ];

    fn reports() -> Vec<Report> {
        LINES.iter().map(|line| parse_line(line).unwrap()).collect()
    }

    #[test]
    fn reports_encoded_one_by_one_are_the_list_of_them_encoded_at_once() {
        let reports = reports();
        let encoded = Encoded::of(&reports).unwrap();
        let row = row(reports.len(), (0..reports.len()).map(|index| encoded.bytes_of(index))).unwrap();
        assert_eq!(row[1..], postcard::to_stdvec(&reports).unwrap());
        let batch = LoggedBatch { position: 7, appended: Timestamp::from_seconds(0), bytes: row };
        assert_eq!(decode(&batch).unwrap(), reports);
    }

    #[test]
    fn a_report_is_known_by_all_it_says_but_its_receipt() {
        let mut reports = reports();
        let first = Encoded::of(&reports).unwrap();
        for report in &mut reports {
            report.received = Some(report.time.plus_seconds(9));
        }
        let again = Encoded::of(&reports).unwrap();
        for report in &mut reports {
            report.time = report.time.plus_millis(1);
        }
        let other = Encoded::of(&reports).unwrap();
        for index in 0..reports.len() {
            assert_eq!(first.marks()[index].id, again.marks()[index].id, "{index}");
            assert_ne!(first.marks()[index].id, other.marks()[index].id, "{index}");
        }
    }

    #[test]
    fn what_a_report_is_known_by_is_the_same_in_every_version_of_the_program() {
        // Stored in databases: a difference here needs another SEEN_FORM.
        let known: Vec<String> =
            Encoded::of(&reports()).unwrap().marks().iter().map(|m| m.id.to_string()).collect();
        assert_eq!(
            known,
            [
                "00e8d9ae3f072dbb0375cda9192f6b9c",
                "03c828ffff5f9c8cf9c326054d848f99",
                "00e8868db8f00c9e2ed77b2dc3d026f3",
                "00e8ecfe94998819a7b41ab0757fa0d9",
            ]
        );
    }
}
