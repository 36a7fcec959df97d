//! A day's tickets, and what arrived at sinks without one.

use std::collections::BTreeMap;

use domain::{Haul, LocalDate, Plate, Registry, SiteId, Timestamp};

use super::ticket::{self, Ticket};
use super::{Act, ActKind, DRAFT_S, Mark, NEAR_S, Passage, SiteReading, passages};

/// What people did to one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The ticket: a haul's id, or a draft's own number.
    pub number: String,
    /// Of a draft: the truck and the source it was opened at.
    pub draft: Option<(Plate, SiteId)>,
    /// What was done, in order.
    pub acts: Vec<Act>,
}

/// A truck that came to a sink with no haul known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpairedIn {
    /// The truck.
    pub plate: Plate,
    /// The sink.
    pub sink: SiteId,
    /// When it passed the gate or was weighed.
    pub at: Timestamp,
    /// Gross mass, of a weighing.
    pub gross_kg: Option<u32>,
}

/// A day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Day {
    /// Tickets that began on it, by time and truck.
    pub tickets: Vec<Ticket>,
    /// Arrivals on it without a ticket.
    pub unpaired_in: Vec<UnpairedIn>,
}

/// The tickets of a day. `hauls` and `readings` reach back a day, so that what arrives after midnight pairs; registers are
/// those in force at the end of the day.
pub fn of_day(
    date: LocalDate,
    hauls: &[Haul],
    readings: Vec<SiteReading>,
    records: Vec<Record>,
    registry: &Registry,
    now: Timestamp,
) -> Day {
    let in_day = |time: Timestamp| time.local_date() == date;
    let mut by_truck: BTreeMap<Plate, Vec<Passage>> = BTreeMap::new();
    for passage in passages(readings) {
        by_truck.entry(passage.plate.clone()).or_default().push(passage);
    }
    let mut hauls: Vec<&Haul> = hauls.iter().collect();
    hauls.sort_by_key(|haul| (haul.departed, &haul.plate, haul.id));
    let (drafts, acts): (Vec<Record>, Vec<Record>) = records.into_iter().partition(|r| r.draft.is_some());
    let mut acts: BTreeMap<String, Vec<Act>> = acts.into_iter().map(|r| (r.number, r.acts)).collect();
    let (taken, waiting) = attach(drafts, &hauls);
    let rated_l = |plate: &Plate| registry.trucks.get(plate).and_then(domain::Truck::rated_volume_l);
    let none = Vec::new();
    let of_truck = |plate: &Plate| by_truck.get(plate).unwrap_or(&none);
    let mut day = Day::default();
    for haul in hauls.iter().filter(|haul| in_day(haul.departed)) {
        let draft = taken.get(&haul.id.to_string());
        let mut done = draft.map_or_else(Vec::new, |draft| draft.acts.clone());
        done.extend(acts.remove(&haul.id.to_string()).unwrap_or_default());
        let drafted = draft.and_then(drafted_at);
        let passages = of_truck(&haul.plate);
        day.tickets.push(ticket::of_haul(haul, passages, rated_l(&haul.plate), drafted, done, now));
    }
    for draft in waiting {
        let Some(at) = drafted_at(&draft).filter(|at| in_day(*at)) else { continue };
        let Some((plate, source)) = draft.draft.clone() else { continue };
        let passages = of_truck(&plate);
        let declared_l = rated_l(&plate);
        day.tickets.push(ticket::of_draft(
            draft.number,
            (&plate, &source, at),
            declared_l,
            passages,
            draft.acts,
        ));
    }
    day.tickets.sort_by(|a, b| (a.begins(), &a.plate, &a.number).cmp(&(b.begins(), &b.plate, &b.number)));
    day.unpaired_in = unpaired_in(&by_truck, &hauls, registry, in_day);
    day
}

fn drafted_at(draft: &Record) -> Option<Timestamp> {
    draft.acts.iter().find(|act| act.kind == ActKind::Draft).map(|act| act.at)
}

/// Gives each draft to the first haul of its truck from its source within [`DRAFT_S`]; a haul takes the newest before it.
fn attach(mut drafts: Vec<Record>, hauls: &[&Haul]) -> (BTreeMap<String, Record>, Vec<Record>) {
    drafts.sort_by_key(|draft| (drafted_at(draft), draft.number.clone()));
    let (mut taken, mut waiting) = (BTreeMap::new(), Vec::new());
    for draft in drafts.into_iter().rev() {
        let voided = draft.acts.iter().any(|act| act.kind == ActKind::Void);
        let fits = |haul: &&&Haul| {
            let Some((plate, source)) = &draft.draft else { return false };
            let Some(at) = drafted_at(&draft) else { return false };
            let waited_ms = haul.departed.millis_since(at);
            haul.plate == *plate
                && haul.source.as_ref() == Some(source)
                && (0..=DRAFT_S * 1000).contains(&waited_ms)
        };
        let haul =
            hauls.iter().find(fits).filter(|haul| !voided && !taken.contains_key(&haul.id.to_string()));
        match haul {
            Some(haul) => {
                taken.insert(haul.id.to_string(), draft);
            }
            None => waiting.push(draft),
        }
    }
    (taken, waiting)
}

fn unpaired_in(
    by_truck: &BTreeMap<Plate, Vec<Passage>>,
    hauls: &[&Haul],
    registry: &Registry,
    in_day: impl Fn(Timestamp) -> bool,
) -> Vec<UnpairedIn> {
    let is_sink = |site: &SiteId| registry.sites.get(site).is_some_and(|site| site.kind.is_sink());
    let belongs = |passage: &Passage| {
        hauls.iter().filter(|haul| haul.plate == passage.plate).any(|haul| {
            let until = haul.unloaded.map(|at| at.plus_seconds(NEAR_S));
            haul.departed <= passage.last && until.is_none_or(|until| passage.first <= until)
        })
    };
    let mut unpaired: Vec<UnpairedIn> = Vec::new();
    for passage in by_truck.values().flatten() {
        let comes = matches!(passage.mark, Mark::GateIn | Mark::Weighbridge { .. });
        if !comes || !is_sink(&passage.site) || !in_day(passage.first) || belongs(passage) {
            continue;
        }
        let gross_kg = passage.mark.gross_kg();
        let same = |u: &&mut UnpairedIn| {
            u.plate == passage.plate
                && u.sink == passage.site
                && passage.first.millis_since(u.at) <= NEAR_S * 1000
        };
        match unpaired.last_mut().filter(same) {
            Some(known) => known.gross_kg = known.gross_kg.or(gross_kg),
            None => unpaired.push(UnpairedIn {
                plate: passage.plate.clone(),
                sink: passage.site.clone(),
                at: passage.first,
                gross_kg,
            }),
        }
    }
    unpaired.sort_by(|a, b| (a.at, &a.plate).cmp(&(b.at, &b.plate)));
    unpaired
}
