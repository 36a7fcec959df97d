//! The service's program.

use std::error::Error;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fleet_service::cases::settings::Settings;
use fleet_service::feed::command as feed;
use fleet_service::handover::tokens as platform_tokens;
use fleet_service::site_devices::tokens;
use fleet_service::store::{Officer, Store, StoreError};
use fleet_service::{
    bench_checks, clock, demo, export, frame_explain, import, officers, replay, sentence, serve,
    terminal_simulate, terminals,
};
use tracing_subscriber::EnvFilter;

/// Exit code for input, addresses and databases that a person has to put right.
const EXIT_INPUT: u8 = 2;

#[derive(Parser)]
#[command(
    name = "fleet-service",
    version,
    about = "Construction-waste trucks: reports, clues, scores and the public black list"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(serve::ServeArgs),
    /// Check a registry folder and put it in force.
    Import(import::ImportArgs),
    /// Judge a recorded stretch of time, without a server or a database.
    Replay(replay::ReplayArgs),
    /// Measure position checks over a generated workload, every answer checked.
    BenchChecks(bench_checks::BenchChecksArgs),
    /// Turn reports from JSON Lines into Parquet, or back.
    Convert(replay::ConvertArgs),
    /// Show everything at work: a made-up city with real agents, on this machine.
    Demo(demo::DemoArgs),
    /// Print the settings of due process in force, as a file for `serve --settings`; check one.
    Settings(SettingsArgs),
    /// Look after officers.
    Officer {
        #[command(subcommand)]
        action: OfficerAction,
    },
    /// Look after the tokens of devices fixed at sites: gate readers and weighbridges.
    SiteToken {
        #[command(subcommand)]
        action: SiteTokenAction,
    },
    /// Look after the tokens of platforms that hand over the reports they receive.
    PlatformToken {
        #[command(subcommand)]
        action: PlatformTokenAction,
    },
    /// Look after the key the feed is signed with.
    FeedKey {
        #[command(subcommand)]
        action: feed::KeyAction,
    },
    /// Look after the platforms, folders and webhooks events are pushed to.
    FeedTarget {
        #[command(subcommand)]
        action: feed::TargetAction,
    },
    /// Look after the events a target did not take.
    FeedPush {
        #[command(subcommand)]
        action: feed::PushAction,
    },
    /// Look after terminals, or play one.
    Terminal {
        #[command(subcommand)]
        action: TerminalAction,
    },
    /// Write everything stored as JSON Lines, or a day's reports as Parquet.
    Export(export::ExportArgs),
    /// Look into JT/T 808 frames.
    Frame {
        #[command(subcommand)]
        action: FrameAction,
    },
}

#[derive(Subcommand)]
enum TerminalAction {
    #[command(flatten)]
    LookAfter(terminals::TerminalAction),
    /// Play a terminal of some maker against a platform.
    Simulate(terminal_simulate::SimulateArgs),
}

#[derive(Subcommand)]
enum FrameAction {
    /// Print a frame field by field, with what a vendor profile reads in it.
    Explain(frame_explain::ExplainArgs),
}

#[derive(clap::Args)]
struct SettingsArgs {
    /// File to check; the defaults when absent.
    #[arg(long, value_name = "FILE")]
    settings: Option<std::path::PathBuf>,
}

#[derive(Subcommand)]
enum OfficerAction {
    /// Add an officer and print their token, once.
    Add(officers::AddArgs),
}

#[derive(Subcommand)]
enum SiteTokenAction {
    /// Give out a token for one site and print it, once.
    Add(tokens::AddArgs),
    /// List every token given out, without the tokens themselves.
    List(tokens::ListArgs),
    /// Take a token back: from now on it is refused.
    Revoke(tokens::RevokeArgs),
}

#[derive(Subcommand)]
enum PlatformTokenAction {
    /// Give out a token and print it, once.
    Add(platform_tokens::AddArgs),
    /// List every token given out, without the tokens themselves.
    List(platform_tokens::ListArgs),
    /// Take a token back: from now on it is refused.
    Revoke(platform_tokens::RevokeArgs),
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().command {
        Command::Serve(args) => finish(run(async { serve::run(&args, clock::now()).await.map_err(boxed) })),
        Command::Import(args) => finish(run(import_registers(args))),
        Command::Replay(args) if !args.diff.is_empty() => compare(&args),
        Command::Replay(args) => match replay::run(&args) {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&error);
                ExitCode::from(error.exit_code())
            }
        },
        Command::BenchChecks(args) => match bench_checks::run(&args, &mut std::io::stdout().lock()) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => finish(Err(boxed(error))),
        },
        Command::Convert(args) => finish(convert(&args)),
        Command::Demo(args) => finish(run(async { demo::run(&args).await.map_err(boxed) })),
        Command::Settings(args) => finish(print_settings(&args)),
        Command::Officer { action: OfficerAction::Add(args) } => finish(run(add_officer(args))),
        Command::SiteToken { action } => finish(run(site_tokens(action))),
        Command::PlatformToken { action } => finish(run(look_after_platforms(action))),
        Command::FeedKey { action } => finish(run(async { tell(feed::keys(&action, clock::now()).await) })),
        Command::FeedTarget { action } => {
            finish(run(async { tell(feed::targets(&action, clock::now()).await) }))
        }
        Command::FeedPush { action } => finish(run(async { tell(feed::push(&action, clock::now()).await) })),
        Command::Terminal { action: TerminalAction::LookAfter(action) } => {
            finish(run(look_after_terminals(action)))
        }
        Command::Export(args) => finish(run(export_all(args))),
        Command::Frame { action: FrameAction::Explain(args) } => explain(&args),
        Command::Terminal { action: TerminalAction::Simulate(args) } => finish(run(simulate(args))),
    }
}

fn explain(args: &frame_explain::ExplainArgs) -> ExitCode {
    match frame_explain::run(args, std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_INPUT),
        Err(error) => finish(Err(boxed(error))),
    }
}

type Outcome = Result<(), Box<dyn Error>>;

fn run(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn boxed(error: impl Error + 'static) -> Box<dyn Error> {
    Box::new(error)
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::from(EXIT_INPUT)
        }
    }
}

fn complain(error: &dyn Error) {
    // Nowhere is left to complain to if this fails.
    let _ = writeln!(std::io::stderr(), "fleet-service: {}", sentence(error));
}

async fn import_registers(args: import::ImportArgs) -> Outcome {
    let imported = import::run(&args, clock::now()).await?;
    let mut stderr = std::io::stderr();
    for warning in &imported.warnings {
        writeln!(stderr, "warning: {warning}")?;
    }
    writeln!(
        std::io::stdout(),
        "registers version {} in force from {}: {} companies, {} trucks, {} permits",
        imported.version,
        imported.from,
        imported.carriers,
        imported.trucks,
        imported.permits
    )?;
    Ok(())
}

fn print_settings(args: &SettingsArgs) -> Outcome {
    let settings = args.settings.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
    let text = toml::to_string_pretty(&settings)?;
    write!(std::io::stdout(), "{text}")?;
    Ok(())
}

async fn add_officer(args: officers::AddArgs) -> Outcome {
    let store = Store::open(&args.data).await.map_err(|error: StoreError| boxed(error))?;
    let officer =
        Officer { name: args.name, authority: args.authority, role: args.role, company: args.company };
    let added = officers::add_with_link(&store, officer, &args.address, "command line", clock::now()).await?;
    store.close().await;
    writeln!(std::io::stdout(), "{added}")?;
    Ok(())
}

async fn site_tokens(action: SiteTokenAction) -> Outcome {
    let by = "command line";
    let mut stdout = std::io::stdout();
    match action {
        SiteTokenAction::Add(args) => {
            let store = Store::open(&args.data).await?;
            let (id, token) = tokens::add(&store, &args.site, &args.name, by, clock::now()).await?;
            store.close().await;
            writeln!(std::io::stderr(), "site token {id} of site {}", args.site)?;
            writeln!(stdout, "{token}")?;
        }
        SiteTokenAction::List(args) => {
            let store = Store::open(&args.data).await?;
            let listed = store.site_tokens().await?;
            store.close().await;
            writeln!(stdout, "{}", tokens::HEADING)?;
            for token in &listed {
                writeln!(stdout, "{}", tokens::line(token))?;
            }
        }
        SiteTokenAction::Revoke(args) => {
            let store = Store::open(&args.data).await?;
            tokens::revoke(&store, args.id, by, clock::now()).await?;
            store.close().await;
            writeln!(stdout, "site token {} is refused from now on", args.id)?;
        }
    }
    Ok(())
}

async fn look_after_platforms(action: PlatformTokenAction) -> Outcome {
    let by = "command line";
    let mut stdout = std::io::stdout();
    match action {
        PlatformTokenAction::Add(args) => {
            let store = Store::open(&args.data).await?;
            let (id, token) = platform_tokens::add(&store, &args.name, by, clock::now()).await?;
            store.close().await;
            writeln!(std::io::stderr(), "platform token {id} of {}", args.name)?;
            writeln!(stdout, "{token}")?;
        }
        PlatformTokenAction::List(args) => {
            let store = Store::open(&args.data).await?;
            let listed = store.platform_tokens().await?;
            store.close().await;
            writeln!(stdout, "{}", platform_tokens::HEADING)?;
            for token in &listed {
                writeln!(stdout, "{}", platform_tokens::line(token))?;
            }
        }
        PlatformTokenAction::Revoke(args) => {
            let store = Store::open(&args.data).await?;
            platform_tokens::revoke(&store, args.id, by, clock::now()).await?;
            store.close().await;
            writeln!(stdout, "platform token {} is refused from now on", args.id)?;
        }
    }
    Ok(())
}

async fn look_after_terminals(action: terminals::TerminalAction) -> Outcome {
    let said = terminals::run(&action, clock::now()).await?;
    std::io::stdout().write_all(said.as_bytes())?;
    Ok(())
}

fn tell(said: Result<String, feed::FeedCommandError>) -> Outcome {
    std::io::stdout().write_all(said?.as_bytes())?;
    Ok(())
}

async fn simulate(args: terminal_simulate::SimulateArgs) -> Outcome {
    let tally = terminal_simulate::run(&args, &mut std::io::stdout()).await?;
    writeln!(
        std::io::stdout(),
        "完成 done：已确认 {} acknowledged（其中拒收 {} refused，补报 {} as backlog），链路 {} links，指令 {} commands",
        tally.acknowledged,
        tally.refused,
        tally.backlog,
        tally.links,
        tally.commands
    )?;
    Ok(())
}

/// 0: nothing differs; 1: something does; 2: it cannot be told.
fn compare(args: &replay::ReplayArgs) -> ExitCode {
    let [a, b] = args.diff.as_slice() else { return ExitCode::from(EXIT_INPUT) };
    match replay::diff::diff(a, b) {
        Ok(difference) => match replay::diff::tell(&difference, args.json, &mut std::io::stdout().lock()) {
            Ok(()) => ExitCode::from(u8::from(difference.differs())),
            Err(error) => finish(Err(boxed(error))),
        },
        Err(error) => finish(Err(boxed(error))),
    }
}

fn convert(args: &replay::ConvertArgs) -> Outcome {
    let converted = replay::convert(args)?;
    if let Some(first) = &converted.first_rejected {
        let place = first.line.or(first.row).unwrap_or_default();
        let mut stderr = std::io::stderr();
        writeln!(
            stderr,
            "warning: {} lines or rows are no reports and were left out, the first of them {}:{place}: {}",
            converted.rejected, first.file, first.reason
        )?;
    }
    writeln!(std::io::stdout(), "{} reports in {}", converted.reports, args.out.display())?;
    Ok(())
}

async fn export_all(args: export::ExportArgs) -> Outcome {
    if let (export::Format::Parquet, Some(date)) = (args.format, args.day) {
        let exported = export::run_day(&args, date).await?;
        writeln!(std::io::stdout(), "{} reports in {}", exported.reports, exported.path.display())?;
        return Ok(());
    }
    let exported = export::run(&args).await?;
    writeln!(
        std::io::stdout(),
        "{} reports, {} violations, {} trips in {}",
        exported.reports,
        exported.violations,
        exported.hauls,
        args.out.display()
    )?;
    Ok(())
}
