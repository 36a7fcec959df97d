//! The report files as stretches that threads take one after the other: blocks of lines, row groups of Parquet.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::parquet::{ReadError, ReportFile, ZoneOfNaive};

use super::ReplayError;
use super::lines::{Block, LineBlocks};

/// A stretch of a file, read by one thread.
pub(super) struct Stretch {
    /// Counted over all files in the order given, from 0, without a gap.
    pub(super) number: u64,
    /// Which file.
    pub(super) file: usize,
    pub(super) content: Piece,
}

pub(super) enum Piece {
    Lines(Block),
    RowGroup {
        group: usize,
        /// The number of its first row in the file, from 1.
        first_row: u64,
        /// Of the file, as it is stored.
        bytes: u64,
    },
}

enum Form {
    Lines,
    Parquet {
        /// Rows and stored bytes of each row group.
        groups: Vec<(u64, u64)>,
    },
}

/// All files, in the order given.
pub(super) struct Sources {
    paths: Vec<PathBuf>,
    forms: Vec<Form>,
    /// Files with timestamps that name no zone.
    naive: Vec<PathBuf>,
    bytes: u64,
    turn: Mutex<Turn>,
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    number: u64,
    file: usize,
    group: usize,
    first_row: u64,
    lines: Option<LineBlocks>,
}

impl Sources {
    /// Looks at every file: what form it has, and whether it can be read at all.
    pub(super) fn open(paths: &[PathBuf], naive: ZoneOfNaive) -> Result<Self, ReplayError> {
        let mut sources = Self {
            paths: paths.to_vec(),
            forms: Vec::new(),
            naive: Vec::new(),
            bytes: 0,
            turn: Mutex::default(),
        };
        for path in paths {
            let failed = |source| ReplayError::Reports { path: path.clone(), source };
            let about = std::fs::metadata(path).map_err(failed)?;
            sources.bytes += about.len();
            // What is no file, a pipe say, can be read only once and from its beginning: lines.
            let form = if about.is_file() && is_parquet(path).map_err(failed)? {
                let file = ReportFile::open(path, naive)?;
                if file.has_naive_times() {
                    sources.naive.push(path.clone());
                }
                let groups = 0..file.row_groups();
                Form::Parquet { groups: groups.map(|g| (file.rows_of(g), file.bytes_of(g))).collect() }
            } else {
                Form::Lines
            };
            sources.forms.push(form);
        }
        Ok(sources)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn path(&self, file: usize) -> &Path {
        self.paths.get(file).map_or(Path::new(""), PathBuf::as_path)
    }

    /// What a person should know of how the files were read.
    pub(super) fn notes(&self, naive: ZoneOfNaive) -> Vec<String> {
        let zone = match naive {
            ZoneOfNaive::Utc => "UTC",
            ZoneOfNaive::Local => "Asia/Shanghai",
        };
        let note =
            |path: &PathBuf| format!("{}: times that name no zone were read as {zone}", path.display());
        self.naive.iter().map(note).collect()
    }

    /// The next stretch, `None` when every one is taken.
    pub(super) fn next(&self) -> Result<Option<Stretch>, ReplayError> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(form) = self.forms.get(turn.file) {
            let file = turn.file;
            let content = match form {
                Form::Lines => turn.next_lines(self.path(file))?.map(Piece::Lines),
                Form::Parquet { groups } => turn.next_group(groups),
            };
            if let Some(content) = content {
                let number = turn.number;
                turn.number += 1;
                return Ok(Some(Stretch { number, file, content }));
            }
            *turn = Turn { number: turn.number, file: file + 1, ..Turn::default() };
        }
        Ok(None)
    }
}

impl Turn {
    fn next_lines(&mut self, path: &Path) -> Result<Option<Block>, ReplayError> {
        let failed = |source| ReplayError::Reports { path: path.to_owned(), source };
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(LineBlocks::new(File::open(path).map_err(failed)?)),
        };
        lines.next().map_err(failed)
    }

    fn next_group(&mut self, groups: &[(u64, u64)]) -> Option<Piece> {
        let (rows, bytes) = groups.get(self.group)?;
        let piece = Piece::RowGroup { group: self.group, first_row: self.first_row + 1, bytes: *bytes };
        self.group += 1;
        self.first_row += rows;
        Some(piece)
    }
}

/// By its name, or by the four bytes such a file begins with.
fn is_parquet(path: &Path) -> std::io::Result<bool> {
    let is_named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"));
    let mut first = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut first)?;
    Ok(is_named || first == b"PAR1")
}

/// One thread's open Parquet file: the one its last stretch was of.
pub(super) struct OpenFile {
    naive: ZoneOfNaive,
    open: Option<(usize, ReportFile)>,
}

impl OpenFile {
    pub(super) fn new(naive: ZoneOfNaive) -> Self {
        Self { naive, open: None }
    }

    pub(super) fn of(&mut self, file: usize, path: &Path) -> Result<&ReportFile, ReadError> {
        let open = match self.open.take() {
            Some((number, open)) if number == file => open,
            _ => ReportFile::open(path, self.naive)?,
        };
        Ok(&self.open.insert((file, open)).1)
    }
}
