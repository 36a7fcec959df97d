//! What a verdict rests on: which of a truck's body sensors were read.

use domain::{Lift, Load};
use serde_json::Value;

/// Which body sensors said anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Readings {
    pub(super) load: bool,
    pub(super) lift: bool,
}

/// How well a verdict is founded, as `facts.grade` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// Load and lift were read.
    Sensor,
    /// One of them was.
    Partial,
    /// Neither: positions alone tell.
    PositionOnly,
}

impl Readings {
    /// Notes what a report says.
    pub(super) fn note(&mut self, load: Load, lift: Lift) {
        self.load |= load != Load::Unknown;
        self.lift |= lift != Lift::Unknown;
    }

    pub(super) fn grade(self) -> Grade {
        match (self.load, self.lift) {
            (true, true) => Grade::Sensor,
            (false, false) => Grade::PositionOnly,
            _ => Grade::Partial,
        }
    }
}

impl Grade {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sensor => "sensor",
            Self::Partial => "partial",
            Self::PositionOnly => "position_only",
        }
    }
}

impl From<Grade> for Value {
    fn from(grade: Grade) -> Self {
        Self::from(grade.word())
    }
}
