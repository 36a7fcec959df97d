//! Where something is: WGS-84, in integers of 1e-7 degree.

use serde::{Deserialize, Serialize};

/// A WGS-84 position in 1e-7 degree (about 1 cm). Other datums are other types: see [`crate::datum`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Position {
    lat_e7: i32,
    lon_e7: i32,
}

/// Why two numbers are no position.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("latitude {lat}, longitude {lon} is no position: degrees in -90..=90 and -180..=180 are expected")]
pub struct PositionError {
    lat: f64,
    lon: f64,
}

/// As written, before it is known to be on the globe.
#[derive(Deserialize)]
struct Unchecked {
    lat_e7: i32,
    lon_e7: i32,
}

impl TryFrom<Unchecked> for Position {
    type Error = PositionError;

    #[inline]
    fn try_from(Unchecked { lat_e7, lon_e7 }: Unchecked) -> Result<Self, PositionError> {
        Self::from_e7(lat_e7, lon_e7)
    }
}

const E7: f64 = 1e7;
/// Half the way round the globe, in 1e-7 degree.
const HALF_TURN_E7: i64 = 1_800_000_000;
/// Up to so many degrees the globe's roundness changes a distance by less than 5e-6.
const FLAT_DEG: f64 = 1.0;
/// The globe's ends in 1e-7 degree.
const LAT_E7_MAX: u32 = 900_000_000;
const LON_E7_MAX: u32 = 1_800_000_000;
/// WGS-84 semi-major axis, m, and first eccentricity squared.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_141_316_5e-3;

impl Position {
    /// Rounds degrees to 1e-7; refuses what is not finite or not on the globe.
    #[inline]
    pub fn from_degrees(lat: f64, lon: f64) -> Result<Self, PositionError> {
        if lat.abs() <= 90.0 && lon.abs() <= 180.0 {
            // The range check above keeps both products inside i32.
            Ok(Self { lat_e7: (lat * E7).round() as i32, lon_e7: (lon * E7).round() as i32 })
        } else {
            Err(PositionError { lat, lon })
        }
    }

    /// From integers of 1e-7 degree.
    #[inline]
    pub fn from_e7(lat_e7: i32, lon_e7: i32) -> Result<Self, PositionError> {
        if lat_e7.unsigned_abs() <= LAT_E7_MAX && lon_e7.unsigned_abs() <= LON_E7_MAX {
            Ok(Self { lat_e7, lon_e7 })
        } else {
            Err(PositionError { lat: f64::from(lat_e7) / E7, lon: f64::from(lon_e7) / E7 })
        }
    }

    /// Latitude in degrees, north positive.
    #[inline]
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / E7
    }

    /// Longitude in degrees, east positive.
    #[inline]
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / E7
    }

    /// Latitude in 1e-7 degree.
    #[inline]
    pub fn lat_e7(self) -> i32 {
        self.lat_e7
    }

    /// Longitude in 1e-7 degree.
    #[inline]
    pub fn lon_e7(self) -> i32 {
        self.lon_e7
    }

    /// How far east `to` lies, in 1e-7 degree, the short way round: negative to the west.
    #[inline]
    pub fn lon_e7_to(self, to: Self) -> i64 {
        let east = i64::from(to.lon_e7) - i64::from(self.lon_e7);
        if east > HALF_TURN_E7 {
            east - 2 * HALF_TURN_E7
        } else if east < -HALF_TURN_E7 {
            east + 2 * HALF_TURN_E7
        } else {
            east
        }
    }

    /// Metres east and north from this position to `to`, in the tangent plane at the mean latitude. Their hypotenuse is
    /// within 2e-5 of the geodesic to 1,000 km, and within 1e-3 beyond; the date line is crossed the short way.
    #[inline]
    pub fn metres_to(self, to: Self) -> (f64, f64) {
        metres_of(self.lat(), to.lat() - self.lat(), self.lon_e7_to(to) as f64 / E7)
    }

    /// Distance in metres; see [`Position::metres_to`].
    #[inline]
    pub fn distance_m(self, to: Self) -> f64 {
        let (east, north) = self.metres_to(to);
        east.hypot(north)
    }

    /// The position `east` and `north` metres away, held on the globe.
    #[must_use]
    #[inline]
    pub fn offset_m(self, east: f64, north: f64) -> Self {
        let (per_lat, _) = metres_per_degree(self.lat());
        let lat = (self.lat() + north / per_lat).clamp(-90.0, 90.0);
        let (_, per_lon) = metres_per_degree((self.lat() + lat) / 2.0);
        let lon =
            (self.lon() + if per_lon > 1.0 { east / per_lon } else { 0.0 } + 540.0).rem_euclid(360.0) - 180.0;
        Self::from_degrees(lat, lon).unwrap_or(self)
    }

    /// Direction of travel to `to`, degrees clockwise from north, 0 to below 360.
    pub fn course_deg_to(self, to: Self) -> f64 {
        let (east, north) = self.metres_to(to);
        east.atan2(north).to_degrees().rem_euclid(360.0)
    }
}

/// Metres east and north of what lies `delta_lat` and `delta_lon` degrees from a latitude; see [`Position::metres_to`].
#[inline]
pub fn metres_of(lat_deg: f64, delta_lat: f64, delta_lon: f64) -> (f64, f64) {
    let (per_lat, per_lon) = metres_per_degree(lat_deg + delta_lat / 2.0);
    let (east, north) = (delta_lon * per_lon, delta_lat * per_lat);
    if delta_lon.abs().max(delta_lat.abs()) <= FLAT_DEG {
        return (east, north);
    }
    // Delambre's equations, exact on a sphere, with the ellipsoid's radii at the mean latitude.
    let (half_lon, half_lat) = (delta_lon.to_radians() / 2.0, delta_lat.to_radians() / 2.0);
    let (east, north) = (
        east * ratio_to_angle(half_lon.sin(), half_lon),
        north * ratio_to_angle(half_lat.sin(), half_lat) * half_lon.cos(),
    );
    let half_chord = east.hypot(north) / (2.0 * SEMI_MAJOR_M);
    let longer = 1.0 / ratio_to_angle(half_chord.min(1.0), half_chord.min(1.0).asin());
    (east * longer, north * longer)
}

#[inline]
fn ratio_to_angle(value: f64, angle: f64) -> f64 {
    if angle == 0.0 { 1.0 } else { value / angle }
}

/// Metres in one degree of latitude and of longitude at a latitude, from the ellipsoid's radii of curvature.
#[inline]
pub fn metres_per_degree(lat_deg: f64) -> (f64, f64) {
    let (sin, cos) = lat_deg.to_radians().sin_cos();
    let w2 = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (w2 * w2.sqrt());
    let transverse_m = SEMI_MAJOR_M / w2.sqrt();
    (meridian_m.to_radians(), (transverse_m * cos).to_radians())
}

impl std::fmt::Debug for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.7},{:.7}", self.lat(), self.lon())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::from_degrees(lat, lon).unwrap()
    }

    /// Reference distances: GeographicLib's inverse geodesic on WGS-84.
    #[test]
    fn distances_agree_with_the_geodesic() {
        for (a, b, geodesic_m) in [
            (at(34.5, 113.4), at(34.5, 113.5), 9_183.998),
            (at(34.5, 113.4), at(34.6, 113.4), 11_093.236),
            (at(34.5, 113.4), at(34.9, 113.9), 63_777.665),
            (at(34.5, 113.4), at(34.5, 114.7), 119_391.154),
            (at(34.5, 113.4), at(35.65, 113.4), 127_583.256),
            (at(34.5, 113.4), at(35.4, 114.6), 148_267.623),
            (at(34.5, 179.9), at(34.6, -179.8), 29_686.1),
            (at(34.5, 113.4), at(39.9, 116.4), 655_702.504),
            (at(34.5, 113.4), at(30.6, 104.0), 982_535.586),
        ] {
            let relative = (a.distance_m(b) - geodesic_m).abs() / geodesic_m;
            assert!(relative < 2e-5, "{a:?} {b:?}: {} against {geodesic_m}", a.distance_m(b));
        }
    }

    #[test]
    fn an_offset_is_undone_by_measuring_it() {
        let start = at(34.5394, 113.3905);
        let (east, north) = start.metres_to(start.offset_m(1234.0, -567.0));
        assert!((east - 1234.0).abs() < 0.02 && (north + 567.0).abs() < 0.02, "{east} {north}");
    }

    #[test]
    fn the_date_line_is_crossed_the_short_way() {
        assert!(at(0.0, 179.999).distance_m(at(0.0, -179.999)) < 250.0);
    }

    #[test]
    fn numbers_off_the_globe_are_refused() {
        for (lat, lon) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Position::from_degrees(lat, lon).is_err());
        }
    }
}
