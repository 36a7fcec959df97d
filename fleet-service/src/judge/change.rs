//! Net changes of the verdicts.

use std::collections::BTreeMap;

use domain::{Haul, HaulId, Violation, ViolationId};

use super::outcome::{Outcome, OutcomeKey};

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
    before: &BTreeMap<OutcomeKey, Outcome>,
    now: &BTreeMap<OutcomeKey, Outcome>,
    out: &mut Vec<Change>,
) {
    for key in before.keys().filter(|key| !now.contains_key(key)) {
        out.push(match key {
            OutcomeKey::Haul(id) => Change::HaulWithdrawn(*id),
            OutcomeKey::Violation(id) => Change::Withdrawn(*id),
        });
    }
    for (key, outcome) in now {
        let known = before.get(key);
        if known == Some(outcome) {
            continue;
        }
        out.push(match outcome {
            Outcome::Haul(haul) => Change::Haul(haul.clone()),
            Outcome::Violation(violation) if known.is_none() => Change::Opened(violation.clone()),
            Outcome::Violation(violation) => Change::Amended(violation.clone()),
        });
    }
}
