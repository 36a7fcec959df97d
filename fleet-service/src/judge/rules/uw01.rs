//! UW-01, haulage without approval (未经核准擅自运输).
//!
//! Contract: one violation per haul "from a source site, and the truck's carrier has no permit at all that names that
//! source and is `valid` in status and date at departure"; from the departure to the end of the haul.
//!
//! Why: waste that leaves a source no permit covers has no approved sink, way or volume; everything else about the haul
//! is beside the point. A plate that no register knows has no carrier and so no permit.
//!
//! Example: a company's permit for 工地 A ended on the 22nd; its truck leaves A loaded on the 23rd. The facts name the
//! permit and say `expired`.
//!
//! While the haul is open the violation ends with the truck's newest report.

use domain::{SiteId, Timestamp};
use serde_json::{Value, json};

use crate::judge::draft::Begun;
use crate::judge::facts::{Finding, facts, tenth};

/// The finding on a haul from a source that no permit in force names.
pub(in crate::judge) fn finding(begun: &Begun, source: &SiteId, end: Timestamp) -> Finding {
    let failed = match (&begun.carrier, begun.not_in_force.as_slice()) {
        (None, _) => "plate_not_registered",
        (Some(_), []) => "no_permit_names_source",
        (Some(_), _) => "no_permit_in_force",
    };
    let permits: Vec<Value> =
        begun.not_in_force.iter().map(|(number, why)| json!({ "permit": number, "why": why })).collect();
    Finding {
        rule: "UW-01",
        carrier: begun.carrier.clone(),
        permit: None,
        trip: Some(begun.haul),
        start: begun.departed,
        end,
        position: begun.position,
        facts: facts([
            ("failed", failed.into()),
            ("loaded_by", begun.loaded_by().into()),
            ("permits_not_in_force", permits.into()),
            ("seconds", tenth(end.seconds_since(begun.departed))),
            ("source", source.as_str().into()),
        ]),
    }
}
