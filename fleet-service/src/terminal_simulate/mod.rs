//! `fleet-service terminal simulate`: plays a terminal of some maker against a platform.
//!
//! It registers, authenticates, sends what it is told to, answers what the platform asks, and says in words what it
//! meets. It keeps what parameters the platform sets and answers with them, but its pace stays as it was told.

mod journey;
mod link;
mod player;
mod record;
mod words;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use domain::{Lid, Lift, Load, Plate, PlateColour, TerminalId, Timestamp};
use tokio::time::sleep;
use wire::{Profile, Revision, TerminalConfig, TerminalFault};

use crate::clock;
use crate::frame_explain::{ExplainError, find_profile};
use journey::{BodyWords, along, as_recorded};
pub use journey::{JourneyError, STEPS_MAX};
use link::Link;
pub use player::Tally;
use player::{CodeChange, Part, Player};

/// Links that may fail one after another before it gives up.
pub const FAILED_LINKS_MAX: usize = 5;
/// Pause before the next link.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest authentication code kept in a file.
const CODE_BYTES_MAX: u64 = 255;
const HEARTBEAT_S: u32 = 30;
const ANSWER_TIMEOUT_S: u32 = 10;
const RETRIES_MAX: u8 = 2;
const IN_FLIGHT_MAX: usize = 100;
const BATCH_MAX: usize = 20;
const READ_BYTES: usize = 4096;
/// Without `--interval-s`, a report is sent every so many seconds along a line.
const INTERVAL_S: u32 = 10;

/// Arguments of `terminal simulate`.
#[derive(Debug, Clone, clap::Args)]
pub struct SimulateArgs {
    /// Where the platform listens, HOST:PORT.
    #[arg(long)]
    pub platform: String,
    /// The terminal's identity: digits 0-9 and A-F, at most 12 before 2019 and 20 since.
    #[arg(long)]
    pub phone: TerminalId,
    /// The truck's plate.
    #[arg(long)]
    pub plate: Plate,
    /// Its colour; by the plate's form when not given.
    #[arg(long)]
    pub plate_colour: Option<PlateColour>,
    /// Revision of JT/T 808 to speak.
    #[arg(long, default_value = "2019")]
    pub version: SimulatedVersion,
    /// Vendor profile to speak by: the name of one that comes with the program, or a TOML file. Without it, this
    /// project's own extras carry the body's state.
    #[arg(long)]
    pub profile: Option<String>,
    /// Maker to register.
    #[arg(long, default_value = "SIM")]
    pub maker: String,
    /// Model to register; the profile's own when not given.
    #[arg(long)]
    pub model: Option<String>,
    /// Reports to play: a file of report lines, of which those of this plate are sent.
    #[arg(long, conflicts_with = "line", required_unless_present = "line")]
    pub reports: Option<PathBuf>,
    /// Points to drive along, WGS-84: LAT,LON;LAT,LON…
    #[arg(long)]
    pub line: Option<String>,
    /// Speed along the line.
    #[arg(long, default_value_t = 40.0)]
    pub speed_kmh: f64,
    /// Load along the line.
    #[arg(long, default_value = "empty")]
    pub load: Load,
    /// Cover along the line.
    #[arg(long, default_value = "closed")]
    pub lid: Lid,
    /// Tipping body along the line.
    #[arg(long, default_value = "flat")]
    pub lift: Lift,
    /// Seconds between reports; along a line 10 when not given, of a file as recorded.
    #[arg(long)]
    pub interval_s: Option<u32>,
    /// Send everything at once; along a line, as of the time just past.
    #[arg(long)]
    pub fast: bool,
    /// Use UDP, one frame a datagram.
    #[arg(long)]
    pub udp: bool,
    /// Lose the link once after so many acknowledged reports, and come back.
    #[arg(long)]
    pub drop_after: Option<usize>,
    /// Stay online for so many seconds after the last acknowledgement, to answer commands.
    #[arg(long, default_value_t = 0)]
    pub stay_s: u32,
    /// File that keeps the authentication code from start to start.
    #[arg(long)]
    pub state: Option<PathBuf>,
}

/// A revision of JT/T 808.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulatedVersion {
    /// JT/T 808-2011.
    #[value(name = "2011")]
    V2011,
    /// JT/T 808-2013.
    #[value(name = "2013")]
    V2013,
    /// JT/T 808-2019.
    #[value(name = "2019")]
    V2019,
}

impl From<SimulatedVersion> for Revision {
    fn from(version: SimulatedVersion) -> Self {
        match version {
            SimulatedVersion::V2011 => Self::V2011,
            SimulatedVersion::V2013 => Self::V2013,
            SimulatedVersion::V2019 => Self::V2019,
        }
    }
}

/// Why a simulation did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ExplainError),
    /// The journey.
    #[error(transparent)]
    Journey(#[from] JourneyError),
    /// The file of the code.
    #[error("--state {path}: the file cannot be used")]
    State {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The platform does not want this terminal, or it cannot be played.
    #[error("the platform does not admit this terminal")]
    Session(#[source] TerminalFault),
    /// No link stands.
    #[error("{platform}: {FAILED_LINKS_MAX} links in turn failed")]
    Unreachable {
        /// The platform.
        platform: String,
        /// The last reason.
        #[source]
        source: io::Error,
    },
    /// Words cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// How a link ended.
enum End {
    /// Everything was acknowledged.
    Done,
    /// It was to be lost.
    Dropped,
    Fault(TerminalFault),
    Broken(io::Error),
}

/// Plays the terminal until all is acknowledged; what it says goes to `output`, a line each.
///
/// # Errors
/// [`SimulateError`]; what was acknowledged before stays acknowledged.
pub async fn run(args: &SimulateArgs, output: &mut impl Write) -> Result<Tally, SimulateError> {
    let mut player = Player::new(part(args)?, clock::now());
    let mut drop_after = args.drop_after;
    let mut failed = 0;
    loop {
        let end = match Link::connect(&args.platform, args.udp).await {
            Ok(mut link) => {
                player.handle_connected(clock::now());
                let end = session(args, &mut link, &mut player, drop_after, output).await?;
                failed = if player.is_ready() { 0 } else { failed };
                end
            }
            Err(error) => End::Broken(error),
        };
        player.handle_disconnected();
        let error = match end {
            End::Done => return Ok(player.tally()),
            End::Dropped => {
                drop_after = None;
                writeln!(output, "链路断开（按要求）the link is lost, as asked")?;
                sleep(PAUSE).await;
                continue;
            }
            End::Fault(
                fault @ (TerminalFault::CodeRefused | TerminalFault::AnswersMissing | TerminalFault::PutOff),
            ) => io::Error::other(fault),
            End::Fault(fault) => return Err(SimulateError::Session(fault)),
            End::Broken(error) => error,
        };
        failed += 1;
        if failed >= FAILED_LINKS_MAX {
            return Err(SimulateError::Unreachable { platform: args.platform.clone(), source: error });
        }
        writeln!(output, "链路断开 the link is lost：{error}；重连 again in {} ms", PAUSE.as_millis())?;
        sleep(PAUSE).await;
    }
}

/// One link, from its first frame to its end.
async fn session(
    args: &SimulateArgs,
    link: &mut Link,
    player: &mut Player,
    drop_after: Option<usize>,
    output: &mut impl Write,
) -> Result<End, SimulateError> {
    let mut buffer = [0; READ_BYTES];
    let mut leave_at: Option<Timestamp> = None;
    loop {
        let told = tell(args, player, output);
        if let Err(error) = transmit(link, player).await {
            return Ok(End::Broken(error));
        }
        told?;
        if let Some(fault) = player.take_fault() {
            return Ok(End::Fault(fault));
        }
        if drop_after.is_some_and(|count| player.tally().acknowledged >= count && !player.is_done()) {
            return Ok(End::Dropped);
        }
        let now = clock::now();
        if player.is_done() {
            let leave_at = *leave_at.get_or_insert(now.plus_seconds(i64::from(args.stay_s)));
            if leave_at <= now {
                player.log_out(now);
                // Everything is acknowledged; the goodbye is a courtesy.
                let _sent = transmit(link, player).await;
                return Ok(End::Done);
            }
        }
        let due = [player.poll_timeout(), leave_at].into_iter().flatten().min();
        tokio::select! {
            received = link.receive(&mut buffer) => match received {
                Ok(0) if !args.udp => return Ok(End::Broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => player.handle_bytes(buffer.get(..count).unwrap_or_default(), clock::now()),
                Err(error) => return Ok(End::Broken(error)),
            },
            () = until(due, now) => player.handle_timeout(clock::now()),
        }
    }
}

async fn until(due: Option<Timestamp>, now: Timestamp) {
    match due {
        Some(due) => sleep(Duration::from_millis(u64::try_from(due.millis_since(now)).unwrap_or(0))).await,
        None => std::future::pending().await,
    }
}

async fn transmit(link: &mut Link, player: &mut Player) -> io::Result<()> {
    while let Some(frame) = player.poll_transmit() {
        link.send(&frame).await?;
    }
    Ok(())
}

/// Writes what the player says and keeps or forgets its code.
fn tell(args: &SimulateArgs, player: &mut Player, output: &mut impl Write) -> Result<(), SimulateError> {
    while let Some(sentence) = player.poll_said() {
        writeln!(output, "{sentence}")?;
    }
    while let Some(change) = player.poll_code() {
        let Some(path) = &args.state else { continue };
        let done = match change {
            CodeChange::Keep(code) => keep(path, &code),
            CodeChange::Forget => match std::fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
        };
        done.map_err(|source| SimulateError::State { path: path.clone(), source })?;
    }
    Ok(())
}

/// Writes a code to a file that only its owner reads.
fn keep(path: &Path, code: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(code.as_bytes())
}

fn part(args: &SimulateArgs) -> Result<Part, SimulateError> {
    let profile = match &args.profile {
        Some(name) => Some(find_profile(Some(name))?),
        None => None,
    };
    let steps = match (&args.line, &args.reports) {
        (Some(line), _) => {
            let body = BodyWords { load: args.load, lid: args.lid, lift: args.lift };
            along(line, args.speed_kmh, args.interval_s.unwrap_or(INTERVAL_S), &args.plate, body)?
        }
        (None, Some(path)) => {
            let file = File::open(path).map_err(JourneyError::from)?;
            as_recorded(BufReader::new(file), &args.plate, args.interval_s)?
        }
        (None, None) => return Err(JourneyError::TooFewPoints.into()),
    };
    let config = TerminalConfig {
        revision: args.version.into(),
        terminal: args.phone.clone(),
        plate: args.plate.clone(),
        colour: args.plate_colour.unwrap_or_else(|| usual_colour(&args.plate)),
        province: 0,
        city: 0,
        maker: args.maker.clone(),
        model: args.model.clone().unwrap_or_else(|| model_of(profile.as_ref())),
        software: concat!("simulate ", env!("CARGO_PKG_VERSION")).into(),
        heartbeat_s: HEARTBEAT_S,
        answer_timeout_s: ANSWER_TIMEOUT_S,
        retries_max: RETRIES_MAX,
        in_flight_max: IN_FLIGHT_MAX,
        batch_max: BATCH_MAX,
    };
    Ok(Part { config, auth_code: kept_code(args)?, steps, profile, fast: args.fast })
}

fn kept_code(args: &SimulateArgs) -> Result<Option<String>, SimulateError> {
    let Some(path) = &args.state else { return Ok(None) };
    let read = File::open(path).and_then(|file| io::read_to_string(io::Read::take(file, CODE_BYTES_MAX)));
    match read {
        Ok(code) => Ok(Some(code.trim().to_owned()).filter(|code| !code.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SimulateError::State { path: path.clone(), source }),
    }
}

/// Plates of eight characters are of new-energy vehicles; other trucks carry yellow ones.
fn usual_colour(plate: &Plate) -> PlateColour {
    if plate.as_str().chars().count() >= 8 { PlateColour::YellowGreen } else { PlateColour::Yellow }
}

/// A model the profile is for, so that the platform may find the profile by it.
fn model_of(profile: Option<&Profile>) -> String {
    let pattern = profile.and_then(|profile| profile.made_for().first());
    pattern.map_or_else(|| "SIMULATOR".to_owned(), |made_for| made_for.model.replace(['*', '?'], ""))
}
