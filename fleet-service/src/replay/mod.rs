//! `fleet-service replay`: judges a recorded stretch of time with the engine that judges live reports, without a server or
//! a database.
//!
//! ```text
//! files ─ stretches ─▶ threads: parse, ask, pack ─▶ partitions by truck (memory, then disk)
//!       partitions ─▶ threads: sort, truck by truck judge ─▶ settle ─▶ violations, trips, summary
//! ```
//! Memory is bounded by trucks, by the reports of one partition a thread and by [`KEPT_IN_MEMORY_BYTES`], not by the files.
//! Everything is read and judged before anything is published. A malformed line or row is noted in `rejected.jsonl` and the
//! run goes on; anything else that cannot be read ends it with nothing written.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use domain::{Registers, Timestamp};

mod clock;
mod convert;
pub mod diff;
mod gather;
mod judging;
mod lines;
mod names;
mod output;
mod packed;
mod partitions;
mod rejected;
mod sources;
mod stages;
mod summary;

use crate::judge::batch::BatchJudge;
use crate::judge::{Judgement, ThresholdError};
use crate::parquet::{ReadError, ZoneOfNaive};
use crate::registry::{RegistryError, read_folder};

use gather::{Reading, Tally};
use judging::Judging;
use names::Names;
use output::Output;
use packed::Unpacker;
use partitions::{Keeping, Partitions};
use rejected::RejectedWriter;
use sources::Sources;
use stages::{Stage, Stages};

pub use convert::{ConvertArgs, ConvertError, Converted, convert};
pub use output::{haul_line, violation_line};
pub use rejected::Rejected;
pub use summary::Summary;

/// What to replay.
#[derive(Debug, Clone, clap::Args)]
pub struct ReplayArgs {
    /// Registry folder.
    #[arg(long, required_unless_present = "diff")]
    pub registry: Option<PathBuf>,
    /// Reports as JSON Lines or Parquet; may be given more than once.
    #[arg(long, required_unless_present = "diff", num_args = 1..)]
    pub reports: Vec<PathBuf>,
    /// Folder to write; made if it is not there.
    #[arg(long, required_unless_present = "diff")]
    pub out: Option<PathBuf>,
    /// Leave out reports later than this RFC 3339 time.
    #[arg(long)]
    pub until: Option<Timestamp>,
    /// How Parquet timestamps that name no zone are read.
    #[arg(long, value_enum, default_value_t)]
    pub times_without_zone: ZoneOfNaive,
    /// Threads; as many as there are cores when not given.
    #[arg(long)]
    pub threads: Option<NonZeroUsize>,
    /// Compare two outputs instead: what is and what would be. Exit code 0: nothing differs; 1: something does.
    #[arg(long, num_args = 2, value_names = ["OUT_A", "OUT_B"])]
    #[arg(conflicts_with_all = ["registry", "reports", "out", "until", "threads"])]
    pub diff: Vec<PathBuf>,
    /// The comparison as JSON.
    #[arg(long, requires = "diff")]
    pub json: bool,
}

/// Partitions of the reports: more make less to sort at a time, each may take a file handle.
const PARTITIONS: usize = 256;

/// Bytes of packed reports kept in memory between reading and judging; what is more goes to disk. Five million reports.
pub const KEPT_IN_MEMORY_BYTES: usize = 256 << 20;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Something a replay cannot do without was not given.
    #[error("{what} is not given")]
    NotGiven {
        /// The option.
        what: &'static str,
    },
    /// The registry folder cannot be read.
    #[error("the registry cannot be used: {0}")]
    Registry(#[from] RegistryError),
    /// A threshold cannot be used.
    #[error("the registry cannot be used: {0}")]
    Threshold(#[from] ThresholdError),
    /// A reports file cannot be read.
    #[error("{}: the reports cannot be read: {source}", path.display())]
    Reports {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file cannot be read as reports.
    #[error(transparent)]
    Parquet(#[from] ReadError),
    /// The reports cannot be kept beside the output between reading and judging.
    #[error(
        "{}: reports cannot be kept there while they are judged, about 48 bytes each: {}",
        path.display(),
        said(source)
    )]
    Temporary {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The output cannot be written.
    #[error("{}: the output cannot be written: {}", path.display(), said(source))]
    Output {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A thread ended by a defect of this program.
    #[error(
        "a thread that was {doing} ended by itself: this is a defect of the program, its message is above"
    )]
    Thread {
        /// What it was at.
        doing: &'static str,
    },
}

/// What the system said of writing, with what to do where that is known.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "the disk is full; make room or give another --out".to_owned()
        }
        _ => error.to_string(),
    }
}

impl ReplayError {
    /// The program's exit code: 2 for input that cannot be read, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotGiven { .. }
            | Self::Registry(_)
            | Self::Threshold(_)
            | Self::Reports { .. }
            | Self::Parquet(_) => 2,
            Self::Temporary { .. } | Self::Output { .. } | Self::Thread { .. } => 1,
        }
    }
}

/// How a replay works; nothing of it changes what comes out.
struct Manner {
    threads: usize,
    partitions: usize,
    memory_bytes: usize,
}

/// Replays and writes `violations.jsonl`, `trips.jsonl`, `summary.json`, `rejected.jsonl` into `out`. The first two depend
/// on the set of reports alone.
pub fn run(args: &ReplayArgs) -> Result<Summary, ReplayError> {
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = args.threads.map_or_else(cores, NonZeroUsize::get);
    run_in(args, &Manner { threads, partitions: PARTITIONS, memory_bytes: KEPT_IN_MEMORY_BYTES })
}

fn run_in(args: &ReplayArgs, manner: &Manner) -> Result<Summary, ReplayError> {
    let given = |path: &'static str, value: &Option<PathBuf>| {
        value.clone().ok_or(ReplayError::NotGiven { what: path })
    };
    let (folder, out) = (given("--registry", &args.registry)?, given("--out", &args.out)?);
    let mut stages = Stages::new();
    let (registry, warnings) = read_folder(&folder)?;
    let registers = Registers::always(registry);
    let judge = BatchJudge::new(&registers)?;
    let sources = Sources::open(&args.reports, args.times_without_zone)?;
    let output = Output::begin(&out)?;
    let rejected = Mutex::new(RejectedWriter::new(output.rejected()?));
    let partitions = Partitions::new(Keeping {
        partitions: manner.partitions,
        memory_bytes: manner.memory_bytes,
        folder: out.clone(),
    });
    let task = Task { args, threads: manner.threads, judge: &judge, sources: &sources, rejected: &rejected };
    let verdicts = task.judge_all(&partitions, &mut stages)?;
    let rejected = rejected.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (rejected, rejected_by_reason) =
        rejected.finish().map_err(|source| ReplayError::Output { path: out.clone(), source })?;
    stages.begin(Stage::Writing, 2);
    output.write(&verdicts.judgement, rejected, || stages.advance(1))?;
    stages.end();
    let mut summary = Summary::of(&verdicts.judgement, &registers, rejected_by_reason, &warnings);
    summary.notes = sources.notes(args.times_without_zone);
    summary.reports_fingerprint = format!("{:032x}", verdicts.fingerprint);
    summary.threads = manner.threads;
    summary.memory_peak_bytes = summary::memory_peak_bytes();
    summary.bytes_on_disk = verdicts.bytes_on_disk;
    for (stage, name) in
        [(Stage::Reading, "reading"), (Stage::Judging, "judging"), (Stage::Writing, "writing")]
    {
        summary.stage_seconds.insert(name, summary::rounded(stages.seconds_of(stage)));
    }
    summary.took(stages.seconds());
    output.publish(&summary)?;
    Ok(summary)
}

/// What is read and judged, by what and where to.
struct Task<'a> {
    args: &'a ReplayArgs,
    threads: usize,
    judge: &'a BatchJudge,
    sources: &'a Sources,
    rejected: &'a Mutex<RejectedWriter>,
}

/// What came out.
struct Verdicts {
    judgement: Judgement,
    /// Of the set of reports judged.
    fingerprint: u128,
    bytes_on_disk: u64,
}

impl Task<'_> {
    fn judge_all(&self, partitions: &Partitions, stages: &mut Stages) -> Result<Verdicts, ReplayError> {
        let names = Names::default();
        stages.begin(Stage::Reading, self.sources.bytes());
        let reading = Reading {
            judge: self.judge,
            until: self.args.until,
            naive: self.args.times_without_zone,
            sources: self.sources,
            names: &names,
            partitions,
            rejected: self.rejected,
            stages,
        };
        let Tally { reports, set_aside } = reading.run(self.threads)?;
        stages.begin(Stage::Judging, partitions.len() as u64);
        let bytes_on_disk = partitions.bytes_on_disk();
        let unpacker = Unpacker::new(&names);
        let judging = Judging { judge: self.judge, unpacker: &unpacker, partitions, stages };
        let (mut judgement, fingerprint) = judging.run(self.threads)?;
        stages.end();
        judgement.counters.reports = reports;
        for (reason, count) in set_aside {
            *judgement.counters.set_aside.entry(reason).or_default() += count;
        }
        Ok(Verdicts { judgement, fingerprint, bytes_on_disk })
    }
}

#[cfg(test)]
mod tests;
