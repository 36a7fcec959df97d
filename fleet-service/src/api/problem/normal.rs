//! What no handler answered is a problem like all others: unknown methods, bodies refused before a handler saw them,
//! bodies that stop coming, handlers that panic.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use tower_http::timeout::{TimeoutBody, TimeoutError};

use super::Problem;

/// How long nothing of a body may come.
const BODY_SILENCE_MAX: Duration = Duration::from_secs(30);
/// Most of a plain text that is taken over as the detail.
const DETAIL_BYTES_MAX: usize = 2 * 1024;

/// Watches a request's body and makes every refusal a problem.
pub(in crate::api) async fn refusals(request: Request, next: Next) -> Response {
    let is_late = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&is_late);
    let request = request.map(|body| {
        let watched = TimeoutBody::new(BODY_SILENCE_MAX, body).map_err(move |error| {
            if error.is::<TimeoutError>() {
                noted.store(true, Ordering::Relaxed);
            }
            error
        });
        Body::new(watched)
    });
    let response = next.run(request).await;
    if is_late.load(Ordering::Relaxed) && !response.status().is_success() {
        let detail =
            ("nothing of the body came for 30 s: send it again", "正文超过30秒未继续发送，请重新发送");
        return Problem::of_status(StatusCode::REQUEST_TIMEOUT, detail).into_response();
    }
    if is_bare(&response) { told(response).await } else { response }
}

/// Whether a refusal says nothing, or says it in plain text, as the framework does by itself.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error()) && is_plain
}

async fn told(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, DETAIL_BYTES_MAX).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&bytes);
    let said = said.trim();
    let problem = match parts.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed =
                parts.headers.get(header::ALLOW).and_then(|value| value.to_str().ok()).unwrap_or("none");
            Problem::of_status(
                parts.status,
                (
                    &format!("this address is asked with {allowed}"),
                    &format!("该地址支持的请求方法：{allowed}"),
                ),
            )
        }
        status if said.is_empty() => {
            let kind = super::kinds::of_status(status);
            Problem::of_status(status, kind.help)
        }
        status => Problem::bad_request(status, said),
    };
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut told = problem.into_response();
    for (name, value) in &parts.headers {
        told.headers_mut().append(name.clone(), value.clone());
    }
    told
}

/// What is answered when a handler panics. What it panicked with goes to the log.
pub(in crate::api) fn panicked(with: Box<dyn Any + Send + 'static>) -> Response {
    let said =
        with.downcast_ref::<String>().map(String::as_str).or_else(|| with.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("no text"), "a request failed");
    let detail = ("the service's log tells why", "原因见服务日志");
    Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
}
