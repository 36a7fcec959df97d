//! Tips: what the public and officers on the street tell, and what officers do with it.

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::address::ClientAddress;
use super::ask::{Asked, Sent};
use super::cases::{CaseView, SentCase};
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::history::chunk::Wanted as Columns;
use crate::history::subject::Subject;
use crate::history::track::Track;
use crate::store::{Officer, TipQuery};
use crate::street::desk::new_receipt;
use crate::street::photo::{PHOTO_BYTES_MAX, PHOTOS_MAX, Photo};
use crate::street::receipt::Receipt;
use crate::street::sighting::{AROUND_S, Sighting};
use crate::street::tip::{SentTip, Tip, TipEnd, TipState};

/// Largest body: pictures in base64 and 64 KiB of everything else.
const BODY_BYTES_MAX: usize = PHOTOS_MAX * (PHOTO_BYTES_MAX / 3 * 4) + 64 * 1024;
/// Longest key of a sending.
const KEY_CHARS_MAX: usize = 100;
/// Most tips in one answer.
const TIPS_MAX: u32 = 200;
const TIPS_DEFAULT: u32 = 50;

pub(super) fn router() -> OpenApiRouter<Api> {
    let sending = OpenApiRouter::new().routes(routes!(tips, tell)).routes(routes!(note));
    OpenApiRouter::new()
        .merge(sending.layer(DefaultBodyLimit::max(BODY_BYTES_MAX)))
        .routes(routes!(tip))
        .routes(routes!(photo))
        .routes(routes!(take))
        .routes(routes!(dismiss))
        .routes(routes!(file))
}

/// A tip as it is sent by a program.
#[derive(Deserialize, ToSchema)]
struct Telling {
    /// What was seen.
    #[serde(flatten)]
    seen: SentTip,
    /// Pictures in base64, at most 3 of 6 MB.
    #[serde(default)]
    photos: Vec<String>,
    /// The same key again is the same tip, however often it is sent: 1 to 100 characters, not guessable.
    key: Option<String>,
}

/// What a sender gets.
#[derive(Serialize, ToSchema)]
struct Told {
    /// What the report is looked up by, at `/report/RECEIPT`.
    receipt: String,
    /// `received`, `taken`, or `closed`.
    state: String,
}

impl From<&Tip> for Told {
    fn from(tip: &Tip) -> Self {
        let state = if tip.state.is_open() { tip.state.word() } else { "closed" };
        Self { receipt: tip.receipt.to_string(), state: state.to_owned() }
    }
}

fn photos(sent: &[String]) -> Result<Vec<Photo>, Problem> {
    if sent.len() > PHOTOS_MAX {
        let en = format!("at most {PHOTOS_MAX} pictures are taken");
        return Err(Problem::unprocessable((&en, &format!("最多{PHOTOS_MAX}张照片"))));
    }
    let one = |(at, text): (usize, &String)| {
        let number = at + 1;
        let bytes = STANDARD.decode(text.as_bytes()).map_err(|error| {
            let en = format!("picture {number} is not base64: {error}");
            Problem::unprocessable((&en, &format!("第{number}张照片不是 base64 编码")))
        })?;
        Photo::of(bytes).map_err(|error| {
            let zh = format!("第{number}张照片须为 JPEG、PNG 或 WebP，且不超过6 MB");
            Problem::unprocessable((&format!("picture {number} is {error}"), &zh))
        })
    };
    sent.iter().enumerate().map(one).collect()
}

/// Takes a tip in.
async fn take_in(api: &Api, telling: Telling, officer: Option<&Officer>) -> Result<Tip, Problem> {
    let now = clock::now();
    let Telling { seen, photos: sent_photos, key } = telling;
    let seen = seen.read(now).map_err(|wrong| {
        let join = |texts: Vec<&str>, with: &str| texts.join(with);
        let en = wrong.iter().map(|unfit| unfit.en.as_str()).collect();
        let zh = wrong.iter().map(|unfit| unfit.zh.as_str()).collect();
        Problem::unprocessable((&join(en, "; "), &join(zh, "；")))
    })?;
    let photos = photos(&sent_photos)?;
    let receipt = new_receipt().map_err(|e| Problem::internal(&e))?;
    let who = officer.map_or("public", |officer| officer.name.as_str());
    let key = match key {
        None => format!("receipt:{}", receipt.as_str()),
        Some(key) if (1..=KEY_CHARS_MAX).contains(&key.chars().count()) => format!("key:{who}:{key}"),
        Some(_) => {
            return Err(Problem::unprocessable(("a key has 1 to 100 characters", "key 须为1至100个字符")));
        }
    };
    let ids = photos.iter().map(|photo| photo.id.clone()).collect();
    let tip = seen.into_tip(receipt, officer.map(|officer| officer.name.clone()), ids, now);
    let tip = api.cases.take_in_tip(tip, &key, &photos).await?;
    api.live.announce_tip(&tip);
    Ok(tip)
}

/// Anyone tells what they saw; `/report` is the same as a page.
#[utoipa::path(post, path = "/api/v1/public-reports", tag = "public", request_body = Telling,
    responses((status = 201, body = Told), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
async fn tell(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    Sent(telling): Sent<Telling>,
) -> Result<(StatusCode, Json<Told>), Problem> {
    if !api.cases.settings.public.reports {
        return Err(Problem::not_found("report form", "举报入口"));
    }
    let _place = api.street.place().ok_or_else(|| Problem::busy(crate::street::desk::SENT_AT_ONCE, 60))?;
    // Base64 has four letters for three bytes.
    let bytes = telling.photos.iter().map(|photo| (photo.len() / 4 * 3) as u64).sum();
    api.street.take_tip(address, bytes, clock::now()).map_err(|_spent| Problem::day_spent())?;
    let tip = take_in(&api, telling, None).await?;
    Ok((StatusCode::CREATED, Json(Told::from(&tip))))
}

/// An officer on the street notes what they saw; it waits among the tips until a case is filed on it.
#[utoipa::path(post, path = "/api/v1/checks/notes", tag = "checks", request_body = Telling,
    responses((status = 201, body = Told), (status = 401, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn note(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Sent(telling): Sent<Telling>,
) -> Result<(StatusCode, Json<Told>), Problem> {
    let tip = take_in(&api, telling, Some(&officer)).await?;
    Ok((StatusCode::CREATED, Json(Told::from(&tip))))
}

/// Which tips.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `received`, `taken`, `filed` or `dismissed`; those still open when absent.
    state: Option<String>,
    /// Only those told before this place: `next` of the answer before.
    before: Option<u64>,
    /// At most so many, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// Tips and how many there are in all.
#[derive(Serialize, ToSchema)]
struct Tips {
    /// The newest first.
    tips: Vec<TipRow>,
    /// Ask with `before` for the rest; null when these are the last.
    next: Option<u64>,
    /// How many wait for somebody.
    received: u64,
    /// How many are being looked at.
    taken: u64,
}

/// A tip in a list.
#[derive(Serialize, ToSchema)]
struct TipRow {
    /// Its receipt.
    receipt: String,
    /// `public` or `officer`.
    origin: String,
    /// The officer who told.
    told_by: Option<String>,
    /// What was seen.
    what: String,
    /// In Chinese.
    what_zh: String,
    /// In English.
    what_en: String,
    /// The rule an officer is offered first.
    rule: Option<String>,
    /// The plate as written.
    plate_text: String,
    /// The plate, when it is one.
    plate: Option<String>,
    /// The company it is registered with.
    carrier_name: Option<String>,
    /// The place in words.
    place: String,
    /// WGS-84 degrees.
    lat: Option<f64>,
    /// WGS-84 degrees.
    lon: Option<f64>,
    /// When it was seen.
    occurred_at: String,
    /// When it came.
    received_at: String,
    /// In the teller's words.
    text: String,
    /// How many pictures came with it.
    photos: usize,
    /// Where it stands.
    state: String,
    /// The officer who works on it.
    taken_by: Option<String>,
    /// How it ended.
    end: Option<TipEnd>,
}

impl TipRow {
    fn of(api: &Api, tip: &Tip) -> Self {
        let registry = api.live.registry();
        let truck = tip.plate.as_ref().and_then(|plate| registry.trucks.get(plate));
        let (what_zh, what_en) = tip.what.names();
        Self {
            receipt: tip.receipt.to_string(),
            origin: tip.origin.word().to_owned(),
            told_by: tip.told_by.clone(),
            what: tip.what.word().to_owned(),
            what_zh: what_zh.to_owned(),
            what_en: what_en.to_owned(),
            rule: tip.what.rule().map(str::to_owned),
            plate_text: tip.plate_text.clone(),
            plate: tip.plate.as_ref().map(ToString::to_string),
            carrier_name: truck
                .and_then(|truck| registry.carriers.get(&truck.carrier))
                .map(|c| c.name.clone()),
            place: tip.place.clone(),
            lat: tip.position.map(domain::Position::lat),
            lon: tip.position.map(domain::Position::lon),
            occurred_at: tip.occurred.to_string(),
            received_at: tip.received.to_string(),
            text: tip.text.clone(),
            photos: tip.photos.len(),
            state: tip.state.word().to_owned(),
            taken_by: tip.taken_by.clone(),
            end: tip.end.clone(),
        }
    }
}

/// A tip with what speaks for and against it.
#[derive(Serialize, ToSchema)]
struct TipView {
    /// The tip.
    #[serde(flatten)]
    row: TipRow,
    /// How to reach the sender; only for those who decide.
    contact: Option<String>,
    /// Where the truck's own track was then; null when the plate is none.
    sighting: Option<Sighting>,
}

async fn view(api: &Api, tip: &Tip, officer: &Officer) -> Result<Json<TipView>, Problem> {
    let contact = tip.contact.clone().filter(|_| officer.role.decides());
    Ok(Json(TipView { row: TipRow::of(api, tip), contact, sighting: sighting(api, tip).await? }))
}

async fn sighting(api: &Api, tip: &Tip) -> Result<Option<Sighting>, Problem> {
    let Some(plate) = &tip.plate else { return Ok(None) };
    let stretch = tip.occurred.plus_seconds(-AROUND_S)..=tip.occurred.plus_seconds(AROUND_S);
    let reading = api.history.read(&Subject::Truck(plate.clone()), &stretch, Columns::default()).await?;
    let track = Track::of(reading, &stretch, None);
    let points: Vec<_> =
        track.rows().filter_map(|(fixes, row)| Some((fixes.time(row), fixes.position(row)?))).collect();
    Ok(Some(Sighting::of(tip.position, tip.occurred, &points)))
}

fn receipt(text: &str) -> Result<Receipt, Problem> {
    text.parse().map_err(|_source| Problem::not_found("tip", "举报"))
}

/// What the public and officers on the street told, the newest first.
#[utoipa::path(get, path = "/api/v1/public-reports", tag = "clues", params(Wanted),
    responses((status = 200, body = Tips), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn tips(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Tips>, Problem> {
    let unknown = || {
        Problem::bad_request(
            StatusCode::BAD_REQUEST,
            "no such state; known: received, taken, filed, dismissed",
        )
    };
    let state = wanted
        .state
        .as_deref()
        .map(|word| TipState::ALL.into_iter().find(|state| state.word() == word).ok_or_else(unknown))
        .transpose()?;
    let limit = wanted.limit.unwrap_or(TIPS_DEFAULT).clamp(1, TIPS_MAX);
    let found = api.store.tips(&TipQuery { state, before: wanted.before }, limit).await?;
    let counts = api.store.tip_counts().await?;
    let is_full = found.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.last().map(|(seq, _)| *seq).filter(|_| is_full);
    let tips = found.iter().map(|(_, tip)| TipRow::of(&api, tip)).collect();
    Ok(Json(Tips { tips, next, received: counts.received, taken: counts.taken }))
}

/// One tip, compared with the truck's own track.
#[utoipa::path(get, path = "/api/v1/public-reports/{receipt}", tag = "clues", params(("receipt" = String, Path, description = "Receipt")),
    responses((status = 200, body = TipView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn tip(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<TipView>, Problem> {
    let tip = api.store.tip(&receipt(&text)?).await?.ok_or_else(|| Problem::not_found("tip", "举报"))?;
    view(&api, &tip, &officer).await
}

/// A picture that came with a tip, as it came.
#[utoipa::path(get, path = "/api/v1/public-reports/{receipt}/photos/{number}", tag = "clues",
    params(("receipt" = String, Path, description = "Receipt"), ("number" = usize, Path, description = "From 1")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn photo(
    _officer: SignedIn,
    State(api): State<Api>,
    Path((text, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("picture", "照片");
    let tip = api.store.tip(&receipt(&text)?).await?.ok_or_else(missing)?;
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(missing)?;
    let id = tip.photos.get(at).ok_or_else(missing)?;
    let photo = api.store.tip_photo(id).await?.ok_or_else(missing)?;
    let headers =
        [(header::CONTENT_TYPE, photo.kind.content_type()), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, photo.bytes).into_response())
}

/// Begins to look at a tip.
#[utoipa::path(post, path = "/api/v1/public-reports/{receipt}/take", tag = "clues", params(("receipt" = String, Path, description = "Receipt")),
    responses((status = 200, body = TipView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn take(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<TipView>, Problem> {
    let tip = api.cases.take_tip(&receipt(&text)?, &officer, clock::now()).await?;
    api.live.announce_tip(&tip);
    view(&api, &tip, &officer).await
}

/// Why a tip is closed.
#[derive(Deserialize, ToSchema)]
struct Dismissing {
    /// 1 to 1,000 characters.
    reason: String,
}

/// Closes a tip without a case.
#[utoipa::path(post, path = "/api/v1/public-reports/{receipt}/dismiss", tag = "clues", request_body = Dismissing,
    params(("receipt" = String, Path, description = "Receipt")),
    responses((status = 200, body = TipView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn dismiss(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(sent): Sent<Dismissing>,
) -> Result<Json<TipView>, Problem> {
    let tip = api.cases.dismiss_tip(&receipt(&text)?, &sent.reason, &officer, clock::now()).await?;
    api.live.announce_tip(&tip);
    view(&api, &tip, &officer).await
}

/// Enters a case on what a tip led to: what the officers found proves it, not the tip.
#[utoipa::path(post, path = "/api/v1/public-reports/{receipt}/file", tag = "clues", request_body = SentCase,
    params(("receipt" = String, Path, description = "Receipt")),
    responses((status = 201, body = CaseView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn file(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(sent): Sent<SentCase>,
) -> Result<(StatusCode, Json<CaseView>), Problem> {
    let filed = api.cases.file_tip(&receipt(&text)?, sent.read()?, &officer, clock::now()).await?;
    let (tip, case, followed) = filed;
    api.live.announce_tip(&tip);
    api.live.announce_followed(&followed);
    Ok((StatusCode::CREATED, CaseView::of(&api, case).await?))
}
