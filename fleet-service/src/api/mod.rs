//! The HTTP face: pages, programs and the public talk to the service through this and nothing else. The only place of
//! axum. One file a resource, each with its own router; every handler is in the OpenAPI document.

mod account;
mod address;
mod appeal_draft;
mod appeals;
mod ask;
mod attachments;
mod audit;
mod basemaps;
mod blacklist;
mod buckets;
mod carriers;
mod case_sheet;
mod cases;
mod checks;
mod clue_acts;
mod clue_list;
mod clue_review;
mod clues;
mod commands;
mod decisions;
mod door;
mod etag;
mod events;
mod evidence;
mod feed;
mod feed_metrics;
mod feed_push;
mod headers;
mod health;
mod history;
mod idempotency;
mod imports;
mod invitations;
mod listings;
mod map;
mod map_trucks;
mod metrics;
mod notices;
mod officer;
mod openapi;
mod page;
mod paging;
mod peer_metrics;
mod people;
mod people_problem;
mod permit_page;
mod permits;
mod plain_page;
mod problem;
mod public_pages;
mod rankings;
mod readers;
mod reference_page;
mod register_problem;
mod registers;
mod reports;
mod rules;
mod same_site;
mod session;
mod settings;
mod single_sign_on;
mod site_reports;
mod standing;
mod statements;
mod statistics;
mod street_metrics;
mod tables;
mod terminals;
mod tips;
mod trials;
mod truck_permits;
mod truck_table;
mod trucks;
mod wall;
mod waybill_sheet;
mod waybills;

use std::net::SocketAddr;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use door::{Door, DoorLimits};
use problem::{Problem, normal};

use crate::cases::Cases;
use crate::commands::dispatch::CommandDesk;
use crate::gateway::admission::Admission;
use crate::gateway::sessions::Sessions;
use crate::handover::HandoverDesk;
use crate::history::History;
use crate::live::Live;
use crate::log::ReportLog;
use crate::people::People;
use crate::readers::Readers;
use crate::registrar::RegisterDesk;
use crate::site_devices::SiteDesk;
use crate::store::Store;
use crate::street::desk::Street;

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// Everything stored.
    pub store: Store,
    /// The map's state and events.
    pub live: Live,
    /// Decisions.
    pub cases: Cases,
    /// What trucks reported, by truck and time.
    pub history: History,
    /// The report log, for its counts.
    pub log: ReportLog,
    /// The gateway, for its counts.
    pub sessions: Sessions,
    /// Where commands to terminals are announced.
    pub commands: CommandDesk,
    /// Where site devices are served.
    pub site_desk: SiteDesk,
    /// Where platforms that hand over reports are served.
    pub handover: HandoverDesk,
    /// Who may connect.
    pub admission: Admission,
    /// Where registers are kept.
    pub register_desk: RegisterDesk,
    /// Superior platforms forwarded to.
    #[cfg(feature = "jt809")]
    pub forwarding: crate::forward::Forwarding,
    /// People, their sessions and tokens.
    pub people: People,
    /// Fixed readers listened to.
    pub readers: Readers,
    /// Who is let in how often.
    pub door: Door,
    /// What meets people at the roadside, and basemaps.
    pub street: Street,
    /// Ends open event streams when the service ends.
    pub stop: CancellationToken,
}

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Mucktrail",
    description = "Construction-waste trucks, clues, cases, scores and the public black list. Times are RFC 3339 in +08:00, places WGS-84 degrees, points integers of 0.01.",
    license(name = "MIT OR Apache-2.0")
))]
struct Document;

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(session::router())
        .merge(invitations::router())
        .merge(account::router())
        .merge(people::router())
        .merge(audit::router())
        .merge(settings::router())
        .merge(single_sign_on::router())
        .merge(map::router())
        .merge(map_trucks::router())
        .merge(trucks::router())
        .merge(truck_permits::router())
        .merge(history::router())
        .merge(notices::router())
        .merge(terminals::router())
        .merge(commands::router())
        .merge(clue_list::router())
        .merge(clues::router())
        .merge(clue_acts::router())
        .merge(clue_review::router())
        .merge(cases::router())
        .merge(decisions::router())
        .merge(appeals::router())
        .merge(appeal_draft::router())
        .merge(attachments::router())
        .merge(listings::router())
        .merge(carriers::router())
        .merge(statements::router())
        .merge(rankings::router())
        .merge(rules::router())
        .merge(standing::router())
        .merge(statistics::router())
        .merge(blacklist::router())
        .merge(feed::router())
        .merge(feed_push::router())
        .merge(events::router())
        .merge(readers::router())
        .merge(health::router())
        .merge(site_reports::router())
        .merge(reports::router())
        .merge(waybills::router())
        .merge(public_pages::router())
        .merge(tips::router())
        .merge(checks::router())
        .merge(evidence::router())
        .merge(basemaps::router())
        .merge(wall::router())
        .merge(registers::router())
        .merge(imports::router())
        .merge(permits::router())
        .merge(permit_page::router())
        .merge(trials::router())
        .merge(problem::pages::router())
        .merge(reference_page::router())
        .routes(routes!(openapi_json))
}

/// The OpenAPI document of every route, made from the code.
fn document() -> Result<serde_json::Value, serde_json::Error> {
    Ok(openapi::complete(serde_json::to_value(documented().into_openapi())?))
}

/// The same as text, as `docs/openapi.json` holds it.
pub fn openapi_text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&document()?)? + "\n")
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
async fn openapi_json() -> Result<Json<serde_json::Value>, Problem> {
    document().map(Json).map_err(|error| Problem::internal(&error))
}

/// Every route with its security headers and limits.
pub fn router(api: Api) -> Router {
    let (router, _document) = documented().split_for_parts();
    let router = layers(router.fallback(page::serve), &api);
    headers::wrap(router).with_state(api)
}

/// What every request passes, from the last to the first: a tag for what is asked, one answer a key, the next page's
/// address, the limits, and problems for whatever was refused without one.
fn layers(router: Router<Api>, api: &Api) -> Router<Api> {
    let door = api.door.clone();
    router
        .layer(from_fn(etag::tag))
        .layer(from_fn_with_state(api.clone(), idempotency::once))
        .layer(from_fn(paging::link))
        .layer(from_fn_with_state(api.clone(), door::admit))
        .layer(CatchPanicLayer::custom(move |with| {
            door.count_panic();
            normal::panicked(with)
        }))
        .layer(from_fn(normal::refusals))
}

/// Serves until told to stop, then lets requests under way finish.
pub async fn serve(listener: TcpListener, api: Api) -> std::io::Result<()> {
    let stop = api.stop.clone();
    // Without this an event waits for the page to acknowledge the one before: up to 40 ms. Where it cannot be set, so it is.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}

#[cfg(test)]
mod tests;
