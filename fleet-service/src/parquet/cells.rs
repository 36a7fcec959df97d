//! Columns decoded a batch of rows at a time.
//!
//! Texts are few and repeat: each different one is parsed once, and a row keeps its number. Numbers become `f64` with NaN
//! for nothing, whatever their form.

use std::collections::HashMap;
use std::str::FromStr;

use domain::Timestamp;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::errors::ParquetError;

use super::columns::{FlagForm, NumberForm, TimeForm};

/// Most different texts of a column remembered between two batches.
const TEXTS_MAX: usize = 64 * 1024;

/// Values of one physical type with their presence.
struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Typed<T> {
    fn new(reader: ColumnReader) -> Result<Self, ParquetError> {
        let reader = T::get_column_reader(reader)
            .ok_or_else(|| ParquetError::General("the column is of another type than its schema".into()))?;
        Ok(Self { reader, values: Vec::new(), levels: Vec::new() })
    }

    /// Reads exactly `rows` rows and hands every row's value to `take`.
    fn next(&mut self, rows: usize, mut take: impl FnMut(Option<&T::T>)) -> Result<(), ParquetError> {
        self.values.clear();
        self.levels.clear();
        let (records, values, levels) =
            self.reader.read_records(rows, Some(&mut self.levels), None, &mut self.values)?;
        if records != rows {
            return Err(ParquetError::EOF(format!(
                "the column has fewer rows than its row group: {records}"
            )));
        }
        if levels == 0 || self.levels.is_empty() {
            self.values.iter().for_each(|value| take(Some(value)));
            return Ok(());
        }
        let mut values = self.values[..values].iter();
        for level in &self.levels {
            take(if *level > 0 { values.next() } else { None });
        }
        Ok(())
    }
}

/// A column of texts, each parsed as `T`.
pub(super) struct Texts<T> {
    column: Option<Typed<ByteArrayType>>,
    known: Known<T>,
    rows: Vec<u32>,
}

/// The different texts of a column, by number.
struct Known<T> {
    numbers: HashMap<Box<[u8]>, u32>,
    parsed: Vec<Result<T, String>>,
    /// The text of the row before and its number: most rows say what the one before said.
    last: (Box<[u8]>, u32),
}

/// The row number of a text that is not there.
const ABSENT: u32 = u32::MAX;

impl<T: FromStr> Texts<T>
where
    T::Err: std::fmt::Display,
{
    pub(super) fn new(reader: Option<ColumnReader>) -> Result<Self, ParquetError> {
        let column = reader.map(Typed::new).transpose()?;
        let known = Known { numbers: HashMap::new(), parsed: Vec::new(), last: (Box::default(), ABSENT) };
        Ok(Self { column, known, rows: Vec::new() })
    }

    pub(super) fn next(&mut self, rows: usize) -> Result<(), ParquetError> {
        let Some(column) = &mut self.column else { return Ok(()) };
        if self.known.parsed.len() > TEXTS_MAX {
            self.known.numbers.clear();
            self.known.parsed.clear();
            self.known.last.1 = ABSENT;
        }
        self.rows.clear();
        let (known, numbered) = (&mut self.known, &mut self.rows);
        column.next(rows, |value| {
            numbered.push(value.map_or(ABSENT, |value| known.number_of(value.data())));
        })
    }

    /// What the row says, or what is wrong with it.
    pub(super) fn get(&self, row: usize) -> Option<&Result<T, String>> {
        self.known.parsed.get(*self.rows.get(row)? as usize)
    }
}

impl<T: FromStr> Known<T>
where
    T::Err: std::fmt::Display,
{
    fn number_of(&mut self, text: &[u8]) -> u32 {
        if self.last.1 != ABSENT && *self.last.0 == *text {
            return self.last.1;
        }
        if let Some((known, number)) = self.numbers.get_key_value(text) {
            // Of one length, as most texts of a column are, it needs no new room.
            if self.last.0.len() == known.len() {
                self.last.0.copy_from_slice(known);
            } else {
                self.last.0 = known.clone();
            }
            self.last.1 = *number;
            return *number;
        }
        // A batch is far shorter than the numbers there are.
        let number = self.parsed.len() as u32;
        self.parsed.push(match std::str::from_utf8(text) {
            Ok(text) => text.parse().map_err(|error: T::Err| error.to_string()),
            Err(error) => Err(error.to_string()),
        });
        self.numbers.insert(text.into(), number);
        self.last = (text.into(), number);
        number
    }
}

/// A column of numbers. NaN where there is none.
pub(super) struct Numbers {
    column: Option<NumberColumn>,
    rows: Vec<f64>,
}

enum NumberColumn {
    Float(Typed<FloatType>),
    Double(Typed<DoubleType>),
    Int32(Typed<Int32Type>, bool, f64),
    Int64(Typed<Int64Type>, bool, f64),
    Bytes(Typed<ByteArrayType>, f64),
    FixedBytes(Typed<FixedLenByteArrayType>, f64),
    Float16(Typed<FixedLenByteArrayType>),
}

impl Numbers {
    pub(super) fn new(reader: Option<(ColumnReader, NumberForm)>) -> Result<Self, ParquetError> {
        let column = match reader {
            None => None,
            Some((reader, form)) => Some(match form {
                NumberForm::Float => NumberColumn::Float(Typed::new(reader)?),
                NumberForm::Double => NumberColumn::Double(Typed::new(reader)?),
                NumberForm::Int32 { unsigned, divisor } => {
                    NumberColumn::Int32(Typed::new(reader)?, unsigned, divisor)
                }
                NumberForm::Int64 { unsigned, divisor } => {
                    NumberColumn::Int64(Typed::new(reader)?, unsigned, divisor)
                }
                NumberForm::DecimalBytes { divisor, fixed: false } => {
                    NumberColumn::Bytes(Typed::new(reader)?, divisor)
                }
                NumberForm::DecimalBytes { divisor, fixed: true } => {
                    NumberColumn::FixedBytes(Typed::new(reader)?, divisor)
                }
                NumberForm::Float16 => NumberColumn::Float16(Typed::new(reader)?),
            }),
        };
        Ok(Self { column, rows: Vec::new() })
    }

    pub(super) fn next(&mut self, count: usize) -> Result<(), ParquetError> {
        self.rows.clear();
        let rows = &mut self.rows;
        match &mut self.column {
            None => Ok(()),
            Some(NumberColumn::Float(c)) => {
                c.next(count, |v| rows.push(v.map_or(f64::NAN, |v| f64::from(*v))))
            }
            Some(NumberColumn::Double(c)) => c.next(count, |v| rows.push(v.copied().unwrap_or(f64::NAN))),
            Some(NumberColumn::Int32(c, unsigned, divisor)) => c.next(count, |v| {
                let whole = |v: i32| if *unsigned { f64::from(v.cast_unsigned()) } else { f64::from(v) };
                rows.push(v.map_or(f64::NAN, |v| whole(*v) / *divisor));
            }),
            Some(NumberColumn::Int64(c, unsigned, divisor)) => c.next(count, |v| {
                let whole = |v: i64| if *unsigned { v.cast_unsigned() as f64 } else { v as f64 };
                rows.push(v.map_or(f64::NAN, |v| whole(*v) / *divisor));
            }),
            Some(NumberColumn::Bytes(c, divisor)) => {
                c.next(count, |v| rows.push(v.map_or(f64::NAN, |v| big_endian(v.data()) / *divisor)))
            }
            Some(NumberColumn::FixedBytes(c, divisor)) => {
                c.next(count, |v| rows.push(v.map_or(f64::NAN, |v| big_endian(v.data()) / *divisor)))
            }
            Some(NumberColumn::Float16(c)) => {
                c.next(count, |v| rows.push(v.map_or(f64::NAN, |v| half(v.data()))))
            }
        }
    }

    /// The row's number, if it has one.
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        self.rows.get(row).copied().filter(|number| !number.is_nan())
    }
}

/// Two's complement, most significant byte first.
fn big_endian(bytes: &[u8]) -> f64 {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if is_negative { -1.0 } else { 0.0 };
    bytes.iter().fold(start, |sum, byte| sum * 256.0 + f64::from(*byte))
}

/// IEEE 754 binary16, least significant byte first.
fn half(bytes: &[u8]) -> f64 {
    let [low, high] = bytes else { return f64::NAN };
    let bits = u16::from_le_bytes([*low, *high]);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => fraction / 1024.0 * 2f64.powi(-14),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// A column of moments.
pub(super) struct Times {
    column: Option<TimeColumn>,
    rows: Vec<Option<Result<Timestamp, String>>>,
}

enum TimeColumn {
    Text(Typed<ByteArrayType>),
    Ticks { column: Typed<Int64Type>, per_milli: i64, offset_millis: i64 },
    Int96(Typed<Int96Type>),
}

impl Times {
    pub(super) fn new(reader: Option<(ColumnReader, TimeForm)>) -> Result<Self, ParquetError> {
        let column = match reader {
            None => None,
            Some((reader, TimeForm::Text)) => Some(TimeColumn::Text(Typed::new(reader)?)),
            Some((reader, TimeForm::Int96)) => Some(TimeColumn::Int96(Typed::new(reader)?)),
            Some((reader, TimeForm::Ticks { per_milli, offset_millis })) => {
                Some(TimeColumn::Ticks { column: Typed::new(reader)?, per_milli, offset_millis })
            }
        };
        Ok(Self { column, rows: Vec::new() })
    }

    pub(super) fn next(&mut self, count: usize) -> Result<(), ParquetError> {
        self.rows.clear();
        let rows = &mut self.rows;
        match &mut self.column {
            None => Ok(()),
            Some(TimeColumn::Text(column)) => column.next(count, |v| rows.push(v.map(moment_of_text))),
            Some(TimeColumn::Ticks { column, per_milli, offset_millis }) => column.next(count, |v| {
                let millis = |ticks: &i64| ticks.div_euclid(*per_milli).saturating_sub(*offset_millis);
                rows.push(v.map(|ticks| moment(millis(ticks))));
            }),
            Some(TimeColumn::Int96(column)) => {
                column.next(count, |v| rows.push(v.map(|at: &Int96| moment(at.to_millis()))))
            }
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<&Result<Timestamp, String>> {
        self.rows.get(row)?.as_ref()
    }
}

fn moment_of_text(value: &ByteArray) -> Result<Timestamp, String> {
    let text = std::str::from_utf8(value.data()).map_err(|error| error.to_string())?;
    Timestamp::parse_rfc3339(text).map_err(|error| error.to_string())
}

fn moment(millis: i64) -> Result<Timestamp, String> {
    let moment = Timestamp::from_millis(millis);
    if moment.millis() == millis {
        Ok(moment)
    } else {
        Err(format!("{millis} ms after 1970 is outside the years 1 to 9999"))
    }
}

/// A column of yes and no.
pub(super) struct Flags {
    column: Option<FlagColumn>,
    rows: Vec<Option<Result<bool, String>>>,
}

enum FlagColumn {
    Boolean(Typed<BoolType>),
    Int32(Typed<Int32Type>),
    Int64(Typed<Int64Type>),
}

impl Flags {
    pub(super) fn new(reader: Option<(ColumnReader, FlagForm)>) -> Result<Self, ParquetError> {
        let column = match reader {
            None => None,
            Some((reader, FlagForm::Boolean)) => Some(FlagColumn::Boolean(Typed::new(reader)?)),
            Some((reader, FlagForm::Int32)) => Some(FlagColumn::Int32(Typed::new(reader)?)),
            Some((reader, FlagForm::Int64)) => Some(FlagColumn::Int64(Typed::new(reader)?)),
        };
        Ok(Self { column, rows: Vec::new() })
    }

    pub(super) fn next(&mut self, count: usize) -> Result<(), ParquetError> {
        self.rows.clear();
        let rows = &mut self.rows;
        match &mut self.column {
            None => Ok(()),
            Some(FlagColumn::Boolean(column)) => column.next(count, |v| rows.push(v.map(|v| Ok(*v)))),
            Some(FlagColumn::Int32(column)) => {
                column.next(count, |v| rows.push(v.map(|v| flag(i64::from(*v)))))
            }
            Some(FlagColumn::Int64(column)) => column.next(count, |v| rows.push(v.map(|v| flag(*v)))),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<&Result<bool, String>> {
        self.rows.get(row)?.as_ref()
    }
}

fn flag(number: i64) -> Result<bool, String> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{other} is not true or false")),
    }
}
