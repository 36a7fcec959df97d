//! A ledger as Parquet: the columns of [`scoring::ledger_table`], numbers as 64-bit integers, everything else as text.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use scoring::LedgerEntry;
use scoring::digest::EntryHash;
use scoring::ledger_table::{Cell, LedgerTableError, LedgerTableReader, MEMBERS, cells};

/// Entries in a row group.
const ROW_GROUP_ENTRIES: usize = 64 * 1024;

/// Why a Parquet file is no ledger, or is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerParquetError {
    #[error("the Parquet file cannot be used")]
    Parquet(#[from] ParquetError),
    #[error("row {row}, column `{column}`: it holds neither a whole number nor a text")]
    Cell { row: usize, column: String },
    #[error(transparent)]
    Ledger(#[from] LedgerTableError),
    #[error("an entry cannot be written")]
    Entry(#[from] serde_json::Error),
}

/// Reads a ledger and checks its chain.
pub(crate) fn read(file: File) -> Result<(Vec<LedgerEntry>, EntryHash), LedgerParquetError> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema();
    let found: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    if found != MEMBERS.map(|(name, _)| name) {
        return Err(LedgerTableError::Columns { found: found.join(",") }.into());
    }
    let mut ledger = LedgerTableReader::default();
    for (index, row) in reader.get_row_iter(None)?.enumerate() {
        let row = row?;
        let cell = |(name, field): (&String, &Field)| match field {
            Field::Null => Ok(Cell::Empty),
            Field::Long(number) => Ok(Cell::Number(*number)),
            Field::Int(number) => Ok(Cell::Number(i64::from(*number))),
            Field::Str(text) if text.is_empty() => Ok(Cell::Empty),
            Field::Str(text) => Ok(Cell::Text(text.clone())),
            _ => Err(LedgerParquetError::Cell { row: index + 1, column: name.clone() }),
        };
        ledger.take(row.get_column_iter().map(cell).collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(ledger.finish())
}

/// Writes a ledger.
pub(crate) fn write(entries: &[LedgerEntry], out: impl Write + Send) -> Result<(), LedgerParquetError> {
    let columns = MEMBERS.map(|(name, is_number)| match is_number {
        true => format!("required int64 {name};"),
        false => format!("optional binary {name} (STRING);"),
    });
    let schema = Arc::new(parse_message_type(&format!("message ledger {{ {} }}", columns.join(" ")))?);
    let compression = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for group in entries.chunks(ROW_GROUP_ENTRIES) {
        let rows = group.iter().map(cells).collect::<Result<Vec<_>, _>>()?;
        let mut writer = file.next_row_group()?;
        let mut at = 0;
        while let Some(column) = writer.next_column()? {
            write_column(column, rows.iter().map(|row| &row[at]))?;
            at += 1;
        }
        writer.close()?;
    }
    file.close()?;
    Ok(())
}

fn write_column<'a>(
    mut column: SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'a Cell>,
) -> Result<(), ParquetError> {
    let (mut numbers, mut texts, mut levels) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(*cell != Cell::Empty));
        match cell {
            Cell::Empty => {}
            Cell::Number(number) => numbers.push(*number),
            Cell::Text(text) => texts.push(ByteArray::from(text.as_str())),
        }
    }
    if numbers.is_empty() {
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
    } else {
        column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
    }
    column.close()
}
