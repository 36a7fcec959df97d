//! What goes into the spool: one chosen fix with the tags read since the one before.
//!
//! As bytes it is a version, the altitude, and the contract's JSON lines of its reports, so a spool that must be read by
//! hand can be.

use domain::report::{Content, Report};
use domain::report_line::{ReportLineError, parse_line, to_line};
use domain::{FixReport, Plate, Timestamp, TruckSighting};
use wire::{Location, TagRead};

/// Most tags one record carries; further ones travel with the next.
pub const TAGS_MAX: usize = 16;

const VERSION: u8 = 1;
/// Stands for an unknown altitude.
const NO_ALTITUDE: i32 = i32::MIN;

/// A fix chosen to be reported, as the wire will carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: Timestamp,
    /// Where and in what state.
    pub fix: FixReport,
    /// Metres above mean sea level.
    pub altitude_m: Option<i32>,
    /// Tags read since the record before.
    pub tags: Vec<TagRead>,
}

/// Why bytes are no record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Too short, of another version, or not text.
    #[error("a record of the spool is of another version or cut short")]
    Form,
    /// A line of it cannot be read.
    #[error("a report in the spool cannot be read")]
    Line(#[source] ReportLineError),
}

impl Record {
    /// The reports it stands for: the fix, then the tags.
    pub fn reports(&self) -> Vec<Report> {
        let fix = Report { time: self.time, content: Content::Fix(self.fix.clone()), received: None };
        let plate = &self.fix.plate;
        std::iter::once(fix).chain(self.tags.iter().map(|tag| sighting(tag, plate))).collect()
    }

    /// What is sent of it.
    pub fn location(&self) -> Location {
        Location::from_fix(self.time, &self.fix, self.altitude_m, &self.tags)
    }

    /// Its bytes in the spool.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.altitude_m.unwrap_or(NO_ALTITUDE).to_le_bytes());
        let lines: Vec<String> = self.reports().iter().map(to_line).collect();
        bytes.extend_from_slice(lines.join("\n").as_bytes());
        bytes
    }

    /// Reads its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let (head, text) = bytes.split_first_chunk::<5>().ok_or(RecordError::Form)?;
        let [VERSION, altitude @ ..] = head else {
            return Err(RecordError::Form);
        };
        let altitude_m = Some(i32::from_le_bytes(*altitude)).filter(|metres| *metres != NO_ALTITUDE);
        let text = str::from_utf8(text).map_err(|_not_text| RecordError::Form)?;
        let mut reports = text.lines().map(|line| parse_line(line).map_err(RecordError::Line));
        let Some(Report { time, content: Content::Fix(fix), .. }) = reports.next().transpose()? else {
            return Err(RecordError::Form);
        };
        let tags = reports.map(|report| tag_of(report?)).collect::<Result<_, _>>()?;
        Ok(Self { time, fix, altitude_m, tags })
    }
}

fn sighting(tag: &TagRead, plate: &Plate) -> Report {
    let sighting = TruckSighting { plate: plate.clone(), epc: tag.epc.clone(), rssi_dbm: tag.rssi_dbm };
    Report { time: tag.time, content: Content::AtTruck(sighting), received: None }
}

fn tag_of(report: Report) -> Result<TagRead, RecordError> {
    match report.content {
        Content::AtTruck(seen) => Ok(TagRead { time: report.time, epc: seen.epc, rssi_dbm: seen.rssi_dbm }),
        _ => Err(RecordError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FixKind, Position};
    use proptest::prelude::*;

    fn record(altitude_m: Option<i32>, tags: usize) -> Record {
        let position = Position::from_e7(345_394_001, 1_133_905_002).unwrap();
        let time = Timestamp::from_millis(1_795_000_000_123);
        let tag = TagRead { time, epc: "30751FEB705C5904E3D50D70".parse().unwrap(), rssi_dbm: Some(-55) };
        let fix = FixReport::bare("豫A12345D".parse().unwrap(), position, FixKind::D3);
        Record { time, fix, altitude_m, tags: vec![tag; tags] }
    }

    #[test]
    fn the_platform_reads_the_very_reports_that_were_spooled() {
        let record = record(Some(110), 2);
        let (time, fix) = wire::quantise(record.time, &record.fix);
        let source: domain::TerminalId = "13800000001".parse().unwrap();
        let record = Record { time, fix: FixReport { source: Some(source.clone()), ..fix }, ..record };
        let read = record.location().to_reports(&record.fix.plate, &source, record.time).unwrap();
        let without_receipt: Vec<_> = read.into_iter().map(|r| Report { received: None, ..r }).collect();
        assert_eq!(without_receipt, record.reports());
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        for record in [record(None, 0), record(Some(-12), 3)] {
            assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
        }
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_refused_or_read_but_never_panic(at in 0usize..300, byte in any::<u8>(), cut in 0usize..400) {
            let mut bytes = record(Some(110), 2).to_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut);
            let _read = Record::from_bytes(&bytes);
        }
    }
}
