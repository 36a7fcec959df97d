//! A clue as officers see it.

use std::collections::BTreeMap;

use domain::{Registry, RuleCode, Violation};
use scoring::catalogue::Catalogue;
use scoring::rule::{Rule, family};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{ClueCounts, ClueEvent, StoredClue};

/// What the judge found, under which rule, and what was decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClueView {
    /// 20 hexadecimal characters; the same facts give the same id.
    pub id: String,
    /// Rule code, with its grade where the facts tell it.
    pub rule: String,
    /// The rule's Chinese name.
    pub rule_name_zh: String,
    /// The rule's English name.
    pub rule_name_en: String,
    /// Who decides: `city_management`, `police` or `transport`.
    pub authority: String,
    /// `minor`, `general` or `serious`.
    pub severity: String,
    /// The rule's points in hundredths, before escalation and dilution.
    pub points_centi: i64,
    /// The truck.
    pub plate: String,
    /// Its company, if registered.
    pub carrier_uscc: Option<String>,
    /// The company's name.
    pub carrier_name: Option<String>,
    /// The permit judged by.
    pub permit: Option<String>,
    /// The haul.
    pub trip: Option<String>,
    /// First moment, RFC 3339.
    pub start: String,
    /// Last moment.
    pub end: String,
    /// Where it began, WGS-84 degrees.
    pub lat: f64,
    /// Where it began, WGS-84 degrees.
    pub lon: f64,
    /// What failed, how far, how long, by which readings.
    #[schema(value_type = Object)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// `pending`, `confirmed`, `rejected` or `withdrawn`.
    pub state: String,
    /// Decided, but later reports no longer show it: an officer should look again.
    pub disproved: bool,
    /// When it was first found.
    pub opened_at: String,
    /// The decision, once there is one.
    pub decision: Option<DecisionView>,
}

/// What an officer decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// `confirmed` or `rejected`.
    pub outcome: String,
    /// The officer.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
    /// The ledger entry posted for it.
    pub ledger_seq: Option<u64>,
    /// What it takes, in hundredths.
    pub points_centi: Option<i64>,
}

/// A clue with all that happened to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClueWithHistory {
    /// The clue.
    #[serde(flatten)]
    pub clue: ClueView,
    /// Oldest first.
    pub history: Vec<HistoryView>,
}

/// One line of a clue's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryView {
    /// When.
    pub at: String,
    /// What happened.
    pub what: String,
    /// Who did it: an officer, or `judge`.
    pub by: String,
}

/// How many clues stand where.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct CountsView {
    /// Waiting for an officer.
    pub pending: u64,
    /// Found proved.
    pub confirmed: u64,
    /// Found not proved.
    pub rejected: u64,
    /// Disproved by later reports.
    pub withdrawn: u64,
}

impl From<ClueCounts> for CountsView {
    fn from(counts: ClueCounts) -> Self {
        let ClueCounts { pending, confirmed, rejected, withdrawn } = counts;
        Self { pending, confirmed, rejected, withdrawn }
    }
}

impl From<&ClueEvent> for HistoryView {
    fn from(event: &ClueEvent) -> Self {
        Self { at: event.at.to_string(), what: event.what.clone(), by: event.by.clone() }
    }
}

/// The grade a detector noted, as `b` of TR-02.
pub fn band(violation: &Violation) -> Option<&str> {
    violation.facts.get("band").and_then(|band| band.as_str())
}

/// The rule a finding falls under: the one in force when it happened, else the code's nearest relative for its names.
pub fn rule_for<'a>(catalogue: &'a Catalogue, violation: &Violation) -> Option<&'a Rule> {
    let named = |code: &RuleCode| *code == violation.rule || family(code) == violation.rule.as_str();
    catalogue
        .resolve(&violation.rule, band(violation), violation.start)
        .ok()
        .or_else(|| catalogue.rules().find(|rule| named(&rule.code)))
}

impl ClueView {
    /// A stored clue with the names of its rule and company.
    pub fn of(clue: &StoredClue, catalogue: &Catalogue, registry: &Registry) -> Self {
        // People see a decided clue as it was decided.
        let violation = clue.decision.as_ref().map_or(&clue.violation, |decision| &decision.on);
        let rule = rule_for(catalogue, violation);
        let uscc = violation.carrier_uscc.as_ref();
        let decision = clue.decision.as_ref().map(|d| DecisionView {
            outcome: clue.state.word().to_owned(),
            by: d.by.clone(),
            at: d.at.to_string(),
            reason: d.reason.clone(),
            ledger_seq: d.ledger_seq,
            points_centi: d.points_centi,
        });
        Self {
            id: violation.id.to_string(),
            rule: rule.map_or(violation.rule.as_str(), |r| r.code.as_str()).to_owned(),
            rule_name_zh: rule.map_or_else(String::new, |r| r.name_zh.clone()),
            rule_name_en: rule.map_or_else(String::new, |r| r.name_en.clone()),
            authority: rule.map_or_else(String::new, |r| r.authority.word().to_owned()),
            severity: rule.map_or_else(String::new, |r| r.severity.word().to_owned()),
            points_centi: rule.map_or(0, |r| r.base_cp),
            plate: violation.plate.to_string(),
            carrier_uscc: uscc.map(ToString::to_string),
            carrier_name: uscc.and_then(|u| registry.carriers.get(u)).map(|c| c.name.clone()),
            permit: violation.permit.as_ref().map(ToString::to_string),
            trip: violation.trip.map(|t| t.to_string()),
            start: violation.start.to_string(),
            end: violation.end.to_string(),
            lat: violation.position.lat(),
            lon: violation.position.lon(),
            facts: violation.facts.clone(),
            state: clue.state.word().to_owned(),
            disproved: clue.disproved,
            opened_at: clue.opened.to_string(),
            decision,
        }
    }
}
