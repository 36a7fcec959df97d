//! DP-01, illegal dumping (随意倾倒).
//!
//! Contract: one violation per unloading "outside every site by more than 50 m (needs a lift or load reading; a truck
//! with neither shows as WB-01)"; from the start of the lift or of the stop to load empty, lift down.
//!
//! Why: this is what approval, route and sink exist to prevent. The 50 m keep a truck that tips at the edge of a site
//! whose outline was drawn roughly from being accused.
//!
//! Example: 1.2 km from the nearest site the body is raised for 90 s and the load turns from full to empty. One violation
//! from the first raised reading to the one that tells the body is down.
//!
//! An unloading counts whether or not a haul was seen to begin: a truck first met loaded on the road may dump too. Where
//! the load turned in a hole in which the truck moved on, the place is unknown and nobody is accused.

use domain::{HaulId, PermitNumber, Position, SiteId, Timestamp, Uscc};
use serde_json::Value;

use crate::judge::facts::{Finding, facts, tenth};

/// How far around a dumping the facts look for the nearest site, in metres.
pub(in crate::judge) const NEAREST_SITE_RADIUS_M: f64 = 5_000.0;

/// An unloading outside every site.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Dumping {
    pub(in crate::judge) carrier: Option<Uscc>,
    pub(in crate::judge) permit: Option<PermitNumber>,
    pub(in crate::judge) trip: Option<HaulId>,
    pub(in crate::judge) start: Timestamp,
    pub(in crate::judge) position: Position,
    /// Load empty, lift down, whichever was later so far.
    pub(in crate::judge) end: Timestamp,
    /// When the body was first raised, if it was.
    pub(in crate::judge) raised: Option<Timestamp>,
    /// Whether the load was read empty; otherwise the lift alone tells.
    pub(in crate::judge) read_empty: bool,
    pub(in crate::judge) nearest_site: Option<(SiteId, f64)>,
}

impl Dumping {
    pub(in crate::judge) fn finding(self) -> Finding {
        let (site, distance_m) = match &self.nearest_site {
            Some((site, distance_m)) => (Value::from(site.as_str()), tenth(*distance_m)),
            None => (Value::Null, Value::Null),
        };
        let lifted_s = self.raised.map_or(Value::Null, |raised| tenth(self.end.seconds_since(raised)));
        Finding {
            rule: "DP-01",
            carrier: self.carrier,
            permit: self.permit,
            trip: self.trip,
            start: self.start,
            end: self.end,
            position: self.position,
            facts: facts([
                ("lifted_s", lifted_s),
                ("load_after", if self.read_empty { "empty" } else { "unknown" }.into()),
                ("nearest_site", site),
                ("nearest_site_m", distance_m),
                ("seconds", tenth(self.end.seconds_since(self.start))),
            ]),
        }
    }
}
