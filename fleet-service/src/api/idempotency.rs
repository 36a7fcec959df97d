//! `Idempotency-Key`: a POST sent again within 24 hours under the same key by the same person is answered as the first
//! time and done once, also when the service was killed in between.
//!
//! What a request does stores its key in the same transaction (`store/request_keys.rs`); the answer follows in one of its
//! own before it goes out. Refusals change nothing and are not kept: the request is judged anew.

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::Api;
use super::officer::Party;
use super::problem::{MemberError, Problem};
use crate::clock;
use crate::store::{KeptAnswer, KnownRequest, RequestMark};

/// The header that names a request.
pub(super) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is a kept one.
pub(super) const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, characters.
pub(super) const KEY_CHARS_MAX: usize = 128;
/// Largest body of a request with a key.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest answer kept.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Until a request under way is asked for again.
const RETRY_AFTER_S: u32 = 1;
/// Headers of an answer that belong to its body.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Answers a request that was answered before as then; lets all others through.
pub(super) async fn once(State(api): State<Api>, request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match keyed(api, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn keyed(api: Api, request: Request, next: Next) -> Result<Response, Problem> {
    let key = key(&request)?;
    let (mut parts, body) = request.into_parts();
    // Whoever is not signed in is refused by the handler, or does what needs no name.
    let Ok(Party(person)) = Party::from_request_parts(&mut parts, &api).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let bytes = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|_unread| {
        Problem::too_large(
            &format!("a request with an Idempotency-Key has a body of at most {REQUEST_BYTES_MAX} bytes"),
            &format!("带 Idempotency-Key 的请求正文不得超过 {REQUEST_BYTES_MAX} 字节"),
        )
    })?;
    let mark = RequestMark {
        fingerprint: fingerprint(&parts, &bytes),
        person: person.name,
        key,
        made: clock::now(),
    };
    let under_way =
        api.door.begin(&mark.person, &mark.key).ok_or_else(|| Problem::in_progress(RETRY_AFTER_S))?;
    if let Some(known) = api.store.known_request(&mark.person, &mark.key, mark.made).await? {
        return repeated(&api, known, &mark);
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    // On its own: what is begun is brought to its end and its answer kept, also when the asker hangs up.
    let carried_out = tokio::spawn(async move {
        let response = mark.clone().during(next.run(request)).await;
        let response = keep(&api, &mark, response).await;
        drop(under_way);
        response
    });
    carried_out.await.map_err(|error| Problem::internal(&error))?
}

fn key(request: &Request) -> Result<String, Problem> {
    let given = request.headers().get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = given.trim().trim_matches('"');
    let is_good =
        !key.is_empty() && key.len() <= KEY_CHARS_MAX && key.bytes().all(|b| (0x21..0x7f).contains(&b));
    let refused = || {
        let error = MemberError {
            member: "Idempotency-Key".to_owned(),
            zh: format!("须为 1 至 {KEY_CHARS_MAX} 个可见 ASCII 字符，例如一个 UUID"),
            en: format!("1 to {KEY_CHARS_MAX} visible ASCII characters, as a UUID is"),
        };
        Problem::members(StatusCode::BAD_REQUEST, vec![error])
    };
    if is_good { Ok(key.to_owned()) } else { Err(refused()) }
}

pub(super) fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let mut hasher = Sha256::new();
    for part in [address.as_bytes(), kind, body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn repeated(api: &Api, known: KnownRequest, mark: &RequestMark) -> Result<Response, Problem> {
    if known.fingerprint != mark.fingerprint {
        return Err(Problem::key_reused());
    }
    api.door.count_repeated();
    let lost = || Problem::carried_out(known.subject.as_deref());
    let answer = known.answer.ok_or_else(lost)?;
    let body = answer.body.ok_or_else(lost)?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).map_err(|error| Problem::internal(&error))?;
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps an answer to what was done. A refusal did nothing.
async fn keep(api: &Api, mark: &RequestMark, response: Response) -> Result<Response, Problem> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(&error))?;
    let kept = KEPT_HEADERS.into_iter().filter_map(|name| {
        let value = parts.headers.get(&name)?.to_str().ok()?.to_owned();
        Some((name.as_str().to_owned(), value))
    });
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        headers: kept.collect(),
        body: (bytes.len() <= ANSWER_BYTES_MAX).then(|| bytes.to_vec()),
    };
    let mut change = api.store.change().await?;
    change.keep_answer(mark, &answer).await?;
    change.commit().await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

impl Problem {
    /// The same request is being worked on.
    fn in_progress(wait_s: u32) -> Self {
        Self::of_kind(
            "/problems/request-in-progress",
            ("a request with this Idempotency-Key is under way", "带有该 Idempotency-Key 的请求正在处理"),
        )
        .retry_after(wait_s)
    }

    /// The key belongs to another request.
    fn key_reused() -> Self {
        Self::of_kind(
            "/problems/idempotency-key-reused",
            (
                "this Idempotency-Key came with another address or body within 24 hours: choose a new one",
                "24 小时内该 Idempotency-Key 已用于其他地址或正文，请使用新的键",
            ),
        )
    }

    /// Done before, and the answer cannot be given again.
    fn carried_out(subject: Option<&str>) -> Self {
        let subject = subject.unwrap_or("?");
        Self::of_kind(
            "/problems/request-carried-out",
            (
                &format!("the request was carried out on {subject}, but its answer is not kept: fetch that"),
                &format!("该请求已对“{subject}”执行完毕，但答复未保存，请读取查看"),
            ),
        )
    }
}
