//! The first half of a replay: every report is read, asked whether it takes part, and put with those of its truck.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::report_line::ReportLineError;

use crate::judge::SetAside;
use crate::judge::batch::BatchJudge;
use crate::parquet::{ContentRef, ReportRef, ZoneOfNaive};

use super::ReplayError;
use super::names::Names;
use super::packed::Packer;
use super::partitions::{Gathering, Partitions};
use super::rejected::{Place, Rejected, RejectedWriter};
use super::sources::{OpenFile, Piece, Sources, Stretch};
use super::stages::Stages;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Reports, set aside or not.
    pub(super) reports: u64,
    /// Reports that take no part, by reason.
    pub(super) set_aside: BTreeMap<SetAside, u64>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.reports += other.reports;
        for (reason, count) in &other.set_aside {
            *self.set_aside.entry(*reason).or_default() += count;
        }
    }
}

/// What all threads share.
pub(super) struct Reading<'a> {
    pub(super) judge: &'a BatchJudge,
    pub(super) until: Option<Timestamp>,
    pub(super) naive: ZoneOfNaive,
    pub(super) sources: &'a Sources,
    pub(super) names: &'a Names,
    pub(super) partitions: &'a Partitions,
    pub(super) rejected: &'a Mutex<RejectedWriter>,
    pub(super) stages: &'a Stages,
}

impl Reading<'_> {
    /// Reads everything on that many threads.
    pub(super) fn run(&self, threads: usize) -> Result<Tally, ReplayError> {
        let is_over = AtomicBool::new(false);
        let work = || {
            let done = self.read_stretches(&is_over);
            // One failure ends the run: the others need not read on.
            is_over.fetch_or(done.is_err(), Ordering::Relaxed);
            done
        };
        let results = on_threads(threads, &work);
        let mut tally = Tally::default();
        for result in results {
            tally.add(&result.unwrap_or(Err(ReplayError::Thread { doing: "reading reports" }))?);
        }
        Ok(tally)
    }

    fn read_stretches(&self, is_over: &AtomicBool) -> Result<Tally, ReplayError> {
        let mut reader = Reader {
            shared: self,
            packer: Packer::new(self.names),
            gathering: Gathering::new(self.partitions),
            open: OpenFile::new(self.naive),
            tally: Tally::default(),
            failed: None,
        };
        while !is_over.load(Ordering::Relaxed)
            && let Some(stretch) = self.sources.next()?
        {
            reader.read(stretch)?;
        }
        reader.gathering.finish().map_err(|source| self.temporary(source))?;
        Ok(reader.tally)
    }

    fn temporary(&self, source: std::io::Error) -> ReplayError {
        ReplayError::Temporary { path: self.partitions.folder().to_owned(), source }
    }
}

/// Does the same on several threads; `None` of one that panicked.
pub(super) fn on_threads<T: Send>(threads: usize, work: &(impl Fn() -> T + Sync)) -> Vec<Option<T>> {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().ok()).collect()
    })
}

/// One thread's reading.
struct Reader<'a> {
    shared: &'a Reading<'a>,
    packer: Packer<'a>,
    gathering: Gathering<'a>,
    open: OpenFile,
    tally: Tally,
    /// Why a report could not be kept: told when the stretch is read.
    failed: Option<std::io::Error>,
}

impl Reader<'_> {
    fn read(&mut self, stretch: Stretch) -> Result<(), ReplayError> {
        let shared = self.shared;
        let path = shared.sources.path(stretch.file);
        let mut rejected = Vec::new();
        let bytes = match stretch.content {
            Piece::Lines(block) => {
                block.each(|line, parsed| {
                    let parsed = parsed.as_ref().map(ReportRef::from).map_err(Clone::clone);
                    self.take(path, Place::Line(line), parsed, &mut rejected);
                });
                block.consumed
            }
            Piece::RowGroup { group, first_row, bytes } => {
                let mut open = std::mem::replace(&mut self.open, OpenFile::new(shared.naive));
                open.of(stretch.file, path)?.read_group(group, |row, parsed| {
                    self.take(path, Place::Row(first_row + row), parsed, &mut rejected);
                })?;
                self.open = open;
                bytes
            }
        };
        if let Some(source) = self.failed.take() {
            return Err(shared.temporary(source));
        }
        let mut writer = shared.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        writer.take(stretch.number, rejected).map_err(|source| shared.temporary(source))?;
        shared.stages.advance(bytes);
        Ok(())
    }

    fn take(
        &mut self,
        path: &Path,
        place: Place,
        parsed: Result<ReportRef<'_>, ReportLineError>,
        rejected: &mut Vec<Rejected>,
    ) {
        let report = match parsed {
            Ok(report) => report,
            Err(error) => return rejected.push(Rejected::new(path, place, &error)),
        };
        self.tally.reports += 1;
        if let Err(reason) = self.keep(&report) {
            *self.tally.set_aside.entry(reason).or_default() += 1;
        }
    }

    fn keep(&mut self, report: &ReportRef<'_>) -> Result<(), SetAside> {
        let judge = self.shared.judge;
        if let Some(reason) = judge.refuses(report.time, report.received, self.shared.until) {
            return Err(reason);
        }
        let truck = match report.content {
            ContentRef::Fix(fix) => fix.plate,
            ContentRef::AtTruck { plate, .. } | ContentRef::Weigh { plate, .. } => plate,
            ContentRef::AtReader { reader, epc, .. } => judge.truck_of_tag(report.time, reader, epc)?,
        };
        let packed = self.packer.pack(report, truck);
        if let Err(error) = self.gathering.add(packed) {
            self.failed.get_or_insert(error);
        }
        Ok(())
    }
}
