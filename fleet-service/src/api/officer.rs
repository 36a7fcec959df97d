//! Who is asking: an officer by bearer token or session cookie.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use domain::Uscc;

use super::Api;
use super::problem::Problem;
use crate::officers;
use crate::store::{Officer, Role};

/// Name of the session cookie. It holds the officer's token; the page itself cannot read it.
pub(super) const COOKIE: &str = "mucktrail_session";

/// The officer who asks. A handler that takes it is for officers only.
pub(super) struct SignedIn(pub(super) Officer);

impl FromRequestParts<Api> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let token = token(parts).ok_or_else(Problem::unauthorized)?;
        let officer = find(api, &token).await?.ok_or_else(Problem::unauthorized)?;
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
        let token = token(parts).ok_or_else(Problem::unauthorized)?;
        find(api, &token).await?.map(Self).ok_or_else(Problem::unauthorized)
    }
}

/// The officer a token belongs to.
pub(super) async fn find(api: &Api, token: &str) -> Result<Option<Officer>, Problem> {
    match officers::token_hash(token) {
        Some(hash) => Ok(api.store.officer_by_token(&hash).await?),
        None => Ok(None),
    }
}

fn token(parts: &Parts) -> Option<String> {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(token.trim().to_owned());
    }
    let cookies = text(header::COOKIE)?.split(';').filter_map(|pair| pair.trim().split_once('='));
    cookies.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, token)| token.to_owned())
}
