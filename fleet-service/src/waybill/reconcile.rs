//! Does what left match what arrived: a day per permit and per site.

use std::collections::BTreeMap;

use domain::{PermitNumber, SiteId};

use super::{Day, Exception, Ticket, TicketState};

/// Counts and volumes of a group of tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Loads that left a source.
    pub out: u64,
    /// Their volume, litres.
    pub out_l: u64,
    /// Loads a sink took.
    pub taken: u64,
    /// Their volume, litres.
    pub taken_l: u64,
    /// Loads under way or waiting in a sink.
    pub under_way: u64,
    /// Loads unloaded in a registered place that is no sink of the permit.
    pub diverted: u64,
    /// Loads that left and never arrived.
    pub unpaired_out: u64,
    /// Loads a sink refused.
    pub rejected: u64,
    /// Void tickets; they count in nothing else.
    pub void: u64,
    /// Tickets whose quantities differ.
    pub mismatched: u64,
}

impl Tally {
    /// Whether every load that left was taken.
    pub fn balances(&self) -> bool {
        self.out == self.taken && self.out_l == self.taken_l
    }

    fn add(&mut self, ticket: &Ticket) {
        match ticket.state {
            TicketState::Draft | TicketState::Loaded => return,
            TicketState::Void => {
                self.void += 1;
                return;
            }
            _ => {}
        }
        self.out += 1;
        self.out_l += ticket.volume_l();
        if ticket.is_taken() {
            self.taken += 1;
            self.taken_l += ticket.volume_l();
        }
        let has = |exception| ticket.exceptions.contains(&exception);
        self.diverted += u64::from(has(Exception::Diverted));
        self.unpaired_out += u64::from(has(Exception::UnpairedOut));
        self.mismatched += u64::from(has(Exception::QuantityMismatch));
        self.rejected += u64::from(ticket.state == TicketState::Rejected);
        let under_way = matches!(ticket.state, TicketState::InTransit | TicketState::Arrived);
        let settled = has(Exception::UnpairedOut) || has(Exception::Diverted);
        self.under_way += u64::from(under_way && !settled);
    }
}

/// A day's sums.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciliation {
    /// By permit; `None` is without one.
    pub permits: BTreeMap<Option<PermitNumber>, Tally>,
    /// By source; `None` is outside every site.
    pub sources: BTreeMap<Option<SiteId>, Tally>,
    /// By sink: what it took, litres and loads, and arrivals without a ticket.
    pub sinks: BTreeMap<SiteId, SinkTally>,
    /// Of all tickets.
    pub all: Tally,
}

/// What a sink took on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SinkTally {
    /// Loads taken.
    pub taken: u64,
    /// Their volume, litres.
    pub taken_l: u64,
    /// Loads that came, but were not meant for it.
    pub diverted: u64,
    /// Loads refused.
    pub rejected: u64,
    /// Arrivals without a ticket.
    pub unpaired_in: u64,
}

/// Sums a day.
pub fn reconcile(day: &Day) -> Reconciliation {
    let mut sums = Reconciliation::default();
    for ticket in &day.tickets {
        sums.all.add(ticket);
        sums.permits.entry(ticket.permit.clone()).or_default().add(ticket);
        sums.sources.entry(ticket.source.clone()).or_default().add(ticket);
        let Some(sink) = ticket.sink.as_ref().filter(|_| ticket.state != TicketState::Void) else { continue };
        let at = sums.sinks.entry(sink.clone()).or_default();
        if ticket.is_taken() {
            at.taken += 1;
            at.taken_l += ticket.volume_l();
        }
        at.diverted += u64::from(ticket.exceptions.contains(&Exception::Diverted));
        at.rejected += u64::from(ticket.state == TicketState::Rejected);
    }
    for arrival in &day.unpaired_in {
        sums.sinks.entry(arrival.sink.clone()).or_default().unpaired_in += 1;
    }
    sums
}
