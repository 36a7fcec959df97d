//! What is told when someone cannot sign in, or an account cannot be changed.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::people::PeopleError;
use crate::people::access::Refusal;
use crate::people::password::HashError;
use crate::store::StoreError;

/// When to come again after [`HashError::Busy`], seconds.
const BUSY_WAIT_S: u32 = 3;

impl Problem {
    /// The request comes from a page of another site.
    pub(super) fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/other-site",
            ("Another site asked for this", "请求来自其他网站"),
            (
                "the browser says that the request comes from a page of another site: open this service's own page and \
                 do it there; behind a proxy, let it pass the header Host on",
                "浏览器表明该请求来自其他网站的页面，请在本平台页面操作；如经代理，请让代理转发 Host 头",
            ),
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Role(line) => {
                let roles: Vec<&str> = line.roles().iter().map(|role| role.word()).collect();
                let zh: Vec<&str> = line.roles().iter().map(|role| role.word_zh()).collect();
                Self::new(
                    StatusCode::FORBIDDEN,
                    "/problems/not-yours",
                    ("Another role does this", "不属于您的职权"),
                    (
                        &format!("people of the roles {} do this: ask one of them", roles.join(", ")),
                        &format!("须由以下角色办理：{}，请联系他们", zh.join("、")),
                    ),
                )
            }
            Refusal::Scope(scope) => Self::new(
                StatusCode::FORBIDDEN,
                "/problems/scope",
                ("The token is not for this", "令牌范围不足"),
                (
                    &format!(
                        "the token was given out without the scope {}: ask for one that has it",
                        scope.word()
                    ),
                    &format!("该令牌没有 {} 范围，请申请带有该范围的令牌", scope.word()),
                ),
            ),
            Refusal::Enrol => Self::new(
                StatusCode::FORBIDDEN,
                "/problems/second-factor-needed",
                ("Set up a second factor first", "请先设置动态验证码"),
                (
                    "your role needs a second factor: set it up under My account, then go on",
                    "您的角色须使用动态验证码，请先在“我的账号”中设置",
                ),
            ),
        }
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        use PeopleError as E;
        let Some(zh) = error.zh() else { return Self::internal(&error) };
        let text = crate::sentence(&error);
        let (status, kind, title) = match &error {
            E::Wrong => (401, "/problems/wrong-credentials", ("Not signed in", "登录失败")),
            E::CodeNeeded => (401, "/problems/code-needed", ("A code is needed", "需要验证码")),
            E::Code => (401, "/problems/wrong-code", ("The code is not right", "验证码不正确")),
            E::Token => (401, "/problems/unauthorized", ("The token is not taken", "令牌无效")),
            E::Locked { .. } => (429, "/problems/locked", ("Locked for a while", "暂时锁定")),
            E::TooMany { .. } => (429, "/problems/too-many-requests", ("Too many attempts", "尝试过于频繁")),
            E::TokenAlone => {
                (403, "/problems/second-factor-needed", ("A second factor is needed", "需要动态验证码"))
            }
            E::Unlinked { .. } => (403, "/problems/unlinked", ("No account is linked", "账号未关联")),
            E::NotThisWay { .. } => (403, "/problems/not-this-way", ("Another way in", "请用其他方式登录")),
            E::Invitation => (410, "/problems/invitation", ("The link holds no more", "链接已失效")),
            E::NotFound { .. } => (404, "/problems/not-found", ("Not found", "未找到")),
            E::LastAdmin | E::Disabled | E::NoFactor | E::Tokens | E::Store(StoreError::Taken { .. }) => (
                409,
                "/problems/conflict",
                ("It does not stand so that this can be done", "当前状态不能办理"),
            ),
            E::Password(_) => (422, "/problems/password", ("The password is not taken", "密码不符合要求")),
            E::Hash(HashError::Busy) => (503, "/problems/busy", ("Others are being served", "平台繁忙")),
            _ => (422, "/problems/unprocessable", ("The request cannot be carried out", "请求无法执行")),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = Self::new(status, kind, title, (&text, &zh));
        match error {
            E::Locked { wait_s } | E::TooMany { wait_s } => problem.retry_after(wait_s),
            E::Hash(HashError::Busy) => problem.retry_after(BUSY_WAIT_S),
            _ => problem,
        }
    }
}
