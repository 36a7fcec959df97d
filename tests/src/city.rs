//! The service as an operator runs it: a data folder, registers imported, officers added, the server started.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::http;
use crate::program::{Running, free_address, run_well};
use crate::wait;

/// A running fleet service on loopback.
pub struct Service {
    /// Where people connect.
    pub http: String,
    /// Where trucks connect.
    pub gateway: String,
    data: PathBuf,
    running: Option<Running>,
    environment: Vec<(String, String)>,
}

/// How long a start may take, in seconds.
const START_LIMIT_S: u64 = 60;

impl Service {
    /// Imports a registry folder into a new data folder and starts the service on free ports.
    ///
    /// # Panics
    /// When the import is refused or the service does not come up.
    #[track_caller]
    pub fn start(data: &Path, registry: &Path) -> Self {
        Self::start_in(data, registry, Vec::new())
    }

    /// As [`Service::start`], with variables in the service's environment.
    ///
    /// # Panics
    /// When the import is refused or the service does not come up.
    #[track_caller]
    pub fn start_in(data: &Path, registry: &Path, environment: Vec<(String, String)>) -> Self {
        let registry = registry.to_string_lossy();
        // In force since long ago, so that recordings of the past are judged by it too.
        let from = "1990-01-01T00:00:00+08:00";
        run_well(
            "fleet-service",
            &["import", "--data", &data.to_string_lossy(), "--registry", &registry, "--from", from],
        );
        let mut service = Self {
            http: free_address(),
            gateway: free_address(),
            data: data.to_owned(),
            running: None,
            environment,
        };
        service.come_up();
        service
    }

    /// Ends it at once (SIGKILL) and starts it again on the same data and ports.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.come_up();
    }

    /// Ends it at once (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// A token of an officer of an authority.
    pub fn officer(&self, name: &str, authority: &str, role: &str) -> String {
        let data = self.data.to_string_lossy().into_owned();
        let said = run_well(
            "fleet-service",
            &["officer", "add", "--data", &data, "--name", name, "--authority", authority, "--role", role],
        );
        said.split_whitespace().last().unwrap_or_default().to_owned()
    }

    /// Asks the API.
    ///
    /// # Panics
    /// When nobody answers.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> http::Answer {
        http::ask(&self.http, method, path, token, body).expect("the service answers")
    }

    /// A counter of `/metrics`; 0 while the service is down.
    pub fn metric(&self, name: &str) -> f64 {
        http::metric(&self.http, name).unwrap_or(0.0)
    }

    /// Everything stored, as `reports.jsonl`, `violations.jsonl` and `trips.jsonl` in `out`.
    #[track_caller]
    pub fn export(&self, out: &Path) {
        run_well(
            "fleet-service",
            &["export", "--data", &self.data.to_string_lossy(), "--out", &out.to_string_lossy()],
        );
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        self.running.as_ref().map(Running::said).unwrap_or_default()
    }

    #[track_caller]
    fn come_up(&mut self) {
        let log = self.data.join("service.log");
        let data = self.data.to_string_lossy().into_owned();
        let arguments = ["serve", "--data", &data, "--http", &self.http, "--gateway", &self.gateway];
        self.running = Some(Running::start_in("fleet-service", &arguments, &log, &self.environment));
        let http = self.http.clone();
        let running = &mut self.running;
        wait::until("the service to be ready", START_LIMIT_S, || {
            let alive = running.as_mut().is_some_and(Running::is_running);
            assert!(alive, "the service ended: {}", running.as_ref().map(Running::said).unwrap_or_default());
            http::ask(&http, "GET", "/readyz", None, None).filter(|answer| answer.status == 200)
        });
    }
}

/// The lines of a JSON Lines file.
///
/// # Panics
/// When it cannot be read or a line is no JSON.
#[track_caller]
pub fn json_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}
