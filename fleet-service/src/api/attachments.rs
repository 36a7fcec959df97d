//! Attached files: sent as raw bytes, told by their bytes, given out as files to save and never as a page.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Authority;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::officer::Party;
use super::problem::Problem;
use crate::attachments::{
    AttachError, Attachment, Attachments, FILE_BYTES_MAX, FILES_PER_SUBJECT_MAX, NewFile, Sender, Subject,
};
use crate::cases::appeal::AppealState;
use crate::clock;
use crate::store::Role;

/// Files taken in at once: each is held in memory whole.
const AT_ONCE_MAX: usize = 8;
/// When to come again while others are served.
const RETRY_AFTER_S: u32 = 2;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE_MAX);

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(attachments))
        .routes(routes!(attachment))
        .routes(routes!(facts))
        .merge(OpenApiRouter::new().routes(routes!(attach)).layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
}

/// A file as it is told of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttachmentView {
    /// Its id.
    id: String,
    /// What its sender called it.
    name: String,
    /// What it is by its bytes: image/jpeg, image/png, image/webp or application/pdf.
    media: &'static str,
    /// How long it is.
    bytes: u64,
    /// Pixels, of a picture.
    width: Option<u32>,
    /// Pixels, of a picture.
    height: Option<u32>,
    /// SHA-256 of the bytes as they were sent, hexadecimal.
    sha256: String,
    /// Who sent it.
    by: String,
    /// When.
    at: String,
}

impl From<&Attachment> for AttachmentView {
    fn from(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id.clone(),
            name: attachment.name.clone(),
            media: attachment.media.name(),
            bytes: attachment.bytes,
            width: attachment.size.map(|size| size.0),
            height: attachment.size.map(|size| size.1),
            sha256: attachment.sha256.clone(),
            by: attachment.by.lines().next().unwrap_or_default().to_owned(),
            at: attachment.at.to_string(),
        }
    }
}

/// Which files.
#[derive(Deserialize, IntoParams)]
struct About {
    /// What they are about: `appeal/A2026-000001`, `case/C2026-000001`, `check/…` or `public-report/…`.
    about: String,
}

/// How a file is called and what it is about.
#[derive(Deserialize, IntoParams)]
struct Sending {
    /// Its name, only to be shown.
    #[serde(default)]
    name: String,
    /// What it is about, as in the list; absent while that has no number yet.
    about: Option<String>,
}

/// Files.
#[derive(Serialize, ToSchema)]
struct AttachmentList {
    /// The oldest first.
    attachments: Vec<AttachmentView>,
}

fn no_such_thing() -> Problem {
    Problem::not_found("thing a file could be about", "可附文件的事项")
}

/// What someone may do with the files of a thing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Nothing: it is not even told that the thing exists.
    None,
    /// See them.
    Read,
    /// See them and add some.
    Add,
}

/// Officers of the authority see and add; those who oversee see.
fn officer_reach(party: &Party, authorities: &[Authority]) -> Reach {
    match party.0.role {
        Role::Auditor | Role::Admin => Reach::Read,
        role if role.decides() && authorities.contains(&party.0.authority) => Reach::Add,
        _ => Reach::None,
    }
}

async fn reach(api: &Api, party: &Party, subject: &Subject) -> Result<Reach, Problem> {
    Ok(match subject {
        Subject::Appeal(number) => match api.store.appeal(number).await? {
            Some(appeal) if party.is_officer() => officer_reach(party, &[appeal.authority]),
            Some(appeal) if !party.may_see(&appeal.uscc) => Reach::None,
            Some(appeal) if appeal.state == AppealState::Open => Reach::Add,
            Some(_) => Reach::Read,
            None => Reach::None,
        },
        Subject::Case(number) => match api.store.case(number).await? {
            Some(case) if party.is_officer() => {
                let mut authorities = vec![case.authority];
                authorities.extend(case.hand_over.iter().flat_map(|over| [over.from, over.to]));
                officer_reach(party, &authorities)
            }
            Some(case) if case.uscc.as_ref().is_some_and(|uscc| party.may_see(uscc)) => Reach::Read,
            _ => Reach::None,
        },
        // What was seen on the street concerns every officer who decides, and no company before it is a case.
        Subject::Check(_) | Subject::PublicReport(_) => match party.0.role {
            Role::Enforcer | Role::Police => Reach::Add,
            Role::Auditor | Role::Admin => Reach::Read,
            _ => Reach::None,
        },
    })
}

/// Files about something.
#[utoipa::path(get, path = "/api/v1/attachments", tag = "attachments", params(About),
    responses((status = 200, body = AttachmentList), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn attachments(
    party: Party,
    State(api): State<Api>,
    Asked(About { about }): Asked<About>,
) -> Result<Json<AttachmentList>, Problem> {
    let subject = Subject::parse(&about).ok_or_else(no_such_thing)?;
    if reach(&api, &party, &subject).await? == Reach::None {
        return Err(no_such_thing());
    }
    let found = api.store.attachments_of(&subject.key()).await?;
    Ok(Json(AttachmentList { attachments: found.iter().map(AttachmentView::from).collect() }))
}

/// Keeps a file: the body is its bytes. It is told by them, not by its name: JPEG, PNG, WebP or PDF, whole, at most 10 MiB
/// and 100 megapixels; 200 files a person and day, 20 about one thing. The answer comes when it is on disk.
#[utoipa::path(post, path = "/api/v1/attachments", tag = "attachments", params(Sending),
    request_body(description = "The file as it is.", content((Vec<u8> = "application/octet-stream"),
        (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"))),
    responses((status = 201, body = AttachmentView), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
async fn attach(
    party: Party,
    State(api): State<Api>,
    Asked(sending): Asked<Sending>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<AttachmentView>), Problem> {
    let _place = PLACES.try_acquire().map_err(|_full| Problem::busy(AT_ONCE_MAX, RETRY_AFTER_S))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A form on a foreign page cannot send these types. What the file is, its bytes tell.
    if !["application/octet-stream", "application/pdf"].contains(&kind) && !kind.starts_with("image/") {
        return Err(Problem::bad_request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the file's bytes as application/octet-stream, image/jpeg, image/png, image/webp or application/pdf",
        ));
    }
    let body = body.map_err(|error| unread(&error))?;
    let about = match sending.about.as_deref() {
        Some(text) => Some(Subject::parse(text).ok_or_else(no_such_thing)?),
        None => None,
    };
    if let Some(subject) = &about {
        match reach(&api, &party, subject).await? {
            Reach::None => return Err(no_such_thing()),
            Reach::Read => {
                return Err(Problem::conflict(
                    "no more files are added to it: it is closed, or another authority's",
                    "该事项已办结或不属于您的职权，不能再附文件",
                ));
            }
            Reach::Add => {}
        }
    }
    let by = Sender::Person(party.0.name.clone());
    let new = NewFile { name: &sending.name, by: &by, about: about.as_ref() };
    let kept = Attachments::beside(&api.store).store(body.to_vec(), new, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(AttachmentView::from(&kept))))
}

fn unread(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::from(AttachError::Long { bytes: FILE_BYTES_MAX + 1 });
    }
    Problem::bad_request(error.status(), "the file did not arrive whole: send it again; nothing was kept")
}

/// A file to save. Officers get it as it was sent; others a picture without what the camera wrote beside the pixels.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "attachments",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        (Vec<u8> = "application/pdf"))), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn attachment(
    party: Party,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = readable(&api, &party, &id).await?;
    let is_whole = party.is_officer() || found.by == party.0.name;
    let files = Attachments::beside(&api.store);
    let bytes = if is_whole { files.read(&found).await? } else { files.read_bare(&found).await? };
    Ok(as_file(&found, bytes))
}

/// A file that someone may read: the own one, or one about something they may see.
async fn readable(api: &Api, party: &Party, id: &str) -> Result<Attachment, Problem> {
    let missing = || Problem::from(AttachError::Missing(id.to_owned()));
    let found = api.store.attachment(id).await?.ok_or_else(missing)?;
    let mut may_read = found.by == party.0.name;
    for key in api.store.attachment_subjects(id).await? {
        let Some(subject) = Subject::parse(&key).filter(|_| !may_read) else { continue };
        may_read = reach(api, party, &subject).await? != Reach::None;
    }
    if may_read { Ok(found) } else { Err(missing()) }
}

/// What is known of a file: name, kind, length, hash, who sent it when.
#[utoipa::path(get, path = "/api/v1/attachments/{id}/facts", tag = "attachments",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = AttachmentView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn facts(
    party: Party,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<AttachmentView>, Problem> {
    Ok(Json(AttachmentView::from(&readable(&api, &party, &id).await?)))
}

/// An answer that a browser saves and never shows as a page of ours.
pub(super) fn as_file(attachment: &Attachment, bytes: Vec<u8>) -> Response {
    let name = format!("{}.{}", attachment.id, attachment.media.ending());
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(attachment.media.name())),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, bytes).into_response()
}

impl From<AttachError> for Problem {
    fn from(error: AttachError) -> Self {
        use crate::attachments::picture::{PIXELS_MAX, PictureError};
        let text = crate::sentence(&error);
        match &error {
            AttachError::Long { .. } => {
                Self::too_large(&text, "文件超过 10 MiB，请压缩或换一张较小的照片后重试；未保存")
            }
            AttachError::Picture(PictureError::Empty) => Self::unprocessable((&text, "文件为空，请重新选择")),
            AttachError::Picture(PictureError::Unknown) => Self::bad_request_zh(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &text,
                "仅接受照片（JPEG、PNG、WebP）或 PDF，按文件内容识别，与文件名无关；请更换文件",
            ),
            AttachError::Picture(PictureError::Huge { .. }) => {
                Self::unprocessable((&text, &format!("图片像素超过 {PIXELS_MAX}，请缩小后重试")))
            }
            AttachError::Picture(_) => Self::unprocessable((&text, "文件损坏或不完整，请重新上传")),
            AttachError::Daily { max } => {
                Self::too_many_waiting(&text, &format!("今日上传已达 {max} 个文件，请明日再试"))
            }
            AttachError::Subject => {
                Self::too_many_waiting(&text, &format!("同一事项最多附 {FILES_PER_SUBJECT_MAX} 个文件"))
            }
            AttachError::Full => Self::too_many_waiting(&text, "附件存储空间已满，请联系运维人员扩容"),
            AttachError::Missing(_) => Self::not_found("file", "文件"),
            _ => Self::internal(&error),
        }
    }
}
