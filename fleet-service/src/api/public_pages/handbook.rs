//! The rules by which companies are scored, in force today, for anyone.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::LocalDate;
use scoring::Catalogue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::shell::{Page, escape};
use crate::cases::entry::authority_zh;
use crate::clock;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page))
}

/// The rules in force, as a page without script.
#[utoipa::path(get, path = "/handbook", tag = "public",
    responses((status = 200, content_type = "text/html", body = String)))]
async fn page(State(api): State<Api>) -> Response {
    let body = render(&api.live.catalogue, clock::now().local_date());
    let page = Page { title: "计分规则", title_en: "Rules and points", above: &[], body };
    page.answer(StatusCode::OK, &api.cases.settings.public)
}

fn render(catalogue: &Catalogue, today: LocalDate) -> String {
    let mut rows = String::new();
    for rule in catalogue.rules().filter(|rule| rule.applies_on(today)) {
        let list =
            |texts: &[String]| texts.iter().map(|text| escape(text)).collect::<Vec<String>>().join("；");
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr id=\"{code}\"><td data-label=\"编号\">{code}</td><td data-label=\"行为\">{zh} <span lang=\"en\">{en}</span></td>\
             <td class=\"n\" data-label=\"扣分\">{points}</td><td data-label=\"程度\">{severity}</td>\
             <td data-label=\"认定部门\">{authority}</td><td data-label=\"依据\">{basis}</td><td data-label=\"所需证据\">{evidence}</td>\
             <td data-label=\"何时计分\">{counts}</td><td data-label=\"版本\">{table}（{from} 起）</td></tr>",
            code = escape(rule.code.as_str()),
            zh = escape(&rule.name_zh),
            en = escape(&rule.name_en),
            points = scoring::points_text(rule.base_cp),
            severity = rule.severity.name_zh(),
            authority = authority_zh(rule.authority),
            basis = list(&rule.legal_basis),
            evidence = list(&rule.evidence_zh),
            counts = rule.counts_on.name_zh(),
            table = escape(&rule.table_version),
            from = rule.valid_from,
        );
    }
    format!(
        "<p>每家企业每个记分周期（自然年）满分100.00分，按下表扣分；同一行为不重复扣分，屡犯加重，按企业车辆数折算。\
         低于60.00分列入黑名单。设备只提供线索，由执法人员认定后才计分。 <span lang=\"en\">A company begins each calendar year with \
         100.00 points. Devices give clues; only what an officer confirms counts. Below 60.00 a company is listed.</span></p>\
         <table><caption>自今日起适用的规则</caption><thead><tr><th scope=\"col\">编号</th><th scope=\"col\">行为</th><th scope=\"col\" class=\"n\">扣分</th>\
         <th scope=\"col\">程度</th><th scope=\"col\">认定部门</th><th scope=\"col\">依据</th><th scope=\"col\">所需证据</th>\
         <th scope=\"col\">何时计分</th><th scope=\"col\">版本</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_in_force_is_there_with_its_points() {
        let catalogue = Catalogue::embedded().unwrap();
        let today = LocalDate::from_ymd_opt(2026, 11, 24).unwrap();
        let html = render(&catalogue, today);
        let in_force: Vec<_> = catalogue.rules().filter(|rule| rule.applies_on(today)).collect();
        assert!(in_force.len() > 20);
        for rule in in_force {
            assert!(html.contains(&format!("<tr id=\"{}\">", rule.code)), "{}", rule.code);
            assert!(html.contains(&escape(&rule.name_zh)), "{}", rule.code);
        }
    }
}
