//! The other programs of the demo: the city (`fixtures play`) and one `tracker-agent` a truck. They are found beside this
//! program, end with it, and write what they have to say into the demo's folder.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// How long the city may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Most agents started.
pub(super) const AGENTS_MAX: usize = 500;

/// Why another program does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// It is not there.
    #[error("{} is not there: build every program first, with `cargo build --workspace --bins` or `make run`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It does not start, or its log cannot be written.
    #[error("{program} cannot be started")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It did not say that it is ready.
    #[error("the city did not come up: {reason}; see {}", log.display())]
    NotReady {
        /// What it said instead.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
}

/// Where the other programs are.
pub(super) struct Programs {
    fixtures: PathBuf,
    agent: PathBuf,
}

/// What the city says when it is ready.
#[derive(Debug, Deserialize)]
struct Ready {
    ready: bool,
    registry: PathBuf,
    agents: Vec<PathBuf>,
}

/// The city at play and its agents.
pub(super) struct Played {
    ready: Ready,
    city: Child,
    /// Waiting for a child closes its input, and the city ends when its input does: so it is kept apart.
    _city_input: Option<ChildStdin>,
    agents: Vec<Child>,
}

impl Programs {
    /// The programs in the folder of this one.
    pub(super) fn beside_this_one() -> Result<Self, ChildError> {
        let this =
            std::env::current_exe().map_err(|source| ChildError::Start { program: "the demo", source })?;
        let folder = this.parent().unwrap_or(Path::new("."));
        let find = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(ChildError::Missing { path }) }
        };
        Ok(Self { fixtures: find("fixtures")?, agent: find("tracker-agent")? })
    }

    /// Starts the city and waits until its trucks can be connected to.
    pub(super) async fn play(
        &self,
        seed: u64,
        out: &Path,
        platform: SocketAddr,
    ) -> Result<Played, ChildError> {
        let error = |source| ChildError::Start { program: "fixtures", source };
        std::fs::create_dir_all(out).map_err(error)?;
        let log = out.join("fixtures.log");
        let mut city = Command::new(&self.fixtures)
            .arg("play")
            .args(["--seed", &seed.to_string()])
            .arg("--out")
            .arg(out)
            .args(["--platform", &platform.to_string()])
            // Held open: the city ends when it is closed, even if this program is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(error)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(error)?;
        let not_ready = |reason: String| ChildError::NotReady { reason, log: log.clone() };
        let stdout = city.stdout.take().ok_or_else(|| not_ready("it has no output".to_owned()))?;
        let mut lines = BufReader::new(stdout).lines();
        let line = match timeout(READY_WITHIN, lines.next_line()).await {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => return Err(not_ready("it ended".to_owned())),
            Ok(Err(error)) => return Err(not_ready(error.to_string())),
            Err(_elapsed) => return Err(not_ready("it took too long".to_owned())),
        };
        let ready: Ready =
            serde_json::from_str(&line).map_err(|e| not_ready(format!("it said {line:?} ({e})")))?;
        if !ready.ready {
            return Err(not_ready(format!("it said {line:?}")));
        }
        // Anything it prints later is read and dropped, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let city_input = city.stdin.take();
        Ok(Played { ready, city, _city_input: city_input, agents: Vec::new() })
    }
}

impl Played {
    /// The city's registers.
    pub(super) fn registry(&self) -> &Path {
        &self.ready.registry
    }

    /// How many agents run.
    pub(super) fn agents(&self) -> usize {
        self.agents.len()
    }

    /// Starts one agent for each truck.
    pub(super) async fn start_agents(&mut self, programs: &Programs, data: &Path) -> Result<(), ChildError> {
        let error = |source| ChildError::Start { program: "tracker-agent", source };
        let log = File::options().create(true).append(true).open(data.join("agents.log")).map_err(error)?;
        for config in self.ready.agents.iter().take(AGENTS_MAX) {
            let agent = Command::new(&programs.agent)
                .arg("run")
                .arg("--config")
                .arg(config)
                // Held open like the city's: an agent ends with this program, even if that is killed.
                .arg("--until-stdin-closes")
                .stdin(Stdio::piped())
                .stdout(log.try_clone().map_err(error)?)
                .stderr(log.try_clone().map_err(error)?)
                .kill_on_drop(true)
                .spawn()
                .map_err(error)?;
            self.agents.push(agent);
        }
        Ok(())
    }

    /// Waits until the city ends by itself.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        self.city.wait().await.unwrap_or_default()
    }

    /// Ends every program and waits for it.
    pub(super) async fn end(mut self) {
        for child in self.agents.iter_mut().chain([&mut self.city]) {
            // Fails only for a program that has ended already.
            let _ = child.kill().await;
        }
    }
}
