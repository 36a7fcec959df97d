//! What of a big city's fleet a page looks at: counts of all, the worst of all as a list, and what lies in its window,
//! as rows or, from far out, as cells. Pure.

use std::collections::BTreeMap;

use domain::Position;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::truck::TruckRow;

/// With more trucks than this the stream of events tells no positions: pages ask for what lies in their window.
pub const STREAMED_TRUCKS_MAX: usize = 5_000;
/// Most rows of one window. More are given as cells.
pub const WINDOW_ROWS_MAX: usize = 5_000;
/// Most rows of the list of the worst.
pub const LISTED_MAX: usize = 200;
/// Below this zoom a window is given as cells.
pub const CELLS_BELOW_ZOOM: f64 = 10.0;
/// Cells over the window's width.
const CELLS_ACROSS: f64 = 24.0;

/// What a truck is looked for by: the gravest first. A truck counts under the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Hauls or unloads without approval, or where it may not.
    NoPermit,
    /// Off the approved route or in a no-go area, or outside the hours.
    OffRoute,
    /// Too fast.
    Speeding,
    /// Load not covered.
    Uncovered,
    /// Another clue.
    Other,
    /// No report for five minutes.
    Offline,
    /// Never reported.
    Silent,
    /// Nothing to say.
    Normal,
}

impl Kind {
    /// Every kind, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::NoPermit,
        Self::OffRoute,
        Self::Speeding,
        Self::Uncovered,
        Self::Other,
        Self::Offline,
        Self::Silent,
        Self::Normal,
    ];

    /// The word in addresses and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoPermit => "no_permit",
            Self::OffRoute => "off_route",
            Self::Speeding => "speeding",
            Self::Uncovered => "uncovered",
            Self::Other => "other",
            Self::Offline => "offline",
            Self::Silent => "silent",
            Self::Normal => "normal",
        }
    }

    /// The kind of a truck in a state with pending clues under rules.
    pub fn of<'a>(state: &str, rules: impl IntoIterator<Item = &'a str>) -> Self {
        let worst = rules.into_iter().map(Self::of_rule).min();
        match (state, worst) {
            (_, Some(kind)) => kind,
            ("offline", None) => Self::Offline,
            ("silent", None) => Self::Silent,
            _ => Self::Normal,
        }
    }

    fn of_rule(rule: &str) -> Self {
        match rule.get(..5).unwrap_or(rule) {
            "UW-01" | "UW-02" | "UW-05" | "DP-01" | "DP-02" => Self::NoPermit,
            "RT-01" | "RT-02" | "RT-03" => Self::OffRoute,
            "TR-02" => Self::Speeding,
            "SE-01" => Self::Uncovered,
            _ => Self::Other,
        }
    }
}

/// A window of the map: degrees west, south, east, north, and the zoom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Degrees.
    pub west: f64,
    /// Degrees.
    pub south: f64,
    /// Degrees.
    pub east: f64,
    /// Degrees.
    pub north: f64,
    /// As web maps count it.
    pub zoom: f64,
}

impl Window {
    fn holds(&self, at: Position) -> bool {
        (self.south..=self.north).contains(&at.lat()) && (self.west..=self.east).contains(&at.lon())
    }

    /// The cell of a position: column and row.
    fn cell(&self, at: Position) -> (u32, u32) {
        let side = self.side();
        (((at.lon() - self.west) / side) as u32, ((at.lat() - self.south) / side) as u32)
    }

    fn side(&self) -> f64 {
        ((self.east - self.west) / CELLS_ACROSS).max(1e-6)
    }
}

/// Trucks that lie near each other, from far out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cell {
    /// Mean of its trucks, WGS-84 degrees.
    pub lat: f64,
    /// Mean of its trucks, WGS-84 degrees.
    pub lon: f64,
    /// How many.
    pub trucks: u32,
    /// How many of them have a pending clue.
    pub with_clue: u32,
}

/// A truck before its row is made: what sorting and cutting need.
#[derive(Debug, Clone)]
pub struct Seen<P> {
    /// Which truck.
    pub plate: P,
    /// What it is looked for by.
    pub kind: Kind,
    /// Where it was last.
    pub at: Option<Position>,
}

/// What is to be shown, by plate.
#[derive(Debug)]
pub struct Sight<P> {
    /// How many of each kind there are in all.
    pub counts: BTreeMap<&'static str, u64>,
    /// How many trucks there are in all.
    pub total: usize,
    /// The worst that fit, at most [`LISTED_MAX`].
    pub listed: Vec<P>,
    /// How many fit.
    pub fitting: usize,
    /// Those in the window that fit, or none when it is given as cells.
    pub window: Vec<P>,
    /// The window from far out.
    pub cells: Vec<Cell>,
}

/// Sorts out what a page looks at. `wanted`: only trucks of this kind; `fits`: whether a plate is looked for.
pub fn look<P: Clone + Ord>(
    trucks: impl IntoIterator<Item = Seen<P>>,
    window: Option<Window>,
    wanted: Option<Kind>,
    fits: impl Fn(&P) -> bool,
) -> Sight<P> {
    let mut counts: BTreeMap<&'static str, u64> =
        Kind::ALL.into_iter().map(|kind| (kind.word(), 0)).collect();
    let mut total = 0;
    let mut fitting: Vec<Seen<P>> = Vec::new();
    for seen in trucks {
        total += 1;
        *counts.entry(seen.kind.word()).or_default() += 1;
        if wanted.is_none_or(|kind| kind == seen.kind) && fits(&seen.plate) {
            fitting.push(seen);
        }
    }
    fitting.sort_by(|a, b| (a.kind, &a.plate).cmp(&(b.kind, &b.plate)));
    let inside: Vec<(&Seen<P>, Position)> = fitting
        .iter()
        .filter_map(|seen| Some((seen, seen.at.filter(|at| window.is_some_and(|window| window.holds(*at)))?)))
        .collect();
    let far = window.is_some_and(|window| window.zoom < CELLS_BELOW_ZOOM) || inside.len() > WINDOW_ROWS_MAX;
    let (rows, cells) = match window {
        Some(window) if far => {
            // Whoever breaks a rule is shown also from far out.
            let grave = inside.iter().filter(|(seen, _)| seen.kind < Kind::Offline).take(WINDOW_ROWS_MAX);
            (grave.map(|(seen, _)| seen.plate.clone()).collect(), cells(&window, &inside))
        }
        _ => (inside.iter().map(|(seen, _)| seen.plate.clone()).collect(), vec![]),
    };
    let listed = fitting.iter().take(LISTED_MAX).map(|seen| seen.plate.clone()).collect();
    Sight { counts, total, listed, fitting: fitting.len(), window: rows, cells }
}

fn cells<P>(window: &Window, inside: &[(&Seen<P>, Position)]) -> Vec<Cell> {
    let mut sums: BTreeMap<(u32, u32), (f64, f64, u32, u32)> = BTreeMap::new();
    for (seen, at) in inside {
        let (lat, lon, trucks, with_clue) = sums.entry(window.cell(*at)).or_default();
        *lat += at.lat();
        *lon += at.lon();
        *trucks += 1;
        *with_clue += u32::from(seen.kind < Kind::Offline);
    }
    let mean = |(lat, lon, trucks, with_clue): (f64, f64, u32, u32)| Cell {
        lat: lat / f64::from(trucks.max(1)),
        lon: lon / f64::from(trucks.max(1)),
        trucks,
        with_clue,
    };
    sums.into_values().map(mean).collect()
}

/// The answer to a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightView {
    /// As of when, RFC 3339.
    pub as_of: String,
    /// How many trucks there are in all.
    pub total: usize,
    /// Whether the stream of events tells positions too: not of more than 5,000 trucks.
    pub streamed: bool,
    /// How many of all trucks are looked for by what: `no_permit`, `off_route`, `speeding`, `uncovered`, `other`,
    /// `offline`, `silent`, `normal`.
    pub counts: BTreeMap<&'static str, u64>,
    /// The worst that fit, at most 200.
    pub listed: Vec<TruckRow>,
    /// How many fit.
    pub fitting: usize,
    /// Those in the window that fit; from far out only those with a clue.
    pub trucks: Vec<TruckRow>,
    /// The window from far out.
    pub cells: Vec<Cell>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(plate: u32, kind: Kind, lat: f64, lon: f64) -> Seen<u32> {
        Seen { plate, kind, at: Some(Position::from_degrees(lat, lon).unwrap()) }
    }

    fn city() -> Vec<Seen<u32>> {
        vec![
            seen(5, Kind::Normal, 34.51, 113.41),
            seen(4, Kind::Normal, 34.52, 113.42),
            seen(3, Kind::Speeding, 34.53, 113.43),
            seen(2, Kind::NoPermit, 36.0, 113.4),
            Seen { plate: 1, kind: Kind::Silent, at: None },
        ]
    }

    const XINMI: Window = Window { west: 113.0, south: 34.0, east: 114.0, north: 35.0, zoom: 12.0 };

    #[track_caller]
    fn check(
        window: Option<Window>,
        wanted: Option<Kind>,
        listed: &[u32],
        inside: &[u32],
        cells: &[(u32, u32)],
    ) {
        let sight = look(city(), window, wanted, |_| true);
        assert_eq!((&sight.listed[..], &sight.window[..]), (listed, inside));
        assert_eq!(sight.cells.iter().map(|cell| (cell.trucks, cell.with_clue)).collect::<Vec<_>>(), cells);
        assert_eq!(sight.total, 5);
        assert_eq!(sight.counts.values().sum::<u64>(), 5, "each truck counts once");
    }

    #[test]
    fn the_worst_come_first_and_the_window_holds_what_lies_in_it() {
        check(Some(XINMI), None, &[2, 3, 1, 4, 5], &[3, 4, 5], &[]);
        check(None, None, &[2, 3, 1, 4, 5], &[], &[]);
        check(Some(XINMI), Some(Kind::Normal), &[4, 5], &[4, 5], &[]);
    }

    #[test]
    fn from_far_out_trucks_are_cells_and_those_with_a_clue_are_shown_still() {
        check(Some(Window { zoom: 9.0, ..XINMI }), None, &[2, 3, 1, 4, 5], &[3], &[(1, 0), (2, 1)]);
    }

    #[test]
    fn a_window_fuller_than_the_most_rows_becomes_cells() {
        let many = (0..WINDOW_ROWS_MAX as u32 + 1).map(|plate| seen(plate, Kind::Normal, 34.5, 113.5));
        let sight = look(many, Some(XINMI), None, |_| true);
        assert_eq!((sight.window.len(), sight.cells.len(), sight.listed.len()), (0, 1, LISTED_MAX));
        assert_eq!(sight.cells[0].trucks as usize, WINDOW_ROWS_MAX + 1);
    }

    #[test]
    fn a_truck_counts_by_its_gravest_clue_and_a_clue_outweighs_silence() {
        assert_eq!(Kind::of("clue", ["TR-02", "UW-01"]), Kind::NoPermit);
        assert_eq!(Kind::of("clue", ["PK-01"]), Kind::Other);
        assert_eq!(Kind::of("offline", ["RT-01"]), Kind::OffRoute);
        assert_eq!(Kind::of("offline", []), Kind::Offline);
        assert_eq!(Kind::of("normal", []), Kind::Normal);
    }
}
