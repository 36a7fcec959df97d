//! What a ranking rests on, put together from tickets, registers and the ledger. Pure: the caller brings everything.

use std::collections::{BTreeMap, BTreeSet};

use domain::{District, Energy, HaulId, Plate, Registers, Registry, Timestamp, Uscc};
use scoring::LedgerEntry;
use scoring::profile::Profile;
use scoring::ranking::period::Period;
use scoring::ranking::{AREA_HAULS_MIN, Exposure, PeriodScore, Standing, per_100_hauls_cp};
use scoring::rating::{DataBasis, Rating, TooThin};
use scoring::risk::{self, RiskEvent, RiskInput};

use crate::waybill::{Ticket, TicketState};

/// Sums over the days of a period, taken day by day.
#[derive(Debug, Default)]
pub struct Seen {
    companies: BTreeMap<Uscc, Exposure>,
    areas: BTreeMap<District, AreaSeen>,
}

#[derive(Debug, Default)]
struct AreaSeen {
    exposure: Exposure,
    trucks: BTreeSet<Plate>,
}

fn is_clean(registry: &Registry, plate: &Plate) -> bool {
    let energy = registry.trucks.get(plate).and_then(|truck| truck.energy);
    matches!(energy, Some(Energy::Battery | Energy::Hydrogen))
}

/// The area a haul came from.
pub fn area_of(registry: &Registry, haul: &domain::Haul) -> Option<District> {
    let terms = registry.site_terms.get(haul.source.as_ref()?)?;
    terms.district.clone()
}

impl Seen {
    /// Adds the trucks registered on a day, of all companies or of one, and which of them reported.
    pub fn add_registered(&mut self, registry: &Registry, online: &BTreeSet<Plate>, only: Option<&Uscc>) {
        let wanted = |truck: &&domain::Truck| only.is_none_or(|uscc| truck.carrier == *uscc);
        for truck in registry.trucks.values().filter(wanted) {
            let plate = &truck.plate;
            let company = self.companies.entry(truck.carrier.clone()).or_default();
            company.truck_days += 1;
            company.online_truck_days += u64::from(online.contains(plate));
        }
    }

    /// What was seen of a company.
    pub fn of_company(&self, uscc: &Uscc) -> Exposure {
        self.companies.get(uscc).copied().unwrap_or_default()
    }

    /// Adds the tickets of a truck's day, the trucks that reported on it, and the registers in force.
    pub fn add_tickets(
        &mut self,
        tickets: &[Ticket],
        online: &BTreeSet<Plate>,
        registry: &Registry,
        only: Option<&Uscc>,
    ) {
        let mut hauled: BTreeSet<(District, &Plate)> = BTreeSet::new();
        for ticket in tickets {
            let Some(haul) = ticket.haul.as_ref().filter(|_| ticket.state != TicketState::Void) else {
                continue;
            };
            let company = registry.trucks.get(&haul.plate).map(|truck| &truck.carrier);
            if only.is_some() && company != only {
                continue;
            }
            let area = area_of(registry, haul);
            if let Some(area) = &area {
                hauled.insert((area.clone(), &ticket.plate));
            }
            let of_company = company.map(|uscc| self.companies.entry(uscc.clone()).or_default());
            let of_area = area.map(|area| &mut self.areas.entry(area).or_default().exposure);
            for exposure in of_company.into_iter().chain(of_area) {
                add(exposure, ticket, haul);
            }
        }
        for (area, plate) in hauled {
            let seen = self.areas.entry(area).or_default();
            seen.exposure.truck_days += 1;
            seen.exposure.online_truck_days += u64::from(online.contains(plate));
            seen.trucks.insert(plate.clone());
        }
    }
}

fn add(exposure: &mut Exposure, ticket: &Ticket, haul: &domain::Haul) {
    exposure.hauls += 1;
    // A distance is never negative, and a float that is none becomes 0.
    exposure.metres += (haul.distance_km * 1_000.0).round() as u64;
    exposure.tickets += 1;
    let arrived = ticket.sink_gate.is_some() || ticket.loaded_kg.is_some();
    exposure.paired_tickets += u64::from(ticket.source_gate.is_some() && arrived);
}

/// What companies are ranked and placed from, beside what was seen in the period.
#[derive(Debug)]
pub struct CompanyFacts<'a> {
    /// The period.
    pub period: Period,
    /// Every version of the registers.
    pub registers: &'a Registers,
    /// The whole ledger.
    pub ledger: &'a [LedgerEntry],
    /// Hauls of each truck in the year so far.
    pub hauls_of_year: &'a BTreeMap<Plate, u64>,
    /// Hauls of each truck in the last 24 months.
    pub hauls_of_two_years: &'a BTreeMap<Plate, u64>,
    /// Passages of gates of each truck in the last 24 months.
    pub gate_passages: &'a BTreeMap<Plate, u64>,
}

/// One standing a company that is registered at the end of the period.
pub fn companies(facts: &CompanyFacts, seen: &Seen) -> Vec<Standing> {
    let end = facts.period.end().plus_millis(-1);
    let registry = facts.registers.at(end);
    let mut entries: BTreeMap<&Uscc, Vec<&LedgerEntry>> = BTreeMap::new();
    for entry in facts.ledger {
        entries.entry(&entry.uscc).or_default().push(entry);
    }
    let scores: Vec<PeriodScore> = registry
        .carriers
        .keys()
        .map(|uscc| {
            let own = entries.get(uscc).map_or(&[][..], Vec::as_slice);
            PeriodScore::of(own.iter().copied(), uscc, facts.period, Profile::FleetFair)
        })
        .collect();
    let of_company = |uscc: &Uscc, counts: &BTreeMap<Plate, u64>| -> u64 {
        let own = registry.trucks.values().filter(|truck| truck.carrier == *uscc);
        own.filter_map(|truck| counts.get(&truck.plate)).sum()
    };
    let inputs: Vec<RiskInput> = registry
        .carriers
        .keys()
        .zip(&scores)
        .map(|(uscc, score)| RiskInput {
            uscc: uscc.clone(),
            trucks: super::carrier::fleet_size(registry, uscc),
            trips: of_company(uscc, facts.hauls_of_two_years),
            // A passage on a haul that led to a decision was not without finding: two passages a haul.
            clean_checks: of_company(uscc, facts.gate_passages).saturating_sub(2 * score.acts.len() as u64),
            events: score.acts.iter().map(|act| RiskEvent { day: act.day, base_cp: act.base_cp }).collect(),
        })
        .collect();
    let risks = risk::index(&inputs, end.local_date());
    let rows = registry.carriers.values().zip(scores).zip(risks);
    rows.map(|((carrier, score), risk)| {
        let uscc = &carrier.uscc;
        let basis = DataBasis {
            registered_days: registered_days(facts.registers, uscc, end),
            trips: u32::try_from(of_company(uscc, facts.hauls_of_year)).unwrap_or(u32::MAX),
            quality: Default::default(),
        };
        let own = || registry.trucks.values().filter(|truck| truck.carrier == *uscc);
        Standing {
            key: uscc.to_string(),
            name: carrier.name.clone(),
            value_cp: score.score_cp,
            band: Some(score.band),
            period_cp: score.new_acts().map(|act| act.counted_cp).sum(),
            deductions: score.new_acts().count() as u64,
            exposure: Exposure {
                trucks: own().count() as u64,
                clean_trucks: own().filter(|truck| is_clean(registry, &truck.plate)).count() as u64,
                ..seen.companies.get(uscc).copied().unwrap_or_default()
            },
            thin: match Rating::under(score.score_cp, Profile::FleetFair.terms_on(end.local_date()), &basis) {
                Rating::Rated { .. } => None,
                Rating::NotRated { because } => Some(because),
            },
            risk: Some(risk),
        }
    })
    .collect()
}

/// Days from the version of the registers in which a company first appears. How long one stood that is in the first
/// version nobody can say: long enough.
pub fn registered_days(registers: &Registers, uscc: &Uscc, end: Timestamp) -> u32 {
    let first = registers.versions().iter().position(|(_, registry)| registry.carriers.contains_key(uscc));
    match first {
        None => 0,
        Some(0) => u32::MAX,
        Some(at) => {
            let since = registers.versions()[at].0.local_date();
            u32::try_from((end.local_date() - since).num_days()).unwrap_or(0)
        }
    }
}

/// What was decided in the period, by the area its haul came from.
#[derive(Debug, Default)]
pub struct AreaActs(BTreeMap<District, (i64, u64)>);

impl AreaActs {
    /// Adds one deduction that counts.
    pub fn add(&mut self, area: District, base_cp: i64) {
        let sum = self.0.entry(area).or_default();
        sum.0 = sum.0.saturating_add(base_cp);
        sum.1 += 1;
    }
}

/// Deductions of the period that count and name a haul: the haul and the rule's base points.
pub fn hauls_decided(ledger: &[LedgerEntry], period: Period) -> Vec<(HaulId, i64)> {
    let companies: BTreeSet<&Uscc> = ledger
        .iter()
        .filter(|entry| (period.start()..period.end()).contains(&entry.posted_at))
        .map(|entry| &entry.uscc)
        .collect();
    let of_company = |uscc: &Uscc| PeriodScore::of(ledger, uscc, period, Profile::FleetFair);
    let acts = companies.into_iter().flat_map(|uscc| of_company(uscc).acts);
    acts.filter(|act| act.is_new).filter_map(|act| Some((act.trip?, act.base_cp))).collect()
}

/// One standing an area that the registers name at the end of the period.
pub fn areas(period: Period, registers: &Registers, seen: &Seen, acts: &AreaActs) -> Vec<Standing> {
    let registry = registers.at(period.end().plus_millis(-1));
    let named: BTreeSet<District> =
        registry.site_terms.values().filter_map(|terms| terms.district.clone()).collect();
    let nothing = AreaSeen::default();
    let standing = |area: District| {
        let seen = seen.areas.get(&area).unwrap_or(&nothing);
        let (base_cp, deductions) = acts.0.get(&area).copied().unwrap_or_default();
        let clean = seen.trucks.iter().filter(|plate| is_clean(registry, plate)).count();
        let exposure =
            Exposure { trucks: seen.trucks.len() as u64, clean_trucks: clean as u64, ..seen.exposure };
        Standing {
            key: area.to_string(),
            name: area.to_string(),
            value_cp: per_100_hauls_cp(base_cp, exposure.hauls),
            band: None,
            period_cp: base_cp,
            deductions,
            exposure,
            thin: (exposure.hauls < AREA_HAULS_MIN).then_some(TooThin::Trips),
            risk: None,
        }
    };
    named.into_iter().map(standing).collect()
}
