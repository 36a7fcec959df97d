//! Tickets, sums and balances as people and programs get them. Volumes are cubic metres to the litre.

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::waybill::{
    Act, AreaBalance, Exception, Reconciliation, SinkRoom, SinkTally, Tally, Ticket, UnpairedIn,
};

/// A time at a gate or wash bay.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StayView {
    /// First reading.
    pub from: String,
    /// Last reading.
    pub to: String,
}

/// What someone did to a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActView {
    /// `draft`, `accept`, `reject` or `void`.
    pub what: &'static str,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TicketView {
    /// Its number: the haul's id, or a draft's own.
    pub number: String,
    /// The truck.
    pub plate: String,
    /// `draft`, `loaded`, `in_transit`, `arrived`, `accepted`, `rejected`, `closed` or `void`.
    pub state: &'static str,
    /// `overdue`, `diverted`, `unpaired_out`, `quantity_mismatch`.
    pub exceptions: Vec<&'static str>,
    /// The source, if it left one.
    pub source: Option<String>,
    /// The sink or other place it was unloaded in.
    pub sink: Option<String>,
    /// The permit it is judged by.
    pub permit: Option<String>,
    /// When a source opened a draft of it.
    pub drafted: Option<String>,
    /// When the truck left loaded.
    pub departed: Option<String>,
    /// When it was unloaded.
    pub unloaded: Option<String>,
    /// How the judge sees the haul: `open`, `delivered`, `diverted`, `dumped`, `lost`.
    pub haul: Option<&'static str>,
    /// Passage of the source's exit gate.
    pub source_gate: Option<StayView>,
    /// Stay in the source's wash bay.
    pub washed: Option<StayView>,
    /// Passage of the sink's entry gate.
    pub sink_gate: Option<StayView>,
    /// Gross mass with the load, t.
    pub loaded_t: Option<f64>,
    /// Gross mass without it, t.
    pub empty_t: Option<f64>,
    /// The truck's rated volume.
    pub declared_m3: Option<f64>,
    /// Volume weighed, at 1.6 t/m³.
    pub weighed_m3: Option<f64>,
    /// `operator`, `weighbridge` or `unloading`: what proves that the sink took it.
    pub accepted_by: Option<crate::waybill::AcceptedBy>,
    /// What people did, in order.
    pub acts: Vec<ActView>,
}

/// Litres as cubic metres.
fn m3(litres: u64) -> f64 {
    litres as f64 / 1_000.0
}

fn tonnes(kilograms: u32) -> f64 {
    f64::from(kilograms) / 1_000.0
}

fn stay((from, to): (Timestamp, Timestamp)) -> StayView {
    StayView { from: from.to_string(), to: to.to_string() }
}

impl From<&Act> for ActView {
    fn from(act: &Act) -> Self {
        Self { what: act.kind.word(), at: act.at.to_string(), by: act.by.clone(), reason: act.reason.clone() }
    }
}

impl From<&Ticket> for TicketView {
    fn from(ticket: &Ticket) -> Self {
        let haul = ticket.haul.as_ref();
        Self {
            number: ticket.number.clone(),
            plate: ticket.plate.to_string(),
            state: ticket.state.word(),
            exceptions: ticket.exceptions.iter().map(|e: &Exception| e.word()).collect(),
            source: ticket.source.as_ref().map(ToString::to_string),
            sink: ticket.sink.as_ref().map(ToString::to_string),
            permit: ticket.permit.as_ref().map(ToString::to_string),
            drafted: ticket.drafted.map(|at| at.to_string()),
            departed: haul.map(|haul| haul.departed.to_string()),
            unloaded: haul.and_then(|haul| haul.unloaded).map(|at| at.to_string()),
            haul: haul.map(|haul| haul.state.word()),
            source_gate: ticket.source_gate.map(stay),
            washed: ticket.washed.map(stay),
            sink_gate: ticket.sink_gate.map(stay),
            loaded_t: ticket.loaded_kg.map(tonnes),
            empty_t: ticket.empty_kg.map(tonnes),
            declared_m3: ticket.declared_l.map(m3),
            weighed_m3: ticket.weighed_l.map(m3),
            accepted_by: ticket.accepted_by,
            acts: ticket.acts.iter().map(ActView::from).collect(),
        }
    }
}

/// A truck that came to a sink with no haul known.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnpairedView {
    /// The truck.
    pub plate: String,
    /// The sink.
    pub sink: String,
    /// When.
    pub at: String,
    /// Gross mass, of a weighing, t.
    pub gross_t: Option<f64>,
}

impl From<&UnpairedIn> for UnpairedView {
    fn from(arrival: &UnpairedIn) -> Self {
        Self {
            plate: arrival.plate.to_string(),
            sink: arrival.sink.to_string(),
            at: arrival.at.to_string(),
            gross_t: arrival.gross_kg.map(tonnes),
        }
    }
}

/// Loads of a permit or a source on a day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TallyView {
    /// The permit's number or the source's id; null without one.
    pub key: Option<String>,
    /// Loads that left.
    pub out: u64,
    /// Their volume.
    pub out_m3: f64,
    /// Loads a sink took.
    pub taken: u64,
    /// Their volume.
    pub taken_m3: f64,
    /// Loads under way or waiting in a sink.
    pub under_way: u64,
    /// Loads unloaded in a registered place that is no sink of the permit.
    pub diverted: u64,
    /// Loads that left and never arrived.
    pub unpaired_out: u64,
    /// Loads refused.
    pub rejected: u64,
    /// Void tickets.
    pub void: u64,
    /// Tickets whose quantities differ.
    pub mismatched: u64,
    /// Whether everything that left was taken.
    pub balances: bool,
}

impl TallyView {
    fn of(key: Option<String>, tally: &Tally) -> Self {
        Self {
            key,
            out: tally.out,
            out_m3: m3(tally.out_l),
            taken: tally.taken,
            taken_m3: m3(tally.taken_l),
            under_way: tally.under_way,
            diverted: tally.diverted,
            unpaired_out: tally.unpaired_out,
            rejected: tally.rejected,
            void: tally.void,
            mismatched: tally.mismatched,
            balances: tally.balances(),
        }
    }
}

/// What a sink took on a day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SinkTallyView {
    /// The site.
    pub site: String,
    /// Loads taken.
    pub taken: u64,
    /// Their volume.
    pub taken_m3: f64,
    /// Loads not meant for it.
    pub diverted: u64,
    /// Loads refused.
    pub rejected: u64,
    /// Arrivals without a ticket.
    pub unpaired_in: u64,
}

/// A day's sums, and what does not pair out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReconciliationView {
    /// Of all tickets.
    pub all: TallyView,
    /// By permit.
    pub permits: Vec<TallyView>,
    /// By source.
    pub sources: Vec<TallyView>,
    /// By sink.
    pub sinks: Vec<SinkTallyView>,
    /// Tickets that left and never arrived, are diverted, overdue, refused, or whose quantities differ.
    pub unpaired_out: Vec<TicketView>,
    /// Arrivals without a ticket.
    pub unpaired_in: Vec<UnpairedView>,
}

impl ReconciliationView {
    /// The sums with the day's tickets and arrivals that need a look.
    pub fn of(sums: &Reconciliation, tickets: &[Ticket], arrivals: &[UnpairedIn]) -> Self {
        let key = |key: &Option<domain::SiteId>| key.as_ref().map(ToString::to_string);
        let permit = |key: &Option<domain::PermitNumber>| key.as_ref().map(ToString::to_string);
        let sink = |(site, tally): (&domain::SiteId, &SinkTally)| SinkTallyView {
            site: site.to_string(),
            taken: tally.taken,
            taken_m3: m3(tally.taken_l),
            diverted: tally.diverted,
            rejected: tally.rejected,
            unpaired_in: tally.unpaired_in,
        };
        let needs_a_look = |ticket: &&Ticket| {
            ticket.state != crate::waybill::TicketState::Void
                && (!ticket.exceptions.is_empty() || ticket.state == crate::waybill::TicketState::Rejected)
        };
        Self {
            all: TallyView::of(None, &sums.all),
            permits: sums
                .permits
                .iter()
                .map(|(number, tally)| TallyView::of(permit(number), tally))
                .collect(),
            sources: sums.sources.iter().map(|(site, tally)| TallyView::of(key(site), tally)).collect(),
            sinks: sums.sinks.iter().map(sink).collect(),
            unpaired_out: tickets.iter().filter(needs_a_look).map(TicketView::from).collect(),
            unpaired_in: arrivals.iter().map(UnpairedView::from).collect(),
        }
    }
}

/// How full a sink is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SinkRoomView {
    /// The site.
    pub site: String,
    /// Its name.
    pub name: String,
    /// Its township or street.
    pub district: Option<String>,
    /// What it may take in all; null when the register does not say.
    pub capacity_m3: Option<f64>,
    /// What it has taken: the register's word and the hauls on record.
    pub filled_m3: f64,
    /// What is left.
    pub room_m3: Option<f64>,
    /// Loads on record.
    pub loads: u64,
    /// More was taken than may be.
    pub overfilled: bool,
}

impl SinkRoomView {
    /// With the register's words for it.
    pub fn of(room: &SinkRoom, registry: &domain::Registry) -> Self {
        let district = registry.site_terms.get(&room.sink).and_then(|terms| terms.district.as_ref());
        Self {
            site: room.sink.to_string(),
            name: registry.sites.get(&room.sink).map(|site| site.name.clone()).unwrap_or_default(),
            district: district.map(ToString::to_string),
            capacity_m3: room.capacity_l.map(m3),
            filled_m3: m3(room.filled_l),
            room_m3: room.room_l().map(m3),
            loads: room.loads,
            overfilled: room.is_overfilled(),
        }
    }
}

/// What went from or to another area.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExchangeView {
    /// The other area; null for what has none.
    pub district: Option<String>,
    /// How much.
    pub volume_m3: f64,
}

/// What an area sends and takes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AreaView {
    /// The township or street; null for sites without one.
    pub district: Option<String>,
    /// Loads that left its sources.
    pub out: u64,
    /// Their volume.
    pub out_m3: f64,
    /// Of these, what stayed in its own sinks.
    pub kept_m3: f64,
    /// What went to other areas.
    pub sent: Vec<ExchangeView>,
    /// What came from other areas.
    pub taken: Vec<ExchangeView>,
    /// What left its sources and reached no sink.
    pub astray_m3: f64,
    /// Taken from others minus sent to others.
    pub net_m3: f64,
}

impl AreaView {
    /// With the area's name.
    pub fn of(district: &Option<domain::District>, balance: &AreaBalance) -> Self {
        let exchange = |(other, litres): (&Option<domain::District>, &u64)| ExchangeView {
            district: other.as_ref().map(ToString::to_string),
            volume_m3: m3(*litres),
        };
        Self {
            district: district.as_ref().map(ToString::to_string),
            out: balance.out,
            out_m3: m3(balance.out_l),
            kept_m3: m3(balance.kept_l),
            sent: balance.sent_l.iter().map(exchange).collect(),
            taken: balance.taken_l.iter().map(exchange).collect(),
            astray_m3: m3(balance.astray_l),
            net_m3: balance.net_l() as f64 / 1_000.0,
        }
    }
}
