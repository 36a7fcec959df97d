//! Electronic waybills: tickets, what people do to them, daily reconciliation, room in sinks, balance of areas.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::time::{date_plus_days, first_of_month};
use domain::{HaulId, LocalDate, Plate, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::paging::{self, Page};
use super::problem::Problem;
use super::tables::{self, Form, TABLE_ROWS_MAX};
use super::waybill_sheet;
use crate::clock;
use crate::store::{AuditDraft, Officer};
use crate::view::waybill::{AreaView, ReconciliationView, SinkRoomView, TicketView};
use crate::waybill::{self, Act, ActKind, Day, Ticket};

/// Most hauls a day's tickets are made of.
const HAULS_MAX: u32 = 200_000;
/// Most tickets in one answer.
const TICKETS_MAX: u32 = 1_000;
/// Name of this list's cursors.
const LIST: &str = "waybills";
/// A day's hauls are paired with what is seen from a day before to a day after it.
const AROUND_DAYS: i64 = 1;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(tickets, draft))
        .routes(routes!(ticket))
        .routes(routes!(accept))
        .routes(routes!(reject))
        .routes(routes!(void))
        .routes(routes!(reconciliation))
        .routes(routes!(sinks))
        .routes(routes!(areas))
}

/// Which tickets.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// The day they began on, as 2026-11-23; today when absent.
    day: Option<String>,
    /// Only of this state.
    state: Option<String>,
    /// Only with this exception; `any` for every ticket that has one.
    exception: Option<String>,
    /// Only of this truck.
    plate: Option<String>,
    /// Only from or to this site.
    site: Option<String>,
    /// Only under this permit.
    permit: Option<String>,
    /// After this place in the order: `next` of the answer before. A `cursor` stays right when tickets come in.
    after: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, up to 1,000, which is what absence means; of a table up to 10,000.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `json`, `csv` or `xlsx`; when absent, `Accept` decides.
    format: Option<String>,
}

/// Tickets of a day.
#[derive(Serialize, ToSchema)]
struct Tickets {
    /// By departure and truck; at most 1,000.
    tickets: Vec<TicketView>,
    /// How many there are that fit.
    total: usize,
    /// Ask with `after` for the rest; null when these are the last.
    next: Option<usize>,
    /// Ask with it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

async fn day_of(api: &Api, date: LocalDate) -> Result<Day, Problem> {
    let midnight = |days| Timestamp::start_of_local_day(date_plus_days(date, days));
    let (from, before) = (midnight(-AROUND_DAYS), midnight(1 + AROUND_DAYS));
    let hauls = api.store.hauls_between(from, before, HAULS_MAX).await?;
    let readings = api.store.site_readings(from, before).await?;
    let records = api.store.waybill_records(from, before).await?;
    let registry = std::sync::Arc::clone(api.live.registers.borrow().at(midnight(1)));
    let now = clock::now();
    let day = move || waybill::of_day(date, &hauls, readings, records, &registry, now);
    // A city's day takes longer to pair than other requests should wait for.
    tokio::task::spawn_blocking(day).await.map_err(|error| Problem::internal(&error))
}

fn date(text: Option<&str>) -> Result<LocalDate, Problem> {
    let unread = |_| Problem::unprocessable(("a day is written as 2026-11-23", "日期格式应为 2026-11-23"));
    text.map_or_else(|| Ok(clock::now().local_date()), |text| text.parse().map_err(unread))
}

/// A day's tickets, filtered.
#[utoipa::path(get, path = "/api/v1/waybills", tag = "waybills", params(Wanted),
    responses((status = 200, content((Tickets = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn tickets(
    _officer: SignedIn,
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let form = Form::asked(wanted.format.as_deref(), &headers, Form::TABLE)?;
    let day = day_of(&api, date(wanted.day.as_deref())?).await?;
    let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
    let has = |ticket: &Ticket| match wanted.exception.as_deref() {
        None => true,
        Some("any") => !ticket.exceptions.is_empty(),
        Some(word) => ticket.exceptions.iter().any(|exception| exception.word() == word),
    };
    let at = |ticket: &Ticket| {
        let Some(site) = &wanted.site else { return true };
        [&ticket.source, &ticket.sink].into_iter().flatten().any(|known| known.as_str() == site)
    };
    let fits = |ticket: &&Ticket| {
        is(&wanted.state, ticket.state.word())
            && is(&wanted.plate, ticket.plate.as_str())
            && is(&wanted.permit, ticket.permit.as_ref().map_or("", |permit| permit.as_str()))
            && has(ticket)
            && at(ticket)
    };
    let found: Vec<&Ticket> = day.tickets.iter().filter(fits).collect();
    let key = |ticket: &Ticket| {
        (ticket.begins().map(|at| at.millis()), ticket.plate.to_string(), ticket.number.clone())
    };
    let after = match paging::after::<(Option<i64>, String, String)>(LIST, wanted.cursor.as_deref())? {
        Some(last) => found.partition_point(|ticket| key(ticket) <= last),
        None => wanted.after.unwrap_or(0).min(found.len()),
    };
    let max = if form == Form::Json { TICKETS_MAX } else { TABLE_ROWS_MAX };
    let limit = usize::try_from(paging::limit(wanted.limit, max, max)).unwrap_or(usize::MAX);
    let shown = &found[after..found.len().min(after.saturating_add(limit))];
    let end = after + shown.len();
    let next = (end < found.len()).then_some(end);
    let next_cursor =
        shown.last().filter(|_| next.is_some()).and_then(|last| paging::cursor(LIST, &key(last)));
    let tickets: Vec<TicketView> = shown.iter().map(|ticket| TicketView::from(*ticket)).collect();
    if form != Form::Json {
        let table = tables::file(form, &waybill_sheet::of(&tickets), "waybills", clock::now())?;
        return Ok(paging::with_next(table, next_cursor));
    }
    let answer = Tickets { tickets, total: found.len(), next, next_cursor: next_cursor.clone() };
    Ok(Page { answer, next: next_cursor }.into_response())
}

/// One ticket with what people did.
#[utoipa::path(get, path = "/api/v1/waybills/{number}", tag = "waybills",
    params(("number" = String, Path, description = "Ticket")),
    responses((status = 200, body = TicketView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn ticket(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
) -> Result<Json<TicketView>, Problem> {
    Ok(Json(TicketView::from(&find(&api, &number).await?)))
}

async fn find(api: &Api, number: &str) -> Result<Ticket, Problem> {
    let missing = || Problem::not_found("ticket", "联单");
    let begun = match number.parse::<HaulId>() {
        Ok(id) => api.store.haul(id).await?.map(|haul| haul.departed),
        Err(_) => None,
    };
    let begun = match begun {
        Some(begun) => begun,
        None => api.store.waybill_drafted(number).await?.ok_or_else(missing)?,
    };
    let day = day_of(api, begun.local_date()).await?;
    day.tickets.into_iter().find(|ticket| ticket.number == number).ok_or_else(missing)
}

/// Opens a draft.
#[derive(Deserialize, ToSchema)]
struct NewDraft {
    /// The truck.
    plate: String,
    /// The source it is loaded at.
    source: String,
    /// Anything worth noting, up to 1,000 characters.
    #[serde(default)]
    note: String,
}

/// Opens a draft: the truck is being loaded. It becomes the ticket of the truck's next haul from that source within 12 hours.
#[utoipa::path(post, path = "/api/v1/waybills", tag = "waybills", request_body = NewDraft,
    responses((status = 201, body = TicketView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn draft(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Sent(new): Sent<NewDraft>,
) -> Result<(StatusCode, Json<TicketView>), Problem> {
    may(&officer)?;
    let registry = api.live.registry();
    let plate = new.plate.parse::<Plate>().ok().filter(|plate| registry.trucks.contains_key(plate));
    let plate = plate.ok_or_else(|| {
        Problem::unprocessable((
            "the plate is not in the register of trucks: register the truck first",
            "登记册中没有该车辆，请先登记",
        ))
    })?;
    let is_source =
        |id: &SiteId| registry.sites.get(id).is_some_and(|site| site.kind == domain::SiteKind::Source);
    let source = new.source.parse::<SiteId>().ok().filter(is_source).ok_or_else(|| {
        Problem::unprocessable(("the site is no source in the register", "该场所不是登记的出土工地"))
    })?;
    waybill::allow(waybill::TicketState::Draft, ActKind::Draft, &new.note).map_err(|e| refused(&e))?;
    let now = clock::now();
    let millis = now.millis().to_be_bytes();
    let number = HaulId::of_facts(&[b"draft", plate.as_str().as_bytes(), &millis]).to_string();
    let draft = Some((&plate, &source));
    let act = NewAct { number: &number, kind: ActKind::Draft, reason: &new.note, draft, known: 0 };
    record(&api, &officer, &act, now).await?;
    Ok((StatusCode::CREATED, Json(TicketView::from(&find(&api, &number).await?))))
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
struct Reason {
    /// Up to 1,000 characters; needed to refuse or to void.
    #[serde(default)]
    reason: String,
}

/// The sink took the load.
#[utoipa::path(post, path = "/api/v1/waybills/{number}/accept", tag = "waybills", request_body = Reason,
    params(("number" = String, Path, description = "Ticket")),
    responses((status = 200, body = TicketView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn accept(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Reason>,
) -> Result<Json<TicketView>, Problem> {
    act(&api, &officer, &number, ActKind::Accept, &sent.reason).await
}

/// The sink refused the load.
#[utoipa::path(post, path = "/api/v1/waybills/{number}/reject", tag = "waybills", request_body = Reason,
    params(("number" = String, Path, description = "Ticket")),
    responses((status = 200, body = TicketView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn reject(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Reason>,
) -> Result<Json<TicketView>, Problem> {
    act(&api, &officer, &number, ActKind::Reject, &sent.reason).await
}

/// The ticket is void.
#[utoipa::path(post, path = "/api/v1/waybills/{number}/void", tag = "waybills", request_body = Reason,
    params(("number" = String, Path, description = "Ticket")),
    responses((status = 200, body = TicketView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn void(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(number): Path<String>,
    Sent(sent): Sent<Reason>,
) -> Result<Json<TicketView>, Problem> {
    act(&api, &officer, &number, ActKind::Void, &sent.reason).await
}

fn may(officer: &Officer) -> Result<(), Problem> {
    if officer.role.runs_waybills() { Ok(()) } else { Err(Problem::not_your_waybill()) }
}

fn refused(error: &waybill::NotAllowed) -> Problem {
    let text = error.to_string();
    match error {
        waybill::NotAllowed::NoReason => Problem::unprocessable((&text, "请填写理由")),
        waybill::NotAllowed::LongReason { .. } => Problem::unprocessable((&text, "理由过长，请缩短")),
        waybill::NotAllowed::Ended { .. } => Problem::conflict(&text, "该联单已办结或作废，不能再次处理"),
        waybill::NotAllowed::NotArrived { .. } => {
            Problem::conflict(&text, "该车尚未到达消纳场，不能签收或拒收")
        }
    }
}

async fn act(
    api: &Api,
    officer: &Officer,
    number: &str,
    kind: ActKind,
    reason: &str,
) -> Result<Json<TicketView>, Problem> {
    may(officer)?;
    let known = api.store.waybill_acts(number).await?;
    let ticket = find(api, number).await?;
    waybill::allow(ticket.state, kind, reason).map_err(|e| refused(&e))?;
    let new = NewAct { number, kind, reason, draft: None, known };
    record(api, officer, &new, clock::now()).await?;
    Ok(Json(TicketView::from(&find(api, number).await?)))
}

struct NewAct<'a> {
    number: &'a str,
    kind: ActKind,
    reason: &'a str,
    draft: Option<(&'a Plate, &'a SiteId)>,
    /// How many acts the ticket had when it was looked at.
    known: u64,
}

async fn record(api: &Api, officer: &Officer, new: &NewAct<'_>, now: Timestamp) -> Result<(), Problem> {
    let reason = new.reason.trim().to_owned();
    let act = Act { kind: new.kind, at: now, by: officer.name.clone(), reason };
    let audit = AuditDraft {
        at: now,
        who: officer.name.clone(),
        what: "waybill",
        subject: new.number.to_owned(),
        detail: format!("{}: {}", new.kind.word(), act.reason),
    };
    let mut change = api.store.change().await?;
    // Of two who act at once the second must look again at what the first did.
    if change.waybill_acts(new.number).await? != new.known {
        return Err(Problem::conflict(
            "someone else has just done something to this ticket: look at it again",
            "他人刚刚处理过该联单，请重新查看",
        ));
    }
    change.add_waybill_act(new.number, &act, new.draft).await?;
    change.add_audit(audit).await?;
    change.commit().await?;
    Ok(())
}

/// Which day.
#[derive(Deserialize, IntoParams)]
struct OneDay {
    /// As 2026-11-23; today when absent.
    day: Option<String>,
}

/// Whether what left on a day arrived: per permit, source and sink, with everything that does not pair out.
#[utoipa::path(get, path = "/api/v1/reconciliation", tag = "waybills", params(OneDay),
    responses((status = 200, body = ReconciliationView), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn reconciliation(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(asked): Asked<OneDay>,
) -> Result<Json<ReconciliationView>, Problem> {
    let day = day_of(&api, date(asked.day.as_deref())?).await?;
    Ok(Json(ReconciliationView::of(&waybill::reconcile(&day), &day.tickets, &day.unpaired_in)))
}

/// Every sink.
#[derive(Serialize, ToSchema)]
struct Sinks {
    /// By id.
    sinks: Vec<SinkRoomView>,
}

/// How full every sink is: the register's word and all hauls on record.
#[utoipa::path(get, path = "/api/v1/sinks", tag = "waybills",
    responses((status = 200, body = Sinks), (status = 401, body = Problem)))]
async fn sinks(_officer: SignedIn, State(api): State<Api>) -> Result<Json<Sinks>, Problem> {
    let ever = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    let flows = api.store.flows(ever.0, ever.1).await?;
    let registry = api.live.registry();
    let rooms = waybill::sinks(&registry, &flows);
    Ok(Json(Sinks { sinks: rooms.iter().map(|room| SinkRoomView::of(room, &registry)).collect() }))
}

/// Which days.
#[derive(Deserialize, IntoParams)]
struct Days {
    /// First day, as 2026-11-01; the first of this month when absent.
    from: Option<String>,
    /// Last day; today when absent.
    to: Option<String>,
}

/// Every area.
#[derive(Serialize, ToSchema)]
struct Areas {
    /// By name.
    areas: Vec<AreaView>,
}

/// What each township or street sent and took, of hauls that departed on the days asked for.
#[utoipa::path(get, path = "/api/v1/areas/balance", tag = "waybills", params(Days),
    responses((status = 200, body = Areas), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn areas(
    _officer: SignedIn,
    State(api): State<Api>,
    Asked(asked): Asked<Days>,
) -> Result<Json<Areas>, Problem> {
    let to = date(asked.to.as_deref())?;
    let from = match asked.from.as_deref() {
        Some(text) => date(Some(text))?,
        None => first_of_month(to),
    };
    let (from, before) =
        (Timestamp::start_of_local_day(from), Timestamp::start_of_local_day(date_plus_days(to, 1)));
    let flows = api.store.flows(from, before).await?;
    let balances = waybill::areas(&api.live.registry(), &flows);
    Ok(Json(Areas {
        areas: balances.iter().map(|(district, balance)| AreaView::of(district, balance)).collect(),
    }))
}
