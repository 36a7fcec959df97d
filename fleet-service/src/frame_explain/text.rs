//! A frame as lines for a person.

use std::fmt::{self, Write as _};

use wire::{Profile, Version};

use super::explained::Explained;
use super::ids;
use super::location::spaced;
use super::reading;

/// Bytes shown of one field; longer ones are cut.
const BYTES_SHOWN_MAX: usize = 12;
/// Columns of the bytes and of the names.
const BYTES_COLUMNS: usize = BYTES_SHOWN_MAX * 3;
const NAME_COLUMNS: usize = 34;

/// A frame, its fields and the profile's reading.
pub(super) fn page(explained: &Explained, profile: &Profile) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _cannot_fail = write_page(&mut out, explained, profile);
    out
}

fn write_page(out: &mut String, explained: &Explained, profile: &Profile) -> fmt::Result {
    if let Some(header) = &explained.header {
        let (zh, en) = ids::name(header.message_id);
        let version = match header.version {
            Version::V2013 => "JT/T 808-2011/2013",
            Version::V2019 => "JT/T 808-2019",
        };
        let phone = header.phone.to_string();
        let phone = phone.trim_start_matches('0');
        writeln!(
            out,
            "0x{:04X} {zh} {en} · {version} · 终端 phone {phone} · 流水号 serial {}",
            header.message_id, header.serial
        )?;
    }
    if !explained.fields.is_empty() {
        let (bytes, name) = (padded("字节 bytes", BYTES_COLUMNS), padded("字段 field", NAME_COLUMNS));
        writeln!(out, " 偏移 at  {bytes}{name}值 value")?;
    }
    for field in &explained.fields {
        let shown = match field.bytes.get(..BYTES_SHOWN_MAX) {
            Some(first) if field.bytes.len() > BYTES_SHOWN_MAX => {
                format!("{} …", spaced(first).trim_end_matches(" .."))
            }
            _ => spaced(&field.bytes),
        };
        let (bytes, name) =
            (padded(&shown, BYTES_COLUMNS), padded(&format!("{} {}", field.zh, field.en), NAME_COLUMNS));
        writeln!(out, "{:8}  {bytes}{name}{}", field.at, field.value)?;
        for detail in &field.details {
            writeln!(out, "{:1$}{detail}", "", 10 + BYTES_COLUMNS + 2)?;
        }
    }
    for (place, reading) in explained.readings.iter().enumerate() {
        let zh = profile.description_zh();
        let which = if explained.readings.len() > 1 { format!(" [{}]", place + 1) } else { String::new() };
        writeln!(out, "按协议配置 by profile {}{which}（{zh}）：", profile.name())?;
        for line in reading::lines(reading) {
            writeln!(out, "  {line}")?;
        }
    }
    if explained.records.iter().any(|record| record.extras_malformed) {
        writeln!(
            out,
            "注意：附加信息残缺，基本信息有效 note: the extras are malformed, the base fields stand"
        )?;
    }
    for fault in &explained.faults {
        writeln!(out, "错误 error：{fault}")?;
    }
    Ok(())
}

/// Filled with blanks to `columns` of a terminal, where a Chinese character takes two; at least one blank.
fn padded(text: &str, columns: usize) -> String {
    let wide = |c: char| if ('\u{1100}'..='\u{FFEF}').contains(&c) && c != '…' { 2 } else { 1 };
    let used: usize = text.chars().map(wide).sum();
    format!("{text}{:1$}", "", columns.saturating_sub(used).max(1))
}
