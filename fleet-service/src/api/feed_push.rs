//! Whom events are pushed to, how far each is, what each did not take, and sending that again.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::paging::{self, Page};
use super::problem::Problem;
use crate::clock;
use crate::feed::command::{self, DEAD_SHOWN_MAX, FeedCommandError};
use crate::store::{DeadLetter, Role, StoredTarget};

/// Name of this list's cursors.
const LIST: &str = "dead-letters";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(targets))
        .routes(routes!(dead))
        .routes(routes!(resend))
        .routes(routes!(write_off))
}

/// A target and how far it is.
#[derive(Serialize, ToSchema)]
struct TargetView {
    /// What it is called.
    name: String,
    /// `https`, `folder` or `webhook`.
    kind: &'static str,
    /// URL or path.
    address: String,
    /// Last feed event it is done with.
    feed_seq: u64,
    /// Feed events still to come.
    waiting: u64,
    /// Events it took.
    taken: u64,
    /// Attempts that failed, in all.
    failures: u64,
    /// Attempts that failed since it took something.
    failing: u32,
    /// What the last attempt met; none when it was taken.
    last_error: Option<String>,
    /// When it took something last.
    taken_at: Option<String>,
    /// Events it refused that wait for an operator.
    dead_letters: u64,
}

/// Every target.
#[derive(Serialize, ToSchema)]
struct Targets {
    /// Number of the newest feed event.
    newest_seq: u64,
    /// By name.
    targets: Vec<TargetView>,
}

/// An event a target did not take.
#[derive(Serialize, ToSchema)]
struct DeadView {
    /// Its number among dead letters.
    id: u64,
    /// The target.
    target: String,
    /// `feed`, or `clue` of an alert.
    source: String,
    /// The event's number there.
    seq: u64,
    /// The target's own words.
    reason: String,
    /// When it was given up, last.
    dead_at: String,
    /// Whether it is about to be sent again.
    resent: bool,
}

/// Dead letters.
#[derive(Serialize, ToSchema)]
struct DeadLetters {
    /// Oldest first, at most 1,000.
    dead_letters: Vec<DeadView>,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Which dead letters.
#[derive(Deserialize, IntoParams)]
struct Which {
    /// Of this target only.
    target: Option<String>,
    /// After this number. `cursor` does the same.
    after: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 1,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
struct Resent {
    /// How many are sent again.
    resent: u64,
}

/// Everyone events are pushed to.
#[utoipa::path(get, path = "/api/v1/feed/push", tag = "push",
    responses((status = 200, body = Targets), (status = 401, body = Problem)))]
async fn targets(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Targets>, Problem> {
    let (newest_seq, _) = api.store.push_ends().await?;
    let mut targets = Vec::new();
    for stored in api.store.push_targets().await? {
        let dead_letters = api.store.dead_letter_count(&stored.target.name).await?;
        targets.push(view(stored, newest_seq, dead_letters));
    }
    Ok(Json(Targets { newest_seq, targets }))
}

fn view(stored: StoredTarget, newest_seq: u64, dead_letters: u64) -> TargetView {
    TargetView {
        kind: stored.target.kind.word(),
        name: stored.target.name,
        address: stored.target.address,
        feed_seq: stored.feed_seq,
        waiting: newest_seq.saturating_sub(stored.feed_seq),
        taken: stored.taken,
        failures: stored.failures,
        failing: stored.attempts,
        last_error: stored.last_error,
        taken_at: stored.taken_at.map(|at| at.to_string()),
        dead_letters,
    }
}

/// What targets did not take, with their own words.
#[utoipa::path(get, path = "/api/v1/feed/push/dead", tag = "push", params(Which),
    responses((status = 200, body = DeadLetters), (status = 401, body = Problem)))]
async fn dead(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(which): Asked<Which>,
) -> Result<Page<DeadLetters>, Problem> {
    let after = paging::after(LIST, which.cursor.as_deref())?.or(which.after).unwrap_or(0);
    let limit = paging::limit(which.limit, DEAD_SHOWN_MAX, DEAD_SHOWN_MAX);
    let mut letters = api.store.dead_letters(which.target.as_deref(), after, limit + 1).await?;
    let next = paging::cut(LIST, &mut letters, limit, |letter| letter.id);
    let dead_letters = letters.into_iter().map(dead_view).collect();
    Ok(Page { answer: DeadLetters { dead_letters, next_cursor: next.clone() }, next })
}

fn dead_view(letter: DeadLetter) -> DeadView {
    DeadView {
        id: letter.id,
        target: letter.target,
        source: letter.source,
        seq: letter.seq,
        reason: letter.reason,
        dead_at: letter.dead_at.to_string(),
        resent: letter.is_resent,
    }
}

/// Sends a dead letter again. Admins do that.
#[utoipa::path(post, path = "/api/v1/feed/push/dead/{id}/resend", tag = "push",
    params(("id" = u64, Path, description = "The dead letter's number")),
    responses((status = 200, body = Resent), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn resend(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<Json<Resent>, Problem> {
    if officer.role != Role::Admin {
        return Err(Problem::not_admin());
    }
    match command::resend(&api.store, Some(id), None, &officer.name, clock::now()).await {
        Ok(resent) => Ok(Json(Resent { resent })),
        Err(FeedCommandError::NoLetter) => Err(Problem::not_found("dead letter", "待重发记录")),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Why a dead letter is given up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WritingOff {
    /// 1 to 1,000 characters, kept with it.
    reason: String,
}

/// What was given up.
#[derive(Serialize, ToSchema)]
struct WrittenOff {
    /// How many wait no longer.
    written_off: u64,
}

/// Writes a dead letter off: it is not sent again and waits no longer. Admins do that.
#[utoipa::path(post, path = "/api/v1/feed/push/dead/{id}/write-off", tag = "push", request_body = WritingOff,
    params(("id" = u64, Path, description = "The dead letter's number")),
    responses((status = 200, body = WrittenOff), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn write_off(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(id): Path<u64>,
    Sent(sent): Sent<WritingOff>,
) -> Result<Json<WrittenOff>, Problem> {
    if officer.role != Role::Admin {
        return Err(Problem::not_admin());
    }
    let which = (Some(id), None);
    match command::write_off(&api.store, which, &sent.reason, &officer.name, clock::now()).await {
        Ok(written_off) => Ok(Json(WrittenOff { written_off })),
        Err(FeedCommandError::NoLetter) => Err(Problem::not_found("dead letter", "待重发记录")),
        Err(error @ FeedCommandError::Reason) => {
            Err(Problem::unprocessable((&error.to_string(), "请填写核销理由，最多1000字")))
        }
        Err(error) => Err(Problem::internal(&error)),
    }
}
