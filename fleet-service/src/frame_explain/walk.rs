//! A walk over a message, field by field, that remembers what it passed.

use encoding_rs::GBK;

/// A name, Chinese and English.
pub(super) type Name = (&'static str, &'static str);

/// One field of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Offset of its first byte in the unescaped frame, after the opening flag.
    pub at: usize,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// What it says, with its unit.
    pub value: String,
    /// More of it, a line each: the bits that are set.
    pub details: Vec<String>,
}

/// Where the walk is.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset in the frame of the first of `bytes`.
    offset: usize,
    pub(super) fields: Vec<Field>,
    pub(super) fault: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, at: 0, offset, fields: Vec::new(), fault: None }
    }

    /// What was not passed yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Offset in the frame of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.offset + self.at
    }

    /// Passes `count` bytes; without so many the walk ends, with the reason kept.
    pub(super) fn take(&mut self, count: usize, name: Name) -> Option<&'a [u8]> {
        let (at, left) = (self.offset(), self.rest().len());
        let Some(bytes) = self.rest().get(..count) else {
            let (zh, en) = name;
            self.fault = Some(format!(
                "第 {at} 字节起「{zh}」需要 {count} 字节，只剩 {left} 字节 / {en} needs {count} bytes at byte {at}, {left} are left"
            ));
            return None;
        };
        self.at += count;
        self.put(at, bytes, name);
        Some(bytes)
    }

    /// Passes `count` bytes without a field of their own.
    pub(super) fn skip(&mut self, count: usize) -> &'a [u8] {
        let bytes = self.rest().get(..count).unwrap_or_else(|| self.rest());
        self.at += bytes.len();
        bytes
    }

    /// Adds a field for bytes that were passed.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8], (zh, en): Name) {
        self.fields.push(Field {
            at,
            bytes: bytes.to_vec(),
            zh,
            en,
            value: String::new(),
            details: Vec::new(),
        });
    }

    /// Says what the last field means.
    pub(super) fn say(&mut self, value: impl Into<String>) {
        if let Some(field) = self.fields.last_mut() {
            field.value = value.into();
        }
    }

    /// Adds lines to the last field.
    pub(super) fn detail(&mut self, lines: impl IntoIterator<Item = String>) {
        if let Some(field) = self.fields.last_mut() {
            field.details.extend(lines);
        }
    }

    /// A big-endian number of `count` bytes, said as it is.
    pub(super) fn number(&mut self, count: usize, name: Name) -> Option<u64> {
        let value = self.take(count, name).map(number)?;
        self.say(value.to_string());
        Some(value)
    }

    /// A number in a unit, said as a whole or as tenths.
    pub(super) fn measure(&mut self, count: usize, name: Name, unit: &str) -> Option<u64> {
        let value = self.take(count, name).map(number)?;
        self.say(format!("{value} {unit}"));
        Some(value)
    }

    /// A number said as the word it stands for.
    pub(super) fn word(&mut self, count: usize, name: Name, words: &[(u64, &str)]) -> Option<u64> {
        let value = self.take(count, name).map(number)?;
        let word = words.iter().find(|(code, _)| *code == value).map_or("未定义 undefined", |(_, word)| word);
        self.say(format!("{value} {word}"));
        Some(value)
    }

    /// A text of GBK.
    pub(super) fn text(&mut self, count: usize, name: Name) -> Option<String> {
        let text = self.take(count, name).map(gbk)?;
        self.say(format!("{text:?}"));
        Some(text)
    }

    /// Six BCD bytes of a time; a zero date is said as "every day".
    pub(super) fn time(&mut self, name: Name) -> Option<String> {
        let bytes = self.take(6, name)?;
        let text = bcd_time(bytes);
        self.say(text.clone());
        Some(text)
    }

    /// Everything left, said as bytes.
    pub(super) fn rest_as(&mut self, name: Name) {
        let left = self.rest().len();
        if left > 0 && self.take(left, name).is_some() {
            self.say(format!("{left} 字节 bytes"));
        }
    }
}

/// A big-endian number of at most eight bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// GBK without the filling at its ends.
pub(super) fn gbk(bytes: &[u8]) -> String {
    let (text, _had_errors) = GBK.decode_without_bom_handling(bytes);
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
}

/// Tenths with their decimal.
pub(super) fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn bcd_time(bytes: &[u8]) -> String {
    match bytes {
        [0, 0, 0, h, m, s] => format!("每日 every day {h:02x}:{m:02x}:{s:02x}"),
        [y, mo, d, h, m, s] => format!("20{y:02x}-{mo:02x}-{d:02x} {h:02x}:{m:02x}:{s:02x}"),
        _ => String::new(),
    }
}
