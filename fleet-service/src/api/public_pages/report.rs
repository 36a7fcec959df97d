//! 群众举报: anyone tells what they saw, without script and without signing in.

use std::time::Duration;

use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::address::ClientAddress;
use super::super::ask::Asked;
use super::super::problem::Problem;
use super::report_form::{self, Filled};
use super::shell::{Page, missing};
use crate::clock;
use crate::street::desk::new_receipt;
use crate::street::form;
use crate::street::photo::{PHOTO_BYTES_MAX, PHOTOS_MAX, Photo, PhotoError};
use crate::street::receipt::Receipt;
use crate::street::tip::SentTip;

/// Largest form: its pictures and 256 KiB of everything else.
const FORM_BYTES_MAX: usize = PHOTOS_MAX * PHOTO_BYTES_MAX + 256 * 1024;
/// Longest text of one input, bytes.
const INPUT_BYTES_MAX: usize = 16 * 1024;
/// How long a form may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(90);
/// Cookie that ties a form to its page.
const COOKIE: &str = "mucktrail_form";
/// The inputs that are texts.
const INPUTS: [&str; 10] =
    ["token", "plate", "place", "lat", "lon", "day", "time", "what", "text", "contact"];

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(OpenApiRouter::new().routes(routes!(form, send)).layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .routes(routes!(look_up))
        .routes(routes!(state))
}

fn closed(api: &Api) -> Option<Response> {
    let settings = &api.cases.settings.public;
    let (zh, en) = ("本站不受理网上举报，请拨打举报电话。", "This site takes no reports: call.");
    (!settings.reports).then(|| missing(settings, zh, en))
}

/// The form as a page without script.
#[utoipa::path(get, path = "/report", tag = "public", responses((status = 200, content_type = "text/html", body = String)))]
async fn form(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(closed) = closed(&api) {
        return Ok(closed);
    }
    show(&api, &Filled::default(), StatusCode::OK, cookie(&headers))
}

/// The form, with a fresh token for the visitor's cookie; a visitor without one gets one.
fn show(api: &Api, filled: &Filled, status: StatusCode, cookie: Option<String>) -> Result<Response, Problem> {
    let now = clock::now();
    let (cookie, is_new) = match cookie {
        Some(cookie) => (cookie, false),
        None => {
            let mut bytes = [0; form::RANDOM_BYTES];
            getrandom::fill(&mut bytes).map_err(|e| Problem::internal(&e))?;
            (URL_SAFE_NO_PAD.encode(bytes), true)
        }
    };
    let settings = &api.cases.settings.public;
    let token = api.street.key().token(&cookie, now);
    let body = report_form::form(filled, &token, settings, now);
    let mut response = Page { title: "群众举报", title_en: "Report what you saw", above: &[], body }
        .answer(status, settings);
    if is_new {
        let set = format!("{COOKIE}={cookie}; Path=/report; HttpOnly; SameSite=Strict");
        if let Ok(set) = HeaderValue::try_from(set) {
            response.headers_mut().insert(header::SET_COOKIE, set);
        }
    }
    Ok(response)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::COOKIE)?.to_str().ok()?;
    let mut pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// What was sent.
#[derive(Default)]
struct Sent {
    filled: Filled,
    photos: Vec<Photo>,
    refused: usize,
}

impl Sent {
    async fn read(mut multipart: Multipart) -> Result<Self, MultipartError> {
        let mut sent = Self::default();
        while let Some(field) = multipart.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "photos" {
                sent.photo(field.bytes().await?.to_vec());
            } else if INPUTS.contains(&name.as_str()) {
                let text = text(field).await?;
                sent.filled.values.insert(name, text);
            }
        }
        Ok(sent)
    }

    fn photo(&mut self, bytes: Vec<u8>) {
        // A form without a picture sends an empty one.
        if bytes.is_empty() {
            return;
        }
        let number = self.photos.len() + self.refused + 1;
        let (zh, en) = if number > PHOTOS_MAX {
            (format!("最多{PHOTOS_MAX}张照片"), format!("at most {PHOTOS_MAX} pictures are taken"))
        } else {
            match Photo::of(bytes) {
                Ok(photo) => return self.photos.push(photo),
                Err(PhotoError::Kind) => (
                    format!("第{number}个文件不是 JPEG、PNG 或 WebP 图片"),
                    format!("file {number} is no JPEG, PNG or WebP picture"),
                ),
                Err(PhotoError::Size) => (
                    format!("第{number}张照片超过6 MB，请缩小后再传"),
                    format!("picture {number} is larger than 6 MB: make it smaller"),
                ),
            }
        };
        self.refused += 1;
        if self.refused == 1 {
            self.filled.wrong.push(("photos".to_owned(), zh, en));
        }
    }

    fn value(&self, name: &str) -> String {
        self.filled.values.get(name).cloned().unwrap_or_default()
    }

    fn tip(&self) -> SentTip {
        let degree = |name: &str| match self.value(name).trim() {
            "" => None,
            // What is no number is no place; not one that was left out.
            text => Some(text.parse().unwrap_or(f64::NAN)),
        };
        SentTip {
            plate: self.value("plate"),
            place: self.value("place"),
            lat: degree("lat"),
            lon: degree("lon"),
            occurred_at: format!("{}T{}:00+08:00", self.value("day").trim(), self.value("time").trim()),
            what: self.value("what"),
            text: self.value("text"),
            contact: self.value("contact"),
        }
    }
}

/// A field's text, cut where it is longer than any input's.
async fn text(mut field: Field<'_>) -> Result<String, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = INPUT_BYTES_MAX.saturating_sub(bytes.len());
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a browser says that another site's page sent the request.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((origin, text(header::HOST)), (Some(origin), Some(host)) if origin != host)
}

/// Takes what anyone saw. The answer leads to the receipt; the same form sent twice is one report.
#[utoipa::path(post, path = "/report", tag = "public",
    request_body(content = Object, content_type = "multipart/form-data"),
    responses((status = 303, description = "Location: /report/RECEIPT"),
        (status = 422, content_type = "text/html", body = String), (status = 429, content_type = "text/html", body = String)))]
async fn send(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    parts: Parts,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    if let Some(closed) = closed(&api) {
        return Ok(closed);
    }
    let Some(_place) = api.street.place() else {
        return sorry(
            &api,
            StatusCode::SERVICE_UNAVAILABLE,
            "此刻提交人数较多，请一分钟后再试。",
            "Many send just now: try again in a minute.",
        );
    };
    let unread = || {
        sorry(
            &api,
            StatusCode::BAD_REQUEST,
            "提交内容无法识别或超过大小限制，请返回重试。",
            "The form cannot be read or is too large: go back and try again.",
        )
    };
    let Ok(multipart) = multipart else { return unread() };
    let Ok(Ok(mut sent)) = timeout(ARRIVAL, Sent::read(multipart)).await else { return unread() };
    let now = clock::now();
    let cookie = cookie(&parts.headers);
    let token = sent.value("token");
    let checked = api.street.key().check(&token, cookie.as_deref().unwrap_or_default(), now);
    if is_foreign(&parts.headers) || cookie.is_none() || checked.is_err() {
        api.street.counters().foreign.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let zh = "页面已过期或浏览器未保存 Cookie，请核对内容后再次提交";
        sent.filled.wrong.push((
            "what".to_owned(),
            zh.to_owned(),
            "the page was open too long, or the browser keeps no cookies: send it again".to_owned(),
        ));
        return show(&api, &sent.filled, StatusCode::FORBIDDEN, cookie);
    }
    match sent.tip().read(now) {
        Ok(seen) if sent.refused == 0 => {
            let bytes = sent.photos.iter().map(|photo| photo.bytes.len() as u64).sum();
            if api.street.take_tip(address, bytes, now).is_err() {
                return sorry(
                    &api,
                    StatusCode::TOO_MANY_REQUESTS,
                    "今日举报次数已达上限，请明日再试或拨打举报电话。",
                    "No more reports are taken today: call, or come back tomorrow.",
                );
            }
            let receipt = new_receipt().map_err(|e| Problem::internal(&e))?;
            let photos = sent.photos.iter().map(|photo| photo.id.clone()).collect();
            let key = format!("form:{}", hex::encode(Sha256::digest(token.as_bytes())));
            let tip =
                api.cases.take_in_tip(seen.into_tip(receipt, None, photos, now), &key, &sent.photos).await?;
            api.live.announce_tip(&tip);
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, format!("/report/{}", tip.receipt))])
                .into_response())
        }
        read => {
            if sent.refused > 0 {
                api.street.counters().photos_refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            for unfit in read.err().into_iter().flatten() {
                sent.filled.wrong.push((unfit.member.to_owned(), unfit.zh, unfit.en));
            }
            show(&api, &sent.filled, StatusCode::UNPROCESSABLE_ENTITY, cookie)
        }
    }
}

fn sorry(api: &Api, status: StatusCode, zh: &str, en: &str) -> Result<Response, Problem> {
    let body = format!(
        "<p class=\"notice bad\" role=\"alert\">{zh} <span lang=\"en\">{en}</span></p><p><a href=\"/report\">返回举报页</a></p>"
    );
    let page = Page { title: "群众举报", title_en: "Report what you saw", above: &[], body };
    Ok(page.answer(status, &api.cases.settings.public))
}

/// A receipt as it was typed.
#[derive(Deserialize, IntoParams)]
struct Typed {
    /// Twelve letters and digits; dashes and blanks do not matter.
    #[serde(default)]
    receipt: String,
}

/// Leads to the page of a receipt.
#[utoipa::path(get, path = "/report/state", tag = "public", params(Typed),
    responses((status = 303, description = "Location: /report/RECEIPT"), (status = 404, content_type = "text/html", body = String)))]
async fn look_up(State(api): State<Api>, Asked(typed): Asked<Typed>) -> Response {
    match typed.receipt.parse::<Receipt>() {
        Ok(receipt) => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/report/{receipt}"))]).into_response()
        }
        Err(_) => unknown(&api),
    }
}

fn unknown(api: &Api) -> Response {
    let (zh, en) =
        ("没有这个查询码，请核对后重新输入。", "There is no such receipt: check it and type it again.");
    missing(&api.cases.settings.public, zh, en)
}

/// How a report stands: received, being looked at, closed. Nothing else is told.
#[utoipa::path(get, path = "/report/{receipt}", tag = "public", params(("receipt" = String, Path, description = "Receipt")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, content_type = "text/html", body = String),
        (status = 429, content_type = "text/html", body = String)))]
async fn state(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let now: Timestamp = clock::now();
    if api.street.take_lookup(address, now).is_err() {
        return sorry(
            &api,
            StatusCode::TOO_MANY_REQUESTS,
            "今日查询次数已达上限，请明日再试。",
            "No more receipts are looked up today.",
        );
    }
    let tip = match text.parse::<Receipt>() {
        Ok(receipt) => api.store.tip(&receipt).await?,
        Err(_) => None,
    };
    let Some(tip) = tip else { return Ok(unknown(&api)) };
    let body = report_form::state(&tip);
    let page =
        Page { title: "举报进度", title_en: "Your report", above: &[("/report", "群众举报")], body };
    Ok(page.answer(StatusCode::OK, &api.cases.settings.public))
}
