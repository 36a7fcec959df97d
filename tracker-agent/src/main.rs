//! The `tracker-agent` program: reads its arguments and hands over to [`tracker_agent::run`].

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracker_agent::date::DatePolicy;
use tracker_agent::run::RunOptions;

/// Reads a truck's receiver, body sensors and RFID reader, and reports to a JT/T 808 platform.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Track the truck until asked to stop; with a recording, until the platform has all of it.
    Run(RunArguments),
    /// Print every report that would be sent as a JSON line, without a platform or a spool.
    Sample(ConfigArgument),
    /// Watch every source for a while and say what is connected and what is missing; exits with 1 where something is.
    /// Stop the agent before: a port has one reader.
    Check(CheckArguments),
    /// Read a receiver's bytes and write one JSON line an epoch; what was refused, and why, goes to the standard error.
    Decode(DecodeArguments),
}

#[derive(clap::Args)]
struct DecodeArguments {
    /// A file of a receiver's bytes; - reads the standard input.
    file: PathBuf,
    /// Take the dates of an old recording as they are, instead of mending or refusing them.
    #[arg(long)]
    as_recorded: bool,
}

#[derive(clap::Args)]
struct RunArguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// End when the standard input is closed, so that no agent outlives the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
    /// Replay a recording at so many times its pace, whatever the configuration says; 0: as fast as it is read.
    #[arg(long, value_parser = replay_speed)]
    speed: Option<f64>,
}

fn replay_speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().map_err(|_no_number| format!("{text:?} is no number"))?;
    tracker_agent::config::check_replay_speed(speed).map(|()| speed)
}

#[derive(clap::Args)]
struct CheckArguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// How long to watch.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
}

#[derive(clap::Args)]
struct ConfigArgument {
    /// The configuration file; agent.example.toml documents every field.
    #[arg(long)]
    config: PathBuf,
}

/// Logs to the standard error: `level` and above, or what `RUST_LOG` says, as `debug` or `info,tracker_agent::uplink=trace`.
fn start_log(level: LevelFilter) {
    let asked = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let levels = asked.unwrap_or_else(|| Targets::new().with_default(level));
    // The system's journal has times of its own.
    let to_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if to_journal {
        tracing_subscriber::registry().with(lines.without_time()).with(levels).init();
    } else {
        tracing_subscriber::registry().with(lines).with(levels).init();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What an installer is told says it all.
    start_log(if matches!(arguments.command, Command::Check(_)) {
        LevelFilter::ERROR
    } else {
        LevelFilter::INFO
    });
    let mut all_well = true;
    let done: Result<(), Box<dyn std::error::Error>> = match arguments.command {
        Command::Run(arguments) => {
            let options =
                RunOptions { until_stdin_closes: arguments.until_stdin_closes, speed: arguments.speed };
            tracker_agent::run::run(&arguments.config.config, options).await.map_err(Into::into)
        }
        Command::Sample(argument) => {
            tracker_agent::run::sample(&argument.config, std::io::stdout()).await.map_err(Into::into)
        }
        Command::Check(arguments) => {
            let path = &arguments.config.config;
            let checked = tracker_agent::check::check(path, arguments.seconds, std::io::stdout()).await;
            checked.map_err(Into::into).map(|nothing_missing| all_well = nothing_missing)
        }
        Command::Decode(arguments) => {
            let dates = if arguments.as_recorded { DatePolicy::AsRecorded } else { DatePolicy::Live };
            let out = std::io::BufWriter::new(std::io::stdout().lock());
            tracker_agent::decode::decode(&arguments.file, dates, out, std::io::stderr()).map_err(Into::into)
        }
    };
    match done {
        Ok(()) if all_well => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            let mut text = format!("tracker-agent: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                text.push_str(&format!("\n  because: {cause}"));
                source = cause.source();
            }
            // Without a standard error there is nobody to tell.
            let _written = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}
