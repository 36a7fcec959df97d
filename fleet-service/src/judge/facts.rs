//! Facts of a violation, written so that the same reports always give the same text.

use std::collections::BTreeMap;

use domain::violation::Violation;
use domain::{HaulId, PermitNumber, Plate, Position, RuleCode, Timestamp, Uscc, ViolationId};
use serde_json::Value;

/// Members in alphabetical order.
pub(super) type Facts = BTreeMap<String, Value>;

/// A measured number to one decimal: finer digits say nothing a reader could use.
pub(super) fn tenth(value: f64) -> Value {
    Value::from((value * 10.0).round() / 10.0)
}

/// Facts from their members.
pub(super) fn facts<const N: usize>(members: [(&str, Value); N]) -> Facts {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a verdict rests on besides positions: the judgement is as sure as the sensors that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// Load and lift were read.
    Sensor,
    /// One of them was.
    Partial,
    /// Neither was.
    PositionOnly,
}

impl Grade {
    pub(super) fn of(load_read: bool, lift_read: bool) -> Self {
        match (load_read, lift_read) {
            (true, true) => Self::Sensor,
            (false, false) => Self::PositionOnly,
            _ => Self::Partial,
        }
    }

    /// The value of `facts.grade`.
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
        grade.word().into()
    }
}

/// A violation before it has an id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) rule: &'static str,
    pub(super) carrier: Option<Uscc>,
    pub(super) permit: Option<PermitNumber>,
    pub(super) trip: Option<HaulId>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) position: Position,
    pub(super) facts: Facts,
}

impl Finding {
    /// The violation. Its id is of the rule, the truck, the start and the no-go zone; `end` and facts may still grow.
    pub(super) fn into_violation(self, plate: &Plate) -> Option<Violation> {
        let rule: RuleCode = self.rule.parse().ok()?;
        let start = self.start.millis().to_be_bytes();
        let of_all: [&[u8]; 3] = [rule.as_str().as_bytes(), plate.as_str().as_bytes(), &start];
        let id = match self.facts.get("zone").and_then(Value::as_str) {
            // Zones may overlap, and a truck enters them with the same fix.
            Some(zone) if self.rule == "RT-03" => {
                let [code, plate, start] = of_all;
                ViolationId::of_facts(&[code, plate, start, zone.as_bytes()])
            }
            _ => ViolationId::of_facts(&of_all),
        };
        Some(Violation {
            id,
            rule,
            plate: plate.clone(),
            carrier_uscc: self.carrier,
            permit: self.permit,
            trip: self.trip,
            start: self.start,
            end: self.end,
            position: self.position,
            facts: self.facts,
        })
    }
}
