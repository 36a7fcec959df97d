//! Many areas at once: which of them hold a position, which are near it.

use domain::position::metres_per_degree;
use domain::{Area, Position};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::ring::{BandedRing, Side};

/// Areas by number, in an R-tree of their polygons' boxes. Containment is exact in 1e-7 degree; a border is inside.
#[derive(Debug)]
pub struct AreaIndex {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
    polygons: Vec<IndexedPolygon>,
    areas: Vec<Area>,
}

#[derive(Debug)]
struct IndexedPolygon {
    area: u32,
    shell: BandedRing,
    holes: Vec<BandedRing>,
}

/// What a box is widened by, over the distance asked for: a degree's length changes with latitude inside the box.
const BOX_SLACK: f64 = 1.02;
const E7: f64 = 1e7;

impl AreaIndex {
    /// Indexes areas; they are known by their place in the order given.
    pub fn build(areas: Vec<Area>) -> Self {
        let mut polygons = Vec::new();
        let mut boxes = Vec::new();
        for (number, area) in areas.iter().enumerate() {
            for polygon in area.polygons() {
                // A hole drawn outside its shell takes no ground away, but its border counts for distances.
                let corners = polygon.rings().flat_map(|ring| ring.points());
                let bounds: Vec<[f64; 2]> = corners.map(|p| [lon(*p), lat(*p)]).collect();
                let envelope = AABB::from_points(bounds.iter());
                boxes.push(GeomWithData::new(Rectangle::from_aabb(envelope), polygons.len() as u32));
                polygons.push(IndexedPolygon {
                    area: number as u32,
                    shell: BandedRing::of(&polygon.shell),
                    holes: polygon.holes.iter().map(BandedRing::of).collect(),
                });
            }
        }
        Self { tree: RTree::bulk_load(boxes), polygons, areas }
    }

    /// The numbers of the areas that hold a position, ascending, put in place of what `into` held.
    pub fn containing(&self, at: Position, into: &mut Vec<u32>) {
        into.clear();
        for hit in self.tree.locate_all_at_point([lon(at), lat(at)]) {
            let polygon = &self.polygons[hit.data as usize];
            if polygon.contains(at) {
                into.push(polygon.area);
            }
        }
        into.sort_unstable();
        into.dedup();
    }

    /// Whether a position is on an area's ground, farther than `margin_m` from its border.
    pub fn holds_by_more_than(&self, area: u32, at: Position, margin_m: f64) -> bool {
        let area = &self.areas[area as usize];
        area.contains(at) && area.border_distance_m(at) > margin_m
    }

    /// The areas of which `wanted` says yes whose ground is at most `radius_m` away, with the distance in metres (0
    /// inside), nearest first, then by number.
    pub fn near(&self, at: Position, radius_m: f64, wanted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        let (per_lat, per_lon) = metres_per_degree(at.lat());
        let reach_lat = radius_m * BOX_SLACK / per_lat * E7;
        let reach_lon = radius_m * BOX_SLACK / per_lon.max(1.0) * E7;
        let around = AABB::from_corners(
            [lon(at) - reach_lon, lat(at) - reach_lat],
            [lon(at) + reach_lon, lat(at) + reach_lat],
        );
        let mut numbers: Vec<u32> = self
            .tree
            .locate_in_envelope_intersecting(around)
            .map(|hit| self.polygons[hit.data as usize].area)
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

impl IndexedPolygon {
    fn contains(&self, at: Position) -> bool {
        self.shell.locate(at) != Side::Outside
            && self.holes.iter().all(|hole| hole.locate(at) != Side::Inside)
    }
}

fn lat(at: Position) -> f64 {
    f64::from(at.lat_e7())
}

fn lon(at: Position) -> f64 {
    f64::from(at.lon_e7())
}

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
            corner(-89.0, -179.0),
            corner(-88.0, 179.0),
            corner(89.0, 178.0),
            corner(88.0, -178.0),
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
}
