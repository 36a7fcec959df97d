//! Rows put together from their columns, by the same rules and in the same order as the members of a line
//! (`domain::report_line`), so that a report is refused in both forms or in none.

use std::str::FromStr;

use domain::report_line::{ReportLineError, gross_kg, rssi_in_range};
use domain::{
    Antenna, Course, Epc, FixKind, Hdop, Lid, Lift, Load, Plate, Position, Power, ReaderId, SiteId, Speed,
    TerminalId, Timestamp,
};
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::cells::{Flags, Numbers, Texts, Times};
use super::columns::Form;
use super::read::Columns;
use super::row::{ContentRef, FixRef, Readings, ReportRef};

/// What kind of report a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fix,
    Rfid,
    Weigh,
}

impl Kind {
    pub(super) const COUNT: usize = 3;

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fix => "fix",
            Self::Rfid => "rfid",
            Self::Weigh => "weigh",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fix" => Ok(Self::Fix),
            "rfid" => Ok(Self::Rfid),
            "weigh" => Ok(Self::Weigh),
            other => Err(format!("{other:?} is none of fix, rfid, weigh")),
        }
    }
}

/// Some rows of a row group, decoded.
pub(super) struct Batch {
    kind: Texts<Kind>,
    plate: Texts<Plate>,
    site: Texts<SiteId>,
    reader: Texts<ReaderId>,
    epc: Texts<Epc>,
    source: Texts<TerminalId>,
    fix: Texts<FixKind>,
    load: Texts<Load>,
    lid: Texts<Lid>,
    lift: Texts<Lift>,
    antenna: Texts<Antenna>,
    power: Texts<Power>,
    lat: Numbers,
    lon: Numbers,
    speed_kmh: Numbers,
    course_deg: Numbers,
    hdop: Numbers,
    satellites: Numbers,
    rssi_dbm: Numbers,
    gross_t: Numbers,
    time: Times,
    received: Times,
    ignition: Flags,
}

/// The column that failed, and how.
type Failed = (&'static str, ParquetError);

impl Batch {
    /// Begins a row group.
    pub(super) fn open(columns: &Columns, rows: &dyn RowGroupReader) -> Result<Self, Failed> {
        let open = Opener { columns, rows };
        Ok(Self {
            kind: open.texts("type")?,
            plate: open.texts("plate")?,
            site: open.texts("site")?,
            reader: open.texts("reader")?,
            epc: open.texts("epc")?,
            source: open.texts("source")?,
            fix: open.texts("fix")?,
            load: open.texts("load")?,
            lid: open.texts("lid")?,
            lift: open.texts("lift")?,
            antenna: open.texts("antenna")?,
            power: open.texts("power")?,
            lat: open.numbers("lat")?,
            lon: open.numbers("lon")?,
            speed_kmh: open.numbers("speed_kmh")?,
            course_deg: open.numbers("course_deg")?,
            hdop: open.numbers("hdop")?,
            satellites: open.numbers("satellites")?,
            rssi_dbm: open.numbers("rssi_dbm")?,
            gross_t: open.numbers("gross_t")?,
            time: open.times("time")?,
            received: open.times("received")?,
            ignition: open.flags("ignition")?,
        })
    }

    /// Decodes the next `rows` rows in place of the last ones.
    pub(super) fn next(&mut self, rows: usize) -> Result<(), Failed> {
        let at = |column: &'static str| move |error| (column, error);
        self.kind.next(rows).map_err(at("type"))?;
        self.plate.next(rows).map_err(at("plate"))?;
        self.site.next(rows).map_err(at("site"))?;
        self.reader.next(rows).map_err(at("reader"))?;
        self.epc.next(rows).map_err(at("epc"))?;
        self.source.next(rows).map_err(at("source"))?;
        self.fix.next(rows).map_err(at("fix"))?;
        self.load.next(rows).map_err(at("load"))?;
        self.lid.next(rows).map_err(at("lid"))?;
        self.lift.next(rows).map_err(at("lift"))?;
        self.antenna.next(rows).map_err(at("antenna"))?;
        self.power.next(rows).map_err(at("power"))?;
        self.lat.next(rows).map_err(at("lat"))?;
        self.lon.next(rows).map_err(at("lon"))?;
        self.speed_kmh.next(rows).map_err(at("speed_kmh"))?;
        self.course_deg.next(rows).map_err(at("course_deg"))?;
        self.hdop.next(rows).map_err(at("hdop"))?;
        self.satellites.next(rows).map_err(at("satellites"))?;
        self.rssi_dbm.next(rows).map_err(at("rssi_dbm"))?;
        self.gross_t.next(rows).map_err(at("gross_t"))?;
        self.time.next(rows).map_err(at("time"))?;
        self.received.next(rows).map_err(at("received"))?;
        self.ignition.next(rows).map_err(at("ignition"))
    }

    /// The row's kind, if it is one.
    pub(super) fn kind(&self, row: usize) -> Option<Kind> {
        self.kind.get(row)?.as_ref().ok().copied()
    }

    /// The row as a report, or what is wrong with it.
    pub(super) fn row(&self, row: usize) -> Result<ReportRef<'_>, ReportLineError> {
        let content = match *required("type", self.kind.get(row))? {
            Kind::Fix => self.fix(row)?,
            Kind::Rfid if self.reader.get(row).is_some() => ContentRef::AtReader {
                reader: required("reader", self.reader.get(row))?,
                epc: required("epc", self.epc.get(row))?,
                rssi_dbm: measured("rssi_dbm", self.rssi_dbm.get(row), rssi_in_range)?,
            },
            Kind::Rfid => ContentRef::AtTruck {
                plate: required("plate", self.plate.get(row))?,
                epc: required("epc", self.epc.get(row))?,
                rssi_dbm: measured("rssi_dbm", self.rssi_dbm.get(row), rssi_in_range)?,
            },
            Kind::Weigh => {
                let gross_t = self.gross_t.get(row).ok_or(missing("gross_t"))?;
                ContentRef::Weigh {
                    gross_kg: gross_kg(gross_t)?,
                    site: required("site", self.site.get(row))?,
                    plate: required("plate", self.plate.get(row))?,
                }
            }
        };
        let time: Timestamp = *required("time", self.time.get(row))?;
        let received = optional("received", self.received.get(row))?.copied();
        Ok(ReportRef { time, received, content })
    }

    fn fix(&self, row: usize) -> Result<ContentRef<'_>, ReportLineError> {
        let plate = required("plate", self.plate.get(row))?;
        let source = optional("source", self.source.get(row))?;
        let fix = *required("fix", self.fix.get(row))?;
        let lat = self.lat.get(row).ok_or(missing("lat"))?;
        let lon = self.lon.get(row).ok_or(missing("lon"))?;
        let position =
            Position::from_degrees(lat, lon).map_err(|error| malformed("lat", error.to_string()))?;
        let readings = Readings {
            fix,
            position,
            speed: measured("speed_kmh", self.speed_kmh.get(row), Speed::from_kmh)?,
            course: measured("course_deg", self.course_deg.get(row), Course::from_deg)?,
            hdop: measured("hdop", self.hdop.get(row), Hdop::from_ratio)?,
            satellites: self.satellites.get(row).map(satellites).transpose()?,
            ignition: optional("ignition", self.ignition.get(row))?.copied(),
            load: word("load", self.load.get(row))?,
            lid: word("lid", self.lid.get(row))?,
            lift: word("lift", self.lift.get(row))?,
            antenna: word("antenna", self.antenna.get(row))?,
            power: word("power", self.power.get(row))?,
        };
        Ok(ContentRef::Fix(FixRef { plate, source, readings }))
    }
}

/// Opens columns of a row group by name; absent ones give nothing in every row.
struct Opener<'a> {
    columns: &'a Columns,
    rows: &'a dyn RowGroupReader,
}

impl Opener<'_> {
    fn open(&self, name: &'static str) -> Result<Option<(ColumnReader, Form)>, Failed> {
        let Some((leaf, form)) = self.columns.get(name) else { return Ok(None) };
        let reader = self.rows.get_column_reader(*leaf).map_err(|error| (name, error))?;
        Ok(Some((reader, *form)))
    }

    fn texts<T: FromStr>(&self, name: &'static str) -> Result<Texts<T>, Failed>
    where
        T::Err: std::fmt::Display,
    {
        Texts::new(self.open(name)?.map(|(reader, _)| reader)).map_err(|error| (name, error))
    }

    fn numbers(&self, name: &'static str) -> Result<Numbers, Failed> {
        let opened = match self.open(name)? {
            Some((reader, Form::Number(form))) => Some((reader, form)),
            _ => None,
        };
        Numbers::new(opened).map_err(|error| (name, error))
    }

    fn times(&self, name: &'static str) -> Result<Times, Failed> {
        let opened = match self.open(name)? {
            Some((reader, Form::Time(form))) => Some((reader, form)),
            _ => None,
        };
        Times::new(opened).map_err(|error| (name, error))
    }

    fn flags(&self, name: &'static str) -> Result<Flags, Failed> {
        let opened = match self.open(name)? {
            Some((reader, Form::Flag(form))) => Some((reader, form)),
            _ => None,
        };
        Flags::new(opened).map_err(|error| (name, error))
    }
}

fn missing(member: &'static str) -> ReportLineError {
    ReportLineError::Missing { member }
}

fn malformed(member: &'static str, reason: String) -> ReportLineError {
    ReportLineError::Malformed { member, reason }
}

fn required<'a, T>(
    member: &'static str,
    cell: Option<&'a Result<T, String>>,
) -> Result<&'a T, ReportLineError> {
    optional(member, cell)?.ok_or(missing(member))
}

fn optional<'a, T>(
    member: &'static str,
    cell: Option<&'a Result<T, String>>,
) -> Result<Option<&'a T>, ReportLineError> {
    match cell {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(reason)) => Err(malformed(member, reason.clone())),
    }
}

fn word<T: Copy + Default>(
    member: &'static str,
    cell: Option<&Result<T, String>>,
) -> Result<T, ReportLineError> {
    Ok(optional(member, cell)?.copied().unwrap_or_default())
}

fn measured<T>(
    member: &'static str,
    value: Option<f64>,
    read: impl Fn(f64) -> Option<T>,
) -> Result<Option<T>, ReportLineError> {
    value.map(|v| read(v).ok_or_else(|| malformed(member, format!("{v} is out of range")))).transpose()
}

fn satellites(number: f64) -> Result<u8, ReportLineError> {
    if number.fract() != 0.0 || number < 0.0 {
        return Err(malformed("satellites", format!("{number} is not a whole number")));
    }
    if number > f64::from(u8::MAX) {
        return Err(malformed("satellites", format!("{number} is above 255")));
    }
    Ok(number as u8)
}
