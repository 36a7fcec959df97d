//! The reference of the API as a page: made from the OpenAPI document, without script, Chinese first.

use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::plain_page::{self, escape};
use super::problem::Problem;
use super::{Api, document};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(reference))
}

/// This reference, as a page without script.
#[utoipa::path(get, path = "/api", tag = "service", responses((status = 200, content_type = "text/html", body = String)))]
async fn reference() -> Result<Response, Problem> {
    let document = document().map_err(|error| Problem::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, plain_page::content_security_policy()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    Ok((headers, plain_page::page("接口说明", &render(&document))).into_response())
}

struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    what: &'a Value,
}

/// The page's body.
fn render(document: &Value) -> String {
    let mut operations: Vec<Operation<'_>> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, what) in item.as_object().into_iter().flatten() {
            operations.push(Operation { method, path, what });
        }
    }
    let mut html = format!(
        "<h1>接口说明 <span lang=\"en\">API reference</span></h1><p>{}</p>\
         <p><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a> · <a href=\"/problems\">错误说明 \
         <span lang=\"en\">problems</span></a></p>{GENERAL}<nav aria-label=\"目录\"><ul>",
        text(&document["info"]["description"])
    );
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    for tag in &tags {
        // Writing to a String cannot fail.
        let _ = write!(html, "<li><a href=\"#{}\">{}</a></li>", anchor(&tag["name"]), text(&tag["name"]));
    }
    html.push_str("</ul></nav>");
    for tag in tags {
        let _ = write!(
            html,
            "<section><h2 id=\"{}\">{}</h2><p>{}</p>",
            anchor(&tag["name"]),
            text(&tag["name"]),
            text(&tag["description"])
        );
        for operation in operations.iter().filter(|operation| operation.what["tags"][0] == tag["name"]) {
            one(&mut html, operation, document);
        }
        html.push_str("</section>");
    }
    html
}

/// What holds for every address.
const GENERAL: &str = "<h2>通用约定 <span lang=\"en\">For every address</span></h2><ul>\
<li>时间为 RFC 3339（+08:00），位置为 WGS-84 度，分值为百分之一分的整数。\
<span lang=\"en\">Times RFC 3339, places WGS-84 degrees, points integers of 0.01.</span></li>\
<li>错误为 application/problem+json，含中英文说明。<span lang=\"en\">Errors are RFC 9457 problems.</span></li>\
<li>列表以 cursor 与 limit 分页，下一页见 next_cursor 与 Link。<span lang=\"en\">Lists are paged by cursor and limit.</span></li>\
<li>POST 可带 Idempotency-Key，24 小时内重发只执行一次。<span lang=\"en\">A POST with an Idempotency-Key is done once.</span></li>\
<li>GET 的答复带 ETag，If-None-Match 相符时答 304。<span lang=\"en\">Answers carry an ETag.</span></li>\
<li>请求次数有限，见 RateLimit- 响应头。<span lang=\"en\">Requests are limited; see the RateLimit- headers.</span></li></ul>";

fn one(html: &mut String, operation: &Operation<'_>, document: &Value) {
    let what = operation.what;
    let _ = write!(
        html,
        "<details><summary><code>{} {}</code> {}</summary><p lang=\"en\">{}</p>",
        operation.method.to_uppercase(),
        escape(operation.path),
        text(&what["summary"]),
        text(&what["description"]),
    );
    let open = what["security"].as_array().is_none_or(Vec::is_empty);
    html.push_str(if open {
        "<p>无需登录 <span lang=\"en\">open to anyone</span></p>"
    } else {
        "<p>须登录或带令牌 <span lang=\"en\">signed in or with a token</span></p>"
    });
    let parameters: Vec<&Value> =
        what["parameters"].as_array().into_iter().flatten().map(|one| resolved(one, document)).collect();
    if !parameters.is_empty() {
        html.push_str(
            "<table class=\"wide\"><thead><tr><th>参数 <span lang=\"en\">parameter</span></th><th>位置 \
             <span lang=\"en\">in</span></th><th>说明 <span lang=\"en\">meaning</span></th></tr></thead><tbody>",
        );
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td lang=\"en\">{}</td></tr>",
                text(&parameter["name"]),
                text(&parameter["in"]),
                text(&parameter["description"])
            );
        }
        html.push_str("</tbody></table>");
    }
    for (kind, media) in what["requestBody"]["content"].as_object().into_iter().flatten() {
        let example = serde_json::to_string_pretty(&media["example"]).unwrap_or_default();
        let example = if media["example"].is_null() {
            String::new()
        } else {
            format!("<pre>{}</pre>", escape(&example))
        };
        let _ =
            write!(html, "<p>正文 <span lang=\"en\">body</span> <code>{}</code></p>{example}", escape(kind));
    }
    responses(html, what["responses"].as_object(), document);
    html.push_str("</details>");
}

fn responses(html: &mut String, responses: Option<&Map<String, Value>>, document: &Value) {
    html.push_str("<ul>");
    for (status, response) in responses.into_iter().flatten() {
        let response = resolved(response, document);
        let kinds: Vec<&str> =
            response["content"].as_object().into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
        let _ = write!(
            html,
            "<li>{} <span lang=\"en\">{}</span> <code>{}</code></li>",
            escape(status),
            text(&response["description"]),
            escape(&kinds.join(", "))
        );
    }
    html.push_str("</ul>");
}

fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn anchor(value: &Value) -> String {
    escape(&value.as_str().unwrap_or_default().replace(' ', "-"))
}
