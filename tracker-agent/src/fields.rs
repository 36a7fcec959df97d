//! The comma-separated fields of a sentence and the readers of single fields. Every reader refuses what is not plainly
//! a number of its kind: `nan`, `inf`, exponents, minutes of 60 and more.

use domain::time::LocalDate;

/// Most fields a sentence of [`crate::frame::SENTENCE_BYTES_MAX`] bytes is split into; what is behind is not looked at.
pub const FIELDS_MAX: usize = 32;

/// Longest number read, in characters.
const NUMBER_CHARS_MAX: usize = 16;

/// Milliseconds of a day.
pub const DAY_MS: u32 = 86_400_000;

/// A field that holds something else than it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its {field} is malformed or out of range")]
pub struct Malformed {
    /// What the field is for.
    pub field: &'static str,
}

/// A sentence split at its commas.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    values: [&'a str; FIELDS_MAX],
    count: usize,
}

impl<'a> Fields<'a> {
    /// Splits a framed sentence, `$` to checksum.
    pub fn of(sentence: &'a str) -> Self {
        let body = sentence.strip_prefix('$').unwrap_or(sentence);
        let body = body.split_once('*').map_or(body, |(body, _checksum)| body);
        let mut values = [""; FIELDS_MAX];
        let mut count = 0;
        for (slot, value) in values.iter_mut().zip(body.split(',')) {
            *slot = value;
            count += 1;
        }
        Self { values, count }
    }

    /// Field `index`, blanks trimmed: 0 is the address (`GPRMC`), 1 the first value, as the standard counts. Empty when there is none.
    pub fn get(&self, index: usize) -> &'a str {
        self.values.get(index).map_or("", |value| value.trim())
    }

    /// Number of fields with the address.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// A decimal number, `None` when the field is empty.
pub fn number(field: &'static str, text: &str) -> Result<Option<f64>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = text.len() <= NUMBER_CHARS_MAX
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = if plain { text.parse().ok() } else { None };
    value.map(Some).ok_or(Malformed { field })
}

/// A whole number without sign, `None` when the field is empty.
pub fn count(field: &'static str, text: &str) -> Result<Option<u32>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
    value.map(Some).ok_or(Malformed { field })
}

/// `hhmmss.sss` in milliseconds since midnight UTC; a leap second counts as the last millisecond of its minute.
pub fn time_of_day_ms(text: &str) -> Result<Option<u32>, Malformed> {
    let error = Malformed { field: "time of day" };
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 6 || !all_digits(whole) || !all_digits(fraction) {
        return Err(error);
    }
    let two = |from: usize| whole.get(from..from + 2).and_then(|t| t.parse::<u32>().ok()).ok_or(error);
    let (hour, minute, second) = (two(0)?, two(2)?, two(4)?);
    if hour > 23 || minute > 59 || second > 60 {
        return Err(error);
    }
    let millis = fraction.bytes().chain(*b"000").take(3).fold(0, |ms, b| ms * 10 + u32::from(b - b'0'));
    let in_minute = (second * 1000 + millis).min(59_999);
    Ok(Some((hour * 60 + minute) * 60_000 + in_minute))
}

/// `ddmmyy`. Years 80 to 99 are of the last century: a receiver that woke without time says 1980, not 2080.
pub fn date(text: &str) -> Result<Option<LocalDate>, Malformed> {
    let error = Malformed { field: "date" };
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(error);
    }
    let two = |from: usize| text.get(from..from + 2).and_then(|t| t.parse::<u32>().ok()).ok_or(error);
    let (day, month, year) = (two(0)?, two(2)?, two(4)?);
    let year = if year >= 80 { 1900 + year } else { 2000 + year };
    calendar_date(year, month, day).map(Some).ok_or(error)
}

/// A day of the calendar, `None` when there is no such day.
pub fn calendar_date(year: u32, month: u32, day: u32) -> Option<LocalDate> {
    LocalDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Which of the two coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// `ddmm.mmmm`, N or S, at most 90 degrees.
    Latitude,
    /// `dddmm.mmmm`, E or W, at most 180 degrees.
    Longitude,
}

/// Degrees of a coordinate and its hemisphere, `None` when both fields are empty or the hemisphere is.
pub fn degrees(axis: Axis, text: &str, hemisphere: &str) -> Result<Option<f64>, Malformed> {
    let (field, degree_digits, degrees_max, [positive, negative]) = match axis {
        Axis::Latitude => ("latitude", 2, 90.0, ["N", "S"]),
        Axis::Longitude => ("longitude", 3, 180.0, ["E", "W"]),
    };
    let error = Malformed { field };
    if text.is_empty() || hemisphere.is_empty() {
        return Ok(None);
    }
    let whole = text.split('.').next().unwrap_or(text);
    if whole.len() != degree_digits + 2 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(error);
    }
    let (degrees, minutes) = text.split_at(degree_digits);
    let degrees: f64 = number(field, degrees)?.ok_or(error)?;
    let minutes = number(field, minutes)?.ok_or(error)?;
    let value = degrees + minutes / 60.0;
    if minutes >= 60.0 || value > degrees_max {
        return Err(error);
    }
    match hemisphere {
        h if h == positive => Ok(Some(value)),
        h if h == negative => Ok(Some(-value)),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in ["nan", "inf", "1e3", "0NaN", "--1", "1.2.3", ".", "-", "1 2", "12345678901234567"] {
            assert!(number("x", text).is_err(), "{text}");
        }
        assert_eq!(number("x", "-25.70"), Ok(Some(-25.7)));
        assert_eq!(number("x", ""), Ok(None));
    }

    #[test]
    fn coordinates_off_the_globe_or_with_sixty_minutes_are_refused() {
        for (text, hemisphere) in [
            ("52nan", "N"),
            ("5260.00", "N"),
            ("9000.001", "N"),
            ("521e1", "N"),
            ("5210.0", "E"),
            ("-510.0", "N"),
        ] {
            assert!(degrees(Axis::Latitude, text, hemisphere).is_err(), "{text}");
        }
        assert!(degrees(Axis::Longitude, "001inf", "E").is_err());
        assert!(degrees(Axis::Longitude, "18000.01", "E").is_err());
        let munich = degrees(Axis::Latitude, "4810.8509", "N").unwrap().unwrap();
        assert!((munich - 48.180_848_333).abs() < 1e-8);
        assert_eq!(degrees(Axis::Longitude, "01130.0000", "W"), Ok(Some(-11.5)));
    }

    #[test]
    fn times_and_dates_are_read_to_the_millisecond_and_the_century() {
        assert_eq!(time_of_day_ms("235960"), Ok(Some(DAY_MS - 1)));
        assert_eq!(time_of_day_ms("000000.0415"), Ok(Some(41)));
        for text in ["240000", "126000", "12345", "1234567", "12345a", "123456.x"] {
            assert!(time_of_day_ms(text).is_err(), "{text}");
        }
        assert_eq!(date("060180").unwrap(), LocalDate::from_ymd_opt(1980, 1, 6));
        assert_eq!(date("231126").unwrap(), LocalDate::from_ymd_opt(2026, 11, 23));
        for text in ["000000", "300226", "1", "0101261"] {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
