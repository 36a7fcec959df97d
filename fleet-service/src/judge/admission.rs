//! Which reports take part, asked of a report in parts: whoever reads many million reports has no use for a whole
//! [`Report`](domain::Report) of each.

use domain::{Epc, Plate, ReaderId, Timestamp};

use super::batch::BatchJudge;
use super::counters::SetAside;
use super::{refused_at, truck_of_tag};

impl BatchJudge {
    /// Why a report of that time and receipt takes no part, if it takes none, whatever it says. As
    /// [`BatchJudge::plate_of`].
    pub fn refuses(
        &self,
        time: Timestamp,
        received: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Option<SetAside> {
        if until.is_some_and(|until| time > until) {
            return Some(SetAside::AfterUntil);
        }
        refused_at(time, received, &self.views)
    }

    /// The truck whose tag a fixed reader saw at a time, by the registers in force then.
    pub fn truck_of_tag(&self, time: Timestamp, reader: &ReaderId, epc: &Epc) -> Result<&Plate, SetAside> {
        truck_of_tag(time, reader, epc, &self.views)
    }
}
