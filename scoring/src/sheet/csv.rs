//! A table as CSV (RFC 4180): UTF-8 with a byte order mark, because spreadsheets in China take a file without one for GBK.
//!
//! Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break as a formula, quoted or not. A text
//! cell that begins so gets an apostrophe in front; numbers are written by this program and keep their sign.

use super::{Cell, Sheet};

/// First bytes of the file.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The table as CSV.
pub fn write(sheet: &Sheet) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    line(&mut text, sheet.columns.iter().map(|column| column.key.to_owned()));
    for row in &sheet.rows {
        line(&mut text, row.iter().map(safe));
    }
    text
}

fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if field.contains(['"', ',', '\n', '\r']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push_str("\r\n");
}

fn safe(cell: &Cell) -> String {
    let plain = cell.plain();
    // The wide forms are taken for their narrow ones by some spreadsheets.
    let runs = plain.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if runs && matches!(cell, Cell::Text(_)) { format!("'{plain}") } else { plain }
}
