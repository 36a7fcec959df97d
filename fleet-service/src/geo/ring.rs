//! One ring, its edges sorted into bands of latitude, so that a position is compared with the few edges beside it.

use domain::{Position, Ring};

/// On which side of a ring a position lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Border,
    Outside,
}

/// Edges a band holds on average; below this a ring is one band.
const EDGES_PER_BAND: usize = 4;

/// An edge in 1e-7 degree.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from_lon: i32,
    from_lat: i32,
    to_lon: i32,
    to_lat: i32,
}

#[derive(Debug, Clone)]
pub(super) struct BandedRing {
    west: i32,
    east: i32,
    south: i32,
    north: i32,
    band_height: i64,
    /// Where each band's edges begin in `edges`, and one end more.
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

impl BandedRing {
    pub(super) fn of(ring: &Ring) -> Self {
        let lats = || ring.points().iter().map(|p| p.lat_e7());
        let lons = || ring.points().iter().map(|p| p.lon_e7());
        let (south, north) = (lats().min().unwrap_or(0), lats().max().unwrap_or(0));
        let bands = (ring.points().len() / EDGES_PER_BAND).max(1);
        let band_height = (i64::from(north) - i64::from(south)) / bands as i64 + 1;
        let mut in_band: Vec<Vec<Edge>> = vec![Vec::new(); bands];
        for (a, b) in ring.edges() {
            let band = |lat: i32| ((i64::from(lat) - i64::from(south)) / band_height) as usize;
            let (low, high) = (band(a.lat_e7().min(b.lat_e7())), band(a.lat_e7().max(b.lat_e7())));
            let edge =
                Edge { from_lon: a.lon_e7(), from_lat: a.lat_e7(), to_lon: b.lon_e7(), to_lat: b.lat_e7() };
            in_band[low..=high].iter_mut().for_each(|edges| edges.push(edge));
        }
        let mut starts = vec![0];
        let mut edges = Vec::new();
        for band in in_band {
            edges.extend(band);
            starts.push(edges.len() as u32);
        }
        Self {
            west: lons().min().unwrap_or(0),
            east: lons().max().unwrap_or(0),
            south,
            north,
            band_height,
            starts,
            edges,
        }
    }

    /// The side a position is on, decided without rounding.
    pub(super) fn locate(&self, at: Position) -> Side {
        let (lon, lat) = (at.lon_e7(), at.lat_e7());
        if lon < self.west || lon > self.east || lat < self.south || lat > self.north {
            return Side::Outside;
        }
        let band = ((i64::from(lat) - i64::from(self.south)) / self.band_height) as usize;
        let (Some(from), Some(to)) = (self.starts.get(band), self.starts.get(band + 1)) else {
            return Side::Outside;
        };
        let mut inside = false;
        for edge in &self.edges[*from as usize..*to as usize] {
            let above_from = edge.from_lat > lat;
            let above_to = edge.to_lat > lat;
            let may_touch = edge.from_lat.min(edge.to_lat) <= lat
                && lat <= edge.from_lat.max(edge.to_lat)
                && edge.from_lon.min(edge.to_lon) <= lon;
            if !may_touch {
                continue;
            }
            // Within the ring's box differences of longitude reach 3.6e9: the products need more than 64 bits only then.
            let turn = edge.turn(lon, lat);
            if turn == 0 && lon <= edge.from_lon.max(edge.to_lon) {
                return Side::Border;
            }
            if above_from != above_to && (turn > 0) != above_to {
                inside = !inside;
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    }
}

impl Edge {
    /// The sign of the turn from the edge to the position: 1 when it lies left of the edge, 0 on its line.
    fn turn(&self, lon: i32, lat: i32) -> i32 {
        let dx = i64::from(self.to_lon) - i64::from(self.from_lon);
        let dy = i64::from(self.to_lat) - i64::from(self.from_lat);
        let px = i64::from(lon) - i64::from(self.from_lon);
        let py = i64::from(lat) - i64::from(self.from_lat);
        let ordering = match (dx.checked_mul(py), dy.checked_mul(px)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => (i128::from(dx) * i128::from(py)).cmp(&(i128::from(dy) * i128::from(px))),
        };
        ordering as i32
    }
}
