//! Live events for officers, as Server-Sent Events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt as _};
use tokio_stream::wrappers::BroadcastStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::live::bulletin::Notice;

/// Between two comments that keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What changes, as it changes: `trucks` (rows that changed, at most once a second), `moves` (trucks that only drove on,
/// at most once a second, not of more than 5,000 trucks: `[plate, time_ms, lon, lat, speed_kmh, course_deg]`), `clue`,
/// `claim` (`claim` is null when a clue was given back), `carrier`, `listing`. `resync` says that
/// events were missed and everything has to be fetched again. `Last-Event-ID` goes on after an event.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Id of the last event seen")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = Problem)))]
async fn events(
    _officer: SignedIn,
    State(api): State<Api>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let subscription = api.live.bulletin.subscribe(after);
    let bulletin = Arc::clone(&api.live.bulletin);
    // An error is a page that was too slow for what came: it fetches everything again.
    let coming = BroadcastStream::new(subscription.coming)
        .map(move |notice| notice.unwrap_or_else(|_lagged| bulletin.resync()));
    let notices = stream::iter(subscription.missed).chain(coming).take_until(api.stop.cancelled_owned());
    Sse::new(notices.map(|notice| Ok(event(&notice)))).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

fn event(notice: &Notice) -> Event {
    Event::default().id(notice.id.as_str()).event(notice.kind).data(notice.data.as_str())
}
