//! Strong ETags for what is asked for: of the content, so that whoever has it already is answered 304. And the other
//! side: `If-Match` on changes of things that have versions.

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// Largest answer that gets a tag; of a larger one the whole would have to be held at once.
const TAGGED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Tags answers that have no tag yet.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    if *request.method() != Method::GET || !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let asked = request.headers().clone();
    let response = next.run(request).await;
    if !is_taggable(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let etag = of_content(&bytes);
    let is_public = !asked.contains_key(header::AUTHORIZATION) && !asked.contains_key(header::COOKIE);
    if is_public && !parts.headers.contains_key(header::CACHE_CONTROL) {
        // Kept by whoever asked, and asked for again each time. What people see signed in stays out of every store.
        parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    let is_known = names(&asked, header::IF_NONE_MATCH).is_some_and(|tags| tags.has(&etag));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        parts.headers.insert(header::ETAG, etag);
    }
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_taggable(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    let is_document =
        matches!(kind, "application/json" | "application/geo+json" | "application/schema+json" | "text/csv");
    response.status() == StatusCode::OK
        && !response.headers().contains_key(header::ETAG)
        && is_document
        && response.body().size_hint().exact().is_some_and(|bytes| bytes <= TAGGED_BYTES_MAX)
}

/// The tag of a content: half of its SHA-256.
pub(super) fn of_content(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    format!("\"{}\"", hex::encode(&hash[..16]))
}

/// The tags a header names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`.
    Any,
    /// These.
    Named(Vec<String>),
}

impl Tags {
    /// Whether a tag is named. A compressed answer has a weak tag, which names the same thing.
    fn has(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(tags) => tags.iter().any(|one| one.trim_start_matches("W/") == tag),
        }
    }
}

fn names(headers: &HeaderMap, name: axum::http::HeaderName) -> Option<Tags> {
    let given: Vec<&str> =
        headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).collect();
    if given.is_empty() {
        return None;
    }
    let tags: Vec<String> =
        given.iter().flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect();
    Some(if tags.iter().any(|tag| tag == "*") { Tags::Any } else { Tags::Named(tags) })
}

/// The version a change is made on, by the header `If-Match`. A handler that takes it refuses a change of a thing someone
/// else has changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "taken by the handlers that change registers")]
pub(super) struct IfMatch(Option<Tags>);

#[allow(dead_code, reason = "taken by the handlers that change registers")]
impl IfMatch {
    /// Passes when the tag of what is in force is named (or `*`). Without the header it is asked for: 428. Another tag: 412.
    pub(super) fn allows(&self, in_force: &str) -> Result<(), Problem> {
        match &self.0 {
            None => Err(Problem::of_kind(
                "/problems/precondition-required",
                (
                    "send the header If-Match with the ETag of the version you looked at",
                    "请以请求头 If-Match 注明所见版本的 ETag",
                ),
            )),
            Some(tags) if tags.has(in_force) => Ok(()),
            Some(_) => Err(Problem::of_kind(
                "/problems/precondition-failed",
                (
                    &format!("someone changed it meanwhile; its ETag is now {in_force}: fetch it again"),
                    &format!("内容已被他人修改，现 ETag 为 {in_force}，请重新读取"),
                ),
            )),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(names(&parts.headers, header::IF_MATCH)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: Option<&str>, in_force: &str, status: Option<u16>) {
        let mut headers = HeaderMap::new();
        if let Some(given) = given {
            headers.insert(header::IF_MATCH, given.parse().unwrap());
        }
        let outcome = IfMatch(names(&headers, header::IF_MATCH)).allows(in_force);
        assert_eq!(outcome.err().map(|problem| problem.status()), status, "{given:?} {in_force}");
    }

    #[test]
    fn a_change_names_the_version_it_is_made_on() {
        check(None, "\"a\"", Some(428));
        check(Some("\"a\""), "\"a\"", None);
        check(Some("\"b\", \"a\""), "\"a\"", None);
        check(Some("W/\"a\""), "\"a\"", None);
        check(Some("*"), "\"a\"", None);
        check(Some("\"b\""), "\"a\"", Some(412));
    }
}
