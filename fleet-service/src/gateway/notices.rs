//! What locations say of the truck's own reports: gaps (0xE6) and tags that may be copies (0xE5). Kept as told; no report
//! is made of them.

use domain::{Plate, TerminalId, Timestamp};
use wire::{Extra, Gap, GapCause, Location, TagConflict, TagConflictKind};

use crate::store::{NoticeCause, TagCodes, TruckNotice};

/// The notices of a message, in the order sent.
pub(super) fn notices_of(
    locations: &[Location],
    terminal: &TerminalId,
    plate: &Plate,
    received: Timestamp,
) -> Vec<TruckNotice> {
    let mut notices = Vec::new();
    for location in locations {
        let told = |cause| TruckNotice {
            terminal: terminal.clone(),
            plate: plate.clone(),
            cause,
            first: None,
            last: None,
            before: location.time.timestamp(),
            count: 1,
            tag: None,
            received,
        };
        notices.extend(location.extras.iter().filter_map(|extra| match extra {
            // No record lost is no gap.
            Extra::Gap(Gap { records: 0, .. }) => None,
            Extra::Gap(gap) => Some(TruckNotice {
                first: gap.first,
                last: gap.last,
                count: gap.records,
                ..told(gap_cause(gap.cause))
            }),
            Extra::TagConflict(TagConflict { kind, time, tid, epc }) => Some(TruckNotice {
                first: Some(*time),
                last: Some(*time),
                tag: Some(TagCodes { tid: tid.clone(), epc: epc.clone() }),
                ..told(conflict_cause(*kind))
            }),
            _ => None,
        }));
    }
    notices
}

fn gap_cause(cause: GapCause) -> NoticeCause {
    match cause {
        GapCause::Full => NoticeCause::Full,
        GapCause::Old => NoticeCause::Old,
        GapCause::Damaged => NoticeCause::Damaged,
        GapCause::Unwritten => NoticeCause::Unwritten,
    }
}

fn conflict_cause(kind: TagConflictKind) -> NoticeCause {
    match kind {
        TagConflictKind::OtherThanPinned => NoticeCause::OtherThanPinned,
        TagConflictKind::OtherTidSeen => NoticeCause::OtherTidSeen,
        TagConflictKind::OtherEpcSeen => NoticeCause::OtherEpcSeen,
    }
}
