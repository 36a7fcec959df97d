//! Fixed UHF readers at gates and wash bays, listened to over LLRP. Reads become the contract's `rfid` reports, one a second
//! while a tag is in the field, and go into the report log in batches. What cannot be taken is counted.
//!
//! - [`config`]: the file given with `serve --readers`
//! - [`debounce`]: one report a second per tag and reader (pure)
//! - [`state`]: how each reader is doing, for `/metrics` and `GET /api/v1/readers`
//! - [`unit`]: one task a reader unit: calls it, drives [`wire::llrp::Client`], calls again when it is lost
//! - [`writer`]: gathers reports and appends them to the log

pub mod config;
pub mod debounce;
pub mod state;
pub mod unit;
pub mod writer;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::log::ReportLog;
use config::ReadersConfig;
use state::{ReaderUnit, WriterCounters};

/// Every reader unit configured, with how it is doing. Cheap to clone; empty when none is configured.
#[derive(Debug, Clone, Default)]
pub struct Readers {
    units: Arc<[Arc<ReaderUnit>]>,
    writer: Arc<WriterCounters>,
}

impl Readers {
    /// The units of a configuration, none called yet.
    pub fn new(config: ReadersConfig) -> Self {
        let units: Vec<_> = config.units.into_iter().map(|unit| Arc::new(ReaderUnit::new(unit))).collect();
        Self { units: units.into(), writer: Arc::default() }
    }

    /// The units in the order configured.
    pub fn units(&self) -> &[Arc<ReaderUnit>] {
        &self.units
    }

    /// What the writer counted.
    pub fn writer(&self) -> &WriterCounters {
        &self.writer
    }

    /// Starts a task for each unit and one that writes. They end when told to stop; what was read is stored before.
    pub fn spawn(&self, log: ReportLog, tasks: &TaskTracker, stop: &CancellationToken) {
        if self.units.is_empty() {
            return;
        }
        let (queue, waiting) = mpsc::channel(writer::WAITING_REPORTS_MAX);
        for unit in self.units.iter() {
            tasks.spawn(unit::run(Arc::clone(unit), queue.clone(), stop.clone()));
        }
        tasks.spawn(writer::run(waiting, log, Arc::clone(&self.writer)));
    }
}
