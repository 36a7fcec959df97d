//! Coordinates that are not yet positions: each datum is a type of its own, and only [`Wgs84`] becomes a [`Position`].
//!
//! GCJ-02 is the shifted datum of public Chinese maps (600 m off at Xinmi), BD-09 Baidu's further shift of it. The
//! forward formulas are public folklore and taken as exact; the inverses iterate until below a millimetre. CGCS2000
//! differs from WGS-84 by centimetres and is taken as equal.

use std::f64::consts::PI;
use std::str::FromStr;

use crate::position::{Position, PositionError};
use crate::signal::UnknownWord;

macro_rules! degrees {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $type {
            /// Degrees, north positive.
            pub lat: f64,
            /// Degrees, east positive.
            pub lon: f64,
        }
    };
}

degrees!(
    /// Degrees as satellite receivers give them.
    Wgs84
);
degrees!(
    /// Degrees of official Chinese surveys and Tianditu (天地图).
    Cgcs2000
);
degrees!(
    /// Degrees of AMap, Tencent and other public Chinese maps (火星坐标).
    Gcj02
);
degrees!(
    /// Degrees of Baidu's maps.
    Bd09
);

/// The datum a file states for its coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datum {
    /// `"WGS84"`
    Wgs84,
    /// `"CGCS2000"`
    Cgcs2000,
    /// `"GCJ02"`
    Gcj02,
    /// `"BD09"`
    Bd09,
}

impl FromStr for Datum {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "WGS84" => Ok(Self::Wgs84),
            "CGCS2000" => Ok(Self::Cgcs2000),
            "GCJ02" => Ok(Self::Gcj02),
            "BD09" => Ok(Self::Bd09),
            _ => Err(UnknownWord::new("datum", text, "WGS84, CGCS2000, GCJ02, BD09")),
        }
    }
}

impl Datum {
    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS84",
            Self::Cgcs2000 => "CGCS2000",
            Self::Gcj02 => "GCJ02",
            Self::Bd09 => "BD09",
        }
    }

    /// The position of degrees stated in this datum.
    pub fn position(self, lat: f64, lon: f64) -> Result<Position, PositionError> {
        // Checked before the shift: its sines would turn an infinity into a plausible number.
        Position::from_degrees(lat, lon)?;
        match self {
            Self::Wgs84 => Wgs84 { lat, lon },
            Self::Cgcs2000 => Cgcs2000 { lat, lon }.into(),
            Self::Gcj02 => Gcj02 { lat, lon }.into(),
            Self::Bd09 => Bd09 { lat, lon }.into(),
        }
        .try_into()
    }
}

impl TryFrom<Wgs84> for Position {
    type Error = PositionError;

    fn try_from(at: Wgs84) -> Result<Self, PositionError> {
        Self::from_degrees(at.lat, at.lon)
    }
}

impl From<Position> for Wgs84 {
    fn from(at: Position) -> Self {
        Self { lat: at.lat(), lon: at.lon() }
    }
}

impl From<Cgcs2000> for Wgs84 {
    fn from(at: Cgcs2000) -> Self {
        Self { lat: at.lat, lon: at.lon }
    }
}

impl From<Wgs84> for Cgcs2000 {
    fn from(at: Wgs84) -> Self {
        Self { lat: at.lat, lon: at.lon }
    }
}

impl From<Wgs84> for Gcj02 {
    fn from(at: Wgs84) -> Self {
        let (lat, lon) = shift(at.lat, at.lon);
        Self { lat: at.lat + lat, lon: at.lon + lon }
    }
}

impl From<Gcj02> for Wgs84 {
    fn from(at: Gcj02) -> Self {
        // The shift hardly changes over its own length, so each round gains three digits: 4 rounds end below 1e-9 degree.
        let mut guess = Self { lat: at.lat, lon: at.lon };
        for _ in 0..4 {
            let (lat, lon) = shift(guess.lat, guess.lon);
            guess = Self { lat: at.lat - lat, lon: at.lon - lon };
        }
        guess
    }
}

impl From<Gcj02> for Bd09 {
    fn from(at: Gcj02) -> Self {
        let radius = at.lon.hypot(at.lat) + 0.000_02 * (at.lat * BD_FACTOR).sin();
        let angle = at.lat.atan2(at.lon) + 0.000_003 * (at.lon * BD_FACTOR).cos();
        Self { lat: radius * angle.sin() + 0.006, lon: radius * angle.cos() + 0.0065 }
    }
}

impl From<Bd09> for Gcj02 {
    fn from(at: Bd09) -> Self {
        let mut guess = Self { lat: at.lat - 0.006, lon: at.lon - 0.0065 };
        for _ in 0..8 {
            let there = Bd09::from(guess);
            guess = Self { lat: guess.lat + at.lat - there.lat, lon: guess.lon + at.lon - there.lon };
        }
        guess
    }
}

impl From<Bd09> for Wgs84 {
    fn from(at: Bd09) -> Self {
        Gcj02::from(at).into()
    }
}

impl From<Wgs84> for Bd09 {
    fn from(at: Wgs84) -> Self {
        Gcj02::from(at).into()
    }
}

const BD_FACTOR: f64 = PI * 3000.0 / 180.0;

/// Krasovsky 1940, on which the GCJ-02 formula is written.
const KRASOVSKY_A_M: f64 = 6_378_245.0;
const KRASOVSKY_EE: f64 = 0.006_693_421_622_965_943;

/// GCJ-02 minus WGS-84 in degrees (latitude, longitude); nothing outside China's bounding box.
fn shift(lat: f64, lon: f64) -> (f64, f64) {
    if !(0.8293..=55.8271).contains(&lat) || !(72.004..=137.8347).contains(&lon) {
        return (0.0, 0.0);
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |a: f64, wa: f64, b: f64, wb: f64| (a * (wa * PI).sin() + b * (wb * PI).sin()) * 2.0 / 3.0;
    let common = wave(20.0, 6.0 * x, 20.0, 2.0 * x);
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + common
        + wave(20.0, y, 40.0, y / 3.0)
        + wave(160.0, y / 12.0, 320.0, y / 30.0);
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + common
        + wave(20.0, x, 40.0, x / 3.0)
        + wave(150.0, x / 12.0, 300.0, x / 30.0);
    let (sin, cos) = lat.to_radians().sin_cos();
    let w2 = 1.0 - KRASOVSKY_EE * sin * sin;
    let meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_EE) / (w2 * w2.sqrt());
    let transverse_m = KRASOVSKY_A_M / w2.sqrt() * cos;
    (north / meridian_m.to_radians(), east / transverse_m.to_radians())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Figures of the public formula at Xinmi.
    #[test]
    fn xinmi_is_shifted_by_the_published_amount() {
        let there = Gcj02::from(Wgs84 { lat: 34.5394, lon: 113.3905 });
        assert!((there.lat - 34.538_382_5).abs() < 1e-6, "{}", there.lat);
        assert!((there.lon - 113.397_015_2).abs() < 1e-6, "{}", there.lon);
    }

    #[test]
    fn outside_china_nothing_is_shifted() {
        let munich = Wgs84 { lat: 48.18, lon: 11.56 };
        assert_eq!(Wgs84::from(Gcj02 { lat: munich.lat, lon: munich.lon }), munich);
    }

    #[test]
    fn an_unknown_datum_is_refused_by_name() {
        assert!("wgs84".parse::<Datum>().unwrap_err().to_string().contains("WGS84"));
    }

    proptest! {
        #[test]
        fn every_datum_comes_back_to_within_a_centimetre(lat in 20.0..50.0f64, lon in 80.0..130.0f64) {
            let start = Wgs84 { lat, lon };
            let expected = Position::from_degrees(lat, lon).unwrap();
            let gcj = Gcj02::from(start);
            let bd = Bd09::from(start);
            for back in [Datum::Gcj02.position(gcj.lat, gcj.lon), Datum::Bd09.position(bd.lat, bd.lon)] {
                prop_assert!(expected.distance_m(back.unwrap()) < 0.02);
            }
        }
    }
}
