//! One listed company: what was decided, on what basis, how it comes off.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::problem::Problem;
use super::list::{Listed, listed};
use super::shell::{Page, escape, missing, moment};
use crate::cases::settings::ListingSettings;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page))
}

/// A listed company by the number of the event that listed it, as a page without script.
#[utoipa::path(get, path = "/blacklist/{seq}", tag = "public",
    params(("seq" = String, Path, description = "Number of the feed event")),
    responses((status = 200, content_type = "text/html", body = String),
        (status = 404, content_type = "text/html", body = String)))]
async fn page(State(api): State<Api>, Path(seq): Path<String>) -> Result<Response, Problem> {
    let settings = &api.cases.settings;
    let found = match seq.parse::<u64>() {
        Ok(seq) => listed(&api).await?.into_iter().find(|row| row.listing.feed_seq == seq),
        Err(_) => None,
    };
    let Some(row) = found else {
        let (zh, en) = ("没有该公示信息，或企业已移出名单。", "It is not on the list, or no longer.");
        return Ok(missing(&settings.public, zh, en));
    };
    let title = escape(&row.listing.name);
    let page = Page {
        title: &title,
        title_en: "",
        above: &[("/blacklist", "黑名单公示")],
        body: render(&row, &settings.listing),
    };
    Ok(page.answer(StatusCode::OK, &settings.public))
}

fn render(row: &Listed, settings: &ListingSettings) -> String {
    let mut causes = String::new();
    for cause in &row.listing.cause {
        // Writing to a String cannot fail.
        let _ = write!(
            causes,
            "<tr><td data-label=\"事由\">{rule} {zh} <span lang=\"en\">{en}</span></td><td data-label=\"案号\">{case}</td>\
             <td data-label=\"决定书文号\">{decision}</td><td data-label=\"发生时间\">{at}</td>\
             <td class=\"n\" data-label=\"扣分\">{points}</td></tr>",
            rule = escape(&cause.rule),
            zh = escape(&cause.rule_name_zh),
            en = escape(&cause.rule_name_en),
            case = escape(&cause.case_no),
            decision = escape(cause.decision_no.as_deref().unwrap_or("—")),
            at = moment(cause.occurred_at),
            points = scoring::points_text(cause.amount_centi),
        );
    }
    let items =
        |texts: &[String]| texts.iter().map(|text| format!("<li>{}</li>", escape(text))).collect::<String>();
    format!(
        "<dl><dt>统一社会信用代码</dt><dd>{code}</dd><dt>等级</dt><dd>黑榜 <span lang=\"en\">black list</span></dd>\
         <dt>列入时得分</dt><dd class=\"score\">{score}</dd><dt>列入时间</dt><dd>{since}</dd><dt>公示期</dt><dd>{term}</dd>\
         <dt>来源</dt><dd>{source}</dd><dt>公示编号</dt><dd>{seq}</dd></dl>\
         <h2>事由 <span lang=\"en\">Causes</span></h2><table><thead><tr><th scope=\"col\">事由</th><th scope=\"col\">案号</th>\
         <th scope=\"col\">决定书文号</th><th scope=\"col\">发生时间</th><th scope=\"col\" class=\"n\">扣分</th></tr></thead>\
         <tbody>{causes}</tbody></table>\
         <h2>依据 <span lang=\"en\">Legal basis</span></h2><ul>{basis}</ul>\
         <h2>惩戒措施 <span lang=\"en\">Measures</span></h2><ul>{measures}</ul>\
         <h2>移出条件 <span lang=\"en\">How it comes off</span></h2><ul>{conditions}</ul>",
        code = escape(&row.code),
        score = scoring::points_text(row.listing.score_centi),
        since = moment(row.listing.since),
        term = row.term(),
        source = escape(&row.source),
        seq = row.listing.feed_seq,
        basis = items(&row.basis),
        measures = items(&settings.measures),
        conditions = items(&settings.repair_conditions),
    )
}
