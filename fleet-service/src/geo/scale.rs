//! Metres in a 1e-7 degree at a latitude, without trigonometry: a cubic for each degree of latitude.

use std::sync::LazyLock;

use domain::position::metres_per_degree;

/// Lengths at one latitude, and half their change per unit of latitude: added for a unit that lies so far north, they
/// give the length at the mean latitude.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scale {
    pub(super) lat_m: f32,
    pub(super) lat_half_change_m: f32,
    pub(super) lon_m: f32,
    pub(super) lon_half_change_m: f32,
}

/// Two cubics in degrees from the middle of one degree of latitude.
#[derive(Debug, Clone, Copy)]
struct Row {
    lat_m: [f64; 4],
    lon_m: [f64; 4],
}

const UNITS_PER_DEGREE: f64 = 1e7;
const ROWS: usize = 181;

static ROWS_BY_DEGREE: LazyLock<Vec<Row>> = LazyLock::new(|| (0..ROWS).map(row).collect());

/// The table, fetched once and kept by who asks often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales(&'static [Row]);

impl Scales {
    pub(super) fn get() -> Self {
        Self(&ROWS_BY_DEGREE)
    }

    /// The lengths at a latitude of −90 to 90 degrees, within 1e-9.
    pub(super) fn at(self, lat_e7: i32) -> Scale {
        let degrees = f64::from(lat_e7) / UNITS_PER_DEGREE;
        let number = (degrees + 90.5) as usize;
        let Some(row) = self.0.get(number) else {
            return Scale::default();
        };
        let from_middle = degrees - (number as f64 - 90.0);
        Scale {
            lat_m: (value(&row.lat_m, from_middle) / UNITS_PER_DEGREE) as f32,
            lat_half_change_m: (slope(&row.lat_m, from_middle) / (2.0 * UNITS_PER_DEGREE * UNITS_PER_DEGREE))
                as f32,
            lon_m: (value(&row.lon_m, from_middle) / UNITS_PER_DEGREE) as f32,
            lon_half_change_m: (slope(&row.lon_m, from_middle) / (2.0 * UNITS_PER_DEGREE * UNITS_PER_DEGREE))
                as f32,
        }
    }
}

fn value(cubic: &[f64; 4], x: f64) -> f64 {
    cubic[0] + x * (cubic[1] + x * (cubic[2] + x * cubic[3]))
}

fn slope(cubic: &[f64; 4], x: f64) -> f64 {
    cubic[1] + x * (2.0 * cubic[2] + x * 3.0 * cubic[3])
}

fn row(number: usize) -> Row {
    let middle = number as f64 - 90.0;
    Row {
        lat_m: cubic(0.5, |x| metres_per_degree(middle + x).0),
        lon_m: cubic(0.5, |x| metres_per_degree(middle + x).1),
    }
}

/// The lengths of a unit around one line, as cubics in units north of a middle.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalScale {
    lat_m: [f32; 4],
    lon_m: [f32; 4],
}

impl LocalScale {
    /// Around a middle, exact to 1e-6 as far as `reach_e7` to the north and south, when that is no more than four degrees.
    pub(super) fn around(middle_e7: i32, reach_e7: i64) -> Self {
        let middle = f64::from(middle_e7) / UNITS_PER_DEGREE;
        let reach = reach_e7 as f64 / UNITS_PER_DEGREE;
        let of_units = |cubic: [f64; 4]| {
            let mut unit = 1.0 / UNITS_PER_DEGREE;
            cubic.map(|term| {
                let scaled = (term * unit) as f32;
                unit /= UNITS_PER_DEGREE;
                scaled
            })
        };
        Self {
            lat_m: of_units(cubic(reach, |x| metres_per_degree(middle + x).0)),
            lon_m: of_units(cubic(reach, |x| metres_per_degree(middle + x).1)),
        }
    }

    /// The lengths so many units north of the middle.
    pub(super) fn at(&self, north: f32) -> Scale {
        let value = |c: &[f32; 4]| c[0] + north * (c[1] + north * (c[2] + north * c[3]));
        let half_slope = |c: &[f32; 4]| 0.5 * c[1] + north * (c[2] + north * (1.5 * c[3]));
        Scale {
            lat_m: value(&self.lat_m),
            lat_half_change_m: half_slope(&self.lat_m),
            lon_m: value(&self.lon_m),
            lon_half_change_m: half_slope(&self.lon_m),
        }
    }
}

/// The cubic through four points chosen so that it strays least as far as `reach` to each side (Chebyshev's).
fn cubic(reach: f64, of: impl Fn(f64) -> f64) -> [f64; 4] {
    let x: [f64; 4] =
        std::array::from_fn(|i| reach * ((2 * i + 1) as f64 * std::f64::consts::PI / 8.0).cos());
    // Divided differences, then multiplied out.
    let mut d = x.map(&of);
    for level in 1..4 {
        for i in (level..4).rev() {
            d[i] = (d[i] - d[i - 1]) / (x[i] - x[i - level]);
        }
    }
    let mut cubic = [d[3], 0.0, 0.0, 0.0];
    for i in (0..3).rev() {
        for power in (1..4).rev() {
            cubic[power] = cubic[power - 1] - x[i] * cubic[power];
        }
        cubic[0] = d[i] - x[i] * cubic[0];
    }
    cubic
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cubic_around_a_line_says_what_the_ellipsoid_says() {
        for middle_e7 in (-800_000_000..=800_000_000).step_by(40_000_000) {
            for reach_e7 in [3_000_000, 10_000_000, 40_000_000] {
                let local = LocalScale::around(middle_e7, reach_e7);
                for step in -10..=10 {
                    let north = reach_e7 / 10 * step;
                    let degrees = (i64::from(middle_e7) + north) as f64 / 1e7;
                    let (per_lat, per_lon) = metres_per_degree(degrees);
                    let scale = local.at(north as f32);
                    let off = |a: f32, b: f64| (f64::from(a) * 1e7 - b).abs() / b;
                    assert!(off(scale.lat_m, per_lat) < 1e-6, "{degrees}");
                    assert!(off(scale.lon_m, per_lon) < 3e-6, "{degrees} {}", off(scale.lon_m, per_lon));
                }
            }
        }
    }

    #[test]
    fn the_table_says_what_the_ellipsoid_says() {
        let scales = Scales::get();
        for lat_e7 in (-900_000_000..=900_000_000).step_by(1_234_567) {
            let scale = scales.at(lat_e7);
            let degrees = f64::from(lat_e7) / 1e7;
            let (per_lat, per_lon) = metres_per_degree(degrees);
            let off = |a: f32, b: f64| (f64::from(a) - b / 1e7).abs();
            assert!(off(scale.lat_m, per_lat) < 2e-9, "{degrees}");
            assert!(off(scale.lon_m, per_lon) < 2e-9, "{degrees}");
            let (north, east) = metres_per_degree(degrees + 0.05);
            let mean = |half: f32| f64::from(half) * 2.0 * 500_000.0;
            assert!(
                off(scale.lat_m, per_lat) + (mean(scale.lat_half_change_m) - (north - per_lat) / 1e7).abs()
                    < 1e-7
            );
            assert!((mean(scale.lon_half_change_m) - (east - per_lon) / 1e7).abs() < 1e-7, "{degrees}");
        }
    }
}
