//! Reports as Parquet: the columns of the replay contract, one row a report, so that any program can make and read them.
//!
//! [`ReportWriter`] writes row groups as reports come; [`ReportFile`] reads them back group by group, whoever wrote them:
//! what a column holds is decided by its name, how it holds it by the file. The only place that names the `parquet` crate.
//!
//! | column | what is read |
//! |---|---|
//! | `type`, `plate`, `site`, `reader`, `epc`, `source`, `fix`, `load`, `lid`, `lift`, `antenna`, `power` | text, plain or by dictionary |
//! | `time`, `received` | a timestamp in ms, us or ns, an INT96, or RFC 3339 text |
//! | `lat`, `lon`, `speed_kmh`, `course_deg`, `hdop`, `satellites`, `rssi_dbm`, `gross_t` | float, double, any integer, decimal; NaN is absent |
//! | `ignition` | a boolean, or the integers 0 and 1 |
//!
//! Columns that are not there are absent from every report, others are passed over. A row that is no report is told with
//! its number and the reading goes on; a file that cannot be read at all is a [`ReadError`].

mod cells;
mod columns;
mod read;
mod row;
mod rows;
mod write;

#[cfg(test)]
mod tests;

pub use read::{ReadError, ReportFile, ZoneOfNaive};
pub use row::{ContentRef, FixRef, Readings, ReportRef};
pub use write::{ROW_GROUP_REPORTS, ReportWriter, WriteError};
