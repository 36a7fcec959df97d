//! Rings, their edges sorted into bands of latitude, so that a position is compared with the few edges beside it. All
//! bands of all rings lie in one piece of memory.

use domain::geometry::Unrolled;
use domain::{Position, Ring};

/// On which side of a ring a position lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Border,
    Outside,
}

/// An edge in 1e-7 degree from the ring's south-western corner, from its southern end to its northern.
#[derive(Debug, Clone, Copy)]
struct Edge {
    low_lon: i32,
    low_lat: i32,
    high_lon: i32,
    high_lat: i32,
}

/// A ring's box and where its bands are.
#[derive(Debug, Clone, Copy)]
pub(super) struct BandedRing {
    west: i32,
    south: i32,
    width: i32,
    height: i32,
    first_band: u32,
    /// A band is this power of two high.
    band_shift: u32,
}

/// Every ring's edges.
#[derive(Debug, Default)]
pub(super) struct RingStore {
    /// Where each band's edges begin in `edges`, and one end more for each ring.
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

/// A position seen from a ring: where in its box, and which band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    lon: i32,
    lat: i32,
    band: u32,
}

/// The edges that decide a position's side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    from: u32,
    to: u32,
}

/// Bands a ring has at most, by its vertices.
const VERTICES_PER_BAND: usize = 2;
/// Rings wider or higher than this many 1e-7 degree (107 degrees) are left to the plain definition: within it, products
/// of two differences stay far inside 64 bits.
const SIDE_MAX: i64 = 1 << 30;
pub(super) const TURN_E7: i64 = 3_600_000_000;
const HALF_TURN_E7: i64 = TURN_E7 / 2;

/// How far a position lies east of a meridian, 0 to less than a turn.
pub(super) fn east_of(west: i32, at: Position) -> i64 {
    let east = i64::from(at.lon_e7()) - i64::from(west);
    let east = if east < 0 { east + TURN_E7 } else { east };
    if east >= TURN_E7 { east - TURN_E7 } else { east }
}

impl RingStore {
    /// Takes in a ring; `None` when it is too large for the fast way.
    pub(super) fn add(&mut self, ring: &Ring) -> Option<BandedRing> {
        let points: Vec<Unrolled> = ring.unrolled().collect();
        let lats = || points.iter().map(|p| p.lat_e7);
        let lons = || points.iter().map(|p| p.lon_e7);
        let (south, north) = (lats().min()?, lats().max()?);
        let (west, east) = (lons().min()?, lons().max()?);
        let width = east - west;
        if north - south >= SIDE_MAX || width >= SIDE_MAX {
            return None;
        }
        let corner = |p: &Unrolled| ((p.lon_e7 - west) as i32, (p.lat_e7 - south) as i32);
        let height = (north - south) as i32;
        let bands_max = (points.len() / VERTICES_PER_BAND).max(1);
        let band_shift = (0..31).find(|shift| (height >> shift) < bands_max as i32).unwrap_or(31);
        let bands = (height >> band_shift) as usize + 1;
        let mut in_band: Vec<Vec<Edge>> = vec![Vec::new(); bands];
        for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
            let (a, b) = (corner(a), corner(b));
            let (low, high) = if a.1 <= b.1 { (a, b) } else { (b, a) };
            let edge = Edge { low_lon: low.0, low_lat: low.1, high_lon: high.0, high_lat: high.1 };
            let crossed = (low.1 >> band_shift) as usize..=(high.1 >> band_shift) as usize;
            in_band[crossed].iter_mut().for_each(|edges| edges.push(edge));
        }
        let first_band = self.starts.len() as u32;
        for band in in_band {
            self.starts.push(self.edges.len() as u32);
            self.edges.extend(band);
        }
        self.starts.push(self.edges.len() as u32);
        let west = (west + HALF_TURN_E7).rem_euclid(TURN_E7) - HALF_TURN_E7;
        Some(BandedRing {
            west: west as i32,
            south: south as i32,
            width: width as i32,
            height,
            first_band,
            band_shift,
        })
    }

    pub(super) fn beside(&self, seen: Seen) -> Beside {
        let band = seen.band as usize;
        Beside { from: self.starts[band], to: self.starts[band + 1] }
    }

    /// Something of the edges beside a position, so that they are near when they are needed.
    pub(super) fn first_beside(&self, seen: Seen) -> i32 {
        self.edges.get(self.starts[seen.band as usize] as usize).map_or(0, |edge| edge.low_lat)
    }

    /// The side a position is on, decided without rounding.
    pub(super) fn side(&self, seen: Seen, beside: Beside) -> Side {
        let (lon, lat) = (i64::from(seen.lon), i64::from(seen.lat));
        let (mut inside, mut border) = (false, false);
        for edge in &self.edges[beside.from as usize..beside.to as usize] {
            let (low_lon, low_lat) = (i64::from(edge.low_lon), i64::from(edge.low_lat));
            let (high_lon, high_lat) = (i64::from(edge.high_lon), i64::from(edge.high_lat));
            // Above 0 when the position lies to the west of the edge, 0 on its line.
            let turn = (high_lon - low_lon) * (lat - low_lat) - (lon - low_lon) * (high_lat - low_lat);
            inside ^= (low_lat <= lat) & (lat < high_lat) & (turn > 0);
            border |= (turn == 0)
                & (low_lat <= lat)
                & (lat <= high_lat)
                & (low_lon.min(high_lon) <= lon)
                & (lon <= low_lon.max(high_lon));
        }
        match (border, inside) {
            (true, _) => Side::Border,
            (false, true) => Side::Inside,
            (false, false) => Side::Outside,
        }
    }

    /// The side of one ring a position is on.
    pub(super) fn locate(&self, ring: &BandedRing, at: Position) -> Side {
        ring.see(at).map_or(Side::Outside, |seen| self.side(seen, self.beside(seen)))
    }
}

impl BandedRing {
    /// West, south, width and height of the box, in 1e-7 degree.
    pub(super) fn bounds(&self) -> (i32, i32, i64, i64) {
        (self.west, self.south, i64::from(self.width), i64::from(self.height))
    }

    /// A position's place in the ring's box; `None` outside of it.
    pub(super) fn see(&self, at: Position) -> Option<Seen> {
        let lon = east_of(self.west, at);
        let lat = i64::from(at.lat_e7()) - i64::from(self.south);
        let within = lon <= i64::from(self.width) && (0..=i64::from(self.height)).contains(&lat);
        within.then(|| Seen {
            lon: lon as i32,
            lat: lat as i32,
            band: self.first_band + (lat as u32 >> self.band_shift),
        })
    }
}
