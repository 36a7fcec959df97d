//! A workload's files: fences, routes, permits, fixes and the answers expected.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use domain::{Area, HaulWindow, HaulWindows, Line, Position, Ring, Timestamp};
use serde::Deserialize;

/// Why a workload cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkloadError {
    /// A file that cannot be read.
    #[error("{} cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `meta.json` that says something else than a workload's does.
    #[error("{} is no workload's meta.json", file.display())]
    Meta {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line without one of its numbers.
    #[error("{}, line {line}: column {column} is missing or no number it could be", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A fence or route that is none.
    #[error("{}: the one with number {number} is no geometry", file.display())]
    Geometry {
        /// The file.
        file: PathBuf,
        /// Which.
        number: u32,
        /// Why.
        #[source]
        source: domain::geometry::GeometryError,
    },
    /// A number that names nothing.
    #[error("{}, line {line}: {what} {number} is not there", file.display())]
    Unknown {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is named.
        what: &'static str,
        /// By which number.
        number: u32,
    },
}

/// What a fence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FenceKind {
    Site,
    NoGo,
}

/// The approval a truck drives by.
#[derive(Debug, Clone)]
pub(super) struct Approval {
    pub(super) route: u32,
    pub(super) load: u32,
    pub(super) dump: u32,
    pub(super) windows: HaulWindows,
    pub(super) buffer_m: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Fix {
    pub(super) time: Timestamp,
    pub(super) truck: u32,
    pub(super) at: Position,
}

/// What is right for a fix.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) fences: Vec<u32>,
    pub(super) distance_m: f64,
    pub(super) violations: u8,
    /// So near the corridor's edge that either side will do.
    pub(super) ambiguous: bool,
}

/// `meta.json`, as far as it is needed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Tolerance {
    pub(super) tol_abs: f64,
    pub(super) tol_rel: f64,
}

#[derive(Debug)]
pub(super) struct Workload {
    pub(super) fences: Vec<Area>,
    pub(super) kinds: Vec<FenceKind>,
    pub(super) routes: Vec<Line>,
    /// By truck.
    pub(super) approvals: Vec<Approval>,
    pub(super) fixes: Vec<Fix>,
    pub(super) expected: Vec<Expected>,
    pub(super) tolerance: Tolerance,
}

/// One comma-separated file, read whole.
struct Table {
    file: PathBuf,
    text: String,
}

/// One of its lines.
struct Row<'a> {
    file: &'a Path,
    line: usize,
    fields: Vec<&'a str>,
}

impl Table {
    fn read(folder: &Path, name: &str) -> Result<Self, WorkloadError> {
        let file = folder.join(name);
        let text = std::fs::read_to_string(&file)
            .map_err(|source| WorkloadError::Read { file: file.clone(), source })?;
        Ok(Self { file, text })
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let after_head = self.text.lines().enumerate().skip(1);
        after_head.map(|(i, line)| Row { file: &self.file, line: i + 1, fields: line.split(',').collect() })
    }
}

impl Row<'_> {
    fn text(&self, column: usize) -> Result<&str, WorkloadError> {
        let field = self.fields.get(column).copied();
        field.ok_or_else(|| WorkloadError::Line {
            file: self.file.into(),
            line: self.line,
            column: column + 1,
        })
    }

    fn number<T: FromStr>(&self, column: usize) -> Result<T, WorkloadError> {
        let field = self.text(column)?.trim().parse();
        field.map_err(|_unreadable| WorkloadError::Line {
            file: self.file.into(),
            line: self.line,
            column: column + 1,
        })
    }

    fn position(&self, lon_column: usize) -> Result<Position, WorkloadError> {
        let (lon, lat) = (self.number(lon_column)?, self.number(lon_column + 1)?);
        Position::from_e7(lat, lon).map_err(|_off_the_globe| WorkloadError::Line {
            file: self.file.into(),
            line: self.line,
            column: lon_column + 1,
        })
    }

    fn known(&self, column: usize, what: &'static str, count: usize) -> Result<u32, WorkloadError> {
        let number: u32 = self.number(column)?;
        if (number as usize) < count {
            Ok(number)
        } else {
            Err(WorkloadError::Unknown { file: self.file.into(), line: self.line, what, number })
        }
    }
}

impl Workload {
    pub(super) fn read(folder: &Path) -> Result<Self, WorkloadError> {
        let meta = folder.join("meta.json");
        let text = std::fs::read_to_string(&meta)
            .map_err(|source| WorkloadError::Read { file: meta.clone(), source })?;
        let tolerance = serde_json::from_str(&text)
            .map_err(|source| WorkloadError::Meta { file: meta.clone(), source })?;
        let table = Table::read(folder, "fence_vertices.csv")?;
        let (fences, kinds) = fences(&table)?;
        let routes = routes(&Table::read(folder, "route_vertices.csv")?)?;
        let fixes = fixes(&Table::read(folder, "fixes.csv")?)?;
        let began = fixes.iter().map(|fix| fix.time).min().unwrap_or_default();
        let permits = Table::read(folder, "permits.csv")?;
        let approvals = approvals(&permits, began, fences.len(), routes.len())?;
        let trucks = fixes.iter().map(|fix| fix.truck as usize + 1).max().unwrap_or(0);
        if trucks > approvals.len() {
            let (file, what) = (permits.file.clone(), "the permit of truck");
            return Err(WorkloadError::Unknown { file, line: 1, what, number: trucks as u32 - 1 });
        }
        let expected = expected(&Table::read(folder, "expected.csv")?)?;
        Ok(Self { fences, kinds, routes, approvals, fixes, expected, tolerance })
    }
}

/// The vertices of each thing in a row, with its number.
fn grouped(table: &Table, lon_column: usize) -> Result<Vec<(u32, Vec<Position>, String)>, WorkloadError> {
    let mut groups: Vec<(u32, Vec<Position>, String)> = Vec::new();
    for row in table.rows() {
        let (number, at) = (row.number(0)?, row.position(lon_column)?);
        match groups.last_mut() {
            Some((last, points, _)) if *last == number => points.push(at),
            _ => groups.push((number, vec![at], row.text(1)?.to_owned())),
        }
    }
    Ok(groups)
}

fn fences(table: &Table) -> Result<(Vec<Area>, Vec<FenceKind>), WorkloadError> {
    let (mut areas, mut kinds) = (Vec::new(), Vec::new());
    for (number, points, kind) in grouped(table, 2)? {
        let ring = Ring::from_points(points).map_err(|source| WorkloadError::Geometry {
            file: table.file.clone(),
            number,
            source,
        })?;
        areas.push(Area::from_ring(ring));
        kinds.push(if kind == "nogo" { FenceKind::NoGo } else { FenceKind::Site });
    }
    Ok((areas, kinds))
}

fn routes(table: &Table) -> Result<Vec<Line>, WorkloadError> {
    let line = |(number, points, _): (u32, Vec<Position>, String)| {
        Line::from_points(points).map_err(|source| WorkloadError::Geometry {
            file: table.file.clone(),
            number,
            source,
        })
    };
    grouped(table, 1)?.into_iter().map(line).collect()
}

/// The approvals in force when the fixes begin, by truck.
fn approvals(
    table: &Table,
    began: Timestamp,
    fences: usize,
    routes: usize,
) -> Result<Vec<Approval>, WorkloadError> {
    let mut by_truck: Vec<Approval> = Vec::new();
    for row in table.rows() {
        let span = row.number(5)?..row.number(6)?;
        if !span.contains(&began.millis()) {
            continue;
        }
        let truck: u32 = row.number(1)?;
        if truck as usize != by_truck.len() {
            return Err(WorkloadError::Line { file: row.file.into(), line: row.line, column: 2 });
        }
        let (start, end): (u32, u32) = (row.number(7)?, row.number(8)?);
        let hour = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let window = HaulWindow::parse(&days, &hour(start), &hour(end)).map_err(|_unreadable| {
            WorkloadError::Line { file: row.file.into(), line: row.line, column: 8 }
        })?;
        by_truck.push(Approval {
            route: row.known(2, "route", routes)?,
            load: row.known(3, "fence", fences)?,
            dump: row.known(4, "fence", fences)?,
            windows: HaulWindows(vec![window]),
            buffer_m: row.number(9)?,
        });
    }
    Ok(by_truck)
}

fn fixes(table: &Table) -> Result<Vec<Fix>, WorkloadError> {
    let fix = |row: Row<'_>| {
        Ok(Fix { time: Timestamp::from_millis(row.number(1)?), truck: row.number(2)?, at: row.position(3)? })
    };
    table.rows().map(fix).collect()
}

fn expected(table: &Table) -> Result<Vec<Expected>, WorkloadError> {
    let answer = |row: Row<'_>| {
        let fences = row.text(1)?.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>();
        Ok(Expected {
            fences: fences.map_err(|_unreadable| WorkloadError::Line {
                file: row.file.into(),
                line: row.line,
                column: 2,
            })?,
            distance_m: row.number(2)?,
            violations: row.number(3)?,
            ambiguous: row.number::<u8>(4)? != 0,
        })
    };
    table.rows().map(answer).collect()
}
