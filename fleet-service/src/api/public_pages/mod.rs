//! Pages for anyone: plain HTML from the service, without script, Chinese first, fit for paper and for old browsers.

mod company;
mod handbook;
mod list;
mod ranking;
mod report;
mod report_form;
mod shell;

use utoipa_axum::router::OpenApiRouter;

use super::Api;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(list::router())
        .merge(company::router())
        .merge(ranking::router())
        .merge(handbook::router())
        .merge(report::router())
}
