//! Many areas at once: which of them hold a position, which are near it, how far the next border is.

use domain::position::metres_per_degree;
use domain::{Area, Polygon, Position};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::grid::{Frame, Grid, Outline};
use super::line_store::{GROUP, LineStore};
use super::ring::{BandedRing, RingStore, Side, TURN_E7};
use super::scale::Scales;

/// Areas by number. Containment is exact in 1e-7 degree; a border is inside.
///
/// A grid over the ground most areas are on says which polygons a cell has to do with; positions off the grid, and
/// questions about what is near, go to an R-tree of the polygons' boxes.
#[derive(Debug)]
pub struct AreaIndex {
    grid: Option<Grid>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
    polygons: Vec<IndexedPolygon>,
    holes: Vec<BandedRing>,
    rings: RingStore,
    /// Every ring as a closed line, in the order of polygons, shells before holes.
    borders: LineStore,
    /// Polygons so large that they are left to the plain definition, with their area.
    large: Vec<(u32, Polygon)>,
    areas: Vec<Area>,
}

#[derive(Debug, Clone, Copy)]
struct IndexedPolygon {
    shell: BandedRing,
    area: u32,
    first_hole: u32,
    holes: u32,
    /// Its shell among the borders; its holes follow.
    first_border: u32,
}

/// What a box is widened by, over the distance asked for: a degree's length changes with latitude inside the box.
const BOX_SLACK: f64 = 1.02;
/// A safe radius is cut by this part: a degree's length changes with latitude inside it.
const RADIUS_CUT: f64 = 0.005;
/// And by this many metres: what distances to borders may be off by.
const RADIUS_SLACK_M: f64 = 0.05;
/// No safe radius is longer, in metres, so that the cut above suffices.
const RADIUS_MAX_M: f64 = 10_000.0;

impl AreaIndex {
    /// Indexes areas; they are known by their place in the order given.
    pub fn build(areas: Vec<Area>) -> Self {
        let mut index = Self {
            grid: None,
            tree: RTree::new(),
            polygons: Vec::new(),
            holes: Vec::new(),
            rings: RingStore::default(),
            borders: LineStore::new(),
            large: Vec::new(),
            areas: Vec::new(),
        };
        let mut shapes: Vec<&Polygon> = Vec::new();
        for (number, area) in areas.iter().enumerate() {
            for polygon in area.polygons() {
                if index.add(number as u32, polygon) {
                    shapes.push(polygon);
                }
            }
        }
        index.grid = index.lay_grid(&shapes);
        let boxes = shapes.iter().enumerate().flat_map(|(number, polygon)| boxes(number as u32, polygon));
        index.tree = RTree::bulk_load(boxes.collect());
        index.areas = areas;
        index
    }

    /// Takes in a polygon, unless it is so large that the plain definition has to answer for it.
    fn add(&mut self, area: u32, polygon: &Polygon) -> bool {
        let shell = self.rings.add(&polygon.shell);
        let holes: Option<Vec<BandedRing>> = polygon.holes.iter().map(|hole| self.rings.add(hole)).collect();
        let (Some(shell), Some(holes)) = (shell, holes) else {
            self.large.push((area, polygon.clone()));
            return false;
        };
        let first_hole = self.holes.len() as u32;
        let count = holes.len() as u32;
        self.holes.extend(holes);
        let borders = polygon.rings().map(|ring| {
            let mut closed = ring.points().to_vec();
            closed.extend(ring.points().first());
            self.borders.add(&closed)
        });
        let first_border = borders.min().unwrap_or(0);
        self.polygons.push(IndexedPolygon { shell, area, first_hole, holes: count, first_border });
        true
    }

    fn lay_grid(&self, shapes: &[&Polygon]) -> Option<Grid> {
        let boxes: Vec<(i32, i32, i64, i64)> = self.polygons.iter().map(|p| p.shell.bounds()).collect();
        let frame = Frame::around_most(&boxes)?;
        let outlines: Vec<Outline> = shapes
            .iter()
            .zip(&self.polygons)
            .map(|(shape, indexed)| outline(frame, shape, indexed))
            .collect();
        Grid::build(frame, &outlines, |number, east, north| {
            let lon = (i64::from(frame.west) + east + TURN_E7 / 2).rem_euclid(TURN_E7) - TURN_E7 / 2;
            let at = Position::from_e7((i64::from(frame.south) + north) as i32, lon as i32);
            at.is_ok_and(|at| self.holds(&self.polygons[number], at))
        })
    }

    /// The numbers of the areas that hold a position, ascending, put in place of what `into` held.
    pub fn containing(&self, at: Position, into: &mut Vec<u32>) {
        into.clear();
        let cell = self.grid.as_ref().and_then(|grid| Some((grid, grid.cell(at)?)));
        if let Some((grid, cell)) = cell {
            for entry in grid.entries(grid.range(cell)) {
                let polygon = &self.polygons[entry.polygon()];
                let found = entry.covers_cell() || self.holds(polygon, at);
                if found && into.last() != Some(&polygon.area) {
                    into.push(polygon.area);
                }
            }
            if self.large.is_empty() {
                return;
            }
        } else {
            self.look_in_tree(at, into);
        }
        into.extend(self.large.iter().filter(|(_, polygon)| polygon.contains(at)).map(|(area, _)| *area));
        into.sort_unstable();
        into.dedup();
    }

    /// Whether an area holds a position: what [`AreaIndex::containing`] says of it, for who knows which area it asks about.
    pub fn is_in(&self, area: u32, at: Position) -> bool {
        let first = self.polygons.partition_point(|polygon| polygon.area < area);
        let own = self.polygons[first..].iter().take_while(|polygon| polygon.area == area);
        own.into_iter().any(|polygon| self.holds(polygon, at))
            || self.large.iter().any(|(large, polygon)| *large == area && polygon.contains(at))
    }

    /// As [`AreaIndex::containing`] for many positions: calls `found` with the place of each among those asked about and
    /// an area that holds it, in order.
    pub fn containing_each(&self, asked: &[Position], mut found: impl FnMut(usize, u32)) {
        let mut numbers = Vec::new();
        for (group, positions) in asked.chunks(GROUP).enumerate() {
            self.fetch(positions);
            for (i, at) in positions.iter().enumerate() {
                self.containing(*at, &mut numbers);
                numbers.iter().for_each(|area| found(group * GROUP + i, *area));
            }
        }
    }

    /// Reads what the answers about positions will need, for all of them at once, step by step.
    fn fetch(&self, asked: &[Position]) {
        let Some(grid) = &self.grid else { return };
        let mut ranges = [(0, 0); GROUP];
        for (range, at) in ranges.iter_mut().zip(asked) {
            *range = grid.cell(*at).map_or((0, 0), |cell| grid.range(cell));
        }
        let mut seen = [None; 2 * GROUP];
        let mut count = 0;
        for (range, at) in ranges.iter().zip(asked) {
            for entry in grid.entries(*range).iter().filter(|entry| !entry.covers_cell()) {
                if let Some(place) = seen.get_mut(count) {
                    *place = self.polygons[entry.polygon()].shell.see(*at);
                    count += 1;
                }
            }
        }
        let mut read = 0;
        for seen in seen.iter().take(count).flatten() {
            read ^= self.rings.first_beside(*seen);
        }
        std::hint::black_box(read);
    }

    fn look_in_tree(&self, at: Position, into: &mut Vec<u32>) {
        // The date line has two longitudes.
        let turned = if lon(at).abs() == HALF_TURN { -lon(at) } else { lon(at) };
        for east in [Some(lon(at)), (turned != lon(at)).then_some(turned)].into_iter().flatten() {
            for hit in self.tree.locate_all_at_point([east, lat(at)]) {
                let polygon = &self.polygons[hit.data as usize];
                if self.holds(polygon, at) {
                    into.push(polygon.area);
                }
            }
        }
    }

    fn holds(&self, polygon: &IndexedPolygon, at: Position) -> bool {
        self.rings.locate(&polygon.shell, at) != Side::Outside
            && self.holes[polygon.first_hole as usize..][..polygon.holes as usize]
                .iter()
                .all(|hole| self.rings.locate(hole, at) != Side::Inside)
    }

    /// A radius in metres, 0 or more, within which no border of any area lies: as far as a truck moves away from a
    /// position by less, the same areas hold it. Cheap, and far from being the longest there is; `close` takes a few
    /// borders' distances into account where the cheap way says 0.
    pub fn safe_radius_m(&self, at: Position, close: bool) -> f64 {
        let Some((grid, cell)) = self.grid.as_ref().and_then(|grid| Some((grid, grid.cell(at)?))) else {
            return 0.0;
        };
        if !self.large.is_empty() {
            return 0.0;
        }
        let free = grid.free_units(cell, at);
        if free.0.min(free.1) <= 0 && !close {
            return 0.0;
        }
        let scale = Scales::get().at(at.lat_e7());
        let metres = |(east, north): (i64, i64)| {
            let east_m = east as f64 * f64::from(scale.lon_m);
            east_m.min(north as f64 * f64::from(scale.lat_m)).min(RADIUS_MAX_M)
        };
        let radius_m = if !close {
            metres(free)
        } else {
            let own_m = metres(grid.units_around(at));
            grid.around(cell).map(|polygon| self.border_distance_m(polygon, at)).fold(own_m, f64::min)
        };
        (radius_m * (1.0 - RADIUS_CUT) - RADIUS_SLACK_M).max(0.0)
    }

    fn border_distance_m(&self, polygon: usize, at: Position) -> f64 {
        let polygon = &self.polygons[polygon];
        (polygon.first_border..=polygon.first_border + polygon.holes)
            .map(|ring| self.borders.distance_m(ring, at))
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether a position is on an area's ground, farther than `margin_m` from its border.
    pub fn holds_by_more_than(&self, area: u32, at: Position, margin_m: f64) -> bool {
        let first = self.polygons.partition_point(|polygon| polygon.area < area);
        let last = self.polygons.partition_point(|polygon| polygon.area <= area);
        if self.large.iter().any(|(large, _)| *large == area) {
            let area = &self.areas[area as usize];
            return area.contains(at) && area.border_distance_m(at) > margin_m;
        }
        (first..last).any(|number| self.holds(&self.polygons[number], at))
            && (first..last).all(|number| self.border_distance_m(number, at) > margin_m)
    }

    /// The areas of which `wanted` says yes whose ground is at most `radius_m` away, with the distance in metres (0
    /// inside), nearest first, then by number.
    pub fn near(&self, at: Position, radius_m: f64, wanted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        let (per_lat, per_lon) = metres_per_degree(at.lat());
        let reach_lat = radius_m * BOX_SLACK / per_lat * E7;
        let reach_lon = radius_m * BOX_SLACK / per_lon.max(1.0) * E7;
        let around = |lon: f64| {
            AABB::from_corners([lon - reach_lon, lat(at) - reach_lat], [lon + reach_lon, lat(at) + reach_lat])
        };
        // Over the date line the search goes on at the other side.
        let beyond = lon(at).abs() + reach_lon >= HALF_TURN;
        let over = beyond.then(|| lon(at) - 2.0 * HALF_TURN * lon(at).signum());
        let mut numbers: Vec<u32> = std::iter::once(lon(at))
            .chain(over)
            .flat_map(|lon| self.tree.locate_in_envelope_intersecting(around(lon)))
            .map(|hit| self.polygons[hit.data as usize].area)
            .chain(self.large.iter().map(|(area, _)| *area))
            .filter(|area| wanted(*area))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut found: Vec<(u32, f64)> = numbers
            .into_iter()
            .map(|area| (area, self.areas[area as usize].distance_m(at)))
            .filter(|(_, distance_m)| *distance_m <= radius_m)
            .collect();
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }
}

/// A polygon's box, and a second one where it runs over the date line. A hole drawn outside its shell takes no ground
/// away, but its border counts for distances.
fn boxes(number: u32, polygon: &Polygon) -> Vec<GeomWithData<Rectangle<[f64; 2]>, u32>> {
    let start = polygon.shell.unrolled().next().map_or(0, |p| p.lon_e7);
    let points = polygon.rings().flat_map(|ring| {
        // A hole is unrolled on the side its shell is on.
        let turn = ring.unrolled().next().map_or(0, |p| whole_turns(p.lon_e7 - start));
        ring.unrolled().map(move |p| [(p.lon_e7 - turn) as f64, p.lat_e7 as f64])
    });
    let around = AABB::from_points(points.collect::<Vec<_>>().iter());
    let moved = |turns: f64| {
        let by = turns * 2.0 * HALF_TURN;
        let ([west, south], [east, north]) = (around.lower(), around.upper());
        let rectangle = Rectangle::from_corners([west + by, south], [east + by, north]);
        GeomWithData::new(rectangle, number)
    };
    let mut found = vec![moved(0.0)];
    if around.upper()[0] >= HALF_TURN {
        found.push(moved(-1.0));
    }
    if around.lower()[0] <= -HALF_TURN {
        found.push(moved(1.0));
    }
    found
}

/// The whole turns nearest to a difference of longitudes, in 1e-7 degree.
fn whole_turns(difference_e7: i64) -> i64 {
    (difference_e7 + TURN_E7 / 2).div_euclid(TURN_E7) * TURN_E7
}

fn outline(frame: Frame, polygon: &Polygon, indexed: &IndexedPolygon) -> Outline {
    let (west, south, width, height) = indexed.shell.bounds();
    let (east, north) = (frame.east(west), i64::from(south) - i64::from(frame.south));
    let start = polygon.shell.unrolled().map(|p| p.lon_e7).min().unwrap_or(0);
    let place = |lon_e7: i64, turn: i64| lon_e7 - turn - start + east;
    let mut edges = Vec::new();
    for ring in polygon.rings() {
        let points: Vec<_> = ring.unrolled().collect();
        let turn = points.first().map_or(0, |p| whole_turns(p.lon_e7 - start - width / 2));
        for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
            let lat = |lat_e7: i64| lat_e7 - i64::from(frame.south);
            edges.push([place(a.lon_e7, turn), lat(a.lat_e7), place(b.lon_e7, turn), lat(b.lat_e7)]);
        }
    }
    // Holes count for borders even where they are drawn outside the shell.
    let bounds = edges.iter().fold((east, north, east + width, north + height), |b, e| {
        (b.0.min(e[0]), b.1.min(e[1]), b.2.max(e[0]), b.3.max(e[1]))
    });
    Outline { west: bounds.0, south: bounds.1, east: bounds.2, north: bounds.3, edges }
}

fn lat(at: Position) -> f64 {
    f64::from(at.lat_e7())
}

fn lon(at: Position) -> f64 {
    f64::from(at.lon_e7())
}

const E7: f64 = 1e7;
const HALF_TURN: f64 = 1.8e9;

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Polygon, Ring};
    use proptest::prelude::*;

    const CENTRE_LAT_E7: i32 = 345_000_000;
    const CENTRE_LON_E7: i32 = 1_134_000_000;

    /// A star around a centre: it never crosses itself.
    fn star(lat: i32, lon: i32, radii: &[i32]) -> Option<Ring> {
        let points = radii.iter().enumerate().map(|(i, radius)| {
            let (sin, cos) = (i as f64 / radii.len() as f64 * std::f64::consts::TAU).sin_cos();
            let (north, east) = (f64::from(*radius) * sin, f64::from(*radius) * cos);
            Position::from_e7(CENTRE_LAT_E7 + lat + north as i32, CENTRE_LON_E7 + lon + east as i32).unwrap()
        });
        Ring::from_points(points.collect()).ok()
    }

    prop_compose! {
        fn area()(
            lat in -300..300i32,
            lon in -300..300i32,
            radii in prop::collection::vec(20..200i32, 3..60),
            hole in prop::option::of(prop::collection::vec(5..60i32, 3..12)),
        ) -> Option<Area> {
            let shell = star(lat, lon, &radii)?;
            let holes = hole.and_then(|radii| star(lat, lon, &radii)).into_iter().collect();
            Area::from_polygons(vec![Polygon { shell, holes }]).ok()
        }
    }

    proptest! {
        /// Units are so coarse beside the areas that vertices and edges are hit often.
        #[test]
        fn the_index_answers_as_the_plain_definition(
            areas in prop::collection::vec(area(), 1..12),
            offsets in prop::collection::vec((-500..500i32, -500..500i32), 60),
            radius_m in 0.5..4.0f64,
        ) {
            let areas: Vec<Area> = areas.into_iter().flatten().collect();
            let index = AreaIndex::build(areas.clone());
            let mut found = Vec::new();
            let vertices = areas.iter().flat_map(Area::rings).flat_map(Ring::points).copied();
            let elsewhere = offsets
                .iter()
                .map(|(lat, lon)| Position::from_e7(CENTRE_LAT_E7 + lat, CENTRE_LON_E7 + lon).unwrap());
            for at in vertices.chain(elsewhere) {
                index.containing(at, &mut found);
                let plain: Vec<u32> =
                    (0..areas.len() as u32).filter(|i| areas[*i as usize].contains(at)).collect();
                prop_assert_eq!(&found, &plain, "{:?}", at);
                let one_by_one: Vec<u32> =
                    (0..areas.len() as u32).filter(|area| index.is_in(*area, at)).collect();
                prop_assert_eq!(&found, &one_by_one, "{:?}", at);
                let mut near: Vec<u32> = index.near(at, radius_m, |_| true).iter().map(|n| n.0).collect();
                near.sort_unstable();
                let plain: Vec<u32> =
                    (0..areas.len() as u32).filter(|i| areas[*i as usize].distance_m(at) <= radius_m).collect();
                prop_assert_eq!(near, plain, "{:?}", at);
            }
        }
    }

    #[test]
    fn a_ring_around_half_the_globe_is_decided_without_overflow() {
        let corner = |lat, lon| Position::from_degrees(lat, lon).unwrap();
        let ring = Ring::from_points(vec![
            corner(-89.0, -150.0),
            corner(-88.0, 10.0),
            corner(-88.0, 150.0),
            corner(89.0, 145.0),
            corner(87.0, 20.0),
            corner(88.0, -145.0),
        ])
        .unwrap();
        let area = Area::from_ring(ring);
        let index = AreaIndex::build(vec![area.clone()]);
        let mut found = Vec::new();
        for at in [
            corner(0.0, 0.0),
            corner(-88.9, 170.0),
            corner(88.5, 0.0),
            corner(-88.51, 0.0),
            corner(-88.49, 0.0),
        ] {
            index.containing(at, &mut found);
            assert_eq!(!found.is_empty(), area.contains(at), "{at:?}");
        }
    }

    #[test]
    fn deep_inside_is_farther_from_the_border_than_the_margin() {
        let origin = Position::from_degrees(34.5, 113.4).unwrap();
        let square = [(0.0, 0.0), (200.0, 0.0), (200.0, 200.0), (0.0, 200.0)];
        let ring = Ring::from_points(square.iter().map(|(e, n)| origin.offset_m(*e, *n)).collect()).unwrap();
        let index = AreaIndex::build(vec![Area::from_ring(ring)]);
        for (east, expected) in [(100.0, true), (20.0, true), (10.0, false), (-20.0, false)] {
            assert_eq!(index.holds_by_more_than(0, origin.offset_m(east, 100.0), 15.0), expected, "{east}");
        }
    }

    prop_compose! {
        /// A star of a few hundred metres to thirty kilometres around a centre some kilometres off.
        fn ground()(
            centre in (-4_000_000..4_000_000i64, -1_500_000..1_500_000i64),
            reach in prop::sample::select(vec![300.0, 4_000.0, 60_000.0, 3_000_000.0f64]),
            radii in prop::collection::vec(0.3..1.0f64, 3..50),
            hole in prop::option::of(prop::collection::vec(0.05..0.25f64, 3..9)),
        ) -> ((i64, i64), f64, Vec<f64>, Option<Vec<f64>>) {
            (centre, reach, radii, hole)
        }
    }

    /// A ring of a star, its corners turned round the globe where they are past 180 degrees.
    fn ring_at(middle_lon: i64, centre: (i64, i64), reach: f64, radii: &[f64]) -> Option<Ring> {
        let points = radii.iter().enumerate().map(|(i, radius)| {
            let (sin, cos) = (i as f64 / radii.len() as f64 * std::f64::consts::TAU).sin_cos();
            let lon = middle_lon + centre.0 + (reach * radius * cos) as i64;
            turned(i64::from(CENTRE_LAT_E7) + centre.1 + (reach * radius * sin) as i64, lon)
        });
        Ring::from_points(points.collect()).ok()
    }

    fn turned(lat: i64, lon: i64) -> Position {
        let lon = (lon + TURN_E7 / 2).rem_euclid(TURN_E7) - TURN_E7 / 2;
        Position::from_e7(lat as i32, lon as i32).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// Areas of several parts with holes, small and large side by side, here and over the date line, one of them astray.
        #[test]
        fn grounds_of_any_size_are_answered_as_the_plain_definition_has_it(
            grounds in prop::collection::vec(prop::collection::vec(ground(), 1..4), 1..25),
            over_the_date_line in any::<bool>(),
            astray in any::<bool>(),
            elsewhere in prop::collection::vec((-6_000_000..6_000_000i64, -3_000_000..3_000_000i64), 40),
        ) {
            let middle = if over_the_date_line { 1_800_000_000 } else { i64::from(CENTRE_LON_E7) };
            let mut positions: Vec<Position> =
                elsewhere.iter().map(|(lon, lat)| turned(i64::from(CENTRE_LAT_E7) + lat, middle + lon)).collect();
            let mut areas = Vec::new();
            for (number, parts) in grounds.iter().enumerate() {
                let mut polygons = Vec::new();
                for (centre, reach, radii, hole) in parts {
                    let off = if astray && number == 0 { 400_000_000 } else { 0 };
                    let Some(shell) = ring_at(middle + off, *centre, *reach, radii) else { continue };
                    let hole = hole.as_ref().and_then(|radii| ring_at(middle + off, *centre, *reach, radii));
                    let outline = shell.points().iter().chain(hole.iter().flat_map(Ring::points));
                    for corner in outline.take(12) {
                        let (lat, lon) = (i64::from(corner.lat_e7()), i64::from(corner.lon_e7()));
                        positions.extend([(0, 0), (1, 0), (0, -1)].map(|(e, n)| turned(lat + n, lon + e)));
                    }
                    positions.push(turned(i64::from(CENTRE_LAT_E7) + centre.1, middle + off + centre.0));
                    polygons.push(Polygon { shell, holes: hole.into_iter().collect() });
                }
                areas.extend(Area::from_polygons(polygons).ok());
            }
            let index = AreaIndex::build(areas.clone());
            let (mut found, mut all) = (Vec::new(), Vec::new());
            for at in &positions {
                index.containing(*at, &mut found);
                let plain: Vec<u32> =
                    (0..areas.len() as u32).filter(|i| areas[*i as usize].contains(*at)).collect();
                prop_assert_eq!(&found, &plain, "{:?}", at);
                all.push(plain);
                let border_m = areas.iter().map(|area| area.border_distance_m(*at)).fold(f64::INFINITY, f64::min);
                for close in [false, true] {
                    let radius_m = index.safe_radius_m(*at, close);
                    prop_assert!(radius_m <= border_m, "{radius_m} m around {at:?}, a border at {border_m} m");
                }
            }
            let mut each = vec![Vec::new(); positions.len()];
            index.containing_each(&positions, |i, area| each[i].push(area));
            prop_assert_eq!(each, all);
        }
    }

    #[test]
    fn what_is_near_over_the_date_line_is_found() {
        let square = |lon: i64| {
            let corners = [(0, 0), (10_000, 0), (10_000, 10_000), (0, 10_000)];
            let ring = corners.iter().map(|(e, n)| turned(345_000_000 + n, lon + e)).collect();
            Area::from_ring(Ring::from_points(ring).unwrap())
        };
        let index =
            AreaIndex::build(vec![square(1_799_980_000), square(-1_799_990_000), square(1_799_995_000)]);
        for (lon, expected) in [
            (1_799_970_000, vec![0, 2]),
            (-1_799_970_000, vec![1, 2]),
            (1_800_000_000, vec![2, 0, 1]),
            (-1_800_000_000, vec![2, 0, 1]),
        ] {
            let near: Vec<u32> =
                index.near(turned(345_005_000, lon), 250.0, |_| true).iter().map(|found| found.0).collect();
            assert_eq!(near, expected, "{lon}");
        }
    }
}
