//! The demonstration: starts everything, and takes everything along however it ends.

use std::path::Path;

use end_to_end::program::{Running, free_address};
use end_to_end::wait;

/// The processes whose command line names a folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_string_lossy();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(folder.as_ref()))
        .collect()
}

#[test]
fn a_killed_demo_leaves_no_program_behind() {
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("demo");
    let log = work.path().join("demo.log");
    let (http, gateway) = (free_address(), free_address());
    let arguments = ["demo", "--data", &data.to_string_lossy(), "--http", &http, "--gateway", &gateway];
    let demo = Running::start("fleet-service", &arguments, &log);
    wait::until("the demo to print its address", 60, || demo.said().contains("#token=").then_some(()));
    // Itself, the city, and one agent a truck.
    let started = processes_of(&data);
    assert!(started.len() > 20, "{started:#?}");
    demo.kill();
    wait::until("every program of the demo to end", 20, || processes_of(&data).is_empty().then_some(()));
}
