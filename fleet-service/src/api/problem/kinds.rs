//! Every kind of problem: its address, its status, what it means and what to do. The pages under `/problems/` are made
//! of this table, and a test holds that no other kind is answered.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Kind {
    /// What stands in the member `type`.
    pub(in crate::api) path: &'static str,
    /// HTTP status code it usually comes with.
    pub(in crate::api) status: u16,
    /// In short, English and Chinese.
    pub(in crate::api) title: (&'static str, &'static str),
    /// What it means and what to do, English and Chinese.
    pub(in crate::api) help: (&'static str, &'static str),
}

const fn kind(
    path: &'static str,
    status: u16,
    title: (&'static str, &'static str),
    help: (&'static str, &'static str),
) -> Kind {
    Kind { path, status, title, help }
}

/// Every kind, by status.
pub(in crate::api) const KINDS: &[Kind] = &[
    kind(
        "/problems/bad-request",
        400,
        ("The request cannot be read", "请求无法识别"),
        (
            "Something in the address, a header or the body is not written as it has to be. `errors` names the members; \
             /api tells how each is written. Nothing was changed.",
            "地址、请求头或正文的写法有误，errors 中列出有误的项，写法见 /api 。未作任何更改。",
        ),
    ),
    kind(
        "/problems/unauthorized",
        401,
        ("Sign in first", "请先登录"),
        (
            "Nobody is signed in, or the session or token is not known, over or taken back. Sign in again, or ask an \
             administrator for a token.",
            "尚未登录，或会话、令牌无效、过期、已吊销。请重新登录，或向管理员申请令牌。",
        ),
    ),
    kind(
        "/problems/code-needed",
        401,
        ("A code is needed", "需要验证码"),
        (
            "Name and password are right; the account has a second factor. Send the six digits of your device, or a recovery code, with them.",
            "账号和密码正确，该账号启用了动态验证码。请连同设备上的六位验证码或恢复码一并提交。",
        ),
    ),
    kind(
        "/problems/wrong-code",
        401,
        ("The code is not right", "验证码不正确"),
        (
            "The code is wrong, too old, or was used already. Wait for the next one; check the clock of the device.",
            "验证码有误、已过期或已使用。请等待下一个验证码，并检查设备时间。",
        ),
    ),
    kind(
        "/problems/wrong-credentials",
        401,
        ("Not signed in", "登录失败"),
        (
            "Name and password do not belong together. Try again, or ask an administrator for a new link.",
            "账号与密码不符。请重试，或向管理员申请新的链接。",
        ),
    ),
    kind(
        "/problems/not-yours",
        403,
        ("Someone else does this", "不属于您的职权"),
        (
            "You are known, but your role, authority or company may not do or see this. `detail` says who may.",
            "身份已确认，但您的角色、部门或企业无权办理或查看。说明中写明应由谁办理。",
        ),
    ),
    kind(
        "/problems/scope",
        403,
        ("The token is not for this", "令牌范围不足"),
        (
            "The program's token was given out for less. Ask for one with the scope that `detail` names.",
            "该程序令牌的范围不含此项。请申请带有说明中所列范围的令牌。",
        ),
    ),
    kind(
        "/problems/second-factor-needed",
        403,
        ("Set up a second factor first", "请先设置动态验证码"),
        (
            "Your role needs a second factor. Sign in on the page and set it up under My account; a token of such a role serves programs only.",
            "您的角色须使用动态验证码。请在页面登录后于“我的账号”设置；此类角色的令牌仅供程序使用。",
        ),
    ),
    kind(
        "/problems/unlinked",
        403,
        ("No account is linked", "账号未关联"),
        (
            "The single sign-on knows you, this service does not. Give an administrator the identifier of `detail`, to link it to your account.",
            "统一认证已识别您的身份，但未关联本平台账号。请将说明中的标识交给管理员关联。",
        ),
    ),
    kind(
        "/problems/not-this-way",
        403,
        ("Another way in", "请用其他方式登录"),
        (
            "People of your role do not sign in this way. Use the way `detail` names.",
            "您的角色不使用此登录方式，请按说明中的方式登录。",
        ),
    ),
    kind(
        "/problems/other-site",
        403,
        ("Another site asked for this", "请求来自其他网站"),
        (
            "The browser says that the request comes from another site's page. Do it on this service's own page; a proxy has to pass the header Host on.",
            "浏览器表明该请求来自其他网站的页面。请在本平台页面操作；代理须转发 Host 头。",
        ),
    ),
    kind(
        "/problems/not-found",
        404,
        ("Not found", "未找到"),
        (
            "There is no such thing at this address, or you may not know of it. Check the number or plate; /api lists \
             every address.",
            "该地址没有相应内容，或您无权知晓。请核对编号或车牌，全部接口见 /api 。",
        ),
    ),
    kind(
        "/problems/method-not-allowed",
        405,
        ("Not done this way", "不支持该请求方法"),
        (
            "The address exists, but not with this method. The header `Allow` names those there are.",
            "该地址存在，但不支持此请求方法，支持的方法见响应头 Allow 。",
        ),
    ),
    kind(
        "/problems/not-acceptable",
        406,
        ("Not given in that form", "没有所要的格式"),
        (
            "The header `Accept` asks for a form this address does not have. `detail` names those it has; `?format=` \
             chooses one.",
            "请求头 Accept 所要的格式不提供，说明中列出可用格式，也可用 ?format= 指定。",
        ),
    ),
    kind(
        "/problems/too-slow",
        408,
        ("The request came too slowly", "请求发送过慢"),
        (
            "Nothing of the body came for half a minute. Nothing was changed: send it again.",
            "正文超过半分钟未继续发送。未作任何更改，请重新发送。",
        ),
    ),
    kind(
        "/problems/conflict",
        409,
        ("It does not stand so that this can be done", "当前状态不能办理"),
        (
            "The thing stands otherwise than the act needs, or someone was faster. Fetch it again and look.",
            "对象当前状态不能办理，或他人已先行处理。请重新读取后再办。",
        ),
    ),
    kind(
        "/problems/decided",
        409,
        ("Decided already", "已有结论"),
        (
            "The clue was decided or withdrawn before. Fetch it to see by whom and why.",
            "该线索已认定、驳回或撤回，请重新读取查看结论。",
        ),
    ),
    kind(
        "/problems/too-many-waiting",
        409,
        ("Too much waits", "等待过多"),
        (
            "As much waits as may wait. Try again when some of it is done.",
            "等待处理的已达上限，请在部分完成后重试。",
        ),
    ),
    kind(
        "/problems/request-in-progress",
        409,
        ("The same request is under way", "同一请求正在处理"),
        (
            "A request with this Idempotency-Key is being worked on. Send it again after a second: the answer will be \
             its answer.",
            "带有该 Idempotency-Key 的请求正在处理，请稍后重发，将得到同一结果。",
        ),
    ),
    kind(
        "/problems/request-carried-out",
        409,
        ("Carried out, its answer is gone", "已执行，原答复不可得"),
        (
            "The request with this Idempotency-Key was carried out in full, but the service ended before its answer was \
             kept, or the answer was too large to keep. `detail` names what it was done to: fetch that. Do not send \
             the request again with another key.",
            "带有该 Idempotency-Key 的请求已执行完毕，但原答复未能保存。说明中写明所办对象，请读取查看，切勿更换键重发。",
        ),
    ),
    kind(
        "/problems/invitation",
        410,
        ("The link holds no more", "链接已失效"),
        (
            "The link was used, has run out, or was replaced. Ask an administrator for a new one.",
            "链接已使用、已过期或已被新链接取代。请向管理员申请新的链接。",
        ),
    ),
    kind(
        "/problems/precondition-failed",
        412,
        ("Someone changed it", "内容已被修改"),
        (
            "The version named by `If-Match` is not the one in force. Fetch it again, look at what changed, and send \
             your change with the new ETag.",
            "If-Match 所指版本已不是现行版本。请重新读取，核对变化后以新的 ETag 提交。",
        ),
    ),
    kind(
        "/problems/changed-meanwhile",
        412,
        ("It was changed meanwhile", "已被他人修改"),
        (
            "Someone else changed it after you read it. Read it again, look at what changed, and send your change with the new ETag in `If-Match`.",
            "您读取之后他人已作修改。请重新读取，确认变化后，以新的 ETag 作 If-Match 再提交。",
        ),
    ),
    kind(
        "/problems/too-large",
        413,
        ("The request is too large", "请求过大"),
        (
            "The body is larger than this address takes. Send it in parts; /api tells the limit. Nothing was changed.",
            "正文超过上限，请分次发送，上限见 /api 。未作任何更改。",
        ),
    ),
    kind(
        "/problems/unsupported-media-type",
        415,
        ("Not sent in a form that is read", "不支持的内容类型"),
        (
            "The header `Content-Type` is missing or names a form this address does not read; most read \
             `application/json`.",
            "缺少 Content-Type 或其类型不受支持，多数接口使用 application/json 。",
        ),
    ),
    kind(
        "/problems/unprocessable",
        422,
        ("The request cannot be carried out", "请求无法执行"),
        (
            "The request can be read but asks for something that cannot be. `detail` and `errors` say what; put it \
             right and send it again. Nothing was changed.",
            "请求可以识别，但内容不能执行。请按说明和 errors 更正后重发。未作任何更改。",
        ),
    ),
    kind(
        "/problems/idempotency-key-reused",
        422,
        ("The key belongs to another request", "该键已用于其他请求"),
        (
            "You sent another request with this Idempotency-Key within 24 hours. Choose a new key for every new request.",
            "24 小时内该 Idempotency-Key 已用于其他请求，每个新请求请使用新的键。",
        ),
    ),
    kind(
        "/problems/password",
        422,
        ("The password is not taken", "密码不符合要求"),
        (
            "The password is too short, too common, or is your name. `detail` says which; choose a longer one.",
            "密码过短、过于常见或与账号相同，说明中写明原因。请选择更长的密码。",
        ),
    ),
    kind(
        "/problems/precondition-required",
        428,
        ("Say which version you change", "请注明所改版本"),
        (
            "This change needs the header `If-Match` with the ETag of the version you looked at, so that nobody's \
             change is lost.",
            "该修改须带请求头 If-Match ，内容为您所见版本的 ETag ，以免覆盖他人的修改。",
        ),
    ),
    kind(
        "/problems/too-many-requests",
        429,
        ("Too many requests", "请求过于频繁"),
        (
            "More requests came than are allowed a minute. Wait for as long as `Retry-After` says; the `RateLimit-` \
             headers tell how many are left.",
            "请求次数超过每分钟上限。请按 Retry-After 等待，剩余次数见 RateLimit- 响应头。",
        ),
    ),
    kind(
        "/problems/locked",
        429,
        ("Locked for a while", "暂时锁定"),
        (
            "Too many attempts failed for this name. Wait for the seconds in `Retry-After`; an administrator can reset the account.",
            "该账号连续登录失败过多。请按 Retry-After 的秒数等待，或请管理员重置账号。",
        ),
    ),
    kind(
        "/problems/day-spent",
        429,
        ("No more today", "今日已达上限"),
        (
            "As many reports as are taken in a day came from here. Call the hotline, or send it tomorrow.",
            "今日提交的举报已达上限。请拨打举报电话，或明日再试。",
        ),
    ),
    kind(
        "/problems/internal",
        500,
        ("The service failed", "服务出错"),
        (
            "The service met an error of its own. It is in the service's log; tell the operator the time.",
            "服务内部出错，原因见服务日志，请将时间告知运维人员。",
        ),
    ),
    kind(
        "/problems/no-tile",
        502,
        ("The map server gives no tile", "底图服务不可用"),
        (
            "The basemap's own server does not answer. Choose another basemap; lists and tables work without.",
            "底图服务器无响应。请改用其他底图；列表和表格不受影响。",
        ),
    ),
    kind(
        "/problems/busy",
        503,
        ("Others are being served", "平台繁忙"),
        (
            "As many requests are worked on as can be at once. Send it again after `Retry-After`.",
            "同时处理的请求已达上限，请按 Retry-After 稍后重试。",
        ),
    ),
    kind(
        "/problems/not-stored",
        503,
        ("Nothing is acknowledged", "未确认保存"),
        (
            "The disk takes nothing at present. Keep what you sent and send it again; what was stored meanwhile \
             changes nothing.",
            "存储暂不可用，请保留数据并重发；已保存的内容重发不会重复。",
        ),
    ),
];

/// The kind a bare status stands for.
pub(super) fn of_status(status: StatusCode) -> &'static Kind {
    let path = match status.as_u16() {
        401 => "/problems/unauthorized",
        403 => "/problems/not-yours",
        404 | 410 => "/problems/not-found",
        405 => "/problems/method-not-allowed",
        406 => "/problems/not-acceptable",
        408 => "/problems/too-slow",
        409 => "/problems/conflict",
        412 => "/problems/precondition-failed",
        413 => "/problems/too-large",
        415 => "/problems/unsupported-media-type",
        422 => "/problems/unprocessable",
        428 => "/problems/precondition-required",
        429 => "/problems/too-many-requests",
        503 => "/problems/busy",
        500.. => "/problems/internal",
        _ => "/problems/bad-request",
    };
    // The first kind stands for what no row is for; a test holds that every path above has its row.
    KINDS.iter().find(|kind| kind.path == path).unwrap_or(&KINDS[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_status_has_a_kind_of_its_own_class() {
        for code in 400..600 {
            let kind = of_status(StatusCode::from_u16(code).unwrap());
            assert_eq!(kind.status / 100, code / 100, "{code}: {kind:?}");
        }
    }

    #[test]
    fn every_kind_named_in_the_sources_is_in_the_table_once_with_text_in_both_languages() {
        let listed: BTreeSet<&str> = KINDS.iter().map(|kind| kind.path).collect();
        assert_eq!(listed.len(), KINDS.len());
        for kind in KINDS {
            let texts = [kind.title.0, kind.title.1, kind.help.0, kind.help.1];
            assert!(texts.iter().all(|text| !text.trim().is_empty()), "{kind:?}");
            assert!(kind.help.1.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{kind:?}");
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut folders = vec![std::path::PathBuf::from(folder)];
        let mut named = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs")
                    && !path.ends_with("problem/kinds.rs")
                    && !path.to_string_lossy().contains("/tests")
                {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let words = text.split("\"/problems/").skip(1).filter_map(|rest| rest.split('"').next());
                    named.extend(
                        words
                            .filter(|word| !word.is_empty() && !word.contains('{'))
                            .map(|word| format!("/problems/{word}")),
                    );
                }
            }
        }
        let unlisted: Vec<&String> = named.iter().filter(|path| !listed.contains(path.as_str())).collect();
        assert!(named.len() > 5, "only {} kinds found in the sources", named.len());
        assert!(unlisted.is_empty(), "add rows to KINDS in api/problem/kinds.rs for {unlisted:?}");
    }
}
