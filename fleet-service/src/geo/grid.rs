//! A grid over the ground most areas are on: which polygons a cell has to do with, and how far the next border is.

use domain::Position;

use super::ring::{TURN_E7, east_of};

/// What a cell has to do with a polygon: the polygon's number, and whether its ground covers the cell whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) fn polygon(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub(super) fn covers_cell(self) -> bool {
        self.0 & 1 == 1
    }
}

/// An outline for the grid: its box and its edges, in 1e-7 degree east and north of the grid's corner.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) west: i64,
    pub(super) south: i64,
    pub(super) east: i64,
    pub(super) north: i64,
    pub(super) edges: Vec<[i64; 4]>,
}

/// Where the grid lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) west: i32,
    pub(super) south: i32,
    pub(super) width: i64,
    pub(super) height: i64,
}

#[derive(Debug)]
pub(super) struct Grid {
    frame: Frame,
    /// A cell is this power of two wide and high, in 1e-7 degree.
    shift: u32,
    columns: usize,
    /// Where each cell's entries begin, and one end more.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    /// Per cell, how many cells away (by its side or corner) the nearest one with a border or at the grid's edge is.
    free: Vec<u8>,
}

/// Cells per polygon, at most: with fewer, a cell has to do with more polygons; with more, they no longer fit the caches.
const CELLS_PER_POLYGON: i64 = 64;
const CELLS_MIN: i64 = 1 << 12;
const CELLS_MAX: i64 = 1 << 22;
/// Cells all polygons' boxes cover together, at most.
const COVERED_MAX: i64 = 1 << 24;
/// 2^12 units are about 40 m.
const SHIFT_MIN: u32 = 12;
const SHIFT_MAX: u32 = 31;

impl Grid {
    /// Lays a grid over a frame. `holds` tells whether a polygon's ground holds a point, given east and north of the
    /// frame's corner; it is asked about points off every border only.
    pub(super) fn build(
        frame: Frame,
        outlines: &[Outline],
        holds: impl Fn(usize, i64, i64) -> bool,
    ) -> Option<Self> {
        let shift = shift_for(frame, outlines)?;
        let (columns, rows) = ((frame.width >> shift) + 1, (frame.height >> shift) + 1);
        let mut grid = Self {
            frame,
            shift,
            columns: columns as usize,
            starts: vec![0; (columns * rows) as usize + 1],
            entries: Vec::new(),
            free: vec![0; (columns * rows) as usize],
        };
        let mut of_cell: Vec<(u32, Entry)> = Vec::new();
        for (number, outline) in outlines.iter().enumerate() {
            grid.enter(number, outline, (columns, rows), &holds, &mut of_cell);
        }
        grid.sort_in(&of_cell);
        grid.measure_free(&of_cell, (columns as usize, rows as usize));
        Some(grid)
    }

    /// The cell a position is in; `None` off the grid.
    pub(super) fn cell(&self, at: Position) -> Option<usize> {
        let east = east_of(self.frame.west, at);
        let north = i64::from(at.lat_e7()) - i64::from(self.frame.south);
        let within = east <= self.frame.width && (0..=self.frame.height).contains(&north);
        within.then(|| (north >> self.shift) as usize * self.columns + (east >> self.shift) as usize)
    }

    /// Where a cell's entries are.
    pub(super) fn range(&self, cell: usize) -> (u32, u32) {
        (self.starts[cell], self.starts[cell + 1])
    }

    /// Entries by their range, ascending by polygon.
    pub(super) fn entries(&self, (from, to): (u32, u32)) -> &[Entry] {
        &self.entries[from as usize..to as usize]
    }

    /// How far a position of a cell may move east or west, and north or south, in 1e-7 degree, without meeting a border or
    /// the grid's edge; 0 when the cell itself has a border.
    pub(super) fn free_units(&self, cell: usize, at: Position) -> (i64, i64) {
        let free = i64::from(self.free[cell]);
        if free == 0 {
            return (0, 0);
        }
        let side = 1i64 << self.shift;
        let east = east_of(self.frame.west, at) & (side - 1);
        let north = (i64::from(at.lat_e7()) - i64::from(self.frame.south)) & (side - 1);
        let around = (free - 1) * side;
        (around + east.min(side - 1 - east), around + north.min(side - 1 - north))
    }

    /// How far a position may move, as [`Grid::free_units`] has it, without leaving the cells around its own.
    pub(super) fn units_around(&self, at: Position) -> (i64, i64) {
        let side = 1i64 << self.shift;
        let east = east_of(self.frame.west, at);
        let north = i64::from(at.lat_e7()) - i64::from(self.frame.south);
        let room = |from_edge: i64, whole: i64| {
            let in_cell = from_edge & (side - 1);
            (side + in_cell.min(side - 1 - in_cell)).min(from_edge).min(whole - from_edge)
        };
        (room(east, self.frame.width), room(north, self.frame.height))
    }

    /// The polygons with a border in a cell or one beside it; some more than once.
    pub(super) fn around(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let (row, column) = (cell / self.columns, cell % self.columns);
        let rows = row.saturating_sub(1)..=(row + 1).min(self.free.len() / self.columns - 1);
        let columns = column.saturating_sub(1)..=(column + 1).min(self.columns - 1);
        rows.flat_map(move |row| columns.clone().map(move |column| row * self.columns + column))
            .flat_map(|cell| self.entries(self.range(cell)))
            .filter(|entry| !entry.covers_cell())
            .map(|entry| entry.polygon())
    }

    fn enter(
        &self,
        number: usize,
        outline: &Outline,
        (columns, rows): (i64, i64),
        holds: impl Fn(usize, i64, i64) -> bool,
        of_cell: &mut Vec<(u32, Entry)>,
    ) {
        let column = |east: i64| (east >> self.shift).clamp(0, columns - 1);
        let row = |north: i64| (north >> self.shift).clamp(0, rows - 1);
        let off = outline.east < 0
            || outline.north < 0
            || outline.west > self.frame.width
            || outline.south > self.frame.height;
        if off {
            return;
        }
        let (first_column, last_column) = (column(outline.west), column(outline.east));
        let (first_row, last_row) = (row(outline.south), row(outline.north));
        let wide = (last_column - first_column + 1) as usize;
        let mut border = vec![false; wide * (last_row - first_row + 1) as usize];
        for edge in &outline.edges {
            self.mark(*edge, (first_column, last_column), (first_row, last_row), &mut border);
        }
        for row in first_row..=last_row {
            let marks = &border[(row - first_row) as usize * wide..][..wide];
            let mut ground = None;
            for (column, is_border) in (first_column..).zip(marks) {
                // Side by side without a border between them, cells are of one kind.
                let covers = !*is_border && {
                    let middle = |n: i64| (n << self.shift) + (1i64 << self.shift) / 2;
                    *ground.get_or_insert_with(|| holds(number, middle(column), middle(row)))
                };
                if *is_border {
                    ground = None;
                }
                if *is_border || covers {
                    let cell = (row * columns + column) as u32;
                    of_cell.push((cell, Entry((number as u32) << 1 | u32::from(covers))));
                }
            }
        }
    }

    /// Marks the cells an edge touches, and here and there one it only comes near.
    fn mark(
        &self,
        [from_east, from_north, to_east, to_north]: [i64; 4],
        (first_column, last_column): (i64, i64),
        (first_row, last_row): (i64, i64),
        border: &mut [bool],
    ) {
        let wide = last_column - first_column + 1;
        let (south, north) = (from_north.min(to_north), from_north.max(to_north));
        let (west, east) = (from_east.min(to_east), from_east.max(to_east));
        for row in ((south - 1) >> self.shift).max(first_row)..=((north + 1) >> self.shift).min(last_row) {
            let (low, high) = (row << self.shift, (row + 1) << self.shift);
            let (mut left, mut right) = (west, east);
            if north > south {
                let east_at = |n: i64| {
                    let part = (n.clamp(south, north) - from_north) as f64 / (to_north - from_north) as f64;
                    from_east as f64 + part * (to_east - from_east) as f64
                };
                let (a, b) = (east_at(low - 1), east_at(high + 1));
                left = left.max(a.min(b).floor() as i64 - 1);
                right = right.min(a.max(b).ceil() as i64 + 1);
            }
            let columns =
                ((left - 1) >> self.shift).max(first_column)..=((right + 1) >> self.shift).min(last_column);
            for column in columns {
                border[((row - first_row) * wide + column - first_column) as usize] = true;
            }
        }
    }

    fn sort_in(&mut self, of_cell: &[(u32, Entry)]) {
        for (cell, _) in of_cell {
            self.starts[*cell as usize + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        let mut next = self.starts.clone();
        self.entries = vec![Entry(0); of_cell.len()];
        for (cell, entry) in of_cell {
            let place = &mut next[*cell as usize];
            self.entries[*place as usize] = *entry;
            *place += 1;
        }
    }

    /// Cells to the nearest border, by two sweeps over the grid; all that lies off the grid counts as border.
    fn measure_free(&mut self, of_cell: &[(u32, Entry)], (columns, rows): (usize, usize)) {
        let mut free = vec![u8::MAX; columns * rows];
        for (cell, _) in of_cell.iter().filter(|(_, entry)| !entry.covers_cell()) {
            free[*cell as usize] = 0;
        }
        let sweep = |free: &mut Vec<u8>, back: bool| {
            for n in 0..rows * columns {
                let cell = if back { rows * columns - 1 - n } else { n };
                let (row, column) = (cell / columns, cell % columns);
                let edge = row == 0 || column == 0 || row == rows - 1 || column == columns - 1;
                let nearest = if edge {
                    0
                } else if back {
                    let below = cell + columns;
                    free[cell + 1].min(free[below - 1]).min(free[below]).min(free[below + 1])
                } else {
                    let above = cell - columns;
                    free[cell - 1].min(free[above - 1]).min(free[above]).min(free[above + 1])
                };
                free[cell] = free[cell].min(nearest.saturating_add(1));
            }
        };
        sweep(&mut free, false);
        sweep(&mut free, true);
        self.free = free;
    }
}

/// The least power of two that keeps the grid within its limits.
fn shift_for(frame: Frame, outlines: &[Outline]) -> Option<u32> {
    let cells_max = (outlines.len() as i64 * CELLS_PER_POLYGON).clamp(CELLS_MIN, CELLS_MAX);
    (SHIFT_MIN..=SHIFT_MAX).find(|shift| {
        let count = |from: i64, to: i64, limit: i64| (to.min(limit) >> shift) - (from.max(0) >> shift) + 1;
        let covered: i64 = outlines
            .iter()
            .map(|o| count(o.west, o.east, frame.width).max(0) * count(o.south, o.north, frame.height).max(0))
            .sum();
        count(0, frame.width, frame.width) * count(0, frame.height, frame.height) <= cells_max
            && covered <= COVERED_MAX
    })
}

impl Frame {
    /// The frame around most boxes, given as west, south, width, height: a stray one far away does not stretch it. `None`
    /// when they lie around half the globe.
    pub(super) fn around_most(boxes: &[(i32, i32, i64, i64)]) -> Option<Self> {
        let first = boxes.first()?.0;
        // East of the first box's meridian by less than half a turn, west by at most that.
        let turned = |lon: i64| (lon - i64::from(first) + TURN_E7 / 2).rem_euclid(TURN_E7) - TURN_E7 / 2;
        let (west, east) = span(boxes.iter().map(|b| (turned(i64::from(b.0)), b.2)).collect());
        let (south, north) = span(boxes.iter().map(|b| (i64::from(b.1), b.3)).collect());
        let (south, north) = (south.max(-900_000_000), north.min(900_000_000));
        let corner = west + i64::from(first);
        let corner = (corner + TURN_E7 / 2).rem_euclid(TURN_E7) - TURN_E7 / 2;
        let frame =
            Self { west: corner as i32, south: south as i32, width: east - west, height: north - south };
        (frame.width <= TURN_E7 / 2).then_some(frame)
    }

    /// How far east of the frame's corner a box begins: negative to the west of it.
    pub(super) fn east(&self, west: i32) -> i64 {
        let east = (i64::from(west) - i64::from(self.west)).rem_euclid(TURN_E7);
        if east > self.width { east - TURN_E7 } else { east }
    }
}

/// The reach of sides given as start and length: of nearly all of them, and half as much more where others lie.
fn span(mut sides: Vec<(i64, i64)>) -> (i64, i64) {
    let low = sides.iter().map(|(from, _)| *from).min().unwrap_or(0);
    let high = sides.iter().map(|(from, length)| from + length).max().unwrap_or(0);
    sides.sort_unstable();
    let stray = sides.len() / STRAY_PART;
    let kept = &sides[stray..sides.len() - stray];
    let from = kept.first().map_or(low, |(from, _)| *from);
    let to = kept.iter().map(|(from, length)| from + length).max().unwrap_or(high);
    let more = (to - from) / 4;
    ((from - more).max(low - MARGIN), (to + more).min(high + MARGIN))
}

/// One box in so many may lie far off on either side.
const STRAY_PART: usize = 50;
/// Ground around the outermost boxes that belongs to the grid, in 1e-7 degree (about 5 km): trucks drive there.
const MARGIN: i64 = 500_000;
