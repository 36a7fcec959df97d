//! What goes into the spool: one chosen fix with the tags read since the one before.
//!
//! As bytes it is a version, the altitude, what the platform asked to be told, the contract's JSON lines of its reports, so
//! a spool that must be read by hand can be, and a line for each tag conflict: the word `tag_conflict` and the wire's bytes
//! in hexadecimal.

use domain::report::{Content, Report};
use domain::report_line::{ReportLineError, parse_line, to_line};
use domain::{FixReport, Plate, Timestamp, TruckSighting};
use wire::location::alarm;
use wire::{Extra, Gap, Location, TagConflict, TagRead};

use crate::areas::{AreaKind, Crossing};

/// Most tags one record carries; further ones travel with the next.
pub const TAGS_MAX: usize = 16;

/// Most tag conflicts one record carries; further ones travel with the next.
pub const CONFLICTS_MAX: usize = 2;
/// Most areas entered or left that one record tells; further ones are told by their effect alone.
pub const CROSSINGS_MAX: usize = 8;

const VERSION: u8 = 2;
/// Without alarms, areas and conflicts; still read.
const VERSION_1: u8 = 1;
const CONFLICT_LINE: &str = "tag_conflict ";
const CROSSING_BYTES: usize = 6;
const OVERSPEED: u8 = 1;
const URGENT: u8 = 2;
/// Id, length and value of an area entered or left, and of a gap.
const CROSSING_EXTRA_BYTES: usize = 2 + 6;
const GAP_EXTRA_BYTES: usize = 2 + 21;
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
    /// Hints at copied tags met since the record before.
    pub conflicts: Vec<TagConflict>,
    /// What the platform asked to be told.
    pub told: Told,
    /// It is not to wait for others on its way.
    pub urgent: bool,
}

/// What a record tells because the platform asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The truck is faster than the platform's limit (alarm bit 1).
    pub overspeed: bool,
    /// Areas entered or left (alarm bit 20, extra 0x12), at most [`CROSSINGS_MAX`].
    pub crossings: Vec<Crossing>,
}

impl Told {
    /// The bytes it takes in a location, ids and lengths included.
    pub fn extra_bytes(&self) -> usize {
        self.crossings.len() * CROSSING_EXTRA_BYTES
    }
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
    /// A line of a tag conflict cannot be read.
    #[error("a tag conflict in the spool cannot be read")]
    Conflict,
}

impl Record {
    /// The reports it stands for: the fix, then the tags.
    pub fn reports(&self) -> Vec<Report> {
        let fix = Report { time: self.time, content: Content::Fix(self.fix.clone()), received: None };
        let plate = &self.fix.plate;
        std::iter::once(fix).chain(self.tags.iter().map(|tag| sighting(tag, plate))).collect()
    }

    /// What is sent of it. `gaps`, what was lost before it, are taken from the front as far as they fit.
    pub fn location(&self, gaps: &mut Vec<Gap>) -> Location {
        let mut location = Location::from_fix(self.time, &self.fix, self.altitude_m, &self.tags);
        location.extras.extend(self.conflicts.iter().cloned().map(Extra::TagConflict));
        if self.told.overspeed {
            location.alarm |= alarm::OVERSPEED;
        }
        if !self.told.crossings.is_empty() {
            location.alarm |= alarm::AREA;
        }
        let crossings = self.told.crossings.iter().map(|crossing| Extra::AreaCrossing {
            area_kind: crossing.kind.code(),
            area_id: crossing.id,
            direction: u8::from(!crossing.entered),
        });
        location.extras.extend(crossings);
        let mut bytes = Vec::new();
        // A record that cannot be written is refused by the session, and says so.
        let _encoded = location.encode(&mut bytes);
        let room = wire::report::LOCATION_BYTES_MAX.saturating_sub(bytes.len()) / GAP_EXTRA_BYTES;
        location.extras.extend(gaps.drain(..gaps.len().min(room)).map(Extra::Gap));
        location
    }

    /// Its bytes in the spool.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.altitude_m.unwrap_or(NO_ALTITUDE).to_le_bytes());
        let crossings = self.told.crossings.iter().take(CROSSINGS_MAX);
        let flags = (u8::from(self.told.overspeed) * OVERSPEED) | (u8::from(self.urgent) * URGENT);
        bytes.extend_from_slice(&[flags, crossings.len() as u8]);
        for crossing in crossings {
            bytes.extend_from_slice(&[crossing.kind.code(), u8::from(crossing.entered)]);
            bytes.extend_from_slice(&crossing.id.to_le_bytes());
        }
        let mut lines: Vec<String> = self.reports().iter().map(to_line).collect();
        let line = |conflict: &TagConflict| format!("{CONFLICT_LINE}{}", hex::encode(conflict.to_bytes()));
        lines.extend(self.conflicts.iter().map(line));
        bytes.extend_from_slice(lines.join("\n").as_bytes());
        bytes
    }

    /// Reads its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let (head, rest) = bytes.split_first_chunk::<5>().ok_or(RecordError::Form)?;
        let (told, urgent, text) = match head {
            [VERSION_1, ..] => (Told::default(), true, rest),
            [VERSION, ..] => told_of(rest).ok_or(RecordError::Form)?,
            _ => return Err(RecordError::Form),
        };
        let [_, altitude @ ..] = head;
        let altitude_m = Some(i32::from_le_bytes(*altitude)).filter(|metres| *metres != NO_ALTITUDE);
        let text = str::from_utf8(text).map_err(|_not_text| RecordError::Form)?;
        let mut lines = text.lines();
        let first = parse_line(lines.next().ok_or(RecordError::Form)?).map_err(RecordError::Line)?;
        let Report { time, content: Content::Fix(fix), .. } = first else {
            return Err(RecordError::Form);
        };
        let (mut tags, mut conflicts) = (Vec::new(), Vec::new());
        for line in lines {
            match line.strip_prefix(CONFLICT_LINE) {
                Some(bytes) => conflicts.push(conflict_of(bytes).ok_or(RecordError::Conflict)?),
                None => tags.push(tag_of(parse_line(line).map_err(RecordError::Line)?)?),
            }
        }
        Ok(Self { time, fix, altitude_m, tags, conflicts, told, urgent })
    }
}

/// What is told, whether it is urgent, and the bytes behind it.
fn told_of(bytes: &[u8]) -> Option<(Told, bool, &[u8])> {
    let (&[flags, count], rest) = bytes.split_first_chunk::<2>()?;
    let (crossings, text) = rest.split_at_checked(usize::from(count) * CROSSING_BYTES)?;
    let crossings = crossings.chunks_exact(CROSSING_BYTES).map(|bytes| {
        let (&[kind, entered], id) = bytes.split_first_chunk::<2>()?;
        let id = u32::from_le_bytes(id.try_into().ok()?);
        Some(Crossing { kind: AreaKind::from_code(kind)?, id, entered: entered == 1 })
    });
    let crossings = crossings.collect::<Option<_>>()?;
    Some((Told { overspeed: flags & OVERSPEED != 0, crossings }, flags & URGENT != 0, text))
}

fn sighting(tag: &TagRead, plate: &Plate) -> Report {
    let sighting = TruckSighting { plate: plate.clone(), epc: tag.epc.clone(), rssi_dbm: tag.rssi_dbm };
    Report { time: tag.time, content: Content::AtTruck(sighting), received: None }
}

fn conflict_of(bytes: &str) -> Option<TagConflict> {
    TagConflict::decode(&hex::decode(bytes).ok()?)
}

/// The bytes conflicts take in a location, ids and lengths included.
pub(crate) fn conflict_bytes(conflicts: &[TagConflict]) -> usize {
    conflicts.iter().map(|conflict| conflict.to_bytes().len() + 2).sum()
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
        let crossing = Crossing { kind: AreaKind::Polygon, id: 7, entered: false };
        let told = Told { overspeed: tags > 1, crossings: vec![crossing; tags.min(CROSSINGS_MAX)] };
        let conflict = TagConflict {
            kind: wire::TagConflictKind::OtherTidSeen,
            time,
            tid: "E280689400004001".parse().unwrap(),
            epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
        };
        let conflicts = vec![conflict; tags.min(1)];
        Record { time, fix, altitude_m, tags: vec![tag; tags], conflicts, told, urgent: true }
    }

    #[test]
    fn the_platform_reads_the_very_reports_that_were_spooled() {
        let record = record(Some(110), 2);
        let (time, fix) = wire::quantise(record.time, &record.fix);
        let source: domain::TerminalId = "13800000001".parse().unwrap();
        let record = Record { time, fix: FixReport { source: Some(source.clone()), ..fix }, ..record };
        let read =
            record.location(&mut Vec::new()).to_reports(&record.fix.plate, &source, record.time).unwrap();
        let without_receipt: Vec<_> = read.into_iter().map(|r| Report { received: None, ..r }).collect();
        assert_eq!(without_receipt, record.reports());
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        for record in [record(None, 0), record(Some(-12), 3)] {
            assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
        }
    }

    #[test]
    fn a_record_of_the_first_version_is_still_read() {
        let record = Record { told: Told::default(), conflicts: Vec::new(), ..record(Some(3), 1) };
        let mut bytes = record.to_bytes();
        bytes.drain(5..7);
        bytes[0] = VERSION_1;
        assert_eq!(Record::from_bytes(&bytes).unwrap(), record);
    }

    #[test]
    fn what_the_platform_asked_for_and_what_was_lost_is_told() {
        let mut gaps = vec![Gap { cause: wire::GapCause::Full, records: 3, first: None, last: None }];
        let location = record(None, 2).location(&mut gaps);
        assert_eq!(location.alarm, alarm::OVERSPEED | alarm::AREA);
        assert_eq!(location.gaps().map(|gap| gap.records).collect::<Vec<_>>(), [3]);
        let crossing = Extra::AreaCrossing { area_kind: 3, area_id: 7, direction: 1 };
        assert_eq!(location.extras.iter().filter(|extra| **extra == crossing).count(), 2);
        assert!(gaps.is_empty());
    }

    #[test]
    fn gaps_that_do_not_fit_travel_with_the_next_record() {
        let gap = Gap { cause: wire::GapCause::Full, records: 3, first: None, last: None };
        let mut gaps = vec![gap; 60];
        let mut bytes = Vec::new();
        record(None, 3).location(&mut gaps).encode(&mut bytes).unwrap();
        assert!(bytes.len() <= wire::report::LOCATION_BYTES_MAX && !gaps.is_empty(), "{}", bytes.len());
    }

    #[test]
    fn a_tag_conflict_is_on_the_wire_beside_the_fullest_record() {
        let full = Record {
            conflicts: vec![record(None, 1).conflicts[0].clone(); CONFLICTS_MAX],
            ..record(None, TAGS_MAX)
        };
        let fitting = wire::report::tags_that_fit_beside(
            &full.tags,
            conflict_bytes(&full.conflicts) + full.told.extra_bytes(),
        );
        assert_eq!(fitting, TAGS_MAX);
        let conflicts =
            full.location(&mut Vec::new()).extras.into_iter().filter(|e| matches!(e, Extra::TagConflict(_)));
        assert_eq!(conflicts.count(), CONFLICTS_MAX);
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
