//! The own account: password, second factor, sessions, tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::{Calling, Known};
use super::problem::Problem;
use crate::clock;
use crate::people::scope::Scopes;
use crate::people::tokens::TokenOrder;
use crate::store::{ApiToken, StoredSession};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(change_password))
        .routes(routes!(show_factor))
        .routes(routes!(prove_factor))
        .routes(routes!(drop_factor))
        .routes(routes!(sessions, end_others))
        .routes(routes!(end_session))
        .routes(routes!(tokens, give_token))
        .routes(routes!(take_token_back))
}

/// The own account.
#[derive(Serialize, ToSchema)]
struct Own {
    /// The name.
    name: String,
    /// The role.
    role: &'static str,
    /// Whose rules they decide on.
    authority: &'static str,
    /// Whether there is a password.
    has_password: bool,
    /// When it was set.
    #[schema(value_type = Option<String>)]
    password_set_at: Option<Timestamp>,
    /// Whether the second factor is on.
    second_factor: bool,
    /// Whether the role cannot go on without one.
    second_factor_needed: bool,
    /// Recovery codes left.
    recovery_codes_left: u64,
    /// Who they are at the single sign-on, when linked.
    single_sign_on: Option<String>,
}

/// Tells how the own account stands.
#[utoipa::path(get, path = "/api/v1/account", tag = "account",
    responses((status = 200, body = Own), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn own(Known(who): Known, State(api): State<Api>) -> Result<Json<Own>, Problem> {
    let recovery_codes_left = api.people.recovery_left(&who).await?;
    let account = who.account;
    Ok(Json(Own {
        role: account.officer.role.word(),
        authority: account.officer.authority.word(),
        has_password: account.password.is_some(),
        password_set_at: account.password_set,
        second_factor: account.totp_secret.is_some(),
        second_factor_needed: api.people.needs_second_factor(account.officer.role),
        recovery_codes_left,
        single_sign_on: account.sso_subject,
        name: account.officer.name,
    }))
}

/// Another password.
#[derive(Deserialize, ToSchema)]
struct Changing {
    /// The present one; empty when there is none yet.
    present: String,
    /// The one to set.
    new: String,
}

/// Sets another password. Every other session ends.
#[utoipa::path(post, path = "/api/v1/account/password", tag = "account", request_body = Changing,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
async fn change_password(
    Known(who): Known,
    State(api): State<Api>,
    Calling(caller): Calling,
    Sent(sent): Sent<Changing>,
) -> Result<StatusCode, Problem> {
    api.people.change_password(&who, &sent.present, &sent.new, &caller, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A second factor to be set up.
#[derive(Serialize, ToSchema)]
struct Factor {
    /// The secret, for typing.
    secret: String,
    /// What an authenticator app opens.
    address: String,
    /// The same as a picture to scan, SVG.
    svg: String,
}

/// Shows a new second factor. It is not on before a code proves it.
#[utoipa::path(post, path = "/api/v1/account/second-factor", tag = "account",
    responses((status = 200, body = Factor), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn show_factor(Known(who): Known, State(api): State<Api>) -> Result<Json<Factor>, Problem> {
    let shown = api.people.show_factor(&who).await?;
    Ok(Json(Factor { secret: shown.secret, address: shown.address, svg: shown.svg }))
}

/// A code.
#[derive(Deserialize, ToSchema)]
struct Code {
    /// Six digits, or, where that will do, a recovery code.
    code: String,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
struct Recovery {
    /// Each signs in once in place of a code. They are not shown again.
    recovery_codes: Vec<String>,
}

/// Turns the second factor on that was shown, and gives recovery codes, once.
#[utoipa::path(post, path = "/api/v1/account/second-factor/prove", tag = "account", request_body = Code,
    responses((status = 200, body = Recovery), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn prove_factor(
    Known(who): Known,
    State(api): State<Api>,
    Sent(sent): Sent<Code>,
) -> Result<Json<Recovery>, Problem> {
    let recovery_codes = api.people.prove_factor(&who, &sent.code, clock::now()).await?;
    Ok(Json(Recovery { recovery_codes }))
}

/// Turns the second factor off.
#[utoipa::path(post, path = "/api/v1/account/second-factor/drop", tag = "account", request_body = Code,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn drop_factor(
    Known(who): Known,
    State(api): State<Api>,
    Calling(caller): Calling,
    Sent(sent): Sent<Code>,
) -> Result<StatusCode, Problem> {
    api.people.drop_factor(&who, &sent.code, &caller, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A browser that is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionLine {
    /// Its number.
    id: u64,
    /// `password`, `token`, `single_sign_on` or `invitation`.
    how: String,
    /// Since when.
    #[schema(value_type = String)]
    since: Timestamp,
    /// Last request, to within a minute.
    #[schema(value_type = String)]
    seen_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String)]
    ends_at: Timestamp,
    /// From where.
    address: String,
    /// The browser's own words.
    agent: String,
    /// Whether it is the one that asks.
    is_this: bool,
}

/// Browsers that are signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    /// The last seen first.
    sessions: Vec<SessionLine>,
}

impl Sessions {
    pub(super) fn of(stored: Vec<StoredSession>, this: Option<u64>) -> Self {
        let line = |session: StoredSession| SessionLine {
            is_this: Some(session.id) == this,
            id: session.id,
            how: session.how,
            since: session.made,
            seen_at: session.seen,
            ends_at: session.ends,
            address: session.address,
            agent: session.agent,
        };
        Self { sessions: stored.into_iter().map(line).collect() }
    }
}

/// How many there were.
#[derive(Serialize, ToSchema)]
pub(super) struct Ended {
    /// Sessions ended.
    pub(super) ended: u64,
}

/// Lists the own sessions.
#[utoipa::path(get, path = "/api/v1/account/sessions", tag = "account",
    responses((status = 200, body = Sessions), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn sessions(Known(who): Known, State(api): State<Api>) -> Result<Json<Sessions>, Problem> {
    let stored = api.people.sessions_of(who.account.id, clock::now()).await?;
    Ok(Json(Sessions::of(stored, who.session())))
}

/// Ends every own session but the one that asks.
#[utoipa::path(delete, path = "/api/v1/account/sessions", tag = "account",
    responses((status = 200, body = Ended), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn end_others(Known(who): Known, State(api): State<Api>) -> Result<Json<Ended>, Problem> {
    let name = who.name();
    let ended = api.people.end_sessions(who.account.id, name, who.session(), name, clock::now()).await?;
    Ok(Json(Ended { ended }))
}

/// Ends one of the own sessions.
#[utoipa::path(delete, path = "/api/v1/account/sessions/{session}", tag = "account",
    params(("session" = u64, Path, description = "Its number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn end_session(
    Known(who): Known,
    State(api): State<Api>,
    Path(session): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.people.end_session(who.account.id, who.name(), session, who.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token, without the token.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenLine {
    /// Its number.
    id: u64,
    /// What for.
    name: String,
    /// What it may be used for.
    scopes: Vec<&'static str>,
    /// Whether it is taken now.
    holds: bool,
    /// When it was given out.
    #[schema(value_type = String)]
    made_at: Timestamp,
    /// By whom.
    made_by: String,
    /// From when it is refused; absent: never.
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    /// Last use, to within a minute.
    #[schema(value_type = Option<String>)]
    used_at: Option<Timestamp>,
    /// When it was taken back.
    #[schema(value_type = Option<String>)]
    revoked_at: Option<Timestamp>,
}

/// Tokens of an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// The newest first.
    tokens: Vec<TokenLine>,
}

impl Tokens {
    pub(super) fn of(tokens: Vec<ApiToken>, now: Timestamp) -> Self {
        let line = |token: ApiToken| TokenLine {
            id: token.id,
            holds: token.holds(now),
            name: token.name,
            scopes: token.scopes.words(),
            made_at: token.made,
            made_by: token.made_by,
            expires_at: token.expires,
            used_at: token.used,
            revoked_at: token.revoked,
        };
        Self { tokens: tokens.into_iter().map(line).collect() }
    }
}

/// A token asked for.
#[derive(Deserialize, ToSchema)]
pub(super) struct Ordering {
    /// What for, 1 to 64 characters.
    name: String,
    /// `read`, `decide`, `registers`, `admin`: at least one.
    scopes: Vec<String>,
    /// How long it holds, days: 1 to 366.
    days: u32,
}

impl Ordering {
    pub(super) fn read(self) -> Result<TokenOrder, Problem> {
        let scopes: Scopes = self.scopes.iter().map(|word| word.parse()).collect::<Result<_, _>>().map_err(
            |error: crate::people::scope::ScopeError| {
                Problem::unprocessable((
                    &error.to_string(),
                    "没有这样的范围，可用：read、decide、registers、admin",
                ))
            },
        )?;
        Ok(TokenOrder { name: self.name, scopes, days: self.days })
    }
}

/// A token given out.
#[derive(Serialize, ToSchema)]
pub(super) struct Given {
    /// Its number.
    pub(super) id: u64,
    /// The token. It is not shown again.
    pub(super) token: String,
}

/// Lists the own tokens, those that hold no more included.
#[utoipa::path(get, path = "/api/v1/account/tokens", tag = "account",
    responses((status = 200, body = Tokens), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn tokens(Known(who): Known, State(api): State<Api>) -> Result<Json<Tokens>, Problem> {
    Ok(Json(Tokens::of(api.people.tokens_of(who.account.id).await?, clock::now())))
}

/// Gives out a token of the own account: for a program, with some of what the role may do, for a while.
#[utoipa::path(post, path = "/api/v1/account/tokens", tag = "account", request_body = Ordering,
    responses((status = 201, body = Given), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn give_token(
    Known(who): Known,
    State(api): State<Api>,
    Sent(sent): Sent<Ordering>,
) -> Result<(StatusCode, Json<Given>), Problem> {
    let order = sent.read()?;
    let (token, id) = api.people.give_token(&who.account, &order, who.name(), clock::now()).await?;
    Ok((StatusCode::CREATED, Json(Given { id, token })))
}

/// Takes one of the own tokens back. Sessions it was exchanged for end.
#[utoipa::path(delete, path = "/api/v1/account/tokens/{token}", tag = "account",
    params(("token" = u64, Path, description = "Its number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn take_token_back(
    Known(who): Known,
    State(api): State<Api>,
    Path(token): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.people.take_token_back(&who.account, token, who.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
