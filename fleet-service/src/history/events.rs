//! What is no fix, column by column: tags a truck saw, fixed readers that saw a tag, weighbridge tickets. Each says when,
//! one name and at most one number.

use std::collections::BTreeMap;

use domain::report::Content;
use domain::{ReaderSighting, Report, Timestamp, TruckSighting, WeighTicket};

use super::subject::Subject;

const KIND_BITS: i64 = 0b11;
const KIND_AT_TRUCK: i64 = 0;
const KIND_AT_READER: i64 = 1;
const KIND_WEIGH: i64 = 2;
const HAS_NUMBER: i64 = 1 << 2;
const HAS_RECEIVED: i64 = 1 << 3;

/// Reports that are no fixes, in their order.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) time_ms: Vec<i64>,
    /// Kind, and whether a number and a time of receipt are there.
    pub(super) marks: Vec<i64>,
    /// Index into `names`.
    pub(super) name: Vec<i64>,
    /// Signal strength in dBm, or mass in kg.
    pub(super) number: Vec<i64>,
    pub(super) delay_ms: Vec<i64>,
    /// Tags, readers and sites.
    pub(super) names: Vec<String>,
}

impl Events {
    /// The reports that are no fixes.
    pub(super) fn of(reports: &[Report]) -> Self {
        let mut events = Self::default();
        let mut numbers = BTreeMap::new();
        for report in reports {
            let (kind, name, number) = match &report.content {
                Content::Fix(_) => continue,
                Content::AtTruck(s) => (KIND_AT_TRUCK, s.epc.as_str(), s.rssi_dbm.map(i64::from)),
                Content::AtReader(s) => (KIND_AT_READER, s.reader.as_str(), s.rssi_dbm.map(i64::from)),
                Content::Weigh(t) => (KIND_WEIGH, t.site.as_str(), Some(i64::from(t.gross_kg))),
            };
            let index = *numbers.entry(name).or_insert_with(|| {
                events.names.push(name.to_owned());
                events.names.len() as i64 - 1
            });
            let received = report.received.map(|at| at.millis_since(report.time));
            let has = |there: bool, bit: i64| if there { bit } else { 0 };
            events.time_ms.push(report.time.millis());
            events
                .marks
                .push(kind | has(number.is_some(), HAS_NUMBER) | has(received.is_some(), HAS_RECEIVED));
            events.name.push(index);
            events.number.push(number.unwrap_or(0));
            events.delay_ms.push(received.unwrap_or(0));
        }
        events
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.time_ms.len()
    }

    /// The report in a row; `None` when the columns do not make one of this subject.
    pub(super) fn report(&self, row: usize, subject: &Subject) -> Option<Report> {
        let time = Timestamp::from_millis(*self.time_ms.get(row)?);
        let marks = *self.marks.get(row)?;
        let name = self.names.get(usize::try_from(*self.name.get(row)?).ok()?)?;
        let number = *self.number.get(row)?;
        let rssi_dbm = match marks & HAS_NUMBER {
            0 => None,
            _ => Some(i16::try_from(number).ok()),
        };
        // A number too large for a signal strength is refused below by the kinds that hold one.
        let strength = || rssi_dbm.map_or(Some(None), |fits| fits.map(Some));
        let content = match (marks & KIND_BITS, subject) {
            (KIND_AT_TRUCK, Subject::Truck(plate)) => Content::AtTruck(TruckSighting {
                plate: plate.clone(),
                epc: name.parse().ok()?,
                rssi_dbm: strength()?,
            }),
            (KIND_AT_READER, Subject::Tag(epc)) => Content::AtReader(ReaderSighting {
                reader: name.parse().ok()?,
                epc: epc.clone(),
                rssi_dbm: strength()?,
            }),
            (KIND_WEIGH, Subject::Truck(plate)) => Content::Weigh(WeighTicket {
                site: name.parse().ok()?,
                plate: plate.clone(),
                gross_kg: u32::try_from(number).ok()?,
            }),
            _ => return None,
        };
        let has_received = marks & HAS_RECEIVED != 0;
        let received = if has_received { Some(time.plus_millis(*self.delay_ms.get(row)?)) } else { None };
        Some(Report { time, content, received })
    }
}
