//! The second half of a replay: partition by partition, truck by truck, the reports are put in order and judged, on all
//! cores; then what hangs on several trucks is settled.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::judge::Judgement;
use crate::judge::batch::{BatchJudge, TruckVerdicts};

use super::ReplayError;
use super::gather::on_threads;
use super::packed::{Packed, Unpacker};
use super::partitions::Partitions;
use super::stages::Stages;

/// What all threads share.
pub(super) struct Judging<'a> {
    pub(super) judge: &'a BatchJudge,
    pub(super) unpacker: &'a Unpacker,
    pub(super) partitions: &'a Partitions,
    pub(super) stages: &'a Stages,
}

impl Judging<'_> {
    /// Judges everything on that many threads. Gives the fingerprint of the set of reports, too. The judgement's count of
    /// reports is of those judged: without repeats.
    pub(super) fn run(&self, threads: usize) -> Result<(Judgement, u128), ReplayError> {
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            let done = self.judge_partitions(&next, &is_over);
            is_over.fetch_or(done.is_err(), Ordering::Relaxed);
            done
        };
        let mut verdicts = Vec::new();
        let (mut repeats, mut fingerprint) = (0, 0u128);
        for result in on_threads(threads, &work) {
            let judged = result.unwrap_or(Err(ReplayError::Thread { doing: "judging" }))?;
            verdicts.extend(judged.verdicts);
            repeats += judged.repeats;
            fingerprint = fingerprint.wrapping_add(judged.fingerprint);
        }
        let mut judgement = self.judge.settle(verdicts);
        judgement.counters.duplicates += repeats;
        Ok((judgement, fingerprint))
    }

    fn judge_partitions(&self, next: &AtomicUsize, is_over: &AtomicBool) -> Result<Judged, ReplayError> {
        let mut judged = Judged::default();
        while !is_over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.partitions.len() {
                break;
            }
            let reports = self.partitions.take(number).map_err(|source| ReplayError::Temporary {
                path: self.partitions.folder().to_owned(),
                source,
            })?;
            self.judge_partition(reports, &mut judged);
            self.stages.advance(1);
        }
        Ok(judged)
    }

    fn judge_partition(&self, mut reports: Vec<Packed>, judged: &mut Judged) {
        reports.sort_by(Packed::order);
        let gathered = reports.len();
        // Of equal reports the first has the newest receipt.
        reports.dedup_by(|later, kept| later.is_same(kept));
        judged.repeats += (gathered - reports.len()) as u64;
        for report in &reports {
            judged.fingerprint = judged.fingerprint.wrapping_add(self.unpacker.fingerprint(report));
        }
        for truck in reports.chunk_by(|a, b| a.truck == b.truck) {
            let plate = truck.first().and_then(|first| self.unpacker.plate(first.truck));
            let reports: Option<Vec<_>> = truck.iter().map(|packed| self.unpacker.unpack(packed)).collect();
            // Always there: what is unpacked here was packed in this run.
            if let (Some(plate), Some(reports)) = (plate, reports) {
                judged.verdicts.push(self.judge.judge_truck(plate.clone(), reports));
            }
        }
    }
}

/// What one thread judged.
#[derive(Default)]
struct Judged {
    verdicts: Vec<TruckVerdicts>,
    repeats: u64,
    fingerprint: u128,
}
