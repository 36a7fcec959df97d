//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::{COOKIE, Calling, Known};
use super::problem::Problem;
use crate::clock;
use crate::people::identity::Identity;
use crate::people::password::PASSWORD_CHARS_MIN;
use crate::people::settings::PeopleSettings;
use crate::people::sign_in::{Credentials, Opened};
use crate::store::Account;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in, who, sign_out)).routes(routes!(options))
}

/// What someone signs in with: a name and a password, or a token.
#[derive(Deserialize, ToSchema)]
struct SigningIn {
    /// A token; the session has its scopes and ends with it.
    token: Option<String>,
    /// The person's name.
    name: Option<String>,
    /// The person's password.
    password: Option<String>,
    /// The second factor's six digits, or a recovery code.
    code: Option<String>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The person.
    name: String,
    /// `enforcer`, `police`, `registrar`, `auditor`, `admin` or `carrier`.
    role: String,
    /// `city_management`, `police` or `transport`.
    authority: String,
    /// Unified social credit code of a carrier's company.
    company: Option<String>,
    /// What a token may be used for; of a session that did not begin with one, everything.
    scopes: Vec<&'static str>,
    /// Whether a second factor has to be set up before anything else.
    must_enrol: bool,
}

impl Session {
    fn of(who: Identity) -> Self {
        let (scopes, must_enrol) = (who.scopes.words(), who.must_enrol);
        Self { scopes, must_enrol, ..Self::of_account(who.account) }
    }

    fn of_account(account: Account) -> Self {
        let officer = account.officer;
        Self {
            name: officer.name,
            role: officer.role.word().to_owned(),
            authority: officer.authority.word().to_owned(),
            company: officer.company.map(|uscc| uscc.as_str().to_owned()),
            scopes: Vec::new(),
            must_enrol: false,
        }
    }
}

/// The header that hands a session to a browser.
pub(super) fn handed(opened: &Opened, settings: &PeopleSettings) -> (HeaderName, String) {
    let seconds = u64::from(settings.session_hours) * 3600;
    (header::SET_COOKIE, cookie(COOKIE, &opened.secret, "/", seconds, "Strict", settings))
}

/// A cookie that no script reads.
pub(super) fn cookie(
    name: &str,
    value: &str,
    path: &str,
    seconds: u64,
    same_site: &str,
    settings: &PeopleSettings,
) -> String {
    let secure = if settings.behind_tls { "; Secure" } else { "" };
    format!("{name}={value}; HttpOnly; SameSite={same_site}; Path={path}; Max-Age={seconds}{secure}")
}

/// Answers a sign-in: who it is, and the cookie.
pub(super) async fn answer(api: &Api, opened: Opened) -> Result<impl IntoResponse + use<>, Problem> {
    let header = handed(&opened, api.people.settings());
    let who = api.people.of_cookie(&opened.secret, clock::now()).await?;
    let session = who.map_or_else(|| Session::of_account(opened.account), Session::of);
    Ok((AppendHeaders([header]), Json(session)))
}

/// Signs in with name and password, and a code where the second factor is on, or with a token; sets the session cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SigningIn,
    responses((status = 200, body = Session), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
async fn sign_in(
    State(api): State<Api>,
    Calling(caller): Calling,
    Sent(sent): Sent<SigningIn>,
) -> Result<impl IntoResponse, Problem> {
    let now = clock::now();
    let opened = match sent {
        SigningIn { token: Some(token), .. } => api.people.exchange(token.trim(), &caller, now).await?,
        SigningIn { name: Some(name), password: Some(password), code, .. } => {
            api.people.sign_in(&Credentials { name, password, code }, &caller, now).await?
        }
        _ => {
            return Err(Problem::unprocessable((
                "name and password, or token, are needed",
                "请填写姓名和密码，或令牌",
            )));
        }
    };
    answer(&api, opened).await
}

/// Tells who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
async fn who(Known(who): Known) -> Json<Session> {
    Json(Session::of(who))
}

/// Signs out: ends the session and takes the cookie back.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
async fn sign_out(
    State(api): State<Api>,
    known: Result<Known, Problem>,
) -> Result<impl IntoResponse, Problem> {
    if let Ok(Known(who)) = known {
        api.people.sign_out(&who, clock::now()).await?;
    }
    let gone = cookie(COOKIE, "", "/", 0, "Strict", api.people.settings());
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone)])))
}

/// How one can sign in here.
#[derive(Serialize, ToSchema)]
struct Options {
    /// What the button of the city's single sign-on says, where there is one.
    single_sign_on: Option<String>,
    /// Fewest characters of a password.
    password_chars_min: usize,
}

/// Tells how one can sign in here.
#[utoipa::path(get, path = "/api/v1/session/options", tag = "session", responses((status = 200, body = Options)))]
async fn options(State(api): State<Api>) -> Json<Options> {
    let sign_on = api.people.settings().single_sign_on.as_ref();
    Json(Options {
        single_sign_on: sign_on.map(|sign_on| sign_on.name.clone()),
        password_chars_min: PASSWORD_CHARS_MIN,
    })
}
