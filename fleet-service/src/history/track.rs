//! What of a reading is shown: cut to the moments asked for, thinned for the map, and bounded (pure).

use std::ops::RangeInclusive;

use domain::{Report, Timestamp};

use super::chunk::Rows;
use super::fixes::Fixes;
use super::reading::Reading;
use super::simplify::{self, Point};

/// Most points in one answer.
pub const POINTS_MAX: usize = 100_000;
/// Most tags and tickets in one answer.
pub const EVENTS_MAX: usize = 20_000;

/// Fixes to show, by time.
#[derive(Debug, Default)]
pub struct Track {
    stretches: Vec<Rows>,
    /// Stretch and row of each.
    rows: Vec<(u32, u32)>,
    /// Tags and tickets, by time.
    pub events: Vec<Report>,
    /// Fixes in the stretch of time before any was left out.
    pub fixes_read: usize,
    /// More than fits: the earliest are given.
    pub is_truncated: bool,
    /// Newer reports may be missing: the log is still being read through.
    pub is_behind: bool,
}

impl Track {
    /// Cuts a reading to a stretch of time, and thins it when a tolerance in metres is given.
    pub fn of(reading: Reading, stretch: &RangeInclusive<Timestamp>, tolerance_m: Option<f64>) -> Self {
        let Reading { mut stretches, is_behind, is_cut } = reading;
        let mut rows = Vec::new();
        let mut events = Vec::new();
        for (at, stretch_rows) in stretches.iter_mut().enumerate() {
            let times = &stretch_rows.fixes.time_ms;
            let from = times.partition_point(|time| *time < stretch.start().millis());
            let to = times.partition_point(|time| *time <= stretch.end().millis());
            rows.extend((from..to).map(|row| (at as u32, row as u32)));
            let of_stretch = std::mem::take(&mut stretch_rows.events);
            events.extend(of_stretch.into_iter().filter(|event| stretch.contains(&event.time)));
        }
        let mut track =
            Self { fixes_read: rows.len(), is_truncated: is_cut, stretches, rows, events, is_behind };
        if let Some(tolerance_m) = tolerance_m {
            track.thin(tolerance_m);
        }
        track.is_truncated |= track.rows.len() > POINTS_MAX;
        track.rows.truncate(POINTS_MAX);
        track.bound_events();
        track
    }

    fn thin(&mut self, tolerance_m: f64) {
        let points: Vec<Point> = self.rows().filter_map(|(fixes, row)| Point::of(fixes, row)).collect();
        let kept = simplify::keep(&points, tolerance_m);
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next().unwrap_or(true));
    }

    /// Adds what was seen elsewhere of the same truck.
    pub fn add_events(&mut self, events: Vec<Report>) {
        self.events.extend(events);
        self.events.sort_unstable();
        self.bound_events();
    }

    fn bound_events(&mut self) {
        self.is_truncated |= self.events.len() > EVENTS_MAX;
        self.events.truncate(EVENTS_MAX);
    }

    /// The fixes to show: columns and the row in them.
    pub fn rows(&self) -> impl Iterator<Item = (&Fixes, usize)> {
        let fixes = |at: u32| self.stretches.get(at as usize).map(|rows| &rows.fixes);
        self.rows.iter().filter_map(move |(at, row)| Some((fixes(*at)?, *row as usize)))
    }

    /// How many fixes are shown.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
