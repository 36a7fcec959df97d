//! When the lines of a recording were spoken: read off the times in them.

use crate::date::time_step_ms;
use crate::fields::{Fields, time_of_day_ms};

/// A pause of a recording is waited for no longer than this.
const PAUSE_MS_MAX: i64 = 60_000;

/// Follows the times of a recording.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    last_ms: Option<u32>,
}

impl Pacer {
    /// How many milliseconds of the recording lie between the line before and this one. A clock that steps back takes no time.
    pub(super) fn before_line_ms(&mut self, line: &[u8]) -> u64 {
        let Some(time_ms) = time_of(line) else {
            return 0;
        };
        let step = self.last_ms.replace(time_ms).map_or(0, |last| time_step_ms(last, time_ms));
        u64::try_from(step.min(PAUSE_MS_MAX)).unwrap_or(0)
    }
}

/// The time of day in a line. Not checked: a damaged one shifts the pace, not the data.
fn time_of(line: &[u8]) -> Option<u32> {
    let text = str::from_utf8(line).ok()?;
    let fields = Fields::of(text.get(text.rfind('$')?..)?);
    let index = match fields.get(0).get(2..)? {
        "RMC" | "GGA" | "GNS" | "ZDA" => 1,
        "GLL" => 5,
        _ => return None,
    };
    time_of_day_ms(fields.get(index)).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_paced_by_its_own_times() {
        let lines: [(&[u8], u64); 9] = [
            (b"# a collector's remark", 0),
            (b"$GPRMC,235958.00,A,,,,,,,,,\r\n", 0),
            (b"$GPGGA,235958.00,,,,,,\r\n", 0),
            (b"$GPVTG,,,,\r\n", 0),
            (b"$GPGLL,,,,,235959.50,V\r\n", 1500),
            (b"\xB5\x62binary", 0),
            (b"$GPRMC,000000.50,A,,,,,,,,,\r\n", 1000),
            (b"$GPRMC,000000.00,A,,,,,,,,,\r\n", 0),
            (b"$GPRMC,020000.00,A,,,,,,,,,\r\n", 60_000),
        ];
        let mut pacer = Pacer::default();
        for (line, expected) in lines {
            assert_eq!(pacer.before_line_ms(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }
}
