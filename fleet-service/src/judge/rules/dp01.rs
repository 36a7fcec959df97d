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

use domain::{HaulId, Uscc};
use serde_json::Value;

use crate::judge::draft::Unloading;
use crate::judge::facts::{Facts, Finding, facts, tenth};

/// How far around a dumping the facts look for the nearest site, in metres.
pub(in crate::judge) const NEAREST_SITE_RADIUS_M: f64 = 5_000.0;

/// The finding on an unloading outside every site, of a haul seen or not.
pub(in crate::judge) fn finding(
    unloading: &Unloading,
    carrier: Option<&Uscc>,
    trip: Option<HaulId>,
) -> Finding {
    let (site, distance_m) = match &unloading.nearest_site {
        Some((site, distance_m)) => (Value::from(site.as_str()), tenth(*distance_m)),
        None => (Value::Null, Value::Null),
    };
    let mut facts = unloading_facts(unloading);
    facts.insert("nearest_site".to_owned(), site);
    facts.insert("nearest_site_m".to_owned(), distance_m);
    Finding {
        rule: "DP-01",
        carrier: carrier.cloned(),
        permit: None,
        trip,
        start: unloading.began,
        end: unloading.end,
        position: unloading.position,
        facts,
    }
}

/// What tells of an unloading: DP-01 and DP-02 say it alike.
pub(in crate::judge) fn unloading_facts(unloading: &Unloading) -> Facts {
    let lifted_s = unloading.raised.map_or(Value::Null, |raised| tenth(unloading.end.seconds_since(raised)));
    facts([
        ("lifted_s", lifted_s),
        ("load_after", if unloading.read_empty { "empty" } else { "unknown" }.into()),
        ("seconds", tenth(unloading.end.seconds_since(unloading.began))),
    ])
}
