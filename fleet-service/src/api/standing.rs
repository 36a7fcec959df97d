//! How a company stands: whether it is rated, its rank, and how its score moved over the year.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use domain::time::date_plus_days;
use domain::{Timestamp, Uscc};
use scoring::rating::{Rating, TooThin};
use scoring::{Cycle, Profile};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::Party;
use super::problem::Problem;
use crate::clock;
use crate::view::standing::{self, Facts, ScoreAt};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(standing))
}

/// How a company stands.
#[derive(Serialize, ToSchema)]
struct StandingView {
    /// The year.
    cycle: i32,
    /// Whether there is enough to rate.
    rated: bool,
    /// Why not: `registered_days` or `trips`.
    not_rated_because: Option<&'static str>,
    /// Days a company has to be registered to be rated.
    registered_days_min: u32,
    /// Hauls it has to have made in the year.
    trips_min: u32,
    /// Its hauls in the year.
    trips: u64,
    /// Its place among the rated, the highest score first; equal scores share one.
    rank: Option<u32>,
    /// How many are rated.
    rated_companies: u32,
    /// Its score at the beginning of the year, at the end of each week, and now.
    trend: Vec<ScoreAt>,
}

/// How a company stands this year. A company's person sees the own standing and of others only how many there are.
#[utoipa::path(get, path = "/api/v1/carriers/{uscc}/standing", tag = "carriers",
    params(("uscc" = String, Path, description = "Unified social credit code")),
    responses((status = 200, body = StandingView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn standing(
    party: Party,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<StandingView>, Problem> {
    let missing = || Problem::not_found("company", "企业");
    let uscc: Uscc = text.parse().map_err(|_source| missing())?;
    if !party.may_see(&uscc) || !api.live.registry().carriers.contains_key(&uscc) {
        return Err(missing());
    }
    let now = clock::now();
    let cycle = Cycle::of(now);
    let new_year = domain::LocalDate::from_ymd_opt(cycle.year(), 1, 1).unwrap_or(now.local_date());
    let start = Timestamp::start_of_local_day(new_year);
    let hauls = api.store.hauls_by_truck(start, now).await?;
    let ledger = api.store.ledger().await?;
    let registers = Arc::clone(&api.live.registers.borrow());
    let weeks = weeks(start, now);
    let fold = move || {
        let facts = Facts { registers: &registers, ledger: &ledger, hauls_of_year: &hauls, now };
        (standing::place(&facts, &uscc), standing::trend(&ledger, &uscc, &weeks))
    };
    let (place, trend) =
        tokio::task::spawn_blocking(fold).await.map_err(|error| Problem::internal(&error))?;
    let limits = &Profile::FleetFair.terms_of(cycle, now).not_rated;
    let because = match place.rating {
        Rating::Rated { .. } => None,
        Rating::NotRated { because: TooThin::RegisteredDays } => Some("registered_days"),
        Rating::NotRated { because: TooThin::Trips } => Some("trips"),
    };
    Ok(Json(StandingView {
        cycle: cycle.year(),
        rated: because.is_none(),
        not_rated_because: because,
        registered_days_min: limits.below_registered_days,
        trips_min: limits.below_trips,
        trips: place.trips,
        rank: place.rank,
        rated_companies: place.rated_companies,
        trend,
    }))
}

/// The year's first moment, the end of each of its weeks that is over, and now.
fn weeks(start: Timestamp, now: Timestamp) -> Vec<Timestamp> {
    let mut moments = vec![start];
    let mut monday = start.local_date();
    while Timestamp::start_of_local_day(monday) < now {
        let midnight = Timestamp::start_of_local_day(monday);
        if midnight.local().format("%u").to_string() == "1" && midnight > start {
            moments.push(midnight);
        }
        monday = date_plus_days(monday, 1);
    }
    moments.push(now);
    moments
}
