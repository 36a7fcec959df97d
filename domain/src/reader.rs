//! RFID readers fixed at sites, and beacon tags the truck's own reader sees there.

use crate::epc::Epc;
use crate::position::Position;
use crate::signal::words;
use crate::site::SiteId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

crate::text::register_key!(
    /// A reader's key.
    ReaderId, "reader id"
);

words!(
    /// What passing a reader or beacon means.
    ReaderRole, "reader role", "gate_in, gate_out, wash", {
        /// Entry.
        GateIn = "gate_in",
        /// Exit.
        GateOut = "gate_out",
        /// Wash bay (冲洗).
        Wash = "wash",
    }
);

/// One row of `readers.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The key.
    pub id: ReaderId,
    /// Where it stands.
    pub site: SiteId,
    /// What it watches.
    pub role: ReaderRole,
    /// Its place.
    pub position: Position,
}

/// One row of `beacons.csv`: proves a passage as a fixed reader does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beacon {
    /// The tag, the key.
    pub epc: Epc,
    /// Where it hangs.
    pub site: SiteId,
    /// What it marks.
    pub role: ReaderRole,
    /// Its place.
    pub position: Position,
}
