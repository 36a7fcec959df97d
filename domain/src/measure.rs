//! Measured quantities as integers, so that equal readings are equal and order is total.

use serde::{Deserialize, Serialize};

/// A stored or transmitted count no reading can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{count} is above what can be measured")]
pub struct OutOfRange {
    count: u32,
}

macro_rules! measure {
    ($(#[$doc:meta])* $type:ident, $from:ident, $get:ident, $scale:literal, $max:literal, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "u32")]
        pub struct $type(u32);

        impl TryFrom<u32> for $type {
            type Error = OutOfRange;

            #[inline]
            fn try_from(count: u32) -> Result<Self, OutOfRange> {
                if f64::from(count) <= $max * $scale { Ok(Self(count)) } else { Err(OutOfRange { count }) }
            }
        }

        impl $type {
            /// Rounds to the resolution kept; `None` for what is not finite, negative or absurd.
            #[inline]
            pub fn $from(value: f64) -> Option<Self> {
                (0.0..=$max).contains(&value).then(|| Self((value * $scale).round() as u32))
            }

            #[doc = concat!("The value in ", $unit, ".")]
            #[inline]
            pub fn $get(self) -> f64 {
                f64::from(self.0) / $scale
            }

            /// The value as a count of the resolution kept, for compact forms.
            #[inline]
            pub fn ticks(self) -> u32 {
                self.0
            }

            /// The value of a count; `None` past the greatest value kept.
            #[inline]
            pub fn from_ticks(ticks: u32) -> Option<Self> {
                (f64::from(ticks) <= $max * $scale).then_some(Self(ticks))
            }
        }
    };
}

measure!(
    /// Ground speed, to 0.001 km/h, at most 1,000 km/h.
    Speed, from_kmh, kmh, 1000.0, 1000.0, "km/h"
);
measure!(
    /// Course over ground, degrees clockwise from true north, to 0.01 degree, 0 to 360.
    Course, from_deg, deg, 100.0, 360.0, "degrees"
);
measure!(
    /// Horizontal dilution of precision, to 0.01, at most 100.
    Hdop, from_ratio, ratio, 100.0, 100.0, "a ratio"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_no_truck_can_have_are_refused() {
        assert_eq!(Speed::from_kmh(f64::NAN), None);
        assert_eq!(Speed::from_kmh(-0.1), None);
        assert_eq!(Speed::from_kmh(1e9), None);
        assert_eq!(Course::from_deg(400.0), None);
        assert_eq!(Speed::from_kmh(54.321).unwrap().kmh(), 54.321);
        assert_eq!(Speed::from_ticks(1_000_001), None);
    }
}
