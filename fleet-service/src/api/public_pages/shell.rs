//! What every public page has: heading, way (当前位置), navigation, footer, its own style allowed by hash.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::street::settings::PublicSettings;

/// Style of the public pages.
const STYLE: &str = include_str!("public.css");

/// One page.
pub(super) struct Page<'a> {
    /// Title in Chinese.
    pub(super) title: &'a str,
    /// The same in English.
    pub(super) title_en: &'a str,
    /// Where it stands: address and name of the pages above it.
    pub(super) above: &'a [(&'a str, &'a str)],
    /// Its content, HTML.
    pub(super) body: String,
}

/// Allows a page's own style by its hash, pictures of this service, and forms sent to it.
pub(super) fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

const PLACES: [(&str, &str, &str); 4] = [
    ("/blacklist", "黑名单公示", "Black list"),
    ("/rankings", "月度与周排名", "Rankings"),
    ("/handbook", "计分规则", "Rules"),
    ("/report", "群众举报", "Report"),
];

impl Page<'_> {
    /// The answer.
    pub(super) fn answer(&self, status: StatusCode, settings: &PublicSettings) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, content_security_policy()),
            // With `no-referrer` a browser sends a form with the origin `null`: it could not be told from another site's.
            (header::REFERRER_POLICY, "same-origin".to_owned()),
        ];
        (status, headers, self.html(settings)).into_response()
    }

    fn html(&self, settings: &PublicSettings) -> String {
        let Self { title, title_en, above, body } = self;
        let site = escape(&settings.site_name);
        let way: String = [("/blacklist", site.as_str())]
            .iter()
            .chain(above.iter())
            .map(|(path, name)| format!("<a href=\"{path}\">{name}</a> &gt; "))
            .collect();
        let places: String = PLACES
            .iter()
            .filter(|(path, ..)| settings.reports || *path != "/report")
            .map(|(path, zh, en)| {
                let here = if zh == title { " aria-current=\"page\"" } else { "" };
                format!("<li><a href=\"{path}\"{here}>{zh} <span lang=\"en\">{en}</span></a></li>")
            })
            .collect();
        format!(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title}_{site}</title><style>{STYLE}</style></head><body>\
             <a class=\"skip\" href=\"#main\">跳到主要内容</a>\
             <header><p class=\"site\">{site}</p><nav aria-label=\"栏目\"><ul>{places}</ul></nav></header>\
             <nav class=\"way\" aria-label=\"当前位置\">当前位置：{way}<span aria-current=\"page\">{title}</span></nav>\
             <main id=\"main\"><h1>{title} <span lang=\"en\">{title_en}</span></h1>{body}</main>{footer}</body></html>",
            footer = footer(settings),
        )
    }
}

fn footer(settings: &PublicSettings) -> String {
    let part = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("<li>{name}：{}</li>", escape(value)) }
    };
    format!(
        "<footer><ul>{}{}{}{}{}</ul></footer>",
        part("主办单位", &settings.host),
        part("联系方式", &settings.contact),
        part("举报电话", &settings.hotline),
        part("备案号", &settings.filing_number),
        part("网站标识码", &settings.site_code),
    )
}

/// A page that says something is not there.
pub(super) fn missing(settings: &PublicSettings, zh: &str, en: &str) -> Response {
    let body = format!(
        "<p class=\"notice\">{zh} <span lang=\"en\">{en}</span></p><p><a href=\"/blacklist\">返回公示名单</a></p>"
    );
    Page { title: "未找到", title_en: "Not found", above: &[], body }.answer(StatusCode::NOT_FOUND, settings)
}

/// A moment as people read it, with the exact one for programs.
pub(super) fn moment(time: domain::Timestamp) -> String {
    format!("<time datetime=\"{time}\">{}</time>", time.local().format("%Y-%m-%d %H:%M"))
}

/// A text that shows as it is written.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A text inside an address's query.
pub(super) fn in_query(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
