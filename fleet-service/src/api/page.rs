//! The web page, embedded in the program.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

/// Files under this folder carry a hash of their content in their name.
const HASHED_FOLDER: &str = "assets/";

/// A file of the page; anything else is not found.
pub(super) async fn serve(request: Request) -> Response {
    let missing = || Problem::not_found("page", "页面").into_response();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return missing();
    }
    let path = request.uri().path().trim_start_matches('/');
    let path = if is_page(path) { "index.html" } else { path };
    match Dist::get(path) {
        Some(file) => answer(path, &file, &request),
        None => missing(),
    }
}

/// Whether an address is one of the page's own: it shows the screen that the address names.
fn is_page(path: &str) -> bool {
    path.is_empty() || path == "app" || path.starts_with("app/")
}

fn answer(path: &str, file: &EmbeddedFile, request: &Request) -> Response {
    let etag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(file))], file.data.clone()).into_response()
    };
    let kept =
        if path.starts_with(HASHED_FOLDER) { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

fn content_type(file: &EmbeddedFile) -> String {
    match file.metadata.mimetype() {
        text @ ("text/html" | "text/css" | "text/javascript") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    }
}
