//! The frame of the pages about the API itself: HTML without script, Chinese first, one style allowed by its hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:62rem;margin:0 auto;\
padding:1rem;color:#1b1b1b;background:#fff}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem;\
margin-bottom:.2rem}a{color:#0b57a4}a:focus-visible,summary:focus-visible{outline:3px solid #0b57a4;outline-offset:2px}\
span[lang=en],p[lang=en]{color:#555;font-weight:400}code,pre{font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}\
pre{white-space:pre-wrap;background:#f4f4f4;padding:.6rem;border-radius:.3rem}table{border-collapse:collapse;width:100%}\
th,td{border-top:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
section{border-top:2px solid #ccc}details{margin:.4rem 0}summary{cursor:pointer;min-height:44px;padding:.5rem 0}\
nav ul{columns:2;padding-left:1.2rem}nav a{display:inline-block;min-height:24px;padding:.3rem 0}\
@media (max-width:40rem){nav ul{columns:1}table.wide thead{display:none}table.wide tr,table.wide td{display:block}\
table.wide td{border:0;padding:.1rem 0}table.wide tr{border-top:1px solid #ccc;padding:.4rem 0}}";

/// Allows the page's own style by its hash, and nothing else.
pub(super) fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// A whole page; `body` is HTML.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        escape(title)
    )
}

/// A text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
