//! Areas and routes the platform named (JT/T 808 0x8600 to 0x8606): whether the truck is inside, and when that changes.
//!
//! Not a judgement: what an area means the platform alone knows. Here it only makes a report leave at once. The geometry
//! is whole numbers; the one float is the cosine of the latitude, taken once for an area.

use std::collections::BTreeMap;

use domain::Position;
use serde::{Deserialize, Serialize};

/// Most areas kept; one more is refused.
pub const AREAS_MAX: usize = 256;
/// Most points of one area.
pub const POINTS_MAX: usize = 1000;
/// Fixes in a row that must agree before an edge counts as crossed.
pub const AGREEING_FIXES: u8 = 2;

/// Millimetres in 1e-7 degree of a great circle of 40,007.86 km, times 10,000.
const MM_PER_E7_X10K: i128 = 111_132;
const COSINE_SCALE: i64 = 1_000_000;

/// How an area is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// 0x8600.
    Circle,
    /// 0x8602.
    Rectangle,
    /// 0x8604.
    Polygon,
    /// 0x8606.
    Route,
}

impl AreaKind {
    /// Its code in extras 0x11 and 0x12.
    pub fn code(self) -> u8 {
        match self {
            Self::Circle => 1,
            Self::Rectangle => 2,
            Self::Polygon => 3,
            Self::Route => 4,
        }
    }

    /// The kind with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Circle, Self::Rectangle, Self::Polygon, Self::Route]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A point: 1e-7 degree, north and east positive, WGS-84.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub struct Point {
    /// Latitude.
    pub lat_e7: i32,
    /// Longitude.
    pub lon_e7: i32,
}

impl From<(i32, i32)> for Point {
    fn from((lat_e7, lon_e7): (i32, i32)) -> Self {
        Self { lat_e7, lon_e7 }
    }
}

impl From<Point> for (i32, i32) {
    fn from(point: Point) -> Self {
        (point.lat_e7, point.lon_e7)
    }
}

/// An area, or a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// How it is drawn; ids are counted for each kind apart.
    pub kind: AreaKind,
    /// The platform's number of it.
    pub id: u32,
    /// Entering it is told by extra 0x12.
    pub tell_entering: bool,
    /// Leaving it is told by extra 0x12.
    pub tell_leaving: bool,
    /// Circle: the centre. Rectangle: two opposite corners. Polygon: its corners. Route: its turning points.
    pub points: Vec<Point>,
    /// Circle: one, the radius. Route: the whole width of the segment that begins at each point. In metres.
    #[serde(default)]
    pub widths_m: Vec<u32>,
}

/// Why an area is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AreaError {
    /// The number of points or widths does not suit the kind, or is over [`POINTS_MAX`].
    #[error("an area with {points} points and {widths} widths cannot be drawn")]
    Form {
        /// Points given.
        points: usize,
        /// Widths given.
        widths: usize,
    },
    /// [`AREAS_MAX`] are kept already.
    #[error("{AREAS_MAX} areas are kept already: delete some first")]
    TooMany,
}

/// An edge was crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// Kind of the area.
    pub kind: AreaKind,
    /// Which.
    pub id: u32,
    /// In, or out.
    pub entered: bool,
}

/// What crossing a fix brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crossed {
    /// Any edge at all.
    pub any: bool,
    /// Those the platform wants told by name.
    pub told: Vec<Crossing>,
}

#[derive(Debug, Clone)]
struct Watched {
    area: Area,
    /// The cosine of its latitude, in millionths.
    cosine_e6: i64,
    /// `None` until a fix was seen: an area that arrives while the truck stands in it is not entered.
    inside: Option<bool>,
    /// Fixes in a row that said otherwise.
    otherwise: u8,
}

/// All areas of the truck.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    watched: BTreeMap<(AreaKind, u32), Watched>,
}

impl Areas {
    /// Takes an area; one of the same kind and id is replaced.
    pub fn insert(&mut self, area: Area) -> Result<(), AreaError> {
        check(&area)?;
        let key = (area.kind, area.id);
        if self.watched.len() >= AREAS_MAX && !self.watched.contains_key(&key) {
            return Err(AreaError::TooMany);
        }
        let lat_deg = f64::from(area.points.first().map_or(0, |point| point.lat_e7)) / 1e7;
        let cosine_e6 = (lat_deg.to_radians().cos() * COSINE_SCALE as f64).round() as i64;
        self.watched.insert(key, Watched { area, cosine_e6, inside: None, otherwise: 0 });
        Ok(())
    }

    /// Forgets areas of a kind: those with these ids, or all when there are none.
    pub fn remove(&mut self, kind: AreaKind, ids: &[u32]) {
        self.watched.retain(|(of, id), _| *of != kind || !(ids.is_empty() || ids.contains(id)));
    }

    /// The areas, in order of kind and id.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.watched.values().map(|watched| &watched.area)
    }

    /// A valid fix; which edges were crossed since the fix before.
    pub fn observe(&mut self, position: Position) -> Crossed {
        let mut crossed = Crossed::default();
        for watched in self.watched.values_mut() {
            let now = contains(&watched.area, watched.cosine_e6, position);
            let Some(before) = watched.inside else {
                watched.inside = Some(now);
                continue;
            };
            if now == before {
                watched.otherwise = 0;
                continue;
            }
            watched.otherwise += 1;
            if watched.otherwise < AGREEING_FIXES {
                continue;
            }
            (watched.inside, watched.otherwise) = (Some(now), 0);
            crossed.any = true;
            let area = &watched.area;
            if if now { area.tell_entering } else { area.tell_leaving } {
                crossed.told.push(Crossing { kind: area.kind, id: area.id, entered: now });
            }
        }
        crossed
    }
}

fn check(area: &Area) -> Result<(), AreaError> {
    let (points, widths) = (area.points.len(), area.widths_m.len());
    let good = match area.kind {
        AreaKind::Circle => points == 1 && widths == 1,
        AreaKind::Rectangle => points == 2 && widths == 0,
        AreaKind::Polygon => (3..=POINTS_MAX).contains(&points) && widths == 0,
        AreaKind::Route => (2..=POINTS_MAX).contains(&points) && widths == points,
    };
    if good { Ok(()) } else { Err(AreaError::Form { points, widths }) }
}

/// Millimetres east and north of the truck.
type Offset = (i128, i128);

fn contains(area: &Area, cosine_e6: i64, position: Position) -> bool {
    let offset = |point: &Point| -> Offset {
        let north = i128::from(point.lat_e7) - i128::from(position.lat_e7());
        let east = i128::from(point.lon_e7) - i128::from(position.lon_e7());
        let mm = |e7: i128| e7 * MM_PER_E7_X10K / 10_000;
        (mm(east) * i128::from(cosine_e6) / i128::from(COSINE_SCALE), mm(north))
    };
    let points: Vec<Offset> = area.points.iter().map(offset).collect();
    let width_mm = |index: usize| i128::from(area.widths_m.get(index).copied().unwrap_or(0)) * 1000;
    match (area.kind, points.as_slice()) {
        (AreaKind::Circle, [centre]) => square(*centre) <= width_mm(0) * width_mm(0),
        (AreaKind::Rectangle, [a, b]) => {
            let between = |a: i128, b: i128| a.min(b) <= 0 && 0 <= a.max(b);
            between(a.0, b.0) && between(a.1, b.1)
        }
        (AreaKind::Polygon, points) => {
            let ends = points.iter().cycle().skip(1);
            points.iter().zip(ends).filter(|(a, b)| passes_east(**a, **b)).count() % 2 == 1
        }
        (AreaKind::Route, points) => points
            .windows(2)
            .enumerate()
            .any(|(index, ends)| matches!(ends, [a, b] if is_near(*a, *b, width_mm(index) / 2))),
        _ => false,
    }
}

fn square((east, north): Offset) -> i128 {
    east * east + north * north
}

/// Whether the edge from `a` to `b` crosses the ray from the truck to the east.
fn passes_east(a: Offset, b: Offset) -> bool {
    if (a.1 > 0) == (b.1 > 0) {
        return false;
    }
    // East of where the edge passes the truck's latitude, times the edge's rise.
    let rise = b.1 - a.1;
    let at = a.0 * rise - a.1 * (b.0 - a.0);
    if rise > 0 { at > 0 } else { at < 0 }
}

/// Whether the truck is at most `far_mm` from the line between `a` and `b`.
fn is_near(a: Offset, b: Offset, far_mm: i128) -> bool {
    let (along, length) = ((b.0 - a.0, b.1 - a.1), square((b.0 - a.0, b.1 - a.1)));
    let to_foot = -(a.0 * along.0 + a.1 * along.1);
    if to_foot <= 0 || length == 0 {
        return square(a) <= far_mm * far_mm;
    }
    if to_foot >= length {
        return square(b) <= far_mm * far_mm;
    }
    let aside = a.0 * along.1 - a.1 * along.0;
    aside.abs() <= far_mm * length.isqrt()
}

#[cfg(test)]
#[path = "areas_tests.rs"]
mod tests;
