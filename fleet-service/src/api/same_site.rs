//! Nothing is changed because another site's page asked for it. The session cookie is `SameSite=Strict` and bodies are JSON;
//! besides, a request that changes something is refused when the browser says that it comes from elsewhere.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Lets a request on, or refuses it.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.method().is_safe() || comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    Problem::other_site().into_response()
}

/// Browsers name the origin of every request that changes something, programs need not.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return true };
    // The scheme may differ: a proxy before the service speaks TLS.
    let host = origin.split_once("://").map(|(_scheme, host)| host);
    let asked = text("x-forwarded-host").or_else(|| text(header::HOST.as_str()));
    host.is_some() && host == asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        });
        let headers: HeaderMap = headers.collect();
        assert_eq!(comes_from_here(&headers), expected, "{headers:?}");
    }

    #[test]
    fn a_page_of_another_site_is_told_by_what_its_browser_says() {
        check(&[("host", "muck.example")], true);
        check(&[("host", "muck.example"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "muck.example"), ("sec-fetch-site", "none")], true);
        for site in ["cross-site", "same-site", "anything"] {
            check(&[("host", "muck.example"), ("sec-fetch-site", site)], false);
        }
        check(&[("host", "muck.example"), ("origin", "https://muck.example")], true);
        check(&[("host", "127.0.0.1:8790"), ("origin", "http://127.0.0.1:8790")], true);
        check(
            &[("host", "10.0.0.7"), ("x-forwarded-host", "muck.example"), ("origin", "https://muck.example")],
            true,
        );
        check(&[("host", "muck.example"), ("origin", "https://muck.example.evil")], false);
        check(&[("host", "muck.example"), ("origin", "https://evil")], false);
        check(&[("host", "muck.example"), ("origin", "null")], false);
        check(&[("origin", "https://evil")], false);
        check(
            &[("host", "muck.example"), ("sec-fetch-site", "same-origin"), ("origin", "https://evil")],
            false,
        );
    }
}
