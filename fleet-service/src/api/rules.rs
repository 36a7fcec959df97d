//! The rules as people read them: every one with its points, its law and what a case needs.

use axum::Json;
use axum::extract::State;
use scoring::Rule;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(rules))
}

/// What a rule costs under a circumstance.
#[derive(Serialize, ToSchema)]
struct CircumstanceView {
    /// As a word.
    word: &'static str,
    /// In Chinese.
    name_zh: &'static str,
    /// Points instead of the base, in hundredths.
    base_centi: i64,
}

/// A rule in one period of validity.
#[derive(Serialize, ToSchema)]
struct RuleView {
    /// Its code; graded rules end in a small letter.
    code: String,
    /// The code without its grade.
    family: String,
    /// Chinese name.
    name_zh: String,
    /// English name.
    name_en: String,
    /// Who decides its cases.
    authority: &'static str,
    /// Who may decide them as well.
    joint: Vec<&'static str>,
    /// Legal basis, one regulation and its articles an item.
    legal_basis: Vec<String>,
    /// Evidence a case needs, in Chinese.
    evidence_zh: Vec<String>,
    /// The same in English.
    evidence_en: Vec<String>,
    /// Where clues may come from: `D` device, `G` gate, `O` officer.
    detectors: Vec<&'static str>,
    /// `A` company conduct, `B` truck conduct, `C` trifles.
    class: &'static str,
    /// `minor`, `general` or `serious`.
    severity: &'static str,
    /// Longest publicity of such a record, months.
    publicity_months_max: u32,
    /// Points before repetition and dilution, in hundredths.
    base_centi: i64,
    /// What it costs the truck itself, in hundredths.
    vehicle_centi: i64,
    /// What it costs under circumstances.
    circumstances: Vec<CircumstanceView>,
    /// `confirmation` or `final_decision`.
    counts_on: &'static str,
    /// How many officers are named when officers found the facts.
    officers: u32,
    /// `standard`, `remind_first` or `none`.
    repeat: &'static str,
    /// `inspection` or `truck_day`, when it does not count every time.
    once_per: Option<&'static str>,
    /// Rules to which it is added.
    added_to: Vec<String>,
    /// Rules with which it is one act: the highest counts.
    highest_of: Vec<String>,
    /// `none`, `repeated`, `at_once` or `two_accidents`.
    hard_trigger: &'static str,
    /// First day it applies to.
    valid_from: String,
    /// Last day; null while nothing replaces it.
    valid_to: Option<String>,
    /// Where the points come from.
    source: String,
    /// What a person applying it should know, in Chinese.
    note_zh: String,
    /// The same in English.
    note_en: String,
    /// The table it was read from.
    table_version: String,
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        let circumstances = rule.circumstances.iter().map(|(circumstance, base_cp)| CircumstanceView {
            word: circumstance.word(),
            name_zh: circumstance.name_zh(),
            base_centi: *base_cp,
        });
        let codes = |codes: &[domain::RuleCode]| codes.iter().map(ToString::to_string).collect();
        Self {
            code: rule.code.to_string(),
            family: scoring::rule::family(&rule.code).to_owned(),
            name_zh: rule.name_zh.clone(),
            name_en: rule.name_en.clone(),
            authority: rule.authority.word(),
            joint: rule.joint.iter().map(|authority| authority.word()).collect(),
            legal_basis: rule.legal_basis.clone(),
            evidence_zh: rule.evidence_zh.clone(),
            evidence_en: rule.evidence.clone(),
            detectors: rule.detectors.iter().map(|detector| detector.word()).collect(),
            class: rule.class.word(),
            severity: rule.severity.word(),
            publicity_months_max: rule.severity.publicity_months_max(),
            base_centi: rule.base_cp,
            vehicle_centi: rule.vehicle_cp,
            circumstances: circumstances.collect(),
            counts_on: rule.counts_on.word(),
            officers: rule.officers,
            repeat: rule.repeat.word(),
            once_per: rule.once_per.map(|once| once.word()),
            added_to: codes(&rule.added_to),
            highest_of: codes(&rule.highest_of),
            hard_trigger: rule.hard_trigger.word(),
            valid_from: rule.valid_from.to_string(),
            valid_to: rule.valid_to.map(|day| day.to_string()),
            source: rule.source.clone(),
            note_zh: rule.note_zh.clone(),
            note_en: rule.note.clone(),
            table_version: rule.table_version.clone(),
        }
    }
}

/// The catalogue.
#[derive(Serialize, ToSchema)]
struct Rules {
    /// Every rule in every period, by code.
    rules: Vec<RuleView>,
}

/// Every rule: what it is, who decides it by which law, what it costs, what a case needs. Anyone may read it.
#[utoipa::path(get, path = "/api/v1/rules", tag = "carriers", responses((status = 200, body = Rules)))]
async fn rules(State(api): State<Api>) -> Json<Rules> {
    Json(Rules { rules: api.live.catalogue.rules().map(RuleView::from).collect() })
}
