//! May this truck be here now? One answer for an officer at the roadside, from registers, permits and what waits. Pure.

use domain::{
    CarrierStatus, LocalDate, Permit, PermitStatus, Plate, Position, Registry, Timestamp, Truck, TruckKind,
    ZoneKind,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The big word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// 可以
    Yes,
    /// 不可以
    No,
    /// 查无: no register knows the plate.
    Unknown,
}

/// One reason or caution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Said {
    /// A word for programs.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Hours of hauling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hours {
    /// `mon` to `sun`.
    pub days: Vec<String>,
    /// HH:MM.
    pub from: String,
    /// HH:MM; at or before `from` it is the next day's.
    pub to: String,
}

/// A permit as the roadside needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PermitShown {
    /// Its number.
    pub number: String,
    /// First moment.
    pub valid_from: String,
    /// First moment after it.
    pub valid_until: String,
    /// `valid`, `suspended` or `revoked`, now.
    pub status: String,
    /// Hours of hauling; none is always.
    pub hours: Vec<Hours>,
    /// From where to where, by name.
    pub legs: Vec<String>,
    /// Class of waste.
    pub waste_class: String,
    /// In force now, by date, standing and hour.
    pub holds_now: bool,
}

/// What is known beside the registers.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Where the officer stands.
    pub here: Option<Position>,
    /// Rules of pending clues of the truck.
    pub pending_rules: Vec<String>,
    /// Tips that wait.
    pub open_tips: usize,
    /// Since when its company is on the black list.
    pub listed_since: Option<Timestamp>,
    /// Whether its load was last told to be empty.
    pub is_empty: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoadsideAnswer)]
pub struct Answer {
    /// The big word.
    pub may: May,
    /// Why; the first is the one to say.
    pub reasons: Vec<Said>,
    /// What else the officer should know.
    pub cautions: Vec<Said>,
    /// The company's name.
    pub carrier: Option<String>,
    /// Plate colour.
    pub plate_colour: Option<String>,
    /// `muck` or `mixer`.
    pub kind: Option<String>,
    /// Its permits that are not over, the one in force first.
    pub permits: Vec<PermitShown>,
}

fn said(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Said {
    Said { code: code.to_owned(), zh: zh.into(), en: en.into() }
}

/// Answers for a plate at a moment.
pub fn answer(plate: &Plate, registry: &Registry, known: &Known, now: Timestamp) -> Answer {
    let Some(truck) = registry.trucks.get(plate) else {
        return Answer {
            may: May::Unknown,
            reasons: vec![said("not_registered", "登记册中没有这辆车", "no register knows this truck")],
            cautions: cautions(None, registry, known, now),
            carrier: None,
            plate_colour: None,
            kind: None,
            permits: vec![],
        };
    };
    let mut against = Vec::new();
    let carrier = registry.carriers.get(&truck.carrier);
    match carrier.map(|carrier| carrier.status) {
        Some(CarrierStatus::Active) => {}
        Some(CarrierStatus::Suspended) => {
            against.push(said("carrier_suspended", "企业已暂停清运资格", "the company may not haul for now"));
        }
        Some(CarrierStatus::Exited) | None => {
            against.push(said("carrier_exited", "企业不在名录内", "the company is not in the directory"));
        }
    }
    let permits = permits_of(truck, registry, now);
    if truck.kind == TruckKind::Muck && !permits.iter().any(|permit| permit.holds_now) {
        against.push(why_no_permit(truck, registry, now));
    }
    against.extend(zones_against(truck, registry, known, now));
    let (may, reasons) = match (against.is_empty(), truck.kind) {
        (false, _) => (May::No, against),
        (true, TruckKind::Mixer) => {
            (May::Yes, vec![said("mixer", "混凝土车，无需准运", "a mixer needs no haulage permit")])
        }
        (true, TruckKind::Muck) => {
            (May::Yes, vec![said("permit", "核准在有效期和时段内", "a permit is in force now")])
        }
    };
    Answer {
        may,
        reasons,
        cautions: cautions(Some(truck), registry, known, now),
        carrier: carrier.map(|carrier| carrier.name.clone()),
        plate_colour: Some(truck.colour.name().to_owned()),
        kind: Some(truck.kind.to_string()),
        permits,
    }
}

/// The permits of a truck that are not over, those that hold now first, then by number.
pub fn permits_of(truck: &Truck, registry: &Registry, now: Timestamp) -> Vec<PermitShown> {
    let own = |permit: &&Permit| permit.trucks.contains(&truck.plate) && permit.valid_until > now;
    let mut permits: Vec<PermitShown> =
        registry.permits.values().filter(own).map(|permit| shown(permit, registry, now)).collect();
    permits.sort_by_key(|permit| !permit.holds_now);
    permits
}

fn shown(permit: &Permit, registry: &Registry, now: Timestamp) -> PermitShown {
    let name = |id| registry.sites.get(id).map_or_else(|| id.to_string(), |site| site.name.clone());
    PermitShown {
        number: permit.number.to_string(),
        valid_from: permit.valid_from.to_string(),
        valid_until: permit.valid_until.to_string(),
        status: permit.status_at(now).to_string(),
        hours: permit.windows.0.iter().map(hours).collect(),
        legs: permit.legs.iter().map(|leg| format!("{} → {}", name(&leg.source), name(&leg.sink))).collect(),
        waste_class: permit.waste_class.clone(),
        holds_now: permit.is_in_force_at(now) && permit.windows.hold_at(now),
    }
}

fn hours(window: &domain::HaulWindow) -> Hours {
    let (from, to) = window.hours();
    Hours { days: window.day_names().into_iter().map(str::to_owned).collect(), from, to }
}

/// The nearest a truck comes to a permit that holds.
fn why_no_permit(truck: &Truck, registry: &Registry, now: Timestamp) -> Said {
    let own = || registry.permits.values().filter(|permit| permit.trucks.contains(&truck.plate));
    if let Some(permit) = own().find(|permit| permit.is_in_force_at(now)) {
        let hours: Vec<String> = permit
            .windows
            .0
            .iter()
            .map(|window| window.hours())
            .map(|(from, to)| format!("{from}—{to}"))
            .collect();
        let hours = hours.join("、");
        return said(
            "outside_hours",
            format!("不在核准时段内（{}，{hours}）", permit.number),
            format!("outside the approved hours ({}, {hours})", permit.number),
        );
    }
    let stopped = |permit: &&Permit| {
        permit.valid_from <= now && now < permit.valid_until && permit.status_at(now) != PermitStatus::Valid
    };
    if let Some(permit) = own().find(stopped) {
        return said(
            "permit_stopped",
            format!("核准已暂停或撤销（{}）", permit.number),
            format!("the permit is suspended or revoked ({})", permit.number),
        );
    }
    let last: Option<LocalDate> = own()
        .filter(|permit| permit.valid_until <= now)
        .map(|permit| permit.valid_until.plus_millis(-1).local_date())
        .max();
    match last {
        Some(day) => {
            said("permit_over", format!("核准已于{day}到期"), format!("the last permit ended on {day}"))
        }
        None => said("no_permit", "没有该车的核准文件", "no permit names this truck"),
    }
}

/// No-go zones around where the officer stands that no permit in force lets the truck pass.
fn zones_against(truck: &Truck, registry: &Registry, known: &Known, now: Timestamp) -> Vec<Said> {
    let Some(here) = known.here else { return vec![] };
    let passes = |zone: &domain::Zone| {
        registry.permits.values().any(|permit| {
            permit.trucks.contains(&truck.plate)
                && permit.is_in_force_at(now)
                && permit.zone_passes.contains(&zone.id)
        })
    };
    let forbids = |zone: &&domain::Zone| {
        zone.kind == ZoneKind::NoGo && zone.windows.hold_at(now) && zone.area.contains(here) && !passes(zone)
    };
    let zones = registry.zones.values().filter(forbids);
    zones
        .map(|zone| {
            said(
                "no_go",
                format!("此处为禁行区：{}", zone.name),
                format!("here trucks may not drive: {}", zone.name),
            )
        })
        .collect()
}

fn cautions(truck: Option<&Truck>, registry: &Registry, known: &Known, now: Timestamp) -> Vec<Said> {
    let mut cautions = Vec::new();
    if let Some(since) = known.listed_since {
        let day = since.local_date();
        cautions.push(said(
            "listed",
            format!("企业自{day}列入黑名单"),
            format!("its company has been on the black list since {day}"),
        ));
    }
    if !known.pending_rules.is_empty() {
        let rules = known.pending_rules.join("、");
        cautions.push(said(
            "pending",
            format!("有待核线索：{rules}"),
            format!("clues wait for an officer: {rules}"),
        ));
    }
    if known.open_tips > 0 {
        let count = known.open_tips;
        cautions.push(said(
            "tips",
            format!("有{count}条举报待核查"),
            format!("{count} reports by the public wait"),
        ));
    }
    if let (Some(truck), Some(here), false) = (truck, known.here, known.is_empty) {
        cautions.extend(off_route(truck, here, registry, now));
    }
    cautions
}

/// A truck that is neither on a route of a permit in force nor in one of its sites. Whether it is loaded the officer sees.
fn off_route(truck: &Truck, here: Position, registry: &Registry, now: Timestamp) -> Option<Said> {
    let own = |permit: &&Permit| permit.trucks.contains(&truck.plate) && permit.is_in_force_at(now);
    let legs: Vec<_> = registry.permits.values().filter(own).flat_map(|permit| &permit.legs).collect();
    // A leg without a route may be driven any way.
    if legs.is_empty() || legs.iter().any(|leg| leg.route.is_none()) {
        return None;
    }
    let in_site = |id| registry.sites.get(id).is_some_and(|site| site.area.contains(here));
    let on_route = |leg: &&domain::Leg| {
        let route = leg.route.as_ref().and_then(|id| registry.routes.get(id));
        route.is_some_and(|route| route.line.distance_m(here) <= f64::from(route.half_width_m))
    };
    if legs.iter().any(|leg| on_route(leg) || in_site(&leg.source) || in_site(&leg.sink)) {
        return None;
    }
    let zh = "此处不在该车核准路线上，载货即属偏线";
    Some(said("off_route", zh, "this is on none of its approved routes: loaded it would be off route"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Carrier, HaulWindow, HaulWindows, PlateColour};
    use std::collections::{BTreeMap, BTreeSet};

    const USCC: &str = "91350100M000100Y43";

    fn at(text: &str) -> Timestamp {
        format!("2026-11-23T{text}:00+08:00").parse().unwrap()
    }

    fn plate() -> Plate {
        "豫A12345".parse().unwrap()
    }

    fn registry() -> Registry {
        let truck = Truck {
            plate: plate(),
            colour: PlateColour::Yellow,
            vin: None,
            carrier: USCC.parse().unwrap(),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        let carrier =
            Carrier { uscc: USCC.parse().unwrap(), name: "甲".into(), status: CarrierStatus::Active };
        let window = HaulWindow::parse(&["mon"], "20:00", "06:00").unwrap();
        let permit = Permit {
            number: "XM-1".parse().unwrap(),
            carrier: carrier.uscc.clone(),
            trucks: BTreeSet::from([plate()]),
            legs: vec![],
            waste_class: "工程渣土".into(),
            volume_l: 1,
            used_l: 0,
            valid_from: at("00:00"),
            valid_until: "2026-12-01T00:00:00+08:00".parse().unwrap(),
            windows: HaulWindows(vec![window]),
            status: vec![("2026-11-25T00:00:00+08:00".parse().unwrap(), PermitStatus::Revoked)],
            zone_passes: BTreeSet::new(),
        };
        Registry {
            carriers: BTreeMap::from([(carrier.uscc.clone(), carrier)]),
            trucks: BTreeMap::from([(plate(), truck)]),
            permits: BTreeMap::from([(permit.number.clone(), permit)]),
            ..Registry::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Registry), now: &str, may: May, code: &str) {
        let mut registry = registry();
        change(&mut registry);
        let answer = answer(&plate(), &registry, &Known::default(), now.parse().unwrap());
        assert_eq!((answer.may, answer.reasons[0].code.as_str()), (may, code), "{answer:?}");
    }

    #[test]
    fn one_word_answers_and_the_first_reason_says_why() {
        let evening = "2026-11-23T21:00:00+08:00";
        check(|_| {}, evening, May::Yes, "permit");
        check(|_| {}, "2026-11-23T12:00:00+08:00", May::No, "outside_hours");
        check(|_| {}, "2026-11-25T12:00:00+08:00", May::No, "permit_stopped");
        check(|_| {}, "2026-12-02T12:00:00+08:00", May::No, "permit_over");
        check(|registry| registry.permits.clear(), evening, May::No, "no_permit");
        check(|registry| registry.trucks.clear(), evening, May::Unknown, "not_registered");
        check(
            |registry| registry.carriers.values_mut().for_each(|c| c.status = CarrierStatus::Suspended),
            evening,
            May::No,
            "carrier_suspended",
        );
        check(
            |registry| {
                registry.permits.clear();
                registry.trucks.values_mut().for_each(|truck| truck.kind = TruckKind::Mixer);
            },
            evening,
            May::Yes,
            "mixer",
        );
    }

    #[test]
    fn what_waits_is_a_caution_and_changes_no_answer() {
        let known = Known {
            pending_rules: vec!["SE-01".into()],
            open_tips: 2,
            listed_since: Some(at("00:00")),
            ..Known::default()
        };
        let answer = answer(&plate(), &registry(), &known, at("21:00"));
        let codes: Vec<&str> = answer.cautions.iter().map(|caution| caution.code.as_str()).collect();
        assert_eq!((answer.may, codes), (May::Yes, vec!["listed", "pending", "tips"]));
        assert!(answer.permits[0].holds_now);
    }
}
