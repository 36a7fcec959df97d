//! Reading a stretch of one truck: chunks, what waits in memory, and the end of the log that nobody has followed yet.
//! A report stored this moment lies in one of them at least, in whatever order they are looked at; two is no harm.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use domain::{Report, Timestamp};

use super::chunk::{Rows, Wanted};
use super::day::Parts;
use super::hour::{Day, Hour};
use super::sorted::Sorted;
use super::subject::Subject;
use super::{History, HistoryError};
use crate::log::encoding;
use crate::store::SubjectNumber;

/// Most log rows past the follower's position that a reader looks through. The follower is behind that far only while it
/// reads an old log for the first time.
pub const TAIL_BATCHES_MAX: usize = 4_096;
/// Log rows read at once.
const READ_BATCHES: u32 = 64;

/// What was read of a subject.
#[derive(Debug, Default)]
pub struct Reading {
    /// Stretches that follow each other, whole days or hours: cut to the moments asked for by whoever writes them out.
    pub stretches: Vec<Rows>,
    /// Part of the log is not looked through yet: newer reports may be missing.
    pub is_behind: bool,
}

impl History {
    /// The reports of a subject in a stretch of time, both ends included, by whole days and hours.
    pub async fn read(
        &self,
        subject: &Subject,
        stretch: &RangeInclusive<Timestamp>,
        wanted: Wanted,
    ) -> Result<Reading, HistoryError> {
        let (parts, is_behind) = self.parts_of(subject, stretch).await?;
        let subject = subject.clone();
        let stretches = tokio::task::spawn_blocking(move || -> Result<Vec<Rows>, HistoryError> {
            let mut stretches = Vec::new();
            for parts in parts.into_values() {
                stretches.extend(parts.rows(&subject, wanted)?);
            }
            Ok(stretches)
        })
        .await
        .map_err(HistoryError::Background)??;
        Ok(Reading { stretches, is_behind })
    }

    async fn parts_of(
        &self,
        subject: &Subject,
        stretch: &RangeInclusive<Timestamp>,
    ) -> Result<(BTreeMap<Day, Parts>, bool), HistoryError> {
        let hours = Hour::of(*stretch.start())..=Hour::of(*stretch.end());
        let (loose, position) = {
            let pending = self.pending();
            (pending.of(subject, &hours), pending.position())
        };
        let mut parts: BTreeMap<Day, Parts> = BTreeMap::new();
        let mut add = |reports: Vec<Report>| {
            for report in reports {
                parts.entry(Day::of(report.time)).or_default().add_loose(vec![report]);
            }
        };
        add(loose);
        let is_behind = self
            .each_of_tail(position, stretch, |report| {
                if subject.owns(&report) {
                    add(vec![report]);
                }
            })
            .await?;
        if let Some(number) = self.store().number_of(subject).await? {
            self.add_chunks(number, &hours, &mut parts).await?;
        }
        Ok((parts, is_behind))
    }

    /// Hours before days: an hour folded in between is then seen twice, never not.
    async fn add_chunks(
        &self,
        number: SubjectNumber,
        hours: &RangeInclusive<Hour>,
        parts: &mut BTreeMap<Day, Parts>,
    ) -> Result<(), HistoryError> {
        let (first, last) = (hours.start().day(), hours.end().day());
        let of_hours: Vec<(Hour, SubjectNumber)> = (hours.start().number()..=hours.end().number())
            .map(|hour| (Hour::from_number(hour), number))
            .collect();
        for ((hour, _), chunk) in self.store().hour_chunks(&of_hours).await? {
            parts.entry(hour.day()).or_default().hours.insert(hour, chunk.bytes);
        }
        let of_days: Vec<(Day, SubjectNumber)> =
            (first.number()..=last.number()).map(|day| (Day::from_number(day), number)).collect();
        for ((day, _), chunk) in self.store().day_chunks(&of_days).await? {
            parts.entry(day).or_default().day = Some(chunk.bytes);
        }
        Ok(())
    }

    /// Hands over every report of a stretch of time that lies in the log after a position; tells whether some were left.
    async fn each_of_tail(
        &self,
        position: u64,
        stretch: &RangeInclusive<Timestamp>,
        mut each: impl FnMut(Report),
    ) -> Result<bool, HistoryError> {
        let (mut after, mut seen) = (position, 0);
        loop {
            let batches =
                self.reports.batches_between(after, *stretch.start(), *stretch.end(), READ_BATCHES).await?;
            let Some(last) = batches.last().map(|batch| batch.position) else { return Ok(false) };
            if seen >= TAIL_BATCHES_MAX {
                return Ok(true);
            }
            seen += batches.len();
            for batch in &batches {
                let reports = encoding::decode(batch).map_err(crate::log::ReadError::from)?;
                reports.into_iter().filter(|report| stretch.contains(&report.time)).for_each(&mut each);
            }
            after = last;
        }
    }

    /// Every subject's reports of a local day, one subject after the other, by name. For exports: what waits in memory is
    /// looked at once, at the beginning.
    pub async fn each_of_day(
        &self,
        day: Day,
        mut each: impl FnMut(&Subject, Sorted) -> Result<(), HistoryError>,
    ) -> Result<bool, HistoryError> {
        let stretch = day.start()..=day.end().plus_millis(-1);
        let hours = Hour::of(*stretch.start())..=Hour::of(*stretch.end());
        let (mut loose, position) = {
            let pending = self.pending();
            (pending.within(&hours), pending.position())
        };
        let is_behind = self
            .each_of_tail(position, &stretch, |report| {
                loose.entry(Subject::of(&report)).or_default().push(report);
            })
            .await?;
        let names = self.store().subjects().await?;
        let mut stored: HashMap<Subject, SubjectNumber> = HashMap::new();
        let in_hours = self.store().hours_of(day).await?.into_iter().map(|(subject, _)| subject);
        for number in in_hours.chain(self.store().subjects_of(day).await?) {
            if let Some(subject) = names.get(&number) {
                stored.insert(subject.clone(), number);
            }
        }
        let mut all: Vec<Subject> = stored.keys().chain(loose.keys()).cloned().collect();
        all.sort_unstable();
        all.dedup();
        for subject in all {
            let mut parts: BTreeMap<Day, Parts> = BTreeMap::new();
            parts.entry(day).or_default().add_loose(loose.remove(&subject).unwrap_or_default());
            if let Some(number) = stored.get(&subject) {
                self.add_chunks(*number, &hours, &mut parts).await?;
            }
            if let Some(parts) = parts.remove(&day).filter(|parts| !parts.is_empty()) {
                each(&subject, parts.whole(&subject)?)?;
            }
        }
        Ok(is_behind)
    }
}
