//! Net changes of the verdicts.

use std::collections::BTreeMap;

use domain::{Haul, HaulId, Violation, ViolationId};

use super::outcome::{OutcomeKey, Verdict};

/// A net change of the verdicts since the last drain.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A violation that was not there.
    Opened(Violation),
    /// A violation that was there with other facts.
    Amended(Violation),
    /// A violation that later reports disprove.
    Withdrawn(ViolationId),
    /// A haul that is new or stands differently.
    Haul(Haul),
    /// A haul that later reports disprove.
    HaulWithdrawn(HaulId),
}

/// What to tell someone who knows `before` so that they know `now`: what is gone first, then hauls, then violations.
pub(super) fn difference(
    mut before: BTreeMap<OutcomeKey, Verdict>,
    now: BTreeMap<OutcomeKey, Verdict>,
    out: &mut impl Extend<Change>,
) {
    let mut standing = Vec::new();
    for (key, verdict) in now {
        let known = before.remove(&key);
        if known.as_ref() == Some(&verdict) {
            continue;
        }
        standing.push(match verdict {
            Verdict::Haul(haul) => Change::Haul(haul),
            Verdict::Violation(violation) if known.is_none() => Change::Opened(violation),
            Verdict::Violation(violation) => Change::Amended(violation),
        });
    }
    out.extend(before.into_keys().map(|key| match key {
        OutcomeKey::Haul(id) => Change::HaulWithdrawn(id),
        OutcomeKey::Violation(id) => Change::Withdrawn(id),
    }));
    out.extend(standing);
}
