//! Why something about an account cannot be done.

use super::password::{HashError, PasswordError};
use super::tokens::{DAYS_MAX, TOKENS_MAX};
use crate::store::StoreError;

/// Why something about an account cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// Name or password is wrong, or there is no such account: which of these is not said.
    #[error("the name or the password is wrong: check both, or ask an administrator for a new link")]
    Wrong,
    /// The second factor's code is missing.
    #[error("the password is right; the code of your second factor is needed too")]
    CodeNeeded,
    /// The second factor's code is wrong or was used before.
    #[error("the code is wrong or was used before: wait for the next one, and check the device's clock")]
    Code,
    /// Too many failures under that name.
    #[error("too many failed attempts under this name: try again in {wait_s} s")]
    Locked {
        /// Until then.
        wait_s: u32,
    },
    /// Too many attempts from that address.
    #[error("too many attempts from this address: try again in {wait_s} s")]
    TooMany {
        /// Until then.
        wait_s: u32,
    },
    /// The token is not known, over or taken back.
    #[error("the token is not known, has expired or was taken back: ask an administrator for another")]
    Token,
    /// A token does not stand in for a second factor.
    #[error(
        "your role needs a second factor: sign in with your name, password and code; tokens are for programs"
    )]
    TokenAlone,
    /// The link is not known, over or used.
    #[error("the link is not known, has expired or was used already: ask an administrator for a new one")]
    Invitation,
    /// The password may not be set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The present password is wrong.
    #[error("the present password is wrong: nothing was changed")]
    Present,
    /// A name is missing or too long.
    #[error("a name of 1 to 64 characters is needed")]
    Name,
    /// A carrier without a company, or a company with another role.
    #[error("a person of the role carrier has a company, and nobody else has one")]
    Company,
    /// No administrator would be left.
    #[error("this is the last administrator: make someone else one first")]
    LastAdmin,
    /// No such person, session or token.
    #[error("there is no such {what}")]
    NotFound {
        /// What.
        what: &'static str,
        /// The same in Chinese.
        what_zh: &'static str,
    },
    /// The account is disabled.
    #[error("the account is disabled: enable it first")]
    Disabled,
    /// The second factor is not as it would have to be.
    #[error("the second factor is not waiting to be proved: begin anew")]
    NoFactor,
    /// A token's scopes cannot be given.
    #[error("a token needs at least one scope of read, decide, registers and admin")]
    Scopes,
    /// A token's time cannot be given.
    #[error("a token holds for 1 to {DAYS_MAX} days")]
    Days,
    /// Too many tokens.
    #[error("the account has {TOKENS_MAX} tokens that hold: take one back first")]
    Tokens,
    /// Someone known to the single sign-on, but to nobody here.
    #[error(
        "the single sign-on knows you, but no account here is linked to {subject:?}: an administrator links it"
    )]
    Unlinked {
        /// Who they are there.
        subject: String,
    },
    /// The role may not come this way.
    #[error("people of the role {role} do not come by single sign-on: sign in with name and password")]
    NotThisWay {
        /// The role.
        role: &'static str,
    },
    /// A password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PeopleError {
    /// The same in Chinese; `None` for what the asker cannot mend.
    pub fn zh(&self) -> Option<String> {
        Some(match self {
            Self::Wrong => "姓名或密码错误，请核对；忘记密码请联系管理员重发链接".to_owned(),
            Self::CodeNeeded => "密码正确，还需输入动态验证码".to_owned(),
            Self::Code => "验证码错误或已用过，请等下一个，并核对设备时间".to_owned(),
            Self::Locked { wait_s } => format!("该姓名连续登录失败次数过多，请{wait_s}秒后再试"),
            Self::TooMany { wait_s } => format!("该地址尝试过于频繁，请{wait_s}秒后再试"),
            Self::Token => "令牌无效、已过期或已收回，请联系管理员另发".to_owned(),
            Self::TokenAlone => {
                "您的角色须使用动态验证码，请用姓名、密码和验证码登录；令牌仅供程序使用".to_owned()
            }
            Self::Invitation => "链接无效、已过期或已使用，请联系管理员另发".to_owned(),
            Self::Password(error) => error.zh(),
            Self::Present => "当前密码错误，未作任何更改".to_owned(),
            Self::Name => "请填写1至64个字符的名称".to_owned(),
            Self::Company => "企业账号须指定企业，其他角色不得指定企业".to_owned(),
            Self::LastAdmin => "这是最后一名管理员，请先指定另一名管理员".to_owned(),
            Self::NotFound { what_zh, .. } => format!("没有这样的{what_zh}"),
            Self::Disabled => "该账号已停用，请先启用".to_owned(),
            Self::NoFactor => "没有待确认的动态验证码，请重新开始".to_owned(),
            Self::Scopes => "令牌至少要有一个范围：read、decide、registers、admin".to_owned(),
            Self::Days => format!("令牌有效期为1至{DAYS_MAX}天"),
            Self::Tokens => format!("该账号已有{TOKENS_MAX}个有效令牌，请先收回一个"),
            Self::Unlinked { subject } => {
                format!("统一认证已识别您（{subject}），但本平台没有关联账号，请联系管理员关联")
            }
            Self::NotThisWay { role } => format!("角色{role}不经统一认证登录，请用姓名和密码登录"),
            Self::Hash(HashError::Busy) => "登录人数过多，请几秒后再试".to_owned(),
            Self::Store(StoreError::Taken { name, .. }) => format!("“{name}”已被使用，请换一个"),
            Self::Hash(_) | Self::Random(_) | Self::Store(_) => return None,
        })
    }
}
