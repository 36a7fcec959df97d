//! `fleet-service demo`: the whole house on one machine. A made-up city plays its trucks' bytes, one real agent a truck
//! reads and sends them, the real service judges, and a made-up officer decides through the public API, so that scores
//! and the black list move while someone watches.
//!
//! Everything but the city's bytes and the officer's mind is what runs in earnest. What the officer does when is in
//! [`pace`]; [`children`] starts and ends the other programs; [`officer`] decides.

mod children;
mod officer;
mod pace;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::rule::Authority;
use tokio_util::sync::CancellationToken;

use crate::api::DoorLimits;
use crate::clock;
use crate::gateway::limits::GatewayLimits;
use crate::import::{self, ImportArgs, ImportError};
use crate::officers::{self, AddError};
use crate::serve::{self, GATEWAY_DEFAULT, HTTP_DEFAULT, PushArgs, ServeArgs, ServeError, Service, TlsArgs};
use crate::store::{Officer, Role, Store, StoreError};

/// Marks a folder as the demo's own: only such a folder is emptied.
const MARKER_FILE: &str = ".mucktrail-demo";
/// Set to `off`, the made-up officer decides nothing.
const OFFICER_SWITCH: &str = "DEMO_OFFICER";

/// How the demo runs.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// Data folder, made anew at each start.
    #[arg(long, default_value = "demo")]
    pub data: PathBuf,
    /// Seed of the made-up city.
    #[arg(long, default_value_t = 20_190_287)]
    pub seed: u64,
    /// Address for pages.
    #[arg(long, default_value = HTTP_DEFAULT)]
    pub http: SocketAddr,
    /// Address for trucks.
    #[arg(long, default_value = GATEWAY_DEFAULT)]
    pub gateway: SocketAddr,
}

/// Why the demo does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The folder is someone's.
    #[error(
        "the folder {} was not made by the demo and is not touched: choose another with --data, or remove it yourself",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be made anew.
    #[error("the demo's folder {} cannot be made anew", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another program is missing or fails.
    #[error(transparent)]
    Children(#[from] children::ChildError),
    /// The city's registers cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An officer cannot be added.
    #[error(transparent)]
    Officer(#[from] AddError),
    /// The service does not run.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs the demo until SIGTERM or ctrl-c; every program it started ends with it.
pub async fn run(args: &DemoArgs) -> Result<(), DemoError> {
    let programs = children::Programs::beside_this_one()?;
    make_anew(&args.data)?;
    let stop = CancellationToken::new();
    serve::stop_on_signal(&stop)?;

    // The addresses are taken before anything is started that would connect to them.
    let serve_args = ServeArgs {
        settings: None,
        history_days: crate::history::HISTORY_DAYS_DEFAULT,
        data: args.data.clone(),
        http: args.http,
        gateway: args.gateway,
        tls: TlsArgs::default(),
        nmea: None,
        push: PushArgs::default(),
        profiles: None,
        limits: GatewayLimits::default(),
        requests: DoorLimits::default(),
        readers: None,
        #[cfg(feature = "jt809")]
        forward: None,
    };
    let city = args.data.join("city");
    let mut played = programs.play(args.seed, &city, args.gateway).await?;
    let imported = import::run(
        &ImportArgs { data: args.data.clone(), registry: played.registry().to_owned(), from: None },
        clock::now(),
    )
    .await?;
    let tokens = add_officers(&args.data).await?;
    let service = Service::prepare(&serve_args, stop.clone(), clock::now()).await?;
    let http = service.http_address().unwrap_or(args.http);
    let serving = tokio::spawn(service.run());
    played.start_agents(&programs, &args.data).await?;

    let mut stdout = std::io::stdout();
    // A closed terminal is no reason to end.
    let _ = writeln!(
        stdout,
        "{} companies, {} trucks, {} of them driving. Open\n\n    http://{http}/#token={}\n\nctrl-c ends it.",
        imported.carriers,
        imported.trucks,
        played.agents(),
        tokens.city_management
    );
    let _ = stdout.flush();

    let deciding = if std::env::var(OFFICER_SWITCH).is_ok_and(|value| value == "off") {
        None
    } else {
        Some(tokio::spawn(officer::run(http, tokens.deciders(), stop.clone())))
    };
    tokio::select! {
        () = stop.cancelled() => {}
        ended = played.ended() => tracing::error!(%ended, "a program of the demo ended before its time"),
    }
    stop.cancel();
    played.end().await;
    if let Some(deciding) = deciding {
        let _ = deciding.await;
    }
    match serving.await {
        Ok(served) => Ok(served?),
        Err(error) => Err(ServeError::Http(std::io::Error::other(error)).into()),
    }
}

fn make_anew(path: &Path) -> Result<(), DemoError> {
    let error = |source| DemoError::Folder { path: path.to_owned(), source };
    if path.exists() {
        let is_empty = path.is_dir() && std::fs::read_dir(path).map_err(error)?.next().is_none();
        if !is_empty {
            if !path.join(MARKER_FILE).is_file() {
                return Err(DemoError::NotOurs { path: path.to_owned() });
            }
            std::fs::remove_dir_all(path).map_err(error)?;
        }
    }
    std::fs::create_dir_all(path).map_err(error)?;
    std::fs::write(
        path.join(MARKER_FILE),
        "made by `fleet-service demo`, which empties this folder at each start\n",
    )
    .map_err(error)
}

/// The tokens of the demo's people.
struct Tokens {
    /// For the person who watches.
    city_management: String,
    city_decider: String,
    police_decider: String,
}

impl Tokens {
    fn deciders(&self) -> Vec<officer::Decider> {
        vec![
            officer::Decider { authority: Authority::CityManagement, token: self.city_decider.clone() },
            officer::Decider { authority: Authority::Police, token: self.police_decider.clone() },
        ]
    }
}

async fn add_officers(data: &Path) -> Result<Tokens, DemoError> {
    let store = Store::open(data).await?;
    let add = async |name: &str, authority, role| {
        officers::add(
            &store,
            Officer { name: name.to_owned(), authority, role, company: None },
            "demo",
            clock::now(),
        )
        .await
    };
    let tokens = Tokens {
        city_management: add("演示观察员", Authority::CityManagement, Role::Enforcer).await?,
        city_decider: add("示范城管员", Authority::CityManagement, Role::Enforcer).await?,
        police_decider: add("示范交警", Authority::Police, Role::Police).await?,
    };
    store.close().await;
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_the_demo_did_not_make_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.txt"), "x").unwrap();
        assert!(matches!(make_anew(folder.path()), Err(DemoError::NotOurs { .. })));
        assert!(folder.path().join("thesis.txt").exists());
    }

    #[test]
    fn the_demos_own_folder_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("demo");
        make_anew(&own).unwrap();
        std::fs::write(own.join("old"), "x").unwrap();
        make_anew(&own).unwrap();
        assert!(!own.join("old").exists());
    }
}
