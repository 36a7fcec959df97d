//! Licence plates, GA 36-2018, normalised: `豫A12345` (7 characters) or `豫A12345D` (8, new energy).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::ShortText;

/// A normalised plate number: province character, then 6 (ordinary) or 7 (new energy) letters and digits, upper case,
/// without dots, dashes or blanks. The last character may be one of 挂学警港澳.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Plate(ShortText<PLATE_BYTES>);

/// Why a text is no plate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a licence plate: {reason}")]
pub struct PlateError {
    text: String,
    reason: &'static str,
}

/// The characters a plate may begin with: provinces, autonomous regions, municipalities.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const SPECIAL_ENDINGS: &str = "挂学警港澳";
/// The longest plate: a province and an ending of three bytes each, six letters and digits between.
const PLATE_BYTES: usize = 12;
const PLATE_CHARS_MAX: usize = 8;
/// Longest text looked at; anything longer cannot be a plate however it is spaced.
const PLATE_BYTES_MAX: usize = 64;

crate::text::textual!(Plate);

impl FromStr for Plate {
    type Err = PlateError;

    fn from_str(text: &str) -> Result<Self, PlateError> {
        let error = |reason| PlateError { text: text.chars().take(20).collect(), reason };
        if text.len() > PLATE_BYTES_MAX {
            return Err(error("too long"));
        }
        let (mut chars, mut count) = (['\0'; PLATE_CHARS_MAX + 1], 0);
        for c in text.chars().filter_map(normalise).take(chars.len()) {
            chars[count] = c;
            count += 1;
        }
        let chars = &chars[..count];
        let [province, office, rest @ ..] = chars else {
            return Err(error("too short"));
        };
        if !PROVINCES.contains(*province) {
            return Err(error("it does not begin with a province"));
        }
        if !office.is_ascii_uppercase() || matches!(office, 'I' | 'O') {
            return Err(error("the second character is not a letter of an issuing office"));
        }
        if !matches!(rest.len(), 5 | 6) {
            return Err(error("it has neither 7 nor 8 characters"));
        }
        let last = rest.len() - 1;
        let fits = |(i, c): (usize, &char)| is_serial(*c) || (i == last && SPECIAL_ENDINGS.contains(*c));
        if !rest.iter().enumerate().all(fits) {
            return Err(error("the serial holds something else than A-Z (without I, O) and 0-9"));
        }
        ShortText::of(chars.iter().copied()).map(Self).ok_or_else(|| error("too long"))
    }
}

fn is_serial(c: char) -> bool {
    c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'))
}

/// Drops separators, folds full-width forms, and raises to upper case.
fn normalise(c: char) -> Option<char> {
    let c = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    };
    match c {
        '·' | '•' | '・' | '-' | '.' | '\u{3000}' => None,
        c if c.is_whitespace() => None,
        c => Some(c.to_ascii_uppercase()),
    }
}

/// Plate colour with its code on the wire (JT/T 697.7-2014, as JT/T 808-2019 uses it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlateColour {
    /// 蓝
    Blue,
    /// 黄: heavy trucks
    #[default]
    Yellow,
    /// 黑
    Black,
    /// 白
    White,
    /// 绿
    Green,
    /// 黄绿: large new-energy vehicles
    YellowGreen,
    /// 渐变绿: small new-energy vehicles
    GradientGreen,
    /// 其他
    Other,
}

impl PlateColour {
    /// Every colour with its wire code and its register name.
    const TABLE: [(Self, u8, &'static str); 8] = [
        (Self::Blue, 1, "blue"),
        (Self::Yellow, 2, "yellow"),
        (Self::Black, 3, "black"),
        (Self::White, 4, "white"),
        (Self::Green, 5, "green"),
        (Self::Other, 9, "other"),
        (Self::YellowGreen, 93, "yellow_green"),
        (Self::GradientGreen, 94, "gradient_green"),
    ];

    /// The code JT/T 808-2019 sends in 0x0100.
    pub fn code(self) -> u8 {
        Self::TABLE.iter().find(|row| row.0 == self).map_or(9, |row| row.1)
    }

    /// The colour of a code; codes outside the table are [`PlateColour::Other`].
    pub fn from_code(code: u8) -> Self {
        Self::TABLE.iter().find(|row| row.1 == code).map_or(Self::Other, |row| row.0)
    }

    /// The name used in `trucks.csv`.
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("other", |row| row.2)
    }
}

impl FromStr for PlateColour {
    type Err = crate::signal::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::TABLE.iter().find(|row| row.2 == text.trim()).map(|row| row.0).ok_or_else(|| {
            crate::signal::UnknownWord::new(
                "plate colour",
                text,
                "blue, yellow, black, white, green, yellow_green, gradient_green, other",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Plate>().ok().as_ref().map(Plate::as_str), expected, "{text}");
    }

    #[test]
    fn plates_are_normalised_before_they_are_compared() {
        check("豫A12345", Some("豫A12345"));
        check(" 豫a·12345 ", Some("豫A12345"));
        check("豫Ａ－１２３４５", Some("豫A12345"));
        check("豫A12345D", Some("豫A12345D"));
        check("豫A1234挂", Some("豫A1234挂"));
    }

    #[test]
    fn what_is_no_plate_is_refused() {
        for text in
            ["", "豫", "A12345", "豫A1234", "豫A1234567", "豫I12345", "豫A12O45", "豫A1挂345", "12345678"]
        {
            check(text, None);
        }
        check(&"豫A12345".repeat(50), None);
    }
}
