//! Security headers and limits of every answer.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::{Api, same_site};

/// Largest request body, where a route sets no other.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// Everything from this service alone, no inline script or style. `blob:` pictures are the map's sprites.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Puts headers and limits around a router. A header the handler set itself stays.
pub(super) fn wrap(router: Router<Api>) -> Router<Api> {
    let with = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(axum::middleware::from_fn(same_site::check))
        .layer(with(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(with(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(with(header::REFERRER_POLICY, "no-referrer"))
        .layer(with(header::CACHE_CONTROL, "no-store"))
        .layer(with(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CompressionLayer::new())
}
