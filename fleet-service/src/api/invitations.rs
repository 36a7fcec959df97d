//! Links that let someone set a password, once.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::Calling;
use super::problem::Problem;
use super::session::{Session, answer};
use crate::clock;
use crate::people::invitation::Acceptance;
use crate::people::password::PASSWORD_CHARS_MIN;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(accept))
}

/// A link's secret: it stands in a body, so that it is in no log.
#[derive(Deserialize, ToSchema)]
struct Looking {
    /// What stands behind `#invitation=`.
    token: String,
}

/// What a link is for.
#[derive(Serialize, ToSchema)]
struct Invited {
    /// Whose it is; absent: the first administrator's, who chooses a name.
    name: Option<String>,
    /// Their role.
    role: &'static str,
    /// Whether they have a second factor: then they sign in with it afterwards.
    second_factor: bool,
    /// From when it is refused.
    #[schema(value_type = String)]
    expires_at: domain::Timestamp,
    /// Fewest characters of a password.
    password_chars_min: usize,
}

/// Tells what a link is for, while it holds.
#[utoipa::path(post, path = "/api/v1/invitations/look", tag = "session", request_body = Looking,
    responses((status = 200, body = Invited), (status = 400, body = Problem), (status = 410, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn look(
    State(api): State<Api>,
    Calling(caller): Calling,
    Sent(sent): Sent<Looking>,
) -> Result<Json<Invited>, Problem> {
    let invited = api.people.invited(&sent.token, &caller, clock::now()).await?;
    let account = invited.account.as_ref();
    Ok(Json(Invited {
        name: account.map(|account| account.officer.name.clone()),
        role: account.map_or("admin", |account| account.officer.role.word()),
        second_factor: account.is_some_and(|account| account.totp_secret.is_some()),
        expires_at: invited.expires,
        password_chars_min: PASSWORD_CHARS_MIN,
    }))
}

/// What someone with a link sets.
#[derive(Deserialize, ToSchema)]
struct Accepting {
    /// What stands behind `#invitation=`.
    token: String,
    /// The first administrator's name; of others it is known.
    name: Option<String>,
    /// The password to set.
    password: String,
}

/// Sets the password of a link's person and signs them in; with a second factor they sign in afterwards (204).
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "session", request_body = Accepting,
    responses((status = 200, body = Session), (status = 204), (status = 400, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
async fn accept(
    State(api): State<Api>,
    Calling(caller): Calling,
    Sent(sent): Sent<Accepting>,
) -> Result<Response, Problem> {
    let with = Acceptance { token: sent.token, name: sent.name, password: sent.password };
    match api.people.accept(&with, &caller, clock::now()).await? {
        Some(opened) => Ok(answer(&api, opened).await?.into_response()),
        None => Ok(axum::http::StatusCode::NO_CONTENT.into_response()),
    }
}
