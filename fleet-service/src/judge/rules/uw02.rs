//! UW-02, beyond the approval (超出核准范围运输).
//!
//! Contract: one violation per haul: "such a permit exists" (one that names the source and is in force at departure), "but
//! the truck is not on it, or `used_m3` plus the volume of earlier hauls judged by it (departed earlier, violating or not;
//! rated load ÷ 1.6 t/m³ each) has reached `volume_m3`. `facts.failed` lists each term that failed"; from the departure to
//! the end of the haul.
//!
//! Why: a permit names its trucks so that each can be watched, and its volume so that the sink can take it. A company with
//! a permit for the source is not without approval, but this haul is beyond it.
//!
//! Example: 100 m³ approved, 80 used before; two trucks of 16 t haul 10 m³ each in the morning. The third haul departs when
//! 100 m³ are reached: `volume_used_up`, with the three numbers. A truck not on the permit fails `truck_not_on_permit`; a
//! haul may fail both.
//!
//! Hauls that depart in the same millisecond do not count against each other: neither departed earlier.

use domain::SiteId;
use domain::Timestamp;
use domain::truck::WASTE_KG_PER_M3;
use serde_json::Value;

use crate::judge::draft::Begun;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::permit_choice::{Candidate, FailedTerm};

/// The finding on a haul judged by a permit of which terms fail. `hauled_kg` were hauled by it in the stretch judged
/// before; `None` when that is not known any more.
pub(in crate::judge) fn finding(
    begun: &Begun,
    source: &SiteId,
    permit: &Candidate,
    failed: &[FailedTerm],
    hauled_kg: Option<u64>,
    end: Timestamp,
) -> Finding {
    let m3 = |litres: u64| tenth(litres as f64 / 1000.0);
    let of_kg = |kg: u64| tenth(kg as f64 / f64::from(WASTE_KG_PER_M3));
    let failed: Vec<Value> = failed.iter().map(|term| term.word().into()).collect();
    Finding {
        rule: "UW-02",
        carrier: begun.carrier.clone(),
        permit: None,
        trip: Some(begun.haul),
        start: begun.departed,
        end,
        position: begun.position,
        facts: facts([
            ("approved_m3", m3(permit.approved_l)),
            ("failed", failed.into()),
            ("hauled_m3", hauled_kg.map_or(Value::Null, of_kg)),
            ("load_m3", of_kg(begun.load_kg)),
            ("loaded_by", begun.loaded_by().into()),
            ("seconds", tenth(end.seconds_since(begun.departed))),
            ("source", source.as_str().into()),
            ("used_before_m3", m3(permit.used_before_l)),
        ]),
    }
}
