//! Companies and their scores.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use domain::Uscc;
use scoring::sheet::{Cell, Sheet, column};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::{Party, SignedIn};
use super::paging::{self, Page};
use super::problem::Problem;
use super::tables::{self, Form, TABLE_ROWS_MAX};
use crate::clock;
use crate::view::carrier::{self, CarrierDetail, CarrierRow};

/// Name of this list's cursors.
const LIST: &str = "carriers";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(carriers)).routes(routes!(carrier))
}

/// Which companies.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `red_candidate`, `normal`, `warning`, `interview` or `black`; all when absent.
    band: Option<String>,
    /// Only those whose name or code has this in it.
    search: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 10,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `json`, `csv` or `xlsx`; when absent, `Accept` decides.
    format: Option<String>,
}

/// Every company.
#[derive(Serialize, ToSchema)]
struct Carriers {
    /// The lowest score first.
    carriers: Vec<CarrierRow>,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Every registered company with its score of the year, the lowest first.
#[utoipa::path(get, path = "/api/v1/carriers", tag = "carriers", params(Wanted),
    responses((status = 200, content((Carriers = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn carriers(
    _officer: SignedIn,
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let form = Form::asked(wanted.format.as_deref(), &headers, Form::TABLE)?;
    let ledger = api.store.ledger().await?;
    let listings = api.store.listings().await?;
    let now = clock::now();
    let mut rows = carrier::rows(&api.live.registry(), &ledger, &listings, now);
    rows.retain(|row| {
        let has = |part: &String| row.name.contains(part.as_str()) || row.uscc.contains(part.as_str());
        wanted.band.as_ref().is_none_or(|band| *band == row.band) && wanted.search.as_ref().is_none_or(has)
    });
    let after: Option<(i64, String)> = paging::after(LIST, wanted.cursor.as_deref())?;
    let limit = paging::limit(wanted.limit, TABLE_ROWS_MAX, TABLE_ROWS_MAX);
    let key = |row: &CarrierRow| (row.score_centi, row.uscc.clone());
    let (carriers, next) = paging::of_ordered(LIST, rows, after.as_ref(), limit, key);
    if form != Form::Json {
        return Ok(paging::with_next(tables::file(form, &sheet(&carriers), "carriers", now)?, next));
    }
    Ok(Page { answer: Carriers { carriers, next_cursor: next.clone() }, next }.into_response())
}

fn sheet(carriers: &[CarrierRow]) -> Sheet {
    let rows = carriers.iter().map(|row| {
        vec![
            Cell::text(&row.uscc),
            Cell::text(&row.name),
            Cell::text(&row.status),
            Cell::Count(row.trucks.into()),
            Cell::Points(row.score_centi),
            Cell::text(&row.band),
            Cell::of(row.listed_since.as_ref(), Cell::text),
            Cell::Count(row.deductions.into()),
        ]
    });
    Sheet {
        name: "企业 carriers",
        columns: vec![
            column("uscc", "统一社会信用代码", "Company code"),
            column("name", "企业名称", "Company"),
            column("status", "状态", "Status"),
            column("trucks", "车辆数", "Trucks"),
            column("score", "得分", "Score"),
            column("band", "等级", "Band"),
            column("listed_since", "列入时间", "Listed since"),
            column("deductions", "扣分次数", "Deductions"),
        ],
        rows: rows.collect(),
    }
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
