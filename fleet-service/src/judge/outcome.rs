//! What a truck's fold puts out: hauls and violations, by id.

use domain::{Haul, HaulId, Violation, ViolationId};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Haul(Haul),
    Violation(Violation),
}

/// Hauls come before violations, so that who follows changes knows a trip before a violation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OutcomeKey {
    Haul(HaulId),
    Violation(ViolationId),
}

impl Outcome {
    pub(super) fn key(&self) -> OutcomeKey {
        match self {
            Self::Haul(haul) => OutcomeKey::Haul(haul.id),
            Self::Violation(violation) => OutcomeKey::Violation(violation.id),
        }
    }
}
