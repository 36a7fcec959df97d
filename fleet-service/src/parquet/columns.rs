//! Which columns a report file may have, and how each physical form of one is read.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::ColumnDescriptor;

use super::read::ZoneOfNaive;

/// Columns every file must have.
pub(super) const NEEDED_ALWAYS: [&str; 2] = ["type", "time"];

/// Every column that is read, by what it must hold.
pub(super) const COLUMNS: [(&str, Class); 23] = [
    ("type", Class::Text),
    ("plate", Class::Text),
    ("site", Class::Text),
    ("reader", Class::Text),
    ("epc", Class::Text),
    ("source", Class::Text),
    ("fix", Class::Text),
    ("load", Class::Text),
    ("lid", Class::Text),
    ("lift", Class::Text),
    ("antenna", Class::Text),
    ("power", Class::Text),
    ("lat", Class::Number),
    ("lon", Class::Number),
    ("speed_kmh", Class::Number),
    ("course_deg", Class::Number),
    ("hdop", Class::Number),
    ("satellites", Class::Number),
    ("rssi_dbm", Class::Number),
    ("gross_t", Class::Number),
    ("time", Class::Time),
    ("received", Class::Time),
    ("ignition", Class::Flag),
];

/// What a column must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    Number,
    Time,
    Flag,
}

impl Class {
    /// For people.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Time => "a timestamp or RFC 3339 text",
            Self::Flag => "a boolean",
        }
    }

    /// How a column of this class is read; `Err` says what it holds instead, for people.
    pub(super) fn form(self, column: &ColumnDescriptor, naive: ZoneOfNaive) -> Result<Form, String> {
        match self {
            Self::Text if is_text(column) => Ok(Form::Text),
            Self::Text => Err(describe(column)),
            Self::Number => number_form(column).map(Form::Number),
            Self::Time => time_form(column, naive).map(Form::Time),
            Self::Flag => flag_form(column).map(Form::Flag),
        }
    }
}

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    Text,
    Number(NumberForm),
    Time(TimeForm),
    Flag(FlagForm),
}

/// What a number column is read from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum NumberForm {
    Float,
    Double,
    Int32 {
        unsigned: bool,
        divisor: f64,
    },
    Int64 {
        unsigned: bool,
        divisor: f64,
    },
    /// Big-endian two's complement of any length.
    DecimalBytes {
        divisor: f64,
        fixed: bool,
    },
    Float16,
}

/// What a time column is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// RFC 3339.
    Text,
    /// Ticks since the epoch: how many in a millisecond, and how far the clock they were read from is ahead of UTC.
    Ticks {
        per_milli: i64,
        offset_millis: i64,
    },
    Int96,
}

/// What a flag column is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagForm {
    Boolean,
    Int32,
    Int64,
}

/// `Err` says what the column holds, for people.
fn number_form(column: &ColumnDescriptor) -> Result<NumberForm, String> {
    let unsigned = match column.logical_type_ref() {
        Some(LogicalType::Integer(int)) => !int.is_signed,
        _ => matches!(column.converted_type(), ConvertedType::UINT_32 | ConvertedType::UINT_64),
    };
    let is_decimal = is_decimal(column);
    let is_plain = is_decimal || is_plain_integer(column);
    let divisor = if is_decimal { 10f64.powi(column.type_scale()) } else { 1.0 };
    match column.physical_type() {
        Physical::FLOAT => Ok(NumberForm::Float),
        Physical::DOUBLE => Ok(NumberForm::Double),
        Physical::INT32 if is_plain => Ok(NumberForm::Int32 { unsigned, divisor }),
        Physical::INT64 if is_plain => Ok(NumberForm::Int64 { unsigned, divisor }),
        Physical::BYTE_ARRAY if is_decimal => Ok(NumberForm::DecimalBytes { divisor, fixed: false }),
        Physical::FIXED_LEN_BYTE_ARRAY if is_decimal => Ok(NumberForm::DecimalBytes { divisor, fixed: true }),
        Physical::FIXED_LEN_BYTE_ARRAY if matches!(column.logical_type_ref(), Some(LogicalType::Float16)) => {
            Ok(NumberForm::Float16)
        }
        _ => Err(describe(column)),
    }
}

/// `Err` says what the column holds, for people.
fn time_form(column: &ColumnDescriptor, naive: ZoneOfNaive) -> Result<TimeForm, String> {
    let ticks = |unit: TimeUnit, is_utc: bool| TimeForm::Ticks {
        per_milli: match unit {
            TimeUnit::MILLIS => 1,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1_000_000,
        },
        offset_millis: if is_utc { 0 } else { naive.offset_millis() },
    };
    match (column.physical_type(), column.logical_type_ref(), column.converted_type()) {
        (Physical::INT64, Some(LogicalType::Timestamp(of)), _) => Ok(ticks(of.unit, of.is_adjusted_to_u_t_c)),
        (Physical::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => Ok(ticks(TimeUnit::MILLIS, true)),
        (Physical::INT64, None, ConvertedType::TIMESTAMP_MICROS) => Ok(ticks(TimeUnit::MICROS, true)),
        (Physical::INT96, _, _) => Ok(TimeForm::Int96),
        _ if is_text(column) => Ok(TimeForm::Text),
        _ => Err(describe(column)),
    }
}

/// `Err` says what the column holds, for people.
fn flag_form(column: &ColumnDescriptor) -> Result<FlagForm, String> {
    match column.physical_type() {
        Physical::BOOLEAN => Ok(FlagForm::Boolean),
        Physical::INT32 if is_plain_integer(column) => Ok(FlagForm::Int32),
        Physical::INT64 if is_plain_integer(column) => Ok(FlagForm::Int64),
        _ => Err(describe(column)),
    }
}

fn is_text(column: &ColumnDescriptor) -> bool {
    let says_text = match column.logical_type_ref() {
        Some(logical) => matches!(logical, LogicalType::String | LogicalType::Enum),
        // Some programs write texts as bare bytes.
        None => {
            matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::NONE)
        }
    };
    column.physical_type() == Physical::BYTE_ARRAY && says_text
}

fn is_decimal(column: &ColumnDescriptor) -> bool {
    matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
        || column.converted_type() == ConvertedType::DECIMAL
}

fn is_plain_integer(column: &ColumnDescriptor) -> bool {
    match column.logical_type_ref() {
        Some(logical) => matches!(logical, LogicalType::Integer(_)),
        None => matches!(
            column.converted_type(),
            ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
                | ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64
        ),
    }
}

fn describe(column: &ColumnDescriptor) -> String {
    match column.logical_type_ref() {
        Some(logical) => format!("{} ({logical:?})", column.physical_type()),
        None => column.physical_type().to_string(),
    }
}
