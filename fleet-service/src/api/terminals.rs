//! Terminals: who may report for which truck, who waits, admitting and revoking.

use axum::Json;
use axum::extract::{Path, State};
use domain::{Plate, TerminalId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::RegistrationRefusal;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::paging::{self, Page};
use super::problem::Problem;
use crate::clock;
use crate::store::{Officer, PendingTerminal, RawMessage};
use crate::terminals::{self, Admittance, PENDING_SHOWN_MAX, TerminalError, TerminalRow};

/// Most terminals in one answer.
const TERMINALS_MAX: u32 = 50_000;
/// Name of this list's cursors.
const LIST: &str = "terminals";
/// Most raw messages in one answer.
const RAW_SHOWN_MAX: u32 = 1_000;
const RAW_SHOWN_DEFAULT: u32 = 100;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(pending))
        .routes(routes!(admit))
        .routes(routes!(revoke))
        .routes(routes!(raw))
}

/// A terminal and what it may do.
#[derive(Serialize, ToSchema)]
struct TerminalView {
    /// Its identity (JT/T 808 phone without padding).
    terminal: String,
    /// The truck it may report for.
    plate: Option<String>,
    /// `admitted` by a registrar, named in the `register`, `revoked`, or `lapsed`: neither names it any more.
    standing: &'static str,
    /// Whether it is connected now.
    online: bool,
    /// Vendor profile a registrar chose.
    profile: Option<String>,
    /// Maker, as it said when it registered.
    maker: String,
    /// Model, as it said when it registered.
    model: String,
    /// Its last registration.
    registered: Option<String>,
}

/// Every terminal.
#[derive(Serialize, ToSchema)]
struct Terminals {
    /// By identity.
    terminals: Vec<TerminalView>,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Which terminals.
#[derive(Deserialize, IntoParams)]
struct WantedTerminals {
    /// Only of this truck.
    plate: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 50,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// A terminal that asked and was refused.
#[derive(Serialize, ToSchema)]
struct PendingView {
    /// Its identity without padding.
    terminal: String,
    /// As sent.
    phone: String,
    /// As sent, empty when it never registered.
    maker: String,
    /// As sent.
    model: String,
    /// Its maker's number, as sent.
    device_id: String,
    /// The plate, as sent.
    plate: String,
    /// The plate's colour code, as sent.
    colour: Option<u8>,
    /// Of JT/T 808: `2011`, `2013` or `2019`; `2013` for either of the first two when it only authenticated.
    revision: String,
    /// Why it was refused last.
    refusal: String,
    /// The same in Chinese.
    refusal_zh: &'static str,
    /// From where it came last.
    address: String,
    /// First refusal.
    first: String,
    /// Last refusal.
    last: String,
    /// Refusals.
    attempts: u64,
}

/// The terminals that wait.
#[derive(Serialize, ToSchema)]
struct Pending {
    /// The last seen first, at most 1,000.
    pending: Vec<PendingView>,
}

/// For which truck a terminal is admitted.
#[derive(Deserialize, ToSchema)]
struct Admit {
    /// Plate of a registered truck.
    plate: String,
    /// Vendor profile its reports are read by; without it, maker and model decide.
    profile: Option<String>,
    /// Whether it is given an authentication code, because it cannot register itself (a simple tracker).
    #[serde(default)]
    code: bool,
}

/// What was decided.
#[derive(Serialize, ToSchema)]
struct Decided {
    /// The terminal.
    terminal: String,
    /// The truck it may report for; none when its right was taken.
    plate: Option<String>,
    /// Its authentication code, if one was asked for; it is not shown again.
    code: Option<String>,
}

/// How many raw messages.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// At most so many, up to 1,000; 100 when absent.
    limit: Option<u32>,
}

/// A message as it came.
#[derive(Serialize, ToSchema)]
struct RawView {
    /// When it came.
    received: String,
    /// Its id, as `0x0900`.
    message_id: String,
    /// Its body, hexadecimal.
    payload: String,
}

/// Raw messages of a terminal.
#[derive(Serialize, ToSchema)]
struct RawMessages {
    /// The newest first.
    messages: Vec<RawView>,
}

/// Every terminal that registered, is in the registers, or was decided upon.
#[utoipa::path(get, path = "/api/v1/terminals", tag = "terminals", params(WantedTerminals),
    responses((status = 200, body = Terminals), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(wanted): Asked<WantedTerminals>,
) -> Result<Page<Terminals>, Problem> {
    let mut rows = terminals::list(&api.store, &api.live.registry()).await?;
    let of_plate = |row: &TerminalRow, plate: &str| row.plate.as_ref().is_some_and(|of| of.as_str() == plate);
    rows.retain(|row| wanted.plate.as_deref().is_none_or(|plate| of_plate(row, plate)));
    let after: Option<String> = paging::after(LIST, wanted.cursor.as_deref())?;
    let limit = paging::limit(wanted.limit, TERMINALS_MAX, TERMINALS_MAX);
    let (rows, next) = paging::of_ordered(LIST, rows, after.as_ref(), limit, |row| row.terminal.to_string());
    let terminals = rows.into_iter().map(|row| view(&api, row)).collect();
    Ok(Page { answer: Terminals { terminals, next_cursor: next.clone() }, next })
}

/// The terminals that asked and were refused.
#[utoipa::path(get, path = "/api/v1/terminals/pending", tag = "terminals",
    responses((status = 200, body = Pending), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn pending(SignedIn(officer): SignedIn, State(api): State<Api>) -> Result<Json<Pending>, Problem> {
    may(&officer)?;
    let waiting = api.store.pending_terminals(PENDING_SHOWN_MAX).await?;
    Ok(Json(Pending { pending: waiting.into_iter().map(PendingView::from).collect() }))
}

/// Admits a terminal for a truck. Any other terminal of the truck loses its right.
#[utoipa::path(post, path = "/api/v1/terminals/{terminal}/admit", tag = "terminals", request_body = Admit,
    params(("terminal" = String, Path, description = "Its identity")),
    responses((status = 200, body = Decided), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn admit(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Sent(wanted): Sent<Admit>,
) -> Result<Json<Decided>, Problem> {
    may(&officer)?;
    let terminal = identity(&text)?;
    let plate: Plate = wanted.plate.parse().map_err(TerminalError::from)?;
    let (id, truck) = (terminal.to_string(), Some(plate.to_string()));
    let registry = api.live.registry();
    let by = &officer.name;
    let admittance = Admittance { terminal, plate, profile: wanted.profile, with_code: wanted.code };
    let shelf = api.admission.shelf();
    let code = terminals::admit(&api.store, &registry, shelf, admittance, by, clock::now()).await?;
    api.admission.refresh().await?;
    Ok(Json(Decided { terminal: id, plate: truck, code }))
}

/// Takes a terminal's right: its session ends at once.
#[utoipa::path(post, path = "/api/v1/terminals/{terminal}/revoke", tag = "terminals",
    params(("terminal" = String, Path, description = "Its identity")),
    responses((status = 200, body = Decided), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn revoke(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<Decided>, Problem> {
    may(&officer)?;
    let terminal = identity(&text)?;
    terminals::revoke(&api.store, terminal.clone(), &officer.name, clock::now()).await?;
    api.admission.refresh().await?;
    Ok(Json(Decided { terminal: terminal.to_string(), plate: None, code: None }))
}

/// Messages of a terminal that the service keeps as they came.
#[utoipa::path(get, path = "/api/v1/terminals/{terminal}/raw", tag = "terminals",
    params(("terminal" = String, Path, description = "Its identity"), Wanted),
    responses((status = 200, body = RawMessages), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn raw(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<RawMessages>, Problem> {
    let limit = wanted.limit.unwrap_or(RAW_SHOWN_DEFAULT).clamp(1, RAW_SHOWN_MAX);
    let messages = api.store.raw_messages(&identity(&text)?, limit).await?;
    Ok(Json(RawMessages { messages: messages.into_iter().map(RawView::from).collect() }))
}

fn may(officer: &Officer) -> Result<(), Problem> {
    if officer.role.looks_after_terminals() { Ok(()) } else { Err(Problem::not_registrar()) }
}

fn identity(text: &str) -> Result<TerminalId, Problem> {
    text.parse().map_err(|error| TerminalError::Terminal(error).into())
}

fn view(api: &Api, row: TerminalRow) -> TerminalView {
    TerminalView {
        online: api.sessions.is_online(&row.terminal),
        terminal: row.terminal.to_string(),
        plate: row.plate.map(|plate| plate.to_string()),
        standing: row.standing.word(),
        profile: row.profile,
        maker: row.maker,
        model: row.model,
        registered: row.registered.map(|at| at.to_string()),
    }
}

/// A refusal of the standard's table (0x8100), in Chinese.
fn in_chinese(refusal: &str) -> &'static str {
    use RegistrationRefusal::{NoSuchTerminal, NoSuchVehicle, TerminalRegistered, VehicleRegistered};
    let words = [
        (VehicleRegistered, "车辆已由其他终端注册"),
        (NoSuchVehicle, "登记册中没有该车辆"),
        (TerminalRegistered, "终端已注册到其他车辆"),
        (NoSuchTerminal, "登记册中没有该终端"),
    ];
    words.iter().find(|(known, _)| known.to_string() == refusal).map_or("平台拒绝注册", |(_, zh)| *zh)
}

impl From<PendingTerminal> for PendingView {
    fn from(waiting: PendingTerminal) -> Self {
        Self {
            terminal: waiting.terminal.to_string(),
            phone: waiting.phone,
            maker: waiting.maker,
            model: waiting.model,
            device_id: waiting.device_id,
            plate: waiting.plate,
            colour: waiting.colour,
            revision: waiting.revision,
            refusal_zh: in_chinese(&waiting.refusal),
            refusal: waiting.refusal,
            address: waiting.address,
            first: waiting.first.to_string(),
            last: waiting.last.to_string(),
            attempts: waiting.attempts,
        }
    }
}

impl From<RawMessage> for RawView {
    fn from(message: RawMessage) -> Self {
        Self {
            received: message.received.to_string(),
            message_id: format!("{:#06x}", message.message_id),
            payload: hex::encode(message.payload),
        }
    }
}
