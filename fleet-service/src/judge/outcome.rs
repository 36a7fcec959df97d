//! What a truck's fold puts out: drafts of hauls and violations, by id. What is said in the end: hauls and violations.

use domain::{Haul, HaulId, Violation, ViolationId};

use super::draft::HaulDraft;

/// Of one truck's fold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// A haul, before its permit is known.
    Haul(Box<HaulDraft>),
    /// A violation; the permit of the haul it names is filled in by settling.
    Violation(Violation),
}

/// Of all trucks together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Haul(Haul),
    Violation(Violation),
}

/// Hauls come before violations, so that who follows changes knows a trip before a violation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OutcomeKey {
    Haul(HaulId),
    Violation(ViolationId),
}

/// What changed in a truck's outcomes.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) before: Option<Outcome>,
    pub(super) now: Option<Outcome>,
}

impl Outcome {
    pub(super) fn key(&self) -> OutcomeKey {
        match self {
            Self::Haul(draft) => OutcomeKey::Haul(draft.begun.haul),
            Self::Violation(violation) => OutcomeKey::Violation(violation.id),
        }
    }
}

impl Verdict {
    pub(super) fn key(&self) -> OutcomeKey {
        match self {
            Self::Haul(haul) => OutcomeKey::Haul(haul.id),
            Self::Violation(violation) => OutcomeKey::Violation(violation.id),
        }
    }
}
