//! Errors as `application/problem+json` (RFC 9457), in English and Chinese.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) mod kinds;
pub(super) mod normal;
pub(super) mod pages;

use crate::cases::ruling::RulingError;
use crate::cases::{ActError, CaseError};
use crate::feed::publish::PublishError;
use crate::store::StoreError;
use crate::terminals::TerminalError;

/// What went wrong and what to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A word for programs, as `/problems/not-found`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// In short.
    title: &'static str,
    /// HTTP status code.
    status: u16,
    /// In full.
    detail: String,
    /// In short, in Chinese.
    title_zh: &'static str,
    /// In full, in Chinese.
    #[schema(value_type = String)]
    detail_zh: Box<str>,
    /// Members of the request that are wrong, where it is known which.
    #[serde(skip_serializing_if = "<[MemberError]>::is_empty")]
    #[schema(value_type = Vec<MemberError>)]
    errors: Box<[MemberError]>,
    /// Goes out as the header `Retry-After`.
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// A member of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct MemberError {
    /// Its name; inside others with dots, as `decision.date`.
    pub(super) member: String,
    /// What is wrong, in Chinese.
    pub(super) zh: String,
    /// What is wrong, in English.
    pub(super) en: String,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        kind: &'static str,
        title: (&'static str, &'static str),
        detail: (&str, &str),
    ) -> Self {
        Self {
            kind,
            title: title.0,
            status: status.as_u16(),
            detail: detail.0.to_owned(),
            title_zh: title.1,
            detail_zh: detail.1.into(),
            errors: Box::default(),
            retry_after_s: None,
        }
    }

    /// A problem of any status.
    pub(super) fn of_form(
        status: StatusCode,
        kind: &'static str,
        title: (&'static str, &'static str),
        detail: (&str, &str),
    ) -> Self {
        Self::new(status, kind, title, detail)
    }

    /// Names the member of the request that is wrong.
    pub(super) fn of_member(self, member: &str) -> Self {
        let (zh, en) = (self.detail_zh.clone().into(), self.detail.clone());
        Self { errors: Box::new([MemberError { member: member.to_owned(), zh, en }]), ..self }
    }

    /// Someone else changed it since it was read.
    pub(super) fn changed_meanwhile(detail: &str, detail_zh: &str) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "/problems/changed-meanwhile",
            ("It was changed meanwhile", "已被他人修改"),
            (detail, detail_zh),
        )
    }

    /// Nobody is signed in, or the token is unknown.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/unauthorized",
            ("Sign in first", "请先登录"),
            (
                "nobody is signed in, the session is over, or the token is not taken: sign in again",
                "尚未登录、登录已过期或令牌无效，请重新登录",
            ),
        )
    }

    /// No site device's token, or one that was revoked.
    pub(super) fn unauthorized_device() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/unauthorized",
            ("No valid site token", "场所令牌无效"),
            (
                "the header `Authorization: Bearer TOKEN` is missing, or the token is not known or was revoked: ask \
                 the operator for one with `fleet-service site-token add`",
                "缺少 Authorization: Bearer 令牌，或令牌无效、已吊销，请向平台运维人员申请",
            ),
        )
    }

    /// No platform's token, or one that was revoked.
    pub(super) fn unauthorized_platform() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/unauthorized",
            ("No valid platform token", "平台令牌无效"),
            (
                "the header `Authorization: Bearer TOKEN` is missing, or the token is not known or was revoked: ask \
                 the operator for one with `fleet-service platform-token add`",
                "缺少 Authorization: Bearer 令牌，或令牌无效、已吊销，请向平台运维人员申请",
            ),
        )
    }

    /// As many requests as are worked on at once.
    pub(super) fn busy(at_once: usize, wait_s: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/busy",
            ("Others are being served", "平台繁忙"),
            (
                &format!(
                    "{at_once} requests are worked on: send more reports in each, and again after {wait_s} s"
                ),
                &format!("同时处理的请求已达 {at_once} 个，请合并上报，{wait_s} 秒后重试"),
            ),
        )
        .retry_after(wait_s)
    }

    /// A company's person asks for what officers see.
    pub(super) fn officers_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            ("Officers see this", "仅限执法人员"),
            (
                "a company's person sees the own company: its cases, appeals, listing files and score",
                "企业账号仅可查看本企业的案件、异议、列入案卷和记分",
            ),
        )
    }

    /// Only registrars and administrators do that.
    pub(super) fn not_registrar() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            ("A registrar does this", "须由登记员办理"),
            (
                "only officers of the role registrar or admin look after registers and terminals: ask one of them",
                "仅登记员或管理员可办理登记册与终端事项，请联系登记员",
            ),
        )
    }

    /// Only administrators do that.
    pub(super) fn not_admin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            ("An administrator does this", "须由管理员办理"),
            ("only officers of the role admin do this: ask one of them", "仅管理员可办理，请联系管理员"),
        )
    }

    /// Another role gives such a command.
    pub(super) fn not_your_command() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            ("Another role gives this command", "不属于您的职权"),
            (
                "registrars and admins set parameters and areas; enforcers and police send texts, ask for locations, \
                 track and confirm alarms",
                "终端参数与区域由登记员或管理员下发；文本、位置查询、跟踪与报警确认由执法人员或交警下发",
            ),
        )
    }

    /// Another role handles waybills.
    pub(super) fn not_your_waybill() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            ("Another role handles waybills", "不属于您的职权"),
            (
                "enforcers, registrars and admins open, accept, reject and void waybills: ask one of them",
                "联单由执法人员、登记员或管理员办理，请联系他们",
            ),
        )
    }

    /// It cannot be done to the thing as it stands.
    pub(super) fn conflict(detail: &str, detail_zh: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "/problems/conflict",
            ("It does not stand so that this can be done", "当前状态不能办理"),
            (detail, detail_zh),
        )
    }

    /// Too much waits already.
    pub(super) fn too_many_waiting(detail: &str, detail_zh: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "/problems/too-many-waiting",
            ("Too much waits", "等待过多"),
            (detail, detail_zh),
        )
    }

    /// More requests a minute than allowed.
    pub(super) fn too_many(per_minute: u32, wait_s: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "/problems/too-many-requests",
            ("Too many requests", "请求过于频繁"),
            (
                &format!("at most {per_minute} requests a minute: send more lines in each, and again after {wait_s} s"),
                &format!("每分钟最多 {per_minute} 次请求，请合并上报，{wait_s} 秒后重试"),
            ),
        )
        .retry_after(wait_s)
    }

    /// No more of the public is taken today.
    pub(super) fn day_spent() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "/problems/day-spent",
            ("No more today", "今日已达上限"),
            (
                "no more reports are taken from here today: call the hotline, or send it tomorrow",
                "今日举报次数已达上限，请拨打举报电话或明日再试",
            ),
        )
    }

    /// A map server gives no tile.
    pub(super) fn no_tile(error: &dyn std::error::Error) -> Self {
        tracing::warn!(error = %crate::sentence(error), "a map tile cannot be had");
        Self::new(
            StatusCode::BAD_GATEWAY,
            "/problems/no-tile",
            ("The map server gives no tile", "底图服务不可用"),
            (
                "the basemap's server does not answer: choose another basemap; the service's log tells why",
                "底图服务器无响应，请改用其他底图，原因见服务日志",
            ),
        )
    }

    /// The body is larger than taken.
    pub(super) fn too_large(detail: &str, detail_zh: &str) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "/problems/too-large",
            ("The request is too large", "请求过大"),
            (detail, detail_zh),
        )
    }

    /// Reports that could not be stored in time.
    pub(super) fn not_stored(wait_s: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/not-stored",
            ("Nothing is acknowledged", "未确认保存"),
            (
                "the disk takes nothing at present: keep the lines and send them again; those stored meanwhile change nothing",
                "存储暂不可用，请保留数据并重发；已保存的内容重发不会重复",
            ),
        )
        .retry_after(wait_s)
    }

    /// Tells the asker when to come again.
    pub(super) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// Nothing of that name.
    pub(super) fn not_found(what: &str, what_zh: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "/problems/not-found",
            ("Not found", "未找到"),
            (&format!("there is no such {what}"), &format!("没有这样的{what_zh}")),
        )
    }

    /// The request cannot be read: its status tells in which way.
    pub(super) fn bad_request(status: StatusCode, detail: &str) -> Self {
        Self::of_status(status, (detail, &format!("请求有误：{detail}")))
    }

    /// Members of the request are wrong.
    pub(super) fn members(status: StatusCode, errors: Vec<MemberError>) -> Self {
        let joined = |text: fn(&MemberError) -> &str, between: &str| {
            let texts: Vec<String> =
                errors.iter().map(|error| format!("{}{between}{}", error.member, text(error))).collect();
            texts.join("; ")
        };
        let (en, zh) = (joined(|error| &error.en, ": "), joined(|error| &error.zh, "："));
        Self { errors: errors.into(), ..Self::of_status(status, (&en, &zh)) }
    }

    /// One member of the request is wrong, though it can be read.
    pub(super) fn member(member: &str, en: &str, zh: &str) -> Self {
        let error = MemberError { member: member.to_owned(), zh: zh.to_owned(), en: en.to_owned() };
        Self::members(StatusCode::UNPROCESSABLE_ENTITY, vec![error])
    }

    /// Of a kind in the table, which gives status and title.
    pub(super) fn of_kind(path: &'static str, detail: (&str, &str)) -> Self {
        // The first kind stands for one that is missing; a test holds that none is.
        let kind = kinds::KINDS.iter().find(|kind| kind.path == path).unwrap_or(&kinds::KINDS[0]);
        let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, kind.path, kind.title, detail)
    }

    /// Its HTTP status code.
    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// What a status says when nothing more is known.
    fn of_status(status: StatusCode, detail: (&str, &str)) -> Self {
        let kind = kinds::of_status(status);
        Self::new(status, kind.path, kind.title, detail)
    }

    /// The request cannot be taken as it is, in words of both languages.
    pub(super) fn bad_request_zh(status: StatusCode, detail: &str, detail_zh: &str) -> Self {
        let title = ("The request cannot be read", "请求无法识别");
        Self::new(status, "/problems/bad-request", title, (detail, detail_zh))
    }

    /// The request can be read, but asks for something that cannot be.
    pub(super) fn unprocessable(detail: (&str, &str)) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problems/unprocessable",
            ("The request cannot be carried out", "请求无法执行"),
            detail,
        )
    }

    /// Ours to mend. The cause goes to the log, not to the asker.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %crate::sentence(error), "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "/problems/internal",
            ("The service failed", "服务出错"),
            ("nothing was changed; the service's log tells why", "未作任何更改，原因见服务日志"),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<TerminalError> for Problem {
    fn from(error: TerminalError) -> Self {
        let text = crate::sentence(&error);
        match error {
            TerminalError::Terminal(_) => Self::unprocessable((&text, "终端号无法识别")),
            TerminalError::Plate(_) => Self::unprocessable((&text, "车牌号无法识别")),
            TerminalError::NoTruck { plate } => {
                Self::unprocessable((&text, &format!("登记册中没有车辆{plate}，请先登记车辆")))
            }
            TerminalError::Profile { known, .. } => {
                Self::unprocessable((&text, &format!("没有该终端厂商配置，可用：{known}")))
            }
            TerminalError::Random(_)
            | TerminalError::Registers(_)
            | TerminalError::Shelf(_)
            | TerminalError::Store(_) => Self::internal(&error),
        }
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        let text = crate::sentence(&error);
        match error {
            CaseError::NotFound(_) => Self::not_found("clue", "线索"),
            CaseError::Claimed(error) => error.into(),
            CaseError::Ruling(ruling) => of_ruling(&ruling, &text),
            CaseError::Feed(_) | CaseError::Store(_) => Self::internal(&error),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match &error {
            PublishError::Reentry(ban) => Self::conflict(&ban.to_string(), &ban.zh()),
            _ => Self::internal(&error),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        let text = crate::sentence(&error);
        match error {
            ActError::NotFound { what, what_zh } => Self::not_found(what, what_zh),
            ActError::NotYours { zh, .. } => Self::new(
                StatusCode::FORBIDDEN,
                "/problems/not-yours",
                ("Someone else does this", "不属于您的职权"),
                (&text, &zh),
            ),
            ActError::State { zh, .. } => Self::conflict(&text, &zh),
            ActError::Unfit { zh, .. } => Self::unprocessable((&text, &zh)),
            ActError::Posting(_) => Self::unprocessable((&text, &format!("无法记入台账：{text}"))),
            ActError::Store(StoreError::Taken { .. }) => Self::conflict(&text, "已有同号记录"),
            ActError::Feed(_) | ActError::Store(_) => Self::internal(&error),
        }
    }
}

fn of_ruling(error: &RulingError, text: &str) -> Problem {
    match error {
        RulingError::NotYours { authority, .. } => {
            let name = authority_zh(authority);
            Problem::new(
                StatusCode::FORBIDDEN,
                "/problems/not-yours",
                ("Another authority decides this", "不属于您的职权"),
                (text, &format!("该线索由{name}认定，请移交")),
            )
        }
        RulingError::NotPending { by, .. } => {
            let by = by.as_ref().map_or_else(String::new, |by| format!("由{by}"));
            Problem::new(
                StatusCode::CONFLICT,
                "/problems/decided",
                ("Decided already", "已有结论"),
                (text, &format!("该线索已{by}认定、驳回或撤回，不能再次处理")),
            )
        }
        RulingError::Circumstances(error) => Problem::unprocessable((text, &error.zh())),
        RulingError::NoReason => Problem::unprocessable((text, "请填写理由")),
        RulingError::LongReason { .. } => Problem::unprocessable((text, "理由过长，请缩短")),
        RulingError::NoRule(_) | RulingError::Posting(_) | RulingError::Label { .. } => {
            Problem::unprocessable((text, &format!("无法记入台账：{text}")))
        }
    }
}

fn authority_zh(authority: &str) -> &'static str {
    match authority {
        "city_management" => "城市管理部门",
        "police" => "公安交警部门",
        "transport" => "交通运输部门",
        _ => "其他部门",
    }
}
