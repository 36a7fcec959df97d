//! The logs of real receivers, where the corpus is at hand: `CORPUS_DIR`, or `../shared/corpus` beside the workspace.
#![expect(clippy::print_stdout, reason = "a test says what it saw")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]
#![allow(dead_code, reason = "not every test uses each of them")]

use std::path::{Path, PathBuf};

/// The folder of the NMEA logs; says so where there is none.
pub(crate) fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    let folder = std::env::var_os("CORPUS_DIR").map_or_else(|| beside.into(), PathBuf::from).join("nmea");
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("{} is not there: this test saw no real log", folder.display());
        None
    }
}

/// The logs of a folder, sorted.
pub(crate) fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nmea"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no log in {}", folder.display());
    found
}

/// Every log of the corpus.
pub(crate) fn all_logs(corpus: &Path) -> Vec<PathBuf> {
    ["gpsd", "drives"].iter().flat_map(|folder| logs(&corpus.join(folder))).collect()
}

/// The logs whose bytes are mixed with binary packets: what gpsd reports of them comes from those too.
pub(crate) fn is_mixed_binary(corpus: &Path, log: &Path) -> bool {
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.jsonl")).unwrap();
    let name = log.file_name().unwrap().to_string_lossy();
    let of_log = |line: &&str| line.contains(&format!("/{name}\""));
    manifest.lines().find(of_log).is_some_and(|line| line.contains("mixed-binary"))
}
