//! One version of the registers made ready for judging: thresholds, areas and routes indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use domain::{
    Epc, Permit, PermitNumber, Plate, Position, Registers, Registry, RouteId, SiteId, SiteKind, Timestamp,
    Uscc, ZoneId, ZoneKind,
};

use foldhash::{HashMap, HashSet};

use crate::geo::{AreaIndex, Corridor, RouteIndex};

use super::gates::Gates;
use super::passes::Passes;
use super::thresholds::{ThresholdError, Thresholds};

/// A site as the fold carries it: without its ground.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SiteMark {
    pub(super) id: SiteId,
    pub(super) kind: SiteKind,
}

/// The places a truck is in: one shared set, for most fixes are where the one before was, and most are nowhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Option<Arc<PlaceSet>>);

/// Sites and zones, each ascending by id.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PlaceSet {
    pub(super) sites: Vec<Arc<SiteMark>>,
    /// Speed-limit zones, whether in force or not.
    pub(super) zones: Vec<Arc<ZoneId>>,
    /// No-go zones, whether in force or not.
    pub(super) no_go: Vec<Arc<ZoneId>>,
}

static NOWHERE: PlaceSet = PlaceSet { sites: Vec::new(), zones: Vec::new(), no_go: Vec::new() };

impl Places {
    pub(super) fn of(set: PlaceSet) -> Self {
        Self((set != NOWHERE).then(|| Arc::new(set)))
    }
}

impl Deref for Places {
    type Target = PlaceSet;

    fn deref(&self) -> &PlaceSet {
        self.0.as_deref().unwrap_or(&NOWHERE)
    }
}

impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl Eq for Places {}

/// The nearest site is looked for in circles: the first of this radius in metres, each next one so much wider. A far search
/// in a dense city would measure dozens of outlines.
const FIRST_REACH_M: f64 = 100.0;
const REACH_GROWTH: f64 = 3.0;

/// One register version.
#[derive(Debug)]
pub(super) struct View {
    pub(super) registry: Arc<Registry>,
    pub(super) thresholds: Thresholds,
    grounds: Arc<Grounds>,
    corridors: Arc<HashMap<RouteId, Arc<Corridor>>>,
    /// Every truck registered: asked of each report.
    trucks: HashSet<Plate>,
    permits_from: HashMap<Uscc, HashMap<SiteId, Vec<PermitNumber>>>,
    truck_of_tag: HashMap<Epc, Plate>,
    pub(super) gates: Gates,
    pub(super) passes: Passes,
}

impl View {
    /// Makes a version ready; what was made ready for another one serves again where both have the same grounds or routes.
    fn of(registry: &Arc<Registry>, known: &[&Self]) -> Result<Self, ThresholdError> {
        let thresholds = Thresholds::with_limits(&registry.limits)?;
        let tag_of = |truck: &domain::Truck| Some((truck.epc.clone()?, truck.plate.clone()));
        Ok(Self {
            thresholds,
            grounds: known
                .iter()
                .find(|other| {
                    other.registry.sites == registry.sites && other.registry.zones == registry.zones
                })
                .map_or_else(|| Arc::new(Grounds::of(registry)), |other| Arc::clone(&other.grounds)),
            corridors: known
                .iter()
                .find(|other| other.registry.routes == registry.routes)
                .map_or_else(|| Arc::new(corridors(registry)), |other| Arc::clone(&other.corridors)),
            trucks: registry.trucks.keys().cloned().collect(),
            permits_from: permits_from(registry),
            truck_of_tag: registry.trucks.values().filter_map(tag_of).collect(),
            gates: Gates::of(registry),
            passes: Passes::of(registry),
            registry: Arc::clone(registry),
        })
    }

    /// The places whose ground a position is on. `numbers` is scratch room.
    pub(super) fn places_at(&self, at: Position, numbers: &mut Vec<u32>) -> Places {
        self.grounds.index.containing(at, numbers);
        self.grounds.places(numbers)
    }

    /// The area of a site, if these registers know it as it is marked.
    pub(super) fn area_of_site(&self, site: &SiteMark) -> Option<u32> {
        let number = self.grounds.sites.binary_search_by(|mark| mark.id.cmp(&site.id)).ok()?;
        (*self.grounds.sites[number] == *site).then_some(number as u32)
    }

    /// The area of a speed-limit zone.
    pub(super) fn area_of_zone(&self, zone: &ZoneId) -> Option<u32> {
        let number = self.grounds.zones.binary_search_by(|known| (**known).cmp(zone)).ok()?;
        Some((self.grounds.sites.len() + number) as u32)
    }

    /// The area of a no-go zone.
    pub(super) fn area_of_no_go(&self, zone: &ZoneId) -> Option<u32> {
        let number = self.grounds.no_go.binary_search_by(|known| (**known).cmp(zone)).ok()?;
        Some((self.grounds.sites.len() + self.grounds.zones.len() + number) as u32)
    }

    /// The grounds of sites and zones.
    pub(super) fn areas(&self) -> &AreaIndex {
        &self.grounds.index
    }

    /// Whether a position is inside a site by more than a margin.
    pub(super) fn deep_inside(&self, site: &SiteMark, at: Position, margin_m: f64) -> bool {
        let number = self.grounds.sites.binary_search_by(|mark| mark.id.cmp(&site.id));
        number.is_ok_and(|number| self.grounds.index.holds_by_more_than(number as u32, at, margin_m))
    }

    /// Whether a position is inside a zone of either kind by more than a margin.
    pub(super) fn deep_inside_zone(&self, zone: &ZoneId, at: Position, margin_m: f64) -> bool {
        let grounds = &self.grounds;
        let of = |zones: &[Arc<ZoneId>]| zones.binary_search_by(|known| (**known).cmp(zone)).ok();
        let limits_speed = of(&grounds.zones);
        let number = limits_speed.or_else(|| of(&grounds.no_go).map(|number| grounds.zones.len() + number));
        number.is_some_and(|number| {
            let area = (grounds.sites.len() + number) as u32;
            grounds.index.holds_by_more_than(area, at, margin_m)
        })
    }

    /// The lowest speed limit in force in zones at a moment, km/h, and the zone that sets it; outside all of them the
    /// default.
    pub(super) fn limit_in<'a>(
        &self,
        zones: &'a [Arc<ZoneId>],
        time: Timestamp,
    ) -> (f64, Option<&'a Arc<ZoneId>>) {
        let in_force = zones.iter().filter_map(|id| {
            let zone = self.registry.zones.get(&**id)?;
            match zone.kind {
                ZoneKind::SpeedLimit(limit) if zone.windows.hold_at(time) => Some((limit, id)),
                _ => None,
            }
        });
        in_force
            .min()
            .map_or((self.thresholds.default_limit_kmh, None), |(limit, id)| (limit.kmh(), Some(id)))
    }

    /// The nearest site within a radius, with its distance in metres.
    pub(super) fn nearest_site(&self, at: Position, radius_m: f64) -> Option<(Arc<SiteMark>, f64)> {
        let (grounds, count) = (&self.grounds, self.grounds.sites.len() as u32);
        let mut reach_m = radius_m.min(FIRST_REACH_M);
        loop {
            let near = grounds.index.near(at, reach_m, |number| number < count);
            if let Some((number, distance_m)) = near.first() {
                return Some((Arc::clone(&grounds.sites[*number as usize]), *distance_m));
            }
            if reach_m >= radius_m {
                return None;
            }
            reach_m = (reach_m * REACH_GROWTH).min(radius_m);
        }
    }

    /// A route's corridor.
    pub(super) fn corridor(&self, id: &RouteId) -> Option<Arc<Corridor>> {
        self.corridors.get(id).map(Arc::clone)
    }

    /// A carrier's permits that name a source, by number.
    pub(super) fn permits_from<'a>(
        &'a self,
        carrier: &Uscc,
        source: &SiteId,
    ) -> impl Iterator<Item = &'a Permit> + use<'a> {
        let numbers = self.permits_from.get(carrier).and_then(|sources| sources.get(source));
        numbers.into_iter().flatten().filter_map(|number| self.registry.permits.get(number))
    }

    /// Whether a truck is registered.
    pub(super) fn knows_truck(&self, plate: &Plate) -> bool {
        self.trucks.contains(plate)
    }

    /// The truck that carries a tag.
    pub(super) fn truck_of_tag(&self, epc: &Epc) -> Option<&Plate> {
        self.truck_of_tag.get(epc)
    }
}

/// The grounds of sites and zones, indexed.
#[derive(Debug)]
struct Grounds {
    /// Areas are numbered through: sites, then speed-limit zones, then no-go zones.
    index: AreaIndex,
    sites: Vec<Arc<SiteMark>>,
    zones: Vec<Arc<ZoneId>>,
    no_go: Vec<Arc<ZoneId>>,
}

impl Grounds {
    fn of(registry: &Registry) -> Self {
        let mut areas: Vec<_> = registry.sites.values().map(|site| site.area.clone()).collect();
        let mark = |site: &domain::Site| Arc::new(SiteMark { id: site.id.clone(), kind: site.kind });
        let mut zones_of = |no_go: bool| -> Vec<Arc<ZoneId>> {
            let of_kind = registry.zones.values().filter(|zone| (zone.kind == ZoneKind::NoGo) == no_go);
            of_kind
                .map(|zone| {
                    areas.push(zone.area.clone());
                    Arc::new(zone.id.clone())
                })
                .collect()
        };
        let (zones, no_go) = (zones_of(false), zones_of(true));
        let sites = registry.sites.values().map(mark).collect();
        Self { index: AreaIndex::build(areas), sites, zones, no_go }
    }

    fn places(&self, numbers: &[u32]) -> Places {
        if numbers.is_empty() {
            return Places::default();
        }
        let mut places = PlaceSet::default();
        for number in numbers.iter().map(|n| *n as usize) {
            let zone = number.saturating_sub(self.sites.len());
            let no_go = zone.saturating_sub(self.zones.len());
            if let Some(site) = self.sites.get(number) {
                places.sites.push(Arc::clone(site));
            } else if let Some(zone) = self.zones.get(zone) {
                places.zones.push(Arc::clone(zone));
            } else {
                places.no_go.extend(self.no_go.get(no_go).map(Arc::clone));
            }
        }
        Places::of(places)
    }
}

/// Permits by carrier and source, each list by number.
fn permits_from(registry: &Registry) -> HashMap<Uscc, HashMap<SiteId, Vec<PermitNumber>>> {
    let mut from: HashMap<Uscc, HashMap<SiteId, Vec<PermitNumber>>> = HashMap::default();
    for permit in registry.permits.values() {
        let of_carrier = from.entry(permit.carrier.clone()).or_default();
        let sources: BTreeSet<&SiteId> = permit.legs.iter().map(|leg| &leg.source).collect();
        for source in sources {
            of_carrier.entry(source.clone()).or_default().push(permit.number.clone());
        }
    }
    from
}

/// Every route in one index, by name.
fn corridors(registry: &Registry) -> HashMap<RouteId, Arc<Corridor>> {
    let index = Arc::new(RouteIndex::build(registry.routes.values().map(|route| &route.line)));
    let corridor = |(number, route): (u32, &domain::Route)| {
        let corridor = Corridor::of(Arc::clone(&index), number, f64::from(route.half_width_m));
        (route.id.clone(), Arc::new(corridor))
    };
    (0..).zip(registry.routes.values()).map(corridor).collect()
}

/// Every version, ready for judging.
#[derive(Debug, Clone)]
pub(super) struct Views(Vec<(Timestamp, Arc<View>)>);

impl Views {
    pub(super) fn of(registers: &Registers) -> Result<Self, ThresholdError> {
        Self::reusing(registers, &Self(Vec::new()))
    }

    /// As [`Views::of`], taking over what was made ready for the same registry before.
    pub(super) fn reusing(registers: &Registers, before: &Self) -> Result<Self, ThresholdError> {
        let mut views: Vec<(Timestamp, Arc<View>)> = Vec::new();
        for (from, registry) in registers.versions() {
            let known: Vec<&Arc<View>> = before.0.iter().chain(&views).map(|(_, view)| view).collect();
            let same = known.iter().find(|view| Arc::ptr_eq(&view.registry, registry));
            let view = match same {
                Some(view) => Arc::clone(view),
                None => Arc::new(View::of(registry, &known.iter().map(|view| &***view).collect::<Vec<_>>())?),
            };
            views.push((*from, view));
        }
        Ok(Self(views))
    }

    /// The version in force at a moment; before the first, the first.
    pub(super) fn at(&self, time: Timestamp) -> &Arc<View> {
        let after = self.0.partition_point(|(from, _)| *from <= time);
        &self.0[after.saturating_sub(1)].1
    }

    /// Since when the version at a moment is in force; `None` for the first, which holds for all time before as well.
    pub(super) fn in_force_since(&self, time: Timestamp) -> Option<Timestamp> {
        let after = self.0.partition_point(|(from, _)| *from <= time);
        (after > 1).then(|| self.0[after - 1].0)
    }

    /// The first moment from which this and other versions differ, or `None` when they are the same throughout.
    pub(super) fn first_difference(&self, other: &Self) -> Option<Timestamp> {
        let edges: BTreeMap<Timestamp, ()> =
            self.0.iter().chain(&other.0).map(|(from, _)| (*from, ())).collect();
        let earliest = Timestamp::from_millis(i64::MIN);
        std::iter::once(earliest)
            .chain(edges.into_keys())
            .find(|time| !Arc::ptr_eq(self.at(*time), other.at(*time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::situations::city;
    use domain::{Area, HaulWindows, Ring, Zone};

    #[test]
    fn a_position_is_told_its_sites_its_limit_zones_and_its_no_go_zones() {
        let mut city = city();
        let origin = Position::from_degrees(34.5, 113.4).unwrap();
        let square = [(2500.0, 0.0), (3300.0, 0.0), (3300.0, 200.0), (2500.0, 200.0)];
        let ring = Ring::from_points(square.iter().map(|(e, n)| origin.offset_m(*e, *n)).collect()).unwrap();
        // By id it comes before the limit zone Z.
        let zone = Zone {
            id: "N".parse().unwrap(),
            name: "N".to_owned(),
            kind: ZoneKind::NoGo,
            area: Area::from_ring(ring),
            windows: HaulWindows::default(),
        };
        city.zones.insert(zone.id.clone(), zone);
        let view = View::of(&Arc::new(city), &[]).unwrap();
        for (east, expected) in [
            (100.0, "A | | "),
            (2200.0, " |Z| "),
            (2700.0, " |Z|N"),
            (3250.0, "B | |N"),
            (3100.0, " | |N"),
            (4000.0, " | | "),
        ] {
            let places = view.places_at(origin.offset_m(east, 100.0), &mut Vec::new());
            let names =
                |zones: &[Arc<ZoneId>]| zones.iter().map(|z| z.as_str().to_owned()).collect::<String>();
            let sites: String = places.sites.iter().map(|s| s.id.as_str().to_owned()).collect();
            let told = format!("{sites}|{}|{}", names(&places.zones), names(&places.no_go));
            assert_eq!(told, expected.replace(' ', ""), "{east}");
            assert_eq!(places, view.places_at(origin.offset_m(east, 101.0), &mut Vec::new()), "{east}");
        }
    }
}
