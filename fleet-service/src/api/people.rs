//! People, for administrators: add, change, disable, reset; their sessions and tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::rule::Authority;
use domain::{Timestamp, Uscc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::account::{Ended, Given, Ordering, Sessions, Tokens};
use super::ask::Sent;
use super::officer::Known;
use super::problem::Problem;
use crate::clock;
use crate::people::invitation::{self, LINK_HOURS};
use crate::people::staff::Listed;
use crate::store::{Officer, Role};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(everyone, add))
        .routes(routes!(change_role))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(reset))
        .routes(routes!(link))
        .routes(routes!(sessions, end_sessions))
        .routes(routes!(tokens, give_token))
        .routes(routes!(take_token_back))
}

/// A person.
#[derive(Serialize, ToSchema)]
struct Person {
    /// The account's number.
    id: u64,
    /// The name.
    name: String,
    /// `enforcer`, `police`, `registrar`, `auditor`, `admin` or `carrier`.
    role: &'static str,
    /// `city_management`, `police` or `transport`.
    authority: &'static str,
    /// Unified social credit code of a carrier's company.
    company: Option<String>,
    /// When they were added.
    #[schema(value_type = String)]
    added_at: Timestamp,
    /// From when nothing of theirs is taken.
    #[schema(value_type = Option<String>)]
    disabled_at: Option<Timestamp>,
    /// Whether they have a password.
    has_password: bool,
    /// Whether their second factor is on.
    second_factor: bool,
    /// When their link ends, while one waits to be used.
    #[schema(value_type = Option<String>)]
    invited_until: Option<Timestamp>,
    /// Who they are at the single sign-on, when linked.
    single_sign_on: Option<String>,
}

/// Everyone.
#[derive(Serialize, ToSchema)]
struct Everyone {
    /// In order of name.
    people: Vec<Person>,
}

impl From<Listed> for Person {
    fn from(Listed { account, invited_until }: Listed) -> Self {
        let officer = account.officer;
        Self {
            id: account.id,
            role: officer.role.word(),
            authority: officer.authority.word(),
            company: officer.company.map(|uscc| uscc.as_str().to_owned()),
            name: officer.name,
            added_at: account.added,
            disabled_at: account.disabled,
            has_password: account.password.is_some(),
            second_factor: account.totp_secret.is_some(),
            invited_until,
            single_sign_on: account.sso_subject,
        }
    }
}

/// Lists everyone who may sign in, and who may no more.
#[utoipa::path(get, path = "/api/v1/people", tag = "people",
    responses((status = 200, body = Everyone), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn everyone(_admin: Known, State(api): State<Api>) -> Result<Json<Everyone>, Problem> {
    let people = api.people.everyone(clock::now()).await?;
    Ok(Json(Everyone { people: people.into_iter().map(Person::from).collect() }))
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
struct Adding {
    /// Shown with every decision; unique, 1 to 64 characters. It cannot be changed.
    name: String,
    /// What they may do.
    #[serde(flatten)]
    may: Rights,
}

/// What a person may do.
#[derive(Deserialize, ToSchema)]
struct Rights {
    /// `enforcer`, `police`, `registrar`, `auditor`, `admin` or `carrier`.
    #[schema(value_type = String)]
    role: Role,
    /// `city_management`, `police` or `transport`.
    #[schema(value_type = String)]
    authority: Authority,
    /// Unified social credit code of a carrier's company.
    #[schema(value_type = Option<String>)]
    company: Option<Uscc>,
}

impl Rights {
    fn of(self, name: String) -> Officer {
        Officer { name, authority: self.authority, role: self.role, company: self.company }
    }
}

/// A link that lets someone set a password, once.
#[derive(Serialize, ToSchema)]
struct Link {
    /// The account's number.
    id: u64,
    /// What stands behind the `#` of the address; not shown again.
    token: String,
    /// The whole address, when the settings say where people open the service; otherwise the path.
    link: String,
    /// How long it holds, hours.
    hours: i64,
}

impl Link {
    fn of(api: &Api, id: u64, token: String) -> Self {
        let base = api.people.settings().address.as_deref().unwrap_or_default();
        Self { id, link: invitation::address(base, &token), token, hours: LINK_HOURS }
    }
}

/// Adds a person and gives the link at which they set a password. Send it to them by a way only they read.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = Adding,
    responses((status = 201, body = Link), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    Known(admin): Known,
    State(api): State<Api>,
    Sent(sent): Sent<Adding>,
) -> Result<(StatusCode, Json<Link>), Problem> {
    let officer = sent.may.of(sent.name.trim().to_owned());
    let (account, token) = api.people.add(&officer, admin.name(), clock::now()).await?;
    Ok((StatusCode::CREATED, Json(Link::of(&api, account.id, token))))
}

/// Changes what a person may do, from their next request on.
#[utoipa::path(post, path = "/api/v1/people/{id}/role", tag = "people", request_body = Rights,
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change_role(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
    Sent(sent): Sent<Rights>,
) -> Result<StatusCode, Problem> {
    api.people.change_role(id, sent.of(String::new()), admin.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disables a person: sessions, tokens and links end at once.
#[utoipa::path(post, path = "/api/v1/people/{id}/disable", tag = "people",
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn disable(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.people.disable(id, admin.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enables a person again.
#[utoipa::path(post, path = "/api/v1/people/{id}/enable", tag = "people",
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn enable(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.people.enable(id, admin.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is reset.
#[derive(Deserialize, ToSchema)]
struct Resetting {
    /// Whether the second factor is turned off too: for who lost the device.
    #[serde(default)]
    second_factor_too: bool,
}

/// Takes a person's password away, ends their sessions and gives a link at which they set another.
#[utoipa::path(post, path = "/api/v1/people/{id}/reset", tag = "people", request_body = Resetting,
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 200, body = Link), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn reset(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
    Sent(sent): Sent<Resetting>,
) -> Result<Json<Link>, Problem> {
    let token = api.people.reset(id, sent.second_factor_too, admin.name(), clock::now()).await?;
    Ok(Json(Link::of(&api, id, token)))
}

/// Who a person is at the single sign-on.
#[derive(Deserialize, ToSchema)]
struct Linking {
    /// The claim's value; absent: unlinked.
    subject: Option<String>,
}

/// Links a person to someone at the city's single sign-on, or unlinks them.
#[utoipa::path(post, path = "/api/v1/people/{id}/single-sign-on", tag = "people", request_body = Linking,
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn link(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
    Sent(sent): Sent<Linking>,
) -> Result<StatusCode, Problem> {
    api.people.link(id, sent.subject.as_deref(), admin.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a person's sessions.
#[utoipa::path(get, path = "/api/v1/people/{id}/sessions", tag = "people",
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 200, body = Sessions), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn sessions(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<Json<Sessions>, Problem> {
    let person = api.people.person(id).await?;
    let stored = api.people.sessions_of(person.id, clock::now()).await?;
    Ok(Json(Sessions::of(stored, admin.session())))
}

/// Ends every session of a person.
#[utoipa::path(delete, path = "/api/v1/people/{id}/sessions", tag = "people",
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 200, body = Ended), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn end_sessions(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<Json<Ended>, Problem> {
    let person = api.people.person(id).await?;
    let name = &person.officer.name;
    let ended = api.people.end_sessions(person.id, name, None, admin.name(), clock::now()).await?;
    Ok(Json(Ended { ended }))
}

/// Lists a person's tokens, those that hold no more included.
#[utoipa::path(get, path = "/api/v1/people/{id}/tokens", tag = "people",
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 200, body = Tokens), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn tokens(_admin: Known, State(api): State<Api>, Path(id): Path<u64>) -> Result<Json<Tokens>, Problem> {
    let person = api.people.person(id).await?;
    Ok(Json(Tokens::of(api.people.tokens_of(person.id).await?, clock::now())))
}

/// Gives out a token of a person's account, for a program.
#[utoipa::path(post, path = "/api/v1/people/{id}/tokens", tag = "people", request_body = Ordering,
    params(("id" = u64, Path, description = "The account's number")),
    responses((status = 201, body = Given), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn give_token(
    Known(admin): Known,
    State(api): State<Api>,
    Path(id): Path<u64>,
    Sent(sent): Sent<Ordering>,
) -> Result<(StatusCode, Json<Given>), Problem> {
    let (person, order) = (api.people.person(id).await?, sent.read()?);
    let (token, id) = api.people.give_token(&person, &order, admin.name(), clock::now()).await?;
    Ok((StatusCode::CREATED, Json(Given { id, token })))
}

/// Takes a token of a person back. Sessions it was exchanged for end.
#[utoipa::path(delete, path = "/api/v1/people/{id}/tokens/{token}", tag = "people",
    params(("id" = u64, Path, description = "The account's number"), ("token" = u64, Path, description = "The token's number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn take_token_back(
    Known(admin): Known,
    State(api): State<Api>,
    Path((id, token)): Path<(u64, u64)>,
) -> Result<StatusCode, Problem> {
    let person = api.people.person(id).await?;
    api.people.take_token_back(&person, token, admin.name(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
