//! Reports handed over by other platforms, many at a time.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::problem::Problem;
use crate::clock;
use crate::handover::reading::{self, BodyError, BodyForm, Handed, Rejection};
use crate::handover::{
    HandoverCounters, NotStored, REJECTIONS_TOLD_MAX, REQUEST_BYTES_MAX, REQUEST_REPORTS_MAX,
    REQUESTS_AT_ONCE_MAX, RETRY_AFTER_S, Taken, count,
};
use crate::officers;

/// A body larger than this is read on a thread of its own: it would keep others waiting.
const READ_ASIDE_BYTES: usize = 32 * 1024;

pub(super) fn router() -> OpenApiRouter<Api> {
    let reports = OpenApiRouter::new().routes(routes!(reports));
    reports.layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
}

/// A platform that hands over reports, by its bearer token, and its place among the requests worked on. Who has none and
/// who finds no place is refused here, before the body is read.
struct Platform(OwnedSemaphorePermit);

impl FromRequestParts<Api> for Platform {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let counters = api.handover.counters();
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let hash = bearer.and_then(|text| officers::token_hash(text.strip_prefix("Bearer ")?.trim()));
        let token = match hash {
            Some(hash) => api.store.platform_token(&hash).await?,
            None => None,
        };
        if token.is_none() {
            count(&counters.requests_unauthorized, 1);
            return Err(Problem::unauthorized_platform());
        }
        count(&counters.requests, 1);
        api.handover.admit().map(Self).ok_or_else(|| {
            count(&counters.requests_busy, 1);
            Problem::busy(REQUESTS_AT_ONCE_MAX, RETRY_AFTER_S)
        })
    }
}

/// What became of the reports of a request.
#[derive(Serialize, ToSchema)]
struct Outcome {
    /// Reports newly stored. They are on disk.
    stored: u64,
    /// Reports known already, or twice in the request. They are on disk.
    duplicate: u64,
    /// Reports that cannot be read.
    rejected: usize,
    /// Of those, why: the first 1,000.
    rejections: Vec<Rejected>,
}

/// Why a report was rejected.
#[derive(Serialize, ToSchema)]
struct Rejected {
    /// Its line, or its place among the records, from 1.
    line: usize,
    /// As a word.
    code: &'static str,
    /// The member it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'static str>,
    /// In words.
    detail: String,
    /// In Chinese words.
    detail_zh: String,
}

impl From<Rejection> for Rejected {
    fn from(rejection: Rejection) -> Self {
        let detail_zh = match rejection.member {
            Some(member) => format!("{}：{member}", rejection.code.zh()),
            None => rejection.code.zh().to_owned(),
        };
        Self {
            line: rejection.line,
            code: rejection.code.word(),
            member: rejection.member,
            detail: rejection.detail,
            detail_zh,
        }
    }
}

/// Takes reports another platform received, in the report format of the replay contract.
///
/// One JSON object a line, or the compact form described in docs/report-handover.md. The answer comes when every report
/// that is taken is on disk. A report sent again changes nothing: repeat a request that got no answer. A `received` in a
/// report is kept when it is not later than now. At most 8 MiB and 10,000 reports a request, 64 requests at once.
#[utoipa::path(post, path = "/api/v1/reports", tag = "platforms",
    request_body(description = "One JSON object a line, or the compact form.",
        content((String = "application/x-ndjson"), (Vec<u8> = "application/vnd.mucktrail.reports"))),
    responses((status = 200, body = Outcome), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 503, body = Problem)))]
async fn reports(
    Platform(_place): Platform,
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Outcome>, Problem> {
    let counters = api.handover.counters();
    let body = body.map_err(|error| unread_body(counters, &error))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(form) = BodyForm::of_content_type(kind) else {
        count(&counters.requests_unreadable, 1);
        return Err(Problem::bad_request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send one JSON object a line as application/x-ndjson, or application/vnd.mucktrail.reports",
        ));
    };
    let handed = read(body, form).await?.map_err(|error| unread_reports(counters, &error))?;
    let taken = api.handover.store(&api.log, handed, clock::now()).await;
    let Taken { appended, rejections } = taken.map_err(|NotStored| Problem::not_stored(RETRY_AFTER_S))?;
    Ok(Json(Outcome {
        stored: appended.stored,
        duplicate: appended.duplicates,
        rejected: rejections.len(),
        rejections: rejections.into_iter().take(REJECTIONS_TOLD_MAX).map(Rejected::from).collect(),
    }))
}

async fn read(body: Bytes, form: BodyForm) -> Result<Result<Handed, BodyError>, Problem> {
    if body.len() <= READ_ASIDE_BYTES {
        return Ok(reading::read(&body, form));
    }
    let aside = tokio::task::spawn_blocking(move || reading::read(&body, form)).await;
    aside.map_err(|error| Problem::internal(&error))
}

fn unread_body(counters: &HandoverCounters, error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        count(&counters.requests_too_large, 1);
        return Problem::too_large(
            &format!(
                "more than {REQUEST_BYTES_MAX} bytes: send the reports in several requests; nothing was stored"
            ),
            &format!("超过 {REQUEST_BYTES_MAX} 字节，请分次发送；未保存任何内容"),
        );
    }
    count(&counters.requests_unreadable, 1);
    Problem::bad_request(error.status(), &error.body_text())
}

fn unread_reports(counters: &HandoverCounters, error: &BodyError) -> Problem {
    let text = error.to_string();
    match error {
        BodyError::TooManyReports => {
            count(&counters.requests_too_large, 1);
            Problem::too_large(&text, &format!("超过 {REQUEST_REPORTS_MAX} 条，请分次发送；未保存任何内容"))
        }
        BodyError::Magic => {
            count(&counters.requests_unreadable, 1);
            Problem::bad_request(StatusCode::BAD_REQUEST, &text)
        }
    }
}
