//! Two replays side by side. Pure: outputs in, difference out.
//!
//! What has the same id is the same case. What has not is still the same case when rule and truck agree and its times meet:
//! a threshold that moves a start gives another id to the same conduct.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::verdicts::{HaulFound, ReplayFound, ViolationFound};

/// Cases of the same rule and truck whose times are no further apart than this are one case, in seconds.
const SAME_CASE_S: i64 = 60;

/// Hauls of the same truck that departed no further apart than this are one haul, in seconds.
const SAME_HAUL_S: i64 = 15 * 60;

/// What differs between A, what is, and B, what would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The reports of both.
    pub reports: Sides<u64>,
    /// Whether both judged the same set of reports; `None` when an output does not say.
    pub same_reports: Option<bool>,
    /// Trucks that reported.
    pub trucks: Sides<u64>,
    /// Violations.
    pub violations: Part,
    /// Hauls.
    pub hauls: Part,
    /// Violations by rule.
    pub by_rule: BTreeMap<String, Counts>,
    /// Violations by company; those of trucks without one under an empty name.
    pub by_carrier: BTreeMap<String, Counts>,
    /// Violations by truck.
    pub by_truck: BTreeMap<String, Counts>,
    /// The difference in a paragraph.
    pub summary_zh: String,
    /// The same in English.
    pub summary_en: String,
}

/// A value of each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sides<T> {
    /// What is.
    pub a: T,
    /// What would be.
    pub b: T,
}

/// The differences between cases of one kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Part {
    /// In A alone: would be gone.
    pub only_in_a: Vec<Case>,
    /// In B alone: would be new.
    pub only_in_b: Vec<Case>,
    /// In both, saying something else.
    pub changed: Vec<Changed>,
    /// In both, saying the same.
    pub unchanged: u64,
}

/// A violation or a haul, as far as one needs to look it up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Its id in its output.
    pub id: String,
    /// The rule, of a violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The truck.
    pub plate: String,
    /// The company, of a violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_uscc: Option<String>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended, if it did.
    pub end: Option<Timestamp>,
    /// How it ended, of a haul.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The permit judged by.
    pub permit: Option<String>,
}

/// A case that says something else in B.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// As A has it.
    pub case: Case,
    /// Its id in B, when that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_in_b: Option<String>,
    /// Every member that differs.
    pub members: Vec<Step>,
}

/// A member that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Which: `start`, `facts.max_kmh`.
    pub member: String,
    /// In A.
    pub a: Value,
    /// In B.
    pub b: Value,
}

/// How many cases differ and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Would be gone.
    pub only_in_a: u64,
    /// Would be new.
    pub only_in_b: u64,
    /// Would say something else.
    pub changed: u64,
    /// Would stay.
    pub unchanged: u64,
}

impl Counts {
    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        self.only_in_a + self.only_in_b + self.changed > 0
    }
}

impl Difference {
    /// Compares what two replays found.
    pub fn between(a: &ReplayFound, b: &ReplayFound) -> Self {
        let reports =
            |found: &ReplayFound| found.summary.reports_read.saturating_sub(found.summary.duplicates);
        let fingerprints = (&a.summary.reports_fingerprint, &b.summary.reports_fingerprint);
        let mut difference = Self {
            reports: Sides { a: reports(a), b: reports(b) },
            same_reports: match fingerprints {
                (Some(a), Some(b)) => Some(a == b),
                _ => None,
            },
            trucks: Sides { a: a.summary.trucks, b: b.summary.trucks },
            violations: Part::default(),
            hauls: Part::default(),
            by_rule: BTreeMap::new(),
            by_carrier: BTreeMap::new(),
            by_truck: BTreeMap::new(),
            summary_zh: String::new(),
            summary_en: String::new(),
        };
        difference.compare_violations(&a.violations, &b.violations);
        difference.hauls = hauls(&a.hauls, &b.hauls);
        difference.summary_zh = super::words::summary_zh(&difference);
        difference.summary_en = super::words::summary_en(&difference);
        difference
    }

    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        [&self.violations, &self.hauls]
            .iter()
            .any(|part| !(part.only_in_a.is_empty() && part.only_in_b.is_empty() && part.changed.is_empty()))
    }

    /// Hauls judged by another permit or ending in another state.
    pub fn hauls_judged_otherwise(&self) -> u64 {
        let matters = |step: &Step| step.member == "state" || step.member == "permit";
        self.hauls.changed.iter().filter(|haul| haul.members.iter().any(matters)).count() as u64
    }

    /// Companies and trucks with a violation that differs.
    pub fn touched(&self) -> (u64, u64) {
        let differing = |counts: &BTreeMap<String, Counts>| {
            counts.iter().filter(|(name, counts)| !name.is_empty() && counts.differs()).count() as u64
        };
        (differing(&self.by_carrier), differing(&self.by_truck))
    }

    fn compare_violations(&mut self, a: &[ViolationFound], b: &[ViolationFound]) {
        let key = |v: &ViolationFound| format!("{} {}", v.rule, v.plate);
        let span = |v: &ViolationFound| (v.start, v.end);
        let pairs = pairs(a, b, |v| v.id.as_str(), key, span, SAME_CASE_S);
        for pair in pairs {
            let (told, count): (_, fn(&mut Counts) -> &mut u64) = match pair {
                (Some(a), None) => {
                    self.violations.only_in_a.push(violation(a));
                    (a, |counts| &mut counts.only_in_a)
                }
                (None, Some(b)) => {
                    self.violations.only_in_b.push(violation(b));
                    (b, |counts| &mut counts.only_in_b)
                }
                (Some(a), Some(b)) => match violation_steps(a, b) {
                    steps if steps.is_empty() => {
                        self.violations.unchanged += 1;
                        (a, |counts| &mut counts.unchanged)
                    }
                    members => {
                        let id_in_b = (a.id != b.id).then(|| b.id.clone());
                        self.violations.changed.push(Changed { case: violation(a), id_in_b, members });
                        (a, |counts| &mut counts.changed)
                    }
                },
                (None, None) => continue,
            };
            *count(self.by_rule.entry(told.rule.to_string()).or_default()) += 1;
            *count(self.by_carrier.entry(told.carrier_uscc.clone().unwrap_or_default()).or_default()) += 1;
            *count(self.by_truck.entry(told.plate.to_string()).or_default()) += 1;
        }
    }
}

fn hauls(a: &[HaulFound], b: &[HaulFound]) -> Part {
    let mut part = Part::default();
    let key = |haul: &HaulFound| haul.plate.to_string();
    for pair in pairs(a, b, |h| h.id.as_str(), key, |h| (h.departed, h.departed), SAME_HAUL_S) {
        match pair {
            (Some(a), None) => part.only_in_a.push(haul(a)),
            (None, Some(b)) => part.only_in_b.push(haul(b)),
            (Some(a), Some(b)) => match haul_steps(a, b) {
                steps if steps.is_empty() => part.unchanged += 1,
                members => {
                    let id_in_b = (a.id != b.id).then(|| b.id.clone());
                    part.changed.push(Changed { case: haul(a), id_in_b, members });
                }
            },
            (None, None) => {}
        }
    }
    part
}

/// Puts together what is the same on both sides: by id, then by key and meeting times, nearest start first. In the order of
/// A, then what is in B alone in B's order.
fn pairs<'a, T>(
    a: &'a [T],
    b: &'a [T],
    id: impl Fn(&T) -> &str,
    key: impl Fn(&T) -> String,
    span: impl Fn(&T) -> (Timestamp, Timestamp),
    slack_s: i64,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let by_id: HashMap<&str, usize> = b.iter().enumerate().map(|(i, item)| (id(item), i)).collect();
    let mut partner: Vec<Option<usize>> = a.iter().map(|item| by_id.get(id(item)).copied()).collect();
    let mut free: BTreeSet<usize> = (0..b.len()).collect();
    partner.iter().flatten().for_each(|taken| {
        free.remove(taken);
    });
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    free.iter().for_each(|i| by_key.entry(key(&b[*i])).or_default().push(*i));
    for (item, partner) in a.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
        let (start, end) = span(item);
        let meets = |other: &usize| {
            let (from, to) = span(&b[*other]);
            free.contains(other) && from <= end.plus_seconds(slack_s) && start <= to.plus_seconds(slack_s)
        };
        let distance = |other: &usize| span(&b[*other]).0.millis_since(start).abs();
        let candidates = by_key.get(&key(item)).into_iter().flatten().copied();
        *partner = candidates.filter(meets).min_by_key(distance);
        if let Some(taken) = partner {
            free.remove(taken);
        }
    }
    let both = a.iter().zip(partner).map(|(item, partner)| (Some(item), partner.map(|i| &b[i])));
    both.chain(free.into_iter().map(|i| (None, Some(&b[i])))).collect()
}

fn violation(v: &ViolationFound) -> Case {
    Case {
        id: v.id.clone(),
        rule: Some(v.rule.to_string()),
        plate: v.plate.to_string(),
        carrier_uscc: v.carrier_uscc.clone(),
        start: v.start,
        end: Some(v.end),
        state: None,
        permit: v.permit.clone(),
    }
}

fn haul(haul: &HaulFound) -> Case {
    Case {
        id: haul.id.clone(),
        rule: None,
        plate: haul.plate.to_string(),
        carrier_uscc: None,
        start: haul.departed,
        end: haul.unloaded,
        state: Some(haul.state.clone()),
        permit: haul.permit.clone(),
    }
}

fn violation_steps(a: &ViolationFound, b: &ViolationFound) -> Vec<Step> {
    let members = |v: &ViolationFound| {
        json!({ "start": v.start, "end": v.end, "carrier_uscc": v.carrier_uscc, "permit": v.permit,
            "lat": v.lat, "lon": v.lon })
    };
    let mut steps = steps_between("", &members(a), &members(b));
    steps.extend(steps_between("facts.", &json!(a.facts), &json!(b.facts)));
    steps
}

fn haul_steps(a: &HaulFound, b: &HaulFound) -> Vec<Step> {
    let members = |haul: &HaulFound| {
        json!({ "state": haul.state, "permit": haul.permit, "leg": haul.leg, "source": haul.source,
            "departed": haul.departed, "sink": haul.sink, "unloaded": haul.unloaded,
            "distance_km": haul.distance_km })
    };
    steps_between("", &members(a), &members(b))
}

/// Every member of two objects that differs, by name.
fn steps_between(prefix: &str, a: &Value, b: &Value) -> Vec<Step> {
    let (Value::Object(a), Value::Object(b)) = (a, b) else { return Vec::new() };
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let value =
        |of: &serde_json::Map<String, Value>, name: &String| of.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .filter(|name| a.get(*name) != b.get(*name))
        .map(|name| Step { member: format!("{prefix}{name}"), a: value(a, name), b: value(b, name) })
        .collect()
}
