//! What a case rests on: a bundle to check and a sheet for paper. Who took one is noted.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::cases;
use super::officer::{Party, SignedIn};
use super::problem::Problem;
use crate::clock;
use crate::evidence::gather::{GatherError, gather};
use crate::evidence::{Evidence, bundle, sheet};
use crate::store::Officer;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(zip)).routes(routes!(page))
}

impl From<GatherError> for Problem {
    fn from(error: GatherError) -> Self {
        Self::internal(&error)
    }
}

/// Notes who looks, then gathers: whoever takes a bundle is named in it.
async fn gathered(
    api: &Api,
    officer: Officer,
    number: &str,
    what: &'static str,
) -> Result<Evidence, Problem> {
    let party = Party(officer);
    let case = cases::find(api, &party, number).await?;
    api.store.note_case_read(case.number.as_str(), &party.0.name, what, clock::now()).await?;
    let registers = Arc::clone(&api.live.registers.borrow());
    Ok(gather(case, &api.store, &api.history, &registers, &api.live.catalogue).await?)
}

/// Everything a case rests on as one ZIP file: reports, tag readings, permit, rule and register versions, geometry,
/// attachments, decisions, who read it, each with its SHA-256. The same case in the same state gives the same bytes.
#[utoipa::path(get, path = "/api/v1/cases/{number}/evidence.zip", tag = "cases",
    params(("number" = String, Path, description = "Case number")),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn zip(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let evidence = gathered(&api, officer, &number, "evidence bundle").await?;
    let name = format!("attachment; filename=\"evidence-{}.zip\"", evidence.case.number);
    let bytes = tokio::task::spawn_blocking(move || bundle::zip(&evidence))
        .await
        .map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::internal(&error))?;
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/zip");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// The evidence sheet of a case as a page for A4, without script.
#[utoipa::path(get, path = "/evidence/{number}", tag = "cases", params(("number" = String, Path, description = "Case number")),
    responses((status = 200, content_type = "text/html", body = String), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn page(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let evidence = gathered(&api, officer, &number, "evidence sheet").await?;
    let html = tokio::task::spawn_blocking(move || sheet::html(&evidence))
        .await
        .map_err(|error| Problem::internal(&error))?;
    let hash = STANDARD.encode(Sha256::digest(sheet::STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, html).into_response())
}
