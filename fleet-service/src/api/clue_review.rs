//! What an officer needs beside a clue to decide it: the rule as it was in force, and the permit's text.

use axum::Json;
use axum::extract::{Path, State};
use domain::{Permit, Registry, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::view::clue::{ClueView, ClueWithHistory, HistoryView, rule_for};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(review))
}

/// A clue with everything said about it.
#[derive(Serialize, ToSchema)]
struct Review {
    /// The clue and its history.
    clue: ClueWithHistory,
    /// The rule in force when it happened, when the catalogue has one.
    rule: Option<RuleText>,
    /// The permit judged by; absent when none was found, or it is no longer in the registers.
    permit: Option<PermitText>,
}

/// A rule as it is applied.
#[derive(Serialize, ToSchema)]
struct RuleText {
    /// Its code, with its grade.
    code: String,
    /// Chinese name.
    name_zh: String,
    /// English name.
    name_en: String,
    /// Version of the table it was read from.
    version: String,
    /// First day it applies to.
    valid_from: String,
    /// Last day it applies to, where one is set.
    valid_to: Option<String>,
    /// Regulations and their articles.
    legal_basis: Vec<String>,
    /// Where its points come from.
    source: String,
    /// Evidence a case file needs, in Chinese.
    evidence_zh: Vec<String>,
    /// The same in English.
    evidence_en: Vec<String>,
    /// What a person applying it should know, in Chinese.
    note_zh: String,
    /// The same in English.
    note_en: String,
}

/// A permit in words.
#[derive(Serialize, ToSchema)]
struct PermitText {
    /// Its number.
    number: String,
    /// The company it is given to.
    carrier: String,
    /// How many trucks are on it.
    trucks: usize,
    /// Whether this truck is.
    has_this_truck: bool,
    /// From where to where, by which way.
    legs: Vec<LegText>,
    /// Class of waste.
    waste_class: String,
    /// Volume approved, cubic metres.
    volume_m3: f64,
    /// First moment of validity.
    valid_from: String,
    /// First moment after it.
    valid_until: String,
    /// Hours of hauling; empty is always.
    hours: Vec<HoursText>,
    /// Whether it held when the clue began.
    held: bool,
    /// No-go areas its trucks may pass.
    zone_passes: Vec<String>,
}

/// Hours of hauling.
#[derive(Serialize, ToSchema)]
struct HoursText {
    /// Days, as in the register.
    days: Vec<String>,
    /// As `22:00`.
    from: String,
    /// As `06:00`; not after `from`: of the next day.
    to: String,
}

/// One haul approved.
#[derive(Serialize, ToSchema)]
struct LegText {
    /// Where waste is loaded.
    source: String,
    /// Where it is unloaded.
    sink: String,
    /// By which way; absent is any.
    route: Option<String>,
}

/// What to decide a clue by: the clue with its history, the rule with its version and legal basis, the permit's text.
#[utoipa::path(get, path = "/api/v1/clues/{id}/review", tag = "clues",
    params(("id" = String, Path, description = "Clue")),
    responses((status = 200, body = Review), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn review(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<Review>, Problem> {
    let missing = || Problem::not_found("clue", "线索");
    let id = text.parse().map_err(|_source| missing())?;
    let clue = api.store.clue(id).await?.ok_or_else(missing)?;
    let history = api.store.clue_history(id).await?.iter().map(HistoryView::from).collect();
    let registry = api.live.registry();
    let violation = clue.decision.as_ref().map_or(&clue.violation, |decision| &decision.on);
    let rule = rule_for(&api.live.catalogue, violation).map(|rule| RuleText {
        code: rule.code.to_string(),
        name_zh: rule.name_zh.clone(),
        name_en: rule.name_en.clone(),
        version: rule.table_version.clone(),
        valid_from: rule.valid_from.to_string(),
        valid_to: rule.valid_to.map(|day| day.to_string()),
        legal_basis: rule.legal_basis.clone(),
        source: rule.source.clone(),
        evidence_zh: rule.evidence_zh.clone(),
        evidence_en: rule.evidence.clone(),
        note_zh: rule.note_zh.clone(),
        note_en: rule.note.clone(),
    });
    let permit = violation.permit.as_ref().and_then(|number| registry.permits.get(number));
    let permit = permit.map(|permit| {
        let has_this_truck = permit.trucks.contains(&violation.plate);
        PermitText { has_this_truck, ..permit_text(permit, &registry, violation.start) }
    });
    let clue = ClueWithHistory { clue: ClueView::of(&clue, &api.live.catalogue, &registry), history };
    Ok(Json(Review { clue, rule, permit }))
}

fn permit_text(permit: &Permit, registry: &Registry, at: Timestamp) -> PermitText {
    let site = |id| registry.sites.get(id).map_or_else(|| id.to_string(), |site| site.name.clone());
    let legs = permit.legs.iter().map(|leg| LegText {
        source: site(&leg.source),
        sink: site(&leg.sink),
        route: leg
            .route
            .as_ref()
            .map(|id| registry.routes.get(id).map_or_else(|| id.to_string(), |r| r.name.clone())),
    });
    let zone = |id| registry.zones.get(id).map_or_else(|| format!("{id}"), |zone| zone.name.clone());
    let hours = permit.windows.0.iter().map(|window| {
        let (from, to) = window.hours();
        let days = window.day_names().into_iter().map(str::to_owned).collect();
        HoursText { days, from, to }
    });
    PermitText {
        number: permit.number.to_string(),
        carrier: registry
            .carriers
            .get(&permit.carrier)
            .map_or_else(|| permit.carrier.to_string(), |carrier| carrier.name.clone()),
        trucks: permit.trucks.len(),
        has_this_truck: false,
        legs: legs.collect(),
        waste_class: permit.waste_class.clone(),
        volume_m3: permit.volume_l as f64 / 1000.0,
        valid_from: permit.valid_from.to_string(),
        valid_until: permit.valid_until.to_string(),
        hours: hours.collect(),
        held: permit.valid_from <= at && at < permit.valid_until,
        zone_passes: permit.zone_passes.iter().map(zone).collect(),
    }
}
