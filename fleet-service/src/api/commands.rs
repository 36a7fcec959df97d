//! Commands to terminals and what came of them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::TerminalId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::{Asked, Sent};
use super::officer::SignedIn;
use super::problem::Problem;
use crate::clock;
use crate::commands::asking::{self, AskError, LIFETIME_MAX_S, OPEN_COMMANDS_MAX};
use crate::commands::command::Command;
use crate::terminals;
use crate::view::command::{AreaView, CommandView};

/// Most commands in one answer.
const COMMANDS_SHOWN_MAX: u32 = 500;
const COMMANDS_SHOWN_DEFAULT: u32 = 50;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(commands, ask)).routes(routes!(areas))
}

/// How many commands.
#[derive(Deserialize, IntoParams)]
struct Wanted {
    /// At most so many, up to 500; 50 when absent.
    limit: Option<u32>,
}

/// A terminal's commands.
#[derive(Serialize, ToSchema)]
struct Commands {
    /// Newest first.
    commands: Vec<CommandView>,
    /// Whether the terminal is connected now; a command to one that is not waits.
    online: bool,
}

/// The areas and routes a terminal holds.
#[derive(Serialize, ToSchema)]
#[schema(as = TerminalAreas)]
struct Areas {
    /// By shape and id.
    areas: Vec<AreaView>,
}

/// How long a command waits.
#[derive(Deserialize, IntoParams)]
struct Patience {
    /// Seconds until it runs out, up to 30 days. When absent: 10 minutes for a location or tracking, a day for a text or a
    /// confirmation, a week for what sets the terminal up.
    expires_in_s: Option<u32>,
}

fn terminal(text: &str) -> Result<TerminalId, Problem> {
    text.parse().map_err(|_source| Problem::not_found("terminal", "终端"))
}

/// A terminal's commands with their results, newest first.
#[utoipa::path(get, path = "/api/v1/terminals/{terminal}/commands", tag = "terminals",
    params(("terminal" = String, Path, description = "Terminal"), Wanted),
    responses((status = 200, body = Commands), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn commands(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Commands>, Problem> {
    let terminal = terminal(&text)?;
    let limit = wanted.limit.unwrap_or(COMMANDS_SHOWN_DEFAULT).clamp(1, COMMANDS_SHOWN_MAX);
    let commands =
        api.store.commands_of(&terminal, limit).await?.into_iter().map(CommandView::from).collect();
    Ok(Json(Commands { commands, online: api.sessions.is_online(&terminal) }))
}

/// Asks something of a terminal. It goes out at once when the terminal is connected, else when it connects.
///
/// Parameters and areas are for the roles registrar and admin; texts, locations, tracking and alarms for enforcer and
/// police. At most 32 commands wait for one terminal.
#[utoipa::path(post, path = "/api/v1/terminals/{terminal}/commands", tag = "terminals", request_body = Command,
    params(("terminal" = String, Path, description = "Terminal"), Patience),
    responses((status = 201, body = CommandView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn ask(
    SignedIn(officer): SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
    Asked(patience): Asked<Patience>,
    Sent(command): Sent<Command>,
) -> Result<(StatusCode, Json<CommandView>), Problem> {
    let terminal = terminal(&text)?;
    if !command.is_for(officer.role) {
        return Err(Problem::not_your_command());
    }
    let rows = terminals::list(&api.store, &api.live.registry()).await?;
    if !rows.iter().any(|row| row.terminal == terminal && row.plate.is_some()) {
        return Err(Problem::not_found("terminal that may report for a truck", "可为车辆上报的终端"));
    }
    let lifetime_s = patience.expires_in_s;
    let id = asking::ask(&api.store, &terminal, &command, lifetime_s, &officer.name, clock::now()).await?;
    api.commands.announce(&terminal);
    let stored = api.store.commands_of(&terminal, COMMANDS_SHOWN_MAX).await?;
    let stored = stored.into_iter().find(|stored| stored.id == id);
    let view = stored.map(CommandView::from).ok_or_else(|| Problem::not_found("command", "指令"))?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The areas and routes a terminal took, with what each stands for: what its reports about areas are read by.
#[utoipa::path(get, path = "/api/v1/terminals/{terminal}/areas", tag = "terminals",
    params(("terminal" = String, Path, description = "Terminal")),
    responses((status = 200, body = Areas), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn areas(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(text): Path<String>,
) -> Result<Json<Areas>, Problem> {
    let areas = api.store.areas_of(&terminal(&text)?).await?.into_iter().map(AreaView::from).collect();
    Ok(Json(Areas { areas }))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let text = crate::sentence(&error);
        match error {
            AskError::Command(command) => Self::unprocessable((&text, &command.zh())),
            AskError::Lifetime => {
                Self::unprocessable((&text, &format!("指令等待时间应为 1 至 {LIFETIME_MAX_S} 秒")))
            }
            AskError::TooMany => {
                Self::too_many_waiting(&text, &format!("该终端已有 {OPEN_COMMANDS_MAX} 条指令等待执行"))
            }
            AskError::Store(source) => Self::internal(&source),
        }
    }
}
