//! Writes the verdicts. Every file is complete under another name before the first takes its place.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::{
    Haul, HaulId, HaulState, PermitNumber, Plate, RuleCode, SiteId, Timestamp, Uscc, Violation, ViolationId,
};
use serde::Serialize;

use super::{ReplayError, Summary};
use crate::judge::Judgement;

/// What a file's name ends with until it is complete.
pub(super) const UNFINISHED: &str = ".unfinished";

/// One line of `violations.jsonl`, members in the contract's order.
#[derive(Serialize)]
struct ViolationLine<'a> {
    id: ViolationId,
    rule: &'a RuleCode,
    plate: &'a Plate,
    carrier_uscc: Option<&'a Uscc>,
    permit: Option<&'a PermitNumber>,
    trip: Option<HaulId>,
    start: Timestamp,
    end: Timestamp,
    lat: f64,
    lon: f64,
    facts: &'a std::collections::BTreeMap<String, serde_json::Value>,
}

/// One line of `trips.jsonl`.
#[derive(Serialize)]
struct HaulLine<'a> {
    id: HaulId,
    plate: &'a Plate,
    source: Option<&'a SiteId>,
    departed: Timestamp,
    sink: Option<&'a SiteId>,
    unloaded: Option<Timestamp>,
    permit: Option<&'a PermitNumber>,
    leg: Option<u32>,
    distance_km: f64,
    state: HaulState,
}

impl<'a> From<&'a Violation> for ViolationLine<'a> {
    fn from(v: &'a Violation) -> Self {
        Self {
            id: v.id,
            rule: &v.rule,
            plate: &v.plate,
            carrier_uscc: v.carrier_uscc.as_ref(),
            permit: v.permit.as_ref(),
            trip: v.trip,
            start: v.start,
            end: v.end,
            lat: v.position.lat(),
            lon: v.position.lon(),
            facts: &v.facts,
        }
    }
}

impl<'a> From<&'a Haul> for HaulLine<'a> {
    fn from(h: &'a Haul) -> Self {
        Self {
            id: h.id,
            plate: &h.plate,
            source: h.source.as_ref(),
            departed: h.departed,
            sink: h.sink.as_ref(),
            unloaded: h.unloaded,
            permit: h.permit.as_ref(),
            leg: h.leg,
            distance_km: h.distance_km,
            state: h.state,
        }
    }
}

/// A violation as its line of `violations.jsonl`, without a line break.
pub fn violation_line(violation: &Violation) -> Result<String, serde_json::Error> {
    serde_json::to_string(&ViolationLine::from(violation))
}

/// A haul as its line of `trips.jsonl`, without a line break.
pub fn haul_line(haul: &Haul) -> Result<String, serde_json::Error> {
    serde_json::to_string(&HaulLine::from(haul))
}

/// The files of a replay that are being written. Dropped before [`Output::publish`], it leaves nothing behind.
pub(super) struct Output {
    folder: PathBuf,
    /// Whether the folder was made for this run.
    is_new: bool,
    is_published: bool,
}

/// The files, in the order they take their places.
const FILES: [&str; 4] = ["violations.jsonl", "trips.jsonl", "rejected.jsonl", "summary.json"];

impl Output {
    /// Makes the folder if it is not there.
    pub(super) fn begin(folder: &Path) -> Result<Self, ReplayError> {
        let is_new = !folder.exists();
        std::fs::create_dir_all(folder)
            .map_err(|source| ReplayError::Output { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned(), is_new, is_published: false })
    }

    /// Begins the file of rejected lines, which is written while reports are read.
    pub(super) fn rejected(&self) -> Result<BufWriter<File>, ReplayError> {
        let path = self.unfinished("rejected.jsonl");
        File::create(&path).map(BufWriter::new).map_err(|source| ReplayError::Output { path, source })
    }

    /// Writes the verdicts. `rejected` is the file of rejected lines, complete.
    pub(super) fn write(
        &self,
        judgement: &Judgement,
        rejected: BufWriter<File>,
        mut advance: impl FnMut(),
    ) -> Result<(), ReplayError> {
        let mut write = |name: &str, lines: &mut dyn Iterator<Item = Result<String, serde_json::Error>>| {
            let path = self.unfinished(name);
            advance();
            complete(&path, lines).map_err(|source| ReplayError::Output { path, source })
        };
        write("violations.jsonl", &mut judgement.violations.iter().map(violation_line))?;
        write("trips.jsonl", &mut judgement.hauls.iter().map(haul_line))?;
        let path = self.unfinished("rejected.jsonl");
        rejected.get_ref().sync_all().map_err(|source| ReplayError::Output { path, source })
    }

    /// Writes the summary and lets every file take its place.
    pub(super) fn publish(mut self, summary: &Summary) -> Result<(), ReplayError> {
        let path = self.unfinished("summary.json");
        let mut lines = std::iter::once(serde_json::to_string_pretty(summary));
        complete(&path, &mut lines).map_err(|source| ReplayError::Output { path, source })?;
        for name in FILES {
            let path = self.folder.join(name);
            std::fs::rename(self.unfinished(name), &path)
                .map_err(|source| ReplayError::Output { path, source })?;
        }
        self.is_published = true;
        Ok(())
    }

    fn unfinished(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{UNFINISHED}"))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_published {
            return;
        }
        // What cannot be removed is left under its unfinished name.
        for name in FILES {
            let _ = std::fs::remove_file(self.unfinished(name));
        }
        if self.is_new {
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

fn complete(
    path: &Path,
    lines: &mut dyn Iterator<Item = Result<String, serde_json::Error>>,
) -> std::io::Result<()> {
    let mut writer = BufWriter::new(File::create(path)?);
    for line in lines {
        writer.write_all(line?.as_bytes())?;
        writer.write_all(b"\n")?;
    }
    writer.flush()?;
    writer.get_ref().sync_all()
}
