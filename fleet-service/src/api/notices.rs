//! What a truck said of its own reports: gaps, and tags that may be copies.

use axum::Json;
use axum::extract::{Path, State};
use domain::Plate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::view::notice::NoticeView;

/// Most notices in one answer.
const NOTICES_SHOWN_MAX: u32 = 500;
const NOTICES_SHOWN_DEFAULT: u32 = 50;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(notices))
}

/// How many notices.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// At most so many, up to 500; 50 when absent.
    limit: Option<u32>,
}

/// What a truck said.
#[derive(Serialize, ToSchema)]
struct Notices {
    /// Newest first, by arrival.
    notices: Vec<NoticeView>,
}

/// Reports a truck lost and tags it saw that may be copies, as its terminal told them, newest first. The terminal's
/// oldest beyond 1,000 are dropped.
#[utoipa::path(get, path = "/api/v1/trucks/{plate}/notices", tag = "trucks",
    params(("plate" = String, Path, description = "Plate"), Wanted),
    responses((status = 200, body = Notices), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn notices(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(plate): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Notices>, Problem> {
    let plate: Plate = plate.parse().map_err(|_source| Problem::not_found("truck", "车辆"))?;
    let limit = wanted.limit.unwrap_or(NOTICES_SHOWN_DEFAULT).clamp(1, NOTICES_SHOWN_MAX);
    let notices = api.store.notices_of(&plate, limit).await?.into_iter().map(NoticeView::from).collect();
    Ok(Json(Notices { notices }))
}
