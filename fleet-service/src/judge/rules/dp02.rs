//! DP-02, wrong sink (未倾倒至核准的消纳场所).
//!
//! Contract: one violation per unloading: "unloaded in a sink that no leg of the permit from that source names, also when
//! UW-02 holds (no permit: not judged)"; from the start of the lift or of the stop to load empty, lift down.
//!
//! Why: each sink takes so much of each class of waste. What goes elsewhere, though to a lawful place, breaks the balance
//! the approval was given on.
//!
//! Example: the permit sends waste of source A to sinks S and U. A haul from A is tipped in sink T. One violation; the
//! facts name T and the sinks that would have been right.
//!
//! Without load and lift sensors a stay of two minutes in the sink says that it was unloaded there; `facts.grade` says so.

use domain::SiteId;

use crate::judge::draft::{Begun, Unloading};
use crate::judge::facts::Finding;
use crate::judge::permit_choice::Candidate;

use super::dp01::unloading_facts;

/// The finding on an unloading in `sink`.
pub(in crate::judge) fn finding(
    begun: &Begun,
    unloading: &Unloading,
    sink: &SiteId,
    permit: &Candidate,
) -> Finding {
    let named: Vec<&str> = permit.legs.iter().map(|(_, sink)| sink.as_str()).collect();
    let mut facts = unloading_facts(unloading);
    facts.insert("sink".to_owned(), sink.as_str().into());
    facts.insert("sinks_named".to_owned(), named.into());
    Finding {
        rule: "DP-02",
        carrier: begun.carrier.clone(),
        permit: None,
        trip: Some(begun.haul),
        start: unloading.began,
        end: unloading.end,
        position: unloading.position,
        facts,
    }
}
