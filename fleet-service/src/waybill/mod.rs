//! Electronic waybills (电子联单): one ticket a haul, its proofs at both ends, and whether what left arrived.
//!
//! A ticket opens itself when a truck leaves a source loaded; a site may open a draft before. Nothing here reads a clock
//! or a database: hauls, passages of gates, weighings, what people did and the present moment in, tickets, sums and what
//! does not pair out. The same input gives the same tickets, so a haul that later reports disprove takes its ticket along.

mod act;
mod balance;
mod day;
mod passage;
mod reconcile;
mod ticket;

#[cfg(test)]
mod tests;

pub use act::{Act, ActKind, NotAllowed, allow};
pub use balance::{AreaBalance, Flow, SinkRoom, areas, sinks};
pub use day::{Day, Record, UnpairedIn, of_day};
pub use passage::{Mark, Passage, SiteReading, passages, reading_of};
pub use reconcile::{Reconciliation, SinkTally, Tally, reconcile};
pub use ticket::{AcceptedBy, Exception, Ticket, TicketState};

/// A haul under way for longer than this is overdue, seconds.
pub const OVERDUE_S: i64 = 4 * 3600;
/// A gate or weighbridge passed this long before a departure or after an unloading still belongs to it, seconds.
pub const NEAR_S: i64 = 30 * 60;
/// A draft waits this long for its truck to leave loaded, seconds.
pub const DRAFT_S: i64 = 12 * 3600;
/// Weighed and declared quantity may differ by this share of the declared, in percent.
pub const QUANTITY_GAP_PERCENT: u64 = 15;
/// Density by which mass becomes volume, kilograms a cubic metre (the contract's 1.6 t/m³).
pub const KG_PER_M3: u64 = 1_600;
