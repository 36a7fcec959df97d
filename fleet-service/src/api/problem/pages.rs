//! Pages that explain each kind of problem, at the address its `type` names. HTML without script, Chinese first.

use std::fmt::Write as _;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::kinds::{KINDS, Kind};
use crate::api::Api;
use crate::api::plain_page::{self, escape};

pub(in crate::api) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(problems)).routes(routes!(problem))
}

/// Every kind of problem, as a page without script.
#[utoipa::path(get, path = "/problems", tag = "public",
    responses((status = 200, content_type = "text/html", body = String)))]
async fn problems() -> Response {
    let mut body = String::from(
        "<h1>错误说明 <span lang=\"en\">Problems</span></h1><table><thead><tr><th>HTTP</th><th>类型 \
         <span lang=\"en\">type</span></th><th>说明 <span lang=\"en\">title</span></th></tr></thead><tbody>",
    );
    for kind in KINDS {
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "<tr><td>{}</td><td><a href=\"{path}\"><code>{path}</code></a></td><td>{} <span lang=\"en\">{}</span></td></tr>",
            kind.status,
            kind.title.1,
            escape(kind.title.0),
            path = kind.path,
        );
    }
    body.push_str("</tbody></table>");
    answer("错误说明", &body)
}

/// One kind of problem: what it means and what to do, as a page without script.
#[utoipa::path(get, path = "/problems/{kind}", tag = "public",
    params(("kind" = String, Path, description = "The last part of a problem's `type`")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = Problem)))]
async fn problem(Path(word): Path<String>) -> Result<Response, Problem> {
    let found = KINDS.iter().find(|kind| kind.path.strip_prefix("/problems/") == Some(word.as_str()));
    let kind = found.ok_or_else(|| Problem::not_found("kind of problem", "错误类型"))?;
    Ok(answer(kind.title.1, &one(kind)))
}

fn one(kind: &Kind) -> String {
    format!(
        "<p><a href=\"/problems\">错误说明 <span lang=\"en\">All problems</span></a></p>\
         <h1>{zh} <span lang=\"en\">{en}</span></h1><p>HTTP {status} · <code>{path}</code></p>\
         <p>{help_zh}</p><p lang=\"en\">{help_en}</p>",
        zh = escape(kind.title.1),
        en = escape(kind.title.0),
        status = kind.status,
        path = kind.path,
        help_zh = escape(kind.help.1),
        help_en = escape(kind.help.0),
    )
}

fn answer(title: &str, body: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, plain_page::content_security_policy()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, plain_page::page(title, body)).into_response()
}
