//! A running program of ours, ended with its test.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use crate::place;
use crate::wait;

/// A program that runs until it is told to stop or dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program; what it says goes to `log`, appended.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start(name: &str, arguments: &[&str], log: &Path) -> Self {
        Self::start_in(name, arguments, log, &[])
    }

    /// Starts a program with variables in its environment.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start_in(name: &str, arguments: &[&str], log: &Path, environment: &[(String, String)]) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("the log file opens");
        let child = Command::new(place::program(name))
            .args(arguments)
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the log file opens twice"))
            .stderr(file)
            .spawn()
            .expect("the program starts");
        Self { child, log: log.to_owned() }
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for it to end by itself.
    ///
    /// # Panics
    /// When it does not within `limit_s` seconds.
    #[track_caller]
    pub fn wait(&mut self, limit_s: u64) -> ExitStatus {
        let log = self.log.clone();
        let child = &mut self.child;
        let what = format!("the end of a program; its log is {}", log.display());
        wait::until(&what, limit_s, || child.try_wait().ok().flatten())
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started.
#[track_caller]
pub fn run(name: &str, arguments: &[&str]) -> Output {
    Command::new(place::program(name))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

/// Runs a program that must succeed and gives what it printed.
///
/// # Panics
/// When it does not succeed.
#[track_caller]
pub fn run_well(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(
        output.status.success(),
        "{name} {arguments:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A loopback address no one listens on at the moment.
///
/// # Panics
/// When the system has none.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}
