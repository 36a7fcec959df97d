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

/// Most reports past the follower's position that a reader looks through. The follower is behind that far only while it
/// reads an old log for the first time.
pub const TAIL_REPORTS_MAX: usize = 500_000;
/// Most rows decoded for one answer, by whole stretches: some 60 MB of columns.
pub const ROWS_MAX: usize = 1_000_000;
/// Log rows read at once.
const READ_BATCHES: u32 = 16;

/// What was read of a subject.
#[derive(Debug, Default)]
pub struct Reading {
    /// Stretches that follow each other, whole days or hours: cut to the moments asked for by whoever writes them out.
    pub stretches: Vec<Rows>,
    /// Part of the log is not looked through yet: newer reports may be missing.
    pub is_behind: bool,
    /// There is more than [`ROWS_MAX`]: the earliest are given.
    pub is_cut: bool,
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
        // Decoding takes the processor for a while: not where sockets wait.
        let decode = move || -> Result<Reading, HistoryError> {
            let mut reading = Reading { is_behind, ..Reading::default() };
            let mut rows = 0;
            for parts in parts.into_values() {
                if rows >= ROWS_MAX {
                    reading.is_cut = true;
                    break;
                }
                let more = parts.rows(&subject, wanted)?;
                rows += more.iter().map(|rows| rows.fixes.len() + rows.events.len()).sum::<usize>();
                reading.stretches.extend(more);
            }
            Ok(reading)
        };
        tokio::task::spawn_blocking(decode).await.map_err(HistoryError::Background)?
    }

    /// The reports of a subject in a stretch of time, both ends included, in order and each once; `true` when newer ones
    /// may be missing.
    pub async fn reports_of(
        &self,
        subject: &Subject,
        stretch: &RangeInclusive<Timestamp>,
    ) -> Result<(Vec<Report>, bool), HistoryError> {
        let (parts, is_behind) = self.parts_of(subject, stretch).await?;
        let (subject, stretch) = (subject.clone(), stretch.clone());
        let decode = move || -> Result<Vec<Report>, HistoryError> {
            let mut reports = Vec::new();
            for parts in parts.into_values() {
                let whole = parts.whole(&subject)?.into_vec();
                reports.extend(whole.into_iter().filter(|report| stretch.contains(&report.time)));
            }
            Ok(reports)
        };
        let reports = tokio::task::spawn_blocking(decode).await.map_err(HistoryError::Background)??;
        Ok((reports, is_behind))
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
            if seen >= TAIL_REPORTS_MAX {
                return Ok(true);
            }
            for batch in &batches {
                let reports = encoding::decode(batch).map_err(crate::log::ReadError::from)?;
                seen += reports.len();
                reports.into_iter().filter(|report| stretch.contains(&report.time)).for_each(&mut each);
            }
            after = last;
        }
    }

    /// Every subject's reports of a local day, one subject after the other, by name; tells whether some of the log was not
    /// looked through. For exports: what waits in memory is looked at once, at the beginning.
    pub async fn each_of_day<E: From<HistoryError>>(
        &self,
        day: Day,
        mut each: impl FnMut(&Subject, Sorted) -> Result<(), E>,
    ) -> Result<bool, E> {
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
        let names = self.store().subjects().await.map_err(HistoryError::from)?;
        let mut stored: HashMap<Subject, SubjectNumber> = HashMap::new();
        let in_hours = self.store().hours_of(day).await.map_err(HistoryError::from)?;
        let in_days = self.store().subjects_of(day).await.map_err(HistoryError::from)?;
        for number in in_hours.into_iter().map(|(subject, _)| subject).chain(in_days) {
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
                each(&subject, parts.whole(&subject).map_err(HistoryError::from)?)?;
            }
        }
        Ok(is_behind)
    }
}
