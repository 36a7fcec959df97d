//! Whether the service lives, whether it can do its work, and its counts.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::metrics;
use super::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics_text))
}

/// Lives.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can do its work, and if not, why.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// All is well.
    ready: bool,
    /// What is not.
    reasons: Vec<String>,
}

/// Ready when reports are being stored and the log has been judged once since the start.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
async fn readyz(State(api): State<Api>) -> impl IntoResponse {
    let mut reasons = Vec::new();
    if !api.log.is_healthy() {
        reasons.push("reports cannot be stored; the log tells why".to_owned());
    }
    if !api.live.progress().caught_up.load(Ordering::Relaxed) {
        reasons.push("the report log is still being judged after the start".to_owned());
    }
    if let Err(error) = api.store.probe().await {
        reasons.push(crate::sentence(&error));
    }
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready: reasons.is_empty(), reasons }))
}

/// Counts since the start, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "service", responses((status = 200, content_type = "text/plain", body = String)))]
async fn metrics_text(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::text(&api).await?))
}
