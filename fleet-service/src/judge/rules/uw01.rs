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

use domain::{HaulId, PermitNumber, Position, SiteId, Timestamp, Uscc};
use serde_json::{Value, json};

use crate::judge::facts::{Finding, facts, tenth};

/// The finding on a haul that began without any permit in force for its source.
pub(in crate::judge) struct WithoutApproval<'a> {
    pub(in crate::judge) haul: HaulId,
    pub(in crate::judge) carrier: Option<&'a Uscc>,
    pub(in crate::judge) source: &'a SiteId,
    pub(in crate::judge) departed: Timestamp,
    pub(in crate::judge) position: Position,
    /// Permits that name the source, each with why it is not in force.
    pub(in crate::judge) not_in_force: &'a [(PermitNumber, &'static str)],
    /// Whether a load reading says the truck was loaded; otherwise its stay does.
    pub(in crate::judge) load_read: bool,
}

impl WithoutApproval<'_> {
    pub(in crate::judge) fn finding(&self, end: Timestamp) -> Finding {
        let failed = match (self.carrier, self.not_in_force) {
            (None, _) => "plate_not_registered",
            (Some(_), []) => "no_permit_names_source",
            (Some(_), _) => "no_permit_in_force",
        };
        let permits: Vec<Value> =
            self.not_in_force.iter().map(|(number, why)| json!({ "permit": number, "why": why })).collect();
        Finding {
            rule: "UW-01",
            carrier: self.carrier.cloned(),
            permit: None,
            trip: Some(self.haul),
            start: self.departed,
            end,
            position: self.position,
            facts: facts([
                ("failed", failed.into()),
                ("loaded_by", if self.load_read { "load_reading" } else { "stay_at_source" }.into()),
                ("permits_not_in_force", permits.into()),
                ("seconds", tenth(end.seconds_since(self.departed))),
                ("source", self.source.as_str().into()),
            ]),
        }
    }
}
