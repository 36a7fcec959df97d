//! What gate readers and weighbridges post.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::problem::Problem;
use crate::clock;
use crate::judge::Thresholds;
use crate::officers;
use crate::site_devices::reading::{self, BodyError, BodyForm};
use crate::site_devices::{
    NotStored, REQUEST_BYTES_MAX, REQUEST_LINES_MAX, REQUESTS_PER_MINUTE, STORE_WAIT, SiteCounters, Verdict,
};
use crate::store::SiteToken;

pub(super) fn router() -> OpenApiRouter<Api> {
    let reports = OpenApiRouter::new().routes(routes!(site_reports));
    reports.layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
}

/// The device that asks, by its bearer token. Asking too often is refused here, before the body is read.
struct SiteDevice(SiteToken);

impl FromRequestParts<Api> for SiteDevice {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let counters = api.site_desk.counters();
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let hash = bearer.and_then(|text| officers::token_hash(text.strip_prefix("Bearer ")?.trim()));
        let token = match hash {
            Some(hash) => api.store.site_token(&hash).await?,
            None => None,
        };
        let Some(token) = token else {
            SiteCounters::count(&counters.requests_unauthorized);
            return Err(Problem::unauthorized_device());
        };
        SiteCounters::count(&counters.requests);
        api.site_desk.admit(token.id, clock::now()).map_err(|wait_s| {
            SiteCounters::count(&counters.requests_limited);
            Problem::too_many(REQUESTS_PER_MINUTE, wait_s)
        })?;
        Ok(Self(token))
    }
}

/// What became of the lines of a request.
#[derive(Serialize, ToSchema)]
#[schema(as = SiteOutcome)]
struct Outcome {
    /// The moment of receipt every line was given.
    received: String,
    /// Lines newly stored.
    stored: usize,
    /// Lines known already.
    known: usize,
    /// Lines refused.
    refused: usize,
    /// Line by line.
    lines: Vec<LineOutcome>,
}

/// What became of one line.
#[derive(Serialize, ToSchema)]
struct LineOutcome {
    /// Its number from 1; of an array, the element's.
    line: usize,
    /// `stored`, `known` or `refused`. The first two are on disk: do not send them again.
    verdict: &'static str,
    /// Why it was refused, or `clock_ahead` for a stored line the judge will set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The member it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'static str>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// In Chinese words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_zh: Option<String>,
}

/// Takes RFID reads of a site's fixed readers and tickets of its weighbridge, in the report format of the replay contract.
///
/// The token belongs to one site; a line about another site's device is refused, the others are taken. The answer comes
/// when every line that is taken is on disk. A line sent again changes nothing: repeat a request that got no answer.
/// At most 256 KiB and 1,000 lines a request, 120 requests a minute a token.
#[utoipa::path(post, path = "/api/v1/site-reports", tag = "site devices",
    request_body(description = "One JSON object a line, or a JSON array of them.",
        content((String = "application/x-ndjson"), (Vec<Object> = "application/json"))),
    responses((status = 200, body = Outcome), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
async fn site_reports(
    SiteDevice(token): SiteDevice,
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Outcome>, Problem> {
    let counters = api.site_desk.counters();
    let body = body.map_err(|error| unread_body(counters, &error))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(form) = BodyForm::of_content_type(kind) else {
        SiteCounters::count(&counters.requests_unreadable);
        return Err(Problem::bad_request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send one JSON object a line as application/x-ndjson, or an array as application/json",
        ));
    };
    let received = clock::now();
    let registry = api.live.registry();
    let lines = reading::read(&body, form, &token.site, &registry, received)
        .map_err(|error| unread_lines(counters, &error))?;
    let limits = Thresholds::with_limits(&registry.limits).unwrap_or_default();
    let verdicts =
        api.site_desk.store(&api.log, lines, limits.clock_ahead_s).await.map_err(|NotStored| {
            Problem::not_stored(u32::try_from(STORE_WAIT.as_secs()).unwrap_or(u32::MAX))
        })?;
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, v)| wanted(v)).count();
    Ok(Json(Outcome {
        received: received.to_string(),
        stored: count(|v| matches!(v, Verdict::Stored { .. })),
        known: count(|v| matches!(v, Verdict::Known)),
        refused: count(|v| matches!(v, Verdict::Refused(_))),
        lines: verdicts
            .into_iter()
            .map(|(line, verdict)| outcome(line, verdict, limits.clock_ahead_s))
            .collect(),
    }))
}

fn outcome(line: usize, verdict: Verdict, clock_ahead_s: f64) -> LineOutcome {
    let plain =
        |verdict| LineOutcome { line, verdict, code: None, member: None, detail: None, detail_zh: None };
    match verdict {
        Verdict::Known => plain("known"),
        Verdict::Stored { ahead: false } => plain("stored"),
        Verdict::Stored { ahead: true } => LineOutcome {
            code: Some("clock_ahead"),
            member: Some("time"),
            detail: Some(format!(
                "the time is more than {clock_ahead_s} s ahead of the receipt: kept, but judged by nothing; set the device's clock"
            )),
            detail_zh: Some(format!(
                "时间比接收时刻超前 {clock_ahead_s} 秒以上：已保存，但不参与研判，请校正设备时钟"
            )),
            ..plain("stored")
        },
        Verdict::Refused(refusal) => LineOutcome {
            code: Some(refusal.code.word()),
            member: refusal.member,
            detail_zh: Some(match refusal.member {
                Some(member) => format!("{}：{member}", refusal.code.zh()),
                None => refusal.code.zh().to_owned(),
            }),
            detail: Some(refusal.detail),
            ..plain("refused")
        },
    }
}

fn unread_body(counters: &SiteCounters, error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        SiteCounters::count(&counters.requests_too_large);
        return Problem::too_large(
            &format!(
                "more than {REQUEST_BYTES_MAX} bytes: send the lines in several requests; nothing was stored"
            ),
            &format!("超过 {REQUEST_BYTES_MAX} 字节，请分次发送；未保存任何内容"),
        );
    }
    SiteCounters::count(&counters.requests_unreadable);
    Problem::bad_request(error.status(), &error.body_text())
}

fn unread_lines(counters: &SiteCounters, error: &BodyError) -> Problem {
    let text = error.to_string();
    match error {
        BodyError::TooManyLines => {
            SiteCounters::count(&counters.requests_too_large);
            Problem::too_large(&text, &format!("超过 {REQUEST_LINES_MAX} 行，请分次发送；未保存任何内容"))
        }
        BodyError::NotAnArray { .. } => {
            SiteCounters::count(&counters.requests_unreadable);
            Problem::bad_request(StatusCode::BAD_REQUEST, &text)
        }
    }
}
