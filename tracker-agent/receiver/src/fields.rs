//! The comma-separated fields of a sentence and the readers of single fields. Every reader refuses what is not plainly
//! a number of its kind: `nan`, `inf`, exponents, minutes of 60 and more.

use domain::time::LocalDate;

/// Most fields a sentence of [`crate::frame::SENTENCE_BYTES_MAX`] bytes is split into; what is behind is not looked at.
pub const FIELDS_MAX: usize = 32;

/// Longest number read, in characters.
const NUMBER_CHARS_MAX: usize = 16;

/// Decimals of a minute that count: 1e-9 of a minute is 2 micrometres.
const MINUTE_DECIMALS: usize = 9;

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
    body: &'a str,
    /// Where each field ends in the body.
    ends: [u16; FIELDS_MAX],
    count: usize,
}

impl<'a> Fields<'a> {
    /// Splits a framed sentence, `$` to checksum.
    pub fn of(sentence: &'a str) -> Self {
        Self::first(sentence, FIELDS_MAX)
    }

    /// Splits off the first `wanted` fields only; the rest of the sentence is not looked at.
    pub fn first(sentence: &'a str, wanted: usize) -> Self {
        let body = sentence.strip_prefix('$').unwrap_or(sentence);
        let mut ends = [0; FIELDS_MAX];
        let mut count = 0;
        let mut slots = ends.iter_mut().take(wanted);
        let mut at: u16 = 0;
        // Each field ends at a comma; the last one at the checksum's star or the end.
        for byte in body.bytes().chain([b'*']) {
            if byte == b',' || byte == b'*' {
                let Some(slot) = slots.next() else { break };
                *slot = at;
                count += 1;
                if byte == b'*' {
                    break;
                }
            }
            let Some(next) = at.checked_add(1) else { break };
            at = next;
        }
        Self { body, ends, count }
    }

    /// How many fields there are with the address, as far as they were split off.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Field `index`, blanks trimmed: 0 is the address (`GPRMC`), 1 the first value, as the standard counts. Empty when there is none.
    pub fn get(&self, index: usize) -> &'a str {
        if index >= self.count {
            return "";
        }
        let end = |index: usize| self.ends.get(index).copied().map_or(0, usize::from);
        let start = index.checked_sub(1).map_or(0, |before| end(before) + 1);
        self.body.get(start..end(index)).unwrap_or("").trim_ascii()
    }
}

/// A plain decimal number: an optional sign, digits, at most one point. `None` when the field is empty.
pub fn number(field: &'static str, text: &str) -> Result<Option<f64>, Malformed> {
    const TENS: [f64; NUMBER_CHARS_MAX + 1] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Ok(None);
    }
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let (mut value, mut figures, mut decimals) = (0u64, 0, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' if figures < NUMBER_CHARS_MAX => {
                value = value * 10 + u64::from(byte - b'0');
                figures += 1;
                decimals = decimals.map(|count| count + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return Err(Malformed { field }),
        }
    }
    let scale = TENS.get(decimals.unwrap_or(0usize));
    let (Some(scale), true) = (scale, figures > 0 && bytes.len() <= NUMBER_CHARS_MAX) else {
        return Err(Malformed { field });
    };
    // Fifteen figures and a power of ten below 1e22 are both exact, so the quotient is rounded once, as by `str::parse`.
    let magnitude = value as f64 / scale;
    Ok(Some(if negative { -magnitude } else { magnitude }))
}

/// A whole number without sign, `None` when the field is empty.
pub fn count(field: &'static str, text: &str) -> Result<Option<u32>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = digits(text.as_bytes()).and_then(|value| u32::try_from(value).ok());
    value.map(Some).ok_or(Malformed { field })
}

/// Digits and nothing else, at most [`NUMBER_CHARS_MAX`] of them.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > NUMBER_CHARS_MAX {
        return None;
    }
    text.iter()
        .try_fold(0u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
}

/// The leading digits up to a point, and the digits behind it; `None` where anything else is.
fn split_at_point(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, &[][..]),
    };
    fraction.iter().all(u8::is_ascii_digit).then_some((whole, fraction))
}

/// The first `places` decimals as a whole number; missing ones are zero, further ones are cut.
fn decimals(fraction: &[u8], places: usize) -> u64 {
    let padded = fraction.iter().copied().chain(std::iter::repeat(b'0'));
    padded.take(places).fold(0, |value, byte| value * 10 + u64::from(byte - b'0'))
}

/// `hhmmss.sss` in milliseconds since midnight UTC; a leap second counts as the last millisecond of its minute.
pub fn time_of_day_ms(text: &str) -> Result<Option<u32>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (whole, fraction) = split_at_point(text.as_bytes())?;
        let [h1, h2, m1, m2, s1, s2] = *<&[u8; 6]>::try_from(whole).ok()?;
        let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let millis = decimals(fraction, 3) as u32;
        let in_minute = (second * 1000 + millis).min(59_999);
        Some((hour * 60 + minute) * 60_000 + in_minute)
    };
    read().map(Some).ok_or(Malformed { field: "time of day" })
}

/// The number of two digits.
fn two(tens: u8, ones: u8) -> Option<u32> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// `ddmmyy`. Years 80 to 99 are of the last century: a receiver that woke without time says 1980, not 2080.
pub fn date(text: &str) -> Result<Option<LocalDate>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let [d1, d2, m1, m2, y1, y2] = *<&[u8; 6]>::try_from(text.as_bytes()).ok()?;
        let (day, month, year) = (two(d1, d2)?, two(m1, m2)?, two(y1, y2)?);
        calendar_date(if year >= 80 { 1900 + year } else { 2000 + year }, month, day)
    };
    read().map(Some).ok_or(Malformed { field: "date" })
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

/// A coordinate and its hemisphere in 1e-7 degree, `None` when either field is empty.
pub fn coordinate_e7(axis: Axis, text: &str, hemisphere: &str) -> Result<Option<i32>, Malformed> {
    let (field, degree_digits, max_e7, [positive, negative]) = match axis {
        Axis::Latitude => ("latitude", 2, 900_000_000, ["N", "S"]),
        Axis::Longitude => ("longitude", 3, 1_800_000_000, ["E", "W"]),
    };
    if text.is_empty() || hemisphere.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (whole, fraction) = split_at_point(text.as_bytes())?;
        if whole.len() != degree_digits + 2 {
            return None;
        }
        let whole = digits(whole)?;
        let (degrees, minutes) = (whole / 100, whole % 100);
        if minutes >= 60 {
            return None;
        }
        // 1e-9 minute is 1/6000 of 1e-7 degree; half a step is rounded away from zero.
        let minutes_e9 = minutes * 1_000_000_000 + decimals(fraction, MINUTE_DECIMALS);
        let value_e7 = i32::try_from(degrees * 10_000_000 + (minutes_e9 + 3000) / 6000).ok()?;
        match hemisphere {
            _ if value_e7 > max_e7 => None,
            h if h == positive => Some(value_e7),
            h if h == negative => Some(-value_e7),
            _ => None,
        }
    };
    read().map(Some).ok_or(Malformed { field })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in ["nan", "inf", "1e3", "0NaN", "--1", "1.2.3", ".", "-", "1 2", "12345678901234567"] {
            assert!(number("x", text).is_err(), "{text}");
        }
        assert_eq!(number("x", "-25.70"), Ok(Some(-25.7)));
        assert_eq!(number("x", ""), Ok(None));
        assert_eq!(number("x", "99999999999999.9"), Ok(Some(99_999_999_999_999.9)));
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
            assert!(coordinate_e7(Axis::Latitude, text, hemisphere).is_err(), "{text}");
        }
        assert!(coordinate_e7(Axis::Longitude, "001inf", "E").is_err());
        assert!(coordinate_e7(Axis::Longitude, "18000.01", "E").is_err());
        assert_eq!(coordinate_e7(Axis::Latitude, "4810.8509", "N"), Ok(Some(481_808_483)));
        assert_eq!(coordinate_e7(Axis::Latitude, "4810.85090000000049", "S"), Ok(Some(-481_808_483)));
        assert_eq!(coordinate_e7(Axis::Longitude, "01130", "W"), Ok(Some(-115_000_000)));
        assert_eq!(coordinate_e7(Axis::Longitude, "18000.00", "W"), Ok(Some(-1_800_000_000)));
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

    #[test]
    fn fields_are_counted_as_the_standard_counts_and_end_at_the_star() {
        let fields = Fields::of("$GPRMC, 1 ,,A*00,B");
        assert_eq!([0, 1, 2, 3, 4, 99].map(|n| fields.get(n)), ["GPRMC", "1", "", "A", "", ""]);
        assert_eq!(Fields::first("$GPGSV,3,1,12*00", 2).get(2), "");
        assert_eq!(Fields::of("").get(0), "");
        assert_eq!(Fields::of(&",".repeat(70_000)).get(31), "");
    }

    proptest! {
        #[test]
        fn a_plain_number_is_read_as_the_standard_library_reads_it(text in "[-+]?[0-9]{1,9}(\\.[0-9]{0,5})?") {
            prop_assert_eq!(number("x", &text), Ok(text.parse().ok()));
        }

        #[test]
        fn a_coordinate_is_within_half_a_step_of_its_definition(degrees in 0u32..90, minutes in "[0-5][0-9]\\.[0-9]{0,9}") {
            let exact = f64::from(degrees) + minutes.parse::<f64>().unwrap() / 60.0;
            let read = coordinate_e7(Axis::Latitude, &format!("{degrees:02}{minutes}"), "N").unwrap().unwrap();
            prop_assert!((f64::from(read) - exact * 1e7).abs() < 0.501, "{read} {exact}");
        }
    }
}
