//! Writes reports as Parquet, row group by row group.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use domain::report::Content;
use domain::{Antenna, Lid, Lift, Load, Power, Report, Timestamp};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

/// Reports in a row group: what is held in memory while writing, and what one core reads at a time.
pub const ROW_GROUP_REPORTS: usize = 128 * 1024;

/// Most different texts shared while writing; when more come, they begin anew.
const SHARED_TEXTS_MAX: usize = 200_000;

/// The columns, in the order of the contract's lines. Times are moments in milliseconds.
const SCHEMA: &str = "message report {
    required binary type (STRING);
    optional binary plate (STRING);
    optional binary site (STRING);
    optional binary reader (STRING);
    required int64 time (TIMESTAMP(MILLIS,true));
    optional double lat;
    optional double lon;
    optional double speed_kmh;
    optional double course_deg;
    optional binary fix (STRING);
    optional double hdop;
    optional int32 satellites;
    optional boolean ignition;
    optional binary load (STRING);
    optional binary lid (STRING);
    optional binary lift (STRING);
    optional binary antenna (STRING);
    optional binary power (STRING);
    optional binary epc (STRING);
    optional int32 rssi_dbm;
    optional double gross_t;
    optional binary source (STRING);
    optional int64 received (TIMESTAMP(MILLIS,true));
}";

/// Why reports could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the Parquet file cannot be written")]
pub struct WriteError(#[from] ParquetError);

/// Writes reports to `W`. Nothing is whole before [`ReportWriter::finish`]: a file is best written under another name.
pub struct ReportWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    group: Group,
    texts: HashMap<Box<str>, ByteArray>,
    reports: u64,
}

/// The columns of the row group being gathered.
#[derive(Default)]
struct Group {
    kind: Column<ByteArray>,
    plate: Column<ByteArray>,
    site: Column<ByteArray>,
    reader: Column<ByteArray>,
    time: Column<i64>,
    lat: Column<f64>,
    lon: Column<f64>,
    speed_kmh: Column<f64>,
    course_deg: Column<f64>,
    fix: Column<ByteArray>,
    hdop: Column<f64>,
    satellites: Column<i32>,
    ignition: Column<bool>,
    load: Column<ByteArray>,
    lid: Column<ByteArray>,
    lift: Column<ByteArray>,
    antenna: Column<ByteArray>,
    power: Column<ByteArray>,
    epc: Column<ByteArray>,
    rssi_dbm: Column<i32>,
    gross_t: Column<f64>,
    source: Column<ByteArray>,
    received: Column<i64>,
}

/// The values there are, and for every row whether there is one.
struct Column<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T> Column<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

impl<W: Write + Send> ReportWriter<W> {
    /// Begins a file.
    pub fn new(sink: W) -> Result<Self, WriteError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("mucktrail ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = SerializedFileWriter::new(sink, schema, Arc::new(properties))?;
        Ok(Self { file, group: Group::default(), texts: HashMap::new(), reports: 0 })
    }

    /// Takes the next report; every [`ROW_GROUP_REPORTS`] a row group is written.
    pub fn push(&mut self, report: &Report) -> Result<(), WriteError> {
        self.reports += 1;
        let (group, texts) = (&mut self.group, &mut self.texts);
        group.time.push(Some(report.time.millis()));
        group.received.push(report.received.map(Timestamp::millis));
        group.take(&report.content, texts);
        if group.time.levels.len() >= ROW_GROUP_REPORTS {
            self.write_group()?;
        }
        Ok(())
    }

    /// Reports taken so far.
    pub fn reports(&self) -> u64 {
        self.reports
    }

    /// Writes what is left and the footer, and gives the sink back.
    pub fn finish(mut self) -> Result<W, WriteError> {
        if !self.group.time.levels.is_empty() {
            self.write_group()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), WriteError> {
        let group = std::mem::take(&mut self.group);
        let mut rows = self.file.next_row_group()?;
        group.write(&mut rows)?;
        rows.close()?;
        if self.texts.len() > SHARED_TEXTS_MAX {
            self.texts.clear();
        }
        Ok(())
    }
}

fn shared(texts: &mut HashMap<Box<str>, ByteArray>, text: &str) -> ByteArray {
    if let Some(known) = texts.get(text) {
        return known.clone();
    }
    let bytes = ByteArray::from(text);
    texts.insert(text.into(), bytes.clone());
    bytes
}

impl Group {
    fn take(&mut self, content: &Content, texts: &mut HashMap<Box<str>, ByteArray>) {
        let mut share = |text: &str| shared(texts, text);
        let kind = match content {
            Content::Fix(_) => "fix",
            Content::AtReader(_) | Content::AtTruck(_) => "rfid",
            Content::Weigh(_) => "weigh",
        };
        self.kind.push(Some(share(kind)));
        let (plate, site, reader, epc, rssi, gross_kg) = match content {
            Content::Fix(fix) => (Some(&fix.plate), None, None, None, None, None),
            Content::AtReader(s) => (None, None, Some(&s.reader), Some(&s.epc), s.rssi_dbm, None),
            Content::AtTruck(s) => (Some(&s.plate), None, None, Some(&s.epc), s.rssi_dbm, None),
            Content::Weigh(t) => (Some(&t.plate), Some(&t.site), None, None, None, Some(t.gross_kg)),
        };
        self.plate.push(plate.map(|plate| share(plate.as_str())));
        self.site.push(site.map(|site| share(site.as_str())));
        self.reader.push(reader.map(|reader| share(reader.as_str())));
        self.epc.push(epc.map(|epc| share(epc.as_str())));
        self.rssi_dbm.push(rssi.map(i32::from));
        self.gross_t.push(gross_kg.map(|kg| f64::from(kg) / 1000.0));
        let fix = match content {
            Content::Fix(fix) => Some(fix),
            _ => None,
        };
        let mut word = |word: &'static str, known: bool| known.then(|| share(word));
        self.fix.push(fix.and_then(|f| word(f.fix.word(), true)));
        self.load.push(fix.and_then(|f| word(f.load.word(), f.load != Load::Unknown)));
        self.lid.push(fix.and_then(|f| word(f.lid.word(), f.lid != Lid::Unknown)));
        self.lift.push(fix.and_then(|f| word(f.lift.word(), f.lift != Lift::Unknown)));
        self.antenna.push(fix.and_then(|f| word(f.antenna.word(), f.antenna != Antenna::Unknown)));
        self.power.push(fix.and_then(|f| word(f.power.word(), f.power != Power::Unknown)));
        self.source.push(fix.and_then(|f| f.source.as_ref()).map(|source| share(source.as_str())));
        self.lat.push(fix.map(|f| f.position.lat()));
        self.lon.push(fix.map(|f| f.position.lon()));
        self.speed_kmh.push(fix.and_then(|f| f.speed).map(domain::Speed::kmh));
        self.course_deg.push(fix.and_then(|f| f.course).map(domain::Course::deg));
        self.hdop.push(fix.and_then(|f| f.hdop).map(domain::Hdop::ratio));
        self.satellites.push(fix.and_then(|f| f.satellites).map(i32::from));
        self.ignition.push(fix.and_then(|f| f.ignition));
    }

    /// In the order of [`SCHEMA`].
    fn write<W: Write + Send>(&self, rows: &mut SerializedRowGroupWriter<'_, W>) -> Result<(), WriteError> {
        required::<ByteArrayType, W>(rows, &self.kind)?;
        optional::<ByteArrayType, W>(rows, &self.plate)?;
        optional::<ByteArrayType, W>(rows, &self.site)?;
        optional::<ByteArrayType, W>(rows, &self.reader)?;
        required::<Int64Type, W>(rows, &self.time)?;
        optional::<DoubleType, W>(rows, &self.lat)?;
        optional::<DoubleType, W>(rows, &self.lon)?;
        optional::<DoubleType, W>(rows, &self.speed_kmh)?;
        optional::<DoubleType, W>(rows, &self.course_deg)?;
        optional::<ByteArrayType, W>(rows, &self.fix)?;
        optional::<DoubleType, W>(rows, &self.hdop)?;
        optional::<Int32Type, W>(rows, &self.satellites)?;
        optional::<BoolType, W>(rows, &self.ignition)?;
        optional::<ByteArrayType, W>(rows, &self.load)?;
        optional::<ByteArrayType, W>(rows, &self.lid)?;
        optional::<ByteArrayType, W>(rows, &self.lift)?;
        optional::<ByteArrayType, W>(rows, &self.antenna)?;
        optional::<ByteArrayType, W>(rows, &self.power)?;
        optional::<ByteArrayType, W>(rows, &self.epc)?;
        optional::<Int32Type, W>(rows, &self.rssi_dbm)?;
        optional::<DoubleType, W>(rows, &self.gross_t)?;
        optional::<ByteArrayType, W>(rows, &self.source)?;
        optional::<Int64Type, W>(rows, &self.received)
    }
}

fn optional<T: DataType, W: Write + Send>(
    rows: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column<T::T>,
) -> Result<(), WriteError> {
    if let Some(mut writer) = rows.next_column()? {
        writer.typed::<T>().write_batch(&column.values, Some(&column.levels), None)?;
        writer.close()?;
    }
    Ok(())
}

fn required<T: DataType, W: Write + Send>(
    rows: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column<T::T>,
) -> Result<(), WriteError> {
    if let Some(mut writer) = rows.next_column()? {
        writer.typed::<T>().write_batch(&column.values, None, None)?;
        writer.close()?;
    }
    Ok(())
}
