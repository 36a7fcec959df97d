//! The settings in force, to be read: they are changed in the file given with `--settings`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::Known;
use super::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(settings))
}

/// The settings in force.
#[derive(Serialize, ToSchema)]
struct InForce {
    /// As a file for `serve --settings`. It names files with secrets, and holds none.
    toml: String,
    /// The version of the program.
    version: &'static str,
}

/// Tells the settings in force.
#[utoipa::path(get, path = "/api/v1/settings", tag = "people",
    responses((status = 200, body = InForce), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn settings(_supervisor: Known, State(api): State<Api>) -> Result<Json<InForce>, Problem> {
    let toml = toml::to_string_pretty(&*api.cases.settings).map_err(|e| Problem::internal(&e))?;
    Ok(Json(InForce { toml, version: env!("CARGO_PKG_VERSION") }))
}
