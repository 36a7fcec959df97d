//! The wall screen (大屏): the city at a glance, without names of people, with the age of the data.

use axum::Json;
use axum::extract::State;
use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::view::clue::ClueView;

/// Last alerts shown.
const ALERTS: u32 = 8;
/// Most hauls of a day that are counted.
const HAULS_MAX: u32 = 200_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(wall))
}

/// An alert.
#[derive(Serialize, ToSchema)]
struct Alert {
    /// The clue.
    id: String,
    /// Rule code.
    rule: String,
    /// Its Chinese name.
    rule_name_zh: String,
    /// Its English name.
    rule_name_en: String,
    /// `minor`, `general` or `serious`.
    severity: String,
    /// The truck.
    plate: String,
    /// When it began.
    start: String,
}

/// The city at a glance.
#[derive(Serialize, ToSchema)]
struct Wall {
    /// Trucks that reported in the last 5 minutes.
    online: usize,
    /// Trucks registered or seen.
    trucks: usize,
    /// Hauls that began today.
    hauls_today: usize,
    /// Clues that wait for an officer.
    pending: u64,
    /// Tips that wait.
    tips: u64,
    /// Companies on the black list.
    listed: usize,
    /// The newest pending clues.
    alerts: Vec<Alert>,
    /// The newest report of any truck; its age is the age of all this. Null: none yet.
    newest_report: Option<String>,
    /// When this was put together.
    as_of: String,
}

/// Five numbers, the last alerts and the age of the data, for a screen on the wall.
#[utoipa::path(get, path = "/api/v1/wall", tag = "map",
    responses((status = 200, body = Wall), (status = 401, body = Problem)))]
async fn wall(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Wall>, Problem> {
    let now = clock::now();
    let registry = api.live.registry();
    let rows = api.live.fleet().rows(&registry, now);
    let is_online = |state: &str| matches!(state, "normal" | "clue");
    let newest: Option<Timestamp> = rows
        .iter()
        .filter_map(|row| row.last.as_ref())
        .map(|last| last.received.as_ref().unwrap_or(&last.time))
        .filter_map(|time| time.parse().ok())
        .max();
    let midnight = Timestamp::start_of_local_day(now.local_date());
    let hauls = api.store.hauls_between(midnight, now.plus_seconds(1), HAULS_MAX).await?;
    let counts = api.store.clue_counts().await?;
    let tips = api.store.tip_counts().await?;
    let pending = Some(crate::store::ClueState::Pending);
    let clues = api.store.clues(pending, Timestamp::from_millis(i64::MAX), ALERTS).await?;
    let alert = |clue: &crate::store::StoredClue| {
        let view = ClueView::of(clue, &api.live.catalogue, &registry);
        Alert {
            id: view.id,
            rule: view.rule,
            rule_name_zh: view.rule_name_zh,
            rule_name_en: view.rule_name_en,
            severity: view.severity,
            plate: view.plate,
            start: view.start,
        }
    };
    Ok(Json(Wall {
        online: rows.iter().filter(|row| is_online(&row.state)).count(),
        trucks: rows.len(),
        hauls_today: hauls.len(),
        pending: counts.pending,
        tips: tips.received + tips.taken,
        listed: api.store.listings().await?.len(),
        alerts: clues.iter().map(alert).collect(),
        newest_report: newest.map(|time| time.to_string()),
        as_of: now.to_string(),
    }))
}
