//! What the register desk refuses, as problems in both languages.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::live::registers::RegistersError;
use crate::registrar::uploads::UploadError;
use crate::registrar::{AHEAD_DAYS_MAX, BACKDATED_DAYS_MAX, DeskError};
use crate::registry::{RegistryError, wording};

impl From<RegistersError> for Problem {
    fn from(error: RegistersError) -> Self {
        Self::internal(&error)
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        let zh = wording::in_chinese(&error);
        match &error {
            RegistryError::Member { member, reason, .. } => {
                Self::unprocessable((&format!("member {member:?}: {reason}"), &zh)).of_member(member)
            }
            _ => Self::unprocessable((&error.to_string(), &zh)),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let text = error.to_string();
        match error {
            DeskError::Unknown { register, .. } => Self::not_found("record of that key", register.name_zh()),
            DeskError::Exists { register, key } => Self::conflict(
                &text,
                &format!("{}登记册中已有{key}，请修改该记录而非新建", register.name_zh()),
            ),
            DeskError::ChangedMeanwhile { key } => {
                Self::changed_meanwhile(&text, &format!("{key}已被他人修改，请重新读取后再修改"))
            }
            DeskError::OtherKey { key, .. } => Self::unprocessable((
                &text,
                &format!("记录的编号与地址中的{key}不一致；编号不可修改，请另建记录"),
            )),
            DeskError::From { .. } => Self::unprocessable((
                &text,
                &format!("生效时间须在{BACKDATED_DAYS_MAX}天之前至{AHEAD_DAYS_MAX}天之后的范围内"),
            ))
            .of_member("valid_from"),
            DeskError::LongReason => Self::unprocessable((&text, "说明过长，请缩短")).of_member("reason"),
            DeskError::Permit { en, zh } => Self::conflict(&en, &zh),
            DeskError::Record(error) => error.into(),
            DeskError::Timeline(error) => {
                let zh = format!("{}（自{}起的版本）", wording::in_chinese(&error.source), error.from);
                let problem = Self::unprocessable((&text, &zh));
                match &error.source {
                    RegistryError::Member { member, .. } => problem.of_member(member),
                    _ => problem,
                }
            }
            DeskError::Raced => Self::conflict(&text, "登记册正在导入，请重试"),
            DeskError::Registers(_) | DeskError::Publish(_) | DeskError::Store(_) => Self::internal(&error),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let text = error.to_string();
        match error {
            UploadError::Gone => Self::not_found("upload; upload the file again", "上传文件，请重新上传"),
            UploadError::Unchecked => Self::conflict(&text, "尚未检查上传内容，请先检查再提交"),
            UploadError::Encoding => {
                Self::unprocessable((&text, "文件编码不符，请改选另一种编码（UTF-8 或 GB18030）"))
                    .of_member("encoding")
            }
            UploadError::Datum => Self::unprocessable((
                &text,
                "未声明坐标系，请选择：WGS84、GCJ02（高德、腾讯）、BD09（百度）或 CGCS2000（天地图）",
            ))
            .of_member("datum"),
            UploadError::Refused { refused } => {
                Self::conflict(&text, &format!("有{refused}行未通过检查，请修改后重新上传，或选择跳过这些行"))
            }
            UploadError::File(error) => error.into(),
            UploadError::Desk(error) => error.into(),
            UploadError::Random(_) | UploadError::Background(_) => Self::internal(&error),
        }
    }
}

/// The header `If-Match` is missing.
pub(super) fn no_if_match() -> Problem {
    Problem::of_form(
        StatusCode::PRECONDITION_REQUIRED,
        "/problems/precondition-required",
        ("Say which state you change", "请说明所修改的版本"),
        (
            "the header `If-Match` is missing: send the `tag` (ETag) the record had when you read it",
            "缺少 If-Match 请求头，请附上读取记录时的 tag（ETag）",
        ),
    )
}
