//! Who is asking: a person by the cookie of a session, or a program by a token; and whether the table of
//! [`access`] lets them in.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath};
use axum::http::header;
use axum::http::request::Parts;

use domain::Uscc;

use super::Api;
use super::problem::Problem;
use crate::clock;
use crate::people::identity::Identity;
use crate::people::{Caller, access};
use crate::store::{Officer, Role};

/// Name of the session cookie; the page itself cannot read it.
pub(super) const COOKIE: &str = "mucktrail_session";

/// The officer who asks. A handler that takes it is for officers only.
pub(super) struct SignedIn(pub(super) Officer);

impl FromRequestParts<Api> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let officer = identify(parts, api).await?.account.officer;
        // What officers see shows every company: a company's person sees the own one alone, through `Party`.
        if officer.role == Role::Carrier { Err(Problem::officers_only()) } else { Ok(Self(officer)) }
    }
}

/// An officer, or a company's person, who is to see the own company and nothing else.
pub(super) struct Party(pub(super) Officer);

impl Party {
    /// Whether it is an officer.
    pub(super) fn is_officer(&self) -> bool {
        self.0.role != Role::Carrier
    }

    /// Whether it may see what concerns a company.
    pub(super) fn may_see(&self, uscc: &Uscc) -> bool {
        self.is_officer() || self.0.company.as_ref() == Some(uscc)
    }

    /// The company to look at: the own one, of an officer the one asked for.
    pub(super) fn company_or(&self, asked: Option<Uscc>) -> Option<Uscc> {
        if self.is_officer() { asked } else { self.0.company.clone() }
    }
}

impl FromRequestParts<Api> for Party {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        identify(parts, api).await.map(|who| Self(who.account.officer))
    }
}

/// Whoever asks, with account and session: for what concerns the own account, and for people's administration.
pub(super) struct Known(pub(super) Identity);

impl FromRequestParts<Api> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        identify(parts, api).await.map(Self)
    }
}

/// From where, whoever it is.
pub(super) struct Calling(pub(super) Caller);

impl FromRequestParts<Api> for Calling {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let peer =
            parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_string());
        // Only the nearest proxy's word counts: what stands before it anyone can write.
        let told = text(header::HeaderName::from_static("x-forwarded-for"))
            .and_then(|list| list.rsplit(',').next())
            .map(|last| last.trim().chars().take(45).collect::<String>())
            .filter(|_| api.people.settings().behind_tls);
        let agent = text(header::USER_AGENT).unwrap_or_default();
        Ok(Self(Caller::new(told.or(peer).unwrap_or_default(), agent)))
    }
}

/// Who asks, let in by the table.
async fn identify(parts: &Parts, api: &Api) -> Result<Identity, Problem> {
    let now = clock::now();
    let found = match shown(parts) {
        Some(Shown::Token(token)) => api.people.of_token(token, now).await?,
        Some(Shown::Cookie(secret)) => api.people.of_cookie(secret, now).await?,
        None => None,
    };
    let who = found.ok_or_else(Problem::unauthorized)?;
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    access::gate(access::line(parts.method.as_str(), path), &who)?;
    Ok(who)
}

/// What a request shows.
enum Shown<'a> {
    Token(&'a str),
    Cookie(&'a str),
}

fn shown(parts: &Parts) -> Option<Shown<'_>> {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(Shown::Token(token.trim()));
    }
    cookie(parts, COOKIE).map(Shown::Cookie)
}

/// The value of a cookie.
pub(super) fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let all = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}
