//! One ticket: a haul with its proofs at both ends, and what follows from them.

use std::collections::BTreeSet;

use domain::{Haul, HaulState, PermitNumber, Plate, SiteId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Act, ActKind, KG_PER_M3, Mark, NEAR_S, OVERDUE_S, Passage, QUANTITY_GAP_PERCENT};

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Opened by the source; the truck has not left.
    Draft,
    /// The truck passed the source's exit or weighbridge and is not out yet.
    Loaded,
    /// Under way.
    InTransit,
    /// In a sink.
    Arrived,
    /// Taken by the sink; the quantities do not tally yet.
    Accepted,
    /// Refused by the sink.
    Rejected,
    /// Taken, and the quantities tally.
    Closed,
    /// Declared void.
    Void,
}

impl TicketState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Loaded,
        Self::InTransit,
        Self::Arrived,
        Self::Accepted,
        Self::Rejected,
        Self::Closed,
        Self::Void,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Loaded => "loaded",
            Self::InTransit => "in_transit",
            Self::Arrived => "arrived",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
            Self::Void => "void",
        }
    }
}

/// What is out of order with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// Under way for longer than [`OVERDUE_S`].
    Overdue,
    /// Unloaded in a registered place that is no sink of the permit.
    Diverted,
    /// It left and no arrival was seen: unloaded outside every site, or gone.
    UnpairedOut,
    /// Weighed and declared quantity differ by more than [`QUANTITY_GAP_PERCENT`].
    QuantityMismatch,
}

impl Exception {
    /// Every exception.
    pub const ALL: [Self; 4] = [Self::Overdue, Self::Diverted, Self::UnpairedOut, Self::QuantityMismatch];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Diverted => "diverted",
            Self::UnpairedOut => "unpaired_out",
            Self::QuantityMismatch => "quantity_mismatch",
        }
    }
}

/// What proves that the sink took the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedBy {
    /// Someone at the sink said so.
    Operator,
    /// It was weighed there full and empty.
    Weighbridge,
    /// The truck's own load or lift readings, or its stay.
    Unloading,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// The haul's id, or the draft's while there is no haul.
    pub number: String,
    /// The truck.
    pub plate: Plate,
    /// Where the load comes from.
    pub source: Option<SiteId>,
    /// The permit it is judged by.
    pub permit: Option<PermitNumber>,
    /// The haul, once the truck left.
    pub haul: Option<Haul>,
    /// When a source opened a draft of it.
    pub drafted: Option<Timestamp>,
    /// Exit gate of the source.
    pub source_gate: Option<(Timestamp, Timestamp)>,
    /// Wash bay of the source.
    pub washed: Option<(Timestamp, Timestamp)>,
    /// Where the load went.
    pub sink: Option<SiteId>,
    /// Entry gate of the sink.
    pub sink_gate: Option<(Timestamp, Timestamp)>,
    /// Gross mass with the load, kilograms.
    pub loaded_kg: Option<u32>,
    /// Gross mass without it, kilograms.
    pub empty_kg: Option<u32>,
    /// Volume declared: the truck's rated load, litres.
    pub declared_l: Option<u64>,
    /// Volume weighed, litres.
    pub weighed_l: Option<u64>,
    /// What proves that it was taken.
    pub accepted_by: Option<AcceptedBy>,
    /// Where it stands.
    pub state: TicketState,
    /// What is out of order.
    pub exceptions: BTreeSet<Exception>,
    /// What people did, in order.
    pub acts: Vec<Act>,
}

impl Ticket {
    /// The volume that counts: weighed where it was, else declared.
    pub fn volume_l(&self) -> u64 {
        self.weighed_l.or(self.declared_l).unwrap_or(0)
    }

    /// When it belongs to a day: its departure, else its draft.
    pub fn begins(&self) -> Option<Timestamp> {
        self.haul.as_ref().map(|haul| haul.departed).or(self.drafted)
    }

    /// Whether the load is held to have arrived where it may.
    pub fn is_taken(&self) -> bool {
        matches!(self.state, TicketState::Accepted | TicketState::Closed)
    }
}

/// A haul's ticket. `passages` are its truck's, in order of time; `declared_l` is the truck's rated volume.
pub(super) fn of_haul(
    haul: &Haul,
    passages: &[Passage],
    declared_l: Option<u64>,
    drafted: Option<Timestamp>,
    acts: Vec<Act>,
    now: Timestamp,
) -> Ticket {
    let left = |p: &&Passage| {
        haul.source.as_ref() == Some(&p.site) && p.last.millis_since(haul.departed).abs() <= NEAR_S * 1000
    };
    let source_gate = passages.iter().filter(left).rfind(|p| p.mark == Mark::GateOut).map(span);
    let washed = passages.iter().filter(left).rfind(|p| p.mark == Mark::Wash).map(span);
    let until = haul.unloaded.unwrap_or(now).plus_seconds(NEAR_S);
    let came = |p: &&Passage| haul.departed <= p.last && p.first <= until;
    let gate = passages
        .iter()
        .filter(came)
        .filter(|p| p.mark == Mark::GateIn && haul.source.as_ref() != Some(&p.site))
        .rfind(|p| haul.sink.as_ref().is_none_or(|sink| *sink == p.site));
    let masses = Masses::of(haul, passages);
    let weighed_l = masses.net_kg().map(|kg| u64::from(kg) * 1_000 / KG_PER_M3);
    let mut ticket = Ticket {
        number: haul.id.to_string(),
        plate: haul.plate.clone(),
        source: haul.source.clone(),
        permit: haul.permit.clone(),
        haul: Some(haul.clone()),
        drafted,
        source_gate,
        washed,
        sink: haul.sink.clone(),
        sink_gate: gate.map(span),
        loaded_kg: masses.loaded_kg,
        empty_kg: masses.empty_kg,
        declared_l,
        weighed_l,
        accepted_by: None,
        state: TicketState::InTransit,
        exceptions: BTreeSet::new(),
        acts,
    };
    ticket.judge(haul, gate.is_some(), &masses, now);
    ticket
}

/// The ticket of a draft whose truck has not left.
pub(super) fn of_draft(
    number: String,
    draft: (&Plate, &SiteId, Timestamp),
    declared_l: Option<u64>,
    passages: &[Passage],
    acts: Vec<Act>,
) -> Ticket {
    let (plate, source, at) = draft;
    let after = |p: &&Passage| p.site == *source && at <= p.last;
    let gate = passages.iter().filter(after).find(|p| p.mark == Mark::GateOut);
    let weighed = passages.iter().filter(after).find_map(|p| p.mark.gross_kg());
    let state = if acts.iter().any(|act| act.kind == ActKind::Void) {
        TicketState::Void
    } else if gate.is_some() || weighed.is_some() {
        TicketState::Loaded
    } else {
        TicketState::Draft
    };
    Ticket {
        number,
        plate: plate.clone(),
        source: Some(source.clone()),
        permit: None,
        haul: None,
        drafted: Some(at),
        source_gate: gate.map(span),
        washed: passages.iter().filter(after).find(|p| p.mark == Mark::Wash).map(span),
        sink: None,
        sink_gate: None,
        loaded_kg: weighed,
        empty_kg: None,
        declared_l,
        weighed_l: None,
        accepted_by: None,
        state,
        exceptions: BTreeSet::new(),
        acts,
    }
}

impl Ticket {
    fn judge(&mut self, haul: &Haul, gate_seen: bool, masses: &Masses, now: Timestamp) {
        let did = |kind| self.acts.iter().any(|act| act.kind == kind);
        let (voided, refused, taken) = (did(ActKind::Void), did(ActKind::Reject), did(ActKind::Accept));
        let arrived = match haul.state {
            HaulState::Delivered | HaulState::Diverted => true,
            HaulState::Open => gate_seen,
            HaulState::Dumped | HaulState::Lost => false,
        };
        let is_open = haul.state == HaulState::Open;
        if is_open && now.millis_since(haul.departed) > OVERDUE_S * 1000 {
            self.exceptions.insert(Exception::Overdue);
        }
        if haul.state == HaulState::Diverted {
            self.exceptions.insert(Exception::Diverted);
        }
        if !arrived && !is_open {
            self.exceptions.insert(Exception::UnpairedOut);
        }
        let tallies = self.quantities_tally();
        if !tallies {
            self.exceptions.insert(Exception::QuantityMismatch);
        }
        self.accepted_by = if taken {
            Some(AcceptedBy::Operator)
        } else if haul.state != HaulState::Delivered {
            None
        } else if masses.net_kg().is_some() {
            Some(AcceptedBy::Weighbridge)
        } else {
            Some(AcceptedBy::Unloading)
        };
        self.state = if voided {
            TicketState::Void
        } else if refused {
            TicketState::Rejected
        } else if self.accepted_by.is_some() {
            // An operator who takes a load whose quantities differ has seen both.
            if tallies || taken { TicketState::Closed } else { TicketState::Accepted }
        } else if arrived {
            TicketState::Arrived
        } else {
            TicketState::InTransit
        };
    }

    fn quantities_tally(&self) -> bool {
        let (Some(weighed), Some(declared)) = (self.weighed_l, self.declared_l) else {
            return true;
        };
        weighed.abs_diff(declared) * 100 <= declared * QUANTITY_GAP_PERCENT
    }
}

fn span(passage: &Passage) -> (Timestamp, Timestamp) {
    (passage.first, passage.last)
}

/// What weighbridges read of a haul.
struct Masses {
    loaded_kg: Option<u32>,
    empty_kg: Option<u32>,
}

impl Masses {
    /// Loaded: the last weighing at the source near the departure, or at the sink up to the unloading. Empty: the first at
    /// the sink after it.
    fn of(haul: &Haul, passages: &[Passage]) -> Self {
        let from = haul.departed.plus_seconds(-NEAR_S);
        let weighed = |p: &Passage| Some((p.mark.gross_kg()?, p.first, p.site.clone()));
        let all: Vec<_> = passages.iter().filter_map(weighed).filter(|w| from <= w.1).collect();
        let Some(unloaded) = haul.unloaded else {
            let at_source = |w: &&(u32, Timestamp, SiteId)| haul.source.as_ref() == Some(&w.2);
            return Self { loaded_kg: all.iter().find(at_source).map(|w| w.0), empty_kg: None };
        };
        let of_haul = |w: &&(u32, Timestamp, SiteId)| {
            haul.source.as_ref() == Some(&w.2) || haul.sink.as_ref() == Some(&w.2)
        };
        let loaded = all.iter().filter(of_haul).rfind(|w| w.1 <= unloaded);
        let at_sink = |w: &&(u32, Timestamp, SiteId)| {
            haul.sink.as_ref() == Some(&w.2) && unloaded < w.1 && w.1.millis_since(unloaded) <= NEAR_S * 1000
        };
        Self { loaded_kg: loaded.map(|w| w.0), empty_kg: all.iter().find(at_sink).map(|w| w.0) }
    }

    fn net_kg(&self) -> Option<u32> {
        self.loaded_kg?.checked_sub(self.empty_kg?)
    }
}

impl Mark {
    /// The gross mass, of a weighbridge.
    pub(super) fn gross_kg(self) -> Option<u32> {
        match self {
            Self::Weighbridge { gross_kg } => Some(gross_kg),
            _ => None,
        }
    }
}
