//! Lines cut into chunks of a few segments with a box around each, so that the nearest segment is found among few. All
//! lines lie in one piece of memory; distances are those of [`segment_distance_m`] to a few millimetres.

use domain::Position;
use domain::geometry::segment_distance_m;

use super::scale::{Scale, Scales};

/// Segments of a chunk.
const CHUNK: usize = 8;
/// Boxes compared at once.
const LANES: usize = 4;

/// Lines, known by the order they were added in.
#[derive(Debug)]
pub(super) struct LineStore {
    scales: Scales,
    heads: Vec<Head>,
    boxes: Vec<BoxGroup>,
    /// Vertices in 1e-7 degree east and north of their line's origin.
    lons: Vec<i32>,
    lats: Vec<i32>,
    /// Lines too large for the fast way, or too near a pole.
    plain: Vec<Vec<Position>>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    origin: Position,
    first_vertex: u32,
    first_group: u32,
    groups: u32,
    /// Metres in a unit at the line's middle latitude: the plane of the boxes.
    lat_m: f32,
    lon_m: f32,
    /// How much shorter, relatively, a distance may be than in that plane, per unit of latitude from the origin.
    shrink_per_unit: f32,
    /// Half the line's reach in latitude and where its middle is, from the origin.
    half_height: f32,
    middle_lat: f32,
    /// How far a segment may bend away from the straight line between its ends in any plane, in metres.
    bend_m: f32,
    plain: u32,
}

/// The boxes of a few chunks, in metres in the line's plane.
#[derive(Debug, Clone, Copy)]
struct BoxGroup {
    west: [f32; LANES],
    east: [f32; LANES],
    south: [f32; LANES],
    north: [f32; LANES],
}

/// A position seen from a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    lon: i32,
    lat: i32,
    scale: Scale,
}

const NOT_PLAIN: u32 = u32::MAX;
/// Lines that reach farther than this from their first vertex, in 1e-7 degree (10 degrees), are measured plainly.
const REACH_MAX: i64 = 100_000_000;
/// So are lines nearer a pole than this, in 1e-7 degree of latitude.
const LAT_MAX: i32 = 800_000_000;
/// A position farther than this from a line's first vertex, in 1e-7 degree (20 degrees), is measured plainly.
const SEEN_MAX: i64 = 200_000_000;
/// Farther than this in metres, one plane is not exact enough.
const PLANE_MAX_M: f32 = 20_000.0;
/// A bend below this many metres is not worth a closer look.
const BEND_MIN_M: f32 = 0.002;
/// What boxes are widened by, for rounding, in metres.
const BOX_SLACK_M: f32 = 0.1;
const NO_BOX: f32 = f32::MAX;

impl LineStore {
    pub(super) fn new() -> Self {
        Self {
            scales: Scales::get(),
            heads: Vec::new(),
            boxes: Vec::new(),
            lons: Vec::new(),
            lats: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Takes in a line of at least one point; returns its number.
    pub(super) fn add(&mut self, points: &[Position]) -> u32 {
        let number = self.heads.len() as u32;
        let origin = points[0];
        let mut offsets: Vec<(i64, i64)> = Vec::with_capacity(points.len());
        let mut east = 0;
        for (i, point) in points.iter().enumerate() {
            east += points[i.saturating_sub(1)].lon_e7_to(*point);
            offsets.push((east, i64::from(point.lat_e7()) - i64::from(origin.lat_e7())));
        }
        let reach = offsets.iter().map(|(east, north)| east.abs().max(north.abs())).max().unwrap_or(0);
        let poleward = points.iter().map(|p| p.lat_e7().abs()).max().unwrap_or(0);
        let (low, high) = offsets.iter().fold((0, 0), |(low, high), (_, n)| (low.min(*n), high.max(*n)));
        let middle = (low + high) / 2;
        let scale = self.scales.at((i64::from(origin.lat_e7()) + middle) as i32);
        let mut head = Head {
            origin,
            first_vertex: self.lons.len() as u32,
            first_group: self.boxes.len() as u32,
            groups: 0,
            lat_m: scale.lat_m,
            lon_m: scale.lon_m,
            shrink_per_unit: shrink_per_unit(poleward),
            half_height: (high - low) as f32 / 2.0 + 1.0,
            middle_lat: middle as f32,
            bend_m: 0.0,
            plain: NOT_PLAIN,
        };
        if reach > REACH_MAX || poleward > LAT_MAX {
            head.plain = self.plain.len() as u32;
            self.plain.push(points.to_vec());
            self.heads.push(head);
            return number;
        }
        self.add_chunks(&mut head, &offsets);
        self.heads.push(head);
        number
    }

    fn add_chunks(&mut self, head: &mut Head, offsets: &[(i64, i64)]) {
        let segments = (offsets.len() - 1).max(1);
        let chunks = segments.div_ceil(CHUNK);
        let last = offsets[offsets.len() - 1];
        let vertex = |i: usize| offsets.get(i).copied().unwrap_or(last);
        for i in 0..=chunks * CHUNK {
            let (east, north) = vertex(i);
            self.lons.push(east as i32);
            self.lats.push(north as i32);
        }
        for group in 0..chunks.div_ceil(LANES) {
            let mut boxes = BoxGroup::EMPTY;
            for lane in (0..LANES).filter(|lane| group * LANES + lane < chunks) {
                let first = (group * LANES + lane) * CHUNK;
                for i in first..=first + CHUNK {
                    let (east, north) = vertex(i);
                    boxes.widen(lane, east as f32 * head.lon_m, north as f32 * head.lat_m);
                }
            }
            self.boxes.push(boxes);
            head.groups += 1;
        }
        let bends = offsets.windows(2).map(|ends| {
            let (east, north) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
            (east as f32 * head.lon_m * north as f32 * head.shrink_per_unit / 8.0).abs()
        });
        head.bend_m = bends.fold(0.0, f32::max);
    }

    /// Least distance in metres from a position to a line.
    pub(super) fn distance_m(&self, line: u32, at: Position) -> f64 {
        let head = &self.heads[line as usize];
        match self.view(head, at) {
            Some(view) => self.distance_seen(head, &view, at),
            None => self.distance_plain(head, at),
        }
    }

    fn view(&self, head: &Head, at: Position) -> Option<View> {
        let lon = head.origin.lon_e7_to(at);
        let lat = i64::from(at.lat_e7()) - i64::from(head.origin.lat_e7());
        let sees =
            head.plain == NOT_PLAIN && lon.abs().max(lat.abs()) <= SEEN_MAX && at.lat_e7().abs() <= LAT_MAX;
        sees.then(|| View { lon: lon as i32, lat: lat as i32, scale: self.scales.at(at.lat_e7()) })
    }

    fn distance_seen(&self, head: &Head, view: &View, at: Position) -> f64 {
        let (x, y) = (view.lon as f32 * head.lon_m, view.lat as f32 * head.lat_m);
        let away = (view.lat as f32 - head.middle_lat).abs() + head.half_height;
        let least = (1.0 - away * head.shrink_per_unit).max(0.0);
        let least = least * least;
        let groups = &self.boxes[head.first_group as usize..][..head.groups as usize];
        // First the chunk whose box is nearest, then all that could hold something nearer.
        let mut nearest = (f32::MAX, 0);
        for (number, group) in groups.iter().enumerate() {
            let squares = group.squares(x, y);
            for (lane, square) in squares.iter().enumerate() {
                if *square < nearest.0 {
                    nearest = (*square, number * LANES + lane);
                }
            }
        }
        let mut best = self.chunk_square(head, nearest.1, view, at);
        for (number, group) in groups.iter().enumerate() {
            let squares = group.squares(x, y);
            for (lane, square) in squares.iter().enumerate() {
                let chunk = number * LANES + lane;
                if square * least < best && chunk != nearest.1 {
                    best = best.min(self.chunk_square(head, chunk, view, at));
                }
            }
        }
        if best > PLANE_MAX_M * PLANE_MAX_M {
            return self.distance_plain(head, at);
        }
        f64::from(best).sqrt()
    }

    /// The square of the least distance to a chunk's segments.
    fn chunk_square(&self, head: &Head, chunk: usize, view: &View, at: Position) -> f32 {
        let first = head.first_vertex as usize + chunk * CHUNK;
        let squares = self.segment_squares(first, view);
        let best = squares.iter().copied().fold(f32::MAX, f32::min);
        if head.bend_m < BEND_MIN_M {
            return best;
        }
        let reach = best.sqrt() + 2.0 * head.bend_m + BEND_MIN_M;
        (0..CHUNK)
            .filter(|i| squares[*i] <= reach * reach)
            .map(|i| {
                let exact_m =
                    segment_distance_m(self.vertex(head, first + i), self.vertex(head, first + i + 1), at);
                (exact_m * exact_m) as f32
            })
            .fold(f32::MAX, f32::min)
    }

    fn segment_squares(&self, first: usize, view: &View) -> [f32; CHUNK] {
        let (Some(lons), Some(lats)) = (
            self.lons[first..].first_chunk::<{ CHUNK + 1 }>(),
            self.lats[first..].first_chunk::<{ CHUNK + 1 }>(),
        ) else {
            return [f32::MAX; CHUNK];
        };
        let scale = view.scale;
        let (mut x, mut y) = ([0f32; CHUNK + 1], [0f32; CHUNK + 1]);
        for i in 0..=CHUNK {
            let (east, north) =
                (lons[i].wrapping_sub(view.lon) as f32, lats[i].wrapping_sub(view.lat) as f32);
            x[i] = east * (scale.lon_m + scale.lon_half_change_m * north);
            y[i] = north * (scale.lat_m + scale.lat_half_change_m * north);
        }
        let mut squares = [0f32; CHUNK];
        for i in 0..CHUNK {
            let (dx, dy) = (x[i + 1] - x[i], y[i + 1] - y[i]);
            let length = (dx * dx + dy * dy).max(f32::MIN_POSITIVE);
            let along = (-(x[i] * dx + y[i] * dy) / length).max(0.0).min(1.0);
            let (foot_x, foot_y) = (x[i] + along * dx, y[i] + along * dy);
            squares[i] = foot_x * foot_x + foot_y * foot_y;
        }
        squares
    }

    fn vertex(&self, head: &Head, index: usize) -> Position {
        let lon = i64::from(head.origin.lon_e7()) + i64::from(self.lons[index]);
        let lon = if lon > HALF_TURN {
            lon - 2 * HALF_TURN
        } else if lon < -HALF_TURN {
            lon + 2 * HALF_TURN
        } else {
            lon
        };
        Position::from_e7(head.origin.lat_e7() + self.lats[index], lon as i32).unwrap_or(head.origin)
    }

    /// Segment by segment, as the definition has it.
    fn distance_plain(&self, head: &Head, at: Position) -> f64 {
        if let Some(points) = self.plain.get(head.plain as usize) {
            return points
                .windows(2)
                .map(|ends| segment_distance_m(ends[0], ends[1], at))
                .fold(f64::INFINITY, f64::min);
        }
        let first = head.first_vertex as usize;
        let count = self.count(head);
        (first..first + count)
            .map(|i| segment_distance_m(self.vertex(head, i), self.vertex(head, i + 1), at))
            .fold(f64::INFINITY, f64::min)
    }

    fn count(&self, head: &Head) -> usize {
        let groups = &self.boxes[head.first_group as usize..][..head.groups as usize];
        groups.iter().flat_map(|group| group.west).filter(|west| *west != NO_BOX).count() * CHUNK
    }
}

const HALF_TURN: i64 = 1_800_000_000;

/// How much a degree's length changes, relatively, per 1e-7 degree on the way to a pole.
fn shrink_per_unit(poleward_e7: i32) -> f32 {
    // A little farther poleward than the line reaches: positions lie there too.
    let lat = (f64::from(poleward_e7) / 1e7 + 2.0).min(85.0).to_radians();
    ((lat.tan() + 0.02) * 1.05 * 1e-7f64.to_radians()) as f32
}

impl BoxGroup {
    const EMPTY: Self = Self {
        west: [NO_BOX; LANES],
        east: [-NO_BOX; LANES],
        south: [NO_BOX; LANES],
        north: [-NO_BOX; LANES],
    };

    fn widen(&mut self, lane: usize, x: f32, y: f32) {
        let slack = BOX_SLACK_M + (x.abs() + y.abs()) * 1e-6;
        self.west[lane] = self.west[lane].min(x - slack);
        self.east[lane] = self.east[lane].max(x + slack);
        self.south[lane] = self.south[lane].min(y - slack);
        self.north[lane] = self.north[lane].max(y + slack);
    }

    /// The squares of the distances to the boxes, 0 inside.
    fn squares(&self, x: f32, y: f32) -> [f32; LANES] {
        std::array::from_fn(|i| {
            let east = (self.west[i] - x).max(x - self.east[i]).max(0.0);
            let north = (self.south[i] - y).max(y - self.north[i]).max(0.0);
            east * east + north * north
        })
    }
}
