//! Tables for people: columns with a Chinese and an English heading, rows of typed cells. [`csv`] and [`xlsx`] write them;
//! in neither can a company's name, a plate or a remark become a formula.

pub mod csv;
pub mod xlsx;

use domain::{LocalDate, Timestamp};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs: the heading of CSV.
    pub key: &'static str,
    /// Chinese heading.
    pub zh: &'static str,
    /// English heading.
    pub en: &'static str,
}

/// Shorthand for a table of columns.
pub const fn column(key: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column { key, zh, en }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, of whatever origin.
    Text(String),
    /// Points, in hundredths.
    Points(i64),
    /// A number of things.
    Count(u64),
    /// A share, in ten-thousandths.
    Share(u32),
    /// A length, metres; written in kilometres.
    Metres(u64),
    /// A day.
    Day(LocalDate),
    /// A moment, written in +08:00.
    Moment(Timestamp),
}

impl Cell {
    /// The text of something that can be shown.
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// The cell of something that may be missing.
    pub fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// The cell as a person reads it, without regard to who reads it.
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Points(cp) => crate::points_text(*cp),
            Self::Count(count) => count.to_string(),
            Self::Share(e4) => format!("{}.{:04}", e4 / 10_000, e4 % 10_000),
            Self::Metres(metres) => format!("{}.{:03}", metres / 1_000, metres % 1_000),
            Self::Day(day) => day.to_string(),
            Self::Moment(time) => time.to_string(),
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Name of its tab, at most 31 characters.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

#[cfg(test)]
mod tests;
