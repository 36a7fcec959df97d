//! Lines cut into chunks of a few segments with a box around each, so that the nearest segment is found among few. All
//! lines lie in one piece of memory; distances are those of [`segment_distance_m`] to a few millimetres.

use domain::Position;
use domain::geometry::segment_distance_m;

use super::scale::{LocalScale, Scale};

/// Segments of a chunk.
const CHUNK: usize = 16;
/// Chunks of a block: their boxes are compared at once.
const BLOCK: usize = 32;
/// Blocks are filled up to a multiple of this many boxes.
const LANES: usize = 4;
/// Positions asked about at once.
pub(super) const GROUP: usize = 32;
/// Bytes memory comes in.
const CACHE_LINE: usize = 64;
/// Sides of a box.
const SIDES: usize = 4;

/// Lines, known by the order they were added in.
#[derive(Debug)]
pub(super) struct LineStore {
    heads: Vec<Head>,
    /// Boxes of chunks, in metres in their line's plane: for each block of chunks the western sides, then the eastern, the
    /// southern, the northern.
    boxes: Vec<f32>,
    /// Vertices in 1e-7 degree east and north of their line's origin.
    lons: Vec<i32>,
    lats: Vec<i32>,
    /// Lines too large for the fast way, or too near a pole.
    plain: Vec<Vec<Position>>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    origin: Position,
    scale: LocalScale,
    first_vertex: u32,
    first_box: u32,
    chunks: u32,
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

/// A position seen from a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct View {
    lon: i32,
    lat: i32,
    scale: Scale,
    /// Where it is in the line's plane, in metres.
    x: f32,
    y: f32,
    /// Squares may be shorter than in the plane by this factor.
    least: f32,
}

const NOT_PLAIN: u32 = u32::MAX;
/// Lines that reach farther than this from their first vertex, in 1e-7 degree (3 degrees), are measured plainly.
const REACH_MAX: i64 = 30_000_000;
/// So are lines nearer a pole than this, in 1e-7 degree of latitude.
const LAT_MAX: i32 = 800_000_000;
/// A position farther than this from a line's first vertex, in 1e-7 degree (5 degrees), is measured plainly.
const SEEN_MAX: i64 = 50_000_000;
/// Farther than this in metres, one plane is not exact enough.
const PLANE_MAX_M: f32 = 20_000.0;
/// A bend below this many metres is not worth a closer look.
const BEND_MIN_M: f32 = 0.002;
/// What boxes are widened by, for rounding, in metres.
const BOX_SLACK_M: f32 = 0.1;
/// The box of nothing: west, east, south, north. Far enough from everything, and its square is still a number.
const NO_BOX: [f32; SIDES] = [1e18, -1e18, 1e18, -1e18];
/// However much a plane may be off, a distance is not taken to be shorter than this part of it.
const LEAST_MIN: f32 = 1e-3;
/// How far beyond a line its scale is exact, in 1e-7 degree (30 km).
const AROUND: i64 = 3_000_000;

impl LineStore {
    pub(super) fn new() -> Self {
        Self { heads: Vec::new(), boxes: Vec::new(), lons: Vec::new(), lats: Vec::new(), plain: Vec::new() }
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
        let middle_e7 = (i64::from(origin.lat_e7()) + middle) as i32;
        let scale = LocalScale::around(middle_e7, (high - low) / 2 + AROUND);
        let middle_scale = scale.at(0.0);
        let mut head = Head {
            origin,
            scale,
            first_vertex: self.lons.len() as u32,
            first_box: self.boxes.len() as u32,
            chunks: 0,
            lat_m: middle_scale.lat_m,
            lon_m: middle_scale.lon_m,
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
        head.chunks = chunks as u32;
        let boxes: Vec<[f32; SIDES]> = (0..chunks)
            .map(|chunk| {
                let vertices = (chunk * CHUNK..=(chunk + 1) * CHUNK).map(vertex);
                bounds(vertices.map(|(east, north)| (east as f32 * head.lon_m, north as f32 * head.lat_m)))
            })
            .collect();
        for block in boxes.chunks(BLOCK) {
            for side in 0..SIDES {
                let filled = block.len().next_multiple_of(LANES);
                let sides = block.iter().map(|bounds| bounds[side]);
                self.boxes.extend(sides.chain(std::iter::repeat(NO_BOX[side])).take(filled));
            }
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
        let Some(view) = self.view(head, at) else {
            return self.distance_plain(head, at);
        };
        let mut best = f32::MAX;
        let mut first_box = head.first_box as usize;
        for first_chunk in (0..head.chunks as usize).step_by(BLOCK) {
            let count = (head.chunks as usize - first_chunk).min(BLOCK);
            let mut block = Block::of(count);
            self.measure_boxes(&view, first_box, &mut block);
            best = self.nearest_in(head, &view, first_chunk, &mut block, best, at);
            first_box += block.filled * SIDES;
        }
        self.settled_m(head, best, at)
    }

    /// As [`LineStore::distance_m`] for many lines and positions; calls `found` with each distance, in order. What is far
    /// away in memory comes while other reads wait, and not one after the other.
    pub(super) fn distances_m(&self, asked: &[(u32, Position)], mut found: impl FnMut(f64)) {
        let mut approaches: Vec<Approach> = std::iter::repeat_with(Approach::default).take(GROUP).collect();
        for group in asked.chunks(GROUP) {
            let mut read = group.iter().fold(0, |read, (line, _)| read ^ self.touch_boxes(*line));
            for ((line, at), approach) in group.iter().zip(&mut approaches) {
                self.approach(*line, *at, approach);
            }
            for ((line, _), approach) in group.iter().zip(&approaches) {
                if approach.is_whole {
                    read ^= self.touch_chunk(*line, approach.block.nearest());
                }
            }
            std::hint::black_box(read);
            for ((line, at), approach) in group.iter().zip(&mut approaches) {
                let head = &self.heads[*line as usize];
                found(if approach.is_whole {
                    let best = self.nearest_in(head, &approach.view, 0, &mut approach.block, f32::MAX, *at);
                    self.settled_m(head, best, *at)
                } else {
                    self.distance_m(*line, *at)
                });
            }
        }
    }

    /// Measures the boxes of a line of one block; longer ones and those measured plainly are left for later.
    fn approach(&self, line: u32, at: Position, into: &mut Approach) {
        let head = &self.heads[line as usize];
        into.is_whole = false;
        if head.chunks as usize > BLOCK {
            return;
        }
        if let Some(view) = self.view(head, at) {
            into.is_whole = true;
            into.view = view;
            into.block.filled = (head.chunks as usize).next_multiple_of(LANES);
            self.measure_boxes(&into.view, head.first_box as usize, &mut into.block);
        }
    }

    fn touch_boxes(&self, line: u32) -> u32 {
        let head = &self.heads[line as usize];
        let count = (head.chunks as usize).min(BLOCK).next_multiple_of(LANES) * SIDES;
        let boxes = &self.boxes[head.first_box as usize..][..count];
        let lines = boxes.iter().step_by(CACHE_LINE / size_of::<f32>());
        lines.fold(0, |read, side| read ^ side.to_bits())
    }

    fn touch_chunk(&self, line: u32, chunk: usize) -> u32 {
        let first = self.heads[line as usize].first_vertex as usize + chunk * CHUNK;
        [first, first + CHUNK].iter().fold(0, |read, i| read ^ (self.lons[*i] ^ self.lats[*i]) as u32)
    }

    fn measure_boxes(&self, view: &View, first_box: usize, block: &mut Block) {
        let boxes = &self.boxes[first_box..][..block.filled * SIDES];
        box_squares(boxes, view.x, view.y, &mut block.keys[..block.filled]);
    }

    /// The least square of `best` and those of a block's chunks: the nearest box first, until none can hold what is nearer.
    fn nearest_in(
        &self,
        head: &Head,
        view: &View,
        first_chunk: usize,
        block: &mut Block,
        mut best: f32,
        at: Position,
    ) -> f32 {
        loop {
            let key = block.least_key();
            if key == SPENT || key_square(key) * view.least >= best {
                return best;
            }
            let chunk = key_place(key);
            best = lesser(best, self.chunk_square(head, first_chunk + chunk, view, at));
            block.keys[chunk] = SPENT;
        }
    }

    fn settled_m(&self, head: &Head, best: f32, at: Position) -> f64 {
        if best > PLANE_MAX_M * PLANE_MAX_M {
            return self.distance_plain(head, at);
        }
        f64::from(best).sqrt()
    }

    fn view(&self, head: &Head, at: Position) -> Option<View> {
        let lon = head.origin.lon_e7_to(at);
        let lat = i64::from(at.lat_e7()) - i64::from(head.origin.lat_e7());
        let sees =
            head.plain == NOT_PLAIN && lon.abs().max(lat.abs()) <= SEEN_MAX && at.lat_e7().abs() <= LAT_MAX;
        if !sees {
            return None;
        }
        let from_middle = lat as f32 - head.middle_lat;
        let away = from_middle.abs() + head.half_height;
        let least = greater(1.0 - away * head.shrink_per_unit, LEAST_MIN);
        Some(View {
            lon: lon as i32,
            lat: lat as i32,
            scale: head.scale.at(from_middle),
            x: lon as f32 * head.lon_m,
            y: lat as f32 * head.lat_m,
            least: least * least,
        })
    }

    /// The square of the least distance to a chunk's segments.
    fn chunk_square(&self, head: &Head, chunk: usize, view: &View, at: Position) -> f32 {
        let first = head.first_vertex as usize + chunk * CHUNK;
        let squares = self.segment_squares(first, view);
        let best = least_of(&squares);
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

    #[inline(always)]
    fn segment_squares(&self, first: usize, view: &View) -> [f32; CHUNK] {
        let (starts_x, starts_y) = self.plane(first, view);
        let (ends_x, ends_y) = self.plane(first + 1, view);
        let mut squares = [0f32; CHUNK];
        for i in 0..CHUNK {
            let (x, y) = (starts_x[i], starts_y[i]);
            let (dx, dy) = (ends_x[i] - x, ends_y[i] - y);
            let length = greater(dx * dx + dy * dy, f32::MIN_POSITIVE);
            let along = lesser(greater(-(x * dx + y * dy) / length, 0.0), 1.0);
            let (foot_x, foot_y) = (x + along * dx, y + along * dy);
            squares[i] = foot_x * foot_x + foot_y * foot_y;
        }
        squares
    }

    /// Metres east and north of a position, of a few vertices from one on.
    // In line the arrays are registers; out of line they are copied.
    #[inline(always)]
    fn plane(&self, first: usize, view: &View) -> ([f32; CHUNK], [f32; CHUNK]) {
        let (mut x, mut y) = ([0f32; CHUNK], [0f32; CHUNK]);
        let (Some(lons), Some(lats)) =
            (self.lons[first..].first_chunk::<CHUNK>(), self.lats[first..].first_chunk::<CHUNK>())
        else {
            return (x, y);
        };
        let scale = view.scale;
        for i in 0..CHUNK {
            let east = lons[i].wrapping_sub(view.lon) as f32;
            let north = lats[i].wrapping_sub(view.lat) as f32;
            x[i] = east * (scale.lon_m + scale.lon_half_change_m * north);
            y[i] = north * (scale.lat_m + scale.lat_half_change_m * north);
        }
        (x, y)
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
        (first..first + head.chunks as usize * CHUNK)
            .map(|i| segment_distance_m(self.vertex(head, i), self.vertex(head, i + 1), at))
            .fold(f64::INFINITY, f64::min)
    }
}

/// As `f32::max` where nothing is NaN; one instruction.
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// As `f32::min` where nothing is NaN; one instruction.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

const HALF_TURN: i64 = 1_800_000_000;

/// How much a degree's length changes, relatively, per 1e-7 degree on the way to a pole.
fn shrink_per_unit(poleward_e7: i32) -> f32 {
    // A little farther poleward than the line reaches: positions lie there too.
    let lat = (f64::from(poleward_e7) / 1e7 + 2.0).min(85.0).to_radians();
    ((lat.tan() + 0.02) * 1.05 * 1e-7f64.to_radians()) as f32
}

/// The sides of the box around points: west, east, south, north.
fn bounds(points: impl Iterator<Item = (f32, f32)>) -> [f32; SIDES] {
    points.fold(NO_BOX, |[west, east, south, north], (x, y)| {
        let slack = BOX_SLACK_M + (x.abs() + y.abs()) * 1e-6;
        [west.min(x - slack), east.max(x + slack), south.min(y - slack), north.max(y + slack)]
    })
}

/// The squares of the distances to boxes, 0 inside, as keys: see [`Block`].
#[inline]
fn box_squares(boxes: &[f32], x: f32, y: f32, keys: &mut [i32]) {
    let count = keys.len();
    let (west, boxes) = boxes.split_at(count);
    let (east, boxes) = boxes.split_at(count);
    let (south, north) = (&boxes[..count], &boxes[count..2 * count]);
    for i in 0..count {
        let off_east = greater(greater(west[i] - x, x - east[i]), 0.0);
        let off_north = greater(greater(south[i] - y, y - north[i]), 0.0);
        let square = off_east * off_east + off_north * off_north;
        keys[i] = (square.to_bits() as i32 & !PLACE_MASK) | i as i32;
    }
}

/// A line looked at from a position, before its chunks are.
#[derive(Default)]
struct Approach {
    view: View,
    block: Block,
    /// Whether the block is the whole line.
    is_whole: bool,
}

/// A block's boxes by how far they are. A key is a square's bits, which for numbers that are not negative are in the
/// numbers' order, the last of them replaced by the box's place: the square is a hair shorter, which does no harm to a
/// bound, and the least key tells the box too.
struct Block {
    filled: usize,
    keys: [i32; BLOCK],
}

const PLACE_MASK: i32 = BLOCK as i32 - 1;
/// The key of a box that was looked into.
const SPENT: i32 = i32::MAX;

fn key_square(key: i32) -> f32 {
    f32::from_bits((key & !PLACE_MASK) as u32)
}

fn key_place(key: i32) -> usize {
    (key & PLACE_MASK) as usize
}

impl Default for Block {
    fn default() -> Self {
        Self::of(0)
    }
}

impl Block {
    fn of(chunks: usize) -> Self {
        Self { filled: chunks.next_multiple_of(LANES), keys: [SPENT; BLOCK] }
    }

    fn least_key(&self) -> i32 {
        self.keys[..self.filled].iter().copied().fold(SPENT, i32::min)
    }

    fn nearest(&self) -> usize {
        key_place(self.least_key())
    }
}

/// The least of numbers that are not negative. Their bits are in their order, and whole numbers may be compared in any
/// order, several at once.
fn least_of(squares: &[f32; CHUNK]) -> f32 {
    let least = squares.iter().map(|square| square.to_bits() as i32).fold(i32::MAX, i32::min);
    f32::from_bits(least as u32)
}
