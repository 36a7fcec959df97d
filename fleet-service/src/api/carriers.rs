//! Companies and their scores.

use axum::Json;
use axum::extract::{Path, State};
use domain::Uscc;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::{Party, SignedIn};
use super::problem::Problem;
use crate::clock;
use crate::view::carrier::{self, CarrierDetail, CarrierRow};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(carriers)).routes(routes!(carrier))
}

/// Every company.
#[derive(Serialize, ToSchema)]
struct Carriers {
    /// The lowest score first.
    carriers: Vec<CarrierRow>,
}

/// Every registered company with its score of the year, the lowest first.
#[utoipa::path(get, path = "/api/v1/carriers", tag = "carriers",
    responses((status = 200, body = Carriers), (status = 401, body = Problem)))]
async fn carriers(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Carriers>, Problem> {
    let ledger = api.store.ledger().await?;
    let listings = api.store.listings().await?;
    Ok(Json(Carriers { carriers: carrier::rows(&api.live.registry(), &ledger, &listings, clock::now()) }))
}

/// One company with its ledger and its score explained to the point.
#[utoipa::path(get, path = "/api/v1/carriers/{uscc}", tag = "carriers",
    params(("uscc" = String, Path, description = "Unified social credit code")),
    responses((status = 200, body = CarrierDetail), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn carrier(
    party: Party,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<CarrierDetail>, Problem> {
    let missing = || Problem::not_found("company", "企业");
    let uscc: Uscc = text.parse().map_err(|_source| missing())?;
    if !party.may_see(&uscc) {
        return Err(missing());
    }
    let registry = api.live.registry();
    let carrier = registry.carriers.get(&uscc).ok_or_else(missing)?;
    let entries = api.store.ledger_of(&uscc).await?;
    let listings = api.store.listings().await?;
    let listing = listings.iter().find(|l| l.uscc == uscc);
    Ok(Json(carrier::detail(carrier, &registry, entries, listing, &api.live.catalogue, clock::now())))
}
