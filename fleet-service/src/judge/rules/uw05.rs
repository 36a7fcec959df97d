//! UW-05, load from an unregistered place (从未登记场所装运).
//!
//! Contract: one violation per haul: "the haul began outside every site"; from loaded to the end of the haul.
//!
//! Why: a load taken on where no source is registered comes from a pit nobody approved, or was dumped there before.
//!
//! Example: on a field 800 m from the nearest site the load turns from empty to full and stays so. One violation from the
//! first full reading. A sensor that flickers to full once and back begins no haul.
//!
//! The load must be read: a truck without a load sensor is never said to have loaded on the road. A load that turns within
//! a position's uncertainty of a source's border was taken on in that source.

use domain::Timestamp;
use serde_json::Value;

use crate::judge::draft::{Begun, HaulDraft};
use crate::judge::facts::{Finding, facts, tenth};

/// The finding on a haul without a source.
pub(in crate::judge) fn finding(begun: &Begun, draft: &HaulDraft, end: Timestamp) -> Finding {
    let (site, distance_m) = match &begun.nearest_site {
        Some((site, distance_m)) => (Value::from(site.as_str()), tenth(*distance_m)),
        None => (Value::Null, Value::Null),
    };
    Finding {
        rule: "UW-05",
        carrier: begun.carrier.clone(),
        permit: None,
        trip: Some(begun.haul),
        start: begun.departed,
        end,
        position: begun.position,
        facts: facts([
            ("distance_km", tenth(draft.distance_m / 1000.0)),
            ("nearest_site", site),
            ("nearest_site_m", distance_m),
            ("seconds", tenth(end.seconds_since(begun.departed))),
        ]),
    }
}
