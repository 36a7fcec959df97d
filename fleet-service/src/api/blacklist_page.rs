//! The public black list as HTML: Chinese first, English beside it, without script, fit for paper.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::view::listing::{BlackList, CauseView, ListingView};

const STYLE: &str = "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:60rem;margin:0 auto;\
padding:1rem;color:#1b1b1b;background:#fff}h1{font-size:1.5rem}h1 span,.en{color:#555;font-weight:400}\
article{border:1px solid #999;border-radius:.3rem;padding:.8rem 1rem;margin:1rem 0;break-inside:avoid}\
h2{font-size:1.15rem;margin:0}table{border-collapse:collapse;width:100%;margin-top:.5rem}\
th,td{border-top:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}td.n{text-align:right;white-space:nowrap}\
@media screen and (max-width:40rem){thead{display:none}tr,td{display:block}tr{border-top:1px solid #ccc;padding:.4rem 0}\
td{border:0;padding:.1rem 0;overflow-wrap:anywhere}td.n{text-align:left}td::before{content:attr(data-label);color:#555;margin-right:.5em}}\
.score{font-weight:700;color:#a30000}footer{font-size:.9rem;color:#555}@media print{body{max-width:none}a{color:inherit}}";

/// Allows the page's own style by its hash, and nothing else.
pub(super) fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The page.
pub(super) fn render(list: &BlackList) -> String {
    let body: String = if list.listed.is_empty() {
        "<p>暂无公示信息 <span class=\"en\" lang=\"en\">No company is listed.</span></p>".to_owned()
    } else {
        list.listed.iter().map(company).collect()
    };
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>渣土运输企业黑名单</title><style>{STYLE}</style></head><body>\
         <h1>渣土运输企业黑名单 <span lang=\"en\">Black list of construction-waste hauliers</span></h1>\
         <p>记分低于60.00分的企业列入黑名单并推送信用平台。\
         <span class=\"en\" lang=\"en\">Companies whose score is below 60.00 are listed and reported to the credit platform.</span></p>\
         {body}<footer><p>截至 {as_of} · <a href=\"/feed/blacklist.csv\">CSV</a> · \
         <a href=\"/feed/blacklist.jsonl\">JSON Lines</a> · <a href=\"/feed/key\">签名公钥 \
         <span lang=\"en\">signing key</span></a></p></footer></body></html>",
        as_of = moment(&list.as_of),
    )
}

fn company(listing: &ListingView) -> String {
    let mut rows = String::new();
    for cause in &listing.cause {
        row(&mut rows, cause);
    }
    format!(
        "<article><h2>{name}</h2><p>统一社会信用代码 <span class=\"en\" lang=\"en\">USCC</span> {uscc}<br>\
         列入时得分 <span class=\"en\" lang=\"en\">score when listed</span> <span class=\"score\">{score}</span> · \
         列入时间 <span class=\"en\" lang=\"en\">since</span> {since} · \
         公示编号 <span class=\"en\" lang=\"en\">feed no.</span> {feed_seq}</p>\
         <table><thead><tr><th>事由 <span class=\"en\" lang=\"en\">cause</span></th><th>案号 \
         <span class=\"en\" lang=\"en\">case</span></th><th>发生时间 <span class=\"en\" lang=\"en\">when</span></th>\
         <th>扣分 <span class=\"en\" lang=\"en\">points</span></th></tr></thead><tbody>{rows}</tbody></table></article>",
        name = escape(&listing.name),
        uscc = escape(&listing.uscc),
        score = scoring::points_text(listing.score_centi),
        since = moment(&listing.since),
        feed_seq = listing.feed_seq,
    )
}

fn row(rows: &mut String, cause: &CauseView) {
    // Writing to a String cannot fail.
    let _ = write!(
        rows,
        "<tr><td data-label=\"事由\">{rule} {zh} <span class=\"en\" lang=\"en\">{en}</span></td>\
         <td data-label=\"案号\">{case_no}</td><td data-label=\"发生时间\">{at}</td>\
         <td class=\"n\" data-label=\"扣分\">{points}</td></tr>",
        rule = escape(&cause.rule),
        zh = escape(&cause.rule_name_zh),
        en = escape(&cause.rule_name_en),
        case_no = escape(&cause.case_no),
        at = moment(&cause.occurred_at),
        points = scoring::points_text(cause.amount_centi),
    );
}

/// A moment as people read it, with the exact one for programs.
fn moment(text: &str) -> String {
    match text.parse::<domain::Timestamp>() {
        Ok(time) => format!("<time datetime=\"{time}\">{}</time>", time.local().format("%Y-%m-%d %H:%M")),
        Err(_) => escape(text),
    }
}

fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_markup_is_shown_not_run() {
        let listing = ListingView {
            uscc: "91350100M000100Y43".into(),
            name: "<script>alert('x')</script>&".into(),
            score_centi: 5995,
            since: "2026-11-23T00:00:00+08:00".into(),
            cause: vec![],
            feed_seq: 1,
        };
        let html = render(&BlackList { listed: vec![listing], as_of: "now".into() });
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"), "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("59.95"));
        assert!(
            html.contains("<time datetime=\"2026-11-23T00:00:00+08:00\">2026-11-23 00:00</time>"),
            "{html}"
        );
    }

    #[test]
    fn an_empty_list_says_so() {
        assert!(render(&BlackList { listed: vec![], as_of: "now".into() }).contains("暂无公示信息"));
    }
}
