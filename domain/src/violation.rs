//! What the judge finds: facts under a rule code, never a decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{HaulId, ViolationId};
use crate::permit::PermitNumber;
use crate::plate::Plate;
use crate::position::Position;
use crate::rule::RuleCode;
use crate::time::Timestamp;
use crate::uscc::Uscc;

/// One line of `violations.jsonl`, without its spelling: a rule that did not hold, when, where and by which readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// Deterministic: the same facts give the same id.
    pub id: ViolationId,
    /// The rule.
    pub rule: RuleCode,
    /// The truck.
    pub plate: Plate,
    /// Its company, if the truck is registered.
    pub carrier_uscc: Option<Uscc>,
    /// The permit judged by.
    pub permit: Option<PermitNumber>,
    /// The haul it belongs to.
    pub trip: Option<HaulId>,
    /// First moment.
    pub start: Timestamp,
    /// Last moment; for a haul still open, the newest report.
    pub end: Timestamp,
    /// Where it began.
    pub position: Position,
    /// What failed, how far, how long, by which readings; members in alphabetical order.
    pub facts: BTreeMap<String, serde_json::Value>,
}

/// The order of `violations.jsonl`: start, plate, rule, then id.
pub fn in_contract_order(a: &Violation, b: &Violation) -> std::cmp::Ordering {
    (a.start, &a.plate, &a.rule, a.id).cmp(&(b.start, &b.plate, &b.rule, b.id))
}
