//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::{COOKIE, Party, find};
use super::problem::Problem;
use crate::store::Officer;

/// A session ends after this long and the token is asked for again.
const SESSION_S: u32 = 12 * 3600;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in, who, sign_out))
}

/// The token an officer was given.
#[derive(Deserialize, ToSchema)]
struct Credentials {
    /// 43 characters.
    token: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
struct Session {
    /// The officer.
    name: String,
    /// `enforcer`, `police`, `registrar`, `auditor` or `admin`.
    role: String,
    /// `city_management`, `police` or `transport`.
    authority: String,
}

impl From<Officer> for Session {
    fn from(officer: Officer) -> Self {
        Self {
            name: officer.name,
            role: officer.role.word().to_owned(),
            authority: officer.authority.word().to_owned(),
        }
    }
}

/// Signs in with a token and sets the session cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials,
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
async fn sign_in(
    State(api): State<Api>,
    Sent(credentials): Sent<Credentials>,
) -> Result<impl IntoResponse, Problem> {
    let token = credentials.token.trim();
    let officer = find(&api, token).await?.ok_or_else(Problem::unauthorized)?;
    // No `Secure`: the service itself speaks plain HTTP on a loopback or intranet address; a proxy with TLS adds it.
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={SESSION_S}");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(Session::from(officer))))
}

/// Tells who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
async fn who(Party(officer): Party) -> Json<Session> {
    Json(officer.into())
}

/// Signs out: takes the cookie back.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
async fn sign_out() -> impl IntoResponse {
    let cookie = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    (StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)]))
}
