//! A subject's day put together from what is stored and what waits to be (pure).

use std::collections::BTreeMap;

use domain::Report;

use super::chunk::{self, CHUNK_REPORTS_MAX, ChunkError, Rows, Wanted};
use super::hour::Hour;
use super::sorted::Sorted;
use super::subject::Subject;

/// The parts of one subject's local day. Parts may say the same; together they are the day.
#[derive(Debug, Default)]
pub struct Parts {
    /// The day's own chunk, once it is over.
    pub day: Option<Vec<u8>>,
    /// Chunks of hours outside it.
    pub hours: BTreeMap<Hour, Vec<u8>>,
    /// Reports in no chunk.
    pub loose: BTreeMap<Hour, Vec<Report>>,
}

impl Parts {
    /// Adds reports that are in no chunk.
    pub fn add_loose(&mut self, reports: Vec<Report>) {
        for report in reports {
            self.loose.entry(Hour::of(report.time)).or_default().push(report);
        }
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.day.is_none() && self.hours.is_empty() && self.loose.is_empty()
    }

    /// The columns wanted, in stretches that follow each other. The usual day is one chunk and costs one pass.
    pub fn rows(self, subject: &Subject, wanted: Wanted) -> Result<Vec<Rows>, ChunkError> {
        match &self.day {
            Some(day) if self.hours.is_empty() && self.loose.is_empty() => {
                Ok(vec![chunk::decode_rows(subject, day, wanted)?])
            }
            Some(_) => Ok(vec![Rows::of(self.whole(subject)?.as_slice())]),
            None => self.rows_by_hour(subject, wanted),
        }
    }

    fn rows_by_hour(self, subject: &Subject, wanted: Wanted) -> Result<Vec<Rows>, ChunkError> {
        let Self { mut loose, hours, .. } = self;
        let mut rows = BTreeMap::new();
        for (hour, bytes) in &hours {
            let of_hour = match loose.remove(hour) {
                None => chunk::decode_rows(subject, bytes, wanted)?,
                Some(more) => Rows::of(chunk::decode(subject, bytes)?.merge(Sorted::of(more)).as_slice()),
            };
            rows.insert(*hour, of_hour);
        }
        for (hour, reports) in loose {
            rows.insert(hour, Rows::of(Sorted::of(reports).as_slice()));
        }
        Ok(rows.into_values().collect())
    }

    /// Every report of the day.
    pub fn whole(self, subject: &Subject) -> Result<Sorted, ChunkError> {
        let mut reports: Vec<Report> = Vec::new();
        for bytes in self.day.iter().chain(self.hours.values()) {
            reports.extend(chunk::decode(subject, bytes)?.into_vec());
        }
        reports.extend(self.loose.into_values().flatten());
        Ok(Sorted::of(reports))
    }
}

/// One chunk of everything given: bytes, how many reports they hold, and how many were too many to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) bytes: Vec<u8>,
    pub(super) reports: usize,
    pub(super) cut: usize,
}

/// Packs reports, at most [`CHUNK_REPORTS_MAX`] of them.
pub(super) fn pack(subject: &Subject, mut reports: Sorted) -> Result<Packed, ChunkError> {
    let cut = reports.cut(CHUNK_REPORTS_MAX);
    let bytes = chunk::encode(subject, &reports)?;
    Ok(Packed { bytes, reports: reports.as_slice().len(), cut })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report::Content;
    use domain::{FixKind, FixReport, Position, Timestamp};
    use proptest::prelude::*;

    fn subject() -> Subject {
        Subject::Truck("豫A12345".parse().unwrap())
    }

    /// A report of a second of the day 2026-11-20.
    fn report(second: u32) -> Report {
        let start: Timestamp = "2026-11-20T00:00:00+08:00".parse().unwrap();
        let place = Position::from_degrees(34.5, 113.4 + f64::from(second) * 1e-5).unwrap();
        let fix = FixReport::bare("豫A12345".parse().unwrap(), place, FixKind::D3);
        Report { time: start.plus_seconds(i64::from(second)), content: Content::Fix(fix), received: None }
    }

    fn packed(reports: &[Report]) -> Vec<u8> {
        pack(&subject(), Sorted::of(reports.to_vec())).unwrap().bytes
    }

    proptest! {
        #[test]
        fn wherever_a_report_lies_the_day_is_the_same(
            seconds in prop::collection::btree_map(0..86_400u32, 1..8u8, 0..60),
        ) {
            // Three bits: in the day's chunk, in its hour's, loose. Each report lies somewhere, some in several places.
            let lies = |bit: u8| seconds.iter().filter(move |(_, places)| *places & bit != 0).map(|(s, _)| report(*s));
            let day: Vec<Report> = lies(1).collect();
            let mut parts = Parts { day: (!day.is_empty()).then(|| packed(&day)), ..Parts::default() };
            let mut by_hour: BTreeMap<Hour, Vec<Report>> = BTreeMap::new();
            lies(2).for_each(|report| by_hour.entry(Hour::of(report.time)).or_default().push(report));
            parts.hours = by_hour.iter().map(|(hour, reports)| (*hour, packed(reports))).collect();
            parts.add_loose(lies(4).collect());
            let rows = parts.rows(&subject(), Wanted::ALL).unwrap();
            let times: Vec<i64> = rows.iter().flat_map(|rows| rows.fixes.time_ms.clone()).collect();
            let expected: Vec<i64> = seconds.keys().map(|s| report(*s).time.millis()).collect();
            prop_assert_eq!(times, expected);
        }
    }
}
