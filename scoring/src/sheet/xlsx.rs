//! Tables as a workbook of Excel. Texts are written as texts, so none can be a formula; days are days and points numbers,
//! to be summed and filtered.

use chrono::Datelike;
use domain::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Cell, Sheet};

/// Most characters a cell of Excel holds; longer texts are cut.
pub const CELL_CHARS_MAX: usize = 32_767;
const COLUMN_WIDTH_MAX: f64 = 44.0;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
#[error("sheet {sheet:?} cannot be written as XLSX")]
pub struct SheetError {
    sheet: &'static str,
    #[source]
    source: XlsxError,
}

/// The workbook's bytes. `as_of` is written as its time of creation, so that the same tables give the same bytes.
pub fn write(sheets: &[Sheet], as_of: Timestamp) -> Result<Vec<u8>, SheetError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(as_of.seconds());
    let fail = |sheet: &'static str| move |source| SheetError { sheet, source };
    let made = made.map_err(fail("properties"))?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    for sheet in sheets {
        tab(book.add_worksheet(), sheet).map_err(fail(sheet.name))?;
    }
    book.save_to_buffer().map_err(fail("all"))
}

fn tab(tab: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    tab.set_name(sheet.name)?;
    let heading = Format::new().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin);
    for (column, at) in sheet.columns.iter().zip(0_u16..) {
        tab.write_string_with_format(0, at, format!("{}\n{}", column.zh, column.en), &heading)?;
        let cells = sheet.rows.iter().filter_map(|row| row.get(usize::from(at)));
        let widest = cells.map(|cell| width(&cell.plain())).chain([width(column.zh), width(column.en)]).max();
        let widest = u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX);
        tab.set_column_width(at, (f64::from(widest) + 2.0).min(COLUMN_WIDTH_MAX))?;
    }
    for (row, at) in sheet.rows.iter().zip(1_u32..) {
        for (cell, column) in row.iter().zip(0_u16..) {
            put(tab, at, column, cell)?;
        }
    }
    tab.set_freeze_panes(1, 0)?;
    tab.set_landscape();
    tab.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn put(tab: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    let number = |text: String| text.parse::<f64>().unwrap_or(0.0);
    let format = |code: &str| Format::new().set_num_format(code);
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            let text: String = text.chars().take(CELL_CHARS_MAX).collect();
            tab.write_string(row, column, text)?;
        }
        Cell::Points(_) => {
            tab.write_number_with_format(row, column, number(cell.plain()), &format("0.00"))?;
        }
        Cell::Count(_) => {
            tab.write_number_with_format(row, column, number(cell.plain()), &format("0"))?;
        }
        Cell::Share(_) => {
            tab.write_number_with_format(row, column, number(cell.plain()), &format("0.00%"))?;
        }
        Cell::Metres(_) => {
            tab.write_number_with_format(row, column, number(cell.plain()), &format("0.000"))?;
        }
        Cell::Day(day) => {
            // Years before 1900 are no dates to Excel: those stay texts.
            match (u16::try_from(day.year()), u8::try_from(day.month()), u8::try_from(day.day())) {
                (Ok(year @ 1900..=9999), Ok(month), Ok(of_month)) => {
                    let day = ExcelDateTime::from_ymd(year, month, of_month)?;
                    tab.write_datetime_with_format(row, column, &day, &format("yyyy-mm-dd"))?;
                }
                _ => {
                    tab.write_string(row, column, day.to_string())?;
                }
            }
        }
        Cell::Moment(time) => {
            tab.write_string(row, column, time.local().format("%Y-%m-%d %H:%M:%S").to_string())?;
        }
    }
    Ok(())
}

/// How wide a text is: a Chinese character takes two places.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
