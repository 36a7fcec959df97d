//! The city's single sign-on: to the provider and back. A browser comes here by links, so what goes wrong is told by the page,
//! whose address names it.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::{self, Calling};
use super::problem::Problem;
use super::session::{cookie, handed};
use crate::clock;
use crate::people::PeopleError;
use crate::people::single_sign_on::{FLOW_S, SignOnError};

/// Binds a sign-on to the browser that began it. `Lax`: the provider's page leads back here.
const COOKIE: &str = "mucktrail_sign_on";
const COOKIE_PATH: &str = "/api/v1/session/single-sign-on";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(leave)).routes(routes!(come_back))
}

/// Leads to the provider; a page's address when that cannot be.
#[utoipa::path(get, path = "/api/v1/session/single-sign-on", tag = "session",
    responses((status = 303, description = "To the provider"), (status = 404, body = Problem)))]
async fn leave(State(api): State<Api>) -> Result<Response, Problem> {
    let Some(sign_on) = api.people.sign_on() else {
        return Err(Problem::not_found("single sign-on", "统一认证"));
    };
    Ok(match sign_on.begin(clock::now()).await {
        Ok(leaving) => {
            let seconds = FLOW_S.unsigned_abs();
            let kept = cookie(COOKIE, &leaving.state, COOKIE_PATH, seconds, "Lax", api.people.settings());
            (AppendHeaders([(header::SET_COOKIE, kept)]), see(&leaving.address)).into_response()
        }
        Err(error) => told(&error),
    })
}

/// What the provider brings back.
#[derive(Deserialize, IntoParams)]
struct Brought {
    /// What was given along.
    state: Option<String>,
    /// To be exchanged for who it is.
    code: Option<String>,
    /// Why there is none.
    error: Option<String>,
}

/// The state this browser was given.
struct Kept(Option<String>);

impl<S: Sync> FromRequestParts<S> for Kept {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(officer::cookie(parts, COOKIE).map(str::to_owned)))
    }
}

/// Signs in who comes back from the provider, and leads to the page.
#[utoipa::path(get, path = "/api/v1/session/single-sign-on/return", tag = "session", params(Brought),
    responses((status = 303, description = "To the page"), (status = 404, body = Problem)))]
async fn come_back(
    State(api): State<Api>,
    Calling(caller): Calling,
    Kept(kept): Kept,
    Asked(brought): Asked<Brought>,
) -> Result<Response, Problem> {
    let Some(sign_on) = api.people.sign_on() else {
        return Err(Problem::not_found("single sign-on", "统一认证"));
    };
    let now = clock::now();
    let signed_in = async {
        if let Some(error) = brought.error {
            return Err(SignOnError::Refused(error.chars().take(80).collect()));
        }
        let (Some(state), Some(code)) = (brought.state, brought.code) else {
            return Err(SignOnError::Unknown);
        };
        if kept.as_deref() != Some(state.as_str()) {
            return Err(SignOnError::Unknown);
        }
        let subject = sign_on.finish(&state, &code, now).await?;
        api.people.welcome(&subject, &caller, now).await
    };
    Ok(match signed_in.await {
        Ok(opened) => {
            let settings = api.people.settings();
            let gone = cookie(COOKIE, "", COOKIE_PATH, 0, "Lax", settings);
            (AppendHeaders([handed(&opened, settings), (header::SET_COOKIE, gone)]), see("/")).into_response()
        }
        Err(error) => told(&error),
    })
}

fn see(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address.to_owned())]).into_response()
}

/// Leads to the page that tells what went wrong; the log has it whole.
fn told(error: &SignOnError) -> Response {
    tracing::warn!(error = %crate::sentence(error), "nobody was signed in by the single sign-on");
    let word = match error {
        SignOnError::People(PeopleError::Unlinked { .. }) => "unlinked",
        SignOnError::People(PeopleError::NotThisWay { .. }) => "not-this-way",
        SignOnError::People(PeopleError::TooMany { .. }) => "too-many",
        SignOnError::Unknown => "begin-anew",
        SignOnError::Refused(_) => "refused",
        _ => "failed",
    };
    let subject = match error {
        SignOnError::People(PeopleError::Unlinked { subject }) => {
            let escaped: String = subject.bytes().map(crate::people::totp::escaped).collect();
            format!("&subject={escaped}")
        }
        _ => String::new(),
    };
    see(&format!("/app/sign-in?sign_on={word}{subject}"))
}
