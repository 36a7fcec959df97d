//! How full the sinks are, and what each township or street sends and takes.

use std::collections::BTreeMap;

use domain::{District, Registry, SiteId};

/// Loads that went from a source to a sink over a stretch of time; sums of stored hauls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Where they came from; `None` is outside every site.
    pub source: Option<SiteId>,
    /// Where they went; `None` is outside every sink.
    pub sink: Option<SiteId>,
    /// How many.
    pub loads: u64,
    /// Their volume, litres.
    pub volume_l: u64,
}

/// A sink's room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkRoom {
    /// The sink.
    pub sink: SiteId,
    /// What it may take in all, litres; `None` when the register does not say.
    pub capacity_l: Option<u64>,
    /// What it has taken, the register's word and the hauls since, litres.
    pub filled_l: u64,
    /// Loads since.
    pub loads: u64,
}

impl SinkRoom {
    /// What is left, litres; 0 when overfilled.
    pub fn room_l(&self) -> Option<u64> {
        self.capacity_l.map(|capacity| capacity.saturating_sub(self.filled_l))
    }

    /// Whether more was taken than may be.
    pub fn is_overfilled(&self) -> bool {
        self.capacity_l.is_some_and(|capacity| self.filled_l > capacity)
    }
}

/// Every sink of the registers, by key, with all flows on record.
pub fn sinks(registry: &Registry, flows: &[Flow]) -> Vec<SinkRoom> {
    let sinks = registry.sites.values().filter(|site| site.kind.is_sink());
    let room = |site: &domain::Site| {
        let terms = registry.site_terms.get(&site.id).cloned().unwrap_or_default();
        let into = flows.iter().filter(|flow| flow.sink.as_ref() == Some(&site.id));
        let (loads, volume_l) = into.fold((0, 0), |sum, flow| (sum.0 + flow.loads, sum.1 + flow.volume_l));
        SinkRoom {
            sink: site.id.clone(),
            capacity_l: terms.capacity_l,
            filled_l: terms.filled_before_l + volume_l,
            loads,
        }
    };
    sinks.map(room).collect()
}

/// What an area sends and takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AreaBalance {
    /// Loads that left its sources.
    pub out: u64,
    /// Their volume, litres.
    pub out_l: u64,
    /// Of these, what stayed in its own sinks, litres.
    pub kept_l: u64,
    /// What went to sinks of other areas, litres, by area; `None` is a sink without one.
    pub sent_l: BTreeMap<Option<District>, u64>,
    /// What its sinks took from other areas, litres, by area; `None` is a source without one or outside every site.
    pub taken_l: BTreeMap<Option<District>, u64>,
    /// What left its sources and reached no sink, litres.
    pub astray_l: u64,
}

impl AreaBalance {
    /// Taken from others minus sent to others, litres: above 0 the area takes more than it gives.
    pub fn net_l(&self) -> i64 {
        let sum = |of: &BTreeMap<_, u64>| of.values().sum::<u64>();
        sum(&self.taken_l) as i64 - sum(&self.sent_l) as i64
    }
}

/// Every area named in the registers, and `None` for what has none.
pub fn areas(registry: &Registry, flows: &[Flow]) -> BTreeMap<Option<District>, AreaBalance> {
    let district = |site: &SiteId| registry.site_terms.get(site).and_then(|terms| terms.district.clone());
    let is_sink = |site: &&SiteId| registry.sites.get(*site).is_some_and(|site| site.kind.is_sink());
    let named = registry.site_terms.values().filter_map(|terms| terms.district.clone());
    let mut balances: BTreeMap<Option<District>, AreaBalance> =
        named.map(|district| (Some(district), AreaBalance::default())).collect();
    for flow in flows {
        let from = flow.source.as_ref().and_then(&district);
        let sender = balances.entry(from.clone()).or_default();
        sender.out += flow.loads;
        sender.out_l += flow.volume_l;
        let Some(sink) = flow.sink.as_ref().filter(is_sink) else {
            sender.astray_l += flow.volume_l;
            continue;
        };
        let to = district(sink);
        if to == from {
            sender.kept_l += flow.volume_l;
        } else {
            *sender.sent_l.entry(to.clone()).or_default() += flow.volume_l;
            *balances.entry(to).or_default().taken_l.entry(from).or_default() += flow.volume_l;
        }
    }
    balances
}
