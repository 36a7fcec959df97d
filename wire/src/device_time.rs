//! The time a terminal stamps: BCD `YYMMDDhhmmss` in GMT+8, whole seconds.

use chrono::{Datelike, Timelike};
use domain::{LocalDate, Timestamp};

/// A calendar time of the years 2000 to 2099, in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceTime(Timestamp);

/// Six BCD bytes that are no calendar time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{bcd:02X?} is no calendar time YYMMDDhhmmss in BCD")]
pub struct DeviceTimeError {
    bcd: [u8; 6],
}

/// GMT+8 ahead of UTC, s.
pub(crate) const GMT8_S: i64 = 8 * 3600;

/// 2000-01-01 00:00:00 and 2099-12-31 23:59:59 in GMT+8, in seconds since the epoch.
const SECONDS_MIN: i64 = 946_656_000;
const SECONDS_MAX: i64 = 4_102_415_999;

impl DeviceTime {
    /// The whole second `time` lies in. Years the two digits cannot say are held at 2000 and 2099.
    pub fn at(time: Timestamp) -> Self {
        Self(Timestamp::from_seconds(time.seconds().clamp(SECONDS_MIN, SECONDS_MAX)))
    }

    /// The moment meant.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Reads six BCD bytes.
    ///
    /// # Errors
    /// [`DeviceTimeError`] for nibbles above 9 and for what no calendar or clock shows, a leap second included.
    pub fn from_bcd(bcd: [u8; 6]) -> Result<Self, DeviceTimeError> {
        Self::read_bcd(bcd).ok_or(DeviceTimeError { bcd })
    }

    fn read_bcd(bcd: [u8; 6]) -> Option<Self> {
        let mut parts = [0; 6];
        for (part, byte) in parts.iter_mut().zip(bcd) {
            let (tens, ones) = (byte >> 4, byte & 0x0F);
            if tens > 9 || ones > 9 {
                return None;
            }
            *part = u32::from(tens) * 10 + u32::from(ones);
        }
        let [year, month, day, hour, minute, second] = parts;
        let date = LocalDate::from_ymd_opt(2000 + i32::try_from(year).ok()?, month, day)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let second_of_day = i64::from(hour * 3600 + minute * 60 + second);
        Some(Self(Timestamp::start_of_local_day(date).plus_seconds(second_of_day)))
    }

    /// Writes six BCD bytes.
    pub fn to_bcd(self) -> [u8; 6] {
        let local = self.0.local();
        let year = u32::try_from(local.year() - 2000).unwrap_or_default();
        [year, local.month(), local.day(), local.hour(), local.minute(), local.second()].map(bcd_byte)
    }
}

/// Two decimal digits; `value` is below 100.
fn bcd_byte(value: u32) -> u8 {
    (((value / 10 % 10) << 4) | (value % 10)) as u8
}

impl std::fmt::Debug for DeviceTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bcd: &str, expected: Option<&str>) {
        let bytes: [u8; 6] = hex::decode(bcd).unwrap().try_into().unwrap();
        let time = DeviceTime::from_bcd(bytes).ok();
        assert_eq!(time.map(|t| t.timestamp().to_string()).as_deref(), expected, "{bcd}");
        if let Some(time) = time {
            assert_eq!(time.to_bcd(), bytes);
        }
    }

    #[test]
    fn calendar_times_are_read_in_gmt_plus_eight() {
        check("200707192359", Some("2020-07-07T19:23:59+08:00"));
        check("000101000000", Some("2000-01-01T00:00:00+08:00"));
        check("991231235959", Some("2099-12-31T23:59:59+08:00"));
        check("240229120000", Some("2024-02-29T12:00:00+08:00"));
    }

    #[test]
    fn what_no_calendar_shows_is_refused() {
        for bcd in
            ["000000000000", "230229120000", "201301000000", "200101240000", "200101006000", "2001010000F0"]
        {
            check(bcd, None);
        }
    }

    proptest! {
        #[test]
        fn any_moment_is_written_as_a_time_that_reads_back(millis: i64) {
            let time = DeviceTime::at(Timestamp::from_millis(millis));
            prop_assert_eq!(DeviceTime::from_bcd(time.to_bcd()), Ok(time));
        }
    }
}
