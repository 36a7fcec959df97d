//! WB-01, load gone missing (装载去向不明).
//!
//! Contract: one violation per haul: "loaded for > 12 h, or loaded at a source again, without an unloading seen and without
//! a gap of ≥ 15 min in its positions since"; from the departure to the second departure, or the 12 h.
//!
//! Why: what was loaded was unloaded somewhere. A truck that comes back for the next load and was watched all the while
//! without being seen to unload got rid of it where it should not have, or its sensors are not in order.
//!
//! Example: a truck without load and lift sensors leaves source A after ten minutes, stands eight minutes on a field, and
//! leaves A again after another ten. One violation, departure to departure; the facts name the field, its time and its 480
//! seconds as the likely place of unloading, marked as inferred.
//!
//! Where positions are missing for 15 minutes the truck may have been in a sink: nobody is accused.

use domain::{Position, SiteId, Timestamp};
use serde_json::{Value, json};

use crate::judge::draft::Begun;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::stops::Stop;

/// A load that was not seen to be unloaded.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::judge) struct LoadMissing {
    /// The second departure, or the end of the 12 h.
    pub(in crate::judge) until: Timestamp,
    /// The source it was loaded at again.
    pub(in crate::judge) loaded_again_at: Option<SiteId>,
    /// For a truck without body sensors: its longest stop outside every site.
    pub(in crate::judge) likely: Option<Stop>,
}

impl LoadMissing {
    pub(in crate::judge) fn finding(&self, begun: &Begun) -> Finding {
        let why = if self.loaded_again_at.is_some() { "loaded_again" } else { "loaded_too_long" };
        let source = begun.source.as_ref().map_or(Value::Null, |site| site.id.as_str().into());
        let again = self.loaded_again_at.as_ref().map_or(Value::Null, |site| site.as_str().into());
        Finding {
            rule: "WB-01",
            carrier: begun.carrier.clone(),
            permit: None,
            trip: Some(begun.haul),
            start: begun.departed,
            end: self.until,
            position: begun.position,
            facts: facts([
                ("failed", why.into()),
                ("likely_unloading", self.likely.map_or(Value::Null, likely_unloading)),
                ("loaded_again_at", again),
                ("loaded_by", begun.loaded_by().into()),
                ("seconds", tenth(self.until.seconds_since(begun.departed))),
                ("source", source),
            ]),
        }
    }
}

fn likely_unloading(stop: Stop) -> Value {
    let at: Position = stop.position;
    json!({
        "inferred": true,
        "lat": at.lat(),
        "lon": at.lon(),
        "seconds": tenth(stop.seconds()),
        "time": stop.first.to_string(),
    })
}
