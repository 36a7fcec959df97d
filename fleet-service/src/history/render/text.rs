//! Numbers, times and texts, appended.

use domain::Timestamp;

use crate::history::hour::Day;

/// Appends `value` divided by ten to the `digits`, without needless zeros: as the shortest decimal of the same number.
pub(super) fn put_decimal(out: &mut String, value: i64, digits: u32) {
    if value < 0 {
        out.push('-');
    }
    let scale = 10u64.pow(digits);
    let (whole, mut part) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    put_digits(out, whole, 1);
    if part == 0 {
        return;
    }
    let mut digits = digits as usize;
    while part.is_multiple_of(10) {
        part /= 10;
        digits -= 1;
    }
    out.push('.');
    put_digits(out, part, digits);
}

/// At least `least` digits.
fn put_digits(out: &mut String, mut value: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while value > 0 || digits.len() - at < least {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    digits[at..].iter().for_each(|digit| out.push(char::from(*digit)));
}

/// Writes moments as [`Timestamp`] does; the calendar is asked once a day only.
#[derive(Debug, Default)]
pub(super) struct Clock {
    day: Option<(Day, String)>,
}

impl Clock {
    pub(super) fn put(&mut self, out: &mut String, time: Timestamp) {
        let day = Day::of(time);
        let date = match &mut self.day {
            Some((known, date)) if *known == day => date,
            other => {
                // As the moment writes it: ten characters and the T.
                let text = day.start().to_string();
                let date = text.split_inclusive('T').next().unwrap_or_default().to_owned();
                &mut other.insert((day, date)).1
            }
        };
        out.push_str(date);
        let millis = time.millis_since(day.start()).unsigned_abs();
        let second = millis / 1000;
        put_digits(out, second / 3600, 2);
        out.push(':');
        put_digits(out, second / 60 % 60, 2);
        out.push(':');
        put_digits(out, second % 60, 2);
        if !millis.is_multiple_of(1000) {
            out.push('.');
            put_digits(out, millis % 1000, 3);
        }
        out.push_str("+08:00");
    }
}

/// A JSON text.
pub(super) fn put_text(out: &mut String, text: &str) {
    // Plain text always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_decimal_is_the_shortest_of_its_number(value in -2_000_000_000..2_000_000_000i64, digits in 0..8u32) {
            let mut out = String::new();
            put_decimal(&mut out, value, digits);
            prop_assert_eq!(&out, &(value as f64 / 10f64.powi(digits as i32)).to_string());
        }

        #[test]
        fn a_moment_is_written_as_everywhere_else(millis in prop::collection::vec(0..4_000_000_000_000i64, 1..9)) {
            let mut clock = Clock::default();
            for time in millis.into_iter().map(Timestamp::from_millis) {
                let mut out = String::new();
                clock.put(&mut out, time);
                prop_assert_eq!(&out, &time.to_string());
            }
        }
    }
}
