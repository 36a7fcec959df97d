//! The list of clues: by state, rule, authority, area, company, truck and time, a page at a time, as JSON, as a table for
//! spreadsheets or as points on a map.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{Authority, RuleCode, Timestamp, ViolationId};
use scoring::rule::family;
use scoring::sheet::{Cell, Sheet, column};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::cases::word;
use super::officer::SignedIn;
use super::paging::{self, Page};
use super::problem::Problem;
use super::tables::{self, Form, TABLE_ROWS_MAX};
use crate::clock;
use crate::store::{ClueQuery, ClueState, RuleFilter};
use crate::view::clue::{ClueView, CountsView};

/// Most clues in one answer.
const CLUES_MAX: u32 = 1_000;
const CLUES_DEFAULT: u32 = 200;
/// Name of this list's cursors.
const LIST: &str = "clues";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(clues))
}

/// Which clues.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// `pending`, `confirmed`, `rejected`, `withdrawn` or `all`; `pending` when absent.
    state: Option<String>,
    /// Only under this rule, as `TR-02` with all its grades or `TR-02b`.
    rule: Option<String>,
    /// Only those `city_management`, `police` or `transport` decides.
    authority: Option<String>,
    /// Only on hauls from sources in this township or street.
    area: Option<String>,
    /// Only of this company, by its code.
    uscc: Option<String>,
    /// Only of this truck.
    plate: Option<String>,
    /// Only begun at or after, RFC 3339.
    from: Option<String>,
    /// Only begun before, RFC 3339.
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many: up to 1,000, 200 when absent; of a table up to 10,000, which is what absence means.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `json`, `csv`, `xlsx` or `geojson`; when absent, `Accept` decides.
    format: Option<String>,
}

/// Clues and how many there are in all.
#[derive(Serialize, ToSchema)]
struct Clues {
    /// Newest first.
    clues: Vec<ClueView>,
    /// Of all clues, not only those listed.
    counts: CountsView,
    /// Ask with it for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Clues of one state or of all, newest first.
#[utoipa::path(get, path = "/api/v1/clues", tag = "clues", params(Wanted),
    responses((status = 200, content((Clues = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Object = "application/geo+json"))),
        (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn clues(
    _officer: SignedIn,
    State(api): State<Api>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let form = Form::asked(wanted.format.as_deref(), &headers, Form::PLACES)?;
    let limit = match form {
        Form::Json => paging::limit(wanted.limit, CLUES_DEFAULT, CLUES_MAX),
        _ => paging::limit(wanted.limit, TABLE_ROWS_MAX, TABLE_ROWS_MAX),
    };
    let mut stored = api.store.clue_page(&wanted.query(&api)?, limit + 1).await?;
    let next_cursor = paging::cut(LIST, &mut stored, limit, |clue| {
        (clue.violation.start.millis(), clue.violation.id.to_string())
    });
    let registry = api.live.registry();
    let clues: Vec<ClueView> =
        stored.iter().map(|clue| ClueView::of(clue, &api.live.catalogue, &registry)).collect();
    let response = match form {
        Form::Json => {
            let counts = api.store.clue_counts().await?.into();
            let answer = Clues { clues, counts, next_cursor: next_cursor.clone() };
            return Ok(Page { answer, next: next_cursor }.into_response());
        }
        Form::GeoJson => tables::points(clues.into_iter().map(|clue| {
            let properties = json!({
                "id": clue.id, "rule": clue.rule, "rule_name_zh": clue.rule_name_zh, "state": clue.state,
                "plate": clue.plate, "carrier_uscc": clue.carrier_uscc, "start": clue.start, "end": clue.end,
            });
            (clue.lon, clue.lat, properties)
        })),
        _ => tables::file(form, &sheet(&clues), "clues", clock::now())?,
    };
    Ok(paging::with_next(response, next_cursor))
}

impl Wanted {
    fn query(&self, api: &Api) -> Result<ClueQuery, Problem> {
        let state = match self.state.as_deref().unwrap_or("pending") {
            "all" => None,
            word => Some(
                word.parse::<ClueState>()
                    .map_err(|reason| Problem::bad_request(StatusCode::BAD_REQUEST, &reason))?,
            ),
        };
        let after: Option<(i64, String)> = paging::after(LIST, self.cursor.as_deref())?;
        let after = after
            .and_then(|(start, id)| Some((Timestamp::from_millis(start), id.parse::<ViolationId>().ok()?)));
        let sources = self.area.as_deref().map(|area| {
            let registry = api.live.registry();
            let inside = registry
                .site_terms
                .iter()
                .filter(|(_, terms)| terms.district.as_ref().is_some_and(|d| d.to_string() == area));
            inside.map(|(site, _)| site.clone()).collect()
        });
        Ok(ClueQuery {
            state,
            rules: self.rules(api)?,
            plate: word(self.plate.as_deref())?,
            uscc: word(self.uscc.as_deref())?,
            from: moment(self.from.as_deref())?,
            before: moment(self.to.as_deref())?,
            sources,
            after,
        })
    }

    /// The rules asked for by code and by authority, as clues carry them.
    fn rules(&self, api: &Api) -> Result<Option<Vec<RuleFilter>>, Problem> {
        let code: Option<RuleCode> = word(self.rule.as_deref())?;
        let authority: Option<Authority> = word(self.authority.as_deref())?;
        let filter = |code: &RuleCode| {
            let family = family(code);
            let band = code.as_str().strip_prefix(family).filter(|band| !band.is_empty());
            RuleFilter { family: family.to_owned(), band: band.map(str::to_owned) }
        };
        let Some(authority) = authority else { return Ok(code.map(|code| vec![filter(&code)])) };
        let is_asked =
            |rule: &RuleCode| code.as_ref().is_none_or(|c| c == rule || family(rule) == c.as_str());
        let mut rules: Vec<RuleFilter> = Vec::new();
        for rule in
            api.live.catalogue.rules().filter(|rule| rule.authority == authority && is_asked(&rule.code))
        {
            let filter = filter(&rule.code);
            if !rules.contains(&filter) {
                rules.push(filter);
            }
        }
        Ok(Some(rules))
    }
}

/// A moment of a query.
pub(super) fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        // A `+` that was not percent-encoded arrives as a blank.
        text.replace(' ', "+")
            .parse::<Timestamp>()
            .map_err(|error| Problem::bad_request(StatusCode::BAD_REQUEST, &error.to_string()))
    };
    text.map(parse).transpose()
}

fn sheet(clues: &[ClueView]) -> Sheet {
    let time = |text: &str| text.parse().map_or_else(|_| Cell::text(text), Cell::Moment);
    let may = |text: &Option<String>| Cell::of(text.as_ref(), Cell::text);
    let degrees = |degrees: f64| Cell::text(format!("{degrees:.7}"));
    let rows = clues.iter().map(|clue| {
        let decision = clue.decision.as_ref();
        vec![
            Cell::text(&clue.id),
            Cell::text(&clue.rule),
            Cell::text(&clue.rule_name_zh),
            Cell::text(&clue.authority),
            Cell::text(&clue.state),
            Cell::text(&clue.plate),
            may(&clue.carrier_uscc),
            may(&clue.carrier_name),
            may(&clue.permit),
            time(&clue.start),
            time(&clue.end),
            degrees(clue.lat),
            degrees(clue.lon),
            Cell::Points(clue.points_centi),
            Cell::of(decision, |decision| Cell::text(&decision.by)),
            Cell::of(decision, |decision| time(&decision.at)),
            Cell::of(decision, |decision| Cell::text(&decision.reason)),
        ]
    });
    Sheet {
        name: "线索 clues",
        columns: vec![
            column("id", "线索号", "Clue"),
            column("rule", "规则", "Rule"),
            column("rule_name_zh", "规则名称", "Rule name"),
            column("authority", "认定部门", "Authority"),
            column("state", "状态", "State"),
            column("plate", "车牌号", "Plate"),
            column("carrier_uscc", "企业代码", "Company code"),
            column("carrier_name", "企业", "Company"),
            column("permit", "准运证", "Permit"),
            column("start", "开始时间", "Begun"),
            column("end", "结束时间", "Ended"),
            column("lat", "纬度", "Latitude"),
            column("lon", "经度", "Longitude"),
            column("points", "分值", "Points"),
            column("decided_by", "处理人", "Decided by"),
            column("decided_at", "处理时间", "Decided at"),
            column("reason", "理由", "Reason"),
        ],
        rows: rows.collect(),
    }
}
