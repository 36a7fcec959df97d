//! `fleet-service replay --diff OUT_A OUT_B`: what another rule, threshold or register would have changed on the same reports,
//! in words an administrator decides by.
//!
//! A is what is, B is what would be. Exit code 0: nothing differs; 1: something does; 2: an output cannot be read.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

mod compare;
mod verdicts;
mod words;

pub use compare::{Case, Changed, Counts, Difference, Part, Sides, Step};
pub use verdicts::{HaulFound, ReplayFound, SummaryFound, ViolationFound};

/// Why two outputs cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A file of an output cannot be read.
    #[error("{}: it cannot be read: is this the output of a replay?", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line of an output is not what a replay writes.
    #[error("{}:{line}: it is not what a replay writes: {source}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads two outputs and compares them.
pub fn diff(a: &Path, b: &Path) -> Result<Difference, DiffError> {
    Ok(Difference::between(&read(a)?, &read(b)?))
}

/// Writes a difference for people, or as one JSON object.
pub fn tell(difference: &Difference, as_json: bool, out: &mut impl Write) -> std::io::Result<()> {
    if as_json {
        serde_json::to_writer_pretty(&mut *out, difference)?;
        writeln!(out)
    } else {
        out.write_all(words::tell(difference).as_bytes())
    }
}

fn read(folder: &Path) -> Result<ReplayFound, DiffError> {
    let path = folder.join("summary.json");
    let failed = |source| DiffError::Read { path: path.clone(), source };
    let text = std::fs::read_to_string(&path).map_err(failed)?;
    let wrong =
        |source: serde_json::Error| DiffError::Line { path: path.clone(), line: source.line(), source };
    Ok(ReplayFound {
        summary: serde_json::from_str(&text).map_err(wrong)?,
        violations: lines(&folder.join("violations.jsonl"))?,
        hauls: lines(&folder.join("trips.jsonl"))?,
    })
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, DiffError> {
    let failed = |source| DiffError::Read { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(failed)?);
    let parse = |(number, line): (usize, std::io::Result<String>)| {
        let wrong = |source| DiffError::Line { path: path.to_owned(), line: number + 1, source };
        serde_json::from_str(&line.map_err(failed)?).map_err(wrong)
    };
    file.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests;
