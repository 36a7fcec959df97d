//! What was lost, kept until the platform has been told: a small file of lines, replaced whole.
//!
//! ```text
//! line     record it stands before, cause, records, first and last time in ms or 0, checksum in hexadecimal
//! ```

use std::path::PathBuf;

use domain::Timestamp;
use wire::{Gap, GapCause};

use super::{NUMBER_MAX, SpoolError, read_small, write_durably};

/// Most gaps kept apart; beyond it the two newest are told as one.
pub const GAPS_MAX: usize = 16;

const CAUSES: [(GapCause, &str); 4] = [
    (GapCause::Full, "full"),
    (GapCause::Old, "old"),
    (GapCause::Damaged, "damaged"),
    (GapCause::Unwritten, "unwritten"),
];

/// A loss, and the number of the record it stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlacedGap {
    pub(super) before: u64,
    pub(super) gap: Gap,
}

/// All of them, in order.
#[derive(Debug)]
pub(super) struct Gaps {
    path: PathBuf,
    list: Vec<PlacedGap>,
    unsaved: bool,
}

impl Gaps {
    /// Reads the file. A line that does not check is passed over: a gap untold is better than a false one.
    pub(super) fn open(path: PathBuf) -> Result<Self, SpoolError> {
        let text = read_small(&path)?.unwrap_or_default();
        let list = text.lines().filter_map(parse_line).take(GAPS_MAX).collect();
        Ok(Self { path, list, unsaved: false })
    }

    pub(super) fn list(&self) -> &[PlacedGap] {
        &self.list
    }

    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Highest number of a record that a gap stands before; 0 without gaps.
    pub(super) fn last_before(&self) -> u64 {
        self.list.iter().map(|placed| placed.before).max().unwrap_or(0)
    }

    /// Whether records were dropped on purpose up to the one before `number`.
    pub(super) fn is_dropped_up_to(&self, number: u64) -> bool {
        let on_purpose = |cause| matches!(cause, GapCause::Full | GapCause::Old);
        self.list.iter().any(|placed| placed.before == number && on_purpose(placed.gap.cause))
    }

    /// Keeps one more, in memory until [`Gaps::save`]: records lost from the one after number `after`. A loss of the same
    /// cause that goes on where an earlier one ended is one gap with it.
    pub(super) fn push(&mut self, after: u64, placed: PlacedGap) {
        self.unsaved = true;
        let full = self.list.len() >= GAPS_MAX;
        let same = |earlier: &&mut PlacedGap| earlier.gap.cause == placed.gap.cause;
        let goes_on = |earlier: &&mut PlacedGap| same(earlier) && (full || earlier.before == after + 1);
        let with = match self.list.iter_mut().rev().find(goes_on) {
            Some(earlier) => {
                earlier.before = earlier.before.max(placed.before);
                Some(earlier)
            }
            // Told with another's cause rather than not at all; its place stays, as files are deleted by it.
            None if full => self.list.last_mut(),
            None => None,
        };
        match with {
            Some(PlacedGap { gap, .. }) => {
                gap.records = gap.records.saturating_add(placed.gap.records);
                gap.first = gap.first.min(placed.gap.first).or(placed.gap.first).or(gap.first);
                gap.last = gap.last.max(placed.gap.last);
            }
            None => self.list.push(placed),
        }
    }

    /// Forgets those that stand at or before an acknowledged record.
    pub(super) fn forget_told(&mut self, acknowledged: u64) {
        let before = self.list.len();
        self.list.retain(|placed| placed.before > acknowledged);
        self.unsaved |= self.list.len() != before;
    }

    /// Writes the file, durably.
    pub(super) fn save(&mut self) -> Result<(), SpoolError> {
        let text: String = self.list.iter().map(line).collect();
        write_durably(&self.path, text.as_bytes())?;
        self.unsaved = false;
        Ok(())
    }
}

fn line(placed: &PlacedGap) -> String {
    let gap = &placed.gap;
    let cause = CAUSES.iter().find(|row| row.0 == gap.cause).map_or("full", |row| row.1);
    let millis = |time: Option<Timestamp>| time.map_or(0, Timestamp::millis);
    let text =
        format!("{} {cause} {} {} {}", placed.before, gap.records, millis(gap.first), millis(gap.last));
    format!("{text} {:08x}\n", crc32fast::hash(text.as_bytes()))
}

fn parse_line(line: &str) -> Option<PlacedGap> {
    let (text, sum) = line.rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16).ok()? != crc32fast::hash(text.as_bytes()) {
        return None;
    }
    let mut words = text.split(' ');
    let before = words.next()?.parse().ok().filter(|before| *before <= NUMBER_MAX)?;
    let word = words.next()?;
    let cause = CAUSES.iter().find(|row| row.1 == word)?.0;
    let records = words.next()?.parse().ok()?;
    let mut time = || {
        let millis: i64 = words.next()?.parse().ok()?;
        Some((millis != 0).then_some(Timestamp::from_millis(millis)))
    };
    let (first, last) = (time()?, time()?);
    Some(PlacedGap { before, gap: Gap { cause, records, first, last } })
}
