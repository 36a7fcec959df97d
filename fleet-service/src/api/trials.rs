//! What a change of the registers would have raised, tried on the stored reports in the background.

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::{Datum, Registry, Violation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Sent;
use super::officer::SignedIn;
use super::problem::Problem;
use super::registers::{known, may, moment};
use crate::clock;
use crate::registrar::DeskError;
use crate::registrar::trial::Trial;
use crate::registrar::trials::{
    Kept, StartError, State as TrialState, TRIAL_CHANGES_MAX, TRIAL_DAYS_DEFAULT, TRIAL_DAYS_MAX,
};
use crate::registry::record;
use crate::registry::timeline::{self, Reach, RecordChange};

/// Largest request: a few outlines.
const TRIAL_BYTES_MAX: usize = 4 << 20;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .layer(DefaultBodyLimit::max(TRIAL_BYTES_MAX))
        .routes(routes!(one, cancel))
}

/// A record that is tried.
#[derive(Deserialize, ToSchema)]
struct ChangeSent {
    /// `zones`, `routes`, `permits`, `sites`, `trucks`, `carriers` or `limits`.
    register: String,
    /// The record's key, when it is tried without it.
    id: Option<String>,
    /// The record as it would be; none takes it out.
    #[schema(value_type = Option<Object>)]
    record: Option<Value>,
}

/// What is tried.
#[derive(Deserialize, ToSchema)]
struct TrialSent {
    /// The records that are changed, at most 100.
    changes: Vec<ChangeSent>,
    /// From when, a date or an RFC 3339 time; a week before `until` when absent.
    from: Option<String>,
    /// Until when; now when absent.
    until: Option<String>,
}

/// A violation as an example.
#[derive(Serialize, ToSchema)]
struct ExampleView {
    /// The truck.
    plate: String,
    /// The company's code.
    carrier_uscc: Option<String>,
    /// From when.
    start: String,
    /// To when.
    end: String,
    /// Degrees.
    lat: f64,
    /// Degrees.
    lon: f64,
}

/// What differs of one rule.
#[derive(Serialize, ToSchema)]
#[schema(as = TrialRule)]
struct RuleView {
    /// Its code.
    rule: String,
    /// Its name.
    name_zh: String,
    /// Its name.
    name_en: String,
    /// How many would have been raised that were not.
    raised: usize,
    /// How many would not have been raised that were.
    withdrawn: usize,
    /// The first raised, at most 20.
    examples_raised: Vec<ExampleView>,
    /// The first withdrawn, at most 20.
    examples_withdrawn: Vec<ExampleView>,
}

/// A trial.
#[derive(Serialize, ToSchema)]
struct TrialView {
    /// Names it.
    id: String,
    /// `running`, `done`, `cancelled` or `failed`.
    state: &'static str,
    /// Who asked.
    by: String,
    /// When.
    asked: String,
    /// From when.
    from: String,
    /// Until when.
    until: String,
    /// Trucks judged so far.
    done: u64,
    /// Trucks in all; 0 while that is not known.
    total: u64,
    /// How many would have been raised; none while it runs.
    raised: Option<usize>,
    /// How many would have been withdrawn.
    withdrawn: Option<usize>,
    /// Reports judged.
    reports: Option<u64>,
    /// The newest reports may be missing.
    is_behind: bool,
    /// By rule.
    rules: Vec<RuleView>,
    /// Why it failed.
    failure: Option<String>,
}

/// Begins a trial: one runs at a time.
#[utoipa::path(post, path = "/api/v1/trials", tag = "registers", request_body = TrialSent,
    responses((status = 202, body = TrialView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn start(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Sent(sent): Sent<TrialSent>,
) -> Result<impl IntoResponse, Problem> {
    may(&officer)?;
    if sent.changes.is_empty() || sent.changes.len() > TRIAL_CHANGES_MAX {
        let en = format!("give 1 to {TRIAL_CHANGES_MAX} changes");
        return Err(Problem::unprocessable((&en, "请给出1至100项修改")).of_member("changes"));
    }
    let now = clock::now();
    let until = sent.until.as_deref().map_or(Ok(now), moment)?;
    let from = sent.from.as_deref().map_or(Ok(until.plus_seconds(-TRIAL_DAYS_DEFAULT * 86_400)), moment)?;
    if from >= until || until.millis_since(from) > TRIAL_DAYS_MAX * 86_400_000 {
        let en = format!("the stretch must end after it begins and last at most {TRIAL_DAYS_MAX} days");
        return Err(Problem::unprocessable((&en, "时段须先始后终，且不超过31天")).of_member("from"));
    }
    let before = api.register_desk.book().await?.registers();
    let mut tried = (**before.newest()).clone();
    let changes: Vec<RecordChange> = sent
        .changes
        .into_iter()
        .map(|change| change_of(&mut tried, change))
        .collect::<Result<_, Problem>>()?;
    // From before the stretch on, so that what began earlier is judged by it too.
    let since = from.plus_seconds(-2 * 86_400);
    let (after, _warnings) =
        timeline::apply(&before, since, &changes, Reach::ToTheEnd).map_err(DeskError::from)?;
    let trial = Trial { before, after, stretch: from..=until };
    let id = api
        .register_desk
        .trials
        .start(api.history.clone(), trial, &officer.name, now, api.stop.child_token())
        .map_err(|error| match &error {
            StartError::Busy { by, done, total } => Problem::conflict(
                &error.to_string(),
                &format!("{by}的试算正在进行（{done}/{total}辆），请等待其完成或取消"),
            ),
            StartError::Random(_) => Problem::internal(&error),
        })?;
    Ok((StatusCode::ACCEPTED, Json(view(&api, &id)?)))
}

/// How a trial stands, and its answer.
#[utoipa::path(get, path = "/api/v1/trials/{id}", tag = "registers", params(("id" = String, Path, description = "Of the trial")),
    responses((status = 200, body = TrialView), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn one(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<TrialView>, Problem> {
    Ok(Json(view(&api, &id)?))
}

/// Ends a trial that is under way.
#[utoipa::path(delete, path = "/api/v1/trials/{id}", tag = "registers", params(("id" = String, Path, description = "Of the trial")),
    responses((status = 200, body = TrialView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn cancel(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<TrialView>, Problem> {
    may(&officer)?;
    api.register_desk.trials.cancel(&id);
    Ok(Json(view(&api, &id)?))
}

fn change_of(tried: &mut Registry, sent: ChangeSent) -> Result<RecordChange, Problem> {
    let register = known(&sent.register)?;
    match (sent.record, sent.id) {
        (Some(body), _) => {
            let (record, _warnings) = record::put(tried, register, &body, Datum::Wgs84)?;
            Ok(RecordChange { register, key: record.key().to_owned(), body: Some(record.body()) })
        }
        (None, Some(key)) => {
            let record = record::withdraw(tried, register, &key)?;
            Ok(RecordChange { register, key: record.key().to_owned(), body: None })
        }
        (None, None) => {
            let detail =
                ("give the record, or the id of the one taken out", "请给出记录内容，或要删除的记录编号");
            Err(Problem::unprocessable(detail).of_member("record"))
        }
    }
}

fn view(api: &Api, id: &str) -> Result<TrialView, Problem> {
    let kept = api.register_desk.trials.get(id).ok_or_else(|| Problem::not_found("trial", "试算"))?;
    let (done, total) = kept.progress();
    let Kept { id, by, asked, from, until, state, .. } = kept;
    let mut view = TrialView {
        id,
        state: "running",
        by,
        asked: asked.to_string(),
        from: from.to_string(),
        until: until.to_string(),
        done,
        total,
        raised: None,
        withdrawn: None,
        reports: None,
        is_behind: false,
        rules: Vec::new(),
        failure: None,
    };
    match state {
        TrialState::Running => {}
        TrialState::Cancelled => view.state = "cancelled",
        TrialState::Failed(why) => {
            view.state = "failed";
            view.failure = Some(why);
        }
        TrialState::Done(outcome) => {
            view.state = "done";
            view.raised = Some(outcome.raised());
            view.withdrawn = Some(outcome.withdrawn());
            view.reports = Some(outcome.reports);
            view.is_behind = outcome.is_behind;
            view.rules = outcome
                .rules
                .iter()
                .map(|(rule, found)| {
                    let named = rule.parse().ok().and_then(|code| api.live.catalogue.rule_at(&code, until));
                    RuleView {
                        name_zh: named.map_or_else(|| rule.clone(), |rule| rule.name_zh.to_string()),
                        name_en: named.map_or_else(|| rule.clone(), |rule| rule.name_en.to_string()),
                        rule: rule.clone(),
                        raised: found.raised,
                        withdrawn: found.withdrawn,
                        examples_raised: found.examples_raised.iter().map(example).collect(),
                        examples_withdrawn: found.examples_withdrawn.iter().map(example).collect(),
                    }
                })
                .collect();
        }
    }
    Ok(view)
}

fn example(violation: &Violation) -> ExampleView {
    ExampleView {
        plate: violation.plate.to_string(),
        carrier_uscc: violation.carrier_uscc.as_ref().map(ToString::to_string),
        start: violation.start.to_string(),
        end: violation.end.to_string(),
        lat: violation.position.lat(),
        lon: violation.position.lon(),
    }
}
